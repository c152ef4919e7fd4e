"""What is kept about Marie: she takes it away, gives the page back, deletes her account. And she asks for a hand."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.models import User
from shops.models import Catalogue, Claim, Draft, Event, Membership, Report, Revision, Shop
from tests.desks.test_my_page import address, save, text
from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H

DELETE = "/fr/comptoir/supprimer-mon-compte/"


def test_she_takes_everything_away(at_desk, marie, marie_herself, paul, paul_himself):
    save(marie, marie_herself, summary="Du pain.", services=["terrace"])
    save(paul, paul_himself, summary="Des livres.")
    Draft.objects.create(
        shop=marie, user=marie_herself, section="nom", data={"name": ["U"]}, saved_at=TUESDAY_10H
    )
    Claim.objects.create(
        shop=marie, user=marie_herself, name="Marie Muller", language="fr", created_at=TUESDAY_10H
    )
    response = at_desk.get(address(marie, "data_export"))
    assert f"donnees-{marie.public_id}.json" in response["Content-Disposition"]
    kept = response.json()
    assert kept["person"]["email"] == "marie@boulangerie.example"
    assert kept["person"]["roles"][0]["role"] == "owner"
    assert kept["person"]["claims"][0]["name"] == "Marie Muller"
    assert kept["person"]["drafts"][0]["data"] == {"name": ["U"]}
    assert [change["after"] for change in kept["person"]["revisions"][0]["changes"]] == [
        ["terrace"],
        "Du pain.",
    ]
    assert {event["kind"] for event in kept["person"]["events"]} == {"facts:live", "facts:proposed"}
    assert kept["page"]["facts"]["services"] == ["terrace"]
    assert kept["page"]["waiting"] == {"summary": "Du pain."}
    assert "Des livres." not in response.content.decode()
    assert "password" not in response.content.decode()


def test_who_works_at_the_till_takes_away_what_is_his_alone(client, marie, tom):
    enter(client, tom)
    assert client.get(address(marie, "data")).status_code == 200
    kept = client.get(address(marie, "data_export")).json()
    assert kept["person"]["email"] == tom.email
    assert "page" not in kept


def test_she_gives_the_page_back(at_desk, marie, marie_herself, tom):
    save(marie, marie_herself, summary="Du pain.")
    version = Catalogue.objects.get().version
    assert "Tom Schmit" in text(at_desk.get(address(marie, "give_back")))
    response = at_desk.post(address(marie, "give_back"), follow=True)
    assert "rendu la page" in text(response)
    marie.refresh_from_db()
    assert (marie.claimed_at, marie.status, marie.memberships.count()) == (None, "published", 0)
    event = Event.objects.get(kind="page:given_back")
    assert event.by == marie_herself
    assert sorted(role for _person, role in event.before["people"]) == ["owner", "till"]
    assert Catalogue.objects.get().version == version + 1
    # It is hers no more; the second click finds nothing.
    assert at_desk.post(address(marie, "give_back")).status_code == 404


def test_only_an_owner_gives_back(client, marie, marie_herself):
    anna = make_person("anna@boulangerie.example")
    make_member(marie, anna, "editor")
    enter(client, anna)
    assert client.post(address(marie, "give_back")).status_code == 404
    assert Membership.objects.count() == 2


def test_the_last_owner_hands_over_before_she_goes(at_desk, marie, marie_herself):
    response = at_desk.post(DELETE)
    said = text(response)
    assert "Vous êtes seul responsable" in said
    assert marie.name in said
    assert User.objects.filter(pk=marie_herself.pk).exists()
    assert Membership.objects.count() == 1


def test_she_deletes_her_account_and_what_happened_stays_without_her(at_desk, marie, marie_herself):
    make_member(marie, make_person("anna@boulangerie.example"))
    save(marie, marie_herself, summary="Du pain.")
    User.objects.filter(pk=marie_herself.pk).update(last_login=TUESDAY_10H)
    assert "C’est définitif" in text(at_desk.get(DELETE))
    response = at_desk.post(DELETE, follow=True)
    assert "Votre compte est supprimé" in text(response)
    assert not User.objects.filter(pk=marie_herself.pk).exists()
    assert [member.user.email for member in marie.memberships.all()] == ["anna@boulangerie.example"]
    assert Revision.objects.get().by is None
    assert set(Event.objects.values_list("kind", "by")) == {("facts:proposed", None), ("member:left", None)}
    assert "/compte/connexion/" in at_desk.get(DELETE)["Location"]


def test_who_enters_by_codes_alone_comes_in_again_first(at_desk, marie, marie_herself):
    make_member(marie, make_person("anna@boulangerie.example"))
    User.objects.filter(pk=marie_herself.pk).update(last_login=TUESDAY_10H - timedelta(hours=1))
    assert "entrez de nouveau" in text(at_desk.get(DELETE))
    at_desk.post(DELETE)
    assert User.objects.filter(pk=marie_herself.pk).exists()


def test_who_has_a_password_confirms_it_first(at_desk, marie, marie_herself):
    make_member(marie, make_person("anna@boulangerie.example"))
    marie_herself.set_password("correct horse battery staple")
    marie_herself.save()
    enter(at_desk, marie_herself)
    for response in (at_desk.get(DELETE), at_desk.post(DELETE)):
        assert response.status_code == 302
        assert reverse("account_reauthenticate") in response["Location"]
    assert User.objects.filter(pk=marie_herself.pk).exists()


def test_who_works_for_the_city_does_not_go_by_this_door(client, claire):
    enter(client, claire)
    client.post(DELETE)
    assert User.objects.filter(pk=claire.pk).exists()


# A hand


def help_form(client, shop):
    form = client.get(address(shop, "ask")).context["form"]
    return {
        "submission": str(form["submission"].value()),
        "way": "for_me",
        "phone": "621 123 456",
        "message": "Tout.",
    }


def test_she_asks_the_city_to_do_it(at_desk, marie, marie_herself):
    data = help_form(at_desk, marie)
    for _click in range(2):
        response = at_desk.post(address(marie, "ask"), data, follow=True)
        assert "Votre demande est chez la Ville" in text(response)
    report = Report.objects.get()
    assert (report.kind, report.shop, report.email, report.language) == (
        "help",
        marie,
        marie_herself.email,
        "fr",
    )
    assert report.message.replace("\N{NO-BREAK SPACE}", " ").splitlines() == [
        "Que la Ville change ma page pour moi",
        "Téléphone : 621 123 456",
        "Tout.",
    ]


def test_what_she_needs_is_to_be_said(at_desk, marie):
    response = at_desk.post(address(marie, "ask"), help_form(at_desk, marie) | {"way": "fly"})
    assert set(response.context["form"].errors) == {"way"}
    assert not Report.objects.exists()


def test_the_public_form_offers_no_such_kind(client, marie):
    assert 'value="help"' not in text(client.get(reverse("shops:report", args=[marie.slug])))


@pytest.mark.parametrize("language", ["fr", "de", "en"])
def test_the_guide_is_for_whoever_keeps_a_page(at_desk, language):
    response = at_desk.get(f"/{language}/comptoir/guide/")
    assert response.status_code == 200
    assert f'lang="{language}"' in text(response)


def test_the_desk_has_no_luxembourgish(at_desk, marie):
    response = at_desk.get(f"/lb/comptoir/{marie.public_id}/services/")
    assert response["Location"] == f"/fr/comptoir/{marie.public_id}/services/"


def test_a_merged_shop_has_no_owner_to_lose(at_desk, marie, paul, marie_herself):
    Shop.objects.filter(pk=marie.pk).update(status="merged", merged_into=paul)
    User.objects.filter(pk=marie_herself.pk).update(last_login=TUESDAY_10H)
    at_desk.post(DELETE)
    assert not User.objects.filter(pk=marie_herself.pk).exists()
