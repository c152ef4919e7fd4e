"""What the search reads is right after every change, and costs no query per shop."""

import random
from collections import Counter

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shops import catalogue, reference, search
from shops.models import Category, NameWord, Shop
from shops.search.words import words
from tests.shops.factories import TUESDAY_10H, make_shop, make_shops


def find(text, language="fr"):
    """The names of the shops found, in order."""
    query = search.understand(text, language=language, structure=reference.structure(catalogue.present()))
    return [shop.name for shop in query.apply(Shop.objects.published(), at=TUESDAY_10H)]


def change(shop, **facts):
    with transaction.atomic():
        Shop.objects.filter(pk=shop.pk).update(**facts)
        catalogue.changed([shop.pk], at=TUESDAY_10H)


def recounted():
    """How many published shops have each word in one of their names, counted now."""
    counts = Counter()
    for shop in Shop.objects.published():
        counts.update({word for name in search.names_of(shop) for word in words(name)})
    return dict(counts)


def test_a_shop_is_found_by_its_new_name_only(marie):
    change(marie, name="Aux Trois Moulins")
    assert find("trois moulins") == ["Aux Trois Moulins"]
    assert find("boulangerie um eck") == []


def test_it_finds_names_in_all_languages_and_other_names(marie):
    change(marie, other_names="Chez Fernande; Backstuff Lampert", i18n={"name_lb": "Bäckerei Mëllech"})
    for text in ("fernande", "lampert", "mellech", "mëllech"):
        assert find(text) == [marie.name]


@pytest.mark.parametrize(
    ("language", "text", "typed"),
    [
        ("fr", "Nous réparons les chaussures.", "réparer"),
        ("de", "Wir backen mit alten Getreidesorten.", "getreidesorte"),
        ("en", "We are baking all night.", "baked"),
        ("lb", "Mir baken owes.", "owes"),
    ],
)
def test_texts_are_found_in_their_languages_grammar(marie, language, text, typed):
    field = {"description": text} if language == "fr" else {"i18n": {f"description_{language}": text}}
    change(marie, **field)
    assert find(typed) == [marie.name]


def test_it_finds_a_street_that_no_list_of_streets_has(marie):
    change(marie, street="Sentier des Hirondelles")
    assert find("hirondelles") == [marie.name]
    assert find("sentier des hirondelles") == [marie.name]


def test_a_shop_that_is_not_published_is_neither_found_nor_meant(marie, paul):
    marie.suspend(by=None, at=TUESDAY_10H, why="à vérifier")
    assert find("um eck") == []
    assert not NameWord.objects.filter(word="eck").exists()
    marie.publish(by=None, at=TUESDAY_10H)
    assert find("um eck") == [marie.name]


def test_a_word_of_the_trade_is_found_once_the_city_names_it(marie):
    assert find("baguette") == []
    with transaction.atomic():
        Category.objects.filter(code="bakery").update(words={"fr": ["baguette"]})
        catalogue.changed_all(at=TUESDAY_10H, structure=True)
    assert find("baguette") == [marie.name]


def test_the_words_of_names_equal_a_recount_after_random_changes(city):
    dice = random.Random(11)
    shops = make_shops(20)
    names = ["Um Eck", "Chez Marie", "Beim Eck", "Marie & Paul", "Zum Eck – Chez Zoé", "🥖"]
    for _round in range(60):
        shop = dice.choice(shops)
        shop.refresh_from_db()
        act = dice.choice(["name", "other", "suspend", "publish"])
        if act == "name":
            change(shop, name=dice.choice(names))
        elif act == "other":
            change(shop, other_names=dice.choice(["", *names]))
        elif act == "suspend" and shop.is_published:
            shop.suspend(by=None, at=TUESDAY_10H, why="essai")
        elif act == "publish" and not shop.is_published:
            shop.publish(by=None, at=TUESDAY_10H)
    assert dict(NameWord.objects.values_list("word", "shops")) == recounted()


def test_writing_again_changes_no_count(marie, paul):
    before = dict(NameWord.objects.values_list("word", "shops"))
    with transaction.atomic():
        catalogue.changed([marie.pk, paul.pk], at=TUESDAY_10H)
    assert dict(NameWord.objects.values_list("word", "shops")) == before == recounted()


def test_a_hundred_shops_cost_no_more_statements_than_ten(city):
    def statements(number):
        shops = make_shops(number)
        whole = Shop.objects.filter(pk__in=[shop.pk for shop in shops]).select_related(
            "district", "category__group"
        )
        whole = list(whole.prefetch_related("other_categories__group"))
        with CaptureQueriesContext(
            connection,
        ) as captured:
            search.index(whole)
        return len(captured)

    # The vectors of the trades; the column. The names are the same, so no word is counted.
    assert statements(10) == statements(100) == 2


def test_a_name_of_signs_only_can_be_written(city):
    shop = make_shop("🥖🥖🥖")
    assert Shop.objects.get(pk=shop.pk).search
