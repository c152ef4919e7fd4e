"""The one door of the books: verbs (`voucher.redeem`, …) call `post` within `transact`, and nothing else writes them.

What may not be is refused by the database itself (migration 0002) and arrives here as an error with a name.
Lock order, the same everywhere: the transaction's row (its key serialises repeats), accounts by id, transfers, jobs.
"""

import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import DatabaseError, connection, transaction
from psycopg.types.json import Jsonb

from vouchers.models.agreement import Issuer
from vouchers.models.journal import Account, Transaction, Transfer

MOST_ATTEMPTS = 5
LOCK_TIMEOUT_MS, STATEMENT_TIMEOUT_MS = 3_000, 10_000
# Serialization failure, deadlock, lock not available: another one was first, and the whole is done again.
_AGAIN = {"40001", "40P01", "55P03"}
# The first pause, in seconds; it doubles, and chance keeps two from meeting a second time.
_PAUSE = 0.02


class Refused(Exception):
    """The books do not take it; nothing was moved. `code` is for the sentence that a person reads."""

    code = "refused"


class Overdrawn(Refused):
    code = "overdrawn"


class Empty(Refused):
    """Nothing is left to move."""

    code = "empty"


class Frozen(Refused):
    code = "frozen"


class Void(Refused):
    code = "void"


class Expired(Refused):
    code = "expired"


class NotHandedOver(Refused):
    """The voucher is prepared, and nobody has it yet."""

    code = "not_handed_over"


class OtherShop(Refused):
    code = "other_shop"


class NoAgreement(Refused):
    code = "no_agreement"


class AlreadyReversed(Refused):
    code = "already_reversed"


class Settled(Refused):
    """It was paid to the shop since: only a correction helps."""

    code = "settled"


class TooLate(Refused):
    """What the till itself may take back is older than that."""

    code = "too_late"


class NoSuchMove(Refused):
    """From its present state the voucher does not become this."""

    code = "no_such_move"


class NotDecided(Refused):
    """No campaign that is open, and no two people, have decided that this is handed over."""

    code = "not_decided"


class KeyReused(Refused):
    """The key is that of another request."""

    code = "key_reused"


class Busy(Refused):
    """Others were first, again and again. Nothing was moved: the same request may be sent again."""

    code = "busy"


_BY_SQLSTATE = {
    "VT002": Frozen,
    "VT003": Void,
    "VT004": Expired,
    "VT005": OtherShop,
    "VT006": NoAgreement,
    "VT007": NotHandedOver,
    "VT013": Settled,
    "VT015": NoSuchMove,
    "VT018": NotDecided,
}
_BY_CONSTRAINT = {
    "account_never_negative": Overdrawn,
    "transaction_hands_over_once": NoSuchMove,
    "vouchers_transaction_reverses_id_key": AlreadyReversed,
}


@dataclass(frozen=True)
class Leg:
    """Cents from an account to another."""

    source: Account
    target: Account
    cents: int


@dataclass(frozen=True)
class Posted:
    """What stands in the books: the transaction with its transfers in order. `again`: it stood there before."""

    txn: Transaction
    transfers: list[Transfer]
    again: bool = False


type Legs = Iterable[Leg] | Callable[[dict[int, Account]], Iterable[Leg]]


def transact[T](work: Callable[[], T]) -> T:
    """Do a verb's work in one transaction, again from the beginning when it met another one.

    The work calls nothing outside the database: it may run several times, and raises `Busy` when what it read before it
    had its locks has changed. Within a transaction that is already open it
    runs once, as a part of that.

    Raises:
        Refused: by its name why the books do not take it. Nothing was written.
        Busy: it met others `MOST_ATTEMPTS` times.
    """
    if connection.in_atomic_block:
        return _named(work)
    for attempt in range(MOST_ATTEMPTS):
        if attempt:
            time.sleep(_PAUSE * 2**attempt * (0.5 + random.random()))  # noqa: S311 (no secret)
        try:
            return _named(work)
        except Busy:
            continue
        except DatabaseError as error:
            if _sqlstate(error) not in _AGAIN:
                raise
    raise Busy


def _named(work):
    """Run the work in a block of its own; the database's refusals get their names once the block is undone."""
    try:
        with transaction.atomic():
            if not connection.savepoint_ids:
                with connection.cursor() as cursor:
                    cursor.execute(
                        f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS};"
                        f"SET LOCAL statement_timeout = {STATEMENT_TIMEOUT_MS}"
                    )
            return work()
    except DatabaseError as error:
        cause = error.__cause__
        named = _BY_SQLSTATE.get(_sqlstate(error)) or _BY_CONSTRAINT.get(
            getattr(getattr(cause, "diag", None), "constraint_name", None)
        )
        if named is None:
            raise
        raise named from error


def _sqlstate(error):
    return getattr(error.__cause__, "sqlstate", None)


