"""The facts of a page, each under one name, as JSON: so they can wait, be compared, shown side by side, put back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from hashlib import sha256

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from districts.models import District
from shops.models import Category, Link, Photo, Shop, SpecialDay
from shops.vocabulary import FactGroup, Payment, Service, SpokenLanguage

type Value = str | bool | int | float | list | dict | None


@dataclass(frozen=True)
class Fact:
    """One thing a page says.

    `read(shop)` gives its present value, always written in the same way, so that equal values are equal JSON;
    `write(shop, value)` puts a value of that shape there and returns the columns of the shop to save. Values are
    checked where they come in (forms), not here.
    """

    name: str
    group: FactGroup
    label: str | Promise
    kind: str  # text, lines, choice, choices, notes, answers, hours, days, links, position, photos
    read: Callable[[Shop], Value]
    write: Callable[[Shop, Value], set[str]]
    # What a person sees is in this language, when it is not everybody's.
    language: str = ""
    # Whether going from one value to another takes away or rearranges only: that never waits for anybody.
    is_harmless: Callable[[Value, Value], bool] = lambda before, after: False


def _column(name, group, label, kind="text", order=None):
    def read(shop):
        value = getattr(shop, name)
        if order is not None:
            return [code for code in order if code in value]
        return dict(sorted(value.items())) if isinstance(value, dict) else value

    def write(shop, value):
        setattr(shop, name, value)
        return {name}

    return Fact(name, group, label, kind, read, write)


def fingerprint(text: str) -> str:
    """What tells whether a translated text is still the one that was translated."""
    return sha256(text.encode()).hexdigest()[:16] if text else ""


def _text(field, language, label, kind):
    """A text in one language. French is the column itself, the others lie beside it."""
    if language == settings.LANGUAGE_CODE:
        return _column(field, FactGroup.IDENTITY, label, kind)
    name = f"{field}_{language}"

    def read(shop):
        return (shop.i18n or {}).get(name) or ""

    def write(shop, value):
        others = {key: text for key, text in (shop.i18n or {}).items() if key != name}
        shop.i18n = others | ({name: value} if value else {})
        known = {key: mark for key, mark in shop.translated_from.items() if key != name}
        shop.translated_from = known | ({name: fingerprint(getattr(shop, field))} if value else {})
        return {"i18n", "translated_from"}

    return Fact(name, FactGroup.IDENTITY, label, kind, read, write, language)


def is_outdated(shop: Shop, name: str) -> bool:
    """Whether a translation (`description_de`) is of a French text that has changed since."""
    field = name.rpartition("_")[0]
    mark = shop.translated_from.get(name)
    return (
        mark is not None and bool((shop.i18n or {}).get(name)) and mark != fingerprint(getattr(shop, field))
    )


def _read_category(shop):
    return shop.category.code


def _write_category(shop, value):
    (shop.category,) = Category.objects.called([value])
    return {"category"}


def _read_other_categories(shop):
    return sorted(category.code for category in shop.other_categories.all())


def _write_other_categories(shop, value):
    shop.other_categories.set(Category.objects.called(value))
    return set()


def _read_district(shop):
    return [shop.district.slug, shop.district_corrected]


def _write_district(shop, value):
    slug, corrected = value
    shop.district, shop.district_corrected = District.objects.get(slug=slug), corrected
    return {"district", "district_corrected"}


def _read_position(shop):
    return None if shop.lat is None else [shop.lat, shop.lon]


def _write_position(shop, value):
    shop.lat, shop.lon = value or (None, None)
    return {"lat", "lon"}


def _read_links(shop):
    return [[link.kind, link.url] for link in shop.links.all()]


def _write_links(shop, value):
    wanted = [tuple(link) for link in value]
    present = {(link.kind, link.url): link for link in shop.links.all()}
    Link.objects.filter(pk__in=[link.pk for key, link in present.items() if key not in wanted]).delete()
    Link.objects.bulk_create(
        Link(shop=shop, kind=kind, url=url) for kind, url in wanted if (kind, url) not in present
    )
    return set()


def _read_special_days(shop):
    """Those that are not over, as the shop's clock has it: set `shop.today` (see `revisions.locked`)."""
    return [
        {
            "start_on": day.start_on.isoformat(),
            "end_on": day.end_on.isoformat(),
            "hours": day.hours,
            "reason": day.reason,
            "note": day.note,
        }
        for day in sorted(shop.special_days.all(), key=lambda day: (day.start_on, day.end_on, day.pk))
        if day.end_on >= shop.today
    ]


def _write_special_days(shop, value):
    SpecialDay.objects.filter(shop=shop, end_on__gte=shop.today).delete()
    SpecialDay.objects.bulk_create(
        SpecialDay(
            shop=shop,
            start_on=date.fromisoformat(day["start_on"]),
            end_on=date.fromisoformat(day["end_on"]),
            hours=day["hours"],
            reason=day["reason"],
            note=day["note"],
        )
        for day in value
    )
    return set()


