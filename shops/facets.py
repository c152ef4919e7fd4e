"""How many shops stand behind each choice, without ever counting them all.

A single choice has a kept total (`FacetTotal`). A combination is counted in one statement over at most `CAP` of the
shops that match; where there are more, the number is the least that can be said: « 37+ ».
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Count, Func, IntegerField, Subquery, TextField, Value

from shops import reference
from shops.catalogue import ALL, Present
from shops.filters import Selection
from shops.models import Shop

# Shops looked at for the counts of a combination.
CAP = 500
# Of these only one can be chosen at a time: beside the others stands how many shops would come in its place.
SINGLE = {"district": ("district",), "category": ("group", "category"), "street": ("street",)}


class Number(NamedTuple):
    """A count, or with `more` the least that it is."""

    shops: int
    more: bool = False

    def __str__(self):
        return f"{self.shops}+" if self.more else str(self.shops)


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


class BoundedCount(Subquery):
    """The number of rows of a sliced queryset, as a column of another statement: never more than the slice."""

    template = "(SELECT count(*) FROM (%(subquery)s) AS found)"
    output_field = IntegerField()


class Facets(Func):
    """One row for each facet of a shop, `all` among them."""

    template = f"unnest(array_append(%(expressions)s, '{ALL}'))"
    output_field = TextField()
    set_returning = True


def count(present: Present, selection: Selection, found=None) -> Counts:
    """Count behind each choice: from the kept totals when nothing is chosen, else with one bounded statement.

    Args:
        present: the catalogue.
        selection: what is chosen. Its page and its order do not matter.
        found: function from a selection to the shops it means, where words were searched for.
    """
    selection = selection.without("sort", "page", "words")
    if found is None:
        return _count_kept(present, selection)
    return _count(present, selection, found)


@reference.kept(256)
def _count_kept(present, selection):
    return _count(present, selection, Selection.shops)


def _count(present, selection, found):
    samples, capped, statements = {}, set(), []
    for dimension in ["", *(name for name, fields in SINGLE.items() if any(getattr(selection, f) for f in fields))]:
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
