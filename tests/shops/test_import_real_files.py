"""The real files of three cities, each into its own pack. Left out, loudly, where the data folder is absent."""

import csv
import json

import pytest
from django.conf import settings

from districts.models import District
from shops import catalogue
from shops.models import Catalogue, Shop
from shops.opening_hours import Hours
from tests.shops.import_fixtures import dump, import_shops, load_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


def elements_of(file):
    return json.loads(file.read_text(encoding="utf-8"))["elements"]


def shops_by_id():
    return {shop.external_id: shop for shop in Shop.objects.select_related("district", "category")}


def test_luxembourg_comes_in_by_one_command_each_shop_in_its_district_and_again_without_a_change(data_dir):
    load_city(settings.BASE_DIR / "cities" / "luxembourg")
    file = data_dir / "luxembourg_shops_osm.json"
    said = import_shops(file)
    assert "580  nouveaux" in said
    assert "0  refusés" in said
    shops = shops_by_id()
    with (data_dir / "luxembourg_shops.csv").open(encoding="utf-8", newline="") as table:
        expected = {f"osm:{row['osm_type']}/{row['osm_id']}": row for row in csv.DictReader(table)}
    assert shops.keys() == expected.keys()
    wrong = {
        key: shops[key].district.slug
        for key, row in expected.items()
        if row["district"] != shops[key].district.slug
    }
    assert wrong == {}
    assert {shop.name for shop in shops.values()} == {row["name"] for row in expected.values()}
    assert all(shop.is_published and shop.claimed_at is None and not shop.is_demo for shop in shops.values())
    assert {
        (shop.identity_confirmed_by, f"{shop.identity_confirmed_at:%Y-%m-%d}") for shop in shops.values()
    } == {("import", "2019-09-11")}
    # Nothing is invented: the file knows neither hours nor contacts.
    assert {
        (shop.opening_hours, shop.phone, shop.street, shop.hours_confirmed_at) for shop in shops.values()
    } == {("", "", "", None)}

    before, version = dump(), Catalogue.objects.get().version
    said = import_shops(file)
    assert "580  inchangés" in said
    assert "Rien à changer" in said
    assert dump() == before
    assert Catalogue.objects.get().version == version


def test_the_table_of_luxembourg_says_the_same_as_its_overpass_answer(data_dir):
    load_city(settings.BASE_DIR / "cities" / "luxembourg")
    import_shops(data_dir / "luxembourg_shops_osm.json")
    before = dump()
    said = import_shops(data_dir / "luxembourg_shops.csv")
    assert "580  inchangés" in said
    assert "Colonnes inconnues, pas lues : district_uncertain" in said
    assert dump() == before


@pytest.mark.parametrize(
    ("city", "known_at", "kept_as_text"),
    [
        ("monaco", "2021-04-21", set()),
        ("helsinki", "2019-04-21", {"Mon - Fri 11am - 11pm, Sat 12am - 11pm, Sun 2pm - 10pm"}),
    ],
)
def test_other_cities_come_in_with_their_hours(data_dir, city, known_at, kept_as_text):
    load_city(city)
    file = data_dir / f"osm_shops_{city}.json"
    elements = elements_of(file)
    said = import_shops(file)
    assert f"{len(elements)}  nouveaux" in said
    assert "0  refusés" in said
    shops = shops_by_id()
    place = catalogue.load_place()
    with_hours = 0
    for element in elements:
        shop = shops[f"osm:{element['type']}/{element['id']}"]
        tags = element["tags"]
        assert shop.name == " ".join(tags["name"].split())
        assert shop.district == District.objects.get()
        assert shop.street == tags.get("addr:street", "").strip()
        given = tags.get("opening_hours")
        if given is None:
            assert (shop.opening_hours, shop.opening_hours_text, shop.hours_confirmed_at) == ("", "", None)
        elif given in kept_as_text:
            assert (shop.opening_hours, shop.opening_hours_text, shop.hours_confirmed_at) == ("", given, None)
        else:
            with_hours += 1
            Hours.parse(shop.opening_hours, place)
            assert shop.opening_hours
            assert f"{shop.hours_confirmed_at:%Y-%m-%d}" == known_at
    given = sum("opening_hours" in element["tags"] for element in elements)
    assert with_hours == given - len(kept_as_text) > 80
    for text in kept_as_text:
        assert text in said

    before = dump()
    assert f"{len(elements)}  inchangés" in import_shops(file)
    assert dump() == before


def test_each_place_of_another_city_is_refused_by_name(data_dir):
    load_city("helsinki")
    file = data_dir / "osm_shops_monaco.json"
    before = dump()
    said = import_shops(file)
    assert "278  refusés" in said
    for number, element in enumerate(elements_of(file), start=1):
        (line,) = [line for line in said.splitlines() if f"osm:{element['type']}/{element['id']} " in line]
        assert line.startswith(f"{number} ")
        assert element["tags"]["name"][:50] in line
        assert line.endswith("hors de la ville (Helsinki)")
    assert dump() == before


def test_ways_are_placed_by_their_centre(data_dir):
    load_city("monaco")
    file = data_dir / "osm_shops_monaco.json"
    ways = {f"osm:way/{element['id']}": element for element in elements_of(file) if element["type"] == "way"}
    assert ways
    import_shops(file)
    shops = shops_by_id()
    for external_id, element in ways.items():
        shop = shops[external_id]
        assert (shop.lat, shop.lon) == (element["center"]["lat"], element["center"]["lon"])


def test_what_the_file_says_of_a_shop_is_on_its_page(data_dir):
    """Three records of the files, read by hand."""
    load_city("monaco")
    import_shops(data_dir / "osm_shops_monaco.json")
    shop = Shop.objects.get(external_id="osm:node/267901435")
    assert (shop.name, shop.slug) == ("Stars ’n’ Bars", "stars-n-bars")
    assert (shop.street, shop.house_number, shop.postcode) == ("Quai Antoine 1er", "6", "98000")
    assert shop.phone == "+37797979595"
    assert [(link.kind, link.url) for link in shop.links.all()] == [("website", "https://www.starsnbars.com")]
    assert shop.opening_hours == "Mo-Su 11:00-00:00"
    assert shop.accessibility == {"step_free": "partly"}
    assert shop.category.code == "restaurant"
    shop = Shop.objects.get(external_id="osm:node/268113123")
    assert (shop.phone, shop.email, shop.street) == ("", "", "")
    assert shop.contact_confirmed_at is None
    assert shop.accessibility == {"step_free": "yes"}
    # A number that is none is left out and told; the shop stays.
    shop = Shop.objects.get(external_id="osm:node/4418118702")
    assert (shop.name, shop.phone) == ("Spar", "")
