"""Hours as they were observed in the wild: read, understood, and fifty of them checked by hand."""

import json
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import translation
from opening_hours import validate

from shops.opening_hours import Hours, Kind, Light, Place, repair
from tests.shops.opening_hours_fixtures import LUXEMBOURG, local, plain

# Values of the corpus that stay as they are, and why.
REFUSED = {
    "Mon - Fri 11am - 11pm, Sat 12am - 11pm, Sun 2pm - 10pm": "12am is midnight, noon was probably meant",
}


@pytest.fixture(scope="module")
def corpus(data_dir) -> list[str]:
    return [entry["value"] for entry in json.loads((data_dir / "opening_hours_corpus.json").read_text())]


def test_at_least_426_of_428_are_understood(corpus):
    refused = [value for value in corpus if repair(value).expression is None]
    assert len(corpus) == 428
    assert refused == list(REFUSED)
    for value in set(corpus) - set(refused):
        Hours.parse(repair(value).expression, LUXEMBOURG)


def test_what_is_valid_comes_back_unchanged(corpus):
    for value in corpus:
        repaired = repair(value)
        if validate(value):
            assert (repaired.expression, repaired.changed) == (value, False)
        elif repaired.expression is not None:
            assert repaired.changed


def test_the_refusal_says_what_is_doubtful(corpus):
    for value in REFUSED:
        assert value in corpus
        assert "12am" in repair(value).reason


