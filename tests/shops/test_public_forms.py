"""What residents and merchants write to the City: stored once, nothing lost, nothing sent by a robot."""

from datetime import timedelta

import pytest
from django.test import Client

from shops.models import Report
from shops.models.inbox import forget_old_messages
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
