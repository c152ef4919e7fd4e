"""A city is a folder of data, read whole or refused with every fault named."""

import csv
import json
import math
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely import Point, Polygon, coverage_is_valid

from districts.city_pack import (
    FILES,
    FRESHNESS_GROUPS,
    INTERFACE_LANGUAGES,
    SCHEMA_TYPES,
    Borders,
    BrokenPack,
    Selectors,
    read_pack,
    street_slug,
)

ROOT = Path(__file__).resolve().parents[2]
LUXEMBOURG = ROOT / "cities" / "luxembourg"
MONACO = ROOT / "tests" / "packs" / "monaco"
HELSINKI = ROOT / "tests" / "packs" / "helsinki"

# What the public table of the real shops calls a category, and ours: itself or what refines it.
REFINED = {
    "art": {"art_gallery", "art_supplies", "antiques", "collectors"},
    "bags": {"bags"},
    "bakery": {"bakery", "pastry_shop"},
    "bar": {"bar", "pub", "nightclub"},
    "beauty": {"beauty_salon", "nail_salon", "perfumery", "tattoo", "massage"},
    "bicycle": {"bicycle"},
    "books": {"bookshop", "stationery"},
    "butcher": {"butcher"},
    "cafe": {"cafe", "ice_cream"},
    "car": {"car_dealer", "garage", "tyres", "motorcycle"},
    "clothes": {"clothes", "womens_clothes", "mens_clothes", "childrens_clothes", "lingerie", "haberdashery"},
    "confectionery": {"chocolate", "ice_cream"},
    "convenience": {"convenience"},
    "craft": {"plumber", "electrician", "carpenter", "painter", "electronics_repair", "other_craft"},
    "deli": {"deli", "cheese_shop", "organic_shop", "world_food", "tea_coffee", "convenience"},
    "department_store": {"department_store", "shopping_centre", "variety_store"},
    "diy": {"diy", "building_materials", "doors_windows"},
    "drugstore": {"drugstore"},
    "electronics": {"electronics", "computer", "mobile_phone", "video_games", "stationery"},
    "estate": {"estate_agent"},
    "fast_food": {"fast_food"},
    "florist": {"florist", "garden_centre"},
    "funeral": {"funeral"},
    "furniture": {"furniture", "interior_decoration", "bedding", "carpet"},
    "gift": {"gifts", "collectors", "party", "garden_centre"},  # a grow shop sells what gardeners need
    "greengrocer": {"greengrocer", "farm_shop"},
    "hairdresser": {"hairdresser", "perfumery"},
    "houseware": {"houseware", "kitchen", "appliance"},
    "jewelry": {"jewellery"},
    "kids": {"toys", "baby_goods"},
    "laundry": {"laundry", "dry_cleaning"},
    "medical": {"hearing_aids", "medical_supply", "herbalist"},
    "music": {"musical_instruments", "records"},
    "newsagent": {"newsagent", "tobacconist"},
    "optician": {"optician"},
    "other": {"other_shop", "doors_windows"},  # windows have their own category here
    "pet": {"pet_shop"},
    "pharmacy": {"pharmacy"},
    "photo": {"photo_shop", "photographer", "printing"},
    "repair": {
        "tailor",
        "shoe_repair",
        "locksmith",
        "watchmaker",
        "goldsmith",
        "upholsterer",
        "haberdashery",
    },
    "restaurant": {"restaurant"},
    "second_hand": {"second_hand", "pawnbroker"},
    "shoes": {"shoes"},
    "sports": {"sports", "outdoor"},
    "supermarket": {"supermarket"},
    "travel": {"travel_agency", "tickets"},
    "wine": {"wine_shop"},
}


@pytest.fixture(scope="module")
def luxembourg():
    return read_pack(LUXEMBOURG)


@pytest.fixture
def broken(tmp_path):
    """A copy of the Monaco pack to spoil."""
    shutil.copytree(MONACO, tmp_path / "monaco")
    return Spoilt(tmp_path / "monaco")


class Spoilt:
    def __init__(self, path):
        self.path = path

    def edit(self, name, change):
        """Apply `change` to the file's content: its object for JSON, its text for TOML."""
        file = self.path / name
        if name.endswith(".toml"):
            text = file.read_text("utf-8")
            changed = change(text)
            assert changed != text
            file.write_text(changed, "utf-8")
        else:
            raw = json.loads(file.read_text("utf-8"))
            change(raw)
            file.write_text(json.dumps(raw), "utf-8")

    def faults(self):
        with pytest.raises(BrokenPack) as caught:
            read_pack(self.path)
        return [str(fault) for fault in caught.value.faults]


