"""What is proposed while somebody types: trades, districts, streets, shops."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib.postgres.search import TrigramWordDistance
from django.db.models import Exists, FloatField, Value
from django.urls import reverse
from django.utils import translation

from shops.models import Shop, ShopName
from shops.search.query import LONGEST_TEXT, MOST_WORDS, NAMES, Said, spelt
from shops.search.vocabulary import CATEGORY, DISTRICT, GROUP, STREET, vocabulary
from shops.search.words import errors_between, words

SHOP = "shop"
# Places kept for each kind, in the order in which they are shown; what one leaves free goes to the shops.
PLACES = {CATEGORY: 3, DISTRICT: 2, STREET: 2}
# Names are looked into from here on; typing errors in them from there.
SHORTEST_NAME, SHORTEST_MISTAKE = 2, 4
# Phrases of the vocabulary looked at: a single letter begins hundreds.
LOOKED_AT = 300


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One line of the list. `detail` is said in small letters; `shops` is how many one will find, where known."""

    kind: str
    label: str
    url: str
    detail: str = ""
    shops: int | None = None


def suggest(
    text: str, *, language: str, structure, totals: Mapping[str, int], limit: int = 8
) -> list[Suggestion]:
    """What somebody may be about to type. One statement at most, none for less than two letters.

    Args:
        text: the beginning, in any of the city's languages, with or without accents.
        language: of the labels and addresses.
        structure: see `shops.reference.structure`.
        totals: published shops by facet, see `shops.reference.totals`. What leads to none is not proposed.
        limit: how many at most.

    Returns:
        Trades first, then districts, streets and shops.
    """
    typed = words(text[:LONGEST_TEXT])[:MOST_WORDS]
    if not typed:
        return []
    with translation.override(language):
        known = _of_the_city(typed, language, structure, totals)
        shops = _of_shops(typed, structure, limit) if len("".join(typed)) >= SHORTEST_NAME else []
    places = [one for kind, number in PLACES.items() for one in known[kind][:number]]
    # Some shops are always shown: a name typed in full must not hide behind trades.
    room = max(limit - len(shops), limit // 2)
    places = places[:room]
    return places + shops[: limit - len(places)]


def _of_the_city(typed, language, structure, totals):
    """Trades, districts and streets, the likeliest first, as {kind: suggestions}."""
    found = {}  # facet -> (how likely, meaning, what was said)
    for likelihood, meanings in _meanings(typed, vocabulary(structure)):
        for meaning in meanings:
            shops = totals.get(meaning.facet, 0)
            rank = (likelihood, not meaning.own, -shops)
            if shops and (meaning.facet not in found or rank < found[meaning.facet][0]):
                found[meaning.facet] = (rank, meaning)
    known = {kind: [] for kind in PLACES}
    for _rank, meaning in sorted(found.values(), key=lambda one: (one[0], one[1].code)):
        kind = CATEGORY if meaning.kind == GROUP else meaning.kind
        if kind in known:
            known[kind].append(_suggestion(meaning, language, structure, totals))
    return known


def _meanings(typed, known):
    """Pairs of likelihood (0 the best) and meanings: what is said in full, what begins so, what was mistyped."""
    joined = "".join(typed)
    exact = known.exact(typed)
    yield 0, exact
    anything = bool(exact)
    for number, phrase in enumerate(known.beginning_with(joined)):
        if number >= LOOKED_AT:
            break
        anything = True
        yield 1, known.meanings_of(phrase)
    if alike := known.alike(typed):
        anything = True
        yield 2, alike[1]
    if not anything and (near := known.nearest_beginning(typed)):
        yield 3, near


def _suggestion(meaning, language, structure, totals):
    label = vocabulary(structure).label(meaning, language)
    shops = totals[meaning.facet]
    if meaning.kind == DISTRICT:
        return Suggestion(DISTRICT, label, reverse("shops:district", args=[meaning.code]), shops=shops)
    if meaning.kind == STREET:
        return Suggestion(STREET, label, _list(rue=meaning.code), shops=shops)
    if meaning.kind == GROUP:
        return Suggestion(GROUP, label, _list(categorie=structure.groups[meaning.code].slug), shops=shops)
    category = structure.categories[meaning.code]
    return Suggestion(
        CATEGORY, label, _list(categorie=category.slug), detail=category.group.label_i18n, shops=shops
    )


def _list(**parameters):
    return reverse("shops:list") + "?" + urlencode(parameters)


def _of_shops(typed, structure, limit):
    """Shops whose name begins so, then those with such a word in it, then those that were probably meant."""
    text = " ".join(typed)
    fields = ("order", "distance", "text", "key", "shop__slug", "shop__district_id", "shop__category_id")
    names = ShopName.objects.annotate(distance=Value(0.0, output_field=FloatField()))
    begins = names.filter(key__startswith=text).annotate(order=Value(0)).order_by("key", "pk")
    said = " & ".join(spelt(word, NAMES, unfinished=word is typed[-1]) for word in typed)
    shops = Shop.objects.published().filter(search=Said(said))
    within = (
        names.filter(shop__in=shops.values("pk")[: 2 * limit]).annotate(order=Value(1)).order_by("key", "pk")
    )
    arms = [begins, within]
    if len(text) >= SHORTEST_MISTAKE:
        near = ShopName.objects.filter(~Exists(shops)).annotate(
            distance=TrigramWordDistance(text, "key"), order=Value(2)
        )
        arms.append(near.order_by("distance"))
    first, *others = [arm.values_list(*fields)[: 2 * limit] for arm in arms]
    rows = sorted(first.union(*others, all=True))
    found = {}
    for order, _distance, name, name_key, slug, district_id, category_id in rows:
        if order < 2 or _was_meant(typed, name_key.split()):
            district = structure.districts_by_id[district_id]
            category = structure.categories_by_id[category_id]
            detail = f"{category.label_i18n} · {district.name_i18n}"
            url = reverse("shops:detail", args=[slug])
            found.setdefault(slug, Suggestion(SHOP, name, url, detail=detail))
    return list(found.values())[:limit]


def _was_meant(typed, name):
    """Whether each word typed is a word of the name, or the beginning of one, give or take typing errors."""
    return all(
        any(
            errors_between(word, other) is not None or errors_between(word, other[: len(word)]) is not None
            for other in name
        )
        for word in typed
    )
