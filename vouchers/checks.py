"""Proofs of the books that leave a row behind: each night's own, and those that an auditor asks for from the browser."""

from collections.abc import Callable
from datetime import datetime

from django.db import IntegrityError, transaction

from vouchers import heads, proof
from vouchers.models import BookCheck, Issuer


def ask(*, by: int, at: datetime) -> BookCheck:
    """Have the worker prove the books. While one is under way, it is that one."""
    from vouchers import jobs

    try:
        with transaction.atomic():
            check = BookCheck.objects.create(asked_by=by, asked_at=at)
            jobs.later(jobs.check_books, check=check.pk)
            return check
    except IntegrityError:
        under_way = BookCheck.objects.filter(done_at=None).first()
        # It may have ended at this moment: then there is a result as fresh as can be.
        return under_way or BookCheck.objects.order_by("-pk").first()


def nightly(*, at: datetime, clock: Callable[[], datetime]) -> BookCheck:
    """Prove the books now, for nobody in particular. One that somebody asked for and that still waits is done with it."""
    check, _is_new = BookCheck.objects.get_or_create(done_at=None, defaults={"asked_at": at})
    return run(check, clock=clock)


def run(check: BookCheck, *, clock: Callable[[], datetime]) -> BookCheck:
    """Do it, unless it is done, and keep what was found: rows, seals, sums, published heads, and the trust identity."""
    if check.done_at:
        return check
    try:
        known = heads.published()
        found = proof.verify(at=clock(), heads=known)
    except ValueError as error:
        found = proof.Fault("heads", str(error))
    if not isinstance(found, proof.Fault):
        found = _identity() or found
    if isinstance(found, proof.Fault):
        result = {"fault": str(found)[:300]}
    else:
        result = {"sealed": found.sealed, "waiting": found.waiting, "head": found.head, "heads": found.heads}
    BookCheck.objects.filter(pk=check.pk, done_at=None).update(done_at=clock(), **result)
    check.refresh_from_db()
    return check


def _identity():
    for issuer in Issuer.objects.order_by("pk"):
        sums = proof.trust_identity(issuer)
        if sums["held"] != sums["owed"]:
            return proof.Fault(f"issuer {issuer.pk}", f"{sums['held']} cents held, {sums['owed']} owed")
    return None
