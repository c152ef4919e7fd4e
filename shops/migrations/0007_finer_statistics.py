from django.db import migrations


class Migration(migrations.Migration):
    """Let PostgreSQL know how many shops are open at an instant, by day and by night.

    Of some 35 days of intervals it keeps the borders of a hundred equal shares by default: about eight hours each, so
    that it expects as many open shops at four in the morning as at ten, and reads the whole table for a handful.
    """

    dependencies = [("shops", "0006_whole_facts")]

    operations = [
        migrations.RunSQL(
            "ALTER TABLE shops_openinginterval ALTER COLUMN span SET STATISTICS 1000",
            "ALTER TABLE shops_openinginterval ALTER COLUMN span SET STATISTICS -1",
        )
    ]
