"""What people are told about their account by mail, by the names under which allauth asks for it."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_  # noqa: N812

from vitrine.letters import Letter, address

_NOT_YOU = N_("Ce n’était pas vous ? Alors vous n’avez rien à faire.")
_CITY_DID = N_("Ce n’est pas ce que vous avez demandé ? Appelez la Ville tout de suite.")
_STOP = N_("Ce n’était pas vous ? Changez votre mot de passe tout de suite, et écrivez à la Ville.")
_CODE_HOLDS = timedelta(minutes=15)
_COPY = N_("Recopiez ce code dans la page restée ouverte. Il vaut un quart d’heure.")


@dataclass(frozen=True)
class Words:
    """`subject` and `paragraphs` in French; `link` names the page to be followed."""

    subject: str
    paragraphs: tuple[str, ...]
    ending: str = _NOT_YOU
    link: str = ""


_PASSWORD_CHANGED = Words(
    N_("Votre mot de passe a changé"),
    (N_("Le mot de passe de votre compte vient d’être changé."),),
    _STOP,
)
WORDS = {
    "account/email/login_code": Words(N_("Votre code de connexion"), (_COPY,)),
    "account/email/email_confirmation": Words(N_("Confirmer votre adresse"), (_COPY,)),
    "account/email/email_confirmation_signup": Words(
        N_("Confirmer votre adresse"), (N_("Bienvenue."), _COPY)
    ),
    "account/email/password_reset_code": Words(N_("Choisir un nouveau mot de passe"), (_COPY,)),
    "account/email/unknown_account": Words(
        N_("Pas de compte à cette adresse"),
        (
            N_("Quelqu’un a voulu entrer avec cette adresse, mais aucun compte n’y est lié."),
            N_("Si c’était vous, essayez une autre adresse, ou créez un compte :"),
        ),
        link="account_signup",
    ),
    "account/email/account_already_exists": Words(
        N_("Vous avez déjà un compte"),
        (
            N_("Quelqu’un a voulu créer un compte avec cette adresse ; il en existe déjà un."),
            N_("Si c’était vous et que le mot de passe est oublié :"),
        ),
        link="account_reset_password",
    ),
    "account/email/password_reset": _PASSWORD_CHANGED,
    "account/email/password_changed": _PASSWORD_CHANGED,
    "account/email/password_set": Words(
        N_("Votre compte a un mot de passe"),
        (N_("Un mot de passe vient d’être choisi pour votre compte."),),
        _STOP,
    ),
    "account/email/email_changed": Words(
        N_("Votre adresse a changé"),
        (N_("Votre compte est désormais lié à une autre adresse e-mail."),),
        _STOP,
    ),
    # By the City, for who lost hers: both addresses are told.
    "city/address_left": Words(
        N_("Votre compte a une autre adresse"),
        (
            N_(
                "À votre demande, la Ville a lié votre compte à une autre adresse e-mail. Celle-ci n’y mène plus."
            ),
        ),
        _CITY_DID,
    ),
    "city/address_given": Words(
        N_("Votre compte est lié à cette adresse"),
        (
            N_("À votre demande, la Ville a lié votre compte à cette adresse e-mail."),
            N_("Entrez avec elle, par un code ; votre mot de passe, si vous en aviez un, reste le même :"),
        ),
        _CITY_DID,
        link="account_request_login_code",
    ),
    "city/second_factor_removed": Words(
        N_("Votre second facteur est enlevé"),
        (
            N_(
                "À votre demande, la Ville a enlevé le second facteur de votre compte, et fermé toutes vos sessions."
            ),
            N_("Rentrez par un code, puis mettez un nouveau second facteur en place :"),
        ),
        _CITY_DID,
        link="account_request_login_code",
    ),
    "account/email/email_deleted": Words(
        N_("Une adresse a été enlevée"),
        (N_("Une adresse e-mail vient d’être enlevée de votre compte."),),
        _STOP,
    ),
    "mfa/email/totp_activated": Words(
        N_("Second facteur en place"),
        (N_("Une application à codes protège désormais votre compte."),),
        _STOP,
    ),
    "mfa/email/totp_deactivated": Words(
        N_("Second facteur enlevé"),
        (N_("L’application à codes ne protège plus votre compte."),),
        _STOP,
    ),
    "mfa/email/recovery_codes_generated": Words(
        N_("Nouveaux codes de secours"),
        (N_("Des codes de secours ont été faits pour votre compte ; ceux d’avant ne valent plus."),),
        _STOP,
    ),
    "mfa/email/webauthn_added": Words(
        N_("Clé d’accès ajoutée"),
        (N_("Une clé d’accès ouvre désormais votre compte."),),
        _STOP,
    ),
    "mfa/email/webauthn_removed": Words(
        N_("Clé d’accès enlevée"),
        (N_("Une clé d’accès a été enlevée de votre compte."),),
        _STOP,
    ),
}


def letter(name: str, to: str, language: str, context: dict) -> Letter:
    """The mail that allauth calls `name`, in the active language. Raises KeyError for one that nobody has worded."""
    words = WORDS[name]
    code = context.get("code", "")
    return Letter(
        to=to,
        language=language,
        subject=_(words.subject),
        paragraphs=[_(paragraph) for paragraph in words.paragraphs],
        ending=_(words.ending),
        code=code,
        best_before=timezone.now() + _CODE_HOLDS if code else None,
        link=address(words.link) if words.link else "",
    )
