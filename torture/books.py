"""Books to torture: an issuer, a network, shops that have signed for it; vouchers on demand."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shops.models import Shop
from vouchers import buying, campaigns, lifecycle, treasury
from vouchers.models import Account, Agreement, Batch, Campaign, Issuer, Network, Order, Voucher

GIVEN = 2500  # cents of each voucher of the City's campaign
DONATED_MOST = 4000  # cents that a holder may give away
FOR_EVER = date(9000, 1, 1)


@dataclass
class Books:
    """`at` is the instant at which everything happens, unless an ordeal says otherwise."""

    issuer: Issuer
    network: Network
    shops: list[Shop]
    at: datetime
    campaign: Campaign

    @classmethod
    def open(cls, shops: Sequence[Shop], at: datetime) -> "Books":
        issuer = Issuer.objects.create(name=f"Fictif {key()}")
        network = Network.objects.create(
            issuer=issuer, name="Ville", rest_words="fonds social (fictif)", donate_most_cents=DONATED_MOST
        )
        signed_on = at.date() - timedelta(days=400)
        Agreement.objects.bulk_create(
            Agreement(shop=shop, network=network, signed_on=signed_on) for shop in shops
        )
        campaign = Campaign.objects.create(
            network=network, name="Fictive", slug=key(), decision_ref="1", decided_on=signed_on, amount_cents=GIVEN,
            starts_on=signed_on, ends_on=FOR_EVER, expires_on=FOR_EVER.replace(year=FOR_EVER.year + 3),
        )  # fmt: skip
        campaigns.open_(campaign, today=at.date())
        return cls(issuer, network, list(shops), at, campaign)

    def anew(self) -> "Books":
        """The same shops with books of another issuer, in which nothing stands yet."""
        return Books.open(self.shops, self.at)

    def vouchers(
        self, amounts: Sequence[int], *, issued_on: date | None = None, expires_on: date | None = None
    ) -> list[Voucher]:
        """Vouchers of paid orders, of so many cents each; three years from today."""
        issued_on = issued_on or self.at.date()
        terms = lifecycle.Terms(
            self.network, issued_on, expires_on or issued_on + timedelta(days=3 * 365 + 1)
        )
        sold = [lifecycle.sell(self.order(cents), terms, at=self.at) for cents in amounts]
        pks = [posted.transfers[0].target_id for posted in sold]
        found = Voucher.objects.select_related("account", "network__issuer").in_bulk(
            pks, field_name="account_id"
        )
        return [found[pk] for pk in pks]

    def order(self, cents: int, quantity: int = 1) -> Order:
        """What nobody has paid yet."""
        return Order.objects.create(
            ref=buying.new_ref(), network=self.network, amount_cents=cents, quantity=quantity, language="fr",
            buyer_email="nina@courrier.example", placed_at=self.at,
        )  # fmt: skip

    def prepared(self, number: int) -> list[Voucher]:
        """Vouchers of the campaign that nobody has yet."""
        batch = Batch.objects.create(
            campaign=self.campaign, quantity=number, form_key=key(), made_by=0, made_at=self.at
        )
        return lifecycle.prepare(batch, number)

    def budget(self, campaign: str, cents: int) -> Account:
        treasury.load_budget(self.issuer, campaign, cents, key=key(), at=self.at)
        return treasury.budget(self.issuer, campaign)


@dataclass
class Outcome:
    """What an ordeal did: how often it tried, what was not as it must be, and what is worth telling."""

    tries: int
    wrong: list[str]
    told: str = ""


Say = Callable[[str], None]


def key() -> str:
    """A key that no request had before."""
    return uuid.uuid4().hex


def balance(account: Account) -> int:
    return Account.objects.values_list("balance_cents", flat=True).get(pk=account.pk)


def silent(_line: str) -> None:
    """For the tests: no progress."""
