from django.db import migrations


class Migration(migrations.Migration):
    """The table of the cache that counts tries to sign in, for all processes together (as `createcachetable` has it)."""

    dependencies = [("accounts", "0002_city_roles")]

    operations = [
        migrations.RunSQL(
            """
            CREATE TABLE vitrine_cache (
                cache_key varchar(255) PRIMARY KEY,
                value text NOT NULL,
                expires timestamp with time zone NOT NULL
            );
            CREATE INDEX vitrine_cache_expires ON vitrine_cache (expires);
            """,
            "DROP TABLE vitrine_cache",
        )
    ]
