"""Search: what residents type, in four languages and with typing errors, finds what they mean."""

import pytest
from django.db import transaction

from shops import catalogue, reference, search
from shops.models import Shop
from tests.shops import golden

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """The golden shops and the city's frame, made once for all the tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        reference.forget()
        shops = golden.load_city()
        yield shops, reference.structure(catalogue.present())
        transaction.set_rollback(True)


def find(city, text, language="fr", at=golden.AT):
    """The ids of the golden shops found, in order."""
    shops, structure = city
    names = {shop.pk: name for name, shop in shops.items()}
    query = search.understand(text, language=language, structure=structure)
    return [names[shop.pk] for shop in query.apply(Shop.objects.published(), at=at)]


@pytest.mark.parametrize(
    "wish", golden.QUERIES, ids=lambda wish: ascii(wish["q"])[1:-1] + "-" + wish["language"]
)
def test_what_is_meant_is_among_the_first_three(city, wish):
    shops, _structure = city
    found = find(city, wish["q"], wish["language"])
    first = [shops[name] for name in found[:3]]
    if wish.get("none"):
        assert found == []
        return
    assert found
    if "category" in wish:
        assert {shop.category.code for shop in first} <= set(wish["category"])
    if "group" in wish:
        assert {shop.category.group.code for shop in first} <= set(wish["group"])
    if "district" in wish:
        assert {shop.district.slug for shop in first} <= set(wish["district"])
    if "street" in wish:
        allowed = wish.get("or_shops", [])
        assert {shop.street_slug for shop in first if shop.slug not in allowed} <= {wish["street"]}
    if wish.get("open"):
        are_open = set(Shop.objects.open_at(golden.AT).values_list("pk", flat=True))
        assert {shop.pk for shop in first} <= are_open
    assert set(wish.get("shops", [])) <= set(found[:3])
    assert not set(wish.get("never", [])) & set(found[:3])
    for later in wish.get("after", []):
        assert max(map(found.index, wish["shops"])) < found.index(later)
    if "first" in wish:
        assert found[0] == wish["first"]
