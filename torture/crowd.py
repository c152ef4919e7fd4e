"""Many at the same moment, each with a connection of its own."""

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from vouchers import ledger

PATIENCE_S = 120


class Crowd:
    """So many threads that begin together. Use `crowd(number)`."""

    def __init__(self, number: int):
        self.number = number
        self._barrier = threading.Barrier(number)
        self._pool = ThreadPoolExecutor(number)

    def all_at_once[T](self, jobs: Sequence[Callable[[], T]]) -> list[T | ledger.Refused]:
        """What each job returned, or the refusal it met, in their order. Any other exception is raised."""
        if len(jobs) != self.number:
            raise ValueError(f"{self.number} jobs are expected, not {len(jobs)}.")
        futures = [self._pool.submit(self._run, job) for job in jobs]
        return [future.result(PATIENCE_S) for future in futures]

    def _run(self, job):
        try:
            connection.ensure_connection()
            self._barrier.wait(PATIENCE_S)
            return job()
        except ledger.Refused as refused:
            return refused

    def go_home(self):
        self.all_at_once([lambda: connection.close()] * self.number)  # each its own
        self._pool.shutdown()


@contextlib.contextmanager
def crowd(number: int) -> Iterator[Crowd]:
    people = Crowd(number)
    try:
        yield people
    finally:
        people.go_home()
