"""The merchants' desk: which shops are mine."""

from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from shops.desks.merchant.door import desk, page
from shops.models import Invitation, Membership


@require_safe
@desk
def home(request):
    """Where one works. Who keeps one page and is asked nothing else is sent straight to it."""
    memberships = list(Membership.objects.of(request.user).select_related("shop__district"))
    invitations = (
        Invitation.objects.open(request.now)
        .for_user(request.user)
        .select_related("shop__district", "invited_by")
    )
    if len(memberships) == 1 and memberships[0].is_editing and not invitations:
        return redirect("merchant:shop", memberships[0].shop.public_id)
    return page(request, "desks/merchant/home.html", {"memberships": memberships, "invitations": invitations})
