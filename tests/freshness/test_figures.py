"""What is public about freshness: shares by district, counted at night, never of a single shop."""

from datetime import timedelta

import pytest

from shops import catalogue, figures
from shops.models import Catalogue, DistrictFigure, Shop, WeekFigure
from tests.shops.factories import TUESDAY_10H, make_shops

LONG_AGO = TUESDAY_10H - timedelta(days=200)
URL = "/fr/chiffres/"


@pytest.fixture
def street(city):
    """Gare: six shops with fresh hours, two without. Bonnevoie: three, too few to tell."""
    from districts.models import District

    gare, bonnevoie = (District.objects.get(slug=slug) for slug in ("gare", "bonnevoie"))
    make_shops(6, district=gare)
    make_shops(2, district=gare, hours_confirmed_at=LONG_AGO)
    make_shops(3, district=bonnevoie)
    make_shops(1, district=gare, status=Shop.Status.DRAFT)
    figures.count(at=TUESDAY_10H)


def test_the_page_tells_shares_by_district(client, street):
    page = client.get(URL)
    assert page.status_code == 200
    assert "75" in page.text
    assert "6 sur 8" in page.text
    assert "trop peu pour un chiffre" in page.text
    assert "3 sur 3" not in page.text, "of three shops a share speaks of somebody"
    # The picture says what the table says.
    assert '<rect width="75" height="8"' in page.text


def test_before_the_first_night_it_says_so(client, city):
    assert "Rien n’est encore compté" in client.get(URL).text


@pytest.mark.parametrize("language", ["fr", "de", "lb", "en"])
def test_it_speaks_four_languages(client, street, language):
    page = client.get(f"/{language}/chiffres/")
    assert f'<html lang="{language}">' in page.text
    assert f'href="/{language}/chiffres/"' in page.text, "and the foot of every page leads there"


def test_the_night_counts_and_raises_the_version_only_where_something_moved(street):
    before = Catalogue.objects.get().version
    figures.count(at=TUESDAY_10H + timedelta(hours=1))
    assert Catalogue.objects.get().version == before
    figures.count(at=TUESDAY_10H + timedelta(days=84))
    assert Catalogue.objects.get().version == before + 1
    assert set(DistrictFigure.objects.filter(measure="hours").values_list("part", flat=True)) == {0}
    assert DistrictFigure.objects.count() == 4 * 5


def test_each_week_keeps_its_last_count(street):
    figures.count(at=TUESDAY_10H + timedelta(days=1))
    Shop.objects.published().filter(district__slug="gare").update(hours_stale_at=LONG_AGO)
    figures.count(at=TUESDAY_10H + timedelta(days=2))
    figures.count(at=TUESDAY_10H + timedelta(days=7))
    monday = TUESDAY_10H.date() - timedelta(days=1)
    gare = WeekFigure.objects.filter(district__slug="gare", measure="hours").order_by("starts_on")
    assert list(gare.values_list("starts_on", "part", "whole")) == [
        (monday, 0, 8),
        (monday + timedelta(days=7), 0, 8),
    ]


def test_the_nights_work_includes_them(street, client):
    assert "6 sur 8" in client.get(URL).text
    catalogue.refresh_day(at=TUESDAY_10H + timedelta(days=84))
    assert "6 sur 8" not in client.get(URL).text


def test_counting_takes_the_same_queries_for_any_number_of_shops(street, django_assert_num_queries):
    # The city; the counts; the premises; the districts; savepoint, the week's rows, what is kept, when it was counted, release.
    with django_assert_num_queries(9):
        figures.count(at=TUESDAY_10H)


def test_the_page_reads_what_is_kept(client, street, django_assert_max_num_queries):
    client.get(URL)
    from shops import reference

    reference.forget()
    # The catalogue, the city's frame (five), the figures and when they were counted.
    with django_assert_max_num_queries(8):
        client.get(URL)


def test_coverage_is_told_where_premises_are_registered(client, street):
    from districts.models import District
    from shops.models import Premises

    assert "Locaux occupés" not in client.get(URL).text
    gare = District.objects.get(slug="gare")
    rooms = [
        Premises.objects.create(
            district=gare, street="Avenue de la Gare", street_slug="avenue-de-la-gare", house_number=str(number),
            occupancy=Premises.Occupancy.OCCUPIED, seen_on=TUESDAY_10H.date(),
        )
        for number in range(10)
    ]  # fmt: skip
    for room, shop in zip(rooms, Shop.objects.published().filter(district=gare)[:4], strict=False):
        room.shops.add(shop)
    figures.count(at=TUESDAY_10H)
    page = client.get(URL)
    assert "Locaux occupés qui ont une page" in page.text
    assert "4 sur 10" in page.text
