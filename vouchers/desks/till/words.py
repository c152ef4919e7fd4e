"""Why a till took nothing, each in a sentence that can be said to whoever stands before it."""

from django.utils.formats import time_format
from django.utils.translation import gettext as _

from vouchers import ledger, lifecycle
from vouchers.templatetags.money import euros


def sentence(refused: ledger.Refused) -> str:
    """The refusal, in the active language."""
    match refused.code:
        case "frozen":
            return _("Ce bon est bloqué. Son détenteur peut écrire à la Ville.")
        case "void":
            return _("Ce bon n’est plus valable : il a été remplacé, remboursé ou clos.")
        case "expired":
            return _(
                "Ce bon est échu. Son détenteur peut peut-être le prolonger : le code QR mène à sa page."
            )
        case "empty":
            return _("Il n’y a plus rien sur ce bon.")
        case "too_little":
            return _("C’est trop : il ne reste que %(left)s. Encaissez cela, et le reste autrement.") % {
                "left": euros(refused.cents)
            }
        case "other_shop":
            return _("Ce bon est réservé à un autre commerce.")
        case "no_agreement":
            return _("Votre commerce n’a pas de convention pour ce bon : il ne peut pas être pris ici.")
        case "held":
            return _("Une autre caisse a ce bon en main. Réessayez après %(time)s.") % {
                "time": time_format(lifecycle.in_the_city(refused.until), "TIME_FORMAT")
            }
        case "nothing_held":
            return _("Les deux minutes sont passées. Scannez le bon encore une fois.")
        case "too_many":
            return _("Cinq bons au plus par encaissement. Encaissez d’abord ceux-ci.")
        case "busy":
            return _("Beaucoup de monde à la fois : rien n’a été pris. Touchez encore une fois.")
        case "key_reused":
            return _("Cette page est ancienne : rien n’a été pris. Recommencez depuis le code.")
        case "already_reversed":
            return _("Cet encaissement est déjà annulé.")
        case "too_late":
            return _("Il est trop tard pour l’annuler ici. La Ville peut encore le corriger.")
        case "settled":
            return _("Il a déjà été viré : seule la Ville peut encore le corriger.")
        case "not_yet_there":
            return _("À ce moment, ce bon n’existait pas encore. Vérifiez l’heure de votre note.")
        case "already_there":
            return _(
                "Cette note est déjà saisie : même bon, même minute, même montant. Rien n’a été pris une deuxième fois."
            )
        case "not_handed_over":
            return unknown()
        case _other:
            return _("Rien n’a été pris. Recommencez, ou écrivez à la Ville.")


def unknown() -> str:
    """Of a code that nobody holds, and of one that was never handed over."""
    return _("Nous ne trouvons pas de bon avec ce code. Comparez-le avec le bon, caractère par caractère.")
