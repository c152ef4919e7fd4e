"""The sections of a shop's page at the merchants' desk: which facts each holds, and where each stands."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _

from shops import freshness
from shops.desks.merchant import forms
from shops.editing import rules
from shops.editing.facts import FACTS, Value, is_outdated
from shops.models import Change, Report, Shop, Trader
from shops.opening_hours import words
from shops.presentation import Stamp, stamp_of
from shops.reference import Structure
from shops.vocabulary import FactGroup


@dataclass(frozen=True)
class Section:
    """One page of the desk about some facts.

    Those without a form have pages of their own: `address` names them. A fact belongs to one section.
    """

    slug: str
    label: str | Promise
    group: FactGroup
    facts: tuple[str, ...]
    form: type[forms.SectionForm] | None = None
    template: str = "desks/merchant/section.html"
    address: str = ""
    # Whether anything is said, where that is not among the facts.
    said: Callable[[Shop], bool] | None = None
    owners_only: bool = False
    # What it is good for, and how to go about it: folded on its page, printed in the guide.
    help: str | Promise = ""

    def url(self, shop: Shop) -> str:
        """Its page for a shop; nothing where that page does not exist."""
        if not self.address:
            return reverse("merchant:section", args=[shop.public_id, self.slug])
        try:
            return reverse(self.address, args=[shop.public_id])
        except NoReverseMatch:
            return ""

    @property
    def waits(self) -> bool:
        """Whether at least one of its facts waits for the City whoever writes it."""
        return any(name in rules.ALWAYS_WAITS for name in self.facts)

    @property
    def may_wait(self) -> bool:
        """Whether what a shop not yet known for it writes here waits."""
        return self.waits or any(name in rules.WAITS_AT_FIRST for name in self.facts)

    def is_said(self, shop: Shop, values: Mapping[str, Value]) -> bool:
        """Whether the page says anything here."""
        if self.said:
            return self.said(shop)
        return any(values.get(name) not in (None, "", [], {}) for name in self.facts)


SECTIONS = {
    section.slug: section
    for section in [
        Section(
            "horaires",
            _("Horaires"),
            FactGroup.HOURS,
            ("opening_hours", "special_days"),
            address="merchant:hours",
            help=_(
                "Les heures de la semaine, les jours fériés, les congés. C’est ce que l’on cherche le plus :"
                " mieux vaut une semaine simple et juste."
            ),
        ),
        Section(
            "coordonnees",
            _("Téléphone et e-mail"),
            FactGroup.CONTACT,
            forms.ContactForm.facts,
            forms.ContactForm,
            help=_("Ce qui permet de vous joindre. Videz un champ pour ne plus le montrer."),
        ),
        Section(
            "liens",
            _("Liens"),
            FactGroup.CONTACT,
            forms.LinksForm.facts,
            forms.LinksForm,
            "desks/merchant/section_links.html",
            help=_(
                "Votre site, votre boutique en ligne, vos réseaux. Copiez l’adresse : nous reconnaissons ce que c’est."
            ),
        ),
        Section(
            "services",
            _("Services, paiement, langues"),
            FactGroup.SERVICES,
            forms.ServicesForm.facts,
            forms.ServicesForm,
            "desks/merchant/section_services.html",
            help=_(
                "Cochez ce que vous offrez vraiment : on vous trouve par là. « Comme d’habitude » coche ce que fait"
                " la plupart des commerces comme le vôtre ; enlevez ce qui ne va pas."
            ),
        ),
        Section(
            "accessibilite",
            _("Accessibilité du lieu"),
            FactGroup.ACCESSIBILITY,
            forms.AccessibilityForm.facts,
            forms.AccessibilityForm,
            "desks/merchant/section_accessibility.html",
            help=_(
                "Une personne en fauteuil, avec une poussette ou malvoyante prépare sa visite. « Non » l’aide autant"
                " que « oui » : elle sait à quoi s’attendre."
            ),
        ),
        Section(
            "presentation",
            _("Qui vous êtes"),
            FactGroup.IDENTITY,
            forms.PresentationForm.facts,
            forms.PresentationForm,
            "desks/merchant/section_presentation.html",
            help=_(
                "Trois questions, quelques mots suffisent. Ni prix ni promotions : la page présente le commerce."
                " Le français d’abord, les autres langues si vous voulez."
            ),
        ),
        Section(
            "photos",
            _("Photos"),
            FactGroup.PHOTOS,
            ("photos",),
            address="merchant:photos",
            help=_(
                "La façade, l’intérieur, ce que vous faites. Sans photo, un dessin de façade vous représente."
            ),
        ),
        Section(
            "nom",
            _("Nom et catégorie"),
            FactGroup.IDENTITY,
            forms.IdentityForm.facts,
            forms.IdentityForm,
            "desks/merchant/section_identity.html",
            help=_("Le nom de l’enseigne, comme sur la vitrine, sans slogan."),
        ),
        Section(
            "demenagement",
            _("Adresse et déménagement"),
            FactGroup.IDENTITY,
            forms.MoveForm.facts,
            forms.MoveForm,
            "desks/merchant/section_move.html",
            help=_("Une nouvelle adresse, ou une adresse fausse : dites tout en une fois."),
        ),
        Section(
            "mentions",
            _("Mentions légales"),
            FactGroup.IDENTITY,
            (),
            address="merchant:trader",
            said=lambda shop: Trader.objects.filter(shop=shop).exists(),
            owners_only=True,
            help=_("Qui tient le commerce, comme la loi le demande."),
        ),
    ]
}
EDITED_HERE = {slug: section for slug, section in SECTIONS.items() if section.form}


class SectionSlug:
    """The word of a section with a form, in an address: other words are other people's pages."""

    regex = "|".join(EDITED_HERE)

    def to_python(self, value):
        return EDITED_HERE[value]

    def to_url(self, value):
        return value if isinstance(value, str) else value.slug


