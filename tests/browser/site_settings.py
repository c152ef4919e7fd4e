"""The demonstration as it is served, over the database that the browser's tests made."""

import os
from pathlib import Path

from vitrine.settings import *  # noqa: F403
from vitrine.settings import DATABASES

DEBUG = False
DEMO = True
ALLOWED_HOSTS = ["127.0.0.1"]
SESSION_COOKIE_AGE = 3600
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = False
STATIC_ROOT = Path(os.environ["VITRINE_TEST_STATIC_ROOT"])
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": STATIC_ROOT.with_name("media"), "allow_overwrite": True},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
for _alias in DATABASES.values():
    _alias["NAME"] = os.environ["VITRINE_TEST_DATABASE"]
