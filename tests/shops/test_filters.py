"""The parameters of an address: what they mean together, and what happens to those that mean nothing."""

import time
from datetime import datetime

import pytest
from django.http import QueryDict

from shops import catalogue
from shops.filters import LAST_PAGE, Selection, ShopFilter, read_selection
from shops.models import Shop
from tests.shops.factories import TUESDAY_10H, ZONE, make_shop, make_shops


@pytest.fixture
def ask(city):
    """Put an address's parameters through the filter, on a Tuesday at ten."""

    def ask(query):
        return ShopFilter(QueryDict(query), present=catalogue.present(), now=TUESDAY_10H)

    return ask


def found(asked):
    assert asked.form.is_valid(), asked.form.errors
    return set(asked.qs.values_list("name", flat=True))


# What each filter means


def test_nothing_asked_is_everything(ask, marie, paul):
    assert found(ask("")) == {marie.name, paul.name}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("quartier=gare", {"marie", "paul"}),
        ("quartier=bonnevoie", set()),
        ("rue=avenue-de-la-gare", {"marie", "paul"}),
        ("categorie=boulangerie", {"marie"}),
        ("categorie=alimentation", {"marie"}),
        ("categorie=culture-et-loisirs", {"paul"}),
        ("dimanche=1", {"marie"}),
        ("dimanche=0", {"marie", "paul"}),
        ("accessible=1", {"marie"}),
        ("service=pickup", {"marie"}),
        ("service=pickup&service=delivery", {"marie"}),
        ("service=pickup&service=gift_wrap", set()),
        ("langue=fr", {"marie", "paul"}),
        ("langue=fr&langue=de", {"paul"}),
        ("quartier=gare&categorie=librairie&langue=de&service=gift_wrap", {"paul"}),
        ("le=2026-11-24&a=09:30", {"marie"}),
        ("le=28.11.2026&a=12h30", {"marie", "paul"}),
        ("le=2026-11-29&a=12:00", {"marie"}),
        ("a=19:00", {"marie"}),
        # It is ten: nine o'clock alone is tomorrow's.
        ("a=09:30", {"marie"}),
        ("ouvert=1&le=2026-11-29&a=12:00", {"marie"}),
    ],
)
def test_filters_combine(ask, marie, paul, query, wanted):
    assert found(ask(query)) == {
        shop.name for key, shop in {"marie": marie, "paul": paul}.items() if key in wanted
    }


def test_open_now_is_the_present_minute(ask, marie, paul):
    assert found(ask("ouvert=1")) == {marie.name, paul.name}


def test_a_shop_of_two_trades_is_found_under_both(ask, city):
    shop = make_shop("Salon de lecture", category="books", other_categories=["cafe"])
    assert found(ask("categorie=cafe")) == {shop.name}
    assert found(ask("categorie=librairie")) == {shop.name}
    assert found(ask("categorie=cafes-et-restaurants")) == {shop.name}


def test_stale_hours_are_never_open(ask, city):
    make_shop("Horaires anciens", opening_hours="24/7", hours_confirmed_at=datetime(2026, 3, 1, tzinfo=ZONE))
    assert found(ask("ouvert=1")) == set()
    assert found(ask("dimanche=1")) == set()


def test_only_what_is_published_is_found(ask, city):
    for status in ("draft", "submitted", "suspended", "closed"):
        make_shop(status=status)
    assert found(ask("")) == set()
    assert found(ask("quartier=gare")) == set()


def test_where_the_index_does_not_reach_the_engine_is_asked(ask, marie, paul):
    # The nightly refresh has not run for weeks.
    catalogue.Catalogue.objects.update(intervals_until=datetime(2026, 11, 20, tzinfo=ZONE))
    catalogue.OpeningInterval.objects.all().delete()
    assert found(ask("ouvert=1")) == {marie.name, paul.name}
    assert found(ask("le=2026-11-24&a=09:30")) == {marie.name}


# What is said of what makes no sense


@pytest.mark.parametrize(
    ("query", "field", "words"),
    [
        ("quartier=nulle-part", "quartier", "Ce quartier n’existe pas"),
        ("quartier=Gare Centrale", "quartier", "n’existe pas"),
        ("rue=rue-inconnue", "rue", "Cette rue n’est pas connue"),
        ("categorie=xyz", "categorie", "Cette catégorie n’existe pas"),
        ("ouvert=oui", "ouvert", "s’écrit 1"),
        ("service=teleportation", "service", "n’existe pas"),
        ("langue=tlh&langue=fr", "langue", "n’existe pas"),
        ("tri=cheveux", "tri", "n’existe pas"),
        ("le=demain&a=10:00", "le", "Écrivez le jour ainsi"),
        ("le=2026-02-30&a=10:00", "le", "Écrivez le jour ainsi"),
        ("le=2026-11-25&a=25:00", "a", "Écrivez l’heure ainsi"),
        ("le=2026-11-25", "a", "Choisissez aussi une heure"),
        ("le=2026-11-23&a=10:00", "le", "Ce jour est passé"),
        ("le=0001-01-01&a=00:00", "le", "Ce jour est passé"),
        ("le=2026-12-09&a=10:00", "le", "dans les 14 jours"),
        ("le=9999-12-31&a=23:59", "le", "dans les 14 jours"),
        ("page=0", "page", "de 1 à"),
        ("page=-1", "page", "de 1 à"),
        (f"page={LAST_PAGE + 1}", "page", "de 1 à"),
        ("page=un", "page", "de 1 à"),
        ("page=٣", "page", "de 1 à"),
        ("q=" + "a" * 101, "q", "100 lettres au plus"),
        ("q=%00", "q", "ne se lisent pas"),
        ("quartier=gare%00", "quartier", "n’existe pas"),
        ("service=pickup%00", "service", "n’existe pas"),
        ("le=%00&a=%00", "le", "Écrivez le jour ainsi"),
    ],
)
def test_a_bad_value_gets_a_sentence(ask, query, field, words):
    form = ask(query).form
    assert not form.is_valid()
    assert words in " ".join(form.errors[field])


