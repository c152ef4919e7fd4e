"""Outages: what was answered is there, what was not answered is there once when it is asked for again."""

import contextlib
import os
import random
import signal
import threading
import time
from pathlib import Path

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from torture.books import Books, Outcome, Say, key, silent
from torture.races import faults
from vitrine.postgres import Server
from vouchers import ledger, sealing, spending
from vouchers.models import Transaction

SEED = 20
# What the keys of these sales begin with.
MARK = "outage-"


class Till(threading.Thread):
    """Takes cents without a pause; what gets no answer is sent again, with its key, until it has one."""

    def __init__(self, books, vouchers, seed):
        super().__init__()
        self.books, self.vouchers, self.dice = books, vouchers, random.Random(seed)
        self.over = threading.Event()
        self.answered: set[str] = set()  # keys of sales that were made
        self.unanswered = 0
        self.strange: list[str] = []

    def run(self):
        try:
            while not self.over.is_set():
                self._sell()
        finally:
            connection.close()

    def _sell(self):
        sent, part = MARK + key(), (self.dice.choice(self.vouchers), self.dice.randint(1, 9))
        while True:
            try:
                spending.redeem([part], self.dice_shop(part), key=sent, at=self.books.at)
            except (OperationalError, InterfaceError):
                self.unanswered += 1
                with contextlib.suppress(OperationalError, InterfaceError):
                    connection.close()
                continue
            except ledger.Refused as refused:
                if not isinstance(refused, ledger.Overdrawn | ledger.Busy):
                    self.strange.append(repr(refused))
                return
            self.answered.add(sent)
            return

    def dice_shop(self, part):
        """The same shop for the same voucher: a request that is sent again is the same one."""
        return self.books.shops[part[0].pk % len(self.books.shops)]


def kills_of_postgres(
    books: Books, server: Server, *, threads: int, kills: int, say: Say = silent
) -> Outcome:
    """PostgreSQL is killed in the middle of sales, all its processes at once, and comes up again by itself."""
    dice, wrong = random.Random(SEED), []
    vouchers = books.vouchers([1_000_000] * 40)
    tills = [Till(books, vouchers, SEED + number) for number in range(threads)]
    for till in tills:
        till.start()
    try:
        for number in range(1, kills + 1):
            # Anywhere in a sale: chance chooses the moment.
            time.sleep(dice.uniform(0.3, 2.0))
            before = set().union(*(set(till.answered) for till in tills))
            _kill(server)
            missing = before - _written()
            wrong += [f"kill {number}: answered and lost: {sent}" for sent in sorted(missing)[:3]]
            say(f"{number} of {kills} kills, {len(before)} sales answered")
    finally:
        for till in tills:
            till.over.set()
        for till in tills:
            till.join()
    answered = set().union(*(till.answered for till in tills))
    if answered != (written := _written()):
        wrong.append(
            f"{len(answered - written)} answered and lost, {len(written - answered)} never asked for"
        )
    wrong += [each for till in tills for each in till.strange]
    sealing.seal(at=timezone.now())
    unanswered = sum(till.unanswered for till in tills)
    told = f"{kills} kills, {len(answered)} sales, {unanswered} without an answer were sent again"
    return Outcome(len(answered) + unanswered, wrong + faults(books), told)


def _written():
    """The keys of all sales of this ordeal that stand in the books; waits for the server to come up."""
    while True:
        try:
            return set(
                Transaction.objects.filter(scope="till", idem_key__startswith=MARK).values_list(
                    "idem_key", flat=True
                )
            )
        except (OperationalError, InterfaceError):
            with contextlib.suppress(OperationalError, InterfaceError):
                connection.close()


def _kill(server):
    """-9 to the postmaster and all its children, as when the power goes."""
    postmaster = int((server.data / "postmaster.pid").read_text().splitlines()[0])
    for pid in (postmaster, *_children(postmaster)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _children(parent):
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == parent:
                yield int(stat.parent.name)
