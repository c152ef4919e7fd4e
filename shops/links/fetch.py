"""Ask whether an address of the web answers, without ever being led to an inner one.

Whoever writes a link chooses where this machine connects to, and so does every site that redirects. Therefore the name
is resolved here, once; each of its addresses must be one of the public internet; the connection goes to the address
that was looked at, not to the name (which may resolve to another one a moment later); the certificate must be the name's.
Only https on port 443, three redirects at most, each looked at in the same way, five seconds and 256 kB for everything.
No library that is still kept pins the address it has checked, so this speaks `http.client` over a socket of its own.
"""

import http.client
import io
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from urllib.parse import quote, urljoin, urlsplit

from django.conf import settings

from shops.vocabulary import LinkFault

SECONDS = 5.0
BYTES = 256 * 1024
REDIRECTS = 3
LONGEST_URL = 2_000
PORT = 443
# Answers that say "not in this way" or "not to a robot": somebody is at home.
HOME_BUT_SHY = frozenset(
    {400, 401, 402, 403, 405, 406, 407, 408, 412, 418, 421, 423, 425, 428, 429, 451, 999}
)
GONE = frozenset({404, 410})

# Within the addresses of the internet, those that stand for an address of the other kind (IPv4 in IPv6) or for a
# relay of it: where they lead cannot be seen from the number.
STAND_INS = [
    ipaddress.ip_network(text)
    for text in (
        "192.88.99.0/24", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "2001::/23",
        "2002::/16", "3fff::/20", "5f00::/16",
    )
]  # fmt: skip
UNICAST = ipaddress.ip_network("2000::/3")
# The lower half of an address that carries an IPv4 one (ISATAP).
ISATAP = (0x00005EFE, 0x02005EFE)
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


class Refused(Exception):
    """The link leads nowhere. Carries a `LinkFault`."""

    def __init__(self, fault):
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class Place:
    """An address of the web, taken apart: a host that is a name, and what to ask it for."""

    host: str
    target: str

    @property
    def url(self):
        return f"https://{self.host}{self.target}"


def place_of(url: str) -> Place:
    """Read an address; http is raised to https. Raises Refused for anything but a plain name on port 443."""
    if len(url) > LONGEST_URL or any(ord(sign) <= 0x20 or ord(sign) == 0x7F for sign in url) or "\\" in url:
        raise Refused(LinkFault.ADDRESS)
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname or ""
    except ValueError:
        raise Refused(LinkFault.ADDRESS) from None
    if parts.scheme not in ("http", "https") or "@" in parts.netloc:
        raise Refused(LinkFault.ADDRESS)
    if port not in (None, PORT) and (parts.scheme, port) != ("http", 80):
        raise Refused(LinkFault.ADDRESS)
    target = quote(parts.path or "/", safe="/%:=&;,!$'()*+~@-._")
    if parts.query:
        target += "?" + quote(parts.query, safe="/%:=&?;,!$'()*+~@-._[]")
    return Place(_name(host), target)


def _name(host):
    """A host's name as DNS and certificates write it. Numbers in any spelling are no name."""
    try:
        name = host.removesuffix(".").encode("idna").decode("ascii").lower()
    except (UnicodeError, ValueError):
        raise Refused(LinkFault.ADDRESS) from None
    labels = name.split(".")
    if len(labels) < 2 or len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise Refused(LinkFault.ADDRESS)
    # "127.1", "0x7f.1", "017700000001.": resolvers read them as numbers. No top level domain begins with a digit.
    if labels[-1][0].isdigit():
        raise Refused(LinkFault.ADDRESS)
    return name


