"""What every page's frame needs."""

from functools import cache

from django.conf import settings
from django.utils import translation


def site(request):
    """`city`, `demo`, `alternates` (code, name, address of this page in each offered language), `public_url`."""
    city = getattr(request, "city", None)
    offered = [code for code, _name in settings.LANGUAGES if city is None or code in city.languages]
    # Path words are the same in all languages: only the prefix changes.
    here = request.get_full_path() if len(request.META.get("QUERY_STRING", "")) < 2000 else request.path
    prefix = f"/{translation.get_language()}/"
    rest = here.removeprefix(prefix) if here.startswith(prefix) else None
    return {
        "city": city,
        "demo": settings.DEMO,
        "public_url": settings.PUBLIC_URL,
        "alternates": [
            {"code": code, "name": _own_name(code), "url": here if rest is None else f"/{code}/{rest}"}
            for code in offered
        ],
        "language": translation.get_language(),
    }


@cache
def _own_name(code):
    """A language's name in itself: someone who reads it must recognise it."""
    with translation.override(code):
        return str(dict(settings.LANGUAGES)[code])
