"""Settings: one file that runs as it stands in development and refuses to start in production unsafe.

Every setting that a deployment may change is an environment variable listed in docs/running.md.
"""

import base64
import fcntl
import hashlib
import os
import secrets
import tomllib
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from vitrine.database import database_settings, is_testing

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"


def env_flag(name, default=False):
    """Read a yes/no environment variable; anything but 1/true/yes/on or 0/false/no/off is refused."""
    value = os.environ.get(name, "").strip().lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    if value == "":
        return default
    raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")


def env_list(name):
    return [item.strip() for item in os.environ.get(name, "").split(",") if item.strip()]


def secret_of_this_checkout(path):
    """Read the key that signs sessions and tokens outside production; the first process that asks makes it.

    Raises:
        ImproperlyConfigured: the file can be neither read nor made.
    """
    try:
        path.parent.mkdir(exist_ok=True)
        with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+") as file:
            # Of two that start at once the second waits, and reads what the first has written.
            fcntl.flock(file, fcntl.LOCK_EX)
            key = file.read().strip()
            if not key:
                key = secrets.token_urlsafe(50)
                file.write(key + "\n")
            return key
    except OSError as error:
        raise ImproperlyConfigured(f"{path} cannot be used ({error.strerror}): set SECRET_KEY.") from None


VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]

# Production is the default of nobody's laptop: it is asked for, and then nothing may be missing.
PRODUCTION = env_flag("VITRINE_PRODUCTION")
# The demonstration: fictional shops and accounts, with DEBUG off so that caching, errors and headers are real.
DEMO = env_flag("VITRINE_DEMO")
DEBUG = env_flag("VITRINE_DEBUG", default=not (PRODUCTION or DEMO))

SECRET_KEY = os.environ.get("SECRET_KEY", "")
if not SECRET_KEY and not PRODUCTION:
    SECRET_KEY = (
        "the-same-for-every-test-and-never-for-anybody-else"
        if is_testing(os.environ)
        else secret_of_this_checkout(VAR_DIR / "secret-key")
    )
# Keys of before: what they signed or sealed still counts.
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS") or (
    [] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]", "testserver"]
)
# Absolute addresses in mails, feeds, QR codes and the sitemap. Never taken from a request's Host header.
PUBLIC_URL = os.environ.get("PUBLIC_URL", "" if PRODUCTION else "http://127.0.0.1:8000").rstrip("/")

# The folder that describes the city. With one city in cities/, that one.
_packs = sorted(path.parent for path in (BASE_DIR / "cities").glob("*/city.toml"))
CITY_PACK = (
    Path(os.environ["VITRINE_CITY"]) if os.environ.get("VITRINE_CITY") else (_packs[0] if _packs else None)
)

INSTALLED_APPS = [
    "vitrine.apps.VitrineConfig",
    "accounts",
    "districts",
    "shops",
    "vouchers",
    "vitrine.apps.CityDeskConfig",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    # For the pages of passkeys.
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "django.contrib.staticfiles",
    "django_filters",
    "django_htmx",
    "modeltrans",
    "procrastinate.contrib.django",
]
if not PRODUCTION:
    # A bank to play with. A real provider is never beside it.
    INSTALLED_APPS.append("sandbox")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    # Styles, scripts and pictures of ours need no policy, and a first visit fetches half a dozen of them.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "vitrine.headers.PermissionsPolicyMiddleware",
    # Before the page cache, which is keyed by what it reads.
    "shops.middleware.CatalogueMiddleware",
    "vitrine.page_cache.PageCacheMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.DoorMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "vitrine.errors.OnlySentMiddleware",
]

ROOT_URLCONF = "vitrine.urls"
WSGI_APPLICATION = "vitrine.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shops.context.site",
            ],
        },
    },
]

