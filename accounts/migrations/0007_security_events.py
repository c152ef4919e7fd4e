import django.db.models.deletion
from django.conf import settings
from django.db import connections, migrations, models

FUNCTION = """
CREATE FUNCTION accounts_securityevent_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.user_id IS NULL
       AND (to_jsonb(NEW) - 'user_id') = (to_jsonb(OLD) - 'user_id') THEN
        RETURN NEW;  -- a person who is deleted
    END IF;
    IF TG_OP = 'DELETE' AND OLD.at < now() - interval '365 days' THEN
        RETURN OLD;  -- its time is over
    END IF;
    RAISE EXCEPTION 'What happened is not rewritten: accounts_securityevent is append-only.'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER accounts_securityevent_append_only BEFORE UPDATE OR DELETE ON accounts_securityevent
    FOR EACH ROW EXECUTE FUNCTION accounts_securityevent_is_append_only();
"""
UNDO = """
DROP TRIGGER accounts_securityevent_append_only ON accounts_securityevent;
DROP FUNCTION accounts_securityevent_is_append_only();
"""


def take_rights(apps, schema_editor):
    """The application writes and reads, lets go of a person, and deletes what the trigger lets it."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        cursor.execute(f"REVOKE UPDATE, TRUNCATE ON accounts_securityevent FROM {name}")
        cursor.execute(f"GRANT UPDATE (user_id) ON accounts_securityevent TO {name}")


class Migration(migrations.Migration):
    """What happened at the door is written once, by right and by trigger, and kept for a year."""

    dependencies = [
        ("accounts", "0006_ended_sessions"),
    ]

    operations = [
        migrations.CreateModel(
            name="SecurityEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("signed_in", "entrée"),
                            ("failed", "essai manqué"),
                            ("throttled", "trop d’essais"),
                            ("reauthenticated", "confirmation"),
                            ("signed_out", "sortie"),
                            ("password_changed", "mot de passe changé"),
                            ("address_changed", "adresse changée"),
                            ("factor_added", "second facteur ajouté"),
                            ("factor_removed", "second facteur enlevé"),
                        ],
                        max_length=20,
                        verbose_name="fait",
                    ),
                ),
                ("how", models.CharField(blank=True, max_length=60, verbose_name="moyen")),
                ("at", models.DateTimeField(verbose_name="le")),
                (
                    "tried",
                    models.CharField(blank=True, max_length=16, verbose_name="adresse essayée (empreinte)"),
                ),
                ("network", models.CharField(blank=True, max_length=16, verbose_name="réseau (empreinte)")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personne",
                    ),
                ),
            ],
            options={
                "verbose_name": "événement de sécurité",
                "verbose_name_plural": "événements de sécurité",
                "ordering": ["-at", "-pk"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="security_newest"),
                    models.Index(fields=["user", "-at"], name="security_by_person"),
                    models.Index(fields=["network", "-at"], name="security_by_network"),
                ],
            },
        ),
        migrations.RunSQL(FUNCTION, UNDO),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
