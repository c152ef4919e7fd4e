"""The merchants' desk begins with where one works, and with what one is asked to join."""

from datetime import timedelta

import pytest
from django.urls import reverse

from shops.models import Invitation, Membership, MerchantRole
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop

AT = TUESDAY_10H
HOME, INVITATIONS = "/fr/comptoir/", "/fr/comptoir/invitations/"


@pytest.fixture
def lea(city):
    """Lea, who has an account and no shop yet."""
    return make_person("lea@pain.example", name="Lea Hoffmann")


@pytest.fixture
def invitation(marie, marie_herself):
    return Invitation.send(marie, "lea@pain.example", MerchantRole.EDITOR, by=marie_herself, at=AT)


@pytest.mark.parametrize("address", [HOME, INVITATIONS])
def test_nobody_comes_in_without_signing_in(client, city, address):
    assert client.get(address).url == f"{reverse('account_login')}?next={address}"


def test_who_keeps_one_page_is_sent_straight_to_it(marie, marie_herself, at_desk):
    assert at_desk(marie_herself).get(HOME).url == reverse("merchant:shop", args=[marie.public_id])


def test_an_invitation_waits_even_for_who_keeps_one_page(marie, paul, paul_himself, marie_herself, at_desk):
    Invitation.send(paul, marie_herself.email, MerchantRole.EDITOR, by=paul_himself, at=AT)
    page = at_desk(marie_herself).get(HOME)
    assert page.status_code == 200
    assert paul.name in page.text


def test_a_chain_sees_its_branches_with_her_role_in_each(
    marie, marie_herself, at_desk, django_assert_num_queries
):
    for number in range(12):
        make_member(make_shop(f"Succursale {number}"), marie_herself, MerchantRole.EDITOR)
    desk = at_desk(marie_herself)
    desk.get(HOME)
    # Session, user, the catalogue's row, her shops, her addresses, her invitations.
    with django_assert_num_queries(6):
        page = desk.get(HOME)
    assert page.text.count('class="tile"') == 13
    assert "responsable" in page.text
    assert "rédaction" in page.text


def test_at_the_till_there_is_no_page_to_write(marie, tom, at_desk):
    desk = at_desk(tom)
    page = desk.get(HOME)
    assert page.status_code == 200
    assert marie.name in page.text
    assert "bons d’achat" in page.text
    assert f'href="{reverse("merchant:shop", args=[marie.public_id])}"' not in page.text
    assert desk.get(reverse("merchant:shop", args=[marie.public_id])).status_code == 404


def test_who_has_no_shop_yet_is_shown_the_way(lea, at_desk):
    page = at_desk(lea).get(HOME).text
    assert reverse("shops:list") in page
    assert reverse("merchant:propose") in page
    assert reverse("merchant:claims") in page
    assert "lea@pain.example" in page


def test_a_merged_page_is_nobodys(marie, paul, marie_herself, at_desk):
    marie.merge_into(paul, by=None, at=AT)
    assert marie.name not in at_desk(marie_herself).get(HOME).text


def test_lea_accepts(marie, lea, invitation, at_desk):
    desk = at_desk(lea)
    for address in (HOME, INVITATIONS):
        assert "Marie Muller vous invite" in desk.get(address).text
    for _click in range(2):
        response = desk.post(INVITATIONS, {"invitation": invitation.pk, "answer": "accept"})
        assert response.url == reverse("merchant:shop", args=[marie.public_id])
    assert Membership.objects.get(user=lea).role == MerchantRole.EDITOR


def test_lea_declines(lea, invitation, at_desk):
    desk = at_desk(lea)
    desk.post(INVITATIONS, {"invitation": invitation.pk, "answer": "decline"})
    assert not Membership.objects.filter(user=lea).exists()
    assert "Aucune invitation" in desk.get(INVITATIONS).text
    response = desk.post(INVITATIONS, {"invitation": invitation.pk, "answer": "accept"}, follow=True)
    assert "plus ouverte" in response.text


def test_at_the_till_one_comes_home(lea, marie, marie_herself, at_desk):
    asked = Invitation.send(marie, lea.email, MerchantRole.TILL, by=marie_herself, at=AT)
    response = at_desk(lea).post(INVITATIONS, {"invitation": asked.pk, "answer": "accept"})
    assert response.url == HOME


