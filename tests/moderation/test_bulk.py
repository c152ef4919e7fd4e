"""What is done to several rows of a list at once: nothing before their number has been confirmed."""

import pytest
from django.urls import reverse

from shops.desks.city.bulk import AsksFirst
from shops.models import Event, ImportDifference
from tests.door import enter
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H, make_shops

LIST = "/gestion/shops/importdifference/"


@pytest.fixture
def differences(marie, paul):
    return [
        ImportDifference.objects.create(
            shop=shop, source="osm.json", field="phone", ours="+352261111", theirs=theirs, seen_at=TUESDAY_10H
        )
        for shop, theirs in ((marie, "+352262222"), (paul, "<b>x</b>" * 40))
    ]


def settled():
    return ImportDifference.objects.exclude(settled_at=None).count()


def test_differences_are_named_counted_and_settled_after_a_word(desk, claire, marie, paul, differences):
    chosen = {"action": "settle", "_selected_action": [one.pk for one in differences]}
    page = desk.post(LIST, chosen).content.decode()
    for said in (
        "2 différences",
        marie.name,
        paul.name,
        "+352262222",
        "Les pages gardent ce qu’elles disent",
    ):
        assert said in page
    assert "<b>x" not in page
    assert settled() == 0
    answer = desk.post(LIST, chosen | {"sure": "1"}, follow=True)
    assert "2 différences réglées." in answer.content.decode()
    assert ImportDifference.objects.filter(settled_at=TUESDAY_10H, settled_by=claire).count() == 2
    event = Event.objects.filter(kind="import:settled", shop=marie).get()
    assert (event.by, event.after["theirs"]) == (claire, "+352262222")
    # A double click, or a colleague who was faster.
    assert "0 différence réglée." in desk.post(LIST, chosen | {"sure": "1"}, follow=True).content.decode()
    assert Event.objects.filter(kind="import:settled").count() == 2


def test_what_came_since_is_not_settled_with_them(desk, marie, differences):
    chosen = {"action": "settle", "_selected_action": [differences[0].pk], "select_across": "0", "sure": "1"}
    desk.post(LIST, chosen)
    assert settled() == 1


@pytest.mark.parametrize("role", ["auditor", "editor"])
def test_who_only_reads_settles_nothing(client, differences, role):
    enter(client, make_person("x@ville.example", city_roles=[role]))
    assert 'value="settle"' not in client.get(LIST).content.decode()
    chosen = {"action": "settle", "_selected_action": [one.pk for one in differences], "sure": "1"}
    client.post(LIST, chosen)
    assert settled() == 0


def test_more_than_anybody_looks_at_are_not_done_at_once(desk, city, monkeypatch):
    monkeypatch.setattr(AsksFirst, "at_once", 3)
    shops = make_shops(4)
    chosen = {"action": "close", "_selected_action": [shop.pk for shop in shops], "sure": "1", "why": "x"}
    answer = desk.post(reverse("admin:shops_shop_changelist"), chosen, follow=True)
    assert "Choisissez-en 3 au plus" in answer.content.decode()
    assert not Event.objects.filter(kind="status:closed").exists()


def test_the_page_that_asks_costs_as_much_for_many(desk, city, django_assert_num_queries):
    shops = make_shops(30)
    lists = reverse("admin:shops_shop_changelist")
    desk.get(lists)
    for number in (2, 30):
        chosen = {"action": "close", "_selected_action": [shop.pk for shop in shops[:number]]}
        # The catalogue's row, session, person, second factor, two on rights; what the list can be narrowed by, twice
        # two, and its count; the shops.
        with django_assert_num_queries(12):
            assert f"{number} commerces" in desk.post(lists, chosen).content.decode()
