"""When a shop is open: the state at an instant and the certain intervals, which always say the same.

`docs/opening-hours.md` tells the meanings (lights, holidays, the night, the two clock changes). The library
`opening-hours-py` parses the expression and evaluates its days; what it cannot be told is settled in `rules`.
"""

import enum
import functools
import itertools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from opening_hours import OpeningHours, ParserError
from opening_hours import State as EngineState

from . import rules as grammar
from .words import typeset

MAX_LENGTH = 1_000  # characters a merchant or a file may give
MAX_COMPILED_LENGTH = 4_000  # the same with its dated exceptions compiled in
CACHE_SIZE = 512  # expressions kept parsed; about 10 kB each

# A state looks this many days ahead for the next change, each time further, then gives up.
HORIZONS = (9, 40, 400)


class InvalidHours(ValueError):
    """The expression cannot be understood. `str()` of it is a sentence for the person who wrote it."""


class Light(enum.StrEnum):
    """What a façade shows."""

    ON = "on"  # certainly open
    OFF = "off"  # certainly closed
    UNLIT = "unlit"  # not known


class Kind(enum.StrEnum):
    """What is known at an instant."""

    OPEN = "open"
    CLOSED = "closed"
    TO_CONFIRM = "to_confirm"  # a public holiday of which the expression says nothing
    BY_APPOINTMENT = "by_appointment"
    UNKNOWN = "unknown"
    STALE = "stale"


LIGHTS = {Kind.OPEN: Light.ON, Kind.CLOSED: Light.OFF}
# Where two rules tell of the same moment, the earlier of these is shown. A closure is only the ground below.
_PRECEDENCE = {
    Kind.OPEN: 0,
    Kind.BY_APPOINTMENT: 1,
    Kind.UNKNOWN: 2,
    Kind.TO_CONFIRM: 3,
    Kind.CLOSED: 4,
}


class ClosureReason(enum.StrEnum):
    """Why a dated exception was made."""

    HOLIDAY = "holiday"
    WORKS = "works"
    EVENT = "event"
    TEMPORARY = "temporary"  # until further notice: the day on which it ends is nobody's promise
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Closure:
    """A dated closure that holds at an instant."""

    reason: ClosureReason
    note: str
    last_on: date


@dataclass(frozen=True, slots=True)
class State:
    """What is known about a shop's door at one instant.

    Attributes:
        light: what its façade shows.
        kind: why.
        until: the instant at which `kind` changes (aware, UTC), or None if it does not within a year.
        comment: the merchant's words of the rule that holds, without quotes, or "".
        holiday: the names by language of the public holiday the state belongs to, or None.
        opens_at: while not open, the next instant (aware, UTC) at which the shop certainly opens, or None.
        then: the kind that begins at `until`, or None.
        closure: the dated closure that holds, or None.
        open_ended: `until` is only the earliest end (``18:00-22:00+``).
    """

    light: Light
    kind: Kind
    until: datetime | None = None
    comment: str = ""
    holiday: Mapping[str, str] | None = None
    opens_at: datetime | None = None
    then: Kind | None = None
    closure: Closure | None = None
    open_ended: bool = False


@dataclass(frozen=True, eq=False)
class Place:
    """Where the hours hold.

    Args:
        time_zone: a name of the IANA database.
        country: ISO 3166 code. Said for completeness; holidays are never taken from the library's tables.
        holidays: the public holidays that count, by date, each with its name by language.
    """

    time_zone: str
    country: str
    holidays: Mapping[date, Mapping[str, str]] = field(default_factory=dict)
    zone: ZoneInfo = field(init=False, repr=False)

    def __post_init__(self):
        holidays = {day: dict(names) for day, names in self.holidays.items()}
        object.__setattr__(self, "holidays", holidays)
        object.__setattr__(self, "zone", ZoneInfo(self.time_zone))
        key = (
            self.time_zone,
            self.country,
            tuple(sorted((day, tuple(sorted(names.items()))) for day, names in holidays.items())),
        )
        object.__setattr__(self, "_key", key)
        object.__setattr__(self, "_hash", hash(key))
        object.__setattr__(self, "_days", sorted(holidays))

    def holidays_between(self, first: date, last: date) -> list[date]:
        """The public holidays from one day to another, both included."""
        return self._days[bisect_left(self._days, first) : bisect_right(self._days, last)]

    # Two places are the same if they say the same: a view may make one anew without losing the parsed hours.
    def __eq__(self, other):
        return self is other or (
            isinstance(other, Place) and self._hash == other._hash and self._key == other._key
        )

    def __hash__(self):
        return self._hash


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one day's hours, in minutes of that day by the wall clock; beyond 1440 it is the night after."""

    start: int
    end: int
    kind: Kind
    comment: str = ""


