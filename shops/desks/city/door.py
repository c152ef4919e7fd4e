"""Who is at the City's desk. Only City staff with a second factor come this far (`accounts.middleware`)."""

from functools import wraps

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.cache import never_cache

from shops.desks.city.parts import PARTS


def city_desk(*permissions, needs_city=False):
    """A page of the City's desk for whoever holds these rights (`shops.view_change`, …); for others it is not there.

    Args:
        needs_city: where no city is loaded yet, a sentence says so instead of the page.
    """

    def decorate(view):
        @wraps(view)
        @never_cache
        def at_desk(request, *args, **kwargs):
            if not request.user.has_perms(permissions):
                raise Http404("Not this person's work.")
            if needs_city and request.city is None:
                return city_page(request, "desks/city/no_city.html", status=503)
            return view(request, *args, **kwargs)

        return at_desk

    return decorate


def city_page(request, template, context=None, *, section="", status=None):
    """Draw a page of the desk, with the parts that this person may open."""
    parts = [part for part in PARTS if request.user.has_perm(part.permission)]
    return render(request, template, {"parts": parts, "section": section, **(context or {})}, status=status)
