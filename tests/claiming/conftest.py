"""The cast at the door of Marie's page: she has an account, and the page is nobody's yet."""

import re

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from shops.models import Claim
from tests.people import claire, make_person, paul_himself  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, paul  # noqa: F401
from tests.shops.factories import TUESDAY_10H, make_marie

EMAIL, PHONE = "um-eck@boulangerie.example", "+35226123456"


@pytest.fixture
def marie(city):  # noqa: F811
    """The bakery as an import told it: nobody keeps it, and its contacts are known."""
    return make_marie(email=EMAIL, phone=PHONE)


@pytest.fixture
def muller(marie):
    """Marie herself, before the page is hers."""
    return make_person("marie@courrier.example", name="Marie Muller")


@pytest.fixture
def stranger(marie):
    """Somebody who would like to have the page, and never was in the shop."""
    return make_person("albert@courrier.example", name="Albert")


@pytest.fixture
def claim(marie, muller):
    return begin(marie, muller)


def begin(shop, user, *, at=TUESDAY_10H, **words):
    return Claim.start(shop, user, at=at, language="fr", **{"name": str(user), **words})


def mails():
    """The letters that wait for the worker, the oldest first."""
    jobs = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter").order_by("id")
    return [job.args["letter"] for job in jobs]


def code_in(letter) -> str:
    assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}", letter["code"])
    return letter["code"]


def send(claim, at=TUESDAY_10H) -> str:
    """Have a code mailed; return it as its reader sees it."""
    claim.send_code(at=at)
    return code_in(mails()[-1])
