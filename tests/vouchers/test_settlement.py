"""Monday's file: Frank prepares it, Fatima releases it, and what is due to the shops is on its way to them, to the cent."""

import threading
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from django.db import connection
from lxml import etree

from districts.models import PublicHoliday
from shops.models import Event, Shop
from tests.jobs import run_jobs
from tests.shops import factories
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, key, make_batch, make_campaign, make_voucher, payable
from tests.vouchers.settling import (
    LONG_AGO,
    OURS,
    frank_and_fatima,
    made_up,
    make_account,
    make_terms,
    officer,
    prepare,
    release,
    settle,
    take,
)
from vouchers import campaigns, ledger, proof, spending, treasury
from vouchers.models import (
    Account,
    Agreement,
    BankAccount,
    Issuer,
    Network,
    Payout,
    PayoutFile,
    PayoutTerms,
    Transfer,
)
from vouchers.settlement import accounts, days, pain, runs

PAIN = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
State = PayoutFile.State


@pytest.fixture
def issuer(network):
    return network.issuer


@pytest.fixture
def due(network, marie, paul):
    """Marie has taken 50 €, Paul 30 €; both can be paid."""
    make_terms(network.issuer)
    for shop, cents in ((marie, 50_00), (paul, 30_00)):
        make_account(shop)
        take(network, shop, cents)
    return network.issuer


def waits(issuer, at=TUESDAY_10H):
    return {one.shop: one.waits for one in runs.due(issuer, at=at)}


class TestWhoIsPaid:
    def test_a_shop_waits_until_its_iban_counts(self, network, issuer, marie):
        make_terms(issuer)
        take(network, marie)
        assert waits(issuer) == {marie.pk: "no_account"}
        frank, fatima = frank_and_fatima()
        account = accounts.ask(marie, made_up(1), "Marie", by=frank, at=TUESDAY_10H)
        assert waits(issuer) == {marie.pk: "not_confirmed"}
        with pytest.raises(runs.NothingDue):
            prepare(issuer)
        accounts.confirm(account, by=fatima, at=TUESDAY_10H)
        assert waits(issuer) == {marie.pk: ""}
        accounts.bounced(account, at=TUESDAY_10H)
        assert waits(issuer) == {marie.pk: "bounced"}

    def test_what_is_less_than_the_minimum_waits_for_the_next_time(self, network, issuer, marie):
        make_terms(issuer, least=50_01), make_account(marie)
        take(network, marie, 50_00)
        assert waits(issuer) == {marie.pk: "too_little"}
        take(network, marie, 1)
        assert waits(issuer) == {marie.pk: ""}

    def test_who_is_due_nothing_is_not_named(self, due, marie):
        settle(due)
        assert runs.due(due, at=TUESDAY_10H) == []

    def test_nothing_leaves_before_the_citys_own_account_is_known(self, network, issuer, marie):
        make_account(marie), take(network, marie)
        with pytest.raises(runs.NoTerms):
            prepare(issuer)

    def test_each_issuer_pays_what_it_owes(self, due, marie):
        other = Network.objects.create(issuer=Issuer.objects.create(name="Autre"), name="Autre")
        make_terms(other.issuer, iban=made_up(9))
        take(other, marie, 7_00)
        file = settle(due)
        assert file.total_cents == 80_00
        assert balance(payable(marie, other.issuer)) == 7_00


