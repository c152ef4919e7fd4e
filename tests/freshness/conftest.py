"""The cast, a clock that stands still, and what the worker would send."""

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from tests.people import claire, marie_herself, paul_himself, tom  # noqa: F401
from tests.shops.conftest import _nothing_kept, city, clock, marie, paul  # noqa: F401
from vitrine.letters import Letter


@pytest.fixture
def letters():
    """Whatever mails wait for the worker: `letters()` gives those not asked for yet, oldest first."""
    seen = set()

    def new():
        jobs = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter").order_by("pk")
        fresh = [job for job in jobs if job.pk not in seen]
        seen.update(job.pk for job in fresh)
        return [Letter(**job.args["letter"]) for job in fresh]

    return new
