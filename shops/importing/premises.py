"""The register of premises, from a table (CSV): read and compared, then written, all or nothing.

Columns: `external_id` (or the address itself tells which it is), `street`, `house_number`, `unit`, `postcode`, `lat`,
`lon`, `district`, `occupancy` (occupied, vacant, unknown, or in French), `seen_on` (YYYY-MM-DD), `note`, `shops`
(public or external ids of the shops in it, separated by semicolons; where it is left out, shops of the same address).
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import BinaryIO

from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from districts.city_pack import street_slug
from districts.models import City
from shops.cells import bare
from shops.models import Event, Premises, Shop

from . import files
from .facts import Refused, text
from .files import MAX_ROWS, BrokenFile
from .frame import Frame
from .planning import STEP, Progress, Verdict, silent

COLUMNS = (
    "external_id", "street", "house_number", "unit", "postcode", "lat", "lon", "district", "occupancy",
    "seen_on", "note", "shops",
)  # fmt: skip
TEXTS = {"street": 120, "house_number": 20, "unit": 40, "postcode": 12, "note": 200}
FIELDS = ("external_id", *TEXTS, "lat", "lon", "district", "occupancy", "seen_on", "shops")
DELIMITERS = ",;\t|"

type Key = tuple[str, str, str]


@dataclass
class Line:
    """One line of the register, and what becomes of it."""

    number: int
    facts: dict = field(default_factory=dict)
    key: Key = ("", "", "")
    verdict: Verdict = Verdict.REFUSED
    pk: int | None = None
    changes: dict = field(default_factory=dict)  # field -> (ours, theirs)
    refusal: tuple[str, str, str] | None = None  # column, value, reason

    def refuse(self, column, value, reason):
        self.refusal = self.refusal or (column, str(value)[:200], str(reason))


@dataclass
class RegisterPlan:
    """What importing a register would do."""

    lines: list[Line]
    notes: list[str]

    @property
    def changes_nothing(self) -> bool:
        return not any(line.verdict in (Verdict.NEW, Verdict.CHANGED) for line in self.lines)


def plan(file: BinaryIO, *, at: datetime, progress: Progress = silent) -> RegisterPlan:
    """Say what importing a register would do. Writes nothing.

    Raises:
        BrokenFile: the file as a whole cannot be used.
        NoCity: no city is loaded.
    """
    frame = Frame()
    today = at.astimezone(frame.city.tz).date()
    heading, rows = _rows(files.read_text(file))
    lines = []
    for number, cells in enumerate(rows, start=2):
        if any(cells):
            lines.append(_read(number, dict(zip(heading, cells, strict=False)), frame, today))
        if len(lines) > MAX_ROWS:
            raise BrokenFile(
                _("Le fichier a plus de %(limit)s lieux : coupez-le en plusieurs fichiers.")
                % {"limit": MAX_ROWS}
            )
        if number % STEP == 0:
            progress("read", number, len(rows) + 1)
    if not lines:
        raise BrokenFile(_("Le fichier ne contient aucun local."))
    twice = Counter(line.key for line in lines if not line.refusal)
    for line in lines:
        if not line.refusal and twice[line.key] > 1:
            line.refuse("street", " ".join(line.key), _("cette adresse est donnée deux fois dans le fichier"))
    _find_shops(lines)
    _compare(lines, frame)
    progress("compare", len(lines), len(lines))
    unknown = [column for column in heading if column and column not in COLUMNS]
    notes = [_("Colonnes inconnues, pas lues : %(columns)s.") % {"columns": ", ".join(unknown)[:500]}]
    return RegisterPlan(lines, notes if unknown else [])


def _rows(read):
    if read.kind != files.CSV:
        raise BrokenFile(_("Le registre des locaux se donne en CSV."))
    first = read.content.lstrip("\r\n").split("\n", 1)[0][:10_000]
    delimiter = max(DELIMITERS, key=lambda sign: len(set(COLUMNS) & set(_heading(first, sign))))
    heading = _heading(first, delimiter)
    missing = [column for column in ("street", "house_number") if column not in heading]
    if missing:
        raise BrokenFile(_("Colonnes manquantes : %(columns)s.") % {"columns": ", ".join(missing)})
    try:
        rows = list(
            csv.reader(io.StringIO(read.content.lstrip("\r\n"), newline=""), delimiter=delimiter, strict=True)
        )
    except csv.Error as error:
        raise BrokenFile(_("Le CSV est abîmé : %(fault)s.") % {"fault": error}) from error
    return heading, rows[1:]


def _heading(line, delimiter):
    return [cell.strip().lower() for cell in next(csv.reader([line], delimiter=delimiter), [])]


def _read(number, cells, frame, today):
    line = Line(number)
    cells = {column: bare(cell or "") for column, cell in cells.items() if column in COLUMNS}
    facts = line.facts
    for column, limit in TEXTS.items():
        if cells.get(column):
            try:
                facts[column] = text(limit)(cells[column])
            except Refused as refused:
                line.refuse(column, cells[column], refused)
    for column in ("street", "house_number"):
        if not facts.get(column):
            line.refuse(column, "", _("un local a une rue et un numéro"))
    line.key = (
        street_slug(facts.get("street", ""))[:120],
        facts.get("house_number", ""),
        facts.get("unit", ""),
    )
    if cells.get("external_id"):
        facts["external_id"] = cells["external_id"][:100]
    _read_place(line, cells, frame)
    _read_occupancy(line, cells, today)
    if cells.get("shops"):
        facts["shops"] = sorted({word.strip() for word in cells["shops"].split(";") if word.strip()})
    return line


def _read_place(line, cells, frame):
    facts = line.facts
    given = cells.get("lat", ""), cells.get("lon", "")
    if all(given):
        try:
            facts["lat"], facts["lon"] = (float(value.replace(",", ".")) for value in given)
            facts["district"] = frame.district_at(facts["lat"], facts["lon"])
        except (ValueError, Refused) as refused:
            reason = refused if isinstance(refused, Refused) else _("n’est pas une position en degrés")
            line.refuse("lat, lon", ", ".join(given), reason)
    elif any(given):
        line.refuse("lat, lon", ", ".join(given), _("une position a une latitude et une longitude"))
    elif cells.get("district"):
        slug = frame.district_called(cells["district"])
        if slug:
            facts["district"] = slug
        else:
            line.refuse("district", cells["district"], _("quartier inconnu"))
    else:
        line.refuse("lat, lon", "", _("ni position ni quartier"))


def _read_occupancy(line, cells, today):
    word = cells.get("occupancy", "").casefold()
    if word:
        known = {str(choice.label).casefold(): choice for choice in Premises.Occupancy}
        known |= {choice.value: choice for choice in Premises.Occupancy}
        if word in known:
            line.facts["occupancy"] = known[word].value
        else:
            line.refuse("occupancy", word, _("réponse inconnue : occupied, vacant ou unknown"))
    if cells.get("seen_on"):
        try:
            seen_on = date.fromisoformat(cells["seen_on"])
        except ValueError:
            line.refuse("seen_on", cells["seen_on"], _("n’est pas un jour comme 2026-11-30"))
            return
        if seen_on > today:
            line.refuse("seen_on", cells["seen_on"], _("ce jour est à venir"))
        line.facts["seen_on"] = seen_on.isoformat()
    if line.facts.get("occupancy", "unknown") != "unknown" and "seen_on" not in line.facts:
        line.refuse("seen_on", "", _("occupé ou vacant : quel jour l’a-t-on vu ?"))


def _find_shops(lines):
    """Name the shops of each line by their public id: those it names, else those of the same address."""
    named = {word for line in lines for word in line.facts.get("shops", ())}
    known = {}
    rows = Shop.objects.filter(Q(public_id__in=named) | Q(external_id__in=named))
    for public_id, external_id in rows.values_list("public_id", "external_id"):
        known[public_id] = public_id
        if external_id:
            known[external_id] = public_id
    streets = {line.key[0] for line in lines if "shops" not in line.facts}
    there = {}
    at_address = Shop.objects.published().filter(street_slug__in=streets).exclude(house_number="")
    for slug, number, public_id in at_address.values_list("street_slug", "house_number", "public_id"):
        there.setdefault((slug, number.casefold()), []).append(public_id)
    for line in lines:
        if "shops" in line.facts:
            strangers = [word for word in line.facts["shops"] if word not in known]
            if strangers:
                line.refuse("shops", "; ".join(strangers), _("aucun commerce n’a cet identifiant"))
            line.facts["shops"] = sorted({known[word] for word in line.facts["shops"] if word in known})
        elif line.facts.get("occupancy") != Premises.Occupancy.VACANT:
            # Where a house has several rooms, which shop is in which one only a visit tells.
            if not line.key[2]:
                line.facts["shops"] = sorted(there.get((line.key[0], line.key[1].casefold()), []))
        else:
            line.facts["shops"] = []


def _compare(lines, frame):
    present = {
        (row.street_slug, row.house_number, row.unit): row
        for row in Premises.objects.filter(street_slug__in={line.key[0] for line in lines})
        .select_related("district")
        .prefetch_related("shops")
    }
    by_id = Premises.objects.select_related("district").prefetch_related("shops")
    ids = {line.facts["external_id"] for line in lines if "external_id" in line.facts}
    known = {row.external_id: row for row in by_id.filter(external_id__in=ids)}
    for line in lines:
        if line.refusal:
            continue
        row = known.get(line.facts.get("external_id")) or present.get(line.key)
        if row is None:
            line.verdict = Verdict.NEW
            continue
        line.pk = row.pk
        ours = _facts_of(row)
        # An older look does not replace a younger one.
        if ours["seen_on"] and line.facts.get("seen_on", ours["seen_on"]) < ours["seen_on"]:
            for name in ("occupancy", "seen_on", "shops"):
                line.facts.pop(name, None)
        line.changes = {
            name: (ours[name], value) for name, value in line.facts.items() if ours[name] != value
        }
        line.verdict = Verdict.CHANGED if line.changes else Verdict.UNCHANGED


def _facts_of(row):
    facts = {name: getattr(row, name) for name in ("external_id", *TEXTS, "lat", "lon", "occupancy")}
    return facts | {
        "district": row.district.slug,
        "seen_on": row.seen_on.isoformat() if row.seen_on else "",
        "shops": sorted(shop.public_id for shop in row.shops.all()),
    }


def apply(found: RegisterPlan, *, at: datetime, by=None, progress: Progress = silent) -> None:
    """Write a register, all of it or nothing; one event says how much. The caller has just planned it."""
    with transaction.atomic():
        list(City.objects.select_for_update().values_list("pk"))
        frame = Frame()
        wanted = {public_id for line in found.lines for public_id in line.facts.get("shops", ())}
        shops = dict(Shop.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
        work = [line for line in found.lines if line.verdict in (Verdict.NEW, Verdict.CHANGED)]
        rows = Premises.objects.select_for_update().in_bulk([line.pk for line in work if line.pk])
        for number, line in enumerate(work, start=1):
            row = rows.get(line.pk) or Premises()
            for name, value in line.facts.items():
                if name == "district":
                    row.district_id = frame.district_ids[value]
                elif name == "seen_on":
                    row.seen_on = date.fromisoformat(value)
                elif name != "shops":
                    setattr(row, name, value)
            row.save()
            if "shops" in line.facts:
                row.shops.set([shops[public_id] for public_id in line.facts["shops"] if public_id in shops])
            if number % STEP == 0 or number == len(work):
                progress("change", number, len(work))
        totals = Counter(str(line.verdict) for line in found.lines)
        Event.note(None, "premises:imported", by=by, at=at, after=dict(totals))


def told(found: RegisterPlan) -> list[tuple[Verdict, object]]:
    """All that would be written, for comparing two plans."""
    return [(line.verdict, [line.key, line.changes or line.facts, line.refusal]) for line in found.lines]


def heading(found: RegisterPlan) -> str:
    number = len(found.lines)
    return ngettext("Registre : %(number)s local", "Registre : %(number)s locaux", number) % {
        "number": number
    }


def totals(found: RegisterPlan) -> list[tuple[int, str]]:
    counts = Counter(line.verdict for line in found.lines)
    return [
        (counts[Verdict.NEW], _("nouveaux")),
        (counts[Verdict.CHANGED], _("modifiés")),
        (counts[Verdict.UNCHANGED], _("inchangés")),
        (counts[Verdict.REFUSED], _("refusés")),
    ]


def sections(found: RegisterPlan) -> Iterable[tuple[str, list[list[str]], bool]]:
    """The tables of the report, as `report.sections` gives those of shops."""
    new = [[_("ligne"), _("adresse"), _("quartier"), _("occupation"), _("commerces")]]
    changed = [[_("ligne"), _("adresse"), _("champ"), _("avant"), _("après")]]
    refused = [[_("ligne"), _("champ"), _("valeur"), _("raison")]]
    for line in found.lines:
        address = " ".join(part for part in (line.key[1], line.facts.get("street", ""), line.key[2]) if part)
        if line.verdict == Verdict.NEW:
            occupancy = Premises.Occupancy(line.facts.get("occupancy", "unknown")).label
            new.append(
                [
                    str(line.number),
                    address,
                    line.facts["district"],
                    str(occupancy),
                    ", ".join(line.facts.get("shops", ())),
                ]
            )
        elif line.verdict == Verdict.REFUSED:
            refused.append([str(line.number), *line.refusal])
        for name, (ours, theirs) in line.changes.items():
            changed.append(
                [str(line.number), address, _label(name), _shown(name, ours), _shown(name, theirs)]
            )
    return [
        (_("Nouveaux"), new, True),
        (_("Modifiés, champ par champ"), changed, True),
        (_("Refusés"), refused, False),
    ]


def _label(name):
    """What the register calls a field."""
    try:
        return str(Premises._meta.get_field(name).verbose_name)
    except FieldDoesNotExist:
        return name


def _shown(name, value):
    if name == "occupancy" and value in Premises.Occupancy:
        return str(Premises.Occupancy(value).label)
    return ", ".join(value) if isinstance(value, list) else "" if value is None else str(value)
