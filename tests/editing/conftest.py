"""The cast at work: Marie keeps the bakery, Paul the bookshop, Tom works Marie's till, Claire moderates."""

from tests.people import claire, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, luxembourg, marie, paul  # noqa: F401
