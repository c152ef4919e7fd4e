"""What was left on vouchers at the finance desk: Frank asks that it be paid, Fatima agrees, Aude reads, nobody else is there."""

import re
from datetime import timedelta

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.test import Client
from django.urls import reverse

from tests.accounts.test_door import code_of
from tests.door import enter
from tests.people import claire  # noqa: F401
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import balance, key, make_voucher, page, post
from tests.vouchers.test_finance_desk import text_of
from vouchers import decisions, ledger, lifecycle, proof, sealing, treasury
from vouchers.models import Account, Issuer, Network, RestPayment, Transaction

FUND = "social-fund"
REFERENCE = "RELIQUAT 2026-11"
# What any page of the desk asks first: the catalogue, the session, the person, her second factor, her rights (two).
DESK = 6


def anew(client):
    """She has just shown once more that it is she."""
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["reauthenticated"] = True
    session.save()
    return client


@pytest.fixture
def other_desk(other_desk):
    """Fatima, who agrees."""
    return anew(other_desk)


@pytest.fixture
def audit(aude):
    return enter(Client(), aude)


def leave(network, cents):
    """A voucher of so much was never spent, and its time of grace is over."""
    voucher = make_voucher(network, cents)
    over = TUESDAY_10H + timedelta(days=4 * 366)
    lifecycle.close(voucher, network.rest_goes_to, key=key(), at=over)
    return ledger.account(network.issuer, Account.Kind.BREAKAGE, network.rest_goes_to)


@pytest.fixture
def fund(network):
    """The social fund's account: 50 € were left on a voucher, 3 € were given by a holder."""
    Network.objects.filter(pk=network.pk).update(rest_words="fonds social de la Ville")
    lifecycle.donate(make_voucher(network, 300), key=key(), at=TUESDAY_10H)
    return leave(network, 5000)


def ask(client, fund, cents="53", **more):
    said = {"destination": fund.pk, "cents": cents, "reference": REFERENCE, "key": "k1"}
    return post(client, "rest_new", **said | more)


def the_bank():
    return balance(treasury.bank(Issuer.objects.get()))


# What is there


def test_it_says_what_is_there_and_where_it_goes(desk, fund):
    words = text_of(desk.get(page("rests")))
    assert f"fonds social de la Ville {FUND} Cityshopping (fictif) 53,00 €" in words
    assert "Rien n’a encore été versé" in words
    assert f'href="{page("rest_new")}"' in desk.get(page("rests")).text


def test_a_destination_that_no_network_names_any_more_is_still_there(desk, fund):
    Network.objects.update(rest_goes_to="library", rest_words="bibliothèque")
    assert f"{FUND} Cityshopping" in text_of(desk.get(page("rests")))


def test_where_nothing_is_left_it_says_so(desk, network):
    assert "Rien n’est à verser" in text_of(desk.get(page("rests")))
    assert page("rest_new") not in desk.get(page("rests")).text
    response = desk.get(page("rest_new"))
    assert "Rien n’est à verser" in text_of(response)
    assert 'name="cents"' not in response.text


@pytest.mark.parametrize("name", ["reports", "corrections", "payouts", "provider_payouts"])
def test_the_way_there_is_where_a_finance_officer_looks(desk, fund, name):
    assert f'href="{page("rests")}"' in desk.get(page(name)).text


# By two people


def test_asked_for_by_one_and_agreed_to_by_another_it_is_paid_once(desk, other_desk, frank, fatima, fund):
    bank = the_bank()
    assert "C’est demandé" in text_of(ask(desk, fund, "40"))
    payment = RestPayment.objects.get()
    assert (payment.destination, payment.cents, payment.reference) == (FUND, 4000, REFERENCE)
    # Nothing has moved yet.
    assert (balance(fund), the_bank()) == (5300, bank)
    assert REFERENCE in text_of(other_desk.get(page("rests")))
    for _click in range(2):
        post(other_desk, "rest_decide", payment.pk, agree="1")
    assert (balance(fund), the_bank()) == (1300, bank + 4000)
    paid = Transaction.objects.get(kind=Transaction.Kind.BREAKAGE_PAID)
    assert (paid.subject, paid.actor) == (FUND, fatima.pk)
    payment.refresh_from_db()
    assert (payment.asked_by, payment.decided_by) == (frank.pk, fatima.pk)
    words = text_of(desk.get(page("rests")))
    assert "40,00 € · fonds social de la Ville (Cityshopping (fictif)) · RELIQUAT 2026-11 confirmé" in words
    assert re.search("Demandé par Frank le .* décidé par Fatima le ", words)