# Written by reasoning from the expression. 23 November 2026 is a Monday; 23 June 2026 a Tuesday and a holiday;
# 25 and 26 December 2026, a Friday and a Saturday, are holidays.
SUMMER = (
    "Mo-Fr 10:00-18:00; Sa 11:00-16:00; Jun 06-Aug 13 Mo-Fr 11:00-18:00; Jun 06-Aug 13 Sa 10:00-15:00; "
    "Jul 02-Jul 30 Sa off"
)
AROUND_MIDNIGHT = (
    "Mo 00:00-02:00 ; Fr 12:00-24:00 ; Sa-Su 00:00-02:00, 12:00-24:00 ; PH off ; 2021 Apr 10 00:00-02:00 ; "
    "2021 Apr 11-16 off ; 2021 Apr 17 12:00-24:00"
)
BY_HAND = [
    ("Mo-Fr 10:00-21:00; Sa 10:00-19:00; Su 12:00-18:00", "2026-11-23T20:15", "Ouvert jusqu’à 21 h"),
    ("Mo-Fr 09:00-21:00; Sa 09:00-19:00; Su 11:00-18:00", "2026-11-28T18:40", "Ferme dans 20 minutes"),
    ("Mo-Sa 10:00-19:00", "2026-11-29T12:00", "Ouvre demain à 10 h"),
    ("24/7", "2026-12-25T03:00", "Ouvert jour et nuit"),
    ("Mo-Fr 10:00-17:00; Sa 10:00-14:00", "2026-11-28T15:00", "Ouvre lundi à 10 h"),
    (
        "Mo-Th 10:30-22:00; Fr 10:30-24:00; Sa 11:00-24:00; Su 11:00-22:00",
        "2026-11-27T22:30",
        "Ouvert jusqu’à minuit",
    ),
    (
        "Mo-Fr 10:00-18:00; Sa 10:00-15:00; PH off",
        "2026-06-23T11:00",
        "Fermé aujourd’hui : Fête nationale · ouvre demain à 10 h",
    ),
    ("Mo-Fr 10:00-18:00", "2026-06-23T11:00", "Jour férié (Fête nationale) : horaires à confirmer"),
    # Monday's night.
    ("Mo-Sa 07:00-00:30, Su 07:00-24:00", "2026-11-24T00:10", "Ferme dans 20 minutes"),
    ("Mo,Tu 08:00-22:00; We-Sa 08:00-24:00, Su 09:00-22:00", "2026-11-29T08:45", "Ouvre dans 15 minutes"),
    # Friday's night, then Saturday's over, then nothing before Monday.
    ("Mo-Th 10:00-21:00; Fr 10:00-05:00; Sa 11:30-05:00", "2026-11-28T02:00", "Ouvert jusqu’à 5 h"),
    ("Mo-Th 10:00-21:00; Fr 10:00-05:00; Sa 11:30-05:00", "2026-11-29T06:00", "Ouvre demain à 10 h"),
    ("Mo-Su 21:00-04:00", "2026-11-25T12:00", "Ouvre à 21 h"),
    ("Mo-su 09:00-19:00", "2026-11-23T09:00", "Ouvert jusqu’à 19 h"),
    ("Mo-Fr 11:00-14:30,17:00-00:00; Sa 12:00-00:00; Su 17:00-23:00", "2026-11-23T15:00", "Ouvre à 17 h"),
    ("Mo-Fr 07:00-19:00; Sa, Su 09:00-16:00", "2026-11-28T08:00", "Ouvre à 9 h"),
    # Both days of Christmas are holidays, Sunday is not.
    (
        "Mo 11:00-22:00; Tu-Fr 11:00-23:00; Sa 13:00-23:00; Su 13:00-22:00; PH off",
        "2026-12-25T14:00",
        "Fermé aujourd’hui : Noël · ouvre dimanche à 13 h",
    ),
    # The summer's hours replace the year's, and July has no Saturdays.
    (SUMMER, "2026-07-06T10:15", "Ouvre à 11 h"),
    (SUMMER, "2026-07-04T12:00", "Ouvre lundi à 11 h"),
    ("Mo-Fr 10:00-20:00; Sa 10:00-17:00; Su closed", "2026-11-29T15:00", "Ouvre demain à 10 h"),
    # Thursday's night; Friday itself has no hours.
    ("Mo-Th 11:30-01:00; Sa 17:00-01:00", "2026-11-27T00:45", "Ferme dans 15 minutes"),
    ("Mo off; Tu-Sa 06:00-13:00,16:00-19:00; Su 06:00-13:00", "2026-11-24T13:00", "Ouvre à 16 h"),
    ("We-Su 23:30-05:30", "2026-11-30T05:00", "Ferme dans 30 minutes"),
    # Monday had no evening, Sunday had.
    ("19:00-02:00; Mo off", "2026-11-24T01:00", "Ouvre à 19 h"),
    ("19:00-02:00; Mo off", "2026-11-23T01:00", "Ouvert jusqu’à 2 h"),
    ("Apr 07-Oct 30: 09:00-02:00", "2026-11-23T10:00", "Ouvre le 7 avril à 9 h"),
    ("10:30-19:00; Su 12:00-19:00", "2026-11-29T11:00", "Ouvre à 12 h"),
    ("Sa,Su 12:00-13:45, Th-Mo 19:30-21:45; Tu,We off", "2026-11-28T13:50", "Ouvre à 19 h 30"),
    ("12:00-14:00,19:30-23:00; Su,Mo off", "2026-11-29T10:00", "Ouvre mardi à 12 h"),
    (
        "Mo-Sa 10:00-19:00; Dec,May-Aug: Su 10:00-19:00; Jul,Aug: Mo-Sa 10:00-20:00",
        "2026-12-06T15:00",
        "Ouvert jusqu’à 19 h",
    ),
    ("08:00-18:30; Th 08:00-21:30; Su off", "2026-11-26T20:00", "Ouvert jusqu’à 21 h 30"),
    ("Mo-Sa 11:00-14:30, We,Th 19:00-22:00; Su off", "2026-11-25T15:00", "Ouvre à 19 h"),
    ("Fr 19:00-22:00 ; PH off ; 2021 Apr 10-16 off", "2026-11-23T10:00", "Ouvre vendredi à 19 h"),
    # Saturday until midnight, Sunday from midnight to two: one evening.
    (AROUND_MIDNIGHT, "2026-11-28T23:00", "Ouvert jusqu’à 2 h"),
    ("2020,8000-9000 10:00-22:00", "2026-11-23T10:00", "Fermé pour le moment"),
    # 26 November is the last Thursday of the month.
    (
        "Mo,Tu,Th,Fr 12:00-18:00; Sa,PH 12:00-17:00; Th[3],Th[-1] off",
        "2026-11-26T13:00",
        "Ouvre demain à 12 h",
    ),
    (
        "Mo,Tu,Th,Fr 12:00-18:00; Sa,PH 12:00-17:00; Th[3],Th[-1] off",
        "2026-06-23T16:00",
        "Ouvert jusqu’à 17 h",
    ),
    ('"only after registration"; PH off', "2026-11-23T10:00", "Sur rendez-vous"),
    ('Tu-Th,We 22:00-23:00 open "Hot meals"; PH off', "2026-11-24T22:45", "Ferme dans 15 minutes"),
    (
        'Jul 23-Jan 3: 22:00-23:00 "Please make a reservation by phone."; PH off',
        "2026-11-23T22:10",
        "Sur rendez-vous",
    ),
    # The next first Saturday is 5 December.
    (
        'Sa[1],Sa[1] +1 day 10:00-12:00 open "first weekend in the month"; PH off',
        "2026-11-23T10:00",
        "Ouvre le 5 décembre à 10 h",
    ),
    # Week 48, an even one.
    (
        "week 2-52/2 We 00:00-24:00; week 1-53/2 Sa 00:00-24:00; PH off",
        "2026-11-25T15:00",
        "Ouvert jusqu’à minuit",
    ),
    ('24/7 closed "always closed"', "2026-11-23T10:00", "Fermé pour le moment"),
    # The last Sunday of August 2026 is the 30th; the day before it is the 29th.
    (
        "Apr-Oct Su[2] 14:00-18:00; Aug Su[-1] -1 day 10:00-18:00; Aug Su[-1] 10:00-18:00; PH off",
        "2026-08-29T12:00",
        "Ouvert jusqu’à 18 h",
    ),
    (
        "Mo-Sa 07:00-19:00; PH Su off",
        "2026-06-23T10:00",
        "Fermé aujourd’hui : Fête nationale · ouvre demain à 7 h",
    ),
    ("Su-Th 15-00; Fr-Sa 15-02", "2026-11-28T01:00", "Ouvert jusqu’à 2 h"),
    ("Mo-Fr 7:00-21; Sa-Su 12:00-18:00", "2026-11-23T20:45", "Ferme dans 15 minutes"),
    ("We-Fr 13:00-18:00 Sa 12:00-18:00", "2026-11-28T11:00", "Ouvre à 12 h"),
    ("22:00+; PH off", "2026-11-23T23:00", "Ouvert, heure de fermeture variable"),
    ("2017 Jul 1 - 2017 Aug 8 off; PH off", "2026-11-23T10:00", "Horaires à confirmer"),
    (
        "Tu-Fr 09:00-18:45 ; Sa 08:30-18:45 ; Su 09:00-13:00 ; PH off ; 2021 Jul 14 09:00-13:00",
        "2021-07-14T10:00",
        "Ouvert jusqu’à 13 h",
    ),
]


