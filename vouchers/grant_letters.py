"""A voucher that the City gives to one person: the signed link to it, the mail that brings it, the paper.

As with orders no code stands in the link, and no job holds a code or an address: the mail is made when it leaves.
"""

from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core import signing
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from districts.models import City
from vitrine.letters import Letter, address
from vouchers import paper
from vouchers.links import Broken
from vouchers.models import Grant, Voucher
from vouchers.templatetags.money import euros

# As long as the longest voucher may be good, with its extension and time of grace.
GOOD_FOR = timedelta(days=2000)
_SALT = "vouchers.grant"


def token(grant: Grant) -> str:
    return signing.Signer(salt=_SALT).sign_object([grant.pk, grant.form_key])


def read(token: str, *, at: datetime) -> Grant:
    """The grant that a link leads to, once it was agreed.

    Raises:
        Broken
    """
    try:
        pk, key = signing.Signer(salt=_SALT).unsign_object(token)
    except (signing.BadSignature, ValueError, TypeError):
        raise Broken from None
    found = Grant.objects.select_related("network__issuer", "voucher__account", "voucher__network")
    grant = found.filter(pk=pk, form_key=key, state=Grant.State.AGREED).first()
    if grant is None or at > grant.decided_at + GOOD_FOR:
        raise Broken
    return grant


def letter(grant: Grant) -> EmailMultiAlternatives:
    """To whom it is for, with the voucher."""
    voucher = grant.voucher
    with translation.override(grant.language):
        said = {
            "amount": euros(grant.cents),
            "city": City.objects.get().name_i18n,
            "day": date_format(voucher.expires_on, "DATE_FORMAT"),
        }
        paragraphs = [_("Bonjour %(name)s,") % {"name": grant.recipient_name}] if grant.recipient_name else []
        paragraphs += [
            _("La Ville (%(city)s) vous offre un bon d’achat de %(amount)s, à dépenser jusqu’au %(day)s chez les commerçants de la ville.") % said,
            _("Il est joint à ce message, à imprimer ou à montrer sur votre téléphone. Vous le trouvez aussi ici :"),
        ]  # fmt: skip
        message = Letter(
            to=grant.recipient_email,
            language=grant.language,
            subject=_("Un bon d’achat pour vous"),
            paragraphs=paragraphs,
            link=address("vouchers:granted", token(grant)),
            ending=_("Ce message vaut de l’argent : qui a le code peut dépenser le bon."),
            message_id=f"<grant-{grant.pk}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        ).message()
        if voucher.state == Voucher.State.ACTIVE:
            message.attach(f"{_('bon')}.pdf", pdf(grant), "application/pdf")
    return message


def pdf(grant: Grant) -> bytes:
    """The voucher on paper, in the language of whom it is for."""
    sheet = paper.Sheet(grant.voucher, grant.cents, recipient=grant.recipient_name)
    return paper.vouchers_pdf([sheet], language=grant.language)
