"""What the City does with a page as a whole, and what its people are told of it, in one transaction.

The verbs themselves are the shop's own (`Shop.publish` …); these add the mails, and what else moves when two pages become
one.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import CharField, F, Value
from django.db.models.functions import Concat, Lower
from django.utils.translation import gettext as _

from shops import catalogue
from shops.editing import letters
from shops.models import (
    Change,
    Event,
    Membership,
    MerchantRole,
    Photo,
    Report,
    Shop,
    SlugHistory,
    Trader,
)
from shops.models.membership import EDITING_ROLES

_STRENGTH = {MerchantRole.TILL: 0, MerchantRole.EDITOR: 1, MerchantRole.OWNER: 2}


def publish(shop: Shop, *, by, at: datetime, why="") -> None:
    """Show a page, for the first time or again. Raises Shop.MoveNotAllowed."""
    with transaction.atomic():
        shop.publish(by=by, at=at, why=why)
        letters.tell_published(shop)


def suspend(shop: Shop, *, by, at: datetime, why: str, until: datetime | None = None) -> None:
    """Hide a page, and tell its people why and until when. Raises Shop.MoveNotAllowed."""
    with transaction.atomic():
        shop.suspend(by=by, at=at, why=why, until=until)
        letters.tell_suspended(shop, why)


def close(shop: Shop, *, by, at: datetime, why="") -> None:
    """The shop is no more; its page says so. Raises Shop.MoveNotAllowed."""
    with transaction.atomic():
        shop.close(by=by, at=at, why=why)
        letters.tell_closed(shop, why)


def end_suspensions(*, at: datetime) -> int:
    """Show again the pages whose suspension is over. Each on its own: one that cannot be does not hold up the others.

    Returns:
        how many there were.
    """
    ended = 0
    for pk in Shop.objects.filter(suspended_until__lte=at).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            over = Shop.objects.select_for_update(skip_locked=True).filter(pk=pk, suspended_until__lte=at)
            if shop := over.first():
                publish(shop, by=None, at=at, why=_("La suspension est arrivée à son terme."))
                ended += 1
    return ended


@dataclass(frozen=True)
class Moving:
    """What goes along when a double is merged into another page, and what ends with it."""

    people: int
    claims: int
    invitations: int
    reports: int
    addresses: int
    photos: int
    premises: int
    # Nobody answers these any more: proposals that wait, replies to a refusal, what was typed and not sent.
    withdrawn: int
    appeals: int
    drafts: int


def what_moves(double: Shop, other: Shop) -> Moving:
    """Counted before it happens, for whoever confirms it. Ten short questions to the database."""
    return Moving(
        people=double.memberships.count(),
        claims=double.claims.undecided().count(),
        invitations=double.invitations.filter(answered_at=None).count(),
        reports=double.reports.count(),
        addresses=1 + SlugHistory.objects.filter(shop=double).count(),
        photos=_photos_to_move(double, other).count(),
        premises=double.premises.count(),
        withdrawn=double.changes.waiting().count(),
        appeals=double.changes.appealed().count(),
        drafts=double.drafts.count(),
    )


def merge(double: Shop, other: Shop, *, by, at: datetime, why="") -> Moving:
    """Make one page of two: the double's addresses lead to the other, its people, claims, photos and reports go there.

    What the two pages say is not mixed: the other's facts stay as they are, and the photos that come are in its album,
    not on its page. Raises Shop.MoveNotAllowed.
    """
    with transaction.atomic():
        rows = Shop.objects.select_for_update(of=("self",)).filter(pk__in=[double.pk, other.pk])
        both = {shop.pk: shop for shop in rows.order_by("pk")}
        double, other = both[double.pk], both[other.pk]
        moving = what_moves(double, other)
        people = list(double.memberships.select_related("user"))
        there = list(other.keepers())
        double.merge_into(other, by=by, at=at, why=why)
        _move_people(people, other)
        _withdraw_waiting(double, by, at)
        for claim in double.claims.undecided().select_related("user").order_by("pk"):
            claim.follow(other, by=by, at=at)
        _move_invitations(double, other, at)
        _move_reports(double, other)
        _move_photos(double, other, at)
        other.premises.add(*double.premises.all())
        double.premises.clear()
        # What a file says otherwise of a page that is no more.
        double.differences.filter(settled_at=None).update(
            settled_at=at, settled_by=by if getattr(by, "pk", None) else None
        )
        if not Trader.objects.filter(shop=other).exists():
            Trader.objects.filter(shop=double).update(shop=other)
        double.drafts.all().delete()
        if people and other.claimed_at is None:
            other.claimed_at = double.claimed_at or at
            other.save(update_fields=["claimed_at"])
        Event.note(
            other,
            "merged:received",
            by=by,
            at=at,
            after={
                "from": double.public_id,
                "people": [person.user_id for person in people],
                "album": moving.photos,
                "premises": moving.premises,
            },
            why=why,
        )
        catalogue.changed([double.pk, other.pk], at=at)
        come = [person.user for person in people if person.role in EDITING_ROLES]
        letters.tell_merged(double, other, come, photos=moving.photos, withdrawn=moving.withdrawn)
        if come:
            letters.tell_joined(double, other, [person for person in there if person not in come])
    return moving


def _photos_to_move(double, other):
    """All but those that could not be read, and the very same ones: the page that stays has these."""
    same = other.photos.ready().values("pixels_sha256")
    return double.photos.kept().exclude(state=Photo.State.READY, pixels_sha256__in=same)


def _move_photos(double, other, at):
    # Those that stay behind are on no page, and go one night as unused ones do.
    double.photos.filter(published=True).update(published=False, position=None, touched_at=at)
    _photos_to_move(double, other).update(shop=other, touched_at=at)


def _move_people(people, other):
    there = {member.user_id: member for member in other.memberships.select_for_update()}
    for member in people:
        if (present := there.get(member.user_id)) is None:
            member.shop = other
            member.save(update_fields=["shop"])
            continue
        if _STRENGTH[member.role] > _STRENGTH[present.role]:
            present.role = member.role
            present.save(update_fields=["role"])
        member.delete()


def _withdraw_waiting(double, by, at):
    waiting = list(double.changes.waiting().select_for_update())
    if not waiting:
        return
    double.changes.waiting().update(state=Change.State.WITHDRAWN)
    Event.note(
        double, "facts:withdrawn", by=by, at=at, before={change.field: change.after for change in waiting}
    )


def _move_invitations(double, other, at):
    unanswered = double.invitations.unanswered().annotate(address=Lower("email"))
    asked = other.invitations.unanswered().annotate(address=Lower("email")).values("address")
    unanswered.exclude(address__in=asked).update(shop=other)
    # They are invited to the other page already.
    double.invitations.unanswered().update(answered_at=at)


def _move_reports(double, other):
    text = CharField(max_length=200)
    topic = Concat(Value(f"{other.pk}:"), F("kind"), output_field=text)
    Report.objects.filter(shop=double).update(shop=other, topic=topic)


def remove_person(member: Membership, *, by, at: datetime, why: str) -> None:
    """The City takes somebody off a page, the last owner too: the page is then nobody's again."""
    with transaction.atomic():
        shop = Shop.objects.select_for_update(of=("self",)).get(pk=member.shop_id)
        member = Membership.objects.select_related("user").get(pk=member.pk)
        others = shop.memberships.exclude(pk=member.pk)
        if member.is_last_owner():
            # Nobody is left who could decide on the others.
            for one in others.select_related("user"):
                _leave(shop, one, by, at, why)
            _leave(shop, member, by, at, why)
            shop.claimed_at = None
            shop.save(update_fields=["claimed_at"])
            Event.note(shop, "claim:given_back", by=by, at=at, why=why)
            catalogue.changed([shop.pk], at=at)
        else:
            _leave(shop, member, by, at, why)


def _leave(shop, member, by, at, why):
    Event.note(
        shop,
        "member:removed",
        by=by,
        at=at,
        before={"person": member.user_id, "role": str(member.role)},
        why=why,
    )
    person = member.user
    member.delete()
    letters.tell_removed(shop, person, why)
