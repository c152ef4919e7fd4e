"""What a file would change: read, matched by external id, compared. Nothing is written here."""

import enum
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from itertools import batched
from math import cos, hypot, radians
from types import SimpleNamespace
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.models import ImportDifference, Link, Shop
from shops.search import key as search_key
from shops.vocabulary import ConfirmedBy, FactGroup

from . import files, overpass, table, tags
from .facts import Refused, Remark, Row, group_of
from .files import BrokenFile
from .frame import Frame, Swapped

BATCH = 1000
STEP = 500  # places between two words of progress
SAME_PLACE_M = 40
SHOWN_IDS = 10
# The import leaves these pages alone: the City has settled what became of them.
SETTLED = (Shop.Status.CLOSED, Shop.Status.MERGED)
# What stands before a public id where a file of ours names a shop by it.
OWN_IDS = "vitrine:"
# Facts that are lists of choices, each answered for itself.
ANSWERS = ("services", "payments", "spoken_languages")

type Progress = Callable[[str, int, int], None]  # stage, done, total
type Change = tuple[object, object]  # before, after


def silent(stage: str, done: int, total: int) -> None:
    """Progress that nobody watches."""


class Verdict(enum.StrEnum):
    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


@dataclass(slots=True)
class Outcome:
    """What becomes of one place of the file."""

    row: Row
    verdict: Verdict
    shop_id: int | None = None
    changes: dict[str, Change] = field(default_factory=dict)
    confirmed: list[FactGroup] = field(default_factory=list)  # groups that the file's date confirms anew
    unconfirmed: list[FactGroup] = field(default_factory=list)  # changed, and nobody says since when
    differences: dict[str, Change] = field(default_factory=dict)  # disagree with what somebody confirmed
    agreed: list[int] = field(default_factory=list)  # open differences that are none any more
    remarks: list[Remark] = field(default_factory=list)  # beside those of the row

    @property
    def all_remarks(self) -> list[Remark]:
        return [*self.row.remarks, *self.remarks]


@dataclass
class Plan:
    """What importing a file would do. `report` shows it, `apply` does it."""

    source: str
    kind: str  # files.OVERPASS or files.CSV
    confirmed_at: datetime | None  # the date that the file's facts are known for
    rows: list[Row]
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # about the file as a whole

    def counts(self) -> dict[Verdict, int]:
        found = Counter(outcome.verdict for outcome in self.outcomes)
        return {verdict: found[verdict] for verdict in Verdict}

    def with_verdict(self, verdict: Verdict) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.verdict == verdict]

    @property
    def changes_nothing(self) -> bool:
        return not any(
            outcome.differences or outcome.agreed or outcome.verdict in (Verdict.NEW, Verdict.CHANGED)
            for outcome in self.outcomes
        )


def plan(
    file: BinaryIO,
    *,
    source: str,
    at: datetime,
    confirmed_on: date | None = None,
    progress: Progress = silent,
) -> Plan:
    """Say what importing a file would do. Writes nothing.

    Args:
        file: opened for reading bytes.
        source: what the file is called in differences and events.
        at: the present instant.
        confirmed_on: the day that the facts are known for, where the file does not say it itself.

    Raises:
        BrokenFile: the file as a whole cannot be used.
        NoCity: no city is loaded.
    """
    frame = Frame()
    found = files.read_text(file)
    base = None
    if found.kind == files.OVERPASS:
        answer = overpass.read(found.content)
        base, notes, raw, read = answer.base, _notes_overpass(answer), answer.elements, tags.read
    else:
        lines = table.read(found.content, frame.name_languages)
        notes, raw, read = _notes_table(lines), lines.lines, table.read_row
    rows = []
    for number, item in enumerate(raw, start=1):
        rows.append(read(item, frame))
        if number % STEP == 0 or number == len(raw):
            progress("read", number, len(raw))
    _refuse_doubles(rows)
    _place(rows, frame)
    if confirmed_on:
        base = datetime.combine(confirmed_on, time(), tzinfo=frame.city.tz)
    if base and base > at:
        raise BrokenFile(_("La date du fichier est dans l’avenir : %(date)s.") % {"date": f"{base:%Y-%m-%d}"})
    made = Plan(source[:200], found.kind, base, rows, notes=notes)
    made.outcomes = list(compare(made, frame, progress=progress))
    _note_likely_doubles(made)
    return made