class TestTwoPeople:
    def test_a_file_is_prepared_and_nothing_moves(self, due, marie):
        file = prepare(due)
        assert (file.state, file.payouts.count()) == (State.PREPARED, 2)
        assert balance(payable(marie, due)) == 50_00
        assert not Transfer.objects.filter(txn__kind="payout_released").exists()

    def test_whoever_prepared_does_not_release(self, due, marie):
        file = prepare(due)
        with pytest.raises(runs.SamePerson):
            release(file, by=officer("Frank"))
        assert balance(payable(marie, due)) == 50_00

    def test_another_one_releases_and_the_books_say_it(self, due, marie, paul):
        file = release(prepare(due))
        assert (file.state, file.total_cents, file.lines) == (State.RELEASED, 80_00, 2)
        assert (balance(payable(marie, due)), balance(payable(paul, due))) == (0, 0)
        for payout in file.payouts.all():
            assert payout.state == Payout.State.IN_TRANSIT
            assert payout.end_to_end_id == f"BONS-{file.pk:06}-{payout.shop_id:08}"
            assert balance(treasury.in_transit(due, payout.subject)) == payout.cents
            assert payout.txn.transfers.get().amount_cents == payout.cents
        assert sum(payout.cents for payout in file.payouts.all()) == file.total_cents
        identity = proof.trust_identity(due)
        assert identity["held"] == identity["owed"]

    def test_one_file_is_open_at_a_time(self, due):
        file = prepare(due)
        with pytest.raises(runs.OnePrepared):
            prepare(due)
        runs.cancel(file, by=officer("Frank"), at=TUESDAY_10H)
        assert prepare(due).msg_id != file.msg_id

    def test_a_file_that_is_given_up_moves_nothing_and_is_not_released(self, due, marie):
        file = prepare(due)
        runs.cancel(file, by=officer("Frank"), at=TUESDAY_10H)
        assert set(file.payouts.values_list("state", flat=True)) == {Payout.State.DROPPED}
        with pytest.raises(runs.GivenUp):
            release(file)
        assert balance(payable(marie, due)) == 50_00

    def test_a_file_that_was_released_is_not_given_up(self, due):
        file = settle(due)
        with pytest.raises(runs.NotAllowed):
            runs.cancel(file, by=officer("Frank"), at=TUESDAY_10H)

    def test_released_twice_is_released_once(self, due):
        file = prepare(due)
        once, again = release(file), release(file, seen="anything")
        assert once.sha256 == again.sha256
        assert Transfer.objects.filter(txn__kind="payout_released").count() == 2

    def test_each_step_is_noted_with_who_did_it(self, due):
        file = settle(due)
        runs.download(file, by=officer("Frank"), at=TUESDAY_10H)
        noted = (
            Event.objects.filter(kind__startswith="payout:").order_by("pk").values_list("kind", "by__name")
        )
        assert list(noted) == [
            ("payout:prepared", "Frank"), ("payout:released", "Fatima"), ("payout:downloaded", "Frank"),
        ]  # fmt: skip

    def test_the_owners_are_told_that_money_is_on_its_way(self, due, marie, marie_herself, mailoutbox):
        file = settle(due)
        run_jobs()
        (mail,) = [mail for mail in mailoutbox if mail.subject == "Un virement est en route"]
        payout = file.payouts.get(shop=marie)
        assert mail.to == [marie_herself.email]
        assert "50,00" in mail.body
        assert payout.end_to_end_id in mail.body
        assert payout.account.last4 not in mail.body.replace(payout.end_to_end_id, "")


class TestBetweenTheTwo:
    """What happens after Frank has prepared and before Fatima releases."""

    def test_a_taking_shows_her_other_figures_and_nothing_leaves(self, network, due, marie):
        file = prepare(due)
        seen = runs.fingerprint(runs.lines(file, at=TUESDAY_10H))
        take(network, marie, 5_00)
        with pytest.raises(runs.Changed):
            release(file, seen=seen)
        assert balance(payable(marie, due)) == 55_00
        line = next(line for line in runs.lines(file, at=TUESDAY_10H) if line.payout.shop == marie)
        assert (line.cents, line.difference) == (55_00, 5_00)
        assert release(file).total_cents == 85_00

    def test_an_undone_sale_leaves_the_line_without_its_cents(self, network, due, marie):
        sale = take(network, marie, 5_00).txn
        file = prepare(due)
        spending.undo(sale, marie, key=key(), at=TUESDAY_10H)
        assert release(file).payouts.get(shop=marie).cents == 50_00

    def test_a_line_of_which_nothing_is_left_makes_the_file_stale(self, network, issuer, marie):
        make_terms(issuer), make_account(marie)
        sale = take(network, marie, 50_00).txn
        file = prepare(issuer)
        spending.undo(sale, marie, key=key(), at=TUESDAY_10H)
        with pytest.raises(runs.Stale):
            release(file)

    def test_another_account_makes_the_file_stale(self, due, marie):
        frank, fatima = frank_and_fatima()
        other = accounts.ask(marie, made_up(77), "Marie", by=frank, at=TUESDAY_10H)
        accounts.confirm(other, by=fatima, at=TUESDAY_10H)
        later = TUESDAY_10H + timedelta(hours=72)
        file = prepare(due, at=later - timedelta(seconds=1))
        with pytest.raises(runs.Stale):
            release(file, at=later)
        assert release(file, at=later - timedelta(seconds=1)).payouts.get(shop=marie).account != other

    def test_a_shop_that_takes_its_first_cents_meanwhile_waits_for_the_next_file(self, network, due):
        file = prepare(due)
        third = factories.make_shop("Fleurs")
        make_account(third), take(network, third, 20_00)
        assert release(file).lines == 2
        assert balance(payable(third, due)) == 20_00


