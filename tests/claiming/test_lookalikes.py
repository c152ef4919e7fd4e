"""Pages that may be of the same shop are found in one bounded query, the likeliest first."""

import pytest
from django.db import connection

from shops.lookalikes import lookalikes
from shops.models import Link, Shop
from tests.shops.factories import make_shop, make_shops


def names(**said):
    return [one.shop.name for one in lookalikes(**{"name": "Xylophonbau Quint", **said})]


def test_by_a_like_name(marie, paul):
    assert names(name="Boulangerie am Eck") == [marie.name]
    assert names(name="BOULANGERIE UM ECK") == [marie.name]


def test_by_the_telephone_and_by_the_site_whatever_the_name(marie):
    Link.objects.create(shop=marie, kind="website", url="https://www.um-eck.example/pain")
    assert names(phone=marie.phone) == [marie.name]
    assert names(website="um-eck.example") == names(website="http://um-eck.example/x") == [marie.name]
    assert names(website="eck.example") == []


def test_a_host_that_many_share_is_compared_whole(marie):
    Link.objects.create(shop=marie, kind="facebook", url="https://www.facebook.com/um-eck")
    assert names(website="https://www.facebook.com/nei-suelen") == []
    assert names(website="https://www.facebook.com/um-eck") == [marie.name]


def test_a_neighbour_alone_is_none_and_a_like_name_next_door_is(marie):
    here = (marie.x_m, marie.y_m)
    assert names(place=here) == []
    assert names(place=here, street="avenue de la gare", house_number=marie.house_number) == []
    assert names(name="Eck Boulanger", place=here) == [marie.name]


def test_what_speaks_for_it_is_said(marie):
    (one,) = lookalikes(
        name="Boulangerie um Eck",
        phone=marie.phone,
        street="Avenue de la Gare",
        house_number=marie.house_number,
        place=(marie.x_m, marie.y_m),
    )
    assert (one.same_name, one.same_phone, one.same_address, one.same_site) == (True, True, True, False)
    assert one.distance_m == pytest.approx(0, abs=1)


def test_itself_and_what_was_merged_are_left_out(marie, city):
    double = make_shop("Boulangerie Um Eck 2", slug="double")
    double.merge_into(marie, by=None, at=marie.created_at)
    assert names(name=marie.name) == [marie.name]
    assert names(name=marie.name, but=marie) == []


def test_pages_that_are_not_listed_count_too(city):
    shop = make_shop("Cordonnerie Nei Suelen", status=Shop.Status.SUBMITTED)
    assert names(name="Cordonnerie Nei Suelen") == [shop.name]


@pytest.mark.parametrize("name", ["", "\N{SNOWMAN}", "'; --", "%", "a" * 500, "🛒" * 300])
def test_any_words_are_compared_and_nothing_breaks(marie, name):
    assert lookalikes(name=name, website="not a site", phone="+1", street=name, house_number=name) == []


def test_one_query_that_reads_indexes_whatever_the_size(marie, django_assert_num_queries):
    make_shops(300)
    said = {
        "name": "Boulangerie Um Eck", "phone": marie.phone, "website": "um-eck.example", "street": "Avenue de la Gare",
        "house_number": "1", "place": (marie.x_m, marie.y_m),
    }  # fmt: skip
    with django_assert_num_queries(1) as queries:
        assert lookalikes(**said)[0].shop == marie
    with connection.cursor() as cursor:
        # What the planner knows of the table is what is in it, not what autovacuum last happened to see.
        cursor.execute("ANALYZE shops_shop, shops_link")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + queries.captured_queries[0]["sql"])
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Seq Scan on shops_shop" not in plan
    for index in ("shop_name_alike", "shop_by_phone", "shop_place"):
        assert index in plan
