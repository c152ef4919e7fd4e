"""What stands in the log, and what does not: read as it is written, by the very set-up of production."""

import copy
import json
import logging
import logging.config
import smtplib
from io import StringIO

import pytest
from django.conf import settings
from django.core import signing

from tests.vitrine.test_letters import LETTER, jobs  # noqa: F401 (a fixture)
from tests.vitrine.test_production import SAFE, manage
from vitrine.letters import Letter


@pytest.fixture
def log():
    """`log()` returns what was logged since, as production writes it: all of procrastinate's lines, debugging too."""
    written = StringIO()
    parts = settings.LOGGING
    made = logging.config.DictConfigurator(
        {
            "version": 1,
            "formatters": copy.deepcopy(parts["formatters"]),
            "filters": copy.deepcopy(parts["filters"]),
        }
    )
    handler = logging.StreamHandler(written)
    handler.setFormatter(made.configure_formatter(made.config["formatters"]["json"]))
    for name in parts["handlers"]["console"]["filters"]:
        handler.addFilter(made.configure_filter(made.config["filters"][name]))
    loggers = [logging.getLogger(), logging.getLogger("procrastinate")]
    levels = [logger.level for logger in loggers]
    loggers[0].addHandler(handler)
    for logger in loggers:
        logger.setLevel(logging.DEBUG)
    try:
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]
    finally:
        loggers[0].removeHandler(handler)
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def test_a_letter_that_fails_leaves_no_address_code_or_text(jobs, log, monkeypatch):  # noqa: F811
    def refuse(self):
        raise smtplib.SMTPRecipientsRefused({LETTER.to: (450, b"Not now, marie@um-eck.example.")})

    monkeypatch.setattr(Letter, "send", refuse)
    LETTER.post()
    assert jobs()
    said = json.dumps(log())
    assert "vitrine.jobs.send_letter[1]" in said
    assert "SMTPRecipientsRefused" in said
    for secret in (LETTER.to, LETTER.code, *LETTER.paragraphs, LETTER.subject):
        assert secret not in said


def test_a_letter_given_up_is_named_by_its_number(jobs, log, monkeypatch):  # noqa: F811
    def refuse(self):
        raise smtplib.SMTPRecipientsRefused({LETTER.to: (550, b"Never.")})

    monkeypatch.setattr(Letter, "send", refuse)
    LETTER.post()
    assert jobs() == []
    (line,) = [line for line in log() if line["level"] == "ERROR"]
    assert line["logger"] == "vitrine.jobs"
    assert "SMTPRecipientsRefused" in line["message"]
    assert LETTER.code not in json.dumps(log())


def test_a_line_is_one_line_whatever_is_in_it(log):
    forged = "a\r\n2026-06-02 INFO root Claire signed in\u2028\x85\x1b[2J"
    logging.getLogger("django.request").warning("Not found: %s", forged)
    try:
        raise ValueError(forged)
    except ValueError:
        logging.getLogger("vitrine").exception("It failed")
    first, second = log()
    assert first["message"] == f"Not found: {forged}"
    assert (first["level"], first["logger"]) == ("WARNING", "django.request")
    assert forged in second["exception"]
    assert "Traceback" in second["exception"]


def test_keys_and_addresses_are_hidden_in_messages_and_tracebacks(log):
    key = signing.Signer(salt="x").sign("12")
    try:
        raise ValueError(f"nothing at /fr/confirmer/{key}/ for nina@example.lu")
    except ValueError:
        logging.getLogger("vitrine").exception("Asked for %s by <%s>", key, "nina@example.lu")
    said = json.dumps(log())
    assert key not in said
    assert "nina" not in said
    assert "(signed)" in said
    assert "(address)" in said


def test_production_writes_json():
    result = manage(
        "shell", "-v0", "-c",
        "import logging; logging.getLogger('vitrine').warning('one' + chr(10) + 'two')",
        **SAFE,
    )  # fmt: skip
    (line,) = [line for line in result.stderr.splitlines() if "one" in line]
    assert json.loads(line)["message"] == "one\ntwo"
