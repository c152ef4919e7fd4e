"""What the books do by themselves at night: they are sealed, published and proved."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from tests.shops.factories import TUESDAY_10H
from tests.vouchers.conftest import make_voucher
from tests.vouchers.test_chain import LATER, disarm, trade
from vitrine.database.roles import acting_as_owner
from vouchers import heads, jobs
from vouchers.models import ChainLink


@pytest.fixture
def published(settings, tmp_path):
    settings.LEDGER_HEADS = [str(tmp_path / "heads.txt"), str(tmp_path / "open" / "heads.txt")]
    return settings.LEDGER_HEADS


def test_each_minute_what_is_new_is_sealed(network, signed, marie, clock):
    trade(network, marie)
    before = ChainLink.objects.count()
    voucher = make_voucher(network)
    clock(LATER)
    jobs.seal_books(0)
    assert ChainLink.objects.count() == before + 1
    assert ChainLink.objects.get(seq=before + 1).txn.transfers.get().target == voucher.account


def test_each_night_the_head_leaves_the_database(network, signed, marie, clock, published):
    trade(network, marie)
    clock(LATER)
    jobs.publish_head(0)
    assert heads.published() == {31: ChainLink.objects.get(seq=31).hash}


def test_without_a_transaction_there_is_no_head_to_publish(city, clock, published):
    jobs.publish_head(0)
    assert heads.published() == {}
    jobs.prove_books(0)


def test_each_night_the_books_are_proved(own_books, clock, published):
    clock(LATER)
    jobs.publish_head(0)
    jobs.prove_books(0)
    with acting_as_owner(), connection.cursor() as cursor, transaction.atomic():
        disarm(cursor)
        cursor.execute("UPDATE vouchers_account SET balance_cents = balance_cents + 1 WHERE kind = 'bank'")
        cursor.execute(
            "UPDATE vouchers_account SET balance_cents = balance_cents + 1 WHERE kind = 'psp_clearing'"
        )
        with pytest.raises(jobs.BooksAreWrong, match="account"):
            jobs.prove_books(0)
        transaction.set_rollback(True)


def test_two_files_that_differ_are_not_believed(own_books, clock, published, tmp_path):
    clock(LATER + timedelta(days=1))
    jobs.publish_head(0)
    (tmp_path / "heads.txt").write_text(f"{TUESDAY_10H.isoformat()} 31 {'0' * 64}\n")
    with pytest.raises(jobs.BooksAreWrong, match="elsewhere"):
        jobs.prove_books(0)
