"""The districts, and one district: its street of façades, its map, its figures."""

import re
from datetime import datetime, timedelta

import pytest

from districts.models import District
from tests.shops.factories import EVERY_DAY, TUESDAY_10H, ZONE, make_shop, make_shops

GARE = "/fr/quartiers/gare/"


def names(page):
    return [shop.name for shop in page.context["cards"]]


def drawing(page):
    """The map of the page."""
    return page.text.partition('<svg class="map')[2].partition("</svg>")[0]


def figures(page):
    """The page's figures by the words under them."""
    return dict(re.findall(r"<div[^>]*><dt>(.*?)</dt><dd>(.*?)</dd></div>", page.text))


# All districts


def test_it_leads_to_every_district(client, marie):
    page = client.get("/fr/quartiers/")
    assert page.status_code == 200
    for slug in ("gare", "bonnevoie", "ville-haute", "muehlenbach"):
        assert client.get(f"/fr/quartiers/{slug}/").status_code == 200


def test_the_real_city_has_twenty_four(luxembourg, client):
    page = client.get("/fr/quartiers/")
    leads_to = set(re.findall(r'href="(/fr/quartiers/[^"/]+/)"', page.text))
    assert len(leads_to) == 24
    assert all(client.get(address).status_code == 200 for address in leads_to)


def test_the_map_and_the_list_say_the_same(client, marie):
    page = client.get("/fr/quartiers/")
    listed = page.text.partition('<ul class="quarters">')[2].partition("</ul>")[0]
    found = [set(re.findall(r'href="(/fr/quartiers/[^"]+)"', part)) for part in (drawing(page), listed)]
    assert found[0] == found[1]
    assert len(found[0]) == 4
    for district in District.objects.all():
        assert f"<title>{district.name}</title>" in drawing(page)
        assert f"<span>{district.name}</span>" in listed


def test_each_district_tells_its_number_of_shops(client, marie, paul):
    listed = client.get("/fr/quartiers/").context["districts"]
    assert [(district.name, shops) for district, shops in listed] == [
        ("Bonnevoie", 0),
        ("Gare", 2),
        ("Mühlenbach", 0),
        ("Ville Haute", 0),
    ]


def test_the_districts_take_one_query(client, city, settings, django_assert_num_queries):
    settings.PAGE_CACHE_BYTES = 0
    make_shops(40)
    client.get("/fr/quartiers/")
    # 1 the catalogue's row; frame, numbers and drawing are kept
    with django_assert_num_queries(1):
        client.get("/fr/quartiers/")


# One district


def test_it_shows_its_own_shops_and_no_others(client, marie, paul):
    make_shop("Ailleurs", district="bonnevoie")
    page = client.get(GARE)
    assert set(names(page)) == {marie.name, paul.name}
    assert "Le quartier Gare." in page.text


@pytest.mark.parametrize(
    ("at", "lights"),
    [
        ("2026-11-24 05:59", {"Boulangerie Um Eck": "off", "Librairie d’à côté": "off"}),
        ("2026-11-24 06:00", {"Boulangerie Um Eck": "on", "Librairie d’à côté": "off"}),
        ("2026-11-24 18:29", {"Boulangerie Um Eck": "on", "Librairie d’à côté": "on"}),
        ("2026-11-24 18:30", {"Boulangerie Um Eck": "on", "Librairie d’à côté": "off"}),
        ("2026-11-29 12:00", {"Boulangerie Um Eck": "on", "Librairie d’à côté": "off"}),
        # Christmas: Marie's rule says nothing of it, Paul's says closed.
        ("2026-12-25 12:00", {"Boulangerie Um Eck": "unlit", "Librairie d’à côté": "off"}),
        # Nobody has confirmed anything for months.
        ("2027-04-06 12:00", {"Boulangerie Um Eck": "unlit", "Librairie d’à côté": "unlit"}),
    ],
)
def test_the_lights_are_right_at_any_instant(client, marie, paul, clock, at, lights):
    clock(datetime.fromisoformat(at).replace(tzinfo=ZONE))
    page = client.get(GARE)
    assert {shop.name: shop.light for shop in page.context["cards"]} == lights
    dots = sorted(re.findall(r'<circle class="(on|off|unlit)"', drawing(page)))
    assert dots == sorted(lights.values())


