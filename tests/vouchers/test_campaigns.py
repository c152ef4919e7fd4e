"""A campaign: its vouchers are made and handed over in parts, killed anywhere, none twice, the budget exact to the cent."""

import random
import time
from datetime import timedelta

import pytest

from tests.jobs import run_jobs, waiting
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import FATIMA, FRANK, TODAY, balance, key, make_batch, make_campaign
from tests.vouchers.test_lifecycle import whole
from torture.crowd import crowd
from vouchers import campaigns, ledger, lifecycle, proof, serials, treasury
from vouchers.models import Batch, Transaction, Voucher

EACH = 3000


@pytest.fixture
def campaign(network):
    return make_campaign(network, cents=EACH)


def load(campaign, cents):
    treasury.load_budget(campaign.network.issuer, campaign.budget_name, cents, key=key(), at=TUESDAY_10H)


def left(campaign):
    return balance(campaigns.budget_of(campaign))


def order(campaign, number, sent=None):
    return campaigns.order_batch(campaign, number, form_key=sent or key(), by=FRANK, at=TUESDAY_10H)


def states(batch):
    return {state: batch.vouchers.filter(state=state).count() for state in ("prepared", "active", "void")}


def test_a_batch_is_made_by_the_worker_and_holds_nothing(campaign):
    batch = order(campaign, 250)
    assert waiting("work_on_batch") == [("work_on_batch", {"batch": batch.pk})]
    run_jobs()
    assert list(batch.vouchers.order_by("place").values_list("place", flat=True)) == list(range(1, 251))
    assert states(batch) == {"prepared": 250, "active": 0, "void": 0}
    assert sum(batch.vouchers.values_list("account__balance_cents", flat=True)) == 0
    assert Batch.objects.get().task == ""


def test_the_same_form_sent_twice_is_one_batch(campaign):
    sent = key()
    assert order(campaign, 5, sent) == order(campaign, 5, sent)
    run_jobs()
    assert Voucher.objects.count() == 5


def test_a_draft_has_no_vouchers(network):
    with pytest.raises(campaigns.NotOpen):
        order(make_campaign(network, is_open=False), 5)


def test_a_whole_batch_is_handed_over_at_once(campaign):
    batch = make_batch(campaign, 120)
    load(campaign, 120 * EACH)
    campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    run_jobs()
    assert states(batch)["active"] == 120
    assert left(campaign) == 0
    assert set(batch.vouchers.values_list("account__balance_cents", "issued_on", "expires_on")) == {
        (EACH, TODAY, campaign.expires_on)
    }
    # One line of the journal for each, by who did it.
    assert Transaction.objects.filter(kind="granted", actor=FRANK).count() == 120
    assert whole()


def test_a_batch_that_the_budget_does_not_pay_is_not_begun(campaign):
    batch = make_batch(campaign, 3)
    load(campaign, 3 * EACH - 1)
    with pytest.raises(campaigns.NotEnough) as refused:
        campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    assert refused.value.missing == 1
    assert waiting("work_on_batch") == []


def test_a_budget_that_is_used_up_meanwhile_halts_the_batch_at_the_last_voucher_it_pays(campaign):
    batch = make_batch(campaign, 30)
    load(campaign, 30 * EACH)
    campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    others = list(make_batch(campaign, 20).vouchers.all())
    assert campaigns.hand_over(campaign, others, by=FRANK, at=TUESDAY_10H) == 20
    run_jobs()
    assert states(batch) == {"prepared": 20, "active": 10, "void": 0}
    assert Batch.objects.get(pk=batch.pk).halted == "budget"
    assert left(campaign) == 0


@pytest.mark.parametrize("days", [-401, 31])
def test_nothing_is_handed_over_outside_the_campaigns_days(campaign, days):
    batch = make_batch(campaign)
    load(campaign, EACH)
    at = TUESDAY_10H + timedelta(days=days)
    with pytest.raises(campaigns.NotOpen):
        campaigns.hand_over_all(batch, by=FRANK, at=at)
    with pytest.raises(campaigns.NotOpen):
        campaigns.hand_over(campaign, batch.vouchers.all(), by=FRANK, at=at)


def test_at_the_counter_a_voucher_is_found_by_its_number_its_code_or_its_qr_code(campaign):
    voucher = make_batch(campaign).vouchers.get()
    code = voucher.code()
    for typed in (serials.of(voucher), code.lower(), f"https://ville.example/fr/bon/#{code}"):
        assert campaigns.find(campaign, typed) == voucher
    assert campaigns.find(make_campaign(campaign.network), code) is None
    with pytest.raises(serials.Mistyped):
        campaigns.find(campaign, "12-00345-6x")


def test_a_wrong_digit_of_a_number_is_no_other_voucher(campaign):
    batch = make_batch(campaign, 40)
    for voucher in batch.vouchers.all():
        printed = serials.of(voucher)
        for place, digit in enumerate(printed):
            if digit.isdecimal():
                wrong = printed[:place] + str((int(digit) + 1) % 10) + printed[place + 1 :]
                with pytest.raises(serials.Mistyped):
                    serials.read(wrong)


def test_a_list_hands_over_those_that_it_names(campaign):
    first, second, third = make_batch(campaign, 3).vouchers.order_by("place")
    load(campaign, 2 * EACH)
    campaigns.have_handed_over(campaign, [first.pk, third.pk], by=FRANK, at=TUESDAY_10H)
    run_jobs()
    assert set(Voucher.objects.filter(state="active")) == {first, third}
    with pytest.raises(campaigns.NotEnough):
        campaigns.have_handed_over(campaign, [second.pk], by=FRANK, at=TUESDAY_10H)
    # A job that is done a second time hands nothing over again.
    assert campaigns.hand_over_listed(campaign.pk, [first.pk, third.pk], by=FRANK, at=TUESDAY_10H) == 0
    assert left(campaign) == 0


