"""The demonstration city: fictional merchants in real streets, the same for the same seed.

Nothing here is a merchant's fact: names, texts and habits are data of the city pack's `demo` folder, the rest is
drawn by lot. Every page is marked (`Shop.is_demo`), stands in a street without a house number, and gives addresses
under `.example` and a telephone number that nobody can have.

The city is dealt like cards. A deck of `DECK` shops has every category and every district in its due number, those
written by hand first; larger cities deal it again, with other names. Shop number i is drawn from a lot of its own, so
the first 600 are the same in a city of 600 and of 100,000.
"""

import math
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import batched
from pathlib import Path
from random import Random

from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils.text import slugify
from shapely import LineString, Point, Polygon, prepare
from shapely.ops import nearest_points

from districts.models import EARTH_RADIUS_M, City, District, Street
from shops import catalogue
from shops.models import Category, Event, Link, Shop, SlugHistory, SpecialDay
from shops.models.shop import PUBLIC_ID_ALPHABET
from shops.search import key
from shops.vocabulary import AccessAnswer, AccessQuestion, ConfirmedBy, LinkKind, Payment

SEED = 24
SHOPS = 600
DECK = 600
BATCH = 1000
# The cast, by the address of their pages: Marie's bakery and, next door, Paul's bookshop.
MARIE = "um-eck"
PAUL = "la-page-cornee"


@dataclass(frozen=True)
class Account:
    email: str
    name: str
    language: str = "fr"
    is_staff: bool = False
    is_superuser: bool = False


# Who may sign in to the demonstration. Their password is made for each checkout, see vitrine.demonstration.
ACCOUNTS = [Account("claire@ville.example", "Claire", is_staff=True, is_superuser=True)]


class AnotherDemonstration(Exception):
    """The database already holds fictional shops of another seed."""


@dataclass
class Fiction:
    """A fictional shop, not saved, with what hangs on it."""

    shop: Shop
    also: list[int] = field(default_factory=list)  # ids of other categories
    links: list[Link] = field(default_factory=list)
    special_days: list[SpecialDay] = field(default_factory=list)
    old_slugs: list[str] = field(default_factory=list)
    merged_into: str = ""  # external id of the page that replaces this one
    event: Event | None = None


@dataclass(frozen=True)
class Card:
    """What is settled of a shop before it is drawn: its trade, its district, what happens to it."""

    category: str
    district: str
    written: dict | None = None  # as in shops.toml
    twist: str = ""


# What happens to how many of a deck. The rest is open as usual.
TWISTS = {
    "unclaimed": 120,
    "away": 10,  # closed for holidays today
    "away_soon": 8,
    "special_day": 10,
    "unclear": 8,  # hours that no machine reads
    "closed": 7,
    "renamed": 2,
    "draft": 3,
    "submitted": 3,
    "suspended": 1,
    "merged": 1,
}
# A district of few shops keeps them all.
SPARSE = 4


