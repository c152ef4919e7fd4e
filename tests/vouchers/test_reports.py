"""What the books say of a day, of a month, of twelve months: read from the journal, and true to the cent."""

from datetime import date, datetime, timedelta

import pytest

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import FRANK, TODAY, key, make_campaign, make_voucher, page, post
from vouchers import alarms, campaigns, lifecycle, proof, reports, sealing, spending, treasury
from vouchers.models import FEES, Account, Issuer, MonthClosing, Network

DAY = timedelta(days=1)


@pytest.fixture
def issuer(network):
    return network.issuer


def spend(voucher, shop, cents, *, at=TUESDAY_10H):
    return spending.redeem([(voucher, cents)], shop, key=key(), at=at).txn


def test_balances_at_the_end_of_a_past_day_are_what_they_were(issuer, network, marie, signed):
    voucher = make_voucher(network, at=TUESDAY_10H - 3 * DAY)
    spend(voucher, marie, 3200, at=TUESDAY_10H - DAY)
    spend(voucher, marie, 300)
    stood = {days: reports.balances(issuer, TODAY - days * DAY) for days in range(5)}
    assert [stood[days]["voucher"] for days in range(5)] == [1500, 1800, 5000, 5000, 0]
    assert [stood[days]["merchant_payable"] for days in range(5)] == [3500, 3200, 0, 0, 0]
    assert all(reports.owed(each) == reports.held(each) for each in stood.values())


def test_today_they_are_what_the_accounts_hold(issuer, network, marie, signed):
    campaign = make_campaign(network, budget=10_000)
    treasury.load_budget(issuer, campaign.budget_name, 5_000, key=key(), at=TUESDAY_10H)
    spend(make_voucher(network), marie, 1234)
    found = reports.balances(issuer, TODAY)
    for kind in Account.Kind:
        assert found[kind] == sum(Account.objects.filter(kind=kind).values_list("balance_cents", flat=True))
    assert proof.trust_identity(issuer) == {"held": reports.held(found), "owed": reports.owed(found)}


def test_midnight_is_the_citys(issuer, network):
    """23:30 UTC on 31 October is November in Luxembourg."""
    make_voucher(network, at=datetime.fromisoformat("2026-10-31T23:30:00+00:00"), issued_on=date(2026, 11, 1))
    october, november = reports.months(issuer, date(2026, 10, 5), date(2026, 11, 2))
    assert (october.flows["sold"], november.flows["sold"]) == (0, 5000)
    assert reports.balances(issuer, date(2026, 10, 31))["voucher"] == 0


def test_what_is_taken_back_counts_against_the_month_in_which_it_is(issuer, network, marie, signed):
    voucher = make_voucher(network, at=TUESDAY_10H - 40 * DAY)
    sale = spend(voucher, marie, 3000, at=TUESDAY_10H - 30 * DAY)
    before = reports.months(issuer, TODAY - 45 * DAY, TODAY)
    spending.give_back(sale, marie, key=key(), at=TUESDAY_10H)
    after = reports.months(issuer, TODAY - 45 * DAY, TODAY)
    assert [month.flows["redeemed"] for month in before] == [3000, 0]
    assert [month.flows["redeemed"] for month in after] == [3000, -3000]


def test_a_month_below_nothing_stays_a_number_in_the_file(desk, issuer, network, marie, signed):
    sale = spend(make_voucher(network, at=TUESDAY_10H - 40 * DAY), marie, 350, at=TUESDAY_10H - 30 * DAY)
    spending.give_back(sale, marie, key=key(), at=TUESDAY_10H)
    said = f"?issuer={issuer.pk}&first={TODAY}&last={TODAY}"
    assert '"-3.50"' in desk.get(page("reports_csv") + said).text


