"""Mails: one look, and nothing kept of them once they have left."""

import pytest
from django.core import mail
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from vitrine.letters import Letter

LETTER = Letter(
    to="marie@um-eck.example", language="fr", subject="Votre code", paragraphs=["Bonjour."], code="K7QM-2XFD"
)


@pytest.fixture
def jobs(db):
    """`jobs()` lets the worker run, as it runs in earnest, and says what is left of its jobs."""
    with procrastinate_app.current_app.replace_connector(testing.InMemoryConnector()) as app:

        def run():
            app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
            return list(app.connector.jobs.values())

        yield run


def test_of_a_mail_that_left_nothing_is_kept(jobs):
    LETTER.post()
    assert jobs() == []
    assert "K7QM-2XFD" in mail.outbox[0].body


def test_a_mail_that_cannot_leave_yet_waits(jobs, monkeypatch):
    def away(self):
        raise ConnectionError("The mail server is away.")

    monkeypatch.setattr(Letter, "send", away)
    LETTER.post()
    (waiting,) = jobs()
    assert waiting["status"] == "todo"
    assert waiting["args"]["letter"]["code"] == "K7QM-2XFD"
