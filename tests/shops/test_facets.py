"""The numbers beside the choices: right when they can be, bounded always."""

import pytest

from shops import catalogue, facets, reference
from shops.facets import Number
from shops.filters import Selection
from tests.shops.factories import EVERY_DAY, TUESDAY_10H, make_shop, make_shops


@pytest.fixture
def count(city):
    def count(**chosen):
        return facets.count(catalogue.present(), Selection(**chosen))

    return count


def test_nothing_chosen_reads_the_kept_totals(count, marie, paul, django_assert_num_queries):
    reference.totals(catalogue.present())
    # 1 the catalogue's row
    with django_assert_num_queries(1):
        counts = count()
    assert counts.total == Number(2)
    assert counts.of("d:gare") == Number(2)
    assert counts.of("c:bakery") == Number(1)
    assert counts.of("d:bonnevoie") == Number(0)


def test_beside_a_choice_stands_what_choosing_it_too_would_leave(count, marie, paul):
    counts = count(district="gare", services=("pickup",))
    assert counts.total == Number(1)
    assert counts.of("l:pt") == Number(1)
    assert counts.of("l:de") == Number(0)
    assert counts.of("w:sunday") == Number(1)


def test_beside_a_district_stands_what_it_would_have_in_place_of_the_chosen_one(count, marie, paul):
    make_shop(district="bonnevoie", category="bakery")
    make_shop(district="bonnevoie", category="cafe")
    counts = count(district="gare", group="food", category="bakery")
    assert counts.of("d:bonnevoie", "district") == Number(1)
    assert counts.of("d:gare", "district") == Number(1)
    assert counts.of("c:books", "category") == Number(1)
    assert counts.of("g:leisure", "category") == Number(1)
    assert counts.elsewhere("district") == Number(2)
    assert counts.elsewhere("category") == Number(2)


def test_every_count_is_what_the_list_would_show(count, city):
    make_shops(36, services=["delivery"], spoken_languages=["lb"])
    make_shops(12, services=["pickup"], opening_hours=EVERY_DAY)
    present = catalogue.present()
    chosen = {"district": "gare", "group": "food", "now": TUESDAY_10H}
    counts = count(**chosen)
    assert counts.total.shops == Selection(**chosen).shops(present).count() > 0
    for service in ("delivery", "pickup"):
        wanted = Selection(**chosen, services=(service,)).shops(present).count()
        assert counts.of(f"o:{service}") == Number(wanted)
    for district in ("bonnevoie", "ville-haute", "muehlenbach"):
        wanted = Selection(**chosen | {"district": district}).shops(present).count()
        assert counts.of(f"d:{district}", "district") == Number(wanted)


def test_a_combination_takes_one_statement(count, marie, django_assert_num_queries):
    make_shops(60)
    count(district="gare")
    # 1 the catalogue's row  2 the counts: with all choices, without the district, without the category
    with django_assert_num_queries(2):
        count(
            district="gare",
            group="food",
            category="bakery",
            services=("pickup", "delivery"),
            languages=("fr",),
            sunday=True,
            accessible=True,
            now=TUESDAY_10H,
            chosen_at=TUESDAY_10H,
        )


def test_it_stops_counting_at_the_cap_and_says_so(count, city, monkeypatch):
    monkeypatch.setattr(facets, "CAP", 10)
    make_shops(30, district="gare", category="bakery", services=["delivery"])
    counts = count(district="gare", services=("delivery",))
    assert counts.total == Number(10, more=True)
    assert str(counts.total) == "10+"
    # Of what was looked at, none is a café: that is not to say that there is none.
    assert str(counts.of("c:cafe")) == ""
    assert not counts.of("c:cafe").is_none


def test_one_choice_alone_is_exact_even_beyond_the_cap(count, city, monkeypatch):
    monkeypatch.setattr(facets, "CAP", 10)
    make_shops(30, district="gare", category="bakery")
    assert count(district="gare").total == Number(30)


def test_drafts_are_not_counted(count, marie):
    make_shop(status="draft", services=["pickup"])
    assert count(district="gare", services=("pickup",)).total == Number(1)


def test_a_choice_without_a_shop_cannot_be_made_but_can_be_taken_back(count, marie, paul):
    chosen = {"service": ["gift_wrap"]}
    choices = facets.choices(
        catalogue.present(), count(district="gare", group="food"), lambda name: chosen.get(name, [])
    )
    services = {choice.value: choice for choice in choices["services"]}
    assert set(services) == {"pickup", "delivery", "gift_wrap", "order_in"}
    assert services["order_in"].disabled
    assert not services["pickup"].disabled
    assert services["gift_wrap"].chosen
    assert not services["gift_wrap"].disabled


def test_categories_that_nobody_has_are_left_out(count, marie):
    choices = facets.choices(catalogue.present(), count(), lambda name: [])
    food = next(members for group, members in choices["categories"] if group.value == "alimentation")
    assert [choice.label for choice in food] == ["Boulangerie"]


def test_streets_offered_are_those_of_the_chosen_district(count, marie):
    make_shop(district="bonnevoie", street="Rue de Strasbourg")
    make_shop(district="bonnevoie", street="Am Bongert")
    present = catalogue.present()
    assert facets.choices(present, count(), lambda name: [])["streets"] == []
    chosen = {"quartier": ["bonnevoie"]}
    bonnevoie = facets.choices(present, count(district="bonnevoie"), lambda name: chosen.get(name, []))[
        "streets"
    ]
    assert [(choice.value, choice.label) for choice in bonnevoie] == [
        ("am-bongert", "Am bongert"),
        ("rue-de-strasbourg", "Rue de Strasbourg"),
    ]
