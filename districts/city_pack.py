"""A city is a folder of data. This reads one, checks all of it, and says every fault in one go.

The folder holds city.toml, districts.json, categories.json, synonyms.json, holidays.json and streets.json;
the README of any city under `cities/` says what each field means. Nothing here touches the database: `load_city` does.
"""

import hashlib
import json
import math
import re
import tomllib
import unicodedata
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cache, cached_property
from pathlib import Path

FILES = ("city.toml", "districts.json", "categories.json", "synonyms.json", "holidays.json", "streets.json")
INTERFACE_LANGUAGES = ("fr", "de", "lb", "en")
FRESHNESS_GROUPS = ("identity", "hours", "contact", "services", "accessibility", "photos")
OSM_KEYS = ("shop", "craft", "amenity", "office", "leisure")  # in the order in which they decide
OSM_NOTHING = frozenset({"no", "vacant", "disused"})  # a premises, but no merchant in it
PLACEHOLDER = "A COMPLETER"
TOO_MANY_CATEGORIES = 6  # a search word of more categories than this points to nothing
OVERLAP_M = 5.0  # two simplified outlines may overlap along their border by twice this width
METRES_PER_DEGREE = 111_195.0

# The subtypes of schema.org's LocalBusiness that a merchant can be.
_TYPES = """
AccountingService ArtGallery AutoBodyShop AutoDealer AutoPartsStore AutoRental AutoRepair AutoWash
AutomotiveBusiness Bakery BankOrCreditUnion BarOrPub BeautySalon BikeStore BookStore BowlingAlley Brewery
CafeOrCoffeeShop ChildCare ClothingStore ComputerStore ConvenienceStore DaySpa DepartmentStore Distillery
DryCleaningOrLaundry Electrician ElectronicsStore EmploymentAgency EntertainmentBusiness ExerciseGym
FastFoodRestaurant FinancialService Florist FoodEstablishment FurnitureStore GardenStore GasStation
GeneralContractor GroceryStore HVACBusiness HairSalon HardwareStore HealthAndBeautyBusiness HealthClub
HobbyShop HomeAndConstructionBusiness HomeGoodsStore Hotel HousePainter IceCreamShop InsuranceAgency
InternetCafe JewelryStore LegalService LiquorStore LocalBusiness Locksmith LodgingBusiness MedicalBusiness
MensClothingStore MobilePhoneStore MotorcycleDealer MotorcycleRepair MovieRentalStore MovieTheater
MovingCompany MusicStore NailSalon NightClub Notary OfficeEquipmentStore Optician OutletStore PawnShop
PetStore Pharmacy Plumber PostOffice ProfessionalService RealEstateAgent Restaurant RoofingContractor
SelfStorage ShoeStore ShoppingCenter SportingGoodsStore SportsActivityLocation SportsClub Store TattooParlor
TireShop ToyStore TravelAgency WholesaleStore Winery
"""
SCHEMA_TYPES = frozenset(_TYPES.split())

