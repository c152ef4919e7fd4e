"""What stands out among a week's sales, for somebody of the finance desk to look at twice. Nothing follows from it by itself.

Each sign is a plain rule with a number beside it, so that whoever is asked about a sale can be told why. None of them is
a proof: a baker may well take ten vouchers in ten minutes on a Saturday.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import connection

from shops import catalogue, reference
from shops.models import Catalogue, Shop
from shops.opening_hours.engine import Light
from vouchers import lifecycle, till
from vouchers.models import Issuer, PayoutHold, Sign, Transaction, WeekReview

# So many sales of a shop within so long.
BURST_SALES, BURST_WITHIN = 10, timedelta(minutes=10)
# From how many cents a week, and how many per cent of them by one buyer.
ONE_BUYER_CENTS, ONE_BUYER_PERCENT = 100_00, 80
# Of at least so many sales that left something on the voucher, so many per cent in whole steps of so many cents.
ROUND_SALES, ROUND_PERCENT, ROUND_CENTS = 10, 90, 5_00
# In the city, and only where the shop says that it is closed then.
NIGHT_HOURS = range(5)
# What one page shows of a week, the shops with the most signs first.
MOST_SHOPS, MOST_LINES = 50, 50


@dataclass(frozen=True)
class Line:
    """A sale that stands out. `cents` is what it brought the shop; `hold`, what keeps it back now."""

    sale: int
    at: datetime
    cents: int
    voucher: int
    last4: str
    signs: list[Sign]
    hold: PayoutHold | None = None


@dataclass(frozen=True)
class Found:
    """A shop's sales of a week that stand out, the newest first; at most `MOST_LINES` of `number`."""

    shop: Shop
    number: int
    cents: int
    signs: list[Sign]
    lines: list[Line]


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def last_week(today: date) -> date:
    """The Monday of the last week that is over.

    Args:
        today: the day in the city.
    """
    return monday_of(today) - timedelta(days=7)


def is_to_review(issuer: Issuer, *, today: date) -> bool:
    """Whether vouchers were spent in the last week that is over, and nobody has looked through it. Two queries."""
    week = last_week(today)
    if WeekReview.objects.filter(issuer=issuer, week=week).exists():
        return False
    begin, end = _bounds(week)
    return Transaction.objects.filter(
        kind=Transaction.Kind.REDEEMED,
        created_at__gte=begin,
        created_at__lt=end,
        transfers__source__issuer=issuer,
    ).exists()


def review(issuer: Issuer, week: date, *, by: int, at: datetime) -> WeekReview:
    """Note that somebody has looked through a week; the first who did stays.

    Args:
        week: its Monday.
    """
    return WeekReview.objects.get_or_create(
        issuer=issuer, week=week, defaults={"reviewed_by": by, "reviewed_at": at}
    )[0]


def of_week(issuer: Issuer, week: date) -> list[Found]:
    """What stands out among the sales of a week, most signs first, then most money. Four queries, one more where
    something was sold at night.

    Args:
        week: its Monday.
    """
    rows = _rows(issuer, week)
    shops = Shop.objects.in_bulk({row.shop for row in rows})
    by_night = _closed_at_night(rows, shops)
    by_shop = {}
    for row in rows:
        if signs := [*row.signs, *([Sign.NIGHT] if row.sale in by_night else [])]:
            by_shop.setdefault(row.shop, []).append((row, signs))
    holds = PayoutHold.objects.filter(issuer=issuer, lifted_at=None, sale__in=[row.sale for row in rows])
    holds = {hold.sale_id: hold for hold in holds}
    found = [_found(shops[pk], lines, holds) for pk, lines in by_shop.items() if pk in shops]
    return sorted(found, key=lambda each: (-len(each.signs), -each.cents, each.shop.pk))[:MOST_SHOPS]


def _found(shop, rows, holds):
    met = {sign for _row, signs in rows for sign in signs}
    return Found(
        shop,
        len(rows),
        sum(row.cents for row, _signs in rows),
        [sign for sign in Sign if sign in met],
        [
            Line(row.sale, row.at, row.cents, row.voucher, row.last4, signs, holds.get(row.sale))
            for row, signs in rows[:MOST_LINES]
        ],
    )


@dataclass(frozen=True)
class _Row:
    sale: int
    at: datetime
    shop: int
    cents: int
    voucher: int
    last4: str
    hour: int
    signs: Sequence[Sign]


def _bounds(week: date) -> tuple[datetime, datetime]:
    here = lifecycle.zone()
    return tuple(datetime.combine(each, time.min, here) for each in (week, week + timedelta(days=7)))


def _rows(issuer, week) -> list[_Row]:
    """Sales with a sign, or at night: the newest first."""
    begin, end = _bounds(week)
    with connection.cursor() as cursor:
        cursor.execute(_SALES, {
            "begin": begin, "end": end, "issuer": issuer.pk, "zone": begin.tzinfo.key, "paper": till.BY_PAPER,
            "burst": BURST_SALES, "within": BURST_WITHIN, "one_buyer": ONE_BUYER_CENTS, "one_buyer_percent": ONE_BUYER_PERCENT,
            "round": ROUND_CENTS, "round_sales": ROUND_SALES, "round_percent": ROUND_PERCENT,
            "night": NIGHT_HOURS.stop,
        })  # fmt: skip
        return [
            _Row(*row, [sign for sign, is_so in zip(_SIGNS, flags, strict=True) if is_so])
            for *row, flags in cursor.fetchall()
        ]


