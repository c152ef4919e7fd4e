"""The cast at the merchants' desk."""

import pytest

from tests.door import enter
from tests.people import claire, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401


@pytest.fixture
def at_desk(client, marie_herself):  # noqa: F811
    """Marie, signed in."""
    return enter(client, marie_herself)
