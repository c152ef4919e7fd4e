"""Reports: the small city, its people, and a worker that sends what they cause."""

import pytest
from django.core import mail
from django.test import Client
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from accounts.models import CityRole
from shops.models import Report
from shops.reports import handling
from tests.people import claire, make_person, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401
from tests.shops.factories import TUESDAY_10H


@pytest.fixture
def browser(request):
    """A browser that checks CSRF, as a real one is checked."""
    request.getfixturevalue("city")
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def aude(db):
    """Aude, who audits: she reads and changes nothing."""
    return make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR])


@pytest.fixture
def outbox(db):
    """Calling it sends what has been handed to the worker, and returns the mails."""
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:

        def sent():
            app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
            return mail.outbox

        yield sent


def make_report(shop=None, kind="hours", *, at=TUESDAY_10H, receipt=False, **facts):
    """A report as a form would hand it in."""
    return handling.receive(
        Report(**{"shop": shop, "kind": kind, "language": "fr", **facts}), at=at, receipt=receipt
    )
