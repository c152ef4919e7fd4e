from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0021_reports_have_topics"),
    ]

    operations = [
        migrations.AlterField(
            model_name="shop",
            name="status",
            field=models.CharField(
                choices=[
                    ("draft", "brouillon"),
                    ("submitted", "proposé"),
                    ("published", "publié"),
                    ("suspended", "suspendu"),
                    ("closed", "fermé définitivement"),
                    ("merged", "fusionné"),
                    ("refused", "refusé"),
                ],
                default="draft",
                max_length=10,
                verbose_name="état",
            ),
        ),
    ]
