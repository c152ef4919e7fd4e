"""make demo: one to a checkout, its processes kept alive together and ended together."""

import base64
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import CommandError

from vitrine import demonstration
from vitrine.demonstration import Demonstration, DemonstrationError, refuse_taken_port
from vitrine.management.commands.demo import Command as Demo

ADDRESS = "http://127.0.0.1:8123/"
WAIT = ("-c", "import signal; signal.pause()")


@pytest.fixture
def demo(tmp_path):
    made = Demonstration(tmp_path)
    yield made
    made.end()


def another(folder, then):
    """Another process of the same checkout that holds the demonstration's place, then does something."""
    program = (
        "import sys, signal; from pathlib import Path; from vitrine.demonstration import Demonstration\n"
        f"with Demonstration(Path(sys.argv[1])).alone({ADDRESS!r}): print('held', flush=True); {then}"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, folder],
        cwd=settings.BASE_DIR,
        env=os.environ | {"DJANGO_SETTINGS_MODULE": "vitrine.settings"},
        stdout=subprocess.PIPE,
    )
    assert process.stdout.readline() == b"held\n"
    return process


# One to a checkout.


def test_a_second_one_is_told_where_the_first_is(tmp_path, demo):
    first = another(tmp_path, "signal.pause()")
    with pytest.raises(DemonstrationError, match=f"already runs on {ADDRESS}"), demo.alone("http://x/"):
        pass
    first.kill()
    first.communicate()
    # The place is free again however the first one ended.
    with demo.alone("http://x/"):
        assert demo.lock.read_text() == f"{os.getpid()} http://x/\n"


def test_make_stop_ends_it(tmp_path, demo):
    first = another(tmp_path, "signal.pause()")
    assert demo.stop() is True
    assert first.wait(10) == -signal.SIGTERM
    first.communicate()
    assert demo.stop() is False


def test_a_number_left_by_one_that_ended_is_nobodys(tmp_path, demo):
    stranger = subprocess.Popen([sys.executable, *WAIT])
    try:
        demo.lock.write_text(f"{stranger.pid} {ADDRESS}\n")
        assert demo.stop() is False
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_taken_port_is_one_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(
            DemonstrationError, match=rf"^Port {port} is taken .* `make demo PORT={port + 1}`\.$"
        ):
            refuse_taken_port(port)
    refuse_taken_port(port)


@pytest.mark.parametrize("port", [0, -1, 65536])
def test_a_number_that_is_no_port_is_one_sentence(port):
    with pytest.raises(DemonstrationError, match="is no port"):
        refuse_taken_port(port)


def test_production_has_no_demonstration(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="does not run with VITRINE_PRODUCTION"):
        call_command("demo")


@pytest.mark.django_db
def test_it_stays_out_of_a_database_with_real_people(django_user_model):
    """As when DATABASE_URL still names the City's own."""
    django_user_model.objects.create_user("claire@ville.example")
    Demo()._refuse_real_people()
    django_user_model.objects.create_user("frank@vdl.lu")
    with pytest.raises(CommandError, match=r"real people's accounts: the demonstration stays out"):
        Demo()._refuse_real_people()


def test_the_citys_second_factor_is_made_once_too(tmp_path, demo):
    secret = demo.city_secret()
    assert len(base64.b32decode(secret)) == 20
    assert Demonstration(tmp_path).city_secret() == secret
    assert (tmp_path / "demo-second-factor").stat().st_mode & 0o777 == 0o600


def test_the_citys_password_is_made_once_and_for_its_owner_alone(tmp_path, demo):
    password = demo.city_password()
    assert len(password) >= 15
    assert Demonstration(tmp_path).city_password() == password
    assert (tmp_path / "demo-password").stat().st_mode & 0o777 == 0o600


# Its processes.


def test_a_process_that_was_killed_is_started_again(demo, capsys):
    demo.start("worker", *WAIT)
    killed = demo.children["worker"].process
    killed.kill()
    killed.wait()
    demo._revive()
    assert demo.children["worker"].process.pid != killed.pid
    assert demo.children["worker"].process.poll() is None
    assert "worker ended (code -9) and is started again" in capsys.readouterr().out


