"""What somebody bought: an order of vouchers, paid at the made-up bank."""

from dataclasses import dataclass

from django.utils import timezone

from sandbox.models import Payment as AtBank
from tests.shops.factories import TUESDAY_10H
from vouchers import buying, lifecycle, links
from vouchers.models import Issuer, Network, Order, Payment, Till, Voucher


@dataclass(frozen=True)
class Purchase:
    order: Order
    voucher: Voucher
    at_bank: AtBank

    @property
    def order_token(self):
        return links.token(self.order, links.ORDER)

    @property
    def gift_token(self):
        return links.token(self.order, links.GIFT)


def network_on_sale(name="Ville"):
    issuer, _new = Issuer.objects.get_or_create(name="Cityshopping (fictif)")
    return Network.objects.get_or_create(
        issuer=issuer, name=name, defaults={"on_sale": True, "rest_words": "le fonds social (fictif)"}
    )[0]


def make_purchase(email="nina@courrier.example", *, at=TUESDAY_10H, cents=5000, **columns) -> Purchase:
    """A paid order of one voucher, at an instant."""
    network = network_on_sale()
    order = Order.objects.create(
        ref=buying.new_ref(), network=network, amount_cents=cents, language="fr", buyer_email=email, placed_at=at,
        **columns,
    )  # fmt: skip
    first_day = lifecycle.city_day(at)
    terms = lifecycle.Terms(network, first_day, lifecycle.months_after(first_day, network.valid_months))
    lifecycle.sell(order, terms, at=at)
    order.refresh_from_db()
    there = AtBank.objects.create(
        key=order.ref, order=order.ref, words="Bons", cents=cents, language="fr", back="http://testserver/fr/bons/",
        state="paid", paid_cents=cents,
    )  # fmt: skip
    Payment.objects.create(
        order=order, provider="sandbox", provider_ref=there.ref, state=Payment.State.PAID, got=cents,
        currency=buying.CURRENCY, begun_at=at, ended_at=at,
    )  # fmt: skip
    return Purchase(order, order.vouchers.get(), there)


def make_till(shop, name="Comptoir", *, at=None) -> Till:
    """A paired telephone whose cookie nobody has."""
    at = at or timezone.now()
    return Till.objects.create(
        shop=shop, name=name, language="fr", digest=f"{shop.pk}".zfill(64), paired_at=at, last_seen_at=at
    )
