"""What claimants, and whoever keeps a page already, are told by mail, in their language.

Nothing that a claimant typed goes into a mail: a claim is no way to write to a stranger.
"""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shops.claiming import codes
from shops.models import Claim, Membership, Shop
from vitrine.letters import Letter


def send_code(claim: Claim, shop: Shop, address: str, code: str) -> None:
    """The code, to the shop's address on record: the claimant may be somebody else."""
    with translation.override(claim.language):
        Letter(
            to=address,
            language=claim.language,
            subject=_("Le code pour tenir la page de votre commerce"),
            paragraphs=[
                _("Quelqu’un demande à tenir la page de ce commerce : %(shop)s.") % {"shop": shop.name},
                _("Si c’est vous, recopiez ce code dans la page restée ouverte. Il vaut une heure."),
            ],
            code=codes.shown(code),
            ending=_("Ce n’était pas vous ? Ne donnez ce code à personne : sans lui, rien ne change."),
        ).post()


def tell_granted(claim: Claim, shop: Shop) -> None:
    _tell(
        claim.user,
        claim.language,
        lambda: _("Votre page vous attend"),
        lambda: [
            _("Vous tenez désormais la page : %(shop)s.") % {"shop": shop.name},
            _("Commencez par les horaires : c’est ce que l’on cherche d’abord."),
        ],
        reverse("merchant:shop", args=[shop.public_id]),
    )


def tell_contested(claim: Claim, shop: Shop) -> None:
    _tell(
        claim.user,
        claim.language,
        lambda: _("La Ville regarde votre demande"),
        lambda: [
            _("Votre demande pour la page : %(shop)s.") % {"shop": shop.name},
            _("Quelqu’un d’autre tient cette page ou la demande aussi : la Ville tranche et vous écrit."),
        ],
        reverse("merchant:claim", args=[claim.pk]),
    )


def tell_refused(claim: Claim, shop: Shop) -> None:
    _tell(
        claim.user,
        claim.language,
        lambda: _("Votre demande n’est pas accordée"),
        lambda: [
            _("Votre demande pour la page : %(shop)s.") % {"shop": shop.name},
            _("La Ville ne vous remet pas cette page. Son motif : %(why)s") % {"why": claim.why},
            _("Vous pouvez répondre à la Ville en présentant une nouvelle demande :"),
        ],
        reverse("merchant:claim", args=[claim.pk]),
    )


def tell_published(claim: Claim, shop: Shop) -> None:
    _tell(
        claim.user,
        claim.language,
        lambda: _("Votre commerce est dans la vitrine"),
        lambda: [
            _("La page est en ligne : %(shop)s.") % {"shop": shop.name},
            _("Pour la tenir vous-même, il reste à prouver que le commerce est le vôtre :"),
        ],
        reverse("merchant:claim", args=[claim.pk]),
    )


def tell_sent_back(claim: Claim, shop: Shop, why: str) -> None:
    _tell(
        claim.user,
        claim.language,
        lambda: _("La Ville vous demande de revoir votre proposition"),
        lambda: [
            _("Votre proposition : %(shop)s.") % {"shop": shop.name},
            _("La Ville ne peut pas encore la publier. Son motif : %(why)s") % {"why": why},
            _("Corrigez-la et proposez-la de nouveau :"),
        ],
        reverse("merchant:claim", args=[claim.pk]),
    )


def given_to_another(language: str) -> str:
    """Why a rival's claim comes to nothing, in the rival's language."""
    with translation.override(language):
        return _("La page est remise à une autre personne du commerce. Elle peut vous y inviter.")


def tell_keepers(shop: Shop) -> None:
    """Whoever owns a page hears that somebody else asks for it."""
    for membership in Membership.objects.owners().filter(shop=shop).select_related("user"):
        _tell(
            membership.user,
            membership.user.language,
            lambda: _("Quelqu’un d’autre demande votre page"),
            lambda: [
                _("Une autre personne dit tenir ce commerce : %(shop)s.") % {"shop": shop.name},
                _(
                    "Rien ne change pour l’instant : la Ville regarde et vous consulte au besoin. "
                    "Si c’est quelqu’un de chez vous, invitez-le depuis votre équipe."
                ),
            ],
            reverse("merchant:people", args=[shop.public_id]),
        )


def tell_replaced(shop: Shop, people: Iterable) -> None:
    """Whoever kept a page until the City gave it to somebody else."""
    for person in people:
        _tell(
            person,
            person.language,
            lambda: _("Vous ne tenez plus cette page"),
            lambda: [
                _("La Ville a remis cette page à une autre personne : %(shop)s.") % {"shop": shop.name},
                _("Si c’est une erreur, écrivez à la Ville :"),
            ],
            reverse("shops:site_report"),
        )


def _tell(person, language, subject, paragraphs, path):
    """Write to a person. The words are made in the language they are read in, and so is the address."""
    if not person.is_active:
        return
    language = language or person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        rest = path.partition("/")[2].partition("/")[2]
        Letter(
            to=person.email,
            language=language,
            subject=subject(),
            paragraphs=paragraphs(),
            link=f"{settings.PUBLIC_URL}/{language}/{rest}",
        ).post()