def places(file):
    """The elements of an Overpass answer, as (position, tags)."""
    for element in json.loads(file.read_text("utf-8"))["elements"]:
        spot = element.get("center", element)
        yield (spot["lon"], spot["lat"]), element["tags"]


class TestLuxembourg:
    def test_it_speaks_four_languages_everywhere(self, luxembourg):
        assert luxembourg.city.languages == ("fr", "de", "lb", "en")
        assert luxembourg.city.default_language == "fr"
        assert luxembourg.city.name["lb"] == "Lëtzebuerg"
        for district in luxembourg.districts:
            assert set(district.names) == set(district.intro) == set(luxembourg.city.languages)
        for each in (*luxembourg.groups, *luxembourg.categories):
            assert set(each.labels) == set(luxembourg.city.languages)

    def test_it_says_how_long_each_group_of_facts_stays_fresh(self, luxembourg):
        assert luxembourg.city.freshness_days == {
            "identity": 365,
            "hours": 90,
            "contact": 180,
            "services": 180,
            "accessibility": 365,
            "photos": 730,
        }

    def test_it_names_what_the_city_has_yet_to_fill_in(self, luxembourg):
        assert "contact.general" in luxembourg.city.placeholders()
        assert "legal.publisher" in luxembourg.city.placeholders()

    def test_it_credits_those_whose_data_it_carries(self, luxembourg):
        credited = {each.subject: each for each in luxembourg.city.attributions}
        assert credited["districts"].text == "© OpenStreetMap contributors"
        assert credited["districts"].licence == "ODbL 1.0"
        assert "CACLR" in credited["streets"].text

    def test_it_has_24_districts_that_cover_the_city_without_overlap(self, luxembourg):
        assert [district.code for district in luxembourg.districts] == [f"{n:02}" for n in range(1, 25)]
        polygons = [Polygon(district.outline) for district in luxembourg.districts]
        assert coverage_is_valid(polygons)

    def test_the_facts_of_the_districts_are_those_of_the_public_table(self, luxembourg, data_dir):
        table = {
            row["slug"]: row for row in json.loads((data_dir / "districts_outline.json").read_text("utf-8"))
        }
        assert set(table) == {district.slug for district in luxembourg.districts}
        for district in luxembourg.districts:
            row = table[district.slug]
            assert (district.code, district.area_ha) == (row["code"], row["area_ha"])
            assert (district.population, dict(district.names)) == (row["population"], row["name"])
            assert str(district.population_on.year) == row["population_on"][:4]
            assert set(district.neighbours) == set(row["neighbours"])
            assert district.outline[:-1] == tuple(tuple(point) for point in row["outline"])

    def test_neighbours_are_told_apart_by_colour(self, luxembourg):
        hue = {district.slug: district.hue for district in luxembourg.districts}
        assert len(set(hue.values())) == 24
        for district in luxembourg.districts:
            for neighbour in district.neighbours:
                turn = abs(district.hue - hue[neighbour]) % 360
                assert min(turn, 360 - turn) >= 75, (district.slug, neighbour)

    def test_it_has_about_twelve_groups_over_about_120_categories(self, luxembourg):
        assert len(luxembourg.groups) == 12
        assert 115 <= len(luxembourg.categories) <= 140
        assert all(category.schema_type in SCHEMA_TYPES for category in luxembourg.categories)

    def test_every_symbol_is_used(self, luxembourg):
        used = {each.symbol for each in (*luxembourg.groups, *luxembourg.categories)}
        assert used == set(luxembourg.symbols)

    def test_every_category_is_found_by_words_of_every_language(self, luxembourg):
        for category in luxembourg.categories:
            assert set(category.words) == {"fr", "de", "lb", "en", "pt"}, category.code
            assert all(category.words.values()), category.code
        few = {
            (category.code, language)
            for category in luxembourg.categories
            for language in luxembourg.city.languages
            if len(category.words[language]) < 3
        }
        assert few <= {
            ("department_store", "de"),
            ("department_store", "lb"),
            ("department_store", "en"),
            ("variety_store", "lb"),
            ("food_truck", "en"),
            ("other_shop", "lb"),
            ("other_shop", "en"),
        }

    def test_metzlerei_boucherie_and_butcher_mean_the_same(self, luxembourg):
        words = {category.code: category.words for category in luxembourg.categories}
        assert "Metzlerei" in words["butcher"]["lb"]
        assert "boucherie" in words["butcher"]["fr"]
        assert "butcher" in words["butcher"]["en"]

    def test_it_has_eleven_public_holidays_a_year_for_eleven_years(self, luxembourg, data_dir):
        years = Counter(holiday.on.year for holiday in luxembourg.holidays)
        assert years == dict.fromkeys(range(2025, 2036), 11)
        known = json.loads((data_dir / "luxembourg_public_holidays.json").read_text("utf-8"))
        assert {str(holiday.on) for holiday in luxembourg.holidays} == {
            row["date"] for row in known if row["date"] >= "2025"
        }
        named = {str(holiday.on): holiday.names for holiday in luxembourg.holidays}
        assert named["2026-06-23"]["lb"] == "Nationalfeierdag"

    def test_its_streets_are_those_of_the_national_register(self, luxembourg, data_dir):
        with (data_dir / "luxembourg_streets.csv").open(encoding="utf-8", newline="") as file:
            register = {
                row["name"]: tuple(code.removeprefix("L-") for code in row["postcodes"].split("|") if code)
                for row in csv.DictReader(file)
            }
        assert {street.name: street.postcodes for street in luxembourg.streets} == register

    def test_every_district_has_streets_to_show(self, luxembourg):
        number = Counter(slug for street in luxembourg.streets for slug in street.districts)
        assert {district.slug for district in luxembourg.districts if number[district.slug] < 4} == set()

    def test_all_580_real_places_fall_into_their_district(self, luxembourg, data_dir):
        with (data_dir / "luxembourg_shops.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wrong = [
            (row["name"], row["district"])
            for row in rows
            if luxembourg.district_at(float(row["lon"]), float(row["lat"])) != row["district"]
        ]
        assert len(rows) == 580
        assert wrong == []

    def test_all_580_real_places_get_their_category_or_a_finer_one(self, luxembourg, data_dir):
        with (data_dir / "luxembourg_shops.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        wrong = {
            (row["category"], luxembourg.category_for({row["osm_key"]: row["osm_value"]}))
            for row in rows
            if luxembourg.category_for({row["osm_key"]: row["osm_value"]}) not in REFINED[row["category"]]
        }
        assert wrong == set()
        codes = {category.code for category in luxembourg.categories}
        assert set().union(*REFINED.values()) <= codes

    @pytest.mark.parametrize(
        ("name", "number", "left_over"),
        [
            ("luxembourg_shops_osm.json", 580, set()),
            ("osm_shops_monaco.json", 278, {"boat", "yes"}),
            ("osm_shops_helsinki.json", 454, {"yes"}),
        ],
    )
    def test_every_real_place_finds_a_category(self, luxembourg, data_dir, name, number, left_over):
        found = [(luxembourg.category_for(tags), tags) for _spot, tags in places(data_dir / name)]
        assert len(found) == number
        assert None not in {code for code, _tags in found}
        assert {tags["shop"] for code, tags in found if code == "other_shop"} == left_over


