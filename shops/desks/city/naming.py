"""The City's own frame at its desk: what categories are called, their order, which one gives way; what is said of districts."""

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.db.models import Count
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from districts.models import District
from shops.desks.city.door import city_desk, city_page
from shops.desks.city.journal import Teller
from shops.editing import naming
from shops.importing import facts as reading
from shops.models import Category, CategoryGroup, Event

LOOK, EDIT = "shops.view_category", "shops.change_category"
LOOK_DISTRICT, EDIT_DISTRICT = "districts.view_district", "districts.change_district"
LABEL_LENGTH, INTRO_LENGTH = 80, 1500
LATELY = 8
SALT = "shops.desks.city.naming"


class TextsForm(forms.Form):
    """One text in each language, French first; `seen` is what it was when the form was made."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=20_000)

    def __init__(self, *args, texts, label, length, owed=(), rows=0, **kwargs):
        initial = texts | {"seen": signing.dumps(texts, salt=SALT)}
        super().__init__(*args, initial=initial, **kwargs)
        self.online, self.length, self.rows = texts, length, rows
        for code, language in settings.LANGUAGES:
            widget = forms.Textarea(attrs={"rows": rows}) if rows else forms.TextInput()
            widget.attrs["lang"] = code
            self.fields[code] = forms.CharField(
                label=f"{label} – {_(language)}", max_length=length, required=code in owed, widget=widget
            )

    def clean(self):
        data = super().clean()
        read = reading.lines if self.rows else reading.text
        for code in naming.LANGUAGES:
            if data.get(code):
                try:
                    data[code] = read(self.length)(data[code])
                except reading.Refused as refused:
                    self.add_error(code, capfirst(str(refused)).rstrip(".") + ".")
        return data

    def clean_seen(self):
        try:
            return signing.loads(self.cleaned_data["seen"], salt=SALT)
        except signing.BadSignature:
            raise ValidationError(_("Cette page a vieilli : rechargez-la, puis recommencez.")) from None

    @property
    def texts(self):
        return {code: self.cleaned_data[code] for code in naming.LANGUAGES}


class LabelForm(TextsForm):
    """Two categories called the same in one language cannot be told apart."""

    def __init__(self, *args, category, owed, **kwargs):
        texts = naming.texts_of(category, naming.LABEL)
        super().__init__(
            *args, texts=texts, label=gettext_lazy("Nom"), length=LABEL_LENGTH, owed=owed, **kwargs
        )
        self.category = category

    def clean(self):
        data = super().clean()
        others = Category.objects.in_use().exclude(pk=self.category.pk)
        taken = [naming.texts_of(other, naming.LABEL) for other in others]
        for code in naming.LANGUAGES:
            said = (data.get(code) or "").casefold()
            if said and any(said == texts[code].casefold() for texts in taken):
                self.add_error(code, _("Une autre catégorie porte déjà ce nom."))
        return data


class GiveUpForm(forms.Form):
    """The category that takes the place, and why."""

    other = forms.ModelChoiceField(
        label=gettext_lazy("La catégorie qui reste"),
        queryset=Category.objects.none(),
        to_field_name="code",
        empty_label=gettext_lazy("Choisissez …"),
    )
    why = forms.CharField(
        label=gettext_lazy("Pourquoi"),
        max_length=500,
        help_text=gettext_lazy("Gardé dans le journal."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def __init__(self, *args, category, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["other"].queryset = Category.objects.in_use().exclude(pk=category.pk)


class StepForm(forms.Form):
    """One place up or down, from where it was seen."""

    step = forms.TypedChoiceField(choices=[(-1, ""), (1, "")], coerce=int)
    place = forms.IntegerField(min_value=0, max_value=1000)


@require_safe
@city_desk(LOOK)
def categories(request):
    """The categories in their groups, with their shops, then the districts."""
    shops = dict(Category.objects.annotate(number=Count("shops")).values_list("pk", "number"))
    members, former = {}, {}
    for category in Category.objects.select_related("merged_into"):
        if category.merged_into:
            former.setdefault(category.merged_into_id, []).append(category)
        else:
            members.setdefault(category.group_id, []).append(category)
    groups = [
        (
            group,
            [(one, shops.get(one.pk, 0), former.get(one.pk, [])) for one in members.get(group.pk, [])],
        )
        for group in CategoryGroup.objects.all()
    ]
    districts = [
        (district, sum(bool(text) for text in naming.texts_of(district, naming.INTRO).values()))
        for district in District.objects.defer("outline")
    ]
    context = {
        "groups": groups,
        "districts": districts,
        "languages": len(settings.LANGUAGES),
        "may_edit": request.user.has_perm(EDIT),
    }
    return city_page(request, "desks/city/categories.html", context, section="naming")


def _category(code):
    return get_object_or_404(Category.objects.select_related("group", "merged_into"), code=code)


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(LOOK)
def category(request, code):
    """What one category is called."""
    category = _category(code)
    may_edit = request.user.has_perm(EDIT)
    if may_edit and category.merged_into and request.method == "POST":
        messages.info(request, _("Cette catégorie a déjà été réunie à une autre."))
        return redirect("city:category", code)
    may_edit &= category.merged_into is None
    owed = {settings.LANGUAGE_CODE, *request.city.languages}

    def make(data, category):
        return LabelForm(data, category=category, owed=owed)

    form = _written(request, make, naming.rename, category, may_edit)
    if form is None:
        return redirect("city:categories")
    main, beside = naming.count_of(category)
    counts = {"shops": main, "beside": beside}
    return _texts_page(request, category, naming.LABEL, form, may_edit, {"category": code}, **counts)


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(LOOK, LOOK_DISTRICT)
def district(request, slug):
    """What is said of one district."""
    district = get_object_or_404(District.objects.defer("outline"), slug=slug)
    may_edit = request.user.has_perm(EDIT_DISTRICT)

    def make(data, district):
        texts = naming.texts_of(district, naming.INTRO)
        return TextsForm(data, texts=texts, label=_("Présentation"), length=INTRO_LENGTH, rows=4)

    form = _written(request, make, naming.introduce, district, may_edit)
    if form is None:
        return redirect("city:categories")
    return _texts_page(request, district, naming.INTRO, form, may_edit, {"slug": slug}, is_district=True)


def _written(request, make, verb, thing, may_edit):
    """The form to show; None when what it says has been written."""
    if request.method != "POST":
        return make(None, thing)
    if not may_edit:
        raise Http404("Reads only.")
    form = make(request.POST, thing)
    if not form.is_valid():
        return form
    try:
        changed = verb(thing, form.texts, seen=form.cleaned_data["seen"], by=request.user, at=request.now)
    except naming.Overtaken:
        # What was typed stays; sent once more, it goes over what is online now.
        data = request.POST.copy()
        thing.refresh_from_db()
        data["seen"] = make(None, thing).initial["seen"]
        form = make(data, thing)
        now = " / ".join(text for text in form.online.values() if text)
        form.add_error(
            None,
            _(
                "Quelqu’un d’autre a changé ceci pendant que vous écriviez. En ligne maintenant : « %(now)s »."
                " Enregistrez encore une fois pour mettre votre texte à la place."
            )
            % {"now": now},
        )
        return form
    if changed:
        messages.success(request, _("C’est en ligne."))
    else:
        messages.info(request, _("Rien n’a changé."))
    return None


def _texts_page(request, thing, field, form, may_edit, about, **more):
    events = Event.objects.filter(shop=None, kind__startswith="city:", before__contains=about)
    events = list(events.select_related("by", "shop")[:LATELY])
    said = naming.texts_of(thing, field)
    context = {
        "thing": thing,
        "form": form,
        "may_edit": may_edit,
        "texts": [(code, _(language), said[code]) for code, language in settings.LANGUAGES],
        "events": Teller(request.catalogue, events).tell_all(events),
        **more,
    }
    return city_page(request, "desks/city/naming.html", context, section="naming")


@require_POST
@city_desk(LOOK, EDIT)
def step(request, code):
    """One place up or down in its group."""
    category, form = _category(code), StepForm(request.POST)
    if form.is_valid():
        try:
            naming.move(
                category,
                form.cleaned_data["step"],
                place=form.cleaned_data["place"],
                by=request.user,
                at=request.now,
            )
        except naming.Overtaken:
            messages.info(request, _("L’ordre a changé entre-temps : le voici."))
    to = redirect("city:categories")
    to["Location"] += f"#c-{category.code}"
    return to


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(LOOK, EDIT)
def give_up(request, code):
    """Choose the category that stays; see how many shops go there; then, with `sure`, do it."""
    category = _category(code)
    if category.merged_into:
        messages.info(request, _("Cette catégorie a déjà été réunie à une autre."))
        return redirect("city:category", code)
    form = GiveUpForm(request.POST if request.method == "POST" else None, category=category)
    other = None
    if request.method == "POST" and form.is_valid():
        other = form.cleaned_data["other"]
        if "sure" in request.POST:
            why = form.cleaned_data["why"].strip()
            try:
                number = naming.give_up(category, other, by=request.user, at=request.now, why=why)
            except naming.Overtaken:
                messages.warning(request, _("Ce n’est plus possible : quelqu’un d’autre a été plus rapide."))
            else:
                text = ngettext(
                    "%(number)d commerce est maintenant sous « %(name)s ».",
                    "%(number)d commerces sont maintenant sous « %(name)s ».",
                    number,
                )
                messages.success(request, text % {"number": number, "name": other.label_i18n})
            return redirect("city:categories")
    main, beside = naming.count_of(category)
    some = category.shops.order_by("name_key")[:LATELY]
    context = {
        "category": category,
        "form": form,
        "other": other,
        "shops": main,
        "beside": beside,
        "some": some,
        "more": max(0, main - LATELY),
    }
    return city_page(request, "desks/city/give_up.html", context, section="naming")
