"""Which catalogue, which city, which clock: read once at the door."""

from django.http import Http404
from django.utils import timezone, translation

from shops import catalogue, reference

# Pages that must answer when the database does not, or that need nothing of it.
WITHOUT_CATALOGUE = ("/healthz",)


class CatalogueMiddleware:
    """Set `request.catalogue` (the present version, one query) and `request.city`; show times in the city's zone."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        request.now = timezone.now()
        if request.path_info in WITHOUT_CATALOGUE:
            return self.get_response(request)
        request.catalogue = catalogue.present()
        request.city = reference.structure(request.catalogue).city
        with timezone.override(request.city.tz if request.city else None):
            return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        """A language that this city does not offer has no pages."""
        city = getattr(request, "city", None)
        prefix = translation.get_language_from_path(request.path_info)
        if prefix and city and prefix not in city.languages:
            raise Http404("This city's pages are not offered in that language.")
