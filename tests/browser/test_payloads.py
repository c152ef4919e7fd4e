"""Figure 28: what people type never runs. Payloads in every text that anybody may write, on every page that shows it.

The real server, its real headers, a real Chromium. A page fails when a script of a payload ran, when an attribute that
acts (`on…`, `hx-…`, `style`, a `javascript:` address) carries one, or when the policy had to stop something.
"""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.models import CityRole, LostAddress
from shops import catalogue, reference
from shops.desks.merchant.sections import SECTIONS
from shops.editing import facts, revisions
from shops.models import (
    Claim,
    Draft,
    EmptySearch,
    Event,
    ImportDifference,
    ImportRun,
    Invitation,
    Link,
    MerchantRole,
    Premises,
    Report,
    Shop,
    SpecialDay,
    Trader,
)
from shops.vocabulary import ConfirmedBy
from tests.browser.conftest import DESKTOP, LANGUAGES, served
from tests.databases import test_database as made_database
from tests.databases import used
from tests.door import enter
from tests.people import make_member, make_person
from tests.photos.files import make_photo, publish
from tests.security.payloads import Deck, every
from tests.shops import factories
from vitrine.letters import Letter, Section

LISTEN = """
document.addEventListener('securitypolicyviolation', event => window.__seen && window.__seen('policy ' + event.violatedDirective + ' ' + event.blockedURI));
window.__hit = () => window.__seen && window.__seen('ran');
"""
# What in a page carries a payload where it would act.
LOOK = """() => {
    const found = [];
    const acts = name => /^(on|hx-|data-hx-)/.test(name) || ['style', 'srcdoc', 'formaction', 'xlink:href', 'background'].includes(name);
    for (const element of document.querySelectorAll('*')) {
        if (element.localName === 'script' && element.type !== 'application/ld+json' && element.textContent.includes('__hit'))
            found.push('script');
        if (element.localName === 'style' && element.textContent.includes('__hit')) found.push('style');
        for (const {name, value} of element.attributes) {
            if (acts(name) && value.includes('__hit')) found.push(element.localName + ' ' + name);
            if (name.includes('__hit')) found.push('name ' + name);
            if ((['href', 'src', 'action', 'data'].includes(name) || name === 'content' && element.httpEquiv)
                && /^[\\s\\u0000-\\u0020]*(javascript|vbscript|data:text)/i.test(value.replace(/^0;url=/i, ''))
                && value.includes('__hit')) found.push(element.localName + ' ' + name);
        }
    }
    for (const script of document.querySelectorAll('script[type="application/ld+json"]')) JSON.parse(script.textContent);
    return found;
}"""


@dataclass
class Hostile:
    """A served city in which everybody writes payloads: its pages by who sees them, and the mails that left."""

    origin: str
    keys: dict
    pages: list
    letters: list
    deck: Deck


def _facts(deck):
    """A page's texts in every language."""
    said = {
        "name": deck.deal("name", 120), "other_names": deck.deal("other_names", 200),
        "summary": deck.deal("summary", 200), "description": deck.deal("description", 3000),
        "specialty": deck.deal("specialty", 400), "street": deck.deal("street", 120),
        "house_number": deck.deal("house_number", 20), "postcode": deck.deal("postcode", 12),
        "place_note": deck.deal("place_note", 120), "opening_hours_text": deck.deal("opening_hours_text", 1000),
    }  # fmt: skip
    texts = (("name", 120), ("summary", 200), ("description", 3000), ("specialty", 400))
    said["i18n"] = {
        f"{field}_{code}": deck.deal(f"{field}_{code}", room)
        for code in ("de", "lb", "en")
        for field, room in texts
    }
    return said | {"service_notes": {"delivery": deck.deal("service_notes", 200)}, "services": ["delivery"]}