def test_each_way_that_money_goes_has_its_column(issuer, network, marie, signed):
    campaign = make_campaign(network, budget=10_000, bonus={"percent": 10})
    batch = campaigns.order_batch(campaign, 1, form_key=key(), by=FRANK, at=TUESDAY_10H)
    campaigns.work(batch.pk, at=TUESDAY_10H)
    (given,) = batch.vouchers.select_related("account", "network__issuer")
    campaigns.hand_over(campaign, [given], by=FRANK, at=TUESDAY_10H)
    voucher = make_voucher(network)
    spend(voucher, marie, 2000)
    treasury.release_payout(issuer, marie, "payout:1", key=key(), at=TUESDAY_10H)
    treasury.confirm_payout(issuer, "payout:1", key=key(), at=TUESDAY_10H)
    spend(voucher, marie, 1000)
    spending.correct(voucher, marie, 500, key=key(), at=TUESDAY_10H)
    lifecycle.withdraw(voucher, key=key(), at=TUESDAY_10H)
    lifecycle.refund(voucher, key=key(), at=TUESDAY_10H)
    lifecycle.charge_back(make_voucher(network, 2500), 3000, key=key(), at=TUESDAY_10H)
    old = make_voucher(network, 900, issued_on=date(2023, 1, 1), expires_on=TODAY - 200 * DAY)
    lifecycle.close(old, "social-fund", key=key(), at=TUESDAY_10H)
    lifecycle.donate(make_voucher(network, 300), key=key(), at=TUESDAY_10H)
    treasury.pay_breakage(issuer, "social-fund", 400, key=key(), at=TUESDAY_10H)
    treasury.load_budget(issuer, FEES, 100, key=key(), at=TUESDAY_10H)
    treasury.provider_paid(issuer, 1500, fee=60, key=key(), at=TUESDAY_10H)
    treasury.write_off(treasury.bank(issuer), 37, reason="bank", key=key(), at=TUESDAY_10H)
    (month,) = reports.months(issuer, TODAY, TODAY)
    assert month.flows == {
        "sold": 8700, "given": 3000, "redeemed": 3000, "corrected": 500, "bonus": 300, "withdrawn": 2500,
        "refunded": 2500, "charged_back": 3000, "expired": 900, "donated": 300, "breakage_paid": 400, "paid_out": 2200,
        "loaded": 10_100, "provider_paid": 1500, "fees": 60, "written_off": 37,
    }  # fmt: skip
    # What came in and what went out is what is held: no way that money goes is left out.
    came = month.flows["sold"] + month.flows["loaded"]
    went = sum(
        month.flows[name] for name in ("refunded", "charged_back", "breakage_paid", "paid_out", "fees")
    )
    assert came - went - month.flows["written_off"] == reports.held(reports.balances(issuer, TODAY))


def test_another_issuers_money_is_not_counted(issuer, network, marie, signed):
    other = Network.objects.create(issuer=Issuer.objects.create(name="Autre (fictif)"), name="Autre")
    make_voucher(other)
    assert reports.balances(issuer, TODAY)["voucher"] == 0
    assert reports.months(issuer, TODAY, TODAY)[0].flows["sold"] == 0


def test_districts_are_told_by_what_their_shops_took(issuer, network, marie, paul, signed):
    voucher = make_voucher(network)
    spend(voucher, marie, 3000)
    spending.undo(spend(voucher, marie, 100), marie, key=key(), at=TUESDAY_10H)
    (row,) = reports.by_district(issuer, TODAY, TODAY)
    assert (row.district, row.shops, row.cents) == (marie.district, 1, 3000)
    assert reports.by_district(issuer, TODAY - DAY, TODAY - DAY) == []


def test_the_volume_of_twelve_months_forgets_the_thirteenth(issuer, network, marie, signed):
    signed.signed_on = TODAY - 800 * DAY
    signed.save()
    voucher = make_voucher(network, 50_000, at=TUESDAY_10H - 500 * DAY)
    spend(voucher, marie, 10_000, at=TUESDAY_10H - 366 * DAY)
    spend(voucher, marie, 2_000, at=TUESDAY_10H - 364 * DAY)
    spend(voucher, marie, 300)
    assert reports.volume(issuer, TODAY).cents == 2_300