class TestAfterwards:
    def test_a_sale_that_was_paid_is_not_undone_any_more(self, network, due, marie):
        sale = take(network, marie, 5_00).txn
        settle(due)
        with pytest.raises(ledger.Settled):
            spending.undo(sale, marie, key=key(), at=TUESDAY_10H)
        with pytest.raises(ledger.Settled):
            spending.give_back(sale, marie, key=key(), at=TUESDAY_10H)

    def test_a_correction_takes_of_the_next_takings_and_no_more_than_they_are(self, network, due, marie):
        voucher = make_voucher(network, 50_00)
        spending.redeem([(voucher, 20_00)], marie, key=key(), at=TUESDAY_10H)
        settle(due)
        with pytest.raises(ledger.Overdrawn):
            spending.correct(voucher, marie, 20_00, key=key(), at=TUESDAY_10H)
        take(network, marie, 25_00)
        spending.correct(voucher, marie, 20_00, key=key(), at=TUESDAY_10H)
        assert balance(voucher.account) == 50_00
        assert balance(payable(marie, due)) == 5_00

    def test_the_citys_bonus_is_paid_with_it(self, network, issuer, marie):
        make_terms(issuer), make_account(marie)
        Agreement.objects.create(shop=marie, network=network, signed_on=LONG_AGO.date())
        campaign = make_campaign(network, budget=100_00, bonus={"percent": 10})
        voucher = make_batch(campaign).vouchers.select_related("account", "network__issuer").get()
        campaigns.hand_over(campaign, [voucher], by=1, at=TUESDAY_10H)
        spending.redeem([(voucher, 20_00)], marie, key=key(), at=TUESDAY_10H)
        assert settle(issuer).total_cents == 22_00


class TestTheDay:
    MONDAY = date(2026, 11, 30)

    def test_it_is_the_weekday_of_the_terms(self, city):
        assert days.payout_day(0, date(2026, 11, 24)) == self.MONDAY
        assert days.payout_day(0, self.MONDAY) == self.MONDAY
        assert days.payout_day(3, date(2026, 11, 24)) == date(2026, 11, 26)

    def test_a_public_holiday_moves_it_to_the_next_working_day(self, city):
        PublicHoliday.objects.create(on=self.MONDAY, name="Fête")
        assert days.payout_day(0, date(2026, 11, 24)) == date(2026, 12, 1)
        assert days.payout_day(0, date(2026, 12, 1)) == date(2026, 12, 1)
        assert days.payout_day(0, date(2026, 12, 2)) == date(2026, 12, 7)

    def test_over_christmas_and_a_weekend(self, db, clock):
        """Friday the 25th and Saturday the 26th are holidays: the file of Friday is Monday's."""
        factories.load_luxembourg()
        assert days.payout_day(4, date(2026, 12, 22)) == date(2026, 12, 28)
        assert days.next_working_day(date(2026, 12, 25)) == date(2026, 12, 28)

    def test_once_a_file_has_left_the_next_day_is_that_of_the_week_after(self, due):
        at = datetime(2026, 11, 30, 10, tzinfo=TUESDAY_10H.tzinfo)
        terms = PayoutTerms.objects.get()
        assert runs.next_on(terms, at=at) == self.MONDAY
        settle(due, at=at)
        assert runs.next_on(terms, at=at) == date(2026, 12, 7)

    def test_the_bank_is_asked_for_a_working_day(self, due):
        PublicHoliday.objects.create(on=date(2026, 11, 24), name="Fête")
        assert settle(due).pay_on == date(2026, 11, 25)

    def test_the_day_is_the_citys_not_the_clocks(self, due, network, marie):
        """At half past midnight in Luxembourg it is still the day before in UTC."""
        at = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
        assert settle(due, at=at).pay_on == date(2026, 11, 26)


