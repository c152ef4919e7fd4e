"""Figure 36: whatever address a link has, and wherever it redirects, no inner machine is ever connected to.

The resolver and the line are ours: the resolver answers what an attacker's would, the line notes where it goes. The
clock is ours too: a slow site moves it, so that five seconds pass without anybody waiting.
"""

import ipaddress
import ssl

import pytest

from shops.links import fetch
from shops.links.fetch import BYTES, REDIRECTS, SECONDS, Visit, is_public, place_of
from shops.vocabulary import LinkFault

PUBLIC = "93.184.215.14"
INNER_4 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.1.2.3",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "233.252.0.1", "239.255.255.250", "240.0.0.1", "250.1.2.3", "255.255.255.255",
]  # fmt: skip
INNER_6 = [
    "::", "::1", "::7f00:1", "::10.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254",
    "::ffff:93.184.215.14", "::ffff:0:127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1", "100::1", "100:0:0:1::1", "2001::1", "2001:0:7f00:1::1", "2001:2::1", "2001:10::1", "2001:20::1",
    "2001:db8::1", "2002:7f00:1::1", "2002:a00:1::1", "2002:c0a8:101::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1",
    "fd12:3456:789a::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "ff05::2", "ff0e::1",
    "2a00:1450::200:5efe:10.0.0.1", "2a00:1450::5efe:7f00:1", "4000::1", "8000::1",
]  # fmt: skip
# Hosts that some resolver or library reads as a number.
SPELLINGS = [
    "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0x7f.1", "0177.0.0.1", "0177.1",
    "017700000001", "00000177.0.0.1", "127.0.0.1.", "127.000.000.001", "0", "0.0.0.0", "0x0", "3232235521",
    "0xc0a80001", "0300.0250.0.1", "192.168.1", "10.1", "0xa.1", "012.1", "167772161", "2852039166", "0xa9fea9fe",
    "0251.0376.0251.0376", "169.254.43518", "169.16689662", "１２７.０.０.１", "127。0。0。1", "①②⑦.⓪.⓪.①", "127.0.0.1%00",
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
    "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fd00::1]", "[::127.0.0.1]", "[v1.fe80::a]", "[1::2", "::1", "localhost",
    "localhost.", "LOCALHOST", "intranet", "db", "metadata", "a..b.example", ".example.org", "exa mple.org", "-", "*.org",
    "a" * 64 + ".example", ".".join(["a" * 60] * 6) + ".example", "93.184.215.14", "[2606:2800:21f:cb07::1]", "",
]  # fmt: skip
SCHEMES = [
    "file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1:6379/_FLUSHALL", "dict://127.0.0.1:11211/stats",
    "ldap://example.org/", "javascript:alert(1)", "data:text/html,x", "jar:https://example.org!/", "tftp://example.org/x",
    "ssh://example.org", "unix:/run/postgresql", "//example.org/", "/etc/passwd", "example.org", "https:example.org",
    "https:/example.org", "https:///example.org", "HTTPS//example.org", "http", "", "about:blank", "blob:https://example.org/x",
    "view-source:https://example.org", "netdoc:///etc/passwd", "phar://x", "php://input", "smb://example.org/share",
]  # fmt: skip
TRICKS = [
    "https://example.org@127.0.0.1/", "https://127.0.0.1@example.org/", "https://user:pass@example.org/",
    "https://@example.org/", "https://example.org:80/", "https://example.org:22/", "https://example.org:8443/",
    "https://example.org:6379/", "http://example.org:443@127.0.0.1/", "http://example.org:8080/", "https://example.org:0/",
    "https://example.org:99999/", "https://example.org:-1/", "https://example.org:4 43/", "https://example.org:４４３x/",
    "https://example.org\\@127.0.0.1/", "https://127.0.0.1\\.example.org/", "https://example.org\r\nHost: inner/",
    "https://example.org/\r\nX: y", "https://example.org\x00.inner/", "https://exa\tmple.org/", " https://example.org/",
    "https://example.org/\x7f", "https://[::1]:443@example.org/", "https://example.org#@127.0.0.1:22/\n",
    "https://" + "a" * 3000 + ".example/", "https://127.0.0.1#.example.org/", "https://127.0.0.1?.example.org/",
    "https://127.0.0.1;.example.org/", "https://ex%61mple%2eorg@127.0.0.1/", "https://127%2e0%2e0%2e1/",
]  # fmt: skip


