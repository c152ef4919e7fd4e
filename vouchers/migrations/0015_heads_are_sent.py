"""Which published heads the auditors were sent by mail."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0014_reviews_keep_themselves"),
    ]

    operations = [
        migrations.CreateModel(
            name="HeadMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("head", models.CharField(max_length=64, verbose_name="empreinte")),
                ("published_on", models.DateField(verbose_name="publiée le")),
                ("sent_at", models.DateTimeField(verbose_name="envoyée le")),
            ],
            options={
                "verbose_name": "empreinte envoyée",
                "verbose_name_plural": "empreintes envoyées",
                "ordering": ["-pk"],
                "constraints": [models.UniqueConstraint(fields=("head",), name="headmail_once")],
            },
        ),
    ]
