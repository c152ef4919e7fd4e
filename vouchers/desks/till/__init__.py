"""The till’s pages, on a paired telephone; and those on which an owner pairs it."""
