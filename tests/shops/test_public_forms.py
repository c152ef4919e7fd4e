"""What residents and merchants write to the City: stored once, nothing lost, nothing sent by a robot."""

from datetime import timedelta

import pytest
from django.test import Client

from shops.models import Report
from shops.models.inbox import forget_old_messages
from tests.door import enter
from tests.people import make_member, make_person
from tests.photos import files
from tests.shops.factories import TUESDAY_10H
from tests.solving import challenge_of, fields, proof_for, send


@pytest.fixture
def browser(city):
    """A browser that checks CSRF, as a real one is checked."""
    return Client(enforce_csrf_checks=True)


def test_nina_reports_wrong_hours_without_an_account(browser, marie):
    response = send(browser, f"/fr/commerces/{marie.slug}/signaler/", kind="hours", message="Fermé le lundi")
    report = Report.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/fr/commerces/{marie.slug}/signaler/merci/?numero={report.number}",
    )
    assert (report.shop, report.kind, report.message) == (marie, "hours", "Fermé le lundi")
    assert (report.language, report.state, report.created_at) == ("fr", "city", TUESDAY_10H)
    html = browser.get(response.headers["Location"]).content.decode()
    assert "Merci" in html
    assert report.number.upper() in html


@pytest.fixture
def photos(marie, tmp_path, settings):
    """Two photos of the bakery's page, and one that waits beside them."""
    settings.STORAGES = {**settings.STORAGES, "default": files.disk(tmp_path / "media")}
    waiting = files.make_photo(marie, seed=9)
    return *files.publish(files.make_photo(marie), files.make_photo(marie, seed=2)), waiting


def test_nina_says_which_photo_is_shocking(client, browser, marie, photos):
    first, second, waiting = photos
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).text
    assert "Photo 1\N{NO-BREAK SPACE}: Photo numéro 0" in page
    assert f'<option value="{waiting.pk}"' not in page
    send(browser, address, kind="content", message="La deuxième.", photo=second.pk)
    assert Report.objects.get().photo == second
    enter(client, make_person("claire@ville.example", city_roles=["moderator"]))
    page = client.get(f"/gestion/signalements/{Report.objects.get().number}/").text
    assert f"/gestion/commerces/mar1eeck/photos/{second.pk}/" in page
    # Of another kind of report it says nothing.
    send(browser, address, kind="hours", photo=first.pk)
    assert Report.objects.get(kind="hours").photo is None
    for nobodys in (waiting.pk, 10**30, "x", "\x00"):
        assert send(browser, address, kind="content", message="x", photo=nobodys).status_code == 200


def test_a_page_without_photos_asks_for_none(browser, marie):
    assert 'name="photo"' not in browser.get(f"/fr/commerces/{marie.slug}/signaler/").text


def test_nina_reads_who_reads_her_message(browser, marie, paul):
    make_member(paul, make_person("paul@librairie.example"))
    assert "la Ville lit chaque message" in browser.get(f"/fr/commerces/{marie.slug}/signaler/").text
    page = browser.get(f"/fr/commerces/{paul.slug}/signaler/").text
    assert "votre message va d’abord à qui tient la page, sans votre adresse" in page
    assert "la Ville lit chaque message" not in page


def test_a_double_click_is_one_message(browser, marie):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    page = browser.get(address).content.decode()
    form = {**fields(page), "proof": proof_for(challenge_of(page)), "kind": "closed"}
    for _click in range(2):
        response = browser.post(address, form)
        assert response.status_code == 302
        assert Report.objects.get().number in response.headers["Location"]
    assert Report.objects.count() == 1


def test_bad_input_is_explained_and_nothing_typed_is_lost(browser, marie):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    response = send(browser, address, kind="other", message="", email="nina(at)exemple")
    html = response.content.decode()
    assert response.status_code == 200
    assert "nina(at)exemple" in html
    assert "Dites-nous en quelques mots ce qui ne va pas." in html
    assert '<div class="errors stack tight" role="group"' in html
    assert "autofocus" in html
    assert "<title>À corriger" in html
    assert not Report.objects.exists()


@pytest.mark.parametrize(
    "typed",
    [
        {"kind": "nonsense"},
        {"kind": "hours", "message": "\x00"},
        {"kind": "hours", "message": "x" * 5000},
        {"kind": "hours", "submission": "not-a-uuid"},
        {"kind": "hours", "email": "a@b.example\nBcc: all@ville.example"},
        {},
    ],
    ids=["kind", "NUL", "too long", "submission", "header injection", "empty"],
)
def test_hostile_input_is_refused_with_a_page(browser, marie, typed):
    response = send(browser, f"/fr/commerces/{marie.slug}/signaler/", **typed)
    assert response.status_code == 200
    assert not Report.objects.exists()


def test_a_robot_is_thanked_and_forgotten(browser, marie):
    response = send(
        browser, f"/fr/commerces/{marie.slug}/signaler/", kind="hours", website="https://spam.example"
    )
    assert response.status_code == 302
    assert not Report.objects.exists()


def test_another_site_cannot_write_in_ninas_name(browser, marie):
    response = browser.post(f"/fr/commerces/{marie.slug}/signaler/", {"kind": "hours"})
    assert response.status_code == 403
    assert not Report.objects.exists()


def test_a_missing_shop_and_a_page_that_resists_reach_the_city(browser):
    send(browser, "/de/commerce-manquant/", name="Schuster", message="In der rue de Strasbourg")
    send(browser, "/fr/ecrire-a-la-ville/", message="Le plan ne se lit pas")
    assert sorted(Report.objects.values_list("kind", "language", "shop")) == [
        ("missing", "de", None),
        ("site", "fr", None),
    ]


def test_what_people_write_goes_after_twelve_months(marie):
    """As the forms and the privacy page promise."""
    for days in (364, 365, 400):
        written = TUESDAY_10H - timedelta(days=days)
        Report.objects.create(
            shop=marie,
            kind="other",
            topic=f"{marie.pk}:other",
            message="Bonjour",
            email="nina@example.org",
            language="fr",
            created_at=written,
        )
    assert forget_old_messages(at=TUESDAY_10H) == 2
    assert Report.objects.get().created_at == TUESDAY_10H - timedelta(days=364)
    assert forget_old_messages(at=TUESDAY_10H) == 0
