"""What the City adds to a sale: computed under the locks, within its caps to the cent, and taken back with the sale."""

from datetime import timedelta
from functools import partial

import pytest

from shops.models import Shop
from tests.people import make_member, make_person
from tests.purchases import make_purchase
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, balance, key, make_campaign, make_voucher, payable
from tests.vouchers.test_lifecycle import whole
from torture.crowd import crowd
from vouchers import bonus, campaigns, spending
from vouchers.models import Agreement, Network, Order, Transfer

TEN_PERCENT = {"percent": 10}
DAY = timedelta(days=1)


def offer(network, rule, *, budget=100_000, **facts):
    return make_campaign(network, budget=budget, bonus=rule, **facts)


def take(voucher, shop, cents, at=TUESDAY_10H, sent=None):
    return spending.redeem([(voucher, cents)], shop, key=sent or key(), at=at)


def used(campaign):
    return dict(campaign.bonus.uses.values_list("owner", "used_cents"))


def adds(voucher, shop, cents, at=TUESDAY_10H):
    return bonus.added(take(voucher, shop, cents, at))


def test_the_city_adds_its_part_to_the_shop_in_the_same_transaction(network, signed, marie, voucher):
    campaign = offer(network, TEN_PERCENT)
    posted = take(voucher, marie, 1999)
    assert [(each.source.kind, each.amount_cents) for each in posted.transfers] == [
        ("voucher", 1999),
        ("campaign_budget", 199),  # rounded down
    ]
    assert balance(payable(marie)) == 2198
    assert balance(voucher.account) == 3001
    assert balance(campaigns.budget_of(campaign)) == 100_000 - 199
    assert whole()


def test_a_repeat_is_answered_as_the_first_time_even_when_nothing_is_left_to_add(
    network, signed, marie, voucher
):
    offer(network, TEN_PERCENT, budget=100)
    sent = key()
    first = take(voucher, marie, 1000, sent=sent)
    again = take(voucher, marie, 1000, sent=sent)
    assert again.again
    assert [each.amount_cents for each in again.transfers] == [each.amount_cents for each in first.transfers]
    assert balance(payable(marie)) == 1100


def test_a_fixed_bonus_begins_at_an_amount(network, signed, marie, voucher):
    offer(network, {"fixed_cents": 250, "from_cents": 1000})
    assert [adds(voucher, marie, cents) for cents in (999, 1000, 1500)] == [0, 250, 250]


@pytest.mark.parametrize(
    ("rule", "added"),
    [
        ({"voucher_most_cents": 250}, [100, 100, 50, 0]),
        ({"week_most_cents": 150}, [100, 50, 0, 0]),
        ({"campaign_most_cents": 399}, [100, 100, 100, 99]),
        ({"voucher_most_cents": 300, "week_most_cents": 250, "campaign_most_cents": 201}, [100, 100, 1, 0]),
    ],
)
def test_no_cap_is_exceeded_and_the_sale_is_made_all_the_same(network, signed, marie, voucher, rule, added):
    campaign = offer(network, TEN_PERCENT | rule)
    assert [adds(voucher, marie, 1000) for _sale in added] == added
    assert balance(voucher.account) == 1000
    assert balance(payable(marie)) == 4000 + sum(added)
    assert used(campaign)[""] == sum(added)


def test_a_budget_that_is_used_up_adds_what_is_left_and_then_nothing(network, signed, marie, voucher):
    campaign = offer(network, TEN_PERCENT, budget=150)
    assert [adds(voucher, marie, 1000) for _sale in range(3)] == [100, 50, 0]
    assert balance(campaigns.budget_of(campaign)) == 0
    assert balance(payable(marie)) == 3150


def test_the_week_of_a_shop_begins_on_monday_in_the_city(network, signed, marie, voucher):
    offer(network, TEN_PERCENT | {"week_most_cents": 120})
    assert adds(voucher, marie, 1000) == 100
    sunday = (TUESDAY_10H + 5 * DAY).replace(hour=23, minute=59)
    assert adds(voucher, marie, 1000, at=sunday) == 20
    assert adds(voucher, marie, 1000, at=sunday + timedelta(minutes=2)) == 100


def test_the_cap_of_a_week_is_each_shops_own(network, signed, marie, paul, voucher):
    Agreement.objects.create(shop=paul, network=network, signed_on=TODAY - 30 * DAY)
    offer(network, TEN_PERCENT | {"week_most_cents": 100})
    assert [adds(voucher, shop, 1000) for shop in (marie, marie, paul)] == [100, 0, 100]


