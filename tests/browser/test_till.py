"""Tom takes thirty-two euros of Nina's fifty with the bakery's telephone: scan, amount, receipt; and takes them back."""

import os

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.browser.taps import Hands
from tests.databases import used
from tests.people import make_member, make_person

# From the scan to the receipt.
MOST_TAPS = 4
TILL = "/comptoir/caisse/"


@pytest.fixture
def counter(site, django_db_blocker):
    """A shop that has signed, a code to pair its telephone, and a voucher of fifty euros."""
    from shops.models import Shop
    from torture.books import Books
    from vouchers import till

    with django_db_blocker.unblock(), used(site.database):
        now = timezone.now()
        shop = Shop.objects.published().filter(claimed_at=None).order_by("pk")[7]
        books = Books.open([shop], now)
        books.network.name = "Ville"
        books.network.save()
        (voucher,) = books.vouchers([5000])
        owner = make_person(f"caisse{voucher.pk}@vitrine.example", name="Marie Muller")
        if not shop.memberships.exists():
            make_member(shop, owner)
        yield till.offer(shop, "Comptoir", by=owner, at=now), voucher.code()


def shot(page, name):
    """For whoever wants to look: pictures are kept only where VITRINE_SHOTS names a folder."""
    if folder := os.environ.get("VITRINE_SHOTS"):
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            page.screenshot(path=f"{folder}/till-{name}-{theme}.png", full_page=True)
        page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("javascript", [True, False])
def test_tom_takes_of_a_voucher_and_takes_back(site, new_page, counter, javascript):
    offered, code = counter
    page = new_page(width=PHONE, javascript=javascript, has_touch=True, locale="fr-FR")
    faults, asked = [], []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.origin}{TILL}")
    expect(page.locator("h1")).to_have_text("Ce téléphone n’est pas une caisse")
    shot(page, "0-unpaired")
    page.goto(f"{site.origin}{TILL}associer/{'#' + offered if javascript else ''}")
    if not javascript:
        page.get_by_label("Code d’association").fill(offered)
        page.get_by_role("button", name="Associer").click()
    expect(page.locator("h1")).to_have_text("Encaisser un bon")
    shot(page, "1-home")

    # Nina shows her QR code: the camera opens her voucher's page, which on this telephone is the till's.
    hands = Hands(page)
    if javascript:
        page.goto(f"{site.url('voucher')}#{code}")
    else:
        hands.type(page.get_by_label("Code du bon"), code)
        hands.tap(page.get_by_role("button", name="Continuer"))
    expect(page.locator("h1")).to_contain_text("50,00")
    shot(page, "2-sale")
    if javascript:
        faults += faults_of(page)
    hands.type(page.get_by_label("Montant à encaisser"), "60")
    page.get_by_role("button", name="Encaisser").click()
    expect(page.get_by_role("alert")).to_contain_text("il ne reste que 50,00")
    shot(page, "3-refused")
    if javascript:
        faults += faults_of(page)
    page.get_by_label("Montant à encaisser").fill("32")
    hands.tap(page.get_by_role("button", name="Encaisser"))
    expect(page.locator("h1")).to_contain_text("32,00")
    expect(page.locator(".held")).to_contain_text("il reste 18,00")
    shot(page, "4-receipt")
    assert len(hands.taps) <= MOST_TAPS
    if javascript:
        faults += faults_of(page)

    page.get_by_text("C’était une erreur ?").click()
    page.get_by_role("button", name="Annuler 32,00").click()
    expect(page.locator("h1")).to_contain_text("Annulé")
    page.get_by_role("link", name="Journée").click()
    expect(page.locator(".held")).to_contain_text("annulé")
    shot(page, "5-day")
    page.get_by_role("link", name="Sur papier").click()
    expect(page.get_by_role("heading", name="Encaissé sur papier")).to_be_visible()
    shot(page, "6-paper")
    if javascript:
        faults += faults_of(page)
    assert not [url for url in asked if code in url.partition("#")[0] or offered in url.partition("#")[0]]
    assert faults == []


def test_on_any_other_telephone_the_code_opens_its_holders_page(site, new_page, counter):
    page = new_page(width=PHONE, locale="fr-FR")
    page.goto(f"{site.url('voucher')}#{counter[1]}")
    expect(page.locator("#resultat")).to_contain_text("50,00")
    # One that was a till and is none any more: it forgets it, and shows the holder's page.
    page.evaluate("localStorage.setItem('till', 'yes')")
    # What is read next is not what stands here already.
    page.goto("about:blank")
    page.goto(f"{site.url('voucher')}#{counter[1]}")
    expect(page.locator("#resultat")).to_contain_text("50,00")
    assert page.evaluate("localStorage.getItem('till')") == "no"
