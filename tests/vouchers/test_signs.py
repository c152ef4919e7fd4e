"""What stands out in a week is shown, with its reason; what is usual is not; and a sale may be kept back from the payout."""

from datetime import timedelta

import pytest

from shops import catalogue
from shops.models import Shop
from tests.people import make_member, make_person
from tests.purchases import make_purchase, make_till
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, key, make_voucher
from vouchers import signs, spending, till
from vouchers.models import Agreement, Sign, WeekReview
from vouchers.signs import BURST_SALES, BURST_WITHIN, ROUND_SALES

WEEK = signs.monday_of(TODAY)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


@pytest.fixture
def seen(network):
    """The signs of the week's sales, by the sale."""

    def look(week=WEEK):
        return {
            line.sale: set(line.signs)
            for found in signs.of_week(network.issuer, week)
            for line in found.lines
        }

    return look


def spend(voucher, shop, cents, at=TUESDAY_10H):
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at).txn.pk


def test_an_ordinary_week_shows_nothing(network, signed, marie, seen):
    for number in range(5):
        spend(make_voucher(network), marie, 1234 + number, at=TUESDAY_10H + number * HOUR)
    assert seen() == {}


def test_what_a_shops_people_bought_and_spent_there_is_seen(signed, marie, seen):
    make_member(marie, make_person("tom@courrier.example"), role="till")
    own = spend(make_purchase("Tom@courrier.example").voucher, marie, 700)
    given = spend(make_purchase(recipient_email="tom@courrier.example").voucher, marie, 800)
    spend(make_purchase().voucher, marie, 5000)
    assert seen() == {own: {Sign.OWN}, given: {Sign.OWN}}


def test_most_of_a_week_by_one_buyer_is_seen_from_a_hundred_euros_on(signed, marie, seen):
    other = spend(make_purchase("paul@courrier.example", cents=15_000).voucher, marie, 2500)
    first = spend(make_purchase(cents=15_000).voucher, marie, 7499)
    assert seen() == {}
    second = spend(make_purchase("NINA@courrier.example").voucher, marie, 2501)
    assert seen() == {first: {Sign.ONE_BUYER}, second: {Sign.ONE_BUYER}}
    spend(make_purchase("paul@courrier.example").voucher, marie, 1)
    assert other not in seen()
    assert seen() == {}, "a cent below eight in ten"


def test_ten_sales_in_ten_minutes_are_seen_and_the_eleventh_much_later_is_not(network, signed, marie, seen):
    voucher = make_voucher(network, 15_000)
    step = BURST_WITHIN // (BURST_SALES - 1)
    quick = [spend(voucher, marie, 311, at=TUESDAY_10H + number * step) for number in range(BURST_SALES)]
    spend(voucher, marie, 311, at=TUESDAY_10H + HOUR)
    assert seen() == {sale: {Sign.BURST} for sale in quick}


def test_nine_are_not(network, signed, marie, seen):
    voucher = make_voucher(network, 15_000)
    for number in range(BURST_SALES - 1):
        spend(voucher, marie, 311, at=TUESDAY_10H + number * MINUTE)
    assert seen() == {}


def test_round_amounts_are_seen_where_something_was_left_on_the_voucher(signed, marie, seen):
    """A voucher of twenty euros that is spent at once is a round amount, and as usual as can be."""

    def spend_of_another(number, held, cents):
        bought = make_purchase(f"resident-{number}@courrier.example", cents=held).voucher
        return spend(bought, marie, cents, at=TUESDAY_10H + number * HOUR)

    for number in range(ROUND_SALES):
        spend_of_another(number, 2000, 2000)
    assert seen() == {}
    even = [spend_of_another(number, 5000, 2500) for number in range(1, ROUND_SALES)]
    assert seen() == {}, "nine are too few"
    spend_of_another(20, 5000, 1234)
    assert seen() == {sale: {Sign.ROUND} for sale in even}, "nine of ten"
    spend_of_another(21, 5000, 1234)
    assert seen() == {}, "nine of eleven"


