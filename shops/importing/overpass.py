"""Reading an Overpass answer (`[out:json]`): its date, and one place after the other.

The text is walked, not loaded: each element is decoded by itself within a bound, so that a hostile file costs
no more memory than its own size, and a fault is told with its line.
"""

import json
import math
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.utils.translation import gettext as _

from .files import MAX_ROWS, BrokenFile

MAX_ELEMENTS = 10 * MAX_ROWS  # bare nodes included
# Characters of one element: nearly all fit the first, a mapped mall with all its members the second.
_ELEMENT_SIZES = (8_000, 256_000)
# Values beside "elements" (generator, osm3s, remark …) are short.
_HEADER_SIZE = 16_000
_WHITESPACE = " \t\n\r"
KINDS = ("node", "way", "relation")


class Element(NamedTuple):
    """A tagged thing of the file, its types not yet trusted beyond this."""

    number: int  # its place in the file, from 1
    id: str  # "osm:node/123", or "" if it has none
    lat: float | None
    lon: float | None
    tags: object


class Answer(NamedTuple):
    base: datetime | None  # the state of OpenStreetMap it shows
    elements: list[Element]
    untagged: int  # bare nodes that only give ways their shape


def read(text: str) -> Answer:
    """Read a whole answer.

    Raises:
        BrokenFile: truncated, no JSON, not an Overpass answer, one that Overpass itself calls incomplete,
            no element, too many elements.
    """
    walk = _Walk(text)
    if not walk.take("{"):
        raise BrokenFile(_("Ce JSON est une liste, pas une réponse Overpass (un objet avec « elements »)."))
    header, elements, untagged = {}, None, 0
    while not walk.take("}"):
        if header or elements is not None:
            walk.expect(",")
        key = walk.value((_HEADER_SIZE,))
        walk.expect(":" if isinstance(key, str) else '"')
        if key == "elements" and elements is None:
            elements, untagged = _elements(walk)
        elif key == "features":
            raise BrokenFile(_("C’est un GeoJSON, pas une réponse Overpass : demandez « [out:json] »."))
        else:
            header[key] = walk.value((_HEADER_SIZE, *_ELEMENT_SIZES))
    walk.end()
    if elements is None:
        raise BrokenFile(_("Ce JSON n’a pas de liste « elements » : ce n’est pas une réponse Overpass."))
    if header.get("remark"):
        raise BrokenFile(
            _("Overpass dit que sa réponse est incomplète : « %(remark)s ». Refaites la requête.")
            % {"remark": str(header["remark"])[:200]}
        )
    if not elements:
        raise BrokenFile(_("Le fichier ne contient aucun lieu."))
    return Answer(_base(header), elements, untagged)


def _elements(walk) -> tuple[list[Element], int]:
    if not walk.take("["):
        raise BrokenFile(_("« elements » n’est pas une liste : ce n’est pas une réponse Overpass."))
    found, untagged = [], 0
    for number, raw in enumerate(_items(walk), start=1):
        if not isinstance(raw, dict):
            found.append(Element(number, "", None, None, None))
        elif raw.get("tags"):
            found.append(_element(number, raw))
        else:
            untagged += 1
        if len(found) > MAX_ROWS or number > MAX_ELEMENTS:
            raise BrokenFile(
                _("Le fichier a plus de %(limit)s lieux : coupez-le en plusieurs fichiers.")
                % {"limit": MAX_ROWS}
            )
    return found, untagged


def _items(walk) -> Iterator[object]:
    if walk.take("]"):
        return
    while True:
        yield walk.value(_ELEMENT_SIZES)
        if walk.take("]"):
            return
        walk.expect(",")


def _element(number, raw):
    kind, osm_id = raw.get("type"), raw.get("id")
    known = kind in KINDS and type(osm_id) is int and 0 < osm_id < 2**63
    place = raw
    if kind != "node" and isinstance(raw.get("center"), dict):
        place = raw["center"]
    return Element(
        number,
        f"osm:{kind}/{osm_id}" if known else "",
        _coordinate(place.get("lat")),
        _coordinate(place.get("lon")),
        raw["tags"],
    )


def _coordinate(value):
    if type(value) not in (int, float) or abs(value) > 1000 or math.isnan(value):
        return None
    return float(value)


def _base(header):
    osm3s = header.get("osm3s")
    stamp = osm3s.get("timestamp_osm_base") if isinstance(osm3s, dict) else None
    if not isinstance(stamp, str):
        return None
    try:
        base = datetime.fromisoformat(stamp)
    except ValueError:
        return None
    return base if base.tzinfo else None


def _not_json(name):
    raise ValueError(name)


class _Walk:
    """A place in a JSON text, moving forward only."""

    def __init__(self, text):
        self.text = text
        self.at = 0
        # NaN and Infinity are no JSON, and no coordinates.
        self.decoder = json.JSONDecoder(parse_constant=_not_json)

    def _skip(self):
        text, at = self.text, self.at
        while at < len(text) and text[at] in _WHITESPACE:
            at += 1
        self.at = at
        if at == len(text):
            raise BrokenFile(
                _(
                    "Le fichier s’arrête au milieu (ligne %(line)s) : il est tronqué. Téléchargez-le de nouveau."
                )
                % {"line": self.line}
            )

    @property
    def line(self):
        return self.text.count("\n", 0, self.at) + 1

    def take(self, sign) -> bool:
        """Step over `sign` if it comes next."""
        self._skip()
        if self.text[self.at] != sign:
            return False
        self.at += 1
        return True

    def expect(self, sign):
        if not self.take(sign):
            raise BrokenFile(
                _("Ce n’est pas du JSON : « %(sign)s » attendu à la ligne %(line)s.")
                % {"sign": sign, "line": self.line}
            )

    def value(self, sizes):
        """Decode the value that comes next, if it fits the last of `sizes` (characters)."""
        self._skip()
        fault = None
        for size in sizes:
            piece = self.text[self.at : self.at + size]
            try:
                value, length = self.decoder.raw_decode(piece)
            except RecursionError:
                raise BrokenFile(
                    _("Ligne %(line)s : des objets sont imbriqués trop profondément.") % {"line": self.line}
                ) from None
            except ValueError as error:
                fault = error
                continue
            # A number at the very edge of a piece may go on behind it; then the next size shows it whole.
            if length < len(piece) or len(piece) < size:
                self.at += length
                return value
        if not _cut_short(fault, piece):
            raise BrokenFile(
                _("Ce n’est pas du JSON : valeur illisible à la ligne %(line)s.") % {"line": self.line}
            ) from fault
        if len(piece) == sizes[-1]:
            raise BrokenFile(
                _("Ligne %(line)s : un seul élément dépasse %(size)s caractères.")
                % {"line": self.line, "size": sizes[-1]}
            )
        self.at = len(self.text)
        return self._skip()

    def end(self):
        if rest := self.text[self.at :].strip(_WHITESPACE):
            raise BrokenFile(
                _("Du texte suit la fin du JSON (ligne %(line)s) : « %(rest)s ».")
                % {"line": self.line, "rest": rest[:20]}
            )


def _cut_short(fault, piece):
    """Whether decoding failed only because the piece ended: in a string, in a word, or between two values."""
    if not isinstance(fault, json.JSONDecodeError):
        return fault is None
    rest = piece[fault.pos :].rstrip(_WHITESPACE)
    return (
        fault.msg.startswith("Unterminated string")
        or any(word.startswith(rest) for word in ("true", "false", "null", "-"))
        or (rest[:1] in ("\\", "u") and len(rest) < 6)
    )
