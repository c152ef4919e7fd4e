"""Mails about reports: to residents in the language they wrote in, to merchants in theirs."""

from django.utils import translation
from django.utils.translation import gettext as _

from shops.models import Report
from vitrine.letters import Letter, address, write_to

Kind, Outcome = Report.Kind, Report.Outcome


def sentence(outcome: str) -> str:
    """What became of a report, said to whoever sent it, in the active language."""
    return {
        Outcome.CORRECTED: _("C’est corrigé. Merci de nous l’avoir dit."),
        Outcome.RIGHT: _("Nous avons vérifié : ce qui est écrit est juste."),
        Outcome.NOTED: _("Nous en avons pris note et nous en tiendrons compte."),
        Outcome.ADDED: _("Le commerce a maintenant sa page. Merci de nous l’avoir signalé."),
        Outcome.NOT_FOUND: _("Nous n’avons pas trouvé ce commerce, ou il n’a pas sa place sur ce site."),
        Outcome.REMOVED: _("Le contenu que vous avez signalé est retiré."),
        Outcome.KEPT: _("Le contenu que vous avez signalé reste en ligne."),
    }[Outcome(outcome)]


def tell_received(report: Report) -> None:
    """A receipt with the report's number."""
    with translation.override(report.language):
        paragraphs = [
            _("Nous avons bien reçu votre message. Il porte le numéro %(number)s.")
            % {"number": report.number.upper()},
            _about(report),
        ]
        if report.state == Report.State.MERCHANT:
            paragraphs.append(
                _(
                    "Le commerçant le lit d’abord, sans votre adresse. S’il n’a pas répondu dans une semaine, "
                    "la Ville s’en charge."
                )
            )
        elif report.kind == Kind.CONTENT:
            paragraphs.append(
                _(
                    "Une personne de la Ville examine le contenu et décide, sans traitement automatique. "
                    "Vous recevrez sa décision et ses raisons."
                )
            )
        else:
            paragraphs.append(_("La Ville le lit et vous répond à cette adresse."))
        _post(
            report,
            _("Votre message est arrivé"),
            paragraphs,
            _("Vous n’avez rien écrit ? Alors quelqu’un s’est trompé d’adresse : vous n’avez rien à faire."),
        )


def tell_answer(report: Report) -> None:
    """What became of it, from the merchant or the City; a decision on illegal content with how to contest it."""
    with translation.override(report.language):
        of_city = report.answered_side != "merchant"
        said = [_("Votre message n° %(number)s.") % {"number": report.number.upper()}, _about(report)]
        if not of_city:
            said.append(_("Le commerçant répond :"))
        said.append(sentence(report.outcome))
        if report.answer:
            said.append(report.answer)
        if report.kind == Kind.CONTENT:
            said.append(
                _(
                    "Une personne a pris cette décision, sans traitement automatique. Si vous n’êtes pas "
                    "d’accord, écrivez-nous en citant le numéro : quelqu’un d’autre regardera encore une fois. "
                    "Vous pouvez aussi vous adresser à l’autorité chargée des services numériques dans le pays, "
                    "ou à un tribunal."
                )
            )
        elif not of_city:
            said.append(
                _("Ce n’est toujours pas juste ? Signalez-le encore une fois : la Ville ira voir elle-même.")
            )
        subject = (
            _("Réponse de la Ville à votre signalement")
            if of_city
            else _("Réponse du commerçant à votre signalement")
        )
        _post(report, subject, said, _("Merci : c’est ainsi que la vitrine reste juste."))


def tell_merchant(report: Report) -> None:
    """Something on her page may be wrong: one mail to each who keeps it, for all who say the same."""
    _write_to_keepers(
        report,
        lambda: _("Un visiteur vous signale quelque chose"),
        lambda: [
            report.get_kind_display(),
            _(
                "Regardez, corrigez si c’est faux, et répondez en deux gestes. Sans réponse d’ici une "
                "semaine, la Ville ira voir elle-même."
            ),
        ],
    )


def tell_removed(report: Report) -> None:
    """The City has taken something off a page: those who keep it hear what, why, and what they can do."""
    _write_to_keepers(
        report,
        lambda: _("La Ville a retiré un contenu de votre page"),
        lambda: [
            _("Une personne l’a signalé, une personne de la Ville l’a examiné. La raison :"),
            report.answer,
            _(
                "Vous n’êtes pas d’accord ? Écrivez à la Ville : quelqu’un d’autre regardera encore une "
                "fois. Vous pouvez aussi vous adresser à un tribunal."
            ),
        ],
    )


def _about(report):
    if report.shop:
        return _("Il concerne « %(shop)s » : %(subject)s.") % {
            "shop": report.shop.name,
            "subject": report.get_kind_display(),
        }
    if report.name:
        return _("Il concerne un commerce qui manque : « %(name)s ».") % {"name": report.name}
    return _("Il concerne le site lui-même.")


def _post(report, subject, paragraphs, ending):
    Letter(
        to=report.email, language=report.language, subject=subject, paragraphs=paragraphs, ending=ending
    ).post()


def _write_to_keepers(report, subject, paragraphs):
    shop = report.shop
    if shop is None:
        return
    for person in shop.keepers():
        write_to(
            person,
            lambda: {
                "subject": subject(),
                "paragraphs": [_("La page : %(shop)s.") % {"shop": shop.name}, *paragraphs()],
                "link": address("merchant:reports", shop.public_id),
            },
        )
