from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_sealed_second_factors")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="sessions_ended_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
    ]
