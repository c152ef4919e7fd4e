"""Monday at the finance desk: Frank prepares, Fatima releases, the bank answers; Aude reads, and nobody else is there."""

import re
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from accounts.models import CityRole
from tests.door import enter
from tests.people import claire, make_person  # noqa: F401
from tests.shops import factories
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, make_voucher, payable
from tests.vouchers.settling import (
    BIC,
    OURS,
    frank_and_fatima,
    made_up,
    make_account,
    make_terms,
    officer,
    paid,
    settle,
    statement,
    take,
)
from vouchers import ibans, treasury
from vouchers.models import BankAccount, BankMessage, Payout, PayoutFile, PayoutTerms, ProviderPayout
from vouchers.settlement import accounts, answers

TERMS = {"weekday": "0", "least": "10", "debtor": "Ville fictive, finances", "iban": OURS, "bic": BIC}


def fresh(person):
    """Somebody who has just shown once more that it is she."""
    client = enter(Client(), person)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["reauthenticated"] = True
    session.save()
    return client


@pytest.fixture
def desk(network):
    return fresh(officer("Frank"))


@pytest.fixture
def other_desk(network):
    return fresh(officer("Fatima"))


@pytest.fixture
def aude(network):
    return enter(Client(), make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR]))


@pytest.fixture
def issuer(network, marie, paul):
    make_terms(network.issuer)
    for shop, cents in ((marie, 50_00), (paul, 30_00)):
        make_account(shop), take(network, shop, cents)
    return network.issuer


def page(name, *args):
    return reverse(f"finance:{name}", args=args)


def post(client, address, *args, **data):
    return client.post(page(address, *args), data, follow=True)


def text(response):
    return re.sub("[\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}]", " ", response.text)


# The file


def test_a_file_is_prepared_by_one_released_by_another_and_taken_to_the_bank(desk, other_desk, issuer):
    assert "80,00 €" in text(desk.get(page("payouts")))
    response = post(desk, "payout_prepare")
    file = PayoutFile.objects.get()
    assert "Vous l’avez préparé" in response.text
    assert desk.post(page("payout_download", file.pk)).status_code == 404, "no file before the release"
    shown = other_desk.get(page("payout_release", file.pk))
    assert "Lancer 80,00 €" in text(shown)
    response = post(other_desk, "payout_release", file.pk, seen=shown.context["seen"])
    assert "Le fichier est lancé" in response.text
    assert "Lancé par" in response.text
    response = desk.post(page("payout_download", file.pk))
    assert response.headers["Content-Type"] == "application/xml"
    assert "no-store" in response.headers["Cache-Control"]
    assert response.headers["Content-Disposition"] == f'attachment; filename="{file.msg_id}.xml"'
    assert response.content == desk.post(page("payout_download", file.pk)).content


def test_whoever_prepared_finds_no_button_to_release_and_no_way_round_it(desk, issuer):
    post(desk, "payout_prepare")
    file = PayoutFile.objects.get()
    shown = desk.get(page("payout_release", file.pk))
    assert 'name="seen"' not in shown.text
    response = post(desk, "payout_release", file.pk, seen=shown.context["seen"])
    assert "Vous l’avez demandé vous-même" in response.text
    assert PayoutFile.objects.get().state == "prepared"


def test_to_release_and_to_confirm_ask_who_it_is_once_more(issuer, marie):
    account = accounts.ask(marie, made_up(9), "Marie", by=officer("Frank"), at=TUESDAY_10H)
    client = enter(Client(), officer("Fatima"))
    file = PayoutFile.objects.create(
        issuer=issuer, msg_id="X", created_at=TUESDAY_10H, prepared_by=officer("Frank").pk
    )
    for name, number in (("payout_release", file.pk), ("bank_account_confirm", account.pk)):
        assert "/compte/confirmer/" in client.get(page(name, number)).url
        assert "/compte/confirmer/" in client.post(page(name, number)).url
    account.refresh_from_db()
    assert account.confirmed_at is None


