"""Vitrine over a PostgreSQL of the torture's own, which may be killed: it keeps what it has promised (`fsync` on)."""

import os
from pathlib import Path

from vitrine import postgres
from vitrine.settings import *  # noqa: F403
from vitrine.settings import BASE_DIR, DATABASES

# Where all of it lies, and nothing of anybody else's.
FOLDER = Path(os.environ.get("TORTURE_FOLDER") or BASE_DIR / "var" / "torture")
DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
SERVER = postgres.Server(FOLDER / "postgres")
for _alias in DATABASES.values():
    _alias |= {"SERVER": SERVER, "HOST": SERVER.socket_folder}
    # Every thread has a connection of its own.
    _alias["OPTIONS"].pop("pool", None)
MAIL_FOLDER = FOLDER / "mail"
MAILERS["default"] = {  # noqa: F405
    "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
    "OPTIONS": {"file_path": str(MAIL_FOLDER)},
}
MEDIA_ROOT = FOLDER / "media"
LEDGER_HEADS = [str(FOLDER / "heads.txt")]
STATIC_ROOT = FOLDER / "static"
