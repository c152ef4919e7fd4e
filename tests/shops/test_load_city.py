"""`load_city`: a city pack becomes the city, all of it or nothing, and nothing twice."""

import json

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from districts.city_pack import read_pack
from districts.models import City, District, PublicHoliday, Street
from shops import catalogue, loading
from shops.models import Catalogue, Category, CategoryGroup, FacetTotal
from tests.shops import factories
from tests.shops.import_fixtures import copy_of, dump, edit, load_city

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

LUXEMBOURG = settings.BASE_DIR / "cities" / "luxembourg"


@pytest.fixture
def monaco():
    load_city("monaco")


@pytest.fixture
def pack(tmp_path):
    """A copy of the pack of Monaco, to be changed."""
    return copy_of("monaco", tmp_path)


def versions():
    return Catalogue.objects.values_list("version", "structure").get()


def test_it_writes_all_that_the_pack_of_luxembourg_says():
    load_city(LUXEMBOURG)
    pack = read_pack(LUXEMBOURG)
    city = City.objects.get()
    assert (city.name, city.country, city.time_zone) == ("Luxembourg", "LU", "Europe/Luxembourg")
    assert city.languages == ["fr", "de", "lb", "en"]
    assert city.i18n["name_lb"] == "Lëtzebuerg"
    assert city.freshness("hours").days == 90
    assert city.facts["contact"] == pack.city.contact
    assert city.facts["legal"] == pack.city.legal
    (letzshop,) = city.facts["marketplaces"]
    assert (letzshop["kind"], letzshop["hosts"]) == ("letzshop", ["letzshop.lu"])
    assert {attribution["subject"] for attribution in city.facts["attributions"]} >= {"districts", "streets"}
    assert city.pack_sha256 == pack.sha256
    assert District.objects.count() == 24
    assert PublicHoliday.objects.count() == len(pack.holidays)
    assert Street.objects.count() == len(pack.streets)
    assert CategoryGroup.objects.count() == len(pack.groups)
    assert Category.objects.count() == len(pack.categories)
    for district in pack.districts:
        row = District.objects.get(slug=district.slug)
        assert row.code == district.code
        assert row.i18n["name_de"] == district.names["de"]
        assert [tuple(point) for point in row.outline] == list(district.outline)
        assert set(row.neighbours.values_list("slug", flat=True)) == set(district.neighbours)
    bakery = Category.objects.get(code="bakery")
    assert bakery.osm == ["shop=bakery"]
    assert bakery.i18n["label_lb"] == "Bäckerei"
    assert "Brout" in bakery.words["lb"]
    assert bakery.group.code == "food"
    assert Catalogue.objects.count() == 1


@pytest.mark.parametrize("name", ["monaco", "helsinki"])
def test_it_loads_cities_that_are_not_the_first(name):
    assert "chargée" in load_city(name)
    assert District.objects.count() == 1
    assert City.objects.get().slug == name
    before = dump()
    load_city(name)
    assert dump() == before


def test_a_city_that_does_not_speak_the_source_language_goes_by_its_own():
    load_city("helsinki")
    district = District.objects.get()
    assert district.name == "City centre"
    assert district.i18n == {"name_en": "City centre", "name_de": "Innenstadt"}


def test_loading_again_writes_nothing_and_says_so():
    load_city(LUXEMBOURG)
    before, version = dump(), versions()
    said = load_city(LUXEMBOURG)
    assert "rien de nouveau" in said
    assert dump() == before
    assert versions() == version


def test_a_pack_that_is_only_laid_out_anew_raises_no_version(monaco, pack):
    version = versions()
    edit(pack / "categories.json", lambda content: None)
    assert "rien de nouveau" in load_city(pack)
    assert versions() == version
    assert City.objects.get().pack_sha256 == read_pack(pack).sha256


