"""Each person decides for each of her pages whether she is reminded."""

import pytest

from tests.door import enter
from tests.people import make_member

URL = "/fr/comptoir/mar1eeck/rappels/"


def test_marie_sees_how_long_her_page_holds(client, marie_herself):
    enter(client, marie_herself)
    page = client.get(URL)
    assert "jusqu’au 15" in page.text, "90 days after the 17th of November"
    assert "marie@boulangerie.example" in page.text


def test_she_turns_reminders_off_and_on_again_for_this_page_alone(client, marie_herself, paul):
    other = make_member(paul, marie_herself)
    enter(client, marie_herself)
    for wanted in (False, False, True):
        answer = client.post(URL, {"wanted": "yes" if wanted else "no"})
        assert (answer.status_code, answer.url) == (302, URL)
        assert [one.wants_reminders for one in marie_herself.memberships.order_by("pk")] == [wanted, True]
    assert other.shop == paul


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_nobody_elses(client, marie_herself, paul_himself, tom, method):
    assert getattr(client, method)(URL).url.startswith("/fr/compte/connexion/")
    for stranger in (paul_himself, tom):
        enter(client, stranger)
        assert getattr(client, method)(URL, {"wanted": "no"}).status_code == 404
    assert marie_herself.memberships.get().wants_reminders


def test_it_takes_few_queries(client, marie_herself, django_assert_max_num_queries):
    enter(client, marie_herself)
    client.get(URL)
    # The catalogue; the session and the user; the shop; her place in it (for the page and for the frame).
    with django_assert_max_num_queries(7):
        client.get(URL)
