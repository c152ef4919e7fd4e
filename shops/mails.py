"""Mails about shops, in the language of whom they go to. Subjects hold no text of a user's."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from shops import freshness
from shops.models import Reminder
from shops.opening_hours import words
from shops.vocabulary import FactGroup
from vitrine.letters import Letter, Section


def reminder(person, asked) -> Letter:
    """The week's one mail to a merchant. `asked`: pairs of a shop and its reminders, as saved."""
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        holidays = {
            one.holiday_on for _shop, reminders in asked for one in reminders if one.holiday_on is not None
        }
        confirming = any(one.groups for _shop, reminders in asked for one in reminders)
        if confirming or not holidays:
            subject = _("Votre page est-elle encore juste ?")
        elif len(holidays) == 1:
            subject = holiday_question(*holidays, today=asked[0][0].today)
        else:
            subject = _("Ouvert les jours fériés qui viennent ?")
        return Letter(
            to=person.email,
            language=language,
            subject=subject,
            paragraphs=[
                _("Bonjour,"),
                _(
                    "Les habitants se fient à votre page avant de se mettre en route. Dites-leur d’un geste ce qui est encore juste."
                ),
                _("Pas de mot de passe : chaque lien ouvre une seule question et vaut 30 jours."),
            ],
            sections=[_about(shop, reminders) for shop, reminders in asked],
            ending=_(
                "Vous ne voulez plus de ces rappels ? Chacune de ces pages permet de les arrêter. Nous n’en envoyons jamais plus d’un par semaine."
            ),
        )


def holiday_question(day, *, today) -> str:
    """« Ouvert le 23 juin ? »"""
    return _("Ouvert le %(day)s ?") % {"day": words.day_and_month(day, today=today)}


def _about(shop, reminders):
    lines, links = [], []
    for one in reminders:
        if one.purpose == Reminder.Purpose.CONFIRM:
            groups = ", ".join(str(FactGroup(group).label) for group in one.groups)
            if FactGroup.HOURS in one.groups and freshness.is_closed_until_further_notice(shop):
                lines.append(_("La page dit « fermé temporairement ». Est-ce toujours le cas ?"))
            lines.append(_("À confirmer : %(groups)s.") % {"groups": groups})
            links.append((_("Voir et confirmer"), one.url))
        else:
            links.append((holiday_question(one.holiday_on, today=shop.today), one.url))
    return Section(shop.name_i18n, lines, links)