def post(
    kind: str,
    scope: str,
    key: str,
    legs: Legs,
    *,
    at: datetime,
    request: dict | None = None,
    accounts: Iterable[Account] = (),
    subject: str = "",
    details: dict | None = None,
    actor: int | None = None,
    device: int | None = None,
    reason: str = "",
    reverses: Transaction | None = None,
) -> Posted:
    """Write one transaction with its transfers, once for a key. Within `transact`.

    Args:
        kind: of `Transaction.Kind`.
        scope, key: what makes the request known again. The same key within a scope with the same request is answered
            with what stands there; with another request it is refused.
        legs: the transfers in order; or, where something must be looked at under the locks first, a function of the
            locked accounts by id that returns them, with these `accounts` named. A repeat does not call it.
        at: when it happens.
        request: what was asked for, as JSON can say it; what tells a repeat from another request. By default the legs.
        subject: what it is about, as « voucher:12 ».
        details: dates, ids and codes that were decided with it.
        actor, device: the ids of who and what did it; the journal names nobody.
        reason: a code.
        reverses: the transaction that this one takes back, with the same legs the other way round.

    Raises:
        KeyReused, and what `transact` names.
    """
    if not callable(legs):
        legs = list(legs)
        accounts = [account for leg in legs for account in (leg.source, leg.target)]
        request = request or {"legs": [[leg.source.pk, leg.target.pk, leg.cents] for leg in legs]}
    asked = [kind, subject, reason, request, reverses and reverses.pk]
    fingerprint = sha256(_canonical(asked).encode()).hexdigest()
    txn = _begin(
        kind=kind,
        scope=scope,
        idem_key=key,
        request_sha256=fingerprint,
        actor=actor,
        device=device,
        reason=reason,
        subject=subject,
        details=details or {},
        reverses_id=reverses and reverses.pk,
        created_at=at,
    )
    if txn is None:
        txn = Transaction.objects.get(scope=scope, idem_key=key)
        if txn.request_sha256 != fingerprint:
            raise KeyReused
        return Posted(txn, list(txn.transfers.order_by("position")), again=True)
    locked = lock(accounts)
    transfers = [
        Transfer(txn=txn, position=position, source=leg.source, target=leg.target, amount_cents=leg.cents)
        for position, leg in enumerate(legs(locked) if callable(legs) else legs)
    ]
    return Posted(txn, _write(transfers))


def lock(accounts: Iterable[Account]) -> dict[int, Account]:
    """Lock accounts, in the one order that there is, until the transaction ends. Returns them as they are now, by id."""
    ids = sorted({account.pk for account in accounts})
    return {account.pk: account for account in Account.objects.raw("SELECT * FROM vouchers_lock(%s)", [ids])}


def account(issuer: Issuer, kind: str, owner: str = "") -> Account:
    """The account of this kind and owner in an issuer's books, made where there is none yet."""
    found = Account.objects.filter(issuer=issuer, kind=kind, owner=owner).first()
    if found is None:
        Account.objects.bulk_create([_new(issuer, kind, owner)], ignore_conflicts=True)
        found = Account.objects.get(issuer=issuer, kind=kind, owner=owner)
    return found


def holds(issuer: Issuer, kind: str, owner: str = "") -> int:
    """The cents of an account as they are now; 0 where there is none yet. Makes nothing."""
    found = Account.objects.filter(issuer=issuer, kind=kind, owner=owner)
    return found.values_list("balance_cents", flat=True).first() or 0


def new_accounts(issuer: Issuer, kind: str, owners: Iterable[str]) -> list[Account]:
    """Accounts that nobody has yet, in the order of their owners."""
    return Account.objects.bulk_create([_new(issuer, kind, owner) for owner in owners])


def _new(issuer, kind, owner):
    return Account(issuer=issuer, kind=kind, owner=owner, has_floor=kind not in Account.OUTSIDE)


def _begin(**columns):
    """Insert the transaction's row; None when its key is taken. One who holds the key just now is waited for."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO vouchers_transaction (kind, scope, idem_key, request_sha256, actor, device, reason,"
            " subject, details, reverses_id, created_at) VALUES (%(kind)s, %(scope)s, %(idem_key)s,"
            " %(request_sha256)s, %(actor)s, %(device)s, %(reason)s, %(subject)s, %(details)s, %(reverses_id)s,"
            " %(created_at)s) ON CONFLICT (scope, idem_key) DO NOTHING RETURNING id",
            columns | {"details": Jsonb(columns["details"])},
        )
        row = cursor.fetchone()
    return Transaction(pk=row[0], **columns) if row else None


def _write(transfers):
    """Insert the transfers; the database moves the balances and says what was left of each."""
    with connection.cursor() as cursor:
        for transfer in transfers:
            cursor.execute(
                "INSERT INTO vouchers_transfer (txn_id, position, source_id, target_id, amount_cents)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id, source_after, target_after",
                [
                    transfer.txn_id,
                    transfer.position,
                    transfer.source_id,
                    transfer.target_id,
                    transfer.amount_cents,
                ],
            )
            transfer.pk, transfer.source_after, transfer.target_after = cursor.fetchone()
    return transfers


def _canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
