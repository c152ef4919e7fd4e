"""Claire decides in a real browser: by keyboard, by day and by night, on a phone and at a desk; axe finds nothing."""

import pytest
from django.test.utils import override_settings
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP
from tests.databases import used


@pytest.fixture(scope="module")
def work(site, django_db_blocker):
    """A shop of the demonstration whose owner proposes a good deal. Its public id."""
    with django_db_blocker.unblock(), override_settings(DEMO=True), used(site.database):
        from districts.models import City
        from shops.editing import facts, revisions
        from shops.models import Membership, Shop
        from shops.vocabulary import ConfirmedBy
        from tests.people import make_person

        shops = list(Shop.objects.published().exclude(summary="").order_by("pk")[:2])
        for number, shop in enumerate(shops):
            owner = make_person(f"owner{number}@commerce.example", name="Marie Muller")
            Membership.objects.create(shop=shop, user=owner, role="owner", since_at=timezone.now())
            facts.with_today(shop, timezone.now(), City.objects.get())
            base = revisions.seen_by_its_people(shop)
            wanted = {
                "name": f"{shop.name} et fille",
                "summary": f"{shop.summary} Et du café, à 2 €.",
                "description": shop.description.replace(".", ", depuis toujours.", 1)
                or "Une maison de famille.",
                "links": [["website", "https://www.ailleurs.example/page"]],
                "category": "bakery" if base["category"] != "bakery" else "cafe",
                "opening_hours": "Mo-Fr 07:00-18:30; Sa 08:00-13:00",
                "services": ["pickup", "gift_wrap"],
                "accessibility": {"step_free": "yes", "toilet": "no"},
            }
            revisions.propose(
                shop, wanted, base=base, base_version=revisions.version_of(shop), by=owner,
                side=ConfirmedBy.MERCHANT, at=timezone.now(),
            )  # fmt: skip
        return shops[0].public_id


def test_claire_decides_by_keyboard_and_every_page_is_accessible(site, new_page, claire_in, work):
    page = new_page(width=DESKTOP, locale="fr-FR")
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    claire_in(page)
    addresses = [
        "", "moderation/", "moderation/?pile=controle", f"moderation/{work}/", f"commerces/{work}/",
        f"commerces/{work}/suspendre/", f"commerces/{work}/fusionner/", "commerces/?q=pain", "journal/",
    ]  # fmt: skip
    annes = [
        "accounts/user/",
        "categories/",
        "categories/bakery/",
        "categories/bakery/reunir/",
        "quartiers/gare/",
    ]
    for address in addresses + annes:
        if address == annes[0]:
            claire_in(page, "anne")
        page.goto(f"{site.origin}/gestion/{address}")
        faults += faults_of(page)
    assert faults == []

    claire_in(page)
    page.goto(f"{site.origin}/gestion/moderation/")
    # Shown by the script that listens for the keys: nobody can press one before.
    keys = page.get_by_text("Raccourcis de clavier")
    expect(keys).to_be_visible()
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.textContent") != first
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(first)
    expect(keys).to_be_visible()
    cards = page.locator(".decide")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(cards.nth(0).locator("input[value=accept]")).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("r")
    expect(cards.nth(1).locator("input[value=refuse]")).to_be_checked()
    expect(cards.nth(1).locator("select").first).to_be_focused()
    # Letters typed into a field are letters.
    cards.nth(1).locator("textarea").last.fill("")
    cards.nth(1).locator("textarea").last.press("a")
    expect(cards.nth(1).locator("input[value=refuse]")).to_be_checked()
    keys.click()
    page.get_by_label("Raccourcis actifs").uncheck()
    page.reload()
    expect(keys).to_be_visible()
    page.keyboard.press("a")
    expect(page.locator(".decide input[value=accept]:checked")).to_have_count(0)
