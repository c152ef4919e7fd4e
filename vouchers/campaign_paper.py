"""Codes of a batch leave the house: as letters or cards to print, or as a table for a printer.

Made in parts when somebody asks for them, and sent to her at once: no file with codes is kept anywhere. Each time is noted
(`CodePrint`) before anything is made. Codes of vouchers that somebody has already are never among them.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from districts.models import City
from shops import contacts
from vouchers import codes, paper, serials
from vouchers.campaigns import waiting
from vouchers.models import Batch, CodePrint, Grant, Voucher
from vouchers.templatetags.money import euros

CARDS = Path(__file__).with_name("cards.typ")
# Vouchers in one PDF. The table holds all of them.
PART = 500

Form = CodePrint.Form


class NothingToPrint(Exception):
    """Somebody has all of them, or they are not made yet."""


def parts(batch: Batch) -> range:
    """The numbers of the parts that a batch is printed in."""
    return range(1, -(-batch.quantity // PART) + 1)


def take(batch: Batch, form: str, part: int, *, language: str, by: int, at: datetime) -> bytes | Iterator:
    """Note that these codes leave the house, then make them: a PDF of one part, or the rows of a table of all.

    Args:
        form: of `CodePrint.Form`.
        part: which of `parts`; of a table there is one.

    Raises:
        NothingToPrint
        Unreadable: a code cannot be opened with the keys that are known.
    """
    found = waiting(batch).select_related("network__issuer", "shop").order_by("place")
    if form != Form.TABLE:
        found = found.filter(place__range=((part - 1) * PART + 1, part * PART))
    vouchers = list(found)
    if not vouchers:
        raise NothingToPrint
    CodePrint.objects.create(batch=batch, form=form, part=part, number=len(vouchers), by=by, at=at)
    for voucher in vouchers:
        # What it will be good for, once it is handed over; not saved.
        voucher.expires_on = batch.campaign.expires_on
    if form == Form.TABLE:
        return _rows(vouchers, batch.campaign)
    return (_letters if form == Form.LETTERS else _cards)(vouchers, batch.campaign, language)


def note_grant(grant: Grant, *, by: int, at: datetime) -> None:
    """The code of a grant is printed for whoever gives it away."""
    CodePrint.objects.create(grant=grant, form=Form.LETTERS, number=1, by=by, at=at)


HEADER = ("numero", "code", "montant_eur", "valable_jusqu_au", "adresse_qr")


def _rows(vouchers, campaign):
    amount = f"{campaign.amount_cents // 100},{campaign.amount_cents % 100:02d}"
    for voucher in vouchers:
        code = voucher.code()
        yield (
            serials.of(voucher),
            codes.spaced(code),
            amount,
            campaign.expires_on.isoformat(),
            paper.link_of(code),
        )


def _letters(vouchers, campaign, language):
    sheets = [paper.Sheet(voucher, campaign.amount_cents, serial=serials.of(voucher)) for voucher in vouchers]
    return paper.vouchers_pdf(sheets, language=language)


def _cards(vouchers: list[Voucher], campaign, language):
    import typst

    with translation.override(language):
        city = City.objects.get()
        until = date_format(campaign.expires_on, "DATE_FORMAT")
        cards = [_card(voucher, campaign, until) for voucher in vouchers]
        document = {
            "title": _("Bons d’achat"),
            "language": language,
            "site": city.name_i18n,
            "name": _("Bon d’achat"),
            "issuer": campaign.network.issuer.name,
            "campaign": campaign.name_i18n,
            "small": _small_print(city),
        }
    # A compiler remembers what it was last given: this one goes, and the codes with it.
    return typst.Compiler(str(CARDS)).compile(
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"cards": json.dumps(cards), "document": json.dumps(document)},
    )


def _small_print(city):
    """What the charter asks for besides."""
    mediator = city.facts.get("legal", {}).get("consumer_mediator")
    said = [
        _("Émis le jour où il vous est remis. Ce qui n’est pas dépensé reste sur le bon. Il n’est pas payé en argent.")
    ]  # fmt: skip
    if mediator:
        said.append(_("En cas de litige : %(who)s.") % {"who": mediator})
    return " ".join(said)


def _card(voucher, campaign, until):
    code = voucher.code()
    return {
        "amount": euros(campaign.amount_cents),
        "code": codes.spaced(code),
        "qr": contacts.qr_svg(paper.link_of(code)).decode(),
        "qr_words": _("Code QR de ce bon"),
        "until": _("Valable jusqu’au %(day)s compris") % {"day": until},
        "where": _("chez les commerçants du réseau %(name)s") % {"name": campaign.network.name_i18n},
        "serial": _("N° %(number)s") % {"number": serials.of(voucher)},
    }