def test_a_second_click_prepares_no_second_file_and_releases_nothing_twice(desk, other_desk, issuer):
    for _click in range(2):
        response = post(desk, "payout_prepare")
        assert "déjà préparé" not in response.text
    file = PayoutFile.objects.get()
    seen = other_desk.get(page("payout_release", file.pk)).context["seen"]
    for _click in range(2):
        assert "Le fichier est lancé" in post(other_desk, "payout_release", file.pk, seen=seen).text
    assert "Un fichier est déjà préparé" not in post(other_desk, "payout_prepare").text


def test_figures_that_have_changed_are_shown_before_anything_leaves(desk, other_desk, issuer, network, marie):
    post(desk, "payout_prepare")
    file = PayoutFile.objects.get()
    seen = other_desk.get(page("payout_release", file.pk)).context["seen"]
    take(network, marie, 5_00)
    response = post(other_desk, "payout_release", file.pk, seen=seen)
    assert "Rien n’est parti" in response.text
    assert "55,00 €" in text(response)
    assert balance(payable(marie, issuer)) == 55_00
    post(other_desk, "payout_release", file.pk, seen=response.context["seen"])
    assert PayoutFile.objects.get().total_cents == 85_00


def test_a_file_is_given_up(desk, issuer):
    post(desk, "payout_prepare")
    for _click in range(2):
        assert "abandonné" in post(desk, "payout_cancel", PayoutFile.objects.get().pk).text
    assert PayoutFile.objects.get().state == "cancelled"


def test_nothing_to_pay_is_said(desk, network):
    assert "Aucun fichier encore" in desk.get(page("payouts")).text
    assert "Dites d’abord de quel compte" in post(desk, "payout_prepare").text
    make_terms(network.issuer)
    assert "Aucun commerce n’est à payer" in post(desk, "payout_prepare").text


def test_who_waits_is_listed_with_why(desk, network, marie):
    make_terms(network.issuer), take(network, marie)
    assert "aucun compte bancaire" in desk.get(page("payouts")).text
    shown = desk.get(page("payout_waits") + "?motif=no_account")
    assert marie.name in shown.text
    assert marie.name not in desk.get(page("payout_waits") + "?motif=bounced").text


# Terms


def test_the_terms_are_set_and_the_iban_is_read_by_who_may_set_them(desk, aude, network):
    response = post(desk, "payout_terms", **TERMS | {"weekday": "2", "least": "12,50"})
    terms = PayoutTerms.objects.get()
    assert (terms.weekday, terms.least_cents, terms.iban()) == (2, 12_50, OURS)
    assert ibans.spaced(OURS) in response.text
    assert OURS[-4:] in aude.get(page("payout_terms")).text
    assert ibans.spaced(OURS) not in aude.get(page("payout_terms")).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"iban": "LU28 0019 4006 4475 0001"}, "Ce n’est pas un IBAN"),
        ({"iban": "BR1800360305000010009795493C1"}, "zone SEPA"),
        ({"iban": ""}, "Remplissez ce champ"),
        ({"bic": "NONSENSE9"}, "Ce n’est pas un BIC"),
        ({"least": "dix"}, "Tapez un montant en euros"),
        ({"least": "0"}, "Un montant entre"),
        ({"debtor": "☕"}, "lettres latines"),
        ({"weekday": "6"}, "Choisissez"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk, network, wrong, said):
    response = post(desk, "payout_terms", **TERMS | {"debtor": "Une ville"} | wrong)
    assert said in response.text
    assert wrong.get("debtor", "Une ville") in response.text
    assert not PayoutTerms.objects.exists()


# Accounts


