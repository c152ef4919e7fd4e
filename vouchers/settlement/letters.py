"""What the owners of a page are told by mail of their money. No IBAN stands in any of it, not even its end."""

from collections.abc import Iterable

from django.contrib.auth import get_user_model
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from shops.models import Membership
from vitrine.letters import address, write_to
from vouchers.models import BankAccount, Payout
from vouchers.templatetags.money import euros


def tell_asked(account: BankAccount, people: Iterable[int], *, is_change: bool) -> None:
    """Somebody gave an IBAN for a shop.

    Args:
        people: whom to write to, by their ids.
        is_change: whether the shop is paid on another one until now.
    """
    shop = {"shop": account.shop.name_i18n}
    _write(people, lambda: {
        "subject": _("Compte bancaire : une demande"),
        "paragraphs": [
            _("Un nouveau compte bancaire a été demandé pour les virements à « %(shop)s ».") % shop
            if is_change
            else _("Un compte bancaire a été indiqué pour les virements à « %(shop)s ».") % shop,
            _("Une personne de la Ville doit encore le confirmer ; ensuite, 72 heures passent avant le premier virement.")
            if is_change
            else _("Une personne de la Ville doit encore le confirmer."),
            _objection(),
        ],
        "link": _page(account.shop),
        "ending": _ending(),
    })  # fmt: skip


def tell_effective(account: BankAccount, people: Iterable[int]) -> None:
    """The IBAN counts from now on."""
    shop = {"shop": account.shop.name_i18n}
    _write(people, lambda: {
        "subject": _("Compte bancaire : en vigueur"),
        "paragraphs": [
            _("Le compte bancaire indiqué pour « %(shop)s » est en vigueur : les prochains virements y vont.") % shop,
            _("Ce n’est pas le vôtre ? Appelez ou écrivez tout de suite à la Ville : les virements s’arrêtent."),
        ],
        "link": _page(account.shop),
        "ending": _ending(),
    })  # fmt: skip


def tell_bounced(account: BankAccount, people: Iterable[int]) -> None:
    """The bank sent a payout back."""
    shop = {"shop": account.shop.name_i18n}
    _write(people, lambda: {
        "subject": _("Un virement est revenu"),
        "paragraphs": [
            _("La banque a renvoyé un virement destiné à « %(shop)s ». L’argent vous reste dû.") % shop,
            _("Vérifiez votre compte bancaire et indiquez-le de nouveau : les virements reprennent une fois qu’il est confirmé."),
        ],
        "link": _page(account.shop),
        "ending": _ending(),
    })  # fmt: skip


def tell_released(payout: Payout) -> None:
    """To the owners: that their money is on its way, and where its statement lies."""
    said = {"shop": payout.shop.name_i18n, "reference": payout.end_to_end_id}
    owners = Membership.objects.filter(shop=payout.shop).owners().values_list("user", flat=True)
    _write(owners, lambda: {
        "subject": _("Un virement est en route"),
        "paragraphs": [
            _("%(total)s sont en route vers le compte de « %(shop)s », à exécuter le %(day)s.")
            % {**said, "total": euros(payout.cents), "day": date_format(payout.file.pay_on, "DATE_FORMAT")},
            _("Référence : %(reference)s") % said,
            _("Le relevé, encaissement par encaissement, est sur votre comptoir :"),
        ],
        "link": address("takings:home", payout.shop.public_id),
    })  # fmt: skip


def _objection():
    return _("Ce n’est pas vous ? Annulez sur cette page, ou appelez la Ville :")


def _ending():
    return _("Le numéro du compte n’est jamais écrit dans nos e-mails.")


def _page(shop):
    return address("takings:account", shop.public_id)


def _write(people, words):
    for person in get_user_model().objects.filter(pk__in=list(people)).order_by("pk"):
        write_to(person, words)