def test_the_books_are_whole_afterwards(desk, other_desk, fund):
    ask(desk, fund)
    post(other_desk, "rest_decide", RestPayment.objects.get().pk, agree="1")
    assert balance(fund) == 0
    at = TUESDAY_10H + timedelta(days=4 * 366 + 1)
    sealing.seal(at=at)
    assert isinstance(proof.verify(at=at), proof.Proved)
    trust = proof.trust_identity(Issuer.objects.get())
    assert trust["held"] == trust["owed"]


def test_the_same_form_sent_twice_asks_once(desk, other_desk, fund):
    for _click in range(2):
        assert "C’est demandé" in text_of(ask(desk, fund))
    payment = RestPayment.objects.get()
    post(other_desk, "rest_decide", payment.pk, agree="1")
    # Even when it comes again after everything was paid.
    assert "C’est demandé" in text_of(ask(desk, fund))
    assert RestPayment.objects.get() == payment


def test_whoever_asked_does_not_agree(desk, fund):
    ask(desk, fund)
    payment = RestPayment.objects.get()
    assert 'name="agree"' not in desk.get(page("rests")).text
    response = post(anew(desk), "rest_decide", payment.pk, agree="1")
    assert "une autre personne confirme" in text_of(response)
    payment.refresh_from_db()
    assert (payment.state, balance(fund)) == ("asked", 5300)


@pytest.mark.parametrize("who", ["desk", "other_desk"])
def test_it_is_refused_or_taken_back_and_nothing_moves(request, desk, fund, who):
    ask(desk, fund)
    payment = RestPayment.objects.get()
    assert "rien n’a bougé" in text_of(
        post(request.getfixturevalue(who), "rest_decide", payment.pk, refuse="1")
    )
    payment.refresh_from_db()
    assert (payment.state, balance(fund)) == ("refused", 5300)
    # What was refused may be asked for again.
    ask(desk, fund, key="k2")
    assert RestPayment.objects.filter(state="asked").count() == 1


def test_to_agree_asks_who_it_is_once_more_and_then_goes_on(desk, fatima, fund):
    ask(desk, fund)
    payment = RestPayment.objects.get()
    address = page("rest_decide", payment.pk)
    client = enter(Client(), fatima)
    again = client.post(address, {"agree": "1"})
    assert "/compte/confirmer/" in again.url
    assert balance(fund) == 5300
    secret = decrypt(Authenticator.objects.get(user=fatima).data["secret"])
    response = client.post(
        reverse("mfa_reauthenticate"), {"code": code_of(secret), "next": address}, follow=True
    )
    assert "C’est confirmé" in text_of(response)
    assert balance(fund) == 0
    # Whoever comes back to that address reads the list.
    assert client.get(address).url == page("rests")


def test_to_refuse_asks_for_nothing(desk, fatima, fund):
    ask(desk, fund)
    post(enter(Client(), fatima), "rest_decide", RestPayment.objects.get().pk, refuse="1")
    assert RestPayment.objects.get().state == "refused"


# How much


def test_more_than_is_there_is_said_beside_the_amount_and_stays_typed(desk, fund):
    response = ask(desk, fund, "53,01")
    form = response.context["form"]
    assert list(form.errors) == ["cents"]
    assert "De ce compte, 53,00 € peuvent être versés au plus." in text_of(response)
    for typed in ('value="53,01"', f'value="{REFERENCE}"', f'value="{fund.pk}" selected', 'value="k1"'):
        assert typed in response.text
    assert not RestPayment.objects.exists()


def test_what_was_asked_for_is_not_asked_for_again(desk, fund):
    ask(desk, fund, "50")
    response = ask(desk, fund, "3,01", key="k2")
    assert "3,00 € peuvent être versés" in text_of(response)
    ask(desk, fund, "3", key="k3")
    assert "tout est versé ou déjà demandé" in text_of(ask(desk, fund, "1", key="k4"))
    assert RestPayment.objects.count() == 2
    assert "53,00 € 53,00 €" in text_of(desk.get(page("rests")))


