"""Mails: one look, sent in the end though the server is away, and nothing kept of them once they have left."""

import smtplib
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import procrastinate.utils
import pytest
from django.conf import settings
from django.core import mail
from django.utils import timezone
from procrastinate import testing
from procrastinate.contrib.django import procrastinate_app

from accounts.letters import letter as door_letter
from shops.editing.letters import tell_removed
from tests.people import make_person
from tests.shops.conftest import _nothing_kept, city, marie  # noqa: F401
from vitrine.letters import Letter, Section

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


@pytest.fixture
def clock(monkeypatch):
    """`clock.now`, for the letters and for the queue."""

    class Clock:
        now = datetime(2026, 6, 2, 8, tzinfo=timezone.get_default_timezone())

    monkeypatch.setattr(procrastinate.utils, "utcnow", lambda: Clock.now)
    monkeypatch.setattr(timezone, "now", lambda: Clock.now)
    return Clock


@pytest.fixture
def server(monkeypatch):
    """A mail server: `server.error` is what it answers, `server.tries` how often it was asked."""

    class Server:
        error = ConnectionError("The mail server is away.")
        tries = 0

    send = Letter.send

    def answer(letter):
        Server.tries += 1
        if Server.error:
            raise Server.error
        send(letter)

    monkeypatch.setattr(Letter, "send", answer)
    return Server


def walk(clock, jobs, until):
    """Let the worker run whenever something is due, until then. Returns when that was."""
    turns = []
    while (waiting := jobs()) and (due := min(job["scheduled_at"] for job in waiting)) < until:
        turns.append(clock.now)
        clock.now = due
    clock.now = until
    jobs()
    return turns


def test_a_mail_that_cannot_leave_yet_waits(jobs, server):
    LETTER.post()
    (waiting,) = jobs()
    assert waiting["status"] == "todo"
    assert waiting["args"]["letter"]["code"] == "K7QM-2XFD"


def test_the_mail_server_is_down_for_a_day_and_all_leave_afterwards(jobs, server, clock):
    letters = [
        replace(LETTER, to=f"{number}@um-eck.example", message_id=f"<{number}>") for number in range(5)
    ]
    begun = clock.now
    for letter in letters:
        letter.post()
    turns = walk(clock, jobs, begun + timedelta(hours=24))
    assert not mail.outbox
    # Soon at first, then every quarter of an hour.
    waits = [later - earlier for earlier, later in pairwise(turns)]
    assert waits[:6] == [timedelta(seconds=seconds) for seconds in (30, 60, 120, 240, 480, 900)]
    assert set(waits[6:]) == {timedelta(minutes=15)}

    server.error = None
    walk(clock, jobs, begun + timedelta(hours=24, minutes=15))
    assert sorted(message.to[0] for message in mail.outbox) == sorted(letter.to for letter in letters)
    assert {message.extra_headers["Message-ID"] for message in mail.outbox} == {
        letter.message_id for letter in letters
    }
    assert jobs() == []


def test_a_mail_that_leaves_twice_has_one_message_id(jobs, clock, monkeypatch):
    """The server took it, and the connection broke before it said so."""
    send = Letter.send

    def take_and_break(letter):
        send(letter)
        if len(mail.outbox) == 1:
            raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr(Letter, "send", take_and_break)
    LETTER.post()
    walk(clock, jobs, clock.now + timedelta(minutes=5))
    first, second = (message.message()["Message-ID"] for message in mail.outbox)
    assert first == second == LETTER.message_id


def test_it_is_given_up_after_three_days_and_nothing_is_kept(jobs, server, clock):
    LETTER.post()
    begun = clock.now
    walk(clock, jobs, begun + timedelta(days=3))
    assert len(jobs()) == 1
    turns = walk(clock, jobs, begun + timedelta(days=4))
    assert turns[-1] - begun < timedelta(days=3, hours=1)
    assert jobs() == []


def test_a_code_is_not_sent_once_it_is_worth_nothing(jobs, server, clock):
    replace(LETTER, best_before=clock.now + timedelta(minutes=15)).post()
    walk(clock, jobs, clock.now + timedelta(minutes=14))
    server.error = None
    clock.now += timedelta(minutes=16)
    assert jobs() == []
    assert not mail.outbox


def test_the_codes_of_the_door_are_worth_a_quarter_of_an_hour(clock):
    code = door_letter("account/email/login_code", LETTER.to, "fr", {"code": "K7QM-2XFD"})
    assert code.best_before == clock.now + timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    assert door_letter("account/email/password_changed", LETTER.to, "fr", {}).best_before is None


def test_a_code_in_time_is_sent(jobs, server, clock):
    replace(LETTER, best_before=clock.now + timedelta(minutes=15)).post()
    walk(clock, jobs, clock.now + timedelta(minutes=2))
    server.error = None
    walk(clock, jobs, clock.now + timedelta(minutes=5))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("code", "left"), [(550, 0), (450, 1)])
def test_an_address_that_does_not_exist_is_given_up_at_once(jobs, server, clock, code, left):
    """450 is a server's "not now", 550 its "never"."""
    server.error = smtplib.SMTPRecipientsRefused({LETTER.to: (code, b"No.")})
    LETTER.post()
    assert (len(jobs()), server.tries) == (left, 1)


def test_parts_of_a_mail_arrive_as_they_were(jobs):
    part = Section("Um Eck", ["Les horaires"], [("Voir", "https://vitrine.example/1")])
    replace(LETTER, sections=[part]).post()
    jobs()
    assert "Les horaires" in mail.outbox[0].body


# The foot


@pytest.fixture
def contact(city):  # noqa: F811
    city.facts = {"contact": {"general": "vitrine@ville.example", "moderation": "moderation@ville.example"}}
    city.save()
    return city.facts["contact"]


def test_every_mail_says_who_writes_and_how_to_reach_the_city(city, contact):  # noqa: F811
    message = LETTER.message()
    html = message.alternatives[0].content
    for words in (str(city), contact["general"], settings.PUBLIC_URL):
        assert words in message.body
        assert words in html


def test_without_an_ending_there_is_no_empty_paragraph(city):  # noqa: F811
    message = LETTER.message()
    assert "<p></p>" not in message.alternatives[0].content
    assert "\n\n\n" not in message.body
    ended = replace(LETTER, ending="Merci & bonne journée.").message()
    assert "<p>Merci &amp; bonne journée.</p>" in ended.alternatives[0].content
    assert "Merci & bonne journée.\n" in ended.body


def test_an_answer_to_the_moderators_reaches_them(contact, marie, monkeypatch):  # noqa: F811
    assert LETTER.message().reply_to == []
    person = make_person("anna@um-eck.example")
    posted = []
    monkeypatch.setattr(Letter, "post", lambda letter: posted.append(letter))
    tell_removed(marie, person, "Une plainte.")
    (letter,) = posted
    assert any("Répondez à ce message" in paragraph for paragraph in letter.paragraphs)
    assert letter.message().message()["Reply-To"] == contact["moderation"]


def test_a_mail_leaves_before_the_city_is_loaded(db):
    assert "None" not in LETTER.message().body
