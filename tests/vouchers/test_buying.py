"""Nina buys: an order issues its vouchers once, whatever the bank does and however often it says so."""

import random
import re
import threading
from datetime import UTC, datetime, timedelta
from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.db import connection

from sandbox.models import Payment as AtBank
from tests.jobs import run_jobs, waiting
from tests.shops.factories import TUESDAY_10H
from tests.vouchers import bank
from tests.vouchers.conftest import TODAY, balance, key, make_order
from vouchers import buying, ledger, lifecycle, links, payments, proof, sealing, spending
from vouchers.models import Account, Notice, Order, Payment, ProviderEvent, Refund, Transaction, Voucher

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture
def order(network):
    return make_order(network, 2500, quantity=2)


@pytest.fixture
def gift(network):
    return make_order(
        network, 5000, recipient_email="paul@courrier.example", recipient_name="Paul", sender_name="Nina"
    )


@pytest.fixture(autouse=True)
def _city_clock(monkeypatch):
    """The worker's clock is the test's: jobs ask for the time by themselves."""
    monkeypatch.setattr("vouchers.jobs.timezone.now", lambda: TUESDAY_10H)


def issued(order):
    return list(
        Voucher.objects.filter(order=order)
        .select_related("account", "network__issuer", "order")
        .order_by("pk")
    )


def provider_account(network):
    return ledger.account(network.issuer, Account.Kind.PSP_CLEARING)


class TestAPaidOrder:
    def test_it_issues_exactly_its_vouchers_for_three_years(self, order):
        payment = bank.buy(order)
        assert (order.state, payment.state) == (Order.State.PAID, Payment.State.PAID)
        assert [(balance(v.account), v.issued_on, v.expires_on.year) for v in issued(order)] == [
            (2500, TODAY, TODAY.year + 3)
        ] * 2
        sealing.seal(at=TUESDAY_10H)
        assert isinstance(proof.verify(at=TUESDAY_10H), proof.Proved)

    @pytest.mark.parametrize("times", [2, 5])
    def test_told_again_and_again_it_is_issued_once(self, order, times):
        payment = bank.begin(order)
        bank.pays(payment)
        assert {bank.tell(payment, "same") for _ in range(times)} == {204}
        for _ in range(times):
            bank.tell(payment)
        run_jobs()
        assert len(issued(order)) == 2
        assert ProviderEvent.objects.filter(event_id="same").count() == 1

    def test_told_before_it_is_paid_nothing_happens_and_afterwards_it_does(self, order):
        payment = bank.begin(order)
        bank.tell(payment)
        run_jobs()
        assert issued(order) == []
        bank.pays(payment)
        bank.tell(payment)
        run_jobs()
        assert len(issued(order)) == 2

    def test_never_told_of_it_the_site_asks_by_itself_after_a_quarter_of_an_hour(self, order):
        payment = bank.begin(order)
        bank.pays(payment)
        early, late = TUESDAY_10H + 14 * MINUTE, TUESDAY_10H + 15 * MINUTE
        assert payment not in buying.to_reconcile(at=early)
        assert payment in buying.to_reconcile(at=late)
        from vouchers import jobs

        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("vouchers.jobs.timezone.now", lambda: late)
            jobs.reconcile_orders(timestamp=0)
            run_jobs()
        assert len(issued(order)) == 2

    def test_paid_after_it_was_abandoned_it_is_issued_all_the_same(self, order):
        payment = bank.begin(order)
        buying.abandon(at=TUESDAY_10H + 29 * MINUTE)
        order.refresh_from_db()
        assert order.state == Order.State.OPEN
        buying.abandon(at=TUESDAY_10H + 30 * MINUTE)
        order.refresh_from_db()
        assert order.state == Order.State.ABANDONED
        bank.pays(payment)
        buying.look_at(payment, at=TUESDAY_10H + 60 * MINUTE)
        order.refresh_from_db()
        assert order.state == Order.State.PAID
        assert len(issued(order)) == 2

    def test_paid_after_its_buyer_was_erased_it_is_given_back(self, order):
        payment = bank.begin(order)
        buying.erase(order, at=TUESDAY_10H)
        bank.pays(payment)
        bank.tell(payment)
        run_jobs()
        refund = Refund.objects.get()
        assert (refund.reason, refund.state, refund.cents) == ("surplus", Refund.State.DONE, 5000)
        assert issued(order) == []

    def test_refused_it_can_be_tried_again_and_is_issued_by_the_second_try(self, order):
        first = bank.begin(order)
        bank.at_bank(first, state="failed")
        bank.tell(first)
        run_jobs()
        first.refresh_from_db()
        assert first.state == Payment.State.FAILED
        second = bank.buy(order)
        assert second.pk != first.pk
        assert len(issued(order)) == 2

    def test_two_clicks_on_the_way_to_the_bank_are_one_payment(self, order):
        assert bank.begin(order) == bank.begin(order)
        assert AtBank.objects.count() == 1

    def test_paid_twice_the_second_is_given_back_and_nothing_of_it_is_in_the_books(self, order, network):
        first = bank.begin(order)
        bank.at_bank(first, state="failed")
        buying.look_at(first, at=TUESDAY_10H)
        bank.buy(order)
        # The bank thinks better of the first one.
        bank.pays(first)
        bank.tell(first)
        run_jobs()
        first.refresh_from_db()
        assert first.state == Payment.State.SURPLUS
        assert (
            Refund.objects.get().state,
            AtBank.objects.get(ref=first.provider_ref).refunds.get().cents,
        ) == ("done", 5000)
        assert balance(provider_account(network)) == -5000
        assert len(issued(order)) == 2

    @pytest.mark.parametrize(
        "wrong", [{"paid_cents": 4999}, {"paid_cents": 5001}, {"currency": "CHF"}, {"order": "OTHER000"}]
    )
    def test_another_amount_currency_or_order_issues_nothing_and_is_given_back(self, order, wrong):
        payment = bank.begin(order)
        bank.pays(payment)
        bank.at_bank(payment, **wrong)
        bank.tell(payment)
        run_jobs()
        payment.refresh_from_db()
        assert (payment.state, issued(order)) == (Payment.State.WRONG, [])
        assert Refund.objects.get().cents == wrong.get("paid_cents", 5000)
        assert not Transaction.objects.exists()


