"""The journal: what happened, to one page or to all, in sentences; searched, and taken away as a table."""

from dataclasses import dataclass

from django import forms
from django.db.models import Q
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.http import require_safe

from shops import reference
from shops.desks import tables
from shops.desks.city.differences import Reader
from shops.desks.city.door import city_desk, city_page
from shops.editing import letters
from shops.editing.facts import FACTS
from shops.models import Event, RefusalReason, Shop
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
    "person:created": N_("Compte créé au bureau"),
    "person:roles": N_("Rôles à la Ville changés"),
    "person:request_settled": N_("Demande d’une autre adresse réglée"),
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


class Teller:
    """Puts events into words."""

    def __init__(self, present):
        self.reader = Reader(reference.structure(present))

    def tell(self, event: Event) -> Told:
        what = _(SENTENCES[event.kind]) if event.kind in SENTENCES else event.kind
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
            (name, str(event.before.get(name, "")), str(event.after.get(name, ""))) for name in sorted(others)
        ]
        return lines

    def _plain(self, name, value):
        try:
            return self.reader.plain(name, value)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError):
            # Written long ago in a shape that the fact has no more.
            return str(value)


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
    teller = Teller(request.catalogue)
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
        "events": [teller.tell(event) for event in rows[:PAGE]],
        "older": older.urlencode() if len(rows) > PAGE else "",
        "query": query.urlencode(),
        "most": MOST_EXPORTED,
    }
    return city_page(request, "desks/city/journal.html", context, section="journal")


@require_safe
@city_desk("shops.view_event")
def journal_table(request):
    """The same as a table: who, when, what, before, after, why."""
    teller = Teller(request.catalogue)
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
    return tables.csv_response("journal.csv", heading, _rows(_narrowed(request), teller))


def _rows(form, teller):
    for event in form.events()[:MOST_EXPORTED].iterator(chunk_size=500):
        told = teller.tell(event)
        head = [
            event.at.isoformat(),
            event.shop.name if event.shop else "",
            event.shop.public_id if event.shop else "",
            told.what,
            event.by.email if event.by else "",
        ]
        for line in told.facts or [("", "", "")]:
            yield [*head, *line, told.why]
