"""How a shop without a photo is drawn: from the facts of a shop to the parts of its façade.

The parts themselves are drawn once, in `static/facades.svg`; a façade is four references to them and the name on
its sign. Colours come from the style sheet through custom properties (see docs/look.md), so that one and the same
markup is lit when the shop is open and dark when it is closed.
"""

import hashlib
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from django.utils.html import format_html
from django.utils.safestring import SafeString

WIDTH, HEIGHT = 160, 208

HOUSES = 12
# Where the left edge of the category's symbol stands in each shop front's window.
FRONTS = (36, 84, 15, 77, 32, 39, 82, 60)
AWNINGS = 8
TINTS = 10
# The hands that paint signs, with the width of their letters against the first one's.
SIGNS = (1.0, 1.06, 1.0, 0.97, 1.06)
# The slanted hand is for the scripts that slant.
ITALIC, PLAIN = 2, 3

# What a category without a known symbol shows.
ANY_SHOP = "shopfront"

# The board's inner width, and the sizes a name may take on one line or two.
BOARD = 134
ONE_LINE = (15, 14, 13, 12, 11)
TWO_LINES = (10, 9.5, 9, 8.5)
# Letters may be squeezed to this much of their width before a name is cut.
SQUEEZE = 0.78

# Widths of letters in em, generous on purpose: the browser's font is unknown.
_NARROW = frozenset("iIjl.,:;'’!|·‘-()[]ftr ")
_WIDE = frozenset("mwMWŒœÆæ@%—…&")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a sign. `squeeze` is the width to force it into, or 0 when it surely fits."""

    text: str
    y: float
    size: float
    squeeze: float


@dataclass(frozen=True, slots=True)
class Facade:
    """The parts of one façade: numbers of drawings in the sprite, and the sign's lines."""

    house: int
    front: int
    awning: int
    tint: int
    sign: int
    symbol: str
    lines: tuple[Line, ...]

    @property
    def symbol_x(self) -> int:
        return FRONTS[self.front]

    def svg(self, sprite: str) -> SafeString:
        """Draw the façade.

        It takes its light (`on`, `off`, `unlit`) and its district's colour from the classes around it, and is
        hidden from screen readers: the words beside it say the same.

        Args:
            sprite: address of facades.svg.

        Returns:
            An SVG element, safe to put in a page.
        """
        # Our own numbers go in as they are; what comes from outside is escaped, in one call because it is slow.
        texts = "".join(_TEXT[bool(line.squeeze)] % (line.y, line.size, line.squeeze) for line in self.lines)
        return format_html(
            _FACADE % (self.tint, self.sign, self.house, self.front, self.awning, self.symbol_x, texts),
            *(line.text for line in self.lines),
            sprite=sprite,
            symbol=self.symbol,
        )


_FACADE = (
    '<svg class="facade w%d s%d" viewBox="0 0 160 208" aria-hidden="true"><use href="{sprite}#h%d"/>'
    '<use href="{sprite}#f%d"/><use href="{sprite}#a%d"/><use href="{sprite}#{symbol}" x="%d" y="140"/>%s</svg>'
)
_TEXT = (
    '<text x="80" y="%g" font-size="%g"%.0s>{}</text>',
    '<text x="80" y="%g" font-size="%g" textLength="%g" lengthAdjust="spacingAndGlyphs">{}</text>',
)


