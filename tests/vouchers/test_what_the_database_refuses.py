"""What may never be, the database itself refuses: to the application by right, to its tables' owner by constraint and trigger.

Each attack says which constraint or trigger must stop it. Every one that exists has an attack, and with it dropped the
attack is no longer stopped by it: so dropping any makes a test here fail, and one that is added without an attack too.
"""

import re

import pytest
from django.db import DatabaseError, connection, transaction

from vitrine.database.roles import acting_as_owner

# What the attacks write, with rows that are there: `one(kind)` is an account of the kind, `sale` a taking of Marie's.
ROWS = {
    "voucher": "(SELECT id FROM vouchers_account WHERE kind = 'voucher' ORDER BY id LIMIT 1)",
    "payable": "(SELECT id FROM vouchers_account WHERE kind = 'merchant_payable' LIMIT 1)",
    "outside": "(SELECT id FROM vouchers_account WHERE kind = 'psp_clearing' LIMIT 1)",
    "issuer": "(SELECT min(id) FROM vouchers_issuer)",
    "network": "(SELECT min(id) FROM vouchers_network)",
    "shop": "(SELECT shop_id FROM vouchers_agreement LIMIT 1)",
    "sale": "(SELECT min(t.id) FROM vouchers_transaction t WHERE kind = 'redeemed'"
    " AND NOT EXISTS (SELECT FROM vouchers_transaction r WHERE r.reverses_id = t.id))",
    "undone": "(SELECT min(reverses_id) FROM vouchers_transaction)",
    "link": "(SELECT min(seq) FROM vouchers_chainlink)",
}
NEWEST = "(SELECT max(id) FROM vouchers_transaction)"
NOW = "'2026-11-24 10:00+01'"


def begin(kind="redeemed", reverses="NULL", pk="DEFAULT", key="'attack'", written_in=""):
    column, value = (", written_in", f", '{written_in}'") if written_in else ("", "")
    return (
        "INSERT INTO vouchers_transaction (id, kind, scope, idem_key, request_sha256, reason, subject, details,"
        f" reverses_id, created_at{column}) VALUES ({pk}, '{kind}', 'test', {key}, '', '', '', '{{{{}}}}', {reverses},"
        f" {NOW}{value})"
    )


def move(source, target, cents=1, *, txn=NEWEST, position=0, after=""):
    column, value = (", source_after, target_after", ", 0, 0") if after else ("", "")
    return (
        f"INSERT INTO vouchers_transfer (txn_id, position, source_id, target_id, amount_cents{column})"
        f" VALUES ({txn}, {position}, {source}, {target}, {cents}{value})"
    )


def account(kind="voucher", owner="'x'", floor="true", balance=0, issuer="{issuer}", pk="DEFAULT"):
    return (
        "INSERT INTO vouchers_account (id, issuer_id, kind, owner, has_floor, balance_cents)"
        f" VALUES ({pk}, {issuer}, '{kind}', {owner}, {floor}, {balance})"
    )


def voucher(**columns):
    row = {
        "account_id": "(SELECT max(id) FROM vouchers_account)", "network_id": "{network}", "shop_id": "NULL",
        "state": "'active'", "issued_on": "'2026-11-24'", "expires_on": "'2029-11-24'", "code_hmac": "'x'",
        "code_sealed": "''", "key_id": "''", "last4": "''",
    } | columns  # fmt: skip
    return f"INSERT INTO vouchers_voucher ({', '.join(row)}) VALUES ({', '.join(row.values())})"


def change(txn="{sale}", voucher="(SELECT min(id) FROM vouchers_voucher)", pk="DEFAULT"):
    return (
        "INSERT INTO vouchers_voucherchange (id, txn_id, voucher_id, state)"
        f" VALUES ({pk}, {txn}, {voucher}, 'void')"
    )


def agreement(
    signed_on="'2020-01-01'", ends_on="'2020-12-31'", shop="{shop}", network="{network}", pk="DEFAULT"
):
    return (
        "INSERT INTO vouchers_agreement (id, shop_id, network_id, signed_on, ends_on)"
        f" VALUES ({pk}, {shop}, {network}, {signed_on}, {ends_on})"
    )


def network(pk="DEFAULT", issuer="{issuer}", months=36, grace=6):
    return (
        "INSERT INTO vouchers_network (id, issuer_id, name, valid_months, grace_months, extension_months)"
        f" VALUES ({pk}, {issuer}, 'x', {months}, {grace}, 12)"
    )


def link(seq="1000", txn="{sale}", before="'x'"):
    return (
        "INSERT INTO vouchers_chainlink (seq, txn_id, prev_hash, hash, sealed_at)"
        f" VALUES ({seq}, {txn}, {before}, 'y', {NOW})"
    )


def bare(table):
    """Without the triggers, so that what stands behind them is what refuses."""
    return f"ALTER TABLE vouchers_{table} DISABLE TRIGGER USER"


