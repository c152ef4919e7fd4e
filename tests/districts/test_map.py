"""The maps: what is drawn is where it is, the names fit, the points become discs when they are many."""

import json
import math
import re
import zlib
from pathlib import Path

import pytest
import shapely
from django.template.loader import render_to_string

from districts.map import (
    KNOT_M,
    LETTER_WIDTH,
    Frame,
    Outline,
    Point,
    city_map,
    district_map,
    knot,
    marks,
    surroundings,
)

ROOT = Path(__file__).parents[2]

# Two squares side by side and a sliver, near 50° north: a degree of longitude is 0.64 of one of latitude.
WEST = Outline(
    "west",
    "Quartier Ouest",
    [(6.0, 49.9), (6.1, 49.9), (6.1, 50.0), (6.0, 50.0), (6.0, 49.9)],
    (6.05, 49.95),
    "/q/west/",
)
EAST = Outline("east", "Est", [(6.1, 49.9), (6.2, 49.9), (6.2, 50.0), (6.1, 50.0)], (6.15, 49.95), "/q/east/")
SLIVER = Outline(
    "sliver",
    "Un très long nom de quartier",
    [(6.2, 49.9), (6.21, 49.9), (6.21, 50.0), (6.2, 50.0)],
    (6.205, 49.95),
)


@pytest.fixture(scope="module")
def outlines():
    """The districts that the project carries."""
    pack = next(path for path in sorted(ROOT.glob("cities/*/districts.json")))
    facts = json.loads(pack.read_text())
    districts = facts["districts"] if isinstance(facts, dict) else facts
    return [
        Outline(d["slug"], name_of(d), d["outline"], tuple(d["label"]), f"/fr/quartiers/{d['slug']}/")
        for d in districts
    ]


def name_of(district):
    names = district.get("names") or district["name"]
    return names["fr"] if isinstance(names, dict) else names


def corners(path):
    """The absolute corners of a path as the maps write it."""
    start, steps = re.fullmatch(r"M(-?\d+ -?\d+)l([-\d ]+)z", path).groups()
    x, y = map(int, start.split())
    numbers = [int(number) for number in re.findall(r"-?\d+", steps)]
    found = [(x, y)]
    for dx, dy in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        found.append((x, y))
    return found


# Where things are


def test_north_is_up_and_east_is_right():
    frame = Frame(WEST.ring)
    assert frame.place(6.0, 50.0)[1] < frame.place(6.0, 49.9)[1]
    assert frame.place(6.0, 50.0)[0] < frame.place(6.1, 50.0)[0]


def test_a_kilometre_is_as_long_north_as_east():
    frame = Frame(WEST.ring)
    x0, y0 = frame.place(6.05, 49.95)
    north = y0 - frame.place(6.05, 49.95 + 4000 / 111_195)[1]
    east = frame.place(6.05 + 4000 / (111_195 * math.cos(math.radians(49.95))), 49.95)[0] - x0
    assert north == pytest.approx(east, abs=2)


def test_everything_lies_inside_the_picture(outlines):
    drawn = city_map(outlines)
    for shape in drawn.shapes:
        for x, y in corners(shape.path):
            assert 0 <= x <= drawn.width
            assert 0 <= y <= drawn.height


def test_a_path_ends_where_the_outline_ends():
    west, east = city_map([WEST, EAST]).shapes
    assert len(corners(west.path)) == 4
    assert set(corners(west.path)) & set(corners(east.path)), "the shared border has the same corners"


def test_a_city_of_one_district_has_a_map_too():
    drawn = city_map([WEST])
    assert len(drawn.shapes) == 1
    assert drawn.height > 0


@pytest.mark.parametrize(
    "ring", [[(6, 50), (6.5, 50), (6.5, 50.01), (6, 50.01)], [(6, 49), (6.01, 49), (6.01, 50), (6, 50)]]
)
def test_neither_a_strip_nor_a_tower(ring):
    frame = Frame(ring)
    assert 0.5 < frame.height / frame.width < 1.2


# Names


def test_a_name_stands_inside_its_district_or_not_at_all(outlines):
    named = 0
    for shape in city_map(outlines).shapes:
        area = shapely.Polygon(corners(shape.path)).buffer(3)
        for label in shape.labels:
            half = len(label.text) * LETTER_WIDTH / 2
            assert area.contains(shapely.box(label.x - half, label.y - 12, label.x + half, label.y + 2))
        named += bool(shape.labels)
    assert named >= len(outlines) / 2


