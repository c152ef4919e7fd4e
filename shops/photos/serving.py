"""How a photo goes out: as one of three kinds of picture that we made, whatever is asked, and never as a page."""

from django.http import Http404, HttpResponse, HttpResponseNotModified
from django.views.decorators.http import require_safe

from shops.models import Photo
from shops.photos import shelf
from vitrine.headers import MEDIA_POLICY

A_YEAR = "public, max-age=31536000, immutable"


@require_safe
def media(request, name, width, suffix):
    """A photo that everybody may see. Its address names its content, so it may be kept for ever. One query."""
    photo = Photo.objects.public().filter(name=name).only("name", "width", "height").first()
    if photo is None:
        raise Http404("No such photo is published.")
    return answer(request, photo, width, suffix, cache=A_YEAR)


def answer(request, photo, width, suffix, *, cache="private, no-store"):
    """One file of a photo, for whoever the caller has let in. Raises Http404."""
    if photo.width is None or width not in [size[0] for size in photo.sizes] or suffix not in shelf.SUFFIXES:
        raise Http404("Not in that size.")
    etag = f'"{photo.name}-{width}-{suffix}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponseNotModified()
    else:
        try:
            content = shelf.get(photo.name, f"{width}.{suffix}")
        except FileNotFoundError:
            raise Http404("The file is gone.") from None
        response = HttpResponse(content, content_type=shelf.SUFFIXES[suffix])
        response.headers["Content-Disposition"] = "inline"
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = cache
    response.headers["Content-Security-Policy"] = MEDIA_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
