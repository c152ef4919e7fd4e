"""The maps: from outlines in degrees to the geometry of a small SVG.

Nothing here knows the database or a template. A map depends only on the catalogue's version and the language (and,
with points, on the minute), so whoever asks for one may keep it as long as that.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

WIDTH = 800
MARGIN = 6
METRES_PER_DEGREE = 111_195
# Up to this many points are drawn one by one; above, those that share a square of the grid become one.
MANY = 200
GRID = 72
KNOT_M = 400
DOT = 7  # a shop's radius

# The map's letters: their height, a generous width, and the distance between lines, in the map's units.
LETTER = 17
LETTER_WIDTH = 9.0
LINE = 19


class Outline(NamedTuple):
    """A district as a map wants it."""

    slug: str
    name: str
    ring: Sequence[Sequence[float]]  # [longitude, latitude] in degrees
    label: tuple[float, float]  # longitude, latitude of a point well inside
    url: str = ""


class Point(NamedTuple):
    """A shop as a map wants it; `light` is `on`, `off` or `unlit`. Or several shops gathered beforehand: `count`."""

    lon: float
    lat: float
    light: str
    name: str = ""
    url: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class Label:
    x: int
    y: int
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A district on the map; `css` says how it is meant: "" (one of all), `here` or `far`."""

    slug: str
    name: str
    url: str
    path: str
    labels: tuple[Label, ...]
    css: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot for one shop, or a disc with a number for several (`light` is then `many`)."""

    x: int
    y: int
    radius: int
    light: str
    count: int
    name: str
    url: str

    @property
    def text_y(self) -> int:
        return self.y + 6


@dataclass(frozen=True, slots=True)
class Map:
    """What `_map.html` draws."""

    kind: str  # "city" or "near"
    width: int
    height: int
    shapes: tuple[Shape, ...]
    marks: tuple[Mark, ...] = ()


class Frame:
    """A window on the earth: projects degrees to the map's units, north up.

    Equirectangular, with longitudes shortened by the cosine of the middle latitude: over a city the error is far
    below the width of a line.
    """

    def __init__(self, ring: Iterable[Sequence[float]], *, around: float = 0.0, width: int = WIDTH):
        """Frame a ring of [longitude, latitude], with `around` (a share of its size) of air on each side."""
        lons, lats = zip(*ring, strict=True)
        self._shrink = math.cos(math.radians((min(lats) + max(lats)) / 2))
        wide = (max(lons) - min(lons)) * self._shrink or 1e-6
        high = max(lats) - min(lats) or 1e-6
        # Neither a strip nor a tower: at least five high to nine wide, at most nine to eight.
        air_x, air_y = wide * around, high * around
        wide, high = wide + 2 * air_x, high + 2 * air_y
        if high < wide * 5 / 9:
            air_y += (wide * 5 / 9 - high) / 2
            high = wide * 5 / 9
        if wide < high * 8 / 9:
            air_x += (high * 8 / 9 - wide) / 2
            wide = high * 8 / 9
        self.width = width
        self._scale = (width - 2 * MARGIN) / wide
        self.height = round(high * self._scale) + 2 * MARGIN
        self._west = min(lons) - air_x / self._shrink
        self._north = max(lats) + air_y

    def place(self, lon: float, lat: float) -> tuple[int, int]:
        """Project one position, in degrees, to whole units of the map."""
        x = (lon - self._west) * self._shrink * self._scale + MARGIN
        y = (self._north - lat) * self._scale + MARGIN
        return round(x), round(y)

    def shows(self, x: float, y: float) -> bool:
        return 0 <= x <= self.width and 0 <= y <= self.height


def city_map(outlines: Sequence[Outline], points: Sequence[Point] = ()) -> Map:
    """Draw all districts, each named where its name has room.

    Args:
        outlines: the districts; those next to each other share their border points, so no gap shows.
        points: shops to mark, if any.
    """
    frame = Frame([position for outline in outlines for position in outline.ring])
    shapes = tuple(_shape(frame, outline) for outline in outlines)
    return Map("city", frame.width, frame.height, shapes, marks(frame, points))


def district_map(here: Outline, others: Sequence[Outline], points: Sequence[Point] = ()) -> Map:
    """Draw one district large, the others faintly around it, and its shops.

    Args:
        here: the district.
        others: other districts; those outside the picture are left out.
        points: shops to mark.
    """
    frame = Frame(here.ring, around=0.08)
    shapes = [
        shape
        for outline in others
        if _overlaps(frame, outline.ring) and (shape := _shape(frame, outline, "far", around_edges=True))
    ]
    shapes.append(_shape(frame, here, "here", named=False))
    return Map("near", frame.width, frame.height, tuple(shapes), marks(frame, points))


def knot(lon: float, lat: float) -> tuple[float, float]:
    """The nearest point of a lattice over the city, `KNOT_M` wide: shops near one another share a map's middle."""
    step = KNOT_M / METRES_PER_DEGREE
    lat = round(lat / step) * step
    step /= math.cos(math.radians(lat))
    return round(lon / step) * step, lat


def surroundings(
    middle: tuple[float, float], outlines: Sequence[Outline], home: str = "", *, across_m: float = 3000
) -> tuple[Frame, Map]:
    """Draw the districts around a place. `frame.place` then tells where on the map a position is.

    Args:
        middle: longitude and latitude.
        outlines: the districts.
        home: slug of the district which stands out.
        across_m: what the picture shows from west to east, in metres.
    """
    lon, lat = middle
    north = across_m * 5 / 18 / METRES_PER_DEGREE
    east = across_m / 2 / METRES_PER_DEGREE / math.cos(math.radians(lat))
    frame = Frame([(lon - east, lat - north), (lon + east, lat + north)])
    shapes = tuple(
        _shape(frame, outline, "here" if outline.slug == home else "far", around_edges=True)
        for outline in outlines
        if _overlaps(frame, outline.ring)
    )
    return frame, Map("near", frame.width, frame.height, shapes)


