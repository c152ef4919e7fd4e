"""An anonymous page is answered from the store for as long as it is true, and not a moment longer."""

import gzip
from datetime import UTC, datetime
from types import SimpleNamespace

import brotli
import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from vitrine.page_cache import PageCacheMiddleware, PageStore, StoredPage, accepted_encoding, cacheable

PAGE = ("<p>Boulangerie de Marie</p>" * 40).encode()


class Site:
    """A site of one view behind the middleware; it counts how often the view had to work."""

    now = 60_000 * 60 + 30.0  # thirty seconds into a minute, long ago

    def __init__(self, *, lights=False, response=None, cached=True):
        self.calls = 0
        self.response = response or (lambda: HttpResponse(PAGE))
        answer = cacheable(self.view, lights=lights) if cached else self.view
        self.middleware = PageCacheMiddleware(answer)

    def view(self, request):
        self.calls += 1
        return self.response()

    def get(self, path="/fr/", *, version=1, encoding="br", method="get", cookies=None, **headers):
        request = getattr(RequestFactory(), method)(path, headers={"Accept-Encoding": encoding, **headers})
        request.catalogue = SimpleNamespace(version=version)
        request.now = datetime.fromtimestamp(self.now, UTC)
        request.COOKIES.update(cookies or {})
        return self.middleware(request)


@pytest.fixture
def clock(monkeypatch):
    """The moment at which the sites are asked, set by hand."""
    hand = SimpleNamespace(now=Site.now)
    monkeypatch.setattr(Site, "now", property(lambda _site: hand.now))
    return hand


def test_it_answers_the_second_visitor_without_the_view():
    site = Site()
    first, second = site.get(), site.get()
    assert site.calls == 1
    assert first.content == second.content
    assert brotli.decompress(second.content) == PAGE


def test_it_makes_the_page_anew_after_a_change_of_the_catalogue():
    site = Site()
    site.get(version=1)
    site.get(version=2)
    assert site.calls == 2


def test_a_page_with_lights_lives_until_the_minute_is_over(clock):
    site = Site(lights=True)
    site.get()
    clock.now += 29
    site.get()
    assert site.calls == 1
    clock.now += 2
    site.get()
    assert site.calls == 2


def test_a_page_begun_in_one_minute_and_ready_in_the_next_is_true_for_the_first(clock):
    """What it shows is what was true when it was begun."""
    site = Site(lights=True)
    slow = site.view

    def view(request):
        clock.now += 40
        return slow(request)

    site.middleware = PageCacheMiddleware(cacheable(view, lights=True))
    site.get()
    site.get()
    assert site.calls == 2


@pytest.mark.parametrize("status", [301, 404, 410, 500])
def test_a_browser_asks_again_before_it_shows_what_may_have_changed(status):
    """A closed shop reopens, an address moves back: without a word browsers keep 301 and 410 for good."""
    answer = Site(response=lambda: HttpResponse(PAGE, status=status)).get()
    assert answer.headers["Cache-Control"] == "no-cache"


def test_whoever_asks_first_the_page_is_kept_small():
    site = Site()
    assert site.get(encoding="").content == PAGE
    assert brotli.decompress(site.get(encoding="br").content) == PAGE
    assert gzip.decompress(site.get(encoding="gzip").content) == PAGE
    assert site.calls == 1
    assert site.middleware.store.size < len(PAGE)


def test_a_page_without_lights_lives_until_the_next_change(clock):
    site = Site()
    site.get()
    clock.now += 86_400
    site.get()
    assert site.calls == 1


@pytest.mark.parametrize(
    ("path", "headers"),
    [("/de/", {}), ("/fr/?page=2", {}), ("/fr/", {"HX-Request": "true", "HX-Target": "results"})],
    ids=["language", "query", "fragment"],
)
def test_other_addresses_and_fragments_are_other_pages(path, headers):
    site = Site()
    site.get()
    site.get(path, **headers)
    assert site.calls == 2


