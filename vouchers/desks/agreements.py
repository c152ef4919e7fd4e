"""Which shops take vouchers, and on which terms they are sold, at the finance desk."""

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from shops.desks.tables import csv_response
from shops.models import Shop
from vouchers import agreements, lifecycle
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.fields import Euros, day
from vouchers.models import Agreement, Network

PAGE = 50
TWO_WAYS = require_http_methods(["GET", "HEAD", "POST"])


class SignForm(forms.Form):
    """From which day on a shop takes the vouchers of a network."""

    network = forms.ModelChoiceField(
        label=gettext_lazy("Réseau"), queryset=Network.objects.none(), empty_label=None
    )
    signed_on = day(gettext_lazy("À partir du"))

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = Network.objects.select_related("issuer").order_by("pk")
        self.fields["signed_on"].initial = today


class EndForm(forms.Form):
    """The last day of an agreement."""

    ends_on = day(gettext_lazy("Dernier jour"))


class NetworkForm(forms.ModelForm):
    """What residents may buy, and how long a voucher of this network is good."""

    least_cents = Euros(label=gettext_lazy("Un bon, au moins, en euros"))
    most_cents = Euros(label=gettext_lazy("Un bon, au plus, en euros"))
    step_cents = Euros(label=gettext_lazy("Par pas de, en euros"))
    order_most_cents = Euros(label=gettext_lazy("Une commande, au plus, en euros"))
    day_most_cents = Euros(label=gettext_lazy("Un acheteur par jour, au plus, en euros"))
    donate_most_cents = Euros(
        label=gettext_lazy("Un reste que l’on peut donner, au plus, en euros"),
        help_text=gettext_lazy("À la destination du reliquat. 0 : personne ne peut donner le sien."),
        least=0,
        most=100_00,
    )

    class Meta:
        model = Network
        fields = (
            "name", "name_de", "name_lb", "name_en", "on_sale", "least_cents", "most_cents", "step_cents",
            "order_most_cents", "day_most_cents", "valid_months", "grace_months", "extension_months",
            "donate_most_cents", "rest_words", "rest_words_de", "rest_words_lb", "rest_words_en",
        )  # fmt: skip


def _page(request, template, context, *, status=None):
    return finance_page(request, f"vouchers/desk/{template}.html", context, page="agreements", status=status)


@require_safe
@finance_desk("vouchers.view_agreement")
def index(request):
    """Agreements in force, by shop; with words, every shop that bears them, signed or not."""
    today = lifecycle.city_day(request.now)
    words = request.GET.get("q", "").strip()[:80]
    shops = Shop.objects.select_related("district").order_by("name", "pk")
    active = Agreement.objects.active(today)
    shops = shops.filter(name__icontains=words) if words else shops.filter(agreements__in=active).distinct()
    paged = Paginator(shops, PAGE).get_page(request.GET.get("page"))
    of_shops = {}
    for agreement in active.filter(shop__in=paged.object_list).select_related("network").order_by("pk"):
        of_shops.setdefault(agreement.shop_id, []).append(agreement)
    context = {
        "paged": paged,
        "rows": [(shop, of_shops.get(shop.pk, [])) for shop in paged.object_list],
        "words": words,
        "number": active.values("shop").distinct().count(),
        "networks": Network.objects.select_related("issuer").order_by("pk"),
        "may_write": request.user.has_perm("vouchers.add_agreement"),
    }
    return _page(request, "agreements", context)


@require_safe
@finance_desk("vouchers.view_agreement")
def csv(request):
    """Every agreement that there is or was, as a file."""
    today = lifecycle.city_day(request.now)
    rows = Agreement.objects.select_related("shop__district", "network").order_by("shop__name", "pk")
    header = ["shop", "name", "district", "network", "signed_on", "ends_on", "active"]
    return csv_response(
        "conventions.csv",
        header,
        (
            [
                each.shop_id, each.shop.name, each.shop.district.name, each.network.name, each.signed_on,
                each.ends_on, int(each.signed_on <= today and (each.ends_on is None or each.ends_on >= today)),
            ]
            for each in rows.iterator()
        ),
    )  # fmt: skip


@TWO_WAYS
@finance_desk("vouchers.add_agreement")
def sign(request, pk):
    """All the agreements of a shop, and a new one."""
    shop = get_object_or_404(Shop.objects.select_related("district"), pk=pk)
    form = SignForm(request.POST or None, today=lifecycle.city_day(request.now))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            agreements.sign([shop], said["network"], said["signed_on"], at=request.now)
        except IntegrityError:
            form.add_error(
                "signed_on",
                _("Ce commerce a déjà une convention pour ce réseau et ce temps-là : voyez plus bas."),
            )
        else:
            messages.success(request, _("« %(shop)s » accepte ces bons.") % {"shop": shop.name})
            return redirect("finance:agreement_sign", pk)
    context = {
        "form": form,
        "shop": shop,
        "all": shop.agreements.select_related("network").order_by("-signed_on", "-pk"),
    }
    return _page(request, "agreement_sign", context)


@TWO_WAYS
@finance_desk("vouchers.change_agreement")
def end(request, pk):
    """Its last day, today at the earliest: what was taken until then was taken under it."""
    found = get_object_or_404(Agreement.objects.select_related("shop", "network"), pk=pk)
    today = lifecycle.city_day(request.now)
    form = EndForm(request.POST or None, initial={"ends_on": today})
    if request.method == "POST" and form.is_valid():
        try:
            agreements.end(found, form.cleaned_data["ends_on"], today=today, at=request.now)
        except agreements.TooEarly:
            form.add_error("ends_on", _("Au plus tôt aujourd’hui, et pas avant qu’elle ait commencé."))
        else:
            messages.success(request, _("La convention se termine ce jour-là."))
            return redirect("finance:agreement_sign", found.shop_id)
    return _page(request, "agreement_end", {"form": form, "agreement": found})


@TWO_WAYS
@finance_desk("vouchers.change_network")
def network(request, pk):
    """What is sold from now on. Vouchers that were issued keep their terms."""
    found = get_object_or_404(Network.objects.select_related("issuer"), pk=pk)
    form = NetworkForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(
            request, _("C’est enregistré, et vaut pour ce qui est vendu à partir de maintenant.")
        )
        return redirect("finance:agreements")
    return _page(request, "network_form", {"form": form, "network": found})
