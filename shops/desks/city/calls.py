"""The telephone list: whom to call, street by street, and a form for a phone in the other hand."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.contrib.postgres.expressions import ArraySubquery
from django.core.paginator import Paginator
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shops import calls, contacts, freshness, reference
from shops.calls import Result
from shops.desks.city.door import city_desk, city_page
from shops.editing import facts
from shops.models import Link, Shop
from shops.presentation import ShopPage
from shops.reminders import Changed, fingerprint, names_of
from shops.vocabulary import FactGroup

PER_PAGE = 100


class CallForm(forms.Form):
    """What came of a call."""

    result = forms.ChoiceField(
        label=gettext_lazy("Au téléphone"), choices=Result.choices, widget=forms.RadioSelect
    )
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Ce qui a été demandé, et qui est juste"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    words = forms.CharField(
        label=gettext_lazy("Ce qui a changé"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)
    submission = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, asked, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer(asked)

    def offer(self, groups):
        """The groups that can be ticked."""
        self.fields["groups"].choices = [(group.value, group.label) for group in groups]

    def clean(self):
        data = super().clean()
        if data.get("result") == Result.RIGHT and not data.get("groups"):
            self.add_error("groups", _("Cochez ce que la personne vous a confirmé."))
        if data.get("result") == Result.CHANGED and not data.get("words"):
            self.add_error("words", _("Dites en quelques mots ce qui a changé."))
        return data


@require_safe
@city_desk("shops.view_shop", "shops.view_event")
def call_list(request):
    structure = reference.structure(request.catalogue)
    waiting = calls.by_district(request.now)
    districts = [
        (district, waiting[district.pk])
        for district in structure.districts.values()
        if district.pk in waiting
    ]
    total = sum(waiting.values())
    context = {"districts": districts, "total": total}
    district = None
    if "quartier" in request.GET:
        district = structure.districts.get(request.GET["quartier"])
        if district is None:
            raise Http404("No such district.")
    # So few that they fit on one page are shown at once.
    if district or 0 < total <= PER_PAGE:
        shops = (
            Shop.objects.to_call(request.now)
            .filter(**{"district": district} if district else {})
            .defer("search", "facets")
            .order_by("street_slug", "house_number", "name_key", "pk")
        )
        page = Paginator(shops, PER_PAGE).get_page(request.GET.get("page"))
        last = calls.last_results(list(page))
        for shop in page:
            shop.phone_words = (
                contacts.phone_for_people(shop.phone, request.city.country) if shop.phone else ""
            )
            shop.asked = calls.to_ask(shop, request.city, request.now)
            shop.last_call = last.get(shop.pk)
            shop.last_words = calls.label_of(shop.last_call) if shop.last_call else ""
        context |= {"district": district, "page": page}
    return city_page(request, "desks/city/calls.html", context, section="phone")


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk("shops.view_shop", "shops.view_event")
def call(request, public_id):
    may_write = request.user.has_perm("shops.change_shop")
    if request.method == "POST" and not may_write:
        raise Http404("Reads only.")
    links = Link.objects.filter(shop=OuterRef("pk")).values(json=JSONObject(kind="kind", url="url"))
    shop = get_object_or_404(
        Shop.objects.published()
        .select_related("category__group", "district")
        .annotate(link_list=ArraySubquery(links)),
        public_id=public_id,
    )
    shop = facts.with_today(shop, request.now, request.city)
    asked = calls.to_ask(shop, request.city, request.now)
    seen = fingerprint(shop, names_of(*FactGroup))
    moved = False
    # Taken from all that is known: what was asked before a double click is not asked any more.
    known = [group for group in FactGroup if freshness.is_known(shop, group)]
    form = CallForm(request.POST if request.method == "POST" else None, asked=known)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            calls.record(shop, **data, language=translation.get_language(), by=request.user, at=request.now)
        except Changed:
            moved = True
        else:
            messages.success(request, _("C’est noté : %(shop)s.") % {"shop": shop.name})
            return redirect(f"{reverse('city:phone_list')}?quartier={shop.district.slug}")
    if form.is_bound and not moved:
        form.offer(asked)
    else:
        form = CallForm(
            initial={"groups": [group.value for group in asked], "seen": seen, "submission": uuid4()},
            asked=asked,
        )
    context = {
        "shop": shop,
        "page": ShopPage(shop, request.catalogue, request.now),
        "groups": asked,
        "form": form,
        "moved": moved,
        "may_write": may_write,
        "last_call": calls.last_results([shop]).get(shop.pk),
    }
    if context["last_call"]:
        context["last_words"] = calls.label_of(context["last_call"])
    return city_page(request, "desks/city/call.html", context, section="phone")
