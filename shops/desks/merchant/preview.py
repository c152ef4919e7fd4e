"""The public page as it will be once the City has taken over what waits. Nothing is written, nothing is kept."""

import copy
from collections.abc import Mapping
from datetime import date, datetime

from django.urls import reverse

from shops import cards
from shops.editing import facts
from shops.editing.facts import FACTS, Value
from shops.models import Shop, Trader
from shops.models import SpecialDay as StoredDay
from shops.opening_hours import ClosureReason, SpecialDay, compile_hours
from shops.photos.picture import FIELDS
from shops.presentation import Sheet, ShopPage, draw_parts
from shops.reference import structure

# Facts that lie in rows of their own: to write them would write them.
_ROWS = ("other_categories", "links", "special_days", "photos")


def as_it_will_be(shop: Shop, waiting: Mapping[str, Value], present, at: datetime):
    """The shop with what waits put over it, in memory alone, and its page drawn anew.

    Args:
        shop: with its day; it is left as it is.
        waiting: by fact, what is proposed.
        present: the catalogue.

    Returns:
        the shop, its `ShopPage`, its `Sheet`.
    """
    shop = copy.copy(shop)
    rows = facts.read(shop, ("links", "special_days")) | waiting
    for name, value in waiting.items():
        if name not in _ROWS:
            FACTS[name].write(shop, value)
    shop.status = Shop.Status.PUBLISHED
    shop.link_list = [{"kind": kind, "url": url} for kind, url in rows["links"]]
    if {"opening_hours", "special_days"} & waiting.keys():
        days = [_day(day) for day in rows["special_days"]]
        shop.hours_expression = compile_hours(shop.opening_hours, days)
    shop.trader_facts = Trader.objects.filter(shop=shop).values(*Trader.PARTICULARS).first()
    if "photos" in waiting:
        shop.photo_list = _photos(shop, waiting["photos"])
        desk = reverse("merchant:photos", args=[shop.public_id])
        shop.photo_base = lambda name: f"{desk}{name}"
    cards.complete(shop, structure(present))
    page = ShopPage(shop, present, at)
    return shop, page, Sheet(*draw_parts(page))


def _photos(shop, items):
    """The photos as they will be: in their order, with the words and the middle that wait with them."""
    rows = {row["pk"]: row for row in shop.photos.ready().values("pk", *FIELDS)}
    return [
        {field: rows[item["id"]][field] for field in FIELDS}
        | {"alt": item["alt"], "decorative": item["decorative"]}
        | dict(zip(("focus_x", "focus_y"), item["focus"], strict=True))
        for item in items
        if item["id"] in rows
    ]


def _day(day):
    return SpecialDay(
        start_on=date.fromisoformat(day["start_on"]),
        end_on=date.fromisoformat(day["end_on"]),
        hours=StoredDay(hours=day["hours"]).spans(),
        reason=day["reason"] if day["reason"] in ClosureReason else ClosureReason.OTHER,
        note=day["note"],
    )
