"""The database keeps the books: a transfer moves the balances, and what is written stays.

The one place of the project with triggers that do something. The application's role may add to the journal and read it,
and nothing else; what it needs a lock for, `vouchers_lock` locks for it.
"""

from django.db import connections, migrations

# Of a kind of transaction: from which kind of account to which (section 3 of docs/vouchers.md).
POSTINGS = [
    ("order_paid", "psp_clearing", "voucher"),
    ("budget_loaded", "bank", "campaign_budget"),
    ("granted", "campaign_budget", "voucher"),
    ("redeemed", "voucher", "merchant_payable"),
    ("redeemed", "campaign_budget", "merchant_payable"),
    ("corrected", "merchant_payable", "voucher"),
    ("withdrawn", "voucher", "refund_due"),
    ("refunded", "refund_due", "psp_clearing"),
    ("psp_paid_out", "bank", "psp_clearing"),
    ("psp_paid_out", "campaign_budget", "psp_clearing"),
    ("payout_released", "merchant_payable", "payout_in_transit"),
    ("payout_confirmed", "payout_in_transit", "bank"),
    ("payout_returned", "payout_in_transit", "merchant_payable"),
    ("charged_back", "voucher", "psp_clearing"),
    ("charged_back", "loss", "psp_clearing"),
    ("reissued", "voucher", "voucher"),
    ("expired", "voucher", "breakage"),
    ("breakage_paid", "breakage", "bank"),
    *[
        ("written_off", *pair)
        for kind in (
            "voucher", "merchant_payable", "campaign_budget", "refund_due", "payout_in_transit", "breakage",
            "psp_clearing", "bank",
        )
        for pair in (("loss", kind), (kind, "loss"))
    ],
]  # fmt: skip

# What a voucher may become.
MOVES = [
    ("prepared", "active"), ("prepared", "void"), ("active", "frozen"), ("active", "void"), ("frozen", "active"),
    ("frozen", "void"),
]  # fmt: skip
# Kinds that change what a voucher may do, and move no money.
MOVELESS = ["frozen", "released", "extended", "cancelled"]