class TestTinyPacks:
    @pytest.mark.parametrize(
        ("path", "languages", "country", "zone"),
        [(MONACO, ("fr", "en"), "MC", "Europe/Monaco"), (HELSINKI, ("en", "de"), "FI", "Europe/Helsinki")],
    )
    def test_another_city_is_another_folder(self, path, languages, country, zone):
        pack = read_pack(path)
        assert pack.city.languages == languages
        assert (pack.city.country, pack.city.time_zone) == (country, zone)
        assert len(pack.districts) == 1
        assert set(pack.categories[0].labels) == set(languages)

    @pytest.mark.parametrize(
        ("path", "name"), [(MONACO, "osm_shops_monaco.json"), (HELSINKI, "osm_shops_helsinki.json")]
    )
    def test_its_real_places_lie_in_it_and_find_a_category(self, data_dir, path, name):
        pack = read_pack(path)
        slug = pack.districts[0].slug
        for spot, tags in places(data_dir / name):
            assert pack.district_at(*spot) == slug, tags["name"]
            assert pack.category_for(tags) is not None, tags["name"]

    def test_the_sum_changes_with_the_files_and_only_with_them(self, broken):
        before = read_pack(broken.path).sha256
        assert before == read_pack(MONACO).sha256
        broken.edit("streets.json", lambda raw: raw["streets"].pop())
        assert read_pack(broken.path).sha256 != before


SQUARES = {  # two squares of a hundredth of a degree, side by side
    "west": [(6.10, 49.60), (6.11, 49.60), (6.11, 49.61), (6.10, 49.61), (6.10, 49.60)],
    "east": [(6.11, 49.60), (6.12, 49.60), (6.12, 49.61), (6.11, 49.61), (6.11, 49.60)],
}
METRE = 1 / 111_195  # of latitude, in degrees


