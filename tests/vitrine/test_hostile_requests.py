"""A thousand hostile requests: every address of the resolver, every parameter, and no 500.

The seeds include what plain Django answers with 500: a NUL byte in a parameter or a path, letters where a number is
meant, a parenthesis in a pattern, a sort order of the visitor's own.
"""

import itertools
import random
import time

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from tests.shops.conftest import *  # noqa: F403 - the small city and its clock
from tests.shops.factories import make_marie, make_shops

VALUES = [
    "", " ", "\x00", "a\x00b", "%00", "null", "undefined", "-1", "0", "1e309", "NaN", "9" * 5000, "1" + "0" * 30, "-0",
    "true", "[]", "{}", "(", ")", "(((", "[a-z", "\\", "'", '"', "';--", "' OR 1=1", "*", "?", "%", "_", "&", "|", "!", ":*",
    "<->", "a:b", "../../etc/passwd", "..%2f", "//evil.example", "javascript:alert(1)", "<script>alert(1)</script>",
    "{{ 7*7 }}", "{% load i18n %}", "é" * 300, "\ud7ff", "\U0001f968", "‮", "ﷺ" * 50, "a" * 70_000, "\r\nX: y", "0x1F",
    "2026-02-30", "99:99", "0000-00-00", "9999-12-31", "24:00", "password", "pk", "-pk", "id__in", "name__regex", "None",
]  # fmt: skip
PARAMETERS = [
    "q", "quartier", "rue", "categorie", "ouvert", "dimanche", "le", "a", "service", "langue", "accessible", "tri", "page",
    "lat", "lon", "o", "all", "e", "p", "_popup", "utm_source", "pres",
]  # fmt: skip
HEADERS = [
    {"HX-Request": "true"},
    {"HX-Request": "true", "HX-Target": "../../x"},
    {"HX-Request": "true", "HX-Target": "results", "HX-Boosted": "maybe"},
    {"Accept-Language": "x" * 5000},
    {"Accept-Language": "fr;q=abc,*;q="},
    {"Accept-Encoding": ";;;q=,br;q=x"},
    {"If-None-Match": '"' * 500},
    {"Range": "bytes=99-1"},
    {"Cookie": "session=" + "a" * 500},
    {"Cookie": "session=\x01\x02; csrf=é"},
    {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"},
    {"Content-Type": "application/x-www-form-urlencoded; charset=utf-99"},
    {"User-Agent": "\x7f" * 300},
]
# Of this process: what the machine does beside is not the site.
SLOW_SECONDS = 0.5


def patterns(resolver=None, prefix=""):
    """Every address pattern of the site: (pattern, names of its arguments)."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            yield from patterns(entry, prefix + str(entry.pattern))
        elif isinstance(entry, URLPattern):
            yield prefix + str(entry.pattern), sorted(entry.pattern.converters)


def addresses(dice):
    """The site's addresses, with good and with hostile values for their arguments."""
    with translation.override("fr"):
        found = list(patterns())
    for pattern, arguments in found:
        route = pattern.replace("^", "").replace("$", "")
        if "(?P" in route:
            yield "/gestion/nulle-part/" + dice.choice(["x", "1", "%00"])
            continue
        good = bad = "/" + route
        for argument in arguments:
            for converter in ("slug:", "str:", "int:", "path:", "uuid:", ""):
                place = f"<{converter}{argument}>"
                good = good.replace(place, "boulangerie-um-eck")
                bad = bad.replace(place, quoted(dice.choice(VALUES)[:200]))
        yield good
        yield bad


def quoted(text):
    from urllib.parse import quote

    return quote(text, safe="")


@pytest.fixture
def hostile_city(city):
    make_marie()
    make_shops(30)
    return city


def test_a_thousand_hostile_requests_break_nothing(hostile_city):
    dice = random.Random(24)
    client = Client(raise_request_exception=False)
    every = sorted(set(addresses(dice)))
    assert len(every) > 60
    requests = [("get", address, None, {}) for address in every]
    lists = [
        "/fr/commerces/",
        "/fr/quartiers/gare/",
        "/fr/",
        "/fr/commerces/suggestions/",
        "/fr/commerces/boulangerie-um-eck/",
    ]
    for parameter, value in itertools.product(PARAMETERS, VALUES):
        requests.append(("get", dice.choice(lists), {parameter: value}, {}))
    for value in VALUES:
        several = {name: [value, dice.choice(VALUES)[:500]] for name in dice.sample(PARAMETERS, 6)}
        requests.append(("get", "/fr/commerces/", several, {}))
        requests.append(
            (
                "post",
                "/fr/commerces/pres-de-moi/",
                {"lat": value[:5000], "lon": dice.choice(VALUES)[:500]},
                {},
            )
        )
        requests.append(
            (
                "post",
                "/fr/commerces/boulangerie-um-eck/signaler/",
                {"kind": value, "message": value, "submission": value},
                {},
            )
        )
        requests.append(
            (
                "post",
                "/fr/commerces/boulangerie-um-eck/revendiquer/",
                {"name": value, "phone": value, "register_number": value},
                {},
            )
        )
        requests.append(("post", "/gestion/login/", {"username": value, "password": value}, {}))
    for headers in HEADERS:
        requests.extend(("get", address, None, headers) for address in lists)
    requests.extend(
        (method, address, None, {})
        for method in ("post", "put", "delete", "patch", "options", "head", "trace")
        for address in every[:20]
    )
    assert len(requests) > 1000
    broken, slow = [], []
    for address in lists:
        # A process compiles a template once, for its first reader.
        assert client.get(address).status_code == 200
    for method, address, data, headers in requests:
        began = time.process_time()
        response = (
            getattr(client, method)(address, data, headers=headers)
            if data is not None
            else getattr(client, method)(address, headers=headers)
        )
        if response.status_code >= 500:
            broken.append((method, address, str(data)[:80], headers))
        if time.process_time() - began > SLOW_SECONDS and "apercu.png" not in address:
            slow.append((method, address, str(data)[:80], time.process_time() - began))
    assert not broken, (len(broken), broken[:10])
    assert not slow, slow[:10]


@pytest.mark.parametrize(
    "address",
    [
        "/fr/commerces/%00/",
        "/fr/quartiers/%00/",
        "/id/%00",
        "/fr/commerces/?q=%00",
        "/%00",
        "/static/%00",
        "/fr/%ff%fe/",
    ],
)
def test_a_nul_byte_is_refused_politely(hostile_city, address):
    assert Client(raise_request_exception=False).get(address).status_code in {200, 400, 404}


def test_a_giant_list_of_values_is_answered_fast(hostile_city, client):
    began = time.process_time()
    response = client.get("/fr/commerces/?" + "&".join(f"service={number}" for number in range(900)))
    assert response.status_code in {200, 400}
    assert time.process_time() - began < SLOW_SECONDS


def test_a_body_that_is_no_form_is_refused_politely(hostile_city):
    client = Client(raise_request_exception=False)
    for body, kind in [
        (b"\xff" * 1000, "multipart/form-data"),
        (b"{", "application/json"),
        (b"a" * 1_500_000, "application/x-www-form-urlencoded"),
    ]:
        for address in ("/fr/commerces/pres-de-moi/", "/fr/commerces/boulangerie-um-eck/signaler/"):
            assert client.post(address, body, content_type=kind).status_code < 500
