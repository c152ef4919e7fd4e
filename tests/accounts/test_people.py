"""What an administrator does for people at the desk: a lost second factor, somebody who goes; and the way out."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from shops.models import Event, Membership
from tests.door import enter
from tests.people import claire, make_member, make_person, marie_herself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie  # noqa: F401
from vitrine.letters import Letter

pytestmark = pytest.mark.django_db


@pytest.fixture
def posted(monkeypatch):
    """The letters handed to the worker."""
    letters = []
    monkeypatch.setattr(Letter, "post", lambda self: letters.append(self))
    return letters


@pytest.fixture
def anne(city):  # noqa: F811
    """Anne, who administers the desk."""
    return make_person("anne@ville.example", name="Anne", city_roles=["administrator"])


@pytest.fixture
def desk(anne):
    return enter(Client(), anne)


def lost(user):
    return reverse("admin:accounts_user_second_factor", args=[user.pk])


class TestALostSecondFactor:
    def test_claire_gets_in_again_and_stays_what_she_is(self, desk, anne, claire, posted):  # noqa: F811
        hers = enter(Client(), claire)
        RecoveryCodes.activate(claire)
        assert hers.get("/gestion/").status_code == 200
        card = desk.get(reverse("admin:accounts_user_change", args=[claire.pk])).text
        assert f'href="{lost(claire)}"' in card
        asked = desk.get(lost(claire))
        assert "claire@ville.example" in asked.text
        assert claire.authenticator_set.count() == 2, "looking changes nothing"
        assert desk.post(lost(claire)).url == reverse("admin:accounts_user_change", args=[claire.pk])
        claire.refresh_from_db()
        assert not claire.authenticator_set.exists()
        assert claire.city_roles == ["moderator"]
        # All her sessions end, and the next one begins with a new second factor.
        assert hers.get("/gestion/").status_code == 302
        assert hers.get(reverse("account_home")).status_code == 302
        again = Client()
        again.force_login(claire)
        assert again.get("/gestion/").url == reverse("mfa_index")
        (letter,) = posted
        assert (letter.to, letter.subject) == ("claire@ville.example", "Votre second facteur est enlevé")
        (event,) = Event.objects.filter(kind="person:second_factor")
        assert (event.by, event.before, event.after) == (anne, {"person": claire.pk}, {"person": claire.pk})
        assert lost(claire) not in desk.get(reverse("admin:accounts_user_change", args=[claire.pk])).text

    def test_twice_is_once(self, desk, claire, posted):  # noqa: F811
        enter(Client(), claire)
        desk.post(lost(claire))
        desk.post(lost(claire))
        assert len(posted) == 1
        assert Event.objects.filter(kind="person:second_factor").count() == 1

    def test_ones_own_is_not_lost(self, desk, anne):
        assert desk.post(lost(anne)).status_code == 404
        assert anne.authenticator_set.exists()

    @pytest.mark.parametrize("role", ["moderator", "auditor"])
    def test_nobody_else_takes_it(self, claire, role):  # noqa: F811
        enter(Client(), claire)
        other = make_person("aude@ville.example", city_roles=[role])
        assert enter(Client(), other).post(lost(claire)).status_code in (403, 404)
        assert claire.authenticator_set.exists()

    def test_the_command_gives_another_and_no_role(self, claire):  # noqa: F811
        hers = enter(Client(), claire)
        before = Authenticator.objects.get(user=claire, type="totp").pk
        out = StringIO()
        call_command("create_administrator", "claire@ville.example", "--new-second-factor", stdout=out)
        claire.refresh_from_db()
        assert claire.city_roles == ["moderator"]
        assert "keeps her roles" in out.getvalue()
        assert Authenticator.objects.get(user=claire, type="totp").pk != before
        assert hers.get("/gestion/").status_code == 302
        with pytest.raises(CommandError, match="Nobody has an account"):
            call_command("create_administrator", "personne@ville.example", "--new-second-factor")


class TestWhoGoes:
    def test_people_go_one_by_one(self, desk, claire):  # noqa: F811
        people = reverse("admin:accounts_user_changelist")
        assert "delete_selected" not in desk.get(people).text
        desk.post(people, {"action": "delete_selected", "_selected_action": [claire.pk], "post": "yes"})
        assert get_user_model().objects.filter(pk=claire.pk).exists()

    def test_the_last_owner_stays_until_she_handed_over(self, desk, marie, marie_herself):  # noqa: F811
        address = reverse("admin:accounts_user_delete", args=[marie_herself.pk])
        for page in (desk.get(address), desk.post(address, {"post": "yes"})):
            assert "personne d’autre n’en est responsable" in page.text
            assert marie.name in page.text
        assert Membership.objects.filter(user=marie_herself).exists()
        # A closed account owns nothing that anybody could reach.
        make_member(marie, make_person("partie@boulangerie.example", is_active=False))
        assert "personne d’autre" in desk.post(address, {"post": "yes"}).text
        make_member(marie, make_person("anna@boulangerie.example"))
        assert desk.post(address, {"post": "yes"}).status_code == 302
        assert not get_user_model().objects.filter(pk=marie_herself.pk).exists()

    def test_who_was_first_makes_the_second_ask_again(self, desk, marie, marie_herself, monkeypatch):  # noqa: F811
        monkeypatch.setattr("shops.editing.leaving.shops_only_hers", lambda user: [])
        address = reverse("admin:accounts_user_delete", args=[marie_herself.pk])
        assert desk.post(address, {"post": "yes"}).url == address
        assert Membership.objects.filter(user=marie_herself).exists()
        assert not Event.objects.filter(kind="person:deleted").exists()

    def test_what_she_did_is_told_of_each_page(self, desk, anne, marie, marie_herself, tom, posted):  # noqa: F811
        number = tom.pk
        desk.post(reverse("admin:accounts_user_delete", args=[tom.pk]), {"post": "yes"})
        (left,) = Event.objects.filter(shop=marie, kind__startswith="member:")
        assert left.by == anne
        (gone,) = Event.objects.filter(kind="person:deleted")
        assert gone.before == {"person": number, "city_roles": []}


@pytest.mark.parametrize("door", ["account_logout", "admin:logout"])
def test_who_goes_out_leaves_no_page_in_the_browser(desk, door):
    assert "Clear-Site-Data" not in desk.get("/gestion/").headers
    assert desk.post(reverse(door)).headers["Clear-Site-Data"] == '"cache"'


def test_so_does_who_was_sent_out(desk, settings):
    desk.get("/gestion/")
    settings.CITY_LONGEST_SECONDS = -1
    assert desk.get("/gestion/").headers["Clear-Site-Data"] == '"cache"'


def test_who_was_never_in_keeps_what_the_browser_has(client, city):  # noqa: F811
    assert "Clear-Site-Data" not in client.get(reverse("account_login")).headers
    assert "Clear-Site-Data" not in client.post(reverse("account_logout")).headers