class Web:
    """A web where names resolve as told and sites say what they are told. It notes every line that is opened."""

    def __init__(self, names=None, sites=None):
        self.now = 100.0
        self.names = names or {}
        self.sites = sites or {}
        self.connected, self.asked, self.closed, self.taken = [], [], 0, 0

    def resolve(self, host, seconds):
        assert 0 < seconds <= SECONDS
        answer = self.names.get(host, [])
        return answer.pop(0) if answer and isinstance(answer[0], list) else answer

    def connect(self, address, host, seconds):
        assert 0 < seconds <= SECONDS
        self.connected.append(address)
        site = self.sites.get(host, b"HTTP/1.1 200 OK\r\n\r\n")
        if isinstance(site, Exception):
            raise site
        return FakeLine(self, host, site)

    def look(self, url):
        began = self.now
        visit = Visit(resolve=self.resolve, connect=self.connect, clock=lambda: self.now)
        fault = visit.look(url)
        self.seconds = self.now - began
        assert self.seconds <= SECONDS + 0.001
        assert self.taken <= BYTES * 2, "more than a purse was taken"
        assert self.closed == len([1 for _line in self.asked]), "a line stayed open"
        return fault


class FakeLine:
    """One connection. A site is bytes, or an endless maker of pieces: (seconds that it takes, bytes)."""

    def __init__(self, web, host, site):
        self.web, self.host = web, host
        self.pieces = iter([(0.0, site)]) if isinstance(site, bytes) else site()
        self.left = b""
        self.timeout = None
        self.web.asked.append([host, b""])

    def settimeout(self, seconds):
        assert seconds > 0
        self.timeout = seconds

    def sendall(self, data):
        self.web.asked[-1][1] += data

    def recv_into(self, room):
        if not self.left:
            takes, self.left = next(self.pieces, (0.0, b""))
            if takes > self.timeout:
                self.web.now += self.timeout
                raise TimeoutError
            self.web.now += takes
        piece, self.left = self.left[: len(room)], self.left[len(room) :]
        room[: len(piece)] = piece
        self.web.taken += len(piece)
        return len(piece)

    def close(self):
        if self.host is not None:
            self.web.closed += 1
            self.host = None


def redirect(to, status=302):
    return f"HTTP/1.1 {status} Found\r\nLocation: {to}\r\n\r\n".encode("utf-8", "surrogateescape")


@pytest.mark.parametrize("address", INNER_4 + INNER_6)
def test_no_name_leads_to_an_inner_address(address):
    """Alone, and hidden behind a public one."""
    for answer in ([address], [PUBLIC, address], [address, PUBLIC]):
        web = Web({"evil.example": answer})
        assert web.look("https://evil.example/") == LinkFault.ADDRESS
        assert web.connected == []


@pytest.mark.parametrize("host", SPELLINGS)
def test_a_host_that_is_a_number_or_no_name_is_not_even_resolved(host):
    for url in (f"https://{host}/", f"http://{host}/"):
        web = Web()
        web.resolve = lambda host, seconds: pytest.fail(f"{host} was resolved")
        assert web.look(url) == LinkFault.ADDRESS
        assert web.connected == []


@pytest.mark.parametrize("url", SCHEMES + TRICKS)
def test_other_schemes_ports_and_tricks_go_nowhere(url):
    web = Web({"example.org": [PUBLIC], "ex%61mple%2eorg": [PUBLIC]})
    assert web.look(url) == LinkFault.ADDRESS
    assert web.connected == []


@pytest.mark.parametrize(
    "target", [f"https://{host}/" for host in SPELLINGS if host] + SCHEMES[:12] + TRICKS[:9]
)
def test_no_redirect_leads_to_an_inner_address(target):
    web = Web({"example.org": [PUBLIC]}, {"example.org": redirect(target)})
    web.look("https://example.org/")
    assert set(web.connected) == {PUBLIC}


@pytest.mark.parametrize("address", INNER_4 + INNER_6)
def test_no_redirect_leads_to_a_name_with_an_inner_address(address):
    web = Web(
        {"example.org": [PUBLIC], "inner.example": [address]},
        {"example.org": redirect("https://inner.example/")},
    )
    assert web.look("https://example.org/") == LinkFault.ADDRESS
    assert set(web.connected) == {PUBLIC}


