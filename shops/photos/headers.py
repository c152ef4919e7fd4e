"""What a picture's first bytes say: which format it is, and how many pixels it claims. No decoder is involved.

So a web process never decodes what a stranger sent, and a file that would unfold to gigabytes is refused before anything
does. What is claimed here is looked at again where it is decoded (`shops.photos.darkroom`).
"""

import struct
from collections.abc import Iterator

JPEG, PNG, WEBP, AVIF, HEIC = "jpeg", "png", "webp", "avif", "heic"
AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
# JPEG's markers that carry a size, and those that stand alone.
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
# How much is looked at, and how many parts: a real file has a few dozen.
ENOUGH_PARTS = 2000


class NotAPicture(ValueError):
    """The bytes are of no format that is taken, or break off before saying how large the picture is."""


def read(data: bytes) -> tuple[str, int, int]:
    """Return format, width and height as the file's own header has them. Raises NotAPicture."""
    try:
        form = format_of(data)
        width, height = {JPEG: _jpeg, PNG: _png, WEBP: _webp, AVIF: _boxes, HEIC: _boxes}[form](data)
    except (struct.error, IndexError):
        raise NotAPicture("breaks off") from None
    if width < 1 or height < 1:
        raise NotAPicture("no pixels")
    return form, width, height


def format_of(data: bytes) -> str:
    """The format by its magic bytes; what the file is called and what it is said to be do not count."""
    if data.startswith(b"\xff\xd8\xff"):
        return JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return WEBP
    if data[4:8] == b"ftyp":
        (size,) = struct.unpack_from(">I", data)
        brands = {data[8:12], *(data[place : place + 4] for place in range(16, min(size, 256), 4))}
        if brands & AVIF_BRANDS:
            return AVIF
        if brands & HEIC_BRANDS:
            return HEIC
    raise NotAPicture("unknown format")


def _png(data):
    if data[12:16] != b"IHDR":
        raise NotAPicture("no header")
    return struct.unpack_from(">II", data, 16)


def _jpeg(data):
    place = 2
    for _part in range(ENOUGH_PARTS):
        if data[place] != 0xFF:
            raise NotAPicture("no marker")
        while data[place] == 0xFF:
            place += 1
        marker = data[place]
        place += 1
        if marker in ALONE:
            continue
        if marker in FRAMES:
            height, width = struct.unpack_from(">HH", data, place + 3)
            return width, height
        if marker in (0xD9, 0xDA):
            break
        (length,) = struct.unpack_from(">H", data, place)
        place += max(length, 2)
    raise NotAPicture("no frame")


def _webp(data):
    kind = data[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[24:27], "little"), 1 + int.from_bytes(data[27:30], "little")
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise NotAPicture("no frame")


def _boxes(data):
    """HEIC and AVIF: the largest size among the properties of the items (`meta/iprp/ipco/ispe`)."""
    found = []
    for start, end in _inside(data, 0, len(data), b"meta"):
        for first, last in _inside(data, start + 4, end, b"iprp"):
            for begin, finish in _inside(data, first, last, b"ipco"):
                for place, _stop in _inside(data, begin, finish, b"ispe"):
                    found.append(struct.unpack_from(">II", data, place + 4))
    if not found:
        raise NotAPicture("no size")
    return max(found, key=lambda size: size[0] * size[1])


def _inside(data, start, end, wanted) -> Iterator[tuple[int, int]]:
    """Where the contents of the boxes of one kind begin and end."""
    for _part in range(ENOUGH_PARTS):
        if start + 8 > end:
            return
        length, kind = struct.unpack_from(">I4s", data, start)
        head = 8
        if length == 1:
            (length,) = struct.unpack_from(">Q", data, start + 8)
            head = 16
        stop = end if length == 0 else start + length
        if length and (length < head or stop > end):
            if kind != wanted:
                return
            raise NotAPicture("a box longer than what holds it")
        if kind == wanted:
            yield start + head, stop
        start = stop
