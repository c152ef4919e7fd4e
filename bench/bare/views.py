"""The same pages, as plainly as Django can make them: a queryset, a template."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db import transaction
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from bench.bare.hashing import hash_of
from bench.bare.models import Owed, Sale, Shop, Voucher

CONSTANT = "<!doctype html><title>Vitrine</title><p>Une page constante.</p>" * 100


def constant(request):
    return HttpResponse(CONSTANT)


def shop_list(request):
    shops = (
        Shop.objects.filter(status="published")
        .select_related("district", "category")
        .order_by("name_key", "id")
    )
    return render(request, "bare/list.html", {"shops": shops[:24]})


def search(request):
    query = SearchQuery(request.GET["q"], config="vitrine_fr")
    shops = (
        Shop.objects.filter(status="published", search=query)
        .annotate(rank=SearchRank(F("search"), query))
        .select_related("district", "category")
        .order_by("-rank", "id")
    )
    return render(request, "bare/list.html", {"shops": shops[:24]})


def detail(request, slug):
    shop = get_object_or_404(
        Shop.objects.filter(status="published").select_related("district", "category"), slug=slug
    )
    return render(request, "bare/detail.html", {"shop": shop, "links": shop.links.all()})


def balance(request):
    code = request.POST["code"]
    voucher = get_object_or_404(Voucher.objects.select_related("network"), code_hash=hash_of(code))
    return render(
        request, "bare/voucher.html", {"voucher": voucher, "euros": voucher.cents / 100, "code": code}
    )


def redeem(request):
    cents = int(request.POST["cents"])
    with transaction.atomic():
        voucher = get_object_or_404(
            Voucher.objects.select_for_update(), pk=request.POST["voucher"], cents__gte=cents
        )
        voucher.cents -= cents
        voucher.save(update_fields=["cents"])
        Owed.objects.filter(pk=1).update(cents=F("cents") + cents)
        sale = Sale.objects.create(voucher=voucher, cents=cents, at=timezone.now())
    return redirect(f"/ventes/{sale.pk}/")
