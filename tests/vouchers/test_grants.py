"""A voucher for somebody: one asks, another agrees; then it is issued from a budget, and mailed or printed."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from tests.door import enter
from tests.jobs import run_jobs, waiting
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import FATIMA, FRANK, TODAY, balance, key, make_campaign, page, post
from tests.vouchers.test_lifecycle import take, whole
from vouchers import codes, decisions, grant_letters, ledger, lifecycle, treasury
from vouchers.models import BudgetLoad, CodePrint, Grant, Transaction, Voucher

NINA = "nina@courrier.example"
ASKED = {
    "budget": "goodwill", "cents": "25", "reason": "fault", "words": "La caisse était en panne.", "way": "mail",
    "recipient_name": "Nina", "recipient_email": NINA, "language": "fr",
}  # fmt: skip


@pytest.fixture
def goodwill(network):
    treasury.load_budget(network.issuer, "goodwill", 10_000, key=key(), at=TUESDAY_10H)
    return treasury.budget(network.issuer, "goodwill")


def ask(network, *, cents=2500, way="mail", sent=None, **more):
    said = {
        "reason": "fault",
        "language": "fr",
        "words": "Panne.",
        "recipient_email": NINA,
        "recipient_name": "Nina",
    }
    return decisions.ask_grant(
        network, form_key=sent or key(), by=FRANK, at=TUESDAY_10H, cents=cents, way=way, **said | more
    )


def agree(grant, by=FATIMA):
    return decisions.agree_grant(grant, by=by, at=TUESDAY_10H)


def test_asked_by_one_agreed_by_another_it_is_issued_and_mailed(network, goodwill, signed, marie):
    grant = ask(network)
    voucher = agree(grant)
    assert balance(voucher.account) == 2500
    assert balance(goodwill) == 7500
    voucher = Voucher.objects.select_related("account", "network__issuer").get()
    assert (voucher.state, voucher.issued_on, voucher.expires_on) == (
        "active",
        TODAY,
        TODAY.replace(year=2029),
    )
    run_jobs()
    (letter,) = mail.outbox
    assert letter.to == [NINA]
    assert "25,00 €" in letter.body.replace("\xa0", " ").replace("\u202f", " ")
    assert voucher.code() not in letter.body
    assert grant_letters.token(grant) in letter.body
    assert letter.attachments[0][2] == "application/pdf"
    assert Grant.objects.get().delivered_at
    take(voucher, marie, 2500)
    assert whole()


def test_whoever_asks_does_not_agree(network, goodwill):
    grant = ask(network)
    with pytest.raises(decisions.SamePerson):
        agree(grant, by=FRANK)
    assert not Voucher.objects.exists()
    # Nor by any other way: the database knows the two.
    with pytest.raises(IntegrityError, match="grant_by_two"), transaction.atomic():
        Grant.objects.filter(pk=grant.pk).update(state="agreed", decided_by=FRANK, decided_at=TUESDAY_10H)


def test_it_is_decided_once(network, goodwill):
    grant = ask(network)
    agree(grant)
    for again in (lambda: agree(grant), lambda: decisions.refuse(grant, by=FATIMA, at=TUESDAY_10H)):
        with pytest.raises(decisions.Decided):
            again()
    assert Voucher.objects.count() == 1


def test_a_budget_that_does_not_suffice_decides_nothing(network, goodwill):
    grant = ask(network, cents=10_001)
    with pytest.raises(ledger.Overdrawn):
        agree(grant)
    assert Grant.objects.get().state == "asked"
    assert not Voucher.objects.exists()
    assert waiting() == []


def test_a_campaign_may_pay_it(network):
    campaign = make_campaign(network, budget=5000)
    agree(ask(network, campaign=campaign))
    assert balance(treasury.budget(network.issuer, campaign.budget_name)) == 2500


def test_the_journal_has_the_reason_beside_it_and_no_word(network, goodwill):
    agree(ask(network, words="Madame Weber a crié."))
    kept = "\n".join(str(vars(txn)) for txn in Transaction.objects.all())
    assert "Weber" not in kept
    assert NINA not in kept


def test_its_code_stands_nowhere_but_sealed(network, goodwill, caplog):
    caplog.set_level("DEBUG")
    agree(ask(network))
    code = Voucher.objects.get().code()
    assert waiting("send_grant") == [("send_grant", {"grant": Grant.objects.get().pk})]
    run_jobs()
    assert code not in caplog.text
    assert codes.spaced(code) not in caplog.text
    assert NINA not in caplog.text


# The page of whom it was given to


@pytest.fixture
def given(network, goodwill):
    agree(ask(network))
    return Grant.objects.select_related("voucher__account", "voucher__network__issuer").get()


def link(grant, what=""):
    return reverse(f"vouchers:granted{what}", args=[grant_letters.token(grant)])


def test_the_link_shows_the_voucher_and_is_kept_nowhere(given):
    nina = Client()
    response = nina.get(link(given))
    assert codes.spaced(given.voucher.code()) in response.text
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert "noindex" in response.headers["X-Robots-Tag"]
    assert nina.get(link(given, "_pdf")).content.startswith(b"%PDF")
    assert "<svg" in nina.get(link(given, "_qr")).text
    assert nina.post(link(given)).status_code == 405


def test_a_link_that_is_broken_over_or_another_purposes_opens_nothing(given, clock):
    good = grant_letters.token(given)
    for wrong in (good[:-1], f"x{good}", "x", good.replace(":", ".")):
        assert Client().get(reverse("vouchers:granted", args=[wrong])).status_code == 404
    assert Client().get(reverse("vouchers:gift", args=[good])).status_code == 404
    clock(TUESDAY_10H + grant_letters.GOOD_FOR + timedelta(hours=2))
    assert Client().get(link(given)).status_code == 404


def test_a_frozen_voucher_is_neither_shown_nor_printed(given):
    lifecycle.freeze(given.voucher, reason="lost", key=key(), at=TUESDAY_10H)
    response = Client().get(link(given))
    assert codes.spaced(given.voucher.code()) not in response.text
    assert "bloqué" in response.text
    for what in ("_pdf", "_qr"):
        assert Client().get(link(given, what)).status_code == 404


def test_before_it_is_agreed_there_is_no_page(network):
    assert Client().get(link(ask(network))).status_code == 404


# At the desk


def test_the_desk_of_two_people(desk, other_desk, network, goodwill):
    sent = key()
    for _click in range(2):
        response = post(desk, "grant_new", network=network.pk, key=sent, **ASKED)
    grant = Grant.objects.get()
    assert "La caisse était en panne." in response.text
    assert "Vous l’avez demandé vous-même" in response.text
    assert "Vous l’avez demandé vous-même" in post(desk, "grant_decide", grant.pk, agree="1").text
    assert not Voucher.objects.exists()
    assert "25,00 €" in other_desk.get(page("grants")).text.replace("\xa0", " ")
    response = post(other_desk, "grant_decide", grant.pk, agree="1")
    assert "Le bon est émis" in response.text
    assert "déjà décidé" in post(other_desk, "grant_decide", grant.pk, agree="1").text
    assert Voucher.objects.count() == 1


def test_whoever_asked_takes_it_back(desk, network):
    post(desk, "grant_new", network=network.pk, key=key(), **ASKED)
    response = post(desk, "grant_decide", Grant.objects.get().pk, refuse="1")
    assert "C’est refusé" in response.text
    assert Grant.objects.get().state == "refused"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"recipient_email": ""}, "à quelle adresse"),
        ({"recipient_email": "nina"}, "e-mail"),
        ({"cents": "150,01"}, "au plus"),
        ({"reason": ""}, "Remplissez"),
        ({"words": ""}, "Remplissez"),
        ({"budget": "77"}, 'class="error"'),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(desk, network, wrong, said):
    response = desk.post(page("grant_new"), {"network": network.pk, "key": key(), **ASKED | wrong})
    assert response.status_code == 200
    assert said in response.text
    assert "Nina" in response.text
    assert not Grant.objects.exists()


def test_without_a_budget_the_desk_says_so(desk, other_desk, network):
    post(desk, "grant_new", network=network.pk, key=key(), **ASKED)
    assert (
        "Le budget ne suffit pas" in post(other_desk, "grant_decide", Grant.objects.get().pk, agree="1").text
    )
    post(desk, "goodwill_load", issuer=network.issuer_id, cents="100", reference="Avis 7", key=key())
    post(other_desk, "load_decide", BudgetLoad.objects.get().pk, agree="1")
    assert "Le bon est émis" in post(other_desk, "grant_decide", Grant.objects.get().pk, agree="1").text


def test_on_paper_each_printing_is_noted(desk, frank, network, goodwill):
    grant = ask(network, way="paper")
    assert desk.post(page("grant_print", grant.pk)).status_code == 404
    agree(grant)
    assert waiting("send_grant") == []
    response = desk.post(page("grant_print", grant.pk))
    assert response.content.startswith(b"%PDF")
    assert "no-store" in response.headers["Cache-Control"]
    note = CodePrint.objects.get()
    assert (note.grant, note.by, note.number) == (grant, frank.pk, 1)
    assert "Frank" in desk.get(page("grant", grant.pk)).text


def test_the_auditor_reads_grants_and_decides_nothing(aude, network, goodwill):
    grant, client = ask(network), enter(Client(), aude)
    assert "Panne." in client.get(page("grant", grant.pk)).text
    for name in ("grant_decide", "grant_print", "grant_erase"):
        assert client.post(page(name, grant.pk), {"agree": "1"}).status_code == 404
    assert Grant.objects.get().state == "asked"


def test_its_list_asks_the_same_few_questions(desk, network, django_assert_max_num_queries):
    for _number in range(8):
        ask(network)
    desk.get(page("grants"))
    # Session and its being kept (3), person, her rights (2), second factor; catalogue; grants counted and read, those that
    # wait, loads, names, budgets.
    with django_assert_max_num_queries(14):
        desk.get(page("grants"))


# Forgotten in time


def test_the_person_is_erased_on_request_and_the_voucher_stays_good(desk, given):
    response = post(desk, "grant_erase", given.pk)
    for gone in (NINA, "Nina", "Panne."):
        assert gone not in response.text
    assert Voucher.objects.get().state == "active"


@pytest.mark.parametrize(("after", "forgotten"), [(timedelta(days=89), False), (timedelta(days=90), True)])
def test_whom_a_refused_grant_was_for_is_forgotten(network, after, forgotten):
    grant = ask(network)
    decisions.refuse(grant, by=FATIMA, at=TUESDAY_10H)
    assert decisions.forget(at=TUESDAY_10H + after) == forgotten
    grant.refresh_from_db()
    assert (grant.recipient_email == "") == forgotten


def test_a_year_after_its_voucher_is_over_nobody_is_named(given):
    over = TUESDAY_10H.replace(year=2030)
    assert decisions.forget(at=over - timedelta(days=1)) == 0
    assert decisions.forget(at=over) == 1
    assert decisions.forget(at=over) == 0
    given.refresh_from_db()
    assert (given.words, given.recipient_name, given.recipient_email) == ("", "", "")
