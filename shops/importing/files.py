"""Taking a file from a stranger: how large it is, how it is encoded, what kind it is."""

import codecs
from typing import BinaryIO, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

MEGABYTE = 1024 * 1024
MAX_BYTES = 32 * MEGABYTE  # some 90,000 fully described places
MAX_ROWS = 50_000

OVERPASS = "overpass"
CSV = "csv"

# What a file starts with when it is something else altogether.
_FOREIGN = {
    b"PK\x03\x04": gettext_lazy(
        "C’est un classeur ou une archive (xlsx, ods, zip) : enregistrez-le en CSV UTF-8."
    ),
    b"\xd0\xcf\x11\xe0": gettext_lazy("C’est un ancien classeur (xls) : enregistrez-le en CSV UTF-8."),
    b"\x1f\x8b": gettext_lazy("Le fichier est compressé (gzip) : décompressez-le d’abord."),
    b"BZh": gettext_lazy("Le fichier est compressé (bzip2) : décompressez-le d’abord."),
    b"%PDF": gettext_lazy("C’est un PDF, pas un fichier de données."),
    b"SQLite format": gettext_lazy("C’est une base SQLite, pas un CSV ni une réponse Overpass."),
}
_OTHER_UNICODE = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}


class BrokenFile(ValueError):
    """The file as a whole cannot be used. `str()` of it says why, and what to do."""


class Text(NamedTuple):
    kind: str  # OVERPASS or CSV
    content: str


def read_text(file: BinaryIO) -> Text:
    """The file's text and kind.

    Args:
        file: opened for reading bytes; a pipe will do.

    Raises:
        BrokenFile: too large, empty, not UTF-8, neither JSON nor text.
    """
    content = _decode(_read(file))
    start = content.lstrip()[:1]
    if not start:
        raise BrokenFile(_("Le fichier est vide."))
    if start == "<":
        raise BrokenFile(
            _("C’est du XML ou du HTML, pas une réponse Overpass en JSON : demandez « [out:json] ».")
        )
    return Text(OVERPASS if start in "{[" else CSV, content)


def _read(file):
    size = _size(file)
    if size is None or size <= MAX_BYTES:
        # One byte more than allowed: a pipe or a growing file does not say its size.
        data = file.read(MAX_BYTES + 1)
        size = len(data)
    if size > MAX_BYTES:
        raise BrokenFile(
            _(
                "Le fichier est trop grand : %(size)s Mo, %(limit)s Mo au plus. Coupez-le en plusieurs fichiers."
            )
            % {"size": f"{size / MEGABYTE:.0f}", "limit": MAX_BYTES // MEGABYTE}
        )
    return data


def _size(file):
    try:
        here = file.tell()
        size = file.seek(0, 2) - here
        file.seek(here)
    except (OSError, ValueError):
        return None
    return size


def _decode(data):
    for start, sentence in _FOREIGN.items():
        if data.startswith(start):
            raise BrokenFile(str(sentence))
    for mark, name in _OTHER_UNICODE.items():
        if data.startswith(mark):
            raise BrokenFile(_("Le fichier est en %(name)s : enregistrez-le en UTF-8.") % {"name": name})
    if (nul := data.find(b"\0")) >= 0:
        line = data.count(b"\n", 0, nul) + 1
        raise BrokenFile(
            _(
                "Le fichier contient un octet nul (ligne %(line)s) :"
                " il est abîmé ou en UTF-16. Enregistrez-le en UTF-8."
            )
            % {"line": line}
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # Positions count from after a byte order mark, which holds no line break.
        raise BrokenFile(
            _(
                "Le fichier n’est pas en UTF-8 (ligne %(line)s, octet %(byte)s ;"
                " sans doute du latin-1 ou du Windows-1252) : enregistrez-le en UTF-8."
            )
            % {
                "line": error.object.count(b"\n", 0, error.start) + 1,
                "byte": f"0x{error.object[error.start]:02X}",
            }
        ) from error