class TestMessages:
    def test_a_forged_one_is_refused_and_nothing_is_looked_at(self, order):
        payment = bank.begin(order)
        bank.pays(payment)
        body, headers = bank.message(payment)
        for name, value in headers.items():
            moment, _comma, signature = value.partition(",")
            for forged in (
                f"{moment},{'0' * 64}",
                f"{int(moment) + 1},{signature}",
                "",
                ",",
                f"x,{signature}",
                "é,é",
            ):
                assert bank.send(body, {name: forged}) == 400
        assert bank.send(body + b" ", headers) == 400
        assert bank.send(body, {}) == 400
        assert (ProviderEvent.objects.count(), waiting()) == (0, [])

    def test_one_that_was_caught_and_is_sent_again_later_is_refused(self, order):
        import time

        payment = bank.begin(order)
        assert bank.tell(payment, moment=int(time.time()) - 301) == 400
        assert bank.tell(payment, moment=int(time.time()) - 200) == 204

    def test_of_a_provider_that_is_none_of_ours_there_is_no_such_page(self, order):
        body, headers = bank.message(bank.begin(order))
        assert bank.send(body, headers, provider="other") == 404

    def test_one_that_is_about_nothing_of_ours_is_heard_and_does_nothing(self, order):
        payment = bank.begin(order)
        payment.provider_ref = "unknown"
        assert bank.tell(payment) == 204
        run_jobs()
        assert ProviderEvent.objects.get().handled_at == TUESDAY_10H

    def test_when_the_bank_does_not_answer_the_job_is_tried_again(self, order):
        payment = bank.begin(order)
        AtBank.objects.all().delete()
        bank.tell(payment)
        with pytest.raises(payments.Unavailable):
            run_jobs()

    @pytest.mark.parametrize("seed", range(3))
    def test_many_in_any_order_doubled_and_lost_leave_each_order_with_its_vouchers(self, network, seed):
        """Two hundred of forty orders: some refused, some never paid, every message doubled, half of them lost."""
        chance = random.Random(seed)
        orders = [make_order(network, 1000 + 500 * (n % 5)) for n in range(40)]
        tries = [bank.begin(order) for order in orders]
        outcomes = [chance.choice(["paid", "paid", "failed", "open"]) for _ in tries]
        messages = []
        for number, (payment, outcome) in enumerate(zip(tries, outcomes, strict=True)):
            if outcome == "paid":
                bank.pays(payment)
            else:
                bank.at_bank(payment, state=outcome)
            messages += [bank.message(payment, f"{number}-{part}") for part in range(3)] * 2
        kept = [message for message in messages if chance.random() < 0.5]
        chance.shuffle(kept)
        for body, headers in kept:
            bank.send(body, headers)
        run_jobs()
        for payment in buying.to_reconcile(at=TUESDAY_10H + 20 * MINUTE):
            buying.look_at(payment, at=TUESDAY_10H + 20 * MINUTE)
        for order, outcome in zip(orders, outcomes, strict=True):
            assert len(issued(order)) == (outcome == "paid")
        paid = sum(
            order.total_cents for order, outcome in zip(orders, outcomes, strict=True) if outcome == "paid"
        )
        assert balance(provider_account(network)) == -paid


