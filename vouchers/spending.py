"""Vouchers are spent in a shop, and what was spent is taken back.

Every verb takes the key of its request, so that a second click does nothing, and `at`, an aware instant. It raises what
`vouchers.ledger` names, and then nothing has changed.
"""

from collections.abc import Iterable
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
    parts = list(parts)
    vouchers = [voucher for voucher, _cents in parts]

    def work():
        owed, may_add = _payables({voucher.network.issuer for voucher in vouchers}, shop, at)
        paid = [Leg(voucher.account, owed[voucher.network.issuer_id], cents) for voucher, cents in parts]
        offers = bonus.offers(vouchers, shop, at=at) if may_add else []
        return ledger.post(
            Kind.REDEEMED, "till", key, lambda locked: bonus.beside(paid, parts, offers, locked, shop, at=at),
            at=at,
            # What is asked for, not what the City adds: a repeat may come when that is used up.
            request={"legs": [[leg.source.pk, leg.target.pk, leg.cents] for leg in paid]},
            accounts=[account for leg in paid for account in (leg.source, leg.target)]
            + [offer.budget for offer in offers],
            subject=subject(shop), device=device, actor=actor, reason=reason, details=details,
        )  # fmt: skip

    return ledger.transact(work)


def _payables(issuers, shop, at):
    """What these issuers owe a shop, by issuer, and whether any bonus is under way. One query where all accounts exist."""
    found = Account.objects.filter(
        issuer__in=issuers, kind=Account.Kind.MERCHANT_PAYABLE, owner=subject(shop)
    ).annotate(may_add=Exists(bonus.under_way(at)))
    owed = {account.issuer_id: account for account in found}
    may_add = any(account.may_add for account in owed.values()) or len(owed) < len(issuers)
    return owed | {each.pk: payable(each, shop) for each in issuers if each.pk not in owed}, may_add


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
    return f"{SUBJECT}{shop.pk}"