NOBODY = "999999"
# Of a constraint: the statements that it must refuse.
CONSTRAINTS = {
    "account_floor_by_kind": [account(floor="false")],
    "account_never_negative": [begin(), move("{voucher}", "{payable}", 10_000_000)],
    "account_once": [account(), account()],
    "account.pkey": [account(pk="{voucher}", owner="'other'")],
    "account.issuer_id": [account(issuer=NOBODY)],
    "agreement_ends_after_it_begins": [agreement(ends_on="'2019-12-31'")],
    "agreement_no_overlap": [agreement(), agreement(signed_on="'2020-12-31'", ends_on="NULL")],
    "agreement.pkey": [agreement(pk="(SELECT min(id) FROM vouchers_agreement)")],
    "agreement.shop_id": [agreement(shop=NOBODY)],
    "agreement.network_id": [agreement(network=NOBODY)],
    "chain_does_not_fork": [
        begin("frozen"),
        link(txn=NEWEST, before="(SELECT prev_hash FROM vouchers_chainlink WHERE seq = {link})"),
    ],
    "chainlink.pkey": [begin("frozen"), link(seq="{link}", txn=NEWEST)],
    "chainlink.txn_id.unique": [link()],
    "chainlink.txn_id": [link(txn=NOBODY)],
    "issuer.pkey": ["INSERT INTO vouchers_issuer (id, name) VALUES ({issuer}, 'x')"],
    "issuer.name.unique": ["INSERT INTO vouchers_issuer (name) SELECT name FROM vouchers_issuer"],
    "network.pkey": [network(pk="{network}")],
    "network.issuer_id": [network(issuer=NOBODY)],
    "network_valid_two_years": [network(months=23)],
    "network_months_not_negative": [network(grace=-1)],
    "transaction.pkey": [begin(pk="{sale}")],
    "transaction_not_itself": [begin("reversed", reverses=NOBODY, pk=NOBODY)],
    "transaction_once": [begin("frozen"), begin("frozen")],
    "transaction_reverses_one": [begin("reversed")],
    "transaction.reverses_id": [bare("transaction"), begin("reversed", reverses=NOBODY)],
    "transaction.reverses_id.unique": [begin("reversed", reverses="{undone}")],
    "transfer_between_two": [begin("reissued"), move("{voucher}", "{voucher}")],
    "transfer_of_something": [begin(), move("{voucher}", "{payable}", 0)],
    "vouchers_transfer_position_check": [begin(), move("{voucher}", "{payable}", position=-1)],
    "transfer_once": [begin(), *[move("{voucher}", "{payable}")] * 2],
    "transfer.pkey": [
        bare("transfer"),
        (
            "INSERT INTO vouchers_transfer SELECT id, 99, amount_cents, source_after, target_after, source_id, target_id,"
            " txn_id FROM vouchers_transfer LIMIT 1"
        ),
    ],
    "transfer.txn_id": [bare("transfer"), move("{voucher}", "{payable}", txn=NOBODY, after=True)],
    "transfer.source_id": [bare("transfer"), begin("granted"), move(NOBODY, "{payable}", after=True)],
    "transfer.target_id": [bare("transfer"), begin("granted"), move("{voucher}", NOBODY, after=True)],
    "voucherchange.pkey": [bare("voucherchange"), change(pk="(SELECT min(id) FROM vouchers_voucherchange)")],
    "voucherchange.txn_id": [change(txn=NOBODY)],
    "voucherchange.voucher_id": [change(voucher=NOBODY)],
    "voucher_dated_once_issued": [account(), voucher(issued_on="NULL", expires_on="NULL")],
    "voucher_two_years_at_least": [account(), voucher(expires_on="'2028-11-23'")],
    "voucher.pkey": [account(), voucher(id="(SELECT min(id) FROM vouchers_voucher)")],
    "voucher.code_hmac.unique": [
        account(),
        voucher(code_hmac="(SELECT max(code_hmac) FROM vouchers_voucher)"),
    ],
    "voucher.account_id.unique": [voucher(account_id="{voucher}")],
    "voucher.account_id": [voucher(account_id=NOBODY)],
    "voucher.network_id": [account(), voucher(network_id=NOBODY)],
    "voucher.shop_id": [account(), voucher(shop_id=NOBODY)],
}
STAYS = "The books are never rewritten: vouchers_{} is append-only"
ONLY = "Only a transfer changes an account"
JOURNAL = "A voucher changes with a line of the journal"
# Of a trigger: what it must say, and the statements that it must refuse.
TRIGGERS = [
    ("account_begins", "An account begins empty", [account(balance=1)]),
    ("account_stays", ONLY, ["UPDATE vouchers_account SET balance_cents = 1"]),
    ("account_stays", ONLY, ["UPDATE vouchers_account SET owner = 'shop:7' WHERE id = {payable}"]),
    ("account_stays", ONLY, ["DELETE FROM vouchers_account"]),
    *[
        (f"{table}_stays", STAYS.format(table), [statement])
        for table in ("transaction", "transfer", "voucherchange", "chainlink")
        for statement in (
            f"DELETE FROM vouchers_{table}",
            f"UPDATE vouchers_{table} SET {'seq = -seq' if table == 'chainlink' else 'id = -id'}",
        )
    ],
    ("voucher_stays", STAYS.format("voucher"), ["DELETE FROM vouchers_voucher"]),
    *[
        (f"{table}_is_not_emptied", STAYS.format(table), [f"TRUNCATE vouchers_{table} CASCADE"])
        for table in ("account", "transaction", "transfer", "voucherchange", "chainlink", "voucher")
    ],
    ("transaction_begins", "42", [begin("frozen", written_in="42")]),
    ("transaction_is_whole", "A transaction without a transfer", [begin()]),
    ("transaction_is_whole", "A reversal mirrors", [begin("reversed", reverses="{sale}"), move("{payable}", "{voucher}")]),
    ("transfer_moves", "nothing goes from psp_clearing to", [begin(), move("{outside}", "{payable}")]),
    ("transfer_moves", "A transaction is written at once", [move("{voucher}", "{payable}", txn="{sale}", position=9)]),
    ("transfer_moves", "No voucher has this account", [account(), begin(), move("(SELECT max(id) FROM vouchers_account)", "{payable}")]),
    ("voucher_changes", JOURNAL, ["UPDATE vouchers_voucher SET state = 'void'"]),
    ("voucher_changes", JOURNAL, ["UPDATE vouchers_voucher SET expires_on = expires_on + 1"]),
    ("voucher_changes", "for longer, never for less", ["UPDATE vouchers_voucher SET expires_on = expires_on - 1"]),
    ("voucher_changes", "good for does not change", ["UPDATE vouchers_voucher SET shop_id = {shop}"]),
]  # fmt: skip


