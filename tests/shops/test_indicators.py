"""What the City steers by, counted right."""

from datetime import UTC, timedelta

from django.urls import reverse

from accounts.models import CityRole
from districts.models import District
from shops import indicators
from shops.editing import record
from shops.models import Change, EmptySearch, Revision, WeekFigure
from tests.door import enter
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H


def decided(shop, hours, *, at=TUESDAY_10H, state=Change.State.ACCEPTED, side="merchant"):
    """A change proposed so many hours before it was decided on."""
    revision = Revision.objects.create(shop=shop, side=side, at=at - timedelta(hours=hours), base_version=0)
    reason = "wrong" if state == Change.State.REFUSED else ""
    Change.objects.create(
        revision=revision, shop=shop, field="summary", state=state, decided_at=at, reason=reason
    )


def test_the_median_is_of_what_merchants_proposed_and_the_city_decided(marie):
    # The longest waits since last Thursday at 22:00.
    for hours in (2, 10, 108):
        decided(marie, hours)
    decided(marie, 30, state=Change.State.REFUSED)
    decided(marie, 500, side="city")
    decided(marie, 1, at=TUESDAY_10H - timedelta(weeks=1))
    *_earlier, before, this = indicators.weeks(at=TUESDAY_10H, holidays=())
    assert (this.decided, this.median_hours, this.within_promise) == (4, 20.0, 3)
    assert (before.decided, before.median_hours) == (1, 1.0)
    assert this.starts_on.isoformat() == "2026-11-23", "a Monday"


def test_on_the_days_when_nobody_is_at_the_desk_the_promise_stands_still(marie):
    # Since Saturday at 22:00, and since Friday at 10:00: both on time on Tuesday at 10:00, unless Monday is a holiday.
    decided(marie, 60)
    decided(marie, 96)
    *_earlier, this = indicators.weeks(at=TUESDAY_10H, holidays=())
    assert (this.decided, this.within_promise) == (2, 2)
    decided(marie, 97)
    assert indicators.weeks(at=TUESDAY_10H, holidays=())[-1].within_promise == 2


def test_an_answer_to_a_refusal_counts_from_when_the_merchant_wrote_it(marie):
    decided(marie, 500, state=Change.State.REFUSED)
    Change.objects.update(appealed_at=TUESDAY_10H - timedelta(hours=3))
    *_earlier, this = indicators.weeks(at=TUESDAY_10H, holidays=())
    assert (this.median_hours, this.within_promise) == (3, 1)
    # Answered once more since: what was decided is what was decided first.
    Change.objects.update(appealed_at=TUESDAY_10H + timedelta(hours=3))
    assert indicators.weeks(at=TUESDAY_10H, holidays=())[-1].within_promise == 0


def test_the_desk_and_the_public_page_count_the_same(marie):
    decided(marie, 4)
    decided(marie, 400)
    Revision.objects.filter(at__lt=TUESDAY_10H - timedelta(hours=300)).update(consent="Au téléphone.")
    *_earlier, this = indicators.weeks(at=TUESDAY_10H, holidays=())
    said = record.record(at=TUESDAY_10H, zone=UTC)
    assert (this.decided, this.median_hours) == (said.decided, said.median_hours) == (1, 4)


def test_a_week_without_a_decision_has_no_median(city):
    assert {week.median_hours for week in indicators.weeks(at=TUESDAY_10H, holidays=())} == {None}


def test_searches_in_vain_count_by_week_district_and_word(marie):
    today = TUESDAY_10H.date()
    for on, district, words, times in (
        (today, "gare", "poisson", 3),
        (today, "", "poisson", 2),
        (today - timedelta(weeks=1), "gare", "velo", 1),
        (today - timedelta(weeks=40), "gare", "velo", 90),
    ):
        EmptySearch.objects.create(on=on, language="fr", district=district, words=words, times=times)
    weeks = indicators.weeks(at=TUESDAY_10H, holidays=())
    assert [week.empty_searches for week in weeks[-2:]] == [1, 5]
    gare = next(row for row in indicators.districts(at=TUESDAY_10H) if row.district.slug == "gare")
    assert (gare.shops, gare.fresh_percent, gare.empty_searches) == (1, 100, 4)
    assert indicators.words_in_vain(at=TUESDAY_10H) == [
        {"words": "poisson", "number": 5},
        {"words": "velo", "number": 1},
    ]


def test_coverage_and_fresh_hours_are_drawn_week_by_week_for_the_city_and_for_a_district(client, marie):
    this = TUESDAY_10H.date() - timedelta(days=1)
    gare, bonnevoie = (District.objects.get(slug=slug) for slug in ("gare", "bonnevoie"))
    for starts_on, district, measure, part, whole in (
        (this - timedelta(weeks=1), gare, "coverage", 1, 4),
        (this, gare, "coverage", 2, 4),
        (this, bonnevoie, "coverage", 6, 6),
        (this, gare, "hours", 3, 5),
        (this - timedelta(weeks=30), gare, "hours", 1, 5),
    ):
        WeekFigure.objects.create(
            starts_on=starts_on, district=district, measure=measure, part=part, whole=whole
        )
    desk = enter(client, make_person("claire@ville.example", city_roles=[CityRole.MODERATOR]))

    def drawn(query=""):
        page = desk.get(reverse("city:figures") + query)
        return [[bar.value for bar in page.context[plot].bars][-2:] for plot in ("coverage", "freshness")]

    assert drawn() == [["25", "80"], ["", "60"]]
    assert drawn("?quartier=gare") == [["25", "50"], ["", "60"]]
    assert drawn("?quartier=nulle-part") == drawn()
    assert "8 / 10" in desk.get(reverse("city:figures")).text


def test_the_page_draws_it_in_a_known_number_of_questions(client, marie, django_assert_max_num_queries):
    desk = enter(client, make_person("claire@ville.example", city_roles=[CityRole.MODERATOR]))
    decided(marie, 7)
    assert "<rect" in desk.get(reverse("city:figures")).content.decode()
    # As every page of the desk (7), then: city, decisions, shares by week, searches by week, districts, shops, waiting, searches by
    # district, coverage, words; the time of the last request.
    with django_assert_max_num_queries(18):
        desk.get(reverse("city:figures"))
    assert desk.get(reverse("city:figures_csv")).content.decode().count("\n") == 5
