"""The processes of a measurement: a scratch database, PostgreSQL on one core, a web server beside it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
# As in the service of docs/running.md: large pieces of memory are given back, not kept.
GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": "131072", "MALLOC_TRIM_THRESHOLD_": "131072"}
PATIENCE_S = 30


def django(*arguments, database, **environ):
    """Run a manage.py command on the scratch database. Raises CalledProcessError."""
    subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment(database), **environ},
        check=True,
    )


def environment(database):
    return {"DJANGO_SETTINGS_MODULE": "bench.site.settings", "BENCH_DB_NAME": database, "VITRINE_DEMO": "1"}


@contextlib.contextmanager
def on_core(core, *pids):
    """Pin this process, or those, to a core while the block runs."""
    pids = pids or (0,)
    before = {}
    for pid in pids:
        # A process of PostgreSQL's may have ended meanwhile.
        with contextlib.suppress(ProcessLookupError):
            before[pid] = os.sched_getaffinity(pid)
            os.sched_setaffinity(pid, {core})
    try:
        yield
    finally:
        for pid, cores in before.items():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(pid, cores)


def postgres_pids(data_folder):
    """The postmaster of a data folder and all its children; later children inherit the postmaster's core."""
    postmaster = int((Path(data_folder) / "postmaster.pid").read_text().splitlines()[0])
    children = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            if int(stat.read_text().rsplit(")", 1)[1].split()[1]) == postmaster:
                children.append(int(stat.parent.name))
    return [postmaster, *children]


class WebServer:
    """granian with one worker on the server's core. `app` is `bench.site` or `bench.bare`."""

    def __init__(self, app, environ, *, threads=1, public=False):
        """`public`: the site knows this address as its own, for canonical links."""
        self.port = free_port()
        if public:
            environ = {**environ, "PUBLIC_URL": f"http://127.0.0.1:{self.port}"}
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(self.port),
                "--workers", "1", "--blocking-threads", str(threads), "--log-level", "warning", "--no-ws", app,
            ],
            cwd=ROOT,
            env={**os.environ, **GIVEN_BACK, **environ},
            preexec_fn=lambda: os.sched_setaffinity(0, {SERVER_CORE}),
            start_new_session=True,
        )  # fmt: skip
        self._wait()

    def _wait(self):
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"http://127.0.0.1:{self.port}/constant/", timeout=2).read()
                return
            time.sleep(0.1)
        self.stop()
        raise RuntimeError("The web server did not start.")

    def memory_mib(self):
        """Resident memory of the largest process of the group: the one that answers."""
        sizes = []
        for status in Path("/proc").glob("[0-9]*/status"):
            with contextlib.suppress(OSError, ValueError):
                if os.getpgid(int(status.parent.name)) == self.process.pid:
                    sizes.append(
                        next(
                            int(line.split()[1])
                            for line in status.read_text().splitlines()
                            if line.startswith("VmRSS")
                        )
                    )
        return max(sizes) / 1024

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.stop()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