def _notes_overpass(answer):
    if not answer.untagged:
        return []
    sentence = ngettext(
        "%(number)s point sans étiquette, passé.",
        "%(number)s points sans étiquette, passés.",
        answer.untagged,
    )
    return [sentence % {"number": answer.untagged}]


def _notes_table(lines):
    if not lines.unknown:
        return []
    return [_("Colonnes inconnues, pas lues : %(columns)s.") % {"columns": ", ".join(lines.unknown)[:500]}]


def _refuse_doubles(rows):
    """A file that names a place twice contradicts itself: which of the two holds is not ours to choose."""
    times = Counter(row.external_id for row in rows if row.external_id)
    twice = [external_id for external_id, number in times.items() if number > 1]
    if twice:
        listed = ", ".join(twice[:SHOWN_IDS]) + (", …" if len(twice) > SHOWN_IDS else "")
        sentence = ngettext(
            "%(number)s identifiant est donné plusieurs fois dans le fichier : %(ids)s.",
            "%(number)s identifiants sont donnés plusieurs fois dans le fichier : %(ids)s.",
            len(twice),
        )
        raise BrokenFile(sentence % {"number": len(twice), "ids": listed})


def _place(rows, frame):
    """Find each place's district by its position; refuse what lies outside the city.

    Raises:
        BrokenFile: latitude and longitude are exchanged all through the file.
    """
    inside, swapped = 0, []
    for row in rows:
        if "position" not in row.facts:
            continue
        lat, lon = row.facts["position"]
        try:
            slug = frame.district_at(lat, lon)
        except Refused as refused:
            if isinstance(refused, Swapped):
                swapped.append(row)
            row.refuse("lat, lon", f"{lat}, {lon}", str(refused))
            continue
        inside += 1
        if row.facts.get("district") not in (None, slug):
            row.remark(
                "district",
                row.facts["district"],
                _("la position est dans « %(district)s », qui décide") % {"district": slug},
            )
        row.facts["district"] = slug
    if len(swapped) > inside:
        raise BrokenFile(
            _(
                "Latitude et longitude sont échangées dans le fichier. Lieux dans la ville si on les échange :"
                " %(swapped)s (dont « %(name)s ») ; tels quels : %(inside)s."
            )
            % {"swapped": len(swapped), "inside": inside, "name": swapped[0].name}
        )


def compare(
    plan: Plan, frame: Frame, *, lock: bool = False, progress: Progress = silent
) -> Iterator[Outcome]:
    """Say what becomes of each row, in the file's order.

    Args:
        lock: hold the shops (in ascending id) until the end of the transaction.
    """
    ids = {row.external_id for row in plan.rows if not row.refusal}
    done = 0
    shops = _known_shops(ids, lock)
    for rows in batched(plan.rows, BATCH, strict=False):
        present = {row.external_id: shops.get(row.external_id) for row in rows if not row.refusal}
        differences = _differences([shop.pk for shop in present.values() if shop])
        for row in rows:
            if row.refusal:
                yield Outcome(row, Verdict.REFUSED)
            elif (shop := present[row.external_id]) is None:
                yield Outcome(row, Verdict.NEW)
            else:
                yield _compare_one(plan, row, shop, frame, differences)
        done += len(rows)
        progress("compare", done, len(plan.rows))


_COLUMNS = [
    "pk", "external_id", "status", "name", "other_names", "i18n", "category_id", "district_id",
    "district_corrected", "street", "house_number", "postcode", "place_note", "lat", "lon", "phone", "email",
    "opening_hours", "opening_hours_text", "services", "payments", "spoken_languages", "accessibility",
    *[f"{group}_confirmed_{what}" for group in FactGroup.values for what in ("at", "by")],
]  # fmt: skip