def is_public(text: str) -> bool:
    """Whether this is the number of one machine on the public internet, and says so by itself."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if getattr(address, "scope_id", None) or not address.is_global:
        return False
    if address.is_multicast or address.is_reserved or address.is_unspecified or address.is_link_local:
        return False
    if any(address.version == net.version and address in net for net in STAND_INS):
        return False
    if address.version == 4:
        return True
    return address in UNICAST and (int(address) >> 32) & 0xFFFFFFFF not in ISATAP


def resolve(host: str, seconds: float) -> list[str]:
    """The numbers of a name. Raises Refused. The system's resolver knows no limit of time, so it is left behind."""
    answers = SimpleQueue()

    def ask():
        try:
            found = socket.getaddrinfo(host, PORT, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            answers.put([row[4][0] for row in found])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        answer = answers.get(timeout=max(seconds, 0.001))
    except Empty:
        raise Refused(LinkFault.SILENT) from None
    if isinstance(answer, Exception):
        raise Refused(LinkFault.NAME)
    return answer


def connect(address: str, host: str, seconds: float) -> socket.socket:
    """A line to this very address, encrypted, with the host's own certificate. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    ends = time.monotonic() + seconds
    plain = socket.socket(family, socket.SOCK_STREAM)
    try:
        plain.settimeout(seconds)
        plain.connect((address, PORT))
        plain.settimeout(max(ends - time.monotonic(), 0.001))
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except BaseException:
        plain.close()
        raise


class _Reader(io.RawIOBase):
    """What comes over a line, until the time or the measure is full."""

    def __init__(self, line):
        self.line = line

    def readable(self):
        return True

    def readinto(self, buffer):
        visit = self.line.visit
        room = memoryview(buffer)[: max(visit.bytes_left, 0)]
        if not room:
            raise Refused(LinkFault.BROKEN)
        self.line.socket.settimeout(visit.seconds_left())
        count = self.line.socket.recv_into(room)
        visit.bytes_left -= count
        return count


class _Line:
    """As much of a socket as `http.client` asks for."""

    def __init__(self, line, visit):
        self.socket, self.visit = line, visit

    def makefile(self, *_args, **_options):
        return io.BufferedReader(_Reader(self))

    def sendall(self, data):
        self.socket.settimeout(self.visit.seconds_left())
        self.socket.sendall(data)

    def close(self):
        self.socket.close()


class Visit:
    """One look at one link: one purse of time and bytes for all its redirects."""

    def __init__(
        self,
        *,
        resolve: Callable[[str, float], list[str]] = resolve,
        connect: Callable[[str, str, float], socket.socket] = connect,
        clock: Callable[[], float] = time.monotonic,
    ):
        self.resolve, self.connect, self.clock = resolve, connect, clock
        self.ends = clock() + SECONDS
        self.bytes_left = BYTES

    def seconds_left(self) -> float:
        """Raises Refused when there are none."""
        left = self.ends - self.clock()
        if left <= 0:
            raise Refused(LinkFault.SILENT)
        return left

    def look(self, url: str) -> str:
        """What is wrong with a link: a `LinkFault`, or "" when somebody is at home."""
        try:
            place = place_of(url)
            for _hop in range(REDIRECTS + 1):
                status, onward = self._ask(place)
                if not onward:
                    return _fault(status)
                place = place_of(urljoin(place.url, onward))
            return LinkFault.LOOP
        except Refused as refusal:
            return refusal.fault
        except ssl.SSLCertVerificationError:
            return LinkFault.CERTIFICATE
        except (OSError, http.client.HTTPException, ValueError):
            # No answer, or none in the language of the web.
            return LinkFault.SILENT

    def _ask(self, place):
        """The status, and where it sends one on to. A page that does not take HEAD is asked with GET."""
        address = self._address(place.host)
        status, onward = self._request("HEAD", place, address)
        if status >= 400:
            status, onward = self._request("GET", place, address)
        return status, onward

    def _address(self, host):
        """Where to connect to. One inner address among several is reason enough to stay away."""
        found = self.resolve(host, self.seconds_left())
        if not found:
            raise Refused(LinkFault.NAME)
        if not all(is_public(address) for address in found):
            raise Refused(LinkFault.ADDRESS)
        return found[0]

    def _request(self, method, place, address):
        line = _Line(self.connect(address, place.host, self.seconds_left()), self)
        web = http.client.HTTPConnection(place.host, PORT)
        web.auto_open, web.sock = 0, line
        try:
            web.putrequest(method, place.target, skip_host=True, skip_accept_encoding=True)
            for name, value in (
                ("Host", place.host),
                ("User-Agent", f"Vitrine ({settings.PUBLIC_URL}; link check)"),
                ("Accept", "*/*"),
                ("Connection", "close"),
            ):
                web.putheader(name, value)
            web.endheaders()
            # The body is not read: the first line says all.
            answer = web.getresponse()
            onward = answer.getheader("Location") if 300 <= answer.status < 400 else None
            return answer.status, onward
        finally:
            web.close()
            line.close()


def _fault(status):
    if status < 400 or status in HOME_BUT_SHY:
        return ""
    return LinkFault.GONE if status in GONE else LinkFault.BROKEN