@functools.lru_cache(maxsize=64)
def _offsets(zone: ZoneInfo, first: date, last: date) -> tuple[tuple[float, float, float], ...]:
    """Stretches of time with one offset from UTC: (start, end, offset) in seconds, covering the days asked for.

    Found by asking every six hours and halving: no table of the zone is readable from outside.
    """

    def offset(stamp: float) -> float:
        return datetime.fromtimestamp(stamp, zone).utcoffset().total_seconds()

    start = datetime(first.year, first.month, first.day, tzinfo=UTC).timestamp() - 86_400
    end = datetime(last.year, last.month, last.day, tzinfo=UTC).timestamp() + 2 * 86_400
    stretches, begun, here = [], start, offset(start)
    stamp = start
    while stamp < end:
        following = min(stamp + 21_600, end)
        there = offset(following)
        if there != here:
            low, high = stamp, following
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == here else (low, middle)
            stretches.append((begun, high, here))
            begun, here = high, there
        stamp = following
    stretches.append((begun, end, here))
    return tuple(stretches)


def _wall(day: date) -> datetime:
    """Midnight of a day by the wall clock, as the library takes it: without a zone."""
    return datetime.combine(day, time())


def _stamp(day: date) -> int:
    """Midnight of a day as if the wall clock were UTC, in seconds."""
    return (day.toordinal() - 719_163) * 86_400


