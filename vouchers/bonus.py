"""What the City adds to a shop's takings when a voucher is spent, within caps: per voucher, buyer, shop and week, in all.

Nothing is added to what the people of a shop spend there on vouchers that they bought, or were given by mail.

It is computed under the locks of the sale. Whoever adds or takes back holds the lock of the campaign's budget, so that what
is used of a cap (`BonusUse`) is read and written by one at a time. A sale never fails for want of a bonus.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from shops.models import Membership, Shop
from vouchers import ledger, lifecycle
from vouchers.ledger import Leg, Posted
from vouchers.models import Account, Bonus, BonusUse, Campaign, Order, Transaction, Transfer, Voucher

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
    behind, who = [[] for _leg in paid], buyers(parts, shop)
    still = set(under_way(at).filter(pk__in=[o.bonus.pk for o in offers]).values_list("pk", flat=True))
    for offer in offers:
        if offer.bonus.pk not in still:
            continue
        for place, cents in enumerate(_shares(offer, parts, locked[offer.budget.pk], shop, who, at)):
            if cents:
                behind[place].append(Leg(offer.budget, paid[place].target, cents))
    return [each for leg, added in zip(paid, behind, strict=True) for each in (leg, *added)]


@dataclass(frozen=True)
class Buyers:
    """Who bought the vouchers of a sale: the addresses by voucher, and the vouchers that the shop's own people bought or were given."""

    of: dict[int, str]
    own: frozenset[int]


def buyers(parts: Iterable[tuple[Voucher, int]], shop: Shop) -> Buyers:
    """Of the vouchers of a sale. No query where none of them was bought, otherwise two."""
    bought = {voucher.order_id for voucher, _cents in parts} - {None}
    if not bought:
        return Buyers({}, frozenset())
    orders = Order.objects.filter(pk__in=bought).values_list("pk", "buyer_email", "recipient_email")
    orders = {pk: (buyer.lower(), recipient.lower()) for pk, buyer, recipient in orders}
    people = people_of(shop)
    said = {voucher.pk: orders[voucher.order_id] for voucher, _cents in parts if voucher.order_id}
    return Buyers(
        {pk: buyer for pk, (buyer, _recipient) in said.items() if buyer},
        frozenset(pk for pk, addresses in said.items() if people & set(addresses)),
    )


def people_of(shop: Shop) -> set[str]:
    """The addresses of who keeps a shop's page or works its till, and its own, in small letters. One query."""
    members = Membership.objects.filter(shop=shop).values_list("user__email", flat=True)
    return {address.lower() for address in (*members, shop.email) if address}


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


def _shares(offer, parts, budget, shop, who, at):
    """What an offer adds to each part of a sale, within the budget and its caps; to what the shop bought itself, nothing."""
    rule, week = offer.bonus, _week_of(shop, at)
    most = {f"voucher:{voucher.pk}": rule.voucher_most_cents for voucher, _cents in parts}
    most |= {week: rule.week_most_cents, "": rule.campaign_most_cents}
    used = dict.fromkeys(most, 0)
    used |= dict(rule.uses.filter(owner__in=most).values_list("owner", "used_cents"))
    left, shares = budget.balance_cents, []
    bought = _used_by(rule, set(who.of.values())) if rule.buyer_most_cents else {}
    for voucher, cents in parts:
        names = (f"voucher:{voucher.pk}", week, "")
        room = [most[name] - used[name] for name in names if most[name] is not None]
        buyer = who.of.get(voucher.pk)
        if buyer in bought:
            room.append(rule.buyer_most_cents - bought[buyer])
        share = min(offer.of(cents), left, *room) if offer.is_for(voucher) else 0
        if voucher.pk in who.own:
            share = 0
        left -= share
        if buyer in bought:
            bought[buyer] += share
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


def _used_by(rule, addresses):
    """What was added to all vouchers that were bought with each of these addresses. Two queries an address.

    It is read from what each voucher has used, so that nothing more is kept of a person, and nothing once she is erased.
    """
    found = {}
    for address in addresses:
        hers = Voucher.objects.filter(order__buyer_email__iexact=address).values_list("pk", flat=True)
        uses = rule.uses.filter(owner__in=[f"voucher:{pk}" for pk in hers])
        found[address] = uses.aggregate(cents=Sum("used_cents"))["cents"] or 0
    return found


def _week_of(shop, at):
    """The name of a shop's cap in the week of an instant, which begins on Monday in the city."""
    day = lifecycle.city_day(at)
    return f"shop:{shop.pk}:{day - timedelta(days=day.weekday())}"
