"""What takes two people: money for a budget, a rest that is paid out, a voucher for somebody. One asks, another agrees; the database sees to it."""

from datetime import datetime, timedelta

from django.db.models import Q, Sum

from vouchers import ledger, lifecycle, treasury
from vouchers.ledger import Posted
from vouchers.models import Account, BudgetLoad, Campaign, Grant, Issuer, Network, RestPayment, Voucher
from vouchers.models.grant import Decision

# Whom it was for is forgotten: when it was refused, and a year after the voucher is over.
FORGET_REFUSED, FORGET_OVER = timedelta(days=90), timedelta(days=365)
AT_ONCE = 500

State = Decision.State


class Decided(Exception):
    """Somebody has decided it already."""


class SamePerson(Exception):
    """Whoever asked does not agree to it as well."""


class TooMuch(ValueError):
    """More was asked for than there is to ask for. `most` is in cents."""

    def __init__(self, most: int):
        super().__init__()
        self.most = most


def ask_load(
    issuer: Issuer,
    campaign: Campaign | None,
    cents: int,
    *,
    reference: str,
    form_key: str,
    by: int,
    at: datetime,
    for_fees: bool = False,
) -> BudgetLoad:
    """Ask that the City's money be put into a campaign's budget; without a campaign, into that for goodwill or for fees."""
    return BudgetLoad.objects.get_or_create(
        form_key=form_key,
        defaults={
            "issuer": issuer, "campaign": campaign, "cents": cents, "reference": reference, "asked_by": by,
            "asked_at": at, "for_fees": for_fees,
        },
    )[0]  # fmt: skip


def agree_load(load: BudgetLoad, *, by: int, at: datetime) -> Posted:
    """The money is there.

    Raises:
        Decided, SamePerson
    """

    def work():
        kept = decide(load, State.AGREED, by, at)
        return treasury.load_budget(kept.issuer, kept.budget_name, kept.cents, key=f"load:{kept.pk}", at=at, actor=by)  # fmt: skip

    return ledger.transact(work)


def ask_rest_payment(
    issuer: Issuer, destination: str, cents: int, *, reference: str, form_key: str, by: int, at: datetime
) -> RestPayment:
    """Ask that what was left on vouchers be paid to where it goes, by a transfer that the bank's statement shows.

    The same form sent again is the same request.

    Raises:
        TooMuch: less than that is there, or part of it was asked for before.
    """
    rest = ledger.account(issuer, Account.Kind.BREAKAGE, destination)

    def work():
        # One at a time for an account, so that two requests are not for the same cents.
        there = ledger.lock([rest])[rest.pk].balance_cents
        asked = RestPayment.objects.filter(form_key=form_key).first()
        if asked is None:
            if cents > (most := there - rests_asked().get((issuer.pk, destination), 0)):
                raise TooMuch(most)
            asked = RestPayment.objects.create(
                issuer=issuer, destination=destination, cents=cents, reference=reference, form_key=form_key,
                asked_by=by, asked_at=at,
            )  # fmt: skip
        return asked

    return ledger.transact(work)


def rests_asked() -> dict[tuple[int, str], int]:
    """The cents of rests that wait for a second person, by issuer and destination. One query."""
    waiting = RestPayment.objects.filter(state=State.ASKED).order_by()
    sums = waiting.values_list("issuer", "destination").annotate(Sum("cents"))
    return {(issuer, destination): cents for issuer, destination, cents in sums}


def agree_rest_payment(payment: RestPayment, *, by: int, at: datetime) -> Posted:
    """It was paid.

    Raises:
        Decided, SamePerson
        Overdrawn: less than that is there; nothing was decided.
    """

    def work():
        kept = decide(payment, State.AGREED, by, at)
        return treasury.pay_breakage(
            kept.issuer, kept.destination, kept.cents, key=f"rest:{kept.pk}", at=at, actor=by
        )

    return ledger.transact(work)


def ask_grant(network: Network, *, form_key: str, by: int, at: datetime, **what) -> Grant:
    """Ask that a voucher be given to somebody.

    Args:
        what: the rest of the columns of `Grant`: `cents`, `reason`, `way`, `language`, perhaps `campaign`, `words`,
            `recipient_name`, `recipient_email`.
    """
    return Grant.objects.get_or_create(
        form_key=form_key, defaults={"network": network, "asked_by": by, "asked_at": at, **what}
    )[0]


def agree_grant(grant: Grant, *, by: int, at: datetime) -> Voucher:
    """Issue it, out of its budget, and have it mailed where it is to be.

    Raises:
        Decided, SamePerson
        Overdrawn: the budget does not suffice; nothing was decided.
    """

    def work():
        from vouchers import jobs

        kept = decide(grant, State.AGREED, by, at)
        voucher = lifecycle.prepare_for(kept)
        day = lifecycle.city_day(at)
        lifecycle.grant(
            voucher,
            kept.cents,
            budget=budget_of(kept),
            issued_on=day,
            expires_on=lifecycle.months_after(day, kept.network.valid_months),
            key=f"handed-over:{voucher.pk}",
            at=at,
            actor=by,
        )
        if kept.way == Grant.Way.MAIL:
            jobs.later(jobs.send_grant, grant=kept.pk)
        return voucher

    return ledger.transact(work)


def refuse(decision: Decision, *, by: int, at: datetime) -> None:
    """It is not done. Whoever asked may say so too.

    Raises:
        Decided
    """
    ledger.transact(lambda: decide(decision, State.REFUSED, by, at))


def budget_of(decision: BudgetLoad | Grant) -> Account:
    """The budget that is loaded, or that pays."""
    return treasury.budget(_issuer(decision), decision.budget_name)


def left(decision: BudgetLoad | Grant) -> int:
    """The cents that this budget still has."""
    return ledger.holds(_issuer(decision), Account.Kind.CAMPAIGN_BUDGET, decision.budget_name)


def _issuer(decision):
    return decision.issuer if isinstance(decision, BudgetLoad) else decision.network.issuer


def erase(grant: Grant, *, at: datetime) -> None:
    """Nobody is named by it any more; the voucher stays good."""
    Grant.objects.filter(pk=grant.pk).update(erased_at=at, **dict.fromkeys(Grant.PERSONAL, ""))


def forget(*, at: datetime) -> int:
    """Erase whom grants were for that are long over. Returns how many."""
    over = Grant.objects.filter(erased_at=None).filter(
        Q(state=State.REFUSED, decided_at__lte=at - FORGET_REFUSED)
        | Q(voucher__expires_on__lte=(at - FORGET_OVER).date(), decided_at__lte=at - FORGET_OVER)
        | Q(voucher__state=Voucher.State.VOID, decided_at__lte=at - FORGET_OVER)
    )
    found = list(over.order_by("pk")[:AT_ONCE])
    for grant in found:
        erase(grant, at=at)
    return len(found)


def decide[D: Decision](decision: D, state: str, by: int, at: datetime) -> D:
    """Note who decided what, within the caller's transaction. Returns the row, locked.

    Raises:
        Decided, SamePerson
    """
    kind = type(decision)
    kept = kind.objects.select_for_update().get(pk=decision.pk)
    if kept.state != State.ASKED:
        raise Decided
    if state == State.AGREED and kept.asked_by == by:
        raise SamePerson
    kept.state, kept.decided_by, kept.decided_at = state, by, at
    kept.save(update_fields=["state", "decided_by", "decided_at"])
    return kept
