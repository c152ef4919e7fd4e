"""How long each part of a page still holds, and whether its people are reminded."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from shops import freshness
from shops.desks.merchant.door import desk, member_of, page, shop_of
from shops.vocabulary import FactGroup


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def reminders(request, public_id):
    shop = shop_of(request, public_id)
    member = member_of(request, shop)
    if request.method == "POST":
        member.want_reminders(request.POST.get("wanted") == "yes")
        messages.success(
            request,
            _("Nous vous rappellerons de confirmer cette page.")
            if member.wants_reminders
            else _("Plus de rappels pour cette page."),
        )
        return redirect("merchant:reminders", shop.public_id)
    lines = [
        (group, end, end <= request.now)
        for group in FactGroup
        if (end := freshness.holds_until(shop, group, request.city))
    ]
    context = {"lines": lines, "member": member}
    return page(request, "desks/merchant/reminders.html", context, shop=shop, section="reminders")
