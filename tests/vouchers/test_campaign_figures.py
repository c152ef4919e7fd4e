"""What the public is told of a campaign: the sums of the journal, and never a cell of fewer than five shops."""

import random
from dataclasses import asdict
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from districts.models import District
from tests.shops.factories import TUESDAY_10H, make_shops
from tests.vouchers.conftest import TODAY, key, make_batch, make_campaign
from vouchers import campaign_figures, campaigns, lifecycle, spending
from vouchers.campaign_figures import Cell, Stretch
from vouchers.models import Agreement, Campaign, Voucher

BEGUN = TUESDAY_10H - timedelta(days=300)
NEXT_MONDAY = date(2026, 11, 30)


@pytest.fixture
def town(network):
    """Twenty shops that have signed, by district: eight in Gare, six in Bonnevoie, four and two elsewhere."""
    districts = list(District.objects.order_by("position"))
    found = {}
    for district, number in zip(districts, (8, 6, 4, 2), strict=True):
        found[district.slug] = make_shops(number, district=district)
    Agreement.objects.bulk_create(
        Agreement(shop=shop, network=network, signed_on=TODAY - timedelta(days=500))
        for shops in found.values()
        for shop in shops
    )
    return found


@pytest.fixture
def campaign(network):
    return make_campaign(network, cents=5000, budget=500_000)


def handed_over(campaign, number, at=BEGUN):
    batch = make_batch(campaign, number)
    campaigns.hand_over(campaign, batch.vouchers.select_related("account", "network__issuer"), by=1, at=at)
    return list(batch.vouchers.select_related("account", "network__issuer").order_by("place"))


def take(voucher, shop, cents, days=0, **more):
    at = BEGUN + timedelta(days=days)
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at, **more).txn


def told(campaign, until=NEXT_MONDAY):
    return campaign_figures.figures(campaign, until=until)


def spread(campaign, *shops, cents=1000, days=0):
    """In each of these shops somebody spends so much."""
    for voucher, shop in zip(handed_over(campaign, len(shops)), shops, strict=True):
        take(voucher, shop, cents, days)


def slugs(cells):
    names = dict(District.objects.values_list("pk", "slug"))
    return [(names.get(cell.district), cell.shops, cell.cents) for cell in cells]


def test_the_sums_are_those_of_the_journal(campaign, town):
    spread(campaign, *town["gare"], cents=1234)
    found = told(campaign)
    assert (found.issued, found.issued_cents, found.shops) == (8, 40_000, 8)
    assert (found.redeemed_cents, found.outstanding_cents) == (9872, 40_000 - 9872)


def test_what_was_taken_back_or_replaced_is_counted_as_it_stands(campaign, town, network):
    spread(campaign, *town["gare"])
    first, second = handed_over(campaign, 2)
    spending.undo(take(first, town["gare"][0], 5000), town["gare"][0], key=key(), at=BEGUN)
    posted = lifecycle.reissue(second, key=key(), at=BEGUN)
    new = Voucher.objects.select_related("account", "network__issuer").get(
        account=posted.transfers[0].target_id
    )
    take(new, town["gare"][1], 700)
    found = told(campaign)
    assert (found.redeemed_cents, found.issued_cents) == (8700, 50_000)
    assert found.outstanding_cents == sum(
        Voucher.objects.filter(state="active").values_list("account__balance_cents", flat=True)
    )


def test_another_campaigns_vouchers_are_not_counted(campaign, town, network):
    spread(make_campaign(network, cents=100, budget=10_000), *town["gare"], cents=50)
    assert (told(campaign).issued, told(campaign).redeemed_cents) == (0, 0)


def test_with_four_shops_nothing_is_told_that_lets_their_takings_be_worked_out(campaign, town):
    spread(campaign, *town["gare"][:4])
    found = asdict(told(campaign))
    assert found["issued_cents"] == 20_000
    assert {name for name, value in found.items() if value} == {"issued", "issued_cents"}
    spread(campaign, town["gare"][4])
    assert told(campaign).redeemed_cents == 5000


def test_districts_of_few_shops_are_told_together(campaign, town):
    spread(campaign, *town["gare"], *town["bonnevoie"], *town["ville-haute"], *town["muehlenbach"])
    assert slugs(told(campaign).districts) == [("gare", 8, 8000), ("bonnevoie", 6, 6000), (None, 6, 6000)]


