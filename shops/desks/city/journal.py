"""The journal: what happened, to one page or to all, in sentences; searched, and taken away as a table."""

from dataclasses import dataclass
from itertools import batched

from django import forms
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_safe

from accounts.models import CityRole
from shops import reference
from shops.calls import Result
from shops.desks import tables
from shops.desks.city.differences import Reader
from shops.desks.city.door import city_desk, city_page
from shops.editing import letters
from shops.editing.facts import FACTS
from shops.models import Event, MerchantRole, RefusalReason, Shop
from shops.vocabulary import FactGroup

PAGE = 50
# More than anybody reads; whoever needs all of it narrows the question.
MOST_EXPORTED = 50_000
N_ = gettext_noop
# By kind; where there is none, the kind itself is shown. Other parts of the desk add their own lines.
SENTENCES = {
    "created": N_("Page créée"),
    "edited": N_("Page modifiée au bureau"),
    "status:draft": N_("Renvoyée à son auteur"),
    "status:submitted": N_("Proposée à la Ville"),
    "status:published": N_("Mise en ligne"),
    "status:suspended": N_("Suspendue"),
    "status:closed": N_("Fermée définitivement"),
    "status:merged": N_("Fusionnée avec une autre page"),
    "status:refused": N_("Proposition refusée"),
    "shop:forgotten": N_("Proposition refusée oubliée après un an"),
    "merged:received": N_("A reçu un double"),
    "facts:live": N_("Changé, en ligne"),
    "facts:proposed": N_("Proposé"),
    "facts:withdrawn": N_("Proposition retirée"),
    "facts:undone": N_("Annulé par son auteur"),
    "facts:confirmed": N_("Confirmé"),
    "facts:accepted": N_("Accepté"),
    "facts:refused": N_("Refusé"),
    "facts:checked": N_("Contrôlé, juste"),
    "facts:reverted": N_("Contrôlé, remis comme avant"),
    "facts:upheld": N_("Refus maintenu"),
    "facts:appealed": N_("Réponse à un refus"),
    "facts:decision_undone": N_("Décision reprise"),
    "member:role": N_("Rôle changé"),
    "member:left": N_("A quitté la page"),
    "member:removed": N_("Retiré de la page"),
    "member:joined": N_("A rejoint la page"),
    "invitation:sent": N_("Invitation envoyée"),
    "claim:started": N_("Prise en main demandée"),
    "claim:code_sent": N_("Code envoyé"),
    "claim:asked_for": N_("Autre preuve demandée"),
    "claim:call_opened": N_("Appel avec code"),
    "claim:letter_printed": N_("Lettre imprimée"),
    "claim:code_spent": N_("Code épuisé : trop d’essais"),
    "claim:proved": N_("Preuve apportée"),
    "claim:contested": N_("Prise en main disputée"),
    "claim:granted": N_("Prise en main accordée"),
    "claim:refused": N_("Prise en main refusée"),
    "claim:withdrawn": N_("Prise en main retirée"),
    "claim:moved": N_("Prise en main venue d’un double"),
    "claim:forgotten": N_("Prise en main oubliée après 90 jours"),
    "claim:given_back": N_("Page rendue : plus personne ne la tient"),
    "page:given_back": N_("Page rendue : plus personne ne la tient"),
    "trader:certified": N_("Mentions légales certifiées"),
    "photo:received": N_("Photo reçue"),
    "photo:erased": N_("Photo effacée"),
    "link:dead": N_("Lien mort, caché"),
    "link:alive": N_("Lien qui répond de nouveau"),
    "report:received": N_("Signalement reçu"),
    "report:to_city": N_("Signalement à la Ville"),
    "report:answered": N_("Signalement répondu"),
    "report:closed": N_("Signalement classé sans réponse"),
    "report:united": N_("Signalements réunis"),
    "import:new": N_("Repris d’un fichier"),
    "import:changed": N_("Changé par un fichier"),
    "import:settled": N_("Différence avec un fichier réglée"),
    "import:written": N_("Fichier écrit"),
    "premises:imported": N_("Registre des locaux écrit"),
    "premises:seen": N_("Local vu"),
    "city:category": N_("Catégorie renommée"),
    "city:order": N_("Catégorie changée de place"),
    "city:category_given_up": N_("Catégorie réunie à une autre"),
    "city:district": N_("Présentation d’un quartier changée"),
    "person:address": N_("Adresse d’un compte changée"),
    "person:active": N_("Compte ouvert ou fermé"),
    "person:second_factor": N_("Second facteur enlevé au bureau"),
    "person:created": N_("Compte créé au bureau"),
    "person:roles": N_("Rôles à la Ville changés"),
    "person:request_settled": N_("Demande d’une autre adresse réglée"),
    "shop:proposed": N_("Commerce proposé"),
    "person:deleted": N_("Compte supprimé"),
}
SUBJECTS = [
    ("", gettext_lazy("Tout")),
    ("facts", gettext_lazy("Ce que la page dit")),
    ("status", gettext_lazy("L’état de la page")),
    ("member", gettext_lazy("Les personnes")),
    ("claim", gettext_lazy("Les prises en main")),
    ("photo", gettext_lazy("Les photos")),
    ("report", gettext_lazy("Les signalements")),
    ("link", gettext_lazy("Les liens")),
    ("import", gettext_lazy("Les fichiers")),
    ("premises", gettext_lazy("Les locaux")),
    ("city", gettext_lazy("Les catégories et les quartiers")),
    ("person", gettext_lazy("Les comptes de la Ville")),
]


