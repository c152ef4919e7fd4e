"""Put what a lock file pins into .venv, unless it is there already.

Run by the Makefile with any Python 3.12 or newer; uses nothing but the standard library.

    python scripts/install.py requirements.txt
"""

import fcntl
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
# The development lock holds all of the other: who has installed it needs nothing more.
CONTAINS = {"requirements-dev.txt": ["requirements.txt"]}


def stamp_of(lock: str) -> Path:
    """A copy of the lock file as it was when it was installed."""
    return VENV / f".installed-{lock}"


def is_installed(lock: str) -> bool:
    wanted = (ROOT / lock).read_bytes()
    return stamp_of(lock).exists() and stamp_of(lock).read_bytes() == wanted


def works() -> bool:
    """Whether .venv has a Python of a fitting version that still starts."""
    test = "import sys; sys.exit(sys.version_info < (3, 12))"
    try:
        return subprocess.run([PYTHON, "-c", test], capture_output=True, check=False).returncode == 0  # noqa: S603
    except OSError:
        return False


def make_environment() -> None:
    if works():
        return
    print(f"Making .venv with Python {sys.version.split()[0]} …", flush=True)
    uv = shutil.which("uv")
    try:
        subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], check=True)  # noqa: S603
    except subprocess.CalledProcessError:
        if not uv:
            version = f"{sys.version_info.major}.{sys.version_info.minor}"
            sys.exit(
                f"{sys.executable} cannot make a virtual environment: install its venv package "
                f"(on Debian and Ubuntu: apt-get install python{version}-venv)."
            )
        command = [uv, "venv", "--clear", "--seed", "--python", sys.executable, VENV]
        subprocess.run(command, check=True)  # noqa: S603


def install(lock: str) -> None:
    """Let pip install exactly what the lock file pins, its fingerprints checked. pip's own words only on failure."""
    count = sum(line[0].isalnum() for line in (ROOT / lock).open(encoding="utf-8"))
    print(f"Installing the packages pinned in {lock} …", flush=True)
    started = time.monotonic()
    command = [PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]
    command += ["--require-hashes", "--no-deps", "--only-binary", ":all:", "-r", ROOT / lock]
    words, seen = [], 0
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:  # noqa: S603
        for line in pip.stdout:
            words.append(line)
            if line.startswith(("Collecting ", "Processing ", "Requirement already satisfied")):
                seen += 1
                if sys.stdout.isatty():
                    print(f"\r  {seen} of at most {count} ", end="", flush=True)
    if pip.returncode:
        sys.exit(
            f"{''.join(words[-30:])}\nThe packages of {lock} could not be installed; pip says why above."
        )
    print(
        f"{'\r' if sys.stdout.isatty() else ''}  {seen} packages in {time.monotonic() - started:.0f} s.",
        flush=True,
    )
    for name in (lock, *CONTAINS.get(lock, [])):
        shutil.copyfile(ROOT / name, stamp_of(name))


def main() -> None:
    lock = sys.argv[1]
    # The embedded PostgreSQL's user must be able to read its programs, whatever the person's umask.
    os.umask(0o022)
    if works() and is_installed(lock):
        return
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "install.lock").open("w") as one_at_a_time:
        fcntl.flock(one_at_a_time, fcntl.LOCK_EX)
        make_environment()
        if not is_installed(lock):
            install(lock)


main()