@pytest.mark.parametrize(
    ("cents", "level"), [(6_999, None), (7_000, 70), (9_000, 90), (10_000, 100), (15_000, 100)]
)
def test_the_supervisors_threshold_alarms_at_seventy_ninety_and_a_hundred(
    issuer, network, marie, signed, cents, level
):
    issuer.notify_cents = 10_000
    issuer.save()
    spend(make_voucher(network, 15_000), marie, cents)
    found = [fact.number for fact in alarms.facts(at=TUESDAY_10H) if fact.what == "volume"]
    assert found == ([level] if level else [])


# Months that are closed

LAST_MONTH = (TODAY.replace(day=1) - DAY).replace(day=1)
IN_IT = datetime.combine(LAST_MONTH + 9 * DAY, TUESDAY_10H.timetz())


def test_a_closed_month_keeps_its_figures_and_the_journal_still_says_them(issuer, network, desk, frank):
    make_voucher(network, at=IN_IT)
    sealing.seal(at=TUESDAY_10H)
    assert reports.to_close(issuer, TODAY) == LAST_MONTH
    post(desk, "month_close", issuer=issuer.pk, month=LAST_MONTH.isoformat())
    post(desk, "month_close", issuer=issuer.pk, month=LAST_MONTH.isoformat())
    (closing,) = MonthClosing.objects.all()
    assert (closing.month, closing.closed_by, closing.seq) == (LAST_MONTH, frank.pk, 1)
    assert closing.figures["flows"]["sold"] == 5000
    assert reports.to_close(issuer, TODAY) is None
    make_voucher(network)  # this month
    assert not reports.differs(closing)
    assert "les mêmes chiffres" in desk.get(page("month", closing.pk)).text


def test_a_month_that_is_not_over_or_not_sealed_is_not_closed(issuer, network, desk):
    make_voucher(network, at=IN_IT)
    with pytest.raises(reports.NotOver):
        reports.close_month(issuer, LAST_MONTH, by=FRANK, at=TUESDAY_10H)
    assert "scellé" in post(desk, "month_close", issuer=issuer.pk, month=LAST_MONTH.isoformat()).text
    sealing.seal(at=TUESDAY_10H)
    with pytest.raises(reports.NotOver):
        reports.close_month(issuer, TODAY.replace(day=1), by=FRANK, at=TUESDAY_10H)
    for wrong in ("x", "", "9" * 30):
        assert "Ce mois est déjà clos" in post(desk, "month_close", issuer=wrong, month="y").text


# The page


def test_the_page_tells_a_period_and_gives_it_as_a_file(desk, issuer, network, marie, signed):
    spend(make_voucher(network), marie, 3200)
    said = f"?issuer={issuer.pk}&first={TODAY.replace(day=1)}&last={TODAY}"
    words = desk.get(page("reports") + said).text
    assert "Égal au cent près" in words
    assert marie.district.name in words
    lines = desk.get(page("reports_csv") + said).text.lstrip("\ufeff").splitlines()
    assert lines[0].startswith('"month";"sold";"given";"redeemed"')
    assert lines[1].startswith(f'"{TODAY:%Y-%m}";"50.00";"0.00";"32.00"')


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("first=2026-11-02&last=2026-11-01", "avant le premier"),
        ("first=1026-11-02&last=2026-11-01", "Dix ans"),
        ("first=2&last=2026-11-01", "À corriger"),
        ("issuer=99&first=2026-11-01&last=2026-11-01", "À corriger"),
        ("first=0001-01-01&last=0001-01-01", "trop loin"),
        ("first=9999-12-31&last=9999-12-31", "trop loin"),
    ],
)
def test_a_period_that_makes_no_sense_is_said(desk, issuer, said, words):
    response = desk.get(page("reports") + "?" + said)
    assert words in response.text
    assert desk.get(page("reports_csv") + "?" + said).status_code == 200


def test_without_an_issuer_the_desk_says_so(network, desk):
    network.delete()
    Issuer.objects.all().delete()
    for name in ("home", "reports", "books", "agreements", "corrections", "orders", "vouchers"):
        assert desk.get(page(name)).status_code == 200
    assert "Aucun émetteur" in desk.get(page("reports")).text
    assert desk.get(page("reports_csv")).status_code == 200
