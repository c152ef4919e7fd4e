"""Two values of a fact, old and new, prepared to be seen side by side: what stays, what goes, what comes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from difflib import SequenceMatcher
from math import cos, hypot, radians
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from shops.desks.words import special_day
from shops.editing.facts import FACTS, Value
from shops.opening_hours import Hours, InvalidHours, week_grid, words
from shops.vocabulary import AccessAnswer, AccessQuestion, LinkKind, Payment, Service, SpokenLanguage

SAME, GONE, NEW = "same", "gone", "new"
# Below this likeness, word by word would be confetti: the two texts are shown whole.
ALIKE = 0.25
_VOCABULARIES = {"services": Service, "payments": Payment, "spoken_languages": SpokenLanguage}
_METRES_A_DEGREE = 111_320


@dataclass(frozen=True)
class Piece:
    """A stretch of text, or an entry of a list, and whether it stays, goes or comes. `more` says it in full."""

    kind: str
    text: str
    more: str = ""
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table: the same place before and after."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class Difference:
    """What a template shows: `shape` is the partial that does it."""

    shape: str  # text, list, rows, photos
    before: list = field(default_factory=list)
    after: list = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    remark: str = ""


class Reader:
    """Makes values readable: it knows the city's words, asked of once for a whole page."""

    def __init__(self, structure):
        self.structure = structure

    def difference(self, name: str, before: Value, after: Value) -> Difference:
        """What becomes of a fact."""
        kind = FACTS[name].kind
        match kind:
            case "text" | "lines":
                return _of_texts(before or "", after or "")
            case "choices" | "links" | "days":
                return _of_lists(self.entries(name, before), self.entries(name, after))
            case "notes" | "answers":
                return Difference("rows", rows=self._rows(name, before or {}, after or {}))
            case "hours":
                return self._of_hours(before, after)
            case "position":
                return self._of_positions(before, after)
            case "photos":
                return Difference("photos", before=before or [], after=after or [])
        return Difference(
            "text", *([Piece(mark, self.plain(name, value))] for mark, value in _ends(before, after))
        )

    def plain(self, name: str, value: Value) -> str:
        """A value in one line, for the history and for conflicts."""
        if value in (None, "", [], {}):
            return _("rien")
        match FACTS[name].kind if name in FACTS else "":
            case "choices" | "links" | "days":
                return ", ".join(piece.more or piece.text for piece in self.entries(name, value))
            case "notes" | "answers":
                return ", ".join(
                    f"{row.label} : {row.after}" for row in self._rows(name, {}, value) if row.after
                )
            case "position":
                return f"{value[0]:.5f}, {value[1]:.5f}"
            case "choice" if name == "category":
                return self._category(value)
            case "choice":
                return self._district(value[0])
            case "photos":
                return str(len(value))
        return str(value)

    def entries(self, name: str, value: Value) -> list[Piece]:
        """The entries of a list, in words."""
        return [self._entry(name, entry) for entry in value or []]

    def _entry(self, name, entry):
        if name in _VOCABULARIES:
            vocabulary = _VOCABULARIES[name]
            return Piece(SAME, str(vocabulary(entry).label) if entry in vocabulary else str(entry))
        if name == "links":
            kind, url = entry
            label = LinkKind(kind).label if kind in LinkKind else kind
            return Piece(SAME, f"{label} : {host_of(url)}", more=url, url=url)
        if name == "special_days":
            return Piece(SAME, special_day(entry))
        return Piece(SAME, self._category(entry))

    def _category(self, code):
        category = self.structure.category(code)
        return category.label_i18n if category else str(code)

    def _district(self, slug):
        district = self.structure.districts.get(slug)
        return district.name_i18n if district else str(slug)

    def _rows(self, name, before, after):
        if name == "accessibility":
            return [
                Row(str(question.label), _answer(before.get(question)), _answer(after.get(question)))
                for question in AccessQuestion
                if before.get(question) or after.get(question)
            ]
        return [
            Row(str(service.label), before.get(service, ""), after.get(service, ""))
            for service in Service
            if before.get(service) or after.get(service)
        ]

    def _of_hours(self, before, after):
        weeks = [self._week(expression) for expression in (before, after)]
        if None in weeks:
            # An expression that no table can show.
            return _of_texts(before or "", after or "")
        names = [words.weekday_name(date(2001, 1, 1 + number)) for number in range(7)] + [_("jours fériés")]
        return Difference("rows", rows=[Row(*line) for line in zip(names, *weeks, strict=True)])

    def _week(self, expression):
        """Seven days and the holidays in words; None for what a table cannot show."""
        if not expression:
            return [_("inconnu")] * 8
        try:
            grid = week_grid(Hours.parse(expression, self.structure.place))
        except InvalidHours:
            return None
        if grid is None:
            return None
        lines = [_openings(day) for day in grid.days]
        return [*lines, _("inconnu") if grid.holidays is None else _openings(grid.holidays)]

    def _of_positions(self, before, after):
        remark = ""
        if before and after:
            north = (after[0] - before[0]) * _METRES_A_DEGREE
            east = (after[1] - before[1]) * _METRES_A_DEGREE * cos(radians(after[0]))
            remark = _("Déplacé de %(metres)d m.") % {"metres": round(hypot(north, east))}
        pieces = [
            [Piece(mark, self.plain("position", value), url=_on_the_map(value))] if value else []
            for mark, value in _ends(before, after)
        ]
        return Difference("list", *pieces, remark=remark)


def _ends(before, after):
    return (SAME, SAME) if before == after else zip((GONE, NEW), (before, after), strict=True)


def _of_texts(before: str, after: str) -> Difference:
    """Two texts, cut where they differ, word by word."""
    old, new = (re.findall(r"\s+|\w+|[^\w\s]", text) for text in (before, after))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if old and new and matcher.ratio() < ALIKE:
        return Difference("text", [Piece(GONE, before)], [Piece(NEW, after)])
    left, right = [], []
    for what, i1, i2, j1, j2 in matcher.get_opcodes():
        if what == "equal":
            left.append(Piece(SAME, "".join(old[i1:i2])))
            right.append(Piece(SAME, "".join(new[j1:j2])))
            continue
        if i1 < i2:
            left.append(Piece(GONE, "".join(old[i1:i2])))
        if j1 < j2:
            right.append(Piece(NEW, "".join(new[j1:j2])))
    return Difference("text", left, right)


def _of_lists(before: Iterable[Piece], after: Iterable[Piece]) -> Difference:
    before, after = list(before), list(after)

    def marked(pieces, others, mark):
        return [
            piece if piece in others else Piece(mark, piece.text, piece.more, piece.url) for piece in pieces
        ]

    return Difference("list", marked(before, after, GONE), marked(after, before, NEW))


def _answer(answer):
    return str(AccessAnswer(answer).label) if answer in AccessAnswer else _("inconnu")


def _openings(day):
    return ", ".join(words.span(opens, closes) for opens, closes in day) or _("fermé")


def host_of(url: str) -> str:
    """« www.exemple.lu/page » → « exemple.lu »: what tells one site from another."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _on_the_map(position):
    lat, lon = position
    return f"https://www.openstreetmap.org/?mlat={lat:.5f}&mlon={lon:.5f}#map=18/{lat:.5f}/{lon:.5f}"
