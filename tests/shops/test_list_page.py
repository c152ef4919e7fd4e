"""The list of shops: filters in a form, counts beside them, pages, for people and for machines."""

import re
import time
from html.parser import HTMLParser
from urllib.parse import parse_qs, urldefrag, urljoin, urlsplit

import pytest

from shops.models import EmptySearch, Shop
from tests.shops.factories import EVERY_DAY, make_city, make_shop, make_shops

LIST = "/fr/commerces/"


def names(page):
    return [shop.name for shop in page.context["cards"]]


class Links(HTMLParser):
    """The addresses that a page's links lead to."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        if tag == "a" and "href" in dict(attributes):
            self.found.append(dict(attributes)["href"])


@pytest.fixture
def fresh(settings):
    """Without the page cache, so that queries are made."""
    settings.PAGE_CACHE_BYTES = 0


# For people


def test_it_shows_everything_with_lights_and_words(client, marie, paul):
    page = client.get(LIST)
    assert set(names(page)) == {marie.name, paul.name}
    assert "Tous les commerces" in page.text
    # Ten o'clock on a Tuesday: Marie is at it since six, Paul opens this minute.
    assert "Ouvert jusqu" in page.text
    assert page.text.count('<li class="card') == 2
    assert page.text.count('class="light on"') == 2


def test_lights_are_those_of_the_moment_asked_for(client, marie, paul):
    page = client.get(LIST, {"le": "2026-11-28", "a": "07:00"})
    assert names(page) == [marie.name]
    assert page.context["cards"][0].light == "on"
    assert "Les lumières montrent samedi 28\N{NO-BREAK SPACE}novembre à 7" in page.text


def test_counts_stand_beside_the_choices(client, marie, paul):
    page = client.get(LIST)
    assert '<option value="gare">Gare (2)</option>' in page.text
    assert '<option value="boulangerie">Boulangerie (1)</option>' in page.text
    assert '<option value="bonnevoie" disabled>Bonnevoie (0)</option>' in page.text


def test_what_was_chosen_is_still_chosen(client, marie, paul):
    page = client.get(LIST, {"quartier": "gare", "service": ["pickup", "delivery"], "ouvert": "1"})
    assert '<option value="gare" selected>' in page.text
    assert 'name="ouvert" value="1" checked' in page.text
    assert 'value="pickup" checked' in page.text
    assert '<details id="services" open>' in page.text


def test_each_filter_can_be_taken_away(client, marie, paul):
    page = client.get(LIST, {"quartier": "gare", "service": "pickup"})
    assert page.context["chips"] == [("Gare", "?service=pickup"), ("Commande à emporter", "?quartier=gare")]
    assert f'href="{LIST}?service=pickup"' in page.text


def test_its_title_says_what_is_shown(client, marie):
    assert (
        "<title>Boulangerie · Gare" in client.get(LIST, {"quartier": "gare", "categorie": "boulangerie"}).text
    )
    assert "<title>Bäckerei" in client.get("/de/commerces/", {"categorie": "boulangerie"}).text


def test_the_order_of_the_day_is_the_usual_one(client, city):
    make_shops(20)
    drawn = Shop.objects.order_by("daily_order").values_list("name", flat=True)
    assert names(client.get(LIST)) == list(drawn)


def test_names_are_sorted_without_accents_or_capitals(client, city):
    for name in ("Zoé", "écrin", "Étoile", "Alba", "eau"):
        make_shop(name)
    assert names(client.get(LIST, {"tri": "nom"})) == ["Alba", "eau", "écrin", "Étoile", "Zoé"]


def test_pages_hold_twenty_four(client, city):
    make_shops(50)
    first, second, third = (client.get(LIST, {"page": number} if number > 1 else {}) for number in (1, 2, 3))
    assert [len(names(page)) for page in (first, second, third)] == [24, 24, 2]
    assert len({*names(first), *names(second), *names(third)}) == 50
    assert 'href="?page=2"' in first.text
    assert "Précédents" not in first.text
    assert "Suivants" not in third.text


def test_a_page_after_the_last_leads_back(client, city, marie):
    page = client.get(LIST, {"page": "7", "quartier": "gare"})
    assert page.status_code == 404
    assert "La liste n’a pas de page 7" in page.text
    assert f'href="{LIST}?quartier=gare"' in page.text


def test_nothing_found_says_what_to_do_next(client, marie, paul):
    page = client.get(LIST, {"quartier": "bonnevoie", "categorie": "boulangerie"})
    assert "Aucun commerce ne réunit tout cela" in page.text
    assert f'href="{LIST}?categorie=boulangerie"' in page.text  # in all districts
    assert 'href="/fr/commerce-manquant/"' in page.text


def test_bad_values_are_named_and_what_was_typed_is_still_there(client, marie):
    page = client.get(LIST, {"quartier": "nulle-part", "le": "demain", "a": "10:00", "q": "pain"})
    assert page.status_code == 200
    assert "Ce quartier n’existe pas" in page.text
    assert "Écrivez le jour ainsi" in page.text
    assert 'name="le" type="date" value="demain"' in page.text
    assert 'value="pain"' in page.text
    assert page.context.get("cards") is None


def test_what_was_typed_is_text_and_nothing_else(client, marie):
    page = client.get(LIST, {"q": '"><script>alert(1)</script>', "le": '"><b>', "tri": "<i>"})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text


def test_empty_fields_of_a_plain_form_leave_the_address(client, marie):
    page = client.get(LIST, {"q": "", "quartier": "gare", "categorie": "", "le": "", "a": "", "ouvert": "1"})
    assert page.status_code == 302
    assert page.headers["Location"] == f"{LIST}?quartier=gare&ouvert=1"


def test_drafts_are_hidden(client, marie):
    make_shop("Secret", status="draft")
    assert "Secret" not in client.get(LIST).text


def test_a_search_says_why_it_found(client, marie, paul):
    page = client.get(LIST, {"q": "Bäckerei"})
    assert names(page) == [marie.name]
    assert "rouvé pour\N{NO-BREAK SPACE}: boulangerie" in page.text
    assert 'value="Bäckerei"' in page.text


def test_a_search_goes_with_the_filters(client, marie, paul):
    make_shop("Boulangerie d’en face", district="bonnevoie")
    assert len(names(client.get(LIST, {"q": "boulangerie"}))) == 2
    assert names(client.get(LIST, {"q": "boulangerie", "quartier": "gare"})) == [marie.name]
    page = client.get(LIST, {"q": "boulangerie", "quartier": "gare", "tri": "nom"})
    assert names(page) == [marie.name]


def test_a_search_that_finds_nothing_proposes_what_there_is_and_is_counted(client, marie, paul):
    page = client.get(LIST, {"q": "boucherie"})
    assert names(page) == []
    assert "Nous n’avons rien trouvé pour «\N{NO-BREAK SPACE}boucherie\N{NO-BREAK SPACE}»" in page.text
    assert 'href="/fr/commerces/?categorie=' in page.text
    assert EmptySearch.objects.get().words == "boucherie"


def test_a_search_that_filters_made_empty_leads_to_the_same_without_them(client, marie, paul):
    page = client.get(LIST, {"q": "librairie", "accessible": "1", "langue": "lb"})
    assert names(page) == []
    assert "Rien pour «\N{NO-BREAK SPACE}librairie\N{NO-BREAK SPACE}» avec ces filtres." in page.text
    assert "Nous n’avons rien trouvé" not in page.text
    assert 'href="/fr/commerces/?q=librairie" rel="nofollow">Chercher «' in page.text


def test_every_choice_is_in_the_headline(client, marie, paul):
    chosen = {
        "q": "pain",
        "categorie": "boulangerie",
        "accessible": "1",
        "langue": ["fr", "lb"],
        "service": "pickup",
    }
    headline = client.get(LIST, chosen).context["headline"]
    for part in ("Boulangerie", "pain", "entrée sans marche", "Luxembourgeois, Français", "on y parle"):
        assert part in headline


def test_a_search_that_filters_made_empty_says_nothing_of_what_the_city_lacks(client, marie):
    client.get(LIST, {"q": "boulangerie", "service": "gift_wrap"})
    assert not EmptySearch.objects.exists()


# htmx


def test_a_change_of_filter_takes_only_the_results(client, marie, paul):
    page = client.get(LIST, {"quartier": "gare"})
    part = client.get(LIST, {"quartier": "gare"}, headers={"HX-Request": "true", "HX-Target": "results"})
    title, results = part.text.strip().split("</title>")
    # htmx shows the title; the whole page has its own.
    assert title in page.text
    assert results.startswith('<section id="results"')
    assert results in page.text
    assert "HX-Request" in page.headers["Vary"]


def test_back_and_boosted_links_get_the_whole_page(client, marie):
    for header in ("HX-Boosted", "HX-History-Restore-Request"):
        page = client.get(LIST, headers={"HX-Request": "true", "HX-Target": "results", header: "true"})
        assert page.text.startswith("<!doctype html>")


# For machines


def test_combinations_are_not_for_search_engines(client, marie):
    assert "X-Robots-Tag" not in client.get(LIST).headers
    assert "X-Robots-Tag" not in client.get(LIST, {"categorie": "boulangerie"}).headers
    for query in (
        {"quartier": "gare"},
        {"ouvert": "1"},
        {"categorie": "boulangerie", "tri": "nom"},
        {"q": "pain"},
    ):
        page = client.get(LIST, query)
        assert page.headers["X-Robots-Tag"] == "noindex, follow"


def test_a_combination_names_the_page_it_is_a_part_of(client, marie):
    page = client.get(LIST, {"categorie": "boulangerie", "ouvert": "1", "quartier": "gare"})
    assert f'rel="canonical" href="http://127.0.0.1:8000{LIST}?categorie=boulangerie"' in page.text
    page = client.get(LIST, {"utm_source": "mail"})
    assert f'rel="canonical" href="http://127.0.0.1:8000{LIST}"' in page.text


def test_it_sets_no_cookie_and_is_kept_for_the_minute(client, marie):
    first = client.get(LIST, {"quartier": "gare"})
    assert not first.cookies
    assert "Cookie" not in first.headers["Vary"]
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = client.get(LIST, {"quartier": "gare"}, headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304


def crawl(client, start="/"):
    """Every address that links lead to, as a machine follows them that knows neither robots.txt nor nofollow."""
    seen, waiting = set(), [start]
    while waiting:
        address = waiting.pop()
        if address in seen:
            continue
        seen.add(address)
        answer = client.get(address)
        assert answer.status_code < 400, address
        if answer.status_code in (301, 302, 303):
            waiting.append(urljoin(address, answer.headers["Location"]))
        elif answer.headers["Content-Type"].startswith("text/html"):
            for link in Links(answer.text).found:
                there = urldefrag(urljoin(f"http://testserver{address}", link)).url
                parts = urlsplit(there)
                if parts.netloc == "testserver":
                    waiting.append(there.removeprefix("http://testserver"))
    return seen


def test_a_crawler_comes_to_an_end_and_filters_do_not_multiply_its_way(client, db, clock, settings):
    settings.PAGE_CACHE_BYTES = 0
    make_city(languages=["fr", "de"])
    shops = make_shops(
        30,
        services=["delivery", "pickup", "gift_wrap", "repair"],
        spoken_languages=["lb", "fr", "de", "en"],
        accessibility={"step_free": "yes"},
        opening_hours=EVERY_DAY,
    )
    seen = crawl(client)
    choices = [
        parse_qs(urlsplit(address).query).keys() - {"page"} for address in seen if "/commerces/?" in address
    ]
    # One choice at a time, and its pages: the other filters are a form.
    assert {name for names in choices for name in names} <= {"categorie", "ouvert"}
    assert max(map(len, choices)) == 1
    # A page in each language and the printed address; the rest of the site does not grow with the filters.
    assert len(of_shops(seen)) == 3 * len(shops)
    assert len(seen - of_shops(seen)) <= 2 * 45


def of_shops(addresses):
    """The addresses that exist because of one shop: its page, what only its page leads to, its printed address."""
    return {address for address in addresses if re.match(r"/id/|/../commerces/[^?]", address)}


# Limits


@pytest.mark.parametrize(
    "query",
    [
        "page=" + "9" * 5000,
        "page=1" + "0" * 30,
        "q=%00",
        "quartier=%00",
        "q=%ff%fe",
        "q=(((((((",
        "tri=-pk",
        "categorie[]=1",
        "service=1,2,3,a",
        "service=" + "pickup," * 20_000,
        "le=2026-13-45&a=99:99",
        "le=9999-12-31&a=00:00",
        "quartier=gare&quartier=bonnevoie&quartier=%00",
        "page=2&page=3",
        "q=" + "%F0%9F%A5%96" * 30,
        "q=" + "a " * 40_000,
    ],
)
def test_hostile_addresses_get_an_answer_at_once(client, marie, query):
    client.get(LIST, {"q": "pain"})
    started = time.process_time()
    answer = client.get(f"{LIST}?{query}")
    assert answer.status_code in (200, 302, 404)
    # Seconds of the processor; a second of them would be worth an attack.
    assert time.process_time() - started < 0.5


def test_seventy_thousand_values_are_refused(client, marie):
    client.get(LIST)
    query = "&".join("service=pickup" for _each in range(70_000))
    started = time.process_time()
    assert client.get(f"{LIST}?{query}").status_code == 400
    # Seconds of the processor; a second of them would be worth an attack.
    assert time.process_time() - started < 0.5


def test_the_whole_list_takes_two_queries(client, city, fresh, django_assert_num_queries):
    make_shops(120)
    client.get(LIST)
    # 1 the catalogue's row  2 the page of shops; the numbers are kept
    with django_assert_num_queries(2):
        page = client.get(LIST)
    assert len(names(page)) == 24


def test_any_combination_takes_at_most_three_queries(client, city, fresh, django_assert_num_queries):
    make_shops(120, services=["delivery"], spoken_languages=["fr"], opening_hours=EVERY_DAY)
    client.get(LIST)
    query = {
        "quartier": "gare",
        "categorie": "alimentation",
        "ouvert": "1",
        "dimanche": "1",
        "le": "2026-11-28",
        "a": "10:00",
        "service": "delivery",
        "langue": "fr",
        "rue": "avenue-de-la-gare",
    }
    # 1 the catalogue's row  2 the page of shops  3 the counts
    with django_assert_num_queries(3):
        page = client.get(LIST, query)
    assert names(page)
    # The second page of the same: the counts are kept.
    with django_assert_num_queries(2):
        client.get(LIST, query | {"page": "2"})


def test_a_search_with_filters_takes_at_most_four_queries(client, city, fresh, django_assert_max_num_queries):
    make_shops(60)
    make_shop("Kniddelhaus")
    client.get(LIST, {"q": "boulangerie"})
    # 1 the catalogue's row  2 what was meant  3 the page of shops  4 the counts
    with django_assert_max_num_queries(4):
        page = client.get(LIST, {"q": "Kniddelhaus", "quartier": "gare"})
    assert names(page) == ["Kniddelhaus"]


def test_a_search_in_vain_takes_no_more(client, city, fresh, django_assert_max_num_queries):
    make_shops(60)
    client.get(LIST, {"q": "boulangerie"})
    # 1 the catalogue's row  2 what was meant  3 the page of shops  4 what there is instead; 5 to 7 once it is sent:
    # the search is counted
    with django_assert_max_num_queries(7):
        page = client.get(LIST, {"q": "xyzzyx", "quartier": "gare"})
    assert names(page) == []
