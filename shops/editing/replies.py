"""Sentences that moderators need again and again, said to the merchant in her language. Data: a new one is a line here."""

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as N_  # noqa: N812

REPLIES = {
    "name_as_on_sign": N_("Écrivez le nom tel qu’il est sur l’enseigne, sans ajout ni majuscules."),
    "no_prices": N_("Enlevez les prix et les promotions, puis proposez le texte à nouveau."),
    "contact_elsewhere": N_(
        "Le téléphone, l’adresse e-mail et les liens ont leur propre place, pas dans le texte."
    ),
    "another_language": N_("Le texte n’est pas dans la langue de son champ : déplacez-le dans la bonne."),
    "which_category": N_("Choisissez la catégorie de votre activité principale."),
    "move_of_premises": N_("Vous déménagez ? Utilisez « Nous déménageons », et dites à partir de quel jour."),
    "ask_the_owner": N_("Pour ce texte ou cette image, il faut l’accord de son auteur."),
}


def say(code: str, language: str) -> str:
    """A reply in a language; nothing for a code that is none."""
    if code not in REPLIES:
        return ""
    with translation.override(language):
        return _(REPLIES[code])
