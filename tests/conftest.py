"""What all tests share: the database, and the real data that this repository does not carry."""

import io
import logging
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.core.cache.backends import db as _cache_in_the_database  # noqa: F401 (see below)
from django.template import Template
from django.utils import translation
from django.utils.translation import trans_real

from tests import watched_log
from tests.databases import test_database, used
from vitrine import translations

# The cache keeps `timezone.now` under a name of its own: imported within a test whose clock stands still, it would keep
# that clock for all that follow.

WITHOUT_DATA = "real data left out"


def pytest_configure(config):
    """Hash passwords quickly; speak the languages as the .po files have them now, whoever compiled last."""
    # A slow hash guards real passwords; here it would only guard the tests' time.
    PBKDF2PasswordHasher.iterations = 1000
    # A demonstration in the same checkout has published heads of other books.
    settings.LEDGER_HEADS = []
    if translations.compile_all():
        trans_real._translations.clear()


@pytest.fixture(scope="session", autouse=True)
def _pages_alone_tell_what_they_show(django_test_environment):
    """`response.context` is that of the page: to copy it for every part and every field takes an eighth of the time."""
    told = Template._render

    def render(template, context):
        is_page = context.template is template and "request" in context
        return told(template, context) if is_page else template.nodelist.render(context)

    Template._render = render
    yield
    Template._render = told


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment, django_db_blocker):
    """A database for this process, spoken to as the application's role (in place of pytest-django's own)."""
    with django_db_blocker.unblock(), test_database() as database, used(database), django_db_blocker.block():
        yield


@pytest.fixture(autouse=True)
def _the_log_tells_no_secret(_log):
    """What a test logs is read, see `tests.watched_log`."""
    _log.seek(0)
    _log.truncate()
    yield
    assert not (told := watched_log.secrets_in(_log.getvalue())), f"The log tells {told}"


@pytest.fixture(scope="session")
def _log():
    root, written = logging.getLogger(), io.StringIO()
    root.addHandler(handler := watched_log.make_handler(written))
    yield written
    root.removeHandler(handler)


@pytest.fixture(autouse=True)
def _language():
    """Each test begins in the language of the sources: a page read in another one leaves that behind."""
    translation.activate(settings.LANGUAGE_CODE)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder with the real data files: VITRINE_DATA, or shared/data beside the checkout.

    A test that asks for it is skipped loudly where the folder is absent, and fails under CI.
    """
    folder = Path(os.environ.get("VITRINE_DATA") or settings.BASE_DIR.parent / "shared" / "data")
    if folder.is_dir():
        return folder.resolve()
    reason = f"{WITHOUT_DATA}: no folder {folder}, set VITRINE_DATA"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter):
    skipped = [
        report
        for report in terminalreporter.stats.get("skipped", [])
        if isinstance(report.longrepr, tuple) and WITHOUT_DATA in report.longrepr[2]
    ]
    if skipped:
        terminalreporter.section("REAL DATA NOT TESTED", red=True, bold=True)
        terminalreporter.line(
            f"{len(skipped)} tests need the folder of real data. Name it in VITRINE_DATA to run them.",
            red=True,
        )
        for report in skipped:
            terminalreporter.line(f"  {report.nodeid}")
