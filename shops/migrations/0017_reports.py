import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Case, Q, Value, When
from django.db.models.functions import Cast, Coalesce, Concat

import shops.models.report


def give_numbers_and_topics(apps, schema_editor):
    """Reports that came before have a number and a topic too; those that nobody had looked at are the City's."""
    reports = apps.get_model("shops", "Report").objects.using(schema_editor.connection.alias)
    for key in reports.filter(number=None).values_list("pk", flat=True):
        reports.filter(pk=key).update(number=shops.models.report.new_number())
    text = models.CharField(max_length=200)
    reports.update(
        topic=Case(
            When(shop=None, then=Concat("kind", Value(":"), "number", output_field=text)),
            default=Concat(Cast("shop_id", text), Value(":"), "kind", output_field=text),
        )
    )
    reports.filter(state="new").update(state="city")
    # What was answered before there were outcomes was taken note of.
    reports.filter(state="answered").update(
        outcome="noted", answered_side="city", answered_at=Coalesce("answered_at", "created_at")
    )


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0016_freshness"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="number",
            field=models.CharField(max_length=8, null=True, editable=False),
        ),
        migrations.AddField(
            model_name="report",
            name="name",
            field=models.CharField(blank=True, default="", max_length=120, verbose_name="nom du commerce"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="report",
            name="name_key",
            field=models.CharField(blank=True, default="", editable=False, max_length=120),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="report",
            name="topic",
            field=models.CharField(default="", editable=False, max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="report",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=[
                    ("corrected", "C’est corrigé"),
                    ("right", "C’est juste comme c’est"),
                    ("noted", "Nous en prenons note"),
                    ("added", "Le commerce est ajouté"),
                    ("not_found", "Nous n’avons pas trouvé ce commerce"),
                    ("removed", "Le contenu est retiré"),
                    ("kept", "Le contenu reste en ligne"),
                ],
                default="",
                max_length=20,
                verbose_name="issue",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="report",
            name="answered_side",
            field=models.CharField(
                blank=True,
                choices=[
                    ("merchant", "le commerçant"),
                    ("city", "la Ville"),
                    ("import", "un fichier importé"),
                ],
                default="",
                max_length=10,
                verbose_name="répondu par",
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="report",
            name="answered_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.RunPython(give_numbers_and_topics, migrations.RunPython.noop),
        # Rows written and the table altered in one transaction: what the rows still owe is settled first.
        migrations.RunSQL("SET CONSTRAINTS ALL IMMEDIATE", migrations.RunSQL.noop),
        migrations.AlterField(
            model_name="report",
            name="number",
            field=models.CharField(
                default=shops.models.report.new_number,
                editable=False,
                max_length=8,
                unique=True,
                verbose_name="numéro",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="state",
            field=models.CharField(
                choices=[
                    ("merchant", "chez le commerçant"),
                    ("city", "à la Ville"),
                    ("answered", "répondu"),
                    ("closed", "clos"),
                ],
                default="city",
                max_length=20,
                verbose_name="état",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="answer",
            field=models.TextField(blank=True, max_length=2000, verbose_name="réponse"),
        ),
        migrations.AddIndex(
            model_name="report",
            index=models.Index(fields=["topic", "created_at"], name="report_topic"),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=~Q(state="answered") | (Q(answered_at__isnull=False) & ~Q(outcome="")),
                name="report_answered_has_an_outcome",
                violation_error_message="Une réponse dit ce qu’il en est.",
            ),
        ),
        migrations.AddConstraint(
            model_name="report",
            constraint=models.CheckConstraint(
                condition=~Q(state="merchant") | Q(shop__isnull=False),
                name="report_at_a_merchants_has_a_shop",
            ),
        ),
    ]
