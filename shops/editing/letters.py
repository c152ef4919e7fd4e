"""What merchants are told by mail of what the City decided, in their language."""

from collections import defaultdict

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from shops.editing.facts import FACTS
from shops.models import Change, RefusalReason, Shop
from vitrine.letters import Letter


def sentence(reason: str) -> str:
    """Why the City does not take something, said to the merchant in the active language."""
    return {
        RefusalReason.WRONG: _("D’après ce que nous savons, ce n’est pas exact."),
        RefusalReason.UNREADABLE: _("Nous n’avons pas su lire ou comprendre ce qui est proposé."),
        RefusalReason.ADVERTISING: _(
            "La page présente le commerce ; prix et promotions n’y ont pas leur place."
        ),
        RefusalReason.OFFENSIVE: _("Ces propos ou cette image n’ont pas leur place sur un site de la Ville."),
        RefusalReason.RIGHTS: _("L’image ou le texte semble appartenir à quelqu’un d’autre."),
        RefusalReason.PRIVATE: _("On y reconnaît une personne ou des données qui la concernent."),
        RefusalReason.NOT_THIS_SHOP: _("Cela ne concerne pas ce commerce."),
        RefusalReason.OTHER: _("La Ville vous en dit la raison ci-dessous."),
    }[RefusalReason(reason)]


def label_of(name: str) -> str:
    """What a fact is called, with its language where it has one: « Qui vous êtes (Deutsch) »."""
    fact = FACTS[name]
    if not fact.language:
        return str(fact.label)
    return f"{fact.label} ({dict(settings.LANGUAGES)[fact.language]})"


def tell_decisions(shop: Shop, accepted: list[Change], refused: list[Change]) -> None:
    """One mail to each person whose changes were decided on. Who may be forgotten by now gets none."""
    by_person = defaultdict(lambda: ([], []))
    for place, changes in enumerate((accepted, refused)):
        for change in changes:
            if change.revision.by and change.revision.by.is_active:
                by_person[change.revision.by][place].append(change)
    for person, (taken, not_taken) in by_person.items():
        language = person.language or settings.LANGUAGE_CODE
        with translation.override(language):
            paragraphs = [_("La page : %(shop)s.") % {"shop": shop.name}]
            if taken:
                names = ", ".join(label_of(change.field) for change in taken)
                paragraphs.append(_("En ligne dès maintenant : %(facts)s.") % {"facts": names})
            for change in not_taken:
                said = _("Pas repris : %(fact)s. %(why)s") % {
                    "fact": label_of(change.field),
                    "why": sentence(change.reason),
                }
                paragraphs.append(f"{said} {change.words}".strip())
            if not_taken:
                paragraphs.append(
                    _(
                        "Vous n’êtes pas d’accord, ou vous voulez proposer autre chose ? Répondez depuis la page :"
                    )
                )
            _letter(shop, person, language, _("La Ville a regardé vos changements"), paragraphs).post()


def tell_undone(shop: Shop, change: Change) -> None:
    """A decision was taken back: the person hears that it is open again."""
    person = change.revision.by
    if person is None or not person.is_active:
        return
    language = person.language or settings.LANGUAGE_CODE
    with translation.override(language):
        paragraphs = [
            _("La page : %(shop)s.") % {"shop": shop.name},
            _("La Ville revient sur sa décision et regarde encore une fois : %(fact)s.")
            % {"fact": label_of(change.field)},
        ]
        _letter(shop, person, language, _("La Ville regarde encore une fois"), paragraphs).post()


def _letter(shop, person, language, subject, paragraphs):
    return Letter(
        to=person.email,
        language=language,
        subject=subject,
        paragraphs=paragraphs,
        link=settings.PUBLIC_URL + reverse("merchant:history", args=[shop.public_id]),
    )
