"""What comes to an end: holders are reminded, closed vouchers give up what is left, buyers are forgotten."""

from datetime import datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q

from vouchers import buying, ledger, lifecycle
from vouchers.models import Network, Notice, Order, ProviderEvent, Voucher

# Days before the end at which a holder is reminded. One who bought it too late for the first gets the next.
REMIND_DAYS = (180, 60, 14, 1)
# An order that was never paid names nobody after that; one that was, a year after its last voucher is over.
FORGET_UNPAID, FORGET_PAID = timedelta(days=30), timedelta(days=365)
# What a provider sent is kept as it came for as long as a dispute may come up.
FORGET_EVENTS = timedelta(days=400)
AT_ONCE = 500


def to_remind(*, at: datetime) -> list[tuple[Voucher, int]]:
    """Vouchers whose holders are reminded today, each with the days before its end that are meant; bounded."""
    today = lifecycle.city_day(at)
    found = []
    for days, following in zip(REMIND_DAYS, (*REMIND_DAYS[1:], -1), strict=True):
        told = Notice.objects.filter(
            voucher=OuterRef("pk"), expires_on=OuterRef("expires_on"), days__lte=days
        )
        due = Voucher.objects.filter(
            ~Exists(told),
            state=Voucher.State.ACTIVE,
            account__balance_cents__gt=0,
            order__erased_at=None,
            order__isnull=False,
            expires_on__range=(today + timedelta(days=following + 1), today + timedelta(days=days)),
        )
        # Nobody who has just bought one is told that it ends.
        due = due.exclude(issued_on__gt=F("expires_on") - timedelta(days=days))
        found += [(voucher, days) for voucher in due.order_by("pk")[: AT_ONCE - len(found)]]
    return found


def remind(voucher: Voucher, days: int, *, at: datetime) -> None:
    """Note that a holder is reminded, and have it done: once for each of the days."""
    from vouchers import jobs

    _notice, is_new = Notice.objects.get_or_create(
        voucher=voucher, days=days, expires_on=voucher.expires_on, defaults={"sent_at": at}
    )
    if is_new:
        jobs.later(jobs.send_reminder, voucher=voucher.pk, days=days)


def close_what_is_over(*, at: datetime) -> int:
    """What is left on vouchers past their end and their time of grace goes where they say. Returns how many were closed."""
    closed = 0
    for network in Network.objects.select_related("issuer"):
        last_day = lifecycle.months_after(lifecycle.city_day(at), -network.grace_months)
        over = network.vouchers.select_related("account", "network__issuer").filter(
            expires_on__lt=last_day, account__balance_cents__gt=0, state=Voucher.State.ACTIVE
        )
        for voucher in over.order_by("pk")[:AT_ONCE]:
            # The months of grace have ends of their own: of a 31 August, 28 February.
            if lifecycle.months_after(voucher.expires_on, network.grace_months) >= lifecycle.city_day(at):
                continue
            try:
                posted = lifecycle.close(
                    voucher, network.rest_goes_to, key=f"closed:{voucher.pk}:{voucher.expires_on}", at=at
                )
            except (ledger.NoSuchMove, ledger.Empty):
                continue  # spent, extended or frozen at this moment
            closed += not posted.again
    return closed


def forget(*, at: datetime) -> int:
    """Erase the buyers of orders that are long over. Returns how many orders were erased."""
    going_on = Voucher.objects.filter(order=OuterRef("pk")).filter(
        Q(state=Voucher.State.FROZEN)
        | Q(state=Voucher.State.ACTIVE, account__balance_cents__gt=0)
        | Q(expires_on__gt=(at - FORGET_PAID).date())
    )
    over = Order.objects.filter(erased_at=None).filter(
        Q(placed_at__lte=at - FORGET_UNPAID, state__in=[Order.State.OPEN, Order.State.ABANDONED])
        | Q(~Exists(going_on), state=Order.State.PAID, paid_at__lte=at - FORGET_PAID)
    )
    erased = 0
    for order in over.order_by("pk")[:AT_ONCE]:
        buying.erase(order, at=at)
        erased += 1
    ProviderEvent.objects.filter(heard_at__lte=at - FORGET_EVENTS).delete()
    return erased
