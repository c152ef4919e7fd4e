"""The mails that the demonstration's file-based mailer has kept."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from itertools import count
from pathlib import Path

from django.conf import settings

MOST = 30
# How the mailer ends a message.
_END = re.compile(rb"^-{79}$", re.MULTILINE)
_NAME = re.compile(r"[\w.-]+\.log")


@dataclass(frozen=True)
class Attachment:
    """`place` is its place among all those of the file."""

    place: int
    name: str
    kind: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """`name` and the places of its `attachments` make their addresses."""

    name: str
    to: str
    subject: str
    sent_at: datetime | None
    text: str
    attachments: list[Attachment]


def latest() -> list[Mail]:
    """The newest mails first, `MOST` of them."""
    files = sorted(
        Path(settings.MAIL_FOLDER).glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True
    )
    return [mail for path in files[:MOST] for mail in reversed(_read(path))][:MOST]


def attachment(name: str, number: int) -> Attachment | None:
    """The attachment at this place of all those in a file; None where there is none."""
    path = Path(settings.MAIL_FOLDER) / name
    if not _NAME.fullmatch(name) or not path.is_file():
        return None
    found = [attached for mail in _read(path) for attached in mail.attachments]
    return found[number] if number < len(found) else None


def _read(path):
    parts = [part.strip() for part in _END.split(path.read_bytes())]
    places = count()
    return [
        _mail(path.name, message_from_bytes(part, policy=policy.default), places) for part in parts if part
    ]


def _mail(name, message, places):
    body = message.get_body(("plain",))
    date = message.get("Date")
    return Mail(
        name,
        str(message.get("To", "")),
        str(message.get("Subject", "")),
        date.datetime if date else None,
        body.get_content() if body else "",
        [
            Attachment(
                next(places),
                part.get_filename() or "",
                part.get_content_type(),
                part.get_payload(decode=True),
            )
            for part in message.iter_attachments()
        ],
    )
