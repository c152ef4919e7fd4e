"""Marie's week is kept while she chooses; and a chain's branches get the same week, the same closing, where she ticks them."""

import pytest

from shops.editing import facts
from shops.models import Draft, Event, MerchantRole, Shop, SpecialDay
from tests.door import enter
from tests.editing.test_hours_desk import at, days_of, save_week, tap, week_form, words_of, write_meanwhile
from tests.people import make_member, make_person
from tests.shops.factories import make_shop

FAIRS = {"start_on": "2026-12-24", "end_on": "2026-12-31", "reason": "holiday", "note": ""}


@pytest.fixture
def desk(client, marie_herself):
    return enter(client, marie_herself)


@pytest.fixture
def kirchberg(marie, marie_herself):
    """Marie's second bakery, with the same hours."""
    shop = make_shop("Um Eck Kirchberg", opening_hours=marie.opening_hours)
    make_member(shop, marie_herself)
    return shop


def week_of(shop):
    return Shop.objects.get(pk=shop.pk).opening_hours


# Drafts


def choose(desk, marie, **changes):
    """What htmx sends a moment after a choice."""
    sent = week_form(desk.get(at(marie, "hours_week")))
    sent |= {name.replace("_", "-"): value for name, value in changes.items()}
    return desk.post(at(marie, "hours_draft"), sent)


def test_what_she_chooses_is_kept_and_offered_at_her_return(desk, marie):
    response = choose(desk, marie, j0_0_de="07:15")
    assert "Brouillon gardé à" in response.text
    assert not Event.objects.exists()
    page = desk.get(at(marie, "hours_week"))
    assert page.context["week"].days[0].lines[0].opens == "06:00", "the page as it is, the draft offered"
    assert "Vous aviez commencé" in words_of(page)
    page = desk.get(at(marie, "hours_week"), {"brouillon": "1"})
    assert page.context["week"].days[0].lines[0].opens == "07:15"
    assert desk.post(at(marie, "hours_week"), week_form(page) | {"do": "save"}).status_code == 302
    assert "07:15" in week_of(marie)
    assert not Draft.objects.exists(), "what is saved is no draft any more"


def test_a_save_that_fails_is_kept_as_well(desk, marie):
    save_week(desk, marie, j1_0_de="14:00", j1_0_a="12:00")
    page = desk.get(at(marie, "hours_week"), {"brouillon": "1"})
    assert page.context["week"].days[1].lines[0].closes == "12:00"


def test_a_draft_that_comes_after_its_save_is_none(desk, marie):
    sent = week_form(desk.get(at(marie, "hours_week"))) | {"j0-0-de": "07:15"}
    desk.post(at(marie, "hours_week"), sent | {"do": "save"})
    assert desk.post(at(marie, "hours_draft"), sent).status_code == 204
    assert not Draft.objects.exists()


def test_a_draft_knows_what_a_colleague_wrote_meanwhile(desk, marie, claire):
    choose(desk, marie, j0_0_de="07:15")
    write_meanwhile(marie, claire, opening_hours="Mo 10:00-12:00")
    page = desk.get(at(marie, "hours_week"), {"brouillon": "1"})
    response = desk.post(at(marie, "hours_week"), week_form(page) | {"do": "save"})
    assert "Quelqu’un a changé les horaires entre-temps" in words_of(response)
    assert week_of(marie) == "Mo 10:00-12:00"


def test_a_draft_is_thrown_away_by_a_tap(desk, marie):
    choose(desk, marie, j0_0_de="07:15")
    desk.post(at(marie, "hours_discard"))
    assert "Vous aviez commencé" not in words_of(desk.get(at(marie, "hours_week")))


def test_a_draft_is_hers_alone(desk, client, marie):
    choose(desk, marie, j0_0_de="07:15")
    sophie = make_person("sophie@boulangerie.example")
    make_member(marie, sophie, MerchantRole.EDITOR)
    page = enter(client, sophie).get(at(marie, "hours_week"), {"brouillon": "1"})
    assert page.context["week"].days[0].lines[0].opens == "06:00"


@pytest.mark.parametrize("sent", [{}, {"snapshot": "x"}, {"snapshot": ""}])
def test_no_form_of_ours_keeps_nothing(desk, marie, sent):
    assert desk.post(at(marie, "hours_draft"), sent).status_code == 204
    assert not Draft.objects.exists()


def test_a_draft_has_nothing_but_the_fields_of_the_form(desk, marie):
    sent = week_form(desk.get(at(marie, "hours_week"))) | {
        "j0-0-de": "07:15",
        "role": "owner",
        "j0-9-de": "1",
    }
    desk.post(at(marie, "hours_draft"), sent)
    kept = Draft.objects.get().data
    assert kept["j0-0-de"] == ["07:15"]
    assert not {"role", "j0-9-de", "csrfmiddlewaretoken"} & set(kept)


