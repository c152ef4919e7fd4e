"""A campaign of 22,000 vouchers, made and handed over by a worker that is killed at random moments and started again."""

import random
import time
from datetime import timedelta

from django.utils import timezone

from torture.books import Books, Outcome, key
from torture.races import faults
from torture.served import Worker
from vouchers import campaigns, lifecycle, treasury
from vouchers.models import Batch, Campaign, Transaction, Voucher

SEED, FRANK = 22, 1
EACH, LEFT_OVER = 5000, 17
PATIENCE_S = 600


def killed(books: Books, *, vouchers: int, kills: int, say) -> Outcome:
    """Make and hand over so many; the worker dies so many times on the way."""
    dice, wrong = random.Random(SEED), []
    now = timezone.now()
    today = lifecycle.city_day(now)
    campaign = Campaign.objects.create(
        network=books.network, name="Fictive", slug=key(), decision_ref="1", decided_on=today, amount_cents=EACH,
        starts_on=today, ends_on=today + timedelta(days=1), expires_on=today + timedelta(days=3 * 365), may_mail=True,
    )  # fmt: skip
    campaigns.open_(campaign, today=today)
    treasury.load_budget(books.issuer, campaign.budget_name, vouchers * EACH + LEFT_OVER, key=key(), at=now)
    worker = Worker("http://127.0.0.1")
    worker.start()
    began, deaths = time.monotonic(), 0
    try:
        batch = campaigns.order_batch(campaign, vouchers, form_key=key(), by=FRANK, at=timezone.now())
        deaths += _until_done(batch, worker, kills // 2, dice, say)
        campaigns.hand_over_all(batch, by=FRANK, at=timezone.now())
        deaths += _until_done(batch, worker, kills - kills // 2, dice, say)
    finally:
        worker.kill()
    took = time.monotonic() - began
    made = Voucher.objects.filter(batch=batch)
    handed = made.filter(state="active", account__balance_cents=EACH).count()
    if (made.count(), handed) != (vouchers, vouchers):
        wrong.append(f"{made.count()} made and {handed} handed over instead of {vouchers}")
    if (left := campaigns.left(campaign)) != LEFT_OVER:
        wrong.append(f"{left} cents left in the budget instead of {LEFT_OVER}")
    twice = Transaction.objects.filter(
        kind="granted", subject__in=[f"voucher:{pk}" for pk in made.values_list("pk", flat=True)]
    )
    if twice.count() != vouchers:
        wrong.append(f"{twice.count()} handings-over of {vouchers} vouchers")
    return Outcome(
        vouchers, wrong + faults(books), f"{deaths} kills, {took:,.0f} s from the order to the last one"
    )


def _until_done(batch, worker, kills, dice, say):
    """Wait until nothing is to be done with it; kill the worker on the way. Returns how often it was killed in time."""
    deaths, patience = 0, time.monotonic() + PATIENCE_S
    while Batch.objects.get(pk=batch.pk).task:
        if time.monotonic() > patience:
            raise TimeoutError("The batch does not end.")
        time.sleep(dice.uniform(0.2, 2.5))
        if deaths < kills and Batch.objects.get(pk=batch.pk).task:
            worker.kill()
            worker.start()
            deaths += 1
            say(f"{deaths} of {kills} kills, {Voucher.objects.filter(batch=batch).count():,} vouchers")
    return deaths
