"""Many at once: sixty-four tills and one voucher. `make torture` runs the same at the sizes of docs/reliability.md.

Each on a database of the test's own, because journals are not emptied after a test.
"""

import pytest
from django.db import connection

from tests.shops.factories import TUESDAY_10H, make_city, make_marie, make_paul
from torture import lives, races
from torture.books import Books
from vitrine.database.roles import acting_as_owner

# The database of the tests takes a hundred connections, and the suite runs twice at a time.
THREADS = 16


@pytest.fixture
def books(django_db_setup, django_db_blocker, clock):
    from tests.databases import test_database, used

    with django_db_blocker.unblock(), test_database() as name, used(name):
        make_city()
        yield Books.open([make_marie(), make_paul()], TUESDAY_10H)


def test_of_many_who_take_from_one_voucher_as_many_get_it_as_it_holds(books):
    found = races.one_voucher(books, threads=THREADS, rounds=20)
    assert found.wrong == []
    assert found.tries == 20 * THREADS
    assert races.faults(books) == []


def test_the_race_sees_a_till_that_looks_first_and_takes_afterwards(books):
    """The negative control: without the floor, and with a till that reads, compares and writes, more is taken than there is."""
    with acting_as_owner(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vouchers_account DROP CONSTRAINT account_never_negative")
    found = races.one_voucher(books, threads=THREADS, rounds=20, taking=races.naive)
    assert found.wrong


def test_a_request_sent_many_times_at_once_moves_once(books):
    assert races.one_key(books, threads=THREADS, rounds=5).wrong == []


def test_nobody_meets_a_deadlock_who_pays_with_several_vouchers(books):
    assert races.many_vouchers(books, threads=8, rounds=10).wrong == []


def test_two_verbs_at_the_same_moment_are_one_after_the_other(books):
    assert races.pairs(books, rounds=1).wrong == []


def test_any_sequence_of_operations_leaves_what_a_small_model_expects(books):
    found = lives.lives(books, operations=600)
    assert found.wrong == []
