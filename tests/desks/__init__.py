"""The two desks."""
