"""The made-up bank as a payment provider: the same interface, signatures and sad paths as a real one."""

import hmac
import json
import time
from collections.abc import Mapping
from hashlib import sha256

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from sandbox.models import Payment, Refund
from vouchers import payments

HEADER = "Sandbox-Signature"
# A message that was caught and is sent again later is not believed.
TOLERANCE_SECONDS = 300


class SandboxBank:
    name, label = "sandbox", _("banque d’essai")

    def create_payment(self, asked: payments.Asked, *, key: str) -> payments.Begun:
        made, _new = Payment.objects.get_or_create(
            key=key,
            defaults={
                "order": asked.order,
                "cents": asked.cents,
                "words": asked.words,
                "language": asked.language,
                "back": asked.back,
            },
        )
        return payments.Begun(made.ref, settings.PUBLIC_URL + reverse("sandbox:pay", args=[made.ref]))

    def fetch_payment(self, ref: str) -> payments.Told:
        payment = self._payment(ref)
        return payments.Told(
            payment.state,
            payment.order,
            payment.paid_cents,
            payment.currency,
            payment.disputed_cents,
            frozenset(str(pk) for pk in payment.refunds.filter(failed=True).values_list("pk", flat=True)),
        )

    def refund(self, ref: str, cents: int, *, key: str) -> str:
        with transaction.atomic():
            payment = Payment.objects.select_for_update().filter(ref=ref).first()
            if payment is None or payment.refuses_refunds:
                raise payments.RefundRefused("account-closed")
            if known := Refund.objects.filter(key=key).first():
                return str(known.pk)
            given = payment.refunds.filter(failed=False).aggregate(cents=Sum("cents"))["cents"] or 0
            if payment.state != Payment.State.PAID or given + cents > payment.paid_cents:
                raise payments.RefundRefused("more-than-was-paid")
            return str(Refund.objects.create(payment=payment, key=key, cents=cents).pk)

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> payments.Event:
        moment, _comma, signature = headers.get(HEADER, "").partition(",")
        if not hmac.compare_digest(signed(body, moment).encode(), signature.encode(errors="replace")):
            raise payments.Forged
        if abs(time.time() - int(moment)) > TOLERANCE_SECONDS:
            raise payments.Forged
        said = json.loads(body)
        return payments.Event(said["id"], said["payment"])

    def resolve(self, ref: str) -> str:
        return ref

    def _payment(self, ref):
        payment = Payment.objects.filter(ref=ref).first()
        if payment is None:
            raise payments.Unavailable
        return payment


def signed(body: bytes, moment: str) -> str:
    """What the bank signs a message of that moment with, in seconds since 1970."""
    key = sha256(f"sandbox bank {settings.SECRET_KEY}".encode()).digest()
    return hmac.new(key, moment.encode(errors="replace") + b"." + body, sha256).hexdigest()
