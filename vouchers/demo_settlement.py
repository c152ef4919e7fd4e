"""The demonstration's payouts: accounts that were confirmed, last week's file as the bank has paid it, one that came back, one change that waits.

The IBANs are of a bank that does not exist, with right check digits. Called once the demonstration has shops that have signed.
"""

from datetime import datetime, timedelta

from schwifty import IBAN

from accounts.models import CityRole, User
from shops.models import Shop
from vouchers import ledger, spending, treasury
from vouchers.models import (
    Account,
    Network,
    Payout,
    PayoutFile,
    PayoutTerms,
    ProviderPayout,
    Transaction,
    Transfer,
)
from vouchers.settlement import accounts, answers, days, runs

# Of the shops to which something is due, one in so many has given no account yet.
WITHOUT_ONE_IN = 4
# Numbers of accounts; that of the issuer is none of a shop.
OURS, CHANGED = 9_000_000, 8_000_000
BIC = "BCEELULL"
KNOWN_FOR = timedelta(days=30)
FEES, PROVIDER_PAID, PROVIDER_KEPT = 20_00, 395_20, 4_80


def made_up(number: int) -> str:
    """An IBAN with right check digits; no bank has the number 999."""
    return IBAN.generate("LU", bank_code="999", account_code=f"{number:013}").compact


def prepare(at: datetime) -> bool:
    """Fill the demonstration with payouts, once. Returns whether anything was to be done.

    Without two finance officers there is nothing: one prepares, the other releases.
    """
    network = Network.objects.select_related("issuer").order_by("pk").first()
    officers = list(
        User.objects.filter(city_roles__contains=[CityRole.FINANCE], is_active=True).order_by("pk")[:2]
    )
    if network is None or len(officers) < 2 or PayoutFile.objects.exists():
        return False
    issuer = network.issuer
    _terms(issuer)
    # Last week's file, on a working day.
    released = at - timedelta(days=7)
    released += days.next_working_day(released.date()) - released.date()
    released = min(released, at - timedelta(days=1))
    paid = _accounts(issuer, officers, released)
    _last_week(issuer, officers, released)
    _provider(issuer, officers[0], at - timedelta(days=4))
    if paid:
        accounts.ask(
            paid[0], made_up(CHANGED), f"{paid[0].name} (fictif)", by=officers[0], at=at - timedelta(hours=5)
        )
    return True


def _terms(issuer):
    terms = PayoutTerms(issuer=issuer, debtor=f"{issuer.name}"[:70], bic=BIC)
    terms.keep(made_up(OURS))
    terms.save()


def _accounts(issuer, officers, released):
    """Most of the shops to which something is due have one. Returns those that last week's file pays.

    Who has taken something since then has it since then too: nothing is paid before it was taken.
    """
    asks, confirms = officers
    since = Transfer.objects.filter(txn__kind=Transaction.Kind.REDEEMED, txn__created_at__gt=released)
    late = set(since.values_list("target__owner", flat=True))
    paid = []
    for number, one in enumerate(runs.due(issuer, at=released)):
        if number % WITHOUT_ONE_IN == WITHOUT_ONE_IN - 1:
            continue
        shop = Shop.objects.get(pk=one.shop)
        is_late = spending.subject(shop) in late
        at = released + timedelta(hours=1) if is_late else released - KNOWN_FOR
        account = accounts.ask(shop, made_up(number + 1), f"{shop.name} (fictif)", by=asks, at=at)
        accounts.confirm(account, by=confirms, at=at + timedelta(hours=2))
        if not is_late:
            paid.append(shop)
    return paid


def _last_week(issuer, officers, at):
    """Prepared in the morning, released after it, answered two days later; the last of its lines came back."""
    prepares, releases = officers
    try:
        file = runs.prepare(issuer, by=prepares, at=at - timedelta(hours=1))
    except runs.NothingDue:
        return
    seen = runs.fingerprint(runs.lines(file, at=at))
    runs.release(file, seen=seen, by=releases, at=at)
    payouts = list(Payout.objects.filter(file=file).order_by("pk"))
    answered = at + timedelta(hours=20)
    for payout in payouts[:-1]:
        answers.mark_paid(payout, by=prepares, at=answered)
    # One is alone: it is paid.
    last = payouts[-1]
    if len(payouts) == 1:
        answers.mark_paid(last, by=prepares, at=answered)
    else:
        answers.mark_returned(last, answers.Reason.AC04, by=prepares, at=answered)


def _provider(issuer, by, at):
    """What the made-up provider has paid to the made-up bank, less its fees."""
    treasury.load_budget(issuer, "fees", FEES, key="demo-fees", at=at, actor=by.pk)
    cents = min(PROVIDER_PAID, -ledger.holds(issuer, Account.Kind.PSP_CLEARING) - PROVIDER_KEPT)
    if cents <= 0:
        return
    posted = treasury.provider_paid(issuer, cents, fee=PROVIDER_KEPT, key="demo-provider", at=at, actor=by.pk)
    ProviderPayout.objects.create(
        issuer=issuer, bank_ref="FICTIF-0001", paid_on=at.date(), cents=cents, fee_cents=PROVIDER_KEPT, txn=posted.txn,
        noted_by=by.pk, noted_at=at,
    )  # fmt: skip