class TestWhatIsSold:
    @pytest.fixture
    def shelf(self, network):
        network.on_sale = True
        network.save()
        return network

    def place(self, network, **changed):
        said = {"amount_cents": 5000, "quantity": 1, "buyer_email": "nina@courrier.example", "language": "fr"}
        return buying.place(network, at=TUESDAY_10H, **said | changed)

    @pytest.mark.parametrize(
        ("wish", "code"),
        [
            ({"amount_cents": 999}, "amount"),
            ({"amount_cents": 5100}, "amount"),
            ({"amount_cents": 15500}, "amount"),
            ({"amount_cents": 15000, "quantity": 6}, "order"),
        ],
    )
    def test_not_what_the_network_does_not_sell(self, shelf, wish, code):
        with pytest.raises(buying.NotForSale) as refused:
            self.place(shelf, **wish)
        assert refused.value.code == code

    def test_not_while_nothing_is_on_sale(self, network):
        with pytest.raises(buying.NotForSale):
            self.place(network)

    def test_not_more_in_a_day_than_one_buyer_may(self, shelf):
        for _ in range(2):
            bank.buy(self.place(shelf, amount_cents=15000, quantity=5))
        with pytest.raises(buying.NotForSale) as refused:
            self.place(shelf, amount_cents=1000, buyer_email="NINA@courrier.example")
        assert refused.value.code == "day"
        self.place(shelf, amount_cents=1000, buyer_email="claire@ville.example")

    def test_for_one_shop_only_where_it_takes_them(self, shelf, signed, marie, paul):
        assert self.place(shelf, shop=marie).shop == marie
        with pytest.raises(buying.NotForSale):
            self.place(shelf, shop=paul)

    def test_the_same_form_sent_twice_is_one_order_and_changed_another(self, shelf):
        first = self.place(shelf, key="form")
        assert self.place(shelf, key="form") == first
        assert self.place(shelf, key="form", amount_cents=1000) != first
        assert self.place(shelf, key="form", buyer_email="paul@courrier.example") != first