class TestBorders:
    def test_a_place_inside_belongs_to_its_district(self):
        assert Borders(SQUARES).at(6.105, 49.605) == "west"
        assert Borders(SQUARES).at(6.115, 49.605) == "east"

    def test_a_place_on_the_border_belongs_to_the_first_named(self):
        assert Borders(SQUARES).at(6.11, 49.605) == "west"
        other_way = dict(reversed(SQUARES.items()))
        assert Borders(other_way).at(6.11, 49.605) == "east"

    @pytest.mark.parametrize(("metres", "district"), [(25, "west"), (35, None)])
    def test_just_outside_is_still_inside(self, metres, district):
        assert Borders(SQUARES, tolerance_m=30).at(6.105, 49.60 - metres * METRE) == district

    @pytest.mark.parametrize(("metres", "district"), [(25, "east"), (35, None)])
    def test_a_metre_east_is_as_long_as_a_metre_north(self, metres, district):
        degrees = metres * METRE / math.cos(math.radians(49.605))
        assert Borders(SQUARES, tolerance_m=30).at(6.12 + degrees, 49.605) == district

    @pytest.mark.parametrize(
        "spot", [(49.605, 6.105), (0, 0), (math.nan, 49.6), (6.1, math.inf), (180.0, 90.0), (1e300, -1e300)]
    )
    def test_a_place_elsewhere_belongs_to_none(self, spot):
        assert Borders(SQUARES).at(*spot) is None

    @given(lon=st.floats(6.06, 6.22), lat=st.floats(49.55, 49.66))
    @settings(max_examples=200, deadline=None)
    def test_it_agrees_with_looking_at_each_outline(self, lon, lat):
        found = BORDERS.at(lon, lat)
        inside = [slug for slug, polygon in POLYGONS.items() if polygon.covers(Point(lon, lat))]
        if inside:
            assert found == inside[0]
        elif found is not None:
            assert POLYGONS[found].distance(Point(lon, lat)) / METRE < 60  # degrees east are shorter


PACK = read_pack(LUXEMBOURG)
BORDERS = Borders({district.slug: district.outline for district in PACK.districts})
POLYGONS = {district.slug: Polygon(district.outline) for district in PACK.districts}


class TestSelectors:
    CHOICES = (
        ("restaurant", ["amenity=restaurant"]),
        ("pizzeria", ["amenity=restaurant+cuisine=pizza"]),
        ("bakery", ["shop=bakery", "shop=pastry"]),
        ("café", ["amenity=cafe"]),
        ("tailor", ["craft=tailor"]),
        ("agent", ["office=estate_agent"]),
        ("other shop", ["shop=*"]),
        ("other craft", ["craft=*"]),
    )

    @pytest.mark.parametrize(
        ("tags", "code"),
        [
            ({"shop": "bakery"}, "bakery"),
            ({"shop": "bakery", "amenity": "cafe"}, "bakery"),
            ({"amenity": "cafe", "office": "estate_agent"}, "café"),
            ({"craft": "tailor", "amenity": "cafe"}, "tailor"),
            ({"amenity": "restaurant"}, "restaurant"),
            ({"amenity": "restaurant", "cuisine": "pizza"}, "pizzeria"),
            ({"amenity": "restaurant", "cuisine": "french; pizza"}, "pizzeria"),
            ({"shop": "unheard_of"}, "other shop"),
            ({"shop": "yes", "craft": "tailor"}, "tailor"),
            ({"shop": "unheard_of;pastry"}, "bakery"),
            ({"craft": "unheard_of"}, "other craft"),
            ({"shop": "vacant"}, None),
            ({"shop": "no", "amenity": "cafe"}, "café"),
            ({"amenity": "bench"}, None),
            ({"cuisine": "pizza"}, None),
            ({"shop": ""}, "other shop"),
            ({}, None),
        ],
    )
    def test_the_first_key_that_fits_decides_and_leftovers_come_last(self, tags, code):
        assert Selectors(self.CHOICES).pick(tags) == code


def district(raw):
    return raw["districts"][0]


def second_district(raw, **changes):
    """Add a neighbour east of Monaco's only district."""
    west = 7.442
    first = district(raw)
    first["neighbours"] = ["larvotto"]
    raw["districts"].append(
        {
            "code": "2",
            "slug": "larvotto",
            "names": {"fr": "Larvotto", "en": "Larvotto"},
            "hue": 200,
            "label": [west + 0.002, 43.746],
            "neighbours": [first["slug"]],
            "outline": [[west, 43.742], [west + 0.004, 43.742], [west + 0.004, 43.75], [west, 43.75]],
        }
        | changes
    )


