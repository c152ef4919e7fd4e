"""Near me: the same list by distance, and a position that leaves no trace."""

import logging

import pytest
from django.test import Client

from tests.shops.factories import make_shop, make_shops

NEAR = "/fr/commerces/pres-de-moi/"
# The corner of Gare where the tests stand.
HERE = {"lat": "49.591", "lon": "6.126"}


def names(page):
    return [shop.name for shop in page.context["cards"]]


@pytest.fixture
def three(city):
    """Three shops east of HERE: 70 m, 360 m and 2.9 km away."""
    make_shop("Loin", district="bonnevoie", lat=49.591, lon=6.1662)
    make_shop("Tout près", lat=49.591, lon=6.127)
    make_shop("Pas loin", category="books", lat=49.591, lon=6.131)


def test_the_nearest_come_first_with_their_distance(client, three):
    page = client.post(NEAR, HERE)
    assert names(page) == ["Tout près", "Pas loin", "Loin"]
    assert [shop.distance for shop in page.context["cards"]] == ["50 m", "350 m", "2,9 km"]
    assert "350 m" in page.text


def test_the_distance_is_written_as_the_language_writes_it(client, three):
    assert client.post("/en/commerces/pres-de-moi/", HERE).context["cards"][2].distance == "2.9 km"


def test_the_position_is_rounded_by_the_server_too(client, three):
    page = client.post(NEAR, {"lat": "49.59123456", "lon": "6.12612345"})
    assert "49.591" in page.text
    assert "49.5912" not in page.text
    assert "6.1261" not in page.text


def test_the_answer_is_kept_by_nobody_but_her_own_browser(client, three):
    """Which shows it again when she comes back from a shop: without, she would meet an error of the browser's."""
    page = client.post(NEAR, HERE)
    assert page.headers["Cache-Control"] == "private, max-age=600"
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert "ETag" not in page.headers
    assert not page.cookies


def test_the_position_is_in_no_address_and_in_no_log(client, three, caplog):
    caplog.set_level(logging.DEBUG)
    page = client.post(NEAR, HERE)
    assert "lat=" not in page.text
    assert "49.591" not in caplog.text
    # It is repeated once, in the form that asks for the next page.
    assert page.text.count("49.591") == 1


def test_it_works_without_a_token(three):
    assert Client(enforce_csrf_checks=True).post(NEAR, HERE).status_code == 200


def test_it_goes_with_the_other_filters(client, three):
    assert names(client.post(NEAR, HERE | {"categorie": "librairie"})) == ["Pas loin"]
    assert names(client.post(NEAR, HERE | {"quartier": "bonnevoie"})) == ["Loin"]
    assert names(client.post(NEAR, HERE | {"q": "loin"})) == ["Pas loin", "Loin"]


def test_without_a_position_one_stands_in_the_chosen_district(client, three):
    page = client.post(NEAR, {"quartier": "bonnevoie"})
    assert names(page) == ["Loin", "Pas loin", "Tout près"]
    assert "Au plus près\N{NO-BREAK SPACE}: Bonnevoie" in page.text


def test_without_a_position_one_stands_in_the_chosen_street(client, three):
    make_shop("Au coin", street="Grand-Rue", lat=49.5915, lon=6.1665)
    page = client.post(NEAR, {"rue": "grand-rue"})
    assert names(page)[:2] == ["Au coin", "Loin"]
    assert "Au plus près\N{NO-BREAK SPACE}: Grand-Rue" in page.text


def test_without_any_of_these_it_asks_for_one(client, three):
    page = client.post(NEAR, {})
    assert page.status_code == 200
    assert names(page) == []
    assert "Choisissez d’abord un quartier ou une rue" in page.text


def test_the_next_page_is_asked_for_by_a_form(client, city):
    make_shops(30)
    first = client.post(NEAR, HERE)
    assert '<button class="quiet" form="pres" name="page" value="2">' in first.text
    second = client.post(NEAR, HERE | {"page": "2"})
    assert len(names(second)) == 6
    assert not set(names(first)) & set(names(second))


def test_shops_without_a_place_are_left_out(client, three):
    make_shop("Marchande ambulante", lat=None, lon=None)
    assert "Marchande ambulante" not in names(client.post(NEAR, HERE))


def test_reloading_its_address_shows_the_list(client, three):
    page = client.get(NEAR)
    assert page.status_code == 302
    assert page.headers["Location"] == "/fr/commerces/"


@pytest.mark.parametrize(
    "sent",
    [
        {"lat": "nan", "lon": "inf"},
        {"lat": "91", "lon": "6"},
        {"lat": "49.6", "lon": "1e400"},
        {"lat": "49.6"},
        {"lat": "\x00", "lon": "\x00"},
        {"lat": "9" * 5000, "lon": "9" * 5000},
        {"lat": "49,6", "lon": "6,1"},
        {"lat": ["1", "2"], "lon": ["3", "x"]},
        {"quartier": "nulle-part"},
        {"page": "9" * 5000, **HERE},
    ],
)
def test_hostile_positions_get_an_answer(client, three, sent):
    assert client.post(NEAR, sent).status_code == 200


def test_it_takes_two_queries(client, city, django_assert_num_queries):
    make_shops(60)
    client.post(NEAR, HERE)
    # 1 the catalogue's row  2 the page of shops, nearest first
    with django_assert_num_queries(2):
        client.post(NEAR, HERE)
