"""What the tests of loading and importing share: packs, small files, and a dump to compare with."""

import io
import json
import shutil
from datetime import datetime
from pathlib import Path

from django.core.management import call_command
from django.db import connection

from shops import importing
from tests.shops.factories import TUESDAY_10H

PACKS = Path(__file__).parent.parent / "packs"
BASE = "2026-11-01T00:00:00Z"


def load_city(path: Path | str) -> str:
    """Load a pack (of tests/packs by its name) and return what the command said."""
    said = io.StringIO()
    call_command("load_city", PACKS / path, stdout=said)
    return said.getvalue()


def import_shops(file: Path, *options: str) -> str:
    """Import a file and return what the command said, its progress left out."""
    said = io.StringIO()
    call_command("import_shops", file, *options, stdout=said, stderr=io.StringIO())
    return said.getvalue()


def copy_of(pack: Path | str, folder: Path) -> Path:
    """A copy of a pack, to be changed; without the demonstration's files, which are no part of it."""
    return Path(shutil.copytree(PACKS / pack, folder / "pack", ignore=shutil.ignore_patterns("demo")))


def edit(path: Path, change) -> None:
    """Read a JSON file, let `change` alter what it holds, write it back."""
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def node(number=1, name="Chez Nina", lat=43.738, lon=7.424, **tags) -> dict:
    """An element of an Overpass answer: a bakery in Monaco, unless told otherwise. `__` in a tag stands for `:`."""
    tags = {key.replace("__", ":"): value for key, value in tags.items()}
    named = {} if name is None else {"name": name}
    kind = {} if {"shop", "amenity", "craft"} & tags.keys() else {"shop": "bakery"}
    return {"type": "node", "id": number, "lat": lat, "lon": lon, "tags": named | kind | tags}


def overpass(*elements, base=BASE, **more) -> dict:
    osm3s = {"osm3s": {"timestamp_osm_base": base}} if base else {}
    return {"version": 0.6, **osm3s, "elements": list(elements), **more}


def plan_of(content, *, at: datetime = TUESDAY_10H, **options) -> importing.Plan:
    """The plan of a file given by its bytes, its text, or as an object to be written as JSON."""
    if isinstance(content, dict | list):
        content = json.dumps(content)
    if isinstance(content, str):
        content = content.encode()
    return importing.plan(io.BytesIO(content), source=options.pop("source", "essai"), at=at, **options)


def take(content, *, at: datetime = TUESDAY_10H, **options) -> importing.Plan:
    """Plan and apply a file."""
    return importing.apply(plan_of(content, at=at, **options), at=at)


def dump() -> dict[str, list]:
    """All that the database holds, table by table."""
    with connection.cursor() as cursor:
        found = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')
            found[table] = cursor.fetchall()
    return found
