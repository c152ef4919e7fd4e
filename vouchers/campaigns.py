"""What a campaign does: it is opened, its vouchers are made and handed over, what nobody got is given up.

Vouchers are made, handed over and cancelled by the worker in parts (`PART`), each a transaction: killed anywhere, it goes
on where it stood. Every voucher has its own key, so that none is handed over twice, whichever way it goes.
"""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max

from vouchers import codes, ledger, lifecycle, serials, treasury
from vouchers.models import Account, Batch, Campaign, Voucher

# Vouchers in one transaction: half a second, for which nobody else can use the budget.
PART = 100

State, Task, Halt = Campaign.State, Batch.Task, Batch.Halt


class NotNow(Exception):
    """In this state it cannot be done."""


class Over(Exception):
    """The last day on which its vouchers are handed over has gone by."""


class NotOpen(Exception):
    """The campaign is not open, or not on that day."""


class NotEnough(Exception):
    """The budget does not suffice for all of them. `missing` is in cents."""

    def __init__(self, missing: int):
        super().__init__()
        self.missing = missing


def budget_of(campaign: Campaign) -> Account:
    return treasury.budget(campaign.network.issuer, campaign.budget_name)


def left(campaign: Campaign) -> int:
    """The cents that its budget still has."""
    return ledger.holds(campaign.network.issuer, Account.Kind.CAMPAIGN_BUDGET, campaign.budget_name)


def is_open(campaign: Campaign, on: date) -> bool:
    """Whether vouchers are handed over that day."""
    return campaign.state == State.OPEN and campaign.starts_on <= on <= campaign.ends_on


def open_(campaign: Campaign, *, today: date) -> None:
    """From now on its terms stay, and its vouchers can be made.

    Args:
        today: the day in the city.

    Raises:
        NotNow: it is no draft any more.
        Over: not one of its vouchers could be handed over.
    """
    if campaign.ends_on < today:
        raise Over
    _move(campaign, {State.DRAFT}, State.OPEN)


def close(campaign: Campaign, *, by: int) -> None:
    """Nothing is handed over any more, nothing is added to takings, and what nobody got is cancelled.

    Raises:
        NotNow: it is closed already.
    """

    def work():
        # In the order of whoever hands over: batch, budget, campaign.
        list(campaign.batches.select_for_update().order_by("pk"))
        # Whoever adds a bonus holds this lock: they are before, or after.
        ledger.lock([budget_of(campaign)])
        _move(campaign, {State.DRAFT, State.OPEN}, State.CLOSED)
        for batch in campaign.batches.order_by("pk"):
            _begin(batch, Task.CANCEL, by)

    ledger.transact(work)


def _move(campaign, allowed, state):
    with transaction.atomic():
        kept = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if kept.state not in allowed:
            raise NotNow
        kept.state = campaign.state = state
        kept.save(update_fields=["state"])


def order_batch(campaign: Campaign, quantity: int, *, form_key: str, by: int, at: datetime) -> Batch:
    """Have so many vouchers made. The same form sent again is the same batch.

    Raises:
        NotOpen
    """
    with transaction.atomic():
        kept = Campaign.objects.select_for_update().get(pk=campaign.pk)
        if kept.state != State.OPEN:
            raise NotOpen
        batch, is_new = Batch.objects.get_or_create(
            form_key=form_key,
            defaults={"campaign": kept, "quantity": quantity, "made_by": by, "made_at": at},
        )
        if is_new:
            _begin(batch, Task.PREPARE, by)
    return batch


def hand_over_all(batch: Batch, *, by: int, at: datetime) -> None:
    """Have every voucher of a batch become good, as letters to households do.

    Raises:
        NotNow: something else is being done with it.
        NotOpen, NotEnough
    """
    with transaction.atomic():
        kept = _locked(batch.pk)
        campaign = kept.campaign
        if kept.task or not campaign.may_mail:
            raise NotNow
        if not is_open(campaign, lifecycle.city_day(at)):
            raise NotOpen
        _must_suffice(campaign, waiting(kept).count())
        _begin(kept, Task.HAND_OVER, by)


def cancel_rest(batch: Batch, *, by: int) -> None:
    """Have what nobody got of a batch cancelled.

    Raises:
        NotNow: something else is being done with it.
    """
    with transaction.atomic():
        kept = _locked(batch.pk)
        if kept.task:
            raise NotNow
        _begin(kept, Task.CANCEL, by)


def waiting(batch: Batch):
    """Its vouchers that nobody has yet."""
    return batch.vouchers.filter(state=Voucher.State.PREPARED)


def work(batch: int, *, at: datetime) -> None:
    """Do what is to be done with a batch, to its end. Called again after it was cut short, it does the rest."""
    while ledger.transact(lambda: _part(batch, at)):
        pass


