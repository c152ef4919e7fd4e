"""A run of payouts: who is due what, a file prepared by one person, released by another in one transaction.

What is paid is what is due at the instant of the release, looked at under the locks: all of it but what is kept back, because
a taking counts as paid from then on, and because the statement then runs from release to release without a gap. Whoever releases says which
figures were seen (`fingerprint`); when a till has taken since, nothing is released and the new figures are shown. So
two people have agreed to a list of shops and accounts, and one of them to each amount, to the cent.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import IntegrityError, transaction

from shops.models import Event, Shop
from vouchers import corrections, ledger, lifecycle, spending, treasury
from vouchers.models import Account, BankAccount, Issuer, Payout, PayoutFile, PayoutTerms
from vouchers.settlement import accounts, days, holds, pain

State = PayoutFile.State


class NotAllowed(Exception):
    """`code` is for the sentence that a person reads; nothing was done."""

    code = "not_allowed"


class NoTerms(NotAllowed):
    """The issuer's own account is not known yet."""

    code = "no_terms"


class NothingDue(NotAllowed):
    code = "nothing_due"


class OnePrepared(NotAllowed):
    """A file waits for its release, or for being given up."""

    code = "one_prepared"


class SamePerson(NotAllowed):
    """Whoever prepared does not release."""

    code = "same_person"


class Changed(NotAllowed):
    """The amounts are not those that the person saw."""

    code = "changed"


class Stale(NotAllowed):
    """A shop has another account since, or nothing is due to it any more: the file is to be prepared anew."""

    code = "stale"


class GivenUp(NotAllowed):
    code = "given_up"


@dataclass(frozen=True)
class Due:
    """What an issuer owes a shop, and why it waits: `no_account`, `not_confirmed`, `bounced`, `held`, `too_little`, or "".

    Of what is owed, `cents` can be paid; the rest is kept back (`settlement.holds`).
    """

    shop: int
    owed_cents: int
    cents: int
    account: BankAccount | None
    waits: str


@dataclass(frozen=True)
class Line:
    """A line of a prepared file as it is now."""

    payout: Payout
    cents: int
    is_stale: bool

    @property
    def difference(self) -> int:
        return self.cents - self.payout.prepared_cents


def due(issuer: Issuer, *, at: datetime) -> list[Due]:
    """All shops to which something is due, by the shop's number. Five queries."""
    terms = PayoutTerms.objects.filter(issuer=issuer).first()
    least = terms.least_cents if terms else 0
    owed, kept = _owed(issuer), holds.kept(issuer)
    known = accounts.current(owed, at=at)
    waiting = set(BankAccount.objects.waiting(at).filter(shop__in=owed).values_list("shop", flat=True))
    found = []
    for shop, cents in sorted(owed.items()):
        payable, account = _payable(cents, kept.get(shop, 0)), known.get(shop)
        found.append(
            Due(shop, cents, payable, account, _waits(cents, payable, least, account, shop in waiting))
        )
    return found


def _payable(owed, kept):
    """Of what is owed to a shop, what is not kept back: a correction may have taken from it meanwhile."""
    return max(0, owed - kept)


def _waits(owed, cents, least, account, is_waiting):
    if account is None:
        return "not_confirmed" if is_waiting else "no_account"
    if account.bounced_at:
        return "bounced"
    if owed and not cents:
        return "held"
    return "too_little" if cents < least else ""


def next_on(terms: PayoutTerms, *, at: datetime) -> date:
    """The day of the next file: the weekday of the terms, or the working day after it; not today's once it has left."""
    today = lifecycle.city_day(at)
    day = days.payout_day(terms.weekday, today)
    if day == today:
        since, until = lifecycle.bounds_of(today)
        gone = PayoutFile.objects.filter(
            issuer=terms.issuer_id, released_at__gte=since, released_at__lt=until
        )
        if gone.exists():
            return days.payout_day(terms.weekday, today + timedelta(days=1))
    return day


@dataclass(frozen=True)
class Outlook:
    """What an issuer owes one shop and can pay, on which day it is paid, and what it waits for (as `Due`)."""

    issuer: Issuer
    owed_cents: int
    cents: int
    waits: str
    on: date | None
    least_cents: int


