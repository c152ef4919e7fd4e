"""What a shop's page says, worked out from its facts: the template only lays it out."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import NamedTuple
from urllib.parse import urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from districts.map import Map, Outline, Point, knot, marks, surroundings
from shops import catalogue, contacts, freshness, reference
from shops.opening_hours import ClosureReason
from shops.photos.picture import FIELDS, pictures_of, public_base
from shops.structured_data import local_business
from shops.vocabulary import AccessAnswer, ConfirmedBy, FactGroup, LinkKind, Payment, Service, SpokenLanguage
from vitrine.packed import Packed

# How far ahead a coming exception is announced.
ANNOUNCED_DAYS = 35


@dataclass(frozen=True)
class Stamp:
    """When and by whom a group of facts was confirmed, and whether that still holds."""

    group: FactGroup
    at: datetime | None
    by: str
    is_stale: bool

    @property
    def sentence(self):
        """« Confirmé par la Ville le 3 mars 2026 » or « Jamais confirmé »."""
        if self.at is None:
            return _("Jamais confirmé")
        day = _date(self.at)
        sentence = {
            ConfirmedBy.MERCHANT: _("Confirmé par le commerçant le %(day)s"),
            ConfirmedBy.CITY: _("Confirmé par la Ville le %(day)s"),
            ConfirmedBy.IMPORT: _("Repris d’un fichier du %(day)s"),
        }[ConfirmedBy(self.by)]
        return sentence % {"day": day}


def stamp_of(shop, group: FactGroup, city, at: datetime) -> Stamp:
    """What is to be said at `at` of how sure a group of a shop's facts is."""
    stale = freshness.stage(shop, group, city, at) >= freshness.Stage.STALE
    confirmed_at, by = getattr(shop, f"{group}_confirmed_at"), getattr(shop, f"{group}_confirmed_by")
    return Stamp(group, confirmed_at, by, stale)


@dataclass(frozen=True)
class ServiceLine:
    label: str
    note: str


@dataclass(frozen=True)
class LinkLine:
    kind: str
    label: str
    url: str
    host: str


@dataclass(frozen=True)
class AccessLine:
    answer: str  # of `AccessAnswer`, or "" when nobody knows
    words: str


