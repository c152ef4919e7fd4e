"""Pages about the site itself: who makes it, how it ranks, what it knows of you (nothing), for whom it works."""

from datetime import date

from django.shortcuts import render
from django.views.decorators.http import require_safe

from vitrine.page_cache import cacheable

# The day of the self-assessment that the accessibility page reports, and what it found.
ASSESSED_ON = date(2026, 11, 23)


@require_safe
@cacheable
def about(request):
    return render(request, "pages/about.html")


@require_safe
@cacheable
def ranking(request):
    return render(request, "pages/ranking.html")


@require_safe
@cacheable
def accessibility(request):
    return render(request, "pages/accessibility.html", {"assessed_on": ASSESSED_ON})


@require_safe
@cacheable
def privacy(request):
    return render(request, "pages/privacy.html")


@require_safe
@cacheable
def legal(request):
    return render(request, "pages/legal.html")
