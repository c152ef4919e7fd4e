"""Stripe, by answers of the shapes that it gives, over HTTP from a server of our own; its messages by its own library."""

import hmac
import json
import threading
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from tests.jobs import run_jobs
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import make_order
from vouchers import buying, payments
from vouchers.models import Order, Payment, Refund, Voucher
from vouchers.payments.stripe_checkout import StripeCheckout

SECRET = "whsec_test"
ASKED = payments.Asked(
    "K7Q29M4X", 5000, "Bons d’achat", "nina@courrier.example", "lb", "https://ville.example/retour"
)
INTENT = "pi_3Q"


def session(**changed):
    return {
        "id": "cs_test_a1", "object": "checkout.session", "amount_total": 5000, "client_reference_id": "K7Q29M4X",
        "currency": "eur", "livemode": False, "mode": "payment", "payment_intent": INTENT, "payment_status": "paid",
        "status": "complete", "url": "https://checkout.stripe.com/c/pay/cs_test_a1", "metadata": {},
    } | changed  # fmt: skip


def refund(**changed):
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 5000,
        "payment_intent": INTENT,
        "status": "succeeded",
    } | changed


def dispute(status="lost"):
    return {"id": "du_1", "object": "dispute", "amount": 5000, "payment_intent": INTENT, "status": status}


def listed(*objects):
    return {"object": "list", "data": list(objects), "has_more": False, "url": "/v1/x"}


class Stripe:
    """What the server answers, by path, and what it was asked: (method, path, fields, idempotency key)."""

    def __init__(self):
        self.answers = {"/v1/disputes": (200, listed()), "/v1/refunds": (200, listed())}
        self.asked = []

    def says(self, path, body, status=200):
        self.answers[path] = (status, body)


@pytest.fixture
def stripe(settings):
    there = Stripe()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self):
            length = int(self.headers.get("Content-Length") or 0)
            parts = urlsplit(self.path)
            fields = parse_qs(self.rfile.read(length).decode() or parts.query)
            there.asked.append((self.command, parts.path, fields, self.headers.get("Idempotency-Key")))
            status, body = there.answers.get(f"{self.command} {parts.path}") or there.answers[parts.path]
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer  # noqa: N815 (the library's names)

        def log_message(self, *_args):
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.PAYMENTS = {"stripe": "vouchers.payments.stripe_checkout.StripeCheckout"}
    settings.STRIPE_KEY, settings.STRIPE_WEBHOOK_SECRET = "sk_test_x", SECRET
    settings.STRIPE_ADDRESSES = {"api": f"http://127.0.0.1:{server.server_port}"}
    payments.named.cache_clear()
    yield there
    payments.named.cache_clear()
    server.shutdown()
    server.server_close()


def message(kind, about, *, secret=SECRET, moment=None, event="evt_1"):
    moment = int(time.time()) if moment is None else moment
    body = json.dumps({"id": event, "object": "event", "type": kind, "data": {"object": about}}).encode()
    signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={moment},v1={signature}"}


