"""What the City adds to a shop's takings when a voucher is spent, within caps: per voucher, per shop and week, in all.

It is computed under the locks of the sale. Whoever adds or takes back holds the lock of the campaign's budget, so that what
is used of a cap (`BonusUse`) is read and written by one at a time. A sale never fails for want of a bonus.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from shops.models import Shop
from vouchers import ledger, lifecycle
from vouchers.ledger import Leg, Posted
from vouchers.models import Account, Bonus, BonusUse, Campaign, Transaction, Transfer, Voucher

BUDGET = Account.Kind.CAMPAIGN_BUDGET


@dataclass(frozen=True)
class Offer:
    """A campaign that adds something to takings of this shop today, and the budget that it comes from."""

    bonus: Bonus
    budget: Account

    def is_for(self, voucher: Voucher) -> bool:
        return (
            voucher.network_id in self.bonus.networks and voucher.network.issuer_id == self.budget.issuer_id
        )

    def of(self, cents: int) -> int:
        """What it adds to a payment of so many cents, before any cap; cents rounded down."""
        if cents < self.bonus.from_cents:
            return 0
        return self.bonus.fixed_cents or cents * self.bonus.percent // 100


def offers(vouchers: list[Voucher], shop: Shop, *, at: datetime) -> list[Offer]:
    """Those that may add something to a sale; each is looked at again under the locks. One query where there is none."""
    rules = under_way(at).filter(
        Q(districts=[]) | Q(districts__contains=[shop.district_id]),
        Q(categories=[]) | Q(categories__contains=[shop.category_id]),
        networks__overlap=list({voucher.network_id for voucher in vouchers}),
    )
    return [
        Offer(rule, ledger.account(rule.campaign.network.issuer, BUDGET, rule.campaign.budget_name))
        for rule in rules.select_related("campaign__network__issuer").order_by("pk")
    ]


def beside(
    paid: list[Leg],
    parts: list[tuple[Voucher, int]],
    offers: list[Offer],
    locked: dict[int, Account],
    shop: Shop,
    *,
    at: datetime,
) -> list[Leg]:
    """The transfers of a sale with, behind each, what the City adds to it. Under the locks; notes what is used.

    Args:
        paid: what each of `parts`, a voucher and cents, pays to the shop.
    """
    behind = [[] for _leg in paid]
    still = set(under_way(at).filter(pk__in=[o.bonus.pk for o in offers]).values_list("pk", flat=True))
    for offer in offers:
        if offer.bonus.pk not in still:
            continue
        for place, cents in enumerate(_shares(offer, parts, locked[offer.budget.pk], shop, at)):
            if cents:
                behind[place].append(Leg(offer.budget, paid[place].target, cents))
    return [each for leg, added in zip(paid, behind, strict=True) for each in (leg, *added)]


def take_back(sale: Transaction, transfers: Iterable[Transfer], shop: Shop) -> None:
    """A sale was reversed: its caps are as they were before. Under the locks of the reversal.

    Args:
        transfers: of the sale, in order, with their accounts.
    """
    voucher = None
    for transfer in transfers:
        if transfer.source.kind != BUDGET:
            voucher = transfer.source.owner
            continue
        rule = Bonus.objects.get(campaign=int(transfer.source.owner.partition(":")[2]))
        names = (voucher, _week_of(shop, sale.created_at), "")
        for use in BonusUse.objects.filter(bonus=rule, owner__in=names).order_by("pk"):
            use.used_cents -= transfer.amount_cents
            use.save(update_fields=["used_cents"])


def added(posted: Posted) -> int:
    """How many cents the City has added to a sale."""
    budgets = Account.objects.filter(kind=BUDGET, pk__in={each.source_id for each in posted.transfers})
    ours = set(budgets.values_list("pk", flat=True))
    return sum(each.amount_cents for each in posted.transfers if each.source_id in ours)


def under_way(at: datetime) -> QuerySet[Bonus]:
    """Of the campaigns that are open, those whose days an instant is in, by the city's clock."""
    today = lifecycle.CityDay(at)
    return Bonus.objects.filter(campaign__state=Campaign.State.OPEN, starts_on__lte=today, ends_on__gte=today)


def _shares(offer, parts, budget, shop, at):
    """What an offer adds to each part of a sale, within the budget and its caps."""
    rule, week = offer.bonus, _week_of(shop, at)
    most = {f"voucher:{voucher.pk}": rule.voucher_most_cents for voucher, _cents in parts}
    most |= {week: rule.week_most_cents, "": rule.campaign_most_cents}
    used = dict.fromkeys(most, 0)
    used |= dict(rule.uses.filter(owner__in=most).values_list("owner", "used_cents"))
    left, shares = budget.balance_cents, []
    for voucher, cents in parts:
        names = (f"voucher:{voucher.pk}", week, "")
        room = [most[name] - used[name] for name in names if most[name] is not None]
        share = min(offer.of(cents), left, *room) if offer.is_for(voucher) else 0
        left -= share
        for name in names:
            used[name] += share
        shares.append(share)
    if any(shares):
        BonusUse.objects.bulk_create(
            [BonusUse(bonus=rule, owner=name, used_cents=used[name], most_cents=most[name]) for name in most],
            update_conflicts=True,
            unique_fields=["bonus", "owner"],
            update_fields=["used_cents"],
        )
    return shares


def _week_of(shop, at):
    """The name of a shop's cap in the week of an instant, which begins on Monday in the city."""
    day = lifecycle.city_day(at)
    return f"shop:{shop.pk}:{day - timedelta(days=day.weekday())}"
