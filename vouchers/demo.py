"""The demonstration's vouchers: a fictional issuer, its network, shops that have signed, and what people bought."""

from datetime import datetime, timedelta

from django.db import transaction

from shops.models import Membership, Shop
from vouchers import agreements, buying, lifecycle, signs, spending
from vouchers.models import Issuer, Network, Order, Payment, Voucher

ISSUER = "Association des commerçants (fictive)"
# Of the shops of the demonstration, one in so many has signed.
ONE_IN = 3
# Days ago, cents, how many, and what was spent since in which of the shops: (shop, cents).
SOLD = [
    (200, 50_00, 1, [(0, 32_00), (1, 18_00)]),
    (160, 25_00, 2, [(2, 25_00)]),
    (121, 100_00, 1, [(3, 41_50), (0, 12_30)]),
    (90, 20_00, 5, [(1, 20_00), (4, 7_80)]),
    (45, 75_00, 1, [(5, 60_00)]),
    (30, 50_00, 1, []),
    (12, 30_00, 2, [(0, 9_90)]),
    (3, 150_00, 1, [(6, 88_20)]),
]


def fill(*, at: datetime) -> bool:
    """Sell vouchers in the demonstration, once. Returns whether anything was to be done."""
    if Issuer.objects.exists():
        return False
    with transaction.atomic():
        network = Network.objects.create(
            issuer=Issuer.objects.create(name=ISSUER),
            name="Bons de la ville (fictifs)",
            on_sale=True,
            rest_words="fonds social de la Ville (fictif)",
        )
        network.name_de, network.name_en, network.name_lb = (
            "Gutscheine der Stadt (fiktiv)", "City vouchers (fictional)", "Bonge vun der Stad (fiktiv)",
        )  # fmt: skip
        network.rest_words_de, network.rest_words_en, network.rest_words_lb = (
            "Sozialfonds der Stadt (fiktiv)", "the City’s social fund (fictional)", "Sozialfong vun der Stad (fiktiv)",
        )  # fmt: skip
        network.save()
        shops = list(Shop.objects.published().order_by("pk"))
        # Whoever shows the desk keeps one of them.
        kept = Shop.objects.published().exclude(claimed_at=None).order_by("pk")
        signed = list(dict.fromkeys([*kept, *shops[::ONE_IN]]))
        signed_on = lifecycle.city_day(at) - timedelta(days=400)
        agreements.sign(signed, network, signed_on, at=at)
        for number, (days, cents, quantity, spent) in enumerate(SOLD):
            _sell(
                network,
                number,
                cents,
                quantity,
                [(signed[shop], part) for shop, part in spent],
                at - timedelta(days=days),
            )
        _given_away(network, signed[2], at)
        _stands_out(network, at)
    return True


def _given_away(network, shop, at):
    """Somebody spends most of a voucher, and gives the rest to where it goes."""
    begun = at - timedelta(days=60)
    (voucher,) = _sell(network, len(SOLD), 20_00, 1, [(shop, 17_60)], begun)
    voucher.account.refresh_from_db()
    lifecycle.donate(voucher, key="demo-donated", at=begun + timedelta(days=30))


def _stands_out(network, at):
    """Last week somebody spent in her own shop what she had bought: the desk is shown it, and asks."""
    kept = Membership.objects.filter(shop__in=Shop.objects.published()).select_related("shop", "user")
    member = kept.order_by("-shop", "pk").first()
    if member is None:
        return
    sunday = signs.last_week(lifecycle.city_day(at)) + timedelta(days=6)
    bought = lifecycle.bounds_of(sunday)[0] - timedelta(days=2) + timedelta(hours=9)
    _sell(network, len(SOLD) + 1, 50_00, 1, [(member.shop, 50_00)], bought, email=member.user.email)


def _sell(network, number, cents, quantity, spent, at, *, email=""):
    order = Order.objects.create(
        ref=buying.new_ref(), network=network, amount_cents=cents, quantity=quantity, language="fr",
        buyer_email=email or f"acheteur{number}@courrier.example", placed_at=at,
    )  # fmt: skip
    first_day = lifecycle.city_day(at)
    last_day = lifecycle.months_after(first_day, network.valid_months)
    lifecycle.sell(order, lifecycle.Terms(network, first_day, last_day), at=at)
    Order.objects.filter(pk=order.pk).update(delivered_at=at)
    Payment.objects.create(
        order=order, provider="sandbox", provider_ref=f"demo-{number}", state=Payment.State.PAID,
        got=order.total_cents, currency=buying.CURRENCY, begun_at=at, ended_at=at,
    )  # fmt: skip
    vouchers = list(
        Voucher.objects.filter(order=order).select_related("account", "network__issuer").order_by("pk")
    )
    for place, (shop, part) in enumerate(spent):
        moment = at + timedelta(days=2 + place, hours=3)
        spending.redeem(
            [(vouchers[place % len(vouchers)], part)], shop, key=f"demo-{number}-{place}", at=moment
        )
    return vouchers
