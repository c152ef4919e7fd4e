"""A database of the bench's own, beside the others on the same server: made, filled, dropped."""

import contextlib
import os
import subprocess
import sys

import psycopg
from psycopg import sql

from bench.servers import ROOT, django, environment
from vitrine.database import OWNER_ALIAS, database_settings, embedded_server


@contextlib.contextmanager
def database(shops, *, keep=False, say=print):
    """A database with the city and so many demonstration shops. Yields its name; drops it unless it is to be kept."""
    name = f"vitrine_bench_{shops}"
    with _owner() as owner:
        known = owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
    if not (known and keep):
        say(f"Building {shops:,} shops in a scratch database…")
        _build(name, shops)
    try:
        yield name
    finally:
        if not keep:
            with _owner() as owner:
                _drop(owner, name)


def _build(name, shops):
    """Under another name until it is whole: what was cut short is never taken for a kept one."""
    unfinished = f"{name}_unfinished"
    with _owner() as owner:
        _drop(owner, unfinished)
        owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(unfinished)))
    django("migrate", "--verbosity", "0", database=unfinished)
    django("load_city", "--verbosity", "0", database=unfinished)
    django("demo_city", "--shops", str(shops), database=unfinished)
    subprocess.run(
        [sys.executable, "-m", "bench.photos"],
        cwd=ROOT,
        env={**os.environ, **environment(unfinished)},
        check=True,
    )
    with _owner(unfinished) as owner:
        owner.execute("VACUUM ANALYZE")
    with _owner() as owner:
        _drop(owner, name)
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        owner.execute(rename.format(sql.Identifier(unfinished), sql.Identifier(name)))


def _drop(owner, name):
    owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def bare_environment(name):
    """How the bare Django finds the same data."""
    place = database_settings(ROOT, os.environ)["default"]
    return {
        "BENCH_DB_NAME": name,
        "BENCH_DB_USER": place["USER"],
        "BENCH_DB_PASSWORD": place.get("PASSWORD", ""),
        "BENCH_DB_HOST": place["HOST"],
        "BENCH_DB_PORT": place["PORT"],
    }


def data_folder():
    """The embedded server's folder, whose processes are pinned to a core; None for a server elsewhere."""
    server = embedded_server(ROOT, os.environ)
    return server.data if server else None


@contextlib.contextmanager
def _owner(name=None):
    server = embedded_server(ROOT, os.environ)
    if server:
        server.ensure_running()
    place = database_settings(ROOT, os.environ)[OWNER_ALIAS]
    with psycopg.connect(
        dbname=name or place["NAME"],
        user=place["USER"],
        password=place.get("PASSWORD") or None,
        host=place["HOST"],
        port=place["PORT"] or None,
        autocommit=True,
    ) as connection:
        yield connection