def _write_everywhere(deck, number):
    """One page, and one thing of each kind that somebody writes about it. Returns the shop and its people."""
    at, deal = timezone.now() - timedelta(days=1), deck.deal
    shop = factories.make_shop(**_facts(deck), slug=f"hostile-{number}", public_id=f"h0st{number:04}")
    Shop.objects.filter(pk=shop.pk).update(email='"onfocus=__hit(1)autofocus"@x.example')
    owner = make_person(f"owner{number}@x.example", name=deal("person", 150))
    make_member(shop, owner)
    make_member(shop, make_person(f"till{number}@x.example", name=deal("person", 150)), MerchantRole.TILL)
    Link.objects.create(shop=shop, kind="website", url=f"https://x.example/{deal('link', 180)}")
    SpecialDay.objects.create(
        shop=shop,
        start_on=at.date() + timedelta(days=3),
        end_on=at.date() + timedelta(days=4),
        note=deal("day", 120),
    )
    words = {code: deal(f"alt_{code}", 250) for code in LANGUAGES}
    publish(make_photo(shop, seed=1, alt=words))
    make_photo(shop, seed=2, alt={"fr": deal("alt_fr", 250)}, called=deal("file name", 80))
    make_photo(shop, seed=3, state="unreadable", reason="unreadable", called=deal("file name", 80))
    Trader.objects.create(
        shop=shop, legal_name=deal("legal_name", 200), address=deal("address", 300), email="x@x.example",
        licence_number=deal("licence", 30), certified_at=at, certified_by=owner,
    )  # fmt: skip
    Invitation.objects.create(
        shop=shop, email=f'"<img/onerror=__hit(1)>"{number}@x.example', role="till", invited_by=owner, created_at=at,
        expires_at=at + timedelta(days=20),
    )  # fmt: skip
    nina = make_person(f"nina{number}@x.example", name=deal("person", 150))
    said = {
        "name": deal("claim name", 150),
        "role": deal("claim role", 100),
        "message": deal("claim message", 2000),
    }
    claims = [
        Claim.objects.create(
            shop=place, user=nina, created_at=at, language="fr", method=method, sent_to=deal("sent_to", 300),
            phone=deal("claim phone", 30), **said,
        )
        for place, method in (
            (shop, "letter"),
            (factories.make_shop(deal("proposed name", 120), status="submitted"), "phone"),
            (factories.make_shop(deal("proposed name", 120), status="draft", public_id=f"dr4ft{number:03}"), "word"),
        )
    ]  # fmt: skip
    for kind in ("hours", "content"):
        Report.objects.create(
            shop=shop, kind=kind, topic=f"{shop.pk}:{kind}", language="fr", created_at=at, message=deal("report", 2000),
            email="<svg/onload=__hit(1)>@x.example", state="merchant" if kind == "hours" else "city",
        )  # fmt: skip
    missing = Report.objects.create(
        kind="missing", name=deal("missing", 120), topic=f"missing:{number}", language="fr", created_at=at,
        message=deal("report", 2000),
    )  # fmt: skip
    changed = facts.with_today(shop, at, reference_city())
    for turn in range(2):
        proposed = {
            "name": deal("proposed name", 120), "name_de": deal("proposed", 120), "summary": deal("proposed", 200),
            "description": deal("proposed", 3000), "description_en": deal("proposed", 3000), "place_note": deal("proposed", 120),
        }  # fmt: skip
        base = {name: facts.FACTS[name].read(changed) for name in proposed}
        revisions.propose(
            changed, proposed, base=base, base_version=turn, by=owner, side=ConfirmedBy.MERCHANT, at=at,
            note=deal("note", 200),
        )  # fmt: skip
        if not turn:
            refused = {
                change.pk: revisions.Refuse("wrong", deal("refusal", 1000))
                for change in shop.changes.waiting()
            }
            revisions.decide(shop, refused, by=claire(), at=at)
            shop.changes.filter(state="refused").update(
                appeal=deal("appeal", 1000), appealed_at=at + timedelta(hours=1)
            )
    Draft.objects.filter(shop=shop).delete()
    for section in SECTIONS.values():
        if section.form:
            Draft.objects.create(
                shop=shop, user=owner, section=section.slug, saved_at=at,
                data={"seen": [""], **{name: [deal("draft", 300)] for name in ("summary", "street", "q1")}},
            )  # fmt: skip
    Event.note(
        shop, "status:suspended", by=claire(), at=at, why=deal("reason", 500), after={"x": deal("event", 200)}
    )
    ImportDifference.objects.create(
        shop=shop,
        source=deal("file name", 180),
        field="phone",
        ours=deal("cell", 500),
        theirs=deal("cell", 500),
        seen_at=at,
    )
    room = Premises.objects.create(
        street=deal("premises street", 120), house_number=deal("premises", 20), unit=deal("premises unit", 20)[:20],
        note=deal("premises note", 200), district=shop.district,
    )  # fmt: skip
    room.shops.add(shop)
    run = ImportRun.objects.create(
        kind="shops",
        source=deal("file name", 180),
        made_at=at,
        state="failed",
        why=deal("cell", 1000),
        fingerprint="x",
    )
    LostAddress.objects.create(
        name=deal("lost name", 150), shop=deal("lost shop", 200), phone=deal("lost phone", 30),
        new_email="x@x.example", language="fr", created_at=at,
    )  # fmt: skip
    EmptySearch.objects.create(on=at.date(), words=deal("search", 60), language="fr")
    return shop, owner, nina, claims, missing, room, run


