"""What becomes of a voucher, at the second."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY, balance, key, make_batch, make_campaign, make_voucher, payable
from vouchers import campaigns, ledger, lifecycle, proof, sealing, spending, treasury
from vouchers.models import Account, Transaction, Voucher

LUXEMBOURG = ZoneInfo("Europe/Luxembourg")
MINUTE = timedelta(minutes=1)


def kept(voucher):
    return Voucher.objects.get(pk=voucher.pk)


def take(voucher, shop, cents=100, at=TUESDAY_10H):
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at).txn


def whole(at=TUESDAY_10H):
    sealing.seal(at=at)
    return isinstance(proof.verify(at=at), proof.Proved)


@pytest.mark.parametrize(
    ("last_day", "in_time", "too_late"),
    [
        # In winter, in summer, on the days when the clock changes, and on the day that not every year has.
        (date(2027, 1, 31), (23, 59, 59), (0, 0, 0)),
        (date(2027, 7, 31), (23, 59, 59), (0, 0, 0)),
        (date(2027, 3, 28), (23, 59, 59), (0, 0, 0)),
        (date(2027, 10, 31), (23, 59, 59), (0, 0, 0)),
        (date(2028, 2, 29), (23, 59, 59), (0, 0, 0)),
    ],
)
def test_a_voucher_is_good_to_the_last_second_of_its_last_day_in_the_city(
    network, signed, marie, last_day, in_time, too_late
):
    voucher = make_voucher(network, issued_on=last_day - timedelta(days=732), expires_on=last_day)
    take(
        voucher, marie, at=datetime(last_day.year, last_day.month, last_day.day, *in_time, tzinfo=LUXEMBOURG)
    )
    next_day = last_day + timedelta(days=1)
    with pytest.raises(ledger.Expired):
        take(
            voucher,
            marie,
            at=datetime(next_day.year, next_day.month, next_day.day, *too_late, tzinfo=LUXEMBOURG),
        )


@pytest.mark.parametrize(
    ("issued_on", "expires_on", "allowed"),
    [
        (date(2026, 11, 24), date(2028, 11, 24), True),
        (date(2026, 11, 24), date(2028, 11, 23), False),
        (date(2024, 2, 29), date(2026, 2, 28), True),
        (date(2024, 2, 29), date(2026, 2, 27), False),
    ],
)
def test_no_voucher_is_good_for_less_than_two_years(network, issued_on, expires_on, allowed):
    if allowed:
        make_voucher(network, issued_on=issued_on, expires_on=expires_on)
        return
    with pytest.raises(IntegrityError, match="voucher_two_years_at_least"), transaction.atomic():
        make_voucher(network, issued_on=issued_on, expires_on=expires_on)


def test_the_till_takes_back_for_a_quarter_of_an_hour(voucher, signed, marie):
    first, second = take(voucher, marie), take(voucher, marie)
    spending.undo(first, marie, key=key(), at=TUESDAY_10H + 15 * MINUTE - timedelta(seconds=1))
    with pytest.raises(ledger.TooLate):
        spending.undo(second, marie, key=key(), at=TUESDAY_10H + 15 * MINUTE + timedelta(seconds=1))
    assert balance(voucher.account) == 4900


def test_an_undo_that_is_sent_again_later_is_answered_as_the_first_time(voucher, signed, marie):
    sale, sent = take(voucher, marie), key()
    spending.undo(sale, marie, key=sent, at=TUESDAY_10H + MINUTE)
    again = spending.undo(sale, marie, key=sent, at=TUESDAY_10H + 60 * MINUTE)
    assert again.again
    assert balance(voucher.account) == 5000


def test_goods_that_come_back_are_taken_back_until_the_shop_is_paid(voucher, signed, marie):
    early, late = take(voucher, marie, 100), take(voucher, marie, 200)
    spending.give_back(early, marie, key=key(), at=TUESDAY_10H + timedelta(days=3))
    treasury.release_payout(voucher.network.issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    take(voucher, marie, 4000)  # what is due again would suffice
    with pytest.raises(ledger.Settled):
        spending.give_back(late, marie, key=key(), at=TUESDAY_10H)
    assert balance(payable(marie)) == 4000


def test_a_shop_takes_back_its_own_sales_only(voucher, signed, marie, paul):
    with pytest.raises(ledger.OtherShop):
        spending.undo(take(voucher, marie), paul, key=key(), at=TUESDAY_10H)


def test_after_the_payout_a_correction_comes_out_of_the_next_takings(voucher, signed, marie):
    take(voucher, marie, 1000)
    treasury.release_payout(voucher.network.issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    with pytest.raises(ledger.Overdrawn):
        spending.correct(voucher, marie, 300, key=key(), at=TUESDAY_10H)
    take(voucher, marie, 500)
    spending.correct(voucher, marie, 300, key=key(), at=TUESDAY_10H)
    assert (balance(voucher.account), balance(payable(marie))) == (3800, 200)


def test_a_buyer_who_withdraws_gets_back_what_was_not_spent(voucher, signed, marie):
    take(voucher, marie, 3200)
    lifecycle.withdraw(voucher, key=key(), at=TUESDAY_10H)
    assert kept(voucher).state == "void"
    assert balance(lifecycle.refund_due(voucher)) == 1800
    lifecycle.refund(voucher, key=key(), at=TUESDAY_10H)
    assert balance(lifecycle.refund_due(voucher)) == 0
    assert balance(treasury.provider(voucher.network.issuer)) == -3200
    with pytest.raises(ledger.Empty):
        lifecycle.withdraw(voucher, key=key(), at=TUESDAY_10H)


def test_what_the_buyers_bank_takes_back_is_a_loss_as_far_as_it_was_spent(voucher, signed, marie):
    take(voucher, marie, 3200)
    lifecycle.charge_back(voucher, 5000, key=key(), at=TUESDAY_10H)
    issuer = voucher.network.issuer
    assert kept(voucher).state == "frozen"
    assert balance(voucher.account) == 0
    assert balance(ledger.account(issuer, Account.Kind.LOSS)) == -3200
    assert balance(treasury.provider(issuer)) == 0
    assert proof.trust_identity(issuer) == {"held": 0, "owed": 0}


def test_a_frozen_voucher_is_neither_withdrawn_nor_replaced(voucher):
    lifecycle.charge_back(voucher, 1000, key=key(), at=TUESDAY_10H)
    for verb in (lifecycle.withdraw, lifecycle.reissue):
        with pytest.raises(ledger.NoSuchMove):
            verb(voucher, key=key(), at=TUESDAY_10H)
    assert balance(voucher.account) == 4000


def test_a_lost_voucher_is_replaced_by_one_of_the_same_terms(voucher, signed, marie):
    take(voucher, marie, 3200)
    posted = lifecycle.reissue(voucher, key=key(), at=TUESDAY_10H)
    new = Voucher.objects.get(account=posted.transfers[0].target_id)
    assert (new.expires_on, new.network_id, balance(new.account)) == (
        voucher.expires_on,
        voucher.network_id,
        1800,
    )
    with pytest.raises(ledger.Void):
        take(voucher, marie)
    take(new, marie)
    assert whole()


def test_an_expired_voucher_is_extended_and_taken_again(network, signed, marie):
    yesterday = TODAY - timedelta(days=1)
    voucher = make_voucher(network, issued_on=TODAY - timedelta(days=1096), expires_on=yesterday)
    with pytest.raises(ledger.Expired):
        take(voucher, marie)
    lifecycle.extend(voucher, TODAY + timedelta(days=180), key=key(), at=TUESDAY_10H)
    take(voucher, marie)
    with pytest.raises(ledger.NoSuchMove):
        lifecycle.extend(voucher, TODAY, key=key(), at=TUESDAY_10H)
    assert whole()


def test_what_is_left_when_all_is_over_goes_where_the_voucher_says(network, signed, marie):
    voucher = make_voucher(network, issued_on=TODAY - timedelta(days=1096), expires_on=TODAY)
    with pytest.raises(ledger.NoSuchMove):
        lifecycle.close(voucher, "social-fund", key=key(), at=TUESDAY_10H)
    lifecycle.close(voucher, "social-fund", key=key(), at=TUESDAY_10H + timedelta(days=1))
    breakage = ledger.account(network.issuer, Account.Kind.BREAKAGE, "social-fund")
    assert balance(breakage) == 5000
    treasury.pay_breakage(network.issuer, "social-fund", 5000, key=key(), at=TUESDAY_10H)
    assert balance(breakage) == 0
    assert kept(voucher).state == "void"


def test_a_campaign_gives_no_more_than_its_budget(network, signed, marie):
    campaign = make_campaign(network, cents=3000, budget=5000)
    first, second = make_batch(campaign, 2).vouchers.select_related("account").order_by("place")
    how = {
        "budget": campaigns.budget_of(campaign),
        "issued_on": TODAY,
        "expires_on": campaign.expires_on,
        "at": TUESDAY_10H,
    }
    sent = key()
    lifecycle.grant(first, 3000, key=sent, **how)
    assert lifecycle.grant(first, 3000, key=sent, **how).again
    with pytest.raises(ledger.Overdrawn):
        lifecycle.grant(second, 3000, key=key(), **how)
    assert (kept(first).state, kept(second).state) == ("active", "prepared")
    take(first, marie)
    lifecycle.cancel(second, key=key(), at=TUESDAY_10H)
    with pytest.raises(ledger.NoSuchMove):
        lifecycle.grant(second, 3000, key=key(), **how)
    assert whole()


@pytest.mark.parametrize("since", ["nothing", "frozen", "extended"])
def test_a_voucher_is_handed_over_once_whatever_became_of_it_since(network, since):
    campaign = make_campaign(network, cents=3000, budget=9000)
    voucher = make_batch(campaign).vouchers.select_related("account").get()
    how = {"budget": campaigns.budget_of(campaign), "issued_on": TODAY, "at": TUESDAY_10H}
    lifecycle.grant(voucher, 3000, expires_on=campaign.expires_on, key=key(), **how)
    if since == "frozen":
        lifecycle.freeze(voucher, reason="lost", key=key(), at=TUESDAY_10H)
    if since == "extended":
        lifecycle.extend(voucher, campaign.expires_on + timedelta(days=30), key=key(), at=TUESDAY_10H)
    for later in (0, 400):  # the same day again, or a better one
        expires_on = campaign.expires_on + timedelta(days=later)
        with pytest.raises(ledger.NoSuchMove):
            lifecycle.grant(voucher, 3000, expires_on=expires_on, key=key(), **how)
    assert (balance(voucher.account), balance(how["budget"])) == (3000, 6000)
    assert kept(voucher).state == ("frozen" if since == "frozen" else "active")


def test_a_payout_that_comes_back_is_due_again(voucher, signed, marie):
    issuer = voucher.network.issuer
    take(voucher, marie, 3200)
    treasury.release_payout(issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    assert balance(payable(marie)) == 0
    treasury.return_payout(issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    assert balance(payable(marie)) == 3200
    treasury.release_payout(issuer, marie, "payout:2", key=key(), at=TUESDAY_10H)
    treasury.confirm_payout(issuer, "payout:2", key=key(), at=TUESDAY_10H)
    with pytest.raises(ledger.Empty):
        treasury.confirm_payout(issuer, "payout:1", key=key(), at=TUESDAY_10H)
    assert balance(treasury.bank(issuer)) == 3200
    assert proof.trust_identity(issuer) == {"held": 1800, "owed": 1800}


def test_what_the_provider_pays_and_keeps_clears_its_account(voucher):
    issuer = voucher.network.issuer
    with pytest.raises(ledger.Overdrawn):
        treasury.provider_paid(issuer, 4940, fee=60, key=key(), at=TUESDAY_10H)
    treasury.load_budget(issuer, "fees", 100, key=key(), at=TUESDAY_10H)
    treasury.provider_paid(issuer, 4940, fee=60, key=key(), at=TUESDAY_10H)
    assert balance(treasury.provider(issuer)) == 0
    assert proof.trust_identity(issuer)["held"] == 5040


def test_a_difference_is_written_off_either_way(voucher):
    issuer = voucher.network.issuer
    outside = treasury.provider(issuer)
    treasury.write_off(outside, 7, reason="difference", key=key(), at=TUESDAY_10H)
    treasury.write_off(outside, -2, reason="difference", key=key(), at=TUESDAY_10H)
    assert balance(outside) == -4995
    assert Transaction.objects.filter(kind="written_off", reason="difference").count() == 2
