"""What the City promises, and how it keeps it: a page for everybody."""

from datetime import timedelta

import pytest

from shops.editing import revisions
from shops.editing.revisions import Accept, Refuse
from tests.moderation.conftest import MONDAY_10H, propose
from tests.shops.factories import TUESDAY_10H

PAGE = "/fr/moderation/"


@pytest.mark.parametrize("language", ["fr", "de", "lb", "en"])
def test_it_is_there_in_every_language_and_linked_from_every_page(client, city, language):
    page = client.get(f"/{language}/moderation/")
    assert page.status_code == 200
    assert "48" in page.content.decode()
    assert f'href="/{language}/moderation/"' in client.get(f"/{language}/").content.decode()
    assert not page.cookies


def test_before_anything_was_decided_it_says_so(client, city):
    assert "rien n’a attendu de réponse" in client.get(PAGE).content.decode()


def test_it_counts_what_was_decided_and_how_long_it_took(client, claire, marie, marie_herself):
    for hours, word in ((1, Accept()), (5, Refuse("wrong")), (30, Accept())):
        change = propose(
            marie, marie_herself, at=TUESDAY_10H - timedelta(hours=hours), summary=f"Pain {hours}."
        )
        revisions.decide(marie, {change["summary"].pk: word}, by=claire, at=TUESDAY_10H)
    live = propose(marie, marie_herself, at=MONDAY_10H, phone="+352621999999")["phone"]
    revisions.decide(marie, {live.pk: Accept()}, by=claire, at=TUESDAY_10H)
    answer = client.get(PAGE)
    record = answer.context["record"]
    assert (record.median_hours, record.decided) == (5, 3)
    (year,) = record.years
    assert (year.year, year.accepted, year.refused, year.checked) == (2026, 2, 1, 1)
    assert "Marie" not in answer.content.decode()


def test_it_asks_three_questions(client, city, django_assert_num_queries):
    client.get(PAGE)
    # The catalogue's row, the last thirty days, the years.
    with django_assert_num_queries(3):
        client.get(PAGE + "?again")
