"""A shop's team: owners invite, remove, change roles and hand over; everybody may leave; somebody always decides."""

import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.urls import reverse

from accounts.models import User
from shops.models import (
    Event,
    Gone,
    Invitation,
    InvitationOver,
    InvitationRefused,
    LastOwner,
    Membership,
    MerchantRole,
    NotInvited,
    NotOwner,
)
from shops.models import invitation as invitations
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H

AT = TUESDAY_10H
LATER = AT + timedelta(hours=1)
OWNER, EDITOR, TILL = MerchantRole.OWNER, MerchantRole.EDITOR, MerchantRole.TILL


def of(shop, user):
    return Membership.objects.get(shop=shop, user=user)


def events(shop):
    return list(Event.objects.filter(shop=shop).order_by("pk").values_list("kind", "by"))


def ask(marie, by, email="lea@pain.example", role=EDITOR, at=AT):
    return Invitation.send(marie, email, role, by=by, at=at)


def address(name, shop, *args):
    return reverse(f"merchant:{name}", args=[shop.public_id, *args])


def text(response):
    return " ".join(response.text.replace("\N{NO-BREAK SPACE}", " ").split())


# The verbs: roles.


def test_an_owner_changes_a_role_and_the_person_hears_of_it(marie, marie_herself, anna, letters):
    of(marie, anna).change_role(TILL, by=marie_herself, at=AT)
    assert of(marie, anna).role == TILL
    assert events(marie) == [("member:role", marie_herself.pk)]
    (letter,) = letters()
    assert (letter["to"], letter["subject"]) == (anna.email, "Votre rôle a changé")
    of(marie, anna).change_role(TILL, by=marie_herself, at=AT)
    assert len(events(marie)) == 1, "the same role is no change"


def test_the_last_owner_stays_one(marie, marie_herself, anna, letters):
    for verb in (
        lambda: of(marie, marie_herself).change_role(EDITOR, by=marie_herself, at=AT),
        lambda: of(marie, marie_herself).end(by=marie_herself, at=AT),
    ):
        with pytest.raises(LastOwner):
            verb()
    assert of(marie, marie_herself).role == OWNER
    assert (events(marie), letters()) == ([], [])


def test_an_owner_whose_account_is_closed_does_not_count(marie, marie_herself, anna):
    of(marie, anna).change_role(OWNER, by=marie_herself, at=AT)
    anna.is_active = False
    anna.save()
    with pytest.raises(LastOwner):
        of(marie, marie_herself).end(by=marie_herself, at=AT)


def test_who_is_removed_has_no_access_any_more_and_is_told(marie, marie_herself, anna, letters, at_desk):
    desk = at_desk(anna)
    assert desk.get(address("shop", marie)).status_code == 200
    of(marie, anna).end(by=marie_herself, at=AT)
    assert desk.get(address("shop", marie)).status_code == 404
    assert events(marie) == [("member:removed", marie_herself.pk)]
    assert [letter["to"] for letter in letters()] == [anna.email]


def test_who_leaves_needs_no_letter(marie, marie_herself, tom, letters):
    of(marie, tom).end(by=tom, at=AT)
    assert events(marie) == [("member:left", tom.pk)]
    assert letters() == []


@pytest.mark.parametrize(("stay", "mine"), [(True, EDITOR), (False, None)])
def test_a_page_is_confided_in_one_gesture(marie, marie_herself, anna, letters, stay, mine):
    of(marie, marie_herself).hand_over(of(marie, anna), stay=stay, at=AT)
    roles = dict(Membership.objects.filter(shop=marie).values_list("user", "role"))
    assert roles == {anna.pk: OWNER} | ({marie_herself.pk: mine} if mine else {})
    assert [kind for kind, _by in events(marie)] == ["member:role", "member:role" if stay else "member:left"]
    assert [letter["to"] for letter in letters()] == [anna.email]


