"""How often somebody may do something. Counted in PostgreSQL: all processes see the same number.

    if not rates.allowed("report", rates.address_of(request), 20, timedelta(hours=1), request.now):
        …

Time is cut into stretches of `per`; a stretch forgets the one before, so at worst twice the limit passes in a time as
long as one. Nothing that is kept says who it was: see `Rate`.
"""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import F

from vitrine.models import Rate

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def allowed(action: str, who: str, limit: int, per: timedelta, at: datetime) -> bool:
    """Count one try, and say whether it is within the limit. Refused tries count too.

    Args:
        action: what is tried; each has its own count.
        who: an address, an account, or "" for everybody together.
        limit: how many tries pass within a stretch.
        per: how long a stretch is, at most a day.
        at: now, aware.
    """
    begins_at = at - (at - EPOCH) % per
    # One statement, so that two at once are two. Beyond the limit it stops counting: the number stays small.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {Rate._meta.db_table} AS known (key, begins_at, ends_at, times)"  # noqa: S608 (a model's name)
            " VALUES (%s, %s, %s, 1) ON CONFLICT (key, begins_at)"
            " DO UPDATE SET times = LEAST(known.times + 1, %s) RETURNING times",
            [_key(action, who, begins_at), begins_at, begins_at + per, limit + 1],
        )
        return cursor.fetchone()[0] <= limit


def is_open(action: str, who: str, limit: int, per: timedelta, at: datetime) -> bool:
    """Whether another try would be within the limit. Counts nothing: for what is counted only when it fails."""
    begins_at = at - (at - EPOCH) % per
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT times FROM {Rate._meta.db_table} WHERE key = %s AND begins_at = %s",  # noqa: S608 (a model's name)
            [_key(action, who, begins_at), begins_at],
        )
        row = cursor.fetchone()
    return row is None or row[0] < limit


def take_back(action: str, who: str, per: timedelta, at: datetime) -> None:
    """Take a try back that `allowed` has counted: it was none of those that the limit is for."""
    begins_at = at - (at - EPOCH) % per
    Rate.objects.filter(key=_key(action, who, begins_at), begins_at=begins_at, times__gt=0).update(
        times=F("times") - 1
    )


def address_of(request) -> str:
    """From where a request comes, as the front server saw it. Of an IPv6 address the network: one home has many."""
    address = request.META.get("REMOTE_ADDR") or ""
    return ":".join(address.split(":")[:4]) if ":" in address and "." not in address else address


def forget(*, at: datetime) -> int:
    """Drop what no limit asks for any more. Returns how many counts that were."""
    return Rate.objects.filter(ends_at__lte=at).delete()[0]


def _key(action, who, begins_at):
    # Another salt each day, made from the site's secret.
    day = begins_at.astimezone(UTC).date().isoformat()
    salt = hmac.digest(settings.SECRET_KEY.encode(), f"vitrine.rates {day}".encode(), "sha256")
    return hmac.digest(salt, f"{action}\n{who.lower()}".encode(), hashlib.sha256)
