"""The City's plain desk over the catalogue: lists and edits all of it, until its real desk comes.

Whatever is saved here goes through `revisions.propose`, as a merchant's save does: what somebody else changed meanwhile
is not overwritten, each save is a revision and an event, and counts as confirmed by the City (or, with their recorded
consent, by the shop's people) for the groups of facts that were touched.
"""

import json
from datetime import UTC

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.core import signing
from django.db import transaction
from django.http import Http404
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from accounts.admin import LostAddressAdmin, SecurityEventAdmin, UserAdmin
from accounts.models import LostAddress, SecurityEvent, User
from districts.admin import ReadOnlyAdmin
from districts.models import City
from shops import catalogue
from shops.desks import tables, wording
from shops.desks.city.bulk import AsksFirst
from shops.desks.city.forms import SuspensionForm, WhyForm
from shops.desks.city.journal import MOST_EXPORTED, said_of
from shops.editing import facts as page_facts
from shops.editing import leaving, letters, moves, revisions
from shops.importing import facts
from shops.importing.frame import Frame
from shops.models import (
    Category,
    CategoryGroup,
    EmptySearch,
    Event,
    ImportDifference,
    LastOwner,
    Link,
    Shop,
    SlugHistory,
    SpecialDay,
)
from shops.search.at_desk import sought
from shops.vocabulary import (
    AccessAnswer,
    AccessQuestion,
    ConfirmedBy,
    FactGroup,
    Payment,
    Service,
    SpokenLanguage,
)

# Which group of facts a field of the form belongs to: saving it is the City's word on that group.
GROUP_FIELDS = {
    FactGroup.IDENTITY: {
        "name", "other_names", "category", "other_categories", "district", "district_corrected", "street",
        "house_number", "postcode", "place_note", "lat", "lon",
    },
    FactGroup.HOURS: {"opening_hours", "opening_hours_text"},
    FactGroup.CONTACT: {"phone", "email"},
    FactGroup.SERVICES: {"services", "service_notes", "payments", "spoken_languages"},
    FactGroup.ACCESSIBILITY: {f"access_{question}" for question in AccessQuestion.values},
}  # fmt: skip


SALT = "shops.admin.base"
SERVICE_NOTE_LENGTH = 200
LONGEST_TEXT = 3000


class TidyForm(forms.ModelForm):
    """Texts as the import takes them: white space tidied, nothing invisible in them."""

    def clean(self):
        cleaned = super().clean()
        for name in self.changed_data:
            value, field = self.cleaned_data.get(name), self.fields[name]
            if isinstance(field, forms.CharField) and isinstance(value, str) and value:
                read = facts.lines if isinstance(field.widget, forms.Textarea) else facts.text
                try:
                    self.cleaned_data[name] = accepted(read(field.max_length or LONGEST_TEXT), value)
                except forms.ValidationError as refused:
                    self.add_error(name, refused)
        # Another way to write what is there already is no change.
        self.changed_data = [
            name
            for name in self.changed_data
            if not (isinstance(value := self.cleaned_data.get(name), str) and value == self.initial.get(name))
        ]
        return cleaned


def accepted(read, *values):
    """What a rule of the import makes of something typed. Raises ValidationError, with its reason as a sentence."""
    try:
        return read(*values)
    except facts.Refused as refused:
        raise forms.ValidationError(refused.sentence) from refused


def how_to_note() -> str:
    """How the notes on services are written, in a sentence."""
    example = json.dumps({Service.DELIVERY.value: "30 €"}, ensure_ascii=False)
    return gettext("Écrivez un texte par service, comme %(example)s.") % {"example": example}