@dataclass(frozen=True)
class Line:
    """A section in the list of a shop's desk."""

    section: Section
    url: str
    is_said: bool
    waiting: int
    refused: int
    outdated: int


@dataclass(frozen=True)
class Part:
    """A group of facts that is confirmed together, with its sections."""

    group: FactGroup
    stamp: Stamp
    stage: freshness.Stage
    lines: list[Line]

    @property
    def is_said(self):
        return any(line.is_said for line in self.lines)

    @property
    def waits(self):
        return any(line.waiting for line in self.lines)

    @property
    def can_be_confirmed(self):
        return self.is_said

    @property
    def is_due(self):
        """Whether somebody should say that it is still right: from when the mails ask it too."""
        return self.is_said and self.stage >= freshness.Stage.DUE


YES = _("Oui, toujours juste")


@dataclass(frozen=True)
class Step:
    """The one next thing to do, and why. With `confirm` it is done by one tap."""

    title: str
    why: str
    label: str = ""
    url: str = ""
    confirm: str = ""  # a group
    yes: str | Promise = YES


class Desk:
    """Where a shop's page stands for its people at one instant: what is said, waits, was refused, is due.

    Args:
        shop: with its day, category and district.
        values: `revisions.seen_by_its_people`, of all facts.
        waiting, refused: its changes in these states, newest first.
        is_owner: whether who looks may do what owners alone do.
        reported: of what visitors report and she has to answer, the one that waits longest.
    """

    def __init__(
        self,
        shop: Shop,
        values: Mapping[str, Value],
        waiting: Iterable[Change],
        refused: Iterable[Change],
        structure: Structure,
        at: datetime,
        *,
        is_owner: bool,
        reported: Report | None = None,
    ):
        self.shop, self.values, self.at = shop, values, at
        self.is_owner, self.reported = is_owner, reported
        self.waiting, self.refused = list(waiting), list(refused)
        self.city = structure.city

    @cached_property
    def lines(self) -> list[Line]:
        lines = []
        for section in SECTIONS.values():
            url = section.url(self.shop)
            if not url or (section.owners_only and not self.is_owner):
                continue
            lines.append(
                Line(
                    section,
                    url,
                    section.is_said(self.shop, self.values),
                    sum(change.field in section.facts for change in self.waiting),
                    sum(change.field in section.facts for change in self.refused),
                    sum(is_outdated(self.shop, name) for name in section.facts if FACTS[name].language)
                    if section.form
                    else 0,
                )
            )
        return lines

    @cached_property
    def parts(self) -> list[Part]:
        """By group, the one asked for most often first."""
        order = dict.fromkeys(line.section.group for line in self.lines)
        return [
            Part(
                group,
                stamp_of(self.shop, group, self.city, self.at),
                freshness.stage(self.shop, group, self.city, self.at),
                [line for line in self.lines if line.section.group == group],
            )
            for group in order
        ]

    @property
    def confirmable(self) -> list[FactGroup]:
        return [part.group for part in self.parts if part.can_be_confirmed]

    @cached_property
    def next_step(self) -> Step | None:
        """The one thing that helps residents most, or None when all is well."""
        by_slug = {line.section.slug: line for line in self.lines}
        by_group = {part.group: part for part in self.parts}
        if self.reported:
            return self._to_answer(self.reported)
        if hours := self._closed_without_end(by_group):
            return hours
        for slug, title, why, label in STEPS:
            line = by_slug.get(slug)
            if line is None:
                continue
            part = by_group[line.section.group]
            if not line.is_said:
                return Step(title, why, label, self._first_words(line))
            if slug in CONFIRMED_ALONE and part.is_due:
                return self._still_right(part)
        for part in self.parts:
            if part.is_due:
                return self._still_right(part)
        for line in self.lines:
            if line.outdated:
                return Step(
                    _("Des traductions sont à revoir"),
                    _("Le texte français a changé depuis qu’elles ont été écrites."),
                    _("Revoir les traductions"),
                    line.url,
                )
        return None

    def _to_answer(self, report):
        day = words.day_and_month(
            timezone.localtime(report.due_at, self.city.tz).date(), today=self.shop.today
        )
        return Step(
            _("Un visiteur signale quelque chose : %(what)s") % {"what": report.get_kind_display()},
            _("À vous de répondre jusqu’au %(day)s. Ensuite, la Ville ira voir elle-même.") % {"day": day},
            _("Lire et répondre"),
            reverse("merchant:reports", args=[self.shop.public_id]),
        )

    def _first_words(self, line):
        """Where a part is said for the first time. Of hours there is nothing to look at yet: at once to the week."""
        if line.section.slug == "horaires":
            return reverse("merchant:hours_week", args=[self.shop.public_id])
        return line.url

    def _closed_without_end(self, parts):
        """Until further notice is no promise for ever: asked about before anything else, once a month."""
        part = parts.get(FactGroup.HOURS)
        if part is None or not freshness.is_closed_until_further_notice(self.shop):
            return None
        if freshness.stage(self.shop, FactGroup.HOURS, self.city, self.at) < freshness.Stage.DUE:
            return None
        return Step(
            _("Êtes-vous toujours fermé ?"),
            _(
                "Votre page dit « fermé temporairement », sans jour de retour. Sans réponse, elle dira que personne ne"
                " le sait plus."
            ),
            _("Rouvrir, ou dire quand"),
            part.lines[0].url,
            part.group.value,
            _("Oui, toujours fermé"),
        )

    @staticmethod
    def _still_right(part):
        return Step(
            STILL_RIGHT[part.group],
            _(
                "Un geste suffit. Ce qui n’est pas confirmé depuis longtemps est marqué comme incertain sur la page."
            ),
            _("Regarder et changer"),
            part.lines[0].url,
            part.group.value,
        )