def test_too_late_is_said(lea, invitation, at_desk, clock):
    clock(AT + timedelta(days=15))
    desk = at_desk(lea)
    assert "Aucune invitation" in desk.get(INVITATIONS).text
    response = desk.post(INVITATIONS, {"invitation": invitation.pk, "answer": "accept"}, follow=True)
    assert "plus ouverte" in response.text
    assert not Membership.objects.filter(user=lea).exists()


def test_another_account_is_told_which_one_it_is(paul_himself, invitation, at_desk):
    desk = at_desk(paul_himself)
    page = desk.get(INVITATIONS).text
    assert "paul@librairie.example" in page
    assert "Entrer avec une autre adresse" in page
    for answer in ("accept", "decline"):
        data = {"invitation": invitation.pk, "answer": answer}
        assert desk.post(INVITATIONS, data).status_code == 404
    invitation.refresh_from_db()
    assert invitation.answered_at is None


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ({}, 200),
        ({"answer": "\x00"}, 200),
        ({"invitation": "x", "answer": "accept"}, 404),
        ({"invitation": "99999999999999999999"}, 404),
    ],
)
def test_nonsense_answers_nothing(lea, invitation, at_desk, data, status):
    assert at_desk(lea).post(INVITATIONS, data).status_code == status
    invitation.refresh_from_db()
    assert invitation.answered_at is None


def test_a_mail_scanner_that_opens_the_link_answers_nothing(client, lea, invitation, at_desk, letters):
    (letter,) = letters()
    path = "/" + letter["link"].split("/", 3)[3]
    for browser in (client, at_desk(lea)):
        for method in (browser.get, browser.head, browser.options):
            method(path, {"invitation": invitation.pk, "answer": "accept"})
    invitation.refresh_from_db()
    assert invitation.answered_at is None


def test_a_new_account_finds_its_invitation(client, marie, invitation, letters):
    """From the mail to the page: sign up with the address, copy the code, answer."""
    link = client.get(INVITATIONS)
    signup = client.get(link.url).context["signup_url"]
    client.post(signup, {"email": "lea@pain.example", "next": INVITATIONS})
    code = letters()[-1]["code"]
    response = client.post(reverse("account_email_verification_sent"), {"code": code})
    assert response.url == INVITATIONS
    assert "Marie Muller vous invite" in client.get(INVITATIONS).text


# Whose session ended while she was at it.


def test_what_cannot_be_taken_any_more_is_told_and_she_comes_back_to_the_page(client, marie, marie_herself):
    hours = reverse("merchant:hours", args=[marie.public_id])
    sent = client.post(
        reverse("merchant:hours_close", args=[marie.public_id]),
        headers={"Referer": f"http://testserver{hours}"},
    )
    assert sent.url == f"{reverse('account_login')}?next={hours}"
    assert "rien n’a été enregistré" in client.get(sent.url).text


def test_a_part_of_a_page_takes_the_whole_page_to_the_door(client, marie):
    hours = reverse("merchant:hours", args=[marie.public_id])
    sent = client.post(
        reverse("merchant:hours_holiday", args=[marie.public_id]),
        headers={"HX-Request": "true", "HX-Current-URL": f"http://testserver{hours}"},
    )
    assert sent.headers["HX-Redirect"] == f"{reverse('account_login')}?next={hours}"


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/fr/comptoir/", "//evil.example/", "javascript:alert(1)", ""]
)
def test_nobody_is_sent_elsewhere_from_the_door(client, marie, elsewhere):
    sent = client.post(
        reverse("merchant:hours_close", args=[marie.public_id]), headers={"Referer": elsewhere}
    )
    assert sent.url == f"{reverse('account_login')}?next={reverse('account_home')}"


def test_an_address_that_only_takes_forms_says_so_to_who_opens_it(client, marie):
    response = client.get(reverse("merchant:undo", args=[marie.public_id]).replace("/fr/", "/de/"))
    assert response.status_code == 405
    assert response.headers["Allow"] == "POST"
    said = response.content.decode()
    assert "nichts zu lesen" in said
    assert "/de/commerces/" in said
    assert not response.cookies


def test_a_machine_is_answered_by_the_status_alone(client, marie):
    response = client.post("/fr/commerces/")
    assert response.status_code == 405
    assert response.content == b""