def test_it_says_304_to_who_has_the_page_already():
    site = Site()
    etag = site.get().headers["ETag"]
    again = site.get(**{"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert site.get(**{"If-None-Match": '"other", ' + etag}).status_code == 304
    assert site.get(**{"If-None-Match": 'W/"other"'}).status_code == 200


def test_the_same_page_has_the_same_etag_in_every_encoding():
    site = Site()
    assert {site.get(encoding=encoding).headers["ETag"] for encoding in ("br", "gzip", "")} == {
        site.get().headers["ETag"]
    }


@pytest.mark.parametrize(
    ("encoding", "open_"), [("br", brotli.decompress), ("gzip", gzip.decompress), ("identity", bytes)]
)
def test_every_browser_gets_an_encoding_it_reads(encoding, open_):
    site = Site()
    site.get(encoding="br")
    assert open_(site.get(encoding=encoding).content) == PAGE


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0", "gzip"),
        ("br;q=0", ""),
        ("", ""),
        ("BR", "br"),
        ("*", ""),
    ],
)
def test_accept_encoding_is_read_with_its_refusals(header, encoding):
    assert accepted_encoding(RequestFactory().get("/", headers={"Accept-Encoding": header})) == encoding


def test_a_signed_in_person_never_meets_the_store():
    site = Site()
    site.get()
    response = site.get(cookies={"session": "claire"})
    assert site.calls == 2
    assert response.content == PAGE, "not compressed either: a token beside chosen text could be guessed"
    assert "ETag" not in response.headers


@pytest.mark.parametrize(
    "response",
    [
        lambda: HttpResponse(PAGE, status=404),
        lambda: StreamingHttpResponse([PAGE]),
        lambda: with_cookie(HttpResponse(PAGE)),
    ],
    ids=["not found", "streamed", "sets a cookie"],
)
def test_what_is_not_the_same_for_everybody_is_not_kept(response):
    site = Site(response=response)
    site.get()
    site.get()
    assert site.calls == 2


def test_a_view_that_does_not_say_cacheable_is_not_kept():
    site = Site(cached=False)
    site.get()
    site.get()
    assert site.calls == 2


def test_a_post_is_never_answered_from_the_store():
    site = Site()
    site.get()
    site.get(method="post")
    assert site.calls == 2


def test_a_head_has_the_headers_of_the_page_and_no_body():
    site = Site()
    page, head = site.get(), site.get(method="head")
    assert head.content == b""
    assert head.headers["Content-Length"] == str(len(page.content))


def test_caches_on_the_way_are_told_what_the_page_depends_on():
    response = Site().get()
    assert "Accept-Encoding" in response.headers["Vary"]
    assert response.headers["Cache-Control"] == "public, no-cache"


def test_the_store_is_bounded_and_drops_the_coldest_page():
    store = PageStore(limit_bytes=1000)

    def page():
        return StoredPage(headers={}, body=b"", encoding="", etag="", expires=None, size=240)

    for key in "abcd":
        store.put(key, page())
    store.get("a", now=0)
    store.put("e", page())
    assert store.size <= 1000
    assert [key for key in "abcde" if store.get(key, now=0)] == ["a", "c", "d", "e"]


def test_one_giant_page_does_not_empty_the_store():
    store = PageStore(limit_bytes=1000)
    store.put("giant", StoredPage(headers={}, body=b"", encoding="", etag="", expires=None, size=900))
    assert store.get("giant", now=0) is None


def test_without_a_store_pages_are_still_compressed_and_tagged(settings):
    settings.PAGE_CACHE_BYTES = 0
    site = Site()
    first, second = site.get(), site.get()
    assert site.calls == 2
    assert brotli.decompress(second.content) == PAGE
    assert first.headers["ETag"] == second.headers["ETag"]


def with_cookie(response):
    response.set_cookie("csrf", "token")
    return response