def test_a_campaign_that_closes_gives_up_what_nobody_got(campaign):
    batch = make_batch(campaign, 5)
    load(campaign, 2 * EACH)
    campaigns.hand_over(campaign, batch.vouchers.order_by("place")[:2], by=FRANK, at=TUESDAY_10H)
    campaigns.close(campaign, by=FATIMA)
    run_jobs()
    assert states(batch) == {"prepared": 0, "active": 2, "void": 3}
    with pytest.raises(campaigns.NotNow):
        campaigns.close(campaign, by=FATIMA)
    assert whole()


def test_of_one_batch_what_nobody_got_is_cancelled(campaign):
    batch, other = make_batch(campaign, 3), make_batch(campaign, 3)
    campaigns.cancel_rest(batch, by=FRANK)
    with pytest.raises(campaigns.NotNow):
        campaigns.cancel_rest(batch, by=FRANK)
    run_jobs()
    assert (states(batch)["void"], states(other)["void"]) == (3, 0)


# Killed anywhere.


class Killed(BaseException):
    """As a worker ends that nobody asked."""


def killed_again_and_again(monkeypatch, dice, batch, verb, *, mean):
    """Do a batch's work with a worker that dies about every `mean` vouchers, until it is done. Returns how often it died."""
    real, deaths = getattr(lifecycle, verb), 0

    def deadly(*args, **kwargs):
        if dice.random() < 1 / mean:
            raise Killed
        posted = real(*args, **kwargs)
        if dice.random() < 1 / mean:
            raise Killed
        return posted

    monkeypatch.setattr(lifecycle, verb, deadly)
    while Batch.objects.get(pk=batch.pk).task:
        try:
            campaigns.work(batch.pk, at=TUESDAY_10H)
        except Killed:
            deaths += 1
    monkeypatch.setattr(lifecycle, verb, real)
    return deaths


def issue(monkeypatch, network, number, dice, *, mean):
    """A campaign from its batch to the last letter, killed at random points. Returns (campaign, batch, deaths)."""
    campaign = make_campaign(network, cents=EACH, budget=number * EACH + 17)
    batch = order(campaign, number)
    deaths = killed_again_and_again(monkeypatch, dice, batch, "prepare", mean=4)
    campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    return campaign, batch, deaths + killed_again_and_again(monkeypatch, dice, batch, "grant", mean=mean)


def must_be_exact(campaign, batch, number):
    assert list(batch.vouchers.order_by("place").values_list("place", flat=True)) == list(
        range(1, number + 1)
    )
    assert batch.vouchers.values("code_hmac").distinct().count() == number
    assert states(batch)["active"] == number
    assert left(campaign) == 17
    granted = Transaction.objects.filter(kind="granted")
    assert (granted.count(), granted.values("subject").distinct().count()) == (number, number)
    assert set(batch.vouchers.values_list("account__balance_cents", flat=True)) == {EACH}
    sums = proof.trust_identity(campaign.network.issuer)
    assert sums["held"] == sums["owed"]
    assert whole()


def test_issued_with_a_worker_that_is_killed_at_random_points_none_comes_twice(network, monkeypatch):
    dice = random.Random(22)
    campaign, batch, deaths = issue(monkeypatch, network, 330, dice, mean=60)
    assert deaths > 5
    must_be_exact(campaign, batch, 330)


@pytest.mark.full
def test_twenty_two_thousand_are_issued_in_five_minutes_and_killed_as_well(own_books, monkeypatch):
    network, _marie = own_books
    number = 22_000
    campaign = make_campaign(network, cents=EACH, budget=number * EACH + 17)
    begun = time.monotonic()
    batch = order(campaign, number)
    campaigns.work(batch.pk, at=TUESDAY_10H)
    made = time.monotonic()
    campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    campaigns.work(batch.pk, at=TUESDAY_10H)
    ended = time.monotonic()
    print(f"{number} vouchers: made in {made - begun:.0f} s, handed over in {ended - made:.0f} s")
    assert ended - begun < 300
    must_be_exact(campaign, batch, number)


def test_two_workers_on_one_batch_and_a_counter_beside_them_hand_each_voucher_over_once(own_books):
    network, _marie = own_books
    campaign = make_campaign(network, cents=EACH, budget=90 * EACH)
    batch = make_batch(campaign, 120)
    load(campaign, 30 * EACH)
    campaigns.hand_over_all(batch, by=FRANK, at=TUESDAY_10H)
    # And while they are at it, somebody else's voucher takes the last cents.
    beside = list(make_batch(campaign, 8).vouchers.select_related("account", "network__issuer"))
    jobs = [lambda: campaigns.work(batch.pk, at=TUESDAY_10H)] * 2
    jobs += [lambda v=v: campaigns.hand_over(campaign, [v], by=FATIMA, at=TUESDAY_10H) for v in beside]
    with crowd(len(jobs)) as people:
        found = people.all_at_once(jobs)
    assert [
        each for each in found if isinstance(each, Exception) and not isinstance(each, ledger.Overdrawn)
    ] == []
    active = Voucher.objects.filter(batch__campaign=campaign, state="active").count()
    assert (active, left(campaign)) == (120, 0)
    assert Transaction.objects.filter(kind="granted").count() == 120
    assert Batch.objects.get(pk=batch.pk).halted in ("budget", "")