def reference_city():
    from districts.models import City

    return City.objects.get()


def claire():
    from accounts.models import User

    return User.objects.filter(email="claire@ville.example").first() or make_person(
        "claire@ville.example", name="Claire", city_roles=[CityRole.MODERATOR]
    )


def _pages(world, number, whole):
    """The addresses that show what was written about one page: (who looks, address)."""
    shop, _owner, _nina, claims, missing, room, run = world
    here, who, her = shop.public_id, f"owner{number}", f"nina{number}"
    for language in LANGUAGES:
        yield "nobody", f"/{language}/commerces/{shop.slug}/"
    yield "sophie", f"/gestion/moderation/{here}/"
    if not whole:
        return
    yield from (("nobody", f"/fr/commerces/{shop.slug}/{word}") for word in ("signaler/", "revendiquer/"))
    desk = ["", "equipe/", "horaires/", "mentions/", "apercu/", "historique/", "donnees/", "photos/", "signalements/", "demander/", "rendre/", "quitter/"]  # fmt: skip
    desk += [f"{section.slug}/" for section in SECTIONS.values() if section.form]
    desk += [f"{section.slug}/?brouillon=1" for section in SECTIONS.values() if section.form]
    desk += [f"photos/{photo.pk}/" for photo in shop.photos.filter(state="ready")]
    yield from ((who, f"/fr/comptoir/{here}/{word}") for word in desk)
    yield from ((her, f"/fr/comptoir/{word}") for word in ["", "prises-en-main/"])
    yield from ((her, f"/fr/comptoir/prises-en-main/{claim.pk}/") for claim in claims)
    yield her, f"/fr/comptoir/prises-en-main/{claims[2].pk}/corriger/"
    reports = [*shop.reports.all(), missing]
    yield from (("sophie", f"/gestion/signalements/{report.number}/") for report in reports)
    yield from (("sophie", f"/gestion/prises-en-main/{claim.pk}/") for claim in claims)
    yield "sophie", f"/gestion/prises-en-main/nouveaux/{claims[1].shop.public_id}/"
    city = ["", "fusionner/", "photos/", "suspendre/", "fermer/", *(f"photos/{photo.pk}/" for photo in shop.photos.filter(state="ready"))]  # fmt: skip
    yield from (("sophie", f"/gestion/commerces/{here}/{word}") for word in city)
    member = shop.memberships.get(role="till")
    yield "sophie", f"/gestion/commerces/{here}/personnes/{member.pk}/"
    yield from (("sophie", f"/gestion/{word}") for word in (f"telephone/{here}/", f"locaux/{room.pk}/", f"locaux/rues/{room.street_slug}/", f"imports/{run.pk}/"))  # fmt: skip
    rows = {"shops/shop": shop.pk, "accounts/user": member.user_id, "accounts/lostaddress": LostAddress.objects.latest("pk").pk,
            "shops/importdifference": shop.differences.get().pk, "shops/event": shop.events.latest("pk").pk}  # fmt: skip
    yield from (("sophie", f"/gestion/{model}/{pk}/change/") for model, pk in rows.items())
    yield "sophie", f"/gestion/shops/shop/{shop.pk}/history/"


