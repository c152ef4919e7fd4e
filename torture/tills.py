"""Tills over HTTP: many telephones at one voucher, until each hears that nothing is left."""

import random
import re
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlencode

from django.contrib.auth import get_user_model
from django.utils import timezone

from torture.books import Books, Outcome, Say, balance, key, silent
from torture.races import faults
from torture.served import Web
from vouchers import till

TAKEN_CENTS = 100
HOME, SALE = "/comptoir/caisse/", "/comptoir/caisse/vente/"
# Any thirty-two characters, the same in the cookie and in the form.
TOKEN = "a" * 32
_HIDDEN = re.compile(r'name="(key|held)" value="([^"]*)"')
_SEED = 64
_STRANGE_ENOUGH = 4


class Telephone:
    """A paired one, with a connection that it keeps."""

    def __init__(self, port, secret):
        self.port, self.cookies = port, f"till={secret}; csrf={TOKEN}"
        self.line = None

    def ask(self, method, path, **fields):
        """The status, where it leads, and the page. A connection that broke is made anew, and the request sent again."""
        body = urlencode(fields | {"csrfmiddlewaretoken": TOKEN}) if method == "POST" else None
        headers = {"Cookie": self.cookies, "Content-Type": "application/x-www-form-urlencoded"}
        while True:
            try:
                self.line = self.line or HTTPConnection("127.0.0.1", self.port, timeout=60)
                self.line.request(method, path, body, headers)
                answer = self.line.getresponse()
                return answer.status, answer.headers.get("Location", ""), answer.read().decode()
            except (OSError, HTTPException):
                self.hang_up()

    def hang_up(self):
        if self.line:
            self.line.close()
        self.line = None

    def sell(self, code, dice):
        """Take until nothing is left. Returns how often something was taken, and what was strange."""
        taken, strange = 0, []
        while len(strange) < _STRANGE_ENOUGH:
            status, there, page = self.ask("POST", HOME, code=code)
            if status == 302 and there == SALE:
                status, there, page = self.ask("GET", SALE)
                fields = dict(_HIDDEN.findall(page))
                if len(fields) < 2:
                    # Its hold may have ended meanwhile; a page without its form has not.
                    strange += [f"{status} {there} instead of the sale"] if status != 302 else []
                    continue
                status, there, page = self.ask(
                    "POST", SALE, do="take", amount=f"{TAKEN_CENTS // 100}", **fields
                )
                if status == 302 and "/recu/" in there:
                    taken += 1
                    continue
            if "plus rien sur ce bon" in page or "il ne reste que" in page:
                # The next one shall hear it too, and at once.
                self.ask("POST", SALE, do="drop")
                return taken, strange
            if status != 200 or not any(
                words in page for words in ("a ce bon en main", "minutes sont pass", "Beaucoup de monde")
            ):
                strange.append(f"{status} {there}")
            time.sleep(dice.uniform(0.2, 2))
        return taken, strange


def one_voucher(books: Books, *, sessions: int, rounds: int, say: Say = silent) -> Outcome:
    """Each round, that many telephones at one new voucher: as many takings as it has amounts, and not one more."""
    dice, wrong, tries = random.Random(_SEED), [], 0
    owner = get_user_model().objects.create_user(f"{key()}@vitrine.example", None)
    web = Web()
    web.start()
    try:
        secrets = [
            till.pair(
                till.offer(books.shops[0], f"Caisse {n}", by=owner, at=timezone.now()),
                "fr",
                at=timezone.now(),
            )[1]
            for n in range(sessions)
        ]
        phones = [Telephone(web.port, secret) for secret in secrets]
        with ThreadPoolExecutor(sessions) as people:
            for number in range(rounds):
                cents = dice.randrange(1, 6) * TAKEN_CENTS
                if number % 10 == 0:
                    # Each of them then has the rest in hand for a moment, one after the other.
                    cents += dice.randrange(1, TAKEN_CENTS)
                (voucher,) = books.vouchers([cents])
                code = voucher.code()
                done = list(
                    people.map(lambda phone, code=code: phone.sell(code, random.Random(phone.port)), phones)
                )
                tries += sessions
                taken = sum(part for part, _strange in done)
                if taken != cents // TAKEN_CENTS or balance(voucher.account) != cents % TAKEN_CENTS:
                    wrong.append(f"round {number}: {taken} of {cents} cents")
                wrong += [each for _part, strange in done for each in strange]
                till.Hold.objects.filter(voucher=voucher).delete()
                say(f"{number + 1} of {rounds} rounds")
    finally:
        for phone in phones:
            phone.hang_up()
        web.kill()
    return Outcome(tries, wrong + faults(books), f"{rounds} rounds, {sessions} telephones")
