"""The same pages, as plainly as Django can make them: a queryset, a template."""

from django.contrib.postgres.search import SearchQuery, SearchRank
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from bench.bare.models import Shop

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
