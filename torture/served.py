"""The site as it runs in earnest, web server and worker in processes of their own, which may be killed and started again."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException

from django.conf import settings

STARTED_WITHIN_S = 60


class Process:
    """One of ours. `kill` is -9, in the middle of whatever it does."""

    def __init__(self, *command: str, **environ: str):
        self.command, self.environ = [sys.executable, *command], os.environ | environ
        self.running: subprocess.Popen | None = None

    def start(self):
        self.running = subprocess.Popen(
            self.command, env=self.environ, cwd=settings.BASE_DIR, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip

    def kill(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()


class Web(Process):
    """The web server, always on the same port."""

    def __init__(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        super().__init__(
            "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
            "--blocking-threads", "8", "--no-ws", "vitrine.wsgi:application",
            DJANGO_SETTINGS_MODULE="torture.settings", PUBLIC_URL=f"http://127.0.0.1:{self.port}",
        )  # fmt: skip

    def start(self):
        super().start()
        patience = time.monotonic() + STARTED_WITHIN_S
        while self.ask("GET", "/healthz") is None:
            if time.monotonic() > patience:
                raise TimeoutError("The web server does not start.")
            time.sleep(0.05)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict | None = None) -> int | None:
        """The status of the answer; None when there was none."""
        there = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            there.request(method, path, body, headers or {})
            answer = there.getresponse()
            answer.read()
            return answer.status
        except (OSError, HTTPException):
            return None
        finally:
            there.close()


class Worker(Process):
    def __init__(self, public_url: str):
        super().__init__(
            "-m", "torture.worker", DJANGO_SETTINGS_MODULE="torture.settings", PUBLIC_URL=public_url
        )
