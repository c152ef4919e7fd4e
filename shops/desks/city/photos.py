"""The City's hand on a shop's photos: those it takes itself, and a look at those that wait (`shops.desks.photos`)."""

from functools import wraps

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops.desks import photos
from shops.desks.city.door import city_desk, city_page
from shops.editing import facts
from shops.models import Shop
from shops.vocabulary import ConfirmedBy


def _draw(request, template, context, *, shop):
    return city_page(request, template, {"shop": shop, **context}, section="shops")


def _may_change(user):
    return user.has_perm("shops.change_shop")


PLACE = photos.Place("city", ConfirmedBy.CITY, "desks/city/frame.html", _draw, _may_change)


def _at_the_city(view, *permissions):
    @wraps(view)
    def at_the_city(request, public_id, **arguments):
        if request.method not in ("GET", "HEAD") and not _may_change(request.user):
            raise Http404("She reads only.")
        shops = Shop.objects.select_related("district", "category__group")
        shop = get_object_or_404(shops.exclude(status=Shop.Status.MERGED), public_id=public_id)
        return view(request, PLACE, facts.with_today(shop, request.now, request.city), **arguments)

    return city_desk(*permissions)(at_the_city)


index = require_http_methods(["GET", "HEAD", "POST"])(_at_the_city(photos.index, "shops.view_photo"))
describe = require_http_methods(["GET", "HEAD", "POST"])(_at_the_city(photos.describe, "shops.view_photo"))
move = require_POST(_at_the_city(photos.move, "shops.change_shop"))
take_off = require_POST(_at_the_city(photos.take_off, "shops.change_shop"))
erase = require_POST(_at_the_city(photos.erase, "shops.change_shop"))
file = require_safe(_at_the_city(photos.file, "shops.view_photo"))
