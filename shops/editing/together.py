"""A chain's branches, edited together where they agree.

Somebody who keeps several pages saves one and may carry the same change to the others, fact by fact: to those that said
the same before. What a branch says differently is its own, and is left alone.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from districts.models import City
from shops.editing import facts, revisions
from shops.editing.facts import ADDRESS, Value
from shops.editing.revisions import Saved
from shops.models import Change, Shop
from shops.vocabulary import ConfirmedBy

# More than these are not offered at once: a list that nobody reads is ticked by mistake.
MOST_SHOPS = 50
# Where a shop stands is never another's too, even when two share a house today; nor are its photos.
ITS_OWN = frozenset({*ADDRESS, "photos"})


@dataclass(frozen=True)
class Agreement:
    """Another shop of the same person, and the facts in which it says what this one says."""

    shop: Shop
    agreed: tuple[str, ...]
    differing: tuple[str, ...]


@dataclass(frozen=True)
class Carried:
    """What became of a change carried to another shop: `saved` as `revisions.propose` tells it, `left` what differs."""

    shop: Shop
    saved: Saved
    left: list[str] = field(default_factory=list)


def agreeing(shop: Shop, names: Iterable[str], *, user, at: datetime) -> list[Agreement]:
    """The person's other shops that say the same as this one in some of these facts, by name.

    What waits for the City counts as said: it is what the shop's people see. Six queries, however many the shops.
    """
    names = [name for name in names if name not in ITS_OWN]
    others = _others(shop, user)[:MOST_SHOPS]
    if not (names and others):
        return []
    shops = {one.pk: one for one in [shop, *others]}
    seen = _seen(shops, names, at)
    found = []
    for other in others:
        agreed = tuple(name for name in names if seen[other.pk][name] == seen[shop.pk][name])
        if agreed:
            found.append(Agreement(other, agreed, tuple(name for name in names if name not in agreed)))
    return found


def propose_together(
    shop: Shop,
    public_ids: Iterable[str],
    values: Mapping[str, Value],
    *,
    base: Mapping[str, Value],
    by,
    at: datetime,
    note: str = "",
) -> list[Carried]:
    """Carry a save of one shop to others: on each, only what said the same as this one did before, all or nothing.

    Args:
        shop: where the person saved; it is not written here (`revisions.propose` does that).
        public_ids: the shops she ticked. Those whose page she does not keep, and this one, are passed over.
        values, base: as given to `revisions.propose` for the first shop; of facts that did not change nothing is done.
    """
    wanted = {name: value for name, value in values.items() if name not in ITS_OWN and value != base[name]}
    chosen = set(public_ids)
    return [
        _carry(other, wanted, base=base, by=by, at=at, note=note)
        for other in _others(shop, by)
        if wanted and other.public_id in chosen
    ]


def others(shop: Shop, user) -> list[Shop]:
    """The other shops that a person may carry a change to. One query, without what they say."""
    mine = Shop.objects.editable_by(user).exclude(pk=shop.pk).defer("search").order_by("name", "pk")
    return list(mine[:MOST_SHOPS])


def change_together(
    shop: Shop,
    public_ids: Iterable[str],
    name: str,
    change: Callable[[Shop, Value], Value],
    *,
    by,
    at: datetime,
    vouches: bool,
) -> list[Carried]:
    """Work the same gesture into other shops, into whatever each of them says: all of it or nothing on each.

    Args:
        public_ids: the shops she ticked. Those whose page she does not keep, and this one, are passed over.
        name: the fact that the gesture is about.
        change: gives what a shop is to say from what its people see now; None where the gesture does not fit there.
        vouches: whether it says all that is to be said of this group (see `revisions.propose`).
    """
    chosen = set(public_ids)
    return [
        _work_into(other, name, change, by, at, vouches)
        for other in (others(shop, by) if chosen else ())
        if other.public_id in chosen
    ]


def _work_into(shop, name, change, by, at, vouches):
    with transaction.atomic():
        shop = revisions.locked(shop, at=at)
        base = revisions.seen_by_its_people(shop, [name])
        wanted = change(shop, base[name])
        if wanted is None:
            return Carried(shop, Saved(), [name])
        saved = revisions.propose(
            shop,
            {name: wanted},
            base=base,
            base_version=revisions.version_of(shop),
            by=by,
            side=ConfirmedBy.MERCHANT,
            at=at,
            vouches=vouches,
        )
        return Carried(shop, saved)


def _carry(shop, wanted, *, base, by, at, note):
    with transaction.atomic():
        # Held from here on, so that what agrees now still does when it is written.
        shop = revisions.locked(shop, at=at)
        seen = revisions.seen_by_its_people(shop, wanted)
        agreed = {name: value for name, value in wanted.items() if seen[name] == base[name]}
        saved = revisions.propose(
            shop,
            agreed,
            base={name: base[name] for name in agreed},
            base_version=revisions.version_of(shop),
            by=by,
            side=ConfirmedBy.MERCHANT,
            at=at,
            note=note,
        )
        return Carried(shop, saved, [name for name in wanted if name not in agreed])


def _others(shop, user):
    return list(
        Shop.objects.editable_by(user)
        .exclude(pk=shop.pk)
        .select_related("district", "category")
        .prefetch_related("other_categories", "links", "special_days")
        .order_by("name", "pk")
    )


def _seen(shops, names, at):
    """What each shop's people see, by shop and name: what is live, and over it what waits."""
    city = City.objects.get()
    seen = {pk: facts.read(facts.with_today(shop, at, city), names) for pk, shop in shops.items()}
    waiting = Change.objects.waiting().filter(shop__in=shops, field__in=names)
    for pk, name, value in waiting.values_list("shop", "field", "after"):
        seen[pk][name] = value
    return seen
