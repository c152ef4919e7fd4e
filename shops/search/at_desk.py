"""The City's search for a shop: by what somebody on the telephone says of it, published or not."""

import re

from django.contrib.postgres.search import SearchQuery
from django.db.models import Q

from districts.city_pack import street_slug
from shops import search
from shops.search.index import SIMPLE

MOST_WORDS = 12
FEWEST_DIGITS = 5  # of a telephone number
FEWEST_LETTERS = 5  # of a word in which "ae" may stand for "ä"
PHONE = re.compile(r"[\d\s+()./-]+")
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def sought(shops, words: str):
    """Those of these shops of which each word is in the names, the address or an identifier; or with this number."""
    terms = words.split()[:MOST_WORDS]
    digits = re.sub(r"\D", "", words).removeprefix("00")
    if PHONE.fullmatch(words.strip()) and len(digits) >= FEWEST_DIGITS:
        of_number = Q(phone__contains=digits)
        return shops.filter(of_number | _about(terms[0]) if len(terms) == 1 else of_number)
    for about in map(_about, terms):
        shops = shops.filter(about)
    return shops


def _about(word):
    """What a word typed may be of a shop; nothing for a mere sign."""
    spelled = {search.key(word), search.key(word.casefold().translate(UMLAUTS))} - {""}
    spelled |= {re.sub("([aou])e", r"\1", name) for name in spelled if len(name) >= FEWEST_LETTERS}
    if not spelled:
        return Q()
    # Names in all languages, street and district lie in the search column; A and C are their weights in it.
    prefixes = (" & ".join(f"{part}:*AC" for part in name.split()) for name in sorted(spelled))
    wanted = " | ".join(f"({prefix})" for prefix in prefixes)
    about = Q(search=SearchQuery(wanted, config=SIMPLE, search_type="raw"))
    about |= Q(house_number__iexact=word.strip(",;")) | Q(public_id=word.lower())
    # Any number may lie inside an identifier: it is one when it is written as one.
    if {":", "/"} & set(word):
        about |= Q(external_id__icontains=word)
    elif word.isdecimal() and len(word) >= FEWEST_DIGITS:
        about |= Q(external_id__endswith=f"/{word}")
    for name in spelled:
        about |= Q(name_key__contains=name)
    if slug := street_slug(word):
        about |= Q(street_slug__contains=slug)
    return about
