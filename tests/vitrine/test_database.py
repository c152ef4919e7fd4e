"""Which database, and what is said when there is none that serves."""

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import DatabaseError, connection, connections, transaction
from psycopg_pool import ConnectionPool

from vitrine import database
from vitrine.database import pooled
from vitrine.database.base import DatabaseUnavailableError, NotMigratedError
from vitrine.database.roles import acting_as_owner, prepare_database

CHECKOUT = Path("/checkout")
URL = "postgresql://window:s%40fe@db.example:6432/city?sslmode=require"


def manage(*arguments, **environ):
    """Run manage.py as a person would, outside the tests' own settings."""
    ours = {"PYTEST_VERSION", "DATABASE_URL", "DATABASE_OWNER_URL"}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=inherited | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


# Reading DATABASE_URL.


def test_without_an_address_it_is_the_houses_own_server():
    found = database.database_settings(CHECKOUT, {})
    assert [(alias["USER"], alias["NAME"]) for alias in (found["default"], found["owner"])] == [
        ("vitrine_app", "vitrine"),
        ("vitrine_owner", "vitrine"),
    ]
    assert found["default"]["SERVER"].folder == CHECKOUT / "var" / "postgres"
    assert not found["default"]["SERVER"].careless


def test_tests_have_a_server_of_their_own():
    found = database.database_settings(CHECKOUT, {"PYTEST_VERSION": "9"})
    assert found["default"]["SERVER"].folder == CHECKOUT / "var" / "postgres-test"
    assert found["default"]["SERVER"].careless


def test_an_address_names_another_server():
    found = database.database_settings(CHECKOUT, {"DATABASE_URL": URL})["default"]
    assert (found["NAME"], found["USER"], found["PASSWORD"]) == ("city", "window", "s@fe")
    assert (found["HOST"], found["PORT"]) == ("db.example", "6432")
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "SERVER" not in found


@pytest.mark.parametrize(
    ("owner_url", "owner"), [(None, "window"), ("postgresql://builder:x@db.example/city", "builder")]
)
def test_the_owner_has_an_address_of_its_own_or_the_same(owner_url, owner):
    environ = {"DATABASE_URL": URL} | ({"DATABASE_OWNER_URL": owner_url} if owner_url else {})
    found = database.database_settings(CHECKOUT, environ)
    assert found["owner"]["USER"] == owner
    assert found["default"]["USER"] == "window"


@pytest.mark.parametrize(("threads", "connections_wanted"), [(None, 5), ("1", 2), ("16", 17)])
def test_the_pool_fits_the_threads(threads, connections_wanted):
    environ = {"DATABASE_URL": URL} | ({"VITRINE_THREADS": threads} if threads else {})
    found = database.database_settings(CHECKOUT, environ)
    assert found["default"]["OPTIONS"]["pool"]["max_size"] == connections_wanted
    assert found["default"]["CONN_HEALTH_CHECKS"] is True
    assert "pool" not in found["owner"]["OPTIONS"]


@pytest.mark.parametrize(
    "environ",
    [
        {"DATABASE_URL": "mysql://window:s%40fe@db.example/city"},
        {"DATABASE_URL": "postgresql://window:s%40fe@db.example/"},
        {"DATABASE_URL": "postgresql://window:s%40fe@db.example/city?nonsense=1"},
        {"DATABASE_URL": URL, "DATABASE_OWNER_URL": "builder"},
        {"DATABASE_URL": URL, "VITRINE_THREADS": "many"},
        {"DATABASE_URL": URL, "VITRINE_THREADS": "0"},
    ],
)
def test_what_cannot_be_read_is_named_without_its_password(environ):
    with pytest.raises(
        ImproperlyConfigured, match=r"DATABASE_URL|DATABASE_OWNER_URL|VITRINE_THREADS"
    ) as refusal:
        database.database_settings(CHECKOUT, environ)
    assert "s%40fe" not in str(refusal.value)
    assert "s@fe" not in str(refusal.value)


def test_reading_the_settings_starts_nothing(tmp_path):
    database.database_settings(tmp_path, {})
    assert not list(tmp_path.iterdir())


# When there is none that serves.


def test_an_unreachable_server_is_one_sentence_and_no_traceback():
    done = manage("migrate", DATABASE_URL="postgresql://window:s%40fe@127.0.0.1:1/city")
    assert done.returncode == 1
    assert "The database at 127.0.0.1:1/city cannot be reached" in done.stderr
    assert "Connection refused" in done.stderr
    assert "Traceback" not in done.stderr
    assert "s@fe" not in done.stderr


def test_an_address_that_cannot_be_read_is_one_sentence_and_no_traceback():
    done = manage("migrate", DATABASE_URL="sqlite:///city.db")
    assert done.returncode == 1
    assert done.stderr == "Settings: DATABASE_URL must begin with postgresql://.\n"


def test_a_command_without_a_database_does_not_miss_it():
    done = manage("translations", "--compile", DATABASE_URL="postgresql://window:x@127.0.0.1:1/city")
    assert (done.returncode, done.stderr) == (0, "")


