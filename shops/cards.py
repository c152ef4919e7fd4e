"""From shops to what a card shows: the light, the words beside it, the distance."""

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from shops.catalogue import hours_of
from shops.opening_hours import Hours

# What a card needs of a shop. District and category come from `reference.Structure`, without a join.
FIELDS = (
    "public_id",
    "slug",
    "name",
    "i18n",
    "status",
    "street",
    "house_number",
    "hours_expression",
    "hours_stale_at",
    "is_demo",
    "lat",
    "lon",
    "district_id",
    "category_id",
)


def for_cards(queryset):
    """Only the columns of `FIELDS`, in one query without joins; `make_cards` adds the rest."""
    return queryset.only(*FIELDS)


def make_cards(shops: Iterable, structure, at: datetime) -> list:
    """Prepare shops for `_shop_card.html`, without a query.

    Args:
        shops: shops with the columns of `FIELDS`.
        structure: the city's frame, see `shops.reference`.
        at: the instant of which the lights tell, aware.

    Returns:
        The same shops, each with `light` ("on", "off", "unlit"), `sentence` (« Ouvert jusqu’à 18 h ») and, where the
        query measured one, `distance` (« 350 m »).
    """
    minute = at.replace(second=0, microsecond=0)
    language = translation.get_language()
    cards = []
    for shop in shops:
        shop.district = structure.districts_by_id[shop.district_id]
        shop.category = structure.categories_by_id[shop.category_id]
        hours = hours_of(shop, structure.place)
        shop.light, shop.sentence = _light_and_words(hours, minute, shop.hours_are_stale(at), language)
        distance_m = getattr(shop, "distance_m", None)
        shop.distance = "" if distance_m is None else distance_words(distance_m)
        cards.append(shop)
    return cards


def light_of(shop, structure, at: datetime) -> str:
    """ "on", "off" or "unlit", as on the shop's card."""
    minute = at.replace(second=0, microsecond=0)
    hours = hours_of(shop, structure.place)
    return _light_and_words(hours, minute, shop.hours_are_stale(at), translation.get_language())[0]


@lru_cache(maxsize=4096)
def _light_and_words(hours: Hours, minute: datetime, stale: bool, language: str) -> tuple[str, str]:
    """Light and words of a minute. Many shops keep the same hours, and pages are asked for more than once a minute."""
    return str(hours.state(minute, stale=stale).light), hours.short(minute, stale=stale)


def distance_words(metres: float) -> str:
    """A distance as people say it: « 350 m », « 1,2 km ». To 50 m: the position itself is only known to 100."""
    if metres < 975:
        return _("%(distance)s m") % {"distance": max(50, round(metres / 50) * 50)}
    return _("%(distance)s km") % {"distance": number_format(round(metres / 1000, 1), 1)}
