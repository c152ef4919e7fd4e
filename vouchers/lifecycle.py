"""What becomes of a voucher besides being spent: issued, frozen, given up, replaced, ended.

Every verb takes the key of its request, so that a second click does nothing, and `at`, an aware instant. It raises what
`vouchers.ledger` names, and then nothing has changed.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import DateField, DateTimeField, Func, Value

from districts.models import City
from shops.models import Shop
from vouchers import codes, ledger
from vouchers.ledger import Leg, Posted
from vouchers.models import Account, Batch, Grant, Network, Order, Transaction, Voucher

Kind, State = Transaction.Kind, Voucher.State
# How long before its end a holder may extend a voucher: from the first reminder on.
EXTENDED_BEFORE_ITS_END = timedelta(days=180)
BY_HOLDER = "holder"


@dataclass(frozen=True)
class Terms:
    """Where a voucher is good, and its first and last day in the city's own time."""

    network: Network
    issued_on: date
    expires_on: date
    shop: Shop | None = None

    def as_details(self):
        return {
            "network": self.network.pk,
            "shop": self.shop and self.shop.pk,
            "issued_on": self.issued_on.isoformat(),
            "expires_on": self.expires_on.isoformat(),
        }


def prepare(batch: Batch, number: int, *, after: int = 0) -> list[Voucher]:
    """Make vouchers of a campaign that hold nothing and that nobody has yet.

    Args:
        after: the last number that the batch has already; theirs go on from there.
    """
    places = range(after + 1, after + number + 1)
    return _new(batch.campaign.network, None, number, places=places, batch=batch, state=State.PREPARED)


def prepare_for(decided: Grant) -> Voucher:
    """Make the one voucher of a grant that two people have decided. It holds nothing yet."""
    (voucher,) = _new(decided.network, None, 1, grant=decided, state=State.PREPARED)
    return voucher


def sell(order: Order, terms: Terms, *, at: datetime) -> Posted:
    """Issue the vouchers of an order that was paid just now, once for ever: a second call is answered with the first.

    Raises:
        NoSuchMove: the buyer was erased since; nobody could be told of her vouchers.
    """
    outside = ledger.account(terms.network.issuer, Account.Kind.PSP_CLEARING)
    cents = [order.amount_cents] * order.quantity

    def legs(_locked):
        kept = Order.objects.select_for_update().get(pk=order.pk)
        if kept.erased_at:
            raise ledger.NoSuchMove
        kept.state, kept.paid_at = Order.State.PAID, at
        kept.save(update_fields=["state", "paid_at"])
        made = _new(
            terms.network, terms.shop, order.quantity, order=order, issued_on=terms.issued_on,
            expires_on=terms.expires_on,
        )  # fmt: skip
        return [Leg(outside, voucher.account, part) for voucher, part in zip(made, cents, strict=True)]

    name = f"order:{order.pk}"
    return ledger.transact(
        lambda: ledger.post(
            Kind.ORDER_PAID,
            "order",
            name,
            legs,
            at=at,
            # Not the days: paid twice on two days is paid twice, not another order.
            request={"cents": cents},
            subject=name,
            details=terms.as_details(),
        )
    )


def grant(
    voucher: Voucher,
    cents: int,
    *,
    budget: Account,
    issued_on: date,
    expires_on: date,
    key: str,
    at: datetime,
    actor: int | None = None,
) -> Posted:
    """Hand a prepared voucher over: the budget of the campaign or of the grant that decided it pays it.

    Raises:
        NoSuchMove: it was handed over before, whatever became of it since; or it was cancelled.
        NotDecided: another amount, budget or day was decided, or the campaign is not open.
    """
    terms = Terms(voucher.network, issued_on, expires_on, voucher.shop)

    def legs(_locked):
        _move(voucher, State.ACTIVE, only=State.PREPARED, issued_on=issued_on, expires_on=expires_on)
        return [Leg(budget, voucher.account, cents)]

    return _post(
        Kind.GRANTED,
        voucher,
        legs,
        key=key,
        at=at,
        actor=actor,
        others=[budget],
        request={"cents": cents, "budget": budget.pk, **terms.as_details()},
        details=terms.as_details(),
    )