# Errors of ours, told apart by their code: see vouchers/ledger.py.
FUNCTIONS = """
-- A transaction says by itself in which transaction of the database it was written: its transfers belong to that one.
ALTER TABLE vouchers_transaction ADD COLUMN written_in xid8 NOT NULL DEFAULT pg_current_xact_id();

CREATE FUNCTION vouchers_transaction_begins() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    NEW.written_in := pg_current_xact_id();
    RETURN NEW;
END $$;
CREATE TRIGGER transaction_begins BEFORE INSERT ON vouchers_transaction
    FOR EACH ROW EXECUTE FUNCTION vouchers_transaction_begins();

CREATE FUNCTION vouchers_account_begins() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF NEW.balance_cents <> 0 THEN
        RAISE EXCEPTION 'An account begins empty.' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER account_begins BEFORE INSERT ON vouchers_account
    FOR EACH ROW EXECUTE FUNCTION vouchers_account_begins();

-- Accounts in ascending order, so that two who want the same ones wait instead of blocking each other.
CREATE FUNCTION vouchers_lock(ids bigint[]) RETURNS SETOF vouchers_account LANGUAGE sql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
    SELECT * FROM vouchers_account WHERE id = ANY(ids) ORDER BY id FOR UPDATE
$$;

CREATE FUNCTION vouchers_may_redeem(spent bigint, payable text, moment timestamptz) RETURNS void LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
DECLARE
    voucher vouchers_voucher;
    today date;
    shop bigint := substring(payable FROM '^shop:(\\d+)$')::bigint;
BEGIN
    SELECT * INTO voucher FROM vouchers_voucher WHERE account_id = spent FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'No voucher has this account.' USING ERRCODE = 'VT001';
    END IF;
    IF voucher.state = 'prepared' THEN
        RAISE EXCEPTION 'The voucher was not handed over.' USING ERRCODE = 'VT007';
    ELSIF voucher.state = 'frozen' THEN
        RAISE EXCEPTION 'The voucher is frozen.' USING ERRCODE = 'VT002';
    ELSIF voucher.state <> 'active' THEN
        RAISE EXCEPTION 'The voucher is void.' USING ERRCODE = 'VT003';
    END IF;
    SELECT (moment AT TIME ZONE time_zone)::date INTO STRICT today FROM districts_city;
    IF voucher.expires_on < today THEN
        RAISE EXCEPTION 'The voucher has expired.' USING ERRCODE = 'VT004';
    END IF;
    IF voucher.shop_id IS NOT NULL AND voucher.shop_id IS DISTINCT FROM shop THEN
        RAISE EXCEPTION 'The voucher is good in another shop.' USING ERRCODE = 'VT005';
    END IF;
    PERFORM FROM vouchers_agreement
        WHERE shop_id = shop AND network_id = voucher.network_id
          AND signed_on <= today AND (ends_on IS NULL OR ends_on >= today)
        FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The shop has no agreement to take it.' USING ERRCODE = 'VT006';
    END IF;
END $$;

-- What was paid to a shop since is not taken back behind its back: that is a correction, decided by two people.
CREATE FUNCTION vouchers_may_reverse(undone bigint, payable bigint, kind text) RETURNS void LANGUAGE plpgsql
    SET search_path FROM CURRENT AS $$
BEGIN
    IF kind = 'merchant_payable' THEN
        PERFORM FROM vouchers_transfer paid JOIN vouchers_transaction t ON t.id = paid.txn_id
            WHERE paid.source_id = payable AND t.kind = 'payout_released'
              AND paid.id > (SELECT max(id) FROM vouchers_transfer WHERE txn_id = undone);
        IF FOUND THEN
            RAISE EXCEPTION 'It was paid to the shop since.' USING ERRCODE = 'VT013';
        END IF;
    END IF;
END $$;

CREATE FUNCTION vouchers_transfer_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    txn vouchers_transaction;
    source vouchers_account;
    target vouchers_account;
BEGIN
    SELECT * INTO STRICT txn FROM vouchers_transaction WHERE id = NEW.txn_id;
    IF txn.written_in <> pg_current_xact_id() THEN
        RAISE EXCEPTION 'A transaction is written at once.' USING ERRCODE = 'restrict_violation';
    END IF;
    PERFORM vouchers_lock(ARRAY[NEW.source_id, NEW.target_id]);
    SELECT * INTO STRICT source FROM vouchers_account WHERE id = NEW.source_id;
    SELECT * INTO STRICT target FROM vouchers_account WHERE id = NEW.target_id;
    IF source.issuer_id <> target.issuer_id THEN
        RAISE EXCEPTION 'Money stays within the books of one issuer.' USING ERRCODE = 'VT014';
    END IF;
    -- A reversal mirrors what was allowed; that it does is looked at when all of it is written.
    IF txn.reverses_id IS NOT NULL THEN
        PERFORM vouchers_may_reverse(txn.reverses_id, source.id, source.kind);
    ELSE
        IF (txn.kind, source.kind, target.kind) NOT IN (VALUES {postings}) THEN
            RAISE EXCEPTION 'Of a transaction % nothing goes from % to %.', txn.kind, source.kind, target.kind
                USING ERRCODE = 'VT010';
        END IF;
        IF txn.kind = 'redeemed' AND source.kind = 'voucher' THEN
            PERFORM vouchers_may_redeem(source.id, target.owner, txn.created_at);
        ELSIF txn.kind = 'corrected' THEN
            PERFORM FROM vouchers_voucher WHERE account_id = target.id AND state IN ('active', 'frozen') FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'The voucher is void.' USING ERRCODE = 'VT003';
            END IF;
        END IF;
    END IF;
    UPDATE vouchers_account SET balance_cents = balance_cents - NEW.amount_cents WHERE id = NEW.source_id
        RETURNING balance_cents INTO NEW.source_after;
    UPDATE vouchers_account SET balance_cents = balance_cents + NEW.amount_cents WHERE id = NEW.target_id
        RETURNING balance_cents INTO NEW.target_after;
    RETURN NEW;
END $$;
CREATE TRIGGER transfer_moves BEFORE INSERT ON vouchers_transfer
    FOR EACH ROW EXECUTE FUNCTION vouchers_transfer_moves();

-- At the commit: a transaction moved something, and one that reverses another mirrors it, leg by leg.
CREATE FUNCTION vouchers_transaction_is_whole() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM FROM vouchers_transfer WHERE txn_id = NEW.id;
    IF FOUND = (NEW.kind IN ({moveless})) THEN
        RAISE EXCEPTION 'A transaction without a transfer, or one that should have none.' USING ERRCODE = 'VT011';
    END IF;
    IF NEW.kind = 'redeemed' THEN
        -- One shop's taking: at least one voucher, and what the City adds goes to the same shop.
        PERFORM FROM vouchers_transfer t JOIN vouchers_account a ON a.id = t.source_id
            JOIN vouchers_account b ON b.id = t.target_id WHERE t.txn_id = NEW.id
            HAVING count(DISTINCT b.owner) > 1 OR count(*) FILTER (WHERE a.kind = 'voucher') = 0;
        IF FOUND THEN
            RAISE EXCEPTION 'A taking is one shop''s, and of a voucher.' USING ERRCODE = 'VT011';
        END IF;
    END IF;
    IF NEW.reverses_id IS NULL THEN
        RETURN NULL;
    END IF;
    PERFORM FROM vouchers_transaction WHERE id = NEW.reverses_id AND reverses_id IS NOT NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'A reversal is not reversed: the thing is done again.' USING ERRCODE = 'VT012';
    END IF;
    PERFORM FROM (
        SELECT position, source_id, target_id, amount_cents FROM vouchers_transfer WHERE txn_id = NEW.reverses_id
    ) done FULL JOIN (
        SELECT position, target_id AS source_id, source_id AS target_id, amount_cents FROM vouchers_transfer
        WHERE txn_id = NEW.id
    ) undone USING (position, source_id, target_id, amount_cents)
    WHERE done IS NULL OR undone IS NULL;
    IF FOUND THEN
        RAISE EXCEPTION 'A reversal mirrors what it reverses.' USING ERRCODE = 'VT012';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER transaction_is_whole AFTER INSERT ON vouchers_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vouchers_transaction_is_whole();

CREATE FUNCTION vouchers_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
    written boolean;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I)', TG_TABLE_NAME) INTO written;
        IF NOT written THEN
            RETURN NULL;  -- nothing is lost
        END IF;
    END IF;
    RAISE EXCEPTION 'The books are never rewritten: % is append-only.', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE FUNCTION vouchers_account_stays() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    -- Only a transfer moves a balance: its own trigger is one deep by then.
    IF TG_OP = 'UPDATE' AND pg_trigger_depth() > 1
       AND (NEW.id, NEW.kind, NEW.owner, NEW.has_floor) = (OLD.id, OLD.kind, OLD.owner, OLD.has_floor) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'Only a transfer changes an account.' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER account_stays BEFORE UPDATE OR DELETE ON vouchers_account
    FOR EACH ROW EXECUTE FUNCTION vouchers_account_stays();
"""
FUNCTIONS += """
-- What a voucher may do changes with a line of the journal that says so, or not at all.
CREATE FUNCTION vouchers_voucher_changes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path FROM CURRENT AS $$
DECLARE
    line bigint;
    redated boolean := (NEW.issued_on, NEW.expires_on) IS DISTINCT FROM (OLD.issued_on, OLD.expires_on);
BEGIN
    IF (NEW.id, NEW.account_id, NEW.network_id) IS DISTINCT FROM (OLD.id, OLD.account_id, OLD.network_id)
       OR NEW.shop_id IS DISTINCT FROM OLD.shop_id THEN
        RAISE EXCEPTION 'What a voucher is good for does not change.' USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.state = OLD.state AND NOT redated THEN
        RETURN NEW;
    END IF;
    IF NEW.state <> OLD.state AND (OLD.state, NEW.state) NOT IN (VALUES {moves}) THEN
        RAISE EXCEPTION 'A voucher that is % does not become %.', OLD.state, NEW.state USING ERRCODE = 'VT015';
    END IF;
    IF redated AND OLD.state <> 'prepared' AND (NEW.issued_on <> OLD.issued_on OR NEW.expires_on < OLD.expires_on) THEN
        RAISE EXCEPTION 'A voucher is good for longer, never for less.' USING ERRCODE = 'VT015';
    END IF;
    SELECT max(id) INTO line FROM vouchers_transaction
        WHERE subject = 'voucher:' || NEW.id AND written_in = pg_current_xact_id();
    IF line IS NULL THEN
        RAISE EXCEPTION 'A voucher changes with a line of the journal.' USING ERRCODE = 'restrict_violation';
    END IF;
    INSERT INTO vouchers_voucherchange (txn_id, voucher_id, state, issued_on, expires_on)
        VALUES (line, NEW.id, NEW.state, NEW.issued_on, NEW.expires_on);
    RETURN NEW;
END $$;
CREATE TRIGGER voucher_changes BEFORE UPDATE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION vouchers_voucher_changes();
CREATE TRIGGER voucher_stays BEFORE DELETE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();
CREATE TRIGGER voucher_is_not_emptied BEFORE TRUNCATE ON vouchers_voucher
    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_stays();
"""
KEPT = ["transaction", "transfer", "voucherchange", "chainlink"]
for name, values in (
    ("{postings}", ", ".join(map(str, POSTINGS))),
    ("{moveless}", ", ".join(f"'{kind}'" for kind in MOVELESS)),
    ("{moves}", ", ".join(map(str, MOVES))),
):
    FUNCTIONS = FUNCTIONS.replace(name, values)