def category(raw, code):
    return next(each for each in raw["categories"] if each["code"] == code)


BROKEN = [
    # districts
    (
        "districts.json",
        lambda raw: second_district(raw, code="1"),
        "districts.json › 1 › code: is used by 2 items",
    ),
    (
        "districts.json",
        lambda raw: second_district(raw, neighbours=[]),
        "larvotto, which does not name it back.",
    ),
    ("districts.json", lambda raw: district(raw).update(neighbours=["nice"]), "nice, which is no district."),
    ("districts.json", lambda raw: district(raw).update(neighbours=["monaco"]), "names the district itself."),
    (
        "districts.json",
        lambda raw: second_district(
            raw,
            label=[7.435, 43.746],
            outline=[[7.43, 43.742], [7.446, 43.742], [7.446, 43.75], [7.43, 43.75]],
        ),
        "districts.json › monaco › outline: overlaps larvotto by ",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(
            label=[7.42, 43.73], outline=[[7.41, 43.72], [7.44, 43.75], [7.44, 43.72], [7.41, 43.75]]
        ),
        "districts.json › monaco › outline: is not a simple ring: Self-intersection",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(outline=[point[::-1] for point in district(raw)["outline"]]),
        "monaco › outline: 43.7245, 7.4085 lies outside the city's bounds; it looks like latitude first",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(outline=[[7.42, 43.73]] * 4),
        "three different points.",
    ),
    ("districts.json", lambda raw: district(raw).update(outline="round"), "must be a list of positions"),
    ("districts.json", lambda raw: district(raw)["outline"][1].append(0), "must be a list of positions"),
    (
        "districts.json",
        lambda raw: district(raw)["outline"][1].__setitem__(0, 7.9),
        "7.9, 43.724 lies outside the",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(label=[43.7384, 7.4246]),
        "outside the outline, latitude",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(label=[7.401, 43.75]),
        "label: lies outside the outline.",
    ),
    (
        "districts.json",
        lambda raw: district(raw).update(hue=360),
        "hue: must be an angle from 0 up to 360, not 360.",
    ),
    ("districts.json", lambda raw: district(raw).update(hue=True), "hue: must be an angle"),
    ("districts.json", lambda raw: district(raw).pop("hue"), "districts.json › monaco › hue: is missing."),
    (
        "districts.json",
        lambda raw: district(raw).update(colour="red"),
        "monaco › colour: is not a known field",
    ),
    ("districts.json", lambda raw: district(raw).update(population=38_000), "a population without its date"),
    (
        "districts.json",
        lambda raw: district(raw).update(population=-1, population_on="2020"),
        "a whole number",
    ),
    ("districts.json", lambda raw: district(raw).update(population=1, population_on="lately"), "or a year"),
    (
        "districts.json",
        lambda raw: district(raw).update(slug="Monaco Ville"),
        "lower-case letters, digits and hy",
    ),
    (
        "districts.json",
        lambda raw: district(raw)["names"].pop("en"),
        "monaco › names.en: is missing, although",
    ),
    ("districts.json", lambda raw: district(raw).update(intro={"fr": "Le Rocher."}), "intro.en: is missing"),
    ("districts.json", lambda raw: raw["districts"].clear(), "districts: a city needs at least one."),
    ("districts.json", lambda raw: raw.update(districts={}), "districts.json › districts: must be a list."),
    ("districts.json", lambda raw: raw["districts"].append(None), "districts, number 2: is missing."),
    (
        "districts.json",
        lambda raw: raw["districts"].append("Nice"),
        "number 2: is not an object with named fields.",
    ),
    # categories
    (
        "categories.json",
        lambda raw: category(raw, "butcher").pop("labels"),
        "butcher › labels.fr: is missing",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher")["labels"].update(en=" "),
        "labels.en: must be a text",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher")["labels"].update(lb="Metzlerei"),
        "does not name: lb.",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher")["labels"].update(fr="x" * 81),
        "of at most 80 letters",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher")["labels"].update(fr="a\0b"),
        "labels.fr: must be a text",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(group="meat"),
        "must be the code of a group, not",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(code="bakery"),
        "bakery › code: is used by 2",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(slug="services"),
        "services › slug: is used by 2",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(osm=["shop=bakery"]),
        "bakery also belongs to bu",
    ),
    (
        "categories.json",
        lambda raw: (
            category(raw, "butcher")["osm"].append("shop=pet+a=1+b=2"),
            category(raw, "bakery")["osm"].append("shop=pet+b=2+a=1"),
        ),
        "also belongs to butcher.",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(osm=["butcher"]),
        "a list of selectors such as",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(osm=["cuisine=pizza"]),
        "must begin with one of",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(osm="shop=butcher"),
        "a list of selectors",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(schema_type="Butcher"),
        "LocalBusiness of schema",
    ),
    (
        "categories.json",
        lambda raw: category(raw, "butcher").update(symbol="cleaver"),
        "one of the symbols named abov",
    ),
    ("categories.json", lambda raw: raw["symbols"].append("ham"), "symbols: names ham 2 times."),
    (
        "categories.json",
        lambda raw: raw["groups"].append(raw["groups"][0] | {"code": "empty", "slug": "vide"}),
        "categories.json › empty: is a group without a category.",
    ),
    (
        "categories.json",
        lambda raw: raw["groups"].clear(),
        "categories.json › groups: a city needs at least one.",
    ),
    (
        "categories.json",
        lambda raw: raw.pop("symbols"),
        "categories.json › symbols: a city needs at least one.",
    ),
    ("categories.json", lambda raw: raw["categories"].clear(), "categories: a city needs at least one."),
    # synonyms
    (
        "synonyms.json",
        lambda raw: raw["words"].update(butchery={"fr": ["viande"]}),
        "is not the code of a category.",
    ),
    (
        "synonyms.json",
        lambda raw: raw["words"]["butcher"].update(lb=["Metzler"]),
        "butcher › lb: is not a known field",
    ),
    (
        "synonyms.json",
        lambda raw: raw["words"]["butcher"]["fr"].append("viande"),
        "butcher › fr: names viande 2 times",
    ),
    (
        "synonyms.json",
        lambda raw: raw["words"]["butcher"]["fr"].append("VIANDE"),
        "names viande 2 times, in differen",
    ),
    (
        "synonyms.json",
        lambda raw: raw["words"].update(butcher="meat"),
        "butcher: is not an object with named fields.",
    ),
    (
        "synonyms.json",
        lambda raw: raw["words"]["butcher"].update(fr="viande"),
        "butcher › fr: must be a list of text",
    ),
    (
        "synonyms.json",
        lambda raw: [
            raw["words"].setdefault(code, {}).setdefault("fr", []).append("magasin")
            for code in ("bakery", "butcher", "cafe", "bar", "home", "craft", "laundry")
        ],
        "synonyms.json › magasin: stands for 7 categories",
    ),
    # holidays and streets
    ("holidays.json", lambda raw: raw["holidays"][0]["names"].pop("fr"), "2027-01-01 › names.fr: is missing"),
    ("holidays.json", lambda raw: raw["holidays"][0].pop("names"), "2027-01-01 › names.en: is missing"),
    (
        "holidays.json",
        lambda raw: raw["holidays"][0].update(on="2027-02-30"),
        "must be a day such as 2030-12-31",
    ),
    (
        "holidays.json",
        lambda raw: raw["holidays"].append(raw["holidays"][0]),
        "2027-01-01 › on: is used by 2 items",
    ),
    (
        "streets.json",
        lambda raw: raw["streets"][0].update(districts=["nice"]),
        "Rue Grimaldi › districts: names nice",
    ),
    (
        "streets.json",
        lambda raw: raw["streets"][0].update(postcodes=[98000]),
        "Rue Grimaldi › postcodes: must be a li",
    ),
    (
        "streets.json",
        lambda raw: raw["streets"].append(raw["streets"][0] | {"name": "Rue Grimaldi."}),
        "streets.json › rue-grimaldi › slug: is used by 2 items",
    ),
    # the city
    (
        "city.toml",
        lambda text: text.replace('"fr", "en"', '"fr", "en", "it"'),
        "the site is not translated into it;",
    ),
    (
        "city.toml",
        lambda text: text.replace('default_language = "fr"', 'default_language = "de"'),
        "de is not one of",
    ),
    (
        "city.toml",
        lambda text: text.replace('search_languages = ["it"]', 'search_languages = ["fr"]'),
        "already.",
    ),
    ("city.toml", lambda text: text.replace('["it"]', '["xx"]'), "xx is not the code of a language."),
    (
        "city.toml",
        lambda text: text.replace('country = "MC"', 'country = "ZZ"'),
        "country: must be a country",
    ),
    (
        "city.toml",
        lambda text: text.replace("Europe/Monaco", "Europe/Nice"),
        "time_zone: must be a time zone",
    ),
    ("city.toml", lambda text: text.replace('"EUR"', '"EUX"'), "currency: must be a currency"),
    (
        "city.toml",
        lambda text: text.replace("[7.4246, 43.7384]", "[43.7384, 7.4246]"),
        "centre: 43.7384, 7.4246 lies",
    ),
    ("city.toml", lambda text: text.replace("[7.400, 43.715,", "[7.400, 43.790,"), "west < east within ±180"),
    ("city.toml", lambda text: text.replace("hours = 90", "hours = 0"), "freshness › hours: must be days"),
    (
        "city.toml",
        lambda text: text.replace("photos = 730\n", ""),
        "city.toml › freshness › photos: is missing.",
    ),
    (
        "city.toml",
        lambda text: text.replace('name = {fr = "Monaco", en', 'name = {de = "Monaco", en'),
        "name.fr: is mi",
    ),
    (
        "city.toml",
        lambda text: text.replace("https://www", "http://www"),
        "website: must be an https:// address",
    ),
    (
        "city.toml",
        lambda text: text.replace("contact@", "contact at "),
        "contact › general: must be an e-mail addres",
    ),
    ("city.toml", lambda text: text.replace("[legal]", "[lawful]"), "city.toml › legal: is missing."),
    ("city.toml", lambda text: text.replace("[map]", "[carte]"), "city.toml › map: is missing."),
]


