"""A plan as a person reads it: what is new, changed, refused and why, in tables of plain text."""

import unicodedata
from collections.abc import Iterable, Iterator

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.vocabulary import FactGroup

from . import files
from .planning import Outcome, Plan, Verdict, as_text

WIDEST = 60  # characters of a cell
SHOWN = 40  # lines of what is new or changed, unless more are asked for


def lines(plan: Plan, *, applied: bool, shown: int | None = SHOWN) -> Iterator[str]:
    """The report, line by line.

    Args:
        applied: whether the plan was carried out.
        shown: how many lines of new and changed places; None for all. Refusals are always listed in full.
    """
    yield heading(plan)
    yield from plan.notes
    yield ""
    for number, label in totals(plan):
        yield f"{number:>8}  {label}"
    for title, cells, is_long in sections(plan):
        yield from _section(title, cells, shown if is_long else None)
    yield ""
    if applied:
        yield (
            _("Import terminé.") if not plan.changes_nothing else _("Rien à changer : la base dit déjà cela.")
        )
    else:
        yield _("Essai à blanc : rien n’a été écrit.")


def totals(plan: Plan) -> list[tuple[int, str]]:
    """How many places of each kind, with their words."""
    counts = plan.counts()
    differing = sum(bool(outcome.differences) for outcome in plan.outcomes)
    remarks = sum(len(outcome.all_remarks) for outcome in plan.outcomes if outcome.verdict != Verdict.REFUSED)
    return [
        (counts[Verdict.NEW], _("nouveaux")),
        (counts[Verdict.CHANGED], _("modifiés")),
        (counts[Verdict.UNCHANGED], _("inchangés")),
        (counts[Verdict.REFUSED], _("refusés")),
        (differing, _("à regarder : le fichier contredit ce qu’un commerçant ou la Ville a confirmé")),
        (remarks, _("valeurs écartées ou signalées, le commerce étant gardé")),
    ]


def sections(plan: Plan) -> list[tuple[str, list[list[str]], bool]]:
    """The tables of the report: title, rows with the heading first, whether it may be cut short."""
    return [
        (_("Nouveaux"), list(_new_cells(plan)), True),
        (_("Modifiés"), list(_changed_cells(plan)), True),
        (_("À regarder, non écrits"), list(_difference_cells(plan)), False),
        (_("Valeurs écartées ou signalées"), list(_remark_cells(plan)), False),
        (_("Refusés"), list(_refused_cells(plan)), False),
    ]


def heading(plan: Plan) -> str:
    """The file in one sentence."""
    kind = _("réponse Overpass") if plan.kind == files.OVERPASS else _("table CSV")
    number = ngettext("%(number)s lieu", "%(number)s lieux", len(plan.rows)) % {"number": len(plan.rows)}
    if plan.confirmed_at:
        dated = _("connus au %(date)s") % {"date": formats.date_format(plan.confirmed_at, "DATE_FORMAT")}
    else:
        dated = _("sans date : rien n’est tenu pour confirmé")
    return f"{printable(plan.source)} ({kind}) : {number}, {dated}"


def _place(outcome: Outcome):
    return [str(outcome.row.number), outcome.row.external_id, outcome.row.name]


def _new_cells(plan):
    yield [_("ligne"), _("identifiant"), _("nom"), _("catégorie"), _("quartier")]
    for outcome in plan.with_verdict(Verdict.NEW):
        facts = outcome.row.facts
        yield [*_place(outcome), facts["category"], facts["district"]]


def _changed_cells(plan):
    yield [_("ligne"), _("identifiant"), _("nom"), _("champ"), _("avant"), _("après")]
    for outcome in plan.with_verdict(Verdict.CHANGED):
        for name, (ours, theirs) in outcome.changes.items():
            yield [*_place(outcome), name, as_text(ours), as_text(theirs)]
        if outcome.confirmed:
            groups = ", ".join(str(FactGroup(group).label) for group in outcome.confirmed)
            yield [*_place(outcome), _("confirmé par le fichier"), "", groups]
        if outcome.unconfirmed:
            groups = ", ".join(str(FactGroup(group).label) for group in outcome.unconfirmed)
            yield [*_place(outcome), _("n’est plus confirmé"), groups, ""]


def _difference_cells(plan):
    yield [_("ligne"), _("identifiant"), _("nom"), _("champ"), _("chez nous"), _("dans le fichier")]
    for outcome in plan.outcomes:
        for name, (ours, theirs) in outcome.differences.items():
            yield [*_place(outcome), name, as_text(ours), as_text(theirs)]


def _remark_cells(plan):
    yield [_("ligne"), _("identifiant"), _("nom"), _("champ"), _("valeur"), _("raison")]
    for outcome in plan.outcomes:
        if outcome.verdict != Verdict.REFUSED:
            for remark in outcome.all_remarks:
                yield [*_place(outcome), remark.field, remark.value, remark.reason]


def _refused_cells(plan):
    yield [_("ligne"), _("identifiant"), _("nom"), _("champ"), _("valeur"), _("raison")]
    for outcome in plan.with_verdict(Verdict.REFUSED):
        refusal = outcome.row.refusal
        yield [*_place(outcome), refusal.field, refusal.value, refusal.reason]


def _section(title: str, cells: Iterable[list[str]], shown: int | None) -> Iterator[str]:
    """A table with its title; nothing if it has only its heading."""
    # The last column is the reason: it runs on.
    rows = [[*map(_shortened, row[:-1]), printable(row[-1])] for row in cells]
    if len(rows) == 1:
        return
    hidden = len(rows) - 1 - shown if shown is not None else 0
    if hidden > 0:
        del rows[shown + 1 :]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    yield ""
    yield f"== {title}"
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if hidden > 0:
        yield ngettext(
            "… et %(number)s ligne de plus (--verbosity 2 la montre)",
            "… et %(number)s lignes de plus (--verbosity 2 les montre toutes)",
            hidden,
        ) % {"number": hidden}


def printable(text: str) -> str:
    """Text from a stranger's file, without what could command a terminal."""
    return "".join(sign if unicodedata.category(sign)[0] != "C" else "�" for sign in text)


def _shortened(cell):
    cell = printable(" ".join(cell.split()))
    return cell if len(cell) <= WIDEST else f"{cell[: WIDEST - 1]}…"
