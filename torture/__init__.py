"""`make torture`: the books under everything that could break them (docs/reliability.md).

Each ordeal is a function of `Books` and of its size. `make test` runs them small, `make torture` at the sizes that the
City was promised; both hold them to the same: nothing wrong.
"""
