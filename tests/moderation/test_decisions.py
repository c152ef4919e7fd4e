"""One shop's changes, side by side: Claire accepts, refuses, puts right, leaves for later, takes back."""

from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from shops.editing import replies, revisions
from shops.editing.revisions import Accept, NotAllowed, Refuse
from shops.models import Change, Event, MerchantRole, Shop
from shops.vocabulary import ConfirmedBy
from tests.door import enter
from tests.moderation.conftest import MONDAY_10H, decision, propose
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop

State = Change.State
PAGE = "/gestion/moderation/mar1eeck/"


def letters():
    return [
        job.args["letter"] for job in ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter")
    ]


def test_old_and_new_stand_side_by_side_with_what_goes_and_what_comes(desk, marie, marie_herself):
    Shop.objects.filter(pk=marie.pk).update(summary="Du pain blanc au levain.")
    propose(marie, marie_herself, summary="Du pain complet au levain.")
    page = desk.get(PAGE).content.decode()
    assert "[enlevé] </span>blanc<span" in page
    assert "[ajouté] </span>complet<span" in page


def test_what_a_merchant_wrote_is_text_and_nothing_else(desk, marie, marie_herself):
    propose(
        marie,
        marie_herself,
        summary="<script>alert(1)</script>",
        links=[["website", 'https://evil.example/"><script>alert(2)</script>']],
        service_notes={"delivery": "<img src=x onerror=alert(3)>"},
        special_days=[
            {"start_on": "2026-12-24", "end_on": "2026-12-24", "hours": "", "reason": "other", "note": "<b>x"}
        ],
    )
    for pile in ("", "?pile=controle"):
        page = desk.get(PAGE + pile).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b>x" not in page
        assert "&lt;script&gt;" in page


def test_hours_are_two_week_tables(desk, marie, marie_herself):
    propose(marie, marie_herself, opening_hours="Mo-Fr 06:00-20:00; Sa 07:00-13:00")
    page = desk.get(PAGE).content.decode()
    assert page.count('<tr class="changed">') == 2, "Saturday and Sunday"
    assert "dimanche" in page


def test_hours_that_no_table_shows_are_shown_as_written(desk, marie, marie_herself):
    propose(marie, marie_herself, opening_hours="Mo-Fr sunrise-sunset")
    assert "sunrise" in desk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("services", ["pickup", "gift_wrap"], "Emballage cadeau"),
        ("category", "cafe", "Café"),
        ("district", ["bonnevoie", True], "Bonnevoie"),
        ("position", [49.6, 6.13], "Déplacé de"),
        ("accessibility", {"toilet": "no"}, "Toilettes accessibles en fauteuil"),
        ("links", [["website", "https://www.um-eck.example/pain"]], "um-eck.example"),
        ("other_categories", ["cafe"], "Café"),
    ],
)
def test_every_kind_of_fact_is_readable(desk, marie, marie_herself, field, value, said):
    propose(marie, marie_herself, **{field: value})
    assert said in desk.get(PAGE).content.decode()


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("name", "Garage Rapide", "presque rien de l’ancien"),
        ("name", "BOULANGERIE UM ECK", "majuscules"),
        ("description", "Appelez le 26 12 34 56", "numéro de téléphone"),
        ("description", "Voyez www.ailleurs.example", "adresse e-mail ou un lien"),
        ("description", "Croissant à 2 €", "prix ou d’une remise"),
        ("links", [["website", "https://ailleurs.example/"]], "un site qui n’y était pas"),
    ],
)
def test_what_to_look_at_twice_is_said_in_words(desk, marie, marie_herself, field, value, hint):
    marie_herself.created_at = TUESDAY_10H - timedelta(days=300)
    marie_herself.save()
    propose(marie, marie_herself, **{field: value})
    page = desk.get(PAGE)
    (card,) = page.context["cards"]
    assert any(hint in one for one in card.hints), card.hints
    assert page.context["hints"] == []