@pytest.mark.parametrize(("value", "at", "expected"), BY_HAND)
def test_by_hand(value, at, expected):
    with translation.override("fr"):
        assert plain(Hours.parse(repair(value).expression, LUXEMBOURG).sentence(local(at))) == expected


def test_what_was_checked_by_hand_is_in_the_corpus(corpus):
    values = {value for value, _at, _expected in BY_HAND}
    assert values <= set(corpus)
    assert len(BY_HAND) >= 40


# The library's own examples: an expression, a local instant, open, closed or unknown. They suppose no place: neither
# holidays nor a sun, and a wall clock without changes. Any zone will do as long as it does not change its clocks then.
@pytest.mark.parametrize("zone", ["UTC", "Europe/Luxembourg", "Asia/Tokyo"])
def test_the_209_examples_come_out_right(data_dir, zone):
    examples = json.loads((data_dir / "opening_hours_examples.json").read_text())
    assert len(examples) == 209
    place = Place(zone, "XX", {})
    kinds = {"open": Kind.OPEN, "closed": Kind.CLOSED, "unknown": Kind.UNKNOWN}
    for example in examples:
        hours = Hours.parse(example["expr"], place)
        at = datetime.fromisoformat(example["at"]).replace(tzinfo=ZoneInfo(zone))
        expected = kinds[example["expected"]]
        state = hours.state(at)
        assert state.kind is expected, example
        assert (state.light is Light.ON) == (expected is Kind.OPEN)
        found = hours.intervals(at - timedelta(days=2), at + timedelta(days=2))
        assert any(start <= at < end for start, end in found) == (expected is Kind.OPEN), example
        with translation.override("fr"):
            sentence = hours.sentence(at)
        starts = {
            Kind.OPEN: ("Ouvert", "Ferme dans"),
            Kind.CLOSED: ("Ouvre", "Fermé"),
            Kind.UNKNOWN: ("Horaires à confirmer",),
        }
        assert sentence.startswith(starts[expected]), (example, sentence)


def test_no_value_of_the_corpus_is_open_on_a_day_it_does_not_name(corpus):
    """A holiday of which a value says nothing lights no shop."""
    noon = local("2026-06-23T12:00")
    for value in corpus:
        expression = repair(value).expression
        if expression and "PH" not in expression and not expression.startswith("24/7"):
            hours = Hours.parse(expression, LUXEMBOURG)
            assert hours.state(noon).light is not Light.ON, value
            assert hours.is_silent_holiday(date(2026, 6, 23)), value