class TestTheFile:
    @pytest.fixture
    def file(self, due):
        return settle(due)

    def test_it_says_who_gets_what_from_whom_and_when(self, file, marie):
        root = etree.fromstring(pain.made(file))
        assert root.tag == f"{{{PAIN['p']}}}Document"
        assert root.findtext(".//p:GrpHdr/p:MsgId", namespaces=PAIN) == file.msg_id
        assert root.findtext(".//p:GrpHdr/p:CreDtTm", namespaces=PAIN) == "2026-11-24T09:00:00Z"
        assert root.findtext(".//p:GrpHdr/p:CtrlSum", namespaces=PAIN) == "80.00"
        assert root.findtext(".//p:PmtInf/p:ReqdExctnDt/p:Dt", namespaces=PAIN) == "2026-11-24"
        assert root.findtext(".//p:DbtrAcct//p:IBAN", namespaces=PAIN) == OURS
        lines = {
            line.findtext(".//p:EndToEndId", namespaces=PAIN): (
                line.findtext(".//p:InstdAmt", namespaces=PAIN),
                line.findtext(".//p:CdtrAcct//p:IBAN", namespaces=PAIN),
                line.findtext(".//p:Cdtr/p:Nm", namespaces=PAIN),
            )
            for line in root.iterfind(".//p:CdtTrfTxInf", PAIN)
        }
        payout = file.payouts.select_related("account").get(shop=marie)
        assert lines[payout.end_to_end_id] == ("50.00", payout.account.iban(), "Boulangerie Um Eck sarl")
        assert len(lines) == 2

    def test_it_has_no_address(self, file):
        assert b"PstlAdr" not in pain.made(file)
        assert b"AdrLine" not in pain.made(file)

    def test_made_anew_it_is_the_same_byte_for_byte(self, file, network, marie):
        first = pain.made(file)
        assert sha256(first).hexdigest() == file.sha256
        # Whatever comes afterwards.
        terms = PayoutTerms.objects.get()
        terms.keep(made_up(5)), terms.save()
        Shop.objects.filter(pk=marie.pk).update(name="Autre nom")
        take(network, marie, 9_00)
        for _time in range(2):
            assert pain.remade(PayoutFile.objects.get(pk=file.pk)) == first

    def test_one_that_differs_from_what_was_released_leaves_nobody(self, file):
        file.sha256 = "0" * 64
        with pytest.raises(pain.Altered):
            runs.download(file, by=officer("Frank"), at=TUESDAY_10H)

    def test_names_are_written_in_the_letters_that_banks_take(self):
        assert pain.sepa_text("Café « Chez l’Ourse » & Söhne <x>") == "Cafe Chez l'Ourse + Sohne x"
        assert len(pain.sepa_text("é" * 200)) == 70

    def test_what_the_schema_does_not_take_is_not_released(self, network, issuer, marie):
        make_terms(issuer)
        make_account(marie, holder="  ")
        take(network, marie)
        with pytest.raises(pain.Invalid):
            settle(issuer)
        assert balance(payable(marie, issuer)) == 50_00


