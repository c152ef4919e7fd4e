"""The City's plain desk over the catalogue: lists and edits all of it, until its real desk comes.

Whatever is saved here goes through `catalogue.changed()`, is noted as an `Event`, and counts as confirmed by the
City for the groups of facts that were touched.
"""

import json
import re

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextareaWidget, AdminTextInputWidget
from django.contrib.postgres.search import SearchQuery
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from districts.admin import ReadOnlyAdmin
from districts.city_pack import street_slug
from shops import catalogue, search
from shops.importing import facts
from shops.importing.frame import Frame
from shops.models import (
    Category,
    CategoryGroup,
    ClaimRequest,
    EmptySearch,
    Event,
    ImportDifference,
    Link,
    Report,
    Shop,
    SlugHistory,
    SpecialDay,
)
from shops.search.index import SIMPLE
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


SERVICE_NOTE_LENGTH = 200
LONGEST_TEXT = 3000

# The desk's search
MOST_WORDS = 12
FEWEST_DIGITS = 5  # of a telephone number
FEWEST_LETTERS = 5  # of a word in which "ae" may stand for "ä"
PHONE = re.compile(r"[\d\s+()./-]+")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


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
        raise forms.ValidationError(sentence(refused)) from refused


def sentence(reason: object) -> str:
    """A reason of the import's report, to stand alone."""
    return capfirst(str(reason)).rstrip(".") + "."


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
    confirm_hours = forms.BooleanField(
        label=_("Les horaires sont justes aujourd’hui"),
        required=False,
        help_text=_("Cochez quand vous venez de les vérifier, même si rien n’a changé."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.read_as, self.moved_to = "", None
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

    def clean(self):
        cleaned = super().clean()
        self._place()
        self.instance.accessibility = {
            question: answer
            for question in AccessQuestion.values
            if (answer := cleaned.get(f"access_{question}", self.instance.access_answer(question)))
        }
        return cleaned

    def _place(self):
        """A position is whole and in the city, and decides on the district unless somebody did."""
        if {"lat", "lon", "district"} & set(self.errors):
            return
        cleaned = self.cleaned_data
        lat, lon = cleaned.get("lat"), cleaned.get("lon")
        slug = None
        if (lat is None) != (lon is None):
            missing = "lat" if lat is None else "lon"
            self.add_error(missing, sentence(gettext("une position a une latitude et une longitude")))
        elif lat is not None:
            try:
                slug = accepted(self.frame.district_at, lat, lon)
            except forms.ValidationError as refused:
                self.add_error("lat", refused)
        elif not cleaned.get("district"):
            self.add_error("district", sentence(gettext("ni position ni quartier")))
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


class LinkInline(admin.TabularInline):
    model = Link
    form = TidyForm
    extra = 0
    fields = ["kind", "url"]


class SpecialDayInline(admin.TabularInline):
    model = SpecialDay
    form = TidyForm
    extra = 0
    fields = ["start_on", "end_on", "hours", "reason", "note"]


class SlugHistoryInline(admin.TabularInline):
    model = SlugHistory
    extra = 0
    fields = ["slug"]
    readonly_fields = ["slug"]
    can_delete = False

    def has_add_permission(self, request, obj=None):
        return False


@admin.register(Shop)
class ShopAdmin(admin.ModelAdmin):
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
        "published_at", "closed_at", "confirmations",
    ]  # fmt: skip
    inlines = [LinkInline, SpecialDayInline, SlugHistoryInline]
    actions = ["publish", "suspend", "close"]
    fieldsets = [
        (None, {"fields": ["name", "name_de", "name_lb", "name_en", "other_names", "category", "other_categories"]}),
        (_("État"), {"fields": ["status", "merged_into", "public_id", "slug", "external_id", "claimed_at", "is_demo",
                                "created_at", "published_at", "closed_at", "confirmations"]}),
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
        """Shops of which each word typed is in the names, the address or an identifier; or with this number."""
        words = search_term.split()[:MOST_WORDS]
        digits = re.sub(r"\D", "", search_term).removeprefix("00")
        if PHONE.fullmatch(search_term.strip()) and len(digits) >= FEWEST_DIGITS:
            of_number = Q(phone__contains=digits)
            return queryset.filter(of_number | _about(words[0]) if len(words) == 1 else of_number), False
        for about in map(_about, words):
            queryset = queryset.filter(about)
        return queryset, False

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

    def save_model(self, request, shop, form, change):
        now = timezone.now()
        touched = {group for group, fields in GROUP_FIELDS.items() if fields & set(form.changed_data)}
        if form.cleaned_data.get("confirm_hours"):
            touched.add(FactGroup.HOURS)
        for group in touched:
            shop.confirm(group, by=ConfirmedBy.CITY, at=now)
        if not change:
            shop.created_at = now
            shop.slug = Shop.objects.free_slug(shop.name)
        form.touched = touched
        super().save_model(request, shop, form, change)
        if form.read_as:
            text = gettext("Horaires : lu comme « %(hours)s ».") % {"hours": form.read_as}
            self.message_user(request, text, messages.INFO)
        if form.moved_to:
            text = gettext(
                "Le quartier suit la position : %(district)s. Vérifiez que la rue est encore la bonne."
            ) % {"district": form.moved_to}
            self.message_user(request, text, messages.INFO)

    def save_related(self, request, form, formsets, change):
        super().save_related(request, form, formsets, change)
        shop = form.instance
        now = timezone.now()
        by_inline = {LinkInline.model: FactGroup.CONTACT, SpecialDayInline.model: FactGroup.HOURS}
        groups = {
            by_inline[formset.model]
            for formset in formsets
            if formset.model in by_inline and formset.has_changed()
        }
        for group in groups - form.touched:
            shop.confirm(group, by=ConfirmedBy.CITY, at=now)
            shop.save(update_fields=[f"{group}_confirmed_at", f"{group}_confirmed_by"])
        changes = sorted({*form.changed_data, *groups})
        if changes:
            Event.objects.create(
                shop=shop,
                kind="edited" if change else "created",
                by=request.user,
                at=now,
                before={name: _plain(form.initial.get(name)) for name in form.changed_data},
                after={name: _plain(form.cleaned_data.get(name)) for name in changes},
            )
            catalogue.changed([shop.pk], at=now)

    def _each(self, request, shops, verb):
        done = 0
        for shop in shops:
            try:
                verb(shop)
                done += 1
            except Shop.MoveNotAllowed:
                self.message_user(
                    request,
                    gettext("%(shop)s : impossible depuis l’état « %(state)s ».")
                    % {"shop": shop, "state": shop.get_status_display()},
                    messages.WARNING,
                )
        if done:
            text = ngettext("%(count)d commerce changé.", "%(count)d commerces changés.", done) % {
                "count": done
            }
            self.message_user(request, text, messages.SUCCESS)

    @admin.action(description=_("Publier"), permissions=["change"])
    def publish(self, request, queryset):
        self._each(request, queryset, lambda shop: shop.publish(by=request.user, at=timezone.now()))

    @admin.action(description=_("Suspendre"), permissions=["change"])
    def suspend(self, request, queryset):
        why = gettext("Suspendu depuis le bureau de la Ville")
        self._each(request, queryset, lambda shop: shop.suspend(by=request.user, at=timezone.now(), why=why))

    @admin.action(description=_("Fermer définitivement"), permissions=["change"])
    def close(self, request, queryset):
        self._each(request, queryset, lambda shop: shop.close(by=request.user, at=timezone.now()))


def _about(word):
    """What a word typed may be of a shop; nothing for a mere sign."""
    spelled = {search.key(word), search.key(word.casefold().translate(UMLAUTS))} - {""}
    spelled |= {re.sub("([aou])e", r"\1", name) for name in spelled if len(name) >= FEWEST_LETTERS}
    if not spelled:
        return Q()
    # Names in all languages, street and district lie in the search column; A and C are their weights in it.
    prefixes = (" & ".join(f"{part}:*AC" for part in name.split()) for name in sorted(spelled))
    wanted = " | ".join(f"({prefix})" for prefix in prefixes)
    about = Q(search=SearchQuery(wanted, config=SIMPLE, search_type="raw"))
    about |= Q(house_number__iexact=word.strip(",;")) | Q(public_id=word.lower())
    # Any number may lie inside an identifier: it is one when it is written as one.
    if {":", "/"} & set(word):
        about |= Q(external_id__icontains=word)
    elif word.isdecimal() and len(word) >= FEWEST_DIGITS:
        about |= Q(external_id__endswith=f"/{word}")
    for name in spelled:
        about |= Q(name_key__contains=name)
    if slug := street_slug(word):
        about |= Q(street_slug__contains=slug)
    return about


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


class AnsweredAdmin(admin.ModelAdmin):
    """A message is read and marked; what was written to the City is not rewritten."""

    actions = ["mark_closed"]

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False

    @admin.action(description=_("Marquer comme clos"), permissions=["change"])
    def mark_closed(self, request, queryset):
        count = queryset.update(state=queryset.model.State.CLOSED)
        text = ngettext("%(count)d message clos.", "%(count)d messages clos.", count) % {"count": count}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Report)
class ReportAdmin(AnsweredAdmin):
    list_display = ["created_at", "kind", "shop", "state", "language"]
    list_filter = ["state", "kind"]
    list_select_related = ["shop"]
    search_fields = ["message", "shop__name"]
    fields = ["shop", "kind", "message", "email", "language", "created_at", "state", "answer", "answered_at"]
    readonly_fields = ["shop", "kind", "message", "email", "language", "created_at", "state", "answered_at"]

    def save_model(self, request, report, form, change):
        if "answer" in form.changed_data and report.answer:
            report.reply(report.answer, at=timezone.now())
            self.message_user(
                request,
                _("La réponse part par e-mail.")
                if report.email
                else _("Réponse notée ; personne n’a laissé d’adresse."),
                messages.SUCCESS,
            )
        else:
            super().save_model(request, report, form, change)


@admin.register(ClaimRequest)
class ClaimRequestAdmin(AnsweredAdmin):
    list_display = ["created_at", "shop", "name", "state"]
    list_filter = ["state"]
    list_select_related = ["shop"]
    search_fields = ["name", "shop__name"]
    fields = [
        "shop",
        "name",
        "role",
        "email",
        "phone",
        "message",
        "language",
        "created_at",
        "state",
        "answered_at",
    ]
    readonly_fields = [*fields]


@admin.register(ImportDifference)
class ImportDifferenceAdmin(admin.ModelAdmin):
    list_display = ["shop", "field", "ours", "theirs", "source", "seen_at", "settled_at"]
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

    @admin.action(description=_("Marquer comme réglé"), permissions=["change"])
    def settle(self, request, queryset):
        with transaction.atomic():
            count = queryset.filter(settled_at=None).update(
                settled_at=timezone.now(), settled_by=request.user
            )
        text = ngettext("%(count)d différence réglée.", "%(count)d différences réglées.", count) % {
            "count": count
        }
        self.message_user(request, text, messages.SUCCESS)


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ["at", "shop", "kind", "by", "why"]
    list_filter = ["kind"]
    list_select_related = ["shop", "by"]
    search_fields = ["shop__name"]
    fields = ["shop", "kind", "by", "at", "before", "after", "why"]
    show_full_result_count = False


@admin.register(EmptySearch)
class EmptySearchAdmin(ReadOnlyAdmin):
    list_display = ["on", "words", "language", "district", "times"]
    list_filter = ["language", "on"]
    search_fields = ["words"]
    fields = ["on", "words", "language", "district", "times"]
