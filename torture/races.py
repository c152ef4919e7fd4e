"""Races: who comes at the same moment as others gets what would have been his had they come one after the other."""

import random
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from django.db.models import Q, Sum

from torture.books import Books, Outcome, Say, balance, key, silent
from torture.crowd import crowd
from vouchers import ledger, lifecycle, proof, spending
from vouchers.models import Account, Transaction, Transfer, Voucher

SEED = 64
AT_A_TIME = 50  # rounds between two lines of progress, and vouchers made at a time


def take(books: Books, voucher: Voucher, cents: int):
    return spending.redeem([(voucher, cents)], books.shops[0], key=key(), at=books.at)


def naive(books: Books, voucher: Voucher, cents: int):
    """As many a shop does it: read, compare, write. The negative control; the floor of the account must be gone."""
    if balance(voucher.account) < cents:
        raise ledger.Overdrawn
    return take(books, voucher, cents)


def one_voucher(
    books: Books, *, threads: int, rounds: int, taking: Callable = take, say: Say = silent
) -> Outcome:
    """Each round all take the same amount of one voucher: exactly ⌊balance ÷ amount⌋ of them get it."""
    dice, wrong, tries = random.Random(SEED), [], 0
    payable = spending.payable(books.issuer, books.shops[0])
    with crowd(threads) as people:
        for first in range(0, rounds, AT_A_TIME):
            number = min(AT_A_TIME, rounds - first)
            amounts = [dice.randint(50, 900) for _round in range(number)]
            balances = [cents * dice.randint(1, threads - 1) + dice.randrange(cents) for cents in amounts]
            for voucher, cents, held in zip(books.vouchers(balances), amounts, balances, strict=True):
                before = balance(payable)
                found = people.all_at_once([partial(taking, books, voucher, cents)] * threads)
                got = sum(not isinstance(each, Exception) for each in found)
                left, taken = balance(voucher.account), balance(payable) - before
                tries += threads
                if (got, left, taken) != (held // cents, held % cents, held - held % cents):
                    wrong.append(f"{held} by {cents}: {got} got it, {left} left, {taken} taken")
                wrong += [
                    f"{each!r}" for each in found
                    if isinstance(each, Exception) and not isinstance(each, ledger.Overdrawn)
                ]  # fmt: skip
            say(f"{first + number} of {rounds} rounds")
    return Outcome(tries, wrong)


def one_key(books: Books, *, threads: int, rounds: int, say: Say = silent) -> Outcome:
    """One request sent many times at once: one movement, and the same answer to all."""
    wrong = []
    with crowd(threads) as people:
        for number, voucher in enumerate(books.vouchers([5000] * rounds), start=1):
            sent = key()
            found = people.all_at_once(
                [partial(spending.redeem, [(voucher, 700)], books.shops[0], key=sent, at=books.at)] * threads
            )
            refused = [each for each in found if isinstance(each, Exception)]
            first = [each for each in found if not isinstance(each, Exception) and not each.again]
            ids = {each.txn.pk for each in found if not isinstance(each, Exception)}
            if refused or len(first) != 1 or len(ids) != 1 or balance(voucher.account) != 4300:
                wrong.append(f"round {number}: {len(first)} movements, {refused}")
            if not number % AT_A_TIME:
                say(f"{number} of {rounds} rounds")
    return Outcome(threads * rounds, wrong)


def many_vouchers(books: Books, *, threads: int, rounds: int, say: Say = silent) -> Outcome:
    """Sales of two to five vouchers, named in any order: nobody ever sees a deadlock, and no cent is lost."""
    dice, wrong = random.Random(SEED), []
    held = books.vouchers([rounds * 200] * 8)
    done = 0

    with crowd(threads) as people:
        for number in range(1, rounds + 1):
            jobs = [
                partial(
                    spending.redeem,
                    [(voucher, dice.randint(1, 99)) for voucher in dice.sample(held, dice.randint(2, 5))],
                    dice.choice(books.shops),
                    key=key(),
                    at=books.at,
                )
                for _thread in range(threads)
            ]
            for each in people.all_at_once(jobs):
                if isinstance(each, Exception) and not isinstance(each, ledger.Overdrawn):
                    wrong.append(repr(each))
                done += not isinstance(each, Exception)
            if not number % AT_A_TIME:
                say(f"{number} of {rounds} rounds")
    return Outcome(threads * rounds, wrong + faults(books), f"{done} sales")


# Two verbs on one voucher.

VERBS = {
    "redeem": lambda books, voucher, sale: spending.redeem(
        [(voucher, 3000)], books.shops[0], key=key(), at=books.at
    ),
    "undo": lambda books, voucher, sale: spending.undo(sale, books.shops[0], key=key(), at=books.at),
    "withdraw": lambda books, voucher, sale: lifecycle.withdraw(voucher, key=key(), at=books.at),
    "close": lambda books, voucher, sale: lifecycle.close(
        voucher, "social-fund", key=key(), at=books.at + timedelta(days=1)
    ),
    "donate": lambda books, voucher, sale: lifecycle.donate(voucher, key=key(), at=books.at),
    "extend": lambda books, voucher, sale: lifecycle.extend(
        voucher, books.at.date() + timedelta(days=200), key=key(), at=books.at
    ),
    "freeze": lambda books, voucher, sale: lifecycle.freeze(voucher, reason="lost", key=key(), at=books.at),
    "release": lambda books, voucher, sale: lifecycle.release(
        voucher, reason="found", key=key(), at=books.at
    ),
    "reissue": lambda books, voucher, sale: lifecycle.reissue(voucher, key=key(), at=books.at),
    "charge back": lambda books, voucher, sale: lifecycle.charge_back(voucher, 5000, key=key(), at=books.at),
}


def pairs(books: Books, *, rounds: int, say: Say = silent) -> Outcome:
    """Every verb against every verb, at the same moment: what comes of it is what came of one after the other."""
    wrong, tries = [], 0
    with crowd(2) as people:
        for first, second in [(a, b) for a in VERBS for b in VERBS]:
            expected = {_one_after_the_other(books, names) for names in ((first, second), (second, first))}
            for _round in range(rounds):
                voucher, sale = _spent_once(books)
                found = people.all_at_once(
                    [partial(VERBS[name], books, voucher, sale) for name in (first, second)]
                )
                said = zip((first, second), map(_said, found), strict=True)
                seen = _state(voucher), tuple(sorted(said))
                tries += 1
                if seen not in expected:
                    wrong.append(f"{first} against {second}: {seen}, but one after the other {expected}")
            say(f"{first} against {second}")
    return Outcome(tries, wrong + faults(books), f"{len(VERBS) ** 2} pairs")


def _spent_once(books):
    """A voucher on its last day, of which a part was spent a moment ago."""
    today = books.at.date()
    (voucher,) = books.vouchers([5000], issued_on=today - timedelta(days=3 * 365), expires_on=today)
    sale = spending.redeem([(voucher, 1000)], books.shops[0], key=key(), at=books.at)
    return voucher, sale.txn


def _one_after_the_other(books, names):
    voucher, sale = _spent_once(books)
    said = []
    for name in names:
        try:
            found = VERBS[name](books, voucher, sale)
        except ledger.Refused as refused:
            found = refused
        said.append((name, _said(found)))
    return _state(voucher), tuple(sorted(said))


def _said(found):
    return found.code if isinstance(found, ledger.Refused) else "done"


def _state(voucher):
    """What a voucher has become, without the numbers that tell one from another."""
    account = voucher.account_id
    legs = Transfer.objects.filter(Q(source=account) | Q(target=account)).values_list(
        "txn__kind", "source_id", "amount_cents"
    )
    moves = sorted((kind, -cents if source == account else cents) for kind, source, cents in legs)
    changes = Transaction.objects.filter(subject=f"voucher:{voucher.pk}", kind__in=Transaction.MOVE_NOTHING)
    kept = Voucher.objects.get(pk=voucher.pk)
    return (
        kept.state,
        (kept.expires_on - kept.issued_on).days,
        tuple(moves),
        tuple(sorted(changes.values_list("kind", flat=True))),
    )


def faults(books: Books) -> list[str]:
    """What the proof of the books finds, the sum of all balances, and the trust identity."""
    found = proof.verify(at=books.at)
    sums = proof.trust_identity(books.issuer)
    left = Account.objects.filter(issuer=books.issuer).aggregate(cents=Sum("balance_cents"))["cents"]
    return [
        *([str(found)] if isinstance(found, proof.Fault) else []),
        *([f"trust identity {sums}"] if sums["held"] != sums["owed"] else []),
        *([f"all balances make {left}"] if left else []),
    ]
