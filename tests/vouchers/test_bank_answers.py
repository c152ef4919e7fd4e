"""What the bank answers: read, shown, and then noted; twice is once; what is not clear is left to people."""

import pytest
from django.db import connection

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, payable
from tests.vouchers.settling import (
    booked_as_one,
    came_back,
    detail,
    entry,
    made_up,
    make_account,
    make_terms,
    officer,
    paid,
    rejected,
    report,
    settle,
    statement,
    take,
)
from vouchers import proof, treasury
from vouchers.models import BankMessage, Payout, PayoutFile, Transaction
from vouchers.settlement import accounts, answers, bank, runs

PAID, RETURNED = Payout.State.PAID, Payout.State.RETURNED
LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "' + "&a;" * 20 + '">'
    + "".join(f'<!ENTITY {chr(99 + n)} "{f"&{chr(98 + n)};" * 20}">' for n in range(8))
    + "]><Document>&j;</Document>"
)  # fmt: skip
OUTSIDE = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><Document>&a;</Document>'


@pytest.fixture
def issuer(network, marie, paul):
    make_terms(network.issuer)
    for shop, cents in ((marie, 50_00), (paul, 30_00)):
        make_account(shop), take(network, shop, cents)
    return network.issuer


@pytest.fixture
def file(issuer):
    return settle(issuer)


@pytest.fixture
def hers(file, marie):
    return file.payouts.select_related("file__issuer", "shop", "account").get(shop=marie)


@pytest.fixture
def his(file, paul):
    return file.payouts.select_related("file__issuer", "shop", "account").get(shop=paul)


def read(issuer, content):
    return answers.take_in(issuer, content, by=officer(), at=TUESDAY_10H)


def apply(message):
    return answers.apply(message, by=officer(), at=TUESDAY_10H)


def verdicts(message):
    return [str(one.verdict) for one in answers.judged(message)]


def state(payout):
    return Payout.objects.get(pk=payout.pk).state


def is_balanced(issuer):
    sums = proof.trust_identity(issuer)
    return sums["held"] == sums["owed"]


class TestByHand:
    def test_paid_the_money_has_left_the_bank(self, issuer, hers):
        at_bank = balance(treasury.bank(issuer))
        for _click in range(2):
            answers.mark_paid(hers, by=officer(), at=TUESDAY_10H)
        assert state(hers) == PAID
        assert balance(treasury.bank(issuer)) == at_bank + 50_00
        assert balance(treasury.in_transit(issuer, hers.subject)) == 0
        assert is_balanced(issuer)

    def test_returned_it_is_due_again_and_the_account_waits(self, issuer, hers, marie):
        for _click in range(2):
            answers.mark_returned(hers, "AC04", by=officer(), at=TUESDAY_10H)
        assert (state(hers), Payout.objects.get(pk=hers.pk).reason) == (RETURNED, "AC04")
        assert balance(payable(marie, issuer)) == 50_00
        assert [one.waits for one in runs.due(issuer, at=TUESDAY_10H)] == ["bounced"]
        assert is_balanced(issuer)

    def test_returned_after_it_was_booked_it_comes_back_from_the_bank(self, issuer, hers, marie):
        at_bank = balance(treasury.bank(issuer))
        answers.mark_paid(hers, by=officer(), at=TUESDAY_10H)
        answers.mark_returned(hers, "MD07", by=officer(), at=TUESDAY_10H)
        assert balance(treasury.bank(issuer)) == at_bank
        assert balance(payable(marie, issuer)) == 50_00
        kinds = Transaction.objects.filter(subject=hers.subject).order_by("pk").values_list("kind", flat=True)
        assert list(kinds) == ["payout_released", "payout_confirmed", "reversed", "payout_returned"]

    def test_what_was_our_fault_leaves_the_account_as_good_as_before(self, issuer, hers):
        answers.mark_returned(hers, "AM04", by=officer(), at=TUESDAY_10H)
        assert [one.waits for one in runs.due(issuer, at=TUESDAY_10H)] == [""]
        assert settle(issuer).total_cents == 50_00

    def test_what_came_back_is_not_paid(self, hers):
        answers.mark_returned(hers, "AC04", by=officer(), at=TUESDAY_10H)
        with pytest.raises(answers.NotPossible):
            answers.mark_paid(hers, by=officer(), at=TUESDAY_10H)

    def test_the_last_answer_closes_the_file(self, file, hers, his):
        answers.mark_paid(hers, by=officer(), at=TUESDAY_10H)
        assert PayoutFile.objects.get().state == "released"
        answers.mark_returned(his, "AC01", by=officer(), at=TUESDAY_10H)
        assert PayoutFile.objects.get().state == "closed"

    def test_a_new_account_is_paid_what_came_back_with_a_reference_of_its_own(self, issuer, hers, marie):
        answers.mark_returned(hers, "AC04", by=officer(), at=TUESDAY_10H)
        account = make_account(marie, made_up(71), at=TUESDAY_10H)
        again = settle(issuer, at=account.effective_at).payouts.get()
        assert (again.cents, again.account) == (50_00, account)
        assert again.end_to_end_id != hers.end_to_end_id


