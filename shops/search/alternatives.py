"""What to propose when nothing was found: what is nearest to the wish and does have shops."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shops.models import Shop
from shops.search.query import Query
from shops.search.vocabulary import CATEGORY, DISTRICT, GROUP, STREET, vocabulary

MOST = 6
MOST_NEIGHBOURS = 3
MOST_GROUPS = 4
# Shorter words are near to everything.
SHORTEST_NEAR = 5


@dataclass(frozen=True, slots=True)
class Alternative:
    """A list that is not empty: what it shows, where it is, how many shops it has."""

    label: str
    url: str
    shops: int


def alternatives(query: Query, *, totals: Mapping[str, int]) -> list[Alternative]:
    """What was nearly asked for and exists. One statement at most.

    The same trade in the districts next to the one asked for; each wish by itself; trades and districts that are
    spelt nearly like a word that nobody knows; if there is nothing of all that, the groups with the most shops.

    Args:
        query: one that found nothing.
        totals: published shops by facet, see `shops.reference.totals`.
    """
    with translation.override(query.language):
        found = {}
        for alternative in (*_next_door(query, totals), *_by_itself(query, totals), *_nearly(query, totals)):
            found.setdefault(alternative.url, alternative)
        if not found:
            found = {one.url: one for one in _biggest_groups(query, totals)}
        return list(found.values())[:MOST]


def _of_kind(query, *kinds):
    return [meaning for part in query.parts for meaning in part.meanings if meaning.kind in kinds]


def _next_door(query, totals):
    """A trade and a district that do not meet: where is the trade nearby?"""
    structure = query.structure
    trades, districts = _of_kind(query, CATEGORY, GROUP), _of_kind(query, DISTRICT)
    if not trades or not districts:
        return
    trade = max(trades, key=lambda meaning: totals.get(meaning.facet, 0))
    asked = {meaning.code for meaning in districts}
    near = {slug for code in asked for slug in structure.districts[code].neighbour_slugs} - asked
    counts = (
        Shop.objects.published()
        .filter(
            facets__contains=[trade.facet],
            district__in=[structure.districts[slug].pk for slug in near],
        )
        .values("district")
        .annotate(shops=Count("pk"))
        .order_by("-shops", "district")
    )
    label = vocabulary(structure).label(trade, query.language)
    for row in counts[:MOST_NEIGHBOURS]:
        district = structure.districts_by_id[row["district"]]
        parameters = {"quartier": district.slug, "categorie": _slug(trade, structure)}
        said = _("%(trade)s · %(district)s") % {"trade": label, "district": district.name_i18n}
        yield Alternative(said, _list(**parameters), row["shops"])


def _by_itself(query, totals):
    """Each wish that has shops; pointless where there was only one, but for "open now"."""
    if len(query.parts) > 1 or query.open_now or query.hopeless:
        for meaning in _of_kind(query, CATEGORY, GROUP, DISTRICT, STREET):
            yield from _one(meaning, query, totals)


def _nearly(query, totals):
    kept = vocabulary(query.structure)
    for part in query.parts if query.hopeless else ():
        if not part.meanings:
            word = "".join(part.typed)
            for meanings in kept.similar(word)[:MOST] if len(word) >= SHORTEST_NEAR else ():
                for meaning in meanings:
                    yield from _one(meaning, query, totals)


def _biggest_groups(query, totals):
    groups = sorted(query.structure.groups.values(), key=lambda group: -totals.get(f"g:{group.code}", 0))
    for group in groups[:MOST_GROUPS]:
        if shops := totals.get(f"g:{group.code}", 0):
            yield Alternative(group.label_i18n, _list(categorie=group.slug), shops)


def _one(meaning, query, totals):
    """The list of one trade, district or street, if it has shops."""
    shops = totals.get(meaning.facet, 0)
    if not shops:
        return
    label = vocabulary(query.structure).label(meaning, query.language)
    if meaning.kind == DISTRICT:
        yield Alternative(label, reverse("shops:district", args=[meaning.code]), shops)
    elif meaning.kind == STREET:
        yield Alternative(label, _list(rue=meaning.code), shops)
    elif meaning.kind in (CATEGORY, GROUP):
        yield Alternative(label, _list(categorie=_slug(meaning, query.structure)), shops)


def _slug(trade, structure):
    things = structure.categories if trade.kind == CATEGORY else structure.groups
    return things[trade.code].slug


def _list(**parameters):
    return reverse("shops:list") + "?" + urlencode(parameters)
