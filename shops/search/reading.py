"""Reading what somebody typed: which words are trades, places, names, or typing errors."""

from collections import defaultdict
from dataclasses import replace
from functools import reduce
from operator import add

from django.db.models import Case, Exists, F, Value, When

from shops.models import Catalogue, Shop
from shops.search.phrases import (
    GENERIC_WORDS,
    NAMES_BEGIN,
    NO_STOP_WORDS,
    NOW_WORDS,
    OPEN_LAST_WORDS,
    OPEN_WORDS,
    STOP_WORDS,
    STREET_KINDS,
)
from shops.search.query import Part, Query, said
from shops.search.spelling import likeliest, near_words
from shops.search.vocabulary import STREET, vocabulary
from shops.search.words import WORD, words

# What is read of a text, in letters and in words. Nobody needs more; a machine that sends more gets this much.
LONGEST_TEXT, MOST_WORDS = 200, 10
LONGEST_PHRASE = 7
# Up to so many matches are kept as they were found.
FOUND = 120
# Words that are looked up among names when nobody says them, and words looked at for each.
DOUBTED_WORDS, NEAR_WORDS = 4, 8
# Shorter words are no misspelt streets, unless a street's kind was typed.
LONG_ENOUGH = 6


def understand(text: str, *, language: str, structure) -> Query:
    """Read what somebody typed, in any of the city's languages. At most one statement; none for trades and places.

    Args:
        text: anything at all, however long or broken.
        language: the page's, for the words of the answer.
        structure: the city's frame, see `shops.reference.structure`.

    Returns:
        A Query. It raises for no text.
    """
    return _Reader(text, language, structure).read()


