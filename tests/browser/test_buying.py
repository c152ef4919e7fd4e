"""Nina gives fifty euros to Paul, on her phone: order, bank, his mail, his page; to Anna instead; and takes it back."""

import re

import pytest
from django.core import mail
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.databases import used
from tests.jobs import run_jobs


@pytest.fixture
def worker(site, django_db_blocker, settings):
    """The worker does what waits: the bank's messages go over HTTP to the served site, the mails into `mail.outbox`."""
    settings.PUBLIC_URL = site.origin

    def work():
        with django_db_blocker.unblock(), used(site.database):
            return run_jobs(
                "tell", "look_at_event", "send_receipt", "deliver", "give_back", "acknowledge_withdrawal"
            )

    return work


@pytest.mark.parametrize("javascript", [True, False])
def test_nina_gives_and_takes_back(site, new_page, worker, javascript):
    page = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto(site.url("buy"))
    page.get_by_role("button", name="Commander avec obligation").click()
    if javascript:
        expect(page.locator("#erreurs")).to_be_focused()
        faults += faults_of(page)
    page.get_by_label("Une autre personne").check()
    page.get_by_label("Pour").first.fill("Paul")
    page.get_by_label("De la part de").fill("Nina")
    page.get_by_label("Votre mot").fill("Bon anniversaire !")
    page.get_by_label("Son adresse e-mail").fill("paul@courrier.example")
    page.get_by_label("Votre adresse e-mail").fill("nina@courrier.example")
    page.get_by_label("La même adresse").fill("nina@courrier.example")
    page.get_by_label("J’ai lu les conditions").check()
    page.get_by_role("button", name="Commander avec obligation").click()
    page.get_by_role("link", name=re.compile(r"^Payer 50,00")).click()
    page.get_by_role("button", name="Continuer").click()
    expect(page.locator("#etat")).to_contain_text("Nous attendons la réponse de la banque")
    worker()
    if javascript:  # the page asks again by itself
        expect(page.locator("#etat")).to_contain_text("Votre paiement est arrivé")
        page.get_by_role("link", name="Voir ma commande").click()
    else:
        page.get_by_role("link", name="Regarder maintenant").click()
        expect(page.locator("#etat")).to_contain_text("Votre paiement est arrivé")
    order = page.url.partition("?")[0]

    present = next(letter for letter in mail.outbox if letter.to == ["paul@courrier.example"])
    assert present.attachments[0][2] == "application/pdf"
    paul = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    paul.goto(re.search(r"http\S+/bons/cadeau/\S+/", present.body).group())
    expect(paul.locator("p.code")).to_be_visible()
    expect(paul.locator("main")).to_contain_text("Bon anniversaire !")
    if javascript:
        faults += faults_of(paul)
        assert paul.evaluate("document.querySelector('.vouchers img').complete")
    assert paul.context.cookies() == page.context.cookies() == []

    page.goto(order)
    page.get_by_text("C’est pour quelqu’un d’autre").click()
    page.get_by_label("Pour", exact=False).fill("Anna")
    page.get_by_role("button", name="Changer de destinataire").click()
    expect(page.locator(".field.wrong")).to_contain_text("Dites-nous à quelle adresse")
    if javascript:
        faults += faults_of(page)
    page.get_by_label("Son adresse e-mail").fill("anna@courrier.example")
    page.get_by_role("button", name="Changer de destinataire").click()
    expect(page.locator("#etat")).to_contain_text(
        "L’e-mail à anna@courrier.example part dans quelques minutes"
    )
    worker()
    paul.reload()
    expect(paul.locator("p.code")).to_have_count(0)
    present = next(letter for letter in mail.outbox if letter.to == ["anna@courrier.example"])
    anna = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    anna.goto(re.search(r"http\S+/bons/cadeau/\S+/", present.body).group())
    expect(anna.locator("p.code")).to_be_visible()

    page.goto(order)
    page.get_by_role("link", name="Me rétracter de cette commande").click()
    page.get_by_role("button", name="Confirmer la rétractation").click()
    expect(page.locator("#etat")).to_contain_text("Vous vous êtes rétracté")
    worker()
    page.goto(order)
    expect(page.locator("#etat")).to_contain_text("remboursés le")
    anna.reload()
    expect(anna.locator("p.code")).to_have_count(0)
    assert faults == []
