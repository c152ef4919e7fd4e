"""A chain's branches are edited together where they agree, and nowhere else."""

from datetime import timedelta

import pytest
from django import forms
from django.template.loader import render_to_string

from districts.models import City
from shops.desks.merchant.together import TogetherField, sentences
from shops.editing import facts, revisions
from shops.editing.together import agreeing, propose_together
from shops.models import Change, Event, MerchantRole, Revision, Shop, SpecialDay
from shops.vocabulary import ConfirmedBy
from tests.people import make_member
from tests.shops.factories import TUESDAY_10H, make_shop

AT = TUESDAY_10H
HOURS = "Mo-Fr 08:00-18:00"
NAMES = ["opening_hours", "phone", "summary"]


@pytest.fixture
def branches(marie, marie_herself):
    """Marie's bakery and two branches: the first says the same, the second has another telephone."""
    made = [make_shop(f"Um Eck {place}") for place in ("Gare", "Kirchberg")]
    for shop in made:
        make_member(shop, marie_herself, MerchantRole.EDITOR)
    Shop.objects.filter(pk__in=[marie.pk, *(shop.pk for shop in made)]).update(
        opening_hours=HOURS, phone="+35226123456", summary="Du pain."
    )
    Shop.objects.filter(pk=made[1].pk).update(phone="+35226999999")
    return made


def seen(shop):
    shop = Shop.objects.get(pk=shop.pk)
    return revisions.seen_by_its_people(facts.with_today(shop, AT, City.objects.get()))


def carry(marie, chosen, by, at=AT, base=None, **values):
    return propose_together(
        marie, [shop.public_id for shop in chosen], values, base=base or seen(marie), by=by, at=at
    )


def agreements(marie, user, names=NAMES):
    shop = facts.with_today(Shop.objects.get(pk=marie.pk), AT, City.objects.get())
    return agreeing(shop, names, user=user, at=AT)


def test_each_branch_says_where_it_agrees(marie, marie_herself, branches):
    found = {agreement.shop: agreement for agreement in agreements(marie, marie_herself)}
    assert found[branches[0]].agreed == tuple(NAMES)
    assert found[branches[1]].agreed == ("opening_hours", "summary")
    assert found[branches[1]].differing == ("phone",)


def test_what_waits_for_the_city_counts_as_said(marie, marie_herself, branches):
    revisions.propose(
        branches[0], {"summary": "Du seigle."}, base=seen(branches[0]), base_version=0, by=marie_herself,
        side=ConfirmedBy.MERCHANT, at=AT,
    )  # fmt: skip
    found = {agreement.shop: agreement for agreement in agreements(marie, marie_herself)}
    assert found[branches[0]].differing == ("summary",)


def test_only_pages_that_one_keeps_are_offered(marie, paul, marie_herself, paul_himself, branches, tom):
    till = make_shop("Um Eck Till", opening_hours=HOURS)
    make_member(till, marie_herself, MerchantRole.TILL)
    offered = {agreement.shop for agreement in agreements(marie, marie_herself)}
    assert offered == set(branches)
    assert agreements(marie, tom) == []


def test_where_a_shop_stands_is_its_own(marie, marie_herself, branches):
    Shop.objects.update(street="Rue de Hollerich")
    assert agreements(marie, marie_herself, ["street", "position", "district"]) == []
    assert carry(marie, branches, marie_herself, street="Grand-Rue") == []
    assert Shop.objects.filter(street="Grand-Rue").count() == 0


def test_one_shop_alone_is_asked_nothing(paul, paul_himself, django_assert_num_queries):
    shop = facts.with_today(paul, AT, City.objects.get())
    with django_assert_num_queries(1):
        assert agreeing(shop, NAMES, user=paul_himself, at=AT) == []


def test_it_needs_as_many_questions_for_forty_branches(marie, marie_herself, django_assert_max_num_queries):
    for number in range(40):
        make_member(make_shop(f"Um Eck {number:02}"), marie_herself, MerchantRole.EDITOR)
    shop = facts.with_today(Shop.objects.get(pk=marie.pk), AT, City.objects.get())
    # The others, their other categories, links and special days; the city; what waits; and for this shop itself its
    # category, district, other categories, links, special days.
    with django_assert_max_num_queries(11):
        found = agreeing(shop, list(facts.FACTS), user=marie_herself, at=AT)
    assert len(found) == 40


