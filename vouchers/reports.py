"""What the books say of a period or of a day, for the City's finance and its auditors. All of it is read from the journal.

A reversal is counted in the day on which it was made, with a minus under what it takes back: a month that was closed
does not change afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Sum

from districts.models import District
from shops.models import Shop
from vouchers import lifecycle
from vouchers.models import Account, Campaign, ChainLink, Issuer, MonthClosing, Transaction, Transfer
from vouchers.sealing import GENESIS

Kind, AccountKind = Transaction.Kind, Account.Kind
# What moved, in the order of a report: its name, the kinds of transaction, the account that it leaves and that it reaches.
FLOWS = {
    "sold": ((Kind.ORDER_PAID,), AccountKind.PSP_CLEARING, AccountKind.VOUCHER),
    "given": ((Kind.GRANTED,), AccountKind.CAMPAIGN_BUDGET, AccountKind.VOUCHER),
    "redeemed": ((Kind.REDEEMED,), AccountKind.VOUCHER, AccountKind.MERCHANT_PAYABLE),
    "corrected": ((Kind.CORRECTED,), AccountKind.MERCHANT_PAYABLE, AccountKind.VOUCHER),
    "bonus": ((Kind.REDEEMED,), AccountKind.CAMPAIGN_BUDGET, AccountKind.MERCHANT_PAYABLE),
    "withdrawn": ((Kind.WITHDRAWN,), AccountKind.VOUCHER, AccountKind.REFUND_DUE),
    "refunded": ((Kind.REFUNDED,), AccountKind.REFUND_DUE, AccountKind.PSP_CLEARING),
    "charged_back": ((Kind.CHARGED_BACK,), None, AccountKind.PSP_CLEARING),
    "expired": ((Kind.EXPIRED,), AccountKind.VOUCHER, AccountKind.BREAKAGE),
    "donated": ((Kind.DONATED,), AccountKind.VOUCHER, AccountKind.BREAKAGE),
    "breakage_paid": ((Kind.BREAKAGE_PAID,), AccountKind.BREAKAGE, AccountKind.BANK),
    "paid_out": ((Kind.PAYOUT_CONFIRMED,), AccountKind.PAYOUT_IN_TRANSIT, AccountKind.BANK),
    "loaded": ((Kind.BUDGET_LOADED,), AccountKind.BANK, AccountKind.CAMPAIGN_BUDGET),
    "provider_paid": ((Kind.PSP_PAID_OUT,), AccountKind.BANK, AccountKind.PSP_CLEARING),
    "fees": ((Kind.PSP_PAID_OUT,), AccountKind.CAMPAIGN_BUDGET, AccountKind.PSP_CLEARING),
    "written_off": ((Kind.WRITTEN_OFF,), AccountKind.LOSS, None),
}
# What is owed, in the order of a report; the rest is what the outside world holds for us.
OWED = (
    AccountKind.VOUCHER, AccountKind.MERCHANT_PAYABLE, AccountKind.CAMPAIGN_BUDGET, AccountKind.REFUND_DUE,
    AccountKind.PAYOUT_IN_TRANSIT, AccountKind.BREAKAGE, AccountKind.LOSS,
)  # fmt: skip


class NotOver(ValueError):
    """The month is not over yet, or not everything of it is sealed."""


class Closed(ValueError):
    """It was closed before."""


def balances(issuer: Issuer, on: date) -> dict[str, int]:
    """What stood on each kind of account at the end of a day, in cents, replayed from the journal."""
    _begin, end = lifecycle.bounds_of(on)
    return _stood(issuer, Transfer.objects.filter(txn__created_at__lt=end))


def balances_at(issuer: Issuer, seq: int) -> dict[str, int]:
    """What the transactions up to a place in the chain leave on each kind of account, in cents: it says the same for ever."""
    return _stood(issuer, Transfer.objects.filter(txn__link__seq__lte=seq))


def _stood(issuer, transfers):
    found = dict.fromkeys(AccountKind.values, 0)
    for side, sign in (("target", 1), ("source", -1)):
        of_issuer = transfers.filter(**{f"{side}__issuer": issuer})
        for kind, cents in of_issuer.values_list(f"{side}__kind").annotate(Sum("amount_cents")).order_by():
            found[kind] += sign * cents
    return found


def owed(found: dict[str, int]) -> int:
    """Of `balances`, what is owed: the other side of what bank and provider hold for us."""
    return sum(found[kind] for kind in OWED)


def held(found: dict[str, int]) -> int:
    """Of `balances`, what bank and provider hold for us."""
    return -found[AccountKind.BANK] - found[AccountKind.PSP_CLEARING]


@dataclass(frozen=True)
class Month:
    """What moved in a month, in cents, by the names of `FLOWS`."""

    begins_on: date
    flows: dict[str, int]


def months(issuer: Issuer, first: date, last: date) -> list[Month]:
    """What moved from the month of a day to that of another, one entry for each month. One query."""
    begins = list(_months_between(first, last))
    start, _end = lifecycle.bounds_of(begins[0])
    end, _end = lifecycle.bounds_of(_next_month(begins[-1]))
    sums = {month: dict.fromkeys(FLOWS, 0) for month in begins}
    for month, *leg, cents in _legs(issuer, start, end, "month"):
        for name in _flows_of(*leg):
            sums[month][name] += cents
    return [Month(month, flows) for month, flows in sums.items()]


def spent_in(issuer: Issuer, begin: datetime, end: datetime) -> int:
    """Cents that shops took from vouchers between two instants, less what was taken back then."""
    legs = _legs(issuer, begin, end, "year")
    return sum(cents for *leg, cents in legs for name in _flows_of(*leg[1:]) if name == "redeemed")


def _flows_of(kind, source, target):
    for name, (kinds, leaves, reaches) in FLOWS.items():
        if kind in kinds and leaves in (None, source) and reaches in (None, target):
            yield name
    if kind == Kind.WRITTEN_OFF and target == AccountKind.LOSS:
        yield "written_off"


def _legs(issuer, begin, end, part):
    """Sums of what moved, by month or year in the city, kind, and kinds of account; a reversal has the kind it takes back."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT date_trunc(%(part)s, x.created_at AT TIME ZONE %(zone)s)::date,
                coalesce(o.kind, x.kind),
                CASE WHEN o.id IS NULL THEN s.kind ELSE t.kind END,
                CASE WHEN o.id IS NULL THEN t.kind ELSE s.kind END,
                sum(CASE WHEN o.id IS NOT NULL THEN -l.amount_cents
                    WHEN x.kind = 'written_off' AND t.kind = 'loss' THEN -l.amount_cents
                    ELSE l.amount_cents END)::bigint
            FROM vouchers_transaction x
            JOIN vouchers_transfer l ON l.txn_id = x.id
            JOIN vouchers_account s ON s.id = l.source_id
            JOIN vouchers_account t ON t.id = l.target_id
            LEFT JOIN vouchers_transaction o ON o.id = x.reverses_id
            WHERE x.created_at >= %(begin)s AND x.created_at < %(end)s AND s.issuer_id = %(issuer)s
            GROUP BY 1, 2, 3, 4
            """,
            {"part": part, "zone": lifecycle.zone().key, "begin": begin, "end": end, "issuer": issuer.pk},
        )
        return cursor.fetchall()


@dataclass(frozen=True)
class DistrictRow:
    district: District
    shops: int
    cents: int


def by_district(issuer: Issuer, first: date, last: date) -> list[DistrictRow]:
    """What the shops of each district took in these days, the most first; with how many shops. Three queries."""
    taken = _by_shop(issuer, first, last)
    at = dict(Shop.objects.filter(pk__in=taken).values_list("pk", "district"))
    sums = {}
    for shop, cents in taken.items():
        number, sum_ = sums.get(at[shop], (0, 0))
        sums[at[shop]] = (number + 1, sum_ + cents)
    districts = District.objects.in_bulk(sums)
    rows = [DistrictRow(districts[pk], number, cents) for pk, (number, cents) in sums.items()]
    return sorted(rows, key=lambda row: (-row.cents, row.district.pk))


def _by_shop(issuer, first, last):
    begin, _end = lifecycle.bounds_of(first)
    _begin, end = lifecycle.bounds_of(last)
    legs = Transfer.objects.filter(txn__created_at__gte=begin, txn__created_at__lt=end)
    sums = {}
    for kind, side, other, sign in (
        (Kind.REDEEMED, "target", "source", 1),
        (Kind.REVERSED, "source", "target", -1),
        (Kind.CORRECTED, "source", "target", -1),
    ):
        of_shops = legs.filter(
            **{
                "txn__kind": kind,
                f"{side}__kind": AccountKind.MERCHANT_PAYABLE,
                f"{other}__kind": AccountKind.VOUCHER,
                f"{side}__issuer": issuer,
            }
        )
        for owner, cents in of_shops.values_list(f"{side}__owner").annotate(Sum("amount_cents")).order_by():
            shop = int(owner.partition(":")[2])
            sums[shop] = sums.get(shop, 0) + sign * cents
    return sums


@dataclass(frozen=True)
class CampaignRow:
    campaign: Campaign
    handed_cents: int
    left_cents: int
    budget_cents: int


def by_campaign(issuer: Issuer) -> list[CampaignRow]:
    """What each campaign handed over, what of it is still on vouchers, what its budget still has. Three queries."""
    campaigns = list(Campaign.objects.public().filter(network__issuer=issuer).order_by("-starts_on", "-pk"))
    ids = [campaign.pk for campaign in campaigns]
    handed = dict(
        Transfer.objects.filter(txn__kind=Kind.GRANTED, target__voucher__batch__campaign__in=ids)
        .values_list("target__voucher__batch__campaign")
        .annotate(Sum("amount_cents"))
        .order_by()
    )
    left = dict(
        Account.objects.filter(voucher__batch__campaign__in=ids)
        .values_list("voucher__batch__campaign")
        .annotate(Sum("balance_cents"))
        .order_by()
    )
    budgets = dict(
        Account.objects.filter(issuer=issuer, kind=AccountKind.CAMPAIGN_BUDGET).values_list(
            "owner", "balance_cents"
        )
    )
    return [
        CampaignRow(each, handed.get(each.pk, 0), left.get(each.pk, 0), budgets.get(each.budget_name, 0))
        for each in campaigns
    ]


@dataclass(frozen=True)
class Volume:
    """What was spent in the twelve months up to a day, against what the supervisor must be told of."""

    cents: int
    notify_cents: int

    @property
    def percent(self) -> int:
        """Rounded down."""
        return max(0, self.cents) * 100 // self.notify_cents


def volume(issuer: Issuer, on: date) -> Volume:
    """The rolling volume of a limited network: payments of the preceding twelve months (directive 2015/2366, article 37)."""
    begin, _end = lifecycle.bounds_of(lifecycle.months_after(on, -12) + timedelta(days=1))
    _begin, end = lifecycle.bounds_of(on)
    return Volume(spent_in(issuer, begin, end), issuer.notify_cents)


def month_of(issuer: Issuer, month: date) -> dict:
    """What is kept of a month that is closed: what stood on each kind of account at its end, and what moved in it."""
    (found,) = months(issuer, month, month)
    return {"balances": balances(issuer, _next_month(month) - timedelta(days=1)), "flows": found.flows}


def close_month(issuer: Issuer, month: date, *, by: int, at: datetime) -> MonthClosing:
    """Keep a month as it stands, with the head of the chain at this moment.

    Args:
        month: its first day.

    Raises:
        NotOver: it is not over, or something of it is not sealed yet.
        Closed: somebody closed it before.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLOSING, issuer.pk])
        if MonthClosing.objects.filter(issuer=issuer, month=month).exists():
            raise Closed
        _begin, end = lifecycle.bounds_of(_next_month(month) - timedelta(days=1))
        if at < end or Transaction.objects.filter(link=None, created_at__lt=end).exists():
            raise NotOver
        last = ChainLink.objects.order_by("-seq").first()
        return MonthClosing.objects.create(
            issuer=issuer, month=month, figures=month_of(issuer, month), seq=last.seq if last else 0,
            head=last.hash if last else GENESIS, closed_by=by, closed_at=at,
        )  # fmt: skip


