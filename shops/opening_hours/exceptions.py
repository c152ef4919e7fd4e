"""Dated exceptions, compiled into the weekly expression so that one expression is the truth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time, timedelta

from .engine import ClosureReason

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A day, or a run of days, on which the usual hours do not hold. Any object with these attributes will do.

    Args:
        start_on: first day.
        end_on: last day, included.
        hours: (opening, closing) local times; none means closed. A closing time not after its opening is the next
            day's; ``time(0)`` closes at midnight.
        reason: one of `ClosureReason`: "holiday", "works", "event", "temporary", "other".
        note: the merchant's own words, shown as they are.
    """

    start_on: date
    end_on: date
    hours: tuple[tuple[time, time], ...] = ()
    reason: str = ClosureReason.OTHER
    note: str = ""


def compile_hours(weekly: str, special_days: Iterable[SpecialDay]) -> str:
    """One expression for the usual hours and their dated exceptions.

    Where exceptions overlap, the shorter one wins, then the one that starts later: a single open day inside a
    closed fortnight stays open. Reason and note travel as the rule's comment (``"holiday: note"``).

    Args:
        weekly: the usual hours, or "" if nobody knows them. They stay unknown outside the exceptions.
        special_days: those that still matter; past ones only make the expression longer.

    Returns:
        The expression, equal to `weekly` when there is no exception.

    Raises:
        ValueError: an exception that ends before it starts, or an unknown reason.
    """
    days = sorted(special_days, key=lambda day: (day.start_on - day.end_on, day.start_on))
    rules = [_rule(day) for day in days]
    weekly = weekly.strip()
    if not rules:
        return weekly
    return "; ".join([weekly or "unknown", *rules])


def _rule(special: SpecialDay) -> str:
    if special.end_on < special.start_on:
        raise ValueError(f"{special.start_on} – {special.end_on}: ends before it starts")
    days = _date(special.start_on)
    if special.end_on != special.start_on:
        days += f"-{_date(special.end_on)}"
    spans = ",".join(f"{opening:%H:%M}-{_closing(closing)}" for opening, closing in sorted(special.hours))
    # Only the two characters that would end the comment, or the expression, are taken from the merchant's words.
    note = " ".join(special.note.replace('"', "'").split())
    reason = ClosureReason(special.reason)
    comment = f'"{reason}: {note}"' if note else f'"{reason}"'
    return f"{days} {spans or 'off'} {'open ' if spans else ''}{comment}"


def _date(day: date) -> str:
    return f"{day.year} {_MONTHS[day.month - 1]} {day.day:02d}"


def _closing(closing: time) -> str:
    return "24:00" if closing == time(0) else f"{closing:%H:%M}"


def is_past(special: SpecialDay, today: date) -> bool:
    """Whether an exception can be left out: even its night is over."""
    return special.end_on < today - timedelta(days=1)