def _known_shops(external_ids, lock) -> dict[str, SimpleNamespace]:
    """The shops that the file speaks of, by external id. Bare rows: models would cost more than the comparison."""
    pks, called = [], {}
    for some in batched(sorted(external_ids), BATCH, strict=False):
        pks += Shop.objects.filter(external_id__in=some).values_list("pk", flat=True)
        # Our own files name a shop that nobody else has a name for by its public id.
        own = {name.removeprefix(OWN_IDS): name for name in some if name.startswith(OWN_IDS)}
        for pk, public_id in Shop.objects.filter(public_id__in=own).values_list("pk", "public_id"):
            called[pk] = own[public_id]
    pks = {*pks, *called}
    shops = {}
    for some in batched(sorted(pks), BATCH, strict=False):
        query = Shop.objects.filter(pk__in=some).order_by("pk")
        if lock:
            query = query.select_for_update()
        rows = {row["pk"]: SimpleNamespace(**row, links=[], others=[]) for row in query.values(*_COLUMNS)}
        links = Link.objects.filter(shop__in=some).order_by("pk")
        for shop_id, kind, url in links.values_list("shop_id", "kind", "url"):
            rows[shop_id].links.append((kind, url))
        others = Shop.other_categories.through.objects.filter(shop__in=some)
        for shop_id, category_id in others.values_list("shop_id", "category_id"):
            rows[shop_id].others.append(category_id)
        shops.update({called.get(row.pk, row.external_id): row for row in rows.values()})
    return shops


class _Differences:
    """What the City has been shown already."""

    def __init__(self):
        self.open = {}  # (shop, field) -> ImportDifference
        self.settled = defaultdict(set)  # (shop, field) -> values looked at

    def has(self, about, theirs):
        known = self.open.get(about)
        return (known is not None and known.theirs == theirs) or theirs in self.settled[about]


def _differences(shop_ids):
    found = _Differences()
    for difference in ImportDifference.objects.filter(shop__in=shop_ids):
        about = (difference.shop_id, difference.field)
        if difference.settled_at is None:
            found.open[about] = difference
        else:
            found.settled[about].add(difference.theirs)
    return found


def _compare_one(plan, row, shop, frame, differences):
    outcome = Outcome(row, Verdict.UNCHANGED, shop_id=shop.pk)
    if shop.status in SETTLED:
        outcome.remarks.append(
            Remark(
                "status",
                Shop.Status(shop.status).label,
                _("cette page est fermée ou fusionnée : rien n’est repris"),
            )
        )
        return outcome
    changed_groups = set()
    for name, ours, theirs in _both(row, shop, frame):
        about = (shop.pk, name)
        known = differences.open.get(about)
        if ours == theirs:
            if known and known.source == plan.source:
                outcome.agreed.append(known.pk)
        elif not _is_held(shop, group_of(name), plan.confirmed_at):
            outcome.changes[name] = (ours, theirs)
            changed_groups.add(group_of(name))
        elif theirs and not differences.has(about, as_text(theirs)):
            outcome.differences[name] = (ours, theirs)
    vouched_for = confirmed_groups(row) if plan.confirmed_at else []
    for group in FactGroup:
        by, since = getattr(shop, f"{group}_confirmed_by"), getattr(shop, f"{group}_confirmed_at")
        if _is_held(shop, group, plan.confirmed_at):
            continue
        if group in vouched_for:
            if since is None or since < plan.confirmed_at:
                outcome.confirmed.append(group)
        elif by and group in changed_groups:
            outcome.unconfirmed.append(group)
    if outcome.changes or outcome.confirmed or outcome.unconfirmed:
        outcome.verdict = Verdict.CHANGED
    return outcome


def _is_held(shop, group, confirmed_at):
    """Whether what is known of a group outranks the file: somebody's word, or a younger file's."""
    by, since = getattr(shop, f"{group}_confirmed_by"), getattr(shop, f"{group}_confirmed_at")
    if by in (ConfirmedBy.MERCHANT, ConfirmedBy.CITY):
        return True
    return by == ConfirmedBy.IMPORT and confirmed_at is not None and since > confirmed_at


