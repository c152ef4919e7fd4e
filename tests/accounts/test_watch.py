"""The watch at the door: each thing that happens there is one row that nobody rewrites."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.cache import cache
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import SecurityEvent, forget_security_events
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
from tests.door import enter
from tests.people import make_person
from tests.shops.conftest import _nothing_kept, city, clock  # noqa: F401

pytestmark = pytest.mark.django_db
KIND = SecurityEvent.Kind
LIST = "/gestion/accounts/securityevent/"
NEW = "une miche de seigle, bien cuite"


def told():
    """What was written since the last time, in order."""
    before = getattr(told, "last", 0)
    rows = list(SecurityEvent.objects.filter(pk__gt=before).order_by("pk"))
    told.last = rows[-1].pk if rows else before
    return [(row.kind, row.how, str(row.user or "")) for row in rows]


@pytest.fixture(autouse=True)
def _from_now_on():
    told.last = 0


def test_a_merchants_day_is_told_line_by_line(client, marie):  # noqa: F811
    sign_in(client, "marie@um-eck.example", "pas celui-là")
    assert told() == [("failed", "password", "Marie")]
    sign_in(client, "marie@um-eck.example")
    assert told() == [("signed_in", "password", "Marie")]
    client.post(reverse("account_reauthenticate"), {"password": "non"})
    assert told() == [("failed", "password", "Marie")]
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert told() == [("reauthenticated", "password", "Marie")]
    client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    )
    assert told() == [("password_changed", "", "Marie")]
    client.get(reverse("account_home"))
    assert told() == []
    client.post(reverse("account_logout"))
    assert told() == [("signed_out", "", "Marie")]
    client.post(reverse("account_logout"))
    assert told() == []


def test_codes_by_mail_too(client, marie, postman):  # noqa: F811
    client.post(reverse("account_request_login_code"), {"email": "marie@um-eck.example"})
    code = code_in_the_mail(postman)
    client.post(reverse("account_confirm_login_code"), {"code": "XXXXXX"})
    assert told() == [("failed", "code", "Marie")]
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert told() == [("signed_in", "code", "Marie")]


def test_the_citys_second_factor(client, claire):  # noqa: F811
    sign_in(client, "claire@ville.example")
    assert told() == [], "half in is not in"
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert told() == [("failed", "totp", "Claire")]
    code = code_of(claire.secret)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert told() == [("signed_in", "password mfa", "Claire")]
    client.post("/gestion/logout/")
    assert told() == [("signed_out", "", "Claire")]
    # The same code again is a failed try, even when allauth has forgotten it.
    cache.delete(TOTP(claire.authenticator_set.get(type="totp"))._get_used_cache_key(code))
    sign_in(client, "claire@ville.example")
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert told() == [("failed", "totp", "Claire")]


@pytest.mark.django_db(transaction=True)
def test_factors_come_and_go(client, marie, monkeypatch):  # noqa: F811
    sign_in(client, "marie@um-eck.example")
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    told()
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert sorted(told()) == [("factor_added", "recovery_codes", "Marie"), ("factor_added", "totp", "Marie")]
    client.post(reverse("mfa_deactivate_totp"))
    assert sorted(told()) == [
        ("factor_removed", "recovery_codes", "Marie"),
        ("factor_removed", "totp", "Marie"),
    ]
    TOTP.activate(marie, generate_totp_secret())
    marie.lose_second_factor(at=timezone.now())
    assert told() == [("factor_removed", "city:totp", "Marie")]


def test_an_address_without_an_account_is_a_trace(client, marie):  # noqa: F811
    sign_in(client, "Personne@um-eck.example", "non")
    sign_in(client, "personne@um-eck.example ", "non")
    first, second = SecurityEvent.objects.order_by("pk")
    assert (first.user, first.kind) == (None, "failed")
    assert first.tried == second.tried != ""
    assert "personne" not in repr(first.__dict__).lower()


def test_from_where_is_a_trace_of_the_network(marie, settings):  # noqa: F811
    for address in ("192.0.2.7", "192.0.2.200", "198.51.100.7", "2001:db8:1:2::1", "2001:db8:1:ffff::9"):
        sign_in(Client(REMOTE_ADDR=address), "marie@um-eck.example")
    rows = list(SecurityEvent.objects.order_by("pk"))
    one, same, other, six, same_six = (row.network for row in rows)
    assert one == same
    assert six == same_six
    assert len({one, other, six}) == 3
    assert not any("192.0" in str(vars(row)) for row in rows)
    settings.SECRET_KEY = "another"
    assert SecurityEvent.trace_of_network("192.0.2.7") != one, (
        "without the key nobody finds the network again"
    )


def test_a_throttle_is_told_once_a_minute_however_hard_somebody_tries(client, marie):  # noqa: F811
    for _try in range(40):
        sign_in(client, "marie@um-eck.example", "pas celui-là")
    kinds = [kind for kind, _how, _who in told()]
    assert kinds == ["failed"] * 5 + ["throttled"] * kinds.count("throttled")
    # By the account, and by the page (30 a minute): one each.
    assert 1 <= kinds.count("throttled") <= 2


def test_nobody_rewrites_it_and_only_its_time_removes_it(marie, django_user_model):  # noqa: F811
    now = timezone.now()
    old, young = (
        SecurityEvent.objects.create(kind=KIND.SIGNED_IN, at=now - timedelta(days=days), user=marie)
        for days in (366, 364)
    )
    for forbidden in (
        lambda: SecurityEvent.objects.filter(pk=old.pk).update(how="x"),
        lambda: SecurityEvent.objects.filter(pk=young.pk).update(at=now - timedelta(days=500)),
        lambda: SecurityEvent.objects.filter(pk=young.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            forbidden()
    assert forget_security_events(at=now) == 1
    assert SecurityEvent.objects.get() == young
    marie.delete()
    assert SecurityEvent.objects.get().user is None


class TestReading:
    @pytest.fixture
    def desk(self, city):  # noqa: F811
        return enter(Client(), make_person("aude@ville.example", name="Aude", city_roles=["auditor"]))

    @pytest.mark.parametrize(
        ("role", "status"), [("moderator", 403), ("editor", 403), ("auditor", 200), ("administrator", 200)]
    )
    def test_administrators_and_auditors_read(self, city, role, status):  # noqa: F811
        browser = enter(Client(), make_person(f"{role}@ville.example", city_roles=[role]))
        assert browser.get(LIST).status_code == status
        assert browser.get(f"{LIST}csv/").status_code == {403: 404}.get(status, status)

    def test_it_is_found_by_person_by_network_and_by_address_tried(self, desk, marie):  # noqa: F811
        sign_in(Client(REMOTE_ADDR="192.0.2.7"), "marie@um-eck.example")
        sign_in(Client(REMOTE_ADDR="198.51.100.7"), "personne@um-eck.example")
        for words, found in (
            ("marie@um", ["signed_in"]),
            ("192.0.2.99", ["signed_in"]),
            ("Personne@um-eck.example", ["failed"]),
            ("203.0.113.1", []),
        ):
            response = desk.get(LIST, {"q": words})
            assert [row.kind for row in response.context["cl"].result_list] == found, words
            assert len(desk.get(f"{LIST}csv/", {"q": words}).text.splitlines()) == 1 + len(found)

    def test_the_table_says_it_in_utc_and_computes_nothing(self, desk):
        evil = make_person("=1+1@um-eck.example")
        SecurityEvent.objects.create(kind="signed_in", at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC), user=evil)
        text = desk.get(f"{LIST}csv/").text
        assert '"2026-07-01T22:30:00+00:00";"entrée"' in text
        assert '"\'=1+1@um-eck.example"' in text

    def test_a_question_that_makes_no_sense_leads_to_the_list(self, desk):
        assert desk.get(f"{LIST}csv/", {"at__nonsense": "x"}).status_code == 302
        assert desk.get(f"{LIST}csv/", {"q": "\x00"}).status_code in (200, 302)

    def test_as_many_questions_with_fifty_rows_as_with_one(self, desk, marie, django_assert_max_num_queries):  # noqa: F811
        for number in range(60):
            SecurityEvent.objects.create(
                kind="failed", at=timezone.now() - timedelta(hours=number), user=marie
            )
        desk.get(LIST)
        # The catalogue's row, session, person, her second factor, two counts, the rows; the table counts, too, before.
        with django_assert_max_num_queries(8):
            assert desk.get(LIST).text.count("essai manqué") >= 50
        with django_assert_max_num_queries(8):
            desk.get(f"{LIST}csv/")

    def test_nobody_changes_a_row(self, city, marie):  # noqa: F811
        admin = enter(Client(), make_person("anne@ville.example", city_roles=["administrator"]))
        row = SecurityEvent.objects.create(kind="failed", at=timezone.now(), user=marie)
        assert admin.get(f"{LIST}{row.pk}/change/").status_code == 200
        for verb in ("change", "delete"):
            assert admin.post(f"{LIST}{row.pk}/{verb}/", {"post": "yes"}).status_code == 403
        assert admin.post(f"{LIST}add/", {}).status_code == 403
