from django.db import migrations, models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat


def give_topics(apps, schema_editor):
    """What came of a telephone call had none, and was read and answered together with every other shop's."""
    reports = apps.get_model("shops", "Report").objects.using(schema_editor.connection.alias).filter(topic="")
    text = models.CharField(max_length=200)
    reports.exclude(shop=None).update(
        topic=Concat(Cast("shop_id", text), Value(":"), "kind", output_field=text)
    )
    reports.filter(topic="").update(topic=Concat("kind", Value(":"), "number", output_field=text))


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0020_figures_by_week"),
    ]

    operations = [
        migrations.RunPython(give_topics, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(condition=~Q(topic=""), name="report_has_a_topic"),
        ),
    ]