def test_only_an_owner_gives_a_page_away_and_only_to_who_is_there(marie, marie_herself, anna, tom):
    with pytest.raises(NotOwner):
        of(marie, anna).hand_over(of(marie, tom), stay=True, at=AT)
    gone = of(marie, tom)
    of(marie, tom).end(by=tom, at=AT)
    with pytest.raises(Gone):
        of(marie, marie_herself).hand_over(gone, stay=True, at=AT)
    assert of(marie, marie_herself).role == OWNER


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("verb", ["leave", "step down", "remove each other"])
def test_of_two_owners_who_go_at_once_one_stays(marie, marie_herself, verb):
    other = make_person("jean@boulangerie.example")
    make_member(marie, other, OWNER)
    people = [marie_herself, other]
    together, outcomes = threading.Barrier(2), []

    def go(me, colleague):
        mine, theirs = of(marie, me), of(marie, colleague)
        together.wait(10)
        try:
            if verb == "leave":
                mine.end(by=me, at=AT)
            elif verb == "step down":
                mine.change_role(EDITOR, by=me, at=AT)
            else:
                theirs.end(by=me, at=AT)
            outcomes.append("done")
        except (LastOwner, Gone) as refused:
            outcomes.append(type(refused).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=pair) for pair in (people, people[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    close_old_connections()
    assert sorted(outcomes) == ["LastOwner", "done"]
    assert Membership.objects.filter(shop=marie, role=OWNER).count() == 1


# The verbs: invitations.


def test_an_invitation_goes_by_mail_without_a_secret_in_it(marie, marie_herself, letters, settings):
    invitation = ask(marie, marie_herself, "Lea@Pain.example")
    (letter,) = letters()
    assert letter["to"] == "Lea@Pain.example"
    assert letter["link"] == f"{settings.PUBLIC_URL}{reverse('merchant:invitations')}"
    assert "Marie Muller vous invite" in letter["paragraphs"][0]
    assert (invitation.expires_at - AT).days == 14
    (event,) = Event.objects.filter(shop=marie)
    assert (event.kind, event.by) == ("invitation:sent", marie_herself)
    assert "pain.example" not in str(event.after).lower(), "what is kept for ever names nobody"


def test_it_speaks_the_language_of_who_is_invited_or_else_of_who_invites(marie, marie_herself, letters):
    make_person("greta@brot.example", language="de")
    marie_herself.language = "en"
    marie_herself.save()
    ask(marie, marie_herself, "greta@brot.example")
    ask(marie, marie_herself, "unknown@brot.example")
    assert [letter["language"] for letter in letters()] == ["de", "en"]


def test_asked_twice_is_asked_once(marie, marie_herself, letters):
    assert ask(marie, marie_herself) == ask(marie, marie_herself, "LEA@pain.example")
    assert len(letters()) == 1
    with pytest.raises(InvitationRefused, match="autre rôle"):
        ask(marie, marie_herself, role=OWNER)


def test_who_is_there_is_not_invited(marie, marie_herself, anna):
    with pytest.raises(InvitationRefused, match="déjà dans"):
        ask(marie, marie_herself, "ANNA@boulangerie.example")


def test_who_confirmed_the_address_joins(marie, marie_herself, letters):
    lea = make_person("lea@pain.example", name="Lea")
    invitation = ask(marie, marie_herself, "LEA@pain.example")
    member = invitation.accept(lea, at=LATER)
    assert (member.role, member.since_at) == (EDITOR, LATER)
    assert events(marie) == [
        ("invitation:sent", marie_herself.pk),
        ("invitation:accepted", lea.pk),
        ("member:joined", lea.pk),
    ]
    assert [letter["to"] for letter in letters()] == ["LEA@pain.example", marie_herself.email]
    with pytest.raises(InvitationOver):
        invitation.accept(lea, at=LATER)


@pytest.mark.parametrize("verb", ["accept", "decline"])
def test_nobody_else_answers(marie, marie_herself, paul_himself, verb):
    invitation = ask(marie, marie_herself)
    unconfirmed = User.objects.create_user("lea@pain.example")
    unconfirmed.emailaddress_set.create(email="lea@pain.example", verified=False, primary=True)
    for person in (paul_himself, unconfirmed):
        with pytest.raises(NotInvited):
            getattr(invitation, verb)(person, at=LATER)
    invitation.refresh_from_db()
    assert invitation.answered_at is None
    assert not Membership.objects.filter(shop=marie, user__in=[paul_himself, unconfirmed]).exists()


@pytest.mark.parametrize("how", ["late", "declined", "withdrawn", "host left", "host is no owner any more"])
def test_what_is_over_lets_nobody_in(marie, marie_herself, anna, how):
    lea = make_person("lea@pain.example")
    of(marie, anna).change_role(OWNER, by=marie_herself, at=AT)
    invitation, at = ask(marie, marie_herself), LATER
    if how == "late":
        at = AT + timedelta(days=14)
    elif how == "declined":
        invitation.decline(lea, at=AT)
    elif how == "withdrawn":
        invitation.withdraw(by=anna, at=AT)
    elif how == "host left":
        of(marie, marie_herself).end(by=anna, at=AT)
    else:
        of(marie, marie_herself).change_role(EDITOR, by=anna, at=AT)
    for verb in (invitation.accept, invitation.decline):
        with pytest.raises(InvitationOver):
            verb(lea, at=at)
    assert not Membership.objects.filter(user=lea).exists()
    assert not Invitation.objects.open(at).for_user(lea).exists()
    # Somebody who owns the shop now may ask anew.
    assert ask(marie, anna, at=at).accept(lea, at=at).role == EDITOR


def test_who_is_there_already_keeps_the_higher_role(marie, marie_herself, anna, tom):
    for user, invited, then in ((anna, TILL, EDITOR), (tom, EDITOR, EDITOR)):
        other = f"{user.pk}@ailleurs.example"
        user.emailaddress_set.create(email=other, verified=False)
        invitation = ask(marie, marie_herself, other, invited)
        user.emailaddress_set.filter(email=other).update(verified=True)
        assert invitation.accept(user, at=LATER).role == then


def test_an_invitation_is_sent_again(marie, marie_herself, letters):
    invitation = ask(marie, marie_herself)
    late = AT + timedelta(days=20)
    invitation.send_again(by=marie_herself, at=late)
    assert Invitation.objects.open(late).get() == invitation
    assert len(letters()) == 2
    invitation.withdraw(by=marie_herself, at=late)
    with pytest.raises(InvitationOver):
        invitation.send_again(by=marie_herself, at=late)


def test_a_shop_does_not_write_to_the_whole_town(marie, marie_herself, letters, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 3)
    monkeypatch.setattr(invitations, "MOST_MAILS_A_DAY", 5)
    asked = [ask(marie, marie_herself, f"{number}@pain.example") for number in range(3)]
    with pytest.raises(InvitationRefused, match="Vingt"):
        ask(marie, marie_herself, "3@pain.example")
    asked[0].send_again(by=marie_herself, at=AT)
    asked[1].withdraw(by=marie_herself, at=AT)
    ask(marie, marie_herself, "3@pain.example")
    # Withdrawing does not make room for more mails.
    for verb in (
        lambda: asked[0].send_again(by=marie_herself, at=AT),
        lambda: asked[2].withdraw(by=marie_herself, at=AT) or ask(marie, marie_herself, "4@pain.example"),
    ):
        with pytest.raises(InvitationRefused, match="Cinquante"):
            verb()
    assert len(letters()) == 5
    ask(marie, marie_herself, "4@pain.example", at=AT + timedelta(days=1, seconds=1))


@pytest.mark.django_db(transaction=True)
def test_two_owners_at_once_do_not_go_over_the_limit_together(marie, marie_herself, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_OPEN", 1)
    together, outcomes = threading.Barrier(2), []

    def send(email):
        together.wait(10)
        try:
            ask(marie, marie_herself, email)
            outcomes.append("sent")
        except InvitationRefused:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[f"{number}@pain.example"]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    close_old_connections()
    assert sorted(outcomes) == ["refused", "sent"]


def test_addresses_of_who_never_came_are_forgotten(marie, marie_herself):
    ask(marie, marie_herself)
    assert invitations.forget_old_invitations(at=AT + timedelta(days=73)) == 0
    assert invitations.forget_old_invitations(at=AT + timedelta(days=75)) == 1


# The pages.


def test_marie_sees_her_team_and_whom_she_asked(
    marie, marie_herself, anna, tom, at_desk, django_assert_num_queries
):
    ask(marie, marie_herself)
    desk = at_desk(marie_herself)
    desk.get(address("people", marie))  # the city's frame is kept from here on
    # Session, user, the catalogue's row, the shop, its people, its invitations, her own place in it.
    with django_assert_num_queries(7):
        page = text(desk.get(address("people", marie)))
    for words in ("Marie Muller", "Anna Klein", "Tom Schmit", "lea@pain.example", "caisse, depuis le 24"):
        assert words in page
    assert "Une seule personne est responsable." in page


def test_the_team_page_needs_as_many_questions_for_forty(
    marie, marie_herself, at_desk, django_assert_num_queries
):
    for number in range(20):
        make_member(marie, make_person(f"{number}@boulangerie.example"), EDITOR)
        Invitation.objects.create(
            shop=marie, email=f"{number}@pain.example", role=TILL, invited_by=marie_herself, created_at=AT,
            expires_at=LATER,
        )  # fmt: skip
    desk = at_desk(marie_herself)
    desk.get(address("people", marie))
    with django_assert_num_queries(7):
        desk.get(address("people", marie))


def every_page(shop, member, invitation):
    yield "get", address("people", shop), {}
    yield "post", address("people", shop), {"email": "eve@mal.example", "role": "owner"}
    for name in ("change_role", "remove", "hand_over"):
        yield "get", address(name, shop, member.pk), {}
        yield "post", address(name, shop, member.pk), {"role": "owner", "me": "stay"}
    yield "post", address("invitation", shop, invitation.pk), {"do": "withdraw"}


@pytest.mark.parametrize("who", ["anna", "tom", "paul_himself", "nobody"])
def test_only_its_owners_decide_on_a_team(request, client, marie, marie_herself, tom, at_desk, who):
    invitation = ask(marie, marie_herself)
    user = None if who == "nobody" else request.getfixturevalue(who)
    desk = client if user is None else at_desk(user)
    before = list(Membership.objects.order_by("pk").values())
    for method, url, data in every_page(marie, of(marie, tom), invitation):
        response = getattr(desk, method)(url, data)
        if user is None:
            assert response.url.startswith(reverse("account_login")), url
        else:
            assert response.status_code == 404, url
    assert list(Membership.objects.order_by("pk").values()) == before
    assert Invitation.objects.get().answered_at is None


def test_an_owner_decides_on_her_own_shop_alone(marie, marie_herself, paul, paul_himself, at_desk):
    """Paul's colleague and his invitation, under the address of Marie's shop."""
    make_member(paul, other := make_person("jo@librairie.example"), EDITOR)
    invitation = ask(paul, paul_himself, "eve@livre.example")
    desk = at_desk(marie_herself)
    for method, url, data in every_page(marie, of(paul, other), invitation):
        if "/equipe/" in url and not url.endswith("/equipe/"):
            assert getattr(desk, method)(url, data).status_code == 404, url
    assert of(paul, other).role == EDITOR
    assert Invitation.objects.get().answered_at is None


def test_looking_changes_nothing(marie, marie_herself, tom, at_desk):
    invitation = ask(marie, marie_herself)
    desk = at_desk(marie_herself)
    happened = events(marie)
    for url in {url for _method, url, _data in every_page(marie, of(marie, tom), invitation)}:
        for method in (desk.get, desk.head, desk.options):
            method(url, {"do": "withdraw", "role": "till"})
    desk.get(address("leave", marie))
    assert events(marie) == happened
    assert Membership.objects.filter(shop=marie).count() == 2


def test_marie_invites_and_a_double_click_is_one_invitation(marie, marie_herself, at_desk, letters):
    desk = at_desk(marie_herself)
    for _click in range(2):
        response = desk.post(address("people", marie), {"email": "lea@pain.example", "role": "till"})
        assert response.url == address("people", marie)
    invitation = Invitation.objects.get()
    assert (invitation.role, invitation.invited_by) == (TILL, marie_herself)
    assert len(letters()) == 1
    assert "L’invitation est partie" in text(desk.get(address("people", marie)))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"email": "lea(at)pain", "role": "editor"}, "À corriger"),
        ({"email": "", "role": "editor"}, "À corriger"),
        ({"email": "lea@pain.example", "role": "king"}, "À corriger"),
        ({"email": "lea@pain.example\nBcc: all@ville.example", "role": "till"}, "À corriger"),
        ({"email": "\x00@pain.example", "role": "till"}, "À corriger"),
        ({"email": "tom@boulangerie.example", "role": "editor"}, "déjà dans l’équipe"),
    ],
)
def test_a_wrong_invitation_comes_back_with_what_was_typed(marie, marie_herself, tom, at_desk, typed, said):
    response = at_desk(marie_herself).post(address("people", marie), typed)
    assert response.status_code == 200
    assert said in text(response)
    assert not Invitation.objects.exists()
    if typed["email"].isprintable():
        assert f'value="{typed["email"]}"' in response.text or not typed["email"]