def test_an_account_is_asked_for_by_one_and_confirmed_by_another(desk, other_desk, aude, network, marie):
    typed = {"iban": ibans.spaced(made_up(5)), "holder": "Boulangerie Muller sàrl"}
    for _click in range(2):
        response = post(desk, "bank_account", marie.public_id, **typed)
        assert "Une autre personne doit le confirmer" in response.text
    account = BankAccount.objects.get()
    assert "Vous l’avez demandé vous-même" in desk.get(page("bank_account_confirm", account.pk)).text
    assert "Vous l’avez demandé vous-même" in post(desk, "bank_account_confirm", account.pk).text
    shown = other_desk.get(page("bank_account_confirm", account.pk)).text
    assert ibans.spaced(made_up(5)) in shown
    assert "dès votre oui" in shown
    assert "Le compte est confirmé" in post(other_desk, "bank_account_confirm", account.pk).text
    assert accounts.current([marie.pk], at=TUESDAY_10H)[marie.pk] == account
    for address in (page("bank_account", marie.public_id), page("bank_accounts")):
        assert made_up(5)[-4:] in aude.get(address).text
        assert ibans.spaced(made_up(5)) not in aude.get(address).text


def test_a_change_says_its_72_hours_and_can_be_cancelled(desk, other_desk, network, marie):
    make_account(marie, made_up(5))
    post(desk, "bank_account", marie.public_id, iban=made_up(6), holder="Marie")
    account = BankAccount.objects.order_by("pk").last()
    assert "72 heures après votre oui" in other_desk.get(page("bank_account_confirm", account.pk)).text
    post(other_desk, "bank_account_confirm", account.pk)
    response = post(desk, "bank_account", marie.public_id, iban=made_up(7), holder="Marie")
    assert "Une demande est déjà en cours" in response.text
    assert made_up(7) in response.text, "what she typed stays"
    assert "La demande est annulée" in post(desk, "bank_account_cancel", account.pk).text
    assert "quelqu’un a déjà décidé" in post(other_desk, "bank_account_confirm", account.pk).text


def test_one_person_stops_the_transfers_to_an_account(desk, issuer, marie):
    account = accounts.current([marie.pk], at=TUESDAY_10H)[marie.pk]
    post(desk, "payout_prepare")
    for _click in range(2):
        assert "plus rien ne part" in post(desk, "bank_account_stop", account.pk).text
    assert "à refaire" in desk.get(page("payout_file", PayoutFile.objects.get().pk)).text


def test_one_iban_at_two_shops_is_an_alarm(desk, network, marie, paul):
    make_account(marie, made_up(5)), make_account(paul, made_up(5))
    assert "Un même IBAN pour plusieurs commerces" in desk.get(page("bank_accounts")).text
    assert "aussi celui d’un autre commerce" in desk.get(page("bank_account", marie.public_id)).text


# The bank


def upload(client, content, name="releve.xml"):
    return client.post(page("bank_messages"), {"file": SimpleUploadedFile(name, content)}, follow=True)


def test_a_statement_is_read_shown_and_then_noted(desk, issuer):
    payout = settle(issuer).payouts.order_by("pk").first()
    content = statement(paid(payout))
    response = upload(desk, content)
    assert "sera marqué payé" in response.text
    assert Payout.objects.get(pk=payout.pk).state == "in_transit"
    message = BankMessage.objects.get()
    assert upload(desk, content).redirect_chain[-1][0] == page("bank_message", message.pk)
    for _click in range(2):
        response = post(desk, "bank_message", message.pk)
    assert "déjà noté" in response.text
    assert Payout.objects.get(pk=payout.pk).state == "paid"
    assert message.msg_id in desk.get(page("bank_messages")).text


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "vide"),
        (b"Bonjour", "n’est pas un XML que nous lisons"),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]><Document>&a;</Document>", "n’est pas un XML que nous lisons"),
        (b"<Document/>", "ni un relevé camt.053 ni un compte rendu pain.002"),
        (b"<a>" * 400_001, "dépasse 5 Mo"),
        (statement(iban=made_up(3)), "n’est pas celui du compte"),
    ],
)
def test_a_file_that_is_no_answer_of_our_bank_is_said_to_be_none(desk, issuer, content, said):
    response = upload(desk, content)
    assert response.status_code == 200
    assert said in response.text
    assert not BankMessage.objects.exists()


