"""What hardly ever changes, kept in the process: the city, its districts, categories, holidays, and the totals.

Everything here is keyed by the catalogue's row (`Catalogue.structure` and `.version`), so no process can hold
something that another has replaced: a request whose catalogue is newer loads anew.
"""

import hashlib
import threading
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from django.urls import reverse

from districts import colours
from districts.models import City, District, Street
from shops import catalogue
from shops.models import Category, CategoryGroup, FacetTotal
from shops.opening_hours import Place


@dataclass(frozen=True)
class Structure:
    """The city's frame. `city` is None until a pack is loaded."""

    number: int
    city: City | None
    place: Place | None
    districts: dict  # slug -> District, in the city's order; `.neighbour_slugs` is set
    groups: dict  # code -> CategoryGroup; `.members` lists its categories
    categories: dict  # code -> Category
    former: dict = field(
        default_factory=dict
    )  # code -> Category that was given up, with the one it went into

    def category(self, code):
        """By its code, one that was given up too; None if there never was one."""
        return self.categories.get(code) or self.former.get(code)

    @cached_property
    def groups_by_slug(self):
        return {group.slug: group for group in self.groups.values()}

    @cached_property
    def categories_by_slug(self):
        return {category.slug: category for category in self.categories.values()}

    @cached_property
    def former_by_slug(self):
        """Where an address leads that names a category given up."""
        return {category.slug: category.merged_into for category in self.former.values()}

    @cached_property
    def districts_by_id(self):
        return {district.pk: district for district in self.districts.values()}

    @cached_property
    def categories_by_id(self):
        return {category.pk: category for category in self.categories.values()}

    @cached_property
    def stylesheet(self) -> str:
        """The districts' colours."""
        return colours.stylesheet((district.slug, district.hue) for district in self.districts.values())

    @cached_property
    def stylesheet_fingerprint(self) -> str:
        return hashlib.sha256(self.stylesheet.encode()).hexdigest()[:12]

    @cached_property
    def stylesheet_url(self) -> str:
        return reverse("city_css", args=[self.stylesheet_fingerprint])


_lock = threading.Lock()
_structure = None
_totals = (None, {})


def structure(present) -> Structure:
    """The frame that belongs to a catalogue (`catalogue.present()`). At most five queries, then none until it changes."""
    global _structure
    kept = _structure
    if kept is not None and kept.number == present.structure:
        return kept
    with _lock:
        if _structure is None or _structure.number != present.structure:
            _structure = _load_structure(present.structure, _structure)
        return _structure


def totals(present) -> dict:
    """Published shops by facet (`catalogue.ALL` for all). One query for each version of the catalogue."""
    global _totals
    version, kept = _totals
    if version == present.version:
        return kept
    kept = dict(FacetTotal.objects.values_list("facet", "shops"))
    _totals = (present.version, kept)
    return kept


def kept(size: int):
    """Keep the last answers of a function in the process, the coldest leaving first.

    Its arguments must hold all that the answer depends on: the catalogue (or its version), the language, the minute.
    """

    def decorate(function):
        function = lru_cache(maxsize=size)(function)
        _kept.append(function)
        return function

    return decorate


_kept = []


def streets(present) -> dict:
    """Names of the official streets by slug. One query until the city's frame changes."""
    return _streets(present.structure)


@kept(1)
def _streets(structure_number):
    return dict(Street.objects.values_list("slug", "name"))


def forget():
    """Drop what is kept. For tests, whose database goes back in time."""
    global _structure, _totals
    _structure, _totals = None, (None, {})
    for function in _kept:
        function.cache_clear()


def _load_structure(number, previous):
    city = City.objects.first()
    if city is None:
        return Structure(number, None, None, {}, {}, {})
    districts = {district.slug: district for district in District.objects.all()}
    by_id = {district.pk: district for district in districts.values()}
    for district in districts.values():
        district.neighbour_slugs = []
    for one, other in District.neighbours.through.objects.values_list("from_district_id", "to_district_id"):
        by_id[one].neighbour_slugs.append(by_id[other].slug)
    groups = {group.code: group for group in CategoryGroup.objects.all()}
    groups_by_id = {group.pk: group for group in groups.values()}
    for group in groups.values():
        group.members = []
    categories, former = {}, {}
    for category in Category.objects.all():
        if category.merged_into_id:
            former[category.code] = category
            continue
        category.group = groups_by_id[category.group_id]
        category.group.members.append(category)
        categories[category.code] = category
    by_key = {category.pk: category for category in categories.values()}
    for category in former.values():
        category.merged_into = by_key[category.merged_into_id]
    place = catalogue.load_place(city)
    if previous and previous.place == place:
        # Hours are kept parsed by their place: one that says the same stays the same.
        place = previous.place
    return Structure(number, city, place, districts, groups, categories, former)