def test_a_form_takes_its_own_fields_alone(marie, marie_herself, paul, at_desk):
    data = {
        "email": "lea@pain.example", "role": "till", "shop": paul.pk, "invited_by": "1", "expires_at": "2099-01-01",
        "answered_at": "2026-01-01", "user": "1",
    }  # fmt: skip
    at_desk(marie_herself).post(address("people", marie), data)
    invitation = Invitation.objects.get()
    assert (invitation.shop, invitation.expires_at) == (marie, AT + timedelta(days=14))
    assert (invitation.invited_by, invitation.answered_at) == (marie_herself, None)


def test_marie_sends_again_and_takes_back(marie, marie_herself, at_desk, letters):
    invitation = ask(marie, marie_herself)
    desk, url = at_desk(marie_herself), address("invitation", marie, invitation.pk)
    desk.post(url, {"do": "again"})
    assert len(letters()) == 2
    for _click in range(2):
        assert desk.post(url, {"do": "withdraw"}).url == address("people", marie)
    assert events(marie)[-1] == ("invitation:withdrawn", marie_herself.pk)
    desk.post(url, {"do": "again"})
    desk.post(url, {"do": "nonsense"})
    assert len(letters()) == 2
    assert [kind for kind, _by in events(marie)].count("invitation:withdrawn") == 1


