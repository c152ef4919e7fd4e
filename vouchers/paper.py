"""Vouchers to print or to keep, drawn by typst from `paper.typ`: one page each, accessible (PDF/UA-1).

They bear what the gift-voucher charter asks for: amount (unless the buyer hides it), day of issue, validity, issuer, where it
is good, what becomes of a rest, and who helps in a dispute.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from districts.models import City
from shops import contacts
from vouchers import codes
from vouchers.models import Voucher
from vouchers.templatetags.money import euros

TEMPLATE = Path(__file__).with_name("paper.typ")


@dataclass(frozen=True)
class Sheet:
    """A voucher as its buyer wants it printed. `cents` is what it was bought for; None hides it.

    `serial` is the number of one of a campaign, which nobody has yet.
    """

    voucher: Voucher
    cents: int | None
    recipient: str = ""
    sender: str = ""
    message: str = ""
    serial: str = ""


def vouchers_pdf(sheets: Iterable[Sheet], *, language: str) -> bytes:
    """One page for each, in one language. What people wrote goes to typst as data, never as its markup.

    Raises:
        Unreadable: a code cannot be opened with the keys that are known.
    """
    # Imported late: most processes never print a voucher.
    import typst

    with translation.override(language):
        city = City.objects.get()
        pages = [_page(sheet, city) for sheet in sheets]
        document = {"title": _("Bon d’achat"), "language": language, "site": city.name_i18n}
    # A compiler remembers what it was last given: this one goes, and the codes with it.
    return typst.Compiler(str(TEMPLATE)).compile(
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"vouchers": json.dumps(pages), "document": json.dumps(document)},
    )


def link_of(code: str) -> str:
    """Where the QR code leads, in the active language. The code stands behind the #: no server and no log sees it."""
    return f"{settings.PUBLIC_URL}{reverse('vouchers:balance')}#{codes.spaced(code)}"


def _page(sheet, city):
    voucher, network = sheet.voucher, sheet.voucher.network
    code = voucher.code()
    return {
        "title": _("Bon d’achat"),
        "amount": "" if sheet.cents is None else euros(sheet.cents),
        "people": _people(sheet),
        "message": sheet.message,
        "code": codes.spaced(code),
        "code_words": _("Code du bon"),
        "qr": contacts.qr_svg(link_of(code)).decode(),
        # The words beside it say the code: whoever listens needs it once.
        "qr_words": _("Code QR de ce bon"),
        "how": _(
            "À la caisse, montrez ce code QR ou dites le code. Visez-le avec l’appareil photo de votre téléphone pour voir"
            " ce qui reste."
        ),
        "facts": [{"name": name, "says": says} for name, says in _facts(sheet, network, city)],
        "keep": _("Ce code vaut de l’argent : qui l’a peut dépenser le bon. Ne le publiez pas."),
    }


def _people(sheet):
    if sheet.recipient and sheet.sender:
        return _("Pour %(recipient)s, de la part de %(sender)s") % {
            "recipient": sheet.recipient,
            "sender": sheet.sender,
        }
    if sheet.recipient:
        return _("Pour %(recipient)s") % {"recipient": sheet.recipient}
    return _("De la part de %(sender)s") % {"sender": sheet.sender} if sheet.sender else ""


def _facts(sheet, network, city):
    """What the charter asks to be shown, as names and sentences."""
    voucher = sheet.voucher
    where = (
        voucher.shop.name_i18n
        if voucher.shop
        else _("chez les commerçants du réseau %(name)s") % {"name": network.name_i18n}
    )
    yield (
        _("Émis le"),
        date_format(voucher.issued_on, "DATE_FORMAT")
        if voucher.issued_on
        else _("le jour où il vous est remis"),
    )
    yield (
        _("Valable jusqu’au"),
        _("%(day)s compris ; à prolonger une fois, sans frais, jusqu’à %(months)d mois après")
        % {"day": date_format(voucher.expires_on, "DATE_FORMAT"), "months": network.grace_months},
    )
    yield _("À dépenser"), where
    yield _("Émetteur"), network.issuer.name
    yield (
        _("Le reste"),
        " ".join(filter(None, (
            _("En une ou plusieurs fois : ce qui n’est pas dépensé reste sur le bon. Il n’est pas payé en argent."),
            network.rest_words and _("Après la fin, cela va à : %(where)s.") % {"where": network.rest_words_i18n},
        ))),
    )  # fmt: skip
    if sheet.serial:
        yield _("Numéro"), sheet.serial
    legal = city.facts.get("legal", {})
    if legal.get("consumer_mediator"):
        yield (
            _("En cas de litige"),
            ", ".join(filter(None, (legal["consumer_mediator"], legal.get("consumer_mediator_url")))),
        )