class TestMails:
    def test_nina_gets_her_vouchers_with_the_receipt(self, order):
        bank.buy(order)
        (letter,) = mail.outbox
        assert letter.to == ["nina@courrier.example"]
        (name, content, kind) = letter.attachments[0]
        assert (kind, content[:5], name.endswith(".pdf")) == ("application/pdf", b"%PDF-", True)
        assert order.delivered_at == TUESDAY_10H

    def test_a_gift_goes_to_paul_and_the_receipt_without_it_to_nina(self, gift):
        bank.buy(gift)
        receipt, present = mail.outbox
        assert (receipt.to, receipt.attachments) == (["nina@courrier.example"], [])
        assert present.to == ["paul@courrier.example"]
        assert len(present.attachments) == 1
        assert "Nina" in present.body
        assert gift.delivered_at == TUESDAY_10H

    def test_a_gift_for_another_day_waits_for_it(self, gift):
        from vouchers import jobs

        Order.objects.filter(pk=gift.pk).update(deliver_on=TODAY + DAY)
        gift.refresh_from_db()
        bank.buy(gift)
        assert len(mail.outbox) == 1
        jobs.deliver_gifts(timestamp=0)
        assert waiting("deliver") == []
        with pytest.MonkeyPatch.context() as clock:
            clock.setattr("vouchers.jobs.timezone.now", lambda: TUESDAY_10H + DAY)
            for _ in range(2):
                jobs.deliver_gifts(timestamp=0)
            assert len(waiting("deliver")) == 1
            run_jobs()
        assert mail.outbox[1].to == ["paul@courrier.example"]

    def test_nothing_that_waits_for_the_worker_holds_an_address_or_a_code(self, gift):
        payment = bank.begin(gift)
        bank.pays(payment)
        bank.tell(payment)
        run_jobs("look_at_event")
        assert len(waiting()) == 2
        (voucher,) = issued(gift)
        assert not any(secret in str(waiting()) for secret in ("@", voucher.code(), "Paul"))

    def test_sent_twice_it_is_the_same_mail(self, gift):
        """The worker was killed after the mail had left."""
        from vouchers import jobs

        bank.buy(gift)
        Order.objects.filter(pk=gift.pk).update(delivered_at=None)
        jobs.later(jobs.deliver, order=gift.pk)
        run_jobs()
        first, again = mail.outbox[1:]
        assert first.extra_headers["Message-ID"] == again.extra_headers["Message-ID"]
        jobs.later(jobs.deliver, order=gift.pk)
        run_jobs()
        assert len(mail.outbox) == 3

    def test_an_address_that_takes_no_mail_is_told_to_nina_who_corrects_it(self, gift, monkeypatch, client):
        def refuse(message, *_args, **_kwargs):
            if "paul" in message.to[0]:
                raise SMTPRecipientsRefused({message.to[0]: (550, b"no such user")})
            mail.outbox.append(message)

        monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", refuse)
        bank.buy(gift)
        assert (gift.delivered_at, gift.undelivered_at) == (None, TUESDAY_10H)
        page = f"/fr/bons/commande/{links.token(gift, links.ORDER)}/"
        assert "paul@courrier.example est revenu" in client.get(page).content.decode()
        wrong = client.post(page, {"do": "send", "recipient_email": "paula@"})
        assert 'value="paula@"' in wrong.content.decode()
        client.post(page, {"do": "send", "recipient_email": "anna@courrier.example"})
        run_jobs()
        assert mail.outbox[-1].to == ["anna@courrier.example"]
        gift.refresh_from_db()
        assert (gift.delivered_at, gift.undelivered_at) == (TUESDAY_10H, None)


