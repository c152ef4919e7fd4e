"""What the public is told of a campaign: never of one shop, nor of fewer than five, nor what would let them be worked out.

Counted each Monday as things stood at the end of Sunday, and kept so with the campaign: what may not be told is not kept
either. A district of fewer than five shops is told together with others, and the rest of the whole is no smaller group.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from statistics import median_low

from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from districts.models import City
from shops.figures import TOO_FEW
from shops.models import Shop
from vouchers import lifecycle
from vouchers.models import Account, Campaign, Transaction, Transfer, Voucher

Kind = Transaction.Kind
# The last day of each stretch of days to the first use; after the last comes whatever is later.
STRETCHES = (7, 30, 90, 180)


@dataclass(frozen=True)
class Cell:
    """Takings of so many shops: of a district by its id, or, without one, of the districts that are told together."""

    district: int | None
    shops: int
    cents: int


@dataclass(frozen=True)
class Stretch:
    """So many vouchers were first used from one day after they were handed over to another; None: or later."""

    first: int
    last: int | None
    vouchers: int


@dataclass(frozen=True)
class Figures:
    """Cents and counts. None is what so few shops stand behind that it is not told."""

    issued: int
    issued_cents: int
    shops: int | None
    redeemed_cents: int | None
    outstanding_cents: int | None
    over_cents: int | None
    bonus_cents: int | None
    median_days: int | None
    districts: list[Cell] = field(default_factory=list)
    first_use: list[Stretch] = field(default_factory=list)

    @classmethod
    def kept(cls, campaign: Campaign) -> "Figures | None":
        """As they were counted last."""
        if not campaign.figures:
            return None
        told = dict(campaign.figures)
        told["districts"] = [Cell(**cell) for cell in told["districts"]]
        told["first_use"] = [Stretch(**stretch) for stretch in told["first_use"]]
        return cls(**told)


def count(*, at: datetime) -> None:
    """Count all campaigns that were opened anew, as they stood at the end of last Sunday."""
    today = lifecycle.city_day(at)
    monday = today - timedelta(days=today.weekday())
    for campaign in Campaign.objects.public().select_related("network__issuer"):
        told = asdict(figures(campaign, until=monday))
        Campaign.objects.filter(pk=campaign.pk).update(figures=told, figures_on=monday - timedelta(days=1))


def figures(campaign: Campaign, *, until: date) -> Figures:
    """What may be told of a campaign as it stood when this day began in the city."""
    moment = datetime.combine(until, time(0), tzinfo=City.objects.get().tz)
    stood = Transfer.objects.filter(txn__created_at__lt=moment).exclude(
        txn__reversed_by__created_at__lt=moment
    )
    stood = stood.filter(txn__reverses=None)
    accounts = Account.objects.filter(voucher__in=_vouchers(campaign)).values("pk")
    issued = stood.filter(txn__kind=Kind.GRANTED, target__voucher__batch__campaign=campaign).aggregate(
        number=Count("pk"), cents=Coalesce(Sum("amount_cents"), 0)
    )
    takings = _takings(stood, accounts)
    redeemed = sum(takings.values())
    over = _sum(stood.filter(txn__kind__in=[Kind.EXPIRED, Kind.DONATED], source__in=accounts))
    added = stood.filter(
        txn__kind=Kind.REDEEMED, source__kind=Account.Kind.CAMPAIGN_BUDGET, source__owner=campaign.budget_name,
        source__issuer=campaign.network.issuer,
    )  # fmt: skip
    bonus_shops = added.values("target__owner").distinct().count()
    first_use = _first_uses(stood, campaign)
    if _shops(first_use) < TOO_FEW:
        first_use = []
    if 0 < len(takings) < TOO_FEW:
        return Figures(issued["number"], issued["cents"], *[None] * 6)
    return Figures(
        issued=issued["number"],
        issued_cents=issued["cents"],
        shops=len(takings),
        redeemed_cents=redeemed,
        outstanding_cents=issued["cents"] - redeemed - over,
        over_cents=over,
        bonus_cents=None if 0 < bonus_shops < TOO_FEW else _sum(added),
        median_days=median_low(days for days, _shop in first_use) if first_use else None,
        districts=_by_district(takings),
        first_use=_by_stretch(first_use),
    )


def _vouchers(campaign):
    """Those of the campaign, and those that replace one of them."""
    found = Voucher.objects.filter(batch__campaign=campaign)
    replacing, last = [], list(Voucher.objects.filter(replaces__in=found).values_list("pk", flat=True))
    while last:
        replacing += last
        last = list(Voucher.objects.filter(replaces__in=last).values_list("pk", flat=True))
    return found | Voucher.objects.filter(pk__in=replacing)


def _takings(stood, accounts):
    """Cents by shop's id, without what was corrected afterwards."""
    found = {}
    spent = stood.filter(txn__kind=Kind.REDEEMED, source__in=accounts).values_list("target__owner")
    back = stood.filter(txn__kind=Kind.CORRECTED, target__in=accounts).values_list("source__owner")
    for rows, sign in ((spent, 1), (back, -1)):
        for owner, cents in rows.annotate(Sum("amount_cents")).order_by():
            shop = int(owner.partition(":")[2])
            found[shop] = found.get(shop, 0) + sign * cents
    return {shop: cents for shop, cents in found.items() if cents}


