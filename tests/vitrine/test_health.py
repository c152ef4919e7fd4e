"""/healthz says whether pages can be served, and whether the rest keeps up."""

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

from vitrine import health
from vitrine.database.base import DatabaseUnavailableError

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def house_checks_only(monkeypatch):
    """The apps' own checks have tests of their own."""
    monkeypatch.setattr(health, "_checks", {name: health._checks[name] for name in ("migrations", "worker")})


def a_worker_that_spoke(*, seconds_ago):
    with connection.cursor() as cursor:
        spoke = timezone.now() - timedelta(seconds=seconds_ago)
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [spoke])


def test_all_is_well(client):
    a_worker_that_spoke(seconds_ago=5)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"
    assert answer.json()["checks"] == {"database": "ok", "migrations": "ok", "worker": "ok"}
    assert answer.headers["Cache-Control"] == "no-store"
    assert not answer.cookies


def test_it_names_the_version_and_nothing_secret(client, settings):
    text = client.get("/healthz").content.decode()
    assert settings.VERSION in text
    database = settings.DATABASES["default"]
    for secret in (database["USER"], database["NAME"], database["HOST"], settings.SECRET_KEY):
        assert secret not in text


@pytest.mark.parametrize("silence", [None, 61])
def test_a_worker_that_is_silent_is_late_but_pages_are_served(client, silence):
    if silence:
        a_worker_that_spoke(seconds_ago=silence)
    answer = client.get("/healthz")
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["checks"]["worker"] == "failing"


def test_missing_migrations_are_down(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'accounts'")
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["status"] == "down"
    assert answer.json()["checks"]["migrations"] == "failing"


def test_without_a_database_nothing_else_is_asked(client, monkeypatch):
    def unreachable(*args):
        raise DatabaseUnavailableError("The database at secret-host:5432/vitrine cannot be reached.")

    monkeypatch.setattr(health, "_database_answers", unreachable)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "failing"}
    assert "secret-host" not in answer.content.decode()


@pytest.mark.parametrize(("needed", "status", "code"), [(True, "down", 503), (False, "degraded", 200)])
def test_an_app_adds_its_own_check(client, needed, status, code):
    a_worker_that_spoke(seconds_ago=1)
    health.register("kettle", lambda at: False, needed=needed)
    answer = client.get("/healthz")
    assert answer.status_code == code
    assert answer.json()["status"] == status
    assert answer.json()["checks"]["kettle"] == "failing"


def test_it_only_reads(client):
    before = ProcrastinateWorker.objects.count()
    assert client.post("/healthz").status_code == 405
    assert client.head("/healthz").status_code == 200
    assert ProcrastinateWorker.objects.count() == before


def test_its_cost(client, django_assert_num_queries):
    """1. SELECT 1; 2. is there a worker that spoke lately. The migrations are read once for the process."""
    client.get("/healthz")
    with django_assert_num_queries(2):
        client.get("/healthz")