class TestAGiftForAnother:
    """Nina gives it to somebody else, once after it has left; what had left is worth nothing then."""

    @pytest.fixture
    def given(self, gift, network):
        bank.buy(gift)
        run_jobs()
        gift.refresh_from_db()
        assert gift.delivered_at
        mail.outbox.clear()
        return gift

    @staticmethod
    def page(order):
        return f"/fr/bons/commande/{links.token(order, links.ORDER)}/"

    @staticmethod
    def present(order):
        order.refresh_from_db()
        (voucher,) = buying.vouchers_of(order)
        return voucher

    ANNA = {"do": "readdress", "recipient_name": "Anna", "new_email": "anna@courrier.example"}

    def test_the_old_code_and_the_old_link_are_worth_nothing_and_the_new_one_is_mailed(
        self, given, client, signed, marie
    ):
        old, old_link = self.present(given), f"/fr/bons/cadeau/{links.token(given, links.GIFT)}/"
        assert client.get(old_link).status_code == 200
        assert client.post(self.page(given), self.ANNA).status_code == 302
        run_jobs()
        new = self.present(given)
        assert new.pk != old.pk
        with pytest.raises(ledger.Void):
            spending.redeem([(old, 100)], marie, key=key(), at=TUESDAY_10H)
        spending.redeem([(new, 5000)], marie, key=key(), at=TUESDAY_10H)
        for address in (old_link, f"{old_link}bons.pdf", f"{old_link}{new.pk}.svg"):
            answer = client.get(address)
            assert answer.status_code in {404, 410}
            assert new.last4 not in answer.content.decode(errors="replace")
        (letter,) = mail.outbox
        assert letter.to == ["anna@courrier.example"]
        assert "Bonjour Anna" in letter.body
        link = re.search(r"/fr/bons/cadeau/\S+", letter.body)[0]
        assert client.get(link).status_code == 200
        assert given.delivered_at == TUESDAY_10H

    def test_once(self, given, client):
        client.post(self.page(given), self.ANNA)
        code = self.present(given).pk
        answer = client.post(self.page(given), self.ANNA | {"new_email": "tom@courrier.example"})
        assert "ne peut plus changer de destinataire" in answer.text
        assert (self.present(given).pk, given.recipient_email) == (code, "anna@courrier.example")
        assert "Changer de destinataire" not in client.get(self.page(given)).text

    def test_clicked_twice_it_is_done_once_and_nothing_is_refused(self, given, client):
        for _click in range(2):
            assert client.post(self.page(given), self.ANNA).status_code == 302
        run_jobs()
        assert [letter.to for letter in mail.outbox] == [["anna@courrier.example"]]

    @pytest.mark.parametrize("since", ["used", "frozen", "withdrawn"])
    def test_not_once_something_became_of_it(self, given, client, signed, marie, since):
        voucher = self.present(given)
        if since == "used":
            spending.redeem([(voucher, 100)], marie, key=key(), at=TUESDAY_10H)
        elif since == "frozen":
            lifecycle.freeze(voucher, reason="lost", key=key(), at=TUESDAY_10H)
        else:
            buying.withdraw(given, at=TUESDAY_10H)
        assert "Changer de destinataire" not in client.get(self.page(given)).text
        assert "ne peut plus changer de destinataire" in client.post(self.page(given), self.ANNA).text
        assert (self.present(given).pk, given.recipient_email) == (voucher.pk, "paul@courrier.example")

    def test_taken_at_the_till_at_the_same_moment_nothing_is_changed(self, given, signed, marie, monkeypatch):
        """Between the look at the voucher and its lock, Paul spends some of it."""
        may = buying.may_readdress

        def meanwhile(order, *, at):
            found = may(order, at=at)
            monkeypatch.setattr(buying, "may_readdress", may)
            lifecycle.freeze(self.present(given), reason="lost", key=key(), at=at)
            return found

        monkeypatch.setattr(buying, "may_readdress", meanwhile)
        with pytest.raises(ledger.NoSuchMove):
            buying.readdress(given, "Anna", "anna@courrier.example", at=TUESDAY_10H)
        self.present(given)
        assert (given.recipient_email, given.readdressed_at) == ("paul@courrier.example", None)

    @pytest.mark.parametrize(
        ("sent", "said"),
        [
            ({"new_email": "anna@"}, "adresse e-mail valable"),
            ({"new_email": ""}, "Dites-nous à quelle adresse"),
            ({"new_email": "PAUL@courrier.example"}, "où il va déjà"),
        ],
    )
    def test_what_is_no_other_address_is_said_and_what_was_typed_stays(self, given, client, sent, said):
        answer = client.post(self.page(given), self.ANNA | sent)
        assert said in answer.text
        assert 'value="Anna"' in answer.text
        assert f'value="{sent["new_email"]}"' in answer.text or not sent["new_email"]

    def test_before_its_day_as_often_as_she_likes_and_no_code_changes(self, network, client):
        gift = make_order(network, 5000, recipient_email="paul@courrier.example", deliver_on=TODAY + DAY)
        bank.buy(gift)
        voucher = self.present(gift)
        for name in ("anna", "tom"):
            client.post(self.page(gift), self.ANNA | {"new_email": f"{name}@courrier.example"})
        assert (self.present(gift).pk, gift.recipient_email) == (voucher.pk, "tom@courrier.example")
        assert (gift.readdressed_at, gift.delivered_at) == (None, None)
        run_jobs()
        assert [letter.to for letter in mail.outbox] == [["nina@courrier.example"]]

    def test_a_mail_that_was_leaving_meanwhile_is_not_taken_for_the_new_one(self, given, monkeypatch):
        from vouchers import jobs

        Order.objects.filter(pk=given.pk).update(delivered_at=None)

        def leaves(order, *_how):
            buying.readdress(order, "Anna", "anna@courrier.example", at=TUESDAY_10H)
            return True

        monkeypatch.setattr(jobs, "_leaves", leaves)
        jobs.deliver(None, order=given.pk)
        given.refresh_from_db()
        assert given.delivered_at is None, "that mail went to Paul"

    def test_its_mail_is_sent_again_three_times_each_another_message(self, given, client):
        for _click in range(5):
            client.post(self.page(given), {"do": "resend"})
            client.post(self.page(given), {"do": "resend"})
            run_jobs()
        assert [letter.to for letter in mail.outbox] == [["paul@courrier.example"]] * 3
        assert len({letter.extra_headers["Message-ID"] for letter in mail.outbox}) == 3
        assert "Envoyer encore une fois" not in client.get(self.page(given)).text

    def test_of_an_order_that_is_no_gift_nothing_is_sent_elsewhere(self, order, client):
        bank.buy(order)
        for said in (self.ANNA, {"do": "resend"}):
            client.post(self.page(order), said)
        order.refresh_from_db()
        assert (order.recipient_email, order.resent) == ("", 0)


