"""Files out: the catalogue and the register of premises, in the columns that the import reads.

A file taken away and brought back changes nothing. What the columns do not hold (texts, special days, photos) is not
in them; the open data will be another file.
"""

from collections.abc import Iterator

from shops.importing import premises as register
from shops.importing.planning import OWN_IDS
from shops.importing.table import COLUMNS, LINKS
from shops.models import Premises, Shop
from shops.vocabulary import AccessQuestion

# Known by two columns of their own in some files; here the identifier says it all.
_NOT_OURS = {"osm_type", "osm_id", "osm_key", "osm_value"}


def shop_columns(languages) -> list[str]:
    """The heading; `languages` are those that a name may have beside French."""
    names = [f"name_{language}" for language in languages]
    columns = [column for column in COLUMNS if column not in _NOT_OURS]
    place = columns.index("name") + 1
    return [*columns[:place], *names, *columns[place:]]


def shop_rows(languages) -> Iterator[list]:
    """Every published shop, by name. Three queries a thousand shops."""
    columns = shop_columns(languages)
    shops = (
        Shop.objects.published()
        .select_related("district", "category")
        .defer("search", "district__outline")
        .prefetch_related("links", "other_categories")
        .order_by("name_key", "pk")
    )
    for shop in shops.iterator(chunk_size=1000):
        cells = _cells(shop)
        yield [cells.get(column, "") for column in columns]


def _cells(shop):
    cells = {
        "external_id": shop.external_id or f"{OWN_IDS}{shop.public_id}",
        "category": shop.category.code,
        "other_categories": ",".join(sorted(category.code for category in shop.other_categories.all())),
        "district": shop.district.slug,
        "lat": "" if shop.lat is None else shop.lat,
        "lon": "" if shop.lon is None else shop.lon,
        "opening_hours": shop.opening_hours or shop.opening_hours_text,
    }
    for name in ("name", "other_names", "street", "house_number", "postcode", "place_note", "phone", "email"):
        cells[name] = getattr(shop, name)
    for name in ("services", "payments", "spoken_languages"):
        cells[name] = ",".join(getattr(shop, name))
    for question in AccessQuestion.values:
        cells[question] = shop.access_answer(question)
    cells |= {key: text for key, text in (shop.i18n or {}).items() if key.startswith("name_") and text}
    by_kind = {}
    for link in shop.links.all():
        by_kind.setdefault(link.kind, link.url)
    return cells | {column: by_kind.get(kind, "") for column, kind in LINKS.items()}


def premises_columns() -> list[str]:
    return list(register.COLUMNS)


def premises_rows() -> Iterator[list]:
    """The whole register, by address."""
    rows = Premises.objects.select_related("district").defer("district__outline").prefetch_related("shops")
    for row in rows.iterator(chunk_size=1000):
        yield [
            row.external_id or "",
            row.street,
            row.house_number,
            row.unit,
            row.postcode,
            "" if row.lat is None else row.lat,
            "" if row.lon is None else row.lon,
            row.district.slug,
            row.occupancy,
            row.seen_on.isoformat() if row.seen_on else "",
            row.note,
            ";".join(sorted(shop.public_id for shop in row.shops.all())),
        ]
