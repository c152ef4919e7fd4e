"""Reading leaves nothing behind: no third party, no cookie, nothing stored, nothing the policy had to stop."""

import itertools
import re
from collections import deque
from urllib.parse import urldefrag, urljoin, urlsplit

import html5lib
import pytest

from tests.browser.conftest import LANGUAGES

# Pages with a form may set the CSRF cookie, and say so by being nofollow.
MAY_SET_COOKIE = re.compile(
    r"/(signaler|revendiquer|commerce-manquant|ecrire-a-la-ville|compte(/[\w/-]+)?)/$"
)
ONE_SHOP = re.compile(r"/commerces/[\w-]+/$")
ENOUGH = 2000


def crawl(page, start, *, only, shops):
    """Follow every link within a language, as a reader could, into so many shops. Yields (address, response)."""
    queue, seen = deque([start]), {start}
    while queue:
        address = queue.popleft()
        response = page.goto(address)
        yield address, response
        assert len(seen) < ENOUGH, "the site never ends"
        for href in page.eval_on_selector_all(
            "a[href]", "links => links.map(link => link.getAttribute('href'))"
        ):
            link = urldefrag(urljoin(address, href)).url
            parts = urlsplit(link)
            if parts.netloc == urlsplit(start).netloc and parts.path.startswith(only) and link not in seen:
                if re.search(r"\.(vcf|ics|png|svg|xml)$", parts.path):
                    continue
                if ONE_SHOP.search(parts.path):
                    if not shops:
                        continue
                    shops -= 1
                seen.add(link)
                queue.append(link)


@pytest.mark.parametrize(
    ("language", "shops"),
    [("fr", 15), *(pytest.param(code, 300, marks=pytest.mark.full) for code in LANGUAGES)],
)
def test_a_reader_who_follows_every_link_leaves_no_trace(site, new_page, language, shops):
    page = new_page()
    strangers, complaints, faults = [], [], []
    page.on(
        "request",
        lambda request: request.url.startswith((site.origin, "data:")) or strangers.append(request.url),
    )
    page.on(
        "console",
        lambda message: complaints.append(message.text) if message.type in {"error", "warning"} else None,
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    visited = 0
    for address, response in crawl(page, f"{site.origin}/{language}/", only=f"/{language}/", shops=shops):
        visited += 1
        if response.status != 200:
            faults.append((address, response.status))
        if not MAY_SET_COOKIE.search(urlsplit(address).path):
            assert not page.context.cookies(), address
        else:
            page.context.clear_cookies()
        assert page.evaluate("localStorage.length + sessionStorage.length") == 0, address
        policy = response.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
    assert visited > 80, "the shops were not reached"
    assert not strangers
    assert not [text for text in complaints if "410" not in text], complaints[:5]
    assert not [fault for fault in faults if fault[1] != 410], faults[:5]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_valid_html(site, new_page, language):
    """Parsed without a single error, ids unique, every reference to an id leads somewhere, headings in order."""
    request = new_page().request
    for name in site.pages:
        body = request.get(site.url(name, language)).text()
        parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
        tree = parser.parse(body)
        assert not parser.errors, (name, parser.errors[:3])
        ids = [element.get("id") for element in tree.iter() if element.get("id")]
        assert len(ids) == len(set(ids)), (name, [one for one in ids if ids.count(one) > 1])
        for element in tree.iter():
            for attribute in ("for", "aria-labelledby", "aria-describedby", "aria-controls", "form"):
                for wanted in (element.get(attribute) or "").split():
                    assert wanted in ids, (name, attribute, wanted)
        levels = [int(element.tag[1]) for element in tree.iter() if re.fullmatch("h[1-6]", str(element.tag))]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels)), (
            name,
            levels,
        )


def test_the_server_noted_no_fault(site):
    """Last of this file: what the crawl did to the server's log."""
    site.log.flush()
    site.log.seek(0)
    log = site.log.read()
    assert "Traceback" not in log
    assert " ERROR " not in log
