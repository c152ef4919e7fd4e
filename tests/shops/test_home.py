"""The home page: the city at a glance."""

from datetime import datetime

import pytest

from shops.models import Shop
from tests.shops.factories import EVERY_DAY, TUESDAY_10H, ZONE, make_city, make_shop, make_shops


def names(page):
    """Names on the façades of the street, in order."""
    return [shop.name for shop in page.context["street"]]


def test_it_leads_to_every_district_and_category_that_has_shops(client, marie):
    page = client.get("/fr/")
    assert page.status_code == 200
    for slug in ("gare", "bonnevoie", "ville-haute", "muehlenbach"):
        assert f'href="/fr/quartiers/{slug}/"' in page.text
    assert 'href="/fr/commerces/?categorie=alimentation"' in page.text
    assert "categorie=culture-et-loisirs" not in page.text


def test_its_map_and_its_list_say_the_same(client, marie, paul):
    page = client.get("/fr/")
    drawn = page.text.partition('<svg class="map')[2].partition("</svg>")[0]
    for district, _shops in page.context["districts"]:
        assert f'href="/fr/quartiers/{district.slug}/"' in drawn
        assert f"<title>{district.name}</title>" in drawn


def test_its_street_shows_only_shops_that_are_open_now(client, marie, paul, clock):
    clock(datetime(2026, 11, 24, 7, 0, tzinfo=ZONE))
    page = client.get("/fr/")
    assert names(page) == [marie.name]
    assert "1 commerce ouvert maintenant" in page.text
    assert paul.name in page.text  # new in the window, dark


def test_it_says_so_when_everything_is_closed(client, marie, paul, clock):
    clock(datetime(2026, 11, 24, 3, 0, tzinfo=ZONE))
    page = client.get("/fr/")
    assert "Tout est fermé à cette heure" in page.text
    assert set(names(page)) == {marie.name, paul.name}
    assert "ouvert maintenant</a>" not in page.text


def test_its_street_follows_the_draw_of_the_day(client, city):
    make_shops(30, opening_hours=EVERY_DAY)
    drawn = Shop.objects.order_by("daily_order").values_list("name", flat=True)[:12]
    assert names(client.get("/fr/")) == list(drawn)


def test_it_stops_counting_open_shops_at_five_hundred(client, city, monkeypatch):
    monkeypatch.setattr("shops.views.browse.MOST_OPEN", 20)
    make_shops(30, opening_hours=EVERY_DAY)
    assert "20+ commerces ouverts maintenant" in client.get("/fr/").text


def test_it_shows_the_newest_first(client, city, marie):
    new = make_shop("Fleurs Nouvelles", district="bonnevoie", published_at=TUESDAY_10H)
    page = client.get("/fr/")
    assert [shop.pk for shop in page.context["newest"]] == [new.pk, marie.pk]


def test_it_hides_drafts_and_suspended_shops(client, marie):
    make_shop("Brouillon", status="draft")
    make_shop("Suspendu", status="suspended")
    page = client.get("/fr/")
    assert "Brouillon" not in page.text
    assert "Suspendu" not in page.text


@pytest.mark.parametrize(
    ("language", "words"),
    [("fr", "Alimentation"), ("de", "Lebensmittel"), ("lb", "Liewensmëttel"), ("en", "Food")],
)
def test_it_speaks_the_four_languages(client, marie, language, words):
    page = client.get(f"/{language}/")
    assert f'<html lang="{language}">' in page.text
    assert words in page.text


def test_a_city_without_that_language_has_no_such_page(client, db, clock):
    make_city(languages=("fr", "de"))
    assert client.get("/en/").status_code == 404


def test_before_a_city_is_loaded_it_says_so(client, db, clock):
    page = client.get("/fr/")
    assert page.status_code == 200
    assert "Aucune ville n’est encore chargée" in page.text


def test_it_is_the_same_for_everybody_until_the_minute_is_over(client, marie):
    first = client.get("/fr/")
    assert first.headers["ETag"]
    assert not first.cookies
    assert "Cookie" not in first.headers["Vary"]
    again = client.get("/fr/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def test_it_takes_four_queries_and_three_within_the_minute(client, city, settings, django_assert_num_queries):
    settings.PAGE_CACHE_BYTES = 0
    make_shops(120, opening_hours=EVERY_DAY)
    client.get("/fr/quartiers/")
    # 1 the catalogue's row  2 the street of open shops  3 how many are open, bounded  4 the newest
    with django_assert_num_queries(4):
        page = client.get("/fr/")
    assert len(page.context["street"]) == 12
    # The number of open shops is kept for the minute.
    with django_assert_num_queries(3):
        client.get("/fr/")