class TestStatements:
    def test_what_is_booked_is_paid_and_what_comes_back_is_due_again(self, issuer, hers, his, marie, paul):
        message = read(issuer, statement(paid(hers), came_back(his)))
        assert verdicts(message) == ["paid", "returned"]
        assert state(hers) == "in_transit", "nothing before somebody has seen it"
        assert apply(message) == {"paid": 1, "returned": 1}
        assert (state(hers), state(his)) == (PAID, RETURNED)
        assert balance(payable(paul, issuer)) == 30_00
        assert Payout.objects.get(pk=his.pk).reason == "AC04"
        assert is_balanced(issuer)

    def test_read_twice_it_is_one_message_and_applied_twice_it_is_done_once(self, issuer, hers):
        content = statement(paid(hers))
        first, second = read(issuer, content), read(issuer, content)
        assert first == second
        assert apply(first) == {"paid": 1, "returned": 0}
        assert apply(second) == {"paid": 0, "returned": 0}
        assert Transaction.objects.filter(kind="payout_confirmed").count() == 1

    def test_another_message_that_says_the_same_does_nothing(self, issuer, hers):
        apply(read(issuer, statement(paid(hers))))
        again = read(issuer, statement(paid(hers), number="R-2"))
        assert verdicts(again) == ["done"]
        assert apply(again) == {"paid": 0, "returned": 0}

    def test_a_file_that_is_booked_as_one_is_each_of_its_payouts(self, issuer, file, hers, his):
        assert apply(read(issuer, statement(booked_as_one(file)))) == {"paid": 2, "returned": 0}
        assert (state(hers), state(his)) == (PAID, PAID)

    def test_booked_and_sent_back_in_one_statement(self, issuer, hers):
        message = read(issuer, statement(paid(hers), came_back(hers)))
        assert apply(message) == {"paid": 1, "returned": 1}
        assert state(hers) == RETURNED

    @pytest.mark.parametrize("version", ["02", "08", "13"])
    def test_of_any_version(self, issuer, hers, version):
        assert verdicts(read(issuer, statement(paid(hers), version=version))) == ["paid"]

    def test_what_is_not_booked_yet_says_nothing(self, issuer, hers):
        pending = entry(50_00, detail(hers.end_to_end_id, 50_00), status="<Sts><Cd>PDNG</Cd></Sts>")
        assert read(issuer, statement(pending)).lines == []

    @pytest.mark.parametrize(
        ("cents", "currency"), [(49_99, "EUR"), (50_00, "USD")], ids=["another amount", "another currency"]
    )
    def test_what_differs_is_an_alarm_and_is_not_noted(self, issuer, hers, cents, currency):
        line = entry(cents, detail(hers.end_to_end_id, cents, currency=currency), currency=currency)
        message = read(issuer, statement(line))
        assert verdicts(message) == ["other_amount"]
        assert apply(message) == {"paid": 0, "returned": 0}
        assert state(hers) == "in_transit"

    def test_a_reference_of_ours_that_nobody_knows_is_an_alarm(self, issuer, file):
        line = entry(1_00, detail("BONS-999999-00000001", 1_00))
        (judged,) = answers.judged(read(issuer, statement(line)))
        assert (judged.verdict, judged.is_alarm, judged.payout) == ("unknown", True, None)

    def test_of_other_peoples_payments_nothing_is_kept_but_how_many(self, issuer, hers):
        salary = entry(2_000_00, detail("SALAIRE-NOVEMBRE-NINA", 2_000_00))
        message = read(issuer, statement(salary, entry(3_00), paid(hers)))
        assert (message.others, len(message.lines)) == (2, 1)
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM vouchers_bankmessage t")
            assert "SALAIRE" not in cursor.fetchall()[0][0]

    def test_one_line_twice_in_a_file_counts_once(self, issuer, hers):
        message = read(issuer, statement(paid(hers), paid(hers)))
        assert verdicts(message) == ["paid", "doubled"]
        assert apply(message) == {"paid": 1, "returned": 0}

    def test_the_statement_of_another_account_is_not_taken_in(self, issuer, hers):
        with pytest.raises(answers.OtherAccount):
            read(issuer, statement(paid(hers), iban=made_up(8)))
        assert not BankMessage.objects.exists()

    def test_another_issuers_payouts_are_unknown_here(self, issuer, hers):
        from vouchers.models import Issuer

        other = Issuer.objects.create(name="Autre")
        make_terms(other, iban=made_up(8))
        assert verdicts(read(other, statement(paid(hers), iban=made_up(8)))) == ["unknown"]


