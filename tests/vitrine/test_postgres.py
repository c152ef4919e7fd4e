"""The house's own PostgreSQL: there when it is needed, once, whatever was killed before."""

import multiprocessing
import multiprocessing.connection
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from vitrine import postgres

AS_ROOT = os.geteuid() == 0
only_root = pytest.mark.skipif(not AS_ROOT, reason="only root can become another user")


def stop_all_in(folder):
    for data in folder.rglob("data"):
        server = postgres.Server(data.parent)
        server.stop()
        server.forget_data()
    shutil.rmtree(folder)


def open_folder():
    """A folder like `var`, inside the checkout: pytest's own are closed to other users."""
    settings.VAR_DIR.mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="t", dir=settings.VAR_DIR))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home():
    folder = open_folder()
    yield folder
    stop_all_in(folder)


@pytest.fixture(scope="module")
def kept_folder():
    folder = open_folder()
    yield folder
    stop_all_in(folder)


@pytest.fixture
def server(kept_folder):
    """One for all tests of this file (making one takes a second), in whatever state the last one left it."""
    return postgres.Server(kept_folder / "postgres", careless=True)


@pytest.fixture
def new_server(home):
    return postgres.Server(home / "postgres", careless=True)


def connect(server, role=postgres.OWNER_ROLE):
    return psycopg.connect(
        host=server.ensure_running(), port=postgres.PORT, user=role, dbname=postgres.DATABASE, autocommit=True
    )


def ask(server, question, role=postgres.OWNER_ROLE):
    with connect(server, role) as connection:
        return connection.execute(question).fetchone()[0]


def pid_of(server):
    return int((server.data / "postmaster.pid").read_text().split()[0])


def kill(server):
    """kill -9, and wait until the process is really gone."""
    watch = os.pidfd_open(pid_of(server))
    os.kill(pid_of(server), signal.SIGKILL)
    multiprocessing.connection.wait([watch], timeout=10)
    os.close(watch)


# What it is.


