"""The first page of the City's desk: what there is to do today, and the way to everything else."""

from django.contrib import admin
from django.views.decorators.http import require_safe

from shops.desks.city.door import city_desk, city_page
from shops.desks.city.parts import PARTS


@require_safe
@city_desk()
def today(request):
    """Each part with work on it, for whoever may open it."""
    piles = [
        (part, part.pile(request))
        for part in PARTS
        if part.pile is not None and request.user.has_perm(part.permission)
    ]
    context = {
        "piles": piles,
        "late": sum(pile.late for _part, pile in piles),
        "may_search": request.user.has_perm("shops.view_shop"),
        "apps": admin.site.get_app_list(request),
    }
    return city_page(request, "desks/city/today.html", context)


@require_safe
@city_desk()
def lists(request):
    """Django's own list of lists."""
    return admin.site.index(request)