def test_when_it_became_too_much_meanwhile_nothing_moves_and_it_is_said(desk, other_desk, fund):
    ask(desk, fund, "40")
    payment = RestPayment.objects.get()
    treasury.pay_breakage(fund.issuer, FUND, 2000, key=key(), at=TUESDAY_10H)
    words = text_of(post(other_desk, "rest_decide", payment.pk, agree="1"))
    assert "Il n’y a plus autant sur ce compte : rien n’a bougé" in words
    assert "budget" not in words.partition("Reliquats")[2]
    payment.refresh_from_db()
    assert (payment.state, balance(fund)) == ("asked", 3300)


def test_an_account_that_was_emptied_meanwhile_stays_chosen(desk, fund):
    treasury.pay_breakage(fund.issuer, FUND, 5300, key=key(), at=TUESDAY_10H)
    response = ask(desk, fund, "10")
    assert "tout est versé ou déjà demandé" in text_of(response)
    assert f'value="{fund.pk}" selected' in response.text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"cents": "dix"}, "Tapez un montant"),
        ({"cents": "0"}, "Un montant entre"),
        ({"reference": ""}, "Remplissez ce champ"),
        ({"reference": "R" * 81}, "80 caractères"),
        ({"destination": "0"}, "Choisissez dans la liste"),
        ({"destination": ""}, "Remplissez ce champ"),
    ],
)
def test_what_is_wrong_comes_back_with_what_was_typed(desk, fund, wrong, said):
    response = ask(desk, fund, **wrong)
    assert said in text_of(response)
    for name, value in ({"cents": "53", "reference": REFERENCE} | wrong).items():
        if name != "destination" and value:
            assert f'value="{value}"' in response.text
    assert not RestPayment.objects.exists()


def test_each_destination_is_paid_from_its_own_account(desk, other_desk, network, fund):
    network.rest_goes_to = "library"
    library = leave(network, 700)
    assert "De ce compte, 7,00 €" in text_of(ask(desk, library, "8"))
    ask(desk, library, "7")
    post(other_desk, "rest_decide", RestPayment.objects.get().pk, agree="1")
    assert (balance(library), balance(fund)) == (0, 5300)


# What waits


def test_what_waits_is_a_task_of_the_others(desk, other_desk, fund):
    ask(desk, fund)
    assert "reliquat à confirmer" not in text_of(desk.get(page("home")))
    response = other_desk.get(page("home"))
    assert re.search(r"reliquat à confirmer\W+1\b|\b1\W+reliquat à confirmer", text_of(response))
    assert f'href="{page("rests")}"' in response.text
    post(other_desk, "rest_decide", RestPayment.objects.get().pk, refuse="1")
    assert "reliquat à confirmer" not in text_of(other_desk.get(page("home")))


# Who may


def test_the_auditor_reads_and_changes_nothing(desk, audit, fund):
    ask(desk, fund)
    response = audit.get(page("rests"))
    assert REFERENCE in text_of(response)
    assert not re.findall(r'<form[^>]*method="post"', response.text.partition("<main")[2])
    assert page("rest_new") not in response.text
    assert audit.get(page("rest_new")).status_code == 404
    payment = RestPayment.objects.get()
    for name, args in (("rest_new", []), ("rest_decide", [payment.pk])):
        assert anew(audit).post(page(name, *args), {"agree": "1"}).status_code == 404
    payment.refresh_from_db()
    assert payment.state == "asked"


def test_for_others_there_is_nothing(fund, claire, marie_herself):  # noqa: F811
    for person in (claire, marie_herself):
        client = enter(Client(), person)
        for name, args in (("rests", []), ("rest_new", []), ("rest_decide", [1])):
            assert client.get(page(name, *args)).status_code == 404
            assert client.post(page(name, *args)).status_code in (404, 405)
    assert Client().get(page("rests")).status_code == 302


# How many questions


def test_a_long_list_asks_no_more_than_a_short_one(desk, fund, network, django_assert_num_queries):
    for number in range(52):
        said = {"reference": str(number), "form_key": key(), "by": 901, "at": TUESDAY_10H}
        decisions.refuse(decisions.ask_rest_payment(network.issuer, FUND, 1, **said), by=902, at=TUESDAY_10H)
    desk.get(page("rests"))
    # DESK; the networks, what was asked for, the accounts, how many payments, those of this page, their people.
    with django_assert_num_queries(DESK + 6):
        shown = desk.get(page("rests"))
    assert len(shown.context["payments"]) == 50
    assert "page=2" in shown.text
    # DESK; the networks, what was asked for, the accounts.
    with django_assert_num_queries(DESK + 3):
        desk.get(page("rest_new"))
