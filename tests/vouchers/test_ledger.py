"""The books, by their one door: what is written, what is refused, and that a refusal moves nothing."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.models import Sum

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, balance, key, make_voucher, payable, prepared
from vouchers import ledger, lifecycle, spending, treasury
from vouchers.models import Account, Agreement, Issuer, Transaction, Transfer

Kind = Transaction.Kind


def redeem(voucher, shop, cents, *, at=TUESDAY_10H, idem_key=None):
    return spending.redeem([(voucher, cents)], shop, key=idem_key or key(), at=at)


def reverse(posted, shop, *, at=TUESDAY_10H):
    return spending.undo(posted.txn, shop, key=key(), at=at)


def by_hand(kind, legs, **columns):
    """Somebody who calls the door without a verb."""
    return ledger.transact(lambda: ledger.post(kind, "test", key(), legs, at=TUESDAY_10H, **columns))


def everything():
    return (
        sorted(Account.objects.values_list("pk", "balance_cents")),
        Transaction.objects.count(),
        Transfer.objects.count(),
    )


def test_marie_takes_a_part_and_the_rest_remains(voucher, signed, marie):
    posted = redeem(voucher, marie, 3200)
    assert [each.source_after for each in posted.transfers] == [1800]
    assert balance(voucher.account) == 1800
    assert balance(payable(marie)) == 3200
    assert Account.objects.aggregate(sum=Sum("balance_cents"))["sum"] == 0


def test_a_voucher_is_never_overdrawn(voucher, signed, marie):
    before = everything()
    with pytest.raises(ledger.Overdrawn):
        redeem(voucher, marie, 5001)
    payable(marie)
    assert balance(voucher.account) == 5000
    assert everything()[1:] == before[1:]


def test_the_same_key_and_request_is_one_movement_and_the_same_answer(voucher, signed, marie):
    first, again = (redeem(voucher, marie, 3200, idem_key="receipt-1") for _ in range(2))
    assert (first.again, again.again) == (False, True)
    assert again.txn.pk == first.txn.pk
    assert [each.source_after for each in again.transfers] == [1800]
    assert balance(voucher.account) == 1800


def test_the_same_key_with_another_request_is_refused(voucher, signed, marie):
    redeem(voucher, marie, 3200, idem_key="receipt-1")
    with pytest.raises(ledger.KeyReused):
        redeem(voucher, marie, 100, idem_key="receipt-1")
    assert balance(voucher.account) == 1800


def test_without_an_agreement_nothing_is_taken(voucher, signed, paul):
    with pytest.raises(ledger.NoAgreement):
        redeem(voucher, paul, 100)


def test_an_agreement_holds_through_its_last_day(voucher, signed, marie):
    signed.ends_on = TODAY
    signed.save()
    assert redeem(voucher, marie, 100)
    with pytest.raises(ledger.NoAgreement):
        redeem(voucher, marie, 100, at=TUESDAY_10H + timedelta(days=1))


def test_a_frozen_voucher_is_not_taken_until_it_is_released(voucher, signed, marie):
    lifecycle.freeze(voucher, reason="lost", key=key(), at=TUESDAY_10H)
    with pytest.raises(ledger.Frozen):
        redeem(voucher, marie, 100)
    lifecycle.release(voucher, reason="found", key=key(), at=TUESDAY_10H)
    assert redeem(voucher, marie, 100)


def test_a_void_voucher_is_not_taken(voucher, signed, marie):
    lifecycle.withdraw(voucher, key=key(), at=TUESDAY_10H)
    with pytest.raises(ledger.Void):
        redeem(voucher, marie, 100)


def test_a_voucher_that_was_not_handed_over_is_not_taken(network, signed, marie):
    (waiting,) = prepared(network)
    with pytest.raises(ledger.NotHandedOver):
        redeem(waiting, marie, 100)


def test_a_voucher_of_one_shop_is_good_there_alone(network, signed, marie, paul):
    with pytest.raises(ledger.OtherShop):
        redeem(make_voucher(network, shop=paul), marie, 100)


def test_what_was_done_is_taken_back_once_and_whole(voucher, signed, marie):
    posted = redeem(voucher, marie, 3200)
    reverse(posted, marie)
    assert balance(voucher.account) == 5000
    assert balance(payable(marie)) == 0
    with pytest.raises(ledger.AlreadyReversed):
        reverse(posted, marie)


def test_a_reversal_is_not_reversed(voucher, signed, marie):
    undone = reverse(redeem(voucher, marie, 3200), marie)
    leg = ledger.Leg(voucher.account, payable(marie), 3200)
    by_hand(Kind.REVERSED, [leg], reverses=undone.txn)
    with pytest.raises(DatabaseError, match="A reversal is not reversed"):
        at_the_commit()


def test_a_reversal_takes_back_all_of_it_and_nothing_else(voucher, signed, marie):
    posted = redeem(voucher, marie, 3200)
    by_hand(Kind.REVERSED, [ledger.Leg(payable(marie), voucher.account, 3199)], reverses=posted.txn)
    with pytest.raises(DatabaseError, match="A reversal mirrors what it reverses"):
        at_the_commit()


@pytest.mark.parametrize(("kind", "moves"), [(Kind.REDEEMED, False), (Kind.FROZEN, True)])
def test_a_transaction_moves_something_or_is_of_a_kind_that_moves_nothing(
    voucher, signed, marie, kind, moves
):
    if moves:
        with pytest.raises(DatabaseError, match="nothing goes from"):
            by_hand(kind, [ledger.Leg(voucher.account, payable(marie), 1)])
        return
    by_hand(kind, [])
    with pytest.raises(DatabaseError, match="A transaction without a transfer"):
        at_the_commit()


def test_a_taking_is_one_shops(voucher, signed, marie, paul):
    Agreement.objects.create(shop=paul, network=voucher.network, signed_on=TODAY)
    by_hand(
        Kind.REDEEMED,
        [ledger.Leg(voucher.account, payable(shop), 100) for shop in (marie, paul)],
    )
    with pytest.raises(DatabaseError, match="A taking is one shop's"):
        at_the_commit()


def test_what_the_city_adds_comes_with_a_voucher(city, network, signed, marie):
    treasury.load_budget(network.issuer, "campaign:1", 1000, key=key(), at=TUESDAY_10H)
    by_hand(Kind.REDEEMED, [ledger.Leg(treasury.budget(network.issuer, "campaign:1"), payable(marie), 100)])
    with pytest.raises(DatabaseError, match="of a voucher"):
        at_the_commit()


def test_money_stays_within_the_books_of_one_issuer(voucher, signed, marie):
    other = Issuer.objects.create(name="Une autre association (fictive)")
    with pytest.raises(DatabaseError, match="books of one issuer"):
        by_hand(Kind.REDEEMED, [ledger.Leg(voucher.account, payable(marie, other), 100)])


def at_the_commit():
    """What the database looks at when a transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_nothing_is_posted_that_the_list_does_not_name(voucher, signed, marie):
    leg = ledger.Leg(payable(marie), treasury.provider(voucher.network.issuer), 1)
    with pytest.raises(DatabaseError, match="nothing goes from merchant_payable to psp_clearing"):
        by_hand(Kind.REDEEMED, [leg])
