"""Writing a city pack to the database: the city, its districts, holidays and streets.

Everything is compared with what is there first, so that loading the same pack twice writes nothing. The caller
holds the transaction and says what uses a district (`shops.loading`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import batched

from django.conf import settings
from django.db import models

from districts.city_pack import CityPack
from districts.models import City, District, PublicHoliday, Street

BATCH = 500


@dataclass
class Changes:
    """What loading did to one kind of thing. Items go by their slug, or by the day or code they have instead."""

    label: str
    added: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)  # item -> fields
    removed: list[str] = field(default_factory=list)

    def __bool__(self):
        return bool(self.added or self.changed or self.removed)


def in_languages(field: str, texts: Mapping[str, str], default: str) -> dict:
    """Spread texts by language over a model's translated field.

    The field itself holds the site's source language, or the city's `default` where the city does not speak it.
    """
    source = settings.LANGUAGE_CODE
    plain = texts.get(source) or texts.get(default, "")
    others = {f"{field}_{language}": text for language, text in sorted(texts.items()) if language != source}
    return {field: plain, "i18n": others}


def sync(model: type[models.Model], key: str, wanted: Mapping[str, dict]) -> Changes:
    """Make the table say what `wanted` says: key -> fields. Rows of other keys are removed.

    Args:
        key: the field that tells one row from another.
        wanted: in the pack's order; each value names all the fields that the pack decides.
    """
    changes = Changes(str(model._meta.verbose_name_plural))
    present = {getattr(row, key): row for row in model.objects.all()}
    gone = [row for row_key, row in present.items() if row_key not in wanted]
    touched, fields = [], set()
    for row_key, values in wanted.items():
        row = present.get(row_key)
        different = [name for name, value in values.items() if row and not _same(getattr(row, name), value)]
        if different:
            for name in different:
                setattr(row, name, values[name])
            touched.append(row)
            fields.update(different)
            changes.changed[_called(row, key)] = different
    model.objects.filter(pk__in=[row.pk for row in gone]).delete()
    if "slug" in fields:
        # Two rows may exchange their slugs; the database looks at one row after the other.
        for row in touched:
            model.objects.filter(pk=row.pk).update(slug=f"-{row.pk}")
    if touched:
        model.objects.bulk_update(touched, sorted(fields), batch_size=BATCH)
    new = [model(**{key: row_key, **values}) for row_key, values in wanted.items() if row_key not in present]
    model.objects.bulk_create(new, batch_size=BATCH)
    changes.added = [_called(row, key) for row in new]
    changes.removed = [_called(row, key) for row in gone]
    return changes


def said_by_city(model: type[models.Model], key: str) -> dict[str, dict]:
    """By row, the fields that the City wrote at its desk, as they are: laid over what a pack says."""
    return {
        getattr(row, key): {name: getattr(row, name) for name in row.said_by_city}
        for row in model.objects.exclude(said_by_city=[])
    }


def sync_relation(relation: models.Manager, wanted: Iterable[tuple[int, int]]) -> set[int]:
    """Make a many-to-many table hold exactly these pairs of ids.

    Args:
        relation: the field on its model, as `District.neighbours`.

    Returns:
        the ids on the near side whose pairs changed.
    """
    through = relation.through
    near, far = relation.field.m2m_column_name(), relation.field.m2m_reverse_name()
    present = {(row[1], row[2]): row[0] for row in through.objects.values_list("pk", near, far)}
    wanted = set(wanted)
    gone = [pk for pair, pk in present.items() if pair not in wanted]
    new = [through(**{near: one, far: other}) for one, other in sorted(wanted - present.keys())]
    for ids in batched(gone, BATCH, strict=False):
        through.objects.filter(pk__in=ids).delete()
    through.objects.bulk_create(new, batch_size=BATCH)
    return {one for one, _other in wanted ^ present.keys()}


def load(pack: CityPack, *, at: datetime) -> list[Changes]:
    """Write the city, its districts with their neighbours, its holidays and streets. Must run in a transaction."""
    return [
        _load_city(pack, at),
        _load_districts(pack),
        sync(
            PublicHoliday,
            "on",
            {
                holiday.on: in_languages("name", holiday.names, pack.city.default_language)
                for holiday in pack.holidays
            },
        ),
        _load_streets(pack),
    ]


def _load_city(pack, at):
    city = pack.city
    lon, lat = city.centre
    wanted = in_languages("name", city.name, city.default_language) | {
        "slug": city.slug,
        "languages": list(city.languages),
        "country": city.country,
        "time_zone": city.time_zone,
        "currency": city.currency,
        "centre_lon": lon,
        "centre_lat": lat,
        "freshness_days": dict(city.freshness_days),
        "facts": {
            "authority": dict(city.authority),
            "search_languages": list(city.search_languages),
            "phone_region": city.phone_region,
            "website": city.website,
            "bounds": list(city.bounds),
            "border_tolerance_m": city.border_tolerance_m,
            "contact": dict(city.contact),
            "legal": dict(city.legal),
            "attributions": [asdict(attribution) for attribution in city.attributions],
            "marketplaces": [
                asdict(marketplace) | {"hosts": list(marketplace.hosts)} for marketplace in city.marketplaces
            ],
            "placeholders": city.placeholders(),
        },
    }
    changes = Changes(str(City._meta.verbose_name))
    row = City.objects.filter(pk=1).first()
    if row is None:
        row = City(pk=1)
        changes.added = [city.slug]
    else:
        different = [name for name, value in wanted.items() if not _same(getattr(row, name), value)]
        if different:
            changes.changed[city.slug] = different
    if changes or row.pack_sha256 != pack.sha256:
        for name, value in (wanted | {"pack_sha256": pack.sha256, "loaded_at": at}).items():
            setattr(row, name, value)
        row.save()
    return changes


def _load_districts(pack):
    language = pack.city.default_language
    wanted, kept = {}, said_by_city(District, "code")
    for position, district in enumerate(pack.districts):
        lon, lat = district.label
        name = in_languages("name", district.names, language)
        intro = in_languages("intro", district.intro, language)
        wanted[district.code] = {
            "slug": district.slug,
            "name": name["name"],
            "intro": intro["intro"],
            "i18n": name["i18n"] | intro["i18n"],
            "hue": district.hue,
            "area_ha": district.area_ha,
            "population": district.population,
            "population_on": district.population_on,
            "label_lon": lon,
            "label_lat": lat,
            "outline": [list(point) for point in district.outline],
            "position": position,
        }
        if said := kept.get(district.code):
            texts = {name: text for name, text in said["i18n"].items() if name.startswith("intro_")}
            wanted[district.code] |= {"intro": said["intro"], "i18n": name["i18n"] | texts}
    changes = sync(District, "code", wanted)
    ids = dict(District.objects.values_list("slug", "pk"))
    pairs = [
        (ids[district.slug], ids[neighbour])
        for district in pack.districts
        for neighbour in district.neighbours
    ]
    _note(changes, District, sync_relation(District.neighbours, pairs), "neighbours")
    return changes


def _load_streets(pack):
    changes = sync(Street, "slug", {street.slug: {"name": street.name} for street in pack.streets})
    districts = dict(District.objects.values_list("slug", "pk"))
    ids = dict(Street.objects.values_list("slug", "pk"))
    pairs = [(ids[street.slug], districts[slug]) for street in pack.streets for slug in street.districts]
    _note(changes, Street, sync_relation(Street.districts, pairs), "districts")
    return changes


def _called(row, key):
    return str(getattr(row, "slug", "") or getattr(row, key))


def _note(changes, model, ids, what):
    """Count rows whose relations alone changed among the changed ones."""
    for slug in model.objects.filter(pk__in=ids).values_list("slug", flat=True):
        if slug not in changes.added:
            changes.changed.setdefault(slug, []).append(what)


def _same(ours, theirs):
    # An empty translation is stored as no translation at all.
    return (ours or None) == (theirs or None) if isinstance(theirs, dict) else ours == theirs