FUNCTIONS += "".join(
    f"""
CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON vouchers_{table}
    FOR EACH ROW EXECUTE FUNCTION vouchers_stays();
CREATE TRIGGER {table}_is_not_emptied BEFORE TRUNCATE ON vouchers_{table}
    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_stays();
"""
    for table in KEPT
)
FUNCTIONS += """
CREATE TRIGGER account_is_not_emptied BEFORE TRUNCATE ON vouchers_account
    FOR EACH STATEMENT EXECUTE FUNCTION vouchers_stays();
"""


def take_rights(apps, schema_editor):
    """The application adds to the journal and reads it, and changes no account by itself."""
    role = connections.settings["default"]["USER"]
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("REVOKE EXECUTE ON FUNCTION vouchers_lock(bigint[]) FROM PUBLIC")
        cursor.execute("SELECT current_user")
        if not role or cursor.fetchone()[0] == role:
            return
        name = schema_editor.quote_name(role)
        for table in (*KEPT, "account"):
            cursor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON vouchers_{table} FROM {name}")
        cursor.execute(f"REVOKE DELETE, TRUNCATE ON vouchers_voucher FROM {name}")
        cursor.execute(f"REVOKE INSERT ON vouchers_voucherchange FROM {name}")
        cursor.execute(f"GRANT EXECUTE ON FUNCTION vouchers_lock(bigint[]) TO {name}")


class Migration(migrations.Migration):
    """The books keep themselves: balances, what may be booked, what stays as it was written."""

    dependencies = [("vouchers", "0001_books"), ("districts", "0002_texts_of_the_city")]

    operations = [
        migrations.RunSQL(FUNCTIONS, migrations.RunSQL.noop),
        migrations.RunPython(take_rights, migrations.RunPython.noop),
    ]
