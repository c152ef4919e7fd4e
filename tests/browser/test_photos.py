"""Photos in a real browser: Claire sends one, says what it shows, and Nina sees it on the shop's page."""

import re

import pytest
from playwright.sync_api import expect

from shops.models import Photo, Shop
from shops.photos.develop import develop_received
from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.databases import used
from tests.photos.files import disk, jpeg
from tests.shops.factories import TUESDAY_10H


@pytest.fixture
def shop(site, django_db_blocker, settings):
    """A published shop of the served city; its photos go with the test."""
    settings.STORAGES = {**settings.STORAGES, "default": disk(site.media)}
    with django_db_blocker.unblock(), used(site.database):
        yield Shop.objects.published().order_by("pk")[5]


def send(page, *seeds):
    page.set_input_files(
        "input[type=file]",
        [
            {
                "name": f"{seed}.jpg",
                "mimeType": "image/jpeg",
                "buffer": jpeg(seed=seed, width=1600, height=1200),
            }
            for seed in seeds
        ],
    )
    page.get_by_role("button", name="Envoyer").click()


def assert_accessible(page):
    assert faults_of(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_a_photo_comes_from_claires_phone_to_ninas(site, new_page, claire_in, shop, javascript):
    claire = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    faults = []
    claire.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    claire_in(claire)
    there = f"{site.origin}/gestion/commerces/{shop.public_id}/photos/"
    claire.goto(there)
    seeds = (11, 12, 13) if javascript else (21, 22, 23)
    send(claire, *seeds)
    expect(claire.locator("#arrivees")).to_contain_text("3 photos sont en préparation")
    if javascript:
        assert_accessible(claire)
    for photo in Photo.objects.developing():
        develop_received(photo.pk, at=TUESDAY_10H)
    # With a script the page notices by itself, without one there is a link.
    if not javascript:
        claire.get_by_role("link", name="Où en est-on ?").click()
    expect(claire.get_by_role("link", name="Décrire et publier")).to_have_count(3)
    if javascript:
        assert_accessible(claire)
    claire.get_by_role("link", name="Décrire et publier").first.click()
    for words in ("La devanture bleue, à l’angle de la rue.", "Le comptoir et ses pains.", ""):
        if words:
            claire.get_by_label("En français").fill(words)
        else:
            claire.get_by_label("elle est décorative").check()
        # By keyboard: one step to the right of the middle, then one down.
        claire.get_by_label("au centre").focus()
        claire.keyboard.press("ArrowRight")
        if javascript and words:
            assert_accessible(claire)
        claire.get_by_role("button", name="Mettre sur la page").click()
    expect(claire.locator("#sur-la-page ~ ol > li")).to_have_count(3)
    if javascript:
        assert_accessible(claire)
        assert_accessible_dark(claire)
    nina = new_page(width=PHONE, javascript=javascript, locale="fr-FR")
    nina.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    nina.goto(f"{site.origin}/fr/commerces/{shop.slug}/")
    first = nina.locator(".masthead picture img")
    expect(first).to_have_attribute("alt", "La devanture bleue, à l’angle de la rue.")
    expect(first).to_have_class("x100 y50")
    expect(nina.locator(".photos picture")).to_have_count(2)
    if javascript:
        nina.wait_for_function("document.querySelector('.masthead img').naturalWidth > 0")
        assert re.search(r"-\d+\.avif$", nina.evaluate("document.querySelector('.masthead img').currentSrc"))
        shift = nina.evaluate(
            "new Promise(done => { let sum = 0; new PerformanceObserver(list => { for (const one of list.getEntries())"
            " sum += one.value; }).observe({type: 'layout-shift', buffered: true}); requestAnimationFrame(() => done(sum)); })"
        )
        assert shift <= 0.01
        assert_accessible(nina)
    assert faults == []
    for photo in list(shop.photos.all()):
        photo.delete()


def assert_accessible_dark(page):
    page.emulate_media(color_scheme="dark")
    assert_accessible(page)
    page.emulate_media(color_scheme="light")
