"""Taking in a file that somebody sends as a photo: what it is, whether there is room. It is not opened here."""

import secrets
from datetime import datetime, timedelta

from django.db import transaction

from shops.models import Event, Photo, Shop
from shops.models.photo import BYTES_AT_MOST, FILE_BYTES_AT_MOST, KEPT_AT_MOST, Fault
from shops.photos import headers, shelf
from shops.photos.darkroom import MAX_PIXELS, MAX_RATIO, MIN_SIDE

# Files that a shop may send in a day, whatever became of them: each costs the worker some seconds.
A_DAY = 120
RECEIVED = "photo:received"


class Refused(Exception):
    """The file is not taken; `fault` says why (see `Fault`)."""

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = Fault(fault)


class NoRoom(Exception):
    """The shop has as many photos as it may keep, or as many bytes, or sent enough for today."""


def look_at(data: bytes) -> str:
    """The format of a file that may be a photo, by its first bytes alone. Raises Refused."""
    if not data:
        raise Refused(Fault.EMPTY)
    if len(data) > FILE_BYTES_AT_MOST:
        raise Refused(Fault.BYTES)
    try:
        form, width, height = headers.read(data)
    except headers.NotAPicture:
        raise Refused(Fault.FORMAT) from None
    if width * height > MAX_PIXELS:
        raise Refused(Fault.PIXELS)
    if min(width, height) < MIN_SIDE:
        raise Refused(Fault.SMALL)
    if max(width, height) > MAX_RATIO * min(width, height):
        raise Refused(Fault.RIBBON)
    return form


def receive(shop: Shop, upload, *, by, at: datetime, from_city: bool = False) -> Photo:
    """Take in an uploaded file and have it developed. Raises Refused, or NoRoom."""
    from shops.jobs import develop_photo

    # Before a byte of it is read.
    if upload.size > FILE_BYTES_AT_MOST:
        raise Refused(Fault.BYTES)
    data = upload.read()
    look_at(data)
    name = secrets.token_hex(16)
    with transaction.atomic():
        # Two uploads at once wait for each other here, so that the last place is taken once.
        Shop.objects.select_for_update(of=("self",)).get(pk=shop.pk)
        if not has_room(shop, len(data), at=at):
            raise NoRoom
        photo = Photo.objects.create(
            shop=shop,
            name=name,
            called=(upload.name or "").replace("\0", "")[:80],
            bytes=len(data),
            from_city=from_city,
            uploaded_by=by,
            uploaded_at=at,
            touched_at=at,
        )
        Event.note(shop, RECEIVED, by=by, at=at, after={"photo": photo.pk, "bytes": len(data)})
        # Before the job is seen, which is at the end of the transaction. Should that fail, the night tidies up.
        shelf.put(name, shelf.ORIGINAL, data)
        develop_photo.defer(photo_id=photo.pk)
    return photo


def has_room(shop: Shop, size: int, *, at: datetime) -> bool:
    kept = shop.photos.kept()
    lately = Event.objects.filter(shop=shop, kind=RECEIVED, at__gt=at - timedelta(days=1))
    return (
        kept.count() < KEPT_AT_MOST and kept.bytes_held() + size <= BYTES_AT_MOST and lately.count() < A_DAY
    )