def test_a_name_without_room_is_left_to_the_list():
    sliver = city_map([WEST, EAST, SLIVER]).shapes[-1]
    assert sliver.labels == ()
    assert sliver.name == "Un très long nom de quartier"


def test_names_do_not_overlap(outlines):
    boxes = [
        (label.x - len(label.text) * 4, label.y - 12, label.x + len(label.text) * 4, label.y)
        for shape in city_map(outlines).shapes
        for label in shape.labels
    ]
    for i, (left, top, right, bottom) in enumerate(boxes):
        for other_left, other_top, other_right, other_bottom in boxes[i + 1 :]:
            assert right < other_left or other_right < left or bottom < other_top or other_bottom < top


# Points


def test_few_shops_are_dots_with_their_light():
    dots = marks(Frame(WEST.ring), [Point(6.05, 49.95, "on", "Um Eck", "/x/"), Point(6.02, 49.92, "unlit")])
    assert [(dot.light, dot.count) for dot in dots] == [("on", 1), ("unlit", 1)]
    assert dots[0].url == "/x/"


def test_many_shops_become_discs_that_count_each_of_them_once():
    points = [Point(6 + i % 40 / 400, 49.9 + i // 40 / 400, "on") for i in range(400)]
    discs = marks(Frame(WEST.ring), points)
    assert sum(disc.count for disc in discs) == 400
    assert len(discs) < 200
    assert {disc.light for disc in discs if disc.count > 1} == {"many"}


def test_two_hundred_are_still_dots_and_one_more_are_not():
    points = [Point(6.05, 49.95, "on")] * 201
    assert len(marks(Frame(WEST.ring), points[:200])) == 200
    assert [mark.count for mark in marks(Frame(WEST.ring), points)] == [201]


def test_a_shop_outside_the_picture_is_not_drawn():
    assert marks(Frame(WEST.ring), [Point(7.0, 49.95, "on")]) == ()


# The three maps


def test_a_districts_map_shows_it_large_among_its_neighbours():
    drawn = district_map(WEST, [EAST, SLIVER], [Point(6.05, 49.95, "on")])
    assert [(shape.slug, shape.css) for shape in drawn.shapes] == [("east", "far"), ("west", "here")]
    assert len(drawn.marks) == 1


def test_a_shops_map_shows_the_shop_near_the_middle_of_its_district():
    frame, drawn = surroundings((6.05, 49.95), [WEST, EAST], "west")
    assert frame.place(6.05, 49.95) == pytest.approx((drawn.width / 2, drawn.height / 2), abs=2)
    assert [shape.css for shape in drawn.shapes] == ["here"]


@pytest.mark.parametrize("place", [(6.05, 49.95), (6.1299, 49.6114), (-0.1, 60.2)])
def test_neighbours_share_the_middle_of_their_maps(place):
    lon, lat = knot(*place)
    assert knot(lon, lat) == pytest.approx((lon, lat), abs=1e-9)
    north_m = (lat - place[1]) * 111_195
    east_m = (lon - place[0]) * 111_195 * math.cos(math.radians(lat))
    assert max(abs(north_m), abs(east_m)) <= KNOT_M / 2 + 1


def test_the_whole_map_weighs_little(outlines):
    assert len(zlib.compress(render_to_string("_map.html", {"map": city_map(outlines)}).encode())) <= 6_000


def test_a_district_that_leads_nowhere_is_no_link():
    html = render_to_string(
        "_map.html", {"map": surroundings((6.05, 49.95), [WEST._replace(url="")], "west")[1]}
    )
    assert '<g class="d-west here">' in html
    assert "<a" not in html


def test_a_map_is_hidden_from_screen_readers_and_from_the_keyboard():
    """The list beside it says the same, once."""
    html = render_to_string(
        "_map.html", {"map": district_map(WEST, [EAST], [Point(6.05, 49.95, "on", "<b>", "/x/")])}
    )
    assert 'aria-hidden="true"' in html
    assert html.count("href=") == html.count('tabindex="-1"')
    assert "<title>&lt;b&gt;</title>" in html
    assert "style=" not in html
