"""What the shops add to /healthz: whether the night's work is done."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from shops import catalogue
from shops.models import Catalogue

pytestmark = pytest.mark.django_db


@pytest.fixture
def night_work_of(city):
    """Pretend that the night's work was last done on a day."""

    def done(on):
        Catalogue.objects.update_or_create(pk=1, defaults={"rotated_on": on, "changed_at": timezone.now()})

    return done


@pytest.mark.parametrize(
    ("at", "fine"),
    [
        (datetime(2026, 11, 24, 12, tzinfo=UTC), True),
        # Midnight of the city is 23:00 UTC: the new day's work has two hours.
        (datetime(2026, 11, 25, 0, 30, tzinfo=UTC), True),
        (datetime(2026, 11, 25, 1, 30, tzinfo=UTC), False),
    ],
)
def test_the_nights_work_has_two_hours(night_work_of, at, fine):
    night_work_of(date(2026, 11, 24))
    assert catalogue.is_up_to_date(at) is fine


def test_work_never_done_is_late(night_work_of):
    night_work_of(None)
    assert catalogue.is_up_to_date(timezone.now()) is False


def test_without_a_city_there_is_none():
    assert catalogue.is_up_to_date(timezone.now()) is True


def test_healthz_says_so(client, night_work_of):
    night_work_of(None)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["checks"]["opening_hours"] == "failing"