LISTS = [
    ("nobody", "/fr/"), ("nobody", "/fr/commerces/"), ("nobody", "/fr/quartiers/gare/"), ("nobody", "/fr/nouveautes.xml"),
    ("nobody", "/sitemap.xml"), ("nobody", "/fr/commerces/?q=%3Cimg+src%3Dx+onerror%3D__hit(1)%3E"),
    ("nobody", "/fr/commerces/suggestions/?q=__hit"), ("nobody", "/fr/commerces/?q=%22%3E%3Cscript%3E__hit(1)%3C/script%3E&le=%3Csvg/onload=__hit(1)%3E"),
    *(("sophie", f"/gestion/{word}") for word in (
        "", "listes/", "moderation/", "signalements/", "prises-en-main/", "prises-en-main/appels/", "prises-en-main/lettres/",
        "prises-en-main/nouveaux/", "commerces/?q=__hit", "telephone/", "locaux/", "locaux/rues/", "imports/", "chiffres/", "journal/",
        "shops/shop/", "accounts/user/", "accounts/lostaddress/", "shops/importdifference/", "shops/event/", "shops/emptysearch/",
        "commerces/?q=%22%3E%3Cscript%3E__hit(1)%3C/script%3E", "journal/?q=%3Csvg/onload=__hit(1)%3E",
    )),
]  # fmt: skip


