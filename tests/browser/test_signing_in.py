"""Claire and Marie come in at the door, in a real browser, without JavaScript too; what is behind it is accessible."""

import time

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE
from vitrine.demonstration import Demonstration

ACCOUNT = [
    "", "adresse/", "mot-de-passe/changer/", "second-facteur/", "second-facteur/cles/",
    "second-facteur/secours/nouveaux/", "second-facteur/cles/ajouter/", "sortie/", "confirmer/",
    "confirmer/second-facteur/",
]  # fmt: skip
# Of Marie's desk, after the address of her shop.
TEAM = ["equipe/", "equipe/{tom}/role/", "equipe/{tom}/retirer/", "equipe/{tom}/confier/", "quitter/"]


def sign_in(page, email):
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(Demonstration().city_password())
    page.locator("form:has(input[name=password]) button").first.click()


def come_in(page, site):
    """Claire, with her second factor."""
    page.goto(f"{site.origin}/fr/compte/connexion/?next=/gestion/")
    sign_in(page, "claire@ville.example")
    expect(page.locator("input[name=code]")).to_be_visible()
    # A code serves once: those of the half minutes before and after are as good.
    for ahead in (-1, 0, 1):
        counter = int(time.time()) // 30 + ahead
        code = format_hotp_value(hotp_value(Demonstration().city_secret(), counter))
        page.locator("input[name=code]").fill(code)
        with page.expect_navigation():
            page.locator("form:has(input[name=code]) button").first.click()
        if page.url.startswith(f"{site.origin}/gestion/"):
            return
    pytest.fail("Claire is still outside.")


def come_to_the_counter(page, site, email="marie@um-eck.example", language="fr"):
    """Somebody who keeps a page. Returns the address she comes to."""
    page.goto(f"{site.origin}/{language}/comptoir/")
    sign_in(page, email)
    page.wait_for_url("**/comptoir/**")
    return page.url


@pytest.mark.parametrize("javascript", [True, False])
def test_claire_comes_in_and_goes_out(site, new_page, javascript):
    page = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    come_in(page, site)
    expect(page.locator("h1").first).to_contain_text("Aujourd’hui")
    page.goto(f"{site.origin}/fr/compte/")
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.locator("h1")).to_have_text("Se connecter")
    page.goto(f"{site.origin}/gestion/")
    expect(page.locator("h1")).to_have_text("Se connecter")


@pytest.mark.parametrize("javascript", [True, False])
def test_marie_invites_and_takes_back(site, new_page, javascript):
    page = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    home = come_to_the_counter(page, site)
    page.goto(f"{home}equipe/")
    email = f"lea-{javascript}@pain.example".lower()
    page.get_by_label("Son adresse e-mail").fill(email)
    page.get_by_label("Caisse").check()
    # A double click sends one invitation.
    page.get_by_role("button", name="Envoyer l’invitation").dblclick()
    card = page.locator(".team li", has_text=email)
    expect(card).to_have_count(1)
    expect(card).to_contain_text("caisse")
    page.get_by_role("button", name=f"Retirer l’invitation – {email}").click()
    expect(page.get_by_role("status")).to_contain_text("retirée")
    expect(card).to_have_count(0)


def sampled(addresses, language):
    """French whole; of the other languages every third, by turns, in the short form, and all in the full one."""
    if language == "fr":
        return addresses
    return addresses[LANGUAGES.index(language) - 1 :: 3]


def every_language(languages=LANGUAGES):
    for language in languages:
        # French in the short form; each other language whole in the long one.
        if language == "fr":
            yield pytest.param(language, False, id=language)
        else:
            yield pytest.param(language, True, id=language, marks=pytest.mark.full)


@pytest.mark.parametrize(("language", "whole"), list(every_language()))
def test_the_pages_of_an_account_are_accessible(site, new_page, claire_in, language, whole):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    claire_in(page)
    for address in ACCOUNT if whole else sampled(ACCOUNT, language):
        page.goto(f"{site.origin}/{language}/compte/{address}")
        faults += faults_of(page)
    assert faults == []


@pytest.mark.parametrize(("language", "whole"), list(every_language(["fr", "de", "en"])))
def test_the_team_and_the_counter_are_accessible(site, new_page, language, whole):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    home = come_to_the_counter(page, site, language=language)
    page.goto(f"{home}equipe/")
    tom = page.locator("a[href$='/role/']").first.get_attribute("href").split("/")[-3]
    addresses = [home + address.format(tom=tom) for address in TEAM]
    addresses.append(f"{site.origin}/{language}/comptoir/invitations/")
    for address in addresses if whole else sampled(addresses, language):
        page.goto(address)
        faults += faults_of(page)
    if language == "fr":
        page.goto(f"{home}equipe/")
        page.get_by_role("button", name="Envoyer l’invitation").click()
        expect(page.locator("#erreurs")).to_be_focused()
        faults += faults_of(page)
    assert faults == []


@pytest.mark.parametrize("who", ["tom@um-eck.example"])
def test_the_counter_is_accessible_at_the_till_too(site, new_page, who):
    page = new_page(width=PHONE, locale="fr-FR")
    home = come_to_the_counter(page, site, who)
    page.goto(home)
    assert faults_of(page) == []
