"""What every page's frame needs."""

from django.conf import settings
from django.urls import translate_url
from django.utils import translation


def site(request):
    """`city`, `demo`, `alternates` (code, name, address of this page in each offered language), `public_url`."""
    city = getattr(request, "city", None)
    offered = [code for code, _name in settings.LANGUAGES if city is None or code in city.languages]
    names = dict(settings.LANGUAGES)
    here = request.get_full_path()
    return {
        "city": city,
        "demo": settings.DEMO,
        "public_url": settings.PUBLIC_URL,
        "alternates": [
            {"code": code, "name": _own_name(code, names), "url": translate_url(here, code)}
            for code in offered
        ],
        "language": translation.get_language(),
    }


def _own_name(code, names):
    """A language's name in itself: someone who reads it must recognise it."""
    with translation.override(code):
        return str(names[code])
