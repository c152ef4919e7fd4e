"""The index and the engine say the same: a light is on exactly inside a certain interval, at any instant.

Three witnesses: the intervals against the state at 10,000 instants, a week calculator of twenty lines that knows
nothing of the library, and the library itself where it can be asked directly.
"""

import json
import random
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours, validate
from opening_hours import State as EngineState

from shops.opening_hours import Hours, Kind, Light, Place, SpecialDay, WeekGrid, compile_hours, repair
from tests.shops.opening_hours_fixtures import HOLIDAYS, LUXEMBOURG, NO_HOLIDAYS, ZONE, local

INSTANTS = 10_000
CHANGES = [  # clocks go forward at 01:00 UTC, and back
    datetime(2026, 3, 29, 1, tzinfo=UTC),
    datetime(2026, 10, 25, 1, tzinfo=UTC),
    datetime(2027, 3, 28, 1, tzinfo=UTC),
    datetime(2027, 10, 31, 1, tzinfo=UTC),
]
EXPRESSIONS = [
    "24/7",
    "off",
    "Mo-Sa 09:00-12:00,14:00-18:30",
    "Mo-Fr 08:00-18:00; PH off",
    "Mo-Fr 08:00-18:00; Sa,PH 10:00-12:00",
    "Tu-Sa 18:00-02:30",
    "18:00-02:30; Mo off; PH off",
    "22:00-06:00",
    "Fr-Su 01:30-02:15,02:45-03:30",
    "02:30-02:45",
    "Mo-Th 11:00-01:00; Fr-Sa 11:00-03:00; Su 11:00-01:00",
    "Mo-Fr 00:00-24:00; PH +1 day 10:00-12:00",
    "Fr 20:00-36:00",
    'Mo-Fr "sur rendez-vous"; Sa 10:00-16:00',
    'Mo-Fr 09:00-17:00; We "nach Vereinbarung"',
    "Mo-Fr 09:00-17:00 || unknown",
    "Apr-Sep 08:00-20:00; Oct-Mar 09:00-17:00; Su off",
    "week 1-53/2 Mo-Sa 09:00-18:00; Mar Su[-1] 00:00-06:00; Oct Su[-1] 00:00-06:00",
    "18:00-04:00; Su 00:00-04:00 off",
    "20:00-02:00; 2026 Oct 24-2026 Oct 25 off; 2027 Mar 27 off",
    compile_hours(
        "Mo-Su 10:00-23:00; PH off",
        [
            SpecialDay(date(2026, 8, 1), date(2026, 8, 17), reason="holiday", note="Congé"),
            SpecialDay(date(2026, 10, 24), date(2026, 10, 24), ((time(20), time(3)),), "event"),
            SpecialDay(date(2026, 6, 23), date(2026, 6, 23), ((time(9), time(12)),)),
            SpecialDay(date(2026, 12, 24), date(2027, 1, 3), reason="works"),
        ],
    ),
]


