"""The chain: what was sealed can be proved; whoever alters it as the tables' owner, with the triggers off, is found out."""

import random
import re
from datetime import timedelta
from functools import partial

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import key, make_voucher
from tests.vouchers.settling import make_account, make_terms, officer, settle, take
from tests.vouchers.test_ledger import redeem, reverse
from vitrine.database.roles import acting_as_owner
from vouchers import heads, lifecycle, proof, sealing
from vouchers.models import ChainLink
from vouchers.settlement import answers

LATER = TUESDAY_10H + timedelta(minutes=5)
SEED = 13


def trade(network, marie, number=12):
    """Vouchers bought, taken in part, some of it taken back; all of it sealed."""
    for index in range(number):
        voucher = make_voucher(network, 1000 + index)
        posted = redeem(voucher, marie, 310 + index)
        if index in (2, 5):
            lifecycle.freeze(voucher, reason="lost", key=key(), at=TUESDAY_10H)
        if index == 7:
            lifecycle.extend(voucher, voucher.expires_on + timedelta(days=90), key=key(), at=TUESDAY_10H)
        if index % 3 == 0:
            reverse(posted, marie)
    return sealing.seal(at=LATER)


def test_each_transaction_is_sealed_once_in_the_order_of_its_writing(network, signed, marie):
    assert trade(network, marie) == 31
    assert sealing.seal(at=LATER) == 0
    found = proof.verify(at=LATER)
    assert (found.sealed, found.waiting) == (31, 0)
    assert found.head == ChainLink.objects.get(seq=31).hash
    redeem(make_voucher(network), marie, 1)
    assert proof.verify(at=TUESDAY_10H).waiting == 2
    assert "not sealed in time" in str(proof.verify(at=LATER))
    assert sealing.seal(at=LATER) == 2
    assert proof.verify(at=LATER).sealed == 33


def test_the_trust_identity_holds(network, signed, marie):
    trade(network, marie)
    found = proof.trust_identity(network.issuer)
    assert found["held"] == found["owed"] == sum(1000 + index for index in range(12))


def pay(network, marie):
    """What Marie took is paid: once it arrived, once it came back, once it is under way."""
    make_terms(network.issuer)
    make_account(marie)
    for then in (answers.mark_paid, partial(answers.mark_returned, reason="AM04"), None):
        take(network, marie, 20_00)
        payout = settle(network.issuer).payouts.get()
        if then:
            then(payout, by=officer(), at=TUESDAY_10H)
    sealing.seal(at=LATER)


# Somebody who may do anything to the tables.

COLUMNS = {
    "vouchers_transaction": {
        "kind": "'granted'", "scope": "scope || 'x'", "idem_key": "idem_key || 'x'", "request_sha256": "repeat('0', 64)",
        "actor": "coalesce(actor, 0) + 1", "device": "coalesce(device, 0) + 1", "reason": "reason || 'x'",
        "created_at": "created_at + interval '1 microsecond'", "reverses_id": "coalesce(reverses_id, 0) + 1",
        "subject": "subject || 'x'", "details": "details || '{{\"x\": 1}}'",
    },
    "vouchers_transfer": {
        "amount_cents": "amount_cents + 1", "source_id": "target_id", "target_id": "source_id", "position": "position + 7",
        "source_after": "source_after - 1", "target_after": "target_after + 1", "txn_id": "txn_id + 1",
    },
    "vouchers_chainlink": {"hash": "repeat('a', 64)", "prev_hash": "repeat('b', 64)", "txn_id": "txn_id + 1", "seq": "-seq"},
    "vouchers_account": {
        "balance_cents": "balance_cents + 1", "kind": "'refund_due'", "owner": "owner || 'x'", "has_floor": "NOT has_floor",
        "issuer_id": "issuer_id + 1",
    },
    "vouchers_voucherchange": {
        "state": "'void'", "expires_on": "expires_on + 1", "issued_on": "issued_on - 1", "voucher_id": "voucher_id + 1",
        "txn_id": "txn_id + 1",
    },
    "vouchers_voucher": {
        "state": "'void'", "expires_on": "expires_on + 1", "issued_on": "issued_on - 1", "network_id": "network_id + 1",
        "shop_id": "coalesce(shop_id, 0) + 1", "account_id": "account_id + 1000",
    },
    "vouchers_payout": {
        "state": "CASE state WHEN 'paid' THEN 'in_transit' ELSE 'paid' END", "cents": "cents + 1", "txn_id": "txn_id - 1",
        "shop_id": "shop_id + 1", "file_id": "file_id - 1",
    },
}  # fmt: skip
KEYS = {"vouchers_chainlink": "seq"}


