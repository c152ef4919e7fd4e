"""The letters that carry a code, drawn by typst from `paper.typ`: one page each, accessible (PDF/UA-1)."""

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shops import contacts
from shops.claiming import codes
from shops.models import Claim

TEMPLATE = Path(__file__).with_name("paper.typ")


def letters_pdf(letters: list[tuple[Claim, str]], *, city, at: datetime) -> bytes:
    """One page for each claim and its code, in the claimant's language.

    What is written goes to typst as data, never as its markup.
    """
    # Imported late: most processes never write a letter.
    import typst

    pages = [_page(claim, code, city, at) for claim, code in letters]
    document = {"title": _("Codes pour tenir la page d’un commerce"), "language": translation.get_language()}
    # A compiler remembers what it was last given: this one goes, and the codes with it.
    return typst.Compiler(str(TEMPLATE)).compile(
        format="pdf",
        pdf_standards=["ua-1"],
        sys_inputs={"letters": json.dumps(pages), "document": json.dumps(document)},
    )


def _page(claim, code, city, at):
    shop = claim.shop
    with translation.override(claim.language):
        street = " ".join(part for part in (shop.house_number, shop.street) if part)
        town = " ".join(part for part in (shop.postcode, city.name) if part)
        address = settings.PUBLIC_URL + reverse("merchant:claim", args=[claim.pk])
        until = date_format(timezone.localtime(claim.code_expires_at), "DATE_FORMAT")
        return {
            "language": claim.language,
            "sender": city.facts.get("authority", {}).get(claim.language) or city.name_i18n,
            "address": [line for line in (shop.name, street, shop.place_note, town) if line],
            "day": date_format(timezone.localtime(at), "DATE_FORMAT"),
            "subject": _("Votre code pour tenir la page de votre commerce"),
            "greeting": _("Madame, Monsieur,"),
            "paragraphs": [
                _(
                    "Quelqu’un demande à tenir la page de %(shop)s dans la vitrine des commerces de la ville. "
                    "Ce code prouve que la demande vient bien de chez vous :"
                )
                % {"shop": shop.name}
            ],
            "code": codes.shown(code),
            "how": _("Connectez-vous, ouvrez cette adresse et recopiez le code. Il vaut jusqu’au %(day)s.")
            % {"day": until},
            "url": address,
            "qr": contacts.qr_svg(address).decode(),
            "qr_words": _("Code QR de l’adresse %(address)s") % {"address": address},
            "ending": _(
                "Vous n’avez rien demandé ? Ne donnez ce code à personne et détruisez cette lettre : "
                "sans lui, rien ne change."
            ),
            "signature": _("La Ville"),
        }
