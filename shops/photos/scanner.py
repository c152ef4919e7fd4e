"""A virus scanner's word on a file, where a City has one: clamd, at the socket that `VITRINE_CLAMD` names. Else nobody's."""

import socket
import struct

from django.conf import settings

CHUNK = 64 * 1024
# clamd answers at the end; a photo takes it a fraction of a second.
PATIENCE_SECONDS = 30


class Silent(Exception):
    """The scanner did not say whether the file is clean: nobody opens it before it does."""


def is_clean(data: bytes) -> bool:
    """Whether the scanner finds nothing in a file; so also where there is no scanner. Raises Silent."""
    if not settings.CLAMD_SOCKET:
        return True
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_SECONDS)
            line.connect(settings.CLAMD_SOCKET)
            line.sendall(b"zINSTREAM\0")
            for start in range(0, len(data), CHUNK):
                chunk = data[start : start + CHUNK]
                line.sendall(struct.pack(">I", len(chunk)) + chunk)
            line.sendall(struct.pack(">I", 0))
            with line.makefile("rb") as said:
                answer = said.read(1000).rstrip(b"\0\n")
    except OSError as error:
        raise Silent(f"{settings.CLAMD_SOCKET}: {error}") from error
    if answer.endswith(b" FOUND"):
        return False
    if answer != b"stream: OK":
        # A file above its own limit, no signatures, no word at all.
        raise Silent(f"{settings.CLAMD_SOCKET}: {answer[:200]!r}")
    return True
