"""The chain: every minute a job gives each new transaction a place and a hash of it and of all before it.

Sealing inside the transaction itself would make every till in town wait for every other. The order is fixed when sealed:
a transaction that commits late is sealed late, and never skipped. What is not sealed yet (two minutes at most) is
protected by rights and triggers alone.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256

from django.db import connection, transaction

from vouchers.models import ChainLink, Transaction, Transfer, VoucherChange

GENESIS = "0" * 64
BATCH = 1000
# Any number, the same for all: one seals at a time.
_ONE_AT_A_TIME = 0x7365616C


def seal(*, at: datetime) -> int:
    """Seal what is written and not sealed yet, in the order of its ids. Returns how many."""
    sealed = 0
    while batch := _seal_some(at):
        sealed += batch
    return sealed


def _seal_some(at):
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        waiting = list(Transaction.objects.filter(link=None).order_by("pk")[:BATCH])
        last = ChainLink.objects.order_by("-seq").first()
        seq, before = (last.seq, last.hash) if last else (0, GENESIS)
        links = []
        for txn, text in texts(waiting):
            seq, mark = seq + 1, digest(before, text)
            links.append(ChainLink(seq=seq, txn=txn, prev_hash=before, hash=mark, sealed_at=at))
            before = mark
        ChainLink.objects.bulk_create(links)
    return len(links)


def digest(before: str, text: str) -> str:
    """The hash of a transaction's text behind the hash of the one before it, both in hex."""
    return sha256(f"{before}\n{text}".encode()).hexdigest()


def texts(txns: Iterable[Transaction]) -> Iterator[tuple[Transaction, str]]:
    """Each transaction as the one text that is hashed.

    All its columns; its transfers, and whose accounts they are of; what it made of vouchers, with dates as YYYY-MM-DD.
    """
    txns = list(txns)
    legs = {txn.pk: [] for txn in txns}
    rows = (
        Transfer.objects.filter(txn__in=txns)
        .order_by("txn", "position", "pk")
        .values_list(
            "txn_id", "id", "position", "source__issuer_id", "source_id", "source__kind", "source__owner",
            "target__issuer_id", "target_id", "target__kind", "target__owner", "amount_cents", "source_after",
            "target_after",
        )
    )  # fmt: skip
    for txn_id, *leg in rows:
        legs[txn_id].append(leg)
    became = {txn.pk: [] for txn in txns}
    changes = VoucherChange.objects.filter(txn__in=txns).order_by("txn", "pk")
    for txn_id, *change in changes.values_list(
        "txn_id", "id", "voucher_id", "state", "issued_on", "expires_on"
    ):
        became[txn_id].append(change)
    for txn in txns:
        when = txn.created_at.astimezone(UTC).isoformat(timespec="microseconds")
        yield (
            txn,
            json.dumps(
                [
                    "vitrine-ledger-1", txn.pk, txn.kind, txn.scope, txn.idem_key, txn.request_sha256, txn.actor,
                    txn.device, txn.reason, txn.subject, txn.details, txn.reverses_id, when, legs[txn.pk],
                    became[txn.pk],
                ],
                default=str,
                separators=(",", ":"),
                ensure_ascii=True,
                sort_keys=True,
            ),
        )  # fmt: skip