class ShopForm(TidyForm):
    """A shop's facts; the lists are ticked, and each accessibility question has its own “unknown”.

    What people type is read by the import's own rules.
    """

    phone = forms.CharField(
        label=_("Téléphone"),
        max_length=60,
        required=False,
        widget=AdminTextInputWidget,
        help_text=_("Comme on l’écrit ici, ou avec + et l’indicatif du pays."),
    )
    opening_hours = forms.CharField(
        label=_("Horaires hebdomadaires"),
        max_length=facts.HOURS_LENGTH,
        required=False,
        widget=AdminTextareaWidget(attrs={"rows": 3}),
        help_text=_(
            "Comme on les écrit, par exemple : « Lu-Ve 9h-18h », « Mo-Sa 08:00-12:00,14:00-18:30 »"
            " ou « mardi au samedi 10h à 19h, dimanche fermé »."
        ),
    )
    services = forms.MultipleChoiceField(
        label=_("Services"), choices=Service, required=False, widget=forms.CheckboxSelectMultiple
    )
    payments = forms.MultipleChoiceField(
        label=_("Moyens de paiement"), choices=Payment, required=False, widget=forms.CheckboxSelectMultiple
    )
    spoken_languages = forms.MultipleChoiceField(
        label=_("Langues parlées"),
        choices=SpokenLanguage,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    # What the form showed, signed: how a save finds out what somebody else changed meanwhile.
    base = forms.CharField(widget=forms.HiddenInput, required=False)
    consent = forms.CharField(
        label=_("Au nom du commerçant"),
        max_length=500,
        required=False,
        widget=AdminTextInputWidget,
        help_text=_(
            "Si vous écrivez à sa place : comment et quand il a donné son accord, par exemple « au téléphone, le"
            " 3 mars ». La page dira que c’est confirmé par lui ; l’historique, que vous avez tenu la plume."
        ),
    )
    confirm_hours = forms.BooleanField(
        label=_("Les horaires sont justes aujourd’hui"),
        required=False,
        help_text=_("Cochez quand vous venez de les vérifier, même si rien n’a changé."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.read_as, self.moved_to = "", None
        self.wanted, self.shown, self.version = {}, {}, 0
        if "base" in self.fields and self.instance.pk:
            self.fields["base"].initial = sign(self.instance, said_now(self.instance, self.frame.city))
        # Who may only look has no such fields.
        if "district" in self.fields:
            # A position says it as well.
            self.fields["district"].required = False
            self.fields["service_notes"].help_text = how_to_note()
        for question in AccessQuestion:
            self.fields[f"access_{question.value}"].initial = self.instance.access_answer(question.value)

    def clean_service_notes(self):
        notes = self.cleaned_data["service_notes"] or {}
        if not isinstance(notes, dict):
            raise forms.ValidationError(how_to_note())
        tidy = {}
        for service, note in notes.items():
            if service not in Service:
                raise forms.ValidationError(
                    gettext("« %(service)s » n’est pas un service connu.") % {"service": service}
                )
            if not isinstance(note, str):
                raise forms.ValidationError(
                    gettext("La précision pour « %(service)s » n’est pas un texte.") % {"service": service}
                )
            if note.strip():
                try:
                    tidy[service] = facts.text(SERVICE_NOTE_LENGTH)(note)
                except facts.Refused as refused:
                    raise forms.ValidationError(f"{service} : {refused}.") from refused
        return tidy

    @cached_property
    def frame(self):
        """The city, read when something of it is asked for."""
        return Frame()

    def clean_phone(self):
        # A number that nobody touches may be one of no plan, as in the demonstration.
        phone = self.cleaned_data["phone"]
        return accepted(facts.phone(self.frame.region), phone) if phone and self._touched("phone") else phone

    def clean_opening_hours(self):
        given = self.cleaned_data["opening_hours"].strip()
        if not given:
            return given
        given = accepted(facts.text(facts.HOURS_LENGTH), self.cleaned_data["opening_hours"])
        repaired = accepted(facts.weekly_hours, given, self.frame.place)
        if repaired.changed:
            self.read_as = repaired.expression
        return repaired.expression

    def _touched(self, name):
        return name in self.changed_data

    def texts(self):
        """The texts that people read as they are written: by field, what `wording.hints_on` takes besides."""
        found = {}
        for name, fact in page_facts.FACTS.items():
            column = name.removesuffix(f"_{fact.language}")
            if column in ("name", "summary", "description", "specialty") and name in self.fields:
                kind = wording.NAME if column == "name" else wording.TEXT
                found[name] = {"kind": kind, "language": fact.language or settings.LANGUAGE_CODE}
        return found

    def clean(self):
        cleaned = super().clean()
        self._place()
        self.instance.accessibility = {
            question: answer
            for question in AccessQuestion.values
            if (answer := cleaned.get(f"access_{question}", self.instance.access_answer(question)))
        }
        return cleaned

    def _post_clean(self):
        super()._post_clean()
        if self.instance.pk and "base" in self.fields:
            self._compare()

    def _compare(self):
        """Name each fact that somebody else changed since the form was made, and that is wanted otherwise now."""
        try:
            self.version, self.shown = unsign(self.cleaned_data.get("base", ""), self.instance)
        except signing.BadSignature:
            self.add_error(None, gettext("Cette page a vieilli : rechargez-la, puis recommencez."))
            return
        names = [name for name in self.shown if name not in OWN_FORMS]
        self.wanted = page_facts.read(self.instance, [name for name in names if name != "other_categories"])
        if "other_categories" in self.cleaned_data:
            codes = (category.code for category in self.cleaned_data["other_categories"])
            self.wanted["other_categories"] = sorted(codes)
        now = said_now(revisions.locked(self.instance, at=timezone.now()), self.frame.city)
        for name, value in self.wanted.items():
            if now[name] not in (self.shown[name], value) and value != self.shown[name]:
                self.shown[name] = now[name]
                field = FORM_FIELD.get(name, name)
                self.add_error(field if field in self.fields else None, overtaken(now[name]))

    def _place(self):
        """A position is whole and in the city, and decides on the district unless somebody did."""
        if {"lat", "lon", "district"} & set(self.errors):
            return
        cleaned = self.cleaned_data
        lat, lon = cleaned.get("lat"), cleaned.get("lon")
        slug = None
        if (lat is None) != (lon is None):
            missing = "lat" if lat is None else "lon"
            self.add_error(missing, facts.sentence(gettext("une position a une latitude et une longitude")))
        elif lat is not None:
            try:
                slug = accepted(self.frame.district_at, lat, lon)
            except forms.ValidationError as refused:
                self.add_error("lat", refused)
        elif not cleaned.get("district"):
            self.add_error("district", facts.sentence(gettext("ni position ni quartier")))
        if slug and not (cleaned.get("district") and cleaned.get("district_corrected")):
            district = next(district for district in self.frame.districts if district.slug == slug)
            if district != cleaned.get("district"):
                self.moved_to = cleaned["district"] = district
            others = [name for name in self.changed_data if name != "district"]
            moved = district.pk != self.initial.get("district")
            self.changed_data = [*others, "district"] if moved else others


# One select for each question, so that Django's admin sees them as declared fields.
for _question in AccessQuestion:
    _field = forms.ChoiceField(
        label=_question.label, choices=[("", _("inconnu")), *AccessAnswer.choices], required=False
    )
    ShopForm.base_fields[f"access_{_question.value}"] = _field
    ShopForm.declared_fields[f"access_{_question.value}"] = _field


# Facts that have forms of their own below the page's, and the fields that show others under another name.
OWN_FORMS = {"links", "special_days"}
FORM_FIELD = {"position": "lat", "accessibility": None}


def said_now(shop, city):
    """All that a page says that is changed here, by name."""
    page_facts.with_today(shop, timezone.now(), city)
    return page_facts.read(shop, [name for name in page_facts.FACTS if name != "photos"])


def sign(shop, shown, version=None):
    """What a form shows of a shop, as a token for it to carry."""
    version = revisions.version_of(shop) if version is None else version
    return signing.dumps([shop.pk, version, shown], salt=SALT, compress=True)


def unsign(token, shop):
    """(version, what was shown). Raises BadSignature, also for another shop's."""
    pk, version, shown = signing.loads(token, salt=SALT)
    if pk != shop.pk:
        raise signing.BadSignature("of another shop")
    return version, shown


def overtaken(now):
    """What is said to who was overtaken."""
    return gettext(
        "Quelqu’un d’autre a changé ceci pendant que vous écriviez. En ligne maintenant : « %(now)s »."
        " Enregistrez encore une fois pour mettre votre texte à la place."
    ) % {"now": json.dumps(now, ensure_ascii=False) if isinstance(now, list | dict) else now}


class FactFormSet(forms.BaseInlineFormSet):
    """Rows that are together one fact of the page."""

    fact = ""

    def clean(self):
        super().clean()
        if not (self.instance.pk and self.has_changed()):
            return
        try:
            _version, shown = unsign(self.data.get("base", ""), self.instance)
        except signing.BadSignature:
            return  # The page's own form says so.
        fresh = page_facts.with_today(Shop(pk=self.instance.pk), timezone.now(), City.objects.get())
        now = page_facts.FACTS[self.fact].read(fresh)
        if now != shown[self.fact]:
            self.now = now
            raise forms.ValidationError(
                gettext(
                    "Quelqu’un d’autre a changé cette liste pendant que vous écriviez. Rechargez la page pour la voir."
                )
            )

    def value(self):
        """The fact that the rows make, as `shops.editing.facts` writes it."""
        rows = (form.cleaned_data for form in self.forms if form not in self.deleted_forms)
        return [self.row(said) for said in rows if said]

    def row(self, said):
        raise NotImplementedError


class LinkFormSet(FactFormSet):
    fact = "links"

    def row(self, said):
        return [said["kind"], said["url"]]


class SpecialDayFormSet(FactFormSet):
    fact = "special_days"

    def value(self):
        return sorted(super().value(), key=lambda day: (day["start_on"], day["end_on"]))

    def row(self, said):
        days = {name: said[name].isoformat() for name in ("start_on", "end_on")}
        return days | {name: said[name] for name in ("hours", "reason", "note")}


class LinkInline(admin.TabularInline):
    model = Link
    form = TidyForm
    formset = LinkFormSet
    extra = 0
    fields = ["kind", "url"]


class SpecialDayInline(admin.TabularInline):
    """The days to come: those that are over are history."""

    model = SpecialDay
    form = TidyForm
    formset = SpecialDayFormSet
    extra = 0
    fields = ["start_on", "end_on", "hours", "reason", "note"]

    def get_queryset(self, request):
        if request.city is None:
            return super().get_queryset(request).none()
        today = request.now.astimezone(request.city.tz).date()
        return super().get_queryset(request).filter(end_on__gte=today)


class SlugHistoryInline(admin.TabularInline):
    model = SlugHistory
    extra = 0
    fields = ["slug"]
    readonly_fields = ["slug"]
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Shop)
class ShopAdmin(AsksFirst, admin.ModelAdmin):
    form = ShopForm
    list_display = ["name", "category", "district", "street", "status", "claimed_at", "hours_confirmed_at"]
    list_filter = ["status", "district", "category__group", "is_demo", "hours_confirmed_by"]
    list_select_related = ["category", "district"]
    # Shows the box; get_search_results says what is looked at.
    search_fields = ["name"]
    search_help_text = _(
        "Nom, rue et numéro, quartier, téléphone ou identifiant ; les accents ne comptent pas."
    )
    show_full_result_count = False
    date_hierarchy = None
    ordering = ["name_key"]
    autocomplete_fields = ["category", "other_categories"]
    readonly_fields = [
        "public_id", "slug", "status", "merged_into", "claimed_at", "external_id", "is_demo", "created_at",
        "published_at", "closed_at", "suspended_until", "confirmations", "opening_hours_text",
    ]  # fmt: skip
    inlines = [LinkInline, SpecialDayInline, SlugHistoryInline]
    actions = ["publish", "suspend", "close"]
    fieldsets = [
        (None, {"fields": ["base", "consent", "name", "name_de", "name_lb", "name_en", "other_names", "category", "other_categories"]}),
        (_("État"), {"fields": ["status", "merged_into", "public_id", "slug", "external_id", "claimed_at", "is_demo",
                                "created_at", "published_at", "closed_at", "suspended_until", "confirmations"]}),
        (_("Où"), {"fields": ["district", "district_corrected", "street", "house_number", "postcode", "place_note",
                              "lat", "lon"]}),
        (_("Coordonnées"), {"fields": ["phone", "email"]}),
        (_("Horaires"), {"fields": ["opening_hours", "opening_hours_text", "confirm_hours"]}),
        (_("Textes"), {"fields": ["summary", "summary_de", "summary_lb", "summary_en", "description", "description_de",
                                  "description_lb", "description_en", "specialty", "specialty_de", "specialty_lb",
                                  "specialty_en"]}),
        (_("Services"), {"fields": ["services", "service_notes", "payments", "spoken_languages"]}),
        (_("Accessibilité"), {"fields": [f"access_{question}" for question in AccessQuestion.values]}),
    ]  # fmt: skip

    def has_delete_permission(self, request, obj=None):
        """A shop is closed or merged, never wiped: its addresses are printed somewhere."""
        return False

    def view_on_site(self, shop):
        """Where the public sees it, or None where it does not."""
        return shop.get_absolute_url() if Shop.objects.reachable().contains(shop) else None

    def response_add(self, request, obj, post_url_continue=None):
        response = super().response_add(request, obj, post_url_continue)
        if obj.status == Shop.Status.DRAFT:
            self.message_user(
                request, gettext("Brouillon : publiez-le pour qu’on le voie."), messages.WARNING
            )
        return response

    def get_search_results(self, request, queryset, search_term):
        return sought(queryset, search_term), False

    def get_changeform_initial_data(self, request):
        return {"status": Shop.Status.DRAFT}

    @admin.display(description=_("Confirmations"))
    def confirmations(self, shop):
        lines = []
        for group in FactGroup:
            at = getattr(shop, f"{group}_confirmed_at")
            who = getattr(shop, f"get_{group}_confirmed_by_display")()
            lines.append(
                f"{group.label} : {who}, {timezone.localtime(at):%d.%m.%Y}" if at else f"{group.label} : –"
            )
        return " · ".join(lines)

    def get_fieldsets(self, request, obj=None):
        """Nobody has agreed yet to a page that is only being made."""
        sets = super().get_fieldsets(request, obj)
        if obj is not None:
            return sets
        first = [name for name in sets[0][1]["fields"] if name not in ("base", "consent")]
        return [(None, {"fields": first}), *sets[1:]]

    def render_change_form(self, request, context, **options):
        """A form that comes back knows what it has told of: sent again as it is, it goes over that and nothing else."""
        form = context["adminform"].form
        if form.is_bound and getattr(form, "shown", None):
            form.data = form.data.copy()
            form.data["base"] = sign(form.instance, form.shown, form.version)
        return super().render_change_form(request, context, **options)

    def save_model(self, request, shop, form, change):
        """A new page is a row. What is there already is changed in `save_related`, with all its rows at hand."""
        if not change:
            now = timezone.now()
            touched = {group for group, fields in GROUP_FIELDS.items() if fields & set(form.changed_data)}
            if form.cleaned_data.get("confirm_hours"):
                touched.add(FactGroup.HOURS)
            for group in touched:
                shop.confirm(group, by=ConfirmedBy.CITY, at=now)
            shop.created_at = now
            shop.slug = Shop.objects.free_slug(shop.name)
            super().save_model(request, shop, form, change)
        if form.read_as:
            text = gettext("Horaires : lu comme « %(hours)s ».") % {"hours": form.read_as}
            self.message_user(request, text, messages.INFO)
        if form.moved_to:
            text = gettext(
                "Le quartier suit la position : %(district)s. Vérifiez que la rue est encore la bonne."
            ) % {"district": form.moved_to}
            self.message_user(request, text, messages.INFO)
        self._advise(request, form)

    def _advise(self, request, form):
        """What makes a text that was just written hard to read or to hear, and how it would be put right."""
        for name, about in form.texts().items():
            if name not in form.changed_data:
                continue
            for hint in wording.hints_on(form.cleaned_data[name], **about):
                said = gettext("%(field)s : %(hint)s") % {"field": form[name].label, "hint": hint.sentence}
                if hint.repaired:
                    said += " " + gettext("Par exemple : « %(example)s »") % {"example": hint.repaired}
                self.message_user(request, said, messages.WARNING)

    def save_related(self, request, form, formsets, change):
        if change:
            self._propose(request, form, formsets)
            return
        super().save_related(request, form, formsets, change)
        shop, now = form.instance, timezone.now()
        Event.note(
            shop,
            "created",
            by=request.user,
            at=now,
            after={name: _plain(form.cleaned_data.get(name)) for name in sorted(form.changed_data)},
        )
        catalogue.changed([shop.pk], at=now)

    def _propose(self, request, form, formsets):
        """Save by the door through which merchants save, too: with a revision, an event, and nobody overwritten."""
        values = dict(form.wanted)
        for formset in formsets:
            if isinstance(formset, FactFormSet) and formset.has_changed():
                values[formset.fact] = formset.value()
        consent = form.cleaned_data.get("consent", "").strip()
        word = {"by": request.user, "side": ConfirmedBy.MERCHANT if consent else ConfirmedBy.CITY}
        now = timezone.now()
        saved = revisions.propose(
            form.instance, values, base=form.shown, base_version=form.version, at=now, consent=consent, **word
        )
        if saved.conflicts:
            # The shop is held since the form was checked: nobody can have come between.
            raise RuntimeError(f"changed under our hands: {saved.conflicts}")
        if form.cleaned_data.get("confirm_hours"):
            revisions.confirm(form.instance, [FactGroup.HOURS], at=now, why=consent, **word)

    def construct_change_message(self, request, form, formsets, add=False):
        if add:
            return super().construct_change_message(request, form, formsets, add)
        changed = [
            *form.changed_data,
            *(one.fact for one in formsets if isinstance(one, FactFormSet) and one.has_changed()),
        ]
        return [{"changed": {"fields": changed}}] if changed else []

    # Actions

    def has_moderate_permission(self, request):
        return request.user.has_perm("shops.change_change")

    def _moved(self, request, queryset, *, action, label, consequence, form_class, move):
        """Ask first; then one move of each page that can make it, and a word on each that cannot."""

        def act(shop, form):
            try:
                move(shop, form)
            except Shop.MoveNotAllowed:
                text = gettext("%(shop)s : impossible depuis l’état « %(state)s ».")
                what = {"shop": shop, "state": shop.get_status_display()}
                self.message_user(request, text % what, messages.WARNING)
                return False
            return True

        more = {}
        if form_class is SuspensionForm:
            zone = request.city.tz
            more = {"today": request.now.astimezone(zone).date(), "zone": zone}
        return self.asked(
            request,
            queryset,
            action=action,
            label=label,
            consequence=consequence,
            form_class=form_class,
            counted=lambda number: (
                ngettext("%(number)d commerce", "%(number)d commerces", number) % {"number": number}
            ),
            described=lambda shop: f"{shop.name} ({shop.get_status_display()})",
            act=act,
            done=lambda number: (
                ngettext("%(count)d commerce changé.", "%(count)d commerces changés.", number)
                % {"count": number}
            ),
            **more,
        )

    @admin.action(description=_("Publier"), permissions=["moderate"])
    def publish(self, request, queryset):
        return self._moved(
            request,
            queryset,
            action="publish",
            label=gettext("Publier"),
            consequence=gettext("Tout le monde verra ces pages."),
            form_class=WhyForm,
            move=lambda shop, form: moves.publish(
                shop, by=request.user, at=request.now, why=form.cleaned_data["why"].strip()
            ),
        )

    @admin.action(description=_("Suspendre"), permissions=["moderate"])
    def suspend(self, request, queryset):
        return self._moved(
            request,
            queryset,
            action="suspend",
            label=gettext("Suspendre"),
            consequence=gettext(
                "Le public ne verra plus ces pages jusqu’au jour dit. Leurs responsables lisent la raison."
            ),
            form_class=SuspensionForm,
            move=lambda shop, form: moves.suspend(
                shop,
                by=request.user,
                at=request.now,
                why=form.cleaned_data["why"].strip(),
                until=form.until_at,
            ),
        )

    @admin.action(description=_("Fermer définitivement"), permissions=["moderate"])
    def close(self, request, queryset):
        return self._moved(
            request,
            queryset,
            action="close",
            label=gettext("Fermer définitivement"),
            consequence=gettext(
                "Ces commerces sortent des listes ; leurs adresses disent qu’ils sont fermés."
            ),
            form_class=WhyForm,
            move=lambda shop, form: moves.close(
                shop, by=request.user, at=request.now, why=form.cleaned_data["why"].strip()
            ),
        )


def cut(text):
    """The beginning of a long text."""
    return Truncator(text).chars(60)


def _plain(value):
    """A form's value as JSON keeps it."""
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    if hasattr(value, "all") or isinstance(value, tuple | set):
        return [str(item) for item in value]
    return str(value)


@admin.register(CategoryGroup)
class CategoryGroupAdmin(ReadOnlyAdmin):
    list_display = ["label", "code", "symbol"]
    fields = ["code", "label", "slug", "symbol"]


@admin.register(Category)
class CategoryAdmin(ReadOnlyAdmin):
    list_display = ["label", "group", "code", "schema_type", "symbol"]
    list_filter = ["group"]
    search_fields = ["label", "code"]
    fields = ["code", "group", "label", "slug", "symbol", "schema_type", "osm", "words"]

    def get_queryset(self, request):
        """A shop is put into no category that was given up; those are listed at `city:categories`."""
        return super().get_queryset(request).in_use()


@admin.register(ImportDifference)
class ImportDifferenceAdmin(AsksFirst, admin.ModelAdmin):
    list_display = ["shop", "what", "ours", "theirs", "source", "seen_at", "settled_at"]
    list_filter = ["field", "source"]
    list_select_related = ["shop"]
    search_fields = ["shop__name"]
    fields = ["shop", "field", "ours", "theirs", "source", "seen_at", "settled_at", "settled_by"]
    readonly_fields = [*fields]
    actions = ["settle"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.display(description=_("champ"), ordering="field")
    def what(self, one):
        return letters.label_of(one.field) if one.field in page_facts.FACTS else one.field

    @admin.action(description=_("Marquer comme réglé"), permissions=["change"])
    def settle(self, request, queryset):
        return self.asked(
            request,
            queryset.select_related("shop"),
            action="settle",
            label=gettext("Marquer comme réglé"),
            consequence=gettext(
                "Les pages gardent ce qu’elles disent. Ces différences ne sont plus à regarder, et un fichier qui dit"
                " encore la même chose ne les rouvre pas."
            ),
            counted=lambda number: (
                ngettext("%(number)d différence", "%(number)d différences", number) % {"number": number}
            ),
            described=lambda one: (
                f"{one.shop.name}, {self.what(one)} : {cut(one.ours) or '–'} / {cut(one.theirs) or '–'}"
            ),
            act=lambda one, _form: self._settle(one, by=request.user, at=request.now),
            done=lambda number: (
                ngettext("%(count)d différence réglée.", "%(count)d différences réglées.", number)
                % {"count": number}
            ),
        )

    @transaction.atomic
    def _settle(self, difference, *, by, at):
        row = ImportDifference.objects.filter(pk=difference.pk, settled_at=None)
        if not row.update(settled_at=at, settled_by=by):
            return False
        said = {"ours": difference.ours, "theirs": difference.theirs}
        after = {"field": difference.field, **said}
        Event.note(difference.shop, "import:settled", by=by, at=at, after=after)
        return True


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "shop", "what", "by", "why"]
    list_filter = ["kind"]
    list_select_related = ["shop", "by"]
    search_fields = ["shop__name"]
    fields = ["shop", "what", "kind", "by", "at", "before", "after", "why"]
    show_full_result_count = False

    @admin.display(description=_("fait"), ordering="kind")
    def what(self, event):
        return said_of(event.kind)


@admin.register(EmptySearch)
class EmptySearchAdmin(ReadOnlyAdmin):
    list_display = ["on", "words", "language", "district", "times"]
    list_filter = ["language", "on"]
    search_fields = ["words"]
    fields = ["on", "words", "language", "district", "times"]


admin.site.unregister(User)


PERSON_EVENTS = {
    "email": "person:address",
    "city_roles": "person:roles",
    "is_active": "person:active",
    "second_factor": "person:second_factor",
}


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People, and an event for each change that lets somebody in or shuts somebody out."""

    def note(self, field, user, *, before, by, at):
        # Of an address or a second factor, that it changed: what is kept for ever holds none.
        told = field in ("city_roles", "is_active")
        Event.note(
            None,
            PERSON_EVENTS[field],
            by=by,
            at=at,
            before={"person": user.pk} | ({field: before} if told else {}),
            after={"person": user.pk} | ({field: getattr(user, field)} if told else {}),
        )

    def save_model(self, request, user, form, change):
        super().save_model(request, user, form, change)
        if not change:
            made = {"person": user.pk, "city_roles": list(user.city_roles)}
            Event.note(None, "person:created", by=request.user, at=request.now, after=made)

    def get_deleted_objects(self, objs, request):
        """What would be left without anybody stands in the way, as at the merchants' desk."""
        gone, counts, perms_needed, protected = super().get_deleted_objects(objs, request)
        alone = [self._nobody_else(shop) for user in objs for shop in leaving.shops_only_hers(user)]
        return gone, counts, perms_needed, [*protected, *alone]

    def _nobody_else(self, shop):
        address = reverse("city:shop", args=[shop.public_id])
        words = gettext("personne d’autre n’en est responsable")
        return format_html('<a href="{}">{}</a> – {}', address, shop.name, words)

    def delete_view(self, request, object_id, extra_context=None):
        try:
            return super().delete_view(request, object_id, extra_context)
        except LastOwner:
            # Somebody else left meanwhile: the page that asks says so.
            return redirect("admin:accounts_user_delete", object_id)

    def delete_model(self, request, user):
        gone = {"person": user.pk, "city_roles": list(user.city_roles)}
        leaving.delete_account(user, at=request.now, by=request.user)
        Event.note(None, "person:deleted", by=request.user, at=request.now, before=gone)


admin.site.unregister(LostAddress)


@admin.register(LostAddress)
class LostAddressAtDesk(AsksFirst, LostAddressAdmin):
    """Requests to be let in by another address: settled after a question, with an event."""

    actions = ["settle"]

    @admin.action(description=_("Marquer comme réglé"), permissions=["change"])
    def settle(self, request, queryset):
        return self.asked(
            request,
            queryset,
            action="settle",
            label=gettext("Marquer comme réglé"),
            consequence=gettext(
                "Rien d’autre ne change, et personne ne reçoit d’e-mail : la nouvelle adresse s’écrit sur la fiche de"
                " la personne."
            ),
            counted=lambda number: (
                ngettext("%(number)d demande", "%(number)d demandes", number) % {"number": number}
            ),
            act=lambda asked, _form: self._settle(asked, by=request.user, at=request.now),
            done=lambda number: (
                ngettext("%(count)d demande réglée.", "%(count)d demandes réglées.", number)
                % {"count": number}
            ),
        )

    @transaction.atomic
    def _settle(self, asked, *, by, at):
        if not LostAddress.objects.filter(pk=asked.pk, settled_at=None).update(settled_at=at, settled_by=by):
            return False
        Event.note(None, "person:request_settled", by=by, at=at, after={"request": asked.pk})
        return True


admin.site.unregister(SecurityEvent)


@admin.register(SecurityEvent)
class SecurityEventAtDesk(SecurityEventAdmin):
    """The same, also as a table to take away: what the list shows, by its filters and its search."""

    def get_urls(self):
        table = self.admin_site.admin_view(self.table)
        return [path("csv/", table, name="accounts_securityevent_csv"), *super().get_urls()]

    @method_decorator(require_safe)
    def table(self, request):
        if not self.has_view_permission(request):
            raise Http404("Not this person's work.")
        try:
            events = self.get_changelist_instance(request).queryset[:MOST_EXPORTED]
        except IncorrectLookupParameters:
            return redirect("admin:accounts_securityevent_changelist")
        names = ["at", "kind", "how", "user", "tried", "network"]
        heading = [self.opts.get_field(name).verbose_name for name in names]
        return tables.csv_response("securite.csv", heading, map(self._line, events.iterator(chunk_size=500)))

    def _line(self, event):
        who = event.user.email if event.user else ""
        at = event.at.astimezone(UTC).isoformat(timespec="seconds")
        return [at, event.get_kind_display(), event.how, who, event.tried, event.network]