def test_it_says_what_was_added_changed_and_removed(monaco, pack):
    version, structure = versions()

    def change(content):
        content["categories"][1]["labels"]["fr"] = "Boulangerie-pâtisserie"
        content["categories"].append(
            content["categories"][0] | {"code": "fishmonger", "slug": "poissonnerie", "osm": ["shop=seafood"]}
        )
        content["categories"] = [item for item in content["categories"] if item["code"] != "butcher"]

    edit(pack / "categories.json", change)
    words = json.loads((pack / "synonyms.json").read_text())["words"]
    if "butcher" in words:
        edit(pack / "synonyms.json", lambda content: content["words"].pop("butcher"))
    said = load_city(pack)
    assert "ajouts : 1 (poissonnerie)" in said
    assert "boulangerie (label" in said
    assert "retraits : 1 (boucherie)" in said
    assert Category.objects.get(code="bakery").label == "Boulangerie-pâtisserie"
    assert not Category.objects.filter(code="butcher").exists()
    assert versions() == (version + 1, structure + 1)


def test_a_long_list_of_changes_is_cut_short_unless_asked_for():
    said = load_city(LUXEMBOURG)
    assert "(+4)" in said
    assert len(said) < 5000


def test_what_changes_reaches_the_shops(monaco, pack):
    factories.make_shop("Le Pain de Marie", district="monaco", category="bakery", lat=43.738, lon=7.424)
    assert FacetTotal.objects.get(facet="g:food").shops == 1

    def change(content):
        bakery = next(item for item in content["categories"] if item["code"] == "bakery")
        bakery["group"] = "goods"

    edit(pack / "categories.json", change)
    load_city(pack)
    assert not FacetTotal.objects.filter(facet="g:food").exists()
    assert FacetTotal.objects.get(facet="g:goods").shops == 1


def test_a_group_leaves_with_its_last_category(monaco, pack):
    def change(content):
        for category in content["categories"]:
            if category["group"] == "services":
                category["group"] = "goods"
        content["groups"] = [group for group in content["groups"] if group["code"] != "services"]

    edit(pack / "categories.json", change)
    assert "groupes de catégories – retraits : 1 (services)" in load_city(pack)
    assert not CategoryGroup.objects.filter(code="services").exists()
    assert Category.objects.get(code="laundry").group.code == "goods"


def test_two_categories_may_exchange_their_addresses(monaco, pack):
    def change(content):
        by_code = {item["code"]: item for item in content["categories"]}
        by_code["bakery"]["slug"], by_code["cafe"]["slug"] = (
            by_code["cafe"]["slug"],
            by_code["bakery"]["slug"],
        )

    edit(pack / "categories.json", change)
    load_city(pack)
    assert Category.objects.get(code="bakery").slug == "cafe"
    assert Category.objects.get(code="cafe").slug == "boulangerie"


def test_neighbours_and_streets_follow_the_pack(tmp_path):
    pack = copy_of(LUXEMBOURG, tmp_path)
    load_city(pack)
    belair = District.objects.get(slug="belair")
    assert belair.neighbours.filter(slug="merl").exists()

    def part(content):
        by_slug = {item["slug"]: item for item in content["districts"]}
        by_slug["belair"]["neighbours"].remove("merl")
        by_slug["merl"]["neighbours"].remove("belair")

    edit(pack / "districts.json", part)
    edit(pack / "streets.json", lambda content: content["streets"][0].update(districts=["merl"]))
    said = load_city(pack)
    assert "belair (neighbours)" in said
    assert "merl (neighbours)" in said
    assert "(districts)" in said
    assert not belair.neighbours.filter(slug="merl").exists()
    assert Street.objects.filter(districts__slug="merl").exists()


