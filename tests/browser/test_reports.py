"""Nina reports something in a real browser: it computes for a moment; without JavaScript she reads her words again."""

import re

import pytest
from django.core import signing
from playwright.sync_api import expect

from shops.reports.forms import PURPOSE
from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, PHONE, SEND

THANKS = re.compile(r"/merci/\?numero=[0-9a-z]{8}$")


@pytest.fixture
def quiet_page(new_page):
    """Open a page; afterwards nothing may have been said on its console."""
    faults = []

    def open_page(**options):
        page = new_page(**options)
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield open_page
    assert faults == []


def test_a_browser_solves_the_challenge_by_itself(site, quiet_page):
    page = quiet_page(width=PHONE, locale="fr-FR")
    page.goto(site.url("report"))
    page.get_by_label("Les horaires sont faux").check()
    page.get_by_label("Ce qui est juste").fill("Fermé le lundi")
    page.get_by_role("button", name=SEND).click()
    expect(page).to_have_url(THANKS, timeout=30_000)
    expect(page.locator("main")).to_contain_text("Le numéro de votre message")


def test_an_impatient_double_click_is_one_message(site, quiet_page):
    page = quiet_page(width=DESKTOP, locale="fr-FR")
    page.goto(site.url("missing"))
    page.get_by_label("Comment s’appelle").fill("Cordonnerie Weber")
    page.get_by_role("button", name=SEND).dblclick()
    expect(page).to_have_url(THANKS, timeout=30_000)


def test_who_goes_back_and_sends_again_is_not_stuck(site, quiet_page):
    """A proof serves once: the page that comes back has a new challenge."""
    page = quiet_page(width=DESKTOP, locale="fr-FR")
    page.goto(site.url("site report"))
    page.get_by_label("Quelle page").fill("Le plan ne se lit pas")
    page.get_by_role("button", name=SEND).click()
    expect(page).to_have_url(THANKS, timeout=30_000)
    page.goto(site.url("site report"))
    page.get_by_label("Quelle page").fill("La liste non plus")
    page.get_by_role("button", name=SEND).click()
    expect(page).to_have_url(THANKS, timeout=30_000)


def test_without_javascript_it_takes_twenty_seconds_and_nothing_else(site, quiet_page):
    page = quiet_page(width=PHONE, javascript=False, locale="fr-FR")
    page.goto(site.url("site report"))
    page.get_by_label("Quelle page").fill("Le plan ne se lit pas")
    page.get_by_role("button", name=SEND).click()
    expect(page.locator("#erreurs")).to_contain_text("encore une fois dans 20")
    expect(page.get_by_label("Quelle page")).to_have_value("Le plan ne se lit pas")
    # When the message first came back is in the page, signed: twenty-one seconds more have gone by.
    again = page.locator("input[name=again]")
    submission, seconds = signing.loads(again.get_attribute("value"), salt=PURPOSE)
    earlier = signing.dumps([submission, seconds - 21], salt=PURPOSE)
    again.evaluate("(field, value) => { field.value = value }", earlier)
    page.get_by_role("button", name=SEND).click()
    expect(page).to_have_url(THANKS)


def test_the_citys_pages_of_reports_are_accessible(site, quiet_page, claire_in):
    page = quiet_page(width=DESKTOP, locale="fr-FR")
    for name in ("Cordonnerie Weber", "Chez Fatima"):
        page.goto(site.url("missing"))
        page.get_by_label("Comment s’appelle").fill(name)
        page.get_by_label("Votre adresse e-mail").fill("nina@courrier.example")
        page.get_by_role("button", name=SEND).click()
        expect(page).to_have_url(THANKS, timeout=30_000)
    claire_in(page)
    page.goto(f"{site.origin}/gestion/signalements/?sujet=missing")
    _look(page, "queue")
    page.locator(".queue a").first.click()
    expect(page.get_by_label("Le commerce est ajouté")).to_be_visible()
    _look(page, "topic")
    page.get_by_label("Le commerce est ajouté").check()
    page.get_by_role("button", name="Répondre", exact=True).click()
    expect(page.locator("[role=status]").first).to_contain_text("C’est noté")


def _look(page, name):
    assert faults_of(page) == [], name
