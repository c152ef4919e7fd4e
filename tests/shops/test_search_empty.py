"""Searches that found nothing are counted, without anybody in the count."""

import pytest
from django.core import signals
from django.db import DatabaseError, close_old_connections
from django.http import HttpResponse

from shops import catalogue, reference, search
from shops.models import EmptySearch
from shops.search import empties
from tests.shops.factories import TUESDAY_10H


def send(response):
    """Close an answer as the server does, with the test's connection left open."""
    signals.request_finished.disconnect(close_old_connections)
    response.close()
    signals.request_finished.connect(close_old_connections)


def count(text, *, language="fr", district="", at=TUESDAY_10H):
    """Answer a search and send the answer."""
    response = HttpResponse()
    structure = reference.structure(catalogue.present())
    query = search.understand(text, language=language, structure=structure)
    search.count_empty(response, query, at=at, district=district)
    send(response)


def counted():
    return list(EmptySearch.objects.values_list("on", "language", "district", "words", "times"))


def test_it_counts_by_day_language_district_and_words(city):
    for text, language, district in [
        ("Licorne rose", "fr", ""),
        ("licorne, ROSE !", "fr", ""),
        ("licorne rose", "fr", "gare"),
        ("licorne rose", "de", ""),
    ]:
        count(text, language=language, district=district)
    day = TUESDAY_10H.date()
    assert sorted(counted()) == [
        (day, "de", "", "licorne rose", 1),
        (day, "fr", "", "licorne rose", 2),
        (day, "fr", "gare", "licorne rose", 1),
    ]


def test_the_day_is_the_citys(city):
    from tests.shops.factories import utc

    count("licorne", at=utc(2026, 11, 24, 23, 30))
    assert [day.isoformat() for day, *_rest in counted()] == ["2026-11-25"]


def test_nothing_is_written_before_the_answer_is_sent(city, django_assert_num_queries):
    response = HttpResponse()
    query = search.understand("licorne", language="fr", structure=reference.structure(catalogue.present()))
    with django_assert_num_queries(0):
        search.count_empty(response, query, at=TUESDAY_10H)
    assert counted() == []
    send(response)
    assert len(counted()) == 1


@pytest.mark.parametrize(
    "text",
    [
        "nina@example.org",
        "+352 621 123 456",
        "621123456",
        "LU28 0019 4006 4475 0000",
        "https://example.org/nina",
        "je cherche un cadeau pour ma tante Huguette qui habite ici",
        "abcdefghijk " * 6,
        "%%%",
        "",
    ],
)
def test_what_may_tell_who_searched_is_not_counted(city, text):
    assert empties.countable(text) == ""
    count(text)
    assert counted() == []


def test_a_search_for_what_is_open_now_tells_the_hour_not_what_lacks(city):
    count("licorne ouverte")
    assert counted() == []


def test_a_postcode_is_nobody(city):
    assert empties.countable("fleuriste 1234") == "fleuriste 1234"


def test_a_machine_that_makes_up_words_fills_no_table(city, monkeypatch):
    monkeypatch.setattr(empties, "MOST_A_DAY", 3)
    for word in ("abricotine", "bergamotine", "cardamine", "dentelaire", "abricotine"):
        count(word)
    assert sorted((words, times) for *_rest, words, times in counted()) == [
        ("abricotine", 2),
        ("bergamotine", 1),
        ("cardamine", 1),
    ]


def test_a_count_that_fails_harms_nobody(city, monkeypatch, caplog):
    def fail(**search):
        raise DatabaseError("no more room")

    monkeypatch.setattr(empties, "_count", fail)
    count("licorne")
    assert "not counted" in caplog.text


class TestThePage:
    def test_a_search_in_vain_is_counted_once_it_is_answered(self, marie, client):
        assert client.get("/fr/commerces/?q=licorne").status_code == 200
        assert [(words, times) for *_rest, words, times in counted()] == [("licorne", 1)]

    def test_an_answer_from_the_page_cache_does_not_count_again(self, marie, client):
        for _again in range(3):
            client.get("/fr/commerces/?q=licorne")
        assert [times for *_rest, times in counted()] == [1]

    def test_a_search_that_found_is_not_counted(self, marie, client):
        client.get("/fr/commerces/?q=boulangerie")
        assert counted() == []

    def test_suggestions_are_not_counted(self, marie, client):
        client.get("/fr/commerces/suggestions/?q=licorne")
        assert counted() == []
