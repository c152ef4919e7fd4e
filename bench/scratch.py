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


def make_bare_tables(name, vouchers):
    """The bare Django's own tables of vouchers in a scratch database, made anew: ids, hashes of codes, cents, days."""
    user = sql.Identifier(database_settings(ROOT, os.environ)["default"]["USER"])
    with _owner(name) as owner:
        owner.execute("""
            DROP TABLE IF EXISTS bare_sale, bare_voucher, bare_network, bare_owed;
            CREATE TABLE bare_network (id bigint PRIMARY KEY, name text NOT NULL, issuer text NOT NULL);
            CREATE TABLE bare_voucher (id bigint PRIMARY KEY, code_hash text NOT NULL UNIQUE, cents integer NOT NULL,
                issued_on date NOT NULL, expires_on date NOT NULL, network_id bigint NOT NULL REFERENCES bare_network);
            INSERT INTO bare_network VALUES (1, 'Bench', 'Bench');
            CREATE TABLE bare_owed (id bigint PRIMARY KEY, cents bigint NOT NULL);
            CREATE TABLE bare_sale (id bigserial PRIMARY KEY, voucher_id bigint NOT NULL REFERENCES bare_voucher,
                cents integer NOT NULL, at timestamptz NOT NULL);
            INSERT INTO bare_owed VALUES (1, 0);
        """)
        with (
            owner.cursor() as cursor,
            cursor.copy(
                "COPY bare_voucher (id, code_hash, cents, issued_on, expires_on, network_id) FROM STDIN"
            ) as copy,
        ):
            for row in vouchers:
                copy.write_row(row)
        owner.execute(
            sql.SQL(
                "GRANT ALL ON bare_voucher, bare_network, bare_owed, bare_sale TO {user};"
                "GRANT USAGE ON SEQUENCE bare_sale_id_seq TO {user}"
            ).format(user=user)
        )


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