def _sum(transfers):
    return transfers.aggregate(cents=Coalesce(Sum("amount_cents"), 0))["cents"]


def _by_district(takings):
    """A cell for each district with shops enough, the greatest first; the others together, with the smallest of the former
    until they are enough as well."""
    where = dict(Shop.objects.filter(pk__in=takings).values_list("pk", "district"))
    cells = {}
    for shop, cents in takings.items():
        shops, sum_ = cells.get(where[shop], (0, 0))
        cells[where[shop]] = shops + 1, sum_ + cents
    told = sorted(
        (Cell(district, *cell) for district, cell in cells.items()),
        key=lambda cell: (-cell.shops, -cell.cents),
    )
    together = []
    while told and (told[-1].shops < TOO_FEW or 0 < sum(cell.shops for cell in together) < TOO_FEW):
        together.append(told.pop())
    told.sort(key=lambda cell: -cell.cents)
    if together:
        told.append(Cell(None, sum(cell.shops for cell in together), sum(cell.cents for cell in together)))
    return told


def _first_uses(stood, campaign):
    """Of each voucher that was used: days since it was handed over, and the shop."""
    rows = stood.filter(txn__kind=Kind.REDEEMED, source__voucher__batch__campaign=campaign).order_by("-pk")
    zone = City.objects.get().tz
    columns = ("source", "txn__created_at", "source__voucher__issued_on", "target__owner")
    # From the last to the first, so that the first is what stays.
    first = {
        account: ((moment.astimezone(zone).date() - issued_on).days, shop)
        for account, moment, issued_on, shop in rows.values_list(*columns).iterator(chunk_size=5000)
    }
    return list(first.values())


def _by_stretch(first_uses: Sequence[tuple[int, str]]):
    """How many vouchers by stretch of days; a stretch of too few shops is told with the next, the last with the one before."""
    found, first, uses, begun = [], 0, [], 0
    for last in (*STRETCHES, None):
        uses += [use for use in first_uses if begun <= use[0] and (last is None or use[0] <= last)]
        begun = (last or 0) + 1
        if last is None or _shops(uses) >= TOO_FEW:
            found.append((first, last, uses))
            first, uses = begun, []
    while len(found) > 1 and _shops(found[-1][2]) < TOO_FEW:
        _first, last, uses = found.pop()
        first, _last, before = found.pop()
        found.append((first, last, before + uses))
    return [Stretch(first, last, len(uses)) for first, last, uses in found if uses]


def _shops(uses):
    return len({shop for _days, shop in uses})