def owe(issuer, shops):
    """Each of many shops has an IBAN, and is due ten euros and some cents."""
    frank, fatima = frank_and_fatima()
    rows = [BankAccount(shop=shop, holder=shop.name, asked_by=frank.pk, asked_at=LONG_AGO) for shop in shops]
    for number, row in enumerate(rows):
        row.keep(made_up(number))
    BankAccount.objects.bulk_create(rows)
    BankAccount.objects.update(confirmed_by=fatima.pk, confirmed_at=LONG_AGO, effective_at=LONG_AGO)
    owed = ledger.new_accounts(issuer, Account.Kind.MERCHANT_PAYABLE, [f"shop:{shop.pk}" for shop in shops])
    loss = ledger.account(issuer, Account.Kind.LOSS)
    legs = [ledger.Leg(loss, account, 10_00 + number) for number, account in enumerate(owed)]
    ledger.transact(lambda: ledger.post("written_off", "finance", key(), legs, at=TUESDAY_10H))


def test_a_settlement_of_1086_shops_passes_the_official_schema_and_is_made_anew_byte_for_byte(issuer, city):
    make_terms(issuer)
    owe(issuer, factories.make_shops(1086))
    file = settle(issuer)
    assert (file.lines, file.total_cents) == (1086, sum(range(10_00, 10_00 + 1086)))
    content = pain.remade(PayoutFile.objects.get())
    assert pain.made(PayoutFile.objects.get()) == content
    pain.check(content)
    assert content.count(b"<CdtTrfTxInf>") == 1086
    assert Transfer.objects.filter(txn__kind="payout_released").count() == 1086
    assert not Account.objects.filter(kind="merchant_payable", balance_cents__gt=0).exists()
    identity = proof.trust_identity(issuer)
    assert identity["held"] == identity["owed"]


class TestAtTheSameMoment:
    """On a database of their own: what is committed by one is seen by the other."""

    @pytest.fixture
    def file(self, own_books):
        network, marie = own_books
        make_terms(network.issuer, least=1), make_account(marie)
        return prepare(network.issuer)

    def together(self, *works):
        """Run them at once, each with a connection of its own. Returns what each returned or raised."""
        found, ready = {}, threading.Barrier(len(works))

        def run(number, work):
            ready.wait()
            try:
                found[number] = work()
            except Exception as error:
                found[number] = error
            finally:
                connection.close()

        threads = [threading.Thread(target=run, args=each) for each in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [found[number] for number in range(len(works))]

    def test_of_many_releases_one_moves_the_money(self, file):
        fatima = officer("Fatima")
        seen = runs.fingerprint(runs.lines(file, at=TUESDAY_10H))
        found = self.together(
            *[lambda: runs.release(file, seen=seen, by=fatima, at=TUESDAY_10H) for _each in range(6)]
        )
        assert {getattr(each, "sha256", each) for each in found} == {PayoutFile.objects.get().sha256}
        assert Transfer.objects.filter(txn__kind="payout_released").count() == 1

    def test_of_many_who_prepare_one_gets_a_file(self, own_books):
        network, marie = own_books
        make_terms(network.issuer, least=1), make_account(marie)
        frank = officer("Frank")
        found = self.together(
            *[lambda: runs.prepare(network.issuer, by=frank, at=TUESDAY_10H) for _each in range(6)]
        )
        assert sum(isinstance(each, PayoutFile) for each in found) == 1
        assert sum(isinstance(each, runs.OnePrepared) for each in found) == 5

    def test_a_sale_is_undone_or_paid_and_never_both(self, file, own_books):
        network, marie = own_books
        sale = spending.redeem([(make_voucher(network), 5_00)], marie, key=key(), at=TUESDAY_10H).txn
        fatima = officer("Fatima")
        seen = runs.fingerprint(runs.lines(file, at=TUESDAY_10H))
        released, undone = self.together(
            lambda: runs.release(file, seen=seen, by=fatima, at=TUESDAY_10H),
            lambda: spending.undo(sale, marie, key=key(), at=TUESDAY_10H),
        )
        if isinstance(released, runs.Changed):
            assert undone.txn.kind == "reversed"
        else:
            assert isinstance(undone, ledger.Settled)
        identity = proof.trust_identity(network.issuer)
        assert identity["held"] == identity["owed"]
