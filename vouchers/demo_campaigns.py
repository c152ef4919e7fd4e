"""The demonstration's campaigns: one that is under way with its bonus, one that is being prepared, and what two people gave.

Called once the demonstration has a network and shops that have signed.
"""

import random
from datetime import datetime, timedelta

from accounts.models import CityRole, User
from vouchers import campaign_figures, campaigns, decisions, lifecycle, serials, spending
from vouchers.models import Agreement, Batch, Bonus, Campaign, Grant, Network

GIVEN, MADE = 260, 400
EACH, LOADED = 30_00, 15_000_00
# Any number: the demonstration is the same each time.
SEED = 24
DAYS = 100


def prepare(at: datetime) -> bool:
    """Fill the demonstration with campaigns, once. Returns whether anything was to be done."""
    network = Network.objects.select_related("issuer").order_by("pk").first()
    if network is None or Campaign.objects.exists():
        return False
    frank, fatima = _officers()
    begun = at - timedelta(days=DAYS)
    campaign = _campaign(network, begun, at)
    _load(network, campaign, LOADED, "Avis de crédit 2026-0417 (fictif)", (frank, fatima), begun)
    campaigns.open_(campaign, today=lifecycle.city_day(at))
    batch = _batch(campaign, MADE, frank, begun)
    _live(campaign, batch, frank, begun, at)
    _grants(network, (frank, fatima), at)
    _draft(network, at)
    campaign_figures.count(at=at)
    return True


def _officers():
    """Two of the City's finance officers, by number; two that nobody is, where the demonstration has no accounts."""
    found = User.objects.filter(city_roles__contains=[CityRole.FINANCE], is_active=True).order_by("pk")
    return [*found.values_list("pk", flat=True)[:2], 900_001, 900_002][:2]


def _campaign(network, begun, at):
    first, last = lifecycle.city_day(begun), lifecycle.city_day(at) + timedelta(days=60)
    campaign = Campaign.objects.create(
        network=network, name="Bons de rentrée (fictifs)", slug="rentree", decision_ref="CC 2026/118 (fictive)",
        decided_on=first - timedelta(days=30), amount_cents=EACH, starts_on=first, ends_on=last,
        expires_on=last.replace(year=last.year + 3, month=12, day=31), may_mail=True,
        i18n={
            "name_de": "Gutscheine zum Schulanfang (fiktiv)", "name_en": "Back-to-school vouchers (fictional)",
            "name_lb": "Bonge fir d’Rentrée (fiktiv)",
        },
    )  # fmt: skip
    Bonus.objects.create(
        campaign=campaign, percent=10, starts_on=first, ends_on=last, networks=[network.pk], from_cents=5_00,
        voucher_most_cents=5_00, week_most_cents=100_00, campaign_most_cents=2_000_00,
    )  # fmt: skip
    return campaign


def _load(network, campaign, cents, reference, officers, at):
    asks, agrees = officers
    name = f"demo-{campaign.pk if campaign else 'goodwill'}-{cents}"
    load = decisions.ask_load(
        network.issuer, campaign, cents, reference=reference, form_key=name, by=asks, at=at
    )
    decisions.agree_load(load, by=agrees, at=at + timedelta(hours=3))


def _batch(campaign, number, by, at):
    batch = Batch.objects.create(
        campaign=campaign, quantity=number, form_key=f"demo-{campaign.pk}", made_by=by, made_at=at
    )
    lifecycle.prepare(batch, number)
    return batch


def _live(campaign, batch, by, begun, at):
    """Vouchers are handed over day by day, and spent in the shops that have signed."""
    dice = random.Random(SEED)  # noqa: S311 (no secret)
    signed = Agreement.objects.filter(network=campaign.network).select_related("shop").order_by("pk")
    shops = [agreement.shop for agreement in signed]
    for voucher in batch.vouchers.select_related("account", "network__issuer").order_by("place")[:GIVEN]:
        moment = begun + timedelta(days=dice.randrange(DAYS - 20), hours=dice.randrange(6))
        campaigns.hand_over(campaign, [voucher], by=by, at=moment)
        left = EACH
        while left and dice.random() < 0.7:
            moment += timedelta(days=dice.randint(1, 40))
            if moment >= at:
                break
            part = min(left, dice.choice((4_50, 7_80, 12_00, 18_20, EACH)))
            key = f"demo-{serials.of(voucher)}-{left}"
            spending.redeem([(voucher, part)], dice.choice(shops), key=key, at=moment)
            left -= part


def _grants(network, officers, at):
    asks, agrees = officers
    _load(network, None, 500_00, "CC 2026/031 (fictive)", officers, at - timedelta(days=40))
    said = {"way": Grant.Way.PAPER, "language": "fr"}
    given = decisions.ask_grant(
        network, form_key="demo-1", by=asks, at=at - timedelta(days=12), cents=25_00, reason=Grant.Reason.FAULT,
        words="La caisse d’un commerce ne répondait pas le 3 du mois (fictif).", recipient_name="Nina W.", **said,
    )  # fmt: skip
    decisions.agree_grant(given, by=agrees, at=at - timedelta(days=11))
    decisions.ask_grant(
        network, form_key="demo-2", by=agrees, at=at - timedelta(days=1), cents=50_00, reason=Grant.Reason.PRIZE,
        words="Premier prix du concours des vitrines (fictif).", recipient_name="Club des jeunes", **said,
    )  # fmt: skip


def _draft(network, at):
    first = lifecycle.city_day(at) + timedelta(days=30)
    last = first + timedelta(days=60)
    Campaign.objects.create(
        network=network, name="Bons de printemps (fictifs)", slug="printemps", decision_ref="CC 2026/140 (fictive)",
        decided_on=lifecycle.city_day(at), amount_cents=20_00, starts_on=first, ends_on=last,
        expires_on=last.replace(year=last.year + 3, month=12, day=31),
        i18n={
            "name_de": "Frühlingsgutscheine (fiktiv)", "name_en": "Spring vouchers (fictional)",
            "name_lb": "Fréijoersbonge (fiktiv)",
        },
    )  # fmt: skip
