"""What buyers and those they give to are told by mail, in the language of the order.

Each is made when it leaves: no code and no address waits in the queue. It keeps one Message-ID however often it is tried.
"""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vitrine.letters import Letter, Section
from vouchers import buying, lifecycle, links, paper
from vouchers.models import Order, Voucher
from vouchers.templatetags.money import euros


def receipt(order: Order) -> EmailMultiAlternatives:
    """To the buyer, once it is paid: with the vouchers, unless they go to somebody else."""
    with translation.override(order.language):
        said = {"number": order.number, "total": euros(order.total_cents), "what": _what(order)}
        paragraphs = [
            _("Merci ! Nous avons reçu %(total)s pour %(what)s.") % said,
            _where_it_goes(order),
            _("La page de votre commande montre les bons, et permet de se rétracter jusqu’au %(day)s :")
            % {"day": date_format(buying.last_day_to_withdraw(order), "DATE_FORMAT")},
        ]
        return _mail(
            order,
            "receipt",
            order.buyer_email,
            subject=_("Votre commande %(number)s") % said,
            paragraphs=paragraphs,
            link=links.link_to(order, links.ORDER),
            ending=_("Gardez ce message : qui a ce lien voit vos bons."),
            with_vouchers=not order.is_gift,
        )


def gift(order: Order) -> EmailMultiAlternatives:
    """To whom it is for, with the vouchers."""
    with translation.override(order.language):
        sender = {"sender": order.sender_name}
        paragraphs = [_("Bonjour %(name)s,") % {"name": order.recipient_name}] if order.recipient_name else []
        if order.sender_name:
            paragraphs.append(
                ngettext(
                    "%(sender)s vous offre un bon d’achat à dépenser chez les commerçants de la ville.",
                    "%(sender)s vous offre des bons d’achat à dépenser chez les commerçants de la ville.",
                    order.quantity,
                )
                % sender
            )
        else:
            paragraphs.append(
                ngettext(
                    "Quelqu’un vous offre un bon d’achat à dépenser chez les commerçants de la ville.",
                    "Quelqu’un vous offre des bons d’achat à dépenser chez les commerçants de la ville.",
                    order.quantity,
                )
            )
        if order.message:
            paragraphs.append(_("« %(words)s »") % {"words": order.message})
        paragraphs.append(
            ngettext(
                "Il est joint à ce message, à imprimer ou à montrer sur votre téléphone. Vous le trouvez aussi ici :",
                "Ils sont joints à ce message, à imprimer ou à montrer sur votre téléphone. Vous les trouvez aussi ici :",
                order.quantity,
            )
        )
        return _mail(
            order,
            f"gift-{order.resent}" if order.resent else "gift",
            order.recipient_email,
            subject=ngettext("Un bon d’achat pour vous", "Des bons d’achat pour vous", order.quantity),
            paragraphs=paragraphs,
            link=links.link_to(order, links.GIFT),
            ending=_("Ce message vaut de l’argent : qui a le code peut dépenser le bon."),
            with_vouchers=True,
        )  # fmt: skip


def withdrawal(order: Order) -> EmailMultiAlternatives:
    """To the buyer: that she withdrew, and what comes back. The acknowledgement that the law asks for."""
    cents = sum(refund.cents for refund in _given_back(order))
    with translation.override(order.language):
        said = {"number": order.number, "total": euros(cents)}
        return _mail(
            order,
            "withdrawal",
            order.buyer_email,
            subject=_("Votre rétractation de la commande %(number)s") % said,
            paragraphs=[
                _("Nous avons reçu votre rétractation le %(moment)s.")
                % {"moment": date_format(lifecycle.in_the_city(order.withdrawn_at), "DATETIME_FORMAT")},
                _(
                    "%(total)s vous reviennent par le moyen avec lequel vous avez payé, sous quatorze jours. Les bons ne sont"
                    " plus valables."
                )
                % said,
            ],
            link=links.link_to(order, links.ORDER),
        )