def test_the_last_day_that_may_be_asked_is_the_fourteenth(ask, marie):
    assert ask("le=2026-12-08&a=10:00").form.is_valid()


@pytest.mark.parametrize(
    "query",
    [
        "page=" + "9" * 5000,
        "page=1" + "0" * 30,
        "quartier=" + "a" * 70_000,
        "le=" + "1" * 70_000 + "&a=" + "1" * 70_000,
        "service=" + "pickup," * 20_000,
        "&".join(f"service=s{number}" for number in range(499)),
        "q=" + "é" * 70_000,
        "tri=" + "daily_order" * 5000,
        "ouvert=" + "1" * 50_000,
    ],
)
def test_absurd_values_are_refused_at_once_and_not_repeated(ask, query):
    started = time.process_time()
    form = ask(query).form
    assert not form.is_valid()
    assert time.process_time() - started < 0.1
    assert len(str(form.errors)) < 1000


# What comes out


def test_two_spellings_of_a_choice_are_one_selection(ask, city):
    one = ask("service=pickup&service=delivery&service=pickup&page=1&tri=jour&q=").selection
    other = ask("service=delivery&service=pickup").selection
    assert one == other
    assert one.address() == "?service=delivery&service=pickup"


def test_a_selection_writes_the_address_it_came_from(ask, city):
    query = (
        "q=pain&quartier=gare&categorie=boulangerie&ouvert=1&dimanche=1&le=2026-11-28&a=10%3A00"
        "&service=delivery&langue=lb&langue=fr&accessible=1&tri=nom"
    )
    assert ask(query).selection.address() == f"?{query}"
    assert ask(query).selection.address(page=3) == f"?{query}&page=3"


def test_relevance_is_the_order_of_a_search_and_of_nothing_else(ask, city):
    assert ask("q=pain").selection.sort == "pertinence"
    assert ask("tri=pertinence").selection.sort == "jour"
    assert ask("q=pain&tri=nom").selection.sort == "nom"


@pytest.mark.parametrize(
    ("query", "is_for_robots"),
    [
        ("", True),
        ("page=2", True),
        ("categorie=boulangerie", True),
        ("categorie=alimentation&page=2", True),
        ("quartier=gare", False),
        ("categorie=boulangerie&ouvert=1", False),
        ("ouvert=1", False),
        ("categorie=boulangerie&tri=nom", False),
        ("q=pain", False),
    ],
)
def test_search_engines_keep_the_list_and_single_categories_only(ask, city, query, is_for_robots):
    assert ask(query).selection.is_for_robots is is_for_robots


def test_a_selection_is_hashable_and_knows_its_kept_total(city):
    assert len({Selection(district="gare"), Selection(district="gare")}) == 1
    assert Selection().kept_facet == "all"
    assert Selection(district="gare").kept_facet == "d:gare"
    assert Selection(group="food", category="bakery").kept_facet == "c:bakery"
    assert Selection(district="gare", sunday=True).kept_facet == ""
    assert Selection(now=TUESDAY_10H).kept_facet == ""


def test_the_shops_of_a_selection_carry_all_its_facets(city):
    make_shops(24, services=["delivery"], spoken_languages=["pt"])
    present = catalogue.present()
    selection = Selection(district="gare", group="food", services=("delivery",), languages=("pt",))
    shops = list(selection.shops(present))
    assert shops
    assert all(set(selection.facets) <= set(shop.facets) for shop in shops)
    assert len(shops) == Shop.objects.filter(district__slug="gare", category__group__code="food").count()


def test_nothing_is_selected_by_bad_values(ask, city):
    with pytest.raises(ValueError, match="valid"):
        assert ask("quartier=nulle-part").selection


def test_an_address_is_read_once_for_a_minute(rf, city):
    def read(query, at=TUESDAY_10H):
        request = rf.get(f"/fr/commerces/?{query}")
        request.catalogue, request.now = catalogue.present(), at
        return read_selection(request)

    first = read("quartier=gare&ouvert=1")
    assert first.now == TUESDAY_10H
    assert read("quartier=gare&ouvert=1", TUESDAY_10H.replace(second=59)) is first
    assert read("quartier=gare&ouvert=1", TUESDAY_10H.replace(minute=1)).now.minute == 1
    assert read("q=%C3%A9picerie").q == "épicerie"


@pytest.mark.parametrize(
    "query", ["quartier=", "page=1", "ouvert=oui", "q=a&tri=", "quartier=gare&categorie=x"]
)
def test_what_is_wrong_or_says_nothing_is_left_to_the_form(rf, city, query):
    request = rf.get(f"/fr/commerces/?{query}")
    request.catalogue, request.now = catalogue.present(), TUESDAY_10H
    assert read_selection(request) is None
