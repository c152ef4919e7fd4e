"""Taking a page in hand, in a real browser: Marie's side on her telephone, the City's side at a desk; axe finds nothing."""

from dataclasses import dataclass

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.databases import used
from tests.door import enter
from tests.people import make_person


@dataclass
class Scene:
    """Cookies of who is signed in, and addresses of pages in every state, without the language."""

    marie: str
    claire: str
    hers: dict
    citys: dict
    code: str


@pytest.fixture(scope="module")
def scene(site, django_db_blocker):
    with django_db_blocker.unblock(), used(site.database):
        return _play()


def _play():
    from accounts.models import CityRole, User
    from shops.claiming import codes, proposals
    from shops.models import Category, Claim, LetterBatch, Shop

    at = timezone.now()
    free = list(Shop.objects.published().filter(claimed_at=None).exclude(street="").order_by("pk")[:7])
    for shop in free:
        Shop.objects.filter(pk=shop.pk).update(email=f"{shop.slug}@commerce.example", phone="+352621000099")
    marie = make_person("mariette@courrier.example", name="Mariette Thill")
    albert = make_person("albert@courrier.example", name="Albert Wagner")
    claire = make_person("clarisse@ville.example", name="Clarisse", city_roles=[CityRole.MODERATOR])
    assert User.objects.filter(pk=claire.pk).exists()

    def begin(shop, user=marie, **words):
        return Claim.start(shop, user, at=at, language="fr", name=user.name, role="gérante", **words)

    fresh, mailed, lettered, called, granted, refused, rival = (begin(shop) for shop in free)
    Claim.objects.filter(pk=rival.pk).update(
        register_number="B123456", message="Je tiens ce commerce depuis 1998."
    )
    mailed.send_code(at=at)
    code = "K7M2-9XQA"
    Claim.objects.filter(pk=mailed.pk).update(code_hash=codes.fingerprint(mailed.pk, codes.read(code)))
    lettered.ask_for("letter", at=at)
    LetterBatch.make([lettered.pk], by=claire, at=at)
    called.ask_for("phone", at=at)
    granted.grant(by=claire, at=at, why="Vue au comptoir.")
    refused.refuse(by=claire, at=at, why="Personne ne vous connaît au commerce.")
    other = begin(free[6], albert)
    said = {
        "name": f"{free[0].name} bis", "category": Category.objects.first(), "district": free[0].district,
        "street": "Rue de Strasbourg", "house_number": "12", "postcode": "2561", "place_note": "",
        "phone": "+352621000099", "email": "bis@commerce.example", "links": [["website", "https://bis.example"]],
    }  # fmt: skip
    proposed = proposals.propose(marie, said, at=at, language="fr", name=marie.name)
    sent_back = proposals.propose(
        marie, said | {"name": "Atelier Nei"}, at=at, language="fr", name=marie.name
    )
    proposals.send_back(sent_back.shop, by=claire, at=at, why="Dans quelle rue ?")
    desk, city = "/fr/comptoir/prises-en-main/", "/gestion/prises-en-main/"
    return Scene(
        marie=enter(Client(), marie).cookies["session"].value,
        claire=enter(Client(), claire).cookies["session"].value,
        hers={
            "claim form": f"/fr/commerces/{free[1].slug}/revendiquer/",
            "claims": desk,
            "claim fresh": f"{desk}{fresh.pk}/",
            "claim mailed": f"{desk}{mailed.pk}/",
            "claim lettered": f"{desk}{lettered.pk}/",
            "claim called": f"{desk}{called.pk}/",
            "claim granted": f"{desk}{granted.pk}/",
            "claim refused": f"{desk}{refused.pk}/",
            "proposed": f"{desk}{proposed.pk}/",
            "sent back": f"{desk}{sent_back.pk}/",
            "propose": "/fr/comptoir/commerce-manquant/",
            "trader": f"/fr/comptoir/{free[4].public_id}/mentions/",
        },
        citys={
            "list": city,
            "rivals": f"{city}{rival.pk}/",
            "rival": f"{city}{other.pk}/",
            "decided": f"{city}{granted.pk}/",
            "calls": f"{city}appels/",
            "letters": f"{city}lettres/",
            "proposed": f"{city}nouveaux/",
            "proposal": f"{city}nouveaux/{proposed.shop.public_id}/",
        },
        code=code,
    )


def open_as(new_page, site, cookie, **options):
    page = new_page(locale="fr-FR", **options)
    page.context.add_cookies([{"name": "session", "value": cookie, "url": site.origin}])
    return page


def look(page, site, addresses):
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    for name, address in addresses.items():
        response = page.goto(f"{site.origin}{address}")
        assert response.status == 200, name
        faults += faults_of(page)
    assert faults == []


def test_maries_pages_are_accessible(site, scene, new_page):
    look(open_as(new_page, site, scene.marie), site, scene.hers)


def test_the_citys_pages_are_accessible(site, scene, new_page):
    look(open_as(new_page, site, scene.claire), site, scene.citys)


@pytest.mark.parametrize("javascript", [True, False])
def test_a_code_is_typed_on_a_telephone(site, scene, new_page, javascript):
    """The wrong one is told where it was typed; the right one opens the page, whoever types it again."""
    page = open_as(new_page, site, scene.marie, width=PHONE, javascript=javascript)
    page.goto(f"{site.origin}{scene.hers['claim mailed']}")
    if javascript:
        page.get_by_label("Votre code").fill("0000 0000")
        page.get_by_role("button", name="Vérifier le code").click()
        expect(page.locator(".errors")).to_contain_text("n’est pas le bon")
        page.get_by_label("Votre code").fill(scene.code.lower())
        page.get_by_role("button", name="Vérifier le code").click()
    expect(page.locator(".notice")).to_contain_text("La page est à vous")
