"""Taking a page in hand: which contact proves what, the codes, and what is said by mail and on paper.

What may happen to a claim stands on `shops.models.Claim`; docs/claims.md says what proves what, and why.
"""
