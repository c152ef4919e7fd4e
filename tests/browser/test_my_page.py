"""Marie at her desk, with a phone of 360 pixels, between two customers."""

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import transaction
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.databases import used


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
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    turn = ["fr", "de", "en"].index(language)
    for place, path in enumerate(PAGES):
        if turn and place % 3 != turn:
            continue
        page.goto(address(site, bakery, path, language))
        for fold in page.locator("details").all():
            fold.evaluate("fold => { fold.open = true }")
        faults += faults_of(page)
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
    assert faults_of(page) == []
    page.get_by_label("Téléphone").fill("621 222 222")
    page.get_by_role("button", name="Enregistrer").click()
    page.get_by_text("Prendre ce que j’ai écrit").click()
    assert faults_of(page) == []
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("status").first).to_contain_text("En ligne")
