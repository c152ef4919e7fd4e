"""Letters and words: how what people type is compared with what is written."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

# NFKD takes accents off letters; these are letters of their own for it.
LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "þ": "th", "ð": "d"})
WORD = re.compile(r"[^\W_]+")
# Accents taken off their letters, and what nobody sees between the letters of a copied text: soft hyphens, joiners.
UNSEEN = re.compile("[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Longer words are cut: no name needs them, and PostgreSQL refuses lexemes beyond 2,046 bytes.
LONGEST_WORD = 40

# Spellings that sound alike, in French, German, Luxembourgish and English. The order matters.
_SOUNDS = [
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"ph", "f"),
        (r"th", "t"),
        (r"ck", "k"),
        (r"qu", "k"),
        (r"eau|au", "o"),
        (r"ou", "u"),
        (r"ae", "a"),
        (r"oe", "o"),
        (r"ue", "u"),
        (r"ie|y", "i"),
        (r"c(?=[ei])", "s"),
        (r"c(?!h)", "k"),
        (r"(\w)\1+", r"\1"),
    )
]
_ENDING = re.compile(r"(?<=\w{4})(?:en|es|e|s|x|n)\b")


def words(text: str) -> list[str]:
    """The words of a text, in lower case without accents, ligatures or signs: « L’Épicerie » → ["l", "epicerie"].

    Whatever the text holds (NUL, half a surrogate pair, emoji), the words are letters and digits only.
    """
    folded = text.lower()
    if not text.isascii():
        folded = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES)).casefold()
        folded = UNSEEN.sub("", folded)
    return [word[:LONGEST_WORD] for word in WORD.findall(folded)]


def key(text: str) -> str:
    """The same words in one line, to compare and to sort by: « Épicerie du Cœur » → "epicerie du coeur"."""
    return " ".join(words(text))


@lru_cache(maxsize=1024)
def sound(word: str) -> str:
    """What is left of a word (of `words`) when spellings that sound alike and plural endings are levelled.

    "coifeur" and "coiffeur", "restorant" and "restaurant", "blumen" and "blummen" become the same. Many words with
    a space between them may be given at once: no rule looks beyond a word, and none takes a whole word away.
    """
    for pattern, replacement in _SOUNDS:
        word = pattern.sub(replacement, word)
    return without_ending(word)


def without_ending(word: str) -> str:
    """A word without what a plural adds, in any of the languages: "croissants" and "croissant", "brillen" and "brille".

    It cuts too much for a dictionary, and the same on both sides of a comparison.
    """
    return _ENDING.sub("", word)


def sound_of(phrase: Iterable[str]) -> str:
    """The sounds of several words in one."""
    return "".join(map(sound, phrase))


def trigrams(word: str) -> set[str]:
    """Groups of three letters, the beginning counting double, as pg_trgm cuts them."""
    padded = f"  {word} "
    return {padded[i : i + 3] for i in range(len(padded) - 2)}


def errors_allowed(word: str) -> int:
    """How many typing errors a word may hide: none in short ones, where any other word is near."""
    length = len(word)
    return 0 if length < 5 else 1 if length < 8 else 2 if length < 12 else 3


def distance(one: str, other: str, limit: int) -> int:
    """Letters to add, drop, replace or swap with their neighbour to get from one word to another.

    Returns limit + 1 as soon as it is sure to be more than the limit.
    """
    if abs(len(one) - len(other)) > limit:
        return limit + 1
    if one == other:
        return 0
    before, row = None, list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        earlier, before, row = before, row, [i]
        for j, another in enumerate(other, 1):
            cost = min(before[j] + 1, row[j - 1] + 1, before[j - 1] + (letter != another))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == another:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        if min(row) > limit:
            return limit + 1
    return min(row[-1], limit + 1)


def errors_between(typed: str, written: str, typed_sound: str = "", written_sound: str = "") -> int | None:
    """How many typing errors make `written` into `typed`, by letter or by sound; None if too many to believe.

    The first letter, or the first sound, is right: people hardly ever miss it, and other words begin otherwise.
    The sounds may be given where they are known (`sound`, `sound_of`).
    """
    best = None
    pairs = ((typed, written), (typed_sound or sound(typed), written_sound or sound(written)))
    for one, other in pairs:
        if not one or not other or one[0] != other[0]:
            continue
        limit = errors_allowed(min(one, other, key=len))
        found = distance(one, other, limit)
        if found <= limit and (best is None or found < best):
            best = found
    return best
