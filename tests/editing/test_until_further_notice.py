"""« Fermé jusqu'à nouvel ordre »: no day of return is told to anybody, it never ends by itself, and Marie is asked every month."""

import re
from datetime import UTC, timedelta

import pytest
from django.urls import reverse

from districts.models import PublicHoliday
from shops import catalogue, freshness, reminders
from shops.models import Shop
from shops.vocabulary import FactGroup
from tests.door import enter
from tests.shops.factories import TUESDAY_10H
from tests.shops.opening_hours_fixtures import plain

HOURS = FactGroup.HOURS


def words_of(response):
    """What a person reads."""
    return plain(" ".join(re.sub(r"<[^>]*>", " ", response.content.decode()).split()))


@pytest.fixture
def desk(client, marie_herself):
    return enter(client, marie_herself)


@pytest.fixture
def closed(desk, marie):
    """Marie's bakery, closed without a day of return."""
    page = desk.get(reverse("merchant:hours", args=[marie.public_id]))
    answer = desk.post(
        reverse("merchant:hours_close", args=[marie.public_id]),
        {
            "snapshot": page.context["token"], "start_on": TUESDAY_10H.date().isoformat(), "end_on": "",
            "is_open_ended": "on", "reason": "works", "note": "",
        },
    )  # fmt: skip
    assert answer.status_code == 302
    return Shop.objects.get(pk=marie.pk)


def after(days):
    return TUESDAY_10H.astimezone(UTC) + timedelta(days=days)


def test_it_never_ends_by_itself(closed):
    place = catalogue.load_place()
    for years in (1, 2, 5, 9):
        state = catalogue.hours_of(closed, place).state(after(365 * years))
        assert state.closure.reason == "temporary", f"after {years} years nobody said that it opens"


def test_no_page_tells_a_day_of_return(desk, closed):
    assert PublicHoliday.objects.filter(on="2026-12-25").exists(), "one lies in it"
    for page in (
        desk.get(closed.get_absolute_url()),
        desk.get(reverse("merchant:hours", args=[closed.public_id])),
        desk.get(reverse("merchant:history", args=[closed.public_id])),
        desk.get(reverse("merchant:preview", args=[closed.public_id])),
    ):
        said = words_of(page).casefold()
        assert "jusqu’à nouvel ordre" in said or "fermé temporairement" in said
        assert not {"2036", "2027"} & set(re.findall(r"\d{4}", said))
        assert "2027" not in said
    # The public table of coming days: one line, holidays and all.
    rows = desk.get(closed.get_absolute_url()).context["page"].coming_exceptions
    assert [plain(words) for words, _day in rows] == ["jusqu’à nouvel ordre"]


@pytest.mark.parametrize(
    ("days", "stage"),
    [
        (29.9, freshness.Stage.FRESH),
        (30, freshness.Stage.DUE),
        (43.9, freshness.Stage.DUE),
        (44, freshness.Stage.STALE),
        (104, freshness.Stage.TO_CALL),
    ],
)
def test_her_word_on_it_holds_a_month(closed, city, days, stage):
    assert freshness.stage(closed, HOURS, city, after(days)) is stage
    assert closed.hours_are_stale(after(days)) == (stage >= freshness.Stage.STALE)


def test_a_holiday_with_an_end_holds_as_long_as_any_hours(desk, marie, city):
    assert not freshness.is_closed_until_further_notice(marie)
    assert freshness.term(marie, HOURS, city) == timedelta(days=90)


def test_she_is_asked_first_of_all_and_yes_is_good_for_another_month(desk, closed, clock):
    home = reverse("merchant:shop", args=[closed.public_id])
    assert "Êtes-vous toujours fermé" not in words_of(desk.get(home))
    clock(after(30))
    page = enter(desk, closed.memberships.get().user).get(home)
    assert "À faire maintenant Êtes-vous toujours fermé" in words_of(page)
    assert "Oui, toujours fermé" in words_of(page)
    step = page.context["state"].next_step
    answer = desk.post(
        reverse("merchant:confirm", args=[closed.public_id]), {"groupe": step.confirm}, follow=True
    )
    assert "Êtes-vous toujours fermé" not in words_of(answer)
    closed.refresh_from_db()
    assert closed.hours_stale_at == after(74)


def test_reopening_gives_the_hours_their_usual_term_again(desk, closed, city):
    page = desk.get(reverse("merchant:hours", args=[closed.public_id]))
    desk.post(reverse("merchant:hours_reopen", args=[closed.public_id]), {"snapshot": page.context["token"]})
    closed.refresh_from_db()
    assert freshness.term(closed, HOURS, city) == timedelta(days=90)
    assert closed.hours_stale_at - closed.hours_confirmed_at == timedelta(days=90)


def test_the_reminder_asks_that_very_question(closed):
    PublicHoliday.objects.all().delete()
    # Nothing else of hers is due.
    Shop.objects.filter(pk=closed.pk).update(
        services=[], payments=[], spoken_languages=[], accessibility={}, phone="", email=""
    )
    assert reminders.send_due(at=after(29)) == 0
    assert reminders.send_due(at=after(30)) == 1
    from procrastinate.contrib.django.models import ProcrastinateJob

    job = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter").latest("pk")
    lines = " ".join(job.args["letter"]["sections"][0]["lines"])
    assert "La page dit « fermé temporairement ». Est-ce toujours le cas" in plain(lines)