def _part(pk, at):
    """One part of it, in a transaction. Returns how many vouchers it was."""
    batch = _locked(pk)
    if not batch.task:
        return 0
    number = {Task.PREPARE: _prepare, Task.HAND_OVER: _hand_over, Task.CANCEL: _cancel}[batch.task](batch, at)
    if not number:
        batch.task = ""
        batch.save(update_fields=["task", "halted"])
    return number


def _prepare(batch, at):
    made = batch.vouchers.aggregate(last=Max("place"))["last"] or 0
    number = min(PART, batch.quantity - made)
    if number:
        lifecycle.prepare(batch, number, after=made)
    return number


def _hand_over(batch, at):
    part = list(_with_account(waiting(batch)).order_by("place")[:PART])
    try:
        hand_over(batch.campaign, part, by=batch.task_by, at=at)
    except NotOpen:
        batch.halted = Halt.CLOSED
    except ledger.Overdrawn:
        batch.halted = Halt.BUDGET
    else:
        return len(part)
    return 0


def _cancel(batch, at):
    part = list(_with_account(waiting(batch)).order_by("place")[:PART])
    for voucher in part:
        lifecycle.cancel(voucher, key=f"cancelled:{voucher.pk}", at=at, actor=batch.task_by)
    return len(part)


def hand_over(campaign: Campaign, vouchers: Iterable[Voucher], *, by: int, at: datetime) -> int:
    """Make these vouchers of the campaign good from today on. Returns how many were not so already.

    Raises:
        NotOpen
        Overdrawn: the budget is used up. Those before it stay handed over, where the caller's transaction does.
    """
    day = lifecycle.city_day(at)
    if not is_open(campaign, day):
        raise NotOpen
    budget = budget_of(campaign)
    number = 0
    for voucher in vouchers:
        try:
            posted = lifecycle.grant(
                voucher,
                campaign.amount_cents,
                budget=budget,
                issued_on=day,
                expires_on=campaign.expires_on,
                key=f"handed-over:{voucher.pk}",
                at=at,
                actor=by,
            )
        except (ledger.NoSuchMove, ledger.KeyReused):
            continue  # somebody handed it over, or cancelled it, meanwhile
        except ledger.NotDecided:
            raise NotOpen from None  # it was closed meanwhile
        number += not posted.again
    return number


def hand_over_listed(campaign: int, vouchers: list[int], *, by: int, at: datetime) -> int:
    """Hand over the vouchers of a list, by their ids, in parts; those of it that somebody has already stay as they are.

    Returns how many it were: fewer than asked for when the budget is used up, or the campaign's last day is over.
    """
    found = Campaign.objects.select_related("network__issuer").get(pk=campaign)
    number = 0
    for first in range(0, len(vouchers), PART):
        part = list(
            _with_account(Voucher.objects.filter(pk__in=vouchers[first : first + PART]))
            .filter(batch__campaign=found, state=Voucher.State.PREPARED)
            .order_by("pk")
        )
        number += ledger.transact(lambda part=part: _as_many_as_may_be(found, part, by, at))
    return number


def _as_many_as_may_be(campaign, vouchers, by, at):
    number = 0
    for voucher in vouchers:
        try:
            number += hand_over(campaign, [voucher], by=by, at=at)
        except (NotOpen, ledger.Overdrawn):
            break
    return number


def have_handed_over(campaign: Campaign, vouchers: list[int], *, by: int, at: datetime) -> None:
    """Have the worker hand over these vouchers of a list, by their ids.

    Raises:
        NotOpen, NotEnough
    """
    from vouchers import jobs

    if not is_open(campaign, lifecycle.city_day(at)):
        raise NotOpen
    _must_suffice(campaign, len(vouchers))
    jobs.hand_over_listed.defer(campaign=campaign.pk, vouchers=vouchers, by=by)


def find(campaign: Campaign, typed: str) -> Voucher | None:
    """The voucher of a campaign whose number or code somebody typed or scanned, whatever its state.

    Raises:
        Mistyped: of `serials`: it is neither.
    """
    vouchers = _with_account(Voucher.objects.filter(batch__campaign=campaign))
    # What a scanner reads from the QR code is an address with the code behind its #.
    try:
        code = codes.read(typed.rpartition("#")[2])
    except codes.Mistyped:
        return serials.find(vouchers, typed)
    return vouchers.filter(code_hmac__in=codes.digests(code)).first()


def _with_account(vouchers):
    return vouchers.select_related("account", "network__issuer", "shop")


def _locked(pk) -> Batch:
    return (
        Batch.objects.select_for_update(of=("self",)).select_related("campaign__network__issuer").get(pk=pk)
    )


def _begin(batch, task, by):
    from vouchers import jobs

    batch.task, batch.task_by, batch.halted = task, by, ""
    batch.save(update_fields=["task", "task_by", "halted"])
    jobs.later(jobs.work_on_batch, batch=batch.pk)


def _must_suffice(campaign, number):
    if (missing := number * campaign.amount_cents - left(campaign)) > 0:
        raise NotEnough(missing)
