"""Residents buy vouchers: an order is placed, paid, delivered, withdrawn from, and forgotten in the end.

What the payment provider sends is a hint to look; what it says when asked is compared with the order. No provider is
asked within a transaction. Every verb takes `at`, an aware instant.
"""

import secrets
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q, Sum
from django.utils.crypto import salted_hmac

from shops.models import Shop
from vouchers import codes, ledger, lifecycle, payments
from vouchers.models import Agreement, Network, Order, Payment, ProviderEvent, Refund, Voucher

ASK_AFTER, ABANDON_AFTER = timedelta(minutes=15), timedelta(minutes=30)
# A provider ends what nobody paid within a day; after this nobody asks any more.
ASK_FOR = timedelta(days=3)
# The right to withdraw from a contract made at a distance (Directive 2011/83/EU, article 9).
WITHDRAW_WITHIN = timedelta(days=14)
# How often a gift's mail may be asked for again from the buyer's page.
MOST_RESENT = 3
CURRENCY = "EUR"
_REF_LENGTH = 8


class NotForSale(Exception):
    """The network, or the shop in it, sells no such voucher. `code` is for the sentence that the buyer reads."""

    def __init__(self, code: str):
        super().__init__(code)
        self.code = code


class NothingToWithdraw(Exception):
    """The fortnight is over, or nothing is left."""


class NotForAnother(Exception):
    """The gift was used, or went to somebody else once already; or it is no gift any more."""


def on_sale() -> Network | None:
    """The network whose vouchers residents may buy, if there is one and somebody to pay."""
    network = Network.objects.filter(on_sale=True).select_related("issuer").order_by("pk").first()
    return network if payments.provider() else None


def sold_for(shop: Shop, network: Network, *, at: datetime) -> bool:
    """Whether a voucher may be bought for this shop alone."""
    return Agreement.objects.active(lifecycle.city_day(at)).filter(shop=shop, network=network).exists()


def place(
    network: Network, *, amount_cents: int, quantity: int, buyer_email: str, language: str, at: datetime,
    shop: Shop | None = None, key: str = "", **wishes,
) -> Order:  # fmt: skip
    """Take an order that is not paid yet.

    Args:
        key: of the form that was sent; the same form sent again is the same order.
        wishes: `sender_name`, `recipient_name`, `recipient_email`, `message`, `hide_amount`, `deliver_on`.

    Raises:
        NotForSale
    """
    if not network.on_sale:
        raise NotForSale("network")
    if amount_cents not in network.amounts():
        raise NotForSale("amount")
    if amount_cents * quantity > network.order_most_cents:
        raise NotForSale("order")
    if shop and not sold_for(shop, network, at=at):
        raise NotForSale("shop")
    if bought_since(at - timedelta(days=1), buyer_email) + amount_cents * quantity > network.day_most_cents:
        raise NotForSale("day")
    ordered = {"network": network, "shop": shop, "amount_cents": amount_cents, "quantity": quantity}
    told = {"buyer_email": buyer_email, "language": language, "placed_at": at, **wishes}
    if key:
        made, is_new = Order.objects.get_or_create(ref=_ref_of(key), defaults=ordered | told)
        if is_new or all(
            getattr(made, name) == value
            for name, value in (ordered | wishes | {"buyer_email": buyer_email}).items()
        ):
            return made
    return Order.objects.create(ref=new_ref(), **ordered, **told)


def bought_since(since: datetime, buyer_email: str) -> int:
    """Cents that a buyer has paid for since then."""
    paid = Order.objects.filter(buyer_email__iexact=buyer_email, paid_at__gt=since)
    return paid.aggregate(cents=Sum(F("amount_cents") * F("quantity")))["cents"] or 0


def begin_payment(order: Order, *, words: str, back: str, at: datetime) -> Payment:
    """Where the buyer pays; a second click leads to the same place.

    Args:
        words: a line for her statement.
        back: where the provider sends her afterwards.

    Raises:
        NotForSale: the order is no longer open.
        payments.Unavailable
    """
    if order.state != Order.State.OPEN:
        raise NotForSale("over")
    tries = order.payments.count()
    if going := order.payments.filter(state=Payment.State.OPEN).first():
        return going
    provider = payments.provider()
    if provider is None:
        raise payments.Unavailable
    asked = payments.Asked(order.ref, order.total_cents, words, order.buyer_email, order.language, back)
    begun = provider.create_payment(asked, key=f"{order.ref}-{tries + 1}")
    made, _new = Payment.objects.get_or_create(
        provider=provider.name,
        provider_ref=begun.ref,
        defaults={"order": order, "address": begun.address, "begun_at": at},
    )
    return made