def tampering(dice):
    """One statement of somebody's who alters, takes out or puts in a row."""
    table = dice.choice(list(COLUMNS))
    row = f"(SELECT {KEYS.get(table, 'id')} FROM {table} ORDER BY 1 OFFSET {{place}} LIMIT 1)"
    how = dice.random()
    if how < 0.15:
        return table, f"DELETE FROM {table} WHERE {KEYS.get(table, 'id')} = {row}"
    if how < 0.25 and table == "vouchers_transfer":
        return table, (
            "INSERT INTO vouchers_transfer (txn_id, position, source_id, target_id, amount_cents, source_after,"
            f" target_after) SELECT txn_id, 9, source_id, target_id, 1, 0, 0 FROM vouchers_transfer WHERE id = {row}"
        )
    column, value = dice.choice(list(COLUMNS[table].items()))
    return table, f"UPDATE {table} SET {column} = {value} WHERE {KEYS.get(table, 'id')} = {row}"


def disarm(cursor):
    """No trigger, no constraint: what is left is what the proof can see."""
    cursor.execute("""
        SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname) FROM pg_constraint
        WHERE conrelid::regclass::text LIKE 'vouchers_%' AND contype IN ('f', 'u', 'c')
    """)
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    for table in COLUMNS:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def first_row_of(cursor, table, place):
    """A pattern for the name of the first place where this row is missed or wrong."""
    cursor.execute(
        {
            "vouchers_transaction": "SELECT seq, txn_id FROM vouchers_chainlink c ORDER BY txn_id OFFSET %s LIMIT 1",
            "vouchers_transfer": "SELECT c.seq, t.txn_id FROM vouchers_transfer t JOIN vouchers_chainlink c"
            " USING (txn_id) ORDER BY t.id OFFSET %s LIMIT 1",
            "vouchers_voucherchange": "SELECT c.seq, t.txn_id FROM vouchers_voucherchange t JOIN vouchers_chainlink c"
            " USING (txn_id) ORDER BY t.id OFFSET %s LIMIT 1",
            "vouchers_chainlink": "SELECT seq, txn_id FROM vouchers_chainlink ORDER BY seq OFFSET %s LIMIT 1",
            "vouchers_account": "SELECT min(c.seq), a.id FROM vouchers_account a JOIN vouchers_transfer t"
            " ON a.id IN (t.source_id, t.target_id) JOIN vouchers_chainlink c USING (txn_id) GROUP BY a.id"
            " ORDER BY a.id OFFSET %s LIMIT 1",
            "vouchers_voucher": "SELECT 0, id FROM vouchers_voucher ORDER BY id OFFSET %s LIMIT 1",
            "vouchers_payout": "SELECT string_agg(f.msg_id, '|'), p.id FROM vouchers_payout p"
            " JOIN vouchers_payoutfile f ON f.id IN (file_id, file_id - 1) GROUP BY p.id ORDER BY p.id OFFSET %s LIMIT 1",
        }[table],
        [place],
    )
    seq, pk = cursor.fetchone()
    if table == "vouchers_voucher":
        return rf"voucher {pk}\b"
    if table == "vouchers_payout":
        return rf"payout {pk}\b|file ({seq})\b"
    return rf"chain {seq}\b|transaction {pk}\b" + (rf"|account {pk}\b" if table == "vouchers_account" else "")


