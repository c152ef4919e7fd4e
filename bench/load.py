"""A load generator: as many requests as a server can answer, over a few kept connections, for a few seconds.

One thread and epoll, so that it uses one core and is faster than any page it measures. Requests go to this machine
only.
"""

import select
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

ALLOWED_HOST = "127.0.0.1"
HEADERS = (
    "Accept: text/html\r\nAccept-Encoding: gzip, br\r\nAccept-Language: fr\r\nUser-Agent: vitrine-bench\r\n"
)


@dataclass
class Result:
    """What a run saw: answers by status, seconds, and the latency of each answer in seconds."""

    seconds: float
    statuses: dict
    latencies: list = field(repr=False)
    bytes_in: int = 0

    @property
    def per_second(self):
        return len(self.latencies) / self.seconds

    def latency_ms(self, quantile):
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * quantile), len(ordered) - 1)] * 1000


@dataclass(frozen=True)
class Post:
    """A form to be sent: its address, its fields, and the sender's cookies."""

    path: str
    body: dict
    cookie: str = ""

    def as_bytes(self, port, extra=""):
        body = urlencode(self.body)
        cookie = f"Cookie: {self.cookie}\r\n" if self.cookie else ""
        return (
            f"POST {self.path} HTTP/1.1\r\nHost: {ALLOWED_HOST}:{port}\r\n{HEADERS}{extra}{cookie}"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
        ).encode()


def request_bytes(path, port, extra=""):
    """What is sent for an address, or for a form."""
    if isinstance(path, Post):
        return path.as_bytes(port, extra)
    return f"GET {path} HTTP/1.1\r\nHost: {ALLOWED_HOST}:{port}\r\n{HEADERS}{extra}\r\n".encode()


def run(port, paths, *, seconds=3.0, connections=8, extra="", at_least=0) -> Result:
    """Ask for `paths`, addresses or forms, in turn, over `connections`, for `seconds` and until `at_least` so many answers are there.

    Raises ConnectionError when the server goes away.
    """
    requests = [request_bytes(path, port, extra) for path in paths]
    poll = select.epoll()
    sockets, buffers, sent_at = {}, {}, {}
    turn = 0
    statuses, latencies, bytes_in = {}, [], 0
    for _number in range(connections):
        connection = socket.create_connection((ALLOWED_HOST, port))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sockets[connection.fileno()] = connection
        poll.register(connection.fileno(), select.EPOLLIN)
    start = time.perf_counter()
    end = start + seconds
    try:
        for number, connection in sockets.items():
            buffers[number], sent_at[number] = b"", time.perf_counter()
            connection.sendall(requests[turn % len(requests)])
            turn += 1
        now = start
        while now < end or len(latencies) < at_least:
            for number, _event in poll.poll(1.0):
                chunk = sockets[number].recv(1 << 18)
                if not chunk:
                    raise ConnectionError("The server closed a connection in the middle of a run.")
                data = buffers[number] + chunk if buffers[number] else chunk
                length = _complete(data)
                if not length:
                    buffers[number] = data
                    continue
                now = time.perf_counter()
                status = data[9:12]
                statuses[status] = statuses.get(status, 0) + 1
                latencies.append(now - sent_at[number])
                bytes_in += length
                buffers[number], sent_at[number] = b"", now
                sockets[number].sendall(requests[turn % len(requests)])
                turn += 1
            now = time.perf_counter()
    finally:
        for connection in sockets.values():
            connection.close()
        poll.close()
    return Result(now - start, {key.decode(): count for key, count in statuses.items()}, latencies, bytes_in)


def _complete(data):
    """The length of a whole answer in `data`, or 0 while some of it is missing."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return 0
    headers = data[:head].lower()
    at = headers.find(b"content-length:")
    if at >= 0:
        stop = headers.find(b"\r", at)
        body = int(headers[at + 15 : stop if stop > 0 else None])
        return head + 4 + body if len(data) >= head + 4 + body else 0
    if b"transfer-encoding: chunked" in headers:
        return len(data) if data.endswith(b"0\r\n\r\n") else 0
    return head + 4
