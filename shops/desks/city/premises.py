"""The register of premises at the City's desk: look, walk a street with a list, note what was seen."""

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from districts.models import District
from shops import coverage
from shops.desks.city.door import city_desk, city_page
from shops.models import Premises, Shop

A_PAGE = 50
WHO_IS_THERE = Prefetch("shops", Shop.objects.only("public_id", "name"))


class FilterForm(forms.Form):
    quartier = forms.ModelChoiceField(
        label=_("Quartier"), queryset=District.objects.defer("outline"), to_field_name="slug", required=False
    )
    rue = forms.SlugField(required=False, widget=forms.HiddenInput)
    occupation = forms.ChoiceField(
        label=_("Occupation"),
        choices=[("", _("toutes")), *Premises.Occupancy.choices],
        required=False,
    )
    page = forms.IntegerField(min_value=1, max_value=100_000, required=False, widget=forms.HiddenInput)


class SeenForm(forms.Form):
    """What somebody saw who stood before it."""

    occupancy = forms.ChoiceField(
        label=_("Ce que vous voyez"),
        choices=[
            (Premises.Occupancy.OCCUPIED, _("Quelqu’un y travaille")),
            (Premises.Occupancy.VACANT, _("Le local est vide")),
            (Premises.Occupancy.UNKNOWN, _("On ne peut pas dire")),
        ],
        widget=forms.RadioSelect,
    )
    shops = forms.ModelMultipleChoiceField(
        label=_("Commerces dans ce local"),
        queryset=Shop.objects.none(),
        to_field_name="public_id",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ceux de la rue, et ceux déjà liés. Il en manque un ? Créez d’abord sa fiche."),
    )
    seen_on = forms.DateField(label=_("Le jour"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args, premises, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today
        # Those that could be there: of the same street, or linked already. Bounded by the street.
        self.fields["shops"].queryset = (
            Shop.objects.filter(
                Q(street_slug=premises.street_slug, status=Shop.Status.PUBLISHED) | Q(premises=premises)
            )
            .distinct()
            .only("public_id", "name", "house_number")
            .order_by("house_number", "name_key")
        )

    def clean_seen_on(self):
        day = self.cleaned_data["seen_on"]
        if day > self.today:
            raise forms.ValidationError(gettext("Ce jour est à venir."))
        return day


@require_safe
@city_desk("shops.view_premises")
def register(request):
    """Coverage by district, then the premises asked for, a page at a time."""
    form = FilterForm(request.GET)
    wanted = form.cleaned_data if form.is_valid() else {}
    rows = (
        Premises.objects.select_related("district").defer("district__outline").prefetch_related(WHO_IS_THERE)
    )
    if wanted.get("quartier"):
        rows = rows.filter(district=wanted["quartier"])
    if wanted.get("rue"):
        rows = rows.filter(street_slug=wanted["rue"])
    if wanted.get("occupation"):
        rows = rows.filter(occupancy=wanted["occupation"])
    page = Paginator(rows, A_PAGE).get_page(wanted.get("page") or 1)
    by_district = coverage.by_district()
    districts = [
        (district, by_district.get(district.pk, coverage.Coverage()))
        for district in District.objects.defer("outline")
    ]
    context = {
        "form": form,
        "page": page,
        "districts": districts,
        "city_coverage": coverage.whole(by_district.values()),
    }
    return city_page(request, "desks/city/premises.html", context, section="premises")


@city_desk("shops.view_premises", needs_city=True)
def one(request, pk):
    """One room: what is known of it, and what somebody has just seen."""
    premises = get_object_or_404(Premises.objects.select_related("district"), pk=pk)
    today = request.now.astimezone(request.city.tz).date()
    may_write = request.user.has_perm("shops.change_premises")
    initial = {
        "occupancy": premises.occupancy,
        "seen_on": today,
        "shops": list(premises.shops.values_list("public_id", flat=True)),
    }
    form = SeenForm(request.POST or None, premises=premises, today=today, initial=initial)
    if request.method == "POST" and not may_write:
        raise Http404("Hands off.")
    if request.method == "POST" and form.is_valid():
        premises.seen(
            form.cleaned_data["occupancy"],
            shops=list(form.cleaned_data["shops"]),
            on=form.cleaned_data["seen_on"],
            by=request.user,
            at=request.now,
        )
        return redirect("city:street", premises.street_slug)
    context = {"premises": premises, "form": form, "may_write": may_write}
    return city_page(request, "desks/city/premises_one.html", context, section="premises")


@require_safe
@city_desk("shops.view_premises")
def streets(request):
    """The streets with premises, to choose one to walk."""
    rows = (
        Premises.objects.values("street_slug", "street", "district__name")
        .annotate(
            number=Count("pk"),
            unseen=Count("pk", filter=Q(occupancy=Premises.Occupancy.UNKNOWN)),
        )
        .order_by("street_slug", "district__name")
    )
    return city_page(request, "desks/city/streets.html", {"streets": rows}, section="premises")


@require_safe
@city_desk("shops.view_premises")
def street(request, slug):
    """One street to walk, on paper or with a phone: each room, what is known, room for what one sees."""
    rows = list(
        Premises.objects.filter(street_slug=slug)
        .select_related("district")
        .defer("district__outline")
        .prefetch_related(WHO_IS_THERE)
    )
    elsewhere = (
        Shop.objects.published()
        .filter(street_slug=slug, premises=None)
        .only("name", "house_number", "public_id", "slug")
        .order_by("house_number", "name_key")
    )
    context = {"rows": rows, "slug": slug, "elsewhere": elsewhere, "street": rows[0].street if rows else slug}
    return city_page(request, "desks/city/street.html", context, section="premises")
