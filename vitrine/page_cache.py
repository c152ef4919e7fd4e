"""Keep whole anonymous pages in the process, compressed, for as long as they are true.

A view says that its answer may be kept with `@cacheable` (and `lights=True` when it shows who is open, which is true
for the minute only). Such an answer depends on the address, the language in it, the catalogue's version and the
minute, and on nothing else. The version is part of the key: a change empties the cache without anybody's doing, and
what is no longer asked for falls out at the cold end. An answer that sets a cookie is never kept.
"""

import functools
import gzip
import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass

import brotli
from django.conf import settings
from django.http import HttpResponse, HttpResponseNotModified
from django.utils.cache import patch_vary_headers

from vitrine.after import hand_over
from vitrine.htmx import FRAGMENT_HEADERS

# What a stored answer keeps of its headers; the rest is set anew by the middleware above.
KEPT_HEADERS = ("Content-Type", "Content-Language", "Link", "X-Robots-Tag", "Content-Disposition")
# Brotli quality when the result is kept and sent many times, and when it is sent once.
KEPT_QUALITY, ONCE_QUALITY = 6, 1
TOO_SMALL_TO_COMPRESS = 200
COMPRESSIBLE = (
    "text/",
    "application/json",
    "application/ld+json",
    "application/xml",
    "image/svg+xml",
    "application/rss+xml",
    "application/atom+xml",
    "application/manifest+json",
)


def cacheable(view=None, *, lights=False):
    """Declare that a view's answer is the same for everybody. `lights`: it holds only until the minute is over."""

    def decorate(view):
        @functools.wraps(view)
        def wrapped(request, *args, **kwargs):
            response = view(request, *args, **kwargs)
            response.page_cache_lights = lights
            return response

        return wrapped

    return decorate(view) if view else decorate


@dataclass(slots=True)
class StoredPage:
    headers: dict
    body: bytes
    encoding: str  # of the body: "br", "gzip" or ""
    etag: str
    expires: float | None
    size: int


class PageStore:
    """A bounded map from key to page, the coldest page leaving first. Safe between threads."""

    def __init__(self, limit_bytes):
        self.limit_bytes = limit_bytes
        self.size = 0
        self._pages = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key, now):
        with self._lock:
            page = self._pages.get(key)
            if page is None:
                return None
            if page.expires is not None and page.expires <= now:
                self._drop(key)
                return None
            self._pages.move_to_end(key)
            return page

    def put(self, key, page):
        if page.size > self.limit_bytes // 4:
            return
        with self._lock:
            if key in self._pages:
                self._drop(key)
            self._pages[key] = page
            self.size += page.size
            while self.size > self.limit_bytes:
                self._drop(next(iter(self._pages)))

    def clear(self):
        with self._lock:
            self._pages.clear()
            self.size = 0

    def _drop(self, key):
        self.size -= self._pages.pop(key).size


def accepted_encoding(request) -> str:
    """The best of "br" and "gzip" that the browser takes, or ""."""
    accepted = {}
    for part in request.META.get("HTTP_ACCEPT_ENCODING", "").lower().split(","):
        name, _semicolon, parameters = part.strip().partition(";")
        accepted[name.strip()] = parameters.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return next((name for name in ("br", "gzip") if accepted.get(name)), "")


def compress(body: bytes, encoding: str, *, kept: bool) -> bytes:
    if encoding == "br":
        return brotli.compress(body, quality=KEPT_QUALITY if kept else ONCE_QUALITY, mode=brotli.MODE_TEXT)
    if encoding == "gzip":
        # mtime is fixed so that the same page is the same bytes.
        return gzip.compress(body, compresslevel=6 if kept else 1, mtime=0)
    return body


def etag_matches(request, etag) -> bool:
    """Weak comparison with `If-None-Match` (RFC 9110, 13.1.2)."""
    header = request.META.get("HTTP_IF_NONE_MATCH", "")
    return bool(header) and (
        header.strip() == "*" or etag in {item.strip().removeprefix("W/") for item in header.split(",")}
    )


