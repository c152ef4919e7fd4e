"""What was asked, decided, retained and looked through stays; a voucher's rest may be given away before its end."""

from django.db import connections, migrations

FUNCTIONS = """
-- Given by its holder, the rest of a voucher goes where that of one that is over goes.
DO $do$
DECLARE
    body text := pg_get_functiondef('vouchers_transfer_moves'::regproc);
    known text := $$('expired', 'voucher', 'breakage')$$;
BEGIN
    IF position(known IN body) = 0 THEN
        RAISE EXCEPTION 'The list of postings is not where it was.';
    END IF;
    EXECUTE replace(body, known, known || $$, ('donated', 'voucher', 'breakage')$$);
END $do$;

CREATE TRIGGER restpayment_moves BEFORE UPDATE ON vouchers_restpayment
    FOR EACH ROW EXECUTE FUNCTION vouchers_decision_moves();

CREATE FUNCTION vouchers_payouthold_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    -- Nothing but that it is lifted, once.
    free text[] := ARRAY['lifted_by', 'lifted_at'];
BEGIN
    IF OLD.lifted_at IS NOT NULL OR to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'What was retained, and until when, stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payouthold_moves BEFORE UPDATE ON vouchers_payouthold
    FOR EACH ROW EXECUTE FUNCTION vouchers_payouthold_moves();

CREATE TRIGGER weekreview_stays BEFORE UPDATE OR DELETE ON vouchers_weekreview
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();
"""
STAY = ("restpayment", "payouthold", "weekreview")


def take_rights(apps, schema_editor):
    """None of it is ever taken out, and a review is never rewritten."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        for table in STAY:
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON vouchers_{table} FROM {name}")
        cursor.execute(f"REVOKE UPDATE ON vouchers_weekreview FROM {name}")


class Migration(migrations.Migration):
    """Reviews keep themselves."""

    dependencies = [("vouchers", "0013_reviews_and_rests")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