def hear(
    provider_name: str, body: bytes, headers: Mapping[str, str], *, at: datetime
) -> ProviderEvent | None:
    """Note what a provider sent, and have the payment looked at. Returns None when it was heard before.

    Raises:
        payments.Forged, KeyError: of a provider that is not ours.
    """
    from vouchers import jobs

    event = payments.named(provider_name).read_event(body, headers)
    try:
        with transaction.atomic():
            heard = ProviderEvent.objects.create(
                provider=provider_name, event_id=event.id, provider_ref=event.ref,
                body=body.decode(errors="replace").replace("\0", ""), heard_at=at,
            )  # fmt: skip
            jobs.later(jobs.look_at_event, event=heard.pk)
    except IntegrityError:
        return None
    return heard


def look_at_event(heard: ProviderEvent, *, at: datetime) -> None:
    """Look at the payment that a message is about.

    Raises:
        payments.Unavailable
    """
    ref = payments.named(heard.provider).resolve(heard.provider_ref)
    if payment := Payment.objects.filter(provider=heard.provider, provider_ref=ref).first():
        look_at(payment, at=at)
    ProviderEvent.objects.filter(pk=heard.pk).update(handled_at=at)


def look_at(payment: Payment, *, at: datetime) -> None:
    """Ask the provider what has become of a payment, and do what follows from it. Any number of times.

    Raises:
        payments.Unavailable
    """
    told = payments.named(payment.provider).fetch_payment(payment.provider_ref)
    if told.state == "failed":
        open_ones = Payment.objects.filter(pk=payment.pk, state=Payment.State.OPEN)
        open_ones.update(state=Payment.State.FAILED, ended_at=at)
    elif told.state == "paid":
        ledger.transact(lambda: _arrived(payment.pk, told, at))
    if told.disputed_cents:
        ledger.transact(lambda: _disputed(payment.pk, told.disputed_cents, at))
    for refund in payment.refunds.filter(state=Refund.State.DONE, provider_ref__in=told.failed_refunds):
        _came_back(refund, at)


def _arrived(pk, told, at):
    """The money is there: the order is issued, or what arrived is given back."""
    from vouchers import jobs

    payment = Payment.objects.select_related("order__network__issuer", "order__shop").get(pk=pk)
    order = payment.order
    if payment.state in Payment.ARRIVED:
        return
    state = Payment.State.PAID
    if (told.cents, told.currency, told.order) != (order.total_cents, CURRENCY, order.ref):
        state = Payment.State.WRONG
    elif not _issue(order, at):
        state = Payment.State.SURPLUS
    # Who asked at the same moment waits for this row, or waited for the order's line in the journal.
    payment = Payment.objects.select_for_update().get(pk=pk)
    if payment.state in Payment.ARRIVED:
        return
    payment.state, payment.ended_at = state, at
    payment.got, payment.currency = told.cents, told.currency[:3]
    payment.save(update_fields=["state", "ended_at", "got", "currency"])
    if state == Payment.State.PAID:
        jobs.later(jobs.send_receipt, order=order.pk)
        if order.is_gift and (order.deliver_on is None or order.deliver_on <= lifecycle.city_day(at)):
            jobs.later(jobs.deliver, order=order.pk)
    elif told.cents:
        mistake = Refund.objects.create(payment=payment, cents=told.cents, reason=state.value, asked_at=at)
        jobs.later(jobs.give_back, refund=mistake.pk)


def _issue(order, at):
    """Whether the vouchers of an order were made by this."""
    first_day = lifecycle.city_day(at)
    last_day = lifecycle.months_after(first_day, order.network.valid_months)
    try:
        return not lifecycle.sell(
            order, lifecycle.Terms(order.network, first_day, last_day, order.shop), at=at
        ).again
    except ledger.NoSuchMove:
        return False


def _disputed(pk, cents, at):
    """The buyer's bank took so much back: her vouchers pay it as far as they can, and are frozen."""
    payment = Payment.objects.select_for_update().select_related("order").get(pk=pk)
    if payment.disputed_at or payment.state != Payment.State.PAID:
        return
    for voucher in _present(payment.order):
        part = min(cents, payment.order.amount_cents)
        if part:
            lifecycle.charge_back(voucher, part, key=f"dispute:{pk}:{voucher.pk}", at=at)
        cents -= part
    payment.disputed_at = at
    payment.save(update_fields=["disputed_at"])


