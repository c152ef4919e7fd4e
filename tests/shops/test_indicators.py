"""What the City steers by, counted right."""

from datetime import timedelta

from django.urls import reverse

from accounts.models import CityRole
from shops import indicators
from shops.models import Change, EmptySearch, Revision
from tests.door import enter
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H

PROMISE = timedelta(hours=48)


def decided(shop, hours, *, at=TUESDAY_10H, state=Change.State.ACCEPTED, side="merchant"):
    """A change proposed so many hours before it was decided on."""
    revision = Revision.objects.create(shop=shop, side=side, at=at - timedelta(hours=hours), base_version=0)
    reason = "wrong" if state == Change.State.REFUSED else ""
    Change.objects.create(
        revision=revision, shop=shop, field="summary", state=state, decided_at=at, reason=reason
    )


def test_the_median_is_of_what_merchants_proposed_and_the_city_decided(marie):
    for hours in (2, 10, 60):
        decided(marie, hours)
    decided(marie, 30, state=Change.State.REFUSED)
    decided(marie, 500, side="city")
    decided(marie, 1, at=TUESDAY_10H - timedelta(weeks=1))
    *_earlier, before, this = indicators.weeks(at=TUESDAY_10H, promise=PROMISE)
    assert (this.decided, this.median_hours, this.within_promise) == (4, 20.0, 3)
    assert (before.decided, before.median_hours) == (1, 1.0)
    assert this.starts_on.isoformat() == "2026-11-23", "a Monday"


def test_a_week_without_a_decision_has_no_median(city):
    assert {week.median_hours for week in indicators.weeks(at=TUESDAY_10H, promise=PROMISE)} == {None}


def test_searches_in_vain_count_by_week_district_and_word(marie):
    today = TUESDAY_10H.date()
    for on, district, words, times in (
        (today, "gare", "poisson", 3),
        (today, "", "poisson", 2),
        (today - timedelta(weeks=1), "gare", "velo", 1),
        (today - timedelta(weeks=40), "gare", "velo", 90),
    ):
        EmptySearch.objects.create(on=on, language="fr", district=district, words=words, times=times)
    weeks = indicators.weeks(at=TUESDAY_10H, promise=PROMISE)
    assert [week.empty_searches for week in weeks[-2:]] == [1, 5]
    gare = next(row for row in indicators.districts(at=TUESDAY_10H) if row.district.slug == "gare")
    assert (gare.shops, gare.fresh_percent, gare.empty_searches) == (1, 100, 4)
    assert indicators.words_in_vain(at=TUESDAY_10H) == [
        {"words": "poisson", "number": 5},
        {"words": "velo", "number": 1},
    ]


def test_the_page_draws_it_in_a_known_number_of_questions(client, marie, django_assert_max_num_queries):
    desk = enter(client, make_person("claire@ville.example", city_roles=[CityRole.MODERATOR]))
    decided(marie, 7)
    assert "<rect" in desk.get(reverse("city:figures")).content.decode()
    # As every page of the desk (7), then: city, decisions, searches by week, districts, shops, waiting, searches by
    # district, coverage, words; the time of the last request.
    with django_assert_max_num_queries(18):
        desk.get(reverse("city:figures"))
    assert desk.get(reverse("city:figures_csv")).content.decode().count("\n") == 5
