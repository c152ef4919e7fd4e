"""The owner's desk: which telephones are tills."""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from shops import contacts
from shops.desks.merchant.door import desk, page, shop_of
from vouchers import lifecycle, till
from vouchers.desks.till import views
from vouchers.desks.till.forms import TillForm, TillPinForm
from vouchers.models import Agreement, Pairing
from vouchers.models.till import PAIRING_LIVES

get_and_post = require_http_methods(["GET", "HEAD", "POST"])
# In the owner's session: the code that her screen shows, until when, and of which shop it is.
_OFFER = "pairing"


@get_and_post
@desk
def tills(request, public_id):
    """The shop's tills, and a code for one more."""
    shop = shop_of(request, public_id, word="owned_by")
    form = TillForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        code = till.offer(shop, form.cleaned_data["name"], by=request.user, at=request.now)
        if request.POST.get("do") == "here":
            _new, secret = till.pair(code, get_language(), at=request.now)
            return views.give_cookie(redirect("till:home"), secret)
        until = request.now + PAIRING_LIVES
        request.session[_OFFER] = {"code": code, "shop": shop.pk, "until": until.isoformat()}
        return redirect("tills:list", shop.public_id)
    today = lifecycle.city_day(request.now)
    return page(
        request,
        "desks/till/tills.html",
        {
            "form": form,
            "tills": shop.tills.usable(request.now),
            "offered": _offer(request, shop),
            "has_agreement": Agreement.objects.active(today).filter(shop=shop).exists(),
            "pair_address": settings.PUBLIC_URL + reverse("till:pair"),
        },
        shop=shop,
        section="tills",
    )


@get_and_post
@desk
def one(request, public_id, pk):
    """Name it, ask for a PIN, or take it out of use."""
    shop = shop_of(request, public_id, word="owned_by")
    found = get_object_or_404(shop.tills.usable(request.now), pk=pk)
    name, pin = TillForm(initial={"name": found.name}), TillPinForm()
    do = request.POST.get("do") if request.method == "POST" else ""
    if do == "revoke":
        till.revoke(found, at=request.now)
        messages.success(request, _("« %(name)s » ne peut plus rien encaisser.") % {"name": found.name})
        return redirect("tills:list", shop.public_id)
    if do == "rename" and (name := TillForm(request.POST)).is_valid():
        found.name = name.cleaned_data["name"]
        found.save(update_fields=["name"])
        return redirect("tills:list", shop.public_id)
    if do == "pin" and (pin := TillPinForm(request.POST)).is_valid():
        till.set_pin(found, pin.cleaned_data["pin"])
        messages.success(
            request,
            _("« %(name)s » demande le code secret.") % {"name": found.name}
            if found.pin
            else _("« %(name)s » ne demande plus de code secret.") % {"name": found.name},
        )
        return redirect("tills:list", shop.public_id)
    return page(
        request,
        "desks/till/one.html",
        {"till": found, "name_form": name, "pin_form": pin},
        shop=shop,
        section="tills",
    )


@require_safe
@desk
def qr(request, public_id):
    """The code on the owner's screen, for the other telephone's camera. It stands behind the #."""
    shop = shop_of(request, public_id, word="owned_by")
    offered = _offer(request, shop)
    if offered is None:
        raise Http404("Nothing is offered.")
    address = f"{settings.PUBLIC_URL}{reverse('till:pair')}#{offered['code']}"
    response = HttpResponse(contacts.qr_svg(address), content_type="image/svg+xml")
    response.headers["Cache-Control"] = "no-store, private"
    return response


def _offer(request, shop):
    """What this person's screen offers for this shop just now."""
    offered = request.session.get(_OFFER)
    if not offered or offered["shop"] != shop.pk or parse_datetime(offered["until"]) <= request.now:
        return None
    waits = Pairing.objects.filter(shop=shop, used_at=None, made_at__gt=request.now - PAIRING_LIVES)
    return offered if waits.exists() else None