def confirmed_groups(row: Row) -> list[FactGroup]:
    """The groups of facts that a row vouches for. Hours that nobody understood are vouched for by nobody."""
    groups = {group_of(name) for name in row.facts}
    if not row.facts.get("opening_hours"):
        groups.discard(FactGroup.HOURS)
    return [group for group in FactGroup if group in groups]


def _both(row, shop, frame) -> Iterator[tuple[str, object, object]]:
    """For each fact of a row: its name, our value, and what ours would become."""
    for name, value in row.facts.items():
        if name == "position":
            yield name, (shop.lat, shop.lon), value
        elif name == "category":
            yield name, frame.category_codes[shop.category_id], value
        elif name == "other_categories":
            yield name, tuple(sorted(frame.category_codes[pk] for pk in shop.others)), value
        elif name == "district":
            if not shop.district_corrected:
                yield name, frame.district_slugs[shop.district_id], value
        elif name == "links":
            yield name, tuple(shop.links), merge_links(shop.links, value)
        elif name in ANSWERS:
            yield name, getattr(shop, name), merge_answers(getattr(shop, name), value)
        elif name == "accessibility":
            yield name, shop.accessibility, shop.accessibility | value
        elif name.startswith("name_"):
            yield name, (shop.i18n or {}).get(name) or "", value
        else:
            yield name, getattr(shop, name), value


def merge_links(ours: Iterable[tuple[str, str]], theirs: Iterable[tuple[str, str]]) -> tuple:
    """The links with those of the file: of the kinds that it names, only its own stay. Order counts for nothing."""
    ours = tuple(ours)
    kinds = {kind for kind, _address in theirs}
    addresses = {address for _kind, address in theirs}
    kept = [(kind, address) for kind, address in ours if kind not in kinds and address not in addresses]
    merged = (*kept, *theirs)
    return ours if sorted(merged) == sorted(ours) else merged


def merge_answers(ours: list[str], answers: dict[str, bool]) -> list[str]:
    """The choices with those that the file answers: a yes adds, a no removes, silence leaves."""
    kept = [code for code in ours if answers.get(code, True)]
    return kept + [code for code, answer in answers.items() if answer and code not in kept]


def as_text(value) -> str:
    """A fact as a person reads it in the report and in the inbox of differences."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {answer}" for key, answer in sorted(value.items()))
    if isinstance(value, list | tuple):
        return ", ".join(" ".join(map(str, item)) if isinstance(item, tuple) else str(item) for item in value)
    return str(value)


def _note_likely_doubles(plan):
    """Say of new places that they look like one that is there already. They are imported all the same."""
    new = [outcome for outcome in plan.outcomes if outcome.verdict == Verdict.NEW]
    near = defaultdict(list)  # name -> (latitude, longitude, what it is)
    for some in batched(sorted({search_key(outcome.row.name) for outcome in new}), BATCH, strict=False):
        shops = Shop.objects.exclude(status__in=SETTLED).filter(name_key__in=some, lat__isnull=False)
        for name_key, lat, lon, slug in shops.values_list("name_key", "lat", "lon", "slug"):
            near[name_key].append((lat, lon, slug))
    for outcome in new:
        if "position" not in outcome.row.facts:
            continue
        lat, lon = outcome.row.facts["position"]
        name_key = search_key(outcome.row.name)
        for other_lat, other_lon, other in near[name_key]:
            metres = _metres(lat, lon, other_lat, other_lon)
            if metres <= SAME_PLACE_M:
                outcome.remarks.append(
                    Remark(
                        "name",
                        outcome.row.name,
                        _("double possible de %(other)s, à %(metres)s m")
                        % {"other": other, "metres": round(metres)},
                    )
                )
                break
        near[name_key].append((lat, lon, outcome.row.external_id))


def _metres(lat, lon, other_lat, other_lon):
    return hypot(lat - other_lat, (lon - other_lon) * cos(radians(lat))) * 111_195
