"""What does not go into a log (keys, addresses, what a job was given), and how a line of it looks to a machine."""

import json
import logging
import re
from datetime import UTC, datetime

# What `django.core.signing` makes: anything, a sign, and 43 characters of HMAC-SHA256.
SIGNED = re.compile(r"[^\s/\"'?=&]*[.:][A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")
EMAIL = re.compile(r"[^\s@<>()\[\]\"',:;/=]+@[^\s@<>()\[\]\"',:;/=]+\.\w+")
# How procrastinate writes a job with all it was given: a mail's address, code and text.
CALL = re.compile(r"([\w.]+\[(?:\d+|None)\])\(.*\)", re.DOTALL)
# Its name for a job's parts, on the record itself, where another handler could find them.
PARTS = ("job", "jobs", "kwargs")


def _is_of_a_job(record):
    return (record.name or "").startswith("procrastinate")


class HideKeys(logging.Filter):
    """Replace, in what is logged: signed values, e-mail addresses, and what a job was given. In tracebacks too."""

    def filter(self, record):
        record.msg, record.args = self._hidden(record.getMessage(), record), ()
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            # A formatter that finds this does not look at the exception any more.
            record.exc_text, record.exc_info = self._hidden(record.exc_text, record), None
        if _is_of_a_job(record):
            for name in PARTS:
                record.__dict__.pop(name, None)
        return True

    def _hidden(self, text, record):
        if _is_of_a_job(record):
            text = CALL.sub(r"\1", text)
        return EMAIL.sub("(address)", SIGNED.sub("(signed)", text))


class JSONLines(logging.Formatter):
    """One JSON object a line. Whatever was logged, it begins no other line: JSON writes a line's end as `\\n`."""

    def format(self, record):
        said = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and not record.exc_text:
            record.exc_text = self.formatException(record.exc_info)
        if record.exc_text:
            said["exception"] = record.exc_text
        if record.stack_info:
            said["stack"] = record.stack_info
        return json.dumps(said)
