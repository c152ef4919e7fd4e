"""Having a file developed in a process of its own, and keeping what comes out of it."""

import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from shops.models import Photo, Shop
from shops.models.photo import Fault
from shops.photos import darkroom, headers, scanner, shelf

DARKROOM = Path(darkroom.__file__)
# The clock on the wall; the process ends itself after `darkroom.CPU_SECONDS` of work.
PATIENCE_SECONDS = 60
# How long the merchant is told that a file could not be read, and how long a photo is kept that no page shows.
TOLD_FOR, UNUSED_FOR = timedelta(days=7), timedelta(days=90)
STUCK_AFTER, ORPHAN_AFTER = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class Developed:
    """What came out: the photo's size, what tells it from others, its files by name; the memory and the work it took."""

    width: int
    height: int
    pixels: str
    look: str
    files: dict[str, bytes]
    peak: int
    seconds: float


class Failed(Exception):
    """No picture came out; `fault` says why (see `Fault`). Memory and work as far as the process lived to tell."""

    def __init__(self, fault, peak=0, seconds=0.0):
        super().__init__(fault)
        self.fault, self.peak, self.seconds = Fault(fault), peak, seconds


def develop(data: bytes) -> Developed:
    """Make the pictures that a page needs out of a stranger's file. Raises Failed."""
    with tempfile.TemporaryDirectory(prefix="vitrine-photo-") as folder:
        try:
            done = subprocess.run(  # noqa: S603 - our own program, and the file comes by its standard input
                [sys.executable, "-I", str(DARKROOM), folder],
                input=data,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=PATIENCE_SECONDS,
                check=False,
                cwd=folder,
                # No address of a database, no key: what runs in there knows nothing.
                env={"PATH": os.defpath, "LANG": "C.UTF-8"},
            )
        except subprocess.TimeoutExpired:
            raise Failed(Fault.HEAVY) from None
        if done.returncode:
            # Killed for want of memory or of time, or a decoder that fell over.
            raise Failed(Fault.HEAVY if done.returncode < 0 else Fault.UNREADABLE)
        return _checked(done.stdout, Path(folder))


def _checked(said, folder):
    """What the process says and left behind, taken at no more than its word: it may have been somebody else's by then."""
    try:
        answer = json.loads(said[:10_000])
        peak, seconds = int(answer.get("peak", 0)), float(answer.get("seconds", 0))
        if "fault" in answer:
            fault = answer["fault"] if answer["fault"] in Fault.values else Fault.UNREADABLE
            raise Failed(fault, peak, seconds)
        width, height = int(answer["width"]), int(answer["height"])
        pixels, look = str(answer["pixels"]), str(answer["look"])
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
        raise Failed(Fault.UNREADABLE) from None
    if not (0 < width * height <= darkroom.MAX_PIXELS and min(width, height) > 0):
        raise Failed(Fault.UNREADABLE)
    if not (re.fullmatch("[0-9a-f]{64}", pixels) and re.fullmatch("[0-9a-f]{16}", look)):
        raise Failed(Fault.UNREADABLE)
    files = {}
    for size in darkroom.sizes_of(width, height):
        for suffix, form in (("avif", headers.AVIF), ("jpg", headers.JPEG)):
            name = f"{size[0]}.{suffix}"
            try:
                content = (folder / name).read_bytes()
                if headers.read(content) != (form, *size):
                    raise Failed(Fault.UNREADABLE)
            except (OSError, headers.NotAPicture):
                raise Failed(Fault.UNREADABLE) from None
            files[name] = content
    return Developed(width, height, pixels, look, files, peak, seconds)


def develop_received(photo_id: int, *, at: datetime) -> None:
    """Develop a photo that was received. Doing it again does nothing more; what was sent is then gone.

    Raises scanner.Silent: the photo waits as it is.
    """
    photo = Photo.objects.developing().filter(pk=photo_id).first()
    if photo is None:
        return
    try:
        data = shelf.get(photo.name, shelf.ORIGINAL)
    except FileNotFoundError:
        _settle(photo, at, fault=Fault.LOST)
        return
    if not scanner.is_clean(data):
        _settle(photo, at, fault=Fault.INFECTED)
        return
    try:
        developed = develop(data)
    except Failed as error:
        _settle(photo, at, fault=error.fault)
        return
    for name, content in developed.files.items():
        shelf.put(photo.name, name, content)
    _settle(photo, at, developed=developed)


def _settle(photo, at, *, developed=None, fault=""):
    """Note what became of a photo; the file that was sent goes in either case."""
    with transaction.atomic():
        # The shop first, as everywhere: of two equal photos at once the second sees the first.
        Shop.objects.select_for_update(of=("self",)).get(pk=photo.shop_id)
        photo = Photo.objects.select_for_update(of=("self",)).filter(pk=photo.pk).first()
        if photo is None or photo.state != Photo.State.RECEIVED:
            return
        if developed and photo.shop.photos.ready().filter(pixels_sha256=developed.pixels).exists():
            developed, fault = None, Fault.DOUBLE
        photo.touched_at = at
        if developed:
            photo.state, photo.called = Photo.State.READY, ""
            photo.width, photo.height = developed.width, developed.height
            photo.pixels_sha256, photo.look = developed.pixels, developed.look
            photo.bytes = sum(map(len, developed.files.values()))
        else:
            photo.state, photo.reason, photo.bytes = Photo.State.UNREADABLE, fault, 0
        photo.save()
        name = photo.name
        transaction.on_commit(lambda: shelf.drop_original(name) if developed else shelf.drop(name))


def tidy(*, at: datetime) -> dict[str, int]:
    """Erase what nobody needs; the night's work. Returns how many of each.

    `unreadable`: told for a week. `unused`: not on a page and not waiting for one for three months. `stuck`: received an
    hour ago and still not developed: tried again. `orphans`: files a day old that belong to no photo.
    """
    from shops.jobs import develop_photo
    from shops.photos.page import erase_unused

    done = {"unreadable": 0, "unused": 0, "stuck": 0, "orphans": 0}
    told = Photo.objects.filter(state=Photo.State.UNREADABLE, touched_at__lt=at - TOLD_FOR)
    done["unreadable"], _by_model = told.delete()
    done["unused"] = erase_unused(before=at - UNUSED_FOR)
    for photo in Photo.objects.developing().filter(touched_at__lt=at - STUCK_AFTER):
        develop_photo.defer(photo_id=photo.pk)
        done["stuck"] += 1
    for name in shelf.names():
        if Photo.objects.filter(name=name).exists():
            continue
        newest = shelf.newest(name)
        if newest is not None and newest < at - ORPHAN_AFTER:
            shelf.drop(name)
            done["orphans"] += 1
    return done
