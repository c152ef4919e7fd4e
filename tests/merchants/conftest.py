"""At the merchants' desk: Marie owns the bakery, Anna writes its page, Tom works its till; Paul has the bookshop."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from shops.models import MerchantRole
from tests.door import enter
from tests.people import claire, make_member, make_person, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401


@pytest.fixture
def anna(marie):  # noqa: F811
    """Anna, who writes the bakery's page."""
    user = make_person("anna@boulangerie.example", name="Anna Klein")
    make_member(marie, user, MerchantRole.EDITOR)
    return user


@pytest.fixture
def at_desk(client):
    """`at_desk(user)`: a browser in which that person is signed in."""
    return lambda user: enter(type(client)(), user)


@pytest.fixture
def letters(db):
    """`letters()`: the mails handed to the worker so far."""
    jobs = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter").order_by("pk")
    return lambda: [job.args["letter"] for job in jobs.all()]