@dataclass(frozen=True)
class Data:
    """The folder `demo` of a city pack, read. Each file says what its keys mean."""

    shops: list[dict]
    trades: dict
    hours: dict
    districts: dict
    people: dict
    contacts: dict

    @classmethod
    def read(cls, folder: Path) -> "Data":
        """Raises FileNotFoundError where a pack has no such folder."""
        files = {path.stem: tomllib.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*.toml")}
        missing = {"shops", "trades", "hours", "districts", "people", "contacts"} - files.keys()
        if missing:
            raise FileNotFoundError(f"{folder} lacks {', '.join(sorted(f'{name}.toml' for name in missing))}.")
        return cls(
            shops=files["shops"]["shop"],
            **{name: files[name] for name in ("trades", "hours", "districts", "people", "contacts")},
        )

    def trade(self, category: str) -> dict:
        return self.trades.get(category) or self.trades["*"]


def make_accounts(password: str) -> list[str]:
    """Create the demonstration's accounts where they lack, with this password. Returns the addresses made anew."""
    users = get_user_model().objects
    made = []
    for account in ACCOUNTS:
        if not users.filter(email=account.email).exists():
            users.create_user(
                account.email,
                password,
                name=account.name,
                language=account.language,
                is_staff=account.is_staff,
                is_superuser=account.is_superuser,
            )
            made.append(account.email)
    return made


def external_id(seed: int, number: int) -> str:
    return f"demo:{seed}:{number}"


def load(
    data: Data,
    *,
    number: int = SHOPS,
    seed: int = SEED,
    at: datetime,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Bring the fictional shops into the database, in transactions of `BATCH`; those already there are left alone.

    Args:
        data: names, texts and habits.
        number: how many shops there are to be.
        seed: same seed, same city.
        at: the instant to which confirmations, closures and so on are relative.
        progress: called with how many are done, of how many.
    Returns:
        how many were created.
    Raises:
        AnotherDemonstration: the database holds another seed's shops.
        City.DoesNotExist: no city has been loaded.
    """
    city = City.objects.get()
    demo = Shop.objects.filter(is_demo=True)
    present = set(
        demo.filter(external_id__startswith=external_id(seed, 0)[:-1]).values_list("external_id", flat=True)
    )
    if demo.count() > len(present):
        raise AnotherDemonstration(
            "The database already holds fictional shops of another seed, or made by hand."
        )
    missing = {external_id(seed, index) for index in range(number)} - present
    if not missing:
        return 0
    is_first = not Shop.objects.exists()
    taken = set(Shop.objects.exclude(is_demo=True).values_list("slug", flat=True))
    taken |= set(SlugHistory.objects.exclude(shop__is_demo=True).values_list("slug", flat=True))
    fictions = invent(data, city, seed=seed, at=at, taken=taken)
    done = 0
    for batch in batched((next(fictions) for _index in range(number)), BATCH, strict=False):
        new = [fiction for fiction in batch if fiction.shop.external_id in missing]
        if new:
            with transaction.atomic():
                _save(new, at)
        done += len(batch)
        progress(done, number)
    if is_first:
        # Everything there is was derived just now: the night's work has nothing left to do.
        catalogue.day_is_done(at=at)
    return len(missing)


def _save(fictions, at):
    # A merged page names the page that replaces it, which comes first.
    for batch in (
        [fiction for fiction in fictions if not fiction.merged_into],
        [fiction for fiction in fictions if fiction.merged_into],
    ):
        targets = dict(
            Shop.objects.filter(external_id__in=[fiction.merged_into for fiction in batch]).values_list(
                "external_id", "pk"
            )
        )
        for fiction in batch:
            fiction.shop.merged_into_id = targets.get(fiction.merged_into)
        Shop.objects.bulk_create([fiction.shop for fiction in batch])
    for fiction in fictions:
        for row in (*fiction.links, *fiction.special_days, *filter(None, [fiction.event])):
            row.shop = fiction.shop
    through = Shop.other_categories.through
    through.objects.bulk_create(
        through(shop_id=fiction.shop.pk, category_id=category)
        for fiction in fictions
        for category in fiction.also
    )
    Link.objects.bulk_create(link for fiction in fictions for link in fiction.links)
    SpecialDay.objects.bulk_create(day for fiction in fictions for day in fiction.special_days)
    SlugHistory.objects.bulk_create(
        SlugHistory(slug=slug, shop=fiction.shop) for fiction in fictions for slug in fiction.old_slugs
    )
    Event.objects.bulk_create(fiction.event for fiction in fictions if fiction.event)
    catalogue.changed([fiction.shop.pk for fiction in fictions], at=at)


def invent(data: Data, city: City, *, seed: int, at: datetime, taken: set[str] = frozenset()) -> Iterator[Fiction]:
    """Draw fictional shops without end, for the districts, categories and streets that are loaded.

    Args:
        taken: addresses of pages that are in use already.
    """
    districts = {
        district.slug: district for district in District.objects.prefetch_related("streets").order_by("code")
    }
    categories = {category.code: category for category in Category.objects.order_by("code")}
    deck = _deal(data, list(categories), list(districts), seed)
    places = _Places(data, city, districts, seed)
    signs = _Signs(data, taken)
    number = 0
    while True:
        round_, position = divmod(number, len(deck))
        card = deck[position]
        lot = Random(f"{seed}:{number}")  # noqa: S311
        fiction = _Drawing(data, city, at, lot, card, round_ == 0).draw(signs, places, categories, districts)
        fiction.shop.external_id = external_id(seed, number)
        if card.twist == "merged":
            fiction.merged_into = external_id(seed, number - 1)
        yield fiction
        number += 1


# Dealing: how many of what, and where


def _deal(data, categories, districts, seed) -> list[Card]:
    """The deck of this city: every category and district in its due number, the shops written by hand first."""
    lot = Random(f"{seed}:deck")  # noqa: S311
    written = [shop for shop in data.shops if shop["category"] in categories]
    per_district = data.districts["shops"]
    wanted = _shares({slug: per_district.get(slug, DECK / 24) for slug in districts}, DECK)
    hands = []
    for shop in written:
        slug = shop["district"]
        if slug not in wanted:
            slug = lot.choices(list(wanted), list(wanted.values()))[0]
        wanted[slug] = max(0, wanted[slug] - 1)
        hands.append(Card(shop["category"], slug, shop))
    there = Counter(card.category for card in hands)
    weights = {code: data.trade(code)["weight"] for code in categories}
    total = sum(weights.values())
    rest = DECK - len(hands)
    due = {code: max(0.0, weight * DECK / total - there[code]) for code, weight in weights.items()}
    shares = _shares(due, rest, least={code for code in categories if not there[code]})
    trades = [code for code, share in shares.items() for _one in range(share)]
    lot.shuffle(trades)
    placed = [(code, _district_for(data, code, wanted, lot)) for code in trades]
    twists = iter(_twists(placed, per_district, lot))
    return hands + [Card(code, slug, None, next(twists)) for code, slug in placed]


def _shares(weights: dict, total: int, least: set | None = None) -> dict[str, int]:
    """Split `total` in proportion to the weights, whole numbers; those in `least` (or all) get one at least."""
    least = set(weights) if least is None else least
    shares = {name: int(name in least) for name in weights}
    over = total - sum(shares.values())
    exact = {name: max(0.0, weight - shares[name]) for name, weight in weights.items()}
    scale = over / (sum(exact.values()) or 1)
    for name in weights:
        shares[name] += math.floor(exact[name] * scale)
    by_remainder = sorted(weights, key=lambda name: (-(exact[name] * scale % 1), name))
    for name in by_remainder[: total - sum(shares.values())]:
        shares[name] += 1
    return shares


def _district_for(data, category, wanted, lot):
    """A district that still wants shops, as the trade likes it; pitches decide for those without an address."""
    trade = data.trade(category)
    likes = data.districts["where"].get(trade["where"], {})
    pitches = {pitch["district"] for pitch in data.districts["pitches"] if category in pitch["categories"]}
    candidates = [slug for slug in wanted if slug in pitches] or list(wanted)
    weights = [wanted[slug] * likes.get(slug, likes.get("default", 1)) for slug in candidates]
    if not any(weights):
        candidates, weights = list(wanted), [max(0, number) for number in wanted.values()]
    slug = lot.choices(candidates, weights)[0] if any(weights) else lot.choice(candidates)
    wanted[slug] = max(0, wanted[slug] - 1)
    return slug


def _twists(placed, per_district, lot):
    """What happens to each of these: a list as long as they are."""
    twists = [""] * len(placed)
    free = [index for index, (_code, slug) in enumerate(placed) if per_district.get(slug, DECK) > SPARSE]
    lot.shuffle(free)
    for twist, number in TWISTS.items():
        for _one in range(number if twist == "unclaimed" else min(number, len(free))):
            if free:
                twists[free.pop()] = twist
    # A page is merged into the one before it, which must be there to be found.
    for index, twist in enumerate(twists):
        if twist == "merged" and index:
            twists[index - 1] = ""
    return twists


# Places: streets as lines on the city's plane, slots along them


class _Places:
    """Positions along streets, each in its district, none on another."""

    def __init__(self, data, city, districts, seed):
        self.data, self.city, self.seed = data, city, seed
        self.areas = {}
        for slug, district in districts.items():
            outline = Polygon([city.plane(*point) for point in district.outline])
            # Not on the border itself: rounding would put some on the other side.
            area = outline.buffer(-6)
            prepare(area)
            self.areas[slug] = area
        self.streets = {
            slug: [street.name for street in district.streets.all()] for slug, district in districts.items()
        }
        self.slots = {}
        self.occupied = defaultdict(list)
        self.last = {}

    def street_in(self, slug, lot) -> str:
        """A street of the district, "" where none is known."""
        streets = self.streets[slug]
        return lot.choice(streets) if streets else ""

    def put(self, slug, street, lot, beside=None) -> tuple[float, float]:
        """Take a free position in a street (`beside`: the next one to that of another shop). Returns (lon, lat)."""
        anchor = self.last.get(beside) if beside else None
        if anchor is not None:
            point = self._free_near(anchor, slug)
        else:
            name = street or f"place {lot.randrange(6)}"
            slots = self.slots.get((slug, name))
            if slots is None:
                slots = self.slots[slug, name] = self._slots(slug, name)
            point = next(point for point in slots if self._is_free(point))
        self.occupied[self._cell(point)].append(point)
        return self._position(point)

    def remember(self, shop_slug, position):
        self.last[shop_slug] = self.city.plane(*position)

    def _slots(self, slug, name):
        """Positions along both sides of a street, the street front first, without end."""
        area = self.areas[slug]
        lot = Random(f"{self.seed}:{slug}:{name}")  # noqa: S311
        line = self._line(slug, name, lot)
        length = int(line.length)
        for row in range(40):
            offsets = [(along, side) for along in range(4, max(5, length), 8) for side in (-1, 1)]
            lot.shuffle(offsets)
            for along, side in offsets:
                point = _beside(line, along + lot.uniform(-2, 2), side * (7 + 9 * row + lot.uniform(0, 3)))
                if area.contains(Point(point)):
                    yield point
        while True:
            yield self._anywhere(area, lot)

    def _line(self, slug, name, lot):
        """Where a street runs in a district: as drawn by hand, else somewhere of its own."""
        area = self.areas[slug]
        drawn = self.data.districts["streets"].get(name)
        if drawn:
            part = LineString([self.city.plane(*point) for point in drawn]).intersection(area)
            parts = [piece for piece in getattr(part, "geoms", [part]) if piece.length > 40]
            if parts:
                return max(parts, key=lambda piece: piece.length)
        heart = Point(area.representative_point())
        # Streets crowd towards the middle: the best of three throws.
        centre = min((self._anywhere(area, lot) for _throw in range(3)), key=lambda xy: heart.distance(Point(xy)))
        angle, half = lot.uniform(0, math.pi), lot.uniform(120, 230)
        dx, dy = half * math.cos(angle), half * math.sin(angle)
        line = LineString([(centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy)])
        part = line.intersection(area)
        return max(getattr(part, "geoms", [part]), key=lambda piece: piece.length)

    @staticmethod
    def _anywhere(area, lot):
        west, south, east, north = area.bounds
        for _throw in range(10_000):
            point = lot.uniform(west, east), lot.uniform(south, north)
            if area.contains(Point(point)):
                return point
        return area.representative_point().coords[0]

    @staticmethod
    def _cell(point):
        return int(point[0] // 5), int(point[1] // 5)

    def _is_free(self, point):
        """Whether nobody stands within four metres."""
        column, row = self._cell(point)
        return not any(
            math.dist(point, other) < 4
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for other in self.occupied.get((x, y), ())
        )

    def _free_near(self, anchor, slug):
        area = self.areas[slug]
        for step in range(8, 200, 4):
            for eighth in range(8):
                angle = eighth * math.pi / 4
                point = anchor[0] + step * math.cos(angle), anchor[1] + step * math.sin(angle)
                if area.contains(Point(point)) and self._is_free(point):
                    return point
        return nearest_points(area, Point(anchor))[0].coords[0]

    def _position(self, point):
        """Back from the plane, to about ten centimetres."""
        metres = math.radians(1) * EARTH_RADIUS_M
        lon = self.city.centre_lon + point[0] / (metres * math.cos(math.radians(self.city.centre_lat)))
        return round(lon, 6), round(self.city.centre_lat + point[1] / metres, 6)


def _beside(line, along, offset):
    """The point `offset` metres left of a line, `along` metres from its start."""
    here = line.interpolate(along)
    ahead, behind = line.interpolate(along + 1), line.interpolate(max(0, along - 1))
    dx, dy = ahead.x - behind.x, ahead.y - behind.y
    length = math.hypot(dx, dy) or 1
    return here.x - dy / length * offset, here.y + dx / length * offset


# Names


class _Signs:
    """Names and addresses of pages, each address once."""

    def __init__(self, data, taken):
        self.data = data
        self.names = set()
        self.slugs = set(taken)
        self.public_ids = set()
        self.invented = {}
        self.summaries = {}

    def name(self, category, lot, is_first) -> tuple[str, str]:
        """A name and the language that is heard behind the counter."""
        if is_first:
            names = self.invented.get(category)
            if names is None:
                given = self.data.trade(category)["names"]
                names = [(name, language) for language, group in given.items() for name in group]
                lot.shuffle(names)
                self.invented[category] = names
            while names:
                name, language = names.pop()
                if name not in self.names:
                    self.names.add(name)
                    return name, language
        name = language = ""
        for _try in range(20):
            name, language = self.made_up(category, lot, plain=is_first)
            if not is_first or name not in self.names:
                break
        self.names.add(name)
        return name, language

    def made_up(self, category, lot, *, plain=True) -> tuple[str, str]:
        """A name put together; unless `plain`, with the double names that a large city needs."""
        patterns = self.data.trade(category)["patterns"]
        language, pattern = lot.choice([(lang, text) for lang, group in patterns.items() for text in group])
        return self.fill(pattern, language, lot, plain=plain), language

    def fill(self, pattern, language, lot, *, plain=True) -> str:
        people = self.data.people

        def word(match):
            if match[0] == "{surname}":
                origin = lot.choice(people["borrowed"].get(language, [language]))
                surname = lot.choice(people["surnames"][origin])
                if not plain and lot.random() < 0.4:
                    return f"{surname}-{lot.choice(people['surnames'][origin])}"
                return surname
            if match[0] == "{child}":
                return lot.choice(people["children"].get(language, people["children"]["fr"]))
            return lot.choice(people["forenames"][language])

        name = re.sub(r"\{(?:surname|forename|child)\}", word, pattern)
        return re.sub(r"\{of\} (\w)", _of, name)

    def summary(self, category, lot, is_first) -> dict:
        """What the merchant says in a sentence, by language; empty when nothing is left to say in the first deck."""
        texts = self.data.trade(category)["summaries"]
        if not is_first:
            return lot.choice(texts) if texts else {}
        if category not in self.summaries:
            self.summaries[category] = lot.sample(texts, len(texts))
        return self.summaries[category].pop() if self.summaries[category] else {}

    def slug(self, name, district, wish="") -> str:
        # NFKD knows no decomposition of the dotless i.
        wish = wish or slugify(key(name).replace("ı", "i"))[:90].strip("-") or "commerce"
        slug, number = wish, 1
        while slug in self.slugs:
            number += 1
            slug = f"{wish}-{district}"[:110] if number == 2 else f"{wish}-{number - 1}"
        self.slugs.add(slug)
        return slug

    def public_id(self, lot) -> str:
        while True:
            public_id = "".join(lot.choices(PUBLIC_ID_ALPHABET, k=8))
            if public_id not in self.public_ids:
                self.public_ids.add(public_id)
                return public_id


def _of(match):
    return f"d’{match[1]}" if key(match[1]) in "aeiouyh" else f"de {match[1]}"


# Drawing one shop

# Who is paid how, by the kind of hours that a trade keeps.
BILLED = {"appointment", "office", "trade_counter", "garage", "car_dealer"}
MEALS = {"bakery", "food_counter", "restaurant", "fast_food", "food_truck", "cafe", "supermarket", "convenience"}
RETAIL = {"boutique", "shop", "florist", "gallery"}
BOOKED = {"restaurant", "hairdresser", "beauty", "barber", "gym"}


class _Drawing:
    """One shop, fact by fact, from its own lot."""

    def __init__(self, data, city, at, lot, card, is_first):
        self.data, self.city, self.at, self.lot, self.card, self.is_first = data, city, at, lot, card, is_first
        self.written = (card.written or {}) if is_first else {}
        self.trade = data.trade(card.category)
        self.here = at.astimezone(city.tz)
        self.twist = card.twist
        self.is_claimed = self.twist not in ("unclaimed", "draft")

    def draw(self, signs, places, categories, districts) -> Fiction:
        lot, written = self.lot, self.written
        if written:
            name, self.language = written["name"], written.get("languages", ["fr"])[0]
        else:
            name, self.language = signs.name(self.card.category, lot, self.is_first)
        # A new page is from the last weeks; most are from the last years.
        self.age = lot.randint(2, 28) if lot.random() < 0.06 and not written else lot.randint(120, 900)
        if self.twist in ("draft", "submitted"):
            self.age = lot.randint(1, 9)
        shop = Shop(
            is_demo=True,
            public_id=signs.public_id(lot),
            name=name,
            slug=signs.slug(name, self.card.district, written.get("slug", "")),
            category=categories[self.card.category],
            district=districts[self.card.district],
            created_at=self._ago(self.age),
        )
        fiction = Fiction(shop)
        also = written.get("also") or self._some(self.trade.get("also", ()), 0.08)
        fiction.also = [categories[code].pk for code in also if code in categories]
        self._state(shop, fiction)
        self._place(shop, places)
        self._words(shop, signs)
        self._hours(shop)
        self._offer(shop)
        self._contact(shop, fiction)
        self._confirm(shop)
        self._special_days(fiction)
        if self.twist == "renamed":
            old, _language = signs.made_up(self.card.category, lot)
            shop.other_names = old
            fiction.old_slugs = [signs.slug(old, self.card.district)]
        elif not shop.other_names and self.is_claimed and lot.random() < 0.05:
            legal = lot.choice(self.data.contacts["legal_names"]["texts"])
            shop.other_names = signs.fill(legal, "fr", lot)
        return fiction

    # What holds for all

    def _ago(self, days) -> datetime:
        """An instant in working hours some days ago, by the city's clock."""
        day = self.here.date() - timedelta(days=days)
        return datetime.combine(day, time(self.lot.randint(8, 18), self.lot.randint(0, 59)), tzinfo=self.city.tz)

    def _some(self, words, likelihood):
        return [word for word in words if self.lot.random() < likelihood]

    def _state(self, shop, fiction):
        published = self._ago(max(1, self.age - self.lot.randint(0, 4)))
        moves = {
            "draft": Shop.Status.DRAFT,
            "submitted": Shop.Status.SUBMITTED,
            "suspended": Shop.Status.SUSPENDED,
            "closed": Shop.Status.CLOSED,
            "merged": Shop.Status.MERGED,
        }
        shop.status = moves.get(self.twist, Shop.Status.PUBLISHED)
        if shop.status not in (Shop.Status.DRAFT, Shop.Status.SUBMITTED):
            shop.published_at = published
        if self.is_claimed and shop.status != Shop.Status.DRAFT:
            shop.claimed_at = self._ago(self.lot.randint(1, self.age))
        if self.twist in ("closed", "suspended", "merged"):
            moved = self._ago(self.lot.randint(1, min(60, self.age)))
            if shop.status == Shop.Status.CLOSED:
                shop.closed_at = moved
            fiction.event = Event(
                kind=f"status:{shop.status}",
                at=moved,
                before={"status": str(Shop.Status.PUBLISHED)},
                after={"status": str(shop.status)},
            )

    def _place(self, shop, places):
        lot, written, district = self.lot, self.written, self.card.district
        if self.trade.get("address") == "pitch" or "place_note" in written:
            pitches = [
                pitch
                for pitch in self.data.districts["pitches"]
                if pitch["district"] == district and self.card.category in pitch["categories"]
            ]
            self.pitch = lot.choice(pitches) if pitches else {}
            shop.place_note = written.get("place_note") or self.pitch.get("note", "")
            # Without a position the district cannot follow from it.
            shop.district_corrected = True
            return
        self.pitch = {}
        street = written.get("street", "")
        shop.street = street if street in places.streets[district] else places.street_in(district, lot)
        beside = MARIE if written.get("cast") == "paul" else None
        shop.lon, shop.lat = places.put(district, shop.street, lot, beside)
        if written.get("cast"):
            places.remember(shop.slug, (shop.lon, shop.lat))
        if not written and lot.random() < 0.04:
            shop.place_note = lot.choice(self.data.contacts["place_notes"]["texts"])

    def _words(self, shop, signs):
        if self.written:
            summary, description = self.written.get("summary", {}), self.written.get("description", {})
        else:
            speaks = self.is_claimed and self.lot.random() < 0.75
            summary = signs.summary(self.card.category, self.lot, self.is_first) if speaks else {}
            description = {}
        i18n = {}
        for name, texts in (("summary", summary), ("description", description)):
            for language, text in texts.items():
                if language == "fr":
                    setattr(shop, name, text.strip())
                else:
                    i18n[f"{name}_{language}"] = text.strip()
        shop.i18n = i18n

    def _hours(self, shop):
        lot = self.lot
        if "hours" in self.written:
            shop.opening_hours = self.written["hours"]
        elif self.twist == "unclear":
            shop.opening_hours_text = lot.choice(self.data.hours["unclear"]["texts"])
        elif self.is_claimed or lot.random() < 0.1:
            family = self.data.hours[self.trade["hours"]]
            week = lot.choice(self.pitch.get("hours") or family["weeks"])
            holidays = lot.choice(family["holidays"])
            shop.opening_hours = f"{week}; {holidays}" if holidays and week != "24/7" else week

    def _offer(self, shop):
        lot, written, kind = self.lot, self.written, self.trade["hours"]
        if not self.is_claimed:
            return
        services = written.get("services") or self._some(self.trade["services"], 0.55)
        shop.services = list(services)
        notes = self.data.contacts["service_notes"]
        shop.service_notes = written.get("service_notes") or {
            service: lot.choice(notes[service]) for service in services if service in notes and lot.random() < 0.2
        }
        likely = {
            Payment.CASH: 0.92,
            Payment.DEBIT_CARD: 0.5 if kind == "market" else 0.92,
            Payment.CREDIT_CARD: 0.2 if kind == "market" else 0.7,
            Payment.CONTACTLESS: 0.85,
            Payment.MOBILE: 0.45,
            Payment.INVOICE: 0.7 if kind in BILLED else 0.03,
            Payment.MEAL_VOUCHER: 0.55 if kind in MEALS else 0,
        }
        drawn = [str(payment) for payment, likelihood in likely.items() if lot.random() < likelihood]
        shop.payments = written.get("payments") or drawn or ["cash"]
        tongues = self.data.people["languages"]
        always = tongues["always"].get(self.language, ["fr"])
        others = [word for word, odds in tongues["likely"].items() if lot.random() < odds and word not in always]
        shop.spoken_languages = written.get("languages") or [*always, *others]
        shop.accessibility = dict(written.get("accessibility", {})) or self._accessibility()

    def _accessibility(self):
        """Some know all about their door, some answer a few questions, a third none: unknown stays unknown."""
        lot = self.lot
        known = lot.choice((0, 0, 0.25, 0.4, 0.6, 0.9))
        answers = {}
        for question in AccessQuestion:
            if lot.random() < known:
                weights = (3, 1, 2) if question in EASY_QUESTIONS else (1, 0.5, 3)
                answers[str(question)] = str(lot.choices(list(AccessAnswer), weights)[0])
        return answers

    def _contact(self, shop, fiction):
        lot, contacts = self.lot, self.data.contacts
        name = shop.slug[:50].strip("-")
        if self.city.country == contacts["phone"]["country"] and lot.random() < (0.85 if self.is_claimed else 0.6):
            digits = contacts["phone"]["digits"]
            shop.phone = f"{contacts['phone']['prefix']}{lot.randrange(10**digits):0{digits}}"
        if not self.is_claimed:
            return
        if lot.random() < 0.7:
            shop.email = lot.choice(contacts["email"]).format(name=name)
        addresses = []
        kind = self.trade["hours"]
        if has_site := lot.random() < 0.6:
            addresses.append((LinkKind.WEBSITE, lot.choice(contacts["website"])))
        for social, pattern in contacts["social"].items():
            if lot.random() < (0.16 if social in ("instagram", "facebook") else 0.015):
                addresses.append((LinkKind(social), pattern))
        if kind in RETAIL and lot.random() < 0.07:
            addresses.append((LinkKind.MARKETPLACE, contacts["marketplace"]))
        if kind in BOOKED and lot.random() < 0.15:
            addresses.append((LinkKind.BOOKING, contacts["booking"]))
        if has_site and kind == "restaurant" and lot.random() < 0.4:
            addresses.append((LinkKind.MENU, contacts["menu"]))
        fiction.links = [Link(kind=kind, url=pattern.format(name=name)) for kind, pattern in addresses]

    def _confirm(self, shop):
        """Who vouched for what, and when: mostly lately, some too long ago, some never."""
        lot = self.lot
        if not self.is_claimed:
            shop.confirm("identity", by=lot.choice((ConfirmedBy.CITY, ConfirmedBy.IMPORT)), at=self._ago(self.age))
            if shop.opening_hours:
                days = min(self.age, lot.randint(5, 200))
                shop.confirm("hours", by=ConfirmedBy.IMPORT, at=self._ago(days))
            return
        shop.confirm("identity", by=ConfirmedBy.CITY, at=self._ago(min(self.age, lot.randint(1, 700))))
        groups = {
            "hours": bool(shop.opening_hours),
            "contact": bool(shop.phone or shop.email),
            "services": bool(shop.services),
            "accessibility": bool(shop.accessibility),
        }
        for group, has_facts in groups.items():
            fate = lot.random()
            if not has_facts or fate > 0.96 and not self.written:
                continue
            is_stale = fate > 0.8 and not self.written.get("cast")
            days = lot.randint(100, 400) if is_stale else lot.randint(1, 80)
            by = ConfirmedBy.CITY if lot.random() < 0.15 else ConfirmedBy.MERCHANT
            shop.confirm(group, by=by, at=self._ago(min(self.age, days)))

    def _special_days(self, fiction):
        lot, today = self.lot, self.here.date()
        notes = self.data.contacts["special_days"]

        def days(start, length, reason, hours=""):
            begins = today + timedelta(days=start)
            fiction.special_days.append(
                SpecialDay(
                    start_on=begins,
                    end_on=begins + timedelta(days=length),
                    hours=hours,
                    reason=reason,
                    note=lot.choice(notes[str(reason)]),
                )
            )

        if self.twist == "away":
            days(-lot.randint(0, 6), lot.randint(7, 16), SpecialDay.Reason.HOLIDAY)
        elif self.twist == "away_soon":
            days(lot.randint(4, 25), lot.randint(5, 16), SpecialDay.Reason.HOLIDAY)
        elif self.twist == "special_day":
            if lot.random() < 0.5:
                days(lot.randint(1, 20), 0, SpecialDay.Reason.EVENT, lot.choice(("10:00-16:00", "10:00-21:00")))
            else:
                days(lot.randint(1, 12), lot.randint(0, 3), SpecialDay.Reason.WORKS)


EASY_QUESTIONS = {
    AccessQuestion.STEP_FREE,
    AccessQuestion.WIDE_DOOR,
    AccessQuestion.INSIDE_STEP_FREE,
    AccessQuestion.SEATING,
    AccessQuestion.ASSISTANCE_DOG,
    AccessQuestion.STAFF_HELP,
}
