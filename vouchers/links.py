"""Signed links to an order and to a gift: for one purpose, with an end, and no code in them.

They stand in a path: logs hide them (`vitrine.logs`), and their pages send no referrer to another site.
"""

from datetime import datetime, timedelta

from django.core import signing

from vitrine.letters import address
from vouchers.models import Order

ORDER, GIFT = "order", "gift"
# As long as the longest voucher may be good, with its extension and time of grace; a new one is mailed on request.
GOOD_FOR = {ORDER: timedelta(days=400), GIFT: timedelta(days=2000)}


class Broken(Exception):
    """This is no link of ours, or its time is over."""


def link_to(order: Order, purpose: str) -> str:
    """The whole address of the page, in the active language. The same whenever it is asked for."""
    return address(f"vouchers:{purpose}", token(order, purpose))


def token(order: Order, purpose: str) -> str:
    return signing.Signer(salt=f"vouchers.{purpose}").sign_object(_signed(order, purpose))


def read(token: str, purpose: str, *, at: datetime) -> Order:
    """The order that a link leads to.

    Raises:
        Broken
    """
    try:
        signed = signing.Signer(salt=f"vouchers.{purpose}").unsign_object(token)
        pk, ref, *_since = signed
    except (signing.BadSignature, ValueError, TypeError):
        raise Broken from None
    order = Order.objects.select_related("network__issuer", "shop").filter(pk=pk, ref=ref).first()
    if (
        order is None
        or signed != _signed(order, purpose)
        or at > (order.paid_at or order.placed_at) + GOOD_FOR[purpose]
    ):
        raise Broken
    return order


def _signed(order, purpose):
    """What a link says. That of a gift says another thing once the gift is for somebody else: the first one leads nowhere."""
    readdressed = ["readdressed"] if purpose == GIFT and order.readdressed_at else []
    return [order.pk, order.ref, *readdressed]