def links_again(orders: list[Order], language: str) -> EmailMultiAlternatives:
    """To a buyer who has lost her links: those of all her orders."""
    first = orders[0]
    with translation.override(language):
        letter = Letter(
            to=first.buyer_email,
            language=language,
            subject=_("Les liens de vos commandes"),
            paragraphs=[
                _("Quelqu’un, sans doute vous, a demandé les liens des commandes passées avec cette adresse.")
            ],
            sections=[_section(order) for order in orders],
            ending=_(
                "Vous n’avez rien demandé ? Vous n’avez rien à faire : ces liens ne sont allés qu’à vous."
            ),
        )
    return letter.message()


def _section(order):
    heading = _("Commande %(number)s du %(day)s") % {
        "number": order.number,
        "day": date_format(lifecycle.in_the_city(order.placed_at), "DATE_FORMAT"),
    }
    return Section(heading, [_what(order)], [(_("Voir la commande"), links.link_to(order, links.ORDER))])


def reminder(voucher: Voucher, days: int) -> EmailMultiAlternatives:
    """To whoever has the voucher: that it ends in so many days, and how to make it last."""
    order = voucher.order
    to_recipient = order.is_gift and order.delivered_at
    with translation.override(order.language):
        said = {
            "left": euros(voucher.account.balance_cents),
            "day": date_format(voucher.expires_on, "DATE_FORMAT"),
            "last4": voucher.last4,
        }
        return _mail(
            order,
            f"reminder-{voucher.pk}-{voucher.expires_on:%Y%m%d}-{days}",
            order.recipient_email if to_recipient else order.buyer_email,
            subject=_("Votre bon d’achat se termine bientôt"),
            paragraphs=[
                _("Il reste %(left)s sur votre bon qui se termine par %(last4)s, à dépenser jusqu’au %(day)s compris.") % said,
                *([_("C’est peu ? Un commerce prend aussi un petit reste, et vous payez la différence comme d’habitude.")]
                  if voucher.account.balance_cents <= voucher.network.donate_most_cents else []),
                _("Vous n’y arrivez pas d’ici là ? Prolongez-le une fois, sans frais, sur sa page :"),
            ],
            link=links.link_to(order, links.GIFT if to_recipient else links.ORDER),
        )  # fmt: skip


def _mail(order, kind, to, *, with_vouchers=False, **words):
    letter = Letter(
        to=to,
        language=order.language,
        message_id=f"<{order.ref.lower()}.{kind}@{urlsplit(settings.PUBLIC_URL).hostname}>",
        **words,
    )
    message = letter.message()
    if with_vouchers:
        message.attach(
            f"{_('bon')}-{order.ref}.pdf", pdf_of(order, hidden=order.hide_amount), "application/pdf"
        )
    return message


def pdf_of(order: Order, *, hidden: bool) -> bytes:
    """The vouchers of an order on paper, in its language.

    Args:
        hidden: whether the amounts are left out.
    """
    sheets = [
        paper.Sheet(
            voucher,
            None if hidden else order.amount_cents,
            recipient=order.recipient_name,
            sender=order.sender_name,
            message=order.message,
        )
        for voucher in buying.vouchers_of(order)
        if voucher.state == Voucher.State.ACTIVE
    ]
    return paper.vouchers_pdf(sheets, language=order.language)


def _what(order):
    return ngettext(
        "un bon d’achat de %(amount)s", "%(number)d bons d’achat de %(amount)s", order.quantity
    ) % {"number": order.quantity, "amount": euros(order.amount_cents)}


def _where_it_goes(order):
    if not order.is_gift:
        return ngettext(
            "Votre bon est joint à ce message.", "Vos bons sont joints à ce message.", order.quantity
        )
    to = {"to": order.recipient_name or order.recipient_email}
    if order.deliver_on and order.delivered_at is None:
        return _("Le bon partira par e-mail le %(day)s, à l’attention de %(to)s.") % {
            "day": date_format(order.deliver_on, "DATE_FORMAT"),
            **to,
        }
    return _("Le bon part par e-mail, à l’attention de %(to)s.") % to


def _given_back(order):
    return [refund for payment in order.payments.all() for refund in payment.refunds.exclude(voucher=None)]
