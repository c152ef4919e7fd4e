"""The heads of the chain outside the database: one line a day, in files that others copy.

Whoever has a head proves by it that no transaction sealed until then was altered, taken out or put in since.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings

from vouchers.models import ChainLink


@dataclass(frozen=True)
class Head:
    """A head as it was published: when, of which place in the chain, and the line itself."""

    at: datetime
    seq: int
    digest: str
    line: str


def publish(*, at: datetime) -> ChainLink | None:
    """Add the present head to each of the files of `LEDGER_HEADS`. Returns its link; None while nothing is sealed.

    The line is on the disk when this returns. A head that stands there already is not written twice.
    """
    last = ChainLink.objects.order_by("-seq").first()
    if last is None:
        return None
    line = f"{at:%Y-%m-%dT%H:%M:%S%z} {last.seq} {last.hash}\n"
    for path in map(Path, settings.LEDGER_HEADS):
        if last.seq in read(path):
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="ascii") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
    return last


def read(path: Path) -> dict[int, str]:
    """The heads in a file, by their place in the chain. Raises ValueError for a line that is none."""
    if not path.exists():
        return {}
    heads = {}
    for number, line in enumerate(path.read_text("ascii").splitlines(), start=1):
        try:
            _at, seq, digest = line.split()
            heads[int(seq)] = digest
        except ValueError:
            raise ValueError(f"{path}, line {number}: « date place hash » is expected.") from None
    return heads


def last() -> Head | None:
    """What was published last, as it stands in the first of the files that has any.

    Raises ValueError when that line is no head.
    """
    for path in map(Path, settings.LEDGER_HEADS):
        lines = path.read_text("ascii").splitlines() if path.exists() else []
        if lines:
            try:
                at, seq, digest = lines[-1].split()
                return Head(datetime.fromisoformat(at), int(seq), digest, lines[-1])
            except ValueError:
                raise ValueError(f"{path}, last line: « date place hash » is expected.") from None
    return None


def published(paths: Iterable[Path] | None = None) -> dict[int, str]:
    """The heads in these files, by default those of `LEDGER_HEADS`.

    Raises:
        ValueError: a line is no head, two files name different ones for one place, or a file that was asked for has none.
    """
    known = {}
    for path in map(Path, paths or settings.LEDGER_HEADS):
        there = read(path)
        if paths and not there:
            raise ValueError(f"{path}: there is no head in it.")
        for seq, digest in there.items():
            if known.setdefault(seq, digest) != digest:
                raise ValueError(f"{path}: {seq} {digest}, {known[seq]} elsewhere")
    return known
