"""One fictional shop, drawn fact by fact from a lot of its own."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random

from django.conf import settings

from districts.models import City, District
from shops.demo.data import Data
from shops.demo.deck import deal
from shops.demo.places import Places
from shops.demo.signs import Signs
from shops.freshness import DUE_BEFORE, SUNK_AFTER, TO_CALL_AFTER, Stage, is_known
from shops.models import Category, Event, Link, Shop, SpecialDay
from shops.vocabulary import AccessAnswer, AccessQuestion, ConfirmedBy, FactGroup, LinkKind, Payment

# The cast, by the address of their pages: Marie's bakery and, next door, Paul's bookshop.
MARIE = "um-eck"
PAUL = "la-page-cornee"
# Who is paid how, by the kind of hours that a trade keeps.
BILLED = {"appointment", "office", "trade_counter", "garage", "car_dealer"}
MEALS = {
    "bakery",
    "food_counter",
    "restaurant",
    "fast_food",
    "food_truck",
    "cafe",
    "supermarket",
    "convenience",
}
RETAIL = {"boutique", "shop", "florist", "gallery"}
BOOKED = {"restaurant", "hairdresser", "beauty", "barber", "gym"}
# In what stage of its term a group of facts is found, by chance in a hundred; and how many days past its end that is.
FRESH = {Stage.FRESH: 100}
LATE = {Stage.FRESH: 73, Stage.DUE: 10, Stage.STALE: 9, Stage.SUNK: 6.5, Stage.TO_CALL: 1.5}
RARELY_LATE = {Stage.FRESH: 93.5, Stage.DUE: 3, Stage.STALE: 2, Stage.SUNK: 1, Stage.TO_CALL: 0.5}
DUE_DAYS, SUNK_DAYS, CALL_DAYS = DUE_BEFORE.days, SUNK_AFTER.days, TO_CALL_AFTER.days
PAST_TERM = {
    Stage.DUE: (1 - DUE_DAYS, -2),
    Stage.STALE: (1, SUNK_DAYS - 2),
    Stage.SUNK: (SUNK_DAYS + 1, CALL_DAYS - 2),
    Stage.TO_CALL: (CALL_DAYS + 2, 2 * CALL_DAYS),
}
EASY_QUESTIONS = {
    AccessQuestion.STEP_FREE,
    AccessQuestion.WIDE_DOOR,
    AccessQuestion.INSIDE_STEP_FREE,
    AccessQuestion.SEATING,
    AccessQuestion.ASSISTANCE_DOG,
    AccessQuestion.STAFF_HELP,
}


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


def external_id(seed: int, number: int) -> str:
    return f"demo:{seed}:{number}"


def invent(
    data: Data, city: City, *, seed: int, at: datetime, taken: set[str] = frozenset()
) -> Iterator[Fiction]:
    """Draw fictional shops without end, for the districts, categories and streets that are loaded.

    Args:
        taken: addresses of pages that are in use already.
    """
    districts = {
        district.slug: district for district in District.objects.prefetch_related("streets").order_by("code")
    }
    categories = {category.code: category for category in Category.objects.order_by("code")}
    deck = deal(data, list(categories), list(districts), seed)
    places = Places(data, city, districts, seed)
    signs = Signs(data, taken)
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


class _Drawing:
    """One shop, fact by fact, from its own lot."""

    def __init__(self, data, city, at, lot, card, is_first):
        self.data, self.city, self.lot, self.card, self.is_first = data, city, lot, card, is_first
        self.here = at.astimezone(city.tz)
        self.created_at = None
        self.written = (card.written or {}) if is_first else {}
        self.trade = data.trade(card.category)
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
        self.created_at = self._ago(self.age)
        shop = Shop(
            is_demo=True,
            public_id=signs.public_id(lot),
            name=name,
            slug=signs.slug(name, self.card.district, written.get("slug", "")),
            category=categories[self.card.category],
            district=districts[self.card.district],
            created_at=self.created_at,
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
        """An instant in working hours some days ago, by the city's clock; never before the page was made."""
        day = self.here.date() - timedelta(days=days)
        clock = time(self.lot.randint(8, 18), self.lot.randint(0, 59))
        instant = datetime.combine(day, clock, tzinfo=self.city.tz)
        return instant if self.created_at is None else max(instant, self.created_at)

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
        cast = written.get("cast", "")
        shop.lon, shop.lat = places.put(district, shop.street, lot, beside="marie" if cast == "paul" else "")
        if cast:
            places.remember(cast, (shop.lon, shop.lat))
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
                if language == settings.LANGUAGE_CODE:
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
            service: lot.choice(notes[service])
            for service in services
            if service in notes and lot.random() < 0.2
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
        others = [
            word for word, odds in tongues["likely"].items() if lot.random() < odds and word not in always
        ]
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
        if self.city.country == contacts["phone"]["country"] and lot.random() < (
            0.85 if self.is_claimed else 0.6
        ):
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
        """Who vouched for what, and when: mostly in the last months, some too long ago."""
        by = (ConfirmedBy.CITY, ConfirmedBy.IMPORT) if not self.is_claimed else (ConfirmedBy.CITY,)
        # The name is what a page goes online with, long before its merchant comes.
        self._vouch(shop, FactGroup.IDENTITY, RARELY_LATE, by)
        for group in (FactGroup.HOURS, FactGroup.CONTACT, FactGroup.SERVICES, FactGroup.ACCESSIBILITY):
            # Some never said that these are right. Of hours that means a call from the City, sooner or later.
            is_silent = group != FactGroup.HOURS and self.lot.random() < 0.04 and not self.written
            if is_silent or not is_known(shop, group):
                continue
            if not self.is_claimed:
                by = (ConfirmedBy.IMPORT,)
            else:
                by = (ConfirmedBy.CITY,) if self.lot.random() < 0.15 else (ConfirmedBy.MERCHANT,)
            self._vouch(shop, group, LATE if not self.written.get("cast") else FRESH, by)

    def _vouch(self, shop, group, chances, by):
        """Confirm a group of facts as long ago as chance has it, counted from the end of its term."""
        lot = self.lot
        stage = lot.choices(list(chances), list(chances.values()))[0]
        term = self.city.freshness_days.get(group, 365)
        days = (
            lot.randint(1, term - DUE_DAYS - 1)
            if stage == Stage.FRESH
            else term + lot.randint(*PAST_TERM[stage])
        )
        at, by = self._ago(min(self.age, days)), lot.choice(by)
        if by == ConfirmedBy.MERCHANT and at < shop.claimed_at:
            by = ConfirmedBy.CITY  # her page was nobody's then
        shop.confirm(group, by=by, at=at)

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
                days(
                    lot.randint(1, 20), 0, SpecialDay.Reason.EVENT, lot.choice(("10:00-16:00", "10:00-21:00"))
                )
            else:
                days(lot.randint(1, 12), lot.randint(0, 3), SpecialDay.Reason.WORKS)
