"""Alarms in words, for the finance desk and its mails."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vouchers.alarms import Fact
from vouchers.templatetags.money import euros


def words_of(fact: Fact) -> str:
    """One sentence: what it is, and what to do."""
    match fact.what:
        case "books":
            return _("La vérification des livres a trouvé un défaut. Ne versez rien avant d’avoir compris.")
        case "no-check":
            return _("Les livres n’ont pas été vérifiés depuis plus d’une nuit : le serveur ne travaille peut-être pas.")  # fmt: skip
        case "sealing":
            return _("Des opérations attendent leur sceau depuis plus de dix minutes : le serveur ne travaille peut-être pas.")  # fmt: skip
        case "identity":
            return _("%(issuer)s : ce qui est détenu et ce qui est dû diffèrent de %(amount)s.") % {
                "issuer": fact.issuer,
                "amount": euros(fact.number),
            }
        case "volume":
            return _(
                "%(issuer)s : les dépenses de douze mois atteignent %(percent)s %% du seuil à notifier à la CSSF."
            ) % {"issuer": fact.issuer, "percent": fact.number}
        case "refunds-failed":
            return ngettext(
                "%(number)s remboursement a été refusé : la personne attend son argent.",
                "%(number)s remboursements ont été refusés : ces personnes attendent leur argent.",
                fact.number,
            ) % {"number": fact.number}
        case "refunds-late":
            return ngettext(
                "%(number)s remboursement attend depuis plus de dix jours ; la loi en donne quatorze.",
                "%(number)s remboursements attendent depuis plus de dix jours ; la loi en donne quatorze.",
                fact.number,
            ) % {"number": fact.number}
        case "events":
            return ngettext(
                "%(number)s message du prestataire de paiement n’est pas traité depuis plus d’une heure.",
                "%(number)s messages du prestataire de paiement ne sont pas traités depuis plus d’une heure.",
                fact.number,
            ) % {"number": fact.number}
    raise ValueError(fact.what)


def letter(facts: list[Fact]) -> dict:
    """The words of the mail that tells a finance officer of new alarms, in the active language."""
    return {
        "subject": _("Alarme aux finances"),
        "paragraphs": [words_of(fact) for fact in facts],
    }
