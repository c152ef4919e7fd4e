"""Mails about shops, in the language of whom they go to. Subjects hold no text of a user's."""

from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _


def send_report_answer(report) -> None:
    """Send the City's answer to whoever reported something. Does nothing without an address."""
    if not report.email:
        return
    with translation.override(report.language):
        EmailMessage(
            subject=_("Réponse de la Ville à votre signalement"),
            body=render_to_string("shops/mail/report_answer.txt", {"report": report, "shop": report.shop}),
            to=[report.email],
        ).send()
