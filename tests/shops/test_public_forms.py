"""What residents and merchants write to the City: stored once, nothing lost, nothing sent by a robot."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from shops.models import ClaimRequest, Report
from shops.models.inbox import forget_old_messages
from tests.shops.factories import TUESDAY_10H


@pytest.fixture
def browser(city):
    """A browser that checks CSRF, as a real one is checked."""
    return Client(enforce_csrf_checks=True)


def fields(html):
    """The hidden fields of the page's form."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', html))


def send(browser, address, **typed):
    form = fields(browser.get(address).content.decode())
    return browser.post(address, {**form, **typed})


def test_nina_reports_wrong_hours_without_an_account(browser, marie):
    response = send(browser, f"/fr/commerces/{marie.slug}/signaler/", kind="hours", message="Fermé le lundi")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"/fr/commerces/{marie.slug}/signaler/merci/",
    )
    report = Report.objects.get()
    assert (report.shop, report.kind, report.message) == (marie, "hours", "Fermé le lundi")
    assert (report.language, report.state, report.created_at) == ("fr", "new", TUESDAY_10H)
    assert "Merci" in browser.get(response.headers["Location"]).content.decode()


def test_a_double_click_is_one_message(browser, marie):
    address = f"/fr/commerces/{marie.slug}/signaler/"
    form = fields(browser.get(address).content.decode())
    for _click in range(2):
        response = browser.post(address, {**form, "kind": "closed"})
        assert response.status_code == 302
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


def test_marie_asks_for_her_page(browser, marie):
    send(
        browser,
        f"/fr/commerces/{marie.slug}/revendiquer/",
        name="Marie",
        role="propriétaire",
        email="marie@um-eck.example",
    )
    claim = ClaimRequest.objects.get()
    assert (claim.shop, claim.name, claim.email) == (marie, "Marie", "marie@um-eck.example")


def test_a_missing_shop_and_a_page_that_resists_reach_the_city(browser):
    send(browser, "/de/commerce-manquant/", message="Der Schuster in der rue de Strasbourg")
    send(browser, "/fr/ecrire-a-la-ville/", message="Le plan ne se lit pas")
    assert sorted(Report.objects.values_list("kind", "language", "shop")) == [
        ("missing", "de", None),
        ("site", "fr", None),
    ]


@pytest.mark.django_db(transaction=True)
def test_the_city_answers_by_mail_in_ninas_language(marie):
    report = Report.objects.create(
        shop=marie, kind="hours", email="nina@courrier.example", language="de", created_at=TUESDAY_10H
    )
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        report.reply("Danke, es ist korrigiert.", at=TUESDAY_10H)
        app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    (message,) = mail.outbox
    assert message.to == ["nina@courrier.example"]
    assert "Danke, es ist korrigiert." in message.body
    report.refresh_from_db()
    assert (report.state, report.answered_at) == ("answered", TUESDAY_10H)


def test_what_people_write_goes_after_twelve_months(marie):
    """As the forms and the privacy page promise."""
    for days in (364, 365, 400):
        written = TUESDAY_10H - timedelta(days=days)
        Report.objects.create(
            shop=marie,
            kind="other",
            message="Bonjour",
            email="nina@example.org",
            language="fr",
            created_at=written,
        )
        ClaimRequest.objects.create(
            shop=marie, name="Marie", email="marie@example.org", language="fr", created_at=written
        )
    assert forget_old_messages(at=TUESDAY_10H) == 4
    assert (
        Report.objects.get().created_at
        == ClaimRequest.objects.get().created_at
        == TUESDAY_10H - timedelta(days=364)
    )
    assert forget_old_messages(at=TUESDAY_10H) == 0
