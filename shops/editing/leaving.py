"""Giving a page back to the City, and a person's going for good."""

from datetime import datetime

from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import LostAddress
from shops import catalogue, letters
from shops.models import Draft, Event, Invitation, Membership, MerchantRole, Report, Shop, Trader


def give_back(shop: Shop, *, by, at: datetime, why: str = "") -> None:
    """The page is nobody's again: all its people's roles end, open invitations too. It stays on line as it is.

    Who traded there is not said any more. The others are told by mail.

    Raises:
        Membership.DoesNotExist: the person does not own it (any more).
    """
    with transaction.atomic():
        shop = Shop.objects.select_for_update(of=("self",)).get(pk=shop.pk)
        members = list(
            Membership.objects.select_for_update(of=("self",))
            .filter(shop=shop)
            .select_related("user")
            .order_by("pk")
        )
        if not any(member.user_id == by.pk and member.role == MerchantRole.OWNER for member in members):
            raise Membership.DoesNotExist
        before = {"people": [[member.user_id, member.role] for member in members]}
        Membership.objects.filter(shop=shop).delete()
        Invitation.objects.filter(shop=shop, answered_at=None).update(answered_at=at)
        Draft.objects.filter(shop=shop).delete()
        Trader.objects.filter(shop=shop).delete()
        shop.claimed_at = None
        shop.save(update_fields=["claimed_at"])
        Event.note(shop, "page:given_back", by=by, at=at, before=before, after={}, why=why)
        for member in members:
            if member.user_id != by.pk:
                letters.tell_given_back(shop, member.user)
        catalogue.changed([shop.pk], at=at)


def shops_only_hers(user) -> list[Shop]:
    """Shops that nobody else owns: she hands them over or gives them back before she goes.

    A closed account owns nothing that anybody could reach.
    """
    owned = Shop.objects.filter(memberships__user=user, memberships__role=MerchantRole.OWNER)
    others = Membership.objects.owners().filter(user__is_active=True).exclude(user=user).values("shop")
    return list(owned.exclude(pk__in=others).exclude(status=Shop.Status.MERGED).order_by("name_key"))


def delete_account(user, *, at: datetime, by=None) -> None:
    """The person and what is hers go: her roles, drafts, requests, and what stands under her address elsewhere.

    What happened to a page stays, without her name; a resident's report that she sent stays, without her address.

    Args:
        by: who deletes her account for her; she herself, if nobody is named.

    Raises:
        LastOwner: a shop would have no owner any more; nothing is changed.
    """
    with transaction.atomic():
        for member in Membership.objects.filter(user=user).order_by("shop").select_related("shop"):
            if member.shop.status == Shop.Status.MERGED:
                continue  # its page is another's by now
            member.end(by=by or user, at=at)
        _forget_address(user)
        user.delete()


def _forget_address(user):
    """What names her address without being tied to her account."""
    addresses = {address.lower() for address in user.confirmed_addresses()}

    def hers(model, field):
        return model.objects.annotate(address=Lower(field)).filter(address__in=addresses)

    hers(Report, "email").filter(kind=Report.Kind.HELP).delete()
    hers(Report, "email").update(email="")
    hers(Invitation, "email").delete()
    for field in ("old_email", "new_email"):
        hers(LostAddress, field).delete()
