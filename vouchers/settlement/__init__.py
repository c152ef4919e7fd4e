"""What the shops are paid: their IBANs, the weekly file to the bank, its answers, and what each shop is told.

A run is prepared by one person and released by another (`runs`); its file is made from the journal and from what was
fixed at the release (`pain`), each time the same; the bank's messages are read (`bank`) and applied (`answers`).
"""
