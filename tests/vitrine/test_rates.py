"""How often somebody may do something: counted in PostgreSQL, and nothing kept that says who it was."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import RequestFactory

from vitrine import rates
from vitrine.models import Rate

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.django_db
def test_so_many_pass_and_no_more_until_the_next_stretch():
    tries = [rates.allowed("report", "192.0.2.1", 3, HOUR, NOON + timedelta(minutes=n)) for n in range(5)]
    assert tries == [True, True, True, False, False]
    assert rates.allowed("report", "192.0.2.1", 3, HOUR, NOON + HOUR)


@pytest.mark.django_db
def test_each_action_and_each_person_has_a_count_of_their_own():
    assert rates.allowed("report", "192.0.2.1", 1, HOUR, NOON)
    assert not rates.allowed("report", "192.0.2.1", 1, HOUR, NOON)
    assert rates.allowed("claim", "192.0.2.1", 1, HOUR, NOON)
    assert rates.allowed("report", "192.0.2.2", 1, HOUR, NOON)
    assert not rates.allowed("report", "192.0.2.2", 1, HOUR, NOON)


@pytest.mark.django_db
def test_one_try_is_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        rates.allowed("report", "192.0.2.1", 3, HOUR, NOON)


@pytest.mark.django_db
def test_nobody_is_known_by_what_is_kept_and_two_days_cannot_be_joined():
    for day in range(2):
        rates.allowed("report", "192.0.2.1", 3, HOUR, NOON + timedelta(days=day))
    keys = [bytes(key) for key in Rate.objects.values_list("key", flat=True)]
    assert len(set(keys)) == 2
    assert all(len(key) == 32 and b"192" not in key for key in keys)


@pytest.mark.django_db
def test_the_number_stays_small_however_many_try():
    for _try in range(20):
        rates.allowed("report", "192.0.2.1", 3, HOUR, NOON)
    assert Rate.objects.get().times == 4


@pytest.mark.django_db
def test_what_no_limit_asks_for_any_more_is_forgotten():
    rates.allowed("report", "192.0.2.1", 3, HOUR, NOON)
    assert rates.forget(at=NOON + timedelta(minutes=59)) == 0
    assert rates.forget(at=NOON + HOUR) == 1


@pytest.mark.django_db(transaction=True)
def test_ten_at_once_are_ten():
    ready, passed = Barrier(10), []

    def one():
        try:
            ready.wait()
            passed.append(rates.allowed("report", "192.0.2.1", 4, HOUR, NOON))
        finally:
            connection.close()

    threads = [Thread(target=one) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(passed) == [False] * 6 + [True] * 4


def test_who_asks_is_who_the_front_server_saw():
    def who(address, **headers):
        return rates.address_of(RequestFactory().get("/", REMOTE_ADDR=address, **headers))

    assert who("192.0.2.1", HTTP_X_FORWARDED_FOR="198.51.100.7") == "192.0.2.1"
    assert who("2001:db8:1:2:3:4:5:6") == who("2001:db8:1:2:9:9:9:9") == "2001:db8:1:2"
    assert who("::ffff:192.0.2.1") == "::ffff:192.0.2.1"
    assert who("2001:db8::1") != who("2001:db8:1::1")