def test_a_young_account_is_said(desk, marie, marie_herself):
    marie_herself.created_at = TUESDAY_10H - timedelta(days=2)
    marie_herself.save()
    propose(marie, marie_herself, summary="Du pain.")
    assert "moins d’une semaine" in desk.get(PAGE).content.decode()


def test_one_fact_is_accepted_one_refused_one_left_for_later(desk, claire, marie, marie_herself):
    made = propose(marie, marie_herself, summary="Du pain.", name="Meilleur pain !", street="Grand-Rue")
    answer = desk.post(
        PAGE,
        decision(made["summary"], "accept")
        | decision(made["name"], "refuse", reason="advertising", words="Le nom seul.")
        | decision(made["street"], "later"),
        follow=True,
    )
    marie.refresh_from_db()
    assert (marie.summary, marie.name, marie.street) == (
        "Du pain.",
        "Boulangerie Um Eck",
        "Avenue de la Gare",
    )
    assert "1 changement accepté, 1 refusé." in [str(message) for message in answer.context["messages"]]
    assert set(Event.objects.filter(by=claire).values_list("kind", flat=True)) == {
        "facts:accepted",
        "facts:refused",
    }
    (letter,) = letters()
    assert "Le nom seul." in " ".join(letter["paragraphs"])
    assert Change.objects.waiting().get() == made["street"]


