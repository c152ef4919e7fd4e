"""The register of premises, and how much of the city the catalogue covers."""

import io
from datetime import date

import pytest

from shops import coverage
from shops.importing import BrokenFile, premises
from shops.importing.planning import Verdict
from shops.models import Event, Premises
from tests.shops.factories import TUESDAY_10H, make_shop

HEADING = "street;house_number;unit;lat;lon;occupancy;seen_on;shops"


def table(*lines):
    return io.BytesIO("\n".join([HEADING, *lines]).encode())


def bring(*lines):
    found = premises.plan(table(*lines), at=TUESDAY_10H)
    premises.apply(found, at=TUESDAY_10H)
    return found


def verdicts(found):
    return [line.verdict for line in found.lines]


def room(number="1", unit="", occupancy="occupied", seen="2026-11-01", shops="", street="Avenue de la Gare"):
    return f"{street};{number};{unit};49.595;6.130;{occupancy};{seen};{shops}"


@pytest.fixture
def gare(city):
    from districts.models import District

    return District.objects.get(slug="gare")


def test_a_register_comes_in_and_a_second_time_changes_nothing(city):
    marie = make_shop("Um Eck", house_number="1")
    assert verdicts(bring(room(), room("3", occupancy="vacant"))) == [Verdict.NEW, Verdict.NEW]
    first, second = Premises.objects.order_by("house_number")
    assert (first.district.slug, first.occupancy, first.seen_on) == ("gare", "occupied", date(2026, 11, 1))
    assert list(first.shops.all()) == [marie], "the shop of the same address"
    assert not second.shops.exists()
    again = bring(room(), room("3", occupancy="vacant"))
    assert again.changes_nothing
    assert verdicts(again) == [Verdict.UNCHANGED, Verdict.UNCHANGED]


def test_an_older_look_does_not_replace_a_younger_one(city):
    bring(room(seen="2026-11-10"))
    bring(room(occupancy="vacant", seen="2026-10-01"))
    assert Premises.objects.get().occupancy == "occupied"


@pytest.mark.parametrize(
    ("line", "column"),
    [
        (room(number=""), "house_number"),
        (room(street=""), "street"),
        (room(occupancy="full"), "occupancy"),
        (room(seen=""), "seen_on"),
        (room(seen="2027-01-01"), "seen_on"),
        (room(seen="yesterday"), "seen_on"),
        (room(shops="nobody00"), "shops"),
        ("Avenue de la Gare;1;;0;0;;;", "lat, lon"),
        ("Avenue de la Gare;1;;x;y;;;", "lat, lon"),
        ("Avenue de la Gare;1;;49.595;;;;", "lat, lon"),
        ("Avenue de la Gare;1;;;;;;", "lat, lon"),
        (f"{'x' * 300};1;;49.595;6.130;;;", "street"),
    ],
)
def test_a_line_that_cannot_be_taken_is_refused_by_name_and_the_others_are_not(city, line, column):
    found = bring(line, room("9"))
    assert verdicts(found) == [Verdict.REFUSED, Verdict.NEW]
    assert found.lines[0].refusal[0] == column


def test_an_address_given_twice_is_refused_twice(city):
    assert verdicts(bring(room(), room())) == [Verdict.REFUSED, Verdict.REFUSED]


@pytest.mark.parametrize(
    "content", [b"", b"name\nx", b"street;house_number\n", b'{"elements": []}', b"\xff\xfe", b"PK\x03\x04"]
)
def test_a_file_that_is_no_register_is_refused_whole(city, content):
    with pytest.raises(BrokenFile):
        premises.plan(io.BytesIO(content), at=TUESDAY_10H)


def test_coverage_is_of_occupied_premises(city, gare):
    """Two shops in one room count once; one shop in two rooms covers both; who has no room is not in the measure."""
    one, two, wide = make_shop(house_number=""), make_shop(house_number=""), make_shop(house_number="")
    make_shop("Marchand ambulant", street="", house_number="", lat=None, lon=None)
    hidden = make_shop("Brouillon", status="draft", house_number="")
    bring(
        room("1", shops=f"{one.public_id};{two.public_id}"),
        room("2", shops=wide.public_id),
        room("2", unit="cour", shops=wide.public_id),
        room("3", shops=hidden.public_id),
        room("4", occupancy="vacant"),
        room("5", occupancy="unknown"),
    )
    counted = coverage.by_district()[gare.pk]
    assert (counted.occupied, counted.covered, counted.vacant, counted.unknown) == (4, 3, 1, 1)
    assert counted.percent == 75


def test_nothing_registered_is_no_percentage(city):
    assert coverage.whole(coverage.by_district().values()).percent is None


def test_a_hundred_per_cent_is_said_only_of_all(gare):
    assert coverage.Coverage(occupied=1000, covered=999).percent == 99


def test_seeing_a_room_notes_what_was_there_before(city, marie):
    bring(room("77"))
    row = Premises.objects.get()
    row.seen("occupied", shops=[marie], on=date(2026, 11, 20), by=None, at=TUESDAY_10H)
    event = Event.objects.get(kind="premises:seen")
    assert event.before["shops"] == []
    assert event.after["shops"] == [marie.public_id]
    row.seen("vacant", shops=[marie], on=date(2026, 11, 21), by=None, at=TUESDAY_10H)
    assert not row.shops.exists(), "nobody trades in an empty room"