def test_a_process_that_keeps_ending_ends_the_demonstration(demo):
    demo.start("worker", "-c", "raise SystemExit(3)")
    child = demo.children["worker"]
    for _turn in range(demonstration.SHORT_LIVES):
        child.process.wait()
        demo._revive()
    child.process.wait()
    with pytest.raises(DemonstrationError, match=r"worker keeps ending \(code 3\)"):
        demo._revive()


def test_processes_end_together_even_stubborn_ones(demo, monkeypatch):
    monkeypatch.setattr(demonstration, "SECONDS_TO_END", 0.2)
    demo.start("gentle", *WAIT)
    demo.start(
        "stubborn", "-c", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"
    )
    processes = [child.process for child in demo.children.values()]
    demo.end()
    assert all(process.poll() is not None for process in processes)


# The whole of it.


@pytest.mark.full
def test_it_serves_the_site_and_ends_cleanly():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environ = {
        name: value for name, value in os.environ.items() if name not in ("PUBLIC_URL", "VITRINE_DEMO")
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--port", str(port)],
        cwd=settings.BASE_DIR,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        words = []
        for line in process.stdout:
            words.append(line)
            if "Ctrl-C ends it" in line:
                break
        assert any(f"http://127.0.0.1:{port}/gestion/" in line for line in words), "".join(words)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/fr/", timeout=30) as page:
            assert page.status == 200
        deadline = time.monotonic() + 30
        health = b""
        while b'"worker": "ok"' not in health and time.monotonic() < deadline:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
                health = answer.read()
        assert b'"status": "ok"' in health
    finally:
        process.send_signal(signal.SIGTERM)
        rest, _errors = process.communicate(timeout=60)
    assert process.returncode == 0
    assert "The data is kept" in rest
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


# Before anything is installed.


@pytest.fixture
def bare_machine(tmp_path):
    """A PATH with the shell's own tools and no Python, a home without pyenv or uv."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("sh", "ls", "sort"):
        (tools / name).symlink_to(f"/bin/{name}" if Path(f"/bin/{name}").exists() else f"/usr/bin/{name}")
    return {"PATH": str(tools), "HOME": str(tmp_path)}


def find_python(environ):
    return subprocess.run(
        [settings.BASE_DIR / "scripts" / "find-python"],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )


def a_python(path, *, fits=True, makes_environments=True):
    """A stand-in that answers the finder's questions as a Python would."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "#!/bin/sh\n"
        f'case "$2" in *version_info*print*|*print*) echo 3.12;; *ensurepip*) exit {int(not makes_environments)};; '
        f"*) exit {int(not fits)};; esac\n"
    )
    path.chmod(0o755)
    return path


def test_without_a_fitting_python_it_says_what_to_install(bare_machine, tmp_path):
    a_python(tmp_path / "bin" / "python3", fits=False)
    found = find_python(bare_machine)
    assert found.returncode == 1
    assert found.stderr.startswith("Vitrine needs Python 3.12 or newer")
    assert len(found.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "place",
    [
        "bin/python3.12",
        ".pyenv/versions/3.13.1/bin/python3",
        ".local/share/uv/python/cpython-3.14.0-linux/bin/python3",
    ],
)
def test_a_fitting_python_is_found_where_it_is_kept(bare_machine, tmp_path, place):
    a_python(tmp_path / "bin" / "python3", fits=False)
    wanted = a_python(tmp_path / place)
    assert find_python(bare_machine).stdout.strip() == str(wanted)


def test_a_python_that_makes_no_environments_is_named_with_the_package(bare_machine, tmp_path):
    a_python(tmp_path / "bin" / "python3", makes_environments=False)
    found = find_python(bare_machine)
    assert found.returncode == 1
    assert "apt-get install python3.12-venv" in found.stderr


def test_a_named_python_that_is_too_old_is_refused(bare_machine, tmp_path):
    old = a_python(tmp_path / "old", fits=False)
    found = find_python(bare_machine | {"PYTHON": str(old)})
    assert found.returncode == 1
    assert found.stderr == f"PYTHON={old} is no Python 3.12 or newer.\n"
