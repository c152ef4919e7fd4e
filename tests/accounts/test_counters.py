"""What the door remembers of tries and of used codes, while somebody tries to make it forget."""

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tests.accounts.test_door import PASSWORD, claire, code_of, marie, person, sign_in  # noqa: F401
from tests.shops.conftest import city  # noqa: F401

pytestmark = pytest.mark.django_db


def crowd_in(keys=1000):
    """So many others try something meanwhile, each under keys of their own, before and after anybody's by the alphabet."""
    for number in range(keys // 2):
        cache.set(f"!{number}", [0.0], 300)
        cache.set(f"~{number}", [0.0], 300)


def test_a_thousand_others_make_it_forget_no_wrong_password(client, marie):  # noqa: F811
    for _try in range(5):
        sign_in(client, "marie@um-eck.example", "pas celui-là")
    crowd_in()
    assert "Trop d’essais" in sign_in(client, "marie@um-eck.example").text
    # From elsewhere she comes in all the while.
    assert sign_in(Client(REMOTE_ADDR="192.0.2.7"), "marie@um-eck.example").status_code == 302


def test_a_thousand_others_make_it_forget_no_used_code(claire):  # noqa: F811
    totp = TOTP(claire.authenticator_set.get())
    code = code_of(claire.secret)
    assert totp.validate_code(code)
    crowd_in()
    assert not totp.validate_code(code)


def test_a_code_that_was_seen_over_her_shoulder_opens_nothing(client, claire):  # noqa: F811
    code = code_of(claire.secret)
    for browser, opens in ((client, True), (Client(), False)):
        sign_in(browser, "claire@ville.example", PASSWORD)
        browser.post(reverse("mfa_authenticate"), {"code": code})
        assert (browser.get("/gestion/").status_code == 200) is opens


def test_nor_does_it_half_a_minute_later(client, claire):  # noqa: F811
    """A code is good for a minute and a half; allauth remembers for half a minute that it was used."""
    code = code_of(claire.secret)
    sign_in(client, "claire@ville.example", PASSWORD)
    client.post(reverse("mfa_authenticate"), {"code": code})
    cache.delete(TOTP(claire.authenticator_set.get(type="totp"))._get_used_cache_key(code))
    late = Client()
    sign_in(late, "claire@ville.example", PASSWORD)
    assert "Ce code n’est pas le bon." in late.post(reverse("mfa_authenticate"), {"code": code}).text
    assert late.get("/gestion/").status_code == 302