type Texts = Mapping[str, str]  # language code -> text
type Point = tuple[float, float]  # longitude, latitude in degrees, WGS84


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong: in which file, about which item and field, in a sentence."""

    file: str
    item: str
    field: str
    sentence: str

    def __str__(self):
        return " › ".join(part for part in (self.file, self.item, self.field) if part) + f": {self.sentence}"


class BrokenPack(Exception):
    """The pack cannot be loaded. `faults` names everything that is wrong with it."""

    def __init__(self, path: Path, faults: list[Fault]):
        self.path = path
        self.faults = faults
        super().__init__("\n".join([f"{path.name} is not a usable city pack:", *map(str, faults)]))


@dataclass(frozen=True)
class Attribution:
    subject: str
    text: str
    licence: str
    url: str


@dataclass(frozen=True)
class Marketplace:
    """A place where residents buy online; links to its hosts (and their subdomains) are shown as such."""

    kind: str
    name: str
    hosts: tuple[str, ...]


@dataclass(frozen=True)
class City:
    slug: str
    name: Texts
    authority: Texts
    languages: tuple[str, ...]  # the default language first
    search_languages: tuple[str, ...]
    country: str
    phone_region: str
    time_zone: str
    currency: str
    website: str
    centre: Point
    bounds: tuple[float, float, float, float]  # west, south, east, north
    border_tolerance_m: float
    contact: Mapping[str, str]
    legal: Mapping[str, str]
    freshness_days: Mapping[str, int]
    attributions: tuple[Attribution, ...]
    marketplaces: tuple[Marketplace, ...]

    @property
    def default_language(self) -> str:
        return self.languages[0]

    def placeholders(self) -> list[str]:
        """Name the fields, as `legal.publisher`, that the city has yet to fill in before production."""
        return [f"contact.{key}" for key, value in self.contact.items() if value.endswith(".example")] + [
            f"legal.{key}" for key, value in self.legal.items() if PLACEHOLDER in value
        ]


@dataclass(frozen=True)
class District:
    code: str
    slug: str
    names: Texts
    intro: Texts  # may be empty
    area_ha: float | None
    population: int | None
    population_on: date | None  # a year alone reads as its first day: show the year only
    hue: float  # 0 ≤ hue < 360
    label: Point
    neighbours: tuple[str, ...]  # slugs
    outline: tuple[Point, ...]  # a closed ring


@dataclass(frozen=True)
class Group:
    code: str
    slug: str
    symbol: str
    labels: Texts


@dataclass(frozen=True)
class Category:
    code: str
    group: str
    slug: str
    symbol: str
    labels: Texts
    osm: tuple[str, ...]  # "key=value", "key=*", or "key=value+other=value"
    schema_type: str
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # language -> what people type


@dataclass(frozen=True)
class Holiday:
    on: date
    names: Texts


@dataclass(frozen=True)
class Street:
    name: str
    slug: str
    postcodes: tuple[str, ...]
    districts: tuple[str, ...]  # slugs; empty where nobody has said so


@dataclass(frozen=True)
class CityPack:
    city: City
    districts: tuple[District, ...]
    groups: tuple[Group, ...]
    categories: tuple[Category, ...]
    symbols: tuple[str, ...]
    holidays: tuple[Holiday, ...]
    streets: tuple[Street, ...]
    sha256: str  # of the files: the same pack, the same sum

    @cached_property
    def _borders(self):
        outlines = {district.slug: district.outline for district in self.districts}
        return Borders(outlines, tolerance_m=self.city.border_tolerance_m)

    @cached_property
    def _selectors(self):
        return Selectors((category.code, category.osm) for category in self.categories)

    def district_at(self, lon: float, lat: float) -> str | None:
        """The slug of the district at this position, or None outside the city; see `Borders.at`."""
        return self._borders.at(lon, lat)

    def category_for(self, tags: Mapping[str, str]) -> str | None:
        """The code of the category for these OpenStreetMap tags, or None; see `Selectors.pick`."""
        return self._selectors.pick(tags)


class Borders:
    """Says in which district a position lies.

    Args:
        outlines: slug -> closed ring of (longitude, latitude); on a shared border the first slug wins.
        tolerance_m: how far outside all outlines, in metres, a position still belongs to the nearest.
    """

    def __init__(self, outlines: Mapping[str, Iterable[Point]], *, tolerance_m: float = 30.0):
        from shapely import Polygon, STRtree

        rings = {slug: list(ring) for slug, ring in outlines.items()}
        latitudes = [lat for ring in rings.values() for _, lat in ring]
        middle = (min(latitudes) + max(latitudes)) / 2 if latitudes else 0.0
        self.tolerance_m = tolerance_m
        self._plane = _plane(middle)
        self._slugs = list(rings)
        self._tree = STRtree([Polygon([self._plane(*point) for point in ring]) for ring in rings.values()])

    def at(self, lon: float, lat: float) -> str | None:
        from shapely import Point as Spot

        if not (math.isfinite(lon) and math.isfinite(lat)):
            return None
        spot = Spot(self._plane(lon, lat))
        found = self._tree.query(spot, predicate="intersects")
        if not len(found):
            found = self._tree.query_nearest(spot, max_distance=self.tolerance_m)
        return self._slugs[min(found)] if len(found) else None


class Selectors:
    """Chooses a category for OpenStreetMap tags.

    The keys decide in the order of `OSM_KEYS`; within a key a selector with more conditions beats one with
    fewer, and the first named wins a draw. `key=*` is what is left when nothing else fits. A value with
    semicolons is several values, in their order.

    Args:
        categories: pairs of a category's code and its selectors, in the pack's order.
    """

    def __init__(self, categories: Iterable[tuple[str, Iterable[str]]]):
        self._by_value = defaultdict(list)
        self._fallbacks = {}
        for code, selectors in categories:
            for selector in selectors:
                first, *others = (tuple(part.split("=", 1)) for part in selector.split("+"))
                if first[1] == "*":
                    self._fallbacks[first[0]] = code
                else:
                    self._by_value[first].append((others, code))
        for choices in self._by_value.values():
            choices.sort(key=lambda choice: -len(choice[0]))

    def pick(self, tags: Mapping[str, str]) -> str | None:
        values = {key: [value.strip() for value in str(tags[key]).split(";")] for key in tags}
        present = [key for key in OSM_KEYS if key in values and not OSM_NOTHING.issuperset(values[key])]
        for key in present:
            for value in values[key]:
                for others, code in self._by_value.get((key, value), ()):
                    if all(wanted in values.get(other, ()) for other, wanted in others):
                        return code
        return next((self._fallbacks[key] for key in present if key in self._fallbacks), None)


def street_slug(name: str) -> str:
    """A street's name as it stands in an address: « Rue de l'Eau » → rue-de-l-eau."""
    ascii_name = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", ascii_name.lower()).strip("-")


def read_pack(path: Path | str, *, interface_languages: Iterable[str] = INTERFACE_LANGUAGES) -> CityPack:
    """Read a city pack.

    Args:
        path: the folder.
        interface_languages: those that the site is translated in; a pack may use no other for its pages.

    Raises:
        BrokenPack: with every fault found, not only the first.
    """
    return _Reader(Path(path), tuple(interface_languages)).read()


# What follows is the reading. Each check adds its faults and goes on with what is still usable.

_MISSING = object()
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_CODE = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")
_SELECTOR = re.compile(r"[a-z0-9_:]+=[^=+\s]+(?:\+[a-z0-9_:]+=[^=+\s*]+)*")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")


def _plane(latitude):
    """A function from longitude and latitude to metres east and north, good over one city."""
    across = METRES_PER_DEGREE * math.cos(math.radians(latitude))
    return lambda lon, lat: (lon * across, lat * METRES_PER_DEGREE)


def _is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _is_text(value, limit=200, pattern=None):
    return (
        isinstance(value, str)
        and 0 < len(value.strip()) <= limit
        and not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in value)
        and (not pattern or bool(pattern.fullmatch(value)))
    )


def _is_whole(value):
    return isinstance(value, int) and not isinstance(value, bool)


class _Item:
    """One object of a file, with its name, so that a fault about it can be found again."""

    def __init__(self, reader, file, name, raw, known):
        self.reader = reader
        self.file = file
        self.name = name
        self.raw = raw if isinstance(raw, dict) else {}
        if raw is None:
            self.fault("", "is missing.")
        elif not isinstance(raw, dict):
            self.fault("", "is not an object with named fields.")
        for key in self.raw:
            if key not in known:
                self.fault(key, f"is not a known field; known are {', '.join(known)}.")

    def fault(self, field, sentence):
        self.reader.faults.append(Fault(self.file, self.name, field, sentence))

    def get(self, field, kind, what, *, default=_MISSING):
        value = self.raw.get(field, _MISSING)
        if value is _MISSING or value is None:
            if default is _MISSING:
                self.fault(field, "is missing.")
                return None
            return default
        if not kind(value):
            self.fault(field, f"must be {what}, not {_short(value)}.")
            return None if default is _MISSING else default
        return value

    def text(self, field, pattern=None, what="a text", *, limit=100):
        what = f"{what} of at most {limit} letters"
        return self.get(field, lambda value: _is_text(value, limit, pattern), what) or ""

    def texts(self, field, languages, *, limit=100, optional=False):
        """One text for each language of the city."""
        raw = self.get(field, lambda value: isinstance(value, dict), "one text per language", default={})
        if not languages or (optional and not raw):
            return {}
        for language in languages:
            if language not in raw:
                self.fault(f"{field}.{language}", "is missing, although the city speaks this language.")
            elif not _is_text(raw[language], limit):
                self.fault(f"{field}.{language}", f"must be a text of at most {limit} letters.")
        for language in raw:
            if language not in languages:
                self.fault(
                    f"{field}.{language}", f"is in a language that the city does not name: {language}."
                )
        return {key: raw[key] for key in languages if _is_text(raw.get(key), limit)}

    def words(self, field, pattern=None, what="a list of texts"):
        def fits(value):
            return isinstance(value, list) and all(_is_text(word, 100, pattern) for word in value)

        found = tuple(self.get(field, fits, what, default=[]))
        for word, count in Counter(found).items():
            if count > 1:
                self.fault(field, f"names {word} {count} times.")
        return found

    def point(self, field):
        value = self.get(field, _is_point, "a position [longitude, latitude]")
        return tuple(map(float, value)) if value else None

    def number(self, field, low, high, *, default=_MISSING):
        what = f"a number from {low} to {high}"
        return self.get(
            field, lambda value: _is_number(value) and low <= value <= high, what, default=default
        )


def _is_point(value):
    return isinstance(value, list) and len(value) == 2 and all(map(_is_number, value))


def _short(value):
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "…"


class _Reader:
    def __init__(self, path, interface_languages):
        self.path = path
        self.interface_languages = interface_languages
        self.faults = []
        self.sum = hashlib.sha256()

    def read(self):
        if not self.path.is_dir():
            raise BrokenPack(self.path, [Fault(self.path.name, "", "", "is not a folder.")])
        raw = {name: self.parse(name) for name in FILES}
        city = self.read_city(raw["city.toml"])
        districts = self.read_districts(raw["districts.json"], city)
        symbols, groups, categories = self.read_categories(raw["categories.json"], city)
        words = self.read_synonyms(raw["synonyms.json"], city, [category["code"] for category in categories])
        holidays = self.read_holidays(raw["holidays.json"], city)
        streets = self.read_streets(raw["streets.json"], districts)
        if self.faults:
            raise BrokenPack(self.path, self.faults)
        return CityPack(
            city=city,
            districts=tuple(districts),
            groups=tuple(Group(**group) for group in groups),
            categories=tuple(Category(**raw, words=words.get(raw["code"], {})) for raw in categories),
            symbols=symbols,
            holidays=tuple(holidays),
            streets=tuple(streets),
            sha256=self.sum.hexdigest(),
        )

    def fault(self, file, item, field, sentence):
        self.faults.append(Fault(file, item, field, sentence))

    # The files

    def parse(self, name):
        """The file's content, or None with a fault."""
        try:
            content = (self.path / name).read_bytes()
        except FileNotFoundError:
            return self.fault(name, "", "", "is missing from the folder.")
        except OSError as error:
            return self.fault(name, "", "", f"cannot be read: {error.strerror}.")
        self.sum.update(name.encode() + b"\0" + hashlib.sha256(content).digest())
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            return self.fault(name, "", "", f"is not UTF-8 (line {line}).")
        try:
            if name.endswith(".toml"):
                return tomllib.loads(text)
            return self.parse_json(name, text)
        except tomllib.TOMLDecodeError as error:
            self.fault(name, "", "", f"is not valid TOML: {error}.")
        except json.JSONDecodeError as error:
            where = f"line {error.lineno}, column {error.colno}"
            self.fault(name, "", "", f"is not valid JSON: {error.msg} ({where}).")
        except (RecursionError, ValueError) as error:
            self.fault(name, "", "", f"cannot be read: {error}.")
        return None

    def parse_json(self, name, text):
        def pairs(found):
            for key, count in Counter(key for key, _ in found).items():
                if count > 1:
                    self.fault(name, "", key, f"is given {count} times in one object.")
            return dict(found)

        raw = json.loads(text, object_pairs_hook=pairs)
        if not isinstance(raw, dict):
            return self.fault(name, "", "", "must be one object with named fields.")
        return raw

    def items(self, file, raw, field, known, *, label):
        """The objects of a list, each with a name made of its field `label` or else of its place."""
        if raw is None:
            return []
        rows = raw.get(field)
        if not isinstance(rows, list):
            self.fault(file, "", field, "is missing." if rows is None else "must be a list.")
            return []
        found = []
        for place, row in enumerate(rows, 1):
            name = row.get(label) if isinstance(row, dict) else None
            name = name if isinstance(name, str) and name else f"{field}, number {place}"
            found.append(_Item(self, file, name, row, known))
        return found

    def unique(self, file, rows, field):
        """Two items may not share this field."""
        for value, count in Counter(row[field] for row in rows if row[field]).items():
            if count > 1:
                self.fault(file, str(value), field, f"is used by {count} items; each needs its own.")

    # city.toml

    def read_city(self, raw):
        if raw is None:
            return None
        known = (
            "slug", "name", "authority", "languages", "default_language", "search_languages", "country",
            "phone_region", "time_zone", "currency", "website", "map", "contact", "legal", "freshness",
            "attributions", "marketplaces",
        )  # fmt: skip
        item = _Item(self, "city.toml", "", raw, known)
        languages = self.read_languages(item)
        map_ = _Item(self, "city.toml", "map", raw.get("map"), ("centre", "bounds", "border_tolerance_m"))
        bounds = self.read_bounds(map_)
        centre = map_.point("centre")
        if centre and bounds and not _inside(centre, bounds):
            map_.fault("centre", _where_it_went(centre, bounds))
        return City(
            slug=item.text("slug", _SLUG, "lower-case letters, digits and hyphens"),
            name=item.texts("name", languages),
            authority=item.texts("authority", languages),
            languages=languages,
            search_languages=self.read_search_languages(item, languages),
            country=self.listed(item, "country", _regions(), "a country (ISO 3166, such as FR)"),
            phone_region=self.listed(item, "phone_region", _regions(), "a region that has telephones"),
            time_zone=self.listed(item, "time_zone", _time_zones(), "a time zone such as Europe/Paris"),
            currency=self.listed(item, "currency", _currencies(), "a currency (ISO 4217, such as EUR)"),
            website=item.text("website", re.compile(r"https://\S+"), "an https:// address", limit=200),
            centre=centre,
            bounds=bounds,
            border_tolerance_m=map_.number("border_tolerance_m", 0, 1000, default=30),
            contact=self.read_texts(raw, "contact", _EMAIL, "an e-mail address"),
            legal=self.read_texts(raw, "legal", None, f"a text, {PLACEHOLDER} if not yet known"),
            freshness_days=self.read_freshness(raw),
            attributions=tuple(
                Attribution(
                    **{name: row.text(name, limit=200) for name in ("subject", "text", "licence", "url")}
                )
                for row in self.items(
                    "city.toml", raw, "attributions", ("subject", "text", "licence", "url"), label="subject"
                )
            ),
            marketplaces=tuple(
                Marketplace(
                    kind=row.text("kind", _SLUG, "lower-case letters, digits and hyphens"),
                    name=row.text("name"),
                    hosts=row.words("hosts", _HOST, "a list of host names such as shop.example"),
                )
                for row in self.items(
                    "city.toml",
                    {"marketplaces": raw.get("marketplaces", [])},
                    "marketplaces",
                    ("kind", "name", "hosts"),
                    label="kind",
                )
            ),
        )

    def listed(self, item, field, allowed, what):
        value = item.text(field)
        if value and allowed and value not in allowed:
            item.fault(field, f"must be {what}, not {_short(value)}.")
        return value

    def read_languages(self, item):
        languages = item.words("languages")
        if not languages:
            item.fault("languages", "must name at least one language.")
        for language in languages:
            if language not in self.interface_languages:
                known = ", ".join(self.interface_languages)
                item.fault("languages", f"the site is not translated into {language}; it is into {known}.")
        default = item.text("default_language")
        if default and languages and default not in languages:
            item.fault("default_language", f"{default} is not one of the city's languages.")
        return tuple(sorted(dict.fromkeys(languages), key=lambda language: language != default))

    def read_search_languages(self, item, languages):
        found = item.words("search_languages")
        for language in found:
            if language in languages:
                item.fault("search_languages", f"{language} is a language of the city already.")
            elif language not in _languages():
                item.fault("search_languages", f"{language} is not the code of a language.")
        return found

    def read_bounds(self, item):
        bounds = item.get(
            "bounds",
            lambda value: isinstance(value, list) and len(value) == 4 and all(map(_is_number, value)),
            "[west, south, east, north] in degrees",
        )
        if bounds is None:
            return None
        west, south, east, north = bounds
        if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
            return item.fault(
                "bounds", "must be west < east within ±180 and south < north within ±90 degrees."
            )
        return tuple(map(float, bounds))

    def read_texts(self, raw, field, pattern, what):
        table = raw.get(field)
        if not isinstance(table, dict) or not table:
            self.fault("city.toml", "", field, "is missing.")
            return {}
        item = _Item(self, "city.toml", field, table, tuple(table))
        return {key: item.text(key, pattern, what, limit=300) for key in table}

    def read_freshness(self, raw):
        item = _Item(self, "city.toml", "freshness", raw.get("freshness"), FRESHNESS_GROUPS)
        return {
            group: item.get(group, lambda days: _is_whole(days) and 1 <= days <= 3650, "days, 1 to 3650")
            for group in FRESHNESS_GROUPS
        }

    # districts.json

    def read_districts(self, raw, city):
        file = "districts.json"
        known = (
            "code", "slug", "names", "intro", "area_ha", "population", "population_on", "hue", "label",
            "neighbours", "outline",
        )  # fmt: skip
        languages = city.languages if city else ()
        rows = []
        for item in self.items(file, raw, "districts", known, label="slug"):
            hue = item.get(
                "hue", lambda value: _is_number(value) and 0 <= value < 360, "an angle from 0 up to 360"
            )
            population = item.get(
                "population",
                lambda value: _is_whole(value) and 0 <= value < 10**9,
                "a whole number",
                default=None,
            )
            day = self.read_day(item, "population_on", year_is_enough=True, optional=True)
            if population is not None and not item.raw.get("population_on"):
                item.fault("population_on", "is missing: a population without its date says nothing.")
            label = item.point("label")
            outline, polygon = self.read_outline(item, city)
            if label and polygon is not None and not _covers(polygon, label):
                swapped = _covers(polygon, label[::-1])
                item.fault("label", "lies outside the outline" + (", latitude first." if swapped else "."))
            rows.append(
                {
                    "item": item,
                    "polygon": polygon,
                    "code": item.text("code", limit=10),
                    "slug": item.text("slug", _SLUG, "lower-case letters, digits and hyphens"),
                    "names": item.texts("names", languages),
                    "intro": item.texts("intro", languages, limit=600, optional=True),
                    "area_ha": item.number("area_ha", 0.01, 10_000_000, default=None),
                    "population": population,
                    "population_on": day,
                    "hue": hue,
                    "label": label,
                    "neighbours": item.words("neighbours"),
                    "outline": outline,
                }
            )
        if raw is not None and isinstance(raw.get("districts"), list) and not rows:
            self.fault(file, "", "districts", "a city needs at least one.")
        self.unique(file, rows, "code")
        self.unique(file, rows, "slug")
        self.check_neighbours(rows)
        self.check_overlaps(rows)
        return [
            District(**{key: value for key, value in row.items() if key not in ("item", "polygon")})
            for row in rows
        ]

    def read_outline(self, item, city):
        """The closed ring, and its polygon where it is one."""
        from shapely import Polygon
        from shapely.validation import explain_validity

        def fits(value):
            return isinstance(value, list) and all(map(_is_point, value))

        ring = item.get("outline", fits, "a list of positions [longitude, latitude]")
        if ring is None:
            return (), None
        ring = [tuple(map(float, point)) for point in ring]
        if ring and ring[0] != ring[-1]:
            ring.append(ring[0])
        if len(set(ring)) < 3:
            item.fault("outline", "needs at least three different points.")
            return tuple(ring), None
        outside = [point for point in ring if city and city.bounds and not _inside(point, city.bounds)]
        if outside:
            more = f" ({len(outside)} points in all)" if len(outside) > 1 else ""
            item.fault("outline", _where_it_went(outside[0], city.bounds) + more)
            return tuple(ring), None
        polygon = Polygon(ring)
        if not polygon.is_valid:
            item.fault("outline", f"is not a simple ring: {explain_validity(polygon)}.")
            return tuple(ring), None
        return tuple(ring), polygon

    def check_neighbours(self, rows):
        by_slug = {row["slug"]: row for row in rows}
        for row in rows:
            for neighbour in row["neighbours"]:
                if neighbour not in by_slug:
                    row["item"].fault("neighbours", f"names {neighbour}, which is no district.")
                elif neighbour == row["slug"]:
                    row["item"].fault("neighbours", "names the district itself.")
                elif row["slug"] not in by_slug[neighbour]["neighbours"]:
                    row["item"].fault("neighbours", f"names {neighbour}, which does not name it back.")

    def check_overlaps(self, rows):
        from shapely import Polygon, STRtree

        rows = [row for row in rows if row["polygon"] is not None]
        if len(rows) < 2:
            return
        plane = _plane(rows[0]["outline"][0][1])
        polygons = [Polygon([plane(*point) for point in row["outline"]]) for row in rows]
        for one, two in sorted(zip(*STRtree(polygons).query(polygons, predicate="intersects"), strict=True)):
            if one >= two:
                continue
            shared = polygons[one].intersection(polygons[two])
            if not shared.buffer(-OVERLAP_M).is_empty:
                hectares = max(shared.area / 10_000, 0.01)
                rows[one]["item"].fault("outline", f"overlaps {rows[two]['slug']} by {hectares:.2f} ha.")

    # categories.json

    def read_categories(self, raw, city):
        file = "categories.json"
        languages = city.languages if city else ()
        symbols = ()
        if raw is not None:
            top = _Item(self, file, "", raw, ("attribution", "symbols", "groups", "categories"))
            symbols = top.words("symbols", _SLUG, "a list of names in lower case")
            for field in ("symbols", "groups", "categories"):
                if raw.get(field) in (None, []):
                    top.fault(field, "a city needs at least one.")
        groups = [
            {
                "code": item.text("code", _CODE, "lower-case letters, digits and underscores", limit=40),
                "slug": item.text("slug", _SLUG, "lower-case letters, digits and hyphens", limit=60),
                "symbol": self.listed(item, "symbol", symbols, "one of the symbols named above"),
                "labels": item.texts("labels", languages, limit=80),
            }
            for item in self.items(file, raw, "groups", ("code", "slug", "symbol", "labels"), label="code")
        ]
        codes = [group["code"] for group in groups]
        known = ("code", "group", "slug", "symbol", "labels", "osm", "schema_type")
        categories = [
            {
                "code": item.text("code", _CODE, "lower-case letters, digits and underscores", limit=40),
                "group": self.listed(item, "group", codes, "the code of a group"),
                "slug": item.text("slug", _SLUG, "lower-case letters, digits and hyphens", limit=60),
                "symbol": self.listed(item, "symbol", symbols, "one of the symbols named above"),
                "labels": item.texts("labels", languages, limit=80),
                "osm": self.read_selectors(item),
                "schema_type": self.listed(
                    item, "schema_type", SCHEMA_TYPES, "a kind of LocalBusiness of schema.org"
                ),
            }
            for item in self.items(file, raw, "categories", known, label="code")
        ]
        self.unique(file, groups, "code")
        self.unique(file, categories, "code")
        self.unique(file, groups + categories, "slug")  # both stand at the same place of an address
        self.check_selectors(file, categories)
        for code in codes:
            if code and all(category["group"] != code for category in categories):
                self.fault(file, code, "", "is a group without a category.")
        return symbols, groups, categories

    def read_selectors(self, item):
        selectors = item.words("osm", _SELECTOR, "a list of selectors such as shop=bakery")
        for selector in selectors:
            key = selector.split("=")[0]
            if key not in OSM_KEYS:
                item.fault("osm", f"{selector} must begin with one of {', '.join(OSM_KEYS)}.")
        return selectors

    def check_selectors(self, file, categories):
        users = defaultdict(list)
        for category in categories:
            for selector in dict.fromkeys(category["osm"]):
                first, *others = selector.split("+")
                users["+".join([first, *sorted(others)])].append(category["code"])
        for selector, codes in users.items():
            if len(codes) > 1:
                self.fault(file, codes[0], "osm", f"{selector} also belongs to {', '.join(codes[1:])}.")

    # synonyms.json

    def read_synonyms(self, raw, city, codes):
        file = "synonyms.json"
        if raw is None:
            return {}
        top = _Item(self, file, "", raw, ("attribution", "words"))
        table = top.get("words", lambda value: isinstance(value, dict), "an object: category, then language")
        languages = (*city.languages, *city.search_languages) if city else ()
        found, users = {}, defaultdict(set)
        for code, words in (table or {}).items():
            known = languages or (tuple(words) if isinstance(words, dict) else ())
            item = _Item(self, file, code, words, known)
            if codes and code not in codes:
                item.fault("", "is not the code of a category.")
            found[code] = {language: item.words(language) for language in item.raw if language in languages}
            for language, listed in found[code].items():
                for word, count in Counter(word.casefold() for word in dict.fromkeys(listed)).items():
                    users[word].add(code)
                    if count > 1:
                        item.fault(language, f"names {word} {count} times, in different cases.")
        for word, users_ in users.items():
            if len(users_) > TOO_MANY_CATEGORIES:
                sentence = f"stands for {len(users_)} categories; a word of more than {TOO_MANY_CATEGORIES} finds nothing."
                self.fault(file, "", word, sentence)
        return found

    # holidays.json and streets.json

    def read_holidays(self, raw, city):
        file = "holidays.json"
        languages = city.languages if city else ()
        rows = [
            {"on": self.read_day(item, "on"), "names": item.texts("names", languages)}
            for item in self.items(file, raw, "holidays", ("on", "names"), label="on")
        ]
        self.unique(file, rows, "on")
        return [Holiday(**row) for row in rows]

    def read_streets(self, raw, districts):
        file = "streets.json"
        slugs = {district.slug for district in districts}
        rows = []
        for item in self.items(file, raw, "streets", ("name", "postcodes", "districts"), label="name"):
            name = item.text("name", limit=120)
            listed = item.words("districts")
            for slug in listed:
                if slug not in slugs:
                    item.fault("districts", f"names {slug}, which is no district.")
            rows.append(
                {
                    "name": name,
                    "slug": street_slug(name),
                    "postcodes": item.words("postcodes"),
                    "districts": listed,
                }
            )
        self.unique(file, rows, "name")
        self.unique(file, rows, "slug")
        return [Street(**row) for row in rows]

    def read_day(self, item, field, *, year_is_enough=False, optional=False):
        what = "a day such as 2030-12-31" + (" or a year" if year_is_enough else "")
        value = item.get(
            field, lambda value: isinstance(value, str), what, default=None if optional else _MISSING
        )
        if value is None:
            return None
        if year_is_enough and re.fullmatch(r"[12]\d{3}", value):
            return date(int(value), 1, 1)
        try:
            return date.fromisoformat(value)
        except ValueError:
            return item.fault(field, f"must be {what}, not {_short(value)}.")


def _covers(polygon, point):
    from shapely import Point as Spot

    return polygon.covers(Spot(point))


def _inside(point, bounds):
    west, south, east, north = bounds
    return west <= point[0] <= east and south <= point[1] <= north


def _where_it_went(point, bounds):
    """The sentence for a position outside the bounds."""
    said = f"{point[0]}, {point[1]} lies outside the city's bounds"
    if _inside(point[::-1], bounds):
        return f"{said}; it looks like latitude first, where longitude comes first."
    return f"{said}."


def _regions():
    import phonenumbers

    return phonenumbers.SUPPORTED_REGIONS


@cache
def _time_zones():
    return zoneinfo.available_timezones()


@cache
def _currencies():
    from babel.numbers import list_currencies

    return list_currencies("en")


@cache
def _languages():
    from babel import localedata

    return frozenset(localedata.locale_identifiers())
