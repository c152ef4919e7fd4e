"""Where the files of photos lie: a folder or S3, as the setting `STORAGES` has it.

`photos/<two letters of the name>/<name>/` holds `original` until the photo is developed, then `640.avif`, `640.jpg` and so
on. No part of a path comes from anybody but us. Nothing here is served by itself: see `shops.photos.serving`.
"""

import contextlib
import re
from collections.abc import Iterator
from datetime import datetime

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

ROOT = "photos"
ORIGINAL = "original"
SUFFIXES = {"avif": "image/avif", "jpg": "image/jpeg"}
NAME = re.compile(r"[0-9a-f]{32}")


def path(name: str, file: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError(name)
    return f"{ROOT}/{name[:2]}/{name}/{file}"


def put(name: str, file: str, content: bytes) -> None:
    """Keep a file; one of that name is replaced, so that doing it again is the same as doing it once."""
    place = path(name, file)
    kept = default_storage.save(place, ContentFile(content))
    if kept != place:
        # A storage set not to replace: it would keep a second copy that nothing names.
        default_storage.delete(kept)
        raise RuntimeError(f"{place}: the storage does not replace files (see STORAGES).")


def get(name: str, file: str) -> bytes:
    """Raises FileNotFoundError."""
    with default_storage.open(path(name, file)) as stored:
        return stored.read()


def drop_original(name: str) -> None:
    default_storage.delete(path(name, ORIGINAL))


def drop(name: str) -> None:
    """Remove all files of a photo. Nothing happens where there are none."""
    folder = f"{ROOT}/{name[:2]}/{name}"
    with contextlib.suppress(FileNotFoundError):
        for file in default_storage.listdir(folder)[1]:
            default_storage.delete(f"{folder}/{file}")
    _drop_folder(folder)


def names() -> Iterator[str]:
    """The names of all photos that have files, one part of the shelf after the other."""
    for part in _folders(ROOT):
        for name in _folders(f"{ROOT}/{part}"):
            if NAME.fullmatch(name):
                yield name


def newest(name: str) -> datetime | None:
    """When the last of a photo's files was written; nothing when there are none."""
    folder = f"{ROOT}/{name[:2]}/{name}"
    times = [
        default_storage.get_modified_time(f"{folder}/{file}") for file in default_storage.listdir(folder)[1]
    ]
    return max(times, default=None)


def _folders(folder):
    try:
        return sorted(default_storage.listdir(folder)[0])
    except FileNotFoundError:
        return []


def _drop_folder(folder):
    """A disk keeps empty folders, S3 has none."""
    with contextlib.suppress(OSError, NotImplementedError):
        default_storage.delete(folder)
