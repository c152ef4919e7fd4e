"""Reading a table (CSV). Its columns are told in docs/importing.md, one line of heading, one place a line."""

import csv
import io
import re
from collections.abc import Iterator
from typing import NamedTuple

from django.utils.translation import gettext as _

from shops.cells import bare
from shops.vocabulary import AccessAnswer, AccessQuestion, LinkKind, Payment, Service, SpokenLanguage

from . import facts
from .facts import Refused, Row
from .files import MAX_ROWS, BrokenFile
from .frame import Frame

LINKS = {
    "website": LinkKind.WEBSITE,
    "marketplace": LinkKind.MARKETPLACE,
    "facebook": LinkKind.FACEBOOK,
    "instagram": LinkKind.INSTAGRAM,
    "linkedin": LinkKind.LINKEDIN,
    "tiktok": LinkKind.TIKTOK,
    "youtube": LinkKind.YOUTUBE,
    "booking": LinkKind.BOOKING,
    "menu": LinkKind.MENU,
    "other_link": LinkKind.OTHER,
}
TEXTS = {"street": 120, "house_number": 20, "postcode": 12, "place_note": 120}
LISTS = {"services": Service, "payments": Payment, "spoken_languages": SpokenLanguage}
COLUMNS = (
    "external_id", "osm_type", "osm_id", "name", "other_names", "category", "other_categories", "osm_key",
    "osm_value", "lat", "lon", "district", *TEXTS, "phone", "email", *LINKS, "opening_hours", *LISTS,
    *AccessQuestion.values,
)  # fmt: skip
# Each of these must be there in one of its forms.
NEEDED = (
    (("external_id",), ("osm_type", "osm_id")),
    (("name",),),
    (("category",), ("osm_key", "osm_value")),
    (("lat", "lon"), ("district",)),
)
LONGEST_LINE = 256_000  # characters, line breaks inside cells included
DELIMITERS = ",;\t|"
_ID = re.compile(r"[A-Za-z0-9_.-]+:[A-Za-z0-9_./:-]+")
_OSM_ID = re.compile(r"(?:osm:)?((?:node|way|relation)/[1-9]\d{0,18})")
_DEGREES = re.compile(r"[+-]?\d{1,3}(?:[.,]\d{1,17})?")


class Line(NamedTuple):
    number: int  # as a spreadsheet counts, the heading being 1
    cells: dict[str, str]
    surplus: bool  # it has more or fewer cells than the heading


class Table(NamedTuple):
    lines: list[Line]
    unknown: list[str]  # columns that we do not know


def read(content: str, languages: list[str]) -> Table:
    """Read a whole table.

    Args:
        languages: codes that a name may have beside the plain one (`name_de`).

    Raises:
        BrokenFile: no table, columns missing or given twice, a quotation mark never closed, too many lines.
    """
    known = {*COLUMNS, *(f"name_{language}" for language in languages)}
    delimiter, heading = _heading(content, known)
    lines = []
    for number, cells in enumerate(_records(content, delimiter), start=1):
        if number == 1 or not any(cell.strip() for cell in cells):
            continue
        filled = {
            column: tidy
            for column, cell in zip(heading, cells, strict=False)
            if column in known and (tidy := bare(cell))
        }
        lines.append(Line(number, filled, len(cells) != len(heading)))
        if len(lines) > MAX_ROWS:
            raise BrokenFile(
                _("Le fichier a plus de %(limit)s lieux : coupez-le en plusieurs fichiers.")
                % {"limit": MAX_ROWS}
            )
    if not lines:
        raise BrokenFile(_("Le fichier ne contient aucun lieu."))
    return Table(lines, [column for column in heading if column and column not in known])


def _heading(content, known):
    """The delimiter and the names of the columns."""
    first = content.lstrip("\r\n").split("\n", 1)[0][:10_000]
    readings = {
        sign: [cell.strip().lower() for cell in next(csv.reader([first], delimiter=sign), [])]
        for sign in DELIMITERS
    }
    delimiter = max(readings, key=lambda sign: len(known.intersection(readings[sign])))
    heading = readings[delimiter]
    if len(known.intersection(heading)) < 2:
        raise BrokenFile(
            _(
                "Ce n’est ni une réponse Overpass ni un CSV que nous connaissons :"
                " la première ligne doit nommer les colonnes (external_id, name, category, lat, lon…)."
            )
        )
    missing = [
        " / ".join(" + ".join(form) for form in forms)
        for forms in NEEDED
        if not any(set(form) <= set(heading) for form in forms)
    ]
    if missing:
        raise BrokenFile(_("Colonnes manquantes : %(columns)s.") % {"columns": ", ".join(missing)})
    twice = sorted({column for column in heading if column in known and heading.count(column) > 1})
    if twice:
        raise BrokenFile(_("Colonnes données deux fois : %(columns)s.") % {"columns": ", ".join(twice)})
    return delimiter, heading


def _records(content, delimiter) -> Iterator[list[str]]:
    taken = 0  # characters since the last record

    def physical_lines():
        nonlocal taken
        for physical in io.StringIO(content.lstrip("\r\n"), newline=""):
            taken += len(physical)
            if taken > LONGEST_LINE:
                raise csv.Error(f"> {LONGEST_LINE}")
            yield physical

    reader = csv.reader(physical_lines(), delimiter=delimiter, strict=True)
    start = 1
    try:
        for record in reader:
            yield record
            start, taken = reader.line_num + 1, 0
    except csv.Error as error:
        raise BrokenFile(
            _("Le CSV est abîmé à partir de la ligne %(line)s (%(fault)s) : un guillemet n’est pas fermé ?")
            % {"line": start, "fault": error}
        ) from error


