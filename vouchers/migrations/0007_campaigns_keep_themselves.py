"""What the City gives was decided: by a campaign that is open, or by two people; and what was decided stays."""

from django.db import connections, migrations

FUNCTIONS = """
CREATE OR REPLACE FUNCTION vouchers_voucher_was_paid() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    wanted text := CASE WHEN NEW.replaces_id IS NOT NULL THEN 'voucher:' || NEW.replaces_id
                        WHEN NEW.order_id IS NOT NULL THEN 'order:' || NEW.order_id END;
BEGIN
    -- Of a campaign that was opened, or given by two people: it begins without money, in the network that was decided.
    IF wanted IS NULL THEN
        PERFORM FROM vouchers_batch b JOIN vouchers_campaign c ON c.id = b.campaign_id
            WHERE b.id = NEW.batch_id AND c.network_id = NEW.network_id AND c.state <> 'draft' AND NEW.place <= b.quantity
            UNION ALL
            SELECT FROM vouchers_grant g
            WHERE g.id = NEW.grant_id AND g.network_id = NEW.network_id AND g.state = 'agreed';
        IF NOT FOUND OR NEW.state <> 'prepared' THEN
            RAISE EXCEPTION 'A voucher of the City begins empty, of a decision.' USING ERRCODE = 'VT017';
        END IF;
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

DROP TRIGGER voucher_origin_stays ON vouchers_voucher;
CREATE TRIGGER voucher_origin_stays BEFORE UPDATE ON vouchers_voucher FOR EACH ROW
    WHEN ((NEW.order_id, NEW.replaces_id, NEW.batch_id, NEW.place, NEW.grant_id)
          IS DISTINCT FROM (OLD.order_id, OLD.replaces_id, OLD.batch_id, OLD.place, OLD.grant_id))
    EXECUTE FUNCTION vouchers_voucher_origin_stays();

-- Handed over: what was decided, to the cent, from the budget of that decision, on a day of the campaign.
CREATE FUNCTION vouchers_transfer_hands_over() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    voucher vouchers_voucher;
    budget text;
BEGIN
    PERFORM FROM vouchers_transaction WHERE id = NEW.txn_id AND kind = 'granted';
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO voucher FROM vouchers_voucher WHERE account_id = NEW.target_id;
    SELECT owner INTO budget FROM vouchers_account WHERE id = NEW.source_id;
    IF voucher.batch_id IS NOT NULL THEN
        PERFORM FROM vouchers_batch b JOIN vouchers_campaign c ON c.id = b.campaign_id
            WHERE b.id = voucher.batch_id AND c.state = 'open' AND c.amount_cents = NEW.amount_cents
              AND budget = 'campaign:' || c.id AND voucher.issued_on BETWEEN c.starts_on AND c.ends_on
            FOR SHARE OF c;
    ELSE
        PERFORM FROM vouchers_grant
            WHERE id = voucher.grant_id AND state = 'agreed' AND cents = NEW.amount_cents
              AND budget = coalesce('campaign:' || campaign_id, 'goodwill')
            FOR SHARE;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'Nobody decided that this voucher is handed over like this.' USING ERRCODE = 'VT018';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER transfer_hands_over AFTER INSERT ON vouchers_transfer
    FOR EACH ROW EXECUTE FUNCTION vouchers_transfer_hands_over();

CREATE FUNCTION vouchers_campaign_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'A campaign begins as a draft.' USING ERRCODE = 'VT019';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state
       AND (OLD.state, NEW.state) NOT IN (('draft', 'open'), ('draft', 'closed'), ('open', 'closed')) THEN
        RAISE EXCEPTION 'A campaign that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT019';
    END IF;
    IF OLD.state <> 'draft' AND (
        NEW.network_id, NEW.slug, NEW.decision_ref, NEW.decided_on, NEW.amount_cents, NEW.starts_on, NEW.ends_on,
        NEW.expires_on
    ) IS DISTINCT FROM (
        OLD.network_id, OLD.slug, OLD.decision_ref, OLD.decided_on, OLD.amount_cents, OLD.starts_on, OLD.ends_on,
        OLD.expires_on
    ) THEN
        RAISE EXCEPTION 'What a campaign was opened with stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER campaign_moves BEFORE INSERT OR UPDATE ON vouchers_campaign
    FOR EACH ROW EXECUTE FUNCTION vouchers_campaign_moves();

CREATE FUNCTION vouchers_bonus_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM vouchers_campaign WHERE state <> 'draft' AND (
        TG_OP <> 'INSERT' AND id = OLD.campaign_id OR TG_OP <> 'DELETE' AND id = NEW.campaign_id);
    IF FOUND THEN
        RAISE EXCEPTION 'What a campaign was opened with stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER bonus_stays BEFORE INSERT OR UPDATE OR DELETE ON vouchers_bonus
    FOR EACH ROW EXECUTE FUNCTION vouchers_bonus_stays();

CREATE FUNCTION vouchers_batch_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.campaign_id, NEW.quantity, NEW.form_key, NEW.made_by, NEW.made_at)
       IS DISTINCT FROM (OLD.id, OLD.campaign_id, OLD.quantity, OLD.form_key, OLD.made_by, OLD.made_at) THEN
        RAISE EXCEPTION 'What was asked of a batch stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER batch_moves BEFORE UPDATE ON vouchers_batch
    FOR EACH ROW EXECUTE FUNCTION vouchers_batch_moves();

CREATE FUNCTION vouchers_decision_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    -- What may still change once it is asked: the decision, until there is one; where mail went; what is erased.
    free text[] := ARRAY['state', 'decided_by', 'decided_at', 'delivered_at', 'undelivered_at', 'erased_at', 'words',
                         'recipient_name', 'recipient_email'];
BEGIN
    IF OLD.state <> 'asked' THEN
        free := free[4:];
    END IF;
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
        RAISE EXCEPTION 'What was asked and decided stays.' USING ERRCODE = 'VT019';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budgetload_moves BEFORE UPDATE ON vouchers_budgetload
    FOR EACH ROW EXECUTE FUNCTION vouchers_decision_moves();
CREATE TRIGGER grant_moves BEFORE UPDATE ON vouchers_grant
    FOR EACH ROW EXECUTE FUNCTION vouchers_decision_moves();

CREATE TRIGGER codeprint_stays BEFORE UPDATE OR DELETE ON vouchers_codeprint
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();
"""
STAY = ("campaign", "bonususe", "batch", "budgetload", "grant", "codeprint")


def take_rights(apps, schema_editor):
    """What was decided is never taken out; that codes left the house is never rewritten either."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        for table in STAY:
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON vouchers_{table} FROM {name}")
        cursor.execute(f"REVOKE UPDATE ON vouchers_codeprint FROM {name}")


class Migration(migrations.Migration):
    """Campaigns keep themselves."""

    dependencies = [("vouchers", "0006_campaigns")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
