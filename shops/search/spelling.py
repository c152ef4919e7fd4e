"""Words as PostgreSQL looks for them: tsqueries over the marked search column, and names near to a misspelt word."""

from collections import defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import and_, or_

from django.contrib.postgres.search import SearchQuery, TrigramSimilarity
from django.db.models import Func, Q, Value
from django.db.models.functions import Greatest

from shops.models import NameWord
from shops.search.index import NAME_MARK, NAME_STEM_MARK, OWN_MARK, STEMMED
from shops.search.words import errors_between, without_ending

# Where a word may stand, see `spelt`.
NAMES, NAME_FORMS, OWN = "names", "forms of names", "own words"
# A word still being typed is completed from here on.
SHORTEST_START = 2


class Said(SearchQuery):
    """A text search, for words as they are written and for their stems.

    Args:
        written: a tsquery made of letters, digits and what this module adds: never what was typed.
        stems: the same for stems, in all languages that have a stemmer; "" to look for none.
    """

    def __init__(self, written: str, stems: str = ""):
        Func.__init__(self, Value(written))
        self.written, self.stems = written, stems
        self.config, self.invert = None, False

    def as_sql(self, compiler, connection, **_context):
        if not self.stems:
            return "%s::tsquery", [self.written]
        stemmed = " || ".join(f"to_tsquery('vitrine_{language}', %s)" for language in STEMMED)
        return f"(%s::tsquery || {stemmed})", [self.written, *[self.stems] * len(STEMMED)]


def spelt(word: str, where: str = "", *, unfinished: bool = False) -> str:
    """One word (of `words`: letters and digits) as a tsquery.

    Args:
        where: NAMES for a word of a name; NAME_FORMS likewise, give or take its ending; OWN for one of a name or a
            text, give or take its ending; "" for the word anywhere, in a place or among the words for a trade too.
        unfinished: longer words that begin so will do (but for OWN).
    """
    if where == OWN:
        return f"'{OWN_MARK}{without_ending(word)}'"
    mark = "" if where == "" else NAME_MARK
    written = f"'{mark}{word}':*" if unfinished and len(word) >= SHORTEST_START else f"'{mark}{word}'"
    return f"({written} | '{NAME_STEM_MARK}{without_ending(word)}')" if where == NAME_FORMS else written


def near_words(typed: list[str]):
    """Words of names that share letters with any of these, the nearest and most frequent first."""
    alike = [TrigramSimilarity("word", word) for word in typed]
    return NameWord.objects.filter(any_of(Q(word__trigram_similar=word) for word in typed)).order_by(
        (Greatest(*alike) if alike[1:] else alike[0]).desc(), "-shops", "word"
    )


def likeliest(word: str, near: Iterable[str], *, unfinished: bool) -> tuple[int | None, list[str]]:
    """Out of words that are near, those with the fewest typing errors between, and their number (None: too many).

    An unfinished word is compared with the beginnings of longer ones too.
    """
    by_errors = defaultdict(list)
    for other in near:
        errors = errors_between(word, other)
        if errors is None and unfinished and len(other) > len(word):
            # One letter too many or too few among those typed.
            beginnings = (other[: len(word) + more] for more in (0, 1, -1))
            errors = min(
                (e for start in beginnings if (e := errors_between(word, start)) is not None), default=None
            )
        if errors is not None:
            by_errors[errors].append(other)
    return min(by_errors.items(), default=(None, []))


def all_of(conditions):
    """One condition, or one text search, out of several: all must hold."""
    return reduce(and_, conditions)


def any_of(conditions):
    """One condition out of several: one must hold."""
    return reduce(or_, conditions)
