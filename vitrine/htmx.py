"""One way to answer with a page or with a part of it."""

from django.shortcuts import render
from django.utils.cache import patch_vary_headers

# What the choice between page and fragment depends on, told to every cache on the way.
FRAGMENT_HEADERS = ("HX-Request", "HX-Target", "HX-Boosted", "HX-History-Restore-Request")


def wanted_fragment(request) -> str:
    """The id of the part that htmx asks for, or "" when the whole page is wanted.

    A boosted link and the back button send `HX-Request` too, yet want the whole page.
    """
    htmx = request.htmx
    if not htmx or htmx.boosted or htmx.history_restore_request:
        return ""
    return htmx.target or ""


def render_page(request, template, context=None, *, fragments=(), status=None):
    """Render `template`, or only one of its partials when htmx asks for that.

    `fragments` names the partials that may be asked for; partial and HTML id share the name.
    """
    fragment = wanted_fragment(request)
    name = f"{template}#{fragment}" if fragment in fragments else template
    response = render(request, name, {**(context or {}), "fragment": name != template}, status=status)
    if fragments:
        patch_vary_headers(response, FRAGMENT_HEADERS)
    return response
