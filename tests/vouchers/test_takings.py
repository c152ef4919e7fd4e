"""Marie's takings: what vouchers brought in, when it comes, on which account; and a table for her accountant."""

import csv
import io
import re
from datetime import timedelta

import pytest
from django.test import Client

from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.settling import made_up, make_account, make_terms, officer, settle, take
from vouchers import ibans
from vouchers.models import BankAccount, Payout
from vouchers.settlement import accounts, answers

HOME = "/fr/comptoir/mar1eeck/recettes/"
ACCOUNT = HOME + "compte/"
IBAN = made_up(5)


@pytest.fixture
def desk(marie_herself):
    return enter(Client(), marie_herself)


@pytest.fixture
def issuer(network, marie):
    make_terms(network.issuer)
    take(network, marie, 40_00, at=TUESDAY_10H - timedelta(days=1))
    take(network, marie, 10_00)
    return network.issuer


def text(response):
    return re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", response.text)


def figures(response):
    return {name: response.context[name] for name in ("today", "week", "due", "on_its_way")}


def ask(desk, iban=IBAN, holder="Boulangerie Muller sàrl"):
    return desk.post(ACCOUNT, {"do": "ask", "iban": iban, "holder": holder}, follow=True)


class TestTheFigures:
    def test_today_this_week_what_is_due_and_when_it_comes(self, desk, issuer, marie):
        make_account(marie, IBAN)
        response = desk.get(HOME)
        assert figures(response) == {"today": 10_00, "week": 50_00, "due": 50_00, "on_its_way": 0}
        assert "50,00 €, prévus lundi 30 novembre." in text(response)

    def test_a_day_before_this_week_is_none_of_it(self, desk, issuer, network, marie):
        take(network, marie, 5_00, at=TUESDAY_10H - timedelta(days=2))
        assert figures(desk.get(HOME))["week"] == 50_00

    def test_a_payout_is_on_its_way_then_paid_or_back(self, desk, issuer, marie):
        make_account(marie, IBAN)
        payout = settle(issuer).payouts.get()
        response = desk.get(HOME)
        assert figures(response) | {"today": 0, "week": 0} == {
            "today": 0,
            "week": 0,
            "due": 0,
            "on_its_way": 50_00,
        }
        assert payout.end_to_end_id in response.text
        answers.mark_returned(payout, "AC04", by=officer(), at=TUESDAY_10H + timedelta(hours=1))
        response = desk.get(HOME)
        assert "AC04 – compte clôturé" in response.text
        assert "indiquez votre compte de nouveau" in response.text

    @pytest.mark.parametrize(
        ("least", "said"),
        [(10_00, "Aucun compte bancaire n’est indiqué"), (90_00, "un virement part à partir de 90,00 €")],
    )
    def test_what_it_waits_for_is_said(self, desk, issuer, marie, least, said):
        if least == 90_00:
            make_account(marie, IBAN)
            issuer.payout_terms.least_cents = least
            issuer.payout_terms.save()
        assert said in text(desk.get(HOME))

    def test_nothing_taken_yet(self, desk, network):
        response = desk.get(HOME)
        assert "Aucun bon n’a encore été encaissé ici" in response.text
        assert "Votre commerce n’a pas encore de convention" in response.text

    def test_a_page_of_many_payouts_asks_no_more(
        self, desk, issuer, marie, network, django_assert_max_num_queries
    ):
        make_account(marie, IBAN)
        for day in range(30):
            take(network, marie, 20_00)
            settle(issuer, at=TUESDAY_10H + timedelta(minutes=day))
        # Session, user, place, shop, today's day and holidays (3), city; days of takings (payables, sums), agreement, account, on
        # its way, to give back, payouts (count, rows), outlook (payables, account, waiting, holidays, files of today), bounds.
        with django_assert_max_num_queries(30):
            response = desk.get(HOME)
        assert "page=2" in response.text
        assert response.text.count("releve.pdf") == 25


class TestStatements:
    def test_she_takes_each_as_paper_and_as_a_table(self, desk, issuer, marie):
        make_account(marie, IBAN)
        payout = settle(issuer).payouts.get()
        paper = desk.get(f"{HOME}{payout.pk}/releve.pdf")
        assert paper.content.startswith(b"%PDF")
        assert "no-store" in paper.headers["Cache-Control"] or "private" in paper.headers["Cache-Control"]
        rows = rows_of(desk.get(f"{HOME}{payout.pk}/releve.csv"))
        assert rows[-2][3:] == ["Total versé", "", "", "50,00"]

    def test_who_reads_luxembourgish_gets_it(self, desk, marie_herself, issuer, marie):
        make_account(marie, IBAN)
        payout = settle(issuer).payouts.get()
        marie_herself.language = "lb"
        marie_herself.save()
        assert desk.get(f"{HOME}{payout.pk}/releve.pdf").status_code == 200

    def test_a_payout_that_is_only_prepared_has_none(self, desk, issuer, marie):
        from tests.vouchers.settling import prepare

        make_account(marie, IBAN)
        payout = prepare(issuer).payouts.get()
        assert desk.get(f"{HOME}{payout.pk}/releve.pdf").status_code == 404
        assert payout.end_to_end_id not in desk.get(HOME).text


