"""The sections of Marie's page: what she types is read as the import reads it, saved as facts, and never lost."""

import pytest
from django.urls import reverse

from shops.desks.merchant.sections import EDITED_HERE, SECTIONS
from shops.editing.facts import FACTS
from shops.models import Category, Change, Draft, Event, Link, Revision, Shop
from shops.vocabulary import AccessQuestion
from tests.desks.test_my_page import address, save, text
from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H


def form_of(response):
    """What the section's form would send if nothing were touched."""
    form = response.context["form"]
    data = {"seen": response.context["seen"]}
    for field in form:
        value = field.value()
        if value not in (None, ""):
            data[field.html_name] = value
    return data


def section(shop, slug):
    return address(shop, "section", slug)


def send(client, shop, slug, follow=False, **changes):
    page = section(shop, slug)
    return client.post(page, form_of(client.get(page)) | changes, follow=follow)


def test_each_fact_is_in_one_section():
    named = [name for part in SECTIONS.values() for name in part.facts]
    assert sorted(set(named)) == sorted(named)
    assert set(FACTS) <= set(named)


@pytest.mark.parametrize("slug", list(EDITED_HERE))
def test_a_form_sent_as_it_came_changes_nothing(at_desk, marie, slug):
    Shop.objects.filter(pk=marie.pk).update(
        phone="+352621123456",
        service_notes={"delivery": "30 €"},
        accessibility={"step_free": "yes", "ours": "kept"},
        i18n={"summary_de": "Brot."},
    )
    Link.objects.create(shop=marie, kind="facebook", url="https://www.facebook.com/umeck")
    changes = {"what": "correction"} if slug == "demenagement" else {}
    response = send(at_desk, marie, slug, follow=True, **changes)
    assert response.redirect_chain, response.context["form"].errors
    assert "Rien n’a changé" in text(response)
    assert not Revision.objects.exists()


def test_services_go_live_at_once_and_the_page_says_so(at_desk, marie):
    response = send(
        at_desk,
        marie,
        "services",
        follow=True,
        **{
            "services": ["terrace", "delivery"],
            "note-delivery": "  dans  le quartier ",
            "payments": ["cash"],
        },
    )
    assert "En ligne dès maintenant : Services, Précisions sur les services, Moyens de paiement." in text(
        response
    )
    marie.refresh_from_db()
    assert marie.services == ["delivery", "terrace"]
    assert marie.service_notes == {"delivery": "dans le quartier"}
    assert marie.services_confirmed_by == "merchant"


