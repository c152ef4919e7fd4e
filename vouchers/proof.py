"""The proof of the books: from the first transaction to the last, what stands there is what was sealed.

Whoever holds the heads that were published (`vouchers.heads`) need trust neither the City nor its database: a chain that
was made anew, or cut at its end, does not meet them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q, Sum

from vouchers.models import Account, ChainLink, Issuer, Transaction
from vouchers.sealing import GENESIS, digest, texts

# What is older than this and bears no seal was not written by the door, or the job that seals stands still.
SEALED_WITHIN = timedelta(minutes=2)
BATCH = 2000


@dataclass(frozen=True)
class Fault:
    """The first thing that is not as it was sealed: `where` names the row, `what` says how it differs."""

    where: str
    what: str

    def __str__(self):
        return f"{self.where}: {self.what}"


@dataclass(frozen=True)
class Proved:
    """What was found whole: so many transactions sealed, the head of the chain, so many not sealed yet, and so many heads met."""

    sealed: int
    head: str
    waiting: int
    heads: int


def verify(*, at: datetime, heads: Mapping[int, str] | None = None) -> Proved | Fault:
    """Read all the books as they are at one instant, and compare them with their seals, their sums and `heads`.

    Args:
        at: now; what is younger than `SEALED_WITHIN` need not be sealed.
        heads: hashes that were published, by their place in the chain.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            # One instant for all that is read, however long the reading takes.
            if len(connection.savepoint_ids) == 0:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return next(_faults(at, heads or {}), None) or Proved(
            ChainLink.objects.count(),
            ChainLink.objects.order_by("-seq").values_list("hash", flat=True).first() or GENESIS,
            Transaction.objects.filter(link=None).count(),
            len(heads or {}),
        )


def _faults(at, heads) -> Iterator[Fault]:
    yield from _chain(dict(heads))
    yield from _not_sealed(at)
    yield from _sums()
    yield from _terms()
    yield from _payouts()


def _chain(heads):
    expected, before = 1, GENESIS
    while links := list(ChainLink.objects.filter(seq__gte=expected).order_by("seq")[:BATCH]):
        txns = Transaction.objects.in_bulk([link.txn_id for link in links])
        said = {txn.pk: text for txn, text in texts(txns.values())}
        for link in links:
            where = f"chain {link.seq}, transaction {link.txn_id}"
            if link.seq != expected:
                yield Fault(f"chain {expected}", "missing")
            if link.prev_hash != before:
                yield Fault(where, "does not follow the one before it")
            if link.txn_id not in said:
                yield Fault(where, "the transaction is missing")
            elif digest(before, said[link.txn_id]) != link.hash:
                yield Fault(where, "altered since it was sealed")
            if link.hash != heads.pop(link.seq, link.hash):
                yield Fault(where, "not the head that was published: the chain was made anew")
            expected, before = link.seq + 1, link.hash
    if stray := ChainLink.objects.filter(seq__lt=1).order_by("seq").first():
        yield Fault(f"chain {stray.seq}, transaction {stray.txn_id}", "stands before the beginning")
    for seq in sorted(heads):
        yield Fault(f"chain {seq}", "was published and is missing: the chain was cut")


def _not_sealed(at):
    late = Transaction.objects.filter(link=None, created_at__lt=at - SEALED_WITHIN).order_by("pk").first()
    if late:
        yield Fault(
            f"transaction {late.pk}", "not sealed in time: put in beside the door, or sealing stands still"
        )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, t.txn_id FROM vouchers_transfer t"
            " WHERE NOT EXISTS (SELECT FROM vouchers_transaction x WHERE x.id = t.txn_id) ORDER BY t.id LIMIT 1"
        )
        if row := cursor.fetchone():
            yield Fault(f"transfer {row[0]}", f"of a transaction that is missing: {row[1]}")
        cursor.execute(
            "SELECT c.id, c.txn_id FROM vouchers_voucherchange c"
            " WHERE NOT EXISTS (SELECT FROM vouchers_transaction x WHERE x.id = c.txn_id) ORDER BY c.id LIMIT 1"
        )
        if row := cursor.fetchone():
            yield Fault(f"change {row[0]}", f"of a transaction that is missing: {row[1]}")


def _sums():
    """Each balance is what its transfers leave."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT coalesce(a.id, moved.id), a.kind, a.owner, a.balance_cents, coalesce(moved.cents, 0)
            FROM vouchers_account a FULL JOIN (
                SELECT id, sum(cents) AS cents FROM (
                    SELECT target_id AS id, amount_cents AS cents FROM vouchers_transfer
                    UNION ALL SELECT source_id, -amount_cents FROM vouchers_transfer
                ) legs GROUP BY id
            ) moved ON moved.id = a.id
            WHERE a.balance_cents IS DISTINCT FROM coalesce(moved.cents, 0) ORDER BY 1 LIMIT 1
        """)
        if row := cursor.fetchone():
            pk, kind, owner, balance, cents = row
            if kind is None:
                yield Fault(f"account {pk}", "is missing")
            yield Fault(
                f"account {pk} ({kind} {owner})", f"holds {balance} cents, its transfers leave {cents}"
            )
    outside = Q(kind__in=Account.OUTSIDE)
    floorless = (
        Q(has_floor=True, balance_cents__lt=0) | Q(outside, has_floor=True) | Q(~outside, has_floor=False)
    )
    if account := Account.objects.filter(floorless).order_by("pk").first():
        yield Fault(f"account {account.pk} ({account})", "has lost its floor")