def instants(chance: random.Random, count: int):
    """Instants of two years, half of them where hours go wrong: midnight, changes of clock, holidays."""
    start, days = datetime(2026, 1, 1, tzinfo=UTC), 730
    holidays = sorted(HOLIDAYS)
    for number in range(count):
        at = start + timedelta(seconds=chance.randrange(days * 86_400))
        match number % 6:
            case 0:
                midnight = datetime.combine(at.astimezone(ZONE).date(), time(), ZONE).astimezone(UTC)
                at = midnight + timedelta(minutes=chance.randrange(-90, 91))
            case 1:
                at = chance.choice(CHANGES) + timedelta(seconds=chance.randrange(-6 * 3600, 6 * 3600))
            case 2:
                day = datetime.combine(chance.choice(holidays), time(), ZONE).astimezone(UTC)
                at = day + timedelta(seconds=chance.randrange(-12 * 3600, 36 * 3600))
            case 3:
                # A round quarter of an hour: where openings and closings are.
                at = at.replace(minute=at.minute // 15 * 15, second=0)
        yield at


def lies_in(at, intervals):
    return any(start <= at < end for start, end in intervals)


@pytest.mark.parametrize("seed", range(4))
def test_a_light_is_on_exactly_inside_an_interval(seed):
    chance = random.Random(seed)
    for at in instants(chance, INSTANTS // 4):
        hours = Hours.parse(chance.choice(EXPRESSIONS), LUXEMBOURG)
        start = at - timedelta(seconds=chance.randrange(5 * 86_400))
        end = at + timedelta(seconds=1 + chance.randrange(5 * 86_400))
        intervals = hours.intervals(start, end)
        assert (hours.state(at).light is Light.ON) == lies_in(at, intervals), (hours, at)


def test_the_corpus_keeps_the_same_promise(data_dir):
    chance = random.Random(11)
    values = [entry["value"] for entry in json.loads((data_dir / "opening_hours_corpus.json").read_text())]
    hours = [Hours.parse(value, LUXEMBOURG) for value in values if validate(value)]
    for at in instants(chance, 2_000):
        one = chance.choice(hours)
        intervals = one.intervals(at - timedelta(hours=chance.randrange(60)), at + timedelta(hours=1))
        assert (one.state(at).light is Light.ON) == lies_in(at, intervals), (one, at)


def test_intervals_are_merged_ordered_and_inside_the_period():
    chance = random.Random(5)
    for at in instants(chance, 300):
        start, end = at, at + timedelta(days=35)
        for expression in chance.sample(EXPRESSIONS, 4):
            found = Hours.parse(expression, LUXEMBOURG).intervals(start, end)
            edges = [edge for interval in found for edge in interval]
            assert edges == sorted(set(edges)), (expression, at)
            assert all(start <= edge <= end and edge.tzinfo is UTC for edge in edges)


def test_a_state_lasts_until_it_says_so():
    chance = random.Random(6)
    for at in instants(chance, 1_500):
        hours = Hours.parse(chance.choice(EXPRESSIONS), LUXEMBOURG)
        state = hours.state(at)
        if state.until is None:
            continue
        assert state.until > at
        between = at + (state.until - at) * chance.random()
        assert hours.state(between).kind is state.kind, (hours, at, between)
        assert hours.state(state.until).kind is state.then is not state.kind, (hours, at)


def test_the_light_comes_back_when_it_says_so_and_not_before():
    chance = random.Random(7)
    for at in instants(chance, 1_000):
        hours = Hours.parse(chance.choice(EXPRESSIONS), LUXEMBOURG)
        opens_at = hours.state(at).opens_at
        if opens_at is not None:
            assert hours.intervals(at, opens_at) == [], (hours, at)
            assert hours.state(opens_at).light is Light.ON, (hours, at)


def test_the_library_agrees_where_it_can_be_asked_directly(data_dir):
    """At 10,000 instants: weekly hours, seasons and weeks, without nights to own, holidays or appointments.

    It is asked for the state at an instant of the local zone, not for intervals: in the hour that comes twice these
    two answers of the library differ from each other, and the state is what the wall clock shows.
    """
    values = [entry["value"] for entry in json.loads((data_dir / "opening_hours_corpus.json").read_text())]
    plain = [
        value
        for value in values
        if validate(value) and not any(sign in value for sign in ('"', "PH", "sun", "; Sa, Su"))
    ]
    # One rule's nights are its own, so that both agree on them; several rules' are not.
    plain = [value for value in plain if (";" not in value and ", " not in value) or not _has_nights(value)]
    pairs = [(Hours.parse(value, NO_HOLIDAYS), OpeningHours(value, timezone=ZONE)) for value in plain]
    assert len(pairs) > 120
    chance = random.Random(8)
    for at in instants(chance, INSTANTS):
        hours, engine = chance.choice(pairs)
        expected, _comment = engine.state(at.astimezone(ZONE))
        assert (hours.state(at).light is Light.ON) == (expected == EngineState.OPEN), (hours, at)


def _has_nights(value):
    grid = Hours.parse(value, NO_HOLIDAYS).week_grid()
    return grid is None or any(closes <= opens for day in grid.days for opens, closes in day)


# A second opinion


QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def grids(draw):
    """A week of up to two stretches a day that do not overlap within the day; the last may run into the night."""
    days = []
    for _day in range(7):
        edges = sorted(draw(st.sets(QUARTERS, max_size=4)))
        if len(edges) % 2:
            edges.pop()
        spans = list(zip(edges[::2], edges[1::2], strict=True))
        if spans and draw(st.booleans()):
            spans[-1] = (spans[-1][0], draw(QUARTERS.filter(lambda end, last=spans[-1]: end <= last[0])))
        days.append(tuple(spans))
    return WeekGrid(tuple(days))


def second_opinion(grid: WeekGrid, at: datetime) -> bool:
    """Whether the wall clock shows an hour of today's, or of yesterday's night."""
    wall = at.astimezone(ZONE).replace(tzinfo=None)
    for back in (0, 1):
        day = wall.date() - timedelta(days=back)
        for opens, closes in grid.days[day.weekday()]:
            start = datetime.combine(day, opens)
            end = datetime.combine(day, closes)
            if end <= start:
                end += timedelta(days=1)
            if start <= wall < end:
                return True
    return False


@settings(max_examples=50, deadline=None, database=None)
@given(grids(), st.integers(0, 2**32))
def test_a_calculator_that_knows_no_library_agrees(grid, seed):
    hours = Hours.parse(grid.expression(), NO_HOLIDAYS)
    chance = random.Random(seed)
    for at in instants(chance, 60):
        expected = second_opinion(grid, at)
        assert (hours.state(at).light is Light.ON) == expected, (hours, at)
        intervals = hours.intervals(at - timedelta(days=1), at + timedelta(days=1))
        assert lies_in(at, intervals) == expected, (hours, at)


@settings(max_examples=50, deadline=None, database=None)
@given(grids())
def test_a_grid_survives_its_expression(grid):
    shown = Hours.parse(grid.expression(), NO_HOLIDAYS).week_grid()
    again = Hours.parse(shown.expression(), NO_HOLIDAYS)
    first = Hours.parse(grid.expression(), NO_HOLIDAYS)
    start = local("2026-11-23T00:00")
    assert again.intervals(start, start + timedelta(days=8)) == first.intervals(
        start, start + timedelta(days=8)
    )


@settings(max_examples=300, deadline=None, database=None)
@given(st.text(alphabet='MoTuWeThFrSaSu0123456789:-,;|"+[]PH ofJanJ/\n\x00é', max_size=60))
def test_no_text_breaks_anything(text):
    repaired = repair(text)
    if repaired.expression:
        hours = Hours.parse(repaired.expression, LUXEMBOURG)
        at = local("2026-11-23T10:00")
        assert hours.state(at).kind in Kind
        assert len(hours.week(date(2026, 11, 23))) == 7
        hours.week_grid()


# The two changes of clock, by hand


class TestChangesOfClock:
    """A shop follows the clock on its wall. What the clock never shows does not happen; what it shows twice does."""

    def intervals(self, expression, day):
        start = datetime.combine(day, time(), ZONE)
        found = Hours.parse(expression, NO_HOLIDAYS).intervals(start, start + timedelta(days=1))
        return [(start.strftime("%H:%M"), end.strftime("%H:%M")) for start, end in found]

    SPRING = date(2026, 3, 29)  # from 2:00 to 3:00, at 01:00 UTC
    AUTUMN = date(2026, 10, 25)  # from 3:00 back to 2:00, at 01:00 UTC

    def test_a_night_over_the_missing_hour_is_an_hour_shorter(self):
        assert self.intervals("00:00-05:00", self.SPRING) == [("23:00", "03:00")]

    def test_a_night_over_the_repeated_hour_is_an_hour_longer(self):
        assert self.intervals("00:00-05:00", self.AUTUMN) == [("22:00", "04:00")]

    def test_an_end_in_the_missing_hour_is_the_change(self):
        assert self.intervals("01:00-02:30", self.SPRING) == [("00:00", "01:00")]

    def test_a_beginning_in_the_missing_hour_is_the_change(self):
        assert self.intervals("02:30-05:00", self.SPRING) == [("01:00", "03:00")]

    def test_hours_within_the_missing_one_do_not_happen(self):
        assert self.intervals("02:15-02:45", self.SPRING) == []

    def test_hours_within_the_repeated_one_happen_twice(self):
        assert self.intervals("02:15-02:45", self.AUTUMN) == [("00:15", "00:45"), ("01:15", "01:45")]

    def test_an_end_at_the_first_two_o_clock_is_an_end(self):
        assert self.intervals("00:00-02:00", self.AUTUMN) == [("22:00", "00:00")]

    def test_three_o_clock_comes_once(self):
        assert self.intervals("00:00-03:00", self.AUTUMN) == [("22:00", "02:00")]
        assert self.intervals("00:00-03:00", self.SPRING) == [("23:00", "01:00")]

    def test_the_day_has_23_or_25_hours(self):
        for day, hours in ((self.SPRING, 23), (self.AUTUMN, 25)):
            start = datetime.combine(day, time(), ZONE)
            end = datetime.combine(day + timedelta(days=1), time(), ZONE)
            ((begun, ended),) = Hours.parse("24/7", NO_HOLIDAYS).intervals(start, end)
            assert ended - begun == timedelta(hours=hours)

    @pytest.mark.parametrize(
        "zone",
        ["Europe/Helsinki", "Australia/Lord_Howe", "Africa/Casablanca", "America/Sao_Paulo", "Asia/Kolkata"],
    )
    def test_other_zones_keep_the_promise_too(self, zone):
        place = Place(zone, "XX", {})
        chance = random.Random(zone)
        for _number in range(300):
            at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=chance.randrange(730 * 86_400))
            hours = Hours.parse(chance.choice(EXPRESSIONS), place)
            intervals = hours.intervals(at - timedelta(days=1), at + timedelta(days=40))
            assert (hours.state(at).light is Light.ON) == lies_in(at, intervals), (hours, at)
