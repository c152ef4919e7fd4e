"""Mails: one look, text and HTML, in the language of whom they go to, sent by the worker.

A subject holds no text of a visitor's. A mail keeps its Message-ID however often it is tried, so that a mail which left
twice is shown once.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from districts.models import City


@dataclass(frozen=True)
class Section:
    """A part of a mail under its own heading: what it is about, and links, each (words, address)."""

    heading: str
    lines: list[str]
    links: list[tuple[str, str]]


@dataclass(frozen=True)
class Letter:
    """What a mail says, in its language already. `code` is to be copied, `link` to be followed.

    From `best_before` on it is of no use to anybody, and is not sent any more. What is answered to one with
    `to_moderation` reaches the City's moderators.
    """

    to: str
    language: str
    subject: str
    paragraphs: list[str]
    ending: str = ""
    code: str = ""
    link: str = ""
    sections: list[Section] = field(default_factory=list)
    best_before: datetime | None = None
    to_moderation: bool = False
    message_id: str = field(default_factory=lambda: make_msgid(domain=urlsplit(settings.PUBLIC_URL).hostname))

    def post(self) -> None:
        """Hand it to the worker, in the transaction that is open: no change, no mail."""
        from vitrine.jobs import send_letter

        send_letter.defer(
            letter=asdict(self) | {"best_before": self.best_before and self.best_before.isoformat()}
        )

    def is_worthless(self, *, at: datetime) -> bool:
        return self.best_before is not None and at >= self.best_before

    def send(self) -> None:
        """Send it now. Raises what the mail server's connection raises."""
        self.message().send()

    def message(self) -> EmailMultiAlternatives:
        """The mail as it leaves."""
        city = City.objects.first()
        contact = city.facts.get("contact", {}) if city else {}
        with translation.override(self.language):
            said = {
                "letter": self,
                "city": city,
                "contact": contact.get("general", ""),
                "site": settings.PUBLIC_URL,
            }
            bodies = [render_to_string(f"mail/letter.{kind}", said) for kind in ("txt", "html")]
        reply_to = [contact["moderation"]] if self.to_moderation and contact.get("moderation") else None
        message = EmailMultiAlternatives(
            self.subject, bodies[0], to=[self.to], reply_to=reply_to, headers={"Message-ID": self.message_id}
        )
        message.attach_alternative(bodies[1], "text/html")
        return message


def write_to(person, words: Callable[[], dict], *, language: str = "") -> None:
    """Post a letter to a person, in her language (or in `language`), unless her account has ended.

    `words` returns the letter's `subject`, `paragraphs` and whatever else it has. It is called with that language
    active, so that its sentences and its addresses come in it.
    """
    if not person.is_active:
        return
    language = language or person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        Letter(to=person.email, language=language, **words()).post()


def address(name: str, *args) -> str:
    """A page's whole address, in the active language. A request's own host is never used: its sender chose that."""
    return settings.PUBLIC_URL + reverse(name, args=args)
