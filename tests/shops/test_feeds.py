"""Feeds of new shops, of the city and of each district."""

from datetime import timedelta
from xml.etree import ElementTree

from tests.shops.factories import TUESDAY_10H, make_shop, make_shops

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITE = "http://127.0.0.1:8000"


def read(client, address, **headers):
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/atom+xml")
    return ElementTree.fromstring(answer.content)


def titles(feed):
    return [entry.text for entry in feed.findall("a:entry/a:title", ATOM)]


def test_it_tells_the_newest_shops_first(client, city):
    for days, name in enumerate(["Hier", "Avant-hier", "Il y a trois jours"], start=1):
        make_shop(name, published_at=TUESDAY_10H - timedelta(days=days))
    make_shop("Brouillon", status="draft")
    assert titles(read(client, "/fr/nouveautes.xml")) == ["Hier", "Avant-hier", "Il y a trois jours"]


def test_a_district_has_its_own(client, marie):
    make_shop("Ailleurs", district="bonnevoie")
    feed = read(client, "/de/quartiers/gare/nouveautes.xml")
    assert titles(feed) == [marie.name]
    assert "Gare" in feed.find("a:title", ATOM).text
    assert "Bäckerei" in feed.find("a:entry/a:summary", ATOM).text


def test_its_addresses_are_the_sites_own_whatever_host_was_asked(client, marie):
    feed = read(client, "/fr/nouveautes.xml", Host="localhost")
    entry = feed.find("a:entry", ATOM)
    assert entry.find("a:link", ATOM).get("href") == f"{SITE}/fr/commerces/{marie.slug}/"
    # The lasting address, so that a renamed shop is not told twice.
    assert entry.find("a:id", ATOM).text == f"{SITE}/id/{marie.public_id}"
    assert {link.get("href") for link in feed.findall("a:link", ATOM)} == {
        f"{SITE}/fr/commerces/",
        f"{SITE}/fr/nouveautes.xml",
    }
    assert "localhost" not in ElementTree.tostring(feed, encoding="unicode")


def test_it_stops_at_thirty(client, city):
    make_shops(35)
    assert len(titles(read(client, "/fr/nouveautes.xml"))) == 30


def test_an_empty_city_has_an_empty_feed(client, city):
    assert titles(read(client, "/fr/nouveautes.xml")) == []


def test_unknown_districts_have_none(client, marie):
    assert client.get("/fr/quartiers/nulle-part/nouveautes.xml").status_code == 404


def test_pages_tell_where_the_feed_is(client, marie):
    assert 'type="application/atom+xml" href="/fr/nouveautes.xml"' in client.get("/fr/").text
    assert 'href="/fr/quartiers/gare/nouveautes.xml"' in client.get("/fr/quartiers/gare/").text


def test_it_takes_two_queries(client, city, settings, django_assert_num_queries):
    settings.PAGE_CACHE_BYTES = 0
    make_shops(40)
    client.get("/fr/nouveautes.xml")
    # 1 the catalogue's row  2 the newest shops
    with django_assert_num_queries(2):
        client.get("/fr/nouveautes.xml")
