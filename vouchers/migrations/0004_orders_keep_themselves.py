"""An order moves forward only, and a paid one has its vouchers: exactly so many, each of what was paid for it."""

from django.db import connections, migrations

FUNCTIONS = """
CREATE FUNCTION vouchers_order_begins() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.state <> 'open' THEN
        RAISE EXCEPTION 'An order begins open.' USING ERRCODE = 'VT016';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_begins BEFORE INSERT ON vouchers_order
    FOR EACH ROW EXECUTE FUNCTION vouchers_order_begins();

CREATE FUNCTION vouchers_order_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.ref, NEW.network_id, NEW.amount_cents, NEW.quantity, NEW.placed_at)
       IS DISTINCT FROM (OLD.id, OLD.ref, OLD.network_id, OLD.amount_cents, OLD.quantity, OLD.placed_at)
       OR NEW.shop_id IS DISTINCT FROM OLD.shop_id THEN
        RAISE EXCEPTION 'What was ordered does not change.' USING ERRCODE = 'VT016';
    END IF;
    IF NEW.state <> OLD.state
       AND (OLD.state, NEW.state) NOT IN (('open', 'abandoned'), ('open', 'paid'), ('abandoned', 'paid')) THEN
        RAISE EXCEPTION 'An order that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT016';
    END IF;
    IF OLD.paid_at <> NEW.paid_at OR (OLD.erased_at IS NOT NULL AND NEW.erased_at IS DISTINCT FROM OLD.erased_at) THEN
        RAISE EXCEPTION 'What happened to an order stays.' USING ERRCODE = 'VT016';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER order_moves BEFORE UPDATE ON vouchers_order
    FOR EACH ROW EXECUTE FUNCTION vouchers_order_moves();

CREATE FUNCTION vouchers_payment_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.order_id, NEW.provider, NEW.provider_ref)
       IS DISTINCT FROM (OLD.id, OLD.order_id, OLD.provider, OLD.provider_ref)
       OR (OLD.got IS NOT NULL
           AND (NEW.state, NEW.got, NEW.currency) IS DISTINCT FROM (OLD.state, OLD.got, OLD.currency)) THEN
        RAISE EXCEPTION 'What was paid stays.' USING ERRCODE = 'VT016';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payment_moves BEFORE UPDATE ON vouchers_payment
    FOR EACH ROW EXECUTE FUNCTION vouchers_payment_moves();

CREATE FUNCTION vouchers_refund_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.payment_id, NEW.cents, NEW.reason) IS DISTINCT FROM (OLD.id, OLD.payment_id, OLD.cents, OLD.reason)
       OR NEW.voucher_id IS DISTINCT FROM OLD.voucher_id
       OR (OLD.state = 'done' AND NEW.state = 'asked') THEN
        RAISE EXCEPTION 'What was given back stays.' USING ERRCODE = 'VT016';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER refund_moves BEFORE UPDATE ON vouchers_refund
    FOR EACH ROW EXECUTE FUNCTION vouchers_refund_moves();

-- At the commit: an order that is paid has its vouchers, and none is an order's that was not paid.
CREATE FUNCTION vouchers_order_is_whole(ordered bigint) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM vouchers_order o WHERE id = ordered AND state = 'paid' AND quantity = (
        SELECT count(*) FROM vouchers_voucher WHERE order_id = o.id AND replaces_id IS NULL);
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A paid order has exactly its vouchers.' USING ERRCODE = 'VT017';
    END IF;
END $$;

CREATE FUNCTION vouchers_order_was_issued() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM vouchers_order_is_whole(NEW.id);
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER order_was_issued AFTER UPDATE ON vouchers_order DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'paid' AND OLD.state <> 'paid') EXECUTE FUNCTION vouchers_order_was_issued();

CREATE FUNCTION vouchers_voucher_was_paid() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wanted text := CASE WHEN NEW.replaces_id IS NOT NULL THEN 'voucher:' || NEW.replaces_id
                        WHEN NEW.order_id IS NOT NULL THEN 'order:' || NEW.order_id END;
BEGIN
    -- Prepared for a campaign, whose budget pays it when it is handed over.
    IF wanted IS NULL AND NEW.state = 'prepared' THEN
        RETURN NULL;
    END IF;
    IF NEW.order_id IS NOT NULL THEN
        PERFORM vouchers_order_is_whole(NEW.order_id);
    END IF;
    PERFORM FROM vouchers_transfer t JOIN vouchers_transaction x ON x.id = t.txn_id
        WHERE t.target_id = NEW.account_id AND x.subject = wanted AND x.written_in = pg_current_xact_id()
          AND CASE WHEN NEW.replaces_id IS NULL
              THEN x.kind = 'order_paid'
                   AND t.amount_cents = (SELECT amount_cents FROM vouchers_order WHERE id = NEW.order_id)
              ELSE x.kind = 'reissued'
                   AND NEW.order_id IS NOT DISTINCT FROM (SELECT order_id FROM vouchers_voucher WHERE id = NEW.replaces_id)
              END;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A voucher is paid for, or stands for another.' USING ERRCODE = 'VT017';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER voucher_was_paid AFTER INSERT ON vouchers_voucher DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION vouchers_voucher_was_paid();

CREATE FUNCTION vouchers_voucher_origin_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    RAISE EXCEPTION 'Where a voucher comes from does not change.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER voucher_origin_stays BEFORE UPDATE ON vouchers_voucher FOR EACH ROW
    WHEN ((NEW.order_id, NEW.replaces_id) IS DISTINCT FROM (OLD.order_id, OLD.replaces_id))
    EXECUTE FUNCTION vouchers_voucher_origin_stays();
"""


def take_rights(apps, schema_editor):
    """Orders and what was paid for them are erased where they name somebody, and never taken out."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        for table in ("order", "payment", "refund"):
            cursor.execute(
                f"REVOKE DELETE, TRUNCATE ON vouchers_{table} FROM {schema_editor.quote_name(role)}"
            )


class Migration(migrations.Migration):
    """Orders keep themselves."""

    dependencies = [("vouchers", "0003_orders")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