def test_after_deciding_it_goes_on_to_the_next_and_at_last_to_the_pile(
    desk, marie, marie_herself, paul, paul_himself
):
    first = propose(marie, marie_herself, at=MONDAY_10H - timedelta(hours=1), summary="Du pain.")["summary"]
    second = propose(paul, paul_himself, summary="Des livres.")["summary"]
    assert desk.post(PAGE, decision(first, "accept")).url == "/gestion/moderation/pa1b00ks/"
    answer = desk.post("/gestion/moderation/pa1b00ks/?tri=risque", decision(second, "accept"))
    assert answer.url == "/gestion/moderation/?tri=risque"


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, "Dites pourquoi"),
        ({"reason": "other"}, "demande vos mots"),
        ({"reason": "nonsense"}, "nonsense"),
        ({"reason": "wrong", "words": "x" * 601}, "600"),
    ],
)
def test_a_refusal_has_a_reason_and_what_was_typed_stays(desk, marie, marie_herself, more, said):
    made = propose(marie, marie_herself, summary="Du pain.", name="Um Eck")
    answer = desk.post(
        PAGE, decision(made["summary"], "refuse", **more) | decision(made["name"], "edit", edited="Um Eck 2")
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert said in page
    assert 'value="Um Eck 2"' in page
    assert Change.objects.waiting().count() == 2
    assert not Event.objects.filter(kind="facts:accepted").exists()


def test_a_text_is_put_right_and_accepted(desk, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain au levin.")["summary"]
    desk.post(PAGE, decision(change, "edit", edited="  Du pain au   levain. "))
    marie.refresh_from_db()
    assert marie.summary == "Du pain au levain."


@pytest.mark.parametrize("typed", ["x" * 201, "Du pain\u202e", "a\x00b"])
def test_what_a_page_cannot_hold_is_not_put_there(desk, marie, marie_herself, typed):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    assert desk.post(PAGE, decision(change, "edit", edited=typed)).status_code == 200
    marie.refresh_from_db()
    assert marie.summary == ""


def test_a_ready_made_sentence_is_said_in_the_merchants_language(desk, marie, marie_herself):
    marie_herself.language = "de"
    marie_herself.save()
    change = propose(marie, marie_herself, summary="Brot 2 €")["summary"]
    desk.post(PAGE, decision(change, "refuse", reason="advertising", reply="no_prices"))
    change.refresh_from_db()
    assert change.words == replies.say("no_prices", "de")
    assert letters()[0]["language"] == "de"


def test_the_second_moderator_is_told_who_was_faster(desk, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    carlo = make_person("carlo@ville.example", name="Carlo", city_roles=["moderator"])
    revisions.decide(marie, {change.pk: Accept()}, by=carlo, at=TUESDAY_10H)
    answer = desk.post(PAGE, decision(change, "refuse", reason="wrong"), follow=True)
    assert "Carlo a déjà décidé (accepté)" in answer.content.decode()
    change.refresh_from_db()
    assert change.state == State.ACCEPTED


def test_a_double_click_decides_once(desk, claire, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    for _time in range(2):
        assert desk.post(PAGE, decision(change, "accept")).status_code == 302
    assert Event.objects.filter(kind="facts:accepted").count() == 1
    assert len(letters()) == 1


def test_before_now_and_proposed_are_shown_where_the_page_has_moved(desk, claire, marie, marie_herself):
    change = propose(marie, marie_herself, name="Um Eck")["name"]
    base = {"name": "Boulangerie Um Eck"}
    revisions.propose(
        marie, {"name": "Boulangerie du Coin"}, base=base, base_version=0, by=claire, side=ConfirmedBy.CITY,
        at=MONDAY_10H + timedelta(hours=1),
    )  # fmt: skip
    page = desk.get(PAGE)
    (card,) = page.context["cards"]
    assert (card.saw, card.now, card.wanted) == ("Boulangerie Um Eck", "Boulangerie du Coin", "Um Eck")
    seen = card.form["now"].value()
    # Somebody writes once more between the look and the word: shown again, nothing lost.
    revisions.propose(
        marie, {"name": "Chez Nous"}, base={"name": "Boulangerie du Coin"}, base_version=0, by=claire,
        side=ConfirmedBy.CITY, at=MONDAY_10H + timedelta(hours=2),
    )  # fmt: skip
    answer = desk.post(PAGE, decision(change, "accept", now=seen))
    assert answer.status_code == 200
    assert "Chez Nous" in answer.content.decode()
    marie.refresh_from_db()
    assert marie.name == "Chez Nous"
    (card,) = desk.get(PAGE).context["cards"]
    desk.post(PAGE, decision(change, "accept", now=card.form["now"].value()))
    marie.refresh_from_db()
    assert marie.name == "Um Eck"


def test_a_change_that_came_after_the_form_was_made_is_left_alone(desk, marie, marie_herself):
    first = propose(marie, marie_herself, summary="Du pain.")["summary"]
    later = propose(marie, marie_herself, name="Um Eck")["name"]
    desk.post(PAGE, decision(first, "accept"))
    later.refresh_from_db()
    assert later.state == State.WAITING


def test_a_change_of_another_shop_is_not_decided_here(desk, marie, marie_herself, paul, paul_himself):
    theirs = propose(paul, paul_himself, summary="Des livres.")["summary"]
    mine = propose(marie, marie_herself, summary="Du pain.")["summary"]
    assert desk.post(PAGE, decision(theirs, "accept") | decision(mine, "accept")).status_code == 302
    theirs.refresh_from_db()
    assert theirs.state == State.WAITING


def test_aude_sees_it_all_and_changes_nothing(client, aude, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    enter(client, aude)
    page = client.get(PAGE).content.decode()
    assert "Du pain." in page
    assert f'name="c{change.pk}-what"' not in page
    assert client.post(PAGE, decision(change, "accept")).status_code == 404
    revisions.decide(marie, {change.pk: Accept()}, by=make_person("c@ville.example"), at=TUESDAY_10H)
    assert client.post(f"{PAGE}reprendre/{change.pk}/").status_code == 404
    change.refresh_from_db()
    assert change.state == State.ACCEPTED


def test_a_decision_is_taken_back_from_the_page(desk, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    desk.post(PAGE, decision(change, "accept"))
    desk.post(f"{PAGE}reprendre/{change.pk}/")
    change.refresh_from_db()
    marie.refresh_from_db()
    assert (change.state, marie.summary) == (State.WAITING, "")
    assert desk.get(f"{PAGE}reprendre/{change.pk}/").status_code == 405
    answer = desk.post(f"{PAGE}reprendre/{change.pk}/", follow=True)
    assert "ne se reprend plus" in answer.content.decode()
    assert desk.post(f"/gestion/moderation/pa1b00ks/reprendre/{change.pk}/").status_code == 404


# Strengthened at the door itself


def test_a_later_save_takes_the_unchecked_ones_place_and_a_refusal_goes_back_to_what_somebody_looked_at(
    marie, marie_herself, claire
):
    old, before = marie.phone, (marie.contact_confirmed_at, marie.contact_confirmed_by)
    propose(marie, marie_herself, phone="+352621111111")
    propose(marie, marie_herself, at=MONDAY_10H + timedelta(hours=1), phone="+352621222222")
    assert list(Change.objects.order_by("pk").values_list("state", flat=True)) == [State.REPLACED, State.LIVE]
    change = Change.objects.unchecked().get()
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    marie.refresh_from_db()
    assert marie.phone == old
    revisions.undo_decision(change, by=claire, at=TUESDAY_10H)
    marie.refresh_from_db()
    assert marie.phone == "+352621222222"
    assert before == (None, "")


def test_undoing_a_save_brings_the_unchecked_one_before_it_back_to_the_pile(marie, marie_herself):
    propose(marie, marie_herself, phone="+352621111111")
    propose(marie, marie_herself, at=MONDAY_10H + timedelta(hours=1), phone="+352621222222")
    revisions.undo_last(marie, by=marie_herself, at=TUESDAY_10H)
    marie.refresh_from_db()
    assert marie.phone == "+352621111111"
    assert Change.objects.unchecked().get().after == "+352621111111"


def test_hours_that_are_put_back_are_no_fresher_than_they_were(marie, marie_herself, claire):
    confirmed = marie.hours_confirmed_at
    change = propose(marie, marie_herself, opening_hours="Mo 08:00-09:00")["opening_hours"]
    marie.refresh_from_db()
    assert marie.hours_confirmed_at == MONDAY_10H
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    marie.refresh_from_db()
    assert marie.hours_confirmed_at == confirmed
    assert marie.hours_stale_at == confirmed + timedelta(days=90)


def test_what_a_suspended_page_wants_to_say_waits_as_ever(marie, marie_herself, claire):
    marie.suspend(by=claire, at=MONDAY_10H, why="Contrôle")
    assert propose(marie, marie_herself, name="Um Eck")["name"].state == State.WAITING


def test_an_appeal_is_upheld_or_granted_and_comes_once(marie, marie_herself, claire):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    later = TUESDAY_10H + timedelta(hours=1)
    revisions.appeal(change, "Si.", by=marie_herself, at=later)
    with pytest.raises(NotAllowed):
        revisions.appeal(change, "Si !", by=marie_herself, at=later)
    revisions.decide(marie, {change.pk: Refuse("wrong", "Non.")}, by=claire, at=later + timedelta(hours=1))
    assert Event.objects.filter(kind="facts:upheld").count() == 1
    assert not Change.objects.open().exists()
    revisions.appeal(Change.objects.get(), "Mais si.", by=marie_herself, at=later + timedelta(hours=2))
    revisions.decide(marie, {change.pk: Accept()}, by=claire, at=later + timedelta(hours=3))
    marie.refresh_from_db()
    assert marie.summary == "Du pain."
    with pytest.raises(NotAllowed):
        revisions.appeal(Change.objects.get(), "Merci.", by=marie_herself, at=later + timedelta(hours=4))


def test_half_a_year_later_a_refusal_stands(marie, marie_herself, claire):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    change.refresh_from_db()
    with pytest.raises(NotAllowed):
        revisions.appeal(change, "Si.", by=marie_herself, at=TUESDAY_10H + timedelta(days=200))


def test_the_city_writes_for_a_merchant_with_her_consent(marie, marie_herself, claire):
    base = {"summary": ""}
    saved = revisions.propose(
        marie, {"summary": "Du pain."}, base=base, base_version=0, by=claire, side=ConfirmedBy.MERCHANT,
        at=TUESDAY_10H, consent="Au téléphone, le 24 novembre.",
    )  # fmt: skip
    marie.refresh_from_db()
    assert (marie.summary, marie.identity_confirmed_by) == ("Du pain.", "merchant")
    assert saved.revision.consent == "Au téléphone, le 24 novembre."
    event = Event.objects.get()
    assert (event.by, event.why) == (
        claire,
        "Au nom du commerçant\N{NO-BREAK SPACE}: Au téléphone, le 24 novembre.",
    )
    with pytest.raises(NotAllowed):
        revisions.undo_decision(Change.objects.get(), by=claire, at=TUESDAY_10H)
    with pytest.raises(ValueError, match="Only the City"):
        revisions.propose(
            marie, {"summary": "x"}, base=base, base_version=0, by=marie_herself, side=ConfirmedBy.MERCHANT,
            at=TUESDAY_10H, consent="moi",
        )  # fmt: skip


def test_a_page_needs_as_few_questions_for_twenty_changes_as_for_one(
    desk, marie, marie_herself, django_assert_max_num_queries
):
    propose(
        marie, marie_herself, name="Um Eck", summary="Du pain.", description="Depuis 1950.", street="Grand-Rue",
        category="cafe", other_names="Chez Marie", specialty="Le pain au levain", house_number="2",
        place_note="Dans la cour", name_de="Um Eck", summary_de="Brot", description_de="Seit 1950",
        links=[["website", "https://um-eck.example/"]], other_categories=["cafe"],
    )  # fmt: skip
    desk.get(PAGE)
    # The catalogue's row, session, person, second factor, two on rights; the shop, its changes; what the page says (its
    # other categories and links); trust, twice; people; what was decided lately.
    with django_assert_max_num_queries(16):
        assert len(desk.get(PAGE).context["cards"]) == 14


def test_a_shop_without_changes_says_so_and_one_that_is_none_is_not_found(desk, marie):
    assert "Rien n’attend" in desk.get(PAGE).content.decode()
    assert desk.get("/gestion/moderation/nulle-part/").status_code == 404
    merged = make_shop(public_id="doub1e00")
    merged.merge_into(marie, by=None, at=TUESDAY_10H)
    assert desk.get("/gestion/moderation/doub1e00/").status_code == 404


# Four eyes


@pytest.fixture
def carlo(db):
    """Carlo moderates for the City too."""
    return make_person("carlo@ville.example", name="Carlo", city_roles=["moderator"])


def refused_and_answered(shop, owner, by):
    change = propose(shop, owner, summary="Du pain.")["summary"]
    revisions.decide(shop, {change.pk: Refuse("wrong")}, by=by, at=MONDAY_10H)
    change.refresh_from_db()
    revisions.appeal(change, "Si.", by=owner, at=MONDAY_10H + timedelta(hours=1))
    return change


def test_nobody_decides_on_what_she_proposed_herself(desk, claire, carlo, marie):
    make_member(marie, claire)
    change = propose(marie, claire, summary="Du pain.")["summary"]
    page = desk.get(PAGE).text
    assert "Vous l’avez proposé vous-même : un collègue en décide." in page
    assert f'name="c{change.pk}-what"' not in page
    assert "Enregistrer, et au suivant" not in page
    assert "un collègue en décide" in desk.get("/gestion/moderation/").text
    desk.post(PAGE, decision(change, "accept"))
    decided = revisions.decide(marie, {change.pk: Accept()}, by=claire, at=TUESDAY_10H)
    change.refresh_from_db()
    assert (decided.barred, decided.done, change.state) == ([change], [], State.WAITING)
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=carlo, at=TUESDAY_10H)
    with pytest.raises(NotAllowed):
        revisions.undo_decision(change, by=claire, at=TUESDAY_10H)
    assert "Reprendre" not in desk.get(PAGE).text


def test_beside_her_own_she_decides_on_the_others(desk, claire, marie, marie_herself):
    make_member(marie, claire)
    own = propose(marie, claire, summary="Du pain.")["summary"]
    other = propose(marie, marie_herself, name="Um Eck")["name"]
    assert desk.post(PAGE, decision(other, "accept") | decision(own, "accept")).status_code == 302
    for change in (own, other):
        change.refresh_from_db()
    assert (own.state, other.state) == (State.WAITING, State.ACCEPTED)


def test_who_refused_does_not_decide_on_the_answer_while_somebody_else_can(
    desk, client, claire, carlo, marie, marie_herself
):
    change = refused_and_answered(marie, marie_herself, claire)
    page = desk.get(PAGE).text
    assert "quelqu’un d’autre à la Ville regarde" in page
    assert f'name="c{change.pk}-what"' not in page
    assert "quelqu’un d’autre à la Ville regarde" in desk.get("/gestion/moderation/?pile=recours").text
    decided = revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    assert (decided.barred, decided.done) == ([change], [])
    with pytest.raises(NotAllowed):
        revisions.undo_decision(change, by=claire, at=TUESDAY_10H)
    enter(client, carlo)
    client.post(PAGE, decision(change, "accept"))
    marie.refresh_from_db()
    assert marie.summary == "Du pain."


@pytest.mark.parametrize("other", [{"is_active": False}, {"city_roles": ["auditor"]}])
def test_where_she_moderates_alone_she_looks_again_herself(claire, carlo, marie, marie_herself, other):
    for name, value in other.items():
        setattr(carlo, name, value)
    carlo.save()
    change = refused_and_answered(marie, marie_herself, claire)
    revisions.decide(marie, {change.pk: Accept()}, by=claire, at=TUESDAY_10H)
    marie.refresh_from_db()
    assert marie.summary == "Du pain."


# Who is told


def test_where_who_proposed_it_has_left_the_page_its_people_are_told(claire, marie, marie_herself):
    anna = make_person("anna@boulangerie.example")
    member = make_member(marie, anna, MerchantRole.EDITOR)
    change = propose(marie, anna, summary="Du pain.")["summary"]
    member.end(by=anna, at=MONDAY_10H)
    revisions.decide(marie, {change.pk: Accept()}, by=claire, at=TUESDAY_10H)
    revisions.undo_decision(change, by=claire, at=TUESDAY_10H)
    assert [(letter["to"], letter["subject"]) for letter in letters()] == [
        (marie_herself.email, "La Ville a regardé vos changements"),
        (marie_herself.email, "La Ville regarde encore une fois"),
    ]
    anna.delete()
    revisions.decide(marie, {change.pk: Refuse("wrong")}, by=claire, at=TUESDAY_10H)
    assert letters()[-1]["to"] == marie_herself.email


def test_the_city_that_writes_itself_what_waits_says_yes_and_tells_it(claire, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    revisions.propose(
        marie, {"summary": "Du pain."}, base={"summary": ""}, base_version=0, by=claire, side=ConfirmedBy.CITY,
        at=TUESDAY_10H,
    )  # fmt: skip
    change.refresh_from_db()
    assert change.state == State.ACCEPTED
    (letter,) = letters()
    assert letter["to"] == marie_herself.email
    assert "En ligne dès maintenant" in " ".join(letter["paragraphs"])
    accepted = Event.objects.get(kind="facts:accepted")
    assert (accepted.by, accepted.after["change"]) == (claire, change.pk)
