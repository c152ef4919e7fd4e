"""What the city's own words mean: trades, districts, streets, services, in all its languages.

Made once for each structure of the city (`shops.reference.Structure`) and kept in the process beside it, so that
understanding a trade or a place costs no query. Names of shops are another matter: there are many, they change at
any time, and the database looks after them (`shops.search.spelling`).
"""

import bisect
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation

from districts.models import Street
from shops.search.phrases import GENERIC_WORDS, SAID_FACETS, SHORTENED, STOP_WORDS, STREET_KINDS, word_set
from shops.search.words import errors_between, sound, sound_of, trigrams, words
from shops.vocabulary import Service

_SHOP_AT_THE_END = re.compile(
    r"(\w{4,}?)(?:s?buttek|s?geschaft|s?geschaeft|laden|handlung|handel|markt|shop|store)"
)

# Which meaning of a word counts first.
CATEGORY, GROUP, DISTRICT, STREET, SERVICE, SAID = (
    "category",
    "group",
    "district",
    "street",
    "service",
    "said",
)
# A word of more categories than this says nothing.
TOO_MANY = 6
# From here on the beginning of a word stands for the word, if it does not stand for too many.
SHORTEST_BEGINNING = 3
BEGINNING_MEANS_AT_MOST = 4

_PIECES = re.compile(r"[,/;()&]|\s+(?:et|und|and|a|an)\s+", re.IGNORECASE)
_CARDINAL = word_set(
    "nord sud est ouest north south east west suden sued norden osten westen centre zentrum centrum"
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a word may stand for.

    `facet` is what a shop must carry (see `catalogue.facets_of`). `own` says that the word is the thing's name;
    else it is a word for what one finds there, and shops that say it themselves come first. `hard`: the word can
    mean nothing else, not even a part of a shop's name. `hint`: it is but a word of the thing's name.
    """

    kind: str
    code: str
    facet: str
    own: bool = True
    hard: bool = False
    hint: bool = False


class Vocabulary:
    """The words of one structure. `language` codes are those of the site and of its category words."""

    def __init__(self, structure, streets: Iterable[tuple[str, str]]):
        """Args: the city's frame; the streets as (slug, name)."""
        self.structure = structure
        self.street_names = dict(streets)
        self._meanings = {}  # phrase without spaces -> meanings
        self._phrases = {}  # phrase without spaces -> its words
        self.city_names = self._city_names()
        self._add_categories()
        self._add_services()
        self._add_districts()
        self._add_streets()
        self._add_words_of_labels()
        self._sorted = sorted(self._meanings)
        self._sounds = self._all_sounds()
        self._by_sound = {}
        self._by_trigram = defaultdict(list)
        for joined in self._meanings:
            self._by_sound.setdefault(self._sounds[joined], joined)
            for trigram in trigrams(self._sounds[joined]):
                self._by_trigram[trigram].append(joined)

    # Asking

    def exact(self, phrase: Iterable[str]) -> tuple[Meaning, ...]:
        """What these words, one after the other, are said to mean; shortened street words are written out."""
        phrase = list(phrase)
        joined = "".join(phrase)
        found = self._meanings.get(joined, ())
        if not found and any(word in SHORTENED for word in phrase):
            found = self._meanings.get("".join(SHORTENED.get(word, word) for word in phrase), ())
        if len(joined) > 3 and joined[-1] in "sx":
            # « cafés » are sold in one shop and drunk in another.
            found += tuple(other for other in self._meanings.get(joined[:-1], ()) if other not in found)
        return found

    def alike(self, phrase: Iterable[str]) -> tuple[str, tuple[Meaning, ...]] | None:
        """The known phrase, without spaces, that sounds like this one or differs by a plural ending, and its meanings.

        None when there is none; short words do not sound alike.
        """
        phrase = list(phrase)
        joined = "".join(phrase)
        if len(joined) <= 3:
            return None
        known = self._by_sound.get(sound_of(phrase))
        if known is None and len(phrase) == 1 and (compound := _SHOP_AT_THE_END.fullmatch(joined)):
            # « Bicherbuttek » is a shop of books, whether or not somebody wrote the word down.
            known = compound[1] if compound[1] in self._meanings else self._by_sound.get(sound(compound[1]))
        return (known, self._meanings[known]) if known else None

    def beginning(self, word: str, *, of_a_street: bool = False) -> tuple[Meaning, ...]:
        """What a word may become that is still being typed; nothing when that is anybody's guess.

        Trades, districts and services, or their own names alone where there would be too many; streets only
        where a street's kind was typed before.
        """
        if len(word) < SHORTEST_BEGINNING:
            return ()
        found = {}
        for joined in self.beginning_with(word):
            if self._phrases[joined][0] == word and len(self._phrases[joined]) > 1:
                # « rouge » is whole: it is not yet « rouge à lèvres ».
                continue
            for meaning in self._meanings[joined]:
                if (meaning.kind == STREET) == of_a_street and (meaning.facet not in found or meaning.own):
                    found[meaning.facet] = meaning
        things = tuple(found.values())
        own = tuple(meaning for meaning in things if meaning.own)
        return next((some for some in (things, own) if len(some) <= BEGINNING_MEANS_AT_MOST), ())

    def beginning_with(self, start: str) -> Iterable[str]:
        """The known words and phrases, spaces left out, that begin so."""
        for position in range(bisect.bisect_left(self._sorted, start), len(self._sorted)):
            if not self._sorted[position].startswith(start):
                return
            yield self._sorted[position]

    def nearest(self, phrase: Iterable[str]) -> tuple[str, tuple[Meaning, ...], int] | None:
        """What was probably meant: the known phrase without spaces, its meanings, the number of typing errors.

        None if nothing is near.
        """
        phrase = list(phrase)
        joined, sounds = "".join(phrase), sound_of(phrase)
        best = None
        for candidate in self._sharing_letters(sounds):
            errors = errors_between(joined, candidate, sounds, self._sounds[candidate])
            if errors is not None and (best is None or errors < best[2]):
                best = (candidate, self._meanings[candidate], errors)
        return best

    def nearest_beginning(self, phrase: Iterable[str]) -> tuple[Meaning, ...]:
        """What words may become that are still being typed, and already hold one typing error."""
        phrase = list(phrase)
        joined = "".join(phrase)
        for candidate in self._sharing_letters(sound_of(phrase)):
            if errors_between(joined, candidate[: len(joined)]) in (0, 1):
                return self._meanings[candidate]
        return ()

    def similar(self, word: str, at_least: float = 0.33) -> list[tuple[Meaning, ...]]:
        """Meanings of words that share letters with this one, the most alike first. For « vouliez-vous dire »."""
        of_word = trigrams(sound(word))
        scored = []
        for candidate in self._sharing_letters(sound(word)):
            of_candidate = trigrams(self._sounds[candidate])
            alike = len(of_word & of_candidate) / len(of_word | of_candidate)
            if alike >= at_least:
                scored.append((-alike, candidate))
        return [self._meanings[candidate] for _score, candidate in sorted(scored)]

    def meanings_of(self, joined: str) -> tuple[Meaning, ...]:
        return self._meanings.get(joined, ())

    def label(self, meaning: Meaning, language: str) -> str:
        """How the thing is called on a page in this language."""
        structure = self.structure
        if meaning.kind == STREET:
            return self.street_names.get(meaning.code, meaning.code)
        with translation.override(language):
            if meaning.kind == CATEGORY:
                return structure.categories[meaning.code].label_i18n
            if meaning.kind == GROUP:
                return structure.groups[meaning.code].label_i18n
            if meaning.kind == DISTRICT:
                return structure.districts[meaning.code].name_i18n
            if meaning.kind == SERVICE:
                return str(Service(meaning.code).label)
        return meaning.code

    def _sharing_letters(self, sounds, most=40):
        shared = Counter()
        for trigram in trigrams(sounds):
            shared.update(self._by_trigram.get(trigram, ()))
        return [candidate for candidate, count in shared.most_common(most) if count > 1]

    # Making

    def _add(self, phrase, meaning, *, beside=()):
        """Let a phrase mean this too. A meaning of a kind not in `beside` that is already there keeps the phrase."""
        joined = "".join(phrase)
        if not joined:
            return
        there = self._meanings.get(joined, ())
        if any(known.kind not in beside for known in there):
            return
        if any(known.facet == meaning.facet for known in there):
            return
        if len(there) < TOO_MANY:
            self._meanings[joined] = (*there, meaning)
            self._phrases.setdefault(joined, phrase)

    def _all_sounds(self):
        """How each phrase sounds. All words go through the rules in one text: there are thousands."""
        said = list({word for phrase in self._phrases.values() for word in phrase})
        sounds = dict(zip(said, sound.__wrapped__(" ".join(said)).split(), strict=True))
        return {joined: "".join(map(sounds.get, phrase)) for joined, phrase in self._phrases.items()}

    def _city_names(self):
        city = self.structure.city
        if city is None:
            return frozenset()
        names = {
            city.name,
            *(value for field, value in (city.i18n or {}).items() if field.startswith("name_")),
        }
        return frozenset(tuple(words(name)) for name in names if words(name))

    def _add_categories(self):
        things = (CATEGORY, GROUP)
        for category in self.structure.categories.values():
            meaning = Meaning(CATEGORY, category.code, f"c:{category.code}")
            for label in _labels(category):
                for piece in _pieces(label):
                    self._add(piece, meaning, beside=things)
        for group in self.structure.groups.values():
            meaning = Meaning(GROUP, group.code, f"g:{group.code}")
            for label in _labels(group):
                self._add(words(label), meaning, beside=things)
        for category in self.structure.categories.values():
            meaning = Meaning(CATEGORY, category.code, f"c:{category.code}", own=False)
            for said in category.words.values():
                for word in said:
                    self._add(words(word), meaning, beside=things)

    def _add_services(self):
        for service in Service:
            for language, _name in settings.LANGUAGES:
                with translation.override(language):
                    label = str(service.label)
                meaning = Meaning(SERVICE, service.value, f"o:{service.value}", own=False)
                self._add(words(label), meaning, beside=(CATEGORY, GROUP, SERVICE))
        for facet, said in SAID_FACETS.items():
            for phrase in said.split(", "):
                self._add(words(phrase), Meaning(SAID, facet, facet, hard=True), beside=(SAID,))

    def _add_districts(self):
        bases = defaultdict(list)
        for district in self.structure.districts.values():
            meaning = Meaning(DISTRICT, district.slug, f"d:{district.slug}")
            for name in _labels(district, "name"):
                self._add(words(name), meaning, beside=(CATEGORY, GROUP, SERVICE, DISTRICT))
                for part in name.split("/"):
                    named = words(part)
                    self._add(named, meaning, beside=(CATEGORY, GROUP, SERVICE, DISTRICT))
                    base = [word for word in named if word not in _CARDINAL]
                    if base != named:
                        bases["".join(base)].append((base, meaning))
        for joined, candidates in bases.items():
            if joined not in self._meanings:
                for base, meaning in candidates:
                    self._add(base, meaning, beside=(DISTRICT,))

    def _add_streets(self):
        parts = []
        for slug, name in self.street_names.items():
            named = [SHORTENED.get(word, word) for word in words(name)]
            self._add(named, Meaning(STREET, slug, f"s:{slug}", hard=True))
            kept = list(named)
            while kept and (kept[0] in STREET_KINDS or kept[0] in STOP_WORDS):
                kept.pop(0)
            if kept != named:
                kinds = [word for word in named if word not in STOP_WORDS]
                if kinds != named:
                    parts.append((kinds, Meaning(STREET, slug, f"s:{slug}", hard=True)))
                parts.append((kept, Meaning(STREET, slug, f"s:{slug}", own=False)))
        for phrase, meaning in parts:
            self._add(phrase, meaning, beside=(STREET,))

    def _add_words_of_labels(self):
        """« Primeur, fruits et légumes » is found by "fruits" too, unless many labels say the word."""
        said_by = defaultdict(set)
        telling_nothing = STOP_WORDS | GENERIC_WORDS
        for category in self.structure.categories.values():
            for label in _labels(category):
                for word in words(label):
                    if len(word) > 2 and word not in telling_nothing:
                        said_by[word].add(category.code)
        for word, codes in said_by.items():
            known = self._meanings.get(word, ())
            own = [meaning for meaning in known if meaning.kind == CATEGORY and meaning.own]
            if not known and len(codes) <= 3:
                for code in sorted(codes):
                    meaning = Meaning(CATEGORY, code, f"c:{code}", own=False, hint=True)
                    self._add([word], meaning, beside=(CATEGORY,))
            elif len(own) == 1:
                # « Restaurant » means the Italian and the Asian ones of the same group too.
                categories = self.structure.categories
                for code in sorted(codes - {own[0].code}):
                    if categories[code].group_id == categories[own[0].code].group_id:
                        self._add(
                            [word], Meaning(CATEGORY, code, f"c:{code}"), beside=(CATEGORY, GROUP, SERVICE)
                        )


_kept = (None, None)


def vocabulary(structure) -> Vocabulary:
    """The words that belong to a structure. One query (the streets) when it is new, then none."""
    global _kept
    known, kept = _kept
    if known is not structure:
        kept = Vocabulary(structure, Street.objects.values_list("slug", "name"))
        _kept = (structure, kept)
    return kept


def _labels(thing, field="label"):
    """Its name in every language it is written in."""
    texts = [getattr(thing, field)]
    texts += [value for name, value in (thing.i18n or {}).items() if name.startswith(f"{field}_")]
    return [text for text in dict.fromkeys(texts) if text]


def _pieces(label):
    """« Caviste, bières et spiritueux » → the whole and each piece, as words; « Boucherie-charcuterie » likewise."""
    whole = words(label)
    pieces = [whole]
    for part in _PIECES.split(label):
        named = words(part)
        while named and (named[0] in GENERIC_WORDS or named[0] in STOP_WORDS):
            named = named[1:]
        pieces.append(named)
        if "-" in part and len(named) == 2:
            pieces += [[word] for word in named if len(word) > 5]
    return [list(piece) for piece in dict.fromkeys(tuple(piece) for piece in pieces) if piece]