DATABASES = database_settings(BASE_DIR, os.environ)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.RoleBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# Signing in: one door for both desks. Codes by mail rather than links: a mail scanner that opens links opens nothing.
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "account_login", "merchant:home", "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
MFA_ADAPTER = "accounts.adapter.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
# Before the address changes, too: it is the way to everything else. Who has but codes: see accounts.views.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The second number is for one account from one address (see the adapter): a stranger locks nobody out.
ACCOUNT_RATE_LIMITS = {"login_failed": "20/5m/ip,5/5m/key", "lost_address": "5/h/ip"}
ACCOUNT_FORMS = {
    "login": "accounts.forms.LoginForm",
    "signup": "accounts.forms.SignupForm",
    "add_email": "accounts.forms.AddEmailForm",
    "request_login_code": "accounts.forms.RequestLoginCodeForm",
    "confirm_login_code": "accounts.forms.ConfirmLoginCodeForm",
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailVerificationCodeForm",
    "reset_password": "accounts.forms.ResetPasswordForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmPasswordResetCodeForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordKeyForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
}
MFA_FORMS = {
    "authenticate": "accounts.forms.SecondFactorForm",
    "reauthenticate": "accounts.forms.SecondFactorAgainForm",
    "activate_totp": "accounts.forms.ActivateTOTPForm",
    "add_webauthn": "accounts.forms.AddKeyForm",
    "edit_webauthn": "accounts.forms.EditKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
# A telephone's clock may be off by half a minute.
MFA_TOTP_TOLERANCE = 1
# How long a desk stays open with nobody at it, and at most: security.md says why.
CITY_IDLE_SECONDS, CITY_LONGEST_SECONDS = 30 * 60, 8 * 3600
MERCHANT_IDLE_SECONDS = 12 * 3600
# The limits on tries are counted here, and which code was used: all processes must see the same. Django drops rows
# beyond the number, the counters of somebody under attack among them, so it is far above what anybody can fill before
# they end (an address makes a few dozen a minute; most last five). Each write counts the rows: 2 ms at 20,000 of them;
# past the number one write drops those that are over, and a twentieth of the rest if too many are left.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "vitrine_cache",
        "OPTIONS": {"MAX_ENTRIES": 20_000, "CULL_FREQUENCY": 20},
    }
}

# The words are French in the code. The other languages are catalogues in locale/; a city pack offers some of them.
LANGUAGE_CODE = "fr"
LANGUAGES = [("fr", _("Français")), ("de", _("Deutsch")), ("lb", _("Lëtzebuergesch")), ("en", _("English"))]
# A text in any language is better than none: it is shown with its language said.
MODELTRANS_FALLBACK = {"default": ("fr", "de", "en", "lb")}
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["vitrine.formats"]
USE_I18N = True
# Stored in UTC, shown in the city's own zone: the City's row decides, see shops.middleware.CatalogueMiddleware.
USE_TZ = True
TIME_ZONE = "UTC"


def voucher_keys(named: list[str]) -> dict[str, bytes]:
    """The keys of `VITRINE_VOUCHER_KEYS` by their names, in their order. Never repeats one in an error."""
    keys = {}
    for item in named:
        name, _colon, text = item.partition(":")
        try:
            key = base64.b64decode(text, altchars=b"-_", validate=True)
        except ValueError:
            key = b""
        if not (name.isalnum() and len(name) <= 20 and len(key) == 32):
            raise ImproperlyConfigured(
                "VITRINE_VOUCHER_KEYS must be name:key, with 32 bytes in base64 as key."
            )
        keys[name] = key
    return keys


def media_storage(environ):
    """Where photos are kept: a bucket of S3 when one is named, else `var/media`. Nobody reads them there but us."""
    bucket = environ.get("VITRINE_S3_BUCKET")
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": VAR_DIR / "media",
                "allow_overwrite": True,
                "file_permissions_mode": 0o640,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": environ.get("VITRINE_S3_ENDPOINT") or None,
            "region_name": environ.get("VITRINE_S3_REGION") or None,
            "location": environ.get("VITRINE_S3_PREFIX", ""),
            # The bucket's own rules say who reads; what is written replaces what was there.
            "default_acl": None,
            "file_overwrite": True,
        },
    }


STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
# In development static files come from where they are written; elsewhere from `collectstatic`.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": media_storage(os.environ),
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG
            else "whitenoise.storage.CompressedManifestStaticFilesStorage"
        )
    },
}
# Only the fingerprinted names are ever asked for: half the files to compress.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
MEDIA_ROOT = VAR_DIR / "media"
# Where clamd listens, if the City scans what people send (docs/photos.md).
CLAMD_SOCKET = os.environ.get("VITRINE_CLAMD", "")

# Where the head of the books' chain is published each day, out of the database (docs/vouchers.md): the City's own file and
# one that others fetch.
LEDGER_HEADS = os.environ.get("VITRINE_LEDGER_HEADS", f"{VAR_DIR / 'ledger' / 'heads.txt'}").split(os.pathsep)

# What seals the codes of vouchers (docs/vouchers.md): its name and 32 bytes in base64, `name:key`. The first seals, the
# others still open. Elsewhere than in production one is derived from the secret of the checkout.
VOUCHER_KEYS = voucher_keys(env_list("VITRINE_VOUCHER_KEYS"))
if not VOUCHER_KEYS and not PRODUCTION:
    VOUCHER_KEYS = {"checkout": hashlib.sha256(f"vouchers {SECRET_KEY}".encode()).digest()}

