"""Marie sets her hours on a phone: few taps, no typing, accessible, with and without JavaScript."""

import os
from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.databases import used
from tests.people import make_member, make_person

MOST_TAPS = 12


@dataclass
class Desk:
    """A merchant who is signed in, and two shops of hers: one whose hours nobody knows, one that has told them."""

    cookie: dict
    new: str
    known: str


@pytest.fixture(scope="module")
def desk(site, django_db_blocker):
    from shops.models import Shop

    with django_db_blocker.unblock(), used(site.database):
        person = make_person("horaires@vitrine.example", name="Marie Muller")
        published = Shop.objects.published().filter(claimed_at=None)
        new = published.filter(opening_hours="", category__group__code="food").order_by("pk").first()
        known = published.exclude(opening_hours="").filter(special_days=None).order_by("pk").first()
        for shop in (new, known):
            make_member(shop, person, at=timezone.now())
        client = Client()
        client.force_login(person)
        session = client.cookies["session"].value
    cookie = {"name": "session", "value": session, "url": site.origin}
    paths = [f"{site.origin}/fr/comptoir/{shop.public_id}/horaires/" for shop in (new, known)]
    return Desk(cookie, *paths)


@pytest.fixture
def at_desk(desk, new_page):
    """A page of the signed-in merchant."""

    def open_page(**options):
        page = new_page(locale="fr-FR", **options)
        page.context.add_cookies([desk.cookie])
        return page

    return open_page


class Finger:
    """Counts what a finger does on a phone: a tap on a button; two for a choice from a list (open it, pick)."""

    def __init__(self, page):
        self.page, self.taps = page, 0

    def tap(self, name, role="button"):
        self.taps += 1
        self.page.get_by_role(role, name=name).first.click()

    def choose(self, label, value):
        self.taps += 2
        self.page.get_by_label(label, exact=True).select_option(value)


def shot(page, name):
    """For whoever wants to look: pictures are kept only where VITRINE_SHOTS names a folder."""
    if folder := os.environ.get("VITRINE_SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.parametrize("javascript", [False, True])
def test_a_usual_week_from_nothing_takes_few_taps_and_no_typing(desk, at_desk, javascript):
    page = at_desk(width=PHONE, javascript=javascript)
    page.goto(desk.new)
    finger = Finger(page)
    finger.tap("Dire mes horaires" if not javascript else "Changer la semaine", role="link")
    if javascript:  # the second time she has hours already
        page.locator("summary", has_text="Partir d’une semaine toute faite").click()
        finger.taps += 1
    shot(page, f"typical-{javascript}")
    page.locator("a.tile").first.click()
    finger.taps += 1
    finger.choose("Samedi, fermeture, ligne 1", "13:00")
    finger.choose("Dimanche, ouverture, ligne 1", "07:00")
    finger.choose("Dimanche, fermeture, ligne 1", "12:00")
    shot(page, f"week-{javascript}")
    with page.expect_navigation():
        finger.tap("Enregistrer")
    expect(page.get_by_role("status")).to_contain_text("en ligne" if not javascript else "Rien à changer")
    expect(page.get_by_role("row", name="Dimanche")).to_contain_text("7 h – 12 h")
    assert finger.taps <= MOST_TAPS


def test_days_are_copied_and_lines_added_on_the_spot(desk, at_desk):
    page = at_desk(width=PHONE)
    page.goto(f"{desk.known}semaine/")
    posts = []
    page.on("request", lambda request: posts.append(request.url) if request.method == "POST" else None)
    page.get_by_label("Lundi, ouverture, ligne 1").select_option("08:15")
    page.get_by_label("Lundi, fermeture, ligne 1").select_option("12:00")
    page.get_by_role("button", name="Lundi : ajouter une plage").click()
    expect(page.get_by_label("Lundi, ouverture, ligne 3")).to_be_focused()
    page.get_by_label("Lundi, ouverture, ligne 2").select_option("13:00")
    page.get_by_label("Lundi, fermeture, ligne 2").select_option("17:00")
    page.get_by_label("Lundi, ouverture, ligne 3").select_option("18:00")
    page.get_by_label("Lundi, fermeture, ligne 3").select_option("22:00")
    page.get_by_role("button", name="Pareil jusqu’à vendredi").click()
    expect(page.get_by_label("Vendredi, ouverture, ligne 3")).to_have_value("18:00")
    page.get_by_label("Samedi, ouverture, ligne 1").select_option("")
    expect(page.get_by_label("Samedi, fermeture, ligne 1")).to_be_disabled()
    page.get_by_role("button", name="Dimanche : comme la veille").click()
    expect(page.get_by_label("Dimanche, ouverture, ligne 1")).to_have_value("")
    assert posts == [], "nothing is sent before the end"
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("row", name="Vendredi")).to_contain_text("18 h – 22 h")
    expect(page.get_by_role("row", name="Samedi")).to_contain_text("fermé")


def test_a_holiday_is_one_tap_without_leaving_the_place(desk, at_desk):
    page = at_desk(width=PHONE)
    page.goto(desk.known)
    line = page.locator("li[id^=ferie-]").nth(2)
    button = line.get_by_role("button", name="Fermé")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    expect(button).to_be_focused()
    line.get_by_role("button", name="Effacer").click()
    expect(button).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(
    "language", ["fr", *(pytest.param(code, marks=pytest.mark.full) for code in ("de", "en"))]
)
def test_the_pages_of_hours_are_accessible(desk, at_desk, language):
    page = at_desk(width=PHONE)
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    hours = desk.known.replace("/fr/", f"/{language}/")
    for name, address in {
        "hours": hours,
        "week": f"{hours}semaine/",
        "text": f"{hours}semaine/?remplacer=1",
    }.items():
        page.goto(address)
        for details in page.locator("summary").all():
            details.click()
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            for width in (PHONE, DESKTOP) if language == "fr" else (PHONE,):
                page.set_viewport_size({"width": width, "height": 800})
                assert page.evaluate("document.documentElement.scrollWidth") <= width, address
                shot(page, f"{name}-{language}-{theme}-{width}")
        faults += faults_of(page)
    assert faults == []


def test_a_week_with_faults_is_accessible_too(desk, at_desk):
    page = at_desk(width=PHONE, javascript=False)
    page.goto(f"{desk.known}semaine/")
    page.get_by_label("Mardi, ouverture, ligne 1").select_option("14:00")
    page.get_by_label("Mardi, fermeture, ligne 1").select_option("12:00")
    with page.expect_navigation():
        page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("group", name="À corriger")).to_be_visible()
    expect(page.get_by_label("Mardi, ouverture, ligne 1")).to_have_value("14:00")
    shot(page, "faults")