class _Reader:
    """The steps of `understand`. A word (a position in `typed`) is settled by the first step that knows it."""

    def __init__(self, text, language, structure):
        self.text = " ".join(
            "".join(c for c in text[:LONGEST_TEXT] if c.isprintable() or c.isspace()).split()
        )
        self.language = language
        self.structure = structure
        self.known = vocabulary(structure)
        self.typed = words(self.text)[:MOST_WORDS]
        self.as_written = WORD.findall(self.text.lower())
        self.parts = {}  # position of its first word -> Part
        self.settled = set()  # positions
        self.modifiers = set()  # positions of « ouvert », « maintenant »
        self.now_words = False
        self.street_kinds = set()
        # Signs only, or nothing that can be read: no shop is called so.
        self.hopeless = bool(text[:LONGEST_TEXT].strip()) and not self.typed
        self.found = None

    def read(self):
        self.take_noise()
        self.take_phrases()
        self.take_open()
        self.drop_fillers()
        self.take_alike()
        self.take_beginning()
        self.take_words()
        return self.query()

    def query(self, **known):
        parts = tuple(part for _position, part in sorted(self.parts.items()))
        facets = {facet for part in parts for facet in part.facets}
        only_sunday = "w:sunday" in facets and not self.now_words
        return Query(
            text=self.text,
            language=self.language,
            structure=self.structure,
            parts=parts,
            open_now=bool(self.modifiers) and not only_sunday,
            hopeless=self.hopeless,
            name=" ".join(word for position, word in enumerate(self.typed) if position not in self.modifiers),
            **{"found": self.found, **known},
        )

    def left(self):
        return [position for position in range(len(self.typed)) if position not in self.settled]

    def is_last(self, position):
        return position == len(self.typed) - 1

    def is_telling(self, position):
        word = self.typed[position]
        if word in STOP_WORDS:
            # With its accents, or alone, it may be a thing after all.
            may_be = len(self.typed) == 1 or word not in self.as_written
            may_be |= word in NO_STOP_WORDS.get(self.language, ())
            return may_be and bool(self.known.exact([word]))
        return word not in GENERIC_WORDS and word not in OPEN_WORDS

    def take(self, positions, part):
        self.parts[positions[0]] = part
        self.settled.update(positions)

    def take_noise(self):
        """The city's own name narrows nothing in a list of this city, unless it is part of a street's name."""
        for name in self.known.city_names:
            for start in range(len(self.typed) - len(name) + 1):
                before = self.typed[max(start - 2, 0) : start]
                if tuple(self.typed[start : start + len(name)]) == name and not STREET_KINDS.intersection(
                    before
                ):
                    self.settled.update(range(start, start + len(name)))

    def take_phrases(self):
        """Known words and phrases, the longest first, from left to right."""
        start = 0
        while start < len(self.typed):
            for length in range(min(LONGEST_PHRASE, len(self.typed) - start), 0, -1):
                positions = range(start, start + length)
                phrase = tuple(self.typed[start : start + length])
                if self.settled.intersection(positions) or not any(map(self.is_telling, positions)):
                    continue
                meanings = self.known.exact(phrase)
                if not meanings and length > 1 and (alike := self.known.alike(phrase)):
                    meanings = alike[1]
                if meanings and not (length == 1 and self.is_last(start) and _is_part_of_a_street(meanings)):
                    # The last word may have more letters to come. Alone, it would find too much.
                    more = start > 0 and self.is_last(positions[-1]) and not any(one.own for one in meanings)
                    self.take(positions, Part(phrase, meanings, unfinished=more))
                    start += length - 1
                    break
            start += 1

    def take_open(self):
        for position in self.left():
            word = self.typed[position]
            ends = position > 0 and self.is_last(position)
            if word in NOW_WORDS or word in OPEN_WORDS or (ends and word in OPEN_LAST_WORDS):
                self.modifiers.add(position)
                self.settled.add(position)
                self.now_words |= word in NOW_WORDS

    def drop_fillers(self):
        """Articles, words for "shop" and "street" go, if there is something else."""
        left = set(self.left())
        fillers = {position for position in left if not self.is_telling(position)}
        kinds = {position for position in left if self.typed[position] in STREET_KINDS}
        self.street_kinds = {self.typed[position] for position in kinds}
        for dropped in (fillers, kinds):
            if self.parts or self.modifiers or set(self.left()) - dropped:
                self.settled |= dropped
        # « boutique » alone asks for all shops, « the shop » may be a name.
        if len(self.left()) == 1 and self.typed[self.left()[0]] in GENERIC_WORDS - NAMES_BEGIN:
            self.settled.update(self.left())

    def take_alike(self):
        for position in self.left():
            word = self.typed[position]
            alike = self.known.alike([word]) if self.is_telling(position) else None
            if alike and (self.street_kinds or not _is_part_of_a_street(alike[1])):
                others = (alike[0],) if alike[0] != word else ()
                part = Part(
                    (word,), alike[1], others, unfinished=self.is_last(position), guess=True, alike=True
                )
                self.take([position], part)

    def take_beginning(self):
        """The last word may be unfinished: what trades and places begin so?"""
        position = len(self.typed) - 1
        if position not in self.left() or not self.is_telling(position):
            return
        word = self.typed[position]
        street = bool(self.street_kinds)
        meanings = self.known.exact([word]) + self.known.beginning(word, of_a_street=street)
        if meanings := self.on_this_kind_of_street(tuple(dict.fromkeys(meanings))):
            self.take([position], Part((word,), meanings, unfinished=True, guess=True))

    def take_words(self):
        """What is left are words of shops. Those that no shop says are typing errors, or hopeless."""
        left = self.left()
        if not left:
            return
        for position in left:
            self.take([position], Part((self.typed[position],), unfinished=self.is_last(position)))
        near = self.ask(left)
        if not near:
            return
        phrase = tuple(self.typed[position] for position in left)
        in_a_row = len(left) > 1 and left[-1] - left[0] == len(left) - 1
        if in_a_row and (nearest := self.known.nearest(phrase)):
            for position in left:
                del self.parts[position]
            self.take(left, Part(phrase, nearest[1], guess=True))
            self.found = None
            return
        corrected = {
            position: self.corrected(self.typed[position], near[position], unfinished=self.is_last(position))
            for position in near
        }
        if all(corrected.values()):
            self.parts |= corrected
            self.found = None
        elif self.found == ():
            self.hopeless = True
        # Else a shop says the words in another form: « réparons » for « réparer ».

    def ask(self, positions):
        """The one statement: the shops that match, if they are few, and which words no shop says.

        Returns:
            {position of an unknown word: words of names that are near to it}.
        """
        doubted = sorted((p for p in positions if len(self.typed[p]) > 3), key=lambda p: -len(self.typed[p]))
        doubted = doubted[:DOUBTED_WORDS]
        columns = ("what", "first", "second", "third", "word")
        nothing = {"second": Value(0), "third": Value(0)}
        query = self.query()
        matches = Shop.objects.published().filter(query.matches())
        found = matches.annotate(
            what=Value("found"),
            first=F("pk"),
            second=query.relevance(),
            third=F("daily_order"),
            word=Value(""),
        )
        arms = [found.values_list(*columns)[: FOUND + 1]]
        if doubted:
            # One row: a bit for each word that nobody says.
            said_by = [Shop.objects.published().filter(said([self.parts[position]])) for position in doubted]
            bits = [Case(When(Exists(shops), then=0), default=1 << bit) for bit, shops in enumerate(said_by)]
            unknown = Catalogue.objects.annotate(what=Value("unknown"), first=reduce(add, bits), **nothing)
            arms.append(unknown.annotate(word=Value("")).values_list(*columns))
            near = near_words([self.typed[position] for position in doubted])
            near = near.annotate(what=Value("near"), first=Value(0), **nothing)
            arms.append(near.values_list(*columns)[: NEAR_WORDS * len(doubted)])
        rows = defaultdict(list)
        for what, *row in arms[0].union(*arms[1:], all=True) if arms[1:] else arms[0]:
            rows[what].append(row)
        if len(rows["found"]) <= FOUND:
            ranked = sorted((relevance, order, key) for key, relevance, order, _word in rows["found"])
            self.found = tuple(key for _relevance, _order, key in ranked)
        bits = rows["unknown"][0][0] if rows["unknown"] else 0
        words_ = [word for *_numbers, word in rows["near"]]
        return {position: words_ for bit, position in enumerate(doubted) if bits & 1 << bit}

    def corrected(self, word, near, unfinished):
        """The part with what was probably meant, out of the city's words and those of names; None if nothing is near."""
        best_errors, others = likeliest(word, near, unfinished=unfinished)
        found = self.known.nearest([word])
        if found and _is_part_of_a_street(found[1]) and not self.street_kinds and len(word) < LONG_ENOUGH:
            found = None
        meanings = ()
        if found and (best_errors is None or found[2] <= best_errors):
            meanings = self.on_this_kind_of_street(found[1])
            if best_errors is None or found[2] < best_errors:
                others = []
            others.insert(0, found[0])
        if not meanings and not others:
            return None
        return Part((word,), meanings, tuple(dict.fromkeys(others))[:3], unfinished=unfinished, guess=True)

    def on_this_kind_of_street(self, meanings):
        """After « rue de … » the rue is meant, not the place of the same name."""
        streets = [meaning for meaning in meanings if meaning.kind == STREET]
        kept = [
            replace(meaning, hard=True)
            for meaning in streets
            if self.street_kinds.intersection(words(self.known.street_names.get(meaning.code, "")))
        ]
        return tuple(kept) or meanings


def _is_part_of_a_street(meanings):
    return all(meaning.kind == STREET and not meaning.own for meaning in meanings)
