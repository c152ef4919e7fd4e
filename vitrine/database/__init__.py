"""Which database: the one `DATABASE_URL` names, or the house's own server.

Two roles: `owner` migrates and owns the tables, `default` is the application's and owns nothing. This package
is also the database backend of the settings it returns (see base.py): PostgreSQL's, which starts the house's
own server when the first connection needs it and says in one sentence what is wrong when there is none.
"""

from collections.abc import Mapping
from pathlib import Path

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

from vitrine import postgres
from vitrine.database import pooled

OLDEST_VERSION = 15
EXTENSIONS = ("btree_gist", "pg_trgm", "unaccent")
OWNER_ALIAS = "owner"
DEFAULT_THREADS = 4
CONNECT_SECONDS = 5


def embedded_server(base_dir: Path, environ: Mapping[str, str]) -> postgres.Server | None:
    """The house's own server, or None when `DATABASE_URL` names another. Starts nothing.

    Tests have one of their own, fast and forgetful.
    """
    if environ.get("DATABASE_URL"):
        return None
    testing = is_testing(environ)
    return postgres.Server(
        Path(base_dir) / "var" / ("postgres-test" if testing else "postgres"), careless=testing
    )


def is_testing(environ: Mapping[str, str]) -> bool:
    """Whether pytest runs this process or one above it; pytest says so to its children."""
    return "PYTEST_VERSION" in environ


def database_settings(base_dir: Path, environ: Mapping[str, str]) -> dict[str, dict]:
    """Django's DATABASES.

    Args:
        base_dir: the checkout.
        environ: reads DATABASE_URL, DATABASE_OWNER_URL (same as DATABASE_URL if absent) and VITRINE_THREADS
            (the web server's threads, which decide the size of the pool).
    Returns:
        the aliases `default` (the application's role) and `owner` (the role that migrates).
    Raises:
        ImproperlyConfigured: an address or a number that cannot be read.
    """
    server = embedded_server(base_dir, environ)
    if server:
        place = {
            "NAME": postgres.DATABASE,
            "HOST": server.socket_folder,
            "PORT": str(postgres.PORT),
            "SERVER": server,
        }
        app = place | {"USER": postgres.APP_ROLE, "OPTIONS": {}}
        owner = place | {"USER": postgres.OWNER_ROLE, "OPTIONS": {}}
    else:
        app = _from_url("DATABASE_URL", environ["DATABASE_URL"])
        owner_url = environ.get("DATABASE_OWNER_URL")
        owner = (
            _from_url("DATABASE_OWNER_URL", owner_url)
            if owner_url
            else _from_url("DATABASE_URL", environ["DATABASE_URL"])
        )
    for alias in (app, owner):
        alias["ENGINE"] = "vitrine.database"
        alias["CONN_HEALTH_CHECKS"] = True
        alias["OPTIONS"].setdefault("connect_timeout", CONNECT_SECONDS)
        alias["OPTIONS"].setdefault("application_name", "vitrine")
    # What a connection asks for the sixth time, PostgreSQL has parsed and planned already: a third of a redemption's time.
    app["OPTIONS"].setdefault("server_side_binding", True)
    app["OPTIONS"].setdefault("prepare_threshold", 5)
    if not is_testing(environ):
        app["OPTIONS"]["pool"] = {
            "min_size": 0, "max_size": threads(environ) + 1, "timeout": 5, "check": pooled.check,
        }  # fmt: skip
    return {"default": app, OWNER_ALIAS: owner}


def threads(environ: Mapping[str, str]) -> int:
    """How many requests a web process answers at once, and so how many connections it may need."""
    given = environ.get("VITRINE_THREADS", str(DEFAULT_THREADS))
    if not given.isascii() or not given.isdecimal() or int(given) < 1:
        raise ImproperlyConfigured(f"VITRINE_THREADS must be a whole number from 1, not {given!r}.")
    return int(given)


def _from_url(name: str, url: str) -> dict:
    """One alias from a libpq address: postgresql://user:password@host:port/database?sslmode=require."""
    if not url.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must begin with postgresql://.")
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        # Never the driver's own words: they repeat the address, password included.
        raise ImproperlyConfigured(
            f"{name} cannot be read: write postgresql://user:password@host:port/database."
        ) from None
    if not parts.get("dbname"):
        raise ImproperlyConfigured(
            f"{name} names no database: write postgresql://user:password@host:port/database."
        )
    return {
        "NAME": parts.pop("dbname"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": parts.pop("port", ""),
        "OPTIONS": parts,
    }
