"""Who cannot read her address any more comes back through the City, and never past it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import LostAddress, User, forget_lost_addresses
from shops.models import Event
from tests.door import enter
from tests.people import make_person
from tests.shops.conftest import _nothing_kept, city, clock  # noqa: F401
from tests.shops.factories import TUESDAY_10H

ASK = "/fr/compte/adresse/perdue/"
TYPED = {
    "name": "Marie Muller",
    "shop": "Boulangerie Um Eck, rue de Strasbourg",
    "phone": "26 12 34 56",
    "old_email": "marie@ancienne.example",
    "new_email": "marie@nouvelle.example",
}


@pytest.fixture
def browser(city):  # noqa: F811
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def marie():
    return make_person("marie@ancienne.example", name="Marie Muller", language="de")


@pytest.fixture
def desk(client, city):  # noqa: F811
    return enter(client, make_person("anne@ville.example", city_roles=["administrator"]))


def send(browser, **typed):
    hidden = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', browser.get(ASK).text)
    return browser.post(ASK, {**dict(hidden), **TYPED, **typed})


def letters():
    jobs = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter").order_by("pk")
    return [job.args["letter"] for job in jobs]


def change_address(desk, person, address):
    url = reverse("admin:accounts_user_change", args=[person.pk])
    return desk.post(
        url, {"email": address, "name": person.name, "language": person.language, "is_active": "on"}
    )


def test_the_way_back_is_shown_at_the_door(browser):
    for name in ("account_login", "account_reset_password"):
        assert ASK in browser.get(reverse(name)).text


def test_marie_asks_and_nothing_changes_yet(browser, marie):
    assert send(browser).url == reverse("account_lost_address_sent")
    asked = LostAddress.objects.get()
    assert (asked.name, asked.new_email, asked.language) == ("Marie Muller", "marie@nouvelle.example", "fr")
    assert asked.created_at == TUESDAY_10H
    marie.refresh_from_db()
    assert marie.email == "marie@ancienne.example"
    assert letters() == [], "nobody can make the site write to an address typed here"
    assert "vous rappelle" in browser.get(reverse("account_lost_address_sent")).text


def test_whether_there_is_an_account_is_not_told(browser, marie):
    known, unknown = send(browser), send(browser, old_email="nobody@ancienne.example")
    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)


def test_a_double_click_is_one_request(browser):
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', browser.get(ASK).text))
    for _click in range(2):
        assert browser.post(ASK, {**hidden, **TYPED}).status_code == 302
    assert LostAddress.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"name": ""},
        {"phone": ""},
        {"new_email": "marie(at)nouvelle"},
        {"new_email": "marie@nouvelle.example\nBcc: all@ville.example"},
        {"name": "\x00"},
        {"name": "x" * 500},
        {"submission": "1"},
    ],
)
def test_a_wrong_form_comes_back_with_what_was_typed(browser, typed):
    response = send(browser, **typed)
    assert response.status_code == 200
    assert "À corriger" in response.text
    assert 'value="Boulangerie Um Eck, rue de Strasbourg"' in response.text
    assert not LostAddress.objects.exists()


def test_a_robot_is_thanked_and_forgotten(browser):
    assert send(browser, website="https://spam.example").status_code == 302
    assert not LostAddress.objects.exists()


def test_nobody_fills_the_citys_inbox(browser):
    for _time in range(5):
        assert send(browser).status_code == 302
    response = send(browser)
    assert response.status_code == 200
    assert "Trop de demandes" in response.text
    assert LostAddress.objects.count() == 5


def test_only_who_sees_people_sees_who_asks(client, city):  # noqa: F811
    address = reverse("admin:accounts_lostaddress_changelist")
    for roles, status in ((["moderator"], 403), (["auditor"], 200), (["administrator"], 200), ([], 404)):
        browser = enter(Client(), make_person(f"{'-'.join(roles)}@ville.example", city_roles=roles))
        assert browser.get(address).status_code == status, roles


def test_the_city_gives_her_another_address_and_both_are_told(desk, marie, client):
    hers = enter(Client(), marie)
    assert hers.get("/fr/compte/").status_code == 200
    change_address(desk, marie, "marie@nouvelle.example")
    marie.refresh_from_db()
    assert marie.email == "marie@nouvelle.example"
    assert marie.confirmed_addresses() == ["marie@nouvelle.example"]
    assert [(letter["to"], letter["language"]) for letter in letters()] == [
        ("marie@ancienne.example", "de"),
        ("marie@nouvelle.example", "de"),
    ]
    assert "nouvelle" not in str(letters()[0]), "the old address does not learn the new one"
    event = Event.objects.get()
    anne = User.objects.get(email="anne@ville.example")
    assert (event.kind, event.by, event.before) == ("person:address", anne, {"person": marie.pk})
    assert hers.get("/fr/compte/").status_code == 302, "the sessions of the old address have ended"


def test_another_persons_address_is_refused_and_nothing_happens(desk, marie):
    make_person("paul@librairie.example")
    assert change_address(desk, marie, "PAUL@librairie.example").status_code == 200
    marie.refresh_from_db()
    assert marie.email == "marie@ancienne.example"
    assert (letters(), Event.objects.count()) == ([], 0)


def test_roles_and_closed_accounts_are_written_down_too(desk, marie):
    url = reverse("admin:accounts_user_change", args=[marie.pk])
    desk.post(url, {"email": marie.email, "name": marie.name, "city_roles": ["moderator"]})
    events = {event.kind: (event.before, event.after) for event in Event.objects.all()}
    assert events == {
        "person:roles": (
            {"person": marie.pk, "city_roles": []},
            {"person": marie.pk, "city_roles": ["moderator"]},
        ),
        "person:active": ({"person": marie.pk, "is_active": True}, {"person": marie.pk, "is_active": False}),
    }
    assert letters() == []


def test_a_request_is_settled_and_later_forgotten(desk, browser):
    send(browser)
    asked = LostAddress.objects.get()
    lists = reverse("admin:accounts_lostaddress_changelist")
    chosen = {"action": "settle", "_selected_action": [asked.pk]}
    assert "1 demande" in desk.post(lists, chosen).content.decode()
    asked.refresh_from_db()
    assert asked.settled_by is None, "not before it is confirmed"
    desk.post(lists, chosen | {"sure": "1"})
    asked.refresh_from_db()
    assert asked.settled_by == User.objects.get(email="anne@ville.example")
    assert forget_lost_addresses(at=TUESDAY_10H + timedelta(days=89)) == 0
    assert forget_lost_addresses(at=TUESDAY_10H + timedelta(days=90)) == 1
