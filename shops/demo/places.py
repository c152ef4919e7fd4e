"""Positions of the fictional shops: streets as lines on the city's plane, slots along them."""

import math
from collections import defaultdict
from random import Random

from shapely import LineString, Point, Polygon, prepare
from shapely.ops import nearest_points

from districts.models import EARTH_RADIUS_M


class Places:
    """Positions along streets, each in its district, none on another."""

    def __init__(self, data, city, districts, seed):
        self.data, self.city, self.seed = data, city, seed
        self.areas = {}
        for slug, district in districts.items():
            outline = Polygon([city.plane(*point) for point in district.outline])
            # Not on the border itself: rounding would put some on the other side.
            area = outline.buffer(-6)
            prepare(area)
            self.areas[slug] = area
        self.streets = {
            slug: [street.name for street in district.streets.all()] for slug, district in districts.items()
        }
        self.slots = {}
        self.occupied = defaultdict(list)
        self.remembered = {}

    def street_in(self, slug, lot) -> str:
        """A street of the district, "" where none is known."""
        streets = self.streets[slug]
        return lot.choice(streets) if streets else ""

    def put(self, slug, street, lot, beside="") -> tuple[float, float]:
        """Take a free position in a street, or next to a shop that was remembered. Returns (lon, lat)."""
        anchor = self.remembered.get(beside)
        if anchor is not None:
            point = self._free_near(anchor, slug)
        else:
            name = street or f"place {lot.randrange(6)}"
            slots = self.slots.get((slug, name))
            if slots is None:
                slots = self.slots[slug, name] = self._slots(slug, name)
            # In a city too small for its shops they end up on each other's heads.
            point = next(point for tries, point in enumerate(slots) if tries > 500 or self._is_free(point))
        self.occupied[self._cell(point)].append(point)
        return self._position(point)

    def remember(self, name, position):
        self.remembered[name] = self.city.plane(*position)

    def _slots(self, slug, name):
        """Positions along both sides of a street, the street front first, without end."""
        area = self.areas[slug]
        lot = Random(f"{self.seed}:{slug}:{name}")  # noqa: S311
        line = self._line(slug, name, lot)
        length = int(line.length)
        for row in range(40):
            offsets = [(along, side) for along in range(4, max(5, length), 8) for side in (-1, 1)]
            lot.shuffle(offsets)
            for along, side in offsets:
                point = _beside(line, along + lot.uniform(-2, 2), side * (7 + 9 * row + lot.uniform(0, 3)))
                if area.contains(Point(point)):
                    yield point
        while True:
            yield self._anywhere(area, lot)

    def _line(self, slug, name, lot):
        """Where a street runs in a district: as drawn by hand, else somewhere of its own."""
        area = self.areas[slug]
        drawn = self.data.districts["streets"].get(name)
        if drawn:
            part = LineString([self.city.plane(*point) for point in drawn]).intersection(area)
            parts = [piece for piece in getattr(part, "geoms", [part]) if piece.length > 40]
            if parts:
                return max(parts, key=lambda piece: piece.length)
        heart = area.representative_point()
        # Streets crowd towards the middle: the best of three throws.
        centre = min(
            (self._anywhere(area, lot) for _throw in range(3)), key=lambda xy: heart.distance(Point(xy))
        )
        angle, half = lot.uniform(0, math.pi), lot.uniform(120, 230)
        dx, dy = half * math.cos(angle), half * math.sin(angle)
        line = LineString([(centre[0] - dx, centre[1] - dy), (centre[0] + dx, centre[1] + dy)])
        part = line.intersection(area)
        return max(getattr(part, "geoms", [part]), key=lambda piece: piece.length)

    @staticmethod
    def _anywhere(area, lot):
        west, south, east, north = area.bounds
        for _throw in range(10_000):
            point = lot.uniform(west, east), lot.uniform(south, north)
            if area.contains(Point(point)):
                return point
        return area.representative_point().coords[0]

    @staticmethod
    def _cell(point):
        return int(point[0] // 5), int(point[1] // 5)

    def _is_free(self, point):
        """Whether nobody stands within four metres."""
        column, row = self._cell(point)
        return not any(
            math.dist(point, other) < 4
            for x in (column - 1, column, column + 1)
            for y in (row - 1, row, row + 1)
            for other in self.occupied.get((x, y), ())
        )

    def _free_near(self, anchor, slug):
        area = self.areas[slug]
        for step in range(8, 200, 4):
            for eighth in range(8):
                angle = eighth * math.pi / 4
                point = anchor[0] + step * math.cos(angle), anchor[1] + step * math.sin(angle)
                if area.contains(Point(point)) and self._is_free(point):
                    return point
        return nearest_points(area, Point(anchor))[0].coords[0]

    def _position(self, point):
        """Back from the plane, to about ten centimetres."""
        metres = math.radians(1) * EARTH_RADIUS_M
        lon = self.city.centre_lon + point[0] / (metres * math.cos(math.radians(self.city.centre_lat)))
        return round(lon, 6), round(self.city.centre_lat + point[1] / metres, 6)


def _beside(line, along, offset):
    """The point `offset` metres left of a line, `along` metres from its start."""
    here = line.interpolate(along)
    ahead, behind = line.interpolate(along + 1), line.interpolate(max(0, along - 1))
    dx, dy = ahead.x - behind.x, ahead.y - behind.y
    length = math.hypot(dx, dy) or 1
    return here.x - dy / length * offset, here.y + dx / length * offset
