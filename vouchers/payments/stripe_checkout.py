"""Stripe as payment provider: its own page (Checkout) takes the card, we never see it.

Its messages are checked by its own library, and say only where to look. https://docs.stripe.com/api (2026-10-28)
"""

from collections.abc import Mapping
from contextlib import contextmanager
from functools import cached_property

from django.conf import settings

from vouchers import payments

HEADER = "Stripe-Signature"
# Older messages are not believed, as the library has it.
TOLERANCE_SECONDS = 300
# What it speaks on its page; Luxembourgish it does not.
LANGUAGES = {"fr": "fr", "de": "de", "en": "en", "lb": "fr"}
# Of a dispute in one of these states nothing was taken back, or it came back.
SETTLED = {"won", "warning_needs_response", "warning_under_review", "warning_closed", "prevented"}
FAILED = {"failed", "canceled"}
_STATES = {"complete": "open", "open": "open", "expired": "failed"}


class StripeCheckout:
    name, label = "stripe", "Stripe"

    @cached_property
    def client(self):
        # Imported late: whoever sells nothing does without.
        from stripe import StripeClient

        return StripeClient(
            settings.STRIPE_KEY, max_network_retries=1, base_addresses=settings.STRIPE_ADDRESSES
        )

    def create_payment(self, asked: payments.Asked, *, key: str) -> payments.Begun:
        line = {
            "quantity": 1,
            "price_data": {
                "currency": "eur",
                "unit_amount": asked.cents,
                "product_data": {"name": asked.words},
            },
        }
        params = {
            "mode": "payment",
            "line_items": [line],
            "client_reference_id": asked.order,
            "customer_email": asked.email,
            "locale": LANGUAGES.get(asked.language, "auto"),
            "success_url": asked.back,
            "cancel_url": asked.back,
            "payment_intent_data": {"metadata": {"order": asked.order}},
        }
        with _translated():
            session = self.client.v1.checkout.sessions.create(params, {"idempotency_key": key})
        return payments.Begun(session.id, session.url)

    def fetch_payment(self, ref: str) -> payments.Told:
        with _translated():
            session = self.client.v1.checkout.sessions.retrieve(ref)
            if session.payment_status != "paid":
                return payments.Told(_STATES.get(session.status, "open"), session.client_reference_id or "")
            of_it = {"payment_intent": session.payment_intent, "limit": 100}
            disputes = self.client.v1.disputes.list(of_it).data
            refunds = self.client.v1.refunds.list(of_it).data
        return payments.Told(
            "paid",
            session.client_reference_id or "",
            session.amount_total,
            session.currency.upper(),
            sum(dispute.amount for dispute in disputes if dispute.status not in SETTLED),
            frozenset(refund.id for refund in refunds if refund.status in FAILED),
        )

    def refund(self, ref: str, cents: int, *, key: str) -> str:
        with _translated():
            session = self.client.v1.checkout.sessions.retrieve(ref)
        params = {"payment_intent": session.payment_intent, "amount": cents}
        with _translated(refusal=True):
            refund = self.client.v1.refunds.create(params, {"idempotency_key": key})
        if refund.status in FAILED:
            raise payments.RefundRefused(refund.failure_reason or refund.status)
        return refund.id

    def read_event(self, body: bytes, headers: Mapping[str, str]) -> payments.Event:
        from stripe import SignatureVerificationError, Webhook

        try:
            event = Webhook.construct_event(
                body, headers.get(HEADER, ""), settings.STRIPE_WEBHOOK_SECRET, tolerance=TOLERANCE_SECONDS
            )
            about = event.data.object
        except (SignatureVerificationError, ValueError, AttributeError, KeyError) as error:
            raise payments.Forged from error
        if event.type.startswith("checkout.session."):
            return payments.Event(event.id, about.id)
        return payments.Event(event.id, getattr(about, "payment_intent", None) or "")

    def resolve(self, ref: str) -> str:
        if not ref.startswith("pi_"):
            return ref
        with _translated():
            sessions = self.client.v1.checkout.sessions.list({"payment_intent": ref, "limit": 1}).data
        return sessions[0].id if sessions else ref


@contextmanager
def _translated(*, refusal=False):
    """The library's errors as ours. What is not a clear no is asked again."""
    from stripe import InvalidRequestError, StripeError

    try:
        yield
    except InvalidRequestError as error:
        if refusal:
            raise payments.RefundRefused(error.code or "invalid-request") from error
        raise payments.Unavailable from error
    except StripeError as error:
        raise payments.Unavailable from error
