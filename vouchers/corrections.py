"""What two people put right: money back on a voucher after its shop was paid, a difference written off."""

from datetime import datetime, timedelta

from django.db.models import F, QuerySet, Sum

from shops.models import Shop
from vouchers import decisions, ledger, spending, treasury
from vouchers.decisions import TooMuch
from vouchers.ledger import Posted
from vouchers.models import Account, Correction, Transaction, Transfer, Voucher, WriteOff

# Words are forgotten so long after the decision; the journal keeps the reason.
FORGET = timedelta(days=365)

State = Correction.State


def most(sale: Transaction, voucher: Voucher) -> int:
    """How many cents of a sale may still go back to a voucher: what it took, less what was asked back before."""
    if sale.kind != Transaction.Kind.REDEEMED or Transaction.objects.filter(reverses=sale).exists():
        return 0
    took = sale.transfers.filter(source=voucher.account_id).aggregate(cents=Sum("amount_cents"))["cents"] or 0
    asked = Correction.objects.filter(sale=sale, voucher=voucher).exclude(state=State.REFUSED)
    return took - (asked.aggregate(cents=Sum("cents"))["cents"] or 0)


def shop_of(sale: Transaction) -> int:
    """The id of the shop that made a sale."""
    return int(sale.subject.removeprefix(spending.SUBJECT))


def ask(
    sale: Transaction,
    voucher: Voucher,
    cents: int,
    *,
    reason: str,
    words: str = "",
    form_key: str,
    by: int,
    at: datetime,
) -> Correction:
    """Ask that part of a sale go back to the voucher. The same form sent again is the same request.

    Raises:
        TooMuch: the sale took less than that from this voucher, or part of it was given back already.
    """

    def work():
        # One at a time for a voucher, so that two requests do not take the same cents.
        ledger.lock([voucher.account])
        asked = Correction.objects.filter(form_key=form_key).first()
        if asked is None:
            if cents > (allowed := most(sale, voucher)):
                raise TooMuch(allowed)
            asked = Correction.objects.create(
                sale=sale, voucher=voucher, shop=Shop.objects.get(pk=shop_of(sale)), cents=cents, reason=reason,
                words=words, form_key=form_key, asked_by=by, asked_at=at,
            )  # fmt: skip
        return asked

    return ledger.transact(work)


def agree(correction: Correction, *, by: int, at: datetime) -> Correction:
    """Agree to it: what is due to the shop now goes back at once, the rest from its next takings.

    Raises:
        Decided, SamePerson: of `decisions`.
    """

    def work():
        kept = decisions.decide(correction, State.AGREED, by, at)
        _go_on(kept, at)
        return kept

    return ledger.transact(work)


def under_way() -> QuerySet[Correction]:
    """Agreed, and waiting for the next takings of their shops."""
    return Correction.objects.filter(state=State.AGREED, done_cents__lt=F("cents"))


def go_on(*, at: datetime, shop: Shop | None = None) -> int:
    """Give back what agreed corrections still wait for, out of what is due to their shops now. Returns how many moved.

    Args:
        shop: only those of this shop.
    """
    waiting = under_way()
    if shop is not None:
        waiting = waiting.filter(shop=shop)
    moved = 0
    for pk in list(waiting.order_by("pk").values_list("pk", flat=True)):
        moved += bool(ledger.transact(lambda pk=pk: _go_on(_locked(pk), at)))
    return moved


def left_of(shop: Shop) -> int:
    """Cents that a shop's next takings give back to vouchers. One query."""
    return under_way().filter(shop=shop).aggregate(cents=Sum(F("cents") - F("done_cents")))["cents"] or 0


def _locked(pk):
    return Correction.objects.select_for_update().get(pk=pk)


def _go_on(kept, at):
    """Give back as much as can be now; returns the cents, 0 where the shop has nothing due or nobody could spend it."""
    voucher = Voucher.objects.select_related("account", "network__issuer").get(pk=kept.voucher_id)
    owed = spending.payable(voucher.network.issuer, kept.shop)
    cents = min(kept.left_cents, ledger.lock([owed, voucher.account])[owed.pk].balance_cents)
    if cents <= 0 or Voucher.objects.get(pk=voucher.pk).state == Voucher.State.VOID:
        return 0
    key = f"correction:{kept.pk}:{kept.done_cents}"
    spending.correct(voucher, kept.shop, cents, key=key, at=at, actor=kept.decided_by)
    kept.done_cents += cents
    kept.save(update_fields=["done_cents"])
    return cents


def ask_write_off(
    account: Account, cents: int, *, reason: str, words: str = "", form_key: str, by: int, at: datetime
) -> WriteOff:
    """Ask that a difference be written off: positive cents into the account, negative ones out of it."""
    return WriteOff.objects.get_or_create(
        form_key=form_key,
        defaults={
            "account": account, "cents": cents, "reason": reason, "words": words, "asked_by": by, "asked_at": at,
        },
    )[0]  # fmt: skip


def agree_write_off(write_off: WriteOff, *, by: int, at: datetime) -> Posted:
    """Write it off.

    Raises:
        Decided, SamePerson: of `decisions`.
    """

    def work():
        kept = decisions.decide(write_off, State.AGREED, by, at)
        return treasury.write_off(
            kept.account, kept.cents, reason=kept.reason, key=f"write-off:{kept.pk}", at=at, actor=by
        )

    return ledger.transact(work)


def parts_of(sale: Transaction) -> list[Transfer]:
    """What a sale took from vouchers, without what the City added."""
    transfers = sale.transfers.select_related("source", "target").order_by("position")
    return [each for each in transfers if each.source.kind == Account.Kind.VOUCHER]


def forget(*, at: datetime) -> int:
    """Erase the words of what was decided long ago. Returns how many."""
    old = {"decided_at__lte": at - FORGET}
    return sum(
        kind.objects.filter(**old).exclude(words="").update(words="") for kind in (Correction, WriteOff)
    )