def test_the_lights_of_another_moment_can_be_asked_for(client, marie, paul):
    page = client.get(GARE, {"le": "2026-11-28", "a": "07:00"})
    assert names(page) == [marie.name]
    assert page.context["cards"][0].light == "on"
    assert "Les lumières montrent samedi 28\N{NO-BREAK SPACE}novembre" in page.text


def test_its_figures_are_its_own(client, marie, paul, clock):
    make_shop("Ailleurs", district="bonnevoie")
    make_shop("Oubliée", hours_confirmed_at=TUESDAY_10H - timedelta(days=200))
    clock(datetime(2026, 11, 24, 9, 0, tzinfo=ZONE))
    assert figures(client.get(GARE)) == {
        "commerces": "3",
        "ouvert en ce moment": "1",
        "horaires confirmés récemment": "2",
    }


def test_it_names_its_neighbours(client, marie):
    neighbours = client.get(GARE).context["neighbours"]
    assert {district.slug for district in neighbours} == {"bonnevoie", "ville-haute"}


def test_it_filters_inside_the_district(client, marie, paul, clock):
    make_shop("Ailleurs", district="bonnevoie", category="bakery")
    clock(datetime(2026, 11, 24, 9, 0, tzinfo=ZONE))
    assert names(client.get(GARE, {"ouvert": "1"})) == [marie.name]
    assert names(client.get(GARE, {"categorie": "culture-et-loisirs"})) == [paul.name]
    page = client.get(GARE, {"categorie": "culture-et-loisirs", "ouvert": "1"})
    assert names(page) == []
    assert "Aucun commerce du quartier ne réunit tout cela" in page.text


def test_other_filters_of_the_list_mean_nothing_here(client, marie, paul):
    page = client.get(GARE, {"quartier": "bonnevoie", "q": "fleurs", "service": "x"})
    assert set(names(page)) == {marie.name, paul.name}


def test_bad_values_are_named(client, marie):
    page = client.get(GARE, {"categorie": "xyz", "le": "demain", "a": "10:00"})
    assert page.status_code == 200
    assert "Cette catégorie n’existe pas" in page.text
    assert 'name="le" type="date" value="demain"' in page.text


def test_its_map_follows_the_filters(client, marie, paul):
    assert drawing(client.get(GARE)).count("<circle") == 2
    assert drawing(client.get(GARE, {"categorie": "alimentation"})).count("<circle") == 1


def test_a_crowded_map_gathers_its_shops_into_discs(client, city, monkeypatch):
    monkeypatch.setattr("shops.views.browse.MANY", 20)
    make_shops(10, district="gare")
    make_shops(30, district="gare", lat=49.595, lon=6.135)
    drawn = drawing(client.get(GARE))
    numbers = [int(number) for number in re.findall(r">(\d+)</text>", drawn)]
    alone = drawn.count('<circle class="many"') - len(numbers)
    assert numbers
    assert sum(numbers) + alone == 40


def test_who_is_not_on_the_map_is_counted_beside_it(client, marie):
    assert "sans adresse fixe" not in client.get(GARE).text
    make_shop("Chalet du marché", lat=None, lon=None)
    assert "1 commerce sans adresse fixe n’est que dans la liste." in client.get(GARE).text


def test_a_shop_without_a_place_is_in_the_street_but_not_on_the_map(client, marie):
    make_shop("Marchande ambulante", lat=None, lon=None, street="")
    page = client.get(GARE)
    assert len(names(page)) == 2
    assert drawing(page).count("<circle") == 1


def test_an_empty_district_says_so(client, marie):
    page = client.get("/fr/quartiers/muehlenbach/")
    assert page.status_code == 200
    assert "Aucun commerce n’est encore connu dans ce quartier" in page.text
    assert 'href="/fr/commerce-manquant/"' in page.text