def test_a_note_goes_with_its_service(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(service_notes={"delivery": "30 €", "wifi": "au fond"})
    send(at_desk, marie, "services", services=["pickup"])
    marie.refresh_from_db()
    # One that nobody saw on a form is nobody's to take away.
    assert marie.service_notes == {"wifi": "au fond"}


def test_what_is_usual_is_ticked_by_one_tap_and_not_yet_saved(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(payments=[], services=[])
    data = form_of(at_desk.get(section(marie, "services")))
    response = at_desk.post(section(marie, "services"), data | {"services": ["wifi"], "preset": "payments"})
    assert response.status_code == 200
    form = response.context["form"]
    assert form["payments"].value() == ["cash", "debit_card", "credit_card", "contactless", "mobile"]
    assert form["services"].value() == ["wifi"]
    assert not Event.objects.exists()


def test_answers_about_access(at_desk, marie):
    Shop.objects.filter(pk=marie.pk).update(accessibility={"step_free": "yes", "ours": "kept"})
    send(at_desk, marie, "accessibilite", step_free="", toilet="no", seating="partly")
    marie.refresh_from_db()
    assert marie.accessibility == {"ours": "kept", "seating": "partly", "toilet": "no"}


def test_every_question_has_its_four_answers(at_desk, marie):
    said = text(at_desk.get(section(marie, "accessibilite")))
    assert said.count('<input type="radio"') == 4 * len(AccessQuestion)


def test_a_number_is_read_as_it_is_written_here(at_desk, marie):
    send(at_desk, marie, "coordonnees", phone="26 12 34 56", email=" bonjour@um-eck.lu")
    marie.refresh_from_db()
    assert (marie.phone, marie.email) == ("+35226123456", "bonjour@um-eck.lu")


def test_what_cannot_be_read_comes_back_as_it_was_typed(at_desk, marie):
    response = send(at_desk, marie, "coordonnees", phone="douze", email="nulle part")
    assert response.status_code == 200
    assert set(response.context["form"].errors) == {"phone", "email"}
    said = text(response)
    assert 'value="douze"' in said
    assert "À corriger" in said
    assert not Event.objects.exists()


def test_links_say_by_their_host_what_they_are(at_desk, marie):
    response = send(
        at_desk,
        marie,
        "liens",
        follow=True,
        **{"url-0": "um-eck.lu", "url-1": "http://facebook.com/umeck", "kind-1": "website"},
    )
    assert "Chez la Ville" in text(response)
    assert Change.objects.get().after == [
        ["website", "https://um-eck.lu"],
        ["facebook", "https://facebook.com/umeck"],
    ]


@pytest.mark.parametrize("typed", ["javascript:alert(1)", "http://127.0.0.1/", "ftp://um-eck.lu", "um eck"])
def test_what_is_no_public_address_is_refused_at_its_row(at_desk, marie, typed):
    response = send(at_desk, marie, "liens", **{"url-1": typed})
    assert list(response.context["form"].errors) == ["url-1"]
    assert not Change.objects.exists()


def test_a_link_twice_is_said_at_the_second(at_desk, marie):
    response = send(at_desk, marie, "liens", **{"url-0": "um-eck.lu", "url-1": "https://um-eck.lu"})
    assert list(response.context["form"].errors) == ["url-1"]


def test_what_stays_keeps_its_place_and_what_is_new_comes_after(at_desk, marie):
    Link.objects.create(shop=marie, kind="website", url="https://old.example/")
    Link.objects.create(shop=marie, kind="facebook", url="https://facebook.com/umeck")
    send(at_desk, marie, "liens", **{"url-0": "https://new.example/"})
    assert Change.objects.get().after == [
        ["facebook", "https://facebook.com/umeck"],
        ["website", "https://new.example/"],
    ]


def test_texts_wait_for_the_city(at_desk, marie):
    response = send(
        at_desk, marie, "presentation", follow=True, summary="Du  pain.", description_de="Brot.\r\n\r\nGut."
    )
    said = text(response)
    assert "Chez la Ville, qui répond d’ici au" in said
    assert "Du pain." in said
    marie.refresh_from_db()
    assert marie.summary == ""
    assert dict(Change.objects.values_list("field", "after")) == {
        "summary": "Du pain.",
        "description_de": "Brot.\n\nGut.",
    }


def test_her_form_shows_what_waits_and_what_is_on_line_beside_it(at_desk, marie, marie_herself):
    save(marie, marie_herself, summary="Du pain au levain.")
    response = at_desk.get(section(marie, "presentation"))
    assert response.context["form"]["summary"].value() == "Du pain au levain."
    assert "Retirer" in text(response)


def test_a_translation_of_an_older_text_is_marked(at_desk, marie, claire):
    save(marie, claire, side="city", summary="Du pain.", summary_de="Brot.")
    save(marie, claire, side="city", summary="Du pain au levain.")
    assert "à revoir" in text(at_desk.get(section(marie, "presentation")))
    assert "traduction à revoir" in text(at_desk.get(address(marie)))


def test_an_example_is_of_her_trade(at_desk, marie):
    assert "pain au levain" in text(at_desk.get(section(marie, "presentation")))


def test_the_name_waits_and_says_so_before_she_types(at_desk, marie):
    page = at_desk.get(section(marie, "nom"))
    assert "La Ville relit ce que vous changez ici" in text(page)
    send(at_desk, marie, "nom", name="Um Eck", category="cafe", other_categories=["bakery", "cafe"])
    assert dict(Change.objects.values_list("field", "after")) == {
        "name": "Um Eck",
        "category": "cafe",
        "other_categories": ["bakery"],
    }


def test_a_shop_has_a_name_and_few_other_categories(at_desk, marie):
    codes = list(Category.objects.values_list("code", flat=True))
    response = send(at_desk, marie, "nom", name=" ", other_categories=codes)
    assert set(response.context["form"].errors) == {"name"}
    assert not Change.objects.exists()


def test_moving_is_one_gesture(at_desk, marie):
    response = send(
        at_desk,
        marie,
        "demenagement",
        follow=True,
        what="move",
        on="2026-12-01",
        street="Grand-Rue",
        house_number="3",
        postcode="L-1661",
        district="ville-haute",
    )
    assert "Chez la Ville" in text(response)
    revision = Revision.objects.get()
    assert "1 décembre 2026" in revision.note
    after = dict(revision.changes.values_list("field", "after"))
    assert after == {
        "street": "Grand-Rue",
        "house_number": "3",
        "postcode": "L-1661",
        "district": ["ville-haute", False],
        "position": None,
    }


def test_a_move_that_waits_is_one_thing_told_as_an_address_and_taken_back_whole(at_desk, marie):
    moved = {
        "what": "move",
        "on": "2026-12-01",
        "street": "Grand-Rue",
        "house_number": "3",
        "postcode": "L-1661",
    }
    send(at_desk, marie, "demenagement", **moved, district="ville-haute")
    send(at_desk, marie, "presentation", summary="Du pain.")
    home = at_desk.get(address(marie, "shop"))
    assert [each.label for each in home.context["waiting"]] == [
        "Adresse",
        "Ce qu’on trouve chez vous, en une phrase",
    ]
    said = text(home)
    assert "3, Grand-Rue, L-1661 Luxembourg" in said
    assert "à partir du 1 décembre 2026" in said
    assert "49," not in said.partition("Ce qui attend la Ville")[2], "no coordinates"
    street = Change.objects.get(field="street")
    response = at_desk.post(address(marie, "withdraw", street.pk), follow=True)
    assert "Retiré : Adresse" in text(response)
    assert list(Change.objects.waiting().values_list("field", flat=True)) == ["summary"]
    event = Event.objects.filter(kind="facts:withdrawn").get()
    assert set(event.before) == {"street", "house_number", "postcode", "district", "position"}


def test_the_city_reads_the_note_in_its_own_language(client, marie, marie_herself):
    marie_herself.language = "de"
    marie_herself.save()
    enter(client, marie_herself)
    page = section(marie, "demenagement").replace("/fr/", "/de/")
    client.post(page, form_of(client.get(page)) | {"what": "move", "on": "2026-12-01", "street": "Grand-Rue"})
    assert Revision.objects.get().note == "Déménagement, à partir du 1 décembre 2026."


def test_an_address_put_right_keeps_its_place_on_the_map(at_desk, marie):
    send(at_desk, marie, "demenagement", what="correction", house_number="99")
    assert list(Change.objects.values_list("field", flat=True)) == ["house_number"]
    assert "même endroit" in Revision.objects.get().note


def test_a_move_says_from_when(at_desk, marie):
    response = send(at_desk, marie, "demenagement", what="move", street="Grand-Rue")
    assert list(response.context["form"].errors) == ["on"]
    response = send(at_desk, marie, "demenagement", what="correction", street="", house_number="3")
    assert list(response.context["form"].errors) == ["street"]


# Two at once


def test_two_who_change_the_same_see_both_and_lose_nothing(at_desk, marie):
    mine = form_of(at_desk.get(section(marie, "coordonnees")))
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    save(marie, anna, phone="+352621111111", email="anna@um-eck.lu")
    response = at_desk.post(section(marie, "coordonnees"), mine | {"phone": "621 222 222"})
    said = text(response)
    assert "Quelqu’un d’autre a changé" in said
    assert "+352621111111" in said
    assert "+352621222222" in said
    marie.refresh_from_db()
    assert marie.phone == "+352621111111"

    # Not chosen: asked again, nothing written.
    again = {**mine, "phone": "621 222 222", "seen": response.context["seen"], "conflict": "phone"}
    response = at_desk.post(section(marie, "coordonnees"), again)
    assert "dites ce qui est juste" in text(response)

    at_desk.post(section(marie, "coordonnees"), again | {"choice-phone": "mine"})
    marie.refresh_from_db()
    # And what her colleague wrote in a field she had not touched stays.
    assert (marie.phone, marie.email) == ("+352621222222", "anna@um-eck.lu")


def test_she_may_leave_it_to_her_colleague(at_desk, marie):
    mine = form_of(at_desk.get(section(marie, "coordonnees")))
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    save(marie, anna, phone="+352621111111")
    response = at_desk.post(
        section(marie, "coordonnees"), mine | {"phone": "621 222 222", "email": "marie@um-eck.lu"}
    )
    at_desk.post(
        section(marie, "coordonnees"),
        mine
        | {
            "phone": "621 222 222",
            "email": "marie@um-eck.lu",
            "seen": response.context["seen"],
            "conflict": "phone",
            "choice-phone": "theirs",
        },
    )
    marie.refresh_from_db()
    assert (marie.phone, marie.email) == ("+352621111111", "marie@um-eck.lu")


@pytest.mark.parametrize("seen", ["", "nonsense", "another shop's", "another section's"])
def test_a_form_that_is_not_ours_writes_nothing(at_desk, marie, paul, marie_herself, seen):
    if seen == "another shop's":
        make_member(paul, marie_herself)
        seen = at_desk.get(section(paul, "coordonnees")).context["seen"]
    elif seen == "another section's":
        seen = at_desk.get(section(marie, "services")).context["seen"]
    response = at_desk.post(section(marie, "coordonnees"), {"seen": seen, "phone": "621 222 222"})
    assert "restée ouverte trop longtemps" in text(response)
    assert 'value="621 222 222"' in text(response)
    assert not Event.objects.exists()


def test_a_double_click_saves_once(at_desk, marie):
    data = form_of(at_desk.get(section(marie, "coordonnees"))) | {"phone": "621 222 222"}
    for _click in range(2):
        assert at_desk.post(section(marie, "coordonnees"), data).status_code == 302
    assert Revision.objects.count() == 1


@pytest.mark.parametrize("slug", list(EDITED_HERE))
def test_a_form_changes_its_own_facts_alone(at_desk, marie, slug):
    """Every column of a shop is sent along; what is not the section's stays."""
    before = Shop.objects.values().get(pk=marie.pk)
    page = section(marie, slug)
    own = form_of(at_desk.get(page)) | {"what": "correction"}
    others = {
        name: "1"
        for name in before
        if name not in own and name not in EDITED_HERE[slug].form.facts and name not in AccessQuestion
    }
    response = at_desk.post(
        page, others | own | {"status": "closed", "claimed_at": "", "is_demo": "on", "owner": "1"}
    )
    assert response.status_code == 302, response.context["form"].errors
    assert Shop.objects.values().get(pk=marie.pk) == before
    assert not Change.objects.exclude(field__in=EDITED_HERE[slug].facts).exists()


HOSTILE = [
    "\x00", "a\x00b", "é" * 4000, "\u202eabc", "<script>alert(1)</script>", "{{ 7*7 }}", "[]", "-1", "9" * 5000,
]  # fmt: skip


@pytest.mark.parametrize("slug", list(EDITED_HERE))
def test_no_form_falls_over(at_desk, marie, slug):
    page = section(marie, slug)
    own = form_of(at_desk.get(page))
    for typed in HOSTILE:
        sent = dict.fromkeys(own, typed) | {"seen": own["seen"], "conflict": typed, "preset": typed}
        for name in ("preset", "conflict"):
            response = at_desk.post(page, sent)
            assert response.status_code in (200, 302)
            del sent[name]
        assert at_desk.post(f"{page}brouillon/", sent).status_code in (200, 204)
    assert "<script>alert(1)</script>" not in text(at_desk.get(address(marie)))
    assert at_desk.get(f"{page}?brouillon=1").status_code == 200


# Drafts


def test_what_she_types_is_kept_and_offered_again(at_desk, marie, marie_herself):
    data = form_of(at_desk.get(section(marie, "presentation"))) | {"summary": "Du pain au le"}
    response = at_desk.post(address(marie, "draft", "presentation"), data)
    assert "Brouillon gardé à 10:00" in text(response)
    draft = Draft.objects.get()
    assert (draft.user, draft.section, draft.data["summary"]) == (
        marie_herself,
        "presentation",
        ["Du pain au le"],
    )
    assert "csrfmiddlewaretoken" not in draft.data
    # She comes back.
    page = at_desk.get(section(marie, "presentation"))
    assert "Vous aviez commencé le" in text(page)
    assert page.context["form"]["summary"].value() == ""
    page = at_desk.get(section(marie, "presentation") + "?brouillon=1")
    assert page.context["form"]["summary"].value() == "Du pain au le"
    # She ends it, and the draft is gone.
    at_desk.post(section(marie, "presentation"), form_of(page) | {"summary": "Du pain au levain."})
    assert not Draft.objects.exists()
    assert Change.objects.get().after == "Du pain au levain."


def test_a_draft_that_comes_after_its_save_is_none(at_desk, marie):
    data = form_of(at_desk.get(section(marie, "coordonnees"))) | {"phone": "621 222 222"}
    at_desk.post(section(marie, "coordonnees"), data)
    assert at_desk.post(address(marie, "draft", "coordonnees"), data).status_code == 204
    assert not Draft.objects.exists()


def test_a_draft_is_compared_with_what_she_saw_when_she_began(at_desk, marie):
    data = form_of(at_desk.get(section(marie, "coordonnees"))) | {"phone": "621 222 222"}
    at_desk.post(address(marie, "draft", "coordonnees"), data)
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    save(marie, anna, phone="+352621111111")
    page = at_desk.get(section(marie, "coordonnees") + "?brouillon=1")
    response = at_desk.post(section(marie, "coordonnees"), form_of(page))
    assert "Quelqu’un d’autre a changé" in text(response)


def test_a_wrong_save_is_kept_as_a_draft(at_desk, marie):
    send(at_desk, marie, "coordonnees", phone="douze")
    assert Draft.objects.get().data["phone"] == ["douze"]


def test_a_draft_is_thrown_away(at_desk, marie):
    send(at_desk, marie, "coordonnees", phone="douze")
    at_desk.post(address(marie, "discard", "coordonnees"))
    assert not Draft.objects.exists()


def test_a_draft_is_its_writers_alone(client, at_desk, marie):
    send(at_desk, marie, "coordonnees", phone="douze")
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    enter(client, anna)
    assert "Vous aviez commencé" not in text(client.get(section(marie, "coordonnees")))


def test_a_draft_is_not_a_library(at_desk, marie):
    data = form_of(at_desk.get(section(marie, "presentation"))) | {"description": "a" * 50_000}
    assert at_desk.post(address(marie, "draft", "presentation"), data).status_code == 204
    assert at_desk.post(section(marie, "presentation"), data).status_code == 200
    assert not Draft.objects.exists()


def test_an_unknown_section_is_no_page(at_desk, marie):
    base = reverse("merchant:shop", args=[marie.public_id])
    assert at_desk.get(f"{base}nulle-part/").status_code == 404


@pytest.mark.parametrize("slug", list(EDITED_HERE))
def test_a_section_asks_little(at_desk, marie, marie_herself, django_assert_max_num_queries, slug):
    save(
        marie,
        marie_herself,
        summary="Du pain.",
        name="Um Eck",
        links=[["website", "https://um-eck.example/"]],
    )
    at_desk.get(section(marie, slug))
    # Session, person, catalogue; the shop; her draft; what waits (for what the form shows, and for the section's
    # list), other categories or links (these once more, for those that lead nowhere), the last event; what was
    # refused; her membership.
    with django_assert_max_num_queries(13):
        at_desk.get(section(marie, slug))


def test_the_day_of_the_draft_is_said(at_desk, marie):
    send(at_desk, marie, "coordonnees", phone="douze")
    assert Draft.objects.get().saved_at == TUESDAY_10H


# A chain's branches


def test_the_same_change_for_her_other_shop_where_they_agree(at_desk, marie, marie_herself, paul):
    make_member(paul, marie_herself)
    Shop.objects.filter(pk=paul.pk).update(spoken_languages=marie.spoken_languages)
    page = at_desk.get(section(marie, "services"))
    assert "Aussi pour vos autres commerces" in text(page)
    sent = form_of(page) | {
        "spoken_languages": ["fr", "zh"],
        "services": ["wifi"],
        "together": [paul.public_id],
    }
    said = text(at_desk.post(section(marie, "services"), sent, follow=True))
    assert "De même pour Librairie d’à côté" in said
    assert "Laissé comme il est" in said
    paul.refresh_from_db()
    assert (paul.spoken_languages, paul.services) == (["fr", "zh"], ["gift_wrap", "order_in"])


def test_nobody_elses_shop_is_offered(at_desk, marie, paul, paul_himself):
    page = at_desk.get(section(marie, "services"))
    assert "Aussi pour" not in text(page)
    sent = form_of(page) | {"services": ["wifi"], "together": [paul.public_id]}
    at_desk.post(section(marie, "services"), sent)
    paul.refresh_from_db()
    assert paul.services == ["gift_wrap", "order_in"]
