"""Figure 35: ten thousand scripted messages without a proof of work store nothing and send nothing; people still can."""

import random
import re
import uuid
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client

from shops.models import Event, Report
from shops.reports.forms import (
    MOST_FROM_ONE,
    MOST_RECEIPTS,
    MOST_SLOW,
    MOST_SLOW_FROM_ONE,
    MissingShopForm,
    ReportForm,
)
from tests.reports.conftest import TUESDAY_10H
from tests.shops.factories import make_shop
from tests.solving import challenge_of, fields, proof_for, send
from vitrine.models import Rate

SECONDS = 21


def message(dice, number):
    """What a script sends, as if each came from a machine of its own."""
    return {
        "kind": dice.choice(["hours", "closed", "content", "other"]),
        "name": f"Commerce {number}",
        "message": dice.choice(["Casino!", "", "x" * 2000, "https://spam.example"]) or "…",
        "email": dice.choice(["", f"victim{number}@example.org"]),
        "submission": str(uuid.UUID(int=dice.getrandbits(128))),
        "proof": dice.choice(["", "x", "e30=", "bnVsbA=="]),
        "again": dice.choice(["", "x", "a:b:c"]),
    }


@pytest.mark.parametrize("messages", [500, pytest.param(10_000, marks=pytest.mark.full)])
def test_ten_thousand_scripted_messages_leave_nothing(marie, marie_herself, outbox, messages):
    """Through the forms themselves, and some through the pages. A proof that was one once is tried with the others."""
    dice = random.Random(35)
    browser = Client()
    assert send(browser, f"/fr/commerces/{marie.slug}/signaler/", kind="hours").status_code == 302
    page = browser.get(f"/fr/commerces/{marie.slug}/signaler/").content.decode()
    spent = proof_for(challenge_of(page))
    browser.post(
        f"/fr/commerces/{marie.slug}/signaler/",
        {"kind": "closed", "submission": fields(page)["submission"], "proof": spent},
    )
    before = (Report.objects.count(), Event.objects.count(), len(outbox()))
    assert before == (2, 2, 1)
    forms = [partial(ReportForm, shop=marie), MissingShopForm]
    for number in range(messages - 50):
        sent = message(dice, number)
        if number % 10 == 0:
            sent["proof"] = spent
        form = dice.choice(forms)(sent, at=TUESDAY_10H, who=f"192.0.2.{number % 256}")
        if form.is_valid():
            assert (
                form.deliver(
                    shop=marie, language="fr", **({} if "kind" in form.fields else {"kind": "missing"})
                )
                is None
            )
    for number in range(50):
        response = browser.post(f"/fr/commerces/{marie.slug}/signaler/", message(dice, number))
        assert response.status_code == 200
    assert (Report.objects.count(), Event.objects.count(), len(outbox())) == before


def test_without_javascript_nina_reads_her_message_again_and_sends_it(browser, marie, clock):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).content.decode()
    assert "Sans JavaScript" in page
    typed = {"kind": "hours", "message": "Fermé le lundi"}
    page = browser.post(address, {**fields(page), **typed}).content.decode()
    assert "encore une fois dans 20 secondes" in page
    assert "Fermé le lundi" in page
    # Too soon: she is told how long, and the time goes on counting.
    clock(TUESDAY_10H + timedelta(seconds=5))
    page = browser.post(address, {**fields(page), **typed}).content.decode()
    assert "encore une fois dans 15 secondes" in page
    assert not Report.objects.exists()
    clock(TUESDAY_10H + timedelta(seconds=SECONDS))
    form = {**fields(page), **typed}
    for _click in range(2):
        response = browser.post(address, form)
        assert response.status_code == 302
    assert Report.objects.get().message == "Fermé le lundi"


def test_the_slower_way_sends_nobody_a_mail_by_itself(browser, marie, clock, outbox):
    slowly(browser, marie, clock, email="victim@example.org")
    assert Report.objects.get().email == "victim@example.org"
    assert outbox() == []


