"""A shop's photos as its people and the City arrange them: each gesture goes through `shops.editing.revisions`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shops.editing import facts, revisions
from shops.editing.revisions import Saved
from shops.models import Change, Event, Photo, Shop
from shops.models.photo import SHOWN_AT_MOST
from shops.photos import shelf
from shops.vocabulary import ConfirmedBy

FACT = "photos"


class TooMany(Exception):
    """The page shows as many photos as it may."""


class InUse(Exception):
    """The photo is on the page, or waits for it: it is taken off first."""


@dataclass(frozen=True)
class Shown:
    """A photo of the page as its people see it. `waits`: the City has yet to look at it, or at what is said of it."""

    photo: Photo
    alt: dict
    decorative: bool
    focus: list
    waits: bool


@dataclass(frozen=True)
class Album:
    """All photos of a shop, each in one place."""

    shown: list[Shown]
    kept: list[Photo]
    developing: list[Photo]
    unreadable: list[Photo]

    @property
    def is_full(self):
        return len(self.shown) >= SHOWN_AT_MOST


def album(shop: Shop, *, side=ConfirmedBy.MERCHANT) -> Album:
    """What a shop has. Two queries: its photos, and what waits."""
    photos = list(shop.photos.order_by("pk"))
    by_id = {photo.pk: photo for photo in photos}
    published = sorted((photo for photo in photos if photo.published), key=lambda photo: photo.position)
    live = {photo.pk: photo.as_fact() for photo in published}
    wanted = None
    if side == ConfirmedBy.MERCHANT:
        wanted = shop.changes.waiting().filter(field=FACT).values_list("after", flat=True).first()
    if wanted is None:
        wanted = list(live.values())
    shown = [
        Shown(
            by_id[item["id"]],
            item["alt"],
            item["decorative"],
            item["focus"],
            waits=not facts.FACTS[FACT].is_harmless(list(live.values()), [item]),
        )
        for item in wanted
        if item["id"] in by_id
    ]
    used = {entry.photo.pk for entry in shown} | set(live)
    return Album(
        shown,
        [photo for photo in photos if photo.state == Photo.State.READY and photo.pk not in used],
        [photo for photo in photos if photo.state == Photo.State.RECEIVED],
        [photo for photo in photos if photo.state == Photo.State.UNREADABLE],
    )


def describe(photo: Photo, *, alt: dict, decorative: bool, focus: list, by, side, at: datetime) -> Saved:
    """Say what a photo shows, and put it on the page if it is not there yet. Raises TooMany."""
    item = {"id": photo.pk, "alt": {} if decorative else alt, "decorative": decorative, "focus": focus}

    def alter(items):
        if photo.pk in [one["id"] for one in items]:
            return [item if one["id"] == photo.pk else one for one in items]
        if len(items) >= SHOWN_AT_MOST:
            raise TooMany
        return [*items, item]

    with transaction.atomic():
        saved = _change(photo.shop, alter, by=by, side=side, at=at)
        # Should it be withdrawn or refused, her words are not lost.
        Photo.objects.filter(pk=photo.pk, published=False).update(
            alt=item["alt"], decorative=decorative, focus_x=focus[0], focus_y=focus[1], touched_at=at
        )
    return saved


def move(photo: Photo, step: int, *, by, side, at: datetime) -> Saved:
    """Move a photo one place towards the first (-1) or the last (+1). At the end nothing happens."""

    def alter(items):
        place = next((place for place, one in enumerate(items) if one["id"] == photo.pk), None)
        if place is None or not 0 <= place + step < len(items):
            return items
        items[place], items[place + step] = items[place + step], items[place]
        return items

    return _change(photo.shop, alter, by=by, side=side, at=at)


def take_off(photo: Photo, *, by, side, at: datetime) -> Saved:
    """Take a photo off the page. That never waits: what was still waiting beside it goes on waiting without it."""

    def without(items):
        return [one for one in items if one["id"] != photo.pk]

    with transaction.atomic():
        shop = revisions.locked(photo.shop, at=at)
        live = facts.read(shop, [FACT])[FACT]
        if side != ConfirmedBy.MERCHANT or without(live) == live:
            return _change(shop, without, by=by, side=side, at=at)
        seen = revisions.seen_by_its_people(shop, [FACT])[FACT]
        saved = _save(shop, without(live), seen, by=by, side=side, at=at)
        if without(seen) != without(live):
            saved = _save(shop, without(seen), without(live), by=by, side=side, at=at)
        return saved


def erase(photo: Photo, *, by, at: datetime) -> None:
    """Forget a photo: its row, its words, its files. Raises InUse while the page shows it or is asked to."""
    with transaction.atomic():
        shop = revisions.locked(photo.shop, at=at)
        photo = Photo.objects.select_for_update(of=("self",)).filter(pk=photo.pk).first()
        if photo is None:
            return
        if photo.published or photo.pk in _waiting_for(shop):
            raise InUse
        Event.note(shop, "photo:erased", by=by, at=at, before={"photo": photo.pk})
        _erase(photo)


def erase_unused(*, before: datetime) -> int:
    """Erase photos that no page shows, or waits to show, and that nobody touched since. Returns how many."""
    erased = 0
    for photo in Photo.objects.ready().filter(published=False, touched_at__lt=before).select_related("shop"):
        with transaction.atomic():
            shop = Shop.objects.select_for_update(of=("self",)).get(pk=photo.shop_id)
            photo = Photo.objects.select_for_update(of=("self",)).filter(pk=photo.pk, published=False).first()
            if photo is None or photo.pk in _waiting_for(shop):
                continue
            _erase(photo)
            erased += 1
    return erased


def _erase(photo):
    name = photo.name
    photo.delete()
    transaction.on_commit(lambda: shelf.drop(name))


def _waiting_for(shop):
    after = Change.objects.waiting().filter(shop=shop, field=FACT).values_list("after", flat=True).first()
    return {item["id"] for item in after or []}


def _change(shop, alter: Callable[[list], list], *, by, side, at):
    """Save the list of photos, altered; the shop is held, so nobody else's change can come between."""
    with transaction.atomic():
        shop = revisions.locked(shop, at=at)
        read = revisions.seen_by_its_people if side == ConfirmedBy.MERCHANT else facts.read
        seen = read(shop, [FACT])[FACT]
        return _save(shop, alter(list(seen)), seen, by=by, side=side, at=at)


def _save(shop, value, seen, *, by, side, at):
    return revisions.propose(
        shop,
        {FACT: value},
        base={FACT: seen},
        base_version=revisions.version_of(shop),
        by=by,
        side=side,
        at=at,
    )
