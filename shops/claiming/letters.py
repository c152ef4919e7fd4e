"""What claimants, and whoever keeps a page already, are told by mail, in their language.

Nothing that a claimant typed goes into a mail: a claim is no way to write to a stranger.
"""

from collections.abc import Iterable

from django.utils import translation
from django.utils.translation import gettext as _

from shops.claiming import codes
from shops.models import Claim, Membership, Shop
from vitrine.letters import Letter, address, write_to


def send_code(claim: Claim, shop: Shop, to: str, code: str) -> None:
    """The code, to the shop's address on record: the claimant may be somebody else."""
    with translation.override(claim.language):
        Letter(
            to=to,
            language=claim.language,
            subject=_("Le code pour tenir la page de votre commerce"),
            paragraphs=[
                _("Quelqu’un demande à tenir la page de ce commerce : %(shop)s.") % {"shop": shop.name},
                _("Si c’est vous, recopiez ce code dans la page restée ouverte. Il vaut une heure."),
            ],
            code=codes.shown(code),
            best_before=claim.code_expires_at,
            ending=_("Ce n’était pas vous ? Ne donnez ce code à personne : sans lui, rien ne change."),
        ).post()


def tell_granted(claim: Claim, shop: Shop) -> None:
    write_to(
        claim.user,
        lambda: {
            "subject": _("Votre page vous attend"),
            "paragraphs": [
                _("Vous tenez désormais la page : %(shop)s.") % {"shop": shop.name},
                _("Commencez par les horaires : c’est ce que l’on cherche d’abord."),
            ],
            "link": address("merchant:shop", shop.public_id),
        },
        language=claim.language,
    )


def tell_contested(claim: Claim, shop: Shop) -> None:
    write_to(
        claim.user,
        lambda: {
            "subject": _("La Ville regarde votre demande"),
            "paragraphs": [
                _("Votre demande pour la page : %(shop)s.") % {"shop": shop.name},
                _("Quelqu’un d’autre tient cette page ou la demande aussi : la Ville tranche et vous écrit."),
            ],
            "link": address("merchant:claim", claim.pk),
        },
        language=claim.language,
    )


def tell_refused(claim: Claim, shop: Shop) -> None:
    if shop.status == Shop.Status.REFUSED:
        _tell_not_taken_in(claim, shop)
        return
    write_to(
        claim.user,
        lambda: {
            "subject": _("Votre demande n’est pas accordée"),
            "paragraphs": [
                _("Votre demande pour la page : %(shop)s.") % {"shop": shop.name},
                _("La Ville ne vous remet pas cette page. Son motif : %(why)s") % {"why": claim.why},
                _("Vous pouvez répondre à la Ville en présentant une nouvelle demande :"),
            ],
            "link": address("merchant:claim", claim.pk),
        },
        language=claim.language,
    )


def _tell_not_taken_in(claim, shop):
    write_to(
        claim.user,
        lambda: {
            "subject": _("Votre proposition n’est pas reprise"),
            "paragraphs": [
                _("Votre proposition : %(shop)s.") % {"shop": shop.name},
                _("La Ville ne la publie pas. Son motif : %(why)s") % {"why": claim.why},
                _("Vous n’êtes pas d’accord ? Écrivez à la Ville : quelqu’un d’autre regardera."),
            ],
            "link": address("shops:site_report"),
        },
        language=claim.language,
    )


def tell_published(claim: Claim, shop: Shop) -> None:
    write_to(
        claim.user,
        lambda: {
            "subject": _("Votre commerce est dans la vitrine"),
            "paragraphs": [
                _("La page est en ligne : %(shop)s.") % {"shop": shop.name},
                _("Pour la tenir vous-même, il reste à prouver que le commerce est le vôtre :"),
            ],
            "link": address("merchant:claim", claim.pk),
        },
        language=claim.language,
    )


def tell_sent_back(claim: Claim, shop: Shop, why: str) -> None:
    write_to(
        claim.user,
        lambda: {
            "subject": _("La Ville vous demande de revoir votre proposition"),
            "paragraphs": [
                _("Votre proposition : %(shop)s.") % {"shop": shop.name},
                _("La Ville ne peut pas encore la publier. Son motif : %(why)s") % {"why": why},
                _("Corrigez-la et proposez-la de nouveau :"),
            ],
            "link": address("merchant:claim", claim.pk),
        },
        language=claim.language,
    )


def tell_moved(claim: Claim, double: Shop, other: Shop) -> None:
    """The page asked for was a double. `claim` is withdrawn where the person keeps the other, or asks for it already."""
    write_to(
        claim.user,
        lambda: {
            "subject": _("Votre demande concerne une autre page"),
            "paragraphs": [
                _("Les pages « %(double)s » et « %(shop)s » parlaient du même commerce : la seconde reste.")
                % {"double": double.name, "shop": other.name},
                *_what_it_counts_for(claim),
            ],
            "link": address("merchant:claim", claim.pk) if claim.is_undecided else address("merchant:home"),
        },
        language=claim.language,
    )


def _what_it_counts_for(claim):
    if not claim.is_undecided:
        return [_("Vous tenez déjà cette page, ou vous la demandez déjà : il n’y a rien à refaire.")]
    moved = [_("Votre demande vaut désormais pour elle.")]
    if not claim.proved_at:
        moved.append(_("Un code déjà reçu ne vaut plus : choisissez encore une fois comment la prouver."))
    return moved


def given_to_another(language: str) -> str:
    """Why a rival's claim comes to nothing, in the rival's language."""
    with translation.override(language):
        return _("La page est remise à une autre personne du commerce. Elle peut vous y inviter.")


def tell_keepers(shop: Shop) -> None:
    """Whoever owns a page hears that somebody else asks for it."""
    for membership in Membership.objects.owners().filter(shop=shop).select_related("user"):
        write_to(
            membership.user,
            lambda: {
                "subject": _("Quelqu’un d’autre demande votre page"),
                "paragraphs": [
                    _("Une autre personne dit tenir ce commerce : %(shop)s.") % {"shop": shop.name},
                    _(
                        "Rien ne change pour l’instant : la Ville regarde et vous consulte au besoin. "
                        "Si c’est quelqu’un de chez vous, invitez-le depuis votre équipe."
                    ),
                ],
                "link": address("merchant:people", shop.public_id),
            },
        )


def tell_replaced(shop: Shop, people: Iterable) -> None:
    """Whoever kept a page until the City gave it to somebody else."""
    for person in people:
        write_to(
            person,
            lambda: {
                "subject": _("Vous ne tenez plus cette page"),
                "paragraphs": [
                    _("La Ville a remis cette page à une autre personne : %(shop)s.") % {"shop": shop.name},
                    _("Si c’est une erreur, écrivez à la Ville :"),
                ],
                "link": address("shops:site_report"),
            },
        )