class ShopPage:
    """The page of one shop at one instant, in the active language."""

    def __init__(self, shop, present, at: datetime):
        self.shop = shop
        self.present = present
        structure = reference.structure(present)
        self.city = structure.city
        self.at = at
        # What is not known at all cannot be stale.
        self.stale = bool(shop.hours_expression) and shop.hours_are_stale(at)
        self.hours = catalogue.hours_of(shop, structure.place)

    @cached_property
    def identity(self):
        """All that decides what the page says, but for the sentence beside the light."""
        stale = tuple(stamp.is_stale for stamp in self.stamps.values())
        language = translation.get_language()
        return self.present, self.shop.pk, language, self.today, self.state.light, self.stale, stale

    @cached_property
    def today(self) -> date:
        return self.at.astimezone(self.city.tz).date()

    # Hours

    @cached_property
    def state(self):
        return self.hours.state(self.at, stale=self.stale)

    @cached_property
    def sentence(self):
        return self.hours.sentence(self.at, stale=self.stale)

    @cached_property
    def knows_hours(self):
        return bool(self.shop.hours_expression)

    @cached_property
    def week(self):
        """The seven days from today; nothing when no hours are known."""
        return self.hours.week(self.today) if self.knows_hours else []

    @cached_property
    def coming_exceptions(self):
        """Days of the coming weeks, after the table's seven, on which the usual hours do not hold.

        Returns:
            pairs of the words for a day, or for several in a row that say the same, and that (first) day.
        """
        runs = []
        first = self.today + timedelta(days=7)
        while self.knows_hours and first <= self.today + timedelta(days=ANNOUNCED_DAYS):
            for day in self.hours.week(first):
                if not (day.holiday or day.special):
                    continue
                if runs and runs[-1][-1].date + timedelta(days=1) == day.date and _same(runs[-1][-1], day):
                    runs[-1].append(day)
                else:
                    runs.append([day])
            first += timedelta(days=7)
        return [(self._days_words(run), run[0]) for run in runs]

    def _days_words(self, run):
        first, last = run[0], run[-1]
        if first.special == ClosureReason.TEMPORARY:
            # No day of return is promised: not the last one of this table either.
            if first.date == self.today + timedelta(days=7):
                return _("jusqu’à nouvel ordre")
            return _("à partir du %(day)s, jusqu’à nouvel ordre") % {"day": first.long_name}
        if len(run) > 1:
            return _("du %(first)s au %(last)s") % {"first": first.long_name, "last": last.long_name}
        return first.long_name

    # Facts

    @cached_property
    def stamps(self):
        """Stamps by group: `page.stamps.hours.sentence`."""
        return {group.value: stamp_of(self.shop, group, self.city, self.at) for group in FactGroup}

    @cached_property
    def phone(self):
        return contacts.phone_for_people(self.shop.phone, self.city.country) if self.shop.phone else ""

    @cached_property
    def links(self):
        labels = dict(LinkKind.choices)
        return [
            LinkLine(link["kind"], labels[link["kind"]], link["url"], _host(link["url"]))
            for link in self.shop.link_list
        ]

    @cached_property
    def trader(self):
        """Who trades here, as the law wants it said; nothing where nobody keeps the page or has said it yet."""
        return self.shop.trader_facts if self.shop.is_claimed else None

    @cached_property
    def trader_phone(self):
        return contacts.phone_for_people(self.trader["phone"], self.city.country)

    @cached_property
    def services(self):
        notes = self.shop.service_notes or {}
        return [
            ServiceLine(service.label, notes.get(service.value, ""))
            for service in Service
            if service in self.shop.services
        ]

    @property
    def takes_vouchers(self):
        """Whether it has an agreement today; told by `catalogue.MORE_FACETS`."""
        return "v:vouchers" in self.shop.facets

    @cached_property
    def payments(self):
        return [payment.label for payment in Payment if payment in self.shop.payments]

    @cached_property
    def spoken_languages(self):
        return [language.label for language in SpokenLanguage if language in self.shop.spoken_languages]

    @cached_property
    def access(self):
        """What is known of each question, in the questions' order."""
        words = {"": _("inconnu"), **dict(AccessAnswer.choices)}
        return [
            AccessLine(
                answer, _("%(question)s : %(words)s") % {"question": question.label, "words": words[answer]}
            )
            for question, answer in self.shop.access_answers()
        ]

    @property
    def access_known(self):
        return [line for line in self.access if line.answer]

    @property
    def access_unknown(self):
        return [line for line in self.access if not line.answer]

    # Texts in a language that may not be the reader's

    @cached_property
    def description(self):
        return self._text("description")

    @cached_property
    def specialty(self):
        return self._text("specialty")

    @cached_property
    def summary(self):
        return self._text("summary")

    def _text(self, field):
        """(text, language of the text or "" when it is the reader's own)."""
        language = translation.get_language()
        text = getattr(self.shop, f"{field}_i18n")
        own = getattr(self.shop, f"{field}_{language}", "") if language != settings.LANGUAGE_CODE else ""
        own = own or (getattr(self.shop, field) if language == settings.LANGUAGE_CODE else "")
        if not text or text == own:
            return text, ""
        for code, _name in settings.LANGUAGES:
            value = getattr(self.shop, field if code == settings.LANGUAGE_CODE else f"{field}_{code}", "")
            if value == text:
                return text, code
        return text, ""

    # Photos

    @cached_property
    def photos(self):
        """The page's pictures, the header's first; none on the page of a shop that is no more.

        From `photo_list`, as `views.shop` reads it; a shop that came another way is asked. Whoever shows what is not
        published yet says under which addresses it may be fetched (`photo_base`: a name -> what they begin with).
        """
        if self.shop.status == self.shop.Status.CLOSED:
            return []
        rows = getattr(self.shop, "photo_list", None)
        if rows is None:
            rows = self.shop.photos.published().values(*FIELDS)
        return pictures_of(rows, getattr(self.shop, "photo_base", public_base))

    # Elsewhere

    @cached_property
    def map_svg(self):
        """The shop in its surroundings; nothing for a shop without a place."""
        if self.shop.lat is None:
            return ""
        middle = knot(self.shop.lon, self.shop.lat)
        frame, ground = _ground(self.present, middle, self.shop.district.slug, translation.get_language())
        here = marks(frame, [Point(self.shop.lon, self.shop.lat, self.state.light)], radius=15)
        picture = Map("near", frame.width, frame.height, shapes=(), marks=here)
        return render_to_string("_map.html", {"map": picture, "ground": ground})

    @cached_property
    def website(self):
        return contacts.website_of(self.shop.link_list)

    @cached_property
    def permanent_url(self):
        return settings.PUBLIC_URL + reverse("public_id", args=[self.shop.public_id])

    @cached_property
    def url(self):
        return settings.PUBLIC_URL + self.shop.get_absolute_url()

    @cached_property
    def street_map_url(self):
        """A plain link to the street map, followed only when the reader chooses to."""
        return f"https://www.openstreetmap.org/?mlat={self.shop.lat:.5f}&mlon={self.shop.lon:.5f}#map=18/{self.shop.lat:.5f}/{self.shop.lon:.5f}"

    @cached_property
    def directions_url(self):
        """The way there from wherever she is: the street map asks."""
        return f"https://www.openstreetmap.org/directions?to={self.shop.lat:.5f}%2C{self.shop.lon:.5f}"

    @cached_property
    def structured_data(self):
        return local_business(
            self.shop,
            self.shop.link_list,
            self.hours,
            city=self.city,
            page_url=self.url,
            today=self.today,
            stale={group for group, stamp in self.stamps.items() if stamp.is_stale}
            | ({FactGroup.HOURS} if self.stale else set()),
            pictures=[settings.PUBLIC_URL + picture.src for picture in self.photos],
        )


