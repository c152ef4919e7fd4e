"""The whole way, by two people who know nothing of it: from « C'est votre commerce ? » to a page that is live.

Marie, on a phone of 360 pixels, takes a bakery's page in hand and sets it up. Claire takes her words at the City.
Paul, who keeps the shop next door, sees nothing of it meanwhile.
"""

import os

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.taps import Hands
from tests.databases import used
from tests.people import make_member, make_person
from vitrine.letters import Letter

# From the City's yes to a page that says all one can choose, its hours included.
MOST_TAPS = 40
MARIE, BAKERYS_ADDRESS = "marie.thill@courrier.example", "bonjour@boulangerie.example"
WORDS = "Du pain au levain, cuit chaque matin."


@pytest.fixture(scope="module")
def street(site, django_db_blocker):
    """A bakery that nobody keeps and nobody knows more of than its name and its address, and Paul next door."""
    from shops import catalogue
    from shops.models import Shop

    with django_db_blocker.unblock(), used(site.database), transaction.atomic():
        at = timezone.now()
        bakery = (
            Shop.objects.published().filter(category__code="bakery", claimed_at=None).order_by("pk").last()
        )
        bakery.email, bakery.opening_hours, bakery.hours_confirmed_at = BAKERYS_ADDRESS, "", None
        bakery.services, bakery.payments, bakery.spoken_languages, bakery.service_notes = [], [], [], {}
        bakery.summary = bakery.description = bakery.specialty = ""
        bakery.accessibility, bakery.i18n = {}, {}
        bakery.save()
        catalogue.changed([bakery.pk], at=at)
        paul = make_person("paul.voisin@courrier.example", name="Paul Weber")
        make_member(Shop.objects.published().filter(claimed_at=None).order_by("pk").first(), paul, at=at)
        client = Client()
        client.force_login(paul)
        return bakery, client.cookies["session"].value


@pytest.fixture
def letter_to(site, django_db_blocker):
    """The last mail to an address, as the worker would send it."""

    def read(address):
        from procrastinate.contrib.django.models import ProcrastinateJob

        with django_db_blocker.unblock(), used(site.database):
            jobs = ProcrastinateJob.objects.filter(args__letter__to=address).order_by("-pk")
            return Letter(**jobs[0].args["letter"])

    return read


def shot(page, name):
    """For whoever wants to look: pictures are kept only where VITRINE_SHOTS names a folder."""
    if folder := os.environ.get("VITRINE_SHOTS"):
        page.screenshot(path=f"{folder}/journey-{name}.png", full_page=True)


def sign_up(hands, letter_to):
    """From a page that asks for an account to the same page, with one."""
    page = hands.page
    hands.tap(page.get_by_role("link", name="Créer un compte"))
    hands.type(page.get_by_label("Adresse e-mail"), MARIE)
    hands.tap(page.get_by_role("button", name="Créer le compte"))
    expect(page.get_by_label("Code")).to_be_visible()
    hands.type(page.get_by_label("Code"), letter_to(MARIE).code)
    hands.tap(page.locator("form:has([name=code]) button").first)


def claim(hands, letter_to):
    """Who she is, and the code that only the shop reads."""
    page = hands.page
    hands.type(page.get_by_label("Votre nom"), "Marie Thill")
    hands.tap(page.get_by_role("button", name="Continuer"))
    hands.tap(page.get_by_role("button", name="Recevoir un code par e-mail"))
    expect(page.get_by_label("Votre code")).to_be_visible()
    hands.type(page.get_by_label("Votre code"), letter_to(BAKERYS_ADDRESS).code)
    hands.tap(page.get_by_role("button", name="Vérifier le code"))
    expect(page.locator(".notice")).to_contain_text("La page est à vous")