def rows_of(response, delimiter=";"):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=delimiter))


class TestTheAccountant:
    def test_a_period_is_taken_as_a_table_that_sums_to_the_books(self, desk, issuer, marie):
        make_account(marie, IBAN)
        settle(issuer)
        heading, *rows = rows_of(desk.get(HOME + "export.csv", {"du": "2026-11-01", "au": "2026-11-30"}))
        assert heading[0] == "Date"
        assert [row[-1] for row in rows] == ["40,00", "10,00", "-50,00"]

    @pytest.mark.parametrize(
        ("du", "au"),
        [("", ""), ("2026-11-30", "2026-11-01"), ("2020-01-01", "2026-11-30"), ("hier", "2026-11-30")],
    )
    def test_what_is_no_period_is_said(self, desk, issuer, du, au):
        response = desk.get(HOME + "export.csv", {"du": du, "au": au})
        assert response.status_code == 200
        assert "À corriger" in response.text


class TestHerAccount:
    def test_she_types_it_reads_it_whole_and_nobody_else_of_the_shop_does(self, desk, marie, network):
        for _click in range(2):
            response = ask(desk, ibans.spaced(IBAN))
        assert BankAccount.objects.get().asked_by
        assert ibans.spaced(IBAN) in response.text
        assert "La Ville vous rappelle" in response.text
        second = make_person("associe@boulangerie.example")
        make_member(marie, second)
        shown = enter(Client(), second).get(ACCOUNT).text
        assert ibans.spaced(IBAN) not in shown
        assert IBAN[-4:] in shown
        assert "no-store" in response.headers["Cache-Control"]

    def test_she_cancels_what_she_asked_for(self, desk, network):
        ask(desk)
        assert "La demande est annulée" in desk.post(ACCOUNT, {"do": "cancel"}, follow=True).text
        assert BankAccount.objects.get().cancelled_at

    def test_one_that_counts_is_changed_only_by_another_one(self, desk, marie, network):
        make_account(marie, IBAN)
        desk.post(ACCOUNT, {"do": "cancel"})
        assert accounts.current([marie.pk], at=TUESDAY_10H)
        response = desk.get(ACCOUNT)
        assert "72 heures après cette confirmation" in response.text
        assert ibans.spaced(IBAN) not in response.text, "Frank typed it"

    @pytest.mark.parametrize("typed", ["", "LU28 0019 4006 4475 0001", "bonjour"])
    def test_what_is_no_iban_is_said_and_stays(self, desk, network, typed):
        response = ask(desk, typed)
        assert 'class="error"' in response.text
        assert typed in response.text
        assert "Boulangerie Muller sàrl" in response.text
        assert not BankAccount.objects.exists()

    def test_while_one_waits_there_is_no_form_and_another_is_refused(self, desk, network):
        ask(desk)
        assert 'name="iban"' not in desk.get(ACCOUNT).text
        ask(desk, made_up(6))
        assert BankAccount.objects.count() == 1


def test_only_the_owner_is_here(issuer, marie, tom, paul_himself):
    make_account(marie, IBAN)
    payout = settle(issuer).payouts.get()
    editor = make_person("anna@boulangerie.example")
    make_member(marie, editor, "editor")
    addresses = [
        HOME,
        ACCOUNT,
        HOME + "export.csv",
        f"{HOME}{payout.pk}/releve.pdf",
        f"{HOME}{payout.pk}/releve.csv",
    ]
    for person in (tom, paul_himself, editor):
        client = enter(Client(), person)
        assert {client.get(address).status_code for address in addresses} == {404}
        assert client.post(ACCOUNT, {"do": "ask", "iban": made_up(9), "holder": "X"}).status_code == 404
    assert {Client().get(address).status_code for address in addresses} == {302}
    theirs = enter(Client(), paul_himself)
    assert theirs.get(f"/fr/comptoir/pa1b00ks/recettes/{payout.pk}/releve.pdf").status_code == 404
    assert Payout.objects.count() == 1