def _hours():
    def write(shop, value):
        shop.opening_hours = value
        # What was received and not understood is answered by what is understood.
        shop.opening_hours_text = "" if value else shop.opening_hours_text
        return {"opening_hours", "opening_hours_text"}

    return Fact(
        "opening_hours",
        FactGroup.HOURS,
        _("Horaires de la semaine"),
        "hours",
        lambda shop: shop.opening_hours,
        write,
    )


def _read_photos(shop):
    return [photo.as_fact() for photo in shop.photos.published()]


def _write_photos(shop, value):
    """Publish these photos in this order, and no others. Those that are gone, or another shop's, are left out."""
    ready = {photo.pk: photo for photo in shop.photos.ready()}
    shown = [ready[item["id"]] for item in value if item["id"] in ready]
    left_out = shop.photos.filter(published=True).exclude(pk__in=[photo.pk for photo in shown])
    left_out.update(touched_at=datetime.combine(shop.today, time.min, tzinfo=UTC))
    # First nobody has a place, then each has its own: the database holds that no two have the same.
    shop.photos.filter(published=True).update(published=False, position=None)
    said = {item["id"]: item for item in value}
    for position, photo in enumerate(shown):
        item = said[photo.pk]
        photo.published, photo.position = True, position
        photo.alt, photo.decorative = item["alt"], item["decorative"]
        photo.focus_x, photo.focus_y = item["focus"]
    Photo.objects.bulk_update(
        shown, ["published", "position", "alt", "decorative", "focus_x", "focus_y"], batch_size=100
    )
    return set()


def _only_rearranged(before, after):
    """Whether each photo was there already, with the same words: left out, moved or cropped otherwise at most."""
    said = {item["id"]: (item["alt"], item["decorative"]) for item in before or []}
    return all(said.get(item["id"]) == (item["alt"], item["decorative"]) for item in after or [])


LANGUAGES = [code for code, _name in settings.LANGUAGES]

_ALL = [
    *[_text("name", language, _("Nom"), "text") for language in LANGUAGES],
    *[
        _text("summary", language, _("Ce qu’on trouve chez vous, en une phrase"), "text")
        for language in LANGUAGES
    ],
    *[_text("description", language, _("Qui vous êtes"), "lines") for language in LANGUAGES],
    *[_text("specialty", language, _("Ce qu’on ne trouve que chez vous"), "text") for language in LANGUAGES],
    _column("other_names", FactGroup.IDENTITY, _("Autres noms")),
    Fact("category", FactGroup.IDENTITY, _("Catégorie"), "choice", _read_category, _write_category),
    Fact(
        "other_categories",
        FactGroup.IDENTITY,
        _("Autres catégories"),
        "choices",
        _read_other_categories,
        _write_other_categories,
    ),
    _column("street", FactGroup.IDENTITY, _("Rue")),
    _column("house_number", FactGroup.IDENTITY, _("Numéro")),
    _column("postcode", FactGroup.IDENTITY, _("Code postal")),
    _column("place_note", FactGroup.IDENTITY, _("Précision sur le lieu")),
    Fact("position", FactGroup.IDENTITY, _("Position"), "position", _read_position, _write_position),
    Fact("district", FactGroup.IDENTITY, _("Quartier"), "choice", _read_district, _write_district),
    _hours(),
    Fact(
        "special_days",
        FactGroup.HOURS,
        _("Jours particuliers"),
        "days",
        _read_special_days,
        _write_special_days,
    ),
    _column("phone", FactGroup.CONTACT, _("Téléphone")),
    _column("email", FactGroup.CONTACT, _("Adresse e-mail")),
    Fact("links", FactGroup.CONTACT, _("Liens"), "links", _read_links, _write_links),
    _column("services", FactGroup.SERVICES, _("Services"), "choices", Service.values),
    _column("service_notes", FactGroup.SERVICES, _("Précisions sur les services"), "notes"),
    _column("payments", FactGroup.SERVICES, _("Moyens de paiement"), "choices", Payment.values),
    _column("spoken_languages", FactGroup.SERVICES, _("Langues parlées"), "choices", SpokenLanguage.values),
    _column("accessibility", FactGroup.ACCESSIBILITY, _("Accessibilité"), "answers", None),
    Fact(
        "photos",
        FactGroup.PHOTOS,
        _("Photos"),
        "photos",
        _read_photos,
        _write_photos,
        is_harmless=_only_rearranged,
    ),
]
FACTS: dict[str, Fact] = {fact.name: fact for fact in _ALL}
# Where a shop is: several facts, said in one breath and taken back together.
ADDRESS = ("street", "house_number", "postcode", "place_note", "district", "position")


def read(shop: Shop, names: Iterable[str] = FACTS) -> dict[str, Value]:
    """What a shop's page says now, by name. The shop carries `today` (`revisions.locked` or `with_today`)."""
    return {name: FACTS[name].read(shop) for name in names}


def with_today(shop: Shop, at, city) -> Shop:
    """Tell a shop which day it is where it stands, for the facts that end."""
    shop.today = at.astimezone(city.tz).date()
    return shop


def groups_of(names: Iterable[str]) -> list[FactGroup]:
    """The groups of facts that these belong to, in the house's order."""
    found = {FACTS[name].group for name in names}
    return [group for group in FactGroup if group in found]