def test_it_connects_to_the_address_it_looked_at_whatever_the_name_says_a_moment_later():
    """DNS rebinding: public when asked first, this machine afterwards."""
    web = Web({"rebind.example": [[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]]})
    assert web.look("https://rebind.example/") == ""
    assert web.connected == [PUBLIC]
    web = Web(
        {"rebind.example": [[PUBLIC], ["127.0.0.1"]]},
        {"rebind.example": redirect("https://rebind.example/again")},
    )
    assert web.look("https://rebind.example/") == LinkFault.ADDRESS
    assert web.connected == [PUBLIC]


def test_the_figure_has_at_least_two_hundred_addresses():
    inner = len(INNER_4) + len(INNER_6)
    assert 2 * inner + 2 * len(SPELLINGS) + len(SCHEMES) + len(TRICKS) >= 200


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "8.8.8.8", "194.154.192.1", "2606:2800:21f:cb07::1", "2a00:1450:400e::1"]
)
def test_public_addresses_are_public(address):
    assert is_public(address)
    web = Web({"example.org": [address]})
    assert web.look("https://example.org/") == ""
    assert web.connected == [address]


def test_every_special_block_of_the_registries_is_refused():
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.2.0/24",
        "192.168.0.0/16", "198.18.0.0/15", "224.0.0.0/4", "240.0.0.0/4", "64:ff9b::/96", "2001::/32", "2002::/16",
        "fc00::/7", "fe80::/10", "ff00::/8", "2001:db8::/32",
    ):  # fmt: skip
        network = ipaddress.ip_network(text)
        for address in (network[0], network[1], network[network.num_addresses // 2], network[-1]):
            assert not is_public(str(address)), address


@pytest.mark.parametrize("text", ["", "x", "1.2.3", "::g", "1.2.3.4/8", "0x7f.0.0.1", "127.0.0.01"])
def test_what_is_no_number_is_not_public(text):
    assert not is_public(text)


def test_it_says_whose_robot_it_is_and_carries_nothing(settings):
    settings.PUBLIC_URL = "https://vitrine.example"
    web = Web({"example.org": [PUBLIC]})
    web.look("http://example.org/menu?jour=é")
    (_host, sent) = web.asked[0]
    lines = sent.decode().split("\r\n")
    assert lines[0] == "HEAD /menu?jour=%C3%A9 HTTP/1.1"
    assert "Host: example.org" in lines
    assert "User-Agent: Vitrine (https://vitrine.example; link check)" in lines
    assert not any(line.lower().startswith(("cookie", "authorization", "referer")) for line in lines)


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, ""), (204, ""), (304, ""), (401, ""), (403, ""), (429, ""), (999, ""),
        (404, "gone"), (410, "gone"), (500, "broken"), (503, "broken"),
    ],
)  # fmt: skip
def test_what_an_answer_means(status, fault):
    web = Web({"example.org": [PUBLIC]}, {"example.org": f"HTTP/1.1 {status} X\r\n\r\n".encode()})
    assert web.look("https://example.org/") == fault
    assert [sent.split()[0] for _host, sent in web.asked] == [b"HEAD"] + [b"GET"] * (status >= 400)


def test_a_name_that_is_not_known_a_bad_certificate_and_silence_are_told_apart():
    assert Web().look("https://nowhere.example/") == LinkFault.NAME
    known = {"example.org": [PUBLIC]}
    assert (
        Web(known, {"example.org": ssl.SSLCertVerificationError("x")}).look("https://example.org/")
        == "certificate"
    )
    for error in (ConnectionRefusedError(), TimeoutError(), OSError("no route"), ssl.SSLError("x")):
        assert Web(known, {"example.org": error}).look("https://example.org/") == LinkFault.SILENT


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"SSH-2.0-OpenSSH\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"\x00" * 100,
        b"HTTP/1.1 302\r\nLocation: http://[\r\n\r\n",
    ],
)
def test_what_is_not_the_web_is_silence_or_refused(answer):
    web = Web({"example.org": [PUBLIC]}, {"example.org": answer})
    assert web.look("https://example.org/") in (LinkFault.SILENT, LinkFault.ADDRESS)


