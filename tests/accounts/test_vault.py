"""What second factors are made of is sealed: a copy of the database alone opens nothing."""

from importlib import import_module
from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.urls import reverse

from accounts import vault
from tests.accounts.test_door import claire, code_of, person, sign_in  # noqa: F401

pytestmark = pytest.mark.django_db


def stored():
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(data::text, ' ') FROM mfa_authenticator")
        return cursor.fetchone()[0]


def kept(user, type_):
    return Authenticator.objects.get(user=user, type=type_).wrap()


def test_neither_the_secret_nor_the_seed_stands_in_the_database(claire):  # noqa: F811
    codes = RecoveryCodes.activate(claire)
    seed = vault.unseal(codes.instance.data["seed"])
    assert len(seed) == 80
    assert claire.secret not in stored()
    assert seed not in stored()
    assert kept(claire, "totp").validate_code(code_of(claire.secret))
    assert kept(claire, "recovery_codes").validate_code(codes.get_unused_codes()[3])


def test_after_another_key_the_one_before_still_opens(claire, settings):  # noqa: F811
    codes = RecoveryCodes.activate(claire).get_unused_codes()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another"
    assert kept(claire, "totp").validate_code(code_of(claire.secret))
    call_command("seal_second_factors", stdout=StringIO())
    settings.SECRET_KEY_FALLBACKS = []
    assert vault.unseal(kept(claire, "totp").instance.data["secret"]) == claire.secret
    assert kept(claire, "recovery_codes").get_unused_codes() == codes


def test_without_the_key_no_code_is_right_and_no_page_breaks(client, claire, settings, caplog):  # noqa: F811
    settings.SECRET_KEY = "another"
    told, stays = StringIO(), stored()
    call_command("seal_second_factors", stdout=StringIO(), stderr=told)
    assert told.getvalue().startswith("1 cannot be opened")
    assert stored() == stays
    sign_in(client, "claire@ville.example")
    for secret in (claire.secret, ""):
        page = client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
        assert page.status_code == 200
        assert "Ce code n’est pas le bon." in page.text
    assert "SECRET_KEY" in caplog.text


def test_what_was_stored_before_is_read_and_the_migration_seals_it(claire):  # noqa: F811
    migration = import_module("accounts.migrations.0005_sealed_second_factors")
    secret, seed = generate_totp_secret(), "0a" * 40
    Authenticator.objects.all().delete()
    Authenticator.objects.create(user=claire, type="totp", data={"secret": secret})
    Authenticator.objects.create(user=claire, type="recovery_codes", data={"seed": seed, "used_mask": 2})
    codes = kept(claire, "recovery_codes").get_unused_codes()
    assert TOTP(kept(claire, "totp").instance).validate_code(code_of(secret))
    migration.seal(apps, connection.schema_editor(atomic=False))
    assert secret not in stored()
    assert seed not in stored()
    assert vault.unseal(kept(claire, "totp").instance.data["secret"]) == secret
    assert kept(claire, "recovery_codes").get_unused_codes() == codes
    migration.unseal(apps, connection.schema_editor(atomic=False))
    assert secret in stored()
