"""A shop's IBAN: asked for by one person, confirmed by another, in effect at once the first time and after 72 hours later.

Its owners are told by mail when one is asked for and when it is in effect, those of the IBAN before included.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count

from shops.models import Event, Membership, Shop
from vouchers.models import BankAccount
from vouchers.models.bank_account import HOLD
from vouchers.settlement import letters

# What nobody was ever paid on is not kept for longer.
KEPT_FOR = timedelta(days=90)


class NotAllowed(Exception):
    """`code` is for the sentence that a person reads."""

    code = "not_allowed"


class OneWaits(NotAllowed):
    """Another is asked for already, or confirmed and not in effect yet: that one first."""

    code = "one_waits"


class SamePerson(NotAllowed):
    """Whoever asked does not confirm."""

    code = "same_person"


class TooLate(NotAllowed):
    """It is in effect, cancelled or confirmed since."""

    code = "too_late"


def ask(shop: Shop, iban: str, holder: str, *, by, at: datetime) -> BankAccount:
    """Ask for an IBAN as `ibans.read` has read it. Nothing changes before another person confirms it.

    The same person who asks for the same again (a second click) has asked once.

    Raises:
        OneWaits
    """
    account = BankAccount(shop=shop, holder=holder, asked_by=by.pk, asked_at=at, told=_owners(shop))
    account.keep(iban)
    if (waiting := BankAccount.objects.waiting(at).filter(shop=shop).first()) is not None:
        return _same(waiting, account)
    before = BankAccount.objects.effective(at).filter(shop=shop).first()
    try:
        with transaction.atomic():
            account.save()
            _note(account, "asked", by, at)
            letters.tell_asked(account, _told(account, before), is_change=before is not None)
    except IntegrityError as error:
        if "bankaccount_one_asked_for" not in str(error):
            raise
        return _same(BankAccount.objects.get(shop=shop, confirmed_at=None, cancelled_at=None), account)
    return account


def _same(waiting, asked):
    """The one that waits, where it is what is asked for."""
    columns = ("asked_by", "holder", "iban_digest")
    if any(getattr(waiting, column) != getattr(asked, column) for column in columns):
        raise OneWaits
    return waiting


@transaction.atomic
def confirm(account: BankAccount, *, by, at: datetime) -> BankAccount:
    """Agree to what another person asked for. The shop's first one counts from now on, another one after `HOLD`.

    Raises:
        SamePerson
        TooLate: it was cancelled. One that is confirmed already is left as it is.
    """
    account = _locked(account)
    if account.cancelled_at:
        raise TooLate
    if account.confirmed_at:
        return account
    if account.asked_by == by.pk:
        raise SamePerson
    others = BankAccount.objects.filter(shop=account.shop_id, cancelled_at=None).exclude(confirmed_at=None)
    account.confirmed_by, account.confirmed_at = by.pk, at
    account.effective_at = at + HOLD if others.exists() else at
    account.save(update_fields=["confirmed_by", "confirmed_at", "effective_at"])
    _note(account, "confirmed", by, at)
    if account.effective_at == at:
        _announce(account, at)
    return account


@transaction.atomic
def cancel(account: BankAccount, *, by, at: datetime) -> BankAccount:
    """Take back one that is not in effect yet.

    Raises:
        TooLate: it is.
    """
    account = _locked(account)
    if account.cancelled_at:
        return account
    if account.effective_at and account.effective_at <= at:
        raise TooLate
    account.cancelled_by, account.cancelled_at = by.pk, at
    account.save(update_fields=["cancelled_by", "cancelled_at"])
    _note(account, "cancelled", by, at)
    return account


def bounced(account: BankAccount, *, at: datetime) -> None:
    """The bank sent money back: the shop waits until an IBAN is confirmed anew."""
    if BankAccount.objects.filter(pk=account.pk, bounced_at=None).update(bounced_at=at):
        _note(account, "bounced", None, at)
        letters.tell_bounced(account, _told(account, None))


@transaction.atomic
def stop(account: BankAccount, *, by, at: datetime) -> BankAccount:
    """Nothing goes to an account in effect any more, before one is confirmed anew. One person is enough for that.

    Raises:
        NotAllowed: it is not in effect; it is cancelled instead.
    """
    account = _locked(account)
    if account.state(at) == BankAccount.State.BOUNCED:
        return account
    if account.state(at) != BankAccount.State.EFFECTIVE:
        raise NotAllowed
    account.bounced_at = at
    account.save(update_fields=["bounced_at"])
    _note(account, "stopped", by, at)
    return account


def announce_due(*, at: datetime) -> int:
    """Tell people of those whose 72 hours are over. Returns how many."""
    due = BankAccount.objects.filter(effective_at__lte=at, announced_at=None, cancelled_at=None)
    accounts = list(due.select_related("shop").order_by("pk"))
    for account in accounts:
        with transaction.atomic():
            _announce(account, at)
    return len(accounts)


def current(shop_ids: Iterable[int], *, at: datetime) -> dict[int, BankAccount]:
    """Of each of these shops the account that counts; one that bounced too. One query."""
    return {
        account.shop_id: account for account in BankAccount.objects.effective(at).filter(shop__in=shop_ids)
    }


def shared(at: datetime) -> dict[str, list[BankAccount]]:
    """IBANs that stand at more than one shop, by their digest: an alarm. Two queries."""
    alive = BankAccount.objects.filter(cancelled_at=None)
    digests = alive.values("iban_digest").annotate(shops=Count("shop", distinct=True)).filter(shops__gt=1)
    found = defaultdict(dict)
    for account in (
        alive.filter(iban_digest__in=digests.values("iban_digest")).select_related("shop").order_by("pk")
    ):
        found[account.iban_digest][account.shop_id] = account
    return {digest: list(by_shop.values()) for digest, by_shop in found.items()}


def forget(*, at: datetime) -> int:
    """Drop what was cancelled, or never confirmed, 90 days ago and before. Returns how many."""
    old = at - KEPT_FOR
    gone = BankAccount.objects.filter(cancelled_at__lte=old) | BankAccount.objects.filter(
        confirmed_at=None, asked_at__lte=old
    )
    return gone.delete()[0]


def _announce(account, at):
    account.announced_at = at
    if BankAccount.objects.filter(pk=account.pk, announced_at=None).update(announced_at=at):
        before = (
            BankAccount.objects.filter(
                shop=account.shop_id, effective_at__lt=account.effective_at, cancelled_at=None
            )
            .order_by("-effective_at")
            .first()
        )
        letters.tell_effective(account, _told(account, before))


def _locked(account):
    return BankAccount.objects.select_for_update(of=("self",)).select_related("shop").get(pk=account.pk)


def _owners(shop):
    return sorted(Membership.objects.filter(shop=shop).owners().values_list("user", flat=True))


def _told(account, before):
    """Who hears of it: the page's owners of today, of when it was asked for, and those of the account before."""
    return {*_owners(account.shop), *account.told, *(before.told if before else ())}


def _note(account, what, by, at):
    Event.note(None, f"iban:{what}", by=by, at=at, after={"account": account.pk, "shops": account.shop_id})
