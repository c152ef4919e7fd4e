"""The home of Marie's page: the one next thing, where each part stands, and the gestures of one tap."""

import dataclasses
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from districts.models import City
from shops import reminders
from shops.desks.merchant.sections import SECTIONS
from shops.editing import facts, revisions
from shops.editing.revisions import Accept, Refuse
from shops.models import Catalogue, Change, Event, Shop
from shops.vocabulary import ConfirmedBy
from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H

LATER = TUESDAY_10H + timedelta(hours=1)
NBSP = "\N{NO-BREAK SPACE}"


@pytest.fixture(autouse=True)
def _these_sections(monkeypatch):
    """Sections whose pages are drawn apart have tests of their own; here the others are looked at."""
    for slug in [slug for slug, section in SECTIONS.items() if not section.form]:
        monkeypatch.delitem(SECTIONS, slug)


def address(shop, name="shop", *args):
    return reverse(f"merchant:{name}", args=[shop.public_id, *args])


def text(response):
    return response.content.decode().replace(NBSP, " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def save(shop, by, at=TUESDAY_10H, side=ConfirmedBy.MERCHANT, **values):
    shop = Shop.objects.select_related("district", "category").get(pk=shop.pk)
    from districts.models import City

    shop = facts.with_today(shop, at, City.objects.get())
    seen = (
        facts.read(shop, values) if side == ConfirmedBy.CITY else revisions.seen_by_its_people(shop, values)
    )
    return revisions.propose(
        shop, values, base=seen, base_version=revisions.version_of(shop), by=by, side=side, at=at
    )


def step_of(response):
    step = response.context["state"].next_step
    return (str(step.title), step.confirm) if step else None


def test_it_says_the_one_next_thing(at_desk, marie):
    """All is said but a sentence about the bakery; nothing has ever been confirmed but the hours."""
    assert step_of(at_desk.get(address(marie))) == ("Dites comment vous joindre", "")


@pytest.mark.parametrize(
    ("facts", "step"),
    [
        ({"phone": "", "email": ""}, ("Dites comment vous joindre", "")),
        ({"services": [], "payments": [], "spoken_languages": []}, ("Dites ce que vous offrez", "")),
        ({"accessibility": {}}, ("Dites comment on entre chez vous", "")),
        ({}, ("Dites en une phrase ce qu’on trouve chez vous", "")),
        ({"summary": "Du pain."}, ("Vos coordonnées sont-elles toujours justes ?", "contact")),
    ],
)
def test_the_next_thing_follows_from_the_facts(at_desk, marie, facts, step):
    Shop.objects.filter(pk=marie.pk).update(**{"phone": "+352621123456", **facts})
    said = step_of(at_desk.get(address(marie)))
    assert (said[0].replace(NBSP, " "), said[1]) == step


def test_the_home_asks_from_the_day_on_which_the_mail_asks(at_desk, marie, clock):
    Shop.objects.filter(pk=marie.pk).update(phone="+352621123456", summary="Du pain.")
    at_desk.post(address(marie, "confirm"))
    # Contacts hold for 180 days, and are asked about two weeks before.
    for days, step in ((165, None), (167, ("Vos coordonnées sont-elles toujours justes ?", "contact"))):
        at = TUESDAY_10H + timedelta(days=days)
        clock(at)
        at_desk = enter(Client(), marie.memberships.get().user)  # the session before is over
        city = City.objects.get()
        asked = reminders.due_groups(facts.with_today(Shop.objects.get(), at, city), city, at)
        assert ("contact" in asked) == bool(step)
        said = step_of(at_desk.get(address(marie)))
        assert (said and (said[0].replace(NBSP, " "), said[1])) == step


def test_when_all_is_said_and_confirmed_there_is_nothing_to_do(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(phone="+352621123456", summary="Du pain.")
    at_desk.post(address(marie, "confirm"))
    response = at_desk.get(address(marie))
    assert step_of(response) is None
    assert "tout est dit et confirmé" in text(response)


def test_a_text_that_waits_counts_as_said(at_desk, marie, marie_herself):
    Shop.objects.filter(pk=marie.pk).update(phone="+352621123456")
    save(marie, marie_herself, summary="Du pain au levain.")
    assert "phrase" not in step_of(at_desk.get(address(marie)))[0]


def test_still_right_is_one_tap_for_a_group(at_desk, marie, marie_herself, clock):
    clock(LATER)
    response = at_desk.post(address(marie, "confirm"), {"groupe": "services"}, follow=True)
    assert "Confirmé aujourd’hui" in text(response)
    marie.refresh_from_db()
    assert (marie.services_confirmed_at, marie.services_confirmed_by) == (LATER, "merchant")
    assert marie.accessibility_confirmed_at is None
    event = Event.objects.get()
    assert (event.kind, event.by, event.after["confirmed"]) == (
        "facts:confirmed",
        marie_herself,
        ["services"],
    )


def test_and_one_for_all_that_says_something(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(accessibility={})
    at_desk.post(address(marie, "confirm"))
    assert Event.objects.get().after["confirmed"] == ["services", "identity"]


def test_what_says_nothing_is_not_confirmed(at_desk, marie):
    at_desk.post(address(marie, "confirm"), {"groupe": "contact"})
    assert not Event.objects.exists()
    assert at_desk.post(address(marie, "confirm"), {"groupe": "nonsense"}).status_code == 404


def test_what_waits_is_shown_with_the_promise_and_can_be_taken_back(at_desk, marie, marie_herself):
    save(marie, marie_herself, summary="Du pain au levain.")
    change = Change.objects.get()
    said = text(at_desk.get(address(marie)))
    assert "Du pain au levain." in said
    assert "La Ville répond d’ici au" in said
    at_desk.post(address(marie, "withdraw", change.pk))
    change.refresh_from_db()
    assert change.state == Change.State.WITHDRAWN
    # A second click is told so, and changes nothing.
    again = at_desk.post(address(marie, "withdraw", change.pk), follow=True)
    assert "n’attend plus" in text(again)
    assert Event.objects.filter(kind="facts:withdrawn").count() == 1


def test_what_was_refused_says_why_and_can_be_answered(at_desk, marie, marie_herself, claire, clock):
    save(marie, marie_herself, summary="PROMO -50 % !")
    change = Change.objects.get()
    revisions.decide(
        marie, {change.pk: Refuse("advertising", "Sans le prix, volontiers.")}, by=claire, at=LATER
    )
    said = text(at_desk.get(address(marie)))
    assert "Sans le prix, volontiers." in said
    assert "prix et promotions" in said
    assert "Claire" not in said
    page = address(marie, "appeal", change.pk)
    clock(LATER + timedelta(hours=1))
    assert "À corriger" in text(at_desk.post(page, {"words": ""}))
    at_desk.post(page, {"words": "C’est le nom du pain."})
    change.refresh_from_db()
    assert change.appeal == "C’est le nom du pain."
    said = text(at_desk.get(address(marie)))
    assert "Vous avez répondu" in said
    assert "Répondre à la Ville" not in said
    # Once is enough: the second click is told so, and changes nothing.
    assert "déjà répondu" in text(at_desk.post(page, {"words": "Encore."}, follow=True))
    assert Event.objects.filter(kind="facts:appealed").count() == 1


def test_a_newer_proposal_takes_the_refusals_place(at_desk, marie, marie_herself, claire):
    save(marie, marie_herself, summary="PROMO !")
    revisions.decide(marie, {Change.objects.get().pk: Refuse("advertising")}, by=claire, at=LATER)
    save(marie, marie_herself, summary="Du pain.")
    assert at_desk.get(address(marie)).context["refused"] == []


def test_what_was_not_refused_cannot_be_answered(at_desk, marie, marie_herself):
    save(marie, marie_herself, summary="Du pain.")
    change = Change.objects.get()
    response = at_desk.post(address(marie, "appeal", change.pk), {"words": "Et alors ?"})
    assert response.status_code == 302
    change.refresh_from_db()
    assert change.appeal == ""


def test_she_undoes_her_last_change_in_one_tap(at_desk, marie, marie_herself):
    save(marie, marie_herself, services=["terrace"])
    assert "Annuler ce changement" in text(at_desk.get(address(marie)))
    at_desk.post(address(marie, "undo"))
    marie.refresh_from_db()
    assert marie.services == ["delivery", "pickup"]
    assert "rien à annuler" in text(at_desk.post(address(marie, "undo"), follow=True))


def test_she_undoes_hers_not_a_colleagues(at_desk, marie):
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    save(marie, anna, services=["terrace"])
    assert at_desk.get(address(marie)).context["undoable"] is None
    at_desk.post(address(marie, "undo"))
    marie.refresh_from_db()
    assert marie.services == ["terrace"]


def test_it_says_what_the_city_did_since_she_was_here_without_a_name(at_desk, marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain.")
    revisions.decide(marie, {Change.objects.get().pk: Accept()}, by=claire, at=LATER)
    save(marie, claire, side=ConfirmedBy.CITY, house_number="12")
    said = text(at_desk.get(address(marie)))
    assert "La Ville a accepté un changement" in said
    assert "La Ville a changé la page" in said
    assert "Claire" not in said
    at_desk.post(address(marie, "confirm"))
    assert at_desk.get(address(marie)).context["news"] == []


def test_the_preview_shows_what_waits_and_publishes_nothing(at_desk, client, marie, marie_herself):
    save(
        marie,
        marie_herself,
        name="Um Eck",
        summary="Du pain au levain.",
        links=[["website", "https://um-eck.example/"]],
    )
    version = Catalogue.objects.get().version
    response = at_desk.get(address(marie, "preview"))
    said = text(response)
    assert "Du pain au levain." in said
    assert "<h1>Um Eck</h1>" in said
    assert "um-eck.example" in said
    assert "noindex" in said
    assert Catalogue.objects.get().version == version
    marie.refresh_from_db()
    assert (marie.name, marie.summary, marie.links.count()) == ("Boulangerie Um Eck", "", 0)
    # Neither is it kept for the public's page.
    public = text(client.get(marie.get_absolute_url()))
    assert "Du pain au levain." not in public
    assert "<h1>Boulangerie Um Eck</h1>" in public


def test_the_preview_of_a_page_that_is_not_on_line_is_the_page(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(status="draft", published_at=None)
    said = text(at_desk.get(address(marie, "preview")))
    assert "fermé définitivement" not in said
    assert "n’est pas encore en ligne" in text(at_desk.get(address(marie)))


PAGES = [
    ("shop",), ("preview",), ("history",), ("history_export",), ("data",), ("data_export",), ("give_back",), ("ask",),
    ("section", "presentation"), ("section", "nom"), ("section", "demenagement"), ("section", "coordonnees"),
    ("section", "liens"), ("section", "services"), ("section", "accessibilite"),
]  # fmt: skip
GESTURES = [
    ("confirm",), ("undo",), ("withdraw", 1), ("appeal", 1), ("give_back",), ("ask",), ("section", "services"),
    ("draft", "services"), ("discard", "services"),
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES, ids=lambda name: "-".join(map(str, name)))
def test_no_page_is_pauls_and_who_is_out_meets_the_door(client, marie, marie_herself, paul_himself, name):
    response = client.get(address(marie, *name))
    assert (response.status_code, "/compte/connexion/" in response["Location"]) == (302, True)
    enter(client, paul_himself)
    assert client.get(address(marie, *name)).status_code == 404


@pytest.mark.parametrize("name", GESTURES, ids=lambda name: "-".join(map(str, name)))
def test_no_gesture_is_pauls_nor_the_tills(client, marie, marie_herself, paul_himself, tom, name):
    save(marie, marie_herself, summary="Du pain.")
    if isinstance(name[-1], int):
        name = (name[0], Change.objects.get().pk)
    before = Shop.objects.values().get(pk=marie.pk)
    for person in (paul_himself, tom):
        enter(client, person)
        assert client.post(address(marie, *name), {"words": "x", "groupe": ""}).status_code == 404
    assert Shop.objects.values().get(pk=marie.pk) == before
    assert Event.objects.count() == 1


def test_a_change_of_another_shop_is_not_hers(at_desk, marie, paul, paul_himself):
    save(paul, paul_himself, summary="Des livres.")
    pk = Change.objects.get().pk
    assert at_desk.post(address(marie, "withdraw", pk)).status_code == 404
    assert at_desk.get(address(marie, "appeal", pk)).status_code == 404


def test_gestures_are_not_for_a_link(at_desk, marie):
    for name in ("confirm", "undo"):
        assert at_desk.get(address(marie, name)).status_code == 405


def test_the_home_asks_the_same_however_much_happened(
    at_desk, marie, marie_herself, claire, django_assert_num_queries
):
    at_desk.get(address(marie))

    def visit():
        # Session, person, catalogue; the shop with its district and category; what waits; what was refused; what it
        # says (what waits, links); her last save, its changes and those once more for their names; its people (for
        # the news), the events; her membership; the oldest report that she has to answer.
        with django_assert_num_queries(QUERIES):
            return at_desk.get(address(marie))

    save(marie, marie_herself, services=["terrace"])
    visit()
    for number in range(5):
        save(marie, marie_herself, summary=f"Du pain {number}.", name=f"Um Eck {number}")
        save(marie, claire, side=ConfirmedBy.CITY, house_number=str(number))
    save(marie, marie_herself, services=["wifi"])
    visit()


QUERIES = 15


def test_a_section_drawn_apart_is_listed_where_its_page_is(at_desk, marie, monkeypatch):
    apart = dataclasses.replace(
        SECTIONS["liens"],
        slug="ailleurs",
        label="Ailleurs",
        form=None,
        address="merchant:history",
        said=lambda shop: False,
    )
    monkeypatch.setitem(SECTIONS, "ailleurs", apart)
    assert "Ailleurs" in text(at_desk.get(address(marie)))
    monkeypatch.setitem(SECTIONS, "ailleurs", dataclasses.replace(apart, address="merchant:not_there"))
    assert "Ailleurs" not in text(at_desk.get(address(marie)))


@pytest.mark.parametrize(
    ("hours", "day"),
    [
        # A Tuesday at ten: two working days on; on the Friday before a free weekend: on Tuesday.
        (0, "26 novembre 2026"),
        (72, "1 décembre 2026"),
        # Proposed on a Sunday: two whole working days, and what is due at midnight is due the day before.
        (120, "1 décembre 2026"),
    ],
)
def test_the_promise_counts_working_days(at_desk, marie, marie_herself, hours, day):
    save(marie, marie_herself, at=TUESDAY_10H + timedelta(hours=hours), summary="Du pain.")
    assert f"La Ville répond d’ici au {day}." in text(at_desk.get(address(marie)))
