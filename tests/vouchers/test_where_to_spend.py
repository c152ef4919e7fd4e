"""Where Nina may spend: the list and a shop's page follow the agreements, from the day on which each begins to its last."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from shops import catalogue
from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import TODAY
from vouchers import agreements
from vouchers.models import Agreement

DAY = timedelta(days=1)


@pytest.fixture
def street(marie, paul, clock):
    with transaction.atomic():
        catalogue.changed([marie.pk, paul.pk], at=TUESDAY_10H)
    return marie, paul


def listed(client):
    return client.get("/fr/commerces/?bons=1").content.decode()


def page(client, shop):
    return client.get(f"/fr/commerces/{shop.slug}/").content.decode()


def test_who_has_signed_is_found_and_says_so(client, network, street):
    marie, paul = street
    assert marie.name not in listed(client)
    assert "Accepte les bons" not in client.get("/fr/commerces/").content.decode()
    agreements.sign([marie], network, TODAY, at=TUESDAY_10H)
    assert marie.name in listed(client)
    assert paul.name not in listed(client)
    assert "acceptés ici" in page(client, marie)
    assert "acceptés ici" not in page(client, paul)
    assert "Accepte les bons" in client.get("/fr/commerces/").content.decode()


def test_the_night_brings_what_begins_and_takes_what_is_over(client, network, street):
    marie, paul = street
    agreements.sign([marie], network, TODAY + DAY, at=TUESDAY_10H)
    agreements.sign([paul], network, TODAY - DAY, at=TUESDAY_10H)
    agreements.end(Agreement.objects.get(shop=paul), TODAY, today=TODAY, at=TUESDAY_10H)
    assert (marie.name in listed(client), paul.name in listed(client)) == (False, True)
    catalogue.refresh_day(at=TUESDAY_10H + DAY)
    assert (marie.name in listed(client), paul.name in listed(client)) == (True, False)


def test_an_agreement_ends_today_at_the_earliest_and_not_before_it_begins(network, street):
    marie, _paul = street
    (agreement,) = agreements.sign([marie], network, TODAY + DAY, at=TUESDAY_10H)
    for day in (TODAY - DAY, TODAY):
        with pytest.raises(agreements.TooEarly):
            agreements.end(agreement, day, today=TODAY, at=TUESDAY_10H)
    agreements.end(agreement, TODAY + DAY, today=TODAY, at=TUESDAY_10H)
    with pytest.raises(IntegrityError), transaction.atomic():
        agreements.sign([marie], network, TODAY + DAY, at=TUESDAY_10H)


def test_a_districts_map_shows_those_who_have_signed(client, network, street):
    marie, paul = street
    district = f"/fr/quartiers/{marie.district.slug}/"
    assert "Accepte les bons" not in client.get(district).content.decode()
    agreements.sign([marie], network, TODAY, at=TUESDAY_10H)
    assert f'href="{district}?bons=1"' in listed(client)
    drawn = client.get(district, {"bons": "1"}).content.decode()
    on_the_map = drawn[drawn.index("<svg", drawn.index("<h1")) : drawn.index('id="trouve"')]
    assert (marie.slug in on_the_map, paul.slug in on_the_map) == (True, False)
    assert 'name="bons" value="1" checked' in drawn


@pytest.mark.parametrize("wrong", ["2", "oui", "x' OR 1=1", "0"])
def test_another_word_than_one_is_said_or_ignored(client, network, street, wrong):
    assert client.get("/fr/commerces/", {"bons": wrong}).status_code == 200