def test_where_those_together_are_too_few_the_smallest_of_the_others_joins_them(campaign, town):
    spread(campaign, *town["gare"], *town["bonnevoie"], *town["muehlenbach"])
    assert slugs(told(campaign).districts) == [("gare", 8, 8000), (None, 8, 8000)]


def test_whatever_is_spent_no_cell_is_of_fewer_than_five_shops_nor_is_what_is_left_beside_them(
    campaign, town
):
    dice = random.Random(5)
    every = [shop for shops in town.values() for shop in shops]
    vouchers = handed_over(campaign, 60)
    for round_ in range(1, 61):
        take(dice.choice(vouchers), dice.choice(every), dice.randint(1, 60), days=dice.randint(0, 250))
        if round_ % 4:
            continue
        found = told(campaign)
        if found.shops is None:
            assert (found.districts, found.first_use, found.redeemed_cents) == ([], [], None)
            continue
        assert found.shops >= 5
        assert all(cell.shops >= 5 for cell in found.districts)
        assert sum(cell.cents for cell in found.districts) == found.redeemed_cents
        assert sum(cell.shops for cell in found.districts) == found.shops


def test_the_stretches_to_the_first_use_are_of_five_shops_each(campaign, town):
    gare = town["gare"]
    spread(campaign, *gare[:5], days=3)
    spread(campaign, *gare[:2], days=20)
    spread(campaign, *gare[2:6], days=60)
    spread(campaign, gare[0], days=120)
    found = told(campaign)
    assert found.first_use == [Stretch(0, 7, 5), Stretch(8, None, 7)]
    assert found.median_days == 20


def test_a_second_use_is_not_a_first(campaign, town):
    spread(campaign, *town["gare"], days=1)
    for voucher in Voucher.objects.select_related("account", "network__issuer"):
        take(voucher, town["gare"][0], 10, days=100)
    assert told(campaign).first_use == [Stretch(0, None, 8)]


def test_what_the_city_added_is_told(network, town):
    campaign = make_campaign(network, budget=100_000, bonus={"percent": 10})
    spread(campaign, *town["gare"], cents=1000)
    assert told(campaign).bonus_cents == 800


def test_it_is_counted_on_monday_as_it_stood_on_sunday(campaign, town, clock):
    spread(campaign, *town["gare"])
    take(handed_over(campaign, 1)[0], town["gare"][0], 999, days=299)  # on Monday 23 November
    campaign_figures.count(at=TUESDAY_10H)
    campaign.refresh_from_db()
    assert campaign.figures_on == date(2026, 11, 22)
    assert campaign_figures.Figures.kept(campaign).redeemed_cents == 8000
    assert campaign_figures.Figures.kept(campaign).districts == [Cell(town["gare"][0].district_id, 8, 8000)]
    campaign_figures.count(at=TUESDAY_10H + timedelta(days=7))
    campaign.refresh_from_db()
    assert campaign_figures.Figures.kept(campaign).redeemed_cents == 8999


# The page


def show(campaign, language="fr"):
    return Client().get(f"/{language}/bons/campagnes/{campaign.slug}/")


@pytest.mark.parametrize("language", ["fr", "de", "en", "lb"])
def test_everybody_reads_the_figures(campaign, town, language, settings):
    spread(campaign, *town["gare"], *town["bonnevoie"], *town["muehlenbach"])
    campaign_figures.count(at=TUESDAY_10H)
    response = show(campaign, language)
    assert response.status_code == 200
    # The table says what the plot shows.
    assert response.text.count("<table") == 2
    assert 'aria-hidden="true"' in response.text
    assert "Gare" in response.text
    assert "Mühlenbach" not in response.text


def test_before_the_first_count_and_with_few_shops_the_page_says_so(campaign, town):
    assert "Rien n’est encore compté" in show(campaign).text
    spread(campaign, *town["gare"][:4])
    campaign_figures.count(at=TUESDAY_10H)
    text = show(campaign).text
    assert "trop peu pour un chiffre" in text
    assert "<table" not in text


def test_a_draft_has_no_page(network):
    assert show(make_campaign(network, is_open=False)).status_code == 404
    assert Client().get(reverse("vouchers:campaign", args=["nulle-part"])).status_code == 404


def test_the_page_asks_little(campaign, town, django_assert_max_num_queries):
    spread(campaign, *town["gare"])
    Campaign.objects.update(figures={})
    campaign_figures.count(at=TUESDAY_10H)
    show(campaign)
    # The catalogue's version, the campaign with its network.
    with django_assert_max_num_queries(3):
        show(campaign)