def _terms():
    """Each voucher is what the journal made of it: where it is good, until when, and whether it may be spent."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT v.id FROM vouchers_voucher v
            LEFT JOIN LATERAL (
                SELECT x.details FROM vouchers_transfer t JOIN vouchers_transaction x ON x.id = t.txn_id
                WHERE t.target_id = v.account_id AND x.kind = ANY(%(issue)s) ORDER BY t.id LIMIT 1
            ) issued ON true
            LEFT JOIN LATERAL (
                SELECT c.* FROM vouchers_voucherchange c WHERE c.voucher_id = v.id ORDER BY c.id DESC LIMIT 1
            ) last ON true
            WHERE (v.state, v.issued_on, v.expires_on) IS DISTINCT FROM (
                    CASE WHEN last.id IS NOT NULL THEN last.state
                        WHEN issued.details IS NOT NULL THEN 'active' ELSE 'prepared' END,
                    CASE WHEN last.id IS NOT NULL THEN last.issued_on ELSE (issued.details->>'issued_on')::date END,
                    CASE WHEN last.id IS NOT NULL THEN last.expires_on ELSE (issued.details->>'expires_on')::date END)
                OR issued.details IS NOT NULL AND (v.network_id, v.shop_id) IS DISTINCT FROM (
                    (issued.details->>'network')::bigint, (issued.details->>'shop')::bigint)
            ORDER BY v.id LIMIT 1
        """, {"issue": list(Transaction.ISSUE)})  # fmt: skip
        if row := cursor.fetchone():
            yield Fault(f"voucher {row[0]}", "is not what the journal made of it")
        cursor.execute("""
            SELECT a.owner FROM vouchers_account a WHERE a.kind = 'voucher'
                AND NOT EXISTS (SELECT FROM vouchers_voucher v WHERE v.account_id = a.id) ORDER BY a.id LIMIT 1
        """)
        if row := cursor.fetchone():
            yield Fault(row[0].replace(":", " "), "is missing")


def _payouts():
    """Each line to the bank is the journal's: to this shop, so much, and as far as the bank has said; and none is missing."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT p.id FROM vouchers_payout p
            LEFT JOIN LATERAL (
                SELECT x.kind FROM vouchers_transaction x WHERE x.subject = 'payout:' || p.id ORDER BY x.id DESC LIMIT 1
            ) last ON true
            LEFT JOIN LATERAL (
                SELECT x.id, t.amount_cents, a.owner FROM vouchers_transaction x
                JOIN vouchers_transfer t ON t.txn_id = x.id JOIN vouchers_account a ON a.id = t.source_id
                WHERE x.subject = 'payout:' || p.id AND x.kind = 'payout_released' LIMIT 1
            ) sent ON true
            WHERE (p.txn_id, p.cents) IS DISTINCT FROM (sent.id, sent.amount_cents) OR sent.owner <> 'shop:' || p.shop_id
                OR NOT CASE last.kind
                    WHEN 'payout_released' THEN p.state = 'in_transit'
                    WHEN 'payout_confirmed' THEN p.state = 'paid'
                    WHEN 'payout_returned' THEN p.state = 'returned'
                    ELSE last.kind IS NULL AND p.state IN ('prepared', 'dropped') END
            ORDER BY p.id LIMIT 1
        """)
        if row := cursor.fetchone():
            yield Fault(f"payout {row[0]}", "is not what the journal says of it")
        cursor.execute("""
            SELECT f.msg_id FROM vouchers_payoutfile f LEFT JOIN vouchers_payout p ON p.file_id = f.id AND p.txn_id IS NOT NULL
            WHERE f.state IN ('released', 'closed')
            GROUP BY f.id HAVING (count(p.id), sum(p.cents)) IS DISTINCT FROM (f.lines::bigint, f.total_cents::numeric)
            ORDER BY f.id LIMIT 1
        """)
        if row := cursor.fetchone():
            yield Fault(f"file {row[0]}", "is not the sum of its lines")


def trust_identity(issuer: Issuer) -> dict[str, int]:
    """What the outside holds for an issuer, and what is owed with it, in cents; the two are equal to the cent.

    −(bank + psp_clearing) = vouchers + payables + budgets + refunds due + in transit + breakage + loss.
    """
    accounts = Account.objects.filter(issuer=issuer)
    by_kind = dict(accounts.values("kind").annotate(cents=Sum("balance_cents")).values_list("kind", "cents"))
    held = -sum(by_kind.pop(kind, 0) for kind in (Account.Kind.BANK, Account.Kind.PSP_CLEARING))
    return {"held": held, "owed": sum(by_kind.values())}
