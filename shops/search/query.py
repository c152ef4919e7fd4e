"""From what somebody typed to the shops that were meant, and to the sentence that says why."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import reduce
from operator import add, and_, or_

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.search import SearchQuery, TrigramSimilarity
from django.db.models import BigIntegerField, Case, Exists, F, Func, IntegerField, Q, Value, When
from django.db.models.functions import Greatest
from django.utils import translation
from django.utils.translation import gettext as _

from shops.models import Catalogue, NameWord, Shop
from shops.search.index import NAME_MARK, NAME_STEM_MARK, OWN_MARK, STEMMED
from shops.search.vocabulary import (
    CATEGORY,
    GENERIC_WORDS,
    GROUP,
    LONGEST_PHRASE,
    NO_STOP_WORDS,
    NOW_WORDS,
    OPEN_LAST_WORDS,
    OPEN_WORDS,
    SAID,
    SERVICE,
    STOP_WORDS,
    STREET,
    STREET_KINDS,
    Meaning,
    vocabulary,
)
from shops.search.words import WORD, errors_between, without_ending, words

# What is read of a text, in letters and in words. Nobody needs more; a machine that sends more gets this much.
LONGEST_TEXT = 200
MOST_WORDS = 10
# How many shops are ranked at most: so many of the best kind, of the others, and of those whose name begins so.
RANKED, RANKED_OTHERS, RANKED_NAMES = 192, 48, 24
# Up to here all matches are ranked at once: that costs less than to choose among them.
FEW = 3000
# Up to so many matches are kept as they were found.
FOUND = 120
# Words that are looked up among names when nobody says them, and words looked at for each.
DOUBTED_WORDS, NEAR_WORDS = 4, 8
# A word still being typed is completed from here on.
SHORTEST_START = 2
# Where a word may stand, see `spelt`.
NAMES, NAME_FORMS, OWN = "names", "forms of names", "own words"
# Shorter words are no misspelt streets, unless a street's kind was typed.
LONG_ENOUGH = 6
# More labels than this explain nothing: then the word itself is repeated.
LABELS_IN_A_REASON = 3


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that was asked for: the words as typed, and what they are taken to mean.

    A part without meanings is looked for in the shops' own words. `others` are spellings that were probably meant.
    A `guess` is what an unfinished or misspelt word may mean: a name that begins so is as good. `alike`: a guess,
    but the word sounds the same.
    """

    typed: tuple[str, ...]
    meanings: tuple[Meaning, ...] = ()
    others: tuple[str, ...] = ()
    unfinished: bool = False
    guess: bool = False
    alike: bool = False

    @property
    def facets(self) -> list[str]:
        return [meaning.facet for meaning in self.meanings]

    @property
    def is_hard(self) -> bool:
        return any(meaning.hard for meaning in self.meanings)

    @property
    def is_trade(self) -> bool:
        return bool(self.meanings) and all(meaning.kind in (CATEGORY, GROUP) for meaning in self.meanings)

    def means(self, kind: str) -> bool:
        return any(meaning.kind == kind for meaning in self.meanings)

    @property
    def is_hint(self) -> bool:
        return bool(self.meanings) and all(meaning.hint for meaning in self.meanings)

    @property
    def is_own_name(self) -> bool:
        """Whether the words are a trade's or a district's own name, not a word for what one finds there."""
        return any(meaning.own for meaning in self.meanings)

    def spelt(self, where: str = "", *, as_typed: bool = False) -> str:
        """The part as a tsquery; see `spelt` below for `where`. `as_typed`: without other spellings."""
        last = len(self.typed) - 1
        typed = " & ".join(
            spelt(word, where, unfinished=self.unfinished and position == last)
            for position, word in enumerate(self.typed)
        )
        others = () if as_typed else self.others
        return " | ".join([f"({typed})", *(spelt(other, where) for other in others)])

    def matches(self) -> Q:
        """Shops that the part can mean at all."""
        if not self.meanings:
            return said([self], stems=True)
        carried = Q(facets__overlap=self.facets)
        if self.is_hard:
            return carried
        if self.is_own_name and not self.guess:
            # « ateliers » for « L’Atelier d’Élise », but no « Merle » for Merl.
            return carried | said([self], NAME_FORMS if self.is_trade else NAMES)
        return carried | said([self], OWN)

    def matches_well(self) -> Q:
        """Shops that the part means first: they carry the facet, or the word is in their name."""
        if not self.meanings:
            return said([self], NAMES)
        carried = Q(facets__overlap=self.facets)
        if self.guess and not self.is_hard:
            return carried | Q(search=Said(self.spelt(NAMES, as_typed=True)))
        return carried