@pytest.mark.parametrize("number", [60, pytest.param(1000, marks=pytest.mark.full)])
def test_every_tampering_is_found_and_its_row_named(own_books, number):
    pay(*own_books)
    dice = random.Random(SEED)
    with acting_as_owner(), connection.cursor() as cursor:
        for _time in range(number):
            table, statement = tampering(dice)
            with transaction.atomic():
                disarm(cursor)
                cursor.execute(f"SELECT count(*) FROM {table}")
                place = dice.randrange(cursor.fetchone()[0])
                row = first_row_of(cursor, table, place)
                cursor.execute(statement.format(place=place))
                assert cursor.rowcount == 1
                found = proof.verify(at=LATER)
                transaction.set_rollback(True)
            assert isinstance(found, proof.Fault), statement.format(place=place)
            assert re.search(row, str(found)), (row, str(found), statement.format(place=place))
        assert isinstance(proof.verify(at=LATER), proof.Proved)


def test_a_chain_made_anew_or_cut_at_its_end_does_not_meet_its_published_heads(own_books, tmp_path, settings):
    settings.LEDGER_HEADS = [tmp_path / "heads.txt", tmp_path / "open" / "heads.txt"]
    last = heads.publish(at=LATER)
    heads.publish(at=LATER)
    published = heads.read(tmp_path / "open" / "heads.txt")
    assert published == {last.seq: last.hash}
    assert (tmp_path / "heads.txt").read_text().count("\n") == 1
    with acting_as_owner(), connection.cursor() as cursor:
        with transaction.atomic():
            disarm(cursor)
            cursor.execute(
                "UPDATE vouchers_transaction SET reason = 'other' WHERE id = (SELECT min(id) FROM vouchers_transaction)"
            )
            cursor.execute("DELETE FROM vouchers_chainlink")
            sealing.seal(at=LATER)
            assert isinstance(proof.verify(at=LATER), proof.Proved), "in itself it is whole"
            assert "made anew" in str(proof.verify(at=LATER, heads=published))
            transaction.set_rollback(True)
        with transaction.atomic():
            disarm(cursor)
            cursor.execute("""
                WITH cut AS (DELETE FROM vouchers_chainlink WHERE seq = %s RETURNING txn_id),
                gone AS (DELETE FROM vouchers_transfer WHERE txn_id IN (SELECT txn_id FROM cut)
                         RETURNING source_id, target_id, amount_cents),
                undone AS (UPDATE vouchers_account a SET balance_cents = balance_cents
                    + (SELECT sum(CASE WHEN g.source_id = a.id THEN amount_cents ELSE -amount_cents END) FROM gone g
                       WHERE a.id IN (g.source_id, g.target_id))
                    WHERE id IN (SELECT source_id FROM gone UNION SELECT target_id FROM gone))
                DELETE FROM vouchers_transaction WHERE id IN (SELECT txn_id FROM cut)
            """, [last.seq])  # fmt: skip
            assert isinstance(proof.verify(at=LATER), proof.Proved), "in itself it is whole"
            assert "the chain was cut" in str(proof.verify(at=LATER, heads=published))
            transaction.set_rollback(True)


def test_the_command_proves_the_books_and_ends_badly_at_the_first_fault(
    own_books, capsys, tmp_path, clock, settings
):
    settings.LEDGER_HEADS = [tmp_path / "heads.txt"]
    clock(LATER)
    call_command("verify_ledger")
    assert "Aucune empreinte publiée" in capsys.readouterr().err
    heads.publish(at=LATER)
    call_command("verify_ledger")
    out, err = capsys.readouterr()
    assert ("31 opérations" in out, "1 empreinte publiée" in out, err) == (True, True, "")
    (tmp_path / "heads.txt").write_text(f"2026-11-24T10:00:00+0100 3 {'0' * 64}\n")
    with pytest.raises(CommandError, match="chain 3"):
        call_command("verify_ledger")
    (tmp_path / "heads.txt").write_text("nonsense\n")
    with pytest.raises(CommandError, match="line 1"):
        call_command("verify_ledger")


@pytest.mark.parametrize("text", [None, ""])
def test_a_file_of_heads_that_has_none_proves_nothing_and_is_refused(network, signed, tmp_path, clock, text):
    clock(LATER)
    if text is not None:
        (tmp_path / "mine.txt").write_text(text)
    with pytest.raises(CommandError, match="there is no head in it"):
        call_command("verify_ledger", heads=[tmp_path / "mine.txt"])