class TestWithdrawal:
    def test_what_was_not_spent_comes_back_and_the_vouchers_are_void(self, order, network, signed, marie):
        bank.buy(order)
        first, _second = issued(order)
        spending.redeem([(first, 1000)], marie, key=key(), at=TUESDAY_10H)
        mail.outbox.clear()
        buying.withdraw(order, at=TUESDAY_10H)
        run_jobs()
        assert {v.state for v in issued(order)} == {Voucher.State.VOID}
        assert sorted(Refund.objects.values_list("cents", "state")) == [(1500, "done"), (2500, "done")]
        assert balance(provider_account(network)) == -1000
        assert [letter.to for letter in mail.outbox] == [["nina@courrier.example"]]
        assert "40,00" in mail.outbox[0].body

    def test_for_fourteen_days_of_the_city(self, order):
        bank.buy(order)
        last_day = TODAY + timedelta(days=14)
        assert buying.last_day_to_withdraw(order) == last_day
        late = datetime(last_day.year, last_day.month, last_day.day, 22, 59, 59, tzinfo=UTC)
        assert buying.withdrawable(order, at=late) == 5000
        with pytest.raises(buying.NothingToWithdraw):
            buying.withdraw(order, at=late + timedelta(seconds=1))
        buying.withdraw(order, at=late)

    def test_two_clicks_are_one_withdrawal(self, order):
        bank.buy(order)
        buying.withdraw(order, at=TUESDAY_10H)
        with pytest.raises(buying.NothingToWithdraw):
            buying.withdraw(order, at=TUESDAY_10H)
        assert Refund.objects.count() == 2

    def test_what_is_spent_or_frozen_does_not_come_back(self, order, signed, marie):
        bank.buy(order)
        first, second = issued(order)
        spending.redeem([(first, 2500)], marie, key=key(), at=TUESDAY_10H)
        lifecycle.freeze(second, reason="lost", key=key(), at=TUESDAY_10H)
        with pytest.raises(buying.NothingToWithdraw):
            buying.withdraw(order, at=TUESDAY_10H)

    def test_a_refund_that_the_bank_refuses_is_kept_for_the_city_and_can_be_asked_again(self, order, network):
        payment = bank.buy(order)
        bank.at_bank(payment, refuses_refunds=True)
        buying.withdraw(order, at=TUESDAY_10H)
        run_jobs()
        assert set(Refund.objects.values_list("state", "failure")) == {("failed", "account-closed")}
        # What is due to her stays due.
        assert (
            sum(Account.objects.filter(kind=Account.Kind.REFUND_DUE).values_list("balance_cents", flat=True))
            == 5000
        )
        bank.at_bank(payment, refuses_refunds=False)
        for refund in Refund.objects.all():
            buying.ask_again(refund, at=TUESDAY_10H)
        run_jobs()
        assert set(Refund.objects.values_list("state", flat=True)) == {"done"}
        assert balance(provider_account(network)) == 0

    def test_a_refund_that_comes_back_from_a_closed_account_is_due_again(self, order, network):
        payment = bank.buy(order)
        buying.withdraw(order, at=TUESDAY_10H)
        run_jobs()
        there = AtBank.objects.get(ref=payment.provider_ref)
        there.refunds.update(failed=True)
        for _ in range(2):
            bank.tell(payment)
        run_jobs()
        assert set(Refund.objects.values_list("state", "failure")) == {("failed", "came-back")}
        assert balance(provider_account(network)) == -5000
        for refund in Refund.objects.all():
            buying.ask_again(refund, at=TUESDAY_10H)
        run_jobs()
        assert set(Refund.objects.values_list("state", "tries")) == {("done", 2)}
        assert balance(provider_account(network)) == 0
        sealing.seal(at=TUESDAY_10H)
        assert isinstance(proof.verify(at=TUESDAY_10H), proof.Proved)

    def test_killed_between_the_banks_yes_and_ours_it_is_given_back_once(self, order, network, monkeypatch):
        payment = bank.buy(order)
        buying.withdraw(order, at=TUESDAY_10H)
        with monkeypatch.context() as killed:
            killed.setattr("vouchers.ledger.transact", lambda _work: (_ for _ in ()).throw(KeyboardInterrupt))
            for refund in Refund.objects.all():
                with pytest.raises(KeyboardInterrupt):
                    buying.give_back(refund, at=TUESDAY_10H)
        for refund in Refund.objects.all():
            buying.give_back(refund, at=TUESDAY_10H)
        assert (
            sum(AtBank.objects.get(ref=payment.provider_ref).refunds.values_list("cents", flat=True)) == 5000
        )
        assert balance(provider_account(network)) == 0