def differs(closing: MonthClosing) -> bool:
    """Whether the journal says something else today than when the month was closed, of what was kept of it then."""
    now = month_of(closing.issuer, closing.month)
    return any(
        now[part].get(name) != cents for part, kept in closing.figures.items() for name, cents in kept.items()
    )


def to_close(issuer: Issuer, today: date) -> date | None:
    """The first month that is over and not closed; None while there is none."""
    last = (
        MonthClosing.objects.filter(issuer=issuer).order_by("-month").values_list("month", flat=True).first()
    )
    if last is not None:
        month = _next_month(last)
    else:
        first = Transaction.objects.filter(transfers__source__issuer=issuer).order_by("created_at").first()
        if first is None:
            return None
        month = lifecycle.city_day(first.created_at).replace(day=1)
    return month if _next_month(month) <= today else None


def months_to_close(issuer: Issuer, today: date) -> int:
    """How many months are over and not closed."""
    first = to_close(issuer, today)
    return sum(_next_month(month) <= today for month in _months_between(first, today)) if first else 0


def _months_between(first: date, last: date) -> Iterable[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = _next_month(month)


def _next_month(day: date) -> date:
    return lifecycle.months_after(day.replace(day=1), 1)


# One closing at a time for an issuer: the first half of the lock's name.
_CLOSING = 4711
