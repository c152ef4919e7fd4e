"""What the books do by themselves, outside any request."""

import logging
from contextlib import suppress

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from accounts.models import CityRole, User
from vitrine.jobs import PATIENT, is_final
from vitrine.letters import write_to
from vouchers import (
    alarms,
    buying,
    campaign_figures,
    campaigns,
    checks,
    corrections,
    decisions,
    ending,
    grant_letters,
    head_mails,
    heads,
    letters,
    lifecycle,
    payments,
    sealing,
    till,
)
from vouchers.desks import alarm_words
from vouchers.models import Batch, BookCheck, Grant, Order, Payment, Payout, ProviderEvent, Refund, Voucher
from vouchers.settlement import accounts
from vouchers.settlement import letters as settlement_letters

logger = logging.getLogger(__name__)
# A provider that does not answer is asked again for two days; whatever is due then is found by the reconciliation.
INSISTENT = RetryStrategy(max_attempts=60, exponential_wait=2, retry_exceptions=[payments.Unavailable])


class BooksAreWrong(Exception):
    """What the proof of the books found. The job fails with it, and whoever watches failed jobs is told."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="seal_books")
def seal_books(timestamp):
    """Each minute; a minute that was missed is sealed with the next."""
    sealing.seal(at=timezone.now())


@app.periodic(cron="10 0 * * *")
@app.task(queueing_lock="publish_head")
def publish_head(timestamp):
    """Each day the head of the chain leaves the database."""
    heads.publish(at=timezone.now())


@app.periodic(cron="30 0 * * *")
@app.task(queueing_lock="prove_books")
def prove_books(timestamp):
    """Each night: every row against its seal and the published heads, and of each issuer the trust identity.

    Raises:
        BooksAreWrong: names the first row that is not as it must be, or the sums that differ.
    """
    check = checks.nightly(at=timezone.now(), clock=timezone.now)
    if check.fault:
        raise BooksAreWrong(check.fault)


@app.periodic(cron="50 * * * *")
@app.task(queueing_lock="send_heads")
def send_heads(timestamp):
    """After the night's proof: its head to the auditors. Asked each hour, so that a worker that was down then makes up for it."""
    head_mails.send(at=timezone.now())


@app.task
def check_books(check):
    """The proof that somebody asked for at the finance desk. What it finds stands on that page."""
    checks.run(BookCheck.objects.get(pk=check), clock=timezone.now)


@app.periodic(cron="*/15 * * * *")
@app.task(queueing_lock="look_for_alarms")
def look_for_alarms(timestamp):
    """New alarms are told to each finance officer, in one mail."""
    with transaction.atomic():
        new = alarms.look(at=timezone.now())
        if new:
            for officer in User.objects.filter(
                is_active=True, city_roles__contains=[CityRole.FINANCE]
            ).order_by("pk"):
                write_to(officer, lambda: alarm_words.letter(new))


@app.periodic(cron="20 * * * *")
@app.task(queueing_lock="go_on_with_corrections")
def go_on_with_corrections(timestamp):
    """What shops give back out of their takings, as these come in."""
    corrections.go_on(at=timezone.now())


@app.task(retry=INSISTENT)
def look_at_event(event):
    """Ask the provider what became of the payment that its message is about."""
    buying.look_at_event(ProviderEvent.objects.get(pk=event), at=timezone.now())


@app.task(retry=INSISTENT)
def look_at(payment):
    buying.look_at(Payment.objects.get(pk=payment), at=timezone.now())


@app.task(retry=INSISTENT)
def give_back(refund):
    buying.give_back(
        Refund.objects.select_related("payment", "voucher__account", "voucher__network__issuer").get(
            pk=refund
        ),
        at=timezone.now(),
    )


@app.task(retry=PATIENT, pass_context=True)
def send_receipt(context, order):
    """The buyer's mail; where nobody else gets one, the vouchers are delivered with it."""
    order = _order(order)
    left = _leaves(order, letters.receipt, context)
    _note(order, {"receipt_failed_at": None if left else timezone.now()})
    if not order.is_gift:
        _note(order, _delivery(left))


@app.task(retry=PATIENT, pass_context=True)
def deliver(context, order):
    """The mail with the vouchers to whom they are for, once. Whose worker is killed after it left sends it again, as the same."""
    order = _order(order)
    if not (order.delivered_at or order.withdrawn_at or order.erased_at):
        _note(order, _delivery(_leaves(order, letters.gift, context)), resent=order.resent)


@app.task(retry=PATIENT, pass_context=True)
def acknowledge_withdrawal(context, order):
    _leaves(_order(order), letters.withdrawal, context)


@app.task(retry=PATIENT, pass_context=True)
def send_reminder(context, voucher, days):
    voucher = Voucher.objects.select_related("account", "network__issuer", "order__network").get(pk=voucher)
    if voucher.state == Voucher.State.ACTIVE and voucher.account.balance_cents:
        _leaves(voucher.order, lambda _order: letters.reminder(voucher, days), context)


@app.task(retry=PATIENT, pass_context=True)
def send_links(context, orders, language):
    """To a buyer who has lost them: the links of her orders, by their ids."""
    hers = list(Order.objects.filter(pk__in=orders, erased_at=None).order_by("-pk"))
    if hers:
        _leaves(hers[0], lambda _order: letters.links_again(hers, language), context)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="reconcile_orders")