def _closed_at_night(rows: Iterable[_Row], shops) -> set[int]:
    """Of sales at night, those at a time when the shop says that it is closed. When one from paper was, somebody only says."""
    rows = [
        row for row in rows if row.hour in NIGHT_HOURS and Sign.PAPER not in row.signs and row.shop in shops
    ]
    present = Catalogue.objects.first() if rows else None
    if present is None:
        return set()
    place = reference.structure(present).place
    return {
        row.sale
        for row in rows
        if catalogue.hours_of(shops[row.shop], place).state(row.at).light == Light.OFF
    }


# In the order of the array in which the query answers.
_SIGNS = [Sign.OWN, Sign.ONE_BUYER, Sign.BURST, Sign.ROUND, Sign.PAPER]
# A payment is one voucher's part of a sale; `bought` is who bought that voucher, if anybody knows.
_SALES = """
WITH payment AS (
    SELECT x.id, x.created_at, substring(x.subject FROM 6)::bigint AS shop, x.reason, l.amount_cents AS cents,
        l.source_after AS left_cents, v.id AS voucher, v.last4, lower(o.buyer_email) AS bought, lower(o.recipient_email) AS given
    FROM vouchers_transaction x
    JOIN vouchers_transfer l ON l.txn_id = x.id
    JOIN vouchers_account s ON s.id = l.source_id AND s.issuer_id = %(issuer)s AND s.kind = 'voucher'
    JOIN vouchers_voucher v ON v.account_id = s.id
    LEFT JOIN vouchers_order o ON o.id = v.order_id
    WHERE x.kind = 'redeemed' AND x.created_at >= %(begin)s AND x.created_at < %(end)s
        AND NOT EXISTS (SELECT FROM vouchers_transaction r WHERE r.reverses_id = x.id)
), own AS (
    SELECT DISTINCT p.id FROM payment p
    JOIN shops_membership m ON m.shop_id = p.shop JOIN accounts_user u ON u.id = m.user_id
    WHERE u.email <> '' AND lower(u.email) IN (p.bought, p.given)
    UNION
    SELECT p.id FROM payment p JOIN shops_shop ON shops_shop.id = p.shop
    WHERE shops_shop.email <> '' AND lower(shops_shop.email) IN (p.bought, p.given)
), buyer AS (
    SELECT shop, bought FROM (
        SELECT shop, bought, sum(cents) AS cents, sum(sum(cents)) OVER (PARTITION BY shop) AS whole
        FROM payment GROUP BY shop, bought
    ) sums
    WHERE bought <> '' AND whole >= %(one_buyer)s AND cents * 100 >= whole * %(one_buyer_percent)s
), even AS (
    SELECT shop FROM payment WHERE left_cents > 0 GROUP BY shop
    HAVING count(*) >= %(round_sales)s
        AND count(*) FILTER (WHERE cents %% %(round)s = 0) * 100 >= count(*) * %(round_percent)s
), sale AS (
    SELECT id, min(created_at) AS created_at, min(shop) AS shop, min(reason) AS reason,
        (array_agg(voucher ORDER BY voucher))[1] AS voucher, (array_agg(last4 ORDER BY voucher))[1] AS last4,
        bool_or((shop, bought) IN (SELECT shop, bought FROM buyer)) AS one_buyer,
        bool_or(left_cents > 0 AND cents %% %(round)s = 0 AND shop IN (SELECT shop FROM even)) AS even
    FROM payment GROUP BY id
), begun AS (
    SELECT *, extract(hour FROM created_at AT TIME ZONE %(zone)s)::int AS hour, count(*) OVER (
        PARTITION BY shop ORDER BY created_at RANGE BETWEEN CURRENT ROW AND %(within)s::interval FOLLOWING
    ) AS following
    FROM sale
), timed AS (
    SELECT *, max(following) OVER (
        PARTITION BY shop ORDER BY created_at RANGE BETWEEN %(within)s::interval PRECEDING AND CURRENT ROW
    ) >= %(burst)s AS burst
    FROM begun
)
SELECT t.id, t.created_at, t.shop,
    (SELECT sum(l.amount_cents) FROM vouchers_transfer l JOIN vouchers_account a ON a.id = l.target_id
        WHERE l.txn_id = t.id AND a.issuer_id = %(issuer)s)::bigint,
    t.voucher, t.last4, t.hour, ARRAY[
        t.id IN (SELECT id FROM own), coalesce(t.one_buyer, false), t.burst, coalesce(t.even, false), t.reason = %(paper)s
    ]
FROM timed t
WHERE t.id IN (SELECT id FROM own) OR t.one_buyer OR t.burst OR t.even OR t.reason = %(paper)s OR t.hour < %(night)s
ORDER BY t.created_at DESC, t.id DESC
"""