def test_a_broken_pack_is_refused_with_every_fault_named(monaco, pack):
    before = dump()

    def change(content):
        del content["categories"][0]["labels"]["fr"]
        content["categories"][1]["group"] = "nowhere"

    edit(pack / "categories.json", change)
    (pack / "holidays.json").unlink()
    with pytest.raises(CommandError) as refused:
        load_city(pack)
    sentence = str(refused.value)
    assert "rien n’a changé" in sentence
    assert "(3 défauts)" in sentence
    for fault in ("grocery › labels.fr", "bakery › group", "holidays.json"):
        assert fault in sentence
    assert dump() == before


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match="ne peut pas être chargé"):
        load_city(tmp_path / "nowhere")
    assert not City.objects.exists()


def test_without_a_path_it_loads_the_city_of_the_settings(settings, capsys):
    settings.CITY_PACK = None
    with pytest.raises(CommandError, match="Nommez le dossier"):
        call_command("load_city")


def test_it_refuses_to_remove_a_category_that_shops_still_have(monaco, pack):
    factories.make_shop("Marie", district="monaco", category="bakery")
    factories.make_shop("Paul", district="monaco", category="cafe", other_categories=["bakery"])
    factories.make_shop("Tom", district="monaco", category="butcher")
    before = dump()
    edit(
        pack / "categories.json",
        lambda content: content.update(
            categories=[item for item in content["categories"] if item["code"] not in ("bakery", "butcher")]
        ),
    )
    edit(
        pack / "synonyms.json",
        lambda content: [content["words"].pop(code, None) for code in ("bakery", "butcher")],
    )
    with pytest.raises(CommandError) as refused:
        load_city(pack)
    assert "« Boulangerie » (bakery) n’est plus dans le dossier, mais 2 commerces l’ont encore" in str(
        refused.value
    )
    assert "« Boucherie » (butcher) n’est plus dans le dossier, mais 1 commerce l’a encore" in str(
        refused.value
    )
    assert dump() == before


def test_it_refuses_to_remove_a_district_that_shops_are_in(monaco, pack):
    factories.make_shop("Marie", district="monaco", category="bakery")
    before = dump()
    edit(
        pack / "districts.json", lambda content: content["districts"][0].update(code="2", slug="fontvieille")
    )
    edit(
        pack / "streets.json", lambda content: [street.update(districts=[]) for street in content["streets"]]
    )
    with pytest.raises(CommandError) as refused:
        load_city(pack)
    assert "« Monaco » n’est plus dans le dossier, mais 1 commerce y est" in str(refused.value)
    assert dump() == before


def test_it_refuses_to_put_the_shops_of_one_city_into_another(monaco):
    """Both packs number their only district 1."""
    factories.make_shop("Marie", district="monaco", category="bakery")
    before = dump()
    with pytest.raises(CommandError, match="La base est celle de « Monaco », avec 1 commerce"):
        load_city("helsinki")
    assert dump() == before


def test_an_empty_city_may_become_another(monaco):
    load_city("helsinki")
    assert City.objects.get().slug == "helsinki"
    assert District.objects.get().slug == "keskusta"
    assert set(Street.objects.values_list("districts__slug", flat=True)) <= {"keskusta"}


def test_a_fault_half_way_leaves_nothing(monkeypatch, pack):
    load_city("monaco")
    before = dump()
    edit(pack / "districts.json", lambda content: content["districts"][0].update(hue=111))

    def fails(**_options):
        raise RuntimeError("the machine goes out")

    monkeypatch.setattr(catalogue, "changed_all", fails)
    with pytest.raises(RuntimeError):
        load_city(pack)
    assert dump() == before


def test_loading_asks_for_what_a_city_holds_not_for_each_item(clock):
    """Reading: city 2, districts 3, holidays 1, streets 4, groups 3, categories 3, what is used 2, catalogue 1.

    Nothing is asked for an item of its own: 852 streets cost what one costs.
    """
    load_city(LUXEMBOURG)
    with CaptureQueriesContext(connection) as queries:
        loading.load(read_pack(LUXEMBOURG), at=factories.TUESDAY_10H)
    assert len(queries) <= 24
