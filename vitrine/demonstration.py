"""The demonstration's processes: web server and worker, one demonstration to a checkout, ended together."""

import base64
import contextlib
import ctypes
import fcntl
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

HOST = "127.0.0.1"
SECONDS_TO_ANSWER = 60
SECONDS_TO_END = 15
# A process that ends so soon after its start, so many times running, would only end again.
SHORT_LIFE_SECONDS, SHORT_LIVES = 10, 2
PARENT_DIED = 1  # PR_SET_PDEATHSIG of Linux's prctl


class DemonstrationError(Exception):
    """The demonstration cannot go on; the message is one sentence for the person at the terminal."""


class Demonstration:
    """One running demonstration.

    Args:
        folder: where its lock and the City's password lie; by default `var`.
    """

    def __init__(self, folder: Path | None = None):
        self.folder = folder or settings.VAR_DIR
        self.lock = self.folder / "demo.lock"
        self.children: dict[str, Child] = {}

    @contextlib.contextmanager
    def alone(self, address: str) -> Iterator[None]:
        """Hold the checkout's place for one demonstration. The lock goes with its holder, however that one dies.

        Raises:
            DemonstrationError: another runs already.
        """
        self.folder.mkdir(exist_ok=True)
        with self.lock.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.seek(0)
                _pid, _space, where = file.read().partition(" ")
                raise DemonstrationError(
                    f"The demonstration of this checkout already runs on {where.strip()}: `make stop` ends it."
                ) from None
            file.truncate(0)
            file.write(f"{os.getpid()} {address}\n")
            file.flush()
            yield

    def stop(self) -> bool:
        """End the demonstration that runs in this checkout, from another process.

        Returns:
            whether there was one.
        """
        if not self.lock.exists():
            return False
        with self.lock.open("r+") as file:
            deadline = time.monotonic() + 2 * SECONDS_TO_END
            found = False
            while time.monotonic() < deadline:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    file.seek(0)
                    pid, _space, _address = file.read().partition(" ")
                    if pid.isdecimal() and not found:
                        os.kill(int(pid), signal.SIGTERM)
                        found = True
                    time.sleep(0.05)
                else:
                    return found
        raise DemonstrationError(f"The demonstration does not end: see the process named in {self.lock}.")

    def start(self, name: str, *arguments: str) -> None:
        self.children[name] = Child(name, arguments)

    def wait_until_served(self, address: str) -> None:
        """Return when the web server answers anything at all.

        Raises:
            DemonstrationError: it ended, or does not answer.
        """
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        while time.monotonic() < deadline:
            self._revive()
            try:
                with urllib.request.urlopen(f"{address}healthz", timeout=5):  # noqa: S310
                    return
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.05)
        raise DemonstrationError(f"The web server does not answer on {address}.")

    def watch(self) -> None:
        """Keep web server and worker alive until a signal interrupts."""
        while True:
            self._revive()
            time.sleep(0.5)

    def _revive(self) -> None:
        for child in self.children.values():
            code = child.process.poll()
            if code is None:
                continue
            child.short_lives += (
                1 if time.monotonic() - child.started < SHORT_LIFE_SECONDS else -child.short_lives
            )
            if child.short_lives > SHORT_LIVES:
                raise DemonstrationError(f"The {child.name} keeps ending (code {code}); it says why above.")
            print(f"The {child.name} ended (code {code}) and is started again.", flush=True)
            child.start()

    def end(self) -> None:
        """End web server and worker, gently first."""
        for child in self.children.values():
            child.process.terminate()
        deadline = time.monotonic() + SECONDS_TO_END
        for child in self.children.values():
            try:
                child.process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.process.kill()
                child.process.wait()
        self.children.clear()

    def city_password(self) -> str:
        """The password of the demonstration's accounts: the City's and the merchants'."""
        return self._kept("demo-password", lambda: "-".join(secrets.token_hex(2) for _part in range(4)))

    def city_secret(self) -> str:
        """The secret of the second factor of the City's, in base 32 as applications take it."""
        return self._kept("demo-second-factor", lambda: base64.b32encode(secrets.token_bytes(20)).decode())

    def _kept(self, name, make):
        """Something made once for this checkout, so never a known one, and readable to its owner alone."""
        path = self.folder / name
        with contextlib.suppress(FileNotFoundError):
            return path.read_text().strip()
        made = make()
        path.touch(mode=0o600)
        path.write_text(made + "\n")
        return made


class Child:
    """A process of the demonstration. It has a session of its own, so that Ctrl-C reaches it through us, in order."""

    def __init__(self, name: str, arguments: tuple[str, ...]):
        self.name = name
        self.arguments = arguments
        self.short_lives = 0
        self.start()

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603
            [sys.executable, *self.arguments],
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,  # what matters is written to stderr
            start_new_session=True,
            preexec_fn=_end_with_parent,
        )


def _end_with_parent() -> None:
    """On Linux, ask the kernel to end this process when the demonstration is killed outright."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PARENT_DIED, signal.SIGTERM)


def refuse_taken_port(port: int) -> None:
    """Raise DemonstrationError when somebody listens on a port already, or may not be listened on."""
    if not 0 < port < 65536:
        raise DemonstrationError(f"{port} is no port: PORT is a number from 1 to 65535.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except PermissionError:
            raise DemonstrationError(f"Port {port} is for administrators: try PORT=8000.") from None
        except OSError:
            raise DemonstrationError(
                f"Port {port} is taken by another program: stop it, or try `make demo PORT={port % 65535 + 1}`."
            ) from None
