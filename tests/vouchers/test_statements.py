"""What Marie was paid for: every line, to the cent, on paper and as a table, in her language."""

import re
from datetime import date, timedelta

import pytest
from django.utils import translation

from tests.papers import text_of
from tests.purchases import make_till
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, key, make_batch, make_campaign, make_voucher, payable
from tests.vouchers.settling import LONG_AGO, make_account, make_terms, officer, settle, take
from vouchers import campaigns, spending
from vouchers.models import Agreement, Transfer
from vouchers.settlement import answers, statements

DAY = timedelta(days=1)


@pytest.fixture
def issuer(network, marie):
    make_terms(network.issuer, least=1), make_account(marie)
    Agreement.objects.create(shop=marie, network=network, signed_on=LONG_AGO.date())
    return network.issuer


@pytest.fixture
def payout(network, issuer, marie):
    """A week: two takings, one undone, one with the City's bonus; the week before it was paid already."""
    at = TUESDAY_10H
    take(network, marie, 12_00, at=at - 7 * DAY)
    settle(issuer, at=at - 7 * DAY)
    voucher = make_voucher(network, 80_00, at=at - 2 * DAY)
    till = make_till(marie, at=at)
    spending.redeem([(voucher, 50_00)], marie, key=key(), at=at, device=till.pk)
    wrong = spending.redeem([(voucher, 5_00)], marie, key=key(), at=at, device=till.pk).txn
    spending.undo(wrong, marie, key=key(), at=at, device=till.pk)
    campaign = make_campaign(network, budget=100_00, bonus={"percent": 10})
    given = make_batch(campaign).vouchers.select_related("account", "network__issuer").get()
    campaigns.hand_over(campaign, [given], by=1, at=at)
    spending.redeem([(given, 20_00)], marie, key=key(), at=at)
    spending.correct(voucher, marie, 1_00, key=key(), at=at)
    return settle(issuer).payouts.select_related("file__issuer", "shop").get()


def test_each_line_since_the_payout_before_and_no_other(payout):
    lines = statements.lines_of(payout)
    assert lines.opening == 0
    assert [(entry.what, entry.cents) for entry in lines.entries] == [
        ("taking", 50_00), ("taking", 5_00), ("taken_back", -5_00), ("taking", 20_00), ("bonus", 2_00), ("corrected", -1_00),
    ]  # fmt: skip
    assert lines.entries[0].till == "Comptoir"


def test_the_lines_sum_to_what_was_paid_and_to_what_the_journal_says(payout):
    lines = statements.lines_of(payout)
    assert lines.opening + sum(entry.cents for entry in lines.entries) == payout.cents == 71_00
    assert Transfer.objects.get(txn=payout.txn).amount_cents == payout.cents


def test_one_that_does_not_sum_is_not_given(payout):
    payout.cents += 1
    with pytest.raises(statements.Differs):
        statements.payout_table(payout)


def test_what_came_back_opens_the_next_one(network, issuer, marie):
    take(network, marie, 12_00)
    returned = settle(issuer).payouts.get()
    answers.mark_returned(returned, "AM04", by=officer(), at=TUESDAY_10H)
    take(network, marie, 3_00)
    lines = statements.lines_of(settle(issuer).payouts.get())
    assert [(entry.what, entry.cents) for entry in lines.entries] == [("came_back", 12_00), ("taking", 3_00)]


def test_as_a_table_for_a_spreadsheet(payout):
    with translation.override("fr"):
        heading, rows = statements.payout_table(payout)
    assert heading[-1] == "Montant (EUR)"
    assert rows[0][3:] == ["Solde au début", "", "", "0,00"]
    assert rows[1][3] == "Encaissement"
    assert [row[-1] for row in rows[1:7]] == ["50,00", "5,00", "-5,00", "20,00", "2,00", "-1,00"]
    assert rows[-2][-1] == "71,00"
    assert rows[-1][4] == payout.end_to_end_id
    with translation.override("en"):
        assert statements.payout_table(payout)[1][-2][-1] == "71.00"


@pytest.mark.parametrize("language", ["fr", "de", "en", "lb"])
def test_on_paper_accessible_in_four_languages(payout, language):
    content = statements.statement_pdf(payout, language=language)
    assert b"pdfuaid" in content
    words = re.sub(r"[^A-Za-z0-9]", "", text_of(content))
    assert re.sub("-", "", payout.end_to_end_id) in words
    assert payout.account.iban()[:-4] not in words


def test_the_paper_says_what_an_accountant_needs(payout):
    words = text_of(statements.statement_pdf(payout, language="fr")).replace("\xa0", " ")
    for said in (
        "Solde au début",
        "71,00 €",
        "Bons à usages multiples",
        "Boulangerie Um Eck",
        "Complément de la Ville",
    ):
        assert said in " ".join(words.split())


def test_takings_by_day_and_by_month_are_the_journals(payout, marie, issuer):
    # One of the three that Tuesday saw was taken back.
    (tuesday, before) = statements.by_day(marie, date(2026, 11, 1), date(2026, 11, 30))
    assert (tuesday.on, tuesday.cents, tuesday.bonus, tuesday.number) == (date(2026, 11, 24), 71_00, 2_00, 2)
    assert before.cents == 12_00
    (november,) = statements.by_month(marie, date(2026, 11, 1))
    assert november.cents == 83_00
    assert balance(payable(marie, issuer)) == 0


def test_a_period_has_its_payouts_and_sums_to_what_is_due(payout, marie, network, issuer):
    take(network, marie, 4_00)
    with translation.override("en"):
        _heading, rows = statements.period_table(marie, date(2026, 11, 1), date(2026, 11, 30))
    assert round(sum(float(row[-1]) for row in rows) * 100) == statements.owed(marie) == 4_40