# Asked about as soon as they are due, before what is missing further down.
CONFIRMED_ALONE = {"horaires"}
STILL_RIGHT = {
    FactGroup.HOURS: _("Vos horaires sont-ils toujours justes ?"),
    FactGroup.CONTACT: _("Vos coordonnées sont-elles toujours justes ?"),
    FactGroup.SERVICES: _("Vos services et moyens de paiement sont-ils toujours justes ?"),
    FactGroup.ACCESSIBILITY: _("L’accessibilité est-elle toujours bien décrite ?"),
    FactGroup.IDENTITY: _("Le nom, l’adresse et la présentation sont-ils toujours justes ?"),
    FactGroup.PHOTOS: _("Vos photos montrent-elles toujours votre commerce ?"),
}
# What is missing, the most useful first: section, title, why, what to press.
STEPS = [
    (
        "horaires",
        _("Dites quand vous êtes ouvert"),
        _("C’est la première chose que l’on cherche. Sans horaires, votre vitrine reste éteinte."),
        _("Dire mes horaires"),
    ),
    (
        "coordonnees",
        _("Dites comment vous joindre"),
        _("Un numéro ou une adresse e-mail suffit."),
        _("Dire comment me joindre"),
    ),
    (
        "services",
        _("Dites ce que vous offrez"),
        _("Livraison, cartes, langues parlées : on vous trouve par là."),
        _("Cocher mes services"),
    ),
    (
        "accessibilite",
        _("Dites comment on entre chez vous"),
        _("Quelques questions, un geste par réponse. « Je ne sais pas » en est une."),
        _("Répondre aux questions"),
    ),
    (
        "presentation",
        _("Dites en une phrase ce qu’on trouve chez vous"),
        _("Elle se lit en haut de votre page. La Ville la relit avant de la publier."),
        _("Écrire une phrase"),
    ),
    (
        "mentions",
        _("Dites qui tient le commerce"),
        _("La loi demande un nom et une adresse sur la page."),
        _("Remplir les mentions légales"),
    ),
    (
        "photos",
        _("Montrez votre commerce"),
        _("Une photo de la façade aide à vous reconnaître dans la rue."),
        _("Ajouter une photo"),
    ),
]
