"""What is kept about a person and her page: taken away, given back, deleted."""

import contextlib
import json
import tempfile
import zipfile
from datetime import timedelta

from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q
from django.db.models.functions import Lower
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import LostAddress
from shops.desks.merchant.door import desk, member_of, page, shop_of
from shops.editing import facts, leaving
from shops.models import (
    Claim,
    Draft,
    Event,
    Invitation,
    LastOwner,
    Membership,
    MerchantRole,
    Photo,
    Report,
    Revision,
    Shop,
    Trader,
)
from shops.photos import shelf
from shops.vocabulary import ConfirmedBy, FactGroup
from vitrine import rates

EXPORTS_AN_HOUR = 10


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
    if not _may_export(request):
        return redirect("merchant:data", shop.public_id)
    kept = {"person": _person(request.user)}
    if Shop.objects.editable_by(request.user).contains(shop):
        kept["page"] = _page(shop, is_owner=member_of(request, shop).is_owner)
    return _as_file(kept, f"donnees-{shop.public_id}.json")


@require_safe
@desk
def export_mine(request):
    """What is kept about her, whether she has a shop or not."""
    if not _may_export(request):
        return redirect("account_home")
    return _as_file({"person": _person(request.user)}, "mes-donnees.json")


@require_safe
@desk
def export_photos(request, public_id):
    """The photos of a page, each in the largest size there is, in one ZIP."""
    shop = shop_of(request, public_id)
    if not _may_export(request):
        return redirect("merchant:data", shop.public_id)
    # On the disk beyond a few megabytes: a page may keep a hundred.
    packed = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115 (the answer closes it)
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for photo in Photo.objects.ready().filter(shop=shop).order_by("pk"):
            widest = max(width for width, _height in photo.sizes)
            with contextlib.suppress(FileNotFoundError):
                archive.writestr(f"photo-{photo.pk}.jpg", shelf.get(photo.name, f"{widest}.jpg"))
    packed.seek(0)
    return FileResponse(
        packed, as_attachment=True, filename=f"photos-{shop.public_id}.zip", content_type="application/zip"
    )


def _may_export(request):
    """Count an export. Who asks too often is told so on the next page."""
    if rates.allowed("export", str(request.user.pk), EXPORTS_AN_HOUR, timedelta(hours=1), request.now):
        return True
    messages.error(request, _("Vous avez déjà tout emporté plusieurs fois : attendez une heure."))
    return False


def _as_file(kept, name):
    body = json.dumps(kept, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)
    return HttpResponse(
        body,
        content_type="application/json; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _page(shop, *, is_owner):
    """What is kept about the page, as far as she sees it at her desk: of the trader only an owner."""
    kept = {
        "public_id": shop.public_id,
        "status": shop.status,
        "confirmed": {group.value: getattr(shop, f"{group}_confirmed_at") for group in FactGroup},
        "facts": facts.read(shop),
        "waiting": {change.field: change.after for change in shop.changes.waiting()},
        # What visitors reported, without who they are.
        "reports": list(
            shop.reports.filter(Q(state=Report.State.MERCHANT) | Q(answered_side=ConfirmedBy.MERCHANT))
            .order_by("pk")
            .values("number", "kind", "message", "state", "outcome", "answer", "created_at", "answered_at")
        ),
        "photos": list(
            shop.photos.order_by("pk").values(
                "id", "state", "alt", "decorative", "published", "position", "width", "height", "uploaded_at"
            )
        ),
    }
    if is_owner:
        kept["trader"] = Trader.objects.filter(shop=shop).values(*Trader.PARTICULARS, "certified_at").first()
    return kept


def _person(user):
    """What is kept about her, on all pages."""
    addresses = {address.lower() for address in user.confirmed_addresses()}

    def hers(model, field):
        return model.objects.annotate(address=Lower(field)).filter(address__in=addresses)

    return {
        "email": user.email,
        "name": user.name,
        "language": user.language,
        "city_roles": user.city_roles,
        "created_at": user.created_at,
        "last_login": user.last_login,
        "addresses": list(user.emailaddress_set.values("email", "verified", "primary")),
        # What they are, and when. Never what is in them.
        "second_factors": list(user.authenticator_set.values("type", "created_at", "last_used_at")),
        "roles": list(
            Membership.objects.filter(user=user).values(
                "shop__public_id", "role", "since_at", "wants_reminders"
            )
        ),
        "claims": list(Claim.objects.filter(user=user).values(*_OF_A_CLAIM)),
        "reminders": list(
            user.reminders.values(
                "shop__public_id", "purpose", "groups", "holiday_on", "sent_at", "answered_at", "answer"
            )
        ),
        "invitations_sent": list(Invitation.objects.filter(invited_by=user).values(*_OF_AN_INVITATION)),
        "invitations_received": list(hers(Invitation, "email").values(*_OF_AN_INVITATION)),
        "messages_to_the_city": list(
            hers(Report, "email").values(
                "number", "kind", "shop__public_id", "message", "email", "state", "answer", "created_at"
            )
        ),
        "lost_address_requests": list(
            hers(LostAddress, "new_email").values(
                "name", "shop", "phone", "old_email", "new_email", "language", "created_at", "settled_at"
            )
        ),
        "legal_particulars_certified": list(
            Trader.objects.filter(certified_by=user).values(
                "shop__public_id", *Trader.PARTICULARS, "certified_at"
            )
        ),
        "drafts": list(
            Draft.objects.filter(user=user).values("shop__public_id", "section", "data", "saved_at")
        ),
        "revisions": [_revision(revision) for revision in _revisions_of(user)],
        "events": list(
            Event.objects.filter(by=user)
            .order_by("pk")
            .values("shop__public_id", "kind", "at", "before", "after", "why")
        ),
    }


_OF_A_CLAIM = (
    "shop__public_id", "state", "method", "name", "role", "phone", "register_number", "message", "language",
    "why", "created_at", "proved_at", "decided_at",
)  # fmt: skip
_OF_AN_INVITATION = ("shop__public_id", "email", "role", "created_at", "expires_at", "answered_at")


def _revisions_of(user):
    return Revision.objects.filter(by=user).prefetch_related("changes").select_related("shop")


def _revision(revision):
    return {
        "shop": revision.shop.public_id,
        "at": revision.at,
        "note": revision.note,
        "consent": revision.consent,
        "changes": [
            {
                "fact": change.field,
                "before": change.before,
                "after": change.after,
                "state": change.state,
                "reason": change.reason,
                "words": change.words,
                "answer": change.appeal,
            }
            for change in revision.changes.all()
        ],
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
