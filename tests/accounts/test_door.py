"""Signing in: one door for both desks, and a second factor for the City."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from shops import reference
from tests.door import enter
from tests.shops.factories import TUESDAY_10H, make_city, make_shop

PASSWORD = "pain-au-levain-1893"
pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    """`clock(instant)` stops the clock there."""
    set_to = lambda at: monkeypatch.setattr(timezone, "now", lambda: at)  # noqa: E731
    set_to(TUESDAY_10H)
    return set_to


@pytest.fixture
def city(db):
    reference.forget()
    yield make_city()
    reference.forget()


@pytest.fixture
def person(django_user_model):
    def make(email, **fields):
        user = django_user_model.objects.create_user(email, PASSWORD, **fields)
        EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
        return user

    return make


@pytest.fixture
def marie(person):
    return person("marie@um-eck.example", name="Marie")


@pytest.fixture
def claire(person):
    user = person("claire@ville.example", name="Claire", city_roles=["moderator"])
    user.secret = generate_totp_secret()
    TOTP.activate(user, user.secret)
    return user


def code_of(secret):
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


@pytest.fixture(autouse=True)
def postman():
    """Mails wait for the worker: `postman()` lets it run."""
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:
        yield lambda: app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)


def code_in_the_mail(postman):
    postman()
    return re.search(r"^ {4}(\S+)$", mail.outbox[-1].body, re.MULTILINE).group(1)


def sign_in(client, email, password=PASSWORD):
    return client.post(reverse("account_login"), {"login": email, "password": password})


def test_marie_comes_in_with_her_password(client, marie):
    response = sign_in(client, "marie@um-eck.example")
    assert response.url == reverse("merchant:home")
    assert "Marie" in client.get(response.url).content.decode()


def test_one_link_leads_to_ones_desk_whether_one_is_in_or_not(client, marie, claire):
    """It stands at the foot of every page, and pages know nobody."""
    door = reverse("account_login")
    assert door in client.get(reverse("shops:home")).content.decode()
    assert client.get(door).status_code == 200
    client.force_login(marie)
    assert client.get(door).url == reverse("merchant:home")
    client.force_login(claire)
    assert client.get(door).url == reverse("admin:index")


def test_marie_comes_in_with_a_code(client, marie, postman):
    client.post(reverse("account_request_login_code"), {"email": "marie@um-eck.example"})
    code = code_in_the_mail(postman)
    assert mail.outbox[0].to == ["marie@um-eck.example"]
    response = client.post(reverse("account_confirm_login_code"), {"code": code})
    assert response.url == reverse("merchant:home")


def test_claire_needs_her_second_factor(client, claire):
    response = sign_in(client, "claire@ville.example")
    assert response.url == reverse("mfa_authenticate")
    assert client.get("/gestion/").status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_of(claire.secret)})
    assert client.get("/gestion/").status_code == 200


def test_a_stranger_finds_no_desk(client, marie):
    sign_in(client, "marie@um-eck.example")
    assert client.get("/gestion/").status_code == 404


def test_a_wrong_password_says_no_more_than_it_must(client, marie):
    known = sign_in(client, "marie@um-eck.example", "pas celui-là")
    unknown = sign_in(client, "personne@um-eck.example", "pas celui-là")
    for page in (known, unknown):
        assert page.status_code == 200
        assert "L’adresse ou le mot de passe n’est pas le bon." in page.text


def test_a_new_account_confirms_its_address_with_a_code(client, city, postman, django_user_model):
    client.post(reverse("account_signup"), {"email": "paul@livres.example"})
    response = client.post(
        reverse("account_email_verification_sent"), {"code": code_in_the_mail(postman)}, follow=True
    )
    assert response.status_code == 200
    paul = django_user_model.objects.get(email="paul@livres.example")
    assert EmailAddress.objects.get(user=paul).verified
    assert paul.language == "fr"
    assert not paul.is_staff


def test_an_address_that_has_an_account_is_told_by_mail_alone(client, marie, postman):
    page = client.post(reverse("account_signup"), {"email": "marie@um-eck.example"})
    assert page.url == reverse("account_email_verification_sent")
    postman()
    assert mail.outbox[0].subject == "Vous avez déjà un compte"
    assert reverse("account_reset_password") in mail.outbox[0].body


def test_a_forgotten_password_is_chosen_anew_with_a_code(client, marie, postman):
    client.post(reverse("account_reset_password"), {"email": "marie@um-eck.example"})
    code = code_in_the_mail(postman)
    client.post(reverse("account_confirm_password_reset_code"), {"code": code})
    new = "une miche de seigle, bien cuite"
    client.post(reverse("account_complete_password_reset"), {"password1": new, "password2": new})
    marie.refresh_from_db()
    assert marie.check_password(new)


def test_a_mail_is_text_and_html_in_the_language_of_whom_it_goes_to(client, person, postman):
    person("greta@ville.example", language="de")
    client.post(reverse("account_request_login_code"), {"email": "greta@ville.example"})
    code = code_in_the_mail(postman)
    letter = mail.outbox[0]
    assert letter.subject == "Ihr Anmeldecode"
    assert "Die Stadt" in letter.body
    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert code in html
    assert letter.extra_headers["Message-ID"]


class TestTheDesk:
    def test_claire_needs_a_second_factor_to_begin_with(self, client, person):
        person("new@ville.example", city_roles=["moderator"])
        sign_in(client, "new@ville.example")
        assert client.get("/gestion/").url == reverse("mfa_index")

    def test_a_session_ends_when_nobody_was_at_it(self, client, claire, clock):
        enter(client, claire)
        assert client.get("/gestion/").status_code == 200
        clock(TUESDAY_10H + timedelta(minutes=29))
        assert client.get("/gestion/").status_code == 200
        clock(TUESDAY_10H + timedelta(minutes=60))
        assert client.get("/gestion/").status_code == 302
        assert client.get("/gestion/").status_code == 302

    def test_nor_lasts_it_longer_than_a_day_of_work(self, client, claire, clock):
        enter(client, claire)
        for minutes in range(0, 8 * 60 + 40, 20):
            clock(TUESDAY_10H + timedelta(minutes=minutes))
            response = client.get("/gestion/")
        assert response.status_code == 302

    def test_a_merchant_has_twelve_hours(self, client, marie, clock):
        enter(client, marie)
        client.get(reverse("account_home"))
        clock(TUESDAY_10H + timedelta(hours=11, minutes=59))
        assert client.get(reverse("account_home")).status_code == 200
        clock(TUESDAY_10H + timedelta(hours=24))
        assert client.get(reverse("account_home")).status_code == 302

    @pytest.mark.parametrize(
        "change",
        [
            lambda user: user.set_password("une tout autre phrase"),
            lambda user: setattr(user, "city_roles", ["auditor"]),
            lambda user: setattr(user, "email", "claire@autre.example"),
            lambda user: setattr(user, "is_active", False),
        ],
        ids=["password", "roles", "address", "closed"],
    )
    def test_all_sessions_end_when_the_person_changes(self, client, claire, change):
        enter(client, claire)
        assert client.get("/gestion/").status_code == 200
        change(claire)
        claire.save()
        assert client.get("/gestion/").status_code == 302

    def test_what_a_signed_in_person_sees_is_not_kept(self, client, claire):
        enter(client, claire)
        assert client.get("/gestion/").headers["Cache-Control"] == "no-store, private"

    def test_the_auditor_sees_and_changes_nothing(self, client, person, city):
        aude = person("aude@ville.example", city_roles=["auditor"])
        shop = make_shop("Um Eck")
        enter(client, aude)
        page = client.get(reverse("admin:shops_shop_change", args=[shop.pk]))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text
        assert client.post(reverse("admin:shops_shop_change", args=[shop.pk]), {}).status_code == 403

    def test_nobody_changes_her_own_roles(self, client, person):
        admin = person("admin@ville.example", city_roles=["administrator"])
        enter(client, admin)
        page = client.get(reverse("admin:accounts_user_change", args=[admin.pk]))
        assert 'name="city_roles"' not in page.text

    def test_a_person_let_in_by_the_city_enters_by_code(self, client, person, django_user_model):
        enter(client, person("admin@ville.example", city_roles=["administrator"]))
        client.post(
            reverse("admin:accounts_user_add"),
            {"email": "frank@ville.example", "name": "Frank", "is_active": "on", "city_roles": ["finance"]},
        )
        frank = django_user_model.objects.get(email="frank@ville.example")
        assert frank.city_roles == ["finance"]
        assert not frank.has_usable_password()
        assert EmailAddress.objects.get(user=frank).verified


class TestTheFirstAdministrator:
    def run(self, *arguments):
        out = StringIO()
        call_command("create_administrator", *arguments, stdout=out)
        return out.getvalue()

    def test_she_gets_a_second_factor_shown_once(self, db, django_user_model):
        said = self.run("anne@ville.example", "--name", "Anne")
        anne = django_user_model.objects.get(email="anne@ville.example")
        assert anne.city_roles == ["administrator"]
        secret = re.search(r"application +([A-Z2-7]+=*)", said).group(1)
        assert secret in said.partition("otpauth://")[2]
        with pytest.raises(CommandError, match="--new-second-factor"):
            self.run("anne@ville.example")
        assert secret not in self.run("anne@ville.example", "--new-second-factor")

    def test_no_address_no_account(self, db):
        with pytest.raises(CommandError, match="no e-mail address"):
            self.run("anne")


def test_the_citys_desk_speaks_the_language_of_who_is_there(client, person):
    """Its addresses name none, and the computer on the counter is everybody's."""
    for language, word in (
        ("de", "Schreibtisch der Stadt"),
        ("en", "City desk"),
        ("lb", "Bureau de la Ville"),
    ):
        emile = person(f"emile-{language}@ville.example", city_roles=["administrator"], language=language)
        enter(client, emile)
        answer = client.get("/gestion/", headers={"Accept-Language": "fr"})
        assert word in answer.text
        assert answer.headers["Content-Language"] == ("fr" if language == "lb" else language)
