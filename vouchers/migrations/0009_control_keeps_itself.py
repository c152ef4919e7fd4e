"""What two people put right, and what was closed and proved, stays: the database refuses to change it."""

from django.db import connections, migrations

FUNCTIONS = """
CREATE FUNCTION vouchers_correction_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    -- The decision, until there is one; then what was given back, which only grows; words are erased.
    free text[] := ARRAY['state', 'decided_by', 'decided_at', 'done_cents', 'words'];
BEGIN
    IF OLD.state <> 'asked' THEN
        free := free[4:];
    END IF;
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free OR NEW.done_cents < OLD.done_cents THEN
        RAISE EXCEPTION 'What was asked and decided stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER correction_moves BEFORE UPDATE ON vouchers_correction
    FOR EACH ROW EXECUTE FUNCTION vouchers_correction_moves();

CREATE TRIGGER writeoff_moves BEFORE UPDATE ON vouchers_writeoff
    FOR EACH ROW EXECUTE FUNCTION vouchers_decision_moves();

CREATE TRIGGER monthclosing_stays BEFORE UPDATE OR DELETE ON vouchers_monthclosing
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();

CREATE FUNCTION vouchers_bookcheck_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.done_at IS NOT NULL
       OR (NEW.id, NEW.asked_by, NEW.asked_at) IS DISTINCT FROM (OLD.id, OLD.asked_by, OLD.asked_at) THEN
        RAISE EXCEPTION 'What a proof found stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bookcheck_stays BEFORE UPDATE OR DELETE ON vouchers_bookcheck
    FOR EACH ROW EXECUTE FUNCTION vouchers_bookcheck_stays();
"""
STAY = ("correction", "writeoff", "monthclosing", "bookcheck")


def take_rights(apps, schema_editor):
    """What was decided, closed and proved is never taken out; a closed month is never rewritten either."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        for table in STAY:
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON vouchers_{table} FROM {name}")
        cursor.execute(f"REVOKE UPDATE ON vouchers_monthclosing FROM {name}")


class Migration(migrations.Migration):
    """Control keeps itself."""

    dependencies = [("vouchers", "0008_control")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