def test_a_sale_of_several_vouchers_has_what_is_added_behind_each(network, signed, marie):
    campaign = offer(network, TEN_PERCENT | {"voucher_most_cents": 150, "campaign_most_cents": 260})
    one, two = make_voucher(network), make_voucher(network)
    posted = spending.redeem([(one, 2000), (two, 1500), (one, 500)], marie, key=key(), at=TUESDAY_10H)
    assert [each.amount_cents for each in posted.transfers] == [2000, 150, 1500, 110, 500]
    assert used(campaign) == {
        f"voucher:{one.pk}": 150, f"voucher:{two.pk}": 110, f"shop:{marie.pk}:2026-11-23": 260, "": 260,
    }  # fmt: skip
    assert whole()


def test_a_reversal_takes_back_both_and_the_caps_are_free_again(network, signed, marie):
    campaign = offer(network, TEN_PERCENT | {"campaign_most_cents": 200, "voucher_most_cents": 200})
    one, two = make_voucher(network), make_voucher(network)
    before = take(one, marie, 500)
    sale = spending.redeem([(one, 1000), (two, 2000)], marie, key=key(), at=TUESDAY_10H)
    assert used(campaign)[""] == 200
    sent = key()
    for _click in range(2):
        spending.undo(sale.txn, marie, key=sent, at=TUESDAY_10H)
    assert used(campaign)[""] == 50
    assert used(campaign)[f"voucher:{two.pk}"] == 0
    assert (balance(payable(marie)), balance(one.account), balance(two.account)) == (550, 4500, 5000)
    assert balance(campaigns.budget_of(campaign)) == 100_000 - 50
    spending.give_back(before.txn, marie, key=key(), at=TUESDAY_10H + DAY)
    assert set(used(campaign).values()) == {0}
    assert whole()


def test_only_in_the_chosen_districts_categories_networks_and_days(network, signed, marie, paul, voucher):
    Agreement.objects.create(shop=paul, network=network, signed_on=TODAY - 30 * DAY)
    other = Network.objects.create(issuer=network.issuer, name="Gare")
    nowhere = 10**9
    for rule in (
        {"districts": [nowhere]}, {"categories": [nowhere]}, {"networks": [other.pk]}, {"ends_on": TODAY - DAY},
        {"starts_on": TODAY + DAY},
    ):  # fmt: skip
        offer(network, TEN_PERCENT | rule)
    assert adds(voucher, marie, 1000) == 0
    offer(network, TEN_PERCENT | {"districts": [marie.district_id], "categories": [marie.category_id]})
    assert marie.category_id != paul.category_id
    assert (adds(voucher, marie, 1000), adds(voucher, paul, 1000)) == (100, 0)


def test_the_cap_of_a_buyer_is_for_all_that_she_bought_however_she_wrote_her_address(signed, marie):
    campaign = offer(signed.network, TEN_PERCENT | {"buyer_most_cents": 150})
    nina, again, paul = (
        make_purchase(address).voucher
        for address in ("nina@courrier.example", "Nina@Courrier.example", "paul@courrier.example")
    )
    assert [adds(one, marie, 1000) for one in (nina, again, nina, paul)] == [100, 50, 0, 100]
    # What she takes back is free again, and both in one sale share what is left.
    spending.undo(take(nina, marie, 10).txn, marie, key=key(), at=TUESDAY_10H)
    Order.objects.filter(pk=nina.order_id).update(buyer_email="", erased_at=TUESDAY_10H)
    assert adds(nina, marie, 1000) == 100, "nobody knows any more whose it was"
    assert used(campaign)[""] == 350
    assert whole()


def test_two_vouchers_of_a_buyer_in_one_sale_share_her_cap(signed, marie):
    offer(signed.network, TEN_PERCENT | {"buyer_most_cents": 150})
    one, two = make_purchase().voucher, make_purchase().voucher
    posted = spending.redeem([(one, 1000), (two, 1000)], marie, key=key(), at=TUESDAY_10H)
    assert [each.amount_cents for each in posted.transfers] == [1000, 100, 1000, 50]