def outlook(shop: Shop, *, at: datetime) -> list[Outlook]:
    """What a shop may expect of each issuer whose vouchers it has taken. Eight queries for one issuer."""
    owed = Account.objects.filter(kind=Account.Kind.MERCHANT_PAYABLE, owner=spending.subject(shop))
    account = accounts.current([shop.pk], at=at).get(shop.pk)
    is_waiting = BankAccount.objects.waiting(at).filter(shop=shop).exists()
    kept, found = holds.kept_of(shop), []
    for row in owed.select_related("issuer__payout_terms").order_by("pk"):
        terms = getattr(row.issuer, "payout_terms", None)
        least = terms.least_cents if terms else 0
        cents = _payable(row.balance_cents, kept.get(row.issuer_id, 0))
        waits = _waits(row.balance_cents, cents, least, account, is_waiting)
        is_paid = terms is not None and not waits and cents > 0
        on = next_on(terms, at=at) if is_paid else None
        found.append(Outlook(row.issuer, row.balance_cents, cents, waits, on, least))
    return found


def _owed(issuer):
    """Cents by shop."""
    rows = Account.objects.filter(
        issuer=issuer, kind=Account.Kind.MERCHANT_PAYABLE, balance_cents__gt=0
    ).values_list("owner", "balance_cents")
    return {int(owner.removeprefix("shop:")): cents for owner, cents in rows}


def prepare(issuer: Issuer, *, by, at: datetime) -> PayoutFile:
    """A file of all shops that do not wait. Nothing moves but what agreed corrections still wait for, which goes back first.

    Raises:
        NoTerms
        OnePrepared
        NothingDue
    """
    if not PayoutTerms.objects.filter(issuer=issuer).exists():
        raise NoTerms
    corrections.go_on(at=at)
    ready = [one for one in due(issuer, at=at) if not one.waits]
    if not ready:
        raise NothingDue
    try:
        with transaction.atomic():
            file = PayoutFile.objects.create(
                issuer=issuer, msg_id=_message_id(issuer, at), created_at=at, prepared_by=by.pk
            )
            Payout.objects.bulk_create(
                Payout(
                    file=file,
                    shop_id=one.shop,
                    account=one.account,
                    end_to_end_id=f"BONS-{file.pk:06}-{one.shop:08}",
                    prepared_cents=one.cents,
                )
                for one in ready
            )
            _note(file, "prepared", by, at, lines=len(ready))
    except IntegrityError as error:
        # Two at the same moment, who would also give it the same identifier.
        if "payoutfile" not in str(error):
            raise
        raise OnePrepared from None
    return file


def lines(file: PayoutFile, *, at: datetime) -> list[Line]:
    """A prepared file's lines with what can be paid now. Four queries."""
    payouts = list(file.payouts.select_related("shop", "account").order_by("pk"))
    return _lines(payouts, _all_payable(_owed(file.issuer), holds.kept(file.issuer)), at)


def _all_payable(owed, kept):
    return {shop: _payable(cents, kept.get(shop, 0)) for shop, cents in owed.items()}


def _lines(payouts, owed, at):
    known = accounts.current([payout.shop_id for payout in payouts], at=at)
    return [
        Line(
            payout,
            owed.get(payout.shop_id, 0),
            is_stale=_is_stale(payout, known.get(payout.shop_id), owed.get(payout.shop_id, 0)),
        )
        for payout in payouts
    ]


def _is_stale(payout, account, cents):
    return account is None or account.pk != payout.account_id or account.bounced_at is not None or not cents


def fingerprint(found: Iterable[Line]) -> str:
    """Of what somebody sees before the release: each line's shop, account and amount."""
    seen = [[line.payout.pk, line.payout.account_id, line.cents] for line in found]
    return sha256(json.dumps(seen).encode()).hexdigest()


def release(file: PayoutFile, *, seen: str, by, at: datetime) -> PayoutFile:
    """Order it of the bank: in one transaction the payables fall, and the file is fixed. Released already, it is left as it is.

    Args:
        seen: the `fingerprint` of the figures that the person agrees to.

    Raises:
        SamePerson
        Changed: a till has taken, or something was taken back, since they were shown.
        Stale
        GivenUp
        Refused: what `ledger.transact` names.
    """
    return ledger.transact(lambda: _release(file.pk, seen, by, at))