def cancel(voucher: Voucher, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """Give up a voucher that was prepared and never handed over."""
    return _change(Kind.CANCELLED, voucher, State.VOID, only=State.PREPARED, key=key, at=at, actor=actor)


def freeze(voucher: Voucher, *, reason: str, key: str, at: datetime, actor: int | None = None) -> Posted:
    """Nothing is taken from it until it is released. `reason` is a code."""
    return _change(Kind.FROZEN, voucher, State.FROZEN, key=key, at=at, actor=actor, reason=reason)


def release(voucher: Voucher, *, reason: str, key: str, at: datetime, actor: int | None = None) -> Posted:
    return _change(
        Kind.RELEASED, voucher, State.ACTIVE, only=State.FROZEN, key=key, at=at, actor=actor, reason=reason
    )


def extend(voucher: Voucher, until: date, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """Make it good until a later day; also when it has expired, as long as it was not closed."""

    def legs(_locked):
        kept = _locked_row(voucher)
        if kept.state not in (State.ACTIVE, State.FROZEN) or until <= kept.expires_on:
            raise ledger.NoSuchMove
        kept.expires_on = until
        kept.save(update_fields=["expires_on"])
        return []

    return _post(
        Kind.EXTENDED,
        voucher,
        legs,
        key=key,
        at=at,
        actor=actor,
        request={"until": until.isoformat()},
        details={"expires_on": until.isoformat()},
    )


def extend_for_holder(voucher: Voucher, *, key: str, at: datetime) -> Posted:
    """Make it good for longer, as its holder may once: near its end, and in the time of grace after it.

    Raises:
        NoSuchMove: too early, too late, a second time, or it is not active.
    """

    def work():
        today = city_day(at)
        until = extension_of(Voucher.objects.select_related("network").get(pk=voucher.pk), today=today)
        if until is None and not Transaction.objects.filter(scope="voucher", idem_key=key).exists():
            raise ledger.NoSuchMove

        def legs(_locked):
            kept = _locked_row(voucher)
            if extension_of(kept, today=today, besides=key) != until:
                raise ledger.Busy  # somebody was first
            kept.expires_on = until
            kept.save(update_fields=["expires_on"])
            return []

        details = {"expires_on": until and until.isoformat()}
        return _post(Kind.EXTENDED, voucher, legs, key=key, at=at, reason=BY_HOLDER, details=details)

    return ledger.transact(work)


def extension_of(voucher: Voucher, *, today: date, besides: str = "") -> date | None:
    """Until when its holder may extend it now; None when she may not.

    Args:
        today: the day in the city.
        besides: the key of an extension that does not count.
    """
    if voucher.state != State.ACTIVE:
        return None
    opens_on = voucher.expires_on - EXTENDED_BEFORE_ITS_END
    closes_on = months_after(voucher.expires_on, voucher.network.grace_months)
    if not opens_on <= today <= closes_on:
        return None
    extended = Transaction.objects.filter(
        subject=f"voucher:{voucher.pk}", kind=Kind.EXTENDED, reason=BY_HOLDER
    ).exclude(idem_key=besides)
    if extended.exists():
        return None
    return months_after(max(today, voucher.expires_on), voucher.network.extension_months)


def months_after(day: date, months: int) -> date:
    """The same day so many months later, or the month's last where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def withdraw(voucher: Voucher, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """The buyer withdraws from the contract: what was not spent is due to her, and the voucher is void."""
    due = refund_due(voucher)

    def legs(kept, left):
        # A frozen one may have been paid back by the buyer's bank already.
        if kept.state != State.ACTIVE:
            raise ledger.NoSuchMove
        return [Leg(voucher.account, due, left)]

    return _empty(Kind.WITHDRAWN, voucher, legs, [due], key, at, actor)


def refund(voucher: Voucher, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """The payment provider has given back what was due for this voucher."""
    due, outside = refund_due(voucher), ledger.account(voucher.network.issuer, Account.Kind.PSP_CLEARING)
    return _post(
        Kind.REFUNDED,
        voucher,
        lambda locked: [Leg(due, outside, _something(locked[due.pk].balance_cents))],
        key=key,
        at=at,
        actor=actor,
        others=[due, outside],
    )


def refund_came_back(voucher: Voucher, refunded: str, *, key: str, at: datetime) -> Posted:
    """What was given back for this voucher did not arrive: it is due again.

    Args:
        refunded: the key with which the refund was booked.
    """
    done = Transaction.objects.get(scope="voucher", idem_key=refunded)
    (paid,) = done.transfers.select_related("source", "target")
    back = Leg(paid.target, paid.source, paid.amount_cents)
    return ledger.transact(
        lambda: ledger.post(
            Kind.REVERSED,
            "voucher",
            key,
            [back],
            at=at,
            subject=done.subject,
            reason="refund_came_back",
            reverses=done,
        )
    )


def refund_due(voucher: Voucher) -> Account:
    return ledger.account(voucher.network.issuer, Account.Kind.REFUND_DUE, f"voucher:{voucher.pk}")


def charge_back(voucher: Voucher, cents: int, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """The buyer's bank took these cents back: what is left pays it, the rest is a loss, and the voucher is frozen."""
    issuer = voucher.network.issuer
    outside, loss = (ledger.account(issuer, kind) for kind in (Account.Kind.PSP_CLEARING, Account.Kind.LOSS))

    def legs(locked):
        if _locked_row(voucher).state == State.ACTIVE:
            _move(voucher, State.FROZEN)
        left = min(cents, locked[voucher.account_id].balance_cents)
        parts = [(voucher.account, left), (loss, cents - left)]
        return [Leg(source, outside, part) for source, part in parts if part]

    return _post(
        Kind.CHARGED_BACK,
        voucher,
        legs,
        key=key,
        at=at,
        actor=actor,
        others=[outside, loss],
        request={"cents": cents},
    )


def reissue(voucher: Voucher, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """Replace a lost voucher: a new one of the same terms holds what was left, the old one is void.

    The new voucher is that of the one transfer's target.
    """

    def work():
        seen = Voucher.objects.get(pk=voucher.pk)
        if seen.issued_on is None:
            raise ledger.NoSuchMove
        terms = Terms(seen.network, seen.issued_on, seen.expires_on, seen.shop)

        def legs(locked):
            kept = _locked_row(voucher)
            if kept.state != State.ACTIVE:
                raise ledger.NoSuchMove
            if kept.expires_on != terms.expires_on:
                raise ledger.Busy  # extended since it was seen
            left = _something(locked[voucher.account_id].balance_cents)
            (new,) = _new(
                terms.network, terms.shop, 1, order=kept.order, replaces=kept, issued_on=terms.issued_on,
                expires_on=terms.expires_on,
            )  # fmt: skip
            _move(voucher, State.VOID)
            return [Leg(voucher.account, new.account, left)]

        return _post(Kind.REISSUED, voucher, legs, key=key, at=at, actor=actor, details=terms.as_details())

    return ledger.transact(work)


def may_donate(voucher: Voucher, *, today: date) -> bool:
    """Whether its holder may give away what is left: little enough, still to be spent, and said where it goes.

    Args:
        today: the day in the city.
    """
    return _is_for_donating(voucher, voucher.network, voucher.account.balance_cents, today)


def _is_for_donating(voucher, network, left, today):
    return (
        voucher.state == State.ACTIVE
        and voucher.expires_on >= today
        and 0 < left <= network.donate_most_cents
        and bool(network.rest_words)
    )


def donate(voucher: Voucher, *, key: str, at: datetime) -> Posted:
    """Its holder gives what is left to where the rest of expired vouchers goes; it is void then.

    Raises:
        NoSuchMove: this one may not be given away; see `may_donate`.
        Empty: nothing is left.
    """
    network = voucher.network
    rest = ledger.account(network.issuer, Account.Kind.BREAKAGE, network.rest_goes_to)

    def legs(kept, left):
        if not _is_for_donating(kept, network, left, city_day(at)):
            raise ledger.NoSuchMove
        return [Leg(voucher.account, rest, left)]

    return _empty(Kind.DONATED, voucher, legs, [rest], key, at, None)


def close(voucher: Voucher, destination: str, *, key: str, at: datetime, actor: int | None = None) -> Posted:
    """Expired, and the time of grace is over: what is left goes where the voucher says it does.

    Args:
        destination: the owner of the account that takes it, as « social-fund ».

    Raises:
        NoSuchMove: it has not expired.
    """
    breakage = ledger.account(voucher.network.issuer, Account.Kind.BREAKAGE, destination)

    def legs(kept, left):
        if kept.expires_on >= city_day(at):
            raise ledger.NoSuchMove
        return [Leg(voucher.account, breakage, left)]

    return _empty(Kind.EXPIRED, voucher, legs, [breakage], key, at, actor)


def city_day(at: datetime, city: City | None = None) -> date:
    """The day that an instant is on in the city. A page has its `request.city`; otherwise the database is asked."""
    return at.astimezone(city.tz if city else zone()).date()


class CityDay(Func):
    """The day that an instant is on in the city, as the database reckons it."""

    template = "(%(expressions)s AT TIME ZONE (SELECT time_zone FROM districts_city))::date"
    output_field = DateField()

    def __init__(self, at: datetime):
        super().__init__(Value(at, output_field=DateTimeField()))


def bounds_of(day: date) -> tuple[datetime, datetime]:
    """When a day begins in the city, and when the next one does: 23, 24 or 25 hours later."""
    here = zone()
    return tuple(datetime.combine(each, time.min, here) for each in (day, day + timedelta(days=1)))


def in_the_city(at: datetime) -> datetime:
    """An instant by the city's clock, wherever it is asked for."""
    return at.astimezone(zone())


def zone() -> ZoneInfo:
    """The city's own time."""
    return ZoneInfo(City.objects.values_list("time_zone", flat=True).get())


def _new(network, shop, number, *, places=None, **columns) -> list[Voucher]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence('vouchers_voucher', 'id')) FROM generate_series(1, %s)",
            [number],
        )
        pks = [pk for (pk,) in cursor.fetchall()]
    accounts = ledger.new_accounts(network.issuer, Account.Kind.VOUCHER, [f"voucher:{pk}" for pk in pks])
    made = [
        Voucher(pk=pk, account=account, network=network, shop=shop, place=place, **columns)
        for pk, account, place in zip(pks, accounts, places or [None] * number, strict=True)
    ]
    for voucher in made:
        voucher.keep_code(codes.draw())
    return Voucher.objects.bulk_create(made)


def _change(kind, voucher, state, *, only=None, **how):
    def legs(_locked):
        _move(voucher, state, only=only)
        return []

    return _post(kind, voucher, legs, **how)


def _empty(kind, voucher, legs_of, others, key, at, actor):
    """All that is left leaves, by these legs, and the voucher is void."""

    def legs(locked):
        found = legs_of(_locked_row(voucher), _something(locked[voucher.account_id].balance_cents))
        _move(voucher, State.VOID)
        return found

    return _post(kind, voucher, legs, key=key, at=at, actor=actor, others=others)


def _something(cents):
    if not cents:
        raise ledger.Empty
    return cents


def _post(kind, voucher, legs, *, key, at, actor=None, others=(), request=None, details=None, reason=""):
    return ledger.transact(
        lambda: ledger.post(
            kind,
            "voucher",
            key,
            legs,
            at=at,
            request=request or {},
            accounts=[voucher.account, *others],
            subject=f"voucher:{voucher.pk}",
            details=details,
            actor=actor,
            reason=reason,
        )
    )


def _locked_row(voucher):
    """The voucher as it is now, under its account's lock."""
    return Voucher.objects.select_for_update().get(pk=voucher.pk)


def _move(voucher, state, *, only=None, **columns):
    kept = _locked_row(voucher)
    if state not in Voucher.MOVES[kept.state] or (only is not None and kept.state != only):
        raise ledger.NoSuchMove
    kept.state = state
    for name, value in columns.items():
        setattr(kept, name, value)
    kept.save(update_fields=["state", *columns])