class TestReports:
    def test_a_transfer_that_is_rejected_is_due_again(self, issuer, file, hers, his):
        message = read(issuer, report(file, rejected(hers)))
        assert message.kind == "pain.002"
        assert apply(message) == {"paid": 0, "returned": 1}
        assert (state(hers), state(his)) == (RETURNED, "in_transit")
        # Read once more, with other words: done already.
        assert verdicts(read(issuer, report(file, rejected(hers), number="P-2"))) == ["done"]

    def test_a_file_that_is_rejected_is_each_of_its_payouts_and_no_account_is_to_blame(self, issuer, file):
        assert apply(read(issuer, report(file, group="RJCT"))) == {"paid": 0, "returned": 2}
        assert {one.waits for one in runs.due(issuer, at=TUESDAY_10H)} == {""}

    def test_that_it_was_taken_in_says_nothing_yet(self, issuer, file):
        assert read(issuer, report(file, group="ACCP")).lines == []

    def test_a_file_that_is_not_ours(self, issuer):
        message = read(issuer, report("SOMEBODYS-FILE", group="RJCT"))
        assert (message.lines, message.others) == ([], 1)


class TestWhatIsNoMessage:
    @pytest.mark.parametrize(
        "content",
        [
            "", "Bonjour", "<Document", LAUGHS, OUTSIDE, "<!DOCTYPE x><Document/>",
            '<?xml version="1.0" encoding="nonsense"?><a/>', "\x00<a/>",
        ],
        ids=["empty", "text", "broken", "billion laughs", "external", "doctype", "encoding", "nul"],
    )  # fmt: skip
    def test_broken_or_hostile_xml_is_not_read(self, content):
        with pytest.raises(bank.NotXml):
            bank.read(content.encode())

    @pytest.mark.parametrize(
        "content", ["<Document/>", '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"/>']
    )
    def test_other_xml_is_not_read(self, content):
        with pytest.raises(bank.NotABankMessage):
            bank.read(content.encode())

    def test_what_is_too_large_is_not_looked_at(self):
        for content in (b" " * (bank.MOST_BYTES + 1), b"<a>" * (bank.MOST_TAGS + 1)):
            with pytest.raises(bank.TooLarge):
                bank.read(content)

    def test_nothing_but_tags_one_in_another_breaks_nothing(self):
        depth = bank.MOST_TAGS // 2
        with pytest.raises(bank.NotABankMessage):
            bank.read(b"<a>" * depth + b"</a>" * depth)

    @pytest.mark.parametrize("amount", ["", "abc", "1e9", "-5", "50.001", "9" * 40])
    def test_an_amount_that_is_none_equals_nothing(self, issuer, hers, amount):
        line = paid(hers).replace("50.00", amount)
        assert verdicts(read(issuer, statement(line))) == ["other_amount"]


def test_the_provider_pays_49_40_of_50_and_the_city_bears_60_cents(network):
    issuer = network.issuer
    treasury.load_budget(issuer, "fees", 5_00, key="fees", at=TUESDAY_10H)
    before = balance(treasury.bank(issuer))
    treasury.provider_paid(issuer, 49_40, fee=60, key="p1", at=TUESDAY_10H)
    assert balance(treasury.provider(issuer)) == 50_00
    assert balance(treasury.bank(issuer)) == before - 49_40
    assert balance(treasury.budget(issuer, "fees")) == 4_40
    assert is_balanced(issuer)


def test_a_shop_whose_transfer_came_back_gives_its_account_anew(issuer, hers, marie):
    """The same IBAN may be asked for again: the holder's name was wrong."""
    iban = hers.account.iban()
    answers.mark_returned(hers, "BE01", by=officer(), at=TUESDAY_10H)
    again = accounts.ask(marie, iban, "Autre nom", by=officer("Frank"), at=TUESDAY_10H)
    accounts.confirm(again, by=officer("Fatima"), at=TUESDAY_10H)
    assert accounts.current([marie.pk], at=TUESDAY_10H + accounts.HOLD)[marie.pk] == again
