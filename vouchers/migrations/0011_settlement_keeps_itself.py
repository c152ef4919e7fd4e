"""What was asked, agreed on, released and answered stays; a released file is its lines, and these are the journal's."""

from django.db import connections, migrations

# What a file and a payout may become (the same table as the models').
FILE_MOVES = [("prepared", "released"), ("prepared", "cancelled"), ("released", "closed")]
PAYOUT_MOVES = [
    ("prepared", "in_transit"), ("prepared", "dropped"), ("in_transit", "paid"), ("in_transit", "returned"),
    ("paid", "returned"),
]  # fmt: skip

FUNCTIONS = """
CREATE FUNCTION vouchers_bankaccount_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.confirmed_at IS NOT NULL OR NEW.cancelled_at IS NOT NULL OR NEW.bounced_at IS NOT NULL THEN
            RAISE EXCEPTION 'A bank account begins as somebody asks for it.' USING ERRCODE = 'VT021';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        IF OLD.confirmed_at IS NOT NULL AND OLD.cancelled_at IS NULL THEN
            RAISE EXCEPTION 'A bank account that was confirmed stays.' USING ERRCODE = 'VT021';
        END IF;
        RETURN OLD;
    END IF;
    IF (NEW.id, NEW.shop_id, NEW.holder, NEW.last4, NEW.asked_by, NEW.asked_at, NEW.told)
       IS DISTINCT FROM (OLD.id, OLD.shop_id, OLD.holder, OLD.last4, OLD.asked_by, OLD.asked_at, OLD.told)
       -- Sealed anew is only what is sealed by another key.
       OR (NEW.key_id = OLD.key_id
           AND (NEW.iban_sealed, NEW.iban_digest) IS DISTINCT FROM (OLD.iban_sealed, OLD.iban_digest)) THEN
        RAISE EXCEPTION 'What was asked for does not change.' USING ERRCODE = 'VT021';
    END IF;
    IF (OLD.confirmed_at IS NOT NULL
        AND (NEW.confirmed_by, NEW.confirmed_at, NEW.effective_at)
            IS DISTINCT FROM (OLD.confirmed_by, OLD.confirmed_at, OLD.effective_at))
       OR (OLD.cancelled_at IS NOT NULL AND (NEW.cancelled_by, NEW.cancelled_at, NEW.confirmed_at)
            IS DISTINCT FROM (OLD.cancelled_by, OLD.cancelled_at, OLD.confirmed_at))
       OR (OLD.bounced_at IS NOT NULL AND NEW.bounced_at IS DISTINCT FROM OLD.bounced_at)
       OR (OLD.cancelled_at IS NULL AND NEW.cancelled_at >= NEW.effective_at) THEN
        RAISE EXCEPTION 'What was agreed on stays.' USING ERRCODE = 'VT021';
    END IF;
    IF OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL THEN
        PERFORM FROM vouchers_bankaccount
            WHERE shop_id = NEW.shop_id AND id <> NEW.id AND confirmed_at IS NOT NULL AND cancelled_at IS NULL;
        IF FOUND AND NEW.effective_at < NEW.confirmed_at + interval '72 hours' THEN
            RAISE EXCEPTION 'Another bank account takes effect after 72 hours.' USING ERRCODE = 'VT021';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bankaccount_moves BEFORE INSERT OR UPDATE OR DELETE ON vouchers_bankaccount
    FOR EACH ROW EXECUTE FUNCTION vouchers_bankaccount_moves();

CREATE FUNCTION vouchers_payoutfile_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'prepared' THEN
            RAISE EXCEPTION 'A file begins prepared.' USING ERRCODE = 'VT022';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES {file_moves}) THEN
        RAISE EXCEPTION 'A file that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT022';
    END IF;
    IF (NEW.id, NEW.issuer_id, NEW.msg_id, NEW.created_at, NEW.prepared_by)
       IS DISTINCT FROM (OLD.id, OLD.issuer_id, OLD.msg_id, OLD.created_at, OLD.prepared_by)
       OR (OLD.state <> 'prepared'
           AND ((NEW.released_at, NEW.released_by, NEW.cancelled_at, NEW.cancelled_by, NEW.pay_on, NEW.total_cents,
                 NEW.lines, NEW.debtor, NEW.bic, NEW.sha256)
                IS DISTINCT FROM (OLD.released_at, OLD.released_by, OLD.cancelled_at, OLD.cancelled_by, OLD.pay_on,
                 OLD.total_cents, OLD.lines, OLD.debtor, OLD.bic, OLD.sha256)
                OR (NEW.key_id = OLD.key_id AND NEW.iban_sealed IS DISTINCT FROM OLD.iban_sealed))) THEN
        RAISE EXCEPTION 'A file that was released stays as it is.' USING ERRCODE = 'VT022';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payoutfile_moves BEFORE INSERT OR UPDATE ON vouchers_payoutfile
    FOR EACH ROW EXECUTE FUNCTION vouchers_payoutfile_moves();

CREATE FUNCTION vouchers_payout_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM FROM vouchers_payoutfile WHERE id = NEW.file_id AND state = 'prepared';
        IF NOT FOUND OR NEW.state <> 'prepared' THEN
            RAISE EXCEPTION 'A payout begins in a file that is prepared.' USING ERRCODE = 'VT022';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES {payout_moves}) THEN
        RAISE EXCEPTION 'A payout that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT022';
    END IF;
    IF (NEW.id, NEW.file_id, NEW.shop_id, NEW.account_id, NEW.end_to_end_id, NEW.prepared_cents)
       IS DISTINCT FROM (OLD.id, OLD.file_id, OLD.shop_id, OLD.account_id, OLD.end_to_end_id, OLD.prepared_cents)
       OR (OLD.txn_id IS NOT NULL AND (NEW.txn_id, NEW.cents) IS DISTINCT FROM (OLD.txn_id, OLD.cents))
       OR (OLD.paid_at IS NOT NULL AND NEW.paid_at IS DISTINCT FROM OLD.paid_at)
       OR (OLD.returned_at IS NOT NULL
           AND (NEW.returned_at, NEW.reason) IS DISTINCT FROM (OLD.returned_at, OLD.reason)) THEN
        RAISE EXCEPTION 'What was paid out stays as it is.' USING ERRCODE = 'VT022';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER payout_moves BEFORE INSERT OR UPDATE ON vouchers_payout
    FOR EACH ROW EXECUTE FUNCTION vouchers_payout_moves();

-- At the commit: each line is a transfer of the journal, of what was due to that shop, to an account of that shop's that
-- was in effect; and the file is the sum of its lines.
CREATE FUNCTION vouchers_payoutfile_is_whole() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM vouchers_payout p
        JOIN vouchers_bankaccount b ON b.id = p.account_id
        LEFT JOIN vouchers_transaction x ON x.id = p.txn_id AND x.kind = 'payout_released'
             AND x.subject = 'payout:' || p.id
        LEFT JOIN vouchers_transfer t ON t.txn_id = x.id AND t.amount_cents = p.cents
        LEFT JOIN vouchers_account due ON due.id = t.source_id AND due.kind = 'merchant_payable'
             AND due.owner = 'shop:' || p.shop_id AND due.issuer_id = NEW.issuer_id
        WHERE p.file_id = NEW.id
          AND (p.txn_id IS NULL OR due.id IS NULL OR b.shop_id <> p.shop_id OR b.effective_at IS NULL
               OR b.effective_at > NEW.released_at OR b.cancelled_at IS NOT NULL OR b.bounced_at < NEW.released_at);
    IF FOUND THEN
        RAISE EXCEPTION 'A line of the file is no payout of what was due, to an account in effect.' USING ERRCODE = 'VT023';
    END IF;
    PERFORM FROM (SELECT count(*) AS lines, sum(cents) AS total FROM vouchers_payout WHERE file_id = NEW.id) found
        WHERE found.lines = NEW.lines AND found.total = NEW.total_cents;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'A file is the sum of its lines.' USING ERRCODE = 'VT023';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER payoutfile_is_whole AFTER UPDATE ON vouchers_payoutfile DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state = 'prepared')
    EXECUTE FUNCTION vouchers_payoutfile_is_whole();

CREATE FUNCTION vouchers_bankmessage_moves() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF (NEW.id, NEW.issuer_id, NEW.kind, NEW.sha256, NEW.msg_id, NEW.lines, NEW.others, NEW.read_by, NEW.read_at)
       IS DISTINCT FROM
       (OLD.id, OLD.issuer_id, OLD.kind, OLD.sha256, OLD.msg_id, OLD.lines, OLD.others, OLD.read_by, OLD.read_at)
       OR OLD.applied_at IS NOT NULL THEN
        RAISE EXCEPTION 'What the bank said stays.' USING ERRCODE = 'VT022';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bankmessage_moves BEFORE UPDATE ON vouchers_bankmessage
    FOR EACH ROW EXECUTE FUNCTION vouchers_bankmessage_moves();

CREATE TRIGGER providerpayout_stays BEFORE UPDATE OR DELETE ON vouchers_providerpayout
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();
"""
for name, values in (("{file_moves}", FILE_MOVES), ("{payout_moves}", PAYOUT_MOVES)):
    FUNCTIONS = FUNCTIONS.replace(name, ", ".join(map(str, values)))


def take_rights(apps, schema_editor):
    """What was ordered of the bank and what it answered is never taken out."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        for table in ("payoutfile", "payout", "bankmessage", "providerpayout"):
            cursor.execute(f"REVOKE DELETE, TRUNCATE ON vouchers_{table} FROM {name}")
        cursor.execute(f"REVOKE TRUNCATE ON vouchers_bankaccount FROM {name}")
        cursor.execute(f"REVOKE UPDATE ON vouchers_providerpayout FROM {name}")


class Migration(migrations.Migration):
    """Settlement keeps itself."""

    dependencies = [("vouchers", "0010_settlement")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
