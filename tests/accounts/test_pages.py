"""The pages of signing in and of one's account: named once, worded by us, in the reader's language."""

import re

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.urls import reverse
from django.utils import translation

from tests.door import enter
from tests.people import make_person

pytestmark = pytest.mark.django_db
OUTSIDE = ["account_login", "account_request_login_code", "account_signup", "account_reset_password"]
INSIDE = [
    "account_home", "account_email", "account_change_password", "account_reauthenticate", "account_logout", "mfa_index",
    "mfa_reauthenticate", "mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_list_webauthn",
    "mfa_add_webauthn",
]  # fmt: skip


@pytest.fixture
def claire():
    user = make_person("claire@ville.example", name="Claire", city_roles=["moderator"])
    user.set_password("pain-au-levain-1893")
    user.save()
    return user


@pytest.fixture
def inside(client, claire):
    """Claire's browser, soon after she showed once more that it is she."""
    enter(client, claire)
    RecoveryCodes.activate(claire)
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY][0]["reauthenticated"] = True
    session.save()
    return client


def heading(page):
    title = re.search(r"<title>(.*?) – Vitrine", page, re.DOTALL).group(1)
    return title, re.search(r"<h1>(.*?)</h1>", page, re.DOTALL).group(1)


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_page_before_the_door_has_one_name_and_no_placeholder(client, name):
    response = client.get(reverse(name))
    assert response.status_code == 200
    title, h1 = heading(response.text)
    assert title == h1 != ""
    assert "placeholder" not in response.text.partition("<main")[2]


@pytest.mark.parametrize("name", INSIDE)
def test_a_page_behind_the_door_has_one_name_and_no_placeholder(inside, name):
    response = inside.get(reverse(name))
    assert response.status_code == 200, response.headers.get("Location")
    title, h1 = heading(response.text)
    assert title == h1 != ""
    assert "placeholder" not in response.text.partition("<main")[2]


def test_a_page_that_has_to_be_corrected_says_so_in_its_title(client):
    title, h1 = heading(client.post(reverse("account_login"), {}).text)
    assert title == f"À corriger – {h1}"


@pytest.mark.parametrize(
    ("language", "password", "code"),
    [
        ("fr", "Par le mot de passe", "Par un code de l’application, ou un code de secours"),
        ("de", "Mit dem Passwort", "Mit einem Code aus der App oder einem Ersatzcode"),
        ("en", "With your password", "With a code from the app, or a recovery code"),
        ("lb", "Mam Passwuert", "Mat engem Code aus der App oder engem Reservcode"),
    ],
)
def test_the_other_ways_to_show_that_it_is_she_are_said_in_her_language(inside, language, password, code):
    with translation.override(language):
        first, second = reverse("account_reauthenticate"), reverse("mfa_reauthenticate")
    assert code in inside.get(first).text
    assert password in inside.get(second).text


@pytest.mark.parametrize("name", ["account_signup", "account_request_login_code", "account_reset_password"])
def test_an_address_too_long_for_us_is_refused_not_cut(client, name):
    typed = "a" * 300 + "@boulangerie.example"
    page = client.post(reverse(name), {"email": typed, "login": typed})
    assert page.status_code == 200
    assert "254" in page.text
    assert typed in page.text
