import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("districts", "0001_initial"),
        ("shops", "0019_categories_given_up"),
    ]

    operations = [
        migrations.CreateModel(
            name="WeekFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_on", models.DateField()),
                ("measure", models.CharField(max_length=20)),
                ("whole", models.PositiveIntegerField()),
                ("part", models.PositiveIntegerField()),
                (
                    "district",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="districts.district"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("starts_on", "measure", "district"), name="week_figure_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(part__lte=models.F("whole")), name="week_figure_is_a_share"
                    ),
                ],
            },
        ),
    ]
