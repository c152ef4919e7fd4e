"""Claire comes in at the door, in a real browser, without JavaScript too; her pages are accessible."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from vitrine.demonstration import Demonstration

ACCOUNT = [
    "", "adresse/", "mot-de-passe/changer/", "second-facteur/", "second-facteur/secours/nouveaux/",
    "second-facteur/cles/", "second-facteur/cles/ajouter/", "second-facteur/application/enlever/", "sortie/",
]  # fmt: skip


def come_in(page, site):
    door = Demonstration()
    page.goto(f"{site.origin}/gestion/")
    page.get_by_label("Adresse e-mail").fill("claire@ville.example")
    page.get_by_label("Mot de passe", exact=True).fill(door.city_password())
    page.get_by_role("button", name="Se connecter").click()
    expect(page.locator("h1")).to_have_text("Second facteur")
    # A code serves once: those of the half minutes before and after are as good.
    for ahead in (-1, 0, 1):
        counter = int(time.time()) // 30 + ahead
        page.locator("input[name=code]").fill(format_hotp_value(hotp_value(door.city_secret(), counter)))
        with page.expect_navigation():
            page.get_by_role("button", name="Se connecter").click()
        if page.url.startswith(f"{site.origin}/gestion/"):
            return
    pytest.fail("Claire is still outside.")


@pytest.mark.parametrize("javascript", [True, False])
def test_claire_comes_in_and_goes_out(site, new_page, javascript):
    page = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    come_in(page, site)
    expect(page.locator("h1").first).to_contain_text("Que voulez-vous regarder")
    page.goto(f"{site.origin}/fr/compte/")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("h1")).to_have_text("Se connecter")
    page.goto(f"{site.origin}/gestion/")
    expect(page.locator("h1")).to_have_text("Se connecter")


def test_the_pages_of_an_account_are_accessible(site, new_page):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    come_in(page, site)
    for address in ACCOUNT:
        page.goto(f"{site.origin}/fr/compte/{address}")
        for width in (PHONE, DESKTOP):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        found = Axe().run(page).response["violations"]
        assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], address
    assert faults == []
