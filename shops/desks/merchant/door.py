"""Who is at the merchants' desk, and which shop's page is theirs. Strangers meet 404, who is not signed in the door."""

from functools import wraps

from django.conf import settings
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.cache import never_cache

from accounts.middleware import ask_in
from shops.editing import facts
from shops.models import Membership, MerchantRole, Shop
from shops.models.membership import EDITING_ROLES
from vitrine.desks import DESK_LANGUAGES


def desk(view):
    """A page of the merchants' desk: for somebody signed in, in a language of the desks."""

    @wraps(view)
    @never_cache
    def at_desk(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return ask_in(request)
        language = translation.get_language()
        if language not in DESK_LANGUAGES:
            here = request.get_full_path().removeprefix(f"/{language}/")
            return redirect(f"/{settings.LANGUAGE_CODE}/{here}")
        return view(request, *args, **kwargs)

    return at_desk


def shop_of(request, public_id: str, *, word="editable_by") -> Shop:
    """The shop with this id, if the person may do with it what `word` says (of `ShopQuerySet`).

    It comes with its district, its category and the day it is there (`today`). Raises Http404.
    """
    mine = getattr(Shop.objects, word)(request.user)
    shop = get_object_or_404(mine.select_related("district", "category__group"), public_id=public_id)
    return facts.with_today(shop, request.now, request.city)


def member_of(request, shop: Shop) -> Membership:
    """The person's own place in a shop. Raises Http404."""
    try:
        return Membership.objects.get(shop=shop, user=request.user)
    except Membership.DoesNotExist:
        raise Http404("Not hers.") from None


def role_of(request, shop: Shop) -> str:
    """The person's role in this shop, asked once for the shop in hand. Raises Http404."""
    if not hasattr(shop, "role_at_desk"):
        shop.role_at_desk = member_of(request, shop).role
    return shop.role_at_desk


def is_owner(request, shop: Shop) -> bool:
    return role_of(request, shop) == MerchantRole.OWNER


def page(request, template, context=None, *, shop=None, section="", status=None, here=""):
    """Draw a page of the desk, with what its frame needs.

    Args:
        here: the page's own address, where what was asked for is one that only takes what is sent.
    """
    alternates = [
        {"code": code, "name": name, "url": f"/{code}/{rest}"}
        for code, name in settings.LANGUAGES
        if code in DESK_LANGUAGES
        for rest in [(here or request.get_full_path()).partition("/")[2].partition("/")[2]]
    ]
    frame = {"shop": shop, "section": section, "desk_alternates": alternates}
    if shop is not None:
        role = role_of(request, shop)
        frame |= {"is_owner": role == MerchantRole.OWNER, "is_editing": role in EDITING_ROLES}
    return render(request, template, {**frame, **(context or {})}, status=status)