class JournalForm(forms.Form):
    """What is looked for. Whatever makes no sense is left out of the question, and said."""

    commerce = forms.CharField(label=gettext_lazy("Identifiant du commerce"), max_length=8, required=False)
    sujet = forms.ChoiceField(label=gettext_lazy("Sujet"), choices=SUBJECTS, required=False)
    par = forms.CharField(label=gettext_lazy("Par qui (nom ou adresse)"), max_length=150, required=False)
    mot = forms.CharField(label=gettext_lazy("Mot du motif"), max_length=100, required=False)
    du = forms.DateField(
        label=gettext_lazy("Du"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    au = forms.DateField(
        label=gettext_lazy("Au"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def events(self):
        """The events that answer, the newest first."""
        events = Event.objects.select_related("by", "shop").order_by("-at", "-pk")
        if not self.is_valid():
            return events.none()
        asked = self.cleaned_data
        if asked["commerce"]:
            events = events.filter(shop__public_id=asked["commerce"].lower())
        if asked["sujet"]:
            events = events.filter(kind__startswith=f"{asked['sujet']}:")
        if asked["par"]:
            events = events.filter(Q(by__name__icontains=asked["par"]) | Q(by__email__icontains=asked["par"]))
        if asked["mot"]:
            events = events.filter(why__icontains=asked["mot"])
        if asked["du"]:
            events = events.filter(at__date__gte=asked["du"])
        if asked["au"]:
            events = events.filter(at__date__lte=asked["au"])
        return events


@dataclass(frozen=True)
class Told:
    """One event in words: what, and each fact with what it said before and after."""

    event: Event
    what: str
    facts: list[tuple[str, str, str]]
    why: str

    @property
    def who(self) -> str:
        return str(self.event.by) if self.event.by else _("le site")


def said_of(kind: str) -> str:
    """What happened, in two or three words."""
    if kind in SENTENCES:
        return _(SENTENCES[kind])
    about, _colon, how = kind.partition(":")
    if about == "call" and how in Result:
        return _("Au téléphone : %(result)s") % {"result": Result(how).label}
    return kind


class Teller:
    """Puts events into words; people are named, with one query for all the events at hand, where there are any."""

    def __init__(self, present, events=()):
        self.reader = Reader(reference.structure(present))
        ids = {pk for event in events for said in (event.before, event.after) for pk in _people(said)}
        self.names = {}
        if ids:
            self.names = {person.pk: str(person) for person in get_user_model().objects.filter(pk__in=ids)}

    def tell_all(self, events) -> list["Told"]:
        return [self.tell(event) for event in events]

    def tell(self, event: Event) -> Told:
        what = said_of(event.kind)
        if event.kind == "facts:confirmed":
            groups = [FactGroup(one).label for one in event.after.get("confirmed", ()) if one in FactGroup]
            what = f"{what} : {', '.join(map(str, groups))}"
        why = event.why
        if why in RefusalReason:
            why = str(RefusalReason(why).label)
        return Told(event, what, self._facts(event), why)

    def _facts(self, event):
        names = [name for name in {**event.before, **event.after} if name in FACTS]
        lines = [
            (
                letters.label_of(name),
                self._plain(name, event.before.get(name)),
                self._plain(name, event.after.get(name)),
            )
            for name in names
        ]
        if "status" in event.after:
            state = dict(Shop.Status.choices)
            lines.append(
                (
                    _("État"),
                    str(state.get(event.before.get("status"), "")),
                    str(state.get(event.after["status"], "")),
                )
            )
        others = (
            {**event.before, **event.after}.keys()
            - set(names)
            - {"status", "change", "was", "confirmed", "by"}
        )
        lines += [
            (named(name), self._word(name, event.before.get(name)), self._word(name, event.after.get(name)))
            for name in sorted(others)
        ]
        return [line for line in lines if any(line[1:])]

    def _word(self, name, value):
        if name in ABOUT_PEOPLE and value:
            ids = value if isinstance(value, list) else [value]
            return ", ".join(
                self.names.get(pk, _("compte effacé (%(number)s)") % {"number": pk}) for pk in ids
            )
        if value is None or value == []:
            return ""
        if isinstance(value, bool):
            return _("oui") if value else _("non")
        if name == "city_roles":
            roles = dict(CityRole.choices)
            return ", ".join(str(roles.get(role, role)) for role in value)
        if name == "role":
            return str(dict(MerchantRole.choices).get(value, value))
        if name == "field" and value in FACTS:
            return letters.label_of(value)
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)

    def _plain(self, name, value):
        try:
            return self.reader.plain(name, value)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            # Written long ago in a shape that the fact has no more.
            return str(value)


# What an event tells beside facts of a page.
ABOUT_PEOPLE = ("person", "people")
NAMES = {
    "person": gettext_lazy("Personne"),
    "people": gettext_lazy("Personnes"),
    "role": gettext_lazy("Rôle"),
    "city_roles": gettext_lazy("Rôles à la Ville"),
    "is_active": gettext_lazy("Compte ouvert"),
    "photo": gettext_lazy("Photo n°"),
    "album": gettext_lazy("Photos"),
    "bytes": gettext_lazy("Octets"),
    "from": gettext_lazy("Page qui a disparu"),
    "into": gettext_lazy("Page qui reste"),
    "until": gettext_lazy("Jusqu’au"),
    "claim": gettext_lazy("Demande n°"),
    "request": gettext_lazy("Demande n°"),
    "method": gettext_lazy("Preuve"),
    "reports": gettext_lazy("Signalements"),
    "premises": gettext_lazy("Locaux"),
    "occupancy": gettext_lazy("Occupation"),
    "shops": gettext_lazy("Commerces"),
    "field": gettext_lazy("Champ"),
    "ours": gettext_lazy("Chez nous"),
    "theirs": gettext_lazy("Dans le fichier"),
    "place": gettext_lazy("Place"),
    "slug": gettext_lazy("Quartier"),
    "label": gettext_lazy("Nom"),
    "intro": gettext_lazy("Présentation"),
}


def named(name: str) -> str:
    """What an event tells, under a name that people read: « Nom (Deutsch) » for `label_de`."""
    if name in NAMES:
        return str(NAMES[name])
    stem, _sign, language = name.rpartition("_")
    languages = dict(settings.LANGUAGES)
    return f"{NAMES[stem]} ({languages[language]})" if stem in NAMES and language in languages else name


def _people(said):
    """The keys of accounts that an event names."""
    for name in ABOUT_PEOPLE:
        value = said.get(name)
        yield from (pk for pk in (value if isinstance(value, list) else [value]) if isinstance(pk, int))


def _narrowed(request):
    return JournalForm(request.GET)


@require_safe
@city_desk("shops.view_event")
def journal(request):
    """Newest first; `avant` is the last one of the page before."""
    form = _narrowed(request)
    events = form.events()
    before = request.GET.get("avant", "")
    if before.isdecimal() and len(before) < 19:
        last = get_object_or_404(Event, pk=before)
        events = events.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk))
    rows = list(events[: PAGE + 1])
    teller = Teller(request.catalogue, rows)
    query = request.GET.copy()
    query.pop("avant", None)
    shop = None
    if form.is_valid() and form.cleaned_data["commerce"]:
        shop = Shop.objects.filter(public_id=form.cleaned_data["commerce"].lower()).first()
    older = query.copy()
    if len(rows) > PAGE:
        older["avant"] = rows[PAGE - 1].pk
    context = {
        "form": form,
        "about": shop,
        "events": teller.tell_all(rows[:PAGE]),
        "older": older.urlencode() if len(rows) > PAGE else "",
        "query": query.urlencode(),
        "most": MOST_EXPORTED,
    }
    return city_page(request, "desks/city/journal.html", context, section="journal")


@require_safe
@city_desk("shops.view_event")
def journal_table(request):
    """The same as a table: who, when, what, before, after, why."""
    heading = [
        _("quand"),
        _("commerce"),
        _("identifiant"),
        _("fait"),
        _("par"),
        _("champ"),
        _("avant"),
        _("après"),
        _("motif"),
    ]
    return tables.csv_response("journal.csv", heading, _rows(_narrowed(request), request.catalogue))


def _rows(form, present):
    found = form.events()[:MOST_EXPORTED].iterator(chunk_size=500)
    for events in batched(found, 500, strict=False):
        yield from _lines(Teller(present, events).tell_all(events))


def _lines(tales):
    for told in tales:
        event = told.event
        head = [
            event.at.isoformat(),
            event.shop.name if event.shop else "",
            event.shop.public_id if event.shop else "",
            told.what,
            event.by.email if event.by else "",
        ]
        for line in told.facts or [("", "", "")]:
            yield [*head, *line, told.why]
