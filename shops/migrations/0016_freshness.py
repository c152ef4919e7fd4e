import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    """Who was asked what, from when a shop is asked about or called, and what the public figures say."""

    dependencies = [
        ("districts", "0001_initial"),
        ("shops", "0015_photos"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DistrictFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("measure", models.CharField(max_length=20)),
                ("whole", models.PositiveIntegerField()),
                ("part", models.PositiveIntegerField()),
                ("counted_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "purpose",
                    models.CharField(choices=[("confirm", "Confirm"), ("holiday", "Holiday")], max_length=10),
                ),
                (
                    "groups",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "Nom, adresse et catégorie"),
                                ("hours", "Horaires"),
                                ("contact", "Coordonnées"),
                                ("services", "Services et paiement"),
                                ("accessibility", "Accessibilité"),
                                ("photos", "Photos"),
                            ],
                            max_length=20,
                        ),
                        default=list,
                    ),
                ),
                ("holiday_on", models.DateField(null=True)),
                (
                    "ahead_days",
                    models.PositiveSmallIntegerField(
                        help_text="Which of the two askings: 21 or 7.", null=True
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("right", "Right"),
                            ("usual", "Usual"),
                            ("closed", "Closed"),
                            ("other", "Other"),
                        ],
                        max_length=10,
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-pk"],
            },
        ),
        migrations.AddField(
            model_name="membership",
            name="wants_reminders",
            field=models.BooleanField(default=True, verbose_name="reçoit les rappels"),
        ),
        migrations.AddField(
            model_name="shop",
            name="call_at",
            field=models.DateTimeField(
                editable=False, help_text="From here on the City telephones.", null=True
            ),
        ),
        migrations.AddField(
            model_name="shop",
            name="due_at",
            field=models.DateTimeField(
                editable=False, help_text="From here on its people have something to confirm.", null=True
            ),
        ),
        migrations.AddIndex(
            model_name="shop",
            index=models.Index(
                condition=models.Q(("claimed_at__isnull", False), ("status", "published")),
                fields=["due_at"],
                name="shop_due",
            ),
        ),
        migrations.AddIndex(
            model_name="shop",
            index=models.Index(
                condition=models.Q(("status", "published")),
                fields=["district", "call_at"],
                name="shop_to_call",
            ),
        ),
        migrations.AddField(
            model_name="districtfigure",
            name="district",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="districts.district"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="shop",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="shops.shop"
            ),
        ),
        migrations.AddField(
            model_name="reminder",
            name="user",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="reminders",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="districtfigure",
            constraint=models.UniqueConstraint(fields=("district", "measure"), name="district_figure_once"),
        ),
        migrations.AddConstraint(
            model_name="districtfigure",
            constraint=models.CheckConstraint(
                condition=models.Q(("part__lte", models.F("whole"))), name="district_figure_is_a_share"
            ),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["user", "-sent_at"], name="reminder_by_person"),
        ),
        migrations.AddIndex(
            model_name="reminder",
            index=models.Index(fields=["shop", "-sent_at"], name="reminder_by_shop"),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.UniqueConstraint(
                condition=models.Q(("purpose", "holiday")),
                fields=("shop", "user", "holiday_on", "ahead_days"),
                name="reminder_of_a_holiday_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ahead_days", None), ("holiday_on", None), ("purpose", "confirm")),
                    models.Q(
                        ("ahead_days__isnull", False),
                        ("groups", []),
                        ("holiday_on__isnull", False),
                        ("purpose", "holiday"),
                    ),
                    _connector="OR",
                ),
                name="reminder_asks_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminder",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("answer", ""), ("answered_at", None)),
                    models.Q(("answered_at__isnull", False), models.Q(("answer", ""), _negated=True)),
                    _connector="OR",
                ),
                name="reminder_answered_somehow",
            ),
        ),
    ]
