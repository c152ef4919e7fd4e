"""What merchants are told by mail of what the City decided, in their language."""

from collections import defaultdict

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.editing.facts import FACTS
from shops.models import Change, RefusalReason, Shop
from vitrine.letters import address, write_to


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
    """One mail to each person whose changes were decided on; where she has left, to whoever keeps the page now."""
    if not (accepted or refused):
        return
    keepers = list(shop.keepers())
    by_person = defaultdict(lambda: ([], []))
    for place, changes in enumerate((accepted, refused)):
        for change in changes:
            for person in _concerned(change, keepers):
                by_person[person][place].append(change)
    for person, (taken, not_taken) in by_person.items():
        _to(
            shop,
            [person],
            lambda: _("La Ville a regardé vos changements"),
            lambda taken=taken, not_taken=not_taken: _decisions(taken, not_taken),
        )


def _concerned(change, keepers):
    """Whoever proposed a change, while she keeps the page or nobody does; the page's people otherwise."""
    by = change.revision.by
    return [by] if by and (by in keepers or not keepers) else keepers


def _decisions(taken, not_taken):
    paragraphs = []
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
            _("Vous n’êtes pas d’accord, ou vous voulez proposer autre chose ? Répondez depuis la page :")
        )
    return paragraphs


def tell_undone(shop: Shop, change: Change) -> None:
    """A decision was taken back: who proposed it, or keeps the page now, hears that it is open again."""
    _to(
        shop,
        _concerned(change, list(shop.keepers())),
        lambda: _("La Ville regarde encore une fois"),
        lambda: [
            _("La Ville revient sur sa décision et regarde encore une fois : %(fact)s.")
            % {"fact": label_of(change.field)}
        ],
    )


def tell_published(shop: Shop) -> None:
    _to(
        shop,
        shop.keepers(),
        lambda: _("Votre page est en ligne"),
        lambda: [_("La Ville l’a mise en ligne : tout le monde la voit.")],
    )


def tell_suspended(shop: Shop, why: str) -> None:
    """Why, until when, and what one can do about it. `why` is said as it was written."""

    def until():
        if not shop.suspended_until:
            return _("Elle le reste jusqu’à ce que la Ville la remette en ligne.")
        day = date_format(timezone.localtime(shop.suspended_until), "DATE_FORMAT")
        return _("Elle revient d’elle-même en ligne le %(day)s.") % {"day": day}

    _to(
        shop,
        shop.keepers(),
        lambda: _("Votre page est suspendue"),
        lambda: [
            _("La Ville l’a suspendue : le public ne la voit plus. Vous pouvez continuer à la modifier."),
            _("La raison : %(why)s") % {"why": why},
            until(),
            _("Vous n’êtes pas d’accord ? Répondez à ce message : quelqu’un d’autre à la Ville regardera."),
        ],
    )


def tell_closed(shop: Shop, why: str) -> None:
    _to(
        shop,
        shop.keepers(),
        lambda: _("Votre page dit que le commerce est fermé"),
        lambda: [
            _("La Ville a noté que le commerce est fermé définitivement ; son adresse le dit désormais."),
            _("La raison : %(why)s") % {"why": why} if why else "",
            _("Ce n’est pas exact ? Répondez à ce message : la page peut être rouverte."),
        ],
    )


def tell_merged(double: Shop, other: Shop, people, *, photos: int, withdrawn: int) -> None:
    """To who kept the double: where it went, and what did not go along."""
    _to(
        other,
        people,
        lambda: _("Deux pages n’en font plus qu’une"),
        lambda: [
            _("La page « %(double)s » parlait du même commerce. Ses adresses mènent désormais ici.")
            % {"double": double.name},
            _("Vous tenez cette page comme vous teniez l’autre. Vérifiez ce qu’elle dit."),
            *([_moved_photos(photos)] if photos else []),
            *([_("Ce que vous aviez proposé pour l’autre page n’attend plus.")] if withdrawn else []),
        ],
    )


def _moved_photos(number):
    return ngettext(
        "%(number)d photo de l’autre page est avec les vôtres, sans être montrée. Publiez-la dans les trois mois si"
        " vous voulez la garder.",
        "%(number)d photos de l’autre page sont avec les vôtres, sans être montrées. Publiez dans les trois mois celles"
        " que vous voulez garder.",
        number,
    ) % {"number": number}


def tell_joined(double: Shop, other: Shop, people) -> None:
    """To who kept the page that stays: others keep it too from now on."""
    _to(
        other,
        people,
        lambda: _("D’autres personnes tiennent la page avec vous"),
        lambda: [
            _(
                "La page « %(double)s » parlait du même commerce : la Ville l’a fusionnée avec la vôtre, qui reste comme"
                " elle est. Les personnes qui la tenaient tiennent maintenant celle-ci avec vous."
            )
            % {"double": double.name},
            _("Ce n’est pas le même commerce ? Répondez à ce message."),
        ],
    )


def tell_removed(shop: Shop, person, why: str) -> None:
    _to(
        shop,
        [person],
        lambda: _("Vous ne tenez plus cette page"),
        lambda: [
            _("La Ville vous a retiré l’accès à cette page."),
            _("La raison : %(why)s") % {"why": why},
            _("Vous n’êtes pas d’accord ? Répondez à ce message : quelqu’un d’autre à la Ville regardera."),
        ],
        has_link=False,
    )


def _to(shop, people, subject, paragraphs, *, has_link=True):
    """One mail to each. `subject` and `paragraphs` are asked for in each one's language."""
    for person in people:
        write_to(
            person,
            lambda: {
                "subject": subject(),
                "paragraphs": [_("La page : %(shop)s.") % {"shop": shop.name}, *filter(None, paragraphs())],
                "link": address("merchant:history", shop.public_id) if has_link else "",
                "to_moderation": True,
            },
        )
