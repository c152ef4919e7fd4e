"""What is kept about a person and her page: taken away, given back, deleted."""

import contextlib
import json
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from shops.desks.merchant.door import desk, member_of, page, shop_of
from shops.editing import facts, leaving
from shops.models import Claim, Draft, Event, LastOwner, Membership, MerchantRole, Revision, Shop
from shops.vocabulary import FactGroup


@require_safe
@desk
def data(request, public_id):
    shop = shop_of(request, public_id, word="worked_at_by")
    member = member_of(request, shop)
    context = {"member": member, "keeps_page": member.role != MerchantRole.TILL}
    return page(request, "desks/merchant/data.html", context, shop=shop, section="data")


@require_safe
@desk
def export(request, public_id):
    """The person and, where she keeps it, the page: one file that other programs read."""
    shop = shop_of(request, public_id, word="worked_at_by")
    kept = {"person": _person(request.user)}
    if Shop.objects.editable_by(request.user).contains(shop):
        kept["page"] = {
            "public_id": shop.public_id,
            "status": shop.status,
            "confirmed": {group.value: getattr(shop, f"{group}_confirmed_at") for group in FactGroup},
            "facts": facts.read(shop),
            "waiting": {change.field: change.after for change in shop.changes.waiting()},
        }
    body = json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return HttpResponse(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="donnees-{shop.public_id}.json"'},
    )


def _person(user):
    """What is kept about her, on all pages."""
    revisions = Revision.objects.filter(by=user).prefetch_related("changes").select_related("shop")
    return {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "created_at": user.created_at,
        "last_login": user.last_login,
        "addresses": list(user.emailaddress_set.values("email", "verified", "primary")),
        "roles": list(Membership.objects.filter(user=user).values("shop__public_id", "role", "since_at")),
        "claims": list(
            Claim.objects.filter(user=user).values(
                "shop__public_id", "state", "name", "role", "phone", "message", "created_at", "decided_at"
            )
        ),
        "drafts": list(
            Draft.objects.filter(user=user).values("shop__public_id", "section", "data", "saved_at")
        ),
        "revisions": [
            {
                "shop": revision.shop.public_id,
                "at": revision.at,
                "note": revision.note,
                "changes": [
                    {
                        "fact": change.field,
                        "before": change.before,
                        "after": change.after,
                        "state": change.state,
                        "answer": change.appeal,
                    }
                    for change in revision.changes.all()
                ],
            }
            for revision in revisions
        ],
        "events": list(
            Event.objects.filter(by=user)
            .order_by("pk")
            .values("shop__public_id", "kind", "at", "before", "after", "why")
        ),
    }


@desk
def give_back(request, public_id):
    """The page is nobody's again, and says so; its facts stay."""
    shop = shop_of(request, public_id, word="owned_by")
    if request.method == "POST":
        # Somebody was quicker: then it is given back already.
        with contextlib.suppress(Membership.DoesNotExist):
            leaving.give_back(shop, by=request.user, at=request.now)
        messages.success(
            request,
            _("Vous avez rendu la page « %(shop)s » à la Ville. Elle reste en ligne.")
            % {"shop": shop.name_i18n},
        )
        return redirect("merchant:home")
    others = Membership.objects.filter(shop=shop).exclude(user=request.user).select_related("user")
    return page(request, "desks/merchant/give_back.html", {"others": others}, shop=shop, section="data")


@desk
@reauthentication_required
def delete_account(request):
    """For good. Who works for the City asks an administrator instead."""
    alone = leaving.shops_only_hers(request.user)
    come_in_again = _came_in_long_ago(request)
    if request.method == "POST" and not request.user.is_staff and not come_in_again:
        try:
            leaving.delete_account(request.user, at=request.now)
        except LastOwner:
            alone = leaving.shops_only_hers(request.user)
        else:
            logout(request)
            messages.success(request, _("Votre compte est supprimé. Au revoir, et merci."))
            return redirect("account_login")
    return page(
        request, "desks/merchant/delete_account.html", {"alone": alone, "come_in_again": come_in_again}
    )


def _came_in_long_ago(request):
    """Whether somebody who only ever enters by a code, so has nothing to confirm with, came in too long ago."""
    if get_reauthentication_flows(request.user):
        return False
    came_in = request.user.last_login
    since = timedelta(seconds=settings.ACCOUNT_REAUTHENTICATION_TIMEOUT)
    return came_in is None or came_in + since < request.now