class Sheet(NamedTuple):
    """What a shop's page says whatever the minute, drawn."""

    open_graph: SafeString
    structured_data: SafeString
    above: SafeString
    below: SafeString


def draw_sheet(page: ShopPage) -> Sheet:
    """Draw all of a page but the sentence beside the light and what stands around. Kept: pages change less than minutes."""
    return Sheet(*_draw_sheet(page.identity, _Lent(page)).unpack())


class _Lent:
    """Something a kept function needs to work out an answer that its other arguments decide: not kept with them."""

    def __init__(self, thing):
        self._thing = thing

    def take(self):
        thing, self._thing = self._thing, None
        return thing

    def __eq__(self, other):
        return isinstance(other, _Lent)

    def __hash__(self):
        return 0


@reference.kept(256)
def _draw_sheet(_identity, lent):
    return Packed(draw_parts(lent.take()))


def draw_parts(page: ShopPage):
    """The parts of a `Sheet`, drawn anew: for a page that is not the public's (a preview) and must not be kept."""
    context = {
        "page": page,
        "shop": page.shop,
        "city": page.city,
        "public_url": settings.PUBLIC_URL,
        "language": translation.get_language(),
    }
    return [render_to_string(f"shops/detail.html#{part}", context) for part in Sheet._fields]


@reference.kept(64)
def _ground(present, middle, home, language):
    """The districts around a place, drawn, with the frame that places a shop on them."""
    # Named, not linked.
    outlines = [
        Outline(district.slug, district.name_i18n, district.outline, (district.label_lon, district.label_lat))
        for district in reference.structure(present).districts.values()
    ]
    frame, picture = surroundings(middle, outlines, home)
    return frame, render_to_string("_map.html#ground", {"map": picture})


def _same(one, other):
    """Whether two days say the same: their hours, their holiday, their reason.

    Closed until further notice is one thing, whatever holidays it goes through.
    """
    if one.special == other.special == ClosureReason.TEMPORARY:
        return one.note == other.note
    return replace(one, date=other.date) == other


def _date(at):
    return date_format(timezone.localtime(at), "DATE_FORMAT")


def _host(url):
    """« www.exemple.lu/page » → « exemple.lu »: what a reader recognises."""
    return (urlsplit(url).hostname or url).removeprefix("www.")