def reconcile_orders(timestamp):
    """Every five minutes: the provider is asked about what it never told, and what nobody paid is abandoned."""
    now = timezone.now()
    for payment in buying.to_reconcile(at=now):
        later(look_at, payment=payment.pk)
    for event in ProviderEvent.objects.filter(handled_at=None, heard_at__lte=now - buying.ASK_AFTER):
        later(look_at_event, event=event.pk)
    for refund in Refund.objects.filter(state=Refund.State.ASKED, asked_at__lte=now - buying.ASK_AFTER):
        later(give_back, refund=refund.pk)
    buying.abandon(at=now)


@app.periodic(cron="0 7 * * *")
@app.task(queueing_lock="deliver_gifts")
def deliver_gifts(timestamp):
    """Each morning: the gifts whose day it is. And whatever a lost job has left behind."""
    for order in Order.objects.to_deliver(lifecycle.city_day(timezone.now())).order_by("pk"):
        later(deliver if order.is_gift else send_receipt, order=order.pk)


@app.periodic(cron="30 6 * * *")
@app.task(queueing_lock="remind_holders")
def remind_holders(timestamp):
    now = timezone.now()
    for voucher, days in ending.to_remind(at=now):
        ending.remind(voucher, days, at=now)


@app.periodic(cron="15 1 * * *")
@app.task(queueing_lock="close_vouchers")
def close_vouchers(timestamp):
    """Each night: what is past its end and its time of grace."""
    ending.close_what_is_over(at=timezone.now())


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="forget_tills")
def forget_tills(timestamp):
    till.forget(at=timezone.now())


@app.task
def tell_paid_shops(file):
    """The owners of every shop in a file that was released. Their letters are posted in one transaction: all, or none yet."""
    payouts = Payout.objects.filter(file=file).select_related("shop", "file").order_by("pk")
    with transaction.atomic():
        for payout in payouts:
            settlement_letters.tell_released(payout)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="announce_bank_accounts")
def announce_bank_accounts(timestamp):
    """Those whose 72 hours are over."""
    accounts.announce_due(at=timezone.now())


@app.periodic(cron="45 1 * * *")
@app.task(queueing_lock="forget_bank_accounts")
def forget_bank_accounts(timestamp):
    accounts.forget(at=timezone.now())


@app.periodic(cron="25 1 * * *")
@app.task(queueing_lock="forget_buyers")
def forget_buyers(timestamp):
    ending.forget(at=timezone.now())


@app.task(retry=PATIENT)
def work_on_batch(batch):
    """Make, hand over or cancel the vouchers of a batch. Cut short, it goes on where it stood."""
    campaigns.work(batch, at=timezone.now())


@app.task(retry=PATIENT)
def hand_over_listed(campaign, vouchers, by):
    campaigns.hand_over_listed(campaign, vouchers, by=by, at=timezone.now())


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="resume_batches")
def resume_batches(timestamp):
    """Every five minutes: whatever a lost job has left behind."""
    for batch in Batch.objects.exclude(task="").values_list("pk", flat=True):
        later(work_on_batch, batch=batch)


@app.periodic(cron="20 2 * * 1")
@app.task(queueing_lock="count_campaigns")
def count_campaigns(timestamp):
    """Each Monday: what the public is told of the campaigns, as it was at the end of Sunday."""
    campaign_figures.count(at=timezone.now())


@app.task(retry=PATIENT, pass_context=True)
def send_grant(context, grant):
    """The mail with a voucher that two people have given, once."""
    grant = Grant.objects.select_related("network__issuer").get(pk=grant)
    if not (grant.delivered_at or grant.erased_at):
        left = _leaves(grant, grant_letters.letter, context)
        Grant.objects.filter(pk=grant.pk, erased_at=None).update(**_delivery(left))


@app.periodic(cron="35 1 * * *")
@app.task(queueing_lock="forget_grants")
def forget_grants(timestamp):
    decisions.forget(at=timezone.now())
    corrections.forget(at=timezone.now())


def _order(pk):
    return Order.objects.select_related("network__issuer", "shop").get(pk=pk)


def _leaves(order, write, context):
    """Whether a mail about an order or a grant left now; not when nobody will ever take it.

    Raises what the mail server's connection raises: the job is tried again.
    """
    if order.erased_at:
        return False
    message = write(order)
    try:
        message.send()
    except Exception as error:
        if not (is_final(error) or PATIENT.is_last(context.job)):
            raise
        # Without the error's own words, which name the address.
        kind = order._meta.model_name
        logger.error("A mail about %s %s is given up: %s.", kind, order.pk, type(error).__name__)
        return False
    return True


def _delivery(left):
    now = timezone.now()
    return {"delivered_at": now if left else None, "undelivered_at": None if left else now}


def _note(order, columns, **still):
    """What became of a mail; as long as the order is `still` the one that it was written for."""
    Order.objects.filter(pk=order.pk, erased_at=None, **still).update(**columns)


def later(task, **arguments) -> None:
    """Defer a job, unless the same one waits already; never two of them at once."""
    name = f"{task.name}:{'-'.join(map(str, arguments.values()))}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        task.configure(queueing_lock=name, lock=name).defer(**arguments)
