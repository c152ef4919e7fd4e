"""Answering a reminder on a phone; the public figures; the City's telephone list: axe finds nothing, nothing overflows."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, PHONE
from tests.databases import used
from tests.door import enter


@pytest.fixture(scope="module")
def asked(site, django_db_blocker):
    """Two questions to somebody who keeps a shop, a shop to call, and sessions of hers and of the City's."""
    from accounts.models import User
    from districts.models import PublicHoliday
    from shops import catalogue
    from shops.models import Membership, Reminder, Shop

    with django_db_blocker.unblock(), used(site.database):
        now = timezone.now()
        shop = (
            Shop.objects.published()
            .exclude(opening_hours="")
            .exclude(opening_hours__contains="PH")
            .exclude(services=[])
            .exclude(phone="")
            .exclude(accessibility={})
            .filter(opening_hours__contains="Mo")
            .order_by("pk")
            .first()
        )
        day = next(
            now.date() + timedelta(days=ahead)
            for ahead in range(3, 10)
            if (now.date() + timedelta(days=ahead)).weekday() == 3
        )
        PublicHoliday.objects.get_or_create(on=day, defaults={"name": "Jour d’essai"})
        with transaction.atomic():
            catalogue.changed([], at=now, structure=True)
        owner = User.objects.create_user("essai@commerce.example", None, name="Essai", language="fr")
        Membership.objects.create(shop=shop, user=owner, role="owner", since_at=now)
        one = {"shop": shop, "user": owner, "sent_at": now}
        groups = ["identity", "hours", "contact", "services", "accessibility"]
        confirm = Reminder.objects.create(purpose="confirm", groups=groups, **one)
        holiday = Reminder.objects.create(purpose="holiday", holiday_on=day, ahead_days=7, **one)
        called = list(Shop.objects.to_call(now)[:1])
        found = {
            "confirm": f"/fr/confirmer/{confirm.token}/",
            "holiday": f"/fr/jour-ferie/{holiday.token}/",
            "gone": "/fr/confirmer/coupe/",
            "figures": "/fr/chiffres/",
            "desk": f"/fr/comptoir/{shop.public_id}/rappels/",
            "calls": "/gestion/telephone/",
            "street": f"/gestion/telephone/?quartier={called[0].district.slug if called else 'gare'}",
            "call": f"/gestion/telephone/{(called[0] if called else shop).public_id}/",
        }
        sessions = {}
        for name, person in {"desk": owner, "city": User.objects.get(email="claire@ville.example")}.items():
            client = Client()
            enter(client, person)
            sessions[name] = client.cookies["session"].value
        return found, sessions


def open_as(new_page, site, asked, name, **options):
    addresses, sessions = asked
    page = new_page(locale="fr-FR", **options)
    session = {"desk": "desk", "calls": "city", "street": "city", "call": "city"}.get(name)
    if session:
        page.context.add_cookies([{"name": "session", "value": sessions[session], "url": site.origin}])
    page.goto(site.origin + addresses[name])
    return page


@pytest.mark.parametrize("name", ["confirm", "holiday", "gone", "figures", "desk", "calls", "street", "call"])
def test_the_page_is_accessible_and_fits(site, new_page, asked, name):
    page = open_as(new_page, site, asked, name)
    for width in (PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 800})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme=theme)
            if os.environ.get("VITRINE_PICTURES"):
                picture = Path(os.environ["VITRINE_PICTURES"]) / f"{name}-{width}-{theme}.png"
                page.screenshot(path=picture, full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert faults_of(page) == []


@pytest.mark.parametrize("javascript", [False])
def test_a_merchant_answers_on_her_phone(site, new_page, asked, javascript):
    page = open_as(new_page, site, asked, "holiday", javascript=javascript)
    page.get_by_role("button", name="Ouvert à ces heures").click()
    expect(page.get_by_role("group", name="À corriger")).to_be_visible()
    page.get_by_label("Ouverture", exact=True).fill("10:00")
    page.get_by_label("Fermeture", exact=True).fill("12:30")
    page.get_by_role("button", name="Ouvert à ces heures").click()
    expect(page.get_by_role("status")).to_contain_text("10")
    page = open_as(new_page, site, asked, "confirm", javascript=javascript)
    page.get_by_role("button", name="Tout est juste").click()
    expect(page.locator("h1")).to_have_text("Merci !".replace(" ", "\N{NARROW NO-BREAK SPACE}"))
    assert page.context.cookies() == []
