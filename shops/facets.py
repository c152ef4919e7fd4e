"""How many shops stand behind each choice, without ever counting them all.

A single choice has a kept total (`FacetTotal`). A combination is counted in one statement over at most `CAP` of the
shops that match; where there are more, the number is the least that can be said: « 37+ ».
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Func, IntegerField, Subquery, TextField, Value

from shops import reference, search
from shops.catalogue import ALL, Present
from shops.filters import Selection
from shops.models import Shop
from shops.vocabulary import Service, SpokenLanguage

# Shops looked at for the counts of a combination.
CAP = 500
# Streets offered: the busiest ones of the selection.
STREETS = 40
# Of these only one can be chosen at a time: beside the others stands how many shops would come in its place.
SINGLE = {"district": ("district",), "category": ("group", "category"), "street": ("street",)}


class Number(NamedTuple):
    """A count, or with `more` the least that it is."""

    shops: int
    more: bool = False

    def __str__(self):
        if self.more:
            return f"{self.shops}+" if self.shops else ""
        return str(self.shops)

    @property
    def is_none(self) -> bool:
        """Whether there is surely not one."""
        return not (self.shops or self.more)


def at_most(shops, limit: int = CAP) -> Number:
    """Count shops up to a limit. One query."""
    number = shops.order_by()[: limit + 1].count()
    return Number(min(number, limit), more=number > limit)


@dataclass(frozen=True)
class Counts:
    """What is known of a selection.

    `samples` holds the shops of each facet: under "" those of the selection itself, under a key of `SINGLE` those
    that it would have without that choice.
    """

    total: Number
    samples: dict = field(default_factory=dict)
    capped: frozenset = frozenset()

    def of(self, facet: str, dimension: str = "") -> Number:
        """How many shops there are with this facet (in place of what is chosen of `dimension`)."""
        sample = dimension if dimension in self.samples else ""
        return Number(self.samples[sample].get(facet, 0), more=sample in self.capped)

    def elsewhere(self, dimension: str) -> Number:
        """How many shops there would be without the present choice of `dimension`, or of what was also counted."""
        return Number(self.samples[dimension].get(ALL, 0), more=dimension in self.capped)


class Choice(NamedTuple):
    """One line of a filter: what the address says, what the reader reads, how many shops stand behind it."""

    value: str
    label: str
    count: Number
    chosen: bool

    @property
    def disabled(self) -> bool:
        return self.count.is_none and not self.chosen


class BoundedCount(Subquery):
    """The number of rows of a sliced queryset, as a column of another statement: never more than the slice."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS found)"
    output_field = IntegerField()


class Facets(Func):
    """One row for each facet of a shop, `all` among them."""

    template = f"unnest(array_append(%(expressions)s, '{ALL}'))"
    output_field = TextField()
    set_returning = True


def count(present: Present, selection: Selection, *, found=None, also=None) -> Counts:
    """Count behind each choice: from the kept totals when nothing is chosen, else with one bounded statement.

    Args:
        present: the catalogue.
        selection: what is chosen. Its page and its order do not matter.
        found: function from a selection to the shops it means, where words were searched for.
        also: other sets of shops to count in the same statement, by a name: `counts.elsewhere(name)` tells.
    """
    found = found or (lambda wider: wider.shops(present))
    samples, capped, statements = {}, set(), []
    for name, shops in (also or {}).items():
        samples[name] = {}
        statements.append(_sample(shops, name))
    for dimension in [
        "",
        *(name for name, fields in SINGLE.items() if any(getattr(selection, f) for f in fields)),
    ]:
        wider = selection.without(*SINGLE[dimension]) if dimension else selection
        if wider.kept_facet == ALL:
            samples[dimension] = reference.totals(present)
        else:
            statements.append(_sample(found(wider), dimension))
            samples[dimension] = {}
    if statements:
        first, *others = statements
        for dimension, facet, shops in first.union(*others, all=True) if others else first:
            samples[dimension][facet] = shops
            if facet == ALL and shops >= CAP:
                capped.add(dimension)
    if selection.kept_facet:
        total = Number(reference.totals(present).get(selection.kept_facet, 0))
    else:
        total = Number(samples[""].get(ALL, 0), more="" in capped)
    return Counts(total, samples, frozenset(capped))


def _sample(shops, dimension):
    """Facets and their shops among the first `CAP` that the database finds, in no order."""
    some = shops.order_by().values("pk")[:CAP]
    return (
        Shop.objects.filter(pk__in=some)
        .annotate(dimension=Value(dimension), facet=Facets("facets"))
        .values_list("dimension", "facet")
        .annotate(shops=Count("*"))
    )


def choices(present: Present, counts: Counts, chosen) -> dict:
    """Everything that can be chosen now, in the reader's language.

    Args:
        present: the catalogue.
        counts: of the present selection.
        chosen: function from a parameter's name to the list of values that the address gives it.

    Returns:
        `districts`, `streets`, `services`, `languages`: lists of `Choice`; `categories`: pairs of a group's choice
        and the list of its categories' choices. What nobody in the city offers is left out.
    """
    structure = reference.structure(present)
    totals = reference.totals(present)

    def choice(name, value, label, facet, dimension=""):
        return Choice(value, str(label), counts.of(facet, dimension), value in chosen(name))

    def offered(name, letter, vocabulary):
        return [
            choice(name, word.value, word.label, f"{letter}:{word.value}")
            for word in vocabulary
            if totals.get(f"{letter}:{word.value}") or word.value in chosen(name)
        ]

    def category(each, letter):
        return choice("categorie", each.slug, each.label_i18n, f"{letter}:{each.code}", "category")

    return {
        "districts": sorted(
            (
                choice("quartier", slug, district.name_i18n, f"d:{slug}", "district")
                for slug, district in structure.districts.items()
            ),
            key=lambda choice: search.key(choice.label),
        ),
        "categories": [
            (
                category(group, "g"),
                [
                    category(member, "c")
                    for member in group.members
                    if totals.get(f"c:{member.code}") or member.slug in chosen("categorie")
                ],
            )
            for group in structure.groups.values()
        ],
        # The busiest streets of a whole city are an odd lot: only within a district does one look for a street.
        "streets": _streets(present, counts, chosen("rue")) if chosen("quartier") or chosen("rue") else [],
        "services": offered("service", "o", Service),
        "languages": offered("langue", "l", SpokenLanguage),
    }


def _streets(present, counts, chosen):
    names = reference.streets(present)
    sample = counts.samples.get("street") or counts.samples[""]
    busiest = sorted(((-shops, facet[2:]) for facet, shops in sample.items() if facet.startswith("s:")))[
        :STREETS
    ]
    slugs = {slug for _shops, slug in busiest} | {slug for slug in chosen if slug in names}
    return sorted(
        (
            Choice(slug, street_name(names, slug), counts.of(f"s:{slug}", "street"), slug in chosen)
            for slug in slugs
        ),
        key=lambda choice: choice.value,
    )


def street_name(names: dict, slug: str) -> str:
    """A street's official name; of one that the register does not know, its slug in words."""
    return names.get(slug) or slug.replace("-", " ").capitalize()
