"""What machines ask for: sitemap, robots, the root, printed addresses, the city's colours."""

import re
from xml.etree import ElementTree

import pytest

from shops.models import Shop
from tests.shops.factories import make_city, make_marie, make_shop, make_shops

SPACES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}
SITE = "http://127.0.0.1:8000"


def parts(client):
    index = ElementTree.fromstring(client.get("/sitemap.xml").content)
    return [element.text.removeprefix(SITE) for element in index.findall("s:sitemap/s:loc", SPACES)]


def entries(client, address):
    """The addresses of a part, each with its alternates by language."""
    urls = ElementTree.fromstring(client.get(address).content).findall("s:url", SPACES)
    return {
        url.find("s:loc", SPACES).text: {
            link.get("hreflang"): link.get("href") for link in url.findall("x:link", SPACES)
        }
        for url in urls
    }


# Sitemap


def test_it_lists_every_page_in_every_language(client, marie):
    found = {}
    for part in parts(client):
        found |= entries(client, part)
    for path in (
        "",
        "quartiers/",
        "quartiers/muehlenbach/",
        "commerces/",
        "commerces/?categorie=alimentation",
        "commerces/?categorie=boulangerie",
        f"commerces/{marie.slug}/",
        "accessibilite/",
    ):
        alternates = {language: f"{SITE}/{language}/{path}" for language in ("fr", "de", "lb", "en")}
        for address in alternates.values():
            assert found[address] == alternates


def test_every_listed_page_answers(client, marie, paul):
    for part in parts(client):
        for address in entries(client, part):
            page = client.get(address.removeprefix(SITE))
            assert page.status_code == 200
            assert "X-Robots-Tag" not in page.headers
            assert f'rel="canonical" href="{address}"' in page.text


def test_it_lists_no_empty_category_and_no_hidden_shop(client, marie):
    make_shop("Brouillon", slug="brouillon", status="draft")
    make_shop("Fermé", slug="ferme", status="closed")
    found = {address for part in parts(client) for address in entries(client, part)}
    assert not [address for address in found if re.search("brouillon|ferme/|librairie", address)]


def test_it_comes_in_parts(client, city, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr("shops.views.machines.PART", 40)
    make_shops(25)
    assert parts(client) == [f"/sitemap-{number}.xml" for number in range(4)]
    assert [len(entries(client, f"/sitemap-{number}.xml")) for number in (1, 2, 3)] == [40, 40, 20]
    # 1 the catalogue's row  2 the shops of the part
    with django_assert_num_queries(2):
        client.get("/sitemap-2.xml?again")


@pytest.mark.parametrize("part", ["2", "9" * 30, "9" * 5000, "-1", "x", "٣"])
def test_parts_that_do_not_exist_are_not_found(client, marie, part):
    assert client.get(f"/sitemap-{part}.xml").status_code == 404


def test_a_city_of_two_languages_lists_two(client, db, clock):
    make_city(languages=("fr", "de"))
    make_marie()
    languages = {language for each in entries(client, "/sitemap-1.xml").values() for language in each}
    assert languages == {"fr", "de"}


# robots.txt


def test_robots_are_told_of_the_sitemap_and_kept_from_parameters(client, marie):
    answer = client.get("/robots.txt")
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert f"Sitemap: {SITE}/sitemap.xml" in answer.text
    assert "Disallow: /*?\n" in answer.text
    assert "Disallow: /gestion/" in answer.text


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/fr/", True),
        ("/fr/commerces/boulangerie-um-eck/", True),
        ("/fr/commerces/?page=2", True),
        ("/fr/quartiers/gare/?page=2", True),
        ("/fr/commerces/?categorie=boulangerie", True),
        ("/fr/commerces/?categorie=boulangerie&page=2", True),
        ("/fr/commerces/?categorie=boulangerie&ouvert=1", False),
        ("/fr/commerces/?quartier=gare", False),
        ("/fr/commerces/?ouvert=1", False),
        ("/fr/commerces/?q=pain", False),
        ("/fr/quartiers/gare/?ouvert=1", False),
        ("/gestion/", False),
    ],
)
def test_robots_may_take_the_plain_pages_only(client, marie, path, allowed):
    """As the large search engines read it (RFC 9309): the longest rule that fits decides, `*` is anything."""
    rules = re.findall(r"^(Allow|Disallow): (\S+)$", client.get("/robots.txt").text, re.MULTILINE)
    fitting = [
        (len(pattern), verb == "Allow")
        for verb, pattern in rules
        if re.match(re.escape(pattern).replace(r"\*", ".*"), path)
    ]
    assert max(fitting, default=(0, True))[1] is allowed