def test_its_street_is_leafed_page_by_page(client, city):
    make_shops(30, district="gare")
    assert len(names(client.get(GARE))) == 24
    assert len(names(client.get(GARE, {"page": "2"}))) == 6
    beyond = client.get(GARE, {"page": "3"})
    assert beyond.status_code == 404
    assert "La rue n’a pas de page 3" in beyond.text


def test_a_district_that_is_not_of_this_city_does_not_exist(client, marie):
    assert client.get("/fr/quartiers/nulle-part/").status_code == 404


def test_it_hides_drafts(client, marie):
    make_shop("Secret", status="draft")
    page = client.get(GARE)
    assert "Secret" not in page.text
    assert figures(page)["commerce"] == "1"


def test_a_change_of_filter_takes_only_the_results(client, marie, paul):
    page = client.get(GARE, {"ouvert": "1"})
    part = client.get(GARE, {"ouvert": "1"}, headers={"HX-Request": "true", "HX-Target": "results"})
    assert part.text.startswith('<section id="results"')
    assert part.text.strip() in page.text


def test_only_the_plain_pages_are_for_search_engines(client, city):
    make_shops(30, district="gare")
    assert "X-Robots-Tag" not in client.get(GARE).headers
    second = client.get(GARE, {"page": "2"})
    assert "X-Robots-Tag" not in second.headers
    assert f'rel="canonical" href="http://127.0.0.1:8000{GARE}?page=2"' in second.text
    filtered = client.get(GARE, {"ouvert": "1"})
    assert filtered.headers["X-Robots-Tag"] == "noindex, follow"
    assert f'rel="canonical" href="http://127.0.0.1:8000{GARE}"' in filtered.text


def test_empty_fields_of_a_plain_form_leave_the_address(client, marie):
    page = client.get(GARE, {"ouvert": "1", "categorie": "", "le": "", "a": ""})
    assert page.headers["Location"] == f"{GARE}?ouvert=1"


def test_a_sheet_to_print_has_them_all_by_name(client, city, django_assert_num_queries):
    make_shops(30, district="gare", phone="+35226123456")
    make_shop("Étoile", district="gare")
    client.get("/fr/quartiers/bonnevoie/")
    # 1 the catalogue's row  2 figures and counts  3 the map's shops  4 the shops
    with django_assert_num_queries(4):
        page = client.get(GARE, {"imprimer": "1"})
    assert len(page.context["lines"]) == 31
    assert page.context["lines"][-1].name == "Étoile"
    assert "26 12 34 56" in page.text
    assert "<svg" not in page.text.partition('<ul class="street">')[2].partition("</ul>")[0]
    assert page.headers["X-Robots-Tag"] == "noindex, follow"
    assert 'name="imprimer" value="1"' in client.get(GARE).text


def test_a_sheet_follows_the_filters(client, marie, paul):
    page = client.get(GARE, {"imprimer": "1", "categorie": "alimentation"})
    assert [shop.name for shop in page.context["lines"]] == [marie.name]


def test_a_district_takes_four_queries_and_two_within_the_minute(
    client, city, settings, django_assert_num_queries
):
    settings.PAGE_CACHE_BYTES = 0
    make_shops(60, district="gare", opening_hours=EVERY_DAY)
    make_shops(20, district="bonnevoie")
    client.get("/fr/quartiers/bonnevoie/")
    # 1 the catalogue's row  2 figures and counts  3 the map's shops  4 the page of shops
    with django_assert_num_queries(4):
        client.get(GARE)
    # 1 the catalogue's row  2 the page of shops; the rest is kept for the minute
    with django_assert_num_queries(2):
        client.get(GARE)


def test_a_crowded_district_takes_no_more(client, city, settings, monkeypatch, django_assert_num_queries):
    settings.PAGE_CACHE_BYTES = 0
    monkeypatch.setattr("shops.views.browse.MANY", 20)
    make_shops(60, district="gare", opening_hours=EVERY_DAY)
    client.get("/fr/quartiers/bonnevoie/")
    # 1 the catalogue's row  2 figures and counts  3 the map's discs  4 the page of shops
    with django_assert_num_queries(4):
        client.get(GARE, {"categorie": "alimentation", "ouvert": "1"})
