"""A merchant's photos: hers to send, describe, order and take away (`shops.desks.photos`)."""

from functools import wraps

from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops.desks import photos
from shops.desks.merchant.door import desk, page, shop_of
from shops.vocabulary import ConfirmedBy


def _draw(request, template, context, *, shop):
    return page(request, template, context, shop=shop, section="shop")


PLACE = photos.Place("merchant", ConfirmedBy.MERCHANT, "desks/merchant/frame.html", _draw)


def _of_hers(view):
    """Call a view of `shops.desks.photos` for a shop whose page this person keeps. Raises Http404."""

    @wraps(view)
    def of_hers(request, public_id, **arguments):
        return view(request, PLACE, shop_of(request, public_id), **arguments)

    return desk(of_hers)


index = require_http_methods(["GET", "HEAD", "POST"])(_of_hers(photos.index))
describe = require_http_methods(["GET", "HEAD", "POST"])(_of_hers(photos.describe))
move = require_POST(_of_hers(photos.move))
take_off = require_POST(_of_hers(photos.take_off))
erase = require_POST(_of_hers(photos.erase))
file = require_safe(_of_hers(photos.file))