def said(parts: Iterable[Part], where: str = "", *, stems: bool = False) -> Q:
    """Shops that say all these parts: anywhere, or where `spelt` says; `stems`: also other forms of their words."""
    parts = list(parts)

    def all_parts(where):
        return " & ".join(f"({part.spelt(where)})" for part in parts)

    written = all_parts(where) if where else f"({all_parts('')}) | ({all_parts(OWN)})"
    return Q(search=Said(written, all_parts("") if stems else ""))


@dataclass(frozen=True, slots=True)
class Query:
    """What a text was understood to ask for. Made by `understand`; it asks nothing of the database by itself.

    Attributes:
        text: what was typed, shortened and on one line: to show again.
        parts: what was asked for, in order.
        open_now: whether only shops that are open now were asked for.
        hopeless: a word was typed that no shop, trade or place is near to: there is no result.
        name: all that was typed but "open now": it may be a shop's name.
        found: where shops' own words were asked for and few shops say them, all that match, the most relevant
            first, as keys; else None.
    """

    text: str
    language: str
    structure: object
    parts: tuple[Part, ...] = ()
    open_now: bool = False
    hopeless: bool = False
    name: str = ""
    found: tuple[int, ...] | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was asked for, so that the whole list is the answer."""
        return not (self.parts or self.open_now or self.hopeless)

    @property
    def corrections(self) -> list[tuple[str, str]]:
        """Words that no shop says, with what was looked for instead: [("knidelhaus", "kniddelhaus")]."""
        return [
            (" ".join(part.typed), part.others[0])
            for part in self.parts
            if part.others and not part.meanings and not part.unfinished
        ]

    def filter(self, queryset, *, at: datetime):
        """Keep the shops that match. For counting, and for lists in another order than relevance.

        Args:
            queryset: shops, published or otherwise limited as the caller wishes.
            at: the instant that "open now" means, aware.
        """
        return self._open(self._matching(queryset), at)

    def apply(self, queryset, *, at: datetime, totals: Mapping[str, int] | None = None):
        """Keep the shops that match, the most relevant first, then in the day's order. One statement when read.

        Only a few hundred are ranked, however many match, so at most that many come back: the best kind of match
        before the others, and always the shops whose name is what was typed or begins so. All other filters must
        be on `queryset` already: one added afterwards would thin out what was chosen without it.

        Args:
            queryset: as for `filter`.
            at: as for `filter`.
            totals: published shops by facet (`shops.reference.totals`), to know a small number without counting.
        """
        queryset = self._open(queryset.order_by(), at)
        if self.hopeless:
            return queryset.none()
        if not self.parts:
            return queryset.order_by("daily_order", "pk")
        if self.found is not None:
            return queryset.filter(pk__in=self.found).order_by(_Position(self.found))
        ranked = (
            self._matching(queryset)
            if self._are_few(totals)
            else queryset.filter(pk__in=self._candidates(queryset))
        )
        return ranked.annotate(relevance=self.relevance()).order_by("relevance", "daily_order", "pk")

    def reasons(self, language: str) -> str:
        """Why these shops: « trouvé pour : boucherie, ouvert maintenant ». "" when nothing was asked for."""
        with translation.override(language):
            said = [self._reason(part, language) for part in self.parts]
            if self.open_now:
                said.append(_("ouvert maintenant"))
            said = [one for one in said if one]
            return _("trouvé pour : %(reasons)s") % {"reasons": ", ".join(said)} if said else ""

    # Helpers

    def _open(self, queryset, at):
        return queryset.open_at(at) if self.open_now else queryset

    def _matching(self, queryset):
        if self.hopeless:
            return queryset.none()
        if self.found is not None:
            return queryset.filter(pk__in=self.found)
        return queryset.filter(self.matches())

    def matches(self) -> Q:
        """Shops that match, as one condition."""
        if not self.parts:
            return Q()
        return all_of(
            [any_of(part.matches() for part in wish) for wish in self._wishes()]
            + ([said(self._own_words(), stems=True)] if self._own_words() else [])
        )

    def _matches_well(self):
        return all_of(
            [any_of(part.matches_well() for part in wish) for wish in self._wishes()]
            + ([said(self._own_words(), NAMES)] if self._own_words() else [])
        )

    def _own_words(self):
        """The parts that are words of shops."""
        return [part for part in self.parts if not part.meanings]

    def _trades(self):
        """Trades that were clearly asked for."""
        return [part for part in self._firm() if part.is_trade and not part.guess]

    def _firm(self):
        """What a shop must be, beside its words.

        Some things only decide who comes first, beside what is surer: a service, more often offered than noted
        (« réparation vélo »); a group beside a trade (« italian food »); a word that only sounds like a trade and
        may be a name (« coiffure Jean »), or is but a word of its name (« chaussures enfants »); what one finds in
        quite another trade than the one that was named (« fleurs pour mariage »).
        """
        meant = [part for part in self.parts if part.meanings]
        trades = [part for part in meant if part.is_trade and not (part.guess or part.means(GROUP))]
        sure = [part for part in trades if not part.is_hint] or trades
        named = {group for part in sure if part.is_own_name for group in self._groups(part)}

        def is_soft(part):
            if not sure or part in sure:
                return (
                    bool(named) and part in sure and not part.is_own_name and not named & self._groups(part)
                )
            return part.is_trade and (part.alike or part.is_hint or part.means(GROUP))

        firm = [part for part in meant if not part.means(SERVICE) and not is_soft(part)]
        return firm if firm or self._own_words() else meant

    def _groups(self, part):
        """The groups of the trades that a part means."""
        return {
            self.structure.categories[meaning.code].group.code if meaning.kind == CATEGORY else meaning.code
            for meaning in part.meanings
            if meaning.kind in (CATEGORY, GROUP)
        }

    def _soft(self):
        firm = self._firm()
        return [part for part in self.parts if part.meanings and part not in firm]

    def _wishes(self) -> list[list[Part]]:
        """What must be true of a shop beside its words; of the parts of one wish, one is enough.

        Two trades are one wish: who types « boulangerie pâtisserie » is glad of either, and first of both.
        """
        trades = self._trades()
        return ([trades] if trades else []) + [[part] for part in self._firm() if part not in trades]

    def _are_few(self, totals):
        """Whether the kept totals say that so few shops carry what was asked for that all may be ranked."""
        if totals is None or self._own_words() or self._is_in_doubt:
            return False
        numbers = [
            sum(totals.get(facet, 0) for part in wish for facet in part.facets) for wish in self._wishes()
        ]
        return min(numbers) <= FEW

    def _candidates(self, queryset):
        """Keys of the shops to be ranked, chosen by indexes: see RANKED."""
        here = queryset.select_related(None).only("pk")
        by_day = here.order_by("daily_order", "pk")
        # A name begins with what was typed: with whole words, unless the last one may be unfinished.
        begins = Q(name_key__startswith=self.name)
        if not self._is_in_doubt:
            begins = Q(name_key=self.name) | Q(name_key__startswith=f"{self.name} ")
        return (
            by_day.filter(self._matches_well())
            .values("pk")[:RANKED]
            .union(
                by_day.filter(self.matches()).values("pk")[:RANKED_OTHERS],
                here.filter(begins).order_by("name_key", "pk").values("pk")[:RANKED_NAMES],
            )
        )

    @property
    def _is_in_doubt(self):
        return any(part.guess or part.unfinished or not part.meanings for part in self.parts)

    def relevance(self) -> Case:
        """The classes of docs/search.md, 0 the best. Within a class, the day's order is as fair as a draw."""
        wishes, trades, words_ = self._wishes(), self._trades(), self._own_words()
        well = self._matches_well()
        products = [part for part in self._firm() if not (part.is_own_name or part.is_hard)]
        classes = [Q(name_key=self.name)]
        if self._is_in_doubt:
            classes.append(Q(name_key__startswith=self.name))
        main = any_of(self._is_main(part) for part in trades) if trades else Q()
        if soft := self._soft():
            besides = well & all_of(part.matches() for part in soft)
            classes += [main & besides, besides] if trades else [besides]
        if len(trades) > 1:
            # All that was typed is there, as a trade or in the shop's own words.
            everything = well & all_of(Q(facets__overlap=part.facets) | said([part], OWN) for part in trades)
            classes += [everything & said(products, OWN), everything] if products else [everything]
        if products:
            # Who says the word comes first; with two trades, what one finds there says more: « restaurant sushi ».
            found_there = well & all_of(part.matches_well() for part in products)
            classes.append(found_there & said(products, OWN))
            if len(products) < len(trades):
                classes.append(found_there)
        if trades:
            classes.append(well & main)
        classes.append(well)
        if words_ and wishes:
            classes.append(all_of(any_of(Q(facets__overlap=part.facets) for part in wish) for wish in wishes))
        whens = [When(condition, then=number) for number, condition in enumerate(classes)]
        return Case(*whens, default=len(classes), output_field=IntegerField())

    def _is_main(self, part):
        """Whether a trade that the part means is the shop's main one."""
        ids = []
        for meaning in part.meanings:
            if meaning.kind == CATEGORY:
                ids.append(self.structure.categories[meaning.code].pk)
            else:
                ids += [category.pk for category in self.structure.groups[meaning.code].members]
        return Q(category__in=ids)

    def _reason(self, part, language):
        if not part.meanings:
            return _("« %(words)s »") % {"words": part.others[0] if part.others else " ".join(part.typed)}
        kept = vocabulary(self.structure)
        labels = {_in_a_sentence(kept.label(one, language), one, language): one for one in part.meanings}
        # « restaurant » means several trades; it is the name of one, and says enough.
        for label in labels:
            if "".join(words(label)) in ("".join(part.typed), *part.others):
                return label
        if len(labels) > LABELS_IN_A_REASON:
            return _("« %(words)s »") % {"words": " ".join(part.typed)}
        return _(" ou ").join(labels)


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
        if len(self.left()) == 1 and self.typed[self.left()[0]] in GENERIC_WORDS:
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
        where: NAMES for a word of a name, NAME_FORMS give or take its ending, OWN for one of a name or a text likewise; "" for the word
            anywhere, in a place or among the words for a trade too.
        unfinished: longer words that begin so will do (but for OWN).
    """
    if where == OWN:
        return f"'{OWN_MARK}{without_ending(word)}'"
    mark = "" if where == "" else NAME_MARK
    written = f"'{mark}{word}':*" if unfinished and len(word) >= SHORTEST_START else f"'{mark}{word}'"
    return f"({written} | '{NAME_STEM_MARK}{without_ending(word)}')" if where == NAME_FORMS else written


def _is_part_of_a_street(meanings):
    return all(meaning.kind == STREET and not meaning.own for meaning in meanings)


class _Position(Func):
    """Where a shop's key stands in a list of keys."""

    output_field = IntegerField()

    def __init__(self, keys):
        super().__init__(Value(list(keys), output_field=ArrayField(BigIntegerField())), F("pk"))

    def as_sql(self, compiler, connection, **_context):
        keys, key = self.get_source_expressions()
        keys_sql, keys_params = compiler.compile(keys)
        key_sql, key_params = compiler.compile(key)
        return f"array_position({keys_sql}::bigint[], {key_sql})", [*keys_params, *key_params]


def all_of(conditions):
    """One condition, or one text search, out of several: all must hold."""
    return reduce(and_, conditions)


def any_of(conditions):
    return reduce(or_, conditions)


def _in_a_sentence(label, meaning, language):
    """A trade's label within a sentence: a small letter, but in the languages that write nouns with a capital."""
    if meaning.kind == SAID:
        return _("ouvert le dimanche") if meaning.facet == "w:sunday" else _("accessible")
    if meaning.kind in (CATEGORY, GROUP) and language in ("fr", "en") and label[1:2].islower():
        return label[0].lower() + label[1:]
    return label
