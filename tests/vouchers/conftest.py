"""A city with Marie's bakery and Paul's bookshop, a network that Marie has signed for, and vouchers of Nina's."""

from datetime import date, timedelta
from itertools import count

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import CityRole
from tests.door import enter
from tests.people import make_person, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401
from tests.shops.factories import TUESDAY_10H
from vouchers import buying, campaigns, lifecycle, spending, treasury
from vouchers.models import Account, Agreement, Batch, Bonus, Campaign, Issuer, Network, Order, Voucher

TODAY = TUESDAY_10H.date()
_keys = count(1)


def key():
    """A key that no request had before."""
    return f"test-{next(_keys)}"


@pytest.fixture
def network(city):  # noqa: F811
    issuer = Issuer.objects.create(name="Cityshopping (fictif)")
    return Network.objects.create(issuer=issuer, name="Ville", rest_words="le fonds social (fictif)")


@pytest.fixture
def signed(network, marie):  # noqa: F811
    """Marie takes vouchers of the network; Paul does not."""
    return Agreement.objects.create(shop=marie, network=network, signed_on=TODAY - timedelta(days=30))


def make_order(network, cents=5000, *, quantity=1, shop=None, at=TUESDAY_10H, **columns):
    """An order of Nina's that nobody has paid yet."""
    said = {"language": "fr", "buyer_email": "nina@courrier.example"}
    return Order.objects.create(
        ref=buying.new_ref(), network=network, shop=shop, amount_cents=cents, quantity=quantity, placed_at=at,
        **said | columns,
    )  # fmt: skip


def make_voucher(network, cents=5000, *, shop=None, at=TUESDAY_10H, issued_on=None, expires_on=None):
    """A voucher as a paid order leaves it: what it holds came from the payment provider."""
    issued_on = issued_on or at.date()
    expires_on = expires_on or date(issued_on.year + 3, issued_on.month, issued_on.day)
    terms = lifecycle.Terms(network, issued_on, expires_on, shop)
    posted = lifecycle.sell(make_order(network, cents, shop=shop, at=at), terms, at=at)
    return Voucher.objects.select_related("account", "network__issuer").get(
        account=posted.transfers[0].target_id
    )


FRANK, FATIMA = 901, 902  # the two finance officers, as the journal knows them


def make_campaign(network, *, cents=3000, budget=0, bonus=None, is_open=True, **facts):
    """A campaign of this year whose vouchers are good for three; open, and loaded with so many cents."""
    said = {
        "name": "Bons d’hiver", "slug": f"hiver-{next(_keys)}", "decision_ref": "CC 2026/118",
        "decided_on": TODAY - timedelta(days=60), "amount_cents": cents, "starts_on": TODAY - timedelta(days=400),
        "ends_on": TODAY + timedelta(days=30), "expires_on": date(2029, 12, 31), "may_mail": True,
    } | facts  # fmt: skip
    campaign = Campaign.objects.create(network=network, **said)
    if bonus is not None:
        days = {"starts_on": said["starts_on"], "ends_on": said["ends_on"]}
        Bonus.objects.create(campaign=campaign, **days | {"networks": [network.pk]} | bonus)
    if is_open:
        campaigns.open_(campaign, today=min(TODAY, campaign.ends_on))
    if budget:
        treasury.load_budget(network.issuer, campaign.budget_name, budget, key=key(), at=TUESDAY_10H)
    return campaign


def make_batch(campaign, number=1, *, at=TUESDAY_10H, by=FRANK):
    """A batch whose vouchers are made, and handed over to nobody."""
    batch = Batch.objects.create(campaign=campaign, quantity=number, form_key=key(), made_by=by, made_at=at)
    lifecycle.prepare(batch, number)
    return batch


def prepared(network, number=1, **facts):
    """Vouchers of a campaign that nobody has yet."""
    batch = make_batch(make_campaign(network, **facts), number)
    return list(batch.vouchers.select_related("account", "network__issuer").order_by("place"))


@pytest.fixture
def voucher(network):
    return make_voucher(network)


def payable(shop, issuer=None):
    return spending.payable(issuer or Issuer.objects.get(), shop)


def balance(account):
    return Account.objects.values_list("balance_cents", flat=True).get(pk=account.pk)


@pytest.fixture
def own_books(django_db_setup, django_db_blocker, clock):  # noqa: F811
    """A database of the test's own, with committed books: journals are not emptied after a test."""
    from tests.databases import test_database, used
    from tests.shops.factories import make_city, make_marie
    from tests.vouchers.test_chain import trade

    with django_db_blocker.unblock(), test_database() as name, used(name):
        make_city()
        marie = make_marie()
        network = Network.objects.create(issuer=Issuer.objects.create(name="Fictif"), name="Ville")
        Agreement.objects.create(shop=marie, network=network, signed_on=TODAY - timedelta(days=30))
        trade(network, marie)
        yield network, marie


# At the finance desk


@pytest.fixture
def frank(network):
    return make_person("frank@ville.example", name="Frank", city_roles=[CityRole.FINANCE])


@pytest.fixture
def fatima(network):
    """The second finance officer."""
    return make_person("fatima@ville.example", name="Fatima", city_roles=[CityRole.FINANCE])


@pytest.fixture
def aude(network):
    return make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR])


@pytest.fixture
def desk(frank):
    return enter(Client(), frank)


@pytest.fixture
def other_desk(fatima):
    return enter(Client(), fatima)


def page(name, *args):
    return reverse(f"finance:{name}", args=args)


def post(client, address, *args, **data):
    return client.post(page(address, *args), data, follow=True)