def test_an_unavailable_database_is_an_error_for_views_and_a_sentence_for_commands():
    assert issubclass(DatabaseUnavailableError, DatabaseError)
    assert issubclass(DatabaseUnavailableError, CommandError)


@pytest.mark.django_db
@pytest.mark.parametrize("arguments", [("load_city",), ("import_shops", "README.md")])
def test_a_database_without_tables_is_one_sentence_and_no_traceback(arguments):
    """As in a fresh checkout: the server is there, and nobody has migrated."""
    place = connection.settings_dict
    done = manage(
        *arguments,
        DATABASE_URL=f"postgresql://{place['USER']}@/postgres?host={place['HOST']}&port={place['PORT']}",
    )
    assert done.returncode == 1
    assert done.stderr == (
        'NotMigratedError: Run `manage.py migrate` first. (relation "districts_city" does not exist)\n'
    )


@pytest.mark.django_db
def test_a_missing_column_says_the_same():
    with (
        connection.cursor() as cursor,
        pytest.raises(NotMigratedError, match="first"),
        transaction.atomic(),
    ):
        cursor.execute("SELECT no_such_column FROM districts_city")


@pytest.mark.django_db
def test_a_server_that_is_too_old_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(connection, "get_database_version", lambda: (14, 9))
    with pytest.raises(DatabaseUnavailableError, match=r"is PostgreSQL 14; Vitrine needs 15 or newer\.$"):
        connection.check_database_version_supported()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("extension", "advice"),
    [
        ("no_such_extension", "lacks the extension no_such_extension"),
        ("dblink", "run CREATE EXTENSION dblink"),
    ],
)
def test_a_missing_extension_is_named_with_what_to_do(monkeypatch, extension, advice):
    monkeypatch.setattr("vitrine.database.roles.EXTENSIONS", (extension,))
    with acting_as_owner() as owner, pytest.raises(DatabaseUnavailableError, match=advice):
        prepare_database(owner)


@pytest.mark.django_db
def test_an_owner_who_may_not_make_tables_is_told_so(monkeypatch):
    for name in ("USER", "PASSWORD"):
        monkeypatch.setitem(
            connections.settings["owner"], name, connections.settings["default"].get(name, "")
        )
    with acting_as_owner() as owner, pytest.raises(DatabaseUnavailableError, match="may not make tables"):
        prepare_database(owner)


@pytest.mark.django_db
def test_an_application_role_that_does_not_exist_is_named(monkeypatch):
    monkeypatch.setitem(connections.settings["default"], "USER", "passer_by")
    with (
        acting_as_owner() as owner,
        pytest.raises(DatabaseUnavailableError, match="role passer_by of DATABASE_URL"),
    ):
        prepare_database(owner)


# Migrating.


@pytest.mark.django_db
def test_migrating_acts_as_the_owner_under_the_usual_alias():
    with acting_as_owner() as owner:
        assert connection.settings_dict is owner.settings_dict
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("vitrine_owner",)
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("vitrine_app",)


@pytest.mark.django_db(transaction=True)
def test_rights_that_a_migration_took_away_stay_away():
    """As for tables that are only ever added to: migrating again must not give everything back."""
    try:
        with acting_as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("CREATE TABLE kept_for_good (id int)")
            cursor.execute("REVOKE DELETE ON kept_for_good FROM vitrine_app")
        call_command("migrate", verbosity=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT has_table_privilege('kept_for_good', 'INSERT'), has_table_privilege('kept_for_good', 'DELETE')"
            )
            assert cursor.fetchone() == (True, False)
    finally:
        with acting_as_owner() as owner, owner.cursor() as cursor:
            cursor.execute("DROP TABLE kept_for_good")


# The pool


@pytest.fixture
def pool():
    params = connection.get_connection_params()
    params = {name: params[name] for name in ("dbname", "user", "host", "port") if name in params}
    with ConnectionPool(
        kwargs=params | {"autocommit": True}, min_size=1, max_size=1, check=pooled.check
    ) as pool:
        yield pool


@pytest.fixture
def asked(monkeypatch):
    """How often PostgreSQL was asked whether it is there."""
    asked, ask = [], ConnectionPool.check_connection
    monkeypatch.setattr(
        ConnectionPool, "check_connection", staticmethod(lambda each: (asked.append(each), ask(each)))
    )
    return asked


@pytest.mark.django_db
def test_a_connection_that_has_just_answered_is_believed_and_one_that_has_not_is_asked(
    pool, asked, monkeypatch
):
    for _time in range(3):
        with pool.connection() as one:
            one.execute("SELECT 1")
    assert len(asked) == 1
    monkeypatch.setattr(pooled, "monotonic", lambda: monotonic() + pooled.ASKED_EVERY_S)
    with pool.connection():
        pass
    assert len(asked) == 2


@pytest.mark.django_db
def test_a_connection_that_postgresql_has_ended_is_replaced(pool, asked):
    with pool.connection() as one:
        first = one.info.backend_pid
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])
        assert cursor.fetchone() == (True,)
    with pool.connection() as one:
        assert one.info.backend_pid != first
    # Each was asked once, and the one that had something to say once more.
    assert len(asked) == 3
