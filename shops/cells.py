"""Cells of a table that stay text, whatever a spreadsheet would make of them; and how such a cell is read back."""

# What makes a spreadsheet take a cell for a formula, as the first sign of it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(text: str) -> str:
    """The text as no spreadsheet computes it: an apostrophe stands before what would be a formula.

    Before what has one already, too: `bare` takes exactly one away.
    """
    return f"'{text}" if _would_be_computed(text.lstrip("'")) else text


def bare(cell: str) -> str:
    """A cell without the apostrophe of `guarded`, nor the blanks around it."""
    tidy = cell.strip()
    guard = tidy[:1] == "'" and _would_be_computed(tidy.lstrip("'"))
    return tidy[1:].strip() if guard else tidy


def _would_be_computed(text):
    return text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA)