def _present(order):
    """The vouchers of an order as they are now: of one that was replaced, the one that stands for it."""
    present = order.vouchers.filter(replaced_by=None).select_related(
        "account", "network__issuer", "shop", "order"
    )
    return list(present.order_by("account"))


def vouchers_of(order: Order) -> list[Voucher]:
    """The vouchers of an order as they are now, with their accounts."""
    return _present(order)


def may_readdress(order: Order, *, at: datetime) -> bool:
    """Whether the buyer may name somebody else for her gift.

    Until the day on which its mail leaves, as often as she likes. From then on once, as long as nothing of it was used. Where
    the mail came back, nobody has it: that address is corrected, whoever was named before.
    """
    if order.state != Order.State.PAID or not order.is_gift:
        return False
    if order.withdrawn_at or order.erased_at or order.undelivered_at:
        return False
    if not may_have_left(order, at=at):
        return True
    return order.readdressed_at is None and all(
        voucher.state == Voucher.State.ACTIVE and voucher.account.balance_cents == order.amount_cents
        for voucher in _present(order)
    )


def may_have_left(order: Order, *, at: datetime) -> bool:
    """Whether the mail of a paid gift left, or may be leaving at this moment."""
    return order.deliver_on is None or order.deliver_on <= lifecycle.city_day(at)


def readdress(order: Order, name: str, email: str, *, at: datetime) -> None:
    """Give the vouchers to somebody else. What may have left already is worth nothing where it went: the link that was mailed
    is dead, and each code is replaced.

    Raises:
        NotForAnother: see `may_readdress`.
        ledger.Refused: a voucher changed at the same moment. Nothing was changed.
    """
    from vouchers import jobs

    def work():
        kept = Order.objects.get(pk=order.pk)
        if not may_readdress(kept, at=at):
            raise NotForAnother
        columns = {"recipient_name": name, "recipient_email": email}
        if may_have_left(kept, at=at):
            for voucher in _present(kept):
                lifecycle.reissue(voucher, key=f"readdressed:{voucher.pk}", at=at)
            columns |= {"readdressed_at": at, "delivered_at": None, "resent": F("resent") + 1}
            jobs.later(jobs.deliver, order=order.pk)
        # Somebody else may have been quicker.
        if not Order.objects.filter(
            pk=order.pk, readdressed_at=kept.readdressed_at, withdrawn_at=None, erased_at=None
        ).update(**columns):
            raise NotForAnother

    ledger.transact(work)


def may_resend(order: Order) -> bool:
    """Whether the buyer may have the mail of her gift sent once more."""
    return bool(
        order.is_gift and order.delivered_at and order.resent < MOST_RESENT
        and not (order.withdrawn_at or order.erased_at)
    )  # fmt: skip


def resend(order: Order) -> bool:
    """Send the mail of a gift once more, as another message. Returns whether that was still to be done."""
    from vouchers import jobs

    with transaction.atomic():
        sent = Order.objects.filter(pk=order.pk, withdrawn_at=None, erased_at=None).exclude(
            delivered_at=None, undelivered_at=None
        )
        asked = bool(sent.update(delivered_at=None, undelivered_at=None, resent=F("resent") + 1))
        if asked:
            jobs.later(jobs.deliver, order=order.pk)
    return asked


def last_day_to_withdraw(order: Order) -> date | None:
    """The last day on which the buyer may withdraw; None while nothing is paid."""
    return order.paid_at and lifecycle.city_day(order.paid_at) + WITHDRAW_WITHIN


def withdrawable(order: Order, *, at: datetime) -> int:
    """Cents that a withdrawal would give back now."""
    last_day = last_day_to_withdraw(order)
    if last_day is None or lifecycle.city_day(at) > last_day or order.withdrawn_at or order.erased_at:
        return 0
    return sum(v.account.balance_cents for v in _present(order) if v.state == Voucher.State.ACTIVE)


