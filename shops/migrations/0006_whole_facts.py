from django.db import migrations, models
from django.db.models import Q
from django.db.models.lookups import Exact

from shops.models.shop import JsonKind


def drop_what_says_nothing(apps, schema_editor):
    """Half a position is none; notes that are not kept by their service's code belong to no service."""
    shops = apps.get_model("shops", "Shop").objects.using(schema_editor.connection.alias)
    shops.filter(Q(lat=None) | Q(lon=None)).exclude(lat=None, lon=None).update(lat=None, lon=None)
    for field in ("service_notes", "accessibility"):
        shops.annotate(kind=JsonKind(field)).exclude(kind="object").update(**{field: {}})
    # What is deferred to the end of the transaction would stand in the way of the constraints.
    schema_editor.execute("SET CONSTRAINTS ALL IMMEDIATE")


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0005_interval_indexes"),
    ]

    operations = [
        migrations.RunPython(drop_what_says_nothing, migrations.RunPython.noop),
        migrations.RemoveConstraint(
            model_name="shop",
            name="shop_position_whole_or_absent",
        ),
        migrations.AddConstraint(
            model_name="shop",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("lat__isnull", True), ("lon__isnull", True)),
                    models.Q(
                        ("lat__isnull", False),
                        ("lon__isnull", False),
                        ("lat__gte", -90),
                        ("lat__lte", 90),
                        ("lon__gte", -180),
                        ("lon__lte", 180),
                    ),
                    _connector="OR",
                ),
                name="shop_position_whole_or_absent",
                violation_error_message="Une position a une latitude (−90 à 90) et une longitude (−180 à 180).",
            ),
        ),
        migrations.AddConstraint(
            model_name="shop",
            constraint=models.CheckConstraint(
                condition=Exact(JsonKind("service_notes"), "object"),
                name="shop_service_notes_object",
                violation_error_message="Les précisions nomment chacune un service.",
            ),
        ),
        migrations.AddConstraint(
            model_name="shop",
            constraint=models.CheckConstraint(
                condition=Exact(JsonKind("accessibility"), "object"),
                name="shop_accessibility_object",
                violation_error_message="Chaque réponse nomme une question.",
            ),
        ),
    ]