@pytest.fixture
def hostile(request, served_from, django_test_environment, django_db_blocker):
    """Everything written and served; `request.param`: payloads, shops with everything, shops beside, every which page."""
    payloads, rich, plain, every_page = request.param
    deck, keys, pages = Deck(every(payloads)), {}, []
    with django_db_blocker.unblock(), made_database() as database:
        with used(database), transaction.atomic():
            reference.forget()
            factories.make_city()
            claire()
            people = {
                "sophie": make_person("sophie@x.example", name=deck.deal("person", 150), is_superuser=True)
            }
            for number in range(rich):
                world = _write_everywhere(deck, number)
                people |= {f"owner{number}": world[1], f"nina{number}": world[2]}
                pages += _pages(world, number, whole=number < max(1, rich // 20))
            Shop.objects.bulk_create(
                Shop(**factories.shop_facts(**_facts(deck), slug=f"plain-{number}"))
                for number in range(plain)
            )
            catalogue.changed(list(Shop.objects.values_list("pk", flat=True)), at=timezone.now())
            keys = {
                who: enter(Client(), person).cookies[settings.SESSION_COOKIE_NAME].value
                for who, person in people.items()
            }
            pages += LISTS + [
                ("nobody", f"/fr/commerces/?page={page}") for page in range(2, (rich + plain) // 24 + 1)
            ]
            pages += [("sophie", f"/gestion/moderation/?page={page}") for page in range(2, rich // 25 + 1)]
            letters = [
                Letter(to="x@x.example", language="fr", subject="Vitrine", paragraphs=[deck.deal("mail", 1500)], ending=deck.deal("mail", 300),
                       sections=[Section(deck.deal("mail", 150), [deck.deal("mail", 1500)], [(deck.deal("mail", 150), "https://x.example/")])])
                for _each in range(max(2, payloads // 60))
            ]  # fmt: skip
            mails = [letter.message().alternatives[0][0] for letter in letters]
            reference.forget()
        with django_db_blocker.block(), served(served_from, database) as (origin, _log):
            yield Hostile(origin, keys, pages[::every_page], mails, deck)


def _listening(new_page, seen):
    page = new_page(width=DESKTOP)
    page.expose_function("__seen", lambda what: seen.append(what))
    page.add_init_script(LISTEN)
    page.on("dialog", lambda dialog: (seen.append("dialog"), dialog.dismiss()))
    page.on("pageerror", lambda error: seen.append(f"error {error}"))
    page.on(
        "console",
        lambda said: seen.append(said.text) if re.search(r"Content.Security.Policy", said.text) else None,
    )
    page.on(
        "request",
        lambda request: (
            seen.append(f"asked {request.url}")
            if re.search(r"evil\.example|^javascript", request.url)
            else None
        ),
    )
    return page


@pytest.mark.parametrize(
    "hostile",
    [
        pytest.param((60, 1, 0, 4), id="60"),
        pytest.param((2400, 60, 400, 1), id="2400", marks=pytest.mark.full),
    ],
    indirect=True,
)
def test_what_people_write_never_runs(hostile, new_page):
    seen, wrong, statuses, shown = [], [], {}, 0
    pages = {who: _listening(new_page, seen) for who in {"nobody", *(who for who, _address in hostile.pages)}}
    for who, key in hostile.keys.items():
        if who not in pages:
            continue
        pages[who].context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": hostile.origin}]
        )
    for who, address in hostile.pages:
        page = pages[who]
        response = page.goto(hostile.origin + address)
        statuses[who, address] = response.status
        assert "default-src 'none'" in response.headers.get("content-security-policy", ""), address
        if "html" in response.headers["content-type"]:
            shown += "__hit" in page.content()
            wrong += [(who, address, found) for found in page.evaluate(LOOK)]
        else:
            # Feeds and the like: sound XML. How the browser draws it is its own affair, in a page of its own.
            ElementTree.fromstring(response.body())
            seen[:] = [one for one in seen if not one.startswith(("policy style", "Applying inline style"))]
        wrong += [(who, address, found) for found in seen]
        seen.clear()
    mail = pages["nobody"]
    for text in hostile.letters:
        # No policy guards a mail.
        mail.goto("about:blank")
        mail.set_content(text)
        assert "__hit" in mail.inner_text("body")
        wrong += [("mail", found) for found in [*mail.evaluate(LOOK), *seen]]
        seen.clear()
    assert wrong == [], wrong[:20]
    assert {where: status for where, status in statuses.items() if status != 200} == {}
    # They were there to be seen, on nearly every page.
    assert shown > 0.7 * len(hostile.pages)
    dealt = set().union(*hostile.deck.dealt.values())
    assert len(dealt) == len(hostile.deck.payloads)
    print(json.dumps({"pages": len(hostile.pages), "mails": len(hostile.letters), "payloads": len(dealt),
                      "fields": {name: len(words) for name, words in hostile.deck.dealt.items()}}))  # fmt: skip


def test_the_test_sees_what_runs_and_what_stays(new_page, chrome):
    """The control: without the escapes, and with and without the policy."""
    seen = []
    page = _listening(new_page, seen)
    bodies = {
        "run": ("<p>x</p><img src=x onerror=__hit(1)>", {}),
        "stopped": (
            "<p>x</p><img src=x onerror=__hit(1)>",
            {"Content-Security-Policy": "default-src 'none'"},
        ),
        "stays": (
            "<div hx-get='/fr/' data-hx-on:load='__hit(1)' style='x:__hit(1)'><a href='JavaScript:__hit(1)'>",
            {},
        ),
    }

    def answer(route):
        body, headers = bodies[route.request.url.rpartition("/")[2]]
        route.fulfill(body=body, headers=headers, content_type="text/html")

    page.route(re.compile(r"/(run|stopped|stays)$"), answer)
    page.route("**/x", lambda route: route.abort())
    page.goto("http://vitrine.example/run")
    page.wait_for_function("() => true")
    assert "ran" in seen
    seen.clear()
    page.goto("http://vitrine.example/stopped")
    page.wait_for_function("() => true")
    assert "ran" not in seen
    assert any("policy" in one.lower() for one in seen)
    page.goto("http://vitrine.example/stays")
    assert sorted(page.evaluate(LOOK)) == ["a href", "div data-hx-on:load", "div style"]
