"""Searches that found nothing are counted: they tell the City what its shops lack. Nobody is in the count."""

import logging
from datetime import datetime

from django.db import DatabaseError
from django.db.models import F

from shops.models import EmptySearch
from shops.search.query import Query
from shops.search.words import words
from vitrine.after import after_sending

log = logging.getLogger(__name__)

LONGEST, MOST_WORDS = 60, 6
# From this many figures on it may be a telephone, an account, a card.
TOO_MANY_FIGURES = 5
# A machine that makes up words must not fill the table: on one day, no more different ones than this are kept.
MOST_A_DAY = 2000


def countable(text: str) -> str:
    """A text's words as they are counted, or "" when it may tell who searched: an address, a number, a sentence."""
    said = " ".join(words(text))
    if "@" in text or "://" in text or sum(letter.isdigit() for letter in text) >= TOO_MANY_FIGURES:
        return ""
    return said if len(said) <= LONGEST and len(said.split()) <= MOST_WORDS else ""


def count_empty(response, query: Query, *, at: datetime, district: str = "") -> None:
    """Count a search that found nothing, once `response` has been sent. Not one for "open now": that tells the hour.

    Args:
        response: the answer that says so; the count is written when the server closes it.
        query: what was searched.
        at: the instant, aware. Only its day in the city's zone is kept.
        district: the slug of the district that the list was limited to.
    """
    said = countable(query.text)
    if not said or query.open_now:
        return
    on = at.astimezone(query.structure.city.tz).date()

    def count():
        try:
            _count(on=on, language=query.language, district=district, words=said)
        except DatabaseError:
            # The answer was given; a count is not worth an error.
            log.exception("An empty search was not counted.")

    after_sending(response, count)


def _count(**search):
    if EmptySearch.objects.filter(**search).update(times=F("times") + 1):
        return
    if EmptySearch.objects.filter(on=search["on"]).count() < MOST_A_DAY:
        EmptySearch.objects.bulk_create([EmptySearch(**search)], ignore_conflicts=True)
