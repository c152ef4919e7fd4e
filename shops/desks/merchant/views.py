"""The merchants' desk: which shops are mine, and the page of one of them."""

from django.views.decorators.http import require_safe

from shops.desks.merchant.door import desk, page, shop_of
from shops.models import Membership


@require_safe
@desk
def home(request):
    memberships = Membership.objects.of(request.user).select_related("shop")
    return page(request, "desks/merchant/home.html", {"memberships": memberships})


@require_safe
@desk
def shop(request, public_id):
    shop = shop_of(request, public_id)
    return page(request, "desks/merchant/shop.html", shop=shop, section="shop")


@require_safe
@desk
def history(request, public_id):
    shop = shop_of(request, public_id)
    return page(request, "desks/merchant/history.html", shop=shop, section="history")


@require_safe
@desk
def people(request, public_id):
    shop = shop_of(request, public_id, word="owned_by")
    return page(request, "desks/merchant/people.html", shop=shop, section="people")
