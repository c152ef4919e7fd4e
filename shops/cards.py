"""From shops to what a card shows: the light, the words beside it, the distance."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from shops import reference
from shops.catalogue import parsed
from shops.models import Shop

# What a card needs of a shop. District and category come from `reference.Structure`, without a join.
FIELDS = (
    "id",
    "public_id",
    "slug",
    "name",
    "i18n",
    "street",
    "house_number",
    "hours_expression",
    "hours_stale_at",
    "district_id",
    "category_id",
)
NAME, HOURS, STALE = (FIELDS.index(field) for field in ("name", "hours_expression", "hours_stale_at"))


class Card(NamedTuple):
    """A shop as one card of a street. `html` is the card drawn."""

    pk: int
    name: str
    light: str
    sentence: str
    distance: str
    html: SafeString


class Row(tuple):
    """The `FIELDS` of a shop. Told apart by the key alone: one version of the catalogue has one row of each."""

    __slots__ = ()

    def __eq__(self, other):
        return self[0] == other[0]

    def __hash__(self):
        return hash(self[0])


def read_cards(shops, present, at: datetime, *, inside=None) -> list[Card]:
    """Read shops and draw their cards: `read_rows` and `draw_cards`. One query."""
    return draw_cards(read_rows(shops), present, at, inside=inside)


def read_rows(shops):
    """What `draw_cards` needs of a queryset of shops, in its order. One query."""
    measured = "distance_m" in shops.query.annotations
    return shops.values_list(*FIELDS, *(("distance_m",) if measured else ()))


def draw_cards(rows, present, at: datetime, *, inside=None) -> list[Card]:
    """Draw cards.

    A street shows the same two dozen shops to many people: what was drawn is kept for the catalogue's version, and
    the words of hours for the minute.

    Args:
        rows: from `read_rows`.
        present: the catalogue.
        at: the instant of which the lights tell, aware.
        inside: the district whose page it is: its cards name streets in place of the district.
    """
    place = reference.structure(present).place
    minute = at.replace(second=0, microsecond=0)
    language = get_language()
    cards = []
    for row in rows:
        expression, stale_at = row[HOURS], row[STALE]
        light, words = _light_and_words(
            expression, place, minute, stale_at is None or stale_at <= at, language
        )
        html = _draw(present, Row(row[: len(FIELDS)]), light, words, inside, language)
        distance = distance_words(row[-1]) if len(row) > len(FIELDS) else ""
        # The distance is put in last: who stands elsewhere sees the same card at another one.
        end = '<p class="kind">{}</p>\n</li>\n' if distance else "</li>\n{}"
        html += format_html(end, distance)
        cards.append(Card(row[0], row[NAME], light, words, distance, html))
    return cards


@reference.kept(768)
def _draw(present, row, light, words, inside, language):
    shop = complete(Shop(**dict(zip(FIELDS, row, strict=True))), reference.structure(present))
    shop.light, shop.sentence = light, words
    return render_to_string("_shop_card.html", {"shop": shop, "district": inside})


def make_cards(shops: Iterable, structure, at: datetime) -> list:
    """Prepare shops for `_shop_card.html`, without a query.

    Args:
        shops: shops with at least the columns of `FIELDS`.
        structure: the city's frame, see `shops.reference`.
        at: the instant of which the lights tell, aware.

    Returns:
        The same shops, each with `light` ("on", "off", "unlit") and `sentence` (« Ouvert jusqu’à 18 h »).
    """
    cards = []
    for shop in shops:
        complete(shop, structure)
        shop.light, shop.sentence = _now(shop, structure, at)
        cards.append(shop)
    return cards


def complete(shop, structure):
    """Give a shop its district and category from the city's frame, without a query. Returns the shop."""
    shop.district = structure.districts_by_id[shop.district_id]
    shop.category = structure.categories_by_id[shop.category_id]
    return shop


def _now(shop, structure, at):
    minute = at.replace(second=0, microsecond=0)
    return _light_and_words(
        shop.hours_expression, structure.place, minute, shop.hours_are_stale(at), get_language()
    )


def light_of(shop, structure, at: datetime) -> str:
    """ "on", "off" or "unlit", as on the shop's card."""
    return _now(shop, structure, at)[0]


@lru_cache(maxsize=768)
def _light_and_words(expression, place, minute, stale, language):
    """Light and words of a minute. Many shops keep the same hours, and pages are asked for more than once a minute."""
    hours = parsed(expression, place)
    return str(hours.state(minute, stale=stale).light), hours.short(minute, stale=stale)


def distance_words(metres: float) -> str:
    """A distance as people say it: « 350 m », « 1,2 km ». To 50 m: the position itself is only known to 100."""
    if metres < 975:
        return _("%(distance)s m") % {"distance": max(50, round(metres / 50) * 50)}
    return _("%(distance)s km") % {"distance": number_format(round(metres / 1000, 1), 1)}