def test_without_its_file_what_the_bank_says_is_noted_by_hand(desk, issuer, marie):
    first, second = settle(issuer).payouts.order_by("pk")
    for _click in range(2):
        assert "Payé" in post(desk, "payout", first.pk, do="paid").text
    assert "Remplissez ce champ" in post(desk, "payout", second.pk, do="returned", reason="").text
    response = post(desk, "payout", second.pk, do="returned", reason="AC04")
    assert "AC04 – compte clôturé" in response.text
    assert PayoutFile.objects.get().state == "closed"


def test_a_statement_of_a_payout_is_taken_as_paper_and_as_a_table(desk, issuer):
    payout = settle(issuer).payouts.first()
    assert desk.get(page("payout_statement", payout.pk)).content.startswith(b"%PDF")
    response = desk.get(page("payout_table", payout.pk))
    assert "Total versé" in response.content.decode("utf-8-sig")


def test_what_the_provider_paid_is_noted_once_for_a_reference(desk, network):
    make_voucher(network, 60_00)
    treasury.load_budget(network.issuer, "fees", 1_00, key="fees", at=TUESDAY_10H)
    said = {"amount": "49,40", "fee": "0,60", "paid_on": "2026-11-23", "bank_ref": "STRIPE 123"}
    for _click in range(2):
        response = post(desk, "provider_payouts", **said)
    assert "STRIPE 123" in response.text
    assert ProviderPayout.objects.count() == 1
    assert balance(treasury.provider(network.issuer)) == -10_00
    response = post(desk, "provider_payouts", **said | {"amount": "50"})
    assert "déjà notée avec un autre montant" in response.text
    response = post(desk, "provider_payouts", **said | {"fee": "3", "bank_ref": "X"})
    assert "Le budget des frais ne suffit pas" in response.text
    assert 'value="3"' in response.text
    response = post(desk, "provider_payouts", **said | {"amount": "10", "fee": "0,01", "bank_ref": "X"})
    assert "plus que ce que le prestataire détient" in response.text
    assert balance(treasury.provider(network.issuer)) == -10_00
    response = post(desk, "provider_payouts", **said | {"paid_on": "2026-11-25", "bank_ref": "X"})
    assert "pas encore venu" in response.text
    assert ProviderPayout.objects.count() == 1


# Who may


READ = ["payouts", "payout_waits", "payout_terms", "provider_payouts", "bank_messages", "bank_accounts"]


def test_the_auditor_reads_and_changes_nothing(aude, issuer, marie):
    file = settle(issuer)
    account = accounts.ask(marie, made_up(9), "Marie", by=officer("Frank"), at=TUESDAY_10H)
    message = BankMessage.objects.create(
        issuer=issuer, kind="camt.053", sha256="x", msg_id="1", read_by=1, read_at=TUESDAY_10H
    )
    payout = file.payouts.first()
    reads = [
        *[page(name) for name in READ], page("payout_file", file.pk), page("payout", payout.pk),
        page("bank_message", message.pk), page("bank_account", marie.public_id),
    ]  # fmt: skip
    for address in reads:
        response = aude.get(address)
        assert response.status_code == 200, address
        assert not re.findall(r'<form[^>]*method="post"', response.text.partition("<main")[2]), address
        assert aude.post(address).status_code in (404, 405)
    for name, number in [
        ("payout_release", file.pk), ("payout_cancel", file.pk), ("payout_download", file.pk),
        ("bank_account_confirm", account.pk), ("bank_account_cancel", account.pk), ("bank_account_stop", account.pk),
    ]:  # fmt: skip
        assert aude.post(page(name, number)).status_code == 404
    assert aude.post(page("payout_prepare")).status_code == 404