def _release(pk, seen, by, at):
    file = PayoutFile.objects.select_for_update(of=("self",)).select_related("issuer").get(pk=pk)
    if file.state in (State.RELEASED, State.CLOSED):
        return file
    if file.state == State.CANCELLED:
        raise GivenUp
    if file.prepared_by == by.pk:
        raise SamePerson
    payouts = list(file.payouts.select_related("shop", "account").order_by("pk"))
    # A return of another payout would flag an account just now: it waits.
    list(BankAccount.objects.select_for_update(no_key=True).filter(payouts__file=file).order_by("pk"))
    transit = ledger.new_accounts(
        file.issuer, Account.Kind.PAYOUT_IN_TRANSIT, [payout.subject for payout in payouts]
    )
    owed = _lock_owed(file.issuer, payouts)
    # Under the locks that whoever keeps something back takes too.
    kept = holds.kept(file.issuer)
    payable = _all_payable({shop: account.balance_cents for shop, account in owed.items()}, kept)
    found = _lines(payouts, payable, at)
    if any(line.is_stale for line in found):
        raise Stale
    if fingerprint(found) != seen:
        raise Changed
    for payout, to in zip(payouts, transit, strict=True):
        _pay(payout, file.issuer, (owed[payout.shop_id], to), kept.get(payout.shop_id, 0), by, at)
    Payout.objects.bulk_update(payouts, ["txn", "cents", "state"], batch_size=500)
    _fix(file, payouts, by, at)
    return file


def _lock_owed(issuer, payouts):
    """What is due, by shop, under the locks."""
    owners = {spending.subject(payout.shop): payout.shop_id for payout in payouts}
    rows = Account.objects.filter(issuer=issuer, kind=Account.Kind.MERCHANT_PAYABLE, owner__in=owners)
    return {owners[account.owner]: account for account in ledger.lock(rows).values()}


def _pay(payout, issuer, between, kept, by, at):
    posted = treasury.release_payout(
        issuer, payout.shop, payout.subject, key=f"{payout.subject}:release", at=at, actor=by.pk, accounts=between,
        keep=kept,
    )  # fmt: skip
    payout.txn, payout.cents = posted.txn, posted.transfers[0].amount_cents
    payout.state = Payout.State.IN_TRANSIT


def _fix(file, payouts, by, at):
    """Everything that the file is made of, and what it is then."""
    from vouchers import jobs

    terms = PayoutTerms.objects.get(issuer=file.issuer)
    file.state, file.released_by, file.released_at = State.RELEASED, by.pk, at
    file.pay_on = days.next_working_day(lifecycle.city_day(at))
    file.lines, file.total_cents = len(payouts), sum(payout.cents for payout in payouts)
    file.debtor, file.bic = terms.debtor, terms.bic
    file.iban_sealed, file.key_id = terms.iban_sealed, terms.key_id
    file.sha256 = sha256(pain.made(file)).hexdigest()
    file.save()
    _note(file, "released", by, at, lines=file.lines)
    jobs.tell_paid_shops.defer(file=file.pk)


@transaction.atomic
def cancel(file: PayoutFile, *, by, at: datetime) -> PayoutFile:
    """Give up a file that was not released.

    Raises:
        NotAllowed: it was.
    """
    file = PayoutFile.objects.select_for_update().get(pk=file.pk)
    if file.state == State.CANCELLED:
        return file
    if file.state != State.PREPARED:
        raise NotAllowed
    file.payouts.update(state=Payout.State.DROPPED)
    file.state, file.cancelled_by, file.cancelled_at = State.CANCELLED, by.pk, at
    file.save(update_fields=["state", "cancelled_by", "cancelled_at"])
    _note(file, "cancelled", by, at)
    return file


def download(file: PayoutFile, *, by, at: datetime) -> bytes:
    """The file for the bank, made anew; that somebody took it is noted.

    Raises:
        Altered: it is not what was released.
    """
    content = pain.remade(file)
    _note(file, "downloaded", by, at)
    return content


def _message_id(issuer, at):
    """Unique for ever: the day, the issuer, and how many files it had."""
    number = PayoutFile.objects.filter(issuer=issuer).count() + 1
    return f"BONS-{lifecycle.city_day(at):%Y%m%d}-{issuer.pk}-{number}"


def _note(file, what, by, at, **more):
    Event.note(None, f"payout:{what}", by=by, at=at, after={"file": file.pk, **more})


def shops_of(rows: Iterable[Due]) -> dict[int, Shop]:
    """The shops by their numbers. One query."""
    return Shop.objects.in_bulk([row.shop for row in rows])
