"""Lighthouse's four marks of a page, as its own phone on slow 4G sees it. Needs Node; asked for by version, so alike."""

import json
import os
import shutil
import subprocess

from scripts import chromium

VERSION = "12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def is_there() -> bool:
    """Whether this machine has Node's `npx`, which fetches Lighthouse."""
    return bool(shutil.which("npx"))


def marks(url) -> dict[str, int]:
    """The marks, 0 to 100, by category. Raises CalledProcessError when Lighthouse cannot be fetched or run."""
    answer = subprocess.run(
        [
            *("npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json"),
            f"--only-categories={','.join(CATEGORIES)}",
            f"--chrome-flags=--headless=new {' '.join(chromium.FLAGS)}",
        ],
        env={**os.environ, "CHROME_PATH": str(chromium.find_or_fail())},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    report = json.loads(answer.stdout)
    return {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