class TestBrokenPacks:
    @pytest.mark.parametrize(
        ("file", "change", "said"), BROKEN, ids=[said for _file, _change, said in BROKEN]
    )
    def test_it_names_the_file_the_item_the_field_and_what_is_wrong(self, broken, file, change, said):
        broken.edit(file, change)
        faults = broken.faults()
        assert any(said in fault for fault in faults), faults
        assert any(fault.startswith(file) for fault in faults)

    def test_one_mistake_is_one_fault(self, broken):
        broken.edit("districts.json", lambda raw: district(raw).update(hue=400))
        assert broken.faults() == [
            "districts.json › monaco › hue: must be an angle from 0 up to 360, not 400."
        ]

    def test_it_names_all_faults_at_once(self, broken):
        broken.edit("city.toml", lambda text: text.replace("Europe/Monaco", "Europe/Nice"))
        broken.edit("districts.json", lambda raw: district(raw).update(hue=-1, neighbours=["nice"]))
        broken.edit("categories.json", lambda raw: category(raw, "butcher")["labels"].pop("fr"))
        broken.edit("holidays.json", lambda raw: raw["holidays"][0].update(on="soon"))
        (broken.path / "streets.json").unlink()
        assert [fault.split(":")[0] for fault in broken.faults()] == [
            "streets.json",
            "city.toml › time_zone",
            "districts.json › monaco › hue",
            "districts.json › monaco › neighbours",
            "categories.json › butcher › labels.fr",
            "holidays.json › soon › on",
        ]

    def test_borders_that_overlap_by_the_width_of_a_line_are_no_fault(self, broken):
        east = 7.441 - 2 / 80_000  # two metres inside the first
        outline = [[east, 43.742], [7.446, 43.742], [7.446, 43.75], [east, 43.75]]
        broken.edit("districts.json", lambda raw: second_district(raw, outline=outline))
        assert len(read_pack(broken.path).districts) == 2

    @pytest.mark.parametrize("name", FILES)
    def test_a_missing_file_is_named(self, broken, name):
        (broken.path / name).unlink()
        assert f"{name}: is missing from the folder." in broken.faults()

    @pytest.mark.parametrize("name", [name for name in FILES if name.endswith(".json")])
    def test_bad_json_is_named_with_its_line(self, broken, name):
        (broken.path / name).write_text('{\n  "districts": [\n    {"code": 1,}\n]}', "utf-8")
        assert any(fault.startswith(f"{name}: is not valid JSON: ") for fault in broken.faults())
        assert any("(line 3, column " in fault for fault in broken.faults())

    def test_bad_toml_is_named_with_its_line(self, broken):
        broken.edit("city.toml", lambda text: text.replace("[map]", "[map"))
        (fault,) = [fault for fault in broken.faults() if fault.startswith("city.toml")]
        assert "is not valid TOML" in fault
        assert "at line 14" in fault

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"", "is not valid JSON"),
            (b"[]", "must be one object with named fields."),
            (b"null", "must be one object with named fields."),
            (b'{"holidays":\n[{"on": "\xe9t\xe9"}]}', "is not UTF-8 (line 2)."),
            (b"[" * 100_000, "cannot be read"),
            (b'{"holidays": [{"on": ' + b"9" * 5000 + b"}]}", "cannot be read"),
            (b'{"holidays": [], "holidays": []}', "holidays: is given 2 times in one object."),
        ],
        ids=["empty", "list", "null", "latin-1", "deep", "huge number", "twice"],
    )
    def test_a_file_that_is_something_else_is_named(self, broken, content, said):
        (broken.path / "holidays.json").write_bytes(content)
        assert any(fault.startswith("holidays.json") and said in fault for fault in broken.faults())

    def test_a_folder_that_is_not_there_is_named(self, tmp_path):
        with pytest.raises(BrokenPack, match="nowhere: is not a folder"):
            read_pack(tmp_path / "nowhere")

    def test_the_languages_of_the_site_are_the_callers_to_say(self):
        with pytest.raises(BrokenPack, match="not translated into en; it is into fr, pt"):
            read_pack(MONACO, interface_languages=("fr", "pt"))
        assert set(INTERFACE_LANGUAGES) == {"fr", "de", "lb", "en"}

    @given(data=st.data())
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_whatever_is_spoilt_the_pack_is_read_or_refused_with_reasons(self, tmp_path, data):
        path = tmp_path / "monaco"
        if not path.exists():
            shutil.copytree(MONACO, path)
        name = data.draw(st.sampled_from(FILES))
        sound = (MONACO / name).read_bytes()
        raw = tomllib.loads(sound.decode()) if name.endswith(".toml") else json.loads(sound)
        for _ in range(data.draw(st.integers(1, 3))):
            spoil(raw, data)
        (path / name).write_text(json.dumps(raw), "utf-8")
        try:
            with patch("districts.city_pack.tomllib.loads", json.loads):
                pack, faults = read_pack(path), []
        except BrokenPack as broken:
            pack, faults = None, broken.faults
        finally:
            (path / name).write_bytes(sound)
        if pack is None:
            assert faults
            assert all(fault.file and fault.sentence.endswith((".", ")")) for fault in faults)
        else:
            assert pack.district_at(7.4246, 43.7384) in {None, *(each.slug for each in pack.districts)}
            assert pack.category_for({"shop": "bakery", "cuisine": "pizza"}) != ""
            assert {each.group for each in pack.categories} == {group.code for group in pack.groups}
            assert {each.symbol for each in (*pack.groups, *pack.categories)} <= set(pack.symbols)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=5),
    st.just([]),
    st.just({}),
    st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=3)), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)