def test_a_change_is_carried_to_the_branches_that_were_ticked(marie, marie_herself, branches):
    (carried,) = carry(
        marie, branches[:1], marie_herself, opening_hours="Mo-Sa 07:00-19:00", summary="Du seigle."
    )
    assert (carried.shop, carried.left) == (branches[0], [])
    assert (carried.saved.live, carried.saved.waiting) == (["opening_hours"], ["summary"])
    first, second = (Shop.objects.get(pk=shop.pk) for shop in branches)
    assert (first.opening_hours, first.hours_confirmed_by) == ("Mo-Sa 07:00-19:00", "merchant")
    assert second.opening_hours == HOURS
    assert Revision.objects.get().shop == first
    assert Change.objects.waiting().get().shop == first
    assert set(Event.objects.filter(shop=first).values_list("kind", "by")) == {
        ("facts:live", marie_herself.pk),
        ("facts:proposed", marie_herself.pk),
    }


def test_what_a_branch_says_differently_stays(marie, marie_herself, branches):
    (carried,) = carry(
        marie, branches[1:], marie_herself, opening_hours="Mo 07:00-19:00", phone="+35226000000"
    )
    assert carried.left == ["phone"]
    shop = Shop.objects.get(pk=branches[1].pk)
    assert (shop.opening_hours, shop.phone) == ("Mo 07:00-19:00", "+35226999999")


def test_what_a_colleague_changed_meanwhile_differs_now(marie, marie_herself, branches):
    base = seen(marie)
    Shop.objects.filter(pk=branches[0].pk).update(opening_hours="Tu 09:00-12:00")
    (carried,) = carry(marie, branches[:1], marie_herself, base=base, opening_hours="Mo 07:00-19:00")
    assert carried.left == ["opening_hours"]
    assert not carried.saved.live
    assert Shop.objects.get(pk=branches[0].pk).opening_hours == "Tu 09:00-12:00"
    assert not Revision.objects.exists()


def test_facts_that_hang_on_a_shop_are_carried_too(marie, marie_herself, branches):
    day = {
        "start_on": "2026-12-24", "end_on": "2026-12-26", "hours": "", "reason": "holiday", "note": "",
    }  # fmt: skip
    links = [["website", "https://um-eck.example/"]]
    base = seen(marie) | {"links": [], "special_days": []}
    for shop in (marie, *branches):
        shop.links.all().delete()
        SpecialDay.objects.filter(shop=shop).delete()
    carry(marie, branches, marie_herself, base=base, special_days=[day], links=links)
    assert [seen(shop)["special_days"] for shop in branches] == [[day], [day]]
    assert [seen(shop)["links"] for shop in branches] == [links, links]


def test_nobody_reaches_a_page_that_is_not_hers(marie, paul, marie_herself, branches):
    Shop.objects.filter(pk=paul.pk).update(opening_hours=HOURS)
    assert carry(marie, [paul, marie], marie_herself, opening_hours="Mo 07:00-19:00") == []
    assert Shop.objects.get(pk=paul.pk).opening_hours == HOURS


def test_saved_twice_is_saved_once(marie, marie_herself, branches):
    base = seen(marie)
    for _click in range(2):
        carry(
            marie,
            branches,
            marie_herself,
            base=base,
            opening_hours="Mo 07:00-19:00",
            at=AT + timedelta(minutes=1),
        )
    assert Revision.objects.count() == 2


def test_the_field_names_the_branches_and_takes_no_other(marie, paul, marie_herself, branches):
    field = TogetherField(agreements(marie, marie_herself))
    form_class = type("Form", (forms.Form,), {"together": field})
    html = render_to_string("desks/merchant/_together.html", {"field": form_class()["together"]})
    assert "Um Eck Gare" in html
    assert "sauf : Téléphone" in html.replace("\N{NO-BREAK SPACE}", " ")
    assert "checked" not in html
    assert form_class({"together": [branches[0].public_id]}).is_valid()
    assert not form_class({"together": [paul.public_id]}).is_valid()
    assert render_to_string("desks/merchant/_together.html", {}).strip() == ""


def test_what_became_of_the_branches_is_said(marie, marie_herself, branches):
    carried = carry(marie, branches, marie_herself, opening_hours="Mo 07:00-19:00", phone="+35226000000")
    first, second = (sentence.replace("\N{NO-BREAK SPACE}", " ") for sentence in sentences(carried))
    assert first == "De même pour ces commerces : Um Eck Gare, Um Eck Kirchberg."
    assert second == "Laissé comme il est, parce que différent, pour Um Eck Kirchberg : Téléphone."
