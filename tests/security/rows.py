"""The database as rows of text: what a request changed, and whose it was."""

import json
from functools import cache

from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey

from accounts.models import User
from shops.models import Shop

# Kept by the machinery for itself.
NOT_OURS = ("procrastinate", "contenttypes", "auth.", "sessions")


@cache
def tables():
    """Every table of a model, many-to-many ones included, by its name."""
    found = {}
    for model in apps.get_models(include_auto_created=True):
        if not model._meta.label_lower.startswith(NOT_OURS) and model._meta.managed:
            found[model._meta.db_table] = model
    return found


@cache
def _ownership():
    """A condition for each table that has an owner: which of its rows are a shop's or a person's."""
    conditions = {Shop._meta.db_table: "id = ANY(%(shops)s)", User._meta.db_table: "id = ANY(%(people)s)"}
    for name, model in tables().items():
        ways = []
        for one in model._meta.concrete_fields:
            if isinstance(one, ForeignKey) and one.related_model in (Shop, User):
                whose = "shops" if one.related_model is Shop else "people"
                ways.append(f"{one.column} = ANY(%({whose})s)")
        if ways and name not in conditions:
            conditions[name] = " OR ".join(ways)
    return conditions


def of(shops, people) -> dict[str, set]:
    """Every row that is of these shops or people, as text, by table."""
    union = " UNION ALL ".join(
        f"SELECT '{table}', row_to_json(t)::text FROM {table} t WHERE {condition}"
        for table, condition in _ownership().items()
    )
    with connection.cursor() as cursor:
        cursor.execute(union, {"shops": list(shops), "people": list(people)})
        found = {}
        for table, row in cursor.fetchall():
            found.setdefault(table, set()).add(row)
    return found


def everything() -> dict[str, dict]:
    """Every row of every table, by table and key."""
    union = " UNION ALL ".join(
        f"SELECT '{table}', t.{model._meta.pk.column}::text, to_jsonb(t)::text FROM {table} t"
        for table, model in tables().items()
    )
    with connection.cursor() as cursor:
        cursor.execute(union)
        found = {}
        for table, key, row in cursor.fetchall():
            found.setdefault(table, {})[key] = json.loads(row)
    return found


def difference(before, after) -> list:
    """What changed: (table, what, {column: value}), where what is `new`, `gone`, or `changed`, sorted."""
    found = []
    for table in {*before, *after}:
        old, new = before.get(table, {}), after.get(table, {})
        found += [(table, "new", new[key]) for key in new.keys() - old.keys()]
        found += [(table, "gone", {"id": key}) for key in old.keys() - new.keys()]
        for key in old.keys() & new.keys():
            if old[key] != new[key]:
                changed = {name: new[key][name] for name in new[key] if new[key][name] != old[key][name]}
                found.append((table, "changed", changed))
    return sorted(found, key=lambda one: (one[0], one[1], json.dumps(one[2], sort_keys=True, default=str)))
