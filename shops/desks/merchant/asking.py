"""Asking the City for a hand, and the guide to keep beside the till."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shops.desks.merchant.door import desk, page, shop_of
from shops.desks.merchant.forms import HelpForm
from shops.desks.merchant.sections import SECTIONS
from shops.editing import rules
from shops.models import Report


@desk
def ask(request, public_id):
    """A merchant asks the City to do it with her, or for her."""
    shop = shop_of(request, public_id)
    form = HelpForm(request.POST or None, initial={"phone": shop.phone})
    if request.method == "POST" and form.is_valid():
        form.deliver(
            shop=shop,
            kind=Report.Kind.HELP,
            email=request.user.email,
            language=translation.get_language(),
            created_at=request.now,
        )
        messages.success(request, _("Votre demande est chez la Ville. Elle vous rappelle ou vous écrit."))
        return redirect("merchant:shop", shop.public_id)
    return page(request, "desks/merchant/ask.html", {"form": form}, shop=shop, section="ask")


@require_safe
@desk
def guide(request):
    """One page to print."""
    parts = [section for section in SECTIONS.values() if section.help and section.facts]
    context = {"parts": parts, "promise_hours": rules.promised_hours(), "no_alternates": True}
    return page(request, "desks/merchant/guide.html", context)
