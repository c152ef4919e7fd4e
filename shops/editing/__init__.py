"""Changing what a page says: who may write what at once, what waits for the City, and what became of it.

`shops.editing.facts` says what a fact is and how it is read and written; `rules` what goes live at once and how
trust grows; `revisions` is the one door through which merchants and the City's moderators change a page.
"""