def test_it_has_two_ordinary_roles_and_listens_on_no_port(server):
    assert "PostgreSQL 18" in ask(server, "SELECT version()")
    assert ask(server, "SHOW listen_addresses") == ""
    for role in (postgres.OWNER_ROLE, postgres.APP_ROLE):
        assert ask(server, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user", role) is False
    assert ask(
        server, "SELECT datlocprovider::text || ' ' || datlocale FROM pg_database WHERE datname = 'vitrine'"
    ) == ("b C.UTF-8")


def test_only_the_tests_server_is_careless(server, home):
    assert ask(server, "SHOW fsync") == "off"
    assert ask(postgres.Server(home / "postgres"), "SHOW fsync") == "on"


def test_it_is_for_its_user_alone(server):
    socket_folder = Path(server.ensure_running())
    for folder in (server.data, socket_folder):
        assert folder.stat().st_mode & 0o077 == 0


# One for the whole checkout.


def test_the_first_starts_it_and_the_others_find_it(server):
    server.ensure_running()
    other = postgres.Server(server.folder)
    other.ensure_running()
    assert pid_of(other) == pid_of(server)
    assert other.is_running()


def test_three_parallel_starts_make_one_server(home):
    program = (
        "import sys; from pathlib import Path; from vitrine.postgres import Server;"
        "server = Server(Path(sys.argv[1]), careless=True); server.ensure_running();"
        "print((server.data / 'postmaster.pid').read_text().split()[0])"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", program, home / "postgres"],
            cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _turn in range(3)
    ]
    words = [process.communicate(timeout=60) for process in started]
    assert [error for _pid, error in words] == ["", "", ""]
    assert len({pid for pid, _error in words}) == 1


def test_two_checkouts_side_by_side_have_two_servers(home):
    here, there = (
        postgres.Server(home / name / "var" / "postgres", careless=True) for name in ("here", "there")
    )
    with connect(here) as connection:
        connection.execute("CREATE TABLE only_here ()")
    assert ask(there, "SELECT count(*) FROM pg_tables WHERE tablename = 'only_here'") == 0
    assert pid_of(here) != pid_of(there)
    assert here.stop()
    assert there.is_running()


def test_a_copied_checkout_does_not_speak_to_the_originals_server(server, home):
    server.ensure_running()
    subprocess.run(["cp", "-a", server.folder, home / "postgres"], check=True)
    copy = postgres.Server(home / "postgres", careless=True)
    assert copy.is_running() is False
    copy.ensure_running()
    assert pid_of(copy) != pid_of(server)
    assert server.is_running()


def test_it_ends_when_told(server):
    server.ensure_running()
    assert server.stop() is True
    assert server.is_running() is False
    assert server.stop() is False


def test_what_never_ran_is_not_running(new_server):
    assert new_server.is_running() is False
    assert new_server.stop() is False
    assert not new_server.folder.exists()


def test_it_forgets_its_data(new_server):
    new_server.ensure_running()
    with pytest.raises(postgres.PostgresError, match="still runs"):
        new_server.forget_data()
    new_server.stop()
    new_server.forget_data()
    assert not new_server.data.exists()
    assert not Path(new_server.socket_folder).exists()


# Whatever was killed.


def test_it_comes_back_with_its_data_after_a_kill(server):
    with connect(server) as connection:
        # As the demonstration's server does; the tests' own confirms before it has written.
        connection.execute("SET synchronous_commit = on")
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    before = pid_of(server)
    kill(server)
    assert ask(server, "SELECT number FROM kept") == 7
    assert pid_of(server) != before


def test_a_stale_number_that_is_somebody_elses_by_now_is_not_believed(server):
    server.ensure_running()
    kill(server)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        for path in (server.data / "postmaster.pid", Path(server.socket_folder) / ".s.PGSQL.5432.lock"):
            first, _newline, rest = path.read_text().partition("\n")
            assert first.isdecimal()
            path.write_text(f"{stranger.pid}\n{rest}")
        assert ask(server, "SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


@pytest.mark.parametrize("content", ["", "garbage\n", "999999999\n"])
def test_a_broken_pid_file_does_not_keep_it_from_starting(server, content):
    server.ensure_running()
    kill(server)
    (server.data / "postmaster.pid").write_text(content)
    assert ask(server, "SELECT 1") == 1


def test_stopping_with_a_stale_pid_file_harms_nobody(server):
    server.ensure_running()
    kill(server)
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        path = server.data / "postmaster.pid"
        path.write_text(path.read_text().replace(path.read_text().split()[0], str(stranger.pid), 1))
        assert server.stop() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_what_a_killed_first_start_left_half_made_is_made_anew(new_server):
    half_made = new_server.folder / "unfinished-1234"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("18\n")
    assert ask(new_server, "SELECT 1") == 1
    assert not half_made.exists()


def test_a_starter_that_is_killed_leaves_the_lock_to_the_next(new_server):
    program = (
        "import os, sys; from pathlib import Path; from vitrine.postgres import Server;"
        "server = Server(Path(sys.argv[1]), careless=True);"
        "server._run = lambda *arguments, **options: (print('starting', flush=True), os.read(0, 1));"
        "server.ensure_running()"
    )
    starter = subprocess.Popen(
        [sys.executable, "-c", program, new_server.folder],
        cwd=settings.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert starter.stdout.readline() == b"starting\n"
    starter.kill()
    starter.communicate()
    assert ask(new_server, "SELECT 1") == 1


def test_data_of_another_version_is_refused_in_a_sentence(server):
    server.ensure_running()
    server.stop()
    (server.data / "PG_VERSION").write_text("17\n")
    with pytest.raises(postgres.PostgresError, match=r"made by PostgreSQL 17 and 18 is installed"):
        server.ensure_running()
    (server.data / "PG_VERSION").write_text("18\n")


def test_a_server_that_cannot_start_says_why(server):
    server.ensure_running()
    server.stop()
    settings_file = server.data / "postgresql.conf"
    good = settings_file.read_text()
    settings_file.write_text(good + "no_such_setting = 1\n")
    with pytest.raises(postgres.PostgresError, match=r"does not start .* contains errors"):
        server.ensure_running()
    settings_file.write_text(good)
    assert ask(server, "SELECT 1") == 1


# Wherever it lies.


def test_a_long_path_gets_a_short_socket(home, monkeypatch):
    server = postgres.Server(home / ("long" * 20) / ("longer" * 10) / "postgres", careless=True)
    assert len(str(server.folder)) > postgres.LONGEST_SOCKET_PATH
    assert ask(server, "SELECT 1") == 1
    socket_folder = Path(server.socket_folder)
    assert not socket_folder.is_relative_to(server.folder)
    # Found again by a process that has another idea of where short-lived things go.
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(elsewhere))
    assert ask(postgres.Server(server.folder), "SELECT 1") == 1
    assert not list(elsewhere.iterdir())
    server.stop()
    monkeypatch.undo()
    server.forget_data()
    assert not socket_folder.exists()


def test_a_short_socket_folder_that_somebody_else_made_first_is_refused(home):
    server = postgres.Server(home / ("long" * 20) / ("longer" * 10) / "postgres", careless=True)
    waiting = Path(server.socket_folder)
    waiting.mkdir()
    waiting.chmod(0o777)
    try:
        with pytest.raises(postgres.PostgresError, match="not ours alone"):
            server.ensure_running()
    finally:
        waiting.rmdir()


def test_commas_apostrophes_and_spaces_in_a_path_are_only_letters(home):
    server = postgres.Server(home / "l'été, à la campagne" / "postgres", careless=True)
    assert ask(server, "SELECT 1") == 1


@pytest.mark.parametrize("name", ["$HOME", 'a"b', "a`b", "a\\b"])
def test_a_path_that_the_shell_would_change_is_refused_in_a_sentence(home, name):
    with pytest.raises(postgres.PostgresError, match="do not stand"):
        postgres.Server(home / name / "postgres").ensure_running()


# Whoever runs it.


def in_a_process(function, *, user=None):
    """Run a function in a process of its own, as another user if asked.

    Returns:
        what it returned, or the exception it raised.
    """

    def run(answers):
        try:
            if user:
                os.setgroups([])
                os.setgid(user.pw_gid)
                os.setuid(user.pw_uid)
            answers.send(function())
        except Exception as error:
            answers.send(error)

    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=run, args=[sender])
    with warnings.catch_warnings():
        # pytest-xdist has threads; the child uses none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        process.start()
    try:
        assert receiver.poll(60)
        return receiver.recv()
    finally:
        process.join()
        receiver.close()
        sender.close()


@only_root
def test_as_root_it_becomes_an_ordinary_user_and_leaves_foreign_folders_alone(server):
    parents = [folder for folder in server.folder.parents if folder.exists()]
    before = [(folder, folder.stat().st_mode, folder.stat().st_uid) for folder in parents]
    server.ensure_running()
    assert Path(f"/proc/{pid_of(server)}").stat().st_uid != 0
    assert before == [(folder, folder.stat().st_mode, folder.stat().st_uid) for folder in parents]


@only_root
def test_as_root_in_somebodys_checkout_it_becomes_that_somebody(home):
    nobody = pwd.getpwnam("nobody")
    checkout = home / "checkout"
    checkout.mkdir()
    os.chown(checkout, nobody.pw_uid, nobody.pw_gid)
    server = postgres.Server(checkout / "var" / "postgres", careless=True)
    server.ensure_running()
    assert server.data.stat().st_uid == nobody.pw_uid


@only_root
def test_an_ordinary_user_runs_it_too(home):
    nobody = pwd.getpwnam("nobody")
    os.chown(home, nobody.pw_uid, nobody.pw_gid)
    server = postgres.Server(home / "postgres", careless=True)
    assert in_a_process(lambda: ask(server, "SELECT 1"), user=nobody) == 1
    assert server.data.stat().st_uid == nobody.pw_uid
    assert in_a_process(server.stop, user=nobody) is True


@only_root
def test_a_checkout_that_the_ordinary_user_cannot_enter_is_refused_in_a_sentence(home):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    server = postgres.Server(closed / "checkout" / "var" / "postgres")
    with pytest.raises(postgres.PostgresError, match=rf"cannot enter {closed}: put the checkout"):
        server.ensure_running()
    assert closed.stat().st_mode & 0o777 == 0o700


@only_root
def test_another_users_server_is_refused_in_a_sentence(server):
    server.ensure_running()
    owner = pwd.getpwuid(server.data.stat().st_uid).pw_name
    refusal = in_a_process(
        lambda: postgres.Server(server.folder).ensure_running(), user=pwd.getpwnam("daemon")
    )
    assert isinstance(refusal, postgres.PostgresError)
    assert f"belongs to the user {owner}" in str(refusal)
    # Reading the settings must not fail for it: `manage.py help` needs no database.
    assert in_a_process(lambda: postgres.Server(server.folder).socket_folder, user=pwd.getpwnam("daemon"))
