"""Money between an issuer and the outside: budgets, the payment provider, payouts, what expired, differences.

Every verb takes the key of its request, so that a second click does nothing, and `at`, an aware instant. It raises what
`vouchers.ledger` names, and then nothing has changed. Who may, and that two people agreed, is for the caller to know.
"""

from datetime import datetime

from shops.models import Shop
from vouchers import ledger
from vouchers.ledger import Leg, Posted
from vouchers.models import FEES, Account, Issuer, Transaction
from vouchers.spending import payable

AccountKind, Kind = Account.Kind, Transaction.Kind


def budget(issuer: Issuer, campaign: str) -> Account:
    """What a campaign may still give, as « campaign:3 »; `FEES` is the budget for what the provider keeps."""
    return ledger.account(issuer, AccountKind.CAMPAIGN_BUDGET, campaign)


def bank(issuer: Issuer) -> Account:
    return ledger.account(issuer, AccountKind.BANK)


def provider(issuer: Issuer) -> Account:
    return ledger.account(issuer, AccountKind.PSP_CLEARING)


def load_budget(
    issuer: Issuer, campaign: str, cents: int, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """The City has put so much on the issuer's bank account for a campaign."""
    leg = Leg(bank(issuer), budget(issuer, campaign), cents)
    return _post(Kind.BUDGET_LOADED, [leg], campaign, key, at, actor)


def provider_paid(
    issuer: Issuer, cents: int, *, fee: int, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """The provider has paid `cents` to the bank and kept `fee`, which the budget for fees bears."""
    legs = [Leg(bank(issuer), provider(issuer), cents)]
    if fee:
        legs.append(Leg(budget(issuer, FEES), provider(issuer), fee))
    return _post(Kind.PSP_PAID_OUT, legs, "", key, at, actor)


def release_payout(
    issuer: Issuer,
    shop: Shop,
    payout: str,
    *,
    key: str,
    at: datetime,
    actor: int | None = None,
    accounts: tuple[Account, Account] | None = None,
    keep: int = 0,
) -> Posted:
    """What is due to a shop is on its way to its bank, as « payout:7 ».

    Args:
        keep: cents of it that stay due to the shop.
        accounts: what is owed to the shop and where it goes, for who has them in hand already.

    Raises:
        Empty: nothing is due.
    """
    owed, transit = accounts or (payable(issuer, shop), in_transit(issuer, payout))

    def legs(locked):
        if (due := locked[owed.pk].balance_cents - keep) <= 0:
            raise ledger.Empty
        return [Leg(owed, transit, due)]

    return _post(Kind.PAYOUT_RELEASED, legs, payout, key, at, actor, accounts=[owed, transit])


def confirm_payout(
    issuer: Issuer, payout: str, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """The bank has paid it.

    Raises:
        Empty: nothing of it is on its way.
    """
    return _arrived(Kind.PAYOUT_CONFIRMED, issuer, payout, bank(issuer), key, at, actor)


def return_payout(
    issuer: Issuer, shop: Shop, payout: str, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """The bank sent it back: it is due to the shop again.

    Raises:
        Empty: nothing of it is on its way.
    """
    return _arrived(Kind.PAYOUT_RETURNED, issuer, payout, payable(issuer, shop), key, at, actor)


def unconfirm_payout(
    issuer: Issuer, payout: str, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """The bank had paid it, and takes that back: it is on its way again, so that `return_payout` can follow.

    Raises:
        Empty: the bank never paid it.
    """
    paid = Transaction.objects.filter(kind=Kind.PAYOUT_CONFIRMED, subject=payout).first()
    if paid is None:
        raise ledger.Empty
    legs = [
        Leg(transfer.target, transfer.source, transfer.amount_cents)
        for transfer in paid.transfers.select_related("source", "target").order_by("position")
    ]
    return _post(Kind.REVERSED, legs, payout, key, at, actor, reason="payout_returned", reverses=paid)


def in_transit(issuer: Issuer, payout: str) -> Account:
    return ledger.account(issuer, AccountKind.PAYOUT_IN_TRANSIT, payout)


def pay_breakage(
    issuer: Issuer, destination: str, cents: int, *, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """What was left on expired vouchers is paid to where they said it goes."""
    source = ledger.account(issuer, AccountKind.BREAKAGE, destination)
    return _post(Kind.BREAKAGE_PAID, [Leg(source, bank(issuer), cents)], destination, key, at, actor)


def write_off(
    account: Account, cents: int, *, reason: str, key: str, at: datetime, actor: int | None = None
) -> Posted:
    """A difference that nobody explains: `cents` into the account from the losses, or out of it where they are negative."""
    loss = ledger.account(account.issuer, AccountKind.LOSS)
    leg = Leg(loss, account, cents) if cents > 0 else Leg(account, loss, -cents)
    return _post(Kind.WRITTEN_OFF, [leg], "", key, at, actor, reason=reason)


def _arrived(kind, issuer, payout, target, key, at, actor):
    transit = in_transit(issuer, payout)

    def legs(locked):
        if not (cents := locked[transit.pk].balance_cents):
            raise ledger.Empty
        return [Leg(transit, target, cents)]

    return _post(kind, legs, payout, key, at, actor, accounts=[transit, target])


def _post(kind, legs, subject, key, at, actor, *, accounts=(), reason="", reverses=None):
    request = {} if callable(legs) else None
    return ledger.transact(
        lambda: ledger.post(
            kind, "finance", key, legs, at=at, request=request, accounts=accounts, subject=subject, reason=reason,
            actor=actor, reverses=reverses,
        )
    )  # fmt: skip