# Branches


def test_who_keeps_one_page_is_asked_nothing(desk, marie):
    for name in ("hours", "hours_week"):
        assert "vos autres commerces" not in words_of(desk.get(at(marie, name)))


def test_a_week_goes_to_the_branches_that_she_ticks(desk, marie, kirchberg):
    assert "Um Eck Kirchberg" in words_of(desk.get(at(marie, "hours_week")))
    save_week(desk, marie, j0_0_de="07:15")
    assert "07:15" not in week_of(kirchberg), "none is ticked for her"
    Shop.objects.filter(pk=kirchberg.pk).update(opening_hours=week_of(marie))
    response = save_week(desk, marie, j0_0_de="07:30", together=kirchberg.public_id)
    assert week_of(kirchberg) == week_of(marie)
    assert "De même pour Um Eck Kirchberg." in words_of(desk.get(response.url))


def test_a_branch_with_a_week_of_its_own_is_not_offered_and_not_written(desk, marie, kirchberg):
    Shop.objects.filter(pk=kirchberg.pk).update(opening_hours="Sa 10:00-12:00")
    assert "Um Eck Kirchberg" not in words_of(desk.get(at(marie, "hours_week")))
    response = save_week(desk, marie, j0_0_de="07:15", together=kirchberg.public_id)
    assert week_of(kirchberg) == "Sa 10:00-12:00"
    assert "Laissé comme il est" in words_of(desk.get(response.url))


def test_the_tick_survives_a_mistake(desk, marie, kirchberg):
    response = save_week(desk, marie, j1_0_de="14:00", j1_0_a="12:00", together=kirchberg.public_id)
    assert response.context["branches"].value() == [kirchberg.public_id]
    page = desk.get(at(marie, "hours_week"), {"brouillon": "1"})
    assert page.context["branches"].value() == [kirchberg.public_id], "and the battery"


def test_a_closing_goes_to_the_branches_whatever_other_days_they_tell(desk, marie, kirchberg):
    SpecialDay.objects.create(shop=kirchberg, start_on="2027-02-01", end_on="2027-02-02")
    response = tap(desk, marie, "hours_close", follow=True, **FAIRS, together=[kirchberg.public_id])
    assert "De même pour Um Eck Kirchberg." in words_of(response)
    assert days_of(kirchberg) == [
        ("2026-12-24", "2026-12-31", "", "holiday", ""),
        ("2027-02-01", "2027-02-02", "", "holiday", ""),
    ]
    before = kirchberg.hours_confirmed_at
    kirchberg.refresh_from_db()
    assert kirchberg.hours_confirmed_at == before, "she has not looked at its week"


def test_a_branch_that_says_something_of_those_days_is_left_and_told(desk, marie, kirchberg):
    SpecialDay.objects.create(shop=kirchberg, start_on="2026-12-26", end_on="2026-12-26", hours="10:00-12:00")
    response = tap(desk, marie, "hours_close", follow=True, **FAIRS, together=[kirchberg.public_id])
    assert "Laissé comme il est, parce que différent, pour Um Eck Kirchberg" in words_of(response)
    assert len(days_of(kirchberg)) == 1
    assert len(days_of(marie)) == 1, "her own is done"


def test_other_hours_go_there_too(desk, marie, kirchberg):
    said = {"start_on": "2026-12-19", "opens_1": "10:00", "closes_1": "20:00", "note": "Marché"}
    tap(desk, marie, "hours_other", **said, together=[kirchberg.public_id])
    assert days_of(kirchberg) == days_of(marie) != []


@pytest.mark.parametrize("role", [None, MerchantRole.TILL])
def test_a_shop_that_is_not_hers_is_never_written(desk, marie, marie_herself, paul, role):
    if role:
        make_member(paul, marie_herself, role)
    Shop.objects.filter(pk=paul.pk).update(opening_hours=marie.opening_hours)
    before = facts.read(Shop.objects.get(pk=paul.pk), ["opening_hours"]), days_of(paul)
    tap(desk, marie, "hours_close", **FAIRS, together=[paul.public_id, "zzzzzzzz", ""])
    save_week(desk, marie, j0_0_de="07:15", together=paul.public_id)
    assert (facts.read(Shop.objects.get(pk=paul.pk), ["opening_hours"]), days_of(paul)) == before


def test_many_branches_ask_no_more_questions(desk, marie, marie_herself, django_assert_num_queries):
    for number in range(12):
        make_member(make_shop(f"Filiale {number}", opening_hours=marie.opening_hours), marie_herself)
    desk.get(at(marie))
    # As ever, and the other shops.
    with django_assert_num_queries(12):
        desk.get(at(marie))
    desk.get(at(marie, "hours_week"))
    # As ever, and the draft, the other shops, and of all of them categories, links, special days, the City, what waits.
    with django_assert_num_queries(14):
        desk.get(at(marie, "hours_week"))