def set_up(hands):
    """Hours, what she offers, how one comes in, and the rest is right: by taps alone."""
    page = hands.page
    said = page.get_by_role("status").first
    hands.tap(page.get_by_role("link", name="Ouvrir ma page"))
    expect(page.get_by_role("link", name="Dire mes horaires")).to_be_visible()
    shot(page, "3-home")

    # A week like hers, a shorter Saturday, Sunday morning.
    hands.tap(page.get_by_role("link", name="Dire mes horaires"))
    hands.tap(page.locator("a.tile").first)
    hands.choose(page.get_by_label("Samedi, fermeture, ligne 1", exact=True), "13:00")
    hands.choose(page.get_by_label("Dimanche, ouverture, ligne 1", exact=True), "07:00")
    hands.choose(page.get_by_label("Dimanche, fermeture, ligne 1", exact=True), "12:00")
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("en ligne")
    shot(page, "4-hours")

    # What is usual by one tap a list, two things more.
    hands.tap(page.get_by_role("link", name="Ma page").first)
    hands.tap(page.get_by_role("link", name="Cocher mes services"))
    for name in ("Services", "Moyens de paiement", "Langues parlées"):
        group = page.get_by_role("group", name=name, exact=True)
        hands.tap(group.get_by_role("button"))
        expect(group.get_by_role("button")).to_have_count(0)
    hands.tap(page.get_by_text("Produits bio", exact=True))
    hands.tap(page.get_by_text("Portugais", exact=True))
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("En ligne dès maintenant")
    shot(page, "5-services")

    # Every question of how one comes in is answered.
    hands.tap(page.get_by_role("link", name="Répondre aux questions"))
    expect(page.locator("fieldset.question").first).to_be_visible()
    for number, question in enumerate(page.locator("fieldset.question").all()):
        hands.tap(question.locator("label").nth(number % 3))
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("Accessibilité")
    hands.tap(page.get_by_role("button", name="Tout est toujours juste"))
    expect(said).to_contain_text("Merci")


def test_a_bakery_is_taken_in_hand_and_live(site, new_page, claire_in, street, letter_to):
    bakery, pauls = street
    public = f"{site.origin}/fr/commerces/{bakery.slug}/"
    page, nina = new_page(width=PHONE, has_touch=True, locale="fr-FR"), new_page(width=PHONE, locale="fr-FR")
    page.goto(public)
    hands = Hands(page)
    hands.tap(page.get_by_role("button", name="C’est votre commerce ?"))
    expect(page.get_by_role("link", name="Créer un compte")).to_be_visible()
    shot(page, "1-door")
    sign_up(hands, letter_to)
    expect(page.get_by_label("Votre nom")).to_be_visible()
    shot(page, "2-claim")
    claim(hands, letter_to)

    # From here on the page is hers: no typing that could be a choice, few taps, live at once.
    claimed = Hands(page)
    set_up(claimed)

    assert claimed.keys == 0, claimed
    assert len(claimed.taps) <= MOST_TAPS, claimed
    nina.goto(public)
    expect(nina.get_by_role("row", name="Dimanche")).to_contain_text("7 h – 12 h")
    expect(nina.get_by_text("Produits bio")).to_be_visible()

    # Her words are the only thing that she types. They wait for the City.
    home = page.url
    claimed.tap(page.get_by_role("link", name="Qui vous êtes"))
    claimed.type(page.locator("[name=summary]"), WORDS)
    claimed.tap(page.get_by_role("button", name="Enregistrer"))
    expect(page.get_by_role("status").first).to_contain_text("Chez la Ville")
    shot(page, "6-waiting")
    nina.goto(public)
    expect(nina.get_by_text(WORDS)).to_have_count(0)

    # Paul keeps the shop next door: to him there is no such page, and no such word.
    paul = new_page(width=PHONE, locale="fr-FR")
    paul.context.add_cookies([{"name": "session", "value": pauls, "url": site.origin}])
    for path in ("", "presentation/", "historique/", "apercu/", "horaires/", "photos/", "equipe/"):
        assert paul.goto(f"{home}{path}").status == 404, path
    assert paul.goto(f"{site.origin}/gestion/moderation/{bakery.public_id}/").status == 404
    paul.goto(public)
    expect(paul.get_by_text(WORDS)).to_have_count(0)

    # Claire's click.
    claire = new_page(width=DESKTOP, locale="fr-FR")
    claire_in(claire)
    claire.goto(f"{site.origin}/gestion/moderation/")
    claire.get_by_role("link", name=bakery.name).first.click()
    words = claire.locator(".decide", has_text=WORDS)
    expect(words).to_be_visible()
    shot(claire, "7-claire")
    words.locator("input[value=accept]").check()
    claire.get_by_role("button", name="Enregistrer").first.click()
    expect(claire.get_by_role("status").first).to_be_visible()
    shot(claire, "8-decided")
    nina.goto(public)
    expect(nina.get_by_text(WORDS).first).to_be_visible()
    shot(nina, "9-live")
    assert letter_to(MARIE).subject == "La Ville a regardé vos changements"