def test_for_others_there_is_nothing(issuer, claire, marie_herself):  # noqa: F811
    for person in (claire, marie_herself):
        client = enter(Client(), person)
        for name in READ:
            assert client.get(page(name)).status_code == 404
    assert Client().get(page("payouts")).status_code == 302


# How many questions


@pytest.fixture
def crowd(network):
    """Sixty shops with accounts, more than a page of anything; half of them paid, each of them waits for something."""
    make_terms(network.issuer)
    frank, _fatima = frank_and_fatima()
    for number, shop in enumerate(factories.make_shops(60)):
        make_account(shop, made_up(100 + number)), take(network, shop, 20_00)
    file = settle(network.issuer)
    for shop in factories.make_shops(55):
        take(network, shop, 20_00)
        accounts.ask(shop, made_up(shop.pk), "X", by=frank, at=TUESDAY_10H)
    answers.take_in(network.issuer, statement(), by=frank, at=TUESDAY_10H)
    posted = treasury.provider_paid(network.issuer, 1_00, fee=0, key="one", at=TUESDAY_10H)
    ProviderPayout.objects.create(
        issuer=network.issuer, bank_ref="1", paid_on=TUESDAY_10H.date(), cents=1_00, txn=posted.txn, noted_by=frank.pk,
        noted_at=TUESDAY_10H,
    )  # fmt: skip
    return file


# Each page: version of the catalogue, session, user, second factor, her rights and those of her groups (6).
COUNTS = {
    # issuer, terms; what is due: terms, payables, kept back, accounts, waiting; count of files, files, people; today and next day:
    # city (2), holidays, files of today; prepared, issuers
    "payouts": 6 + 16,
    # issuer; what is due (5); shops
    "payout_waits": 6 + 7,
    # issuer, count, messages, people
    "bank_messages": 6 + 4,
    # count, shops, their accounts, waiting, people, shared
    "bank_accounts": 6 + 6,
    # issuer, city (today), count, rows, people, loads, balances (2)
    "provider_payouts": 6 + 8,
}


@pytest.mark.parametrize("name", COUNTS)
def test_a_page_of_many_asks_no_more_than_one_of_few(desk, crowd, name, django_assert_max_num_queries):
    # What the frame keeps is asked for once.
    desk.get(page(name))
    with django_assert_max_num_queries(COUNTS[name]):
        assert desk.get(page(name)).status_code == 200


def test_a_file_of_many_lines_is_shown_in_pages(desk, crowd, django_assert_max_num_queries):
    desk.get(page("payout_file", crowd.pk))
    # As above (6); file, people, count, lines.
    with django_assert_max_num_queries(6 + 4):
        first = desk.get(page("payout_file", crowd.pk))
    assert first.text.count("BONS-") >= 50
    assert "page=2" in first.text
    assert desk.get(page("payout_file", crowd.pk) + "?page=2").status_code == 200


def test_a_prepared_file_of_many_lines(desk, crowd, network, django_assert_max_num_queries):
    for account in BankAccount.objects.waiting(TUESDAY_10H):
        accounts.confirm(account, by=officer("Fatima"), at=TUESDAY_10H)
    post(desk, "payout_prepare")
    file = PayoutFile.objects.get(state="prepared")
    # As above (6 + 4); what is due now: issuer, lines, payables, accounts.
    with django_assert_max_num_queries(6 + 4 + 4):
        desk.get(page("payout_file", file.pk))
    # As above (6), how she shows who she is (2); file, people; what is due now (4); the day: city, holidays.
    with django_assert_max_num_queries(6 + 2 + 2 + 4 + 2):
        desk.get(page("payout_release", file.pk))


def test_the_next_day_is_said_and_moves_with_a_holiday(desk, issuer, clock):
    from districts.models import PublicHoliday

    assert "lundi 30 novembre 2026" in desk.get(page("payouts")).text
    PublicHoliday.objects.create(on=TUESDAY_10H.date() + timedelta(days=6), name="Fête")
    assert "mardi 1 décembre 2026" in desk.get(page("payouts")).text
