"""The week as a table for readers, and as a plain grid for the merchant's form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta

from django.utils.translation import gettext as _

from . import rules as grammar
from . import words
from .engine import ClosureReason, Hours, InvalidHours, Kind, Place, Span, read_reason

_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
# How a grid writes it, and the ways of writing it that say no more than that.
APPOINTMENT = "sur rendez-vous"
_ONLY_APPOINTMENT = re.compile(
    r"(sur|op|auf) rendez[- ]?vous|(by|on) appointment|nach vereinbarung|nur nach vereinbarung", re.IGNORECASE
)
_NIGHT = 6 * 60  # hours from midnight until this minute are told with the evening before


@dataclass(frozen=True, slots=True)
class Opening:
    """One stretch of a day in the table, local times.

    Attributes:
        opens, closes: ``time(0)`` as the closing is midnight.
        past_midnight: it closes after the midnight that ends its day.
        open_ended: it may close later.
        comment: the merchant's words.
    """

    opens: time
    closes: time
    past_midnight: bool = False
    open_ended: bool = False
    comment: str = ""

    @property
    def all_day(self) -> bool:
        return self.opens == self.closes == time(0)

    def __str__(self) -> str:
        """« 9 h – 12 h 30 » in the active language."""
        return words.span(self.opens, self.closes)


@dataclass(frozen=True, slots=True)
class Day:
    """One line of the week table.

    Attributes:
        date: the day.
        openings: the certain ones, in order, nights told with the evening they belong to.
        closed: certainly closed all day.
        by_appointment: the comment by which a merchant receives on appointment, or "".
        holiday: the names of the public holiday by language, or None.
        special: the reason of a dated exception, or None; `note` are its words.
        to_confirm: a public holiday of which the expression says nothing.
        unknown: nobody knows, or not for the whole day.
    """

    date: date
    openings: tuple[Opening, ...] = ()
    closed: bool = False
    by_appointment: str = ""
    holiday: Mapping[str, str] | None = None
    special: ClosureReason | None = None
    note: str = ""
    to_confirm: bool = False
    unknown: bool = False

    @property
    def name(self) -> str:
        """The weekday in the active language, as it stands alone."""
        return words.weekday_name(self.date)

    @property
    def long_name(self) -> str:
        """Weekday and date in the active language."""
        return words.long_day(self.date)

    @property
    def date_words(self) -> str:
        """Number and month in the active language, for the ear."""
        return words.day_and_month(self.date, today=self.date)

    @property
    def digits(self) -> str:
        """The date in the fewest signs, as the active language writes it."""
        return words.digits(self.date)

    @property
    def holiday_name(self) -> str:
        return words.name_in_language(self.holiday)

    @property
    def reason(self) -> str:
        """Why this day differs, in the active language, or ""."""
        from .sentence import reason_word

        if self.special is None:
            return ""
        return reason_word(self.special) or self.note


def week(hours: Hours, monday: date) -> list[Day]:
    """The seven days from a Monday (or from any other day).

    Args:
        hours: the shop's.
        monday: the first day.
    """
    last = monday + timedelta(days=6)
    # A day on either side, to know which early hours belong to the evening before.
    spans = _join_nights(hours.spans(monday - timedelta(days=1), last + timedelta(days=1)))
    return [_day(hours, monday + timedelta(days=number), spans) for number in range(7)]


def _day(hours: Hours, day: date, all_spans: dict[date, list[Span]]) -> Day:
    holiday = hours.place.holidays.get(day)
    if hours.is_unknown:
        return Day(date=day, holiday=holiday, unknown=True)
    openings, appointment, special, note = [], "", None, ""
    to_confirm = unknown = False
    for span in all_spans[day]:
        comment = span.comment.removeprefix(grammar.CLOSED_ON_PURPOSE).removeprefix(grammar.BY_APPOINTMENT)
        found = read_reason(comment)
        if found:
            special, note = found
            comment = note
        if span.kind is Kind.OPEN:
            openings.append(
                Opening(
                    opens=_time(span.start),
                    closes=_time(span.end),
                    past_midnight=span.end > 1440,
                    open_ended=hours.is_open_ended(span.end),
                    comment=comment,
                )
            )
        elif span.kind is Kind.BY_APPOINTMENT:
            appointment = comment
        elif span.kind is Kind.TO_CONFIRM:
            to_confirm = True
        elif span.kind is Kind.UNKNOWN:
            unknown = True
    return Day(
        date=day,
        openings=tuple(openings),
        closed=not (openings or appointment or to_confirm or unknown),
        by_appointment=appointment,
        holiday=holiday,
        special=special,
        note=note,
        to_confirm=to_confirm,
        unknown=unknown,
    )


def _time(minutes: int) -> time:
    return time(minutes // 60 % 24, minutes % 60)


def _join_nights(spans: dict[date, list[Span]]) -> dict[date, list[Span]]:
    """An evening that one rule ends at midnight and another goes on with is one evening."""
    joined = {day: list(own) for day, own in spans.items()}
    for day, own in joined.items():
        after = joined.get(day + timedelta(days=1))
        if not own or not after:
            continue
        evening, night = own[-1], after[0]
        if (
            evening.kind is night.kind is Kind.OPEN
            and evening.end == 1440
            and evening.start > 0
            and night.start == 0
            and night.end <= _NIGHT
        ):
            own[-1] = Span(evening.start, 1440 + night.end, Kind.OPEN, evening.comment)
            after.pop(0)
    return joined


@dataclass(frozen=True, slots=True)
class WeekGrid:
    """The usual week as a form shows it.

    Attributes:
        days: Monday to Sunday, each its (opening, closing) local times in order; none means closed. A closing time
            not after its opening is the next day's; both ``time(0)`` is the whole day.
        holidays: the same for public holidays; empty means closed, None that nothing is said of them.
        by_appointment: the weekdays (0 is Monday) on which the door opens to who is expected. They have no times.
    """

    days: tuple[tuple[tuple[time, time], ...], ...]
    holidays: tuple[tuple[time, time], ...] | None = None
    by_appointment: frozenset[int] = frozenset()

    def expression(self) -> str:
        """The expression that says this.

        Raises:
            InvalidHours: times of a day that overlap, named.
        """
        for number, intervals in enumerate((*self.days, self.holidays or ())):
            self._check(number, intervals)
        said = [
            f'"{APPOINTMENT}"' if number in self.by_appointment else _spans(intervals)
            for number, intervals in enumerate(self.days)
        ]
        rules = []
        number = 0
        while number < 7:
            last = number
            while last < 6 and said[last + 1] == said[number]:
                last += 1
            if said[number]:
                code = _CODES[number] if last == number else f"{_CODES[number]}-{_CODES[last]}"
                rules.append(f"{code} {said[number]}")
            number = last + 1
        if not rules:
            rules.append("off")
        if self.holidays:
            rules.append(f"PH {_spans(self.holidays)}")
        elif self.holidays is not None and rules != ["off"]:
            rules.append("PH off")
        return "; ".join(rules)

    @staticmethod
    def _check(number: int, intervals: tuple[tuple[time, time], ...]):
        before = 0
        for opens, closes in intervals:
            start, end = opens.hour * 60 + opens.minute, closes.hour * 60 + closes.minute
            if start < before:
                name = words.weekday_name(date(2001, 1, 1 + number)) if number < 7 else _("jours fériés")
                raise InvalidHours(_("Des heures se chevauchent : %(day)s.") % {"day": name})
            before = end if end > start else end + 1440


def _spans(intervals: tuple[tuple[time, time], ...]) -> str:
    return ",".join(
        f"{opens:%H:%M}-{'24:00' if closes == time(0) else format(closes, '%H:%M')}"
        for opens, closes in intervals
    )


def week_grid(hours: Hours) -> WeekGrid | None:
    """The usual week as a grid, or None where a grid cannot say all that the expression says."""
    if hours.is_unknown or not all(_fits(rule) for rule in hours.rules):
        return None
    week = hours.usual_week()
    usual = _grid(week)
    by_appointment = {
        number for number, own in enumerate(week) if any(span.kind is Kind.BY_APPOINTMENT for span in own)
    }
    holidays = None
    # What a holiday would be on each weekday: asked of a place where every day is one.
    monday = date(2001, 1, 1)
    feast = Place(
        hours.place.time_zone,
        hours.place.country,
        {monday + timedelta(days=number): {"": ""} for number in range(-1, 8)},
    )
    feasts = Hours(hours.expression, feast)
    if feasts.speaks_of(monday):
        days = _grid(list(feasts.spans(monday, monday + timedelta(days=6)).values()))
        if len(set(days)) > 1:
            return None
        holidays = days[0]
    return WeekGrid(usual, holidays, frozenset(by_appointment))


def _fits(rule: grammar.Rule) -> bool:
    return (
        rule.separator != " || "
        and rule.kind != "unknown"
        and (not rule.comment or _is_plain_appointment(rule))
        and grammar.is_weekly(rule)
        and all(grammar.is_clock(span) for span in rule.spans)
    )


def _is_plain_appointment(rule: grammar.Rule) -> bool:
    """Whether the rule says of some weekdays that one must be expected, and no more than that."""
    return (
        rule.is_appointment
        and rule.separator == "; "  # an added one leaves the day's hours aside, and the grid would lose them
        and not rule.times
        and not rule.names_holidays
        and _ONLY_APPOINTMENT.fullmatch(rule.comment) is not None
    )


def _grid(week: list[list[Span]]) -> tuple[tuple[tuple[time, time], ...], ...]:
    monday = date(2001, 1, 1)
    # The same week before and after it, so that Sunday's night finds Monday's early hours.
    around = {monday + timedelta(days=number): week[number % 7] for number in range(-7, 14)}
    joined = _join_nights(
        {day: [span for span in own if span.kind is Kind.OPEN] for day, own in around.items()}
    )
    return tuple(
        tuple((_time(span.start), _time(span.end)) for span in joined[monday + timedelta(days=number)])
        for number in range(7)
    )
