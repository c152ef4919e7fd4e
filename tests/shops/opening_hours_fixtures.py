"""What the tests of opening hours share: the place and its holidays."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

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


def local(text: str) -> datetime:
    """A local time of Luxembourg, written 2026-11-23T14:00."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def plain(text: str) -> str:
    """The text with ordinary spaces, as it is typed in a test."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
