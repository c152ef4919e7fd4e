"""What people are told by mail about their place in a shop, each in her own language."""

from django.conf import settings
from django.contrib.auth import get_user_model
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vitrine.letters import Letter, address, write_to


def tell_invited(invitation) -> None:
    """To an address: in its person's language where it has one, in the inviting owner's otherwise."""
    known = get_user_model().objects.filter(email__iexact=invitation.email).first()
    host = invitation.invited_by
    language = (known and known.language) or (host and host.language) or settings.LANGUAGE_CODE
    with translation.override(language):
        who = {"shop": invitation.shop.name_i18n, "person": host, "role": invitation.get_role_display()}
        Letter(
            to=invitation.email,
            language=language,
            subject=_("Une invitation vous attend"),
            paragraphs=[
                _("%(person)s vous invite dans l’équipe de « %(shop)s » (%(role)s).") % who
                if host
                else _("On vous invite dans l’équipe de « %(shop)s » (%(role)s).") % who,
                _("Connectez-vous avec cette adresse, ou créez un compte avec elle, et répondez là :"),
            ],
            link=address("merchant:invitations"),
            ending=_("L’invitation vaut quatorze jours. Elle ne vous dit rien ? Vous n’avez rien à faire."),
        ).post()


def tell_accepted(invitation, user) -> None:
    """The owner who asked hears that somebody came."""
    if invitation.invited_by is None:
        return
    _write(
        invitation.invited_by,
        lambda: {
            "subject": _("Votre invitation est acceptée"),
            "paragraphs": [
                _("%(person)s a rejoint l’équipe de « %(shop)s ».")
                % {"person": user, "shop": invitation.shop.name_i18n}
            ],
            "link": address("merchant:people", invitation.shop.public_id),
        },
    )


def tell_role(membership, *, by) -> None:
    """Who got another role, and did not choose it herself."""
    if by == membership.user:
        return
    _write(
        membership.user,
        lambda: {
            "subject": _("Votre rôle a changé"),
            "paragraphs": [
                _("Votre rôle pour « %(shop)s » est désormais : %(role)s.")
                % {"shop": membership.shop.name_i18n, "role": membership.get_role_display()}
            ],
            "link": address("merchant:home"),
        },
    )


def tell_removed(membership) -> None:
    _write(
        membership.user,
        lambda: {
            "subject": _("Vous n’êtes plus dans l’équipe"),
            "paragraphs": [
                _("Vous ne tenez plus la page de « %(shop)s ».") % {"shop": membership.shop.name_i18n}
            ],
        },
    )


def tell_handed_over(membership, *, by) -> None:
    """Who owns a shop from now on."""
    _write(
        membership.user,
        lambda: {
            "subject": _("Une page vous est confiée"),
            "paragraphs": [
                _("%(person)s vous confie la page de « %(shop)s » : vous en êtes désormais responsable.")
                % {"person": by, "shop": membership.shop.name_i18n}
            ],
            "link": address("merchant:people", membership.shop.public_id),
        },
    )


def tell_given_back(shop, person) -> None:
    """Who worked on a page that its owner has given back to the City."""
    _write(
        person,
        lambda: {
            "subject": _("Vous n’êtes plus dans l’équipe"),
            "paragraphs": [
                _("La page de « %(shop)s » est rendue à la Ville : plus personne ne la tient.")
                % {"shop": shop.name_i18n},
                _(
                    "Elle reste en ligne. Si le commerce est le vôtre, vous pouvez la reprendre en le prouvant :"
                ),
            ],
            "link": address("shops:detail", shop.slug),
        },
    )


def tell_idle(person, *, ends_at) -> None:
    """Whose account ends, because nobody has come in for so long."""
    write_to(
        person,
        lambda: {
            "subject": _("Votre compte sera bientôt supprimé"),
            "paragraphs": [
                _(
                    "Personne n’est entré dans votre compte depuis près de deux ans. Il sera supprimé le %(day)s."
                )
                % {"day": date_format(timezone.localtime(ends_at), "DATE_FORMAT")},
                _(
                    "Les pages dont vous êtes seul responsable reviennent alors à la Ville et restent en ligne."
                ),
                _("Vous voulez le garder ? Il suffit d’entrer une fois :"),
            ],
            "link": address("account_login"),
        },
    )


def _write(person, words):
    write_to(
        person,
        lambda: {
            **words(),
            "ending": _("Cela vous étonne ? Parlez-en aux autres de l’équipe, ou écrivez à la Ville."),
        },
    )