@pytest.mark.parametrize(
    ("order", "added"),
    [
        ({"email": "Tom@Courrier.example"}, 0),
        ({"email": "nina@courrier.example", "recipient_email": "tom@courrier.example"}, 0),
        ({"email": "boutique@commerce.example"}, 0),
        ({"email": "nina@courrier.example"}, 100),
    ],
    ids=["who works the till bought it", "it was given to him", "the shop's own address", "a resident"],
)
def test_to_what_a_shops_own_people_spend_there_the_city_adds_nothing(signed, marie, paul, order, added):
    Agreement.objects.create(shop=paul, network=signed.network, signed_on=TODAY - 30 * DAY)
    make_member(marie, make_person("tom@courrier.example"), role="till", at=TUESDAY_10H)
    Shop.objects.filter(pk=marie.pk).update(email="boutique@commerce.example")
    marie.refresh_from_db()
    offer(signed.network, TEN_PERCENT)
    voucher = make_purchase(**order).voucher
    assert adds(voucher, marie, 1000) == added
    assert adds(voucher, paul, 1000) == 100, "elsewhere it is a voucher as any other"


def test_two_campaigns_each_add_their_own(network, signed, marie, voucher):
    offer(network, TEN_PERCENT)
    offer(network, {"fixed_cents": 30})
    assert adds(voucher, marie, 1000) == 130
    assert whole()


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_campaign_that_is_not_open_adds_nothing(network, signed, marie, voucher, state):
    campaign = offer(network, TEN_PERCENT, is_open=state == "closed")
    if state == "closed":
        campaigns.close(campaign, by=1)
    assert adds(voucher, marie, 1000) == 0


def test_without_a_bonus_a_sale_asks_no_question_more(
    network, signed, marie, voucher, django_assert_num_queries
):
    spending.redeem([(voucher, 100)], marie, key=key(), at=TUESDAY_10H)
    # What the shop is owed and whether any bonus is under way; the transaction, the locks, the transfer; and a savepoint
    # with its release, as the test is a transaction itself.
    with django_assert_num_queries(6):
        spending.redeem([(voucher, 100)], marie, key=key(), at=TUESDAY_10H)


# Many at once. The tests' PostgreSQL takes a hundred connections, and the suite runs twice at a time.
THREADS, ROUNDS = 16, 4


@pytest.mark.parametrize(
    ("rule", "budget"),
    [
        ({"voucher_most_cents": 1033}, 100_000),
        ({"week_most_cents": 1033}, 100_000),
        ({"campaign_most_cents": 1033}, 100_000),
        ({"buyer_most_cents": 1033}, 100_000),
        ({}, 1033),  # the last cents of a budget
    ],
)
def test_tills_that_sell_at_the_same_moment_never_exceed_a_cap_by_a_cent(own_books, rule, budget):
    network, marie = own_books
    campaign = offer(network, TEN_PERCENT | rule, budget=budget)
    rich = make_voucher(network, 100_000)
    sales = [partial(take, rich, marie, 301) for _till in range(THREADS)]
    with crowd(THREADS) as tills:
        found = [each for _round in range(ROUNDS) for each in tills.all_at_once(sales)]
    assert [each for each in found if isinstance(each, Exception)] == []
    paid = sum(bonus.added(each) for each in found)
    assert paid == 1033 == used(campaign)[""]
    assert balance(campaigns.budget_of(campaign)) == budget - 1033
    assert balance(rich.account) == 100_000 - THREADS * ROUNDS * 301


def test_sales_and_their_reversals_at_the_same_moment_leave_what_the_journal_says(own_books):
    network, marie = own_books
    campaign = offer(network, TEN_PERCENT | {"campaign_most_cents": 600, "week_most_cents": 700})
    rich = make_voucher(network, 100_000)
    made = [take(rich, marie, 1000) for _sale in range(THREADS // 2)]
    jobs = [partial(spending.undo, each.txn, marie, key=key(), at=TUESDAY_10H) for each in made]
    jobs += [partial(take, rich, marie, 777) for _sale in made]
    with crowd(len(jobs)) as tills:
        found = tills.all_at_once(jobs)
    assert [each for each in found if isinstance(each, Exception)] == []
    legs = Transfer.objects.filter(source=campaigns.budget_of(campaign)).exclude(
        txn__reversed_by__isnull=False
    )
    stands = sum(legs.values_list("amount_cents", flat=True))
    assert set(used(campaign).values()) == {stands}
    assert balance(campaigns.budget_of(campaign)) == 100_000 - stands