class TestItsAnswers:
    def test_a_payment_is_asked_for_once_for_a_key_and_in_a_language_that_it_speaks(self, stripe):
        stripe.says("/v1/checkout/sessions", session(payment_status="unpaid", status="open"))
        begun = StripeCheckout().create_payment(ASKED, key="K7Q29M4X-1")
        assert begun == payments.Begun("cs_test_a1", "https://checkout.stripe.com/c/pay/cs_test_a1")
        ((method, _path, fields, key),) = stripe.asked
        assert (method, key, fields["locale"], fields["client_reference_id"]) == (
            "POST",
            "K7Q29M4X-1",
            ["fr"],
            ["K7Q29M4X"],
        )
        assert fields["line_items[0][price_data][unit_amount]"] == ["5000"]
        assert fields["line_items[0][price_data][currency]"] == ["eur"]

    @pytest.mark.parametrize(
        ("answer", "told"),
        [
            (session(), payments.Told("paid", "K7Q29M4X", 5000, "EUR")),
            (session(status="open", payment_status="unpaid"), payments.Told("open", "K7Q29M4X")),
            (session(status="complete", payment_status="unpaid"), payments.Told("open", "K7Q29M4X")),
            (session(status="expired", payment_status="unpaid"), payments.Told("failed", "K7Q29M4X")),
        ],
    )
    def test_what_has_become_of_it(self, stripe, answer, told):
        stripe.says("/v1/checkout/sessions/cs_test_a1", answer)
        assert StripeCheckout().fetch_payment("cs_test_a1") == told

    @pytest.mark.parametrize(
        ("status", "cents"),
        [("lost", 5000), ("needs_response", 5000), ("won", 0), ("warning_needs_response", 0)],
    )
    def test_a_dispute_counts_while_the_money_is_away(self, stripe, status, cents):
        stripe.says("/v1/checkout/sessions/cs_test_a1", session())
        stripe.says("/v1/disputes", listed(dispute(status)))
        assert StripeCheckout().fetch_payment("cs_test_a1").disputed_cents == cents

    def test_a_refund_that_failed_later_is_told(self, stripe):
        stripe.says("/v1/checkout/sessions/cs_test_a1", session())
        stripe.says("/v1/refunds", listed(refund(id="re_9", status="failed"), refund()))
        assert StripeCheckout().fetch_payment("cs_test_a1").failed_refunds == {"re_9"}

    def test_a_refund_is_asked_for_with_its_key(self, stripe):
        stripe.says("/v1/checkout/sessions/cs_test_a1", session())
        stripe.says("POST /v1/refunds", refund())
        assert StripeCheckout().refund("cs_test_a1", 1500, key="refund-1-1") == "re_1"
        method, path, fields, key = stripe.asked[-1]
        assert (method, path, key) == ("POST", "/v1/refunds", "refund-1-1")
        assert fields == {"payment_intent": [INTENT], "amount": ["1500"]}

    @pytest.mark.parametrize(
        ("status", "body", "error"),
        [
            (400, {"error": {"type": "invalid_request_error", "code": "charge_already_refunded", "message": "x"}}, payments.RefundRefused),
            (200, refund(status="failed", failure_reason="expired_or_canceled_card"), payments.RefundRefused),
            (429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "x"}}, payments.Unavailable),
            (500, {"error": {"type": "api_error", "message": "x"}}, payments.Unavailable),
            (401, {"error": {"type": "invalid_request_error", "message": "x"}}, payments.Unavailable),
        ],
    )  # fmt: skip
    def test_a_clear_no_is_a_refusal_and_anything_else_is_asked_again(self, stripe, status, body, error):
        stripe.says("/v1/checkout/sessions/cs_test_a1", session())
        stripe.says("POST /v1/refunds", body, status)
        with pytest.raises(error):
            StripeCheckout().refund("cs_test_a1", 1500, key="refund-1-1")

    def test_when_it_is_away_it_is_asked_again_later(self, stripe, settings):
        settings.STRIPE_ADDRESSES = {"api": "http://127.0.0.1:9"}
        with pytest.raises(payments.Unavailable):
            StripeCheckout().fetch_payment("cs_test_a1")


class TestItsMessages:
    def test_of_a_session_and_of_a_dispute(self, stripe):
        read = StripeCheckout().read_event
        assert read(*message("checkout.session.completed", session())) == payments.Event(
            "evt_1", "cs_test_a1"
        )
        assert read(*message("charge.dispute.created", dispute())) == payments.Event("evt_1", INTENT)
        assert read(*message("payout.paid", {"id": "po_1", "object": "payout"})) == payments.Event(
            "evt_1", ""
        )

    def test_a_payment_named_by_its_intent_is_found(self, stripe):
        stripe.says("/v1/checkout/sessions", listed(session()))
        assert StripeCheckout().resolve(INTENT) == "cs_test_a1"
        assert StripeCheckout().resolve("cs_test_a1") == "cs_test_a1"

    @pytest.mark.parametrize("how", [{"secret": "whsec_other"}, {"moment": int(time.time()) - 301}])
    def test_forged_or_old_it_is_not_believed(self, stripe, how):
        with pytest.raises(payments.Forged):
            StripeCheckout().read_event(*message("checkout.session.completed", session(), **how))

    @pytest.mark.parametrize(
        ("body", "headers"),
        [
            (b"{}", {}),
            (b"{", {"Stripe-Signature": "t=1,v1=x"}),
            (b"", {"Stripe-Signature": "é"}),
            (b"[]", {"Stripe-Signature": ""}),
        ],
    )
    def test_nonsense_is_not_believed(self, stripe, body, headers):
        with pytest.raises(payments.Forged):
            StripeCheckout().read_event(body, headers)


def test_from_the_order_to_the_vouchers_and_back(stripe, network, client):
    """Nina pays, Stripe tells, the vouchers are there; she withdraws, and Stripe gives back."""
    order = make_order(network, 5000)
    stripe.says("/v1/checkout/sessions", session(payment_status="unpaid", status="open"))
    payment = buying.begin_payment(order, words="Bons", back="https://ville.example/", at=TUESDAY_10H)
    assert (payment.provider, payment.provider_ref) == ("stripe", "cs_test_a1")
    stripe.says("/v1/checkout/sessions/cs_test_a1", session(client_reference_id=order.ref))
    body, headers = message("checkout.session.completed", session(client_reference_id=order.ref))
    for _ in range(2):
        answer = client.post(
            reverse("payment_news", args=["stripe"]), body, content_type="application/json", headers=headers
        )
        assert answer.status_code == 204
    run_jobs()
    order.refresh_from_db()
    assert (order.state, Voucher.objects.filter(order=order).count()) == (Order.State.PAID, 1)
    stripe.says("POST /v1/refunds", refund())
    buying.withdraw(order, at=order.paid_at)
    run_jobs()
    assert Refund.objects.get().state == Refund.State.DONE
    assert Payment.objects.count() == 1
