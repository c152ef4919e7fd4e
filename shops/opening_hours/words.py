"""Hours and days as each language writes them. Sentences only place these; everything that varies is here.

English uses the 24-hour clock: in a city of four languages the same page shows 18:00 on the door, in the German text
and on the bus; "6 pm" would be the only one to read differently.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, time

from babel import Locale, UnknownLocaleError
from babel.dates import get_day_names, get_month_names
from django.utils.translation import get_language

NARROW = "\N{NARROW NO-BREAK SPACE}"
NO_BREAK = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True)
class _Style:
    """How one language writes.

    Attributes:
        clock: hours and minutes, without the words "at" or "until".
        span: from an hour to another in a table, hours and minutes always told.
        midnight: the end of a day, where "until" comes before it; None if it is told as 00:00.
        day: number and month of a date, in the form that follows "on" or "until".
        weekday: a weekday in the form that follows "on" or "until".
        long_day: a weekday as it stands alone, and a date.
        digits: a date in a narrow column.
    """

    clock: Callable[[int, int], str]
    span: str
    midnight: str | None
    day: Callable[[int, str], str]
    weekday: Callable[[str], str] = str
    long_day: str = "%s %s"
    digits: str = "%d/%d"


def _french_clock(hour: int, minute: int) -> str:
    return f"{hour}{NARROW}h{NARROW}{minute:02d}" if minute else f"{hour}{NARROW}h"


def _clock_and(word: str) -> Callable[[int, int], str]:
    def clock(hour: int, minute: int) -> str:
        return f"{hour}:{minute:02d}{NO_BREAK}{word}" if minute else f"{hour}{NO_BREAK}{word}"

    return clock


def _digits(hour: int, minute: int) -> str:
    return f"{hour:02d}:{minute:02d}"


# Lëtzebuergesch drops the final n of an article unless a vowel or one of d, h, n, t, z follows (the Eifel rule). Of the
# ordinals, those of 4, 5, 6, 7 (véiert, fënneft, sechst, siwent) and the numbers that begin with them drop it.
_N_IS_DROPPED = {4, 5, 6, 7, 14, 15, 16, 17, 24, 25, 26, 27}


def _lb_day(day: int, month: str) -> str:
    return f"{'de' if day in _N_IS_DROPPED else 'den'} {day}.{NO_BREAK}{month}"


def _lb_weekday(name: str) -> str:
    return f"en {name}" if name[0] in "DTZHN" else f"e {name}"


_STYLES = {
    "fr": _Style(
        clock=_french_clock,
        span="%s\N{NO-BREAK SPACE}–\N{NO-BREAK SPACE}%s",
        midnight="minuit",
        day=lambda day, month: f"{'1er' if day == 1 else day}{NO_BREAK}{month}",
    ),
    "de": _Style(
        clock=_clock_and("Uhr"),
        span="%s–%s\N{NO-BREAK SPACE}Uhr",
        midnight="Mitternacht",
        day=lambda day, month: f"{day}.{NO_BREAK}{month}",
        long_day="%s, %s",
        digits="%d.%d.",
    ),
    "lb": _Style(
        clock=_clock_and("Auer"),
        span="%s–%s\N{NO-BREAK SPACE}Auer",
        midnight="Mëtternuecht",
        day=_lb_day,
        weekday=_lb_weekday,
        long_day="%s, %s",
        digits="%d.%d.",
    ),
    "en": _Style(
        clock=_digits,
        span="%s–%s",
        midnight="midnight",
        day=lambda day, month: f"{day}{NO_BREAK}{month}",
    ),
}
_ANY = _Style(clock=_digits, span="%s–%s", midnight=None, day=lambda day, month: f"{day}{NO_BREAK}{month}")


def language() -> str:
    """The active language, without its country."""
    return (get_language() or "fr").partition("-")[0]


def _style() -> _Style:
    return _STYLES.get(language(), _ANY)


@functools.lru_cache(maxsize=32)
def _names(code: str) -> tuple[dict, dict]:
    try:
        locale = Locale(code)
    except UnknownLocaleError:
        locale = Locale("en")
    return (
        dict(get_day_names("wide", locale=locale)),
        dict(get_month_names("wide", locale=locale)),
    )


def clock(moment: time) -> str:
    """« 9 h 30 », "9:30 Uhr", "09:30"."""
    return _style().clock(moment.hour, moment.minute)


def closing_clock(moment: time) -> str:
    """The same for the end of an opening: midnight has its word, "0 h" would send people to the wrong day."""
    style = _style()
    if style.midnight and moment.hour == moment.minute == 0:
        return style.midnight
    return style.clock(moment.hour, moment.minute)


def span(opens: time, closes: time) -> str:
    """« 9 h – 12 h 30 », "9:00–12:30 Uhr", "09:00–12:30"."""
    style = _style()
    if style.clock is _french_clock:
        return style.span % (clock(opens), closing_clock(closes))
    return style.span % (f"{opens:%H:%M}", "24:00" if closes == time(0) else f"{closes:%H:%M}")


def weekday(day: date) -> str:
    """« mardi », as it stands after "on"."""
    return _style().weekday(weekday_name(day))


def weekday_name(day: date) -> str:
    """« mardi », as it stands alone."""
    return _names(language())[0][day.weekday()]


def day_and_month(day: date, *, today: date) -> str:
    """« 3 août », with the year when it is not the one a reader would think of."""
    text = _style().day(day.day, _names(language())[1][day.month])
    if day.year != today.year and abs((day - today).days) > 180:
        text += f"{NO_BREAK}{day.year}"
    return text


def long_day(day: date) -> str:
    """« samedi 28 novembre », "Samstag, 28. November"."""
    return _style().long_day % (weekday_name(day), _style().day(day.day, _names(language())[1][day.month]))


def digits(day: date) -> str:
    """« 28/11 », "28.11."."""
    return _style().digits % (day.day, day.month)


def name_in_language(names, default: str = "") -> str:
    """A holiday's name in the active language, or the first there is."""
    if not names:
        return default
    return names.get(language()) or next(iter(names.values()))


def typeset(text: str) -> str:
    """The spaces that a translator cannot see: French keeps the colon on the line of its word."""
    if language() == "fr":
        return text.replace(" :", f"{NO_BREAK}:").replace("« ", f"«{NO_BREAK}").replace(" »", f"{NO_BREAK}»")
    return text