# Who takes the residents' payments, the first of them the new ones (docs/vouchers.md).
PAYMENT_PROVIDERS = {
    "sandbox": "sandbox.provider.SandboxBank",
    "stripe": "vouchers.payments.stripe_checkout.StripeCheckout",
}
PAYMENTS = {
    name: PAYMENT_PROVIDERS[name]
    for name in env_list("VITRINE_PAYMENTS") or ([] if PRODUCTION else ["sandbox"])
    if name != "sandbox" or not PRODUCTION
}
STRIPE_KEY = os.environ.get("VITRINE_STRIPE_KEY", "")
STRIPE_WEBHOOK_SECRET = os.environ.get("VITRINE_STRIPE_WEBHOOK_SECRET", "")
# Elsewhere than at Stripe's own in the tests alone.
STRIPE_ADDRESSES = {}
if "stripe" in PAYMENTS and not (STRIPE_KEY and STRIPE_WEBHOOK_SECRET):
    raise ImproperlyConfigured("Stripe needs VITRINE_STRIPE_KEY and VITRINE_STRIPE_WEBHOOK_SECRET.")

# One strict policy on every answer. No nonces: pages are cached and fragments swapped, so nothing is inline at all.
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
    "object-src": [CSP.NONE],
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Front servers whose X-Forwarded-For is believed, by address or network. Nobody else's is.
PROXIES = env_list("VITRINE_PROXIES")
SECURE_COOKIES = PRODUCTION
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
# Gone with the browser's window.
CSRF_COOKIE_AGE = None
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if SECURE_COOKIES else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if SECURE_COOKIES else "csrf"
CSRF_FAILURE_VIEW = "vitrine.errors.csrf_failure"
if PRODUCTION:
    SECURE_SSL_REDIRECT = env_flag("VITRINE_SSL_REDIRECT", default=True)
    SECURE_PROXY_SSL_HEADER = (
        ("HTTP_X_FORWARDED_PROTO", "https") if env_flag("VITRINE_BEHIND_PROXY") else None
    )
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# A few more than the desk takes at once, so that who chose too many is told, rather than refused.
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_HANDLERS = [
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "vitrine.uploads.BoundedUploadHandler",
]

# Bytes of compressed pages that one web process may keep (vitrine.page_cache); 0 keeps none.
PAGE_CACHE_BYTES = int(os.environ.get("VITRINE_PAGE_CACHE_BYTES", 8 * 1024 * 1024))

MAIL_FOLDER = VAR_DIR / "mail"
DEFAULT_FROM_EMAIL = os.environ.get("DEFAULT_FROM_EMAIL", "" if PRODUCTION else "vitrine@ville.example")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
if os.environ.get("EMAIL_HOST"):
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {
                "host": os.environ["EMAIL_HOST"],
                "port": int(os.environ.get("EMAIL_PORT", 587)),
                "username": os.environ.get("EMAIL_HOST_USER", ""),
                "password": os.environ.get("EMAIL_HOST_PASSWORD", ""),
                "use_tls": env_flag("EMAIL_USE_TLS", default=True),
                "timeout": 10,
            },
        }
    }
else:
    MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "OPTIONS": {"file_path": str(MAIL_FOLDER)},
        }
    }

PROCRASTINATE_ON_APP_READY = "vitrine.jobs.on_app_ready"
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
# A mail's job holds its address and its code: nobody needs them once it has left.
PROCRASTINATE_WORKER_DEFAULTS = {"delete_jobs": "successful"}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"},
        "json": {"()": "vitrine.logs.JSONLines"},
    },
    "filters": {"hide_keys": {"()": "vitrine.logs.HideKeys"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            # For machines, one line each; people read the other more easily.
            "formatter": "json" if PRODUCTION else "line",
            "filters": ["hide_keys"],
        }
    },
    "root": {"handlers": ["console"], "level": os.environ.get("VITRINE_LOG_LEVEL", "INFO")},
    "loggers": {"procrastinate": {"level": "WARNING"}, "opening_hours": {"level": "ERROR"}},
}

if PRODUCTION:
    _missing = [
        name
        for name, value in {
            "SECRET_KEY": SECRET_KEY,
            "ALLOWED_HOSTS": ALLOWED_HOSTS,
            "PUBLIC_URL": PUBLIC_URL,
            "DATABASE_URL": os.environ.get("DATABASE_URL"),
            "DEFAULT_FROM_EMAIL": DEFAULT_FROM_EMAIL,
            "EMAIL_HOST": os.environ.get("EMAIL_HOST"),
            "VITRINE_VOUCHER_KEYS": VOUCHER_KEYS,
        }.items()
        if not value
    ]
    if _missing:
        raise ImproperlyConfigured(f"Production needs these environment variables: {', '.join(_missing)}.")
    if DEMO or DEBUG:
        raise ImproperlyConfigured("Production refuses to start with VITRINE_DEMO or VITRINE_DEBUG on.")
