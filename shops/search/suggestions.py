"""What is proposed while somebody types: trades, districts, streets, shops."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import translation

from shops.models import Shop
from shops.search.reading import LONGEST_TEXT, MOST_WORDS, NEAR_WORDS
from shops.search.spelling import NAMES, Said, likeliest, near_words, spelt
from shops.search.vocabulary import CATEGORY, DISTRICT, GROUP, STREET, vocabulary
from shops.search.words import words

SHOP = "shop"
# Places kept for each kind, in the order in which they are shown; what one leaves free goes to the shops.
PLACES = {CATEGORY: 3, DISTRICT: 2, STREET: 2}
# From how many letters on names are looked at by their beginning, by any of their words, and for typing errors.
SHORTEST_NAME, SHORTEST_WITHIN, SHORTEST_MISTAKE = 2, 3, 4
# Phrases of the vocabulary looked at: a single letter begins hundreds.
LOOKED_AT = 150


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
    """What somebody may be about to type. At most two statements, five when a name is misspelt, none for a single letter.

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
        places = [one for kind, number in PLACES.items() for one in known[kind][:number]]
        shops = []
        if len("".join(typed)) >= SHORTEST_NAME:
            mend = not places and max(map(len, typed)) >= SHORTEST_MISTAKE
            shops = _of_shops(typed, structure, limit, mend=mend)
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


def _of_shops(typed, structure, limit, *, mend):
    """Shops whose name begins so, then those with such words in it; if there are none, those probably meant."""
    shops = _named([[word] for word in typed], limit)
    if not shops and mend and (meant := _probably_meant(typed)):
        shops = _named(meant, limit)
    return [_shop(shop, structure) for shop in shops]


def _named(spellings, limit):
    """Shops with all these words in a name, each in one of its spellings; the last may be unfinished.

    One statement where enough names begin so, else two.
    """
    text = " ".join(words[0] for words in spellings)
    said = " & ".join(
        "(" + " | ".join(spelt(word, NAMES, unfinished=words is spellings[-1]) for word in words) + ")"
        for words in spellings
    )
    columns = ("pk", "name", "slug", "district_id", "category_id")
    published = Shop.objects.published()
    begins = published.filter(name_key__startswith=text).in_order("name_key", many=True)
    rows = list(begins.values_list(*columns, named=True)[:limit])
    if len(rows) < limit and len(spellings[-1][0]) >= SHORTEST_WITHIN:
        known = [row.pk for row in rows]
        within = published.filter(search=Said(said)).exclude(pk__in=known).in_order("name_key", many=False)
        rows += within.values_list(*columns, named=True)[: limit - len(rows)]
    return rows


def _probably_meant(typed):
    """For each word its likely spellings among the words of names, or None. One statement."""
    near = list(near_words(typed).values_list("word", flat=True)[: NEAR_WORDS * len(typed)])
    meant = [likeliest(word, near, unfinished=word is typed[-1])[1] for word in typed]
    return meant if all(meant) else None


def _shop(row, structure):
    district = structure.districts_by_id[row.district_id].name_i18n
    category = structure.categories_by_id[row.category_id].label_i18n
    return Suggestion(
        SHOP, row.name, reverse("shops:detail", args=[row.slug]), detail=f"{category} · {district}"
    )
