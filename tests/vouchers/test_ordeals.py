"""The ordeals that need processes to kill, small: `make torture` has them at full size (docs/reliability.md).

In a process of its own, with a PostgreSQL of its own: that one is killed too.
"""

import os
import shutil
import subprocess
import sys

from django.conf import settings

# Ours would have the ordeals take the tests' database.
OURS = {"PYTEST_VERSION", "DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE"}


def test_telephones_and_kills_leave_the_books_as_they_must_be():
    """64 telephones at one voucher over HTTP; web server, worker and PostgreSQL killed in the middle of it."""
    # PostgreSQL may run as another user, who does not enter the test's own folder.
    folder = settings.BASE_DIR / "var" / "torture-test"
    shutil.rmtree(folder, ignore_errors=True)
    inherited = {name: value for name, value in os.environ.items() if name not in OURS}
    done = subprocess.run(
        [sys.executable, "-m", "torture", "--share", "0.004", "--only", "over HTTP", "--only", "kill"],
        cwd=settings.BASE_DIR, env=inherited | {"TORTURE_FOLDER": str(folder)}, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split(" | ") for line in (folder / "table.md").read_text().splitlines()[2:]]
    assert [wrong for _name, _tries, wrong, *_rest in lines] == ["0"] * 4
    assert all(int(tries.replace(",", "")) for _name, tries, *_rest in lines)
