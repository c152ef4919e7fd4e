"""Marie at her desk, with a phone of 360 pixels, between two customers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.taps import Hands
from tests.databases import used

TAPS_OF_A_FIRST_SET_UP = 40
TAPS_OF_THE_HOURS = 12


@pytest.fixture(scope="module")
def bakery(site, django_db_blocker):
    """A page of which nobody said anything but its name and its hours, and Marie's way into it: (public id, session)."""
    from django.utils import timezone

    from accounts.models import User
    from shops.models import Membership, MerchantRole
    from shops.vocabulary import ConfirmedBy

    with django_db_blocker.unblock(), used(site.database), transaction.atomic():
        now = timezone.now()
        said = {"opening_hours": "Mo-Sa 07:00-18:30; PH off", "hours_confirmed_by": ConfirmedBy.MERCHANT}
        shop = _silent_bakery("-pk", now, claimed_at=now, hours_confirmed_at=now, **said)
        marie = User.objects.create_user("marie@ailleurs.example", None, name="Marie Muller", language="fr")
        Membership.objects.create(shop=shop, user=marie, role=MerchantRole.OWNER, since_at=now)
        return shop.public_id, _session_of(marie)


@pytest.fixture
def accepted(site, django_db_blocker):
    """A page of which nobody said anything, not even its hours, on the day the City accepts Marie's claim to it."""
    from django.utils import timezone

    from shops.models import Claim
    from tests.people import make_person

    with django_db_blocker.unblock(), used(site.database), transaction.atomic():
        now = timezone.now()
        shop = _silent_bakery(
            "pk", now, claimed_at=None, opening_hours="", hours_confirmed_at=None, hours_confirmed_by=""
        )
        marie = make_person("marie@depuis-le-debut.example", name="Marie Muller")
        claire = make_person("claire@accepte.example", name="Claire", city_roles=["moderator"])
        claim = Claim.start(shop, marie, at=now, language="fr", name=marie.name)
        claim.grant(by=claire, at=now, why="Vue au comptoir.")
        return shop.public_id, _session_of(marie)


def _silent_bakery(order, now, **facts):
    """A published bakery, emptied of all that one can choose."""
    from shops import catalogue
    from shops.models import Shop

    free = Shop.objects.published().filter(category__code="bakery", memberships=None)
    shop = free.order_by(order).first()
    shop.special_days.all().delete()
    shop.services, shop.payments, shop.spoken_languages, shop.service_notes = [], [], [], {}
    shop.accessibility = {}
    shop.summary = shop.description = shop.specialty = ""
    shop.i18n = {}
    for name, value in facts.items():
        setattr(shop, name, value)
    shop.save()
    catalogue.changed([shop.pk], at=now)
    return shop


def _session_of(person):
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return session.session_key


def at_desk(page, site, bakery):
    _shop, key = bakery
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.origin}])
    return page


def address(site, bakery, path="", language="fr"):
    return f"{site.origin}/{language}/comptoir/{bakery[0]}/{path}"


def test_a_first_set_up_is_forty_taps_and_nothing_typed(site, new_page, accepted):
    """One journey: from the mail that says "the page is yours" to a page that is live with its hours and all one can choose."""
    page = at_desk(new_page(width=PHONE, has_touch=True), site, accepted)
    page.goto(address(site, accepted))
    hands = Hands(page)
    said = page.get_by_role("status").first

    # When she is open: a week like hers, a shorter Saturday, Sunday morning.
    hands.tap(page.get_by_role("link", name="Dire mes horaires"))
    hands.tap(page.get_by_role("link", name="Dire mes horaires"))
    hands.tap(page.locator("a.tile").first)
    hands.choose(page.get_by_label("Samedi, fermeture, ligne 1", exact=True), "13:00")
    hands.choose(page.get_by_label("Dimanche, ouverture, ligne 1", exact=True), "07:00")
    hands.choose(page.get_by_label("Dimanche, fermeture, ligne 1", exact=True), "12:00")
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("C’est en ligne")
    of_the_hours = len(hands.taps)
    hands.tap(page.get_by_role("link", name="Ma page"))

    # What she offers: what is usual by one tap a list, two things more.
    hands.tap(page.get_by_role("link", name="Cocher mes services"))
    for name in ("Services", "Moyens de paiement", "Langues parlées"):
        group = page.get_by_role("group", name=name, exact=True)
        hands.tap(group.get_by_role("button"))
        expect(group.get_by_role("button")).to_have_count(0)
    hands.tap(page.get_by_text("Produits bio", exact=True))
    hands.tap(page.get_by_text("Portugais", exact=True))
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("En ligne dès maintenant")

    # How one comes in: every question answered.
    hands.tap(page.get_by_role("link", name="Répondre aux questions"))
    for number, question in enumerate(page.locator("fieldset.question").all()):
        hands.tap(question.locator("label").nth(number % 3))
    hands.tap(page.get_by_role("button", name="Enregistrer"))
    expect(said).to_contain_text("Accessibilité")

    # And the rest is right as it is.
    hands.tap(page.get_by_role("button", name="Tout est toujours juste"))
    expect(said).to_contain_text("Merci")
    assert hands.keys == 0, hands
    assert len(hands.taps) <= TAPS_OF_A_FIRST_SET_UP, hands
    assert of_the_hours <= TAPS_OF_THE_HOURS, hands

    # Nina reads it at once, signed in nowhere.
    nina = new_page(width=PHONE, locale="fr-FR")
    nina.goto(f"{site.origin}/id/{accepted[0]}")
    expect(nina.get_by_role("row", name="Dimanche")).to_contain_text("7 h – 12 h")
    expect(nina.get_by_text("Produits bio")).to_be_visible()