@pytest.mark.parametrize(("hours", "is_seen"), [("Mo-Su 07:00-19:00", True), ("24/7", False), ("", False)])
def test_at_night_what_is_sold_behind_closed_doors_is_seen(network, signed, marie, seen, hours, is_seen):
    Shop.objects.filter(pk=marie.pk).update(opening_hours=hours)
    catalogue.changed([marie.pk], at=TUESDAY_10H)
    night = TUESDAY_10H.replace(hour=3)
    sale = spend(make_voucher(network, at=night - HOUR), marie, 1234, at=night)
    assert seen() == ({sale: {Sign.NIGHT}} if is_seen else {})


def test_what_was_noted_on_paper_is_seen(network, signed, marie, seen):
    voucher = make_voucher(network, at=TUESDAY_10H - 5 * HOUR)
    posted = till.take_from_paper(
        make_till(marie, at=TUESDAY_10H),
        voucher,
        700,
        happened_at=TUESDAY_10H - HOUR,
        key=key(),
        at=TUESDAY_10H,
    )
    assert seen() == {posted.txn.pk: {Sign.PAPER}}


def test_a_sale_that_was_taken_back_and_one_of_another_week_are_not_shown(signed, marie, seen):
    make_member(marie, make_person("tom@courrier.example"))
    sale = spending.redeem(
        [(make_purchase("tom@courrier.example").voucher, 100)], marie, key=key(), at=TUESDAY_10H
    )
    spending.undo(sale.txn, marie, key=key(), at=TUESDAY_10H)
    assert seen() == {}
    later = spend(
        make_purchase("tom@courrier.example").voucher, marie, 100, at=TUESDAY_10H + timedelta(days=6)
    )
    assert seen() == {}
    assert seen(WEEK + timedelta(days=7)) == {later: {Sign.OWN}}


def test_a_week_begins_on_monday_at_midnight_in_the_city(signed, marie, seen):
    make_member(marie, make_person("tom@courrier.example"))
    voucher = make_purchase("tom@courrier.example", at=TUESDAY_10H - timedelta(days=3)).voucher
    monday = TUESDAY_10H.replace(hour=0, minute=0) - timedelta(days=1)
    before, after = (spend(voucher, marie, 100, at=at) for at in (monday - MINUTE, monday))
    assert set(seen()) == {after}
    assert set(seen(WEEK - timedelta(days=7))) == {before}


def test_shops_with_more_signs_come_first(network, signed, marie, paul):
    Agreement.objects.create(shop=paul, network=network, signed_on=TODAY - timedelta(days=30))
    for shop in (marie, paul):
        make_member(shop, make_person(f"tom-{shop.pk}@courrier.example"))
    spend(make_purchase(f"tom-{marie.pk}@courrier.example").voucher, marie, 9000 // 2)
    spend(make_purchase(f"tom-{paul.pk}@courrier.example", cents=15_000).voucher, paul, 12_000)
    assert [(each.shop, each.signs) for each in signs.of_week(network.issuer, WEEK)] == [
        (paul, [Sign.OWN, Sign.ONE_BUYER]),
        (marie, [Sign.OWN]),
    ]


def test_a_week_with_sales_is_to_review_until_somebody_has(network, signed, marie):
    issuer, monday = network.issuer, WEEK + timedelta(days=7)
    assert not signs.is_to_review(issuer, today=monday), "nothing was spent"
    spend(make_voucher(network), marie, 100)
    assert not signs.is_to_review(issuer, today=monday - timedelta(days=1)), "it is not over"
    assert signs.is_to_review(issuer, today=monday)
    for person in (901, 902):
        signs.review(issuer, WEEK, by=person, at=TUESDAY_10H)
    assert WeekReview.objects.get().reviewed_by == 901
    assert not signs.is_to_review(issuer, today=monday)


def test_many_sales_are_no_more_queries(network, signed, marie, django_assert_num_queries):
    for number in range(3 * BURST_SALES):
        spend(make_voucher(network), marie, 311, at=TUESDAY_10H + number * MINUTE / 10)
    # The city's zone (once a minute), the sales, their shops, what is kept back.
    with django_assert_num_queries(4, exact=False):
        (found,) = signs.of_week(network.issuer, WEEK)
    assert found.number == 3 * BURST_SALES
