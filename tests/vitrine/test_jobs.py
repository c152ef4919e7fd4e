"""The queue, where a worker was killed: nothing stays "doing" for ever."""

import asyncio
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import procrastinate_app
from procrastinate.contrib.django.models import ProcrastinateJob

from vitrine.jobs import give_to_another

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _an_empty_queue(transactional_db):
    _empty()
    yield
    _empty()


def _empty():
    """The queue's tables are not Django's, which empties its own after such a test."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
        cursor.execute("DELETE FROM procrastinate_workers")


def test_a_dead_workers_job_waits_again():
    job(status="doing", worker=worker(silent_s=60))
    give()
    assert states() == ["todo"]


def test_a_living_workers_job_stays_its_own():
    job(status="doing", worker=worker(silent_s=5))
    give()
    assert states() == ["doing"]


def test_a_job_whose_twin_waits_already_makes_room_for_it():
    """Left "doing" it would hold the lock for ever; and those after it are not forgotten over it."""
    dead = worker(silent_s=60)
    job(status="doing", worker=dead, lock="batch:1")
    twin = job(status="todo", lock="batch:1")
    other = job(status="doing", worker=dead, lock="batch:2")
    give()
    assert states() == ["todo", "todo"]
    assert set(ProcrastinateJob.objects.values_list("pk", flat=True)) == {twin, other}


def give():
    async def once():
        app = procrastinate_app.current_app
        app = app.with_connector(app.connector.get_worker_connector())
        async with app.open_async():
            await give_to_another(app.job_manager)

    asyncio.run(once())


def states():
    return list(ProcrastinateJob.objects.order_by("pk").values_list("status", flat=True))


def worker(*, silent_s):
    return insert(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s) RETURNING id",
        [timezone.now() - timedelta(seconds=silent_s)],
    )


def job(*, status, worker=None, lock=None):
    return insert(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, queueing_lock, status, worker_id)"
        " VALUES ('default', 'vouchers.jobs.work_on_batch', %s, %s, %s, %s) RETURNING id",
        [lock, lock, status, worker],
    )


def insert(statement, values):
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]
