"""What somebody asked for: which shops that is, which of them come first, and the sentence that says why."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, Case, F, Func, IntegerField, Q, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from shops.search.spelling import NAME_FORMS, NAMES, OWN, Said, all_of, any_of, spelt
from shops.search.vocabulary import CATEGORY, GROUP, SAID, SERVICE, Meaning, vocabulary
from shops.search.words import words

# How many shops are ranked at most: so many of the best kind, of the others, and of those whose name begins so.
RANKED, RANKED_OTHERS, RANKED_NAMES = 192, 48, 24
# Up to here all matches are ranked, even where their words must be opened: less work than to choose among them.
FEW = 1000
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
            if self._may_all_be_ranked(totals)
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

    def _products(self):
        """Words for what one finds in a shop: who says them comes first."""
        return [part for part in self._firm() if not (part.is_own_name or part.is_hard)]

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

    def _may_all_be_ranked(self, totals):
        """Whether ranking all that match costs little: no shop's words need be opened for it, or those of few."""
        if self._own_words() or self._is_in_doubt:
            return False
        if not self._products():
            return True
        if totals is None:
            return False
        numbers = [
            sum(totals.get(facet, 0) for part in wish for facet in part.facets) for wish in self._wishes()
        ]
        return min(numbers) <= FEW

    def _candidates(self, queryset):
        """Keys of the shops to be ranked, chosen by indexes: see RANKED."""
        here = queryset.select_related(None).only("pk")
        by_day = here.in_order("daily_order", many=False)
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
        products = self._products()
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


def _in_a_sentence(label, meaning, language):
    """A trade's label within a sentence: a small letter, but in the languages that write nouns with a capital."""
    if meaning.kind == SAID:
        return _("ouvert le dimanche") if meaning.facet == "w:sunday" else _("accessible")
    if meaning.kind in (CATEGORY, GROUP) and language in ("fr", "en") and label[1:2].islower():
        return label[0].lower() + label[1:]
    return label
