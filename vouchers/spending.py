"""Vouchers are spent in a shop, and what was spent is taken back.

Every verb takes the key of its request, so that a second click does nothing, and `at`, an aware instant. It raises what
`vouchers.ledger` names, and then nothing has changed.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from django.db.models import Exists

from shops.models import Shop
from vouchers import bonus, ledger
from vouchers.ledger import Leg, Posted
from vouchers.models import Account, Issuer, Transaction, Voucher

# How long the till itself may take back what it took.
UNDO_WITHIN = timedelta(minutes=15)
# Before a shop's id, in what the journal calls it.
SUBJECT = "shop:"

Kind = Transaction.Kind


def payable(issuer: Issuer, shop: Shop) -> Account:
    """What an issuer owes a shop."""
    return ledger.account(issuer, Account.Kind.MERCHANT_PAYABLE, subject(shop))


def redeem(
    parts: Iterable[tuple[Voucher, int]],
    shop: Shop,
    *,
    key: str,
    at: datetime,
    device: int | None = None,
    actor: int | None = None,
    reason: str = "",
    details: dict | None = None,
) -> Posted:
    """One sale: so many cents of each of these vouchers, all of it or nothing.

    Behind each voucher's transfer stands what the City adds to it, if it does (`vouchers.bonus`).
    """
    how = {"device": device, "actor": actor, "reason": reason, "details": details}
    parts = list(parts)

    def work():
        issuers = {voucher.network.issuer_id for voucher, _cents in parts}
        owed, may_add = payables(issuers, shop.pk, at)
        return post_sale(parts, shop.pk, lambda: shop, owed=owed, may_add=may_add, key=key, at=at, **how)

    return ledger.transact(work)


def post_sale(
    parts: list[tuple[Voucher, int]],
    shop_id: int,
    shop: Callable[[], Shop],
    *,
    owed: dict[int, Account],
    may_add: bool,
    key: str,
    at: datetime,
    **how,
) -> Posted:
    """What `redeem` does, within the `ledger.transact` of who has read already what it needs.

    Args:
        shop: gives the shop; asked only where a bonus may be added.
        owed: what the vouchers' issuers owe the shop, by issuer.
        may_add: whether some campaign may add something.
    """
    paid = [Leg(voucher.account, owed[voucher.network.issuer_id], cents) for voucher, cents in parts]
    offers = bonus.offers([voucher for voucher, _cents in parts], shop(), at=at) if may_add else []
    return ledger.post(
        Kind.REDEEMED, "till", key,
        lambda locked: bonus.beside(paid, parts, offers, locked, shop(), at=at) if offers else paid,
        at=at,
        # What is asked for, not what the City adds: a repeat may come when that is used up.
        request={"legs": [[leg.source.pk, leg.target.pk, leg.cents] for leg in paid]},
        accounts=[account for leg in paid for account in (leg.source, leg.target)]
        + [offer.budget for offer in offers],
        subject=subject_of(shop_id), **how,
    )  # fmt: skip


def payables(issuers: set[int], shop_id: int, at: datetime) -> tuple[dict[int, Account], bool]:
    """What these issuers owe a shop, by issuer, and whether any bonus is under way. One query where all accounts exist."""
    found = Account.objects.filter(
        issuer__in=issuers, kind=Account.Kind.MERCHANT_PAYABLE, owner=subject_of(shop_id)
    ).annotate(may_add=Exists(bonus.under_way(at)))
    owed = {account.issuer_id: account for account in found}
    may_add = any(account.may_add for account in owed.values())
    if missing := issuers - owed.keys():
        may_add = bonus.under_way(at).exists()
        for issuer in Issuer.objects.filter(pk__in=missing):
            owed[issuer.pk] = ledger.account(issuer, Account.Kind.MERCHANT_PAYABLE, subject_of(shop_id))
    return owed, may_add


def undo(
    sale: Transaction,
    shop: Shop,
    *,
    key: str,
    at: datetime,
    device: int | None = None,
    actor: int | None = None,
) -> Posted:
    """Take back a sale that was a mistake.

    Raises:
        TooLate: it is older than `UNDO_WITHIN`.
        OtherShop: it was made in another shop.
    """
    if at - sale.created_at > UNDO_WITHIN and not Transaction.objects.filter(scope="till", idem_key=key):
        raise ledger.TooLate
    return _reverse(sale, shop, "till_error", key, at, device, actor)


def give_back(
    sale: Transaction,
    shop: Shop,
    *,
    key: str,
    at: datetime,
    device: int | None = None,
    actor: int | None = None,
) -> Posted:
    """Goods were returned: the sale is taken back, as long as it was not paid to the shop.

    Raises:
        Settled: it was paid since.
        OtherShop: it was made in another shop.
    """
    return _reverse(sale, shop, "goods_returned", key, at, device, actor)


def correct(
    voucher: Voucher, shop: Shop, cents: int, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """After it was paid to the shop: these cents go back to the voucher from the shop's next takings.

    Raises:
        Void: nobody could spend what came back to it.
        Overdrawn: less than that is due to the shop now.
    """
    owed = payable(voucher.network.issuer, shop)
    return ledger.transact(
        lambda: ledger.post(
            Kind.CORRECTED, "finance", key, [Leg(owed, voucher.account, cents)], at=at, subject=subject(shop),
            actor=actor,
        )
    )  # fmt: skip


def _reverse(sale, shop, reason, key, at, device, actor):
    if sale.kind != Kind.REDEEMED or sale.subject != subject(shop):
        raise ledger.OtherShop
    done = list(sale.transfers.select_related("source", "target").order_by("position"))
    legs = [Leg(transfer.target, transfer.source, transfer.amount_cents) for transfer in done]

    def work():
        posted = ledger.post(
            Kind.REVERSED, "till", key, legs, at=at, subject=sale.subject, reason=reason, device=device, actor=actor,
            reverses=sale,
        )  # fmt: skip
        if not posted.again:
            bonus.take_back(sale, done, shop)
        return posted

    return ledger.transact(work)


def subject(shop: Shop) -> str:
    """What the journal calls a shop."""
    return subject_of(shop.pk)


def subject_of(shop_id: int) -> str:
    """The same where only its id is at hand."""
    return f"{SUBJECT}{shop_id}"
