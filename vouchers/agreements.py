"""Shops sign to take a network's vouchers, and end it; what residents see of it follows at once."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction

from shops import catalogue
from shops.models import Shop
from vouchers.models import Agreement, Network

# Under which choice of the list a shop that takes vouchers is found (`shops.catalogue.facets_of`).
FACET = "v:vouchers"


class TooEarly(ValueError):
    """It cannot end before it has begun, nor on a day that is over."""


def sign(shops: Iterable[Shop], network: Network, signed_on: date, *, at: datetime) -> list[Agreement]:
    """Let shops take the network's vouchers from a day on.

    Raises:
        IntegrityError: one of them has an agreement for that time already.
    """
    with transaction.atomic():
        made = Agreement.objects.bulk_create(
            Agreement(shop=shop, network=network, signed_on=signed_on) for shop in shops
        )
        catalogue.changed([agreement.shop_id for agreement in made], at=at)
    return made


def end(agreement: Agreement, ends_on: date, *, today: date, at: datetime) -> None:
    """Let it end with a day, which is today at the earliest: what was taken that day was taken under it.

    Raises:
        TooEarly
    """
    if ends_on < max(today, agreement.signed_on):
        raise TooEarly
    with transaction.atomic():
        agreement.ends_on = ends_on
        agreement.save(update_fields=["ends_on"])
        catalogue.changed([agreement.shop_id], at=at)


def facets(shop_ids: Iterable[int], day: date) -> dict[int, set[str]]:
    """For `catalogue.MORE_FACETS`: those of these shops that take vouchers on a day."""
    signed = Agreement.objects.active(day).filter(shop__in=shop_ids).values_list("shop", flat=True)
    return {shop: {FACET} for shop in signed}