def test_three_redirects_are_followed_and_no_more():
    for hops, fault in ((REDIRECTS, ""), (REDIRECTS + 1, LinkFault.LOOP)):
        names = {f"h{hop}.example": [PUBLIC] for hop in range(hops + 1)}
        sites = {f"h{hop}.example": redirect(f"https://h{hop + 1}.example/") for hop in range(hops)}
        web = Web(names, sites)
        assert web.look("https://h0.example/") == fault
        assert len(web.connected) == REDIRECTS + 1
    web = Web({"example.org": [PUBLIC]}, {"example.org": redirect("/encore")})
    assert web.look("https://example.org/") == LinkFault.LOOP
    assert len(web.connected) == REDIRECTS + 1


def test_a_redirect_to_http_is_asked_by_https():
    web = Web(
        {"example.org": [PUBLIC], "www.example.org": [PUBLIC]},
        {"example.org": redirect("http://www.example.org/accueil")},
    )
    assert web.look("https://example.org/") == ""
    assert web.asked[-1][1].startswith(b"HEAD /accueil ")


def dripping(seconds, piece):
    def site():
        while True:
            yield seconds, piece

    return site


@pytest.mark.parametrize(
    "site",
    [
        dripping(10, b"x"),
        dripping(0.9, b"H"),
        dripping(0.5, b"X-Slow: 1\r\n"),
        lambda: iter([(0.0, b"HTTP/1.1 200 OK\r\n"), *[(0.4, b"A: b\r\n")] * 1000]),
    ],
    ids=["silent", "a letter at a time", "a line at a time", "headers for ever"],
)
def test_a_slow_site_has_five_seconds_in_all(site):
    web = Web({"example.org": [PUBLIC]}, {"example.org": site})
    assert web.look("https://example.org/") == LinkFault.SILENT


@pytest.mark.parametrize(
    "site",
    [
        dripping(0, b"A" * 60_000),
        lambda: iter([(0.0, b"HTTP/1.1 200 OK\r\n"), *[(0.0, b"A: " + b"b" * 60_000 + b"\r\n")] * 1000]),
        lambda: iter([(0.0, b"HTTP/1.1 100 Continue\r\n\r\n")] * 100_000),
    ],
    ids=["one long line", "huge headers", "continue for ever"],
)
def test_a_huge_answer_is_cut_off(site):
    web = Web({"example.org": [PUBLIC]}, {"example.org": site})
    assert web.look("https://example.org/") != ""
    assert web.taken <= BYTES


def test_a_huge_body_is_not_read():
    web = Web(
        {"example.org": [PUBLIC]},
        {"example.org": lambda: iter([(0.0, b"HTTP/1.1 200 OK\r\n\r\n"), *[(0.0, b"x" * 60_000)] * 10_000])},
    )
    assert web.look("https://example.org/") == ""
    assert web.taken < BYTES


def test_names_with_accents_are_asked_as_dns_writes_them():
    assert place_of("https://café.example/").host == "xn--caf-dma.example"
    assert place_of("https://Bücher.Example./").host == "xn--bcher-kva.example"
    web = Web({"xn--caf-dma.example": ["10.0.0.1"]})
    assert web.look("https://café.example/") == LinkFault.ADDRESS
    assert web.connected == []


def test_the_real_resolver_is_left_behind_when_it_takes_too_long(monkeypatch):
    import threading

    free = threading.Event()
    monkeypatch.setattr(fetch.socket, "getaddrinfo", lambda *_args, **_options: free.wait(30) and [])
    try:
        with pytest.raises(fetch.Refused) as refused:
            fetch.resolve("slow.example", 0.01)
    finally:
        free.set()
    assert refused.value.fault == LinkFault.SILENT


def test_the_real_line_goes_to_the_number_with_the_name_in_its_handshake(monkeypatch):
    seen = {}

    class Plain:
        def __init__(self, family, kind):
            seen["family"] = family

        def settimeout(self, seconds):
            assert 0 < seconds <= SECONDS

        def connect(self, where):
            seen["where"] = where

        def close(self):
            seen["closed"] = True

    class Context:
        def wrap_socket(self, plain, server_hostname):
            seen["name"] = server_hostname
            raise ssl.SSLCertVerificationError("not hers")

    monkeypatch.setattr(fetch.socket, "socket", Plain)
    monkeypatch.setattr(fetch.ssl, "create_default_context", Context)
    with pytest.raises(ssl.SSLCertVerificationError):
        fetch.connect(PUBLIC, "example.org", SECONDS)
    assert seen == {
        "family": fetch.socket.AF_INET,
        "where": (PUBLIC, 443),
        "name": "example.org",
        "closed": True,
    }