def marks(frame: Frame, points: Sequence[Point], *, many: int = MANY, radius: int = DOT) -> tuple[Mark, ...]:
    """Turn shops into dots, or into discs with a number where more than `many` would crowd the picture."""
    placed = [(*frame.place(point.lon, point.lat), point) for point in points]
    placed = [(x, y, point) for x, y, point in placed if frame.shows(x, y)]
    if any(point.count > 1 for _x, _y, point in placed):
        return tuple(_disc([each]) for each in placed)
    if len(placed) <= many:
        return tuple(_dot(*each, radius) for each in placed)
    squares = defaultdict(list)
    for each in placed:
        squares[each[0] // GRID, each[1] // GRID].append(each)
    return tuple(
        _disc(group) if len(group) > 1 else _dot(*group[0], radius)
        for _square, group in sorted(squares.items())
    )


def _dot(x, y, point, radius):
    return Mark(x, y, radius, point.light, 1, point.name, point.url)


def _disc(group):
    x = round(sum(x for x, _y, _point in group) / len(group))
    y = round(sum(y for _x, y, _point in group) / len(group))
    number = sum(point.count for _x, _y, point in group)
    radius = min(27, 11 + round(2.2 * math.log2(number)))
    return Mark(x, y, radius, "many", number, "", "")


def _overlaps(frame, ring):
    xs, ys = zip(*(frame.place(lon, lat) for lon, lat in ring), strict=True)
    return max(xs) > 0 and min(xs) < frame.width and max(ys) > 0 and min(ys) < frame.height


def _shape(frame, outline, css="", *, named=True, around_edges=False):
    corners = _corners(frame, outline.ring)
    labels = ()
    if named:
        shown = _clip(corners, frame.width, frame.height) if around_edges else corners
        labels = _labels(shown, frame.place(*outline.label), outline.name)
    return Shape(outline.slug, outline.name, outline.url, _path(corners), labels, css)


def _corners(frame, ring):
    """The ring in whole units, without its repeated end and without repeated or flat points."""
    corners = []
    for lon, lat in ring:
        corner = frame.place(lon, lat)
        if not corners or corner != corners[-1]:
            corners.append(corner)
    if len(corners) > 1 and corners[0] == corners[-1]:
        corners.pop()
    return corners


def _path(corners):
    """An SVG path with relative whole numbers, the shortest way to write it."""
    (x, y), rest = corners[0], corners[1:]
    path = f"M{x} {y}l"
    for index, (next_x, next_y) in enumerate(rest):
        for first, step in ((True, next_x - x), (False, next_y - y)):
            joint = "" if step < 0 or (first and index == 0) else " "
            path += f"{joint}{step}"
        x, y = next_x, next_y
    return path + "z"


def _labels(corners, wanted, name):
    """The name on one line or two inside the shape, near the wanted point; nothing where there is no room."""
    if len(corners) < 3:
        return ()
    for lines in _ways_to_write(name):
        widest = max(map(len, lines)) * LETTER_WIDTH
        for shift in (0, -12, 12, -24, 24, -40, 40, -60, 60, -80, 80):
            middle = wanted[1] + shift
            baselines = [middle + LINE * (i - (len(lines) - 1) / 2) for i in range(len(lines))]
            room = _room(corners, wanted[0], [y + dy for y in baselines for dy in (-LETTER / 2, LETTER / 2)])
            if room and room[1] - room[0] >= widest:
                x = min(max(wanted[0], room[0] + widest / 2), room[1] - widest / 2)
                return tuple(
                    Label(round(x), round(y + LETTER * 0.35), text)
                    for y, text in zip(baselines, lines, strict=True)
                )
    return ()


def _ways_to_write(name):
    yield [name]
    places = [i for i, letter in enumerate(name) if letter in " -" and 0 < i < len(name) - 1]
    if places:
        best = min(places, key=lambda i: abs(len(name) - 2 * i))
        yield [name[: best + 1].strip(), name[best + 1 :].strip()]


def _room(corners, x, heights):
    """The stretch around x that lies inside the shape at all these heights, or None."""
    left, right = -math.inf, math.inf
    for y in heights:
        crossings = sorted(
            x1 + (y - y1) * (x2 - x1) / (y2 - y1)
            for (x1, y1), (x2, y2) in zip(corners, corners[1:] + corners[:1], strict=True)
            if (y1 > y) != (y2 > y)
        )
        stretch = next(
            ((a, b) for a, b in zip(crossings[::2], crossings[1::2], strict=True) if a <= x <= b), None
        )
        if stretch is None:
            return None
        left, right = max(left, stretch[0]), min(right, stretch[1])
    return (left, right) if left < right else None


def _clip(corners, width, height):
    """The part of a shape inside the picture (Sutherland and Hodgman, 1974)."""
    for axis, limit, keep_below in (
        (0, 4, False),
        (0, width - 4, True),
        (1, 4, False),
        (1, height - 4, True),
    ):
        kept = []
        for start, end in zip(corners, corners[1:] + corners[:1], strict=True):
            start_in = (start[axis] <= limit) == keep_below or start[axis] == limit
            end_in = (end[axis] <= limit) == keep_below or end[axis] == limit
            if start_in != end_in:
                share = (limit - start[axis]) / (end[axis] - start[axis])
                crossing = [start[i] + share * (end[i] - start[i]) for i in (0, 1)]
                crossing[axis] = limit
                kept.append(tuple(crossing))
            if end_in:
                kept.append(end)
        corners = kept
        if not corners:
            return []
    return corners