def spoil(raw, data):
    """Walk down to some value and replace, remove or double it."""
    node = raw
    while True:
        keys = list(node) if isinstance(node, dict) else list(range(len(node)))
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        if not isinstance(node[key], dict | list) or not node[key] or data.draw(st.integers(0, 3)) == 0:
            break
        node = node[key]
    kind = data.draw(st.sampled_from(["replace", "replace", "remove", "double"]))
    if kind == "remove":
        del node[key]
    elif kind == "double" and isinstance(node, list):
        node.append(node[key])
    else:
        node[key] = data.draw(JUNK)


class TestReading:
    def test_a_year_alone_reads_as_its_first_day(self, luxembourg):
        dates = {district.slug: district.population_on for district in luxembourg.districts}
        assert dates["ville-haute"] == date(2025, 1, 1)
        assert dates["belair"] == date(2021, 12, 31)

    def test_an_open_ring_is_closed(self, broken):
        broken.edit("districts.json", lambda raw: district(raw)["outline"].pop())
        outline = read_pack(broken.path).districts[0].outline
        assert outline[0] == outline[-1]

    @pytest.mark.parametrize(
        ("name", "slug"),
        [
            ("Rue de l'Eau", "rue-de-l-eau"),
            ("Côte d'Eich", "cote-d-eich"),
            ("Bambësch", "bambesch"),
            ("Große Straße", "grosse-strasse"),
            ("Rue F. W. Raiffeisen", "rue-f-w-raiffeisen"),
        ],
    )
    def test_a_street_name_becomes_an_address_word(self, name, slug):
        assert street_slug(name) == slug

    def test_every_group_of_facts_has_its_term(self, luxembourg):
        assert tuple(luxembourg.city.freshness_days) == FRESHNESS_GROUPS

    def test_importing_the_reader_costs_a_web_process_no_geometry(self):
        code = "import sys, districts.city_pack; sys.exit('shapely' in sys.modules or 'babel' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