def withdraw(order: Order, *, at: datetime) -> list[Refund]:
    """The buyer withdraws from her contract: what was not spent is void, and given back the way it came.

    Raises:
        NothingToWithdraw
        ledger.Refused: a voucher changed at the same moment. Nothing was withdrawn.
    """
    from vouchers import jobs

    def work():
        kept = Order.objects.get(pk=order.pk)
        if not withdrawable(kept, at=at):
            raise NothingToWithdraw
        paid = kept.payments.get(state=Payment.State.PAID)
        made = []
        for voucher in _present(kept):
            if voucher.state != Voucher.State.ACTIVE:
                continue
            try:
                posted = lifecycle.withdraw(voucher, key=f"withdrawn:{voucher.pk}", at=at)
            except ledger.Empty:
                continue
            cents = posted.transfers[0].amount_cents
            if not posted.again:
                made.append(
                    Refund(
                        payment=paid,
                        voucher=voucher,
                        cents=cents,
                        reason=Refund.Reason.WITHDRAWN,
                        asked_at=at,
                    )
                )
        if not made:
            raise NothingToWithdraw
        Refund.objects.bulk_create(made)
        Order.objects.filter(pk=order.pk).update(withdrawn_at=at)
        for refund in made:
            jobs.later(jobs.give_back, refund=refund.pk)
        jobs.later(jobs.acknowledge_withdrawal, order=order.pk)
        return made

    return ledger.transact(work)


def give_back(refund: Refund, *, at: datetime) -> None:
    """Have the provider give back what is due. Any number of times: the provider knows its key.

    Raises:
        payments.Unavailable
    """
    if refund.state != Refund.State.ASKED:
        return
    payment = refund.payment
    try:
        ref = payments.named(payment.provider).refund(
            payment.provider_ref, refund.cents, key=f"refund-{refund.pk}-{refund.tries}"
        )
    except payments.RefundRefused as refused:
        asked = Refund.objects.filter(pk=refund.pk, state=Refund.State.ASKED)
        asked.update(state=Refund.State.FAILED, failure=refused.code[:60], ended_at=at)
        return

    def work():
        if refund.voucher:
            lifecycle.refund(refund.voucher, key=_refunded(refund), at=at)
        asked = Refund.objects.filter(pk=refund.pk, state=Refund.State.ASKED)
        asked.update(state=Refund.State.DONE, provider_ref=ref, ended_at=at)

    ledger.transact(work)


def _refunded(refund):
    return f"refunded:{refund.pk}:{refund.tries}"


def _came_back(refund, at):
    """A refund that was made did not reach the buyer: it is due to her again, and a person must see to it."""

    def work():
        if refund.voucher:
            lifecycle.refund_came_back(
                refund.voucher, _refunded(refund), key=f"came-back:{refund.pk}:{refund.tries}", at=at
            )
        done = Refund.objects.filter(pk=refund.pk, state=Refund.State.DONE)
        done.update(state=Refund.State.FAILED, failure="came-back", ended_at=at)

    ledger.transact(work)


def ask_again(refund: Refund, *, at: datetime) -> None:
    """After the provider had refused: try once more."""
    from vouchers import jobs

    with transaction.atomic():
        failed = Refund.objects.filter(pk=refund.pk, state=Refund.State.FAILED)
        asked = {"state": Refund.State.ASKED, "failure": "", "asked_at": at, "ended_at": None}
        if failed.update(tries=F("tries") + 1, **asked):
            jobs.later(jobs.give_back, refund=refund.pk)


def abandon(*, at: datetime) -> int:
    """Orders that nobody has paid within half an hour. One that is paid later all the same is issued. Returns how many."""
    waiting = Order.objects.filter(state=Order.State.OPEN, placed_at__lte=at - ABANDON_AFTER)
    return waiting.update(state=Order.State.ABANDONED)


def to_reconcile(*, at: datetime):
    """Payments to ask about, because nothing was heard of them."""
    return Payment.objects.filter(
        state=Payment.State.OPEN, begun_at__lte=at - ASK_AFTER, begun_at__gt=at - ASK_FOR
    ).order_by("pk")


def erase(order: Order, *, at: datetime) -> None:
    """Forget who bought it and for whom. The vouchers stay good for whoever has their codes."""
    with transaction.atomic():
        Order.objects.filter(pk=order.pk, erased_at=None).update(
            erased_at=at, hide_amount=False, **dict.fromkeys(Order.PERSONAL, "")
        )
        of_hers = Q()
        for provider, ref in order.payments.values_list("provider", "provider_ref"):
            of_hers |= Q(provider=provider, provider_ref=ref)
        if of_hers:
            ProviderEvent.objects.filter(of_hers).update(body="")
        order.payments.update(address="")


def new_ref() -> str:
    """A reference that nobody guesses the next of."""
    return "".join(secrets.choice(codes.ALPHABET) for _place in range(_REF_LENGTH))


def _ref_of(key):
    """The reference of the order that a form makes, which whoever sent the form could not choose."""
    digest = int.from_bytes(salted_hmac("vouchers.order", key, algorithm="sha256").digest())
    return "".join(codes.ALPHABET[(digest >> 5 * place) % 32] for place in range(_REF_LENGTH))
