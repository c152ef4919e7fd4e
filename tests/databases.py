"""Databases for the tests: one for each process, copied from a template that the migrations made.

The owner's role makes them, the tests speak to them as the application, so a missing right shows. Sessions that
run at the same time never share one, and what a killed session leaves behind goes at the next start.
"""

import contextlib
import hashlib
import secrets
from collections.abc import Iterator

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

ONE_AT_A_TIME = 0x76697472  # any number, the same for all
DROP_ATTEMPTS = 6


def fingerprint() -> str:
    """What decides a template: the migrations, the roles' rights, the installed apps, the libraries."""
    files = [
        *settings.BASE_DIR.glob("*/migrations/*.py"),
        settings.BASE_DIR / "vitrine/database/roles.py",
        settings.BASE_DIR / "requirements.txt",
    ]
    found = hashlib.sha256(repr(settings.INSTALLED_APPS).encode())
    for path in sorted(files):
        found.update(str(path.relative_to(settings.BASE_DIR)).encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()[:12]


@contextlib.contextmanager
def test_database() -> Iterator[str]:
    """Make a database for as long as the block runs. Nobody is pointed to it: see `used`.

    Returns:
        its name.
    """
    base = connections.settings["default"]["NAME"]
    template = f"test_{base}_template_{fingerprint()}"
    name = f"test_{base}_{secrets.token_hex(4)}"
    with _maintenance() as server:
        _drop_leftovers(server, base, keep=template)
        if not _exists(server, template):
            _make_template(server, template)
        _run(server, "CREATE DATABASE {} TEMPLATE {}", name, template)
        # While this connection is open, nobody takes the database for a leftover.
        sign_of_life = _connect(name)
    try:
        yield name
    finally:
        sign_of_life.close()
        with _maintenance() as server:
            _drop(server, name)


@contextlib.contextmanager
def used(name: str) -> Iterator[None]:
    """Point Django to a database while the block runs, then back to where it pointed before."""
    previous = _use(name)
    try:
        yield
    finally:
        _use(previous)


def _make_template(server: psycopg.Connection, template: str) -> None:
    """Migrate under another name first, so that a template is whole or absent."""
    unfinished = f"{template}_unfinished"
    _drop(server, unfinished)
    _run(server, "CREATE DATABASE {} TEMPLATE template0", unfinished)
    with used(unfinished):
        call_command("migrate", verbosity=0, interactive=False)
    _run(server, "ALTER DATABASE {} RENAME TO {}", unfinished, template)


def _use(name: str) -> str:
    previous = connections.settings["default"]["NAME"]
    for alias in ("default", "owner"):
        connections[alias].close()
        connections.settings[alias]["NAME"] = name
    return previous


@contextlib.contextmanager
def _maintenance() -> Iterator[psycopg.Connection]:
    """The owner's connection beside the test databases; one process at a time."""
    with _connect(None) as server:
        server.execute("SELECT pg_advisory_lock(%s)", [ONE_AT_A_TIME])
        yield server


def _connect(name: str | None) -> psycopg.Connection:
    """Connect as the owner: to a test database, or to the one of the settings."""
    parameters = connections["owner"].get_connection_params()
    for unwanted in ("cursor_factory", "context", "prepare_threshold"):
        parameters.pop(unwanted, None)
    return psycopg.connect(**parameters | ({"dbname": name} if name else {}), autocommit=True)


def _drop_leftovers(server: psycopg.Connection, base: str, keep: str) -> None:
    found = server.execute(
        "SELECT datname FROM pg_database WHERE datname ~ %s AND datname <> %s"
        " AND datname NOT IN (SELECT datname FROM pg_stat_activity WHERE datname IS NOT NULL)",
        [rf"^test_{base}_(template_[0-9a-f]{{12}}(_unfinished)?|[0-9a-f]{{8}})$", keep],
    ).fetchall()
    for (name,) in found:
        _run(server, "DROP DATABASE IF EXISTS {}", name)


def _drop(server: psycopg.Connection, name: str) -> None:
    """Drop a database. One that is still in use after half a minute stays for the next start, as a leftover."""
    for _attempt in range(DROP_ATTEMPTS):
        # By force, unless the server's own autovacuum is in there, which nobody may end by force; without force it
        # gives way, and the server waits five seconds for it.
        for how in (" WITH (FORCE)", ""):
            with contextlib.suppress(psycopg.errors.InsufficientPrivilege, psycopg.errors.ObjectInUse):
                return _run(server, "DROP DATABASE IF EXISTS {}" + how, name)
    return None


def _exists(server: psycopg.Connection, name: str) -> bool:
    return bool(server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def _run(server: psycopg.Connection, statement: str, *names: str) -> None:
    server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
