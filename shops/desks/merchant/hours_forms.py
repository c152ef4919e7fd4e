"""The form in which a merchant tells her usual week, and the choices of hours that all forms of hours share.

It gives the value of the fact `opening_hours`: an expression. What is chosen stays as it was chosen until it is right,
with a sentence at the day that is wrong.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache

from django import forms
from django.core.exceptions import ValidationError
from django.forms.utils import flatatt
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shops.opening_hours import WeekGrid, words

SHOWN = 2  # stretches of a day that the form shows, even when they are empty
MOST = 6  # stretches that a day may have
HOLIDAYS = 7  # the line after Sunday
NIGHT_ENDS_BY = 8 * 60  # minutes after midnight: what ends later was hardly meant to run through the night
LONGEST_NIGHT = 18 * 60  # minutes from opening in the day to closing after midnight

# What the first choice of a day may say instead of an hour.
CLOSED, BY_APPOINTMENT, ALL_DAY, UNSAID = "", "rdv", "24h", "?"
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


# The choices of hours: written once for each language, because a week holds thirty-two of them

_OFTEN = {
    "opens": "06:00 06:30 07:00 07:30 08:00 08:30 09:00 09:30 10:00 11:30 13:00 13:30 14:00 18:00",
    "closes": "12:00 12:30 13:00 14:00 17:00 18:00 18:30 19:00 20:00 22:00 00:00 01:00",
}


def _clocks():
    """Every quarter of an hour while shops are open, every half in the night, beginning with the morning."""
    minutes = [*range(300, 1320, 15), *range(1320, 1440, 30), *range(0, 300, 30)]
    return [f"{minute // 60:02d}:{minute % 60:02d}" for minute in minutes]


def _clock_label(value: str, which: str) -> str:
    moment = time.fromisoformat(value)
    return words.closing_clock(moment) if which == "closes" else words.clock(moment)


@lru_cache(maxsize=64)
def _all_options(language: str, which: str, first: str) -> str:
    """The options of a choice, none chosen. `first` says of which line it is: "day", "holidays" or "" for the others."""
    special = {
        "day": [(CLOSED, _("fermé")), (BY_APPOINTMENT, _("sur rendez-vous")), (ALL_DAY, _("jour et nuit"))],
        "holidays": [(UNSAID, _("à confirmer")), (CLOSED, _("fermé")), (ALL_DAY, _("jour et nuit"))],
        "": [("", "–")],
    }[first if which == "opens" else ""]

    def drawn(clocks):
        pairs = ((clock, _clock_label(clock, which)) for clock in clocks)
        return format_html_join("", '<option value="{}">{}</option>', pairs)

    return format_html(
        '{}<optgroup label="{}">{}</optgroup><optgroup label="{}">{}</optgroup>',
        format_html_join("", '<option value="{}">{}</option>', special),
        _("Souvent"),
        drawn(_OFTEN[which].split()),
        _("Toutes les heures"),
        drawn(_clocks()),
    )


def options(which: str, chosen: str, first: str = ""):
    """The options of a choice of hours (`which`: "opens" or "closes"), with one chosen. Only our own values are."""
    html = _all_options(get_language(), which, first)
    mark = f'value="{chosen}"'
    if chosen and mark not in html and _CLOCK.fullmatch(chosen):
        html = f'<option value="{chosen}">{_clock_label(chosen, which)}</option>{html}'
    # Each value is one of ours or matches _CLOCK: nothing to escape.
    return mark_safe(html.replace(mark, f"{mark} selected", 1) if mark in html else html)  # noqa: S308


class HourSelect(forms.Select):
    """The same choice in an ordinary form."""

    def __init__(self, which, attrs=None):
        super().__init__(attrs)
        self.which = which

    def render(self, name, value, attrs=None, renderer=None):
        attributes = flatatt(self.build_attrs(self.attrs, {"name": name, **(attrs or {})}))
        return format_html("<select{}>{}</select>", attributes, options(self.which, value or ""))


class HourField(forms.CharField):
    """A clock time, as its value of five characters."""

    def __init__(self, which, **options):
        super().__init__(widget=HourSelect(which), **options)

    def clean(self, value):
        value = super().clean(value)
        if value and not _CLOCK.fullmatch(value):
            raise ValidationError(_("Choisissez une heure de la liste."))
        return value


# One day's stretches


class Wrong(Exception):
    """What somebody wrote cannot be taken. `str()` of it is the sentence for her."""


def stretches(pairs: Iterable[tuple[str, str]], known=()) -> tuple[tuple[time, time], ...]:
    """The (opening, closing) times of a day from what was chosen: in order, those that touch made one.

    A closing before its opening is the next day's. `known` are stretches of the day as it was: they are believed.
    Raises Wrong.
    """
    found = []
    for opens, closes in pairs:
        if not opens and not closes:
            continue
        for value in (opens, closes):
            if value and not _CLOCK.fullmatch(value):
                raise Wrong(_("Choisissez une heure de la liste."))
        if not opens:
            raise Wrong(_("Il manque une heure d’ouverture."))
        if not closes:
            raise Wrong(_("Il manque une heure de fermeture."))
        start, end = _minutes(opens), _minutes(closes) or 1440
        if end <= start:
            end += 1440
        pair = (time.fromisoformat(opens), time.fromisoformat(closes))
        if pair not in known:
            _check_stretch(pair, start, end)
        found.append((start, end))
    found.sort()
    joined = []
    for start, end in found:
        if joined and start < joined[-1][1]:
            raise Wrong(_("Ces heures se chevauchent."))
        if joined and start == joined[-1][1]:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple((clock_time(start), clock_time(end)) for start, end in joined)


def _check_stretch(pair, start, end):
    opens, closes = pair
    if end - start == 1440 and start:
        raise Wrong(_("L’ouverture et la fermeture sont à la même heure."))
    if end > 1440 and (end - 1440 > NIGHT_ENDS_BY or end - start > LONGEST_NIGHT):
        raise Wrong(
            _("La fermeture (%(closes)s) vient avant l’ouverture (%(opens)s).")
            % {"closes": words.closing_clock(closes), "opens": words.clock(opens)}
        )


def _minutes(value: str) -> int:
    return int(value[:2]) * 60 + int(value[3:])


def clock_time(minutes: int) -> time:
    """The hour on the clock at a minute of the day or of the night after it."""
    return time(minutes // 60 % 24, minutes % 60)


def spans_text(spans: Iterable[tuple[time, time]]) -> str:
    """The hours of a special day as `SpecialDay.hours` keeps them."""
    return ",".join(
        f"{opens:%H:%M}-{'24:00' if closes == time(0) else format(closes, '%H:%M')}"
        for opens, closes in spans
    )


# The week


@dataclass
class Stretch:
    """One line of a day in the form: what is chosen in its two choices."""

    day: "Day"
    number: int
    opens: str = ""
    closes: str = ""

    @property
    def name(self) -> str:
        return f"j{self.day.number}-{self.number}"

    @property
    def opens_options(self):
        first = "" if self.number else "holidays" if self.day.number == HOLIDAYS else "day"
        return options("opens", self.opens, first)

    @property
    def closes_options(self):
        return options("closes", self.closes)

    @property
    def opens_label(self) -> str:
        return _("%(day)s, ouverture, ligne %(number)s") % {
            "day": self.day.label,
            "number": self.number + 1,
        }

    @property
    def closes_label(self) -> str:
        return _("%(day)s, fermeture, ligne %(number)s") % {
            "day": self.day.label,
            "number": self.number + 1,
        }


@dataclass
class Day:
    """A weekday of the form, or the public holidays."""

    number: int
    lines: list[Stretch] = field(default_factory=list)
    fault: str = ""
    # The hours that stand below a first line that speaks for the whole day: she says which of the two she means.
    left_over: str = ""

    @property
    def label(self) -> str:
        return day_label(self.number)

    @property
    def follows(self) -> bool:
        """Whether there is a day before it to copy."""
        return 0 < self.number < HOLIDAYS

    @property
    def first_words(self) -> str:
        """What its first line says for the whole day."""
        return _first_words(self.lines[0].opens)

    @property
    def has_room(self) -> bool:
        return len(self.lines) < MOST

    def set(self, pairs):
        pairs = list(pairs)[:MOST]
        pairs += [("", "")] * (SHOWN - len(pairs))
        self.lines = [Stretch(self, number, *pair) for number, pair in enumerate(pairs)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return [(line.opens, line.closes) for line in self.lines]


def _first_words(opens: str) -> str:
    """What the first choice of a day says for the whole of it."""
    return {
        CLOSED: _("fermé"),
        BY_APPOINTMENT: _("sur rendez-vous"),
        ALL_DAY: _("jour et nuit"),
        UNSAID: _("à confirmer"),
    }[opens]


def day_label(number: int) -> str:
    """« Lundi », or « Jours fériés »."""
    if number == HOLIDAYS:
        return _("Jours fériés")
    name = words.weekday_name(date(2001, 1, 1 + number))
    return name[0].upper() + name[1:]


class WeekForm:
    """The usual week as it is being written: eight days, each with its lines.

    After `read`, `grid` is what it says; where it says nothing certain `grid` is None and the days have faults.
    """

    # Of all the lines that it can have.
    NAMES = frozenset(
        f"j{day}-{line}-{end}" for day in range(HOLIDAYS + 1) for line in range(MOST) for end in ("de", "a")
    )

    def __init__(self):
        self.days = [Day(number) for number in range(8)]
        self.fault = ""
        self.grid: WeekGrid | None = None

    @classmethod
    def of_grid(cls, grid: WeekGrid | None) -> "WeekForm":
        """The form that shows a grid. None: nothing said yet."""
        form = cls()
        for day in form.days:
            if day.number == HOLIDAYS:
                own = grid.holidays if grid else None
            else:
                own = grid.days[day.number] if grid else ()
            if grid and day.number in grid.by_appointment:
                day.set([(BY_APPOINTMENT, "")])
            elif own is None:
                day.set([(UNSAID, "")])
            elif own == ((time(0), time(0)),):
                day.set([(ALL_DAY, "")])
            else:
                day.set((f"{opens:%H:%M}", f"{closes:%H:%M}") for opens, closes in own)
        return form

    @classmethod
    def of_post(cls, data: Mapping[str, str]) -> "WeekForm":
        """The form as it was sent, right or wrong. A line that the browser left out is empty."""
        form = cls()
        for day in form.days:
            pairs = []
            for number in range(MOST):
                name = f"j{day.number}-{number}"
                if f"{name}-de" in data or f"{name}-a" in data:
                    pairs.append((data.get(f"{name}-de", "")[:5], data.get(f"{name}-a", "")[:5]))
            day.set(pairs)
        return form

    # What its buttons do without saving

    def copy_day(self, number: int) -> None:
        """As on the day before. Nothing happens for a day that has none."""
        if 0 < number < HOLIDAYS:
            self.days[number].set(self.days[number - 1].pairs)

    def copy_monday(self, last: int) -> None:
        """Monday's hours on each day until this one."""
        for number in range(1, min(last, 6) + 1):
            self.days[number].set(self.days[0].pairs)

    def add_line(self, number: int) -> None:
        if 0 <= number <= HOLIDAYS and self.days[number].has_room:
            self.days[number].set([*self.days[number].pairs, ("", "")])

    def take_whole_day(self, number: int) -> None:
        """What the first line says holds for the whole day: the hours below it go."""
        if 0 <= number <= HOLIDAYS:
            self.days[number].set([self.days[number].pairs[0]])

    def take_the_rest(self, number: int) -> None:
        """The hours below the first line are the day's."""
        if 0 <= number <= HOLIDAYS:
            self.days[number].set(pair for pair in self.days[number].pairs[1:] if any(pair))

    # What it says

    def read(self, before: WeekGrid | None) -> bool:
        """Work out the grid. `before` is the week as the page has it: what was there already is believed."""
        for day in self.days:
            day.fault = day.left_over = ""
        days, by_appointment, holidays = [], set(), None
        for day in self.days:
            is_feast = day.number == HOLIDAYS
            known = (before.holidays or () if is_feast else before.days[day.number]) if before else ()
            try:
                own = self._read_day(day, known)
            except Wrong as wrong:
                day.fault, own = str(wrong), ()
            if own == BY_APPOINTMENT:
                by_appointment.add(day.number)
                own = ()
            if is_feast:
                holidays = None if own == UNSAID else own
            else:
                days.append(own)
        self._check_nights(days, before)
        if not self.faults:
            grid = WeekGrid(tuple(days), holidays, frozenset(by_appointment))
            if grid != before and not any(days) and not by_appointment:
                self.fault = _("Choisissez les heures d’un jour au moins.")
            else:
                self.grid = grid
        return self.grid is not None

    @staticmethod
    def _read_day(day: Day, known):
        first, rest = day.pairs[0], day.pairs[1:]
        opens = first[0]
        if opens in (CLOSED, BY_APPOINTMENT, ALL_DAY, UNSAID) and any(any(pair) for pair in rest):
            # A script puts the lines below away at once. Without it they are still there, and nobody knows which is meant.
            day.left_over = hours_words(stretches(rest, known))
            raise Wrong(
                _(
                    "La première ligne dit « %(first)s », la suivante donne encore des heures : lequel des deux ?"
                )
                % {"first": _first_words(opens)}
            )
        if opens == ALL_DAY:
            return ((time(0), time(0)),)
        if opens == BY_APPOINTMENT and day.number != HOLIDAYS:
            return BY_APPOINTMENT
        if opens == UNSAID and day.number == HOLIDAYS:
            return UNSAID
        if opens == CLOSED:
            return ()
        return stretches([first, *rest], known)

    def _check_nights(self, days, before):
        for number, own in enumerate(days):
            following = days[(number + 1) % 7]
            if not own or not following or self.days[number].fault:
                continue
            opens, closes = own[-1]
            if time(0) < closes <= opens and following[0][0] < closes:
                if before and before.days[number] == own and before.days[(number + 1) % 7] == following:
                    continue
                self.days[number].fault = _("Cette nuit finit après l’ouverture du lendemain.")

    @property
    def faults(self) -> list[Day]:
        return [day for day in self.days if day.fault]


