"""What a person reads, in four languages. Ordinary spaces stand for the ones that do not break."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import translation

from shops.opening_hours import Hours, SpecialDay, compile_hours
from shops.opening_hours.sentence import SHORT
from tests.shops.opening_hours_fixtures import (
    LUXEMBOURG,
    NO_HOLIDAYS,
    local,
    plain,
)

LANGUAGES = ("fr", "de", "lb", "en")
SHOP = "Mo-Fr 09:00-12:00,14:00-18:30; Sa 10:00-16:00; PH off"
SUMMER = compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2026, 8, 17), reason="holiday")])

CASES = [
    # Open
    (
        SHOP,
        "2026-11-23T10:00",
        "Ouvert jusqu’à 12 h",
        "Geöffnet bis 12 Uhr",
        "Op bis 12 Auer",
        "Open until 12:00",
    ),
    (
        SHOP,
        "2026-11-23T15:00",
        "Ouvert jusqu’à 18 h 30",
        "Geöffnet bis 18:30 Uhr",
        "Op bis 18:30 Auer",
        "Open until 18:30",
    ),
    (
        "Mo-Su 17:00-24:00",
        "2026-11-23T20:00",
        "Ouvert jusqu’à minuit",
        "Geöffnet bis Mitternacht",
        "Op bis Mëtternuecht",
        "Open until midnight",
    ),
    (
        "Mo-Su 17:00-02:00",
        "2026-11-23T20:00",
        "Ouvert jusqu’à 2 h",
        "Geöffnet bis 2 Uhr",
        "Op bis 2 Auer",
        "Open until 02:00",
    ),
    (
        "24/7",
        "2026-11-23T20:00",
        "Ouvert jour et nuit",
        "Tag und Nacht geöffnet",
        "Dag an Nuecht op",
        "Open day and night",
    ),
    (
        "Mo-Fr 00:00-24:00",
        "2026-11-25T20:00",
        "Ouvert jusqu’à vendredi minuit",
        "Geöffnet bis Freitag, Mitternacht",
        "Op bis e Freideg, Mëtternuecht",
        "Open until Friday, midnight",
    ),
    (
        "2026 Nov 1-2026 Dec 24 00:00-24:00",
        "2026-11-25T20:00",
        "Ouvert jusqu’au 24 décembre à minuit",
        "Geöffnet bis zum 24. Dezember, Mitternacht",
        "Op bis de 24. Dezember, Mëtternuecht",
        "Open until 24 December, midnight",
    ),
    (
        "Mo-Fr 18:00-22:00+",
        "2026-11-23T20:00",
        "Ouvert, heure de fermeture variable",
        "Geöffnet, Ende je nach Tag",
        "Op, d’Enn ass all Dag anescht",
        "Open, closing time varies",
    ),
    # Soon
    (
        SHOP,
        "2026-11-23T11:40",
        "Ferme dans 20 minutes",
        "Schließt in 20 Minuten",
        "Just nach 20 Minutten op",
        "Closes in 20 minutes",
    ),
    (
        SHOP,
        "2026-11-23T11:59",
        "Ferme dans 1 minute",
        "Schließt in 1 Minute",
        "Just nach 1 Minutt op",
        "Closes in 1 minute",
    ),
    (
        SHOP,
        "2026-11-23T13:40",
        "Ouvre dans 20 minutes",
        "Öffnet in 20 Minuten",
        "Mécht op: nach 20 Minutten",
        "Opens in 20 minutes",
    ),
    (
        SHOP,
        "2026-11-23T13:59",
        "Ouvre dans 1 minute",
        "Öffnet in 1 Minute",
        "Mécht op: nach 1 Minutt",
        "Opens in 1 minute",
    ),
    # Later
    (
        SHOP,
        "2026-11-23T12:30",
        "Ouvre à 14 h",
        "Öffnet um 14 Uhr",
        "Mécht um 14 Auer op",
        "Opens at 14:00",
    ),
    (
        SHOP,
        "2026-11-23T19:00",
        "Ouvre demain à 9 h",
        "Öffnet morgen um 9 Uhr",
        "Mécht muer um 9 Auer op",
        "Opens tomorrow at 09:00",
    ),
    (
        SHOP,
        "2026-11-28T17:00",
        "Ouvre lundi à 9 h",
        "Öffnet am Montag um 9 Uhr",
        "Mécht e Méindeg um 9 Auer op",
        "Opens on Monday at 09:00",
    ),
    (
        "Tu 09:30-12:00",
        "2026-11-25T17:00",
        "Ouvre mardi à 9 h 30",
        "Öffnet am Dienstag um 9:30 Uhr",
        "Mécht en Dënschdeg um 9:30 Auer op",
        "Opens on Tuesday at 09:30",
    ),
    # The same weekday a week from now would be read as today's: it is told by its date.
    (
        "Tu 09:30-12:00",
        "2026-11-24T17:00",
        "Ouvre le 1er décembre à 9 h 30",
        "Öffnet am 1. Dezember um 9:30 Uhr",
        "Mécht den 1. Dezember um 9:30 Auer op",
        "Opens on 1 December at 09:30",
    ),
    (
        "Aug 4-Aug 30 09:00-12:00",
        "2026-11-24T17:00",
        "Ouvre le 4 août 2027 à 9 h",
        "Öffnet am 4. August 2027 um 9 Uhr",
        "Mécht de 4. August 2027 um 9 Auer op",
        "Opens on 4 August 2027 at 09:00",
    ),
    # Holidays
    (
        SHOP,
        "2026-06-23T10:00",
        "Fermé aujourd’hui : Fête nationale · ouvre demain à 9 h",
        "Heute geschlossen: Nationalfeiertag · öffnet morgen um 9 Uhr",
        "Haut zou: Nationalfeierdag · mécht muer um 9 Auer op",
        "Closed today: National Day · opens tomorrow at 09:00",
    ),
    (
        "Mo-Th 09:00-12:00; PH off",
        "2027-01-01T10:00",
        "Fermé aujourd’hui : Jour de l'An · ouvre lundi à 9 h",
        "Heute geschlossen: Neujahr · öffnet am Montag um 9 Uhr",
        "Haut zou: Neijoerschdag · mécht e Méindeg um 9 Auer op",
        "Closed today: New Year's Day · opens on Monday at 09:00",
    ),
    (
        "Jan 15-Jan 30 09:00-12:00; PH off",
        "2027-01-01T10:00",
        "Fermé aujourd’hui : Jour de l'An · ouvre le 15 janvier à 9 h",
        "Heute geschlossen: Neujahr · öffnet am 15. Januar um 9 Uhr",
        "Haut zou: Neijoerschdag · mécht de 15. Januar um 9 Auer op",
        "Closed today: New Year's Day · opens on 15 January at 09:00",
    ),
    (
        "PH off",
        "2027-01-01T10:00",
        "Fermé aujourd’hui : Jour de l'An",
        "Heute geschlossen: Neujahr",
        "Haut zou: Neijoerschdag",
        "Closed today: New Year's Day",
    ),
    (
        "Mo-Sa 09:00-18:00",
        "2026-06-23T10:00",
        "Jour férié (Fête nationale) : horaires à confirmer",
        "Feiertag (Nationalfeiertag): Öffnungszeiten unbestätigt",
        "Feierdag (Nationalfeierdag): Auerzäiten net confirméiert",
        "Public holiday (National Day): hours to be confirmed",
    ),
    (
        "Mo-Sa 09:00-18:00; PH 10:00-12:00",
        "2026-06-23T09:00",
        "Ouvre à 10 h",
        "Öffnet um 10 Uhr",
        "Mécht um 10 Auer op",
        "Opens at 10:00",
    ),
    # Exceptions
    (
        SUMMER,
        "2026-08-04T10:00",
        "Fermé jusqu’au 17 août : congés",
        "Geschlossen bis zum 17. August: Betriebsferien",
        "Zou bis de 17. August: Congé",
        "Closed through 17 August: annual leave",
    ),
    (
        SUMMER,
        "2026-08-17T10:00",
        "Fermé aujourd’hui : congés · ouvre demain à 9 h",
        "Heute geschlossen: Betriebsferien · öffnet morgen um 9 Uhr",
        "Haut zou: Congé · mécht muer um 9 Auer op",
        "Closed today: annual leave · opens tomorrow at 09:00",
    ),
    (
        SUMMER,
        "2026-08-18T08:50",
        "Ouvre dans 10 minutes",
        "Öffnet in 10 Minuten",
        "Mécht op: nach 10 Minutten",
        "Opens in 10 minutes",
    ),
    (
        compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2026, 8, 17))]),
        "2026-08-04T10:00",
        "Fermé jusqu’au 17 août",
        "Geschlossen bis zum 17. August",
        "Zou bis de 17. August",
        "Closed through 17 August",
    ),
    (
        compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2026, 8, 17), reason="works")]),
        "2026-08-04T10:00",
        "Fermé jusqu’au 17 août : travaux",
        "Geschlossen bis zum 17. August: Umbau",
        "Zou bis de 17. August: Aarbechten",
        "Closed through 17 August: building works",
    ),
    (
        compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2026, 8, 17), note="Mir plënneren")]),
        "2026-08-04T10:00",
        "Fermé jusqu’au 17 août : Mir plënneren",
        "Geschlossen bis zum 17. August: Mir plënneren",
        "Zou bis de 17. August: Mir plënneren",
        "Closed through 17 August: Mir plënneren",
    ),
    (
        compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2027, 8, 3), reason="temporary")]),
        "2026-08-04T10:00",
        "Fermé temporairement",
        "Vorübergehend geschlossen",
        "Temporär zou",
        "Temporarily closed",
    ),
    (
        compile_hours(SHOP, [SpecialDay(date(2026, 8, 3), date(2026, 8, 4), (), "temporary", "Umbau")]),
        "2026-08-04T10:00",  # its last day: even then it promises nothing for the next
        "Fermé temporairement : Umbau",
        "Vorübergehend geschlossen: Umbau",
        "Temporär zou: Umbau",
        "Temporarily closed: Umbau",
    ),
    # Unknown
    (
        "",
        "2026-11-23T10:00",
        "Horaires à confirmer",
        "Öffnungszeiten unbestätigt",
        "Auerzäiten net confirméiert",
        "Hours to be confirmed",
    ),
    (
        'Mo-Fr "sur rendez-vous"',
        "2026-11-23T10:00",
        "Sur rendez-vous",
        "Nach Vereinbarung",
        "Op Rendez-vous",
        "By appointment",
    ),
    (
        'Mo-Fr "sur rendez-vous"',
        "2026-11-28T10:00",
        "Fermé, sinon sur rendez-vous",
        "Geschlossen, sonst nach Vereinbarung",
        "Zou, soss op Rendez-vous",
        "Closed, otherwise by appointment",
    ),
    (
        "Mo-Fr unknown",
        "2026-11-28T10:00",
        "Fermé, prochains horaires à confirmer",
        "Geschlossen, nächste Öffnungszeiten unbestätigt",
        "Zou, déi nächst Auerzäite sinn net confirméiert",
        "Closed, next opening to be confirmed",
    ),
    (
        'Mo-Fr "voir le site"',
        "2026-11-23T10:00",
        "Horaires à confirmer : voir le site",
        "Öffnungszeiten unbestätigt: voir le site",
        "Auerzäiten net confirméiert: voir le site",
        "Hours to be confirmed: voir le site",
    ),
    (
        "off",
        "2026-11-23T10:00",
        "Fermé pour le moment",
        "Zurzeit geschlossen",
        "Am Moment zou",
        "Closed for now",
    ),
]


@pytest.mark.parametrize(("expression", "at", "fr", "de", "lb", "en"), CASES)
def test_the_sentence(expression, at, fr, de, lb, en):
    hours = Hours.parse(expression, LUXEMBOURG)
    for language, expected in zip(LANGUAGES, (fr, de, lb, en), strict=True):
        with translation.override(language):
            assert plain(hours.sentence(local(at))) == expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("fr", "Horaires non confirmés récemment"),
        ("de", "Öffnungszeiten länger nicht bestätigt"),
        ("lb", "Auerzäiten zanter laangem net confirméiert"),
        ("en", "Hours not confirmed recently"),
    ],
)
def test_stale_hours_say_so(language, expected):
    with translation.override(language):
        assert (
            plain(Hours.parse("24/7", LUXEMBOURG).sentence(local("2026-11-23T10:00"), stale=True)) == expected
        )


def test_minutes_are_rounded_up_so_that_nobody_comes_late():
    hours = Hours.parse(SHOP, LUXEMBOURG)
    with translation.override("fr"):
        assert hours.sentence(local("2026-11-23T11:40:30")) == "Ferme dans 20 minutes"
        assert hours.sentence(local("2026-11-23T11:59:59")) == "Ferme dans 1 minute"


def test_the_countdown_begins_at_thirty_minutes():
    hours = Hours.parse(SHOP, LUXEMBOURG)
    with translation.override("fr"):
        assert plain(hours.sentence(local("2026-11-23T11:29"))) == "Ouvert jusqu’à 12 h"
        assert plain(hours.sentence(local("2026-11-23T11:30"))) == "Ferme dans 30 minutes"
        assert plain(hours.sentence(local("2026-11-23T13:29"))) == "Ouvre à 14 h"
        assert plain(hours.sentence(local("2026-11-23T13:30"))) == "Ouvre dans 30 minutes"


def test_the_countdown_crosses_a_change_of_clock():
    """At 1:50 in the morning on which 2 becomes 3, ten minutes remain until 3:00."""
    hours = Hours.parse("22:00-03:00", NO_HOLIDAYS)
    with translation.override("fr"):
        assert hours.sentence(local("2026-03-29T01:50")) == "Ferme dans 10 minutes"
        assert plain(hours.sentence(local("2026-03-29T00:50"))) == "Ouvert jusqu’à 3 h"


def test_a_holiday_without_a_name_in_the_language_has_another():
    hours = Hours.parse("Mo-Sa 09:00-18:00; PH off", LUXEMBOURG)
    with translation.override("en"):
        assert "Fête du Travail" in hours.sentence(local("2026-05-01T10:00"))


def test_french_spaces_do_not_break():
    hours = Hours.parse(SHOP, LUXEMBOURG)
    with translation.override("fr"):
        assert hours.sentence(local("2026-11-23T15:00")).endswith("18\u202fh\u202f30")
        assert "aujourd’hui\u00a0: " in hours.sentence(local("2026-06-23T10:00"))


def test_another_language_is_written_without_being_known():
    """A city may speak Portuguese before anybody has translated a sentence."""
    with translation.override("pt"):
        assert (
            plain(Hours.parse(SHOP, LUXEMBOURG).sentence(local("2026-11-28T17:00")))
            == "Ouvre segunda-feira à 09:00"
        )


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_card_is_short(language):
    """Whatever the weekday, the month and the hour, in every state."""
    expressions = {case[0] for case in CASES} | {
        f"{day} 09:30-18:30" for day in ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    }
    expressions |= {
        compile_hours("Mo-Su 10:00-23:45", [SpecialDay(date(2026, month, 1), date(2026, month, 28))])
        for month in range(1, 13)
    }
    with translation.override(language):
        for expression in expressions:
            hours = Hours.parse(expression, LUXEMBOURG)
            at = datetime.combine(date(2025, 12, 31), time(1, 20), LUXEMBOURG.zone)
            for _step in range(36):
                at += timedelta(days=10, hours=3, minutes=10)
                text = hours.short(at)
                assert text
                assert len(text) <= SHORT, (expression, at, text)


@pytest.mark.parametrize(
    ("expression", "at", "expected"),
    [
        (SHOP, "2026-11-23T10:00", "Ouvert jusqu’à 12 h"),
        (SHOP, "2026-11-23T11:40", "Ferme dans 20 min"),
        (SHOP, "2026-11-23T13:40", "Ouvre dans 20 min"),
        (SHOP, "2026-11-23T19:00", "Ouvre demain à 9 h"),
        (SHOP, "2026-11-28T17:00", "Ouvre lundi à 9 h"),
        (SHOP, "2026-06-23T10:00", "Ouvre demain à 9 h"),
        ("Tu 09:30-12:00", "2026-11-24T17:00", "Ouvre le 1er décembre"),
        (SUMMER, "2026-08-04T10:00", "Fermé jusqu’au 17 août"),
        ("Mo-Fr 09:00-18:00", "2026-06-23T10:00", "Jour férié, à confirmer"),
        ("Mo-Fr 00:00-24:00", "2026-11-25T20:00", "Ouvert jusqu’à vendredi"),
        ('Mo-Fr "sur rendez-vous"', "2026-11-23T10:00", "Sur rendez-vous"),
        ("", "2026-11-23T10:00", "Horaires à confirmer"),
        ("off", "2026-11-23T10:00", "Fermé pour le moment"),
    ],
)
def test_the_card(expression, at, expected):
    with translation.override("fr"):
        assert plain(Hours.parse(expression, LUXEMBOURG).short(local(at))) == expected
