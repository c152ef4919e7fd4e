"""Sales whose money waits with us while the finance desk looks into them: all else that is due to a shop is paid.

A hold is placed and lifted by one person, for it moves nothing: what it keeps back stays due to the shop, and is paid
with the next file once it is lifted. What was wrong is put right by a correction, which two people decide.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet, Sum

from shops.models import Shop
from vouchers import ledger
from vouchers.corrections import shop_of
from vouchers.models import Account, Issuer, PayoutHold, Transaction, Transfer

Kind = Transaction.Kind


class Paid(Exception):
    """It was paid to the shop already, or taken back: nothing of it is there to be kept."""


def open_() -> QuerySet[PayoutHold]:
    """Those that keep something back: not lifted, of sales that were not taken back."""
    return PayoutHold.objects.filter(lifted_at=None, sale__reversed_by=None)


def kept(issuer: Issuer) -> dict[int, int]:
    """Cents that are kept back, by shop. One query."""
    return dict(open_().filter(issuer=issuer).values_list("shop").annotate(Sum("cents")).order_by())


def kept_of(shop: Shop) -> dict[int, int]:
    """Cents of one shop that are kept back, by issuer. One query."""
    return dict(open_().filter(shop=shop).values_list("issuer").annotate(Sum("cents")).order_by())


def place(sale: Transaction, issuer: Issuer, reason: str, *, by: int, at: datetime) -> PayoutHold:
    """Keep back what a sale brought its shop of this issuer, with what the City added; kept back already, it stays so.

    Raises:
        Paid
    """

    def work():
        shop = shop_of(sale)
        owed = Account.objects.get(issuer=issuer, kind=Account.Kind.MERCHANT_PAYABLE, owner=sale.subject)
        # Whoever pays the shop holds this lock: the sale is in what is paid, or it is kept back.
        ledger.lock([owed])
        if known := PayoutHold.objects.filter(sale=sale, issuer=issuer, lifted_at=None).first():
            return known
        legs = Transfer.objects.filter(txn=sale, target=owed).order_by("-pk")
        last = legs.first()
        if (
            last is None
            or Transaction.objects.filter(reverses=sale).exists()
            or Transfer.objects.filter(source=owed, txn__kind=Kind.PAYOUT_RELEASED, pk__gt=last.pk).exists()
        ):
            raise Paid
        cents = legs.aggregate(cents=Sum("amount_cents"))["cents"]
        return PayoutHold.objects.create(
            sale=sale, issuer=issuer, shop_id=shop, cents=cents, reason=reason, placed_by=by, placed_at=at
        )

    return ledger.transact(work)


@transaction.atomic
def lift(hold: PayoutHold, *, by: int, at: datetime) -> PayoutHold:
    """It is paid with the next file. Lifted already, it stays as it was lifted."""
    kept = PayoutHold.objects.select_for_update().get(pk=hold.pk)
    if kept.lifted_at is None:
        kept.lifted_by, kept.lifted_at = by, at
        kept.save(update_fields=["lifted_by", "lifted_at"])
    return kept
