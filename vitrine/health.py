"""`/healthz`: whether this process can serve, and whether the rest keeps up.

An app adds what it wants looked at with `register`; the project itself knows about the database and the worker.
"""

import datetime
import logging
from collections.abc import Callable
from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections
from django.db.migrations.executor import MigrationExecutor
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from procrastinate.contrib.django.models import ProcrastinateWorker

logger = logging.getLogger(__name__)

# A worker says every ten seconds that it lives.
WORKER_SILENCE = datetime.timedelta(seconds=60)


class Check(NamedTuple):
    is_fine: Callable[[datetime.datetime], bool]
    needed: bool


_checks: dict[str, Check] = {}


def register(name: str, is_fine: Callable[[datetime.datetime], bool], *, needed: bool = False) -> None:
    """Add something to look at; called from an app's `ready`.

    Args:
        name: its key in the answer.
        is_fine: asked with the instant of the request; must be quick (one small query at most).
        needed: without it pages cannot be served, so the answer becomes 503.
    """
    _checks[name] = Check(is_fine, needed)


@require_safe
@cache_control(no_store=True)
def healthz(request):
    """200 while pages can be served, 503 when not; `status` says ok, degraded (something late) or down."""
    at = timezone.now()
    results = {"database": _ask("database", _database_answers, at)}
    # Without a database every other question would only wait in vain.
    if results["database"]:
        results |= {name: _ask(name, check.is_fine, at) for name, check in _checks.items()}
    down = not results["database"] or any(_checks[name].needed for name in _failing(results))
    status = "down" if down else "degraded" if _failing(results) else "ok"
    words = {name: "ok" if fine else "failing" for name, fine in results.items()}
    return JsonResponse(
        {"status": status, "checks": words, "version": settings.VERSION}, status=503 if down else 200
    )


def _failing(results: dict[str, bool]) -> list[str]:
    return [name for name, fine in results.items() if not fine]


def _ask(name: str, is_fine: Callable[[datetime.datetime], bool], at: datetime.datetime) -> bool:
    try:
        return bool(is_fine(at))
    except DatabaseError as error:
        # The reason is for the log: the answer is public.
        logger.warning("healthz: %s: %s", name, error)
        return False


def _database_answers(at: datetime.datetime) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        return cursor.fetchone() == (1,)


_migrated = False


def _is_migrated(at: datetime.datetime) -> bool:
    """Whether the database has every migration of this code. Once true it stays true for this process."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


def _worker_lives(at: datetime.datetime) -> bool:
    return ProcrastinateWorker.objects.filter(last_heartbeat__gte=at - WORKER_SILENCE).exists()


register("migrations", _is_migrated, needed=True)
register("worker", _worker_lives)
