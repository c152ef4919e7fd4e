"""Lighthouse's four marks of a page, as its own phone on slow 4G sees it. Needs Node; asked for by version, so alike."""

import json
import os
import shutil
import subprocess

from scripts import chromium

VERSION = "12.8.2"
ATTEMPTS = 2
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def is_there() -> bool:
    """Whether this machine has Node's `npx`, which fetches Lighthouse."""
    return bool(shutil.which("npx"))


def marks(url) -> dict[str, int] | None:
    """The marks, 0 to 100, by category; None when Lighthouse can be neither fetched nor run, twice."""
    for _attempt in range(ATTEMPTS):
        answer = subprocess.run(
            [
                *("npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json"),
                f"--only-categories={','.join(CATEGORIES)}",
                f"--chrome-flags=--headless=new {' '.join(chromium.FLAGS)}",
            ],
            env={**os.environ, "CHROME_PATH": str(chromium.find_or_fail())},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        scores = json.loads(answer.stdout)["categories"] if answer.returncode == 0 else {}
        # On a slow machine Chromium now and then ends before it has painted.
        if all(scores.get(name, {}).get("score") is not None for name in CATEGORIES):
            return {name: round(100 * scores[name]["score"]) for name in CATEGORIES}
    return None