class TestADispute:
    def test_what_is_left_pays_it_the_rest_is_a_loss_and_the_vouchers_are_frozen(
        self, order, network, signed, marie
    ):
        payment = bank.buy(order)
        first, _second = issued(order)
        spending.redeem([(first, 1000)], marie, key=key(), at=TUESDAY_10H)
        bank.at_bank(payment, disputed_cents=5000)
        for _ in range(2):
            bank.tell(payment)
        run_jobs()
        assert {v.state for v in issued(order)} == {Voucher.State.FROZEN}
        assert balance(ledger.account(network.issuer, Account.Kind.LOSS)) == -1000
        assert balance(provider_account(network)) == 0

    def test_it_freezes_what_stands_for_a_replaced_voucher(self, network):
        order = make_order(network)
        payment = bank.buy(order)
        (old,) = issued(order)
        lifecycle.reissue(old, key=key(), at=TUESDAY_10H)
        bank.at_bank(payment, disputed_cents=5000)
        bank.tell(payment)
        run_jobs()
        assert [(v.state, v.replaces) for v in issued(order)] == [("void", None), ("frozen", old)]


class TestTheEnd:
    @pytest.mark.parametrize(
        ("days_before", "told"),
        [(181, None), (180, 180), (100, 180), (60, 60), (14, 14), (2, 14), (1, 1), (0, 1), (-1, None)],
    )
    def test_a_holder_is_reminded_before_the_end_once_for_each_time(self, network, days_before, told):
        from vouchers import ending

        order = make_order(network)
        bank.buy(order)
        (voucher,) = issued(order)
        at = TUESDAY_10H + (voucher.expires_on - TODAY - timedelta(days=days_before))
        assert ending.to_remind(at=at) == ([(voucher, told)] if told is not None else [])
        for found, days in ending.to_remind(at=at):
            ending.remind(found, days, at=at)
            ending.remind(found, days, at=at)
        assert ending.to_remind(at=at) == []
        assert Notice.objects.count() == len(waiting("send_reminder")) == (told is not None)

    def test_of_a_gift_it_is_paul_who_is_reminded(self, gift):
        from vouchers import ending

        bank.buy(gift)
        mail.outbox.clear()
        (voucher,) = issued(gift)
        ending.remind(voucher, 14, at=TUESDAY_10H)
        run_jobs()
        assert mail.outbox[0].to == ["paul@courrier.example"]
        assert "50,00" in mail.outbox[0].body

    def test_nobody_is_reminded_of_nothing(self, order, signed, marie):
        from vouchers import ending

        bank.buy(order)
        first, second = issued(order)
        spending.redeem([(first, 2500)], marie, key=key(), at=TUESDAY_10H)
        lifecycle.freeze(second, reason="lost", key=key(), at=TUESDAY_10H)
        assert ending.to_remind(at=TUESDAY_10H + timedelta(days=3 * 365 - 20)) == []

    def test_past_its_time_of_grace_what_is_left_goes_where_the_voucher_says(self, order, network):
        from vouchers import ending

        bank.buy(order)
        (voucher, _other) = issued(order)
        last_day = lifecycle.months_after(voucher.expires_on, network.grace_months)
        on_it = TUESDAY_10H + (last_day - TODAY)
        assert ending.close_what_is_over(at=on_it) == 0
        assert ending.close_what_is_over(at=on_it + DAY) == 2
        assert ending.close_what_is_over(at=on_it + DAY) == 0
        assert balance(ledger.account(network.issuer, Account.Kind.BREAKAGE, "social-fund")) == 5000

    def test_buyers_are_forgotten_and_the_chain_is_as_it_was(self, gift, network):
        from vouchers import ending

        unpaid = make_order(network)
        payment = bank.buy(gift)
        (voucher,) = issued(gift)
        sealing.seal(at=TUESDAY_10H)
        before = proof.verify(at=TUESDAY_10H)
        ending.forget(at=TUESDAY_10H + timedelta(days=31))
        unpaid.refresh_from_db()
        gift.refresh_from_db()
        assert (unpaid.erased_at is not None, gift.erased_at) == (True, None)
        over = TUESDAY_10H + (voucher.expires_on - TODAY) + timedelta(days=250)
        ending.close_what_is_over(at=over)
        ending.forget(at=over + timedelta(days=366))
        gift.refresh_from_db()
        assert gift.erased_at is not None
        nobody = "nina@courrier.example", "paul@courrier.example", "Paul", "Nina"
        assert [table for table, text in whole_database() if any(word in text for word in nobody)] == []
        sealing.seal(at=over)
        assert isinstance(before, proof.Proved)
        assert isinstance(proof.verify(at=over), proof.Proved)
        assert payment.provider_ref


