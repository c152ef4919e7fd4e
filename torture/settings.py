"""Vitrine over a PostgreSQL of the torture's own, which may be killed: it keeps what it has promised (`fsync` on)."""

from vitrine import postgres
from vitrine.settings import *  # noqa: F403
from vitrine.settings import BASE_DIR, DATABASES

DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
LOGGING = {"version": 1, "disable_existing_loggers": False}
SERVER = postgres.Server(BASE_DIR / "var" / "torture" / "postgres")
for _alias in DATABASES.values():
    _alias |= {"SERVER": SERVER, "HOST": SERVER.socket_folder}
    # Every thread has a connection of its own.
    _alias["OPTIONS"].pop("pool", None)
MAIL_FOLDER = BASE_DIR / "var" / "torture" / "mail"
MAILERS["default"] = {  # noqa: F405
    "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
    "OPTIONS": {"file_path": str(MAIL_FOLDER)},
}
MEDIA_ROOT = BASE_DIR / "var" / "torture" / "media"
LEDGER_HEADS = [str(BASE_DIR / "var" / "torture" / "heads.txt")]
STATIC_ROOT = BASE_DIR / "var" / "torture" / "static"