def attack(cursor, statements):
    """Try them as one transaction, to its end. Returns the refusal: a constraint's name or a trigger's words; or None.

    A number that the attacker wrote and that does not stand there afterwards was refused too.
    """
    try:
        with transaction.atomic():
            for statement in statements:
                cursor.execute(statement.format(**ROWS))
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SELECT count(*) FROM vouchers_transaction WHERE written_in = '42'")
            overwritten = "'42'" in statements[-1] and not cursor.fetchone()[0]
            transaction.set_rollback(True)
    except DatabaseError as error:
        return error.__cause__.diag.constraint_name or str(error)
    return "42" if overwritten else None


def dropped(cursor, table, name, how):
    cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name} CASCADE" if how == "constraint" else f"DROP TRIGGER {name} ON {table} CASCADE")  # fmt: skip


def constraints(cursor):
    """All of the books' tables, by the name that they have above: (table, its own name)."""
    cursor.execute("""
        SELECT conrelid::regclass::text, conname, contype, (
            SELECT attname FROM pg_attribute WHERE attrelid = conrelid AND attnum = conkey[1])
        FROM pg_constraint WHERE conrelid::regclass::text LIKE 'vouchers_%' AND contype IN ('c', 'f', 'p', 'u', 'x')
    """)
    found = {}
    for table, name, kind, column in cursor.fetchall():
        short = table.removeprefix("vouchers_")
        ours = not re.search(r"_(pkey|key|fk_\w*)$", name)
        key = {"p": f"{short}.pkey", "f": f"{short}.{column}"}.get(kind, f"{short}.{column}.unique")
        found[name if ours else key] = (table, name)
    return found


def triggers(cursor):
    cursor.execute(
        "SELECT tgname, tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
        " AND tgrelid::regclass::text LIKE 'vouchers_%'"
    )
    return dict(cursor.fetchall())


def test_every_constraint_refuses_what_it_is_for_and_nothing_else_does_it_in_its_place(own_books):
    with acting_as_owner(), connection.cursor() as cursor:
        found = constraints(cursor)
        assert set(found) == set(CONSTRAINTS), "each has its attack"
        for key, statements in CONSTRAINTS.items():
            table, name = found[key]
            assert attack(cursor, statements) == name, key
            with transaction.atomic():
                dropped(cursor, table, name, "constraint")
                assert attack(cursor, statements) != name, key
                transaction.set_rollback(True)


def test_every_trigger_refuses_what_it_is_for_and_nothing_else_does_it_in_its_place(own_books):
    with acting_as_owner(), connection.cursor() as cursor:
        found = triggers(cursor)
        assert set(found) == {name for name, _says, _statements in TRIGGERS}, "each has its attack"
        for name, says, statements in TRIGGERS:
            assert says in (attack(cursor, statements) or ""), statements
            with transaction.atomic():
                dropped(cursor, found[name], name, "trigger")
                assert says not in (attack(cursor, statements) or ""), statements
                transaction.set_rollback(True)


def test_the_application_has_no_right_to_change_what_is_written(own_books):
    """It may read and add. Of vouchers it changes what the trigger lets it change; it takes none out, and tells no change itself."""
    tables = ("account", "transaction", "transfer", "voucherchange", "chainlink", "voucher")
    statements = [
        change(),
        *[f"DELETE FROM vouchers_{table}" for table in tables],
        *[f"TRUNCATE vouchers_{table} CASCADE" for table in tables],
        *[
            f"UPDATE vouchers_{table} SET {column} = {column}"
            for table in tables[:-1]
            for column in ["seq" if table == "chainlink" else "id"]
        ],
    ]
    for statement in statements:
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement.format(**ROWS))
