"""The made-up bank, in the tests' hands: it pays, refuses, tells twice or never, without a network between."""

import json
import time
import uuid

from django.test import Client
from django.urls import reverse

from sandbox.models import Payment as AtBank
from sandbox.provider import HEADER, signed
from tests.jobs import run_jobs
from tests.shops.factories import TUESDAY_10H
from vouchers import buying


def begin(order, at=TUESDAY_10H):
    """Have the buyer led to the bank. Returns our payment."""
    return buying.begin_payment(order, words="Bons", back="http://testserver/", at=at)


def at_bank(payment, **columns):
    """What the bank says of a payment from now on."""
    AtBank.objects.filter(ref=payment.provider_ref).update(**columns)


def pays(payment, cents=None):
    at_bank(payment, state="paid", paid_cents=payment.order.total_cents if cents is None else cents)


def message(payment, event=None, *, moment=None):
    """What the bank sends of a payment: the body and its header."""
    body = json.dumps({"id": event or uuid.uuid4().hex, "payment": payment.provider_ref}).encode()
    moment = str(int(time.time()) if moment is None else moment)
    return body, {HEADER: f"{moment},{signed(body, moment)}"}


def tell(payment, event=None, **how):
    """Send it over HTTP. Returns the status."""
    body, headers = message(payment, event, **how)
    return send(body, headers)


def send(body, headers, provider="sandbox"):
    path = reverse("payment_news", args=[provider])
    return Client().post(path, body, content_type="application/json", headers=headers).status_code


def buy(order, at=TUESDAY_10H):
    """The usual way: begun, paid, told, looked at. Returns our payment."""
    payment = begin(order, at)
    pays(payment)
    tell(payment)
    run_jobs()
    payment.refresh_from_db()
    order.refresh_from_db()
    return payment