def _day(stamp: float) -> date:
    return date.fromordinal(int(stamp // 86_400) + 719_163)


def _instant(stamp: float) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)


class _Timeline:
    """What is known from one instant to another: consecutive stretches, gaps between them are plainly closed."""

    __slots__ = ("comments", "days", "end", "ends", "kinds", "starts")

    def __init__(self, stretches: list[tuple[float, float, Kind, str, date]], end: float):
        self.starts = [stretch[0] for stretch in stretches]
        self.ends = [stretch[1] for stretch in stretches]
        self.kinds = [stretch[2] for stretch in stretches]
        self.comments = [stretch[3] for stretch in stretches]
        self.days = [stretch[4] for stretch in stretches]
        self.end = end

    def at(self, stamp: float) -> int:
        """The index of the stretch that holds at an instant, or -1 - i when closed, i being the next one's index."""
        index = bisect_right(self.starts, stamp) - 1
        if index >= 0 and stamp < self.ends[index]:
            return index
        return -2 - index


class Hours:
    """The opening hours of one shop, parsed. Immutable; make one with `Hours.parse`."""

    __slots__ = (
        "_dated",
        "_engines",
        "_last",
        "_memo",
        "_open_ends",
        "_rules",
        "_says",
        "_week",
        "_weekly",
        "_words",
        "expression",
        "place",
    )

    def __init__(self, expression: str, place: Place):
        self.expression = expression
        self.place = place
        self._engines: dict = {}
        self._memo: dict = {}
        self._last: tuple[float, State] | None = None
        self._rules: list[grammar.Rule] | None = None
        self._words: frozenset[str] = frozenset()
        self._open_ends: frozenset[int] = frozenset()
        self._says: dict[frozenset[str], OpeningHours | bool] = {}
        self._weekly = False
        self._week: list[list[Span]] | None = None
        self._dated: list[tuple[date, date]] = []
        if expression:
            self._read()

    # Making one

    @classmethod
    def parse(cls, expression: str, place: Place) -> "Hours":
        """Read an expression for a place.

        Args:
            expression: an OpenStreetMap ``opening_hours`` value; blank means that nobody knows.
            place: where it holds.

        Returns:
            Hours, kept for the next call with the same arguments.

        Raises:
            InvalidHours: with a sentence for the person who wrote it.
        """
        return _parse(expression.strip(), place)

    @classmethod
    def unknown(cls, place: Place) -> "Hours":
        """Hours that nobody has told yet."""
        return _parse("", place)

    def __repr__(self):
        return f"Hours({self.expression!r}, {self.place.time_zone})"

    def __reduce__(self):
        return Hours.parse, (self.expression, self.place)

    @property
    def is_unknown(self) -> bool:
        """Whether nothing was ever told (or only in terms of the sun)."""
        return self._rules is None

    @property
    def rules(self) -> tuple[grammar.Rule, ...]:
        return tuple(self._rules or ())

    def _read(self):
        text = clean(self.expression)
        canonical = str(_engine(text))
        rules = grammar.split(canonical)
        if rules is None:  # a spelling of the library's that `rules` does not know: better unknown than wrong
            raise _invalid(_("Ces horaires ne sont pas compris."))
        if grammar.needs_the_sun(rules):
            return  # sunrise is known for a position only, and hours belong to a city
        self._rules = rules
        self._words = grammar.holiday_words(rules)
        self._open_ends = grammar.open_ends(rules)
        dated = grammar.dated_days(rules)
        if dated is not None and all(day.year > 1990 for day, _end in dated):
            self._weekly, self._dated = True, dated
        self._engines_for(frozenset())

    # One day

    def _engines_for(self, words: frozenset[str]) -> tuple[OpeningHours, OpeningHours | None]:
        """The evaluators of heads and tails on a day of which the given holiday words are true."""
        engines = self._engines.get(words)
        if engines is None:
            rules = grammar.mark_appointments(grammar.with_holidays(self._rules, words))
            head, tail = grammar.heads_and_tails(rules)
            engines = self._engines[words] = (_engine(head), tail and _engine(tail))
        return engines

    def _holiday_words(self, first: date, last: date) -> dict[date, frozenset[str]]:
        """The days of a period on which some of the expression's holiday words hold, by the city's own list."""
        found: dict[date, frozenset[str]] = {}
        for word in self._words:
            after = grammar.days_after_holiday(word)
            if after is not None:
                shift = timedelta(days=after)
                for holiday in self.place.holidays_between(first - shift, last - shift):
                    day = holiday + shift
                    found[day] = found.get(day, frozenset()) | {word}
        return found

    def speaks_of(self, day: date) -> bool:
        """Whether the expression says what happens on a public holiday: by ``PH``, by a date, or by ``24/7``."""
        if self._rules is None:
            return False
        words = self._holiday_words(day, day).get(day, frozenset()) if self._words else frozenset()
        says = self._says.get(words)
        if says is None:
            speaking = [
                rule
                for rule in self._rules
                if grammar.holiday_words([rule]) & words or rule.names_certain_days
            ]
            days = [rule.days for rule in grammar.with_holidays(speaking, words) if rule.days]
            says = _engine(", ".join(days)) if days else False
            self._says[words] = says
        return bool(says) and says.is_open(_wall(day) + timedelta(hours=12))

    def is_silent_holiday(self, day: date) -> bool:
        """Whether a day is a public holiday of which the expression says nothing."""
        return day in self.place.holidays and not self.speaks_of(day)

    def spans(self, first: date, last: date) -> dict[date, list[Span]]:
        """What each day from `first` to `last` owns: its stretches, in order, running into the night after it.

        Closed time is left out, unless the merchant gave it a comment or its own rule. Days come in order.
        """
        if self._rules is None:
            return {}
        if self._weekly:
            # Most shops: the same seven days again and again, but for the dates that a rule names.
            start, week = first.toordinal(), self.usual_week()
            spans = {
                date.fromordinal(number): week[(number - 1) % 7]
                for number in range(start, last.toordinal() + 1)
            }
            for begun, ended in self._dated:
                begun, ended = max(begun, first), min(ended, last)
                if begun <= ended:
                    self._put(spans, begun, ended, frozenset())
        else:
            spans = {}
            self._put(spans, first, last, frozenset())
        if self._words:
            for day, words in self._holiday_words(first, last).items():
                self._put(spans, day, day, words)
        for day in self.place.holidays_between(first, last):
            if not self.speaks_of(day):
                spans[day] = _to_confirm(spans[day])
        return spans

    def _put(self, spans: dict[date, list[Span]], first: date, last: date, words: frozenset[str]):
        found = self._evaluate(first, last, words)
        day = first
        while day <= last:
            spans[day] = found.get(day, [])
            day += timedelta(days=1)

    def usual_week(self) -> list[list[Span]] | None:
        """What Monday to Sunday own where no dated rule and no holiday holds; None if the weeks differ."""
        if not self._weekly:
            return None
        if self._week is None:
            monday = date(1990, 1, 1)  # long before any date that a rule names
            found = self._evaluate(monday, monday + timedelta(days=6), frozenset())
            self._week = [found.get(monday + timedelta(days=number), []) for number in range(7)]
        return self._week

    def is_open_ended(self, minute: int) -> bool:
        """Whether an opening that ends at this minute of the day may last longer (``18:00-22:00+``)."""
        return minute % 1440 in self._open_ends

    def _evaluate(self, first: date, last: date, words: frozenset[str]) -> dict[date, list[Span]]:
        start, end = _wall(first), _wall(last + timedelta(days=1))
        head, tail = self._engines_for(words)
        spans: dict[date, list[Span]] = {}
        for day, span in _pieces(head, start, end):
            spans.setdefault(day, []).append(span)
        if tail is not None:
            for day, span in _pieces(tail, start, end):
                if span.kind is Kind.CLOSED:
                    continue
                own = spans.setdefault(day, [])
                before = own[-1] if own else None
                if before and (span.start, before.end) == (0, 1440) and before.kind is span.kind:
                    own[-1] = Span(before.start, span.end + 1440, span.kind, before.comment)
                else:
                    own.append(Span(span.start + 1440, span.end + 1440, span.kind, span.comment))
        return spans

    # The line of time

    def _timeline(self, first: date, days: int) -> _Timeline:
        """The line from the local midnight of `first` over some days; the last one asked for is kept."""
        kept = self._memo.get(days)
        if kept is not None and kept[0] == first:
            return kept[1]
        timeline = self._draw(first, first + timedelta(days=days - 1))
        self._memo[days] = (first, timeline)
        return timeline

    def _wall(self, first: date, last: date) -> list[tuple[int, int, Kind, str, date]]:
        """What the wall clock will have seen from the evening before `first` to the night after `last`."""
        wall: list[tuple[int, int, Kind, str, date]] = []
        day_before = first - timedelta(days=1)
        midnight, before, in_order, yesterday = _stamp(day_before), 0, True, 0
        for day, spans in self.spans(day_before, last).items():
            today = len(wall)
            for span in spans:
                start, end = midnight + span.start * 60, midnight + span.end * 60
                comment = span.comment
                if comment and span.kind is Kind.CLOSED and comment[0] == grammar.CLOSED_ON_PURPOSE:
                    # A night that runs into a day with a rule of its own against it gives way.
                    in_order = False
                    night = _cut(wall[yesterday:today], start, end)
                    wall[yesterday:today] = night
                    today = yesterday + len(night)
                    comment = comment[1:]
                    if not comment:
                        continue
                in_order = in_order and before <= start
                before = end
                wall.append((start, end, span.kind, comment, day))
            midnight += 86_400
            yesterday = today
        return wall if in_order else _flatten(wall)

    def _draw(self, first: date, last: date) -> _Timeline:
        wall = self._wall(first, last)
        offsets = _offsets(self.place.zone, first, last)
        line: list[tuple[float, float, Kind, str, date]] = []
        for utc_start, utc_end, offset in offsets:
            for start, end, kind, comment, owner in wall:
                begun, ended = max(start - offset, utc_start), min(end - offset, utc_end)
                if begun >= ended:
                    continue
                before = line[-1] if line else None
                # Two holidays in a row keep their own names.
                if before and before[1:4] == (begun, kind, comment) and kind is not Kind.TO_CONFIRM:
                    line[-1] = (before[0], ended, kind, comment, before[4])
                else:
                    line.append((begun, ended, kind, comment, owner))
        # The day after the last one is drawn in part only (its night): what is known ends with the last midnight.
        return _Timeline(line, _stamp(last) + 86_400 - offsets[-1][2])

    # Answers

    def state(self, at: datetime, *, stale: bool = False) -> State:
        """What is known at an instant.

        Args:
            at: an aware instant.
            stale: the hours were confirmed too long ago to be shown as true.
        """
        if stale:
            return State(Light.UNLIT, Kind.STALE)
        if self._rules is None:
            return State(Light.UNLIT, Kind.UNKNOWN)
        stamp = at.timestamp()
        kept = self._last  # a page asks for the light, then for the sentence, at one instant
        if kept is not None and kept[0] == stamp:
            return kept[1]
        today = at.astimezone(self.place.zone).date()
        yesterday = today - timedelta(days=1)
        for days in HORIZONS:
            state = self._state(stamp, today, self._timeline(yesterday, days), final=days == HORIZONS[-1])
            if state is not None:
                self._last = (stamp, state)
                return state
        raise AssertionError("the last horizon always answers")

    def _state(self, stamp: float, today: date, line: _Timeline, *, final: bool) -> State | None:
        here = line.at(stamp)
        count = len(line.starts)
        if here >= 0 and line.kinds[here] is not Kind.CLOSED:
            kind, comment, owner = line.kinds[here], line.comments[here], line.days[here]
            until, following = line.ends[here], here + 1
            while following < count and line.starts[following] == until and line.kinds[following] is kind:
                until, following = line.ends[following], following + 1
        else:
            kind, comment, owner = Kind.CLOSED, "", today
            following = here + 1 if here >= 0 else -1 - here
            if here >= 0:
                comment = line.comments[here]
            while following < count and line.kinds[following] is Kind.CLOSED:
                following += 1
            until = line.starts[following] if following < count else line.end
        unfinished = until >= line.end
        opens = None
        if kind is not Kind.OPEN:
            for index in range(following, count):
                if line.kinds[index] is Kind.OPEN:
                    opens = line.starts[index]
                    break
        if not final and (unfinished or (kind is not Kind.OPEN and opens is None)):
            return None
        closure = None
        if kind is Kind.CLOSED and comment:
            closure, unfinished_closure = self._closure(line, here)
            if unfinished_closure and not final:
                return None
            comment = closure.note if closure else comment
        day = owner if kind is Kind.TO_CONFIRM else today
        open_ended = False
        if kind is Kind.OPEN and self._open_ends and not unfinished:
            wall = _instant(until).astimezone(self.place.zone)
            open_ended = self.is_open_ended(wall.hour * 60 + wall.minute)
        return State(
            light=LIGHTS.get(kind, Light.UNLIT),
            kind=kind,
            until=None if unfinished else _instant(until),
            comment=comment.removeprefix(grammar.BY_APPOINTMENT),
            holiday=self.place.holidays.get(day),
            opens_at=None if opens is None else _instant(opens),
            then=None if unfinished else self._kind_from(line, following, until),
            closure=closure,
            open_ended=open_ended,
        )

    @staticmethod
    def _kind_from(line: _Timeline, index: int, stamp: float) -> Kind:
        follows = index < len(line.starts) and line.starts[index] == stamp
        return line.kinds[index] if follows else Kind.CLOSED

    def _closure(self, line: _Timeline, here: int) -> tuple[Closure | None, bool]:
        """The dated closure of a stretch that is closed with a comment, and whether it runs out of the line."""
        found = read_reason(line.comments[here])
        if found is None:
            return None, False
        last = here
        while (
            last + 1 < len(line.starts)
            and line.kinds[last + 1] is Kind.CLOSED
            and line.comments[last + 1] == line.comments[here]
            and line.starts[last + 1] <= line.ends[last]
        ):
            last += 1
        end = _instant(line.ends[last] - 1).astimezone(self.place.zone).date()
        return Closure(*found, last_on=end), line.ends[last] >= line.end

    def intervals(self, start: datetime, end: datetime) -> list[tuple[datetime, datetime]]:
        """The certain opening times between two aware instants: merged, in order, aware, UTC, end excluded.

        An instant lies in one of them exactly when `state` there has its light on.
        """
        if self._rules is None or end <= start:
            return []
        low, high = start.timestamp(), end.timestamp()
        first = start.astimezone(self.place.zone).date()
        last = end.astimezone(self.place.zone).date()
        result: list[tuple[float, float]] = []
        for begun, ended, _owner in self._certain(first, last):
            begun = begun if begun > low else low
            ended = ended if ended < high else high
            if begun < ended:
                if result and result[-1][1] == begun:
                    result[-1] = (result[-1][0], ended)
                else:
                    result.append((begun, ended))
        return [(_instant(begun), _instant(ended)) for begun, ended in result]

    def openings(self, first: date, last: date) -> list[tuple[date, datetime, datetime]]:
        """The same by the day that owns them, whole and not merged: (day, opening, closing), for some local days."""
        if self._rules is None:
            return []
        return [
            (owner, _instant(begun), _instant(ended))
            for begun, ended, owner in self._certain(first, last)
            if first <= owner <= last
        ]

    def _certain(self, first: date, last: date) -> list[tuple[float, float, date]]:
        wall = [stretch for stretch in self._wall(first, last) if stretch[2] is Kind.OPEN]
        offsets = _offsets(self.place.zone, first, last)
        if len(offsets) == 1:
            offset = offsets[0][2]
            return [(start - offset, end - offset, owner) for start, end, _kind, _comment, owner in wall]
        return [
            (max(start - offset, utc_start), min(end - offset, utc_end), owner)
            for utc_start, utc_end, offset in offsets
            for start, end, _kind, _comment, owner in wall
            if start - offset < utc_end and end - offset > utc_start
        ]

    # Words, tables (each in its own file)

    def sentence(self, at: datetime, *, stale: bool = False) -> str:
        """What a person reads at an instant, in the active language: « Ouvert jusqu’à 18 h »."""
        from .sentence import sentence

        return sentence(self, at, stale=stale)

    def short(self, at: datetime, *, stale: bool = False) -> str:
        """The same for a card: at most 28 characters."""
        from .sentence import short

        return short(self, at, stale=stale)

    def week(self, monday: date):
        """The seven days from a Monday: see `week.week`."""
        from .week import week

        return week(self, monday)

    def week_grid(self):
        """The plain weekly grid, or None where the expression says more than one can show: see `week.week_grid`."""
        from .week import week_grid

        return week_grid(self)


def _invalid(sentence: str) -> InvalidHours:
    return InvalidHours(typeset(sentence))


def clean(expression: str) -> str:
    """The expression without what no expression may hold.

    Raises:
        InvalidHours: too long, or with control characters.
    """
    text = expression.strip()
    if len(text) > MAX_COMPILED_LENGTH:
        raise _invalid(
            _("Ces horaires sont trop longs : %(length)s caractères, le maximum est %(maximum)s.")
            % {"length": len(text), "maximum": MAX_COMPILED_LENGTH}
        )
    if re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", text):
        raise _invalid(_("Ces horaires contiennent des caractères qui ne se lisent pas."))
    return text


def read_reason(comment: str) -> tuple[ClosureReason, str] | None:
    """Reason and note of a comment written by `exceptions.compile_hours`, or None for anything else."""
    word, _colon, note = comment.partition(":")
    try:
        return ClosureReason(word), note.strip()
    except ValueError:
        return None


@functools.lru_cache(maxsize=CACHE_SIZE)
def _parse(expression: str, place: Place) -> Hours:
    return Hours(expression, place)


def _engine(text: str) -> OpeningHours:
    # No country: its table of holidays would answer instead of the city's. No time zone either: an expression tells of
    # the wall clock, `_Timeline` alone turns it into instants.
    try:
        return OpeningHours(text, auto_country=False, auto_timezone=False)
    except ParserError as error:
        raise _invalid(_understood_until(text, str(error))) from None


def _understood_until(text: str, message: str) -> str:
    place = re.search(r"-->\s*1:(\d+)", message)
    start = int(place[1]) - 1 if place else 0
    while start and text[start - 1].isalnum():
        start -= 1
    rest = text[start:].strip()
    if not rest:
        return _("Ces horaires semblent incomplets : il manque quelque chose à la fin.")
    return _("Ces horaires ne sont pas compris à partir de « %(rest)s ».") % {"rest": rest[:40]}


_KINDS = {EngineState.OPEN: Kind.OPEN, EngineState.CLOSED: Kind.CLOSED}


def _pieces(engine: OpeningHours, start: datetime, end: datetime):
    """What the library says between two local midnights, cut at every midnight; plain closed time left out."""
    for begun, ended, state, comment in engine.intervals(start, end):
        if state == EngineState.CLOSED:
            if not comment or comment == grammar.NO_TAIL:
                continue
            kind = Kind.CLOSED
        elif state == EngineState.OPEN:
            kind = Kind.OPEN
        elif comment.startswith(grammar.BY_APPOINTMENT):
            kind = Kind.BY_APPOINTMENT
        else:
            kind = Kind.UNKNOWN
        ended = end if ended is None else ended
        day, last = begun.date(), ended.date()
        minute = begun.hour * 60 + begun.minute
        while day < last:
            yield day, Span(minute, 1440, kind, comment)
            day, minute = day + timedelta(days=1), 0
        until = ended.hour * 60 + ended.minute
        if until > minute:
            yield day, Span(minute, until, kind, comment)


def _to_confirm(spans: list[Span]) -> list[Span]:
    """A holiday on which the usual hours may or may not hold: the whole day, and its night if it would have one."""
    end = max((span.end for span in spans if span.kind is not Kind.CLOSED), default=1440)
    return [Span(0, max(end, 1440), Kind.TO_CONFIRM)]


def _cut(wall: list[tuple], low: int, high: int) -> list[tuple]:
    """The stretches without what lies between two moments."""
    kept = []
    for start, end, *rest in wall:
        if start < min(end, low):
            kept.append((start, min(end, low), *rest))
        if max(start, high) < end:
            kept.append((max(start, high), end, *rest))
    return kept


def _flatten(wall: list[tuple]) -> list[tuple]:
    """The same stretches in order and without overlap: where several tell of a moment, the most certain stays."""
    flat: list[tuple] = []
    cluster: list[tuple] = []
    reached = None
    for stretch in sorted(wall, key=lambda stretch: stretch[:2]):
        if reached is not None and stretch[0] >= reached:
            flat += _flatten_cluster(cluster)
            cluster, reached = [], None
        cluster.append(stretch)
        reached = stretch[1] if reached is None else max(reached, stretch[1])
    return flat + _flatten_cluster(cluster)


def _flatten_cluster(cluster: list[tuple]) -> list[tuple]:
    if len(cluster) < 2:
        return cluster
    edges = sorted({edge for stretch in cluster for edge in stretch[:2]})
    flat: list[tuple] = []
    for low, high in itertools.pairwise(edges):
        here = [stretch for stretch in cluster if stretch[0] <= low and stretch[1] >= high]
        best = min(here, key=lambda stretch: _PRECEDENCE[stretch[2]])
        if flat and flat[-1][2:] == best[2:]:
            flat[-1] = (flat[-1][0], high, *best[2:])
        else:
            flat.append((low, high, *best[2:]))
    return flat
