"""The city as an import needs it."""

from functools import cached_property

from django.conf import settings
from django.utils.translation import gettext as _

from districts.city_pack import OSM_KEYS, Borders, Selectors, street_slug
from districts.models import City, District
from shops import catalogue
from shops.models import Category

from .facts import Refused

MOST_VALUES = 10  # of one key with semicolons


class NoCity(Exception):
    """No city is loaded yet."""


class Swapped(Refused):
    """Latitude and longitude stand in each other's place."""


class Frame:
    """The city, its districts and categories, read once.

    Raises:
        NoCity: load one first.
    """

    def __init__(self):
        self.city = City.objects.filter(pk=1).first()
        if self.city is None:
            raise NoCity
        self.place = catalogue.load_place(self.city)
        self.districts = list(District.objects.all())
        self.categories = list(Category.objects.in_use())
        # What a file calls by the name of a category that was given up is of the one that took its place.
        self.former = list(Category.objects.exclude(merged_into=None).select_related("merged_into"))
        facts = self.city.facts
        self.region = facts.get("phone_region") or self.city.country
        self.marketplaces = [host for market in facts.get("marketplaces", ()) for host in market["hosts"]]
        self.borders = Borders(
            {district.slug: district.outline for district in self.districts},
            tolerance_m=facts.get("border_tolerance_m", 30),
        )
        self.selectors = Selectors(
            [
                *((category.code, category.osm) for category in self.categories),
                *((category.merged_into.code, category.osm) for category in self.former),
            ]
        )

    @cached_property
    def name_languages(self) -> list[str]:
        """Languages that a name may have beside the plain one."""
        offered = [code for code, _name in settings.LANGUAGES if code in self.city.languages]
        return [code for code in offered if code != settings.LANGUAGE_CODE]

    @cached_property
    def district_ids(self) -> dict[str, int]:
        return {district.slug: district.pk for district in self.districts}

    @cached_property
    def category_ids(self) -> dict[str, int]:
        return {category.code: category.pk for category in self.categories}

    @cached_property
    def district_slugs(self) -> dict[int, str]:
        return {district.pk: district.slug for district in self.districts}

    @cached_property
    def category_codes(self) -> dict[int, str]:
        return {category.pk: category.code for category in self.categories}

    @cached_property
    def _district_words(self):
        words = {}
        for district in self.districts:
            names = [district.name, *_translations(district, "name")]
            for word in [district.slug, district.code, *names]:
                words.setdefault(street_slug(word), district.slug)
        return words

    @cached_property
    def _category_words(self):
        words = {category.code: category.code for category in self.categories}
        for category in self.categories:
            for word in [category.slug, category.label, *_translations(category, "label")]:
                words.setdefault(street_slug(word), category.code)
        for category in self.former:
            names = [category.slug, category.label, *_translations(category, "label")]
            for word in [category.code, *map(street_slug, names)]:
                words.setdefault(word, category.merged_into.code)
        return words

    @cached_property
    def _leftovers(self):
        """Categories that take what nothing else fits."""
        return {
            category.code
            for category in self.categories
            if any(selector.endswith("=*") for selector in category.osm)
        }

    @cached_property
    def selector_keys(self) -> set[str]:
        """Keys of the tags that decide on categories."""
        selectors = (selector for category in [*self.categories, *self.former] for selector in category.osm)
        return {*OSM_KEYS, *(part.split("=")[0] for selector in selectors for part in selector.split("+"))}

    def district_at(self, lat: float, lon: float) -> str:
        """The slug of the district in which a position lies.

        Raises:
            Swapped: it would lie in the city if latitude and longitude were exchanged.
            Refused: it lies outside the city, or nowhere on earth.
        """
        on_earth = abs(lat) <= 90 and abs(lon) <= 180
        if on_earth and (slug := self.borders.at(lon, lat)):
            return slug
        if abs(lon) <= 90 and abs(lat) <= 180 and self.borders.at(lat, lon):
            raise Swapped(_("latitude et longitude sont échangées"))
        if not on_earth:
            raise Refused(_("n’est pas une position"))
        raise Refused(_("hors de la ville (%(city)s)") % {"city": self.city.name})

    def district_called(self, word: str) -> str | None:
        """A district's slug by its slug, official code or name in any language."""
        return self._district_words.get(street_slug(word))

    def category_called(self, word: str) -> str | None:
        """A category's code by its code, slug or label in any language."""
        return self._category_words.get(word) or self._category_words.get(street_slug(word))

    def categories_for(self, tags: dict[str, str]) -> list[str]:
        """Codes of the categories of these OpenStreetMap tags, the main one first; empty if none fits."""
        tags = {key: value for key, value in tags.items() if key in self.selector_keys}
        main = self.selectors.pick(tags)
        if main is None:
            return []
        found = [main]
        rest = {key: value for key, value in tags.items() if key not in OSM_KEYS}
        for key in OSM_KEYS:
            for value in tags[key].split(";")[:MOST_VALUES] if key in tags else ():
                code = self.selectors.pick(rest | {key: value.strip()})
                if code and code not in found and code not in self._leftovers:
                    found.append(code)
        return found


def _translations(row, field):
    return [text for key, text in (row.i18n or {}).items() if key.startswith(f"{field}_")]
