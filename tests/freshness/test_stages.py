"""A fact is fresh, then due, stale, sunk, to call: a clock walks a shop through all of it."""

from datetime import UTC, timedelta

import pytest

from shops import catalogue, freshness
from shops.editing import revisions
from shops.freshness import Stage
from shops.models import Catalogue, Shop
from shops.vocabulary import ConfirmedBy, FactGroup
from tests.shops.factories import TUESDAY_10H, make_shop

HOURS, IDENTITY = FactGroup.HOURS, FactGroup.IDENTITY
# By the factory. In UTC: a term is a span of time, and the clocks change on its way.
CONFIRMED = (TUESDAY_10H - timedelta(days=7)).astimezone(UTC)


def after(days):
    return CONFIRMED + timedelta(days=days)


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (0, Stage.FRESH),
        (75.9, Stage.FRESH),
        (76, Stage.DUE),
        (89.9, Stage.DUE),
        (90, Stage.STALE),
        (119.9, Stage.STALE),
        (120, Stage.SUNK),
        (149.9, Stage.SUNK),
        (150, Stage.TO_CALL),
        (5000, Stage.TO_CALL),
    ],
)
def test_confirmed_hours_pass_through_all_stages(marie, city, days, expected):
    assert freshness.stage(marie, HOURS, city, after(days)) is expected


def test_a_clock_walks_a_shop_from_fresh_to_the_telephone_and_back(marie, city, client, clock):
    """Every morning for half a year, the night's work behind it."""
    seen = {}
    for day in range(0, 170, 5):
        at = clock(after(day))
        catalogue.refresh_day(at=at)
        marie.refresh_from_db()
        page = client.get(f"/fr/commerces/{marie.slug}/")
        seen[day] = (
            freshness.stage(marie, HOURS, city, at),
            "n’ont pas été confirmés depuis longtemps" in page.text,
            marie.daily_order >= 0,
            Shop.objects.to_call(at).exists(),
        )
        assert page.status_code == 200, "nobody is taken off because nobody answered"
    assert [seen[day] for day in (75, 80, 90, 120, 125, 150)] == [
        (Stage.FRESH, False, False, False),
        (Stage.DUE, False, False, False),
        (Stage.STALE, True, False, False),
        # It sinks at the midnight after: nobody's place changes in the middle of a day.
        (Stage.SUNK, True, False, False),
        (Stage.SUNK, True, True, False),
        (Stage.TO_CALL, True, True, True),
    ]
    revisions.confirm(marie, [HOURS], by=None, side=ConfirmedBy.CITY, at=at)
    marie.refresh_from_db()
    assert (marie.daily_order >= 0, Shop.objects.to_call(at).exists()) == (False, False), "at once"


def test_what_is_not_known_at_all_cannot_be_stale(city):
    silent = make_shop(opening_hours="", hours_confirmed_at=None, services=[], payments=[])
    late = TUESDAY_10H + timedelta(days=300)
    assert freshness.groups_at(silent, city, late, Stage.STALE, Stage.SUNK, Stage.TO_CALL) == []


def test_hours_that_nobody_ever_confirmed_are_stale_from_the_first_day(city):
    shop = make_shop(hours_confirmed_at=None, published_at=TUESDAY_10H)
    assert freshness.stage(shop, HOURS, city, TUESDAY_10H) is Stage.STALE
    assert freshness.stage(shop, HOURS, city, TUESDAY_10H + timedelta(days=60)) is Stage.TO_CALL


def test_who_puts_a_page_online_vouches_for_name_and_address(city):
    shop = make_shop(published_at=TUESDAY_10H)
    assert freshness.stage(shop, IDENTITY, city, TUESDAY_10H + timedelta(days=350)) is Stage.FRESH
    assert freshness.stage(shop, IDENTITY, city, TUESDAY_10H + timedelta(days=365)) is Stage.STALE


def test_stale_contacts_neither_sink_nor_call(city):
    shop = make_shop(
        phone="+35226123456",
        contact_confirmed_at=TUESDAY_10H - timedelta(days=300),
        contact_confirmed_by="import",
    )
    assert freshness.stage(shop, FactGroup.CONTACT, city, TUESDAY_10H) is Stage.TO_CALL
    assert not freshness.is_sunk(shop, city, TUESDAY_10H)
    assert not Shop.objects.to_call(TUESDAY_10H).exists()


def test_a_group_without_a_term_in_the_pack_never_ends(city, marie):
    city.freshness_days = {}
    assert freshness.stage(marie, HOURS, city, after(5000)) is Stage.FRESH


def test_the_derived_instants_are_those_of_the_rules(marie, city):
    assert marie.due_at == freshness.due_at(marie, city) != freshness.call_at(marie, city)
    assert freshness.call_at(marie, city) == marie.call_at == after(150)


# The order of lists


def test_sunk_shops_come_after_all_others_in_the_same_order(city):
    old = TUESDAY_10H - timedelta(days=200)
    shops = [make_shop(hours_confirmed_at=old if number % 2 else TUESDAY_10H) for number in range(20)]
    listed = list(Shop.objects.published().in_order("daily_order", many=True))
    assert [shop.hours_confirmed_at == old for shop in listed] == [False] * 10 + [True] * 10
    for half in (listed[:10], listed[10:]):
        assert half == sorted(
            half, key=lambda shop: catalogue.daily_order(shop.public_id, TUESDAY_10H.date())
        )
    assert {shop.pk for shop in shops} == {shop.pk for shop in listed}


def test_anybody_can_check_the_draw(marie):
    """As the page about the order says: 31 bits of SHA-256 of "day:id", the smallest first."""
    import hashlib

    drawn = hashlib.sha256(b"2026-11-24:mar1eeck").hexdigest()
    assert marie.daily_order + 2**31 == int(bin(int(drawn, 16))[2:].zfill(256)[:31], 2)


def test_sinking_and_rising_raise_the_version(marie, clock):
    catalogue.refresh_day(at=clock(after(121)))
    before = Catalogue.objects.get().version
    revisions.confirm(marie, [HOURS], by=None, side=ConfirmedBy.CITY, at=after(121))
    assert Catalogue.objects.get().version == before + 1
