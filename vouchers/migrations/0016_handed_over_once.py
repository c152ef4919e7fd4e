"""A voucher is handed over once, whatever became of it since: also one that was frozen and would be released by it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("vouchers", "0015_heads_are_sent"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="transaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "granted")),
                fields=("subject",),
                name="transaction_hands_over_once",
            ),
        ),
    ]