def test_marie_changes_a_role_and_removes_somebody(marie, marie_herself, anna, tom, at_desk):
    desk = at_desk(marie_herself)
    url = address("change_role", marie, of(marie, tom).pk)
    assert desk.post(url, {"role": "king"}).status_code == 200
    assert desk.post(url, {"role": "editor"}).url == address("people", marie)
    assert of(marie, tom).role == EDITOR
    url = address("remove", marie, of(marie, anna).pk)
    assert "Retirer Anna Klein" in text(desk.get(url))
    for _click in range(2):
        assert desk.post(url).url == address("people", marie)
    assert not Membership.objects.filter(user=anna).exists()


def test_the_last_owner_is_told_what_to_do_instead(marie, marie_herself, anna, at_desk):
    desk = at_desk(marie_herself)
    for response in (desk.get(address("leave", marie)), desk.post(address("leave", marie))):
        assert response.status_code == 200
        assert address("hand_over", marie, of(marie, anna).pk) in response.text
        assert "<button>" not in response.text.partition("<h1>")[2].partition("</main>")[0]
    response = desk.post(address("change_role", marie, of(marie, marie_herself).pk), {"role": "till"})
    assert "confiez d’abord la page" in text(response)
    assert of(marie, marie_herself).role == OWNER


@pytest.mark.parametrize("me", ["stay", "leave"])
def test_marie_hands_over(marie, marie_herself, anna, at_desk, me):
    desk, url = at_desk(marie_herself), address("hand_over", marie, of(marie, anna).pk)
    assert "Confier la page à Anna Klein" in text(desk.get(url))
    assert desk.post(url, {"me": "perhaps"}).status_code == 200
    assert desk.post(url, {"me": me}).url == reverse("merchant:home")
    assert of(marie, anna).is_owner
    # She decides no more, and a second click has nothing to give away.
    assert desk.post(url, {"me": me}).status_code == 404
    assert Membership.objects.filter(shop=marie).count() == (2 if me == "stay" else 1)


