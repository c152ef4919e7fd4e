"""Who changes how she comes in shows once more that it is she."""

import time

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.urls import reverse

from tests.accounts.test_door import (  # noqa: F401
    PASSWORD,
    claire,
    code_in_the_mail,
    code_of,
    marie,
    person,
    postman,
    sign_in,
)

pytestmark = pytest.mark.django_db
NEW = {"email": "marie@neuf.example", "action_add": "1"}


def later(client, minutes=16):
    """So much later, in the same session."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        record | {"at": time.time() - minutes * 60} for record in session[AUTHENTICATION_METHODS_SESSION_KEY]
    ]
    session.save()


def enter_by_code(client, postman, email):  # noqa: F811
    client.post(reverse("account_request_login_code"), {"email": email})
    client.post(reverse("account_confirm_login_code"), {"code": code_in_the_mail(postman)})


def waiting(user):
    return [address.email for address in EmailAddress.objects.filter(user=user, verified=False)]


def test_another_address_asks_for_the_password_again(client, marie, postman):  # noqa: F811
    sign_in(client, "marie@um-eck.example")
    asked = client.post(reverse("account_email"), NEW)
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert waiting(marie) == []
    # Wrong: nothing. Right: what she had typed is done.
    assert (
        client.post(asked.url, {"password": "pas celui-là", "next": reverse("account_email")}).status_code
        == 200
    )
    assert waiting(marie) == []
    client.post(asked.url, {"password": PASSWORD, "next": reverse("account_email")})
    postman()
    assert (
        client.post(
            reverse("account_email_verification_sent"), {"code": code_in_the_mail(postman)}
        ).status_code
        == 302
    )
    marie.refresh_from_db()
    assert marie.email == "marie@neuf.example"


def test_for_the_city_the_second_factor_will_do(client, claire, postman):  # noqa: F811
    sign_in(client, "claire@ville.example")
    client.post(reverse("mfa_authenticate"), {"code": code_of(claire.secret)})
    asked = client.post(reverse("account_email"), NEW | {"email": "claire@neuf.example"})
    assert asked.url.startswith(reverse("account_reauthenticate"))
    assert reverse("mfa_reauthenticate") in client.get(asked.url).text
    assert waiting(claire) == []


@pytest.mark.parametrize(
    "page", ["account_email", "account_set_password", "mfa_activate_totp", "mfa_add_webauthn"]
)
def test_who_has_but_codes_comes_in_anew_first(client, person, postman, page):  # noqa: F811
    nora = person("nora@um-eck.example")
    nora.set_unusable_password()
    nora.save()
    enter_by_code(client, postman, "nora@um-eck.example")
    assert "montrez que c’est bien vous" not in client.get(reverse(page)).text
    later(client)
    for answer in (client.get(reverse(page)), client.post(reverse(page), NEW)):
        assert answer.status_code == 200
        assert "montrez que c’est bien vous" in answer.text
    assert waiting(nora) == []
    # The button leads out, and by a new code back to the page.
    back_in = f"{reverse('account_request_login_code')}?next={reverse(page).replace('/', '%2F')}"
    assert f'value="{back_in}"' in answer.text
    out = client.post(reverse("account_logout"), {"next": back_in})
    assert out.url == back_in
    assert reverse(page) in client.get(out.url).text