def test_what_she_types_survives_the_battery(site, new_page, bakery):
    page = at_desk(new_page(width=PHONE), site, bakery)
    page.goto(address(site, bakery, "presentation/"))
    field = page.locator("[name=summary]")
    with page.expect_response(lambda response: "brouillon" in response.url) as kept:
        field.press_sequentially("Du pain au lev")
    assert kept.value.status == 200
    expect(page.locator(".save [role=status]")).to_contain_text("Brouillon gardé")
    # Another day, without JavaScript.
    page = at_desk(new_page(width=PHONE, javascript=False), site, bakery)
    page.goto(address(site, bakery, "presentation/"))
    page.get_by_role("link", name="Continuer").click()
    field = page.locator("[name=summary]")
    expect(field).to_have_value("Du pain au lev")
    field.fill("Du pain au levain.")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("Chez la Ville")
    page.get_by_role("link", name="Voir ma page comme elle sera").click()
    expect(page.get_by_text("Du pain au levain.").first).to_be_visible()


PAGES = [
    "", "presentation/", "nom/", "demenagement/", "coordonnees/", "liens/", "services/", "accessibilite/", "historique/",
    "donnees/", "rendre/", "demander/", "apercu/", "../guide/",
]  # fmt: skip


@pytest.mark.parametrize(
    "language", ["fr", *(pytest.param(code, marks=pytest.mark.full) for code in ("de", "en"))]
)
def test_her_pages_are_accessible(site, new_page, bakery, language):
    """French whole; every third page in the others."""
    page = at_desk(new_page(width=PHONE), site, bakery)
    faults, axe = [], Axe()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    turn = ["fr", "de", "en"].index(language)
    for place, path in enumerate(PAGES):
        if turn and place % 3 != turn:
            continue
        page.goto(address(site, bakery, path, language))
        page.evaluate("document.body.style.background = 'var(--air)'")
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        for width, theme in ((PHONE, "light"), (DESKTOP, "dark")):
            page.set_viewport_size({"width": width, "height": 800})
            page.emulate_media(color_scheme=theme)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, path
            found = axe.run(page).response["violations"]
            assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == [], (path, theme)
    assert faults == []


def test_a_wrong_form_and_a_conflict_are_accessible_too(site, new_page, bakery):
    page = at_desk(new_page(width=PHONE), site, bakery)
    page.goto(address(site, bakery, "coordonnees/"))
    other = at_desk(new_page(width=PHONE), site, bakery)
    other.goto(address(site, bakery, "coordonnees/"))
    other.get_by_label("Téléphone").fill("621 111 111")
    other.get_by_role("button", name="Enregistrer").click()
    expect(other.get_by_role("status").first).to_contain_text("En ligne")
    page.get_by_label("Téléphone").fill("douze")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.locator("#erreurs")).to_be_focused()
    assert Axe().run(page).response["violations"] == []
    page.get_by_label("Téléphone").fill("621 222 222")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Prendre ce que j’ai écrit").click()
    assert Axe().run(page).response["violations"] == []
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("En ligne")
