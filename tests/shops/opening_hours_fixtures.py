"""What the tests of opening hours share: the place, the holidays, the four languages."""

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from django.conf import settings as django_settings

from shops.opening_hours import Place

ZONE = ZoneInfo("Europe/Luxembourg")
NATIONAL_DAY = {
    "fr": "Fête nationale",
    "de": "Nationalfeiertag",
    "lb": "Nationalfeierdag",
    "en": "National Day",
}
HOLIDAYS = {
    date(2026, 1, 1): {"fr": "Jour de l'An", "de": "Neujahr", "lb": "Neijoerschdag", "en": "New Year's Day"},
    date(2026, 5, 1): {"fr": "Fête du Travail", "de": "Tag der Arbeit"},
    date(2026, 6, 23): NATIONAL_DAY,
    date(2026, 8, 15): {"fr": "Assomption", "de": "Mariä Himmelfahrt", "lb": "Léiffrawëschdag"},
    date(2026, 12, 25): {"fr": "Noël", "de": "Weihnachten", "lb": "Chrëschtdag", "en": "Christmas Day"},
    date(2026, 12, 26): {"fr": "Saint-Étienne", "de": "Zweiter Weihnachtsfeiertag"},
    date(2027, 1, 1): {"fr": "Jour de l'An", "de": "Neujahr", "lb": "Neijoerschdag", "en": "New Year's Day"},
}
LUXEMBOURG = Place("Europe/Luxembourg", "LU", HOLIDAYS)
NO_HOLIDAYS = Place("Europe/Luxembourg", "LU", {})

TRANSLATIONS = Path(django_settings.BASE_DIR) / "locale" / "parts" / "opening_hours.json"


def local(text: str) -> datetime:
    """A local time of Luxembourg, written 2026-11-23T14:00."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def plain(text: str) -> str:
    """The text with ordinary spaces, as it is typed in a test."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")


@pytest.fixture(scope="session")
def _catalogues(tmp_path_factory):
    """The delivered translations as compiled catalogues, before or beside the project's own."""
    if not TRANSLATIONS.exists():
        return None  # they are part of the project's po files now
    folder = tmp_path_factory.mktemp("locale")
    entries = json.loads(TRANSLATIONS.read_text())
    for language in ("de", "lb", "en"):
        catalogue = Catalog(locale=language)
        for msgid, entry in entries.items():
            catalogue.add((msgid, entry["plural"]) if "plural" in entry else msgid, entry[language])
        target = folder / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        with (target / "django.mo").open("wb") as file:
            write_mo(file, catalogue)
    return folder


@pytest.fixture
def four_languages(_catalogues, settings):
    """French, German, Luxembourgish and English sentences are there."""
    if _catalogues:
        settings.LOCALE_PATHS = [_catalogues, *settings.LOCALE_PATHS]