# The root


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "fr"),
        ("de", "de"),
        ("de-LU,de;q=0.9,fr;q=0.8", "de"),
        ("pt-PT,pt;q=0.9,en;q=0.8,fr;q=0.7", "en"),
        ("lb, fr;q=0.5", "lb"),
        ("en;q=0, fr;q=0.1", "fr"),
        ("ja", "fr"),
        ("*", "fr"),
        (",;q=x,\x80", "fr"),
        ("x" * 5000, "fr"),
    ],
)
def test_the_root_leads_to_the_browsers_language(client, marie, accepted, language):
    answer = client.get("/", headers={"Accept-Language": accepted})
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/{language}/"
    assert "Accept-Language" in answer.headers["Vary"]
    assert not answer.cookies


def test_the_root_offers_only_what_the_city_speaks(client, db, clock):
    make_city(languages=("de", "fr"))
    assert client.get("/", headers={"Accept-Language": "en, lb"}).headers["Location"] == "/de/"


def test_the_root_answers_before_a_city_is_loaded(client, db, clock):
    assert client.get("/").headers["Location"] == "/fr/"


# Printed addresses


def test_a_printed_address_leads_to_the_page(client, marie):
    answer = client.get(f"/id/{marie.public_id}", headers={"Accept-Language": "de"})
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/de/commerces/{marie.slug}/"
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_printed_address_is_read_in_capitals_too(client, marie):
    assert client.get(f"/id/{marie.public_id.upper()}").status_code == 303


def test_the_address_of_a_double_leads_to_the_shop_that_stayed(client, marie, paul):
    first = make_shop("Doublon d’un doublon")
    second = make_shop("Doublon")
    Shop.objects.filter(pk=second.pk).update(status="merged", merged_into=marie)
    Shop.objects.filter(pk=first.pk).update(status="merged", merged_into=second)
    answer = client.get(f"/id/{first.public_id}")
    assert answer.headers["Location"] == f"/fr/commerces/{marie.slug}/"


def test_doubles_that_name_each_other_do_not_turn_in_circles(client, marie, paul):
    Shop.objects.filter(pk=marie.pk).update(status="merged", merged_into=paul)
    Shop.objects.filter(pk=paul.pk).update(status="merged", merged_into=marie)
    assert client.get(f"/id/{marie.public_id}").status_code == 404


@pytest.mark.parametrize("status", ["draft", "submitted", "suspended"])
def test_the_address_of_a_hidden_shop_leads_nowhere(client, marie, status):
    shop = make_shop(status=status)
    assert client.get(f"/id/{shop.public_id}").status_code == 404


def test_the_address_of_a_closed_shop_still_leads_to_its_page(client, city):
    shop = make_shop(status="closed")
    assert client.get(f"/id/{shop.public_id}").status_code == 303


@pytest.mark.parametrize("public_id", ["zzzzzzzz", "%00", "a" * 5000, "..%2f..", "é"])
def test_made_up_ids_are_not_found(client, marie, public_id):
    assert client.get(f"/id/{public_id}").status_code == 404


# The city's colours


def test_the_colours_are_kept_for_ever_under_an_address_of_their_own(client, marie):
    address = re.search(r'href="(/ville\.[0-9a-f]+\.css)"', client.get("/fr/").text)[1]
    answer = client.get(address)
    assert answer.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["Cache-Control"]
    assert all(f".d-{slug}" in answer.text for slug in ("gare", "bonnevoie", "ville-haute", "muehlenbach"))
    assert not answer.cookies


def test_an_old_address_gets_the_present_colours_and_does_not_keep_them(client, marie):
    answer = client.get("/ville.000000000000.css")
    assert ".d-gare" in answer.text
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_colours_are_compressed(client, marie):
    answer = client.get("/ville.000000000000.css", headers={"Accept-Encoding": "gzip, br"})
    assert answer.headers["Content-Encoding"] == "br"
    assert "Accept-Encoding" in answer.headers["Vary"]
