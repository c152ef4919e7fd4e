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

from tests import watched_log
from tests.vitrine.test_letters import LETTER, jobs  # noqa: F401 (a fixture)
from tests.vitrine.test_production import SAFE, manage
from vitrine.letters import Letter
from vouchers import codes


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


@pytest.mark.parametrize(
    "secret",
    [
        codes.spaced(codes.draw()), codes.draw(), codes.draw().lower(), "LU28 0019 4006 4475 0000", "LU280019400644750000",
        "nina@um-eck.example", "m9Qz-4bT_xV7kLw2RdY0sHc8JfA3uGe6NpXoZ1iKtBE", "Zk3q9TfW0xYb2Lm8Rd5VcA", "k3v9x0q2m7w1z8y4t6r5p0n2b9c1d3f7",
        signing.dumps("order:12"),
    ],
    ids=["code", "plain", "typed", "iban", "iban-plain", "mail", "till", "short", "session", "signed"],
)  # fmt: skip
def test_the_watch_over_every_test_sees_what_must_not_be_logged(secret):
    assert watched_log.secrets_in(f"2026-11-24 10:00:00,123 WARNING vouchers.till Refused: {secret}, again")
    assert watched_log.secrets_in(f'{{"message": "asked for /fr/bon/?code={secret}"}}')


@pytest.mark.parametrize(
    "line",
    [
        "2026-11-24 10:00:00,123 WARNING django.request Not Found: /fr/quartiers/belair/",
        "a3f5" * 16, "7b0c2a4e-5d1f-4c3b-9a8e-0f1e2d3c4b5a", "tests/vouchers/test_what_the_database_refuses.py line 1234",
        "INFO vouchers.jobs 22000 vouchers made, batch 12, 1100000 cents", "Lëtzebuerg 2026-11-24 2026-11-30",
    ],
)  # fmt: skip
def test_the_watch_lets_ordinary_lines_pass(line):
    assert watched_log.secrets_in(line) == []
