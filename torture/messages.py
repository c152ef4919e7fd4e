"""The payment provider's messages over HTTP: doubled, shuffled, forged, too old, lost, of wrong amounts; and kills meanwhile."""

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path

from django.conf import settings
from django.db.models import Count
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from sandbox.models import Payment as AtBank
from sandbox.provider import HEADER, signed
from torture.books import Books, Outcome, Say, silent
from torture.races import faults
from torture.served import Web, Worker
from vouchers import buying
from vouchers.models import Order, Payment, Refund

SEED = 40
PATIENCE_S = 300
# What the bank does with an order, and how often of ten.
OUTCOMES = ["paid"] * 6 + ["failed", "open", "short", "franc"]
MESSAGES_AN_ORDER = 10


@dataclass
class Bought:
    """An order at the bank, and what the bank does."""

    payment: Payment
    outcome: str


def storm(books: Books, *, number: int, kills: int = 0, say: Say = silent) -> Outcome:
    """So many messages by sixteen at a time; meanwhile, if wished, the web server or the worker is killed.

    A message without an answer is sent again, as providers do.
    """
    dice = random.Random(SEED + kills)
    _at_sea(settings.MAIL_FOLDER)
    web = Web()
    worker = Worker(f"http://127.0.0.1:{web.port}")
    web.start()
    worker.start()
    try:
        bought = [_buy(books, dice) for _ in range(max(1, number // MESSAGES_AN_ORDER))]
        messages = _messages(bought, dice, number)
        asked = _send(web, worker, messages, kills, dice, say)
        _settle(say)
    finally:
        web.kill()
        worker.kill()
    wrong = [fault for one in bought for fault in _faults_of(one)]
    mails, doubled = _mails(settings.MAIL_FOLDER)
    wrong += [
        f"order {one.payment.order_id}: paid, and no mail"
        for one in bought
        if one.outcome == "paid" and one.payment.order.ref.lower() not in mails
    ]
    told = (
        f"{len(bought)} orders, {kills} kills, {asked - len(messages)} sent again, {doubled} mails left twice"
    )
    return Outcome(asked, wrong + faults(books), told)


def _at_sea(folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    for mail in Path(folder).glob("*.log"):
        mail.unlink()


def _buy(books, dice):
    order = books.order(500 * dice.randint(2, 30), quantity=dice.randint(1, 3))
    payment = buying.begin_payment(order, words="Bons", back="http://127.0.0.1/", at=timezone.now())
    return Bought(payment, dice.choice(OUTCOMES))


def _messages(bought, dice, number):
    """Each (body, moment, signature, what becomes of it): 204 or 400. Of one order in ten, none that is true."""
    found, now = [], int(time.time())
    for place, one in enumerate(bought):
        _decide(one)
        told = place % 10 != 0
        for part in range(MESSAGES_AN_ORDER):
            # Doubled: each number is sent about twice.
            body = (
                f'{{"id": "{one.payment.pk}-{part // 2}", "payment": "{one.payment.provider_ref}"}}'.encode()
            )
            kind = dice.choice(["true", "true", "forged", "old"]) if told else dice.choice(["forged", "old"])
            moment = str(now - 4000 if kind == "old" else now + 250)
            signature = signed(body, moment) if kind != "forged" else "0" * 64
            found.append((body, f"{moment},{signature}", 204 if kind == "true" else 400))
    dice.shuffle(found)
    return found[:number]


def _decide(one):
    there = AtBank.objects.filter(ref=one.payment.provider_ref)
    cents = one.payment.order.total_cents
    there.update(
        state={"failed": "failed", "open": "open"}.get(one.outcome, "paid"),
        paid_cents=cents - 100 if one.outcome == "short" else cents,
        currency="CHF" if one.outcome == "franc" else "EUR",
    )


def _send(web, worker, messages, kills, dice, say):
    """All of them, until each has an answer. Returns how often something was sent."""
    sent, wrong = [0], []

    def send(message):
        body, header, expected = message
        while True:
            sent[0] += 1
            status = web.ask(
                "POST",
                "/paiement/sandbox/nouvelles",
                body,
                {HEADER: header, "Content-Type": "application/json"},
            )
            if status is not None:
                break
            time.sleep(0.05)
        if status != expected:
            wrong.append(f"{status} instead of {expected}")

    with ThreadPoolExecutor(16) as people:
        futures = [people.submit(send, message) for message in messages]
        for number in range(kills):
            time.sleep(dice.uniform(0.05, 0.4))
            victim = (web, worker)[number % 2]
            victim.kill()
            victim.start()
            say(
                f"{number + 1} of {kills} kills, {sum(future.done() for future in futures)} of {len(messages)} messages"
            )
        for place, future in enumerate(futures):
            future.result()
            say(f"{place} of {len(messages)} messages")
    if wrong:
        raise AssertionError(wrong[:5])
    return sent[0]


def _settle(say):
    """Wait until the worker has nothing to do, and ask about what was never told, as the site does by itself."""
    patience = time.monotonic() + PATIENCE_S
    for turn in range(2):
        while (
            waiting := ProcrastinateJob.objects.filter(status__in=["todo", "doing"])
            .exclude(task_name__startswith="builtin")
            .count()
        ):
            if time.monotonic() > patience:
                raise TimeoutError(f"{waiting} jobs are left.")
            say(f"{waiting} jobs wait")
            time.sleep(0.2)
        if not turn:
            later = timezone.now() + buying.ASK_AFTER
            for payment in buying.to_reconcile(at=later):
                buying.look_at(payment, at=timezone.now())


def _faults_of(one):
    order = Order.objects.get(pk=one.payment.order_id)
    vouchers = order.vouchers.count()
    refunds = Refund.objects.filter(payment=one.payment).aggregate(number=Count("pk"))["number"]
    expected = {
        "paid": (order.quantity, 0), "failed": (0, 0), "open": (0, 0), "short": (0, 1), "franc": (0, 1),
    }[one.outcome]  # fmt: skip
    if (vouchers, refunds) != expected:
        yield f"order {order.pk} ({one.outcome}): {vouchers} vouchers and {refunds} refunds"


def _mails(folder):
    """The references of the orders whose receipts left, and how many left more than once; a doubled one has one Message-ID."""
    seen = {}
    for path in Path(folder).glob("*.log"):
        for part in re.split(rb"^-{79}$", path.read_bytes(), flags=re.MULTILINE):
            if part.strip():
                number = str(message_from_bytes(part.strip(), policy=policy.default)["Message-ID"])
                seen[number] = seen.get(number, 0) + 1
    receipts = {
        number.strip("<").partition(".")[0]: times for number, times in seen.items() if ".receipt@" in number
    }
    return set(receipts), sum(times - 1 for times in receipts.values())
