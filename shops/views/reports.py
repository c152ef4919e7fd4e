"""What anybody may tell: a fact that is wrong, a shop that is missing, a page that cannot be used."""

from functools import partial

from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from shops.models import Report, Shop
from shops.reports.forms import MissingShopForm, NumberForm, ReportForm, SiteReportForm
from vitrine import rates


@never_cache
def report(request, slug):
    shop = get_object_or_404(Shop.objects.published().select_related("district"), slug=slug)
    thanks = reverse("shops:report_thanks", args=[shop.slug])
    form_class = partial(ReportForm, shop=shop)
    context = {"shop": shop, "to_merchant": shop.keepers().exists()}
    return _message_page(request, form_class, "shops/report.html", thanks, context, shop=shop)


@never_cache
def missing(request):
    thanks = reverse("shops:missing_thanks")
    return _message_page(request, MissingShopForm, "shops/missing.html", thanks, {}, kind=Report.Kind.MISSING)


@never_cache
def site_report(request):
    thanks = reverse("shops:site_report_thanks")
    return _message_page(request, SiteReportForm, "shops/site_report.html", thanks, {}, kind=Report.Kind.SITE)


@require_safe
def report_thanks(request, slug):
    shop = get_object_or_404(Shop.objects.reachable(), slug=slug)
    return _thanks(request, "report", shop)


@require_safe
def missing_thanks(request):
    return _thanks(request, "missing")


@require_safe
def site_report_thanks(request):
    return _thanks(request, "site")


def _message_page(request, form_class, template, thanks, context, **facts):
    """Show a public form, or take its message in and go on to the thanks."""
    form = form_class(request.POST or None, at=request.now, who=rates.address_of(request))
    if request.method == "POST" and form.is_valid():
        number = form.deliver(**facts, language=translation.get_language())
        if number is not None:
            return redirect(f"{thanks}?numero={number}" if number else thanks)
    return render(request, template, {**context, "form": form})


def _thanks(request, about, shop=None):
    number = NumberForm(request.GET).number
    return render(request, "shops/thanks.html", {"about": about, "shop": shop, "number": number})
