"""What the papers say is what the code does."""

import os
import re
import subprocess
import sys

from django.conf import settings

READ_BY_CODE = re.compile(r"""(?:environ(?:\.get\(|\[)|env_flag\(|env_list\()\s*"([A-Z_]+)\"""")
READ_BY_PEOPLE = re.compile(r"`([A-Z_]{4,})`")


def test_every_setting_is_in_the_table():
    """docs/running.md names each environment variable that the project reads, and no other."""
    code = [
        settings.BASE_DIR / "vitrine" / "settings.py",
        *(settings.BASE_DIR / "vitrine" / "database").glob("*.py"),
    ]
    read = {name for path in code for name in READ_BY_CODE.findall(path.read_text())}
    assert "VITRINE_PRODUCTION" in read
    assert "DATABASE_OWNER_URL" in read
    page = (settings.BASE_DIR / "docs" / "running.md").read_text()
    table = page[page.index("| variable |") : page.index("For tests and tools")]
    assert set(READ_BY_PEOPLE.findall(table)) == read - {"PYTEST_VERSION"}


def test_every_command_of_make_is_explained():
    makefile = (settings.BASE_DIR / "Makefile").read_text()
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[1].split()
    explained = re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE)
    assert set(phony) == set(explained)


def test_production_says_in_one_sentence_what_it_lacks():
    """Exactly the settings that docs/running.md marks."""
    page = (settings.BASE_DIR / "docs" / "running.md").read_text()
    marked = set(re.findall(r"`([A-Z_]+)` ●", page))
    environ = {name: value for name, value in os.environ.items() if name not in marked}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=settings.BASE_DIR,
        env=environ | {"VITRINE_PRODUCTION": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Settings: Production needs these environment variables: ")
    assert set(re.findall(r"[A-Z_]{4,}", done.stderr)) == marked