def test_nobody_hands_over_to_herself_or_to_a_closed_account(marie, marie_herself, anna, at_desk):
    anna.is_active = False
    anna.save()
    desk = at_desk(marie_herself)
    for user in (marie_herself, anna):
        desk.post(address("hand_over", marie, of(marie, user).pk), {"me": "leave"})
    assert of(marie, marie_herself).is_owner


@pytest.mark.parametrize("who", ["tom", "anna"])
def test_everybody_may_leave_and_a_double_click_is_harmless(request, marie, marie_herself, at_desk, who):
    user = request.getfixturevalue(who)
    desk = at_desk(user)
    assert "Quitter" in desk.get(address("leave", marie)).text
    for _click in range(2):
        assert desk.post(address("leave", marie)).url == reverse("merchant:home")
    assert not Membership.objects.filter(user=user).exists()
    assert events(marie) == [("member:left", user.pk)]


def test_one_leaves_only_where_one_is(marie, marie_herself, paul_himself, at_desk):
    assert at_desk(paul_himself).post(address("leave", marie)).status_code == 404


def test_a_name_is_shown_as_it_is_written_and_nothing_more(marie, marie_herself, anna, at_desk):
    anna.name = "<script>alert(1)</script>"
    anna.save()
    for name, *args in (("people",), ("remove", of(marie, anna).pk), ("hand_over", of(marie, anna).pk)):
        page = at_desk(marie_herself).get(address(name, marie, *args)).text
        assert "&lt;script&gt;" in page
        assert "<script>alert" not in page
