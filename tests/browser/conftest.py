"""A served city and a real Chromium: what a browser does is tried in a browser."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client
from django.test.utils import override_settings
from playwright.sync_api import sync_playwright

from accounts.models import User
from scripts import chromium
from tests.databases import test_database as made_database
from tests.databases import used

LANGUAGES = ["fr", "de", "lb", "en"]
PHONE, DESKTOP = 360, 1280
# The button of a report: it says to whom it goes first.
SEND = re.compile("^Envoyer")
START_SECONDS = 120


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(settings.BASE_DIR / "tests" / "browser"):
            item.add_marker(pytest.mark.browser)


@dataclass
class Site:
    """A running site. `pages` names one address of every template, without the language; `media` is where its photos lie."""

    origin: str
    database: str
    log: object
    pages: dict
    media: Path

    def url(self, name, language="fr"):
        return f"{self.origin}/{language}{self.pages[name]}"


@pytest.fixture(scope="session")
def served_from(tmp_path_factory):
    """A folder with the static files as they are served, and room for media beside them."""
    folder = tmp_path_factory.mktemp("site")
    environ = _environ(folder, settings.DATABASES["default"]["NAME"])
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"],
        cwd=settings.BASE_DIR,
        env=environ,
        check=True,
    )
    return folder


def _environ(folder, database):
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.browser.site_settings",
        "VITRINE_TEST_DATABASE": database,
        "VITRINE_TEST_STATIC_ROOT": str(folder / "static"),
        "VITRINE_DEMO": "1",
    }


@pytest.fixture(scope="session")
def site(served_from, django_test_environment, django_db_blocker):
    """The demonstration city, served by the real server with the real middleware and static files."""
    with django_db_blocker.unblock(), made_database() as database, django_db_blocker.block():
        # Only while it is filled: the tests without a browser have a database of their own.
        with django_db_blocker.unblock(), override_settings(DEMO=True), used(database):
            call_command("load_city", str(settings.CITY_PACK), verbosity=0)
            call_command("demo_city", verbosity=0)
            call_command("demo_vouchers", verbosity=0)
            pages = _one_of_each()
        with served(served_from, database) as (origin, log):
            yield Site(origin, database, log, pages, served_from / "media")


@contextlib.contextmanager
def served(folder, database):
    """The real server over a database, for as long as the block runs: (its origin, its log)."""
    port = _free_port()
    environ = _environ(folder, database) | {"PUBLIC_URL": f"http://127.0.0.1:{port}"}
    log = (folder / f"server-{port}.log").open("w+")
    server = subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port),
            "--workers", "1", "--blocking-threads", "4", "--no-ws", "vitrine.wsgi:application",
        ],
        cwd=settings.BASE_DIR, env=environ, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    try:
        origin = f"http://127.0.0.1:{port}"
        _wait_for(origin, server)
        yield origin, log
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _one_of_each():
    """An address of every template and of every state that looks different."""
    from shops.models import Shop
    from vouchers import links
    from vouchers.models import Order

    bought = Order.objects.order_by("-pk").first()
    published = Shop.objects.published()
    rich = (
        published.exclude(description="")
        .exclude(opening_hours="")
        .exclude(accessibility={})
        .order_by("pk")
        .first()
    )
    unknown = published.filter(opening_hours="", claimed_at=None).order_by("pk").first()
    closed = Shop.objects.filter(status=Shop.Status.CLOSED).order_by("pk").first()
    full = rich.district.slug
    pages = {
        "home": "/",
        "districts": "/quartiers/",
        "district": f"/quartiers/{full}/",
        "list": "/commerces/",
        "list filtered": f"/commerces/?quartier={full}&ouvert=1",
        "list empty": "/commerces/?q=zzzzqq",
        "list wrong": "/commerces/?le=hier&a=99",
        "search": "/commerces/?q=pain",
        "shop": f"/commerces/{rich.slug}/",
        "shop unknown": f"/commerces/{unknown.slug}/",
        "report": f"/commerces/{rich.slug}/signaler/",
        "claim": f"/commerces/{unknown.slug}/revendiquer/",
        "thanks": f"/commerces/{rich.slug}/signaler/merci/",
        "missing": "/commerce-manquant/",
        "site report": "/ecrire-a-la-ville/",
        "voucher": "/bon/",
        "buy": "/bons/",
        "terms": "/bons/conditions/",
        "lost order": "/bons/lien/",
        "order": f"/bons/commande/{links.token(bought, links.ORDER)}/",
        "gift": f"/bons/cadeau/{links.token(bought, links.GIFT)}/",
        "link over": "/bons/commande/coupe/",
        "about": "/a-propos/",
        "ranking": "/classement/",
        "promise": "/moderation/",
        "accessibility": "/accessibilite/",
        "privacy": "/confidentialite/",
        "legal": "/mentions-legales/",
        "sign in": "/compte/connexion/",
        "sign in by code": "/compte/connexion/code/",
        "sign up": "/compte/creer/",
        "forgotten password": "/compte/mot-de-passe/oublie/",
        "lost address": "/compte/adresse/perdue/",
        "not found": "/nulle-part/",
    }
    if closed:
        pages["shop closed"] = f"/commerces/{closed.slug}/"
    return pages


def _wait_for(origin, server):
    deadline = time.monotonic() + START_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{origin}/fr/", timeout=START_SECONDS):
                return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.05)  # the socket is not open yet; there is nothing else to wait on
    pytest.fail("The site did not start.")


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def chrome(site):
    # Playwright keeps an event loop in this thread, which Django takes for asynchronous code; nothing here is.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium.find_or_install(), args=list(chromium.FLAGS)
        )
        yield browser
        browser.close()


@pytest.fixture
def new_page(chrome):
    """Open a page as one wishes: `new_page(width=360, dark=True, javascript=False)`. Closed at the test's end."""
    contexts = []

    def open_page(*, width=PHONE, dark=False, javascript=True, **options):
        context = chrome.new_context(
            viewport={"width": width, "height": 800},
            color_scheme="dark" if dark else "light",
            java_script_enabled=javascript,
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture(scope="module")
def reader(chrome):
    """One window for all the pages that are only read; each test says how wide it is."""
    context = chrome.new_context(reduced_motion="reduce")
    yield context.new_page()
    context.close()


@pytest.fixture
def claire_in(site, django_db_blocker):
    """`claire_in(page)`: Claire is at her desk, or who is named instead. The door itself is test_signing_in's: a code of
    hers opens it only once."""
    from tests.door import enter

    def let_in(page, who="claire"):
        with django_db_blocker.unblock(), used(site.database):
            user = User.objects.get(email=f"{who}@ville.example")
            key = enter(Client(), user).cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": key, "url": site.origin}])

    return let_in