def read_row(line: Line, frame: Frame) -> Row:
    """What a line says of a place, as far as we take it."""
    row = Row(line.number)
    cells = {}
    for column, cell in line.cells.items():
        if len(cell) > facts.VALUE_LENGTH and column != "name":
            row.remark(column, cell, facts.too_long(cell, facts.VALUE_LENGTH))
        else:
            cells[column] = cell
    if line.surplus:
        row.refuse("", "", _("cette ligne n’a pas autant de cases que la première"))
    _read_identity(row, cells, frame)
    _read_place(row, cells, frame)
    for name, limit in TEXTS.items():
        if name in cells:
            row.take(name, name, cells[name], facts.text(limit))
    if "phone" in cells:
        row.take("phone", "phone", cells["phone"], facts.phone(frame.region))
    if "email" in cells:
        row.take("email", "email", cells["email"], facts.email)
    links = []
    for column, kind in LINKS.items():
        if column in cells:
            try:
                links.append(facts.link(cells[column], kind, frame.marketplaces))
            except Refused as refused:
                row.remark(column, cells[column], str(refused))
    if links:
        row.facts["links"] = tuple({address: (kind, address) for kind, address in links}.values())
    if "opening_hours" in cells:
        facts.hours(row, "opening_hours", cells["opening_hours"], frame.place)
    for column, choices in LISTS.items():
        if column in cells:
            _read_list(row, column, cells[column], choices)
    answers = {}
    for question in AccessQuestion.values:
        if question in cells:
            answer = _choice(cells[question], AccessAnswer)
            if answer:
                answers[question] = answer
            else:
                row.remark(question, cells[question], _("réponse inconnue : yes, partly ou no"))
    if answers:
        row.facts["accessibility"] = answers
    return row


def _read_identity(row, cells, frame):
    row.external_id = _external_id(row, cells)
    if "name" not in cells:
        row.refuse("name", "", _("ce lieu n’a pas de nom"))
    else:
        row.take("name", "name", cells["name"], facts.text(facts.NAME_LENGTH))
        row.name = row.facts.get("name", "")
        if not row.name:
            refused = row.remarks.pop()
            row.refuse(refused.field, refused.value, refused.reason)
    others = []
    facts.add_names(others, row, "other_names", cells.get("other_names", ""))
    if others := facts.other_names(others, row.name):
        row.facts["other_names"] = others
    for language in frame.name_languages:
        column = f"name_{language}"
        if column in cells and cells[column] != row.name:
            row.take(column, column, cells[column], facts.text(facts.NAME_LENGTH))
    _read_categories(row, cells, frame)


def _external_id(row, cells):
    given = cells.get("external_id") or f"{cells.get('osm_type', '')}/{cells.get('osm_id', '')}"
    if osm := _OSM_ID.fullmatch(given):
        return f"osm:{osm[1]}"
    if len(given) <= 100 and _ID.fullmatch(given):
        return given
    row.refuse("external_id", given.strip("/"), _("identifiant attendu sous la forme source:numéro"))
    return ""


def _read_categories(row, cells, frame):
    codes = []
    if cells.get("osm_key") and cells.get("osm_value"):
        codes = frame.categories_for({cells["osm_key"]: cells["osm_value"]})
    if not codes and "category" in cells:
        code = frame.category_called(cells["category"])
        codes = [code] if code else []
    if not codes:
        key = "category" if "category" in cells else "osm_value"
        row.refuse(key, cells.get(key, ""), _("aucune catégorie de la ville ne correspond"))
        return
    row.facts["category"] = codes[0]
    others = set()
    for word in _words(cells.get("other_categories", "")):
        code = frame.category_called(word)
        if code:
            others.add(code)
        else:
            row.remark("other_categories", word, _("aucune catégorie de la ville ne correspond"))
    if others - {codes[0]}:
        row.facts["other_categories"] = tuple(sorted(others - {codes[0]}))


def _read_place(row, cells, frame):
    position = []
    for column in ("lat", "lon"):
        cell = cells.get(column, "")
        if _DEGREES.fullmatch(cell):
            position.append(float(cell.replace(",", ".")))
        elif cell:
            row.refuse(column, cell, _("n’est pas une position en degrés"))
    if len(position) == 2:
        row.facts["position"] = tuple(position)
    elif position:
        row.refuse("lat, lon", "", _("une position a une latitude et une longitude"))
    if "district" in cells:
        slug = frame.district_called(cells["district"])
        if slug:
            row.facts["district"] = slug
        elif position:
            row.remark("district", cells["district"], _("quartier inconnu ; la position décide"))
        else:
            row.refuse("district", cells["district"], _("quartier inconnu"))
    elif not position:
        row.refuse("lat, lon", "", _("ni position ni quartier"))


def _read_list(row, column, cell, choices):
    """A list says all: what it does not name is not offered."""
    found = {}
    for word in _words(cell):
        code = _choice(word, choices)
        if code:
            found[code] = True
        else:
            row.remark(column, word, _("mot inconnu ; les mots admis sont dans le mode d’emploi"))
    if found:
        row.facts[column] = dict.fromkeys(choices.values, False) | found


def _words(cell):
    return [word.strip() for word in re.split(r"[;,|]", cell) if word.strip()]


def _choice(word, choices):
    """A code by itself or by its label."""
    wanted = word.casefold()
    return next(
        (
            choice.value
            for choice in choices
            if wanted in (choice.value.casefold(), str(choice.label).casefold())
        ),
        None,
    )