def test_the_slower_way_is_narrow(browser, city, marie, clock):
    for _number in range(MOST_SLOW_FROM_ONE):
        assert slowly(browser, marie, clock).status_code == 302
    response = slowly(browser, marie, clock)
    assert "Trop de messages" in response.content.decode()
    assert Report.objects.count() == MOST_SLOW_FROM_ONE
    # From elsewhere it is still open, until everybody's share is used up.
    assert slowly(browser, marie, clock, REMOTE_ADDR="198.51.100.1").status_code == 302
    Rate.objects.update(times=MOST_SLOW)
    assert slowly(browser, marie, clock, REMOTE_ADDR="198.51.100.2").status_code == 200


def slowly(browser, shop, clock, *, REMOTE_ADDR="192.0.2.1", **typed):  # noqa: N803 - as WSGI names it
    address = f"/fr/commerces/{shop.slug}/signaler/"
    typed = {"kind": "hours"} | typed
    clock(TUESDAY_10H)
    page = browser.get(address, REMOTE_ADDR=REMOTE_ADDR).content.decode()
    page = browser.post(address, {**fields(page), **typed}, REMOTE_ADDR=REMOTE_ADDR).content.decode()
    clock(TUESDAY_10H + timedelta(seconds=SECONDS))
    return browser.post(address, {**fields(page), **typed}, REMOTE_ADDR=REMOTE_ADDR)


def test_a_wait_is_for_one_message(browser, marie, clock):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).content.decode()
    page = browser.post(address, {**fields(page), "kind": "hours"}).content.decode()
    clock(TUESDAY_10H + timedelta(seconds=SECONDS))
    other = {**fields(page), "kind": "hours", "submission": str(uuid.uuid4())}
    assert browser.post(address, other).status_code == 200
    # And not for ever.
    clock(TUESDAY_10H + timedelta(hours=2))
    assert browser.post(address, {**fields(page), "kind": "hours"}).status_code == 200
    assert not Report.objects.exists()


def test_a_solved_challenge_serves_one_message(browser, marie):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).content.decode()
    form = {**fields(page), "proof": proof_for(challenge_of(page)), "kind": "hours"}
    assert browser.post(address, form).status_code == 302
    response = browser.post(address, {**form, "submission": str(uuid.uuid4())})
    assert response.status_code == 200
    # What comes back has a new challenge, and not the old proof.
    assert challenge_of(response.content.decode()) != challenge_of(page)
    assert form["proof"] not in response.content.decode()
    assert Report.objects.count() == 1


def test_a_mistake_does_not_use_the_proof_up(browser, marie):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).content.decode()
    form = {**fields(page), "proof": proof_for(challenge_of(page))}
    assert browser.post(address, {**form, "kind": "other", "message": ""}).status_code == 200
    assert browser.post(address, {**form, "kind": "other", "message": "Le nom"}).status_code == 302


def test_even_with_proofs_one_address_sends_so_many_an_hour(marie):
    browser = Client()
    Rate.objects.all().delete()
    assert send(browser, f"/fr/commerces/{marie.slug}/signaler/", kind="hours").status_code == 302
    Rate.objects.update(times=MOST_FROM_ONE)
    response = send(browser, f"/fr/commerces/{marie.slug}/signaler/", kind="closed")
    assert response.status_code == 200
    assert re.search("Réessayez dans une heure", response.content.decode())


def test_nobodys_letter_box_is_filled_with_receipts(city, outbox):
    shops = [make_shop() for _number in range(MOST_RECEIPTS + 2)]
    browser = Client()
    for shop in shops:
        send(browser, f"/fr/commerces/{shop.slug}/signaler/", kind="closed", email="victim@example.org")
    assert Report.objects.count() == len(shops)
    assert len(outbox()) == MOST_RECEIPTS


@pytest.mark.parametrize(
    "numero", ["", "abcd2345", "ABCD2345", "<script>", "x" * 9, "é" * 8, "../..", "abcd 2345"]
)
def test_the_thanks_page_repeats_a_number_and_nothing_else(client, marie, numero):
    html = client.get("/fr/commerce-manquant/merci/", {"numero": numero}).content.decode()
    said = html.partition("<main")[2].partition("</main>")[0]
    assert ("ABCD2345" in said) == (numero == "abcd2345")
    assert "<script>" not in html.partition("<main")[2]
