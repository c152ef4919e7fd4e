"""Find a Chromium for the browser's tests and measurements, or install one. They are never silently left out.

python scripts/chromium.py          prints its path, installing it if need be
"""

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# What keeps a headless Chromium quiet, on its own and able to run in a container.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


class ChromiumMissingError(RuntimeError):
    """There is no Chromium, and none could be installed."""


@functools.cache
def find() -> str | None:
    """The path of a Chromium that starts: VITRINE_CHROMIUM, the system's, Playwright's; or None."""
    named = os.environ.get("VITRINE_CHROMIUM")
    if named:
        return named if _starts(named) else None
    for name in NAMES:
        if (path := shutil.which(name)) and _starts(path):
            return path
    path = _playwrights()
    return path if path and _starts(path) else None


def find_or_fail() -> str:
    """As `find`, for tests and measurements.

    Raises:
        ChromiumMissingError: there is none; says what to do.
    """
    if path := find():
        return path
    raise ChromiumMissingError(
        "No Chromium: `make test` installs one where it may, or install Debian's package chromium, "
        "or name one in VITRINE_CHROMIUM."
    )


def find_or_install() -> str:
    """As `find`, and when there is none: Debian's package if we may install it, else Playwright's download.

    Raises:
        ChromiumMissingError: neither worked.
    """
    for install in (None, _install_debians, _install_playwrights):
        if install:
            install()
            find.cache_clear()
        if path := find():
            return path
    return find_or_fail()


def _starts(path: str) -> bool:
    # Ubuntu has a package of this name that is only a signpost to another store.
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _playwrights() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _install_debians() -> None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    _tell("Installing Debian's Chromium …")
    environ = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    _run(["apt-get", "update", "-qq"], environ)
    _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], environ)


def _install_playwrights() -> None:
    _tell("Downloading Playwright's Chromium …")
    _run([sys.executable, "-m", "playwright", "install", "chromium"], os.environ)


def _run(command: list[str], environ) -> None:
    try:
        done = subprocess.run(  # noqa: S603
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        _tell(f"  {command[0]}: {error}")
        return
    if done.returncode:
        _tell("  " + " ".join((done.stderr or done.stdout).split())[-300:])


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        print(find_or_install())
    except ChromiumMissingError as error:
        sys.exit(str(error))