def whole_database():
    """Every table of the database, as text."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT string_agg(t::text, chr(10)) FROM "{table}" t')
            yield table, cursor.fetchone()[0] or ""


def test_ten_who_look_at_the_same_payment_at_once_issue_it_once(own_books):
    network, _marie = own_books
    order = make_order(network, 2500, quantity=2)
    payment = bank.begin(order)
    bank.pays(payment)
    gate, faults = threading.Barrier(10), []

    def look():
        try:
            gate.wait()
            buying.look_at(Payment.objects.get(pk=payment.pk), at=TUESDAY_10H)
        except Exception as error:  # told below
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=look) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert len(issued(order)) == 2
    assert len(waiting("send_receipt")) == 1


def test_two_payments_of_one_order_that_arrive_at_once_pay_it_once_and_one_is_given_back(own_books):
    network, _marie = own_books
    order = make_order(network, 2500)
    first = bank.begin(order)
    Payment.objects.filter(pk=first.pk).update(state=Payment.State.FAILED, ended_at=TUESDAY_10H)
    second = bank.begin(order)
    for payment in (first, second):
        bank.pays(payment)
    gate = threading.Barrier(2)

    def look(payment):
        gate.wait()
        buying.look_at(payment, at=TUESDAY_10H)
        connection.close()

    threads = [threading.Thread(target=look, args=[payment]) for payment in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    states = sorted(Payment.objects.filter(order=order).values_list("state", flat=True))
    assert states == [Payment.State.PAID, Payment.State.SURPLUS]
    assert (len(issued(order)), Refund.objects.get(payment__order=order).cents) == (1, 2500)
