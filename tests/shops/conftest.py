"""What tests of the catalogue share: a small city, its cast, a clock that stands still."""

import pytest
from django.utils import timezone

from shops import reference
from tests.shops import factories


@pytest.fixture(autouse=True)
def _nothing_kept():
    """A test's database goes back in time; what the process keeps must not outlive it."""
    reference.forget()
    yield
    reference.forget()


@pytest.fixture
def clock(monkeypatch):
    """Stop the clock on a Tuesday at ten: `clock(datetime)` moves it."""

    def set_to(at):
        monkeypatch.setattr(timezone, "now", lambda: at)
        return at

    set_to(factories.TUESDAY_10H)
    return set_to


@pytest.fixture
def city(db, clock):
    """Four districts, three groups of categories, no shop; a Tuesday at ten."""
    return factories.make_city()


@pytest.fixture
def marie(city):
    return factories.make_marie()


@pytest.fixture
def paul(city):
    return factories.make_paul()


@pytest.fixture
def luxembourg(db, clock):
    """The real city as its pack tells it, without a shop."""
    return factories.load_luxembourg()
