"""Reports at the finance desk: what stood on a day, what moved in each month, by district and by campaign."""

from datetime import date, timedelta

from django import forms
from django.urls import reverse_lazy
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from shops.desks.tables import Figure, csv_response
from shops.plots import bars
from vouchers import lifecycle, reports
from vouchers.desks.door import finance_desk, finance_page
from vouchers.desks.fields import day
from vouchers.models import Account, Issuer
from vouchers.templatetags.money import plain_euros

MOST_MONTHS = 120
NAMES = {
    "sold": gettext_lazy("vendu"),
    "given": gettext_lazy("donné par la Ville"),
    "redeemed": gettext_lazy("dépensé"),
    "corrected": gettext_lazy("corrigé"),
    "bonus": gettext_lazy("bonus"),
    "withdrawn": gettext_lazy("rétracté"),
    "refunded": gettext_lazy("remboursé"),
    "charged_back": gettext_lazy("contesté"),
    "expired": gettext_lazy("échu"),
    "donated": gettext_lazy("donné par les porteurs"),
    "breakage_paid": gettext_lazy("reliquat versé"),
    "paid_out": gettext_lazy("versé aux commerces"),
    "loaded": gettext_lazy("doté"),
    "provider_paid": gettext_lazy("versé par le prestataire"),
    "fees": gettext_lazy("frais du prestataire"),
    "written_off": gettext_lazy("passé en perte"),
}

# Where something is done about what stands on accounts of a kind.
DONE_AT = {Account.Kind.BREAKAGE: reverse_lazy("finance:rests")}


class PeriodForm(forms.Form):
    """Which issuer, and from which day to which."""

    issuer = forms.ModelChoiceField(
        label=gettext_lazy("Émetteur"), queryset=Issuer.objects.order_by("pk"), empty_label=None
    )
    first = day(gettext_lazy("Du"))
    last = day(gettext_lazy("Au"))

    def clean(self):
        said = super().clean()
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", _("Le dernier jour vient avant le premier."))
        elif first and last and (last - first).days > MOST_MONTHS * 31:
            self.add_error("first", _("Dix ans au plus à la fois."))
        elif (first and first.year < 2000) or (last and last.year > 2200):
            self.add_error("first", _("Ce jour est trop loin."))
        return said


def _asked(request):
    """The form, bound to what was asked for or to the last twelve months."""
    today = lifecycle.city_day(request.now)
    first = (today.replace(day=1) - timedelta(days=330)).replace(day=1)
    issuer = Issuer.objects.order_by("pk").first()
    usual = {"issuer": issuer and issuer.pk, "first": first.isoformat(), "last": today.isoformat()}
    asked = {name: request.GET[name] for name in usual if request.GET.get(name)}
    return PeriodForm(usual | asked), issuer


@require_safe
@finance_desk("vouchers.view_transaction")
def index(request):
    form, issuer = _asked(request)
    context = {"form": form, "has_issuer": issuer is not None}
    if issuer is not None and form.is_valid():
        context |= _report(**form.cleaned_data)
    return finance_page(request, "vouchers/desk/reports.html", context, page="reports")


def _report(*, issuer: Issuer, first: date, last: date):
    found = reports.months(issuer, first, last)
    stood = reports.balances(issuer, last)
    return {
        "issuer": issuer,
        "first": first,
        "last": last,
        "stood": [(Account.Kind(kind).label, stood[kind], DONE_AT.get(kind)) for kind in reports.OWED],
        "owed": reports.owed(stood),
        "held": [(Account.Kind(kind).label, -stood[kind]) for kind in ("bank", "psp_clearing")],
        "held_sum": reports.held(stood),
        "names": NAMES.values(),
        "months": [(month, [month.flows[name] for name in NAMES]) for month in found],
        "sums": [sum(month.flows[name] for month in found) for name in NAMES],
        "spent_plot": _plot(_("Dépensé par mois, en euros"), found, "redeemed"),
        "sold_plot": _plot(_("Vendu par mois, en euros"), found, "sold"),
        "districts": reports.by_district(issuer, first, last),
        "campaigns": reports.by_campaign(issuer),
        "volume": reports.volume(issuer, last),
    }


def _plot(title, months, name):
    rows = [
        (date_format(month.begins_on, "m.y"), max(0, month.flows[name]), f"{month.flows[name] / 100:.0f}")
        for month in months[-12:]
    ]
    return bars(title, rows)


@require_safe
@finance_desk("vouchers.view_transaction")
def csv(request):
    """The months' table as a file: euros, a row for each month."""
    form, issuer = _asked(request)
    if issuer is None or not form.is_valid():
        return index(request)
    said = form.cleaned_data
    rows = [
        [f"{month.begins_on:%Y-%m}", *(Figure(plain_euros(month.flows[name])) for name in NAMES)]
        for month in reports.months(said["issuer"], said["first"], said["last"])
    ]
    return csv_response("rapport.csv", ["month", *NAMES], rows)
