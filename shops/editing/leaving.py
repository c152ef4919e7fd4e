"""Giving a page back to the City, and a person's going for good."""

from datetime import datetime

from django.db import transaction

from shops import catalogue
from shops.models import Draft, Event, Invitation, Membership, MerchantRole, Shop


def give_back(shop: Shop, *, by, at: datetime, why: str = "") -> None:
    """The page is nobody's again: all its people's roles end, open invitations too. It stays on line as it is.

    Raises:
        Membership.DoesNotExist: the person does not own it (any more).
    """
    with transaction.atomic():
        shop = Shop.objects.select_for_update(of=("self",)).get(pk=shop.pk)
        members = list(Membership.objects.select_for_update().filter(shop=shop).order_by("pk"))
        if not any(member.user_id == by.pk and member.role == MerchantRole.OWNER for member in members):
            raise Membership.DoesNotExist
        before = {"people": [[member.user_id, member.role] for member in members]}
        Membership.objects.filter(shop=shop).delete()
        Invitation.objects.filter(shop=shop, answered_at=None).update(answered_at=at)
        Draft.objects.filter(shop=shop).delete()
        shop.claimed_at = None
        shop.save(update_fields=["claimed_at"])
        Event.note(shop, "page:given_back", by=by, at=at, before=before, after={}, why=why)
        catalogue.changed([shop.pk], at=at)


def shops_only_hers(user) -> list[Shop]:
    """Shops that nobody else owns: she hands them over or gives them back before she goes."""
    owned = Shop.objects.filter(memberships__user=user, memberships__role=MerchantRole.OWNER)
    others = Membership.objects.owners().exclude(user=user).values("shop")
    return list(owned.exclude(pk__in=others).order_by("name_key"))


def delete_account(user, *, at: datetime) -> None:
    """The person and what is hers go: her roles, drafts, requests. What happened to a page stays, without her name.

    Raises:
        LastOwner: a shop would have no owner any more; nothing is changed.
    """
    with transaction.atomic():
        for member in Membership.objects.filter(user=user).order_by("shop").select_related("shop"):
            if member.shop.status == Shop.Status.MERGED:
                continue  # its page is another's by now
            member.end(by=user, at=at)
        user.delete()