def _asked_again(response):
    """A browser may keep an answer, but asks before it shows it again: a closed shop reopens, an address moves back."""
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def _end_of_minute(request) -> float:
    """Until when the lights of an answer are true: the end of the minute that the request calls now."""
    return (request.now.timestamp() // 60 + 1) * 60


class PageCacheMiddleware:
    """Answer from the store, or store the answer; compress; say 304 to who has it already."""

    def __init__(self, get_response):
        self.get_response = get_response
        self.store = PageStore(settings.PAGE_CACHE_BYTES)

    def __call__(self, request):
        # Compressing what a signed-in person sees beside a token would help an attacker guess it (BREACH).
        anonymous = settings.SESSION_COOKIE_NAME not in request.COOKIES
        if request.method not in {"GET", "HEAD"} or not anonymous:
            return _asked_again(self.get_response(request))
        encoding = accepted_encoding(request)
        key = self._key(request)
        page = self.store.get(key, request.now.timestamp()) if self.store.limit_bytes else None
        if page is None:
            response = self.get_response(request)
            lights = getattr(response, "page_cache_lights", None)
            if lights is None or response.status_code != 200 or response.streaming or response.cookies:
                return _asked_again(response)
            page = self._page(response, until=_end_of_minute(request) if lights else None, encoding=encoding)
            if self.store.limit_bytes:
                self.store.put(key, page)
            answer = self._answer(request, page, encoding)
            hand_over(response, answer)
            return answer
        return self._answer(request, page, encoding)

    def _key(self, request):
        fragment = tuple(
            request.META.get("HTTP_" + name.upper().replace("-", "_")) for name in FRAGMENT_HEADERS
        )
        return (
            getattr(getattr(request, "catalogue", None), "version", 0),
            request.get_full_path(),
            fragment,
        )

    def _page(self, response, *, until, encoding):
        body = response.content
        headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response.headers}
        patch_vary_headers(response, ["Accept-Encoding"])
        headers["Vary"] = response.headers["Vary"]
        if self.store.limit_bytes:
            # Whoever asks first: nearly all who come after take it so, and who does not has it unpacked.
            encoding = "br"
        kept, encoding = self._encoded(body, headers.get("Content-Type", ""), encoding)
        return StoredPage(
            headers=headers,
            body=kept,
            encoding=encoding,
            etag='"' + hashlib.sha256(body).hexdigest()[:24] + '"',
            expires=until,
            size=len(kept) + 500,
        )

    def _body(self, page, encoding):
        """The page as this reader takes it, and in which encoding that is. Nearly all take the same."""
        if encoding == page.encoding:
            return page.body, encoding
        return self._encoded(self._plain(page), page.headers.get("Content-Type", ""), encoding)

    def _encoded(self, plain, content_type, encoding):
        compressible = content_type.startswith(COMPRESSIBLE) and len(plain) >= TOO_SMALL_TO_COMPRESS
        if not encoding or not compressible:
            return plain, ""
        return compress(plain, encoding, kept=bool(self.store.limit_bytes)), encoding

    @staticmethod
    def _plain(page):
        if page.encoding == "br":
            return brotli.decompress(page.body)
        if page.encoding == "gzip":
            return gzip.decompress(page.body)
        return page.body

    def _answer(self, request, page, encoding):
        body, encoding = self._body(page, encoding)
        if etag_matches(request, page.etag):
            response = HttpResponseNotModified()
        else:
            response = HttpResponse(body if request.method == "GET" else b"")
            response.headers["Content-Length"] = str(len(body))
            if encoding:
                response.headers["Content-Encoding"] = encoding
        for name, value in page.headers.items():
            if response.status_code == 200 or name == "Vary":
                response.headers[name] = value
        # Weak: the compressed bodies are other bytes of the same page.
        response.headers["ETag"] = "W/" + page.etag
        response.headers["Cache-Control"] = "public, no-cache"
        return response
