from django.db import connections, migrations

FUNCTION = """
CREATE FUNCTION shops_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.by_id IS NULL
       AND (to_jsonb(NEW) - 'by_id') = (to_jsonb(OLD) - 'by_id') THEN
        RETURN NEW;  -- a person who asked to be forgotten
    END IF;
    RAISE EXCEPTION 'What happened is not rewritten: shops_event is append-only.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER shops_event_append_only BEFORE UPDATE OR DELETE ON shops_event
    FOR EACH ROW EXECUTE FUNCTION shops_event_is_append_only();
"""
UNDO = """
DROP TRIGGER shops_event_append_only ON shops_event;
DROP FUNCTION shops_event_is_append_only();
"""


def take_rights(apps, schema_editor):
    """The application writes events and reads them; of the person alone it may let go."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON shops_event FROM {name}")
        cursor.execute(f"GRANT UPDATE (by_id) ON shops_event TO {name}")


class Migration(migrations.Migration):
    """What happened to a shop is written once: by right and, for the owner of the tables too, by trigger."""

    dependencies = [("shops", "0008_keys")]

    operations = [
        migrations.RunSQL(FUNCTION, UNDO),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
