"""Vitrine as it is served, over the bench's scratch database, with a constant page behind the same middleware."""

import os

from vitrine.settings import *  # noqa: F403
from vitrine.settings import BASE_DIR, DATABASES

DEBUG = False
DEMO = os.environ.get("BENCH_DEMO") != "0"
ALLOWED_HOSTS = ["127.0.0.1", "testserver"]
ROOT_URLCONF = "bench.site.urls"
for _alias in DATABASES.values():
    _alias["NAME"] = os.environ.get("BENCH_DB_NAME", _alias["NAME"])
LOGGING = {"version": 1, "disable_existing_loggers": False}
# The photos of the scratch city are not those of the demonstration beside it.
MEDIA_ROOT = BASE_DIR / "var" / "bench" / "media"