@lru_cache(maxsize=1024)
def facade(public_id: str, name: str, symbol: str) -> Facade:
    """Choose the façade of a shop: always the same for the same shop.

    Args:
        public_id: the shop's public id, from which every variant is drawn.
        name: what the sign says.
        symbol: the category's symbol, an id of the sprite.

    Returns:
        The façade's parts.
    """
    dice = int.from_bytes(hashlib.blake2b(public_id.encode(), digest_size=8).digest())
    dice, house = divmod(dice, HOUSES)
    dice, front = divmod(dice, len(FRONTS))
    dice, awning = divmod(dice, AWNINGS)
    dice, tint = divmod(dice, TINTS)
    dice, sign = divmod(dice, len(SIGNS))
    if (
        sign == ITALIC
        and not name.isascii()
        and not all(
            unicodedata.name(letter, "LATIN").startswith("LATIN") for letter in name if letter.isalpha()
        )
    ):
        sign = PLAIN
    return Facade(house, front, awning, tint, sign, symbol or ANY_SHOP, sign_lines(name, SIGNS[sign]))


@lru_cache(maxsize=1024)
def facade_svg(public_id: str, name: str, symbol: str, sprite: str) -> SafeString:
    """`facade(…).svg(sprite)`, kept: a list draws the same two dozen shops over and over."""
    return facade(public_id, name, symbol).svg(sprite)


def sign_lines(name: str, letters: float = 1.0) -> tuple[Line, ...]:
    """Fit a name on the board above the window: one line, or two, squeezed or cut when it must be.

    Args:
        name: any name in any script.
        letters: width of the sign's letters against the usual ones.

    Returns:
        One or two lines, none of them wider than the board.
    """
    name = " ".join(name.split())
    whole = text_width(name) * letters
    for size in ONE_LINE:
        if whole * size <= BOARD:
            return (_line(name, 100.5 + size * 0.36, size, letters),)
    first, second = _halves(name)
    if not second:
        return (_line(_cut(name, ONE_LINE[-1] * letters), 104.5, ONE_LINE[-1], letters),)
    widest = max(text_width(first), text_width(second)) * letters
    size = next((size for size in TWO_LINES if widest * size <= BOARD), TWO_LINES[-1])
    return tuple(
        _line(_cut(text, size * letters), y, size, letters) for text, y in ((first, 98.8), (second, 107.8))
    )


def text_width(text: str) -> float:
    """Estimate how wide a text is set in an unknown font, in em; rather too wide than too narrow."""
    return sum(map(_letter_width, text))


@lru_cache(maxsize=2048)
def _letter_width(letter):
    if letter in _NARROW:
        return 0.36
    if letter in _WIDE:
        return 0.95
    if unicodedata.category(letter) in ("Mn", "Me", "Cf"):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.02
    return 0.72 if letter.isupper() else 0.58


def _line(text, y, size, letters):
    width = text_width(text) * letters * size
    # Below four fifths of the board even a wide font has room; above, the browser is told how much there is.
    squeeze = round(min(width, BOARD), 1) if width > 0.8 * BOARD else 0
    return Line(text, round(y, 1), size, squeeze)


def _cut(text, em):
    """Shorten a text that would have to be squeezed too much, with an ellipsis."""
    room = BOARD / em / SQUEEZE
    if text_width(text) <= room:
        return text
    kept, room = 0, room - 0.95
    while room >= _letter_width(text[kept]):
        room -= _letter_width(text[kept])
        kept += 1
    return text[:kept].rstrip(" -–,.&") + "…"


def _halves(name):
    """Split a name at the space (or hyphen) that leaves the two lines most alike."""
    whole = text_width(name)
    places = [place for place, letter in enumerate(name) if letter in " -–/" and 0 < place < len(name) - 1]
    if not places:
        if whole * ONE_LINE[-1] * SQUEEZE <= BOARD:
            return name, ""
        # No space at all (a very long word, Chinese, Thai): in the middle, never before a combining mark.
        middle = len(name) // 2
        while middle < len(name) and unicodedata.category(name[middle]).startswith("M"):
            middle += 1
        hyphen = "-" if name[middle - 1].isalpha() and _letter_width(name[middle]) < 1 else ""
        return name[:middle] + hyphen, name[middle:]
    best = min(places, key=lambda place: abs(2 * text_width(name[:place]) - whole))
    return name[: best + 1].rstrip(), name[best + 1 :]