def describe(grid: WeekGrid) -> list[str]:
    """A week in few words: « lundi – samedi : 9 h – 18 h 30 », a line for each run of days that are alike."""

    def said(number):
        if number in grid.by_appointment:
            return _("sur rendez-vous")
        return hours_words(grid.days[number])

    lines, number = [], 0
    while number < 7:
        last = number
        while last < 6 and said(last + 1) == said(number):
            last += 1
        if grid.days[number] or number in grid.by_appointment:
            if number == last:
                label = day_label(number)
            else:
                until = day_label(last).lower() if get_language() == "fr" else day_label(last)
                label = f"{day_label(number)} – {until}"
            lines.append(_("%(days)s : %(hours)s") % {"days": label, "hours": said(number)})
        number = last + 1
    if grid.holidays is not None:
        lines.append(
            _("%(days)s : %(hours)s") % {"days": day_label(HOLIDAYS), "hours": hours_words(grid.holidays)}
        )
    return [words.typeset(line) for line in lines]


def hours_words(spans: Iterable[tuple[time, time]]) -> str:
    """« 9 h – 12 h, 14 h – 18 h », « jour et nuit », « fermé »."""
    if not spans:
        return _("fermé")
    return ", ".join(
        _("jour et nuit") if opens == closes == time(0) else words.span(opens, closes)
        for opens, closes in spans
    )
