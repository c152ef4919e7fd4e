import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("shops", "0022_proposals_refused"),
    ]

    operations = [
        migrations.AddField(
            model_name="report",
            name="photo",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="shops.photo",
                verbose_name="photo",
            ),
        ),
    ]
