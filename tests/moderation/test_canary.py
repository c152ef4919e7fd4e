"""What waits for the City's word is on no public address: nobody, Nina and Paul look everywhere, and find nothing."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from shops import reference
from shops.models import Shop
from tests.door import enter
from tests.moderation.conftest import propose
from tests.people import make_person

CANARY = "Kanarievull"
LANGUAGES = ("fr", "de", "lb", "en")
# Where an address needs a word of ours.
WORDS = {
    "public_id": ["mar1eeck", "pa1b00ks"],
    "slug": ["boulangerie-um-eck", "librairie-d-a-cote", "gare"],
    "fingerprint": [None],
    "part": ["0", "1"],
}


def addresses():
    """Each address of the resolver that can be read, in each language, with the cast's own words in it."""
    for language in LANGUAGES:
        with translation.override(language):
            for route in set(_routes(get_resolver())):
                yield from _filled("/" + route)


def _routes(resolver, prefix=""):
    for entry in resolver.url_patterns:
        route = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _routes(entry, route)
        elif isinstance(entry, URLPattern) and "(?P" not in route:
            yield route.replace("^", "").replace("$", "")


def _filled(route):
    found = re.search(r"<(?:\w+:)?(\w+)>", route)
    if not found:
        yield route
        return
    for word in WORDS.get(found[1], ["1"]):
        if word is not None:
            yield from _filled(route[: found.start()] + word + route[found.end() :])


@pytest.fixture
def proposed(marie, marie_herself, paul):
    """Marie proposes the word in every fact that waits, and in links and other languages."""
    made = propose(
        marie, marie_herself, name=f"{CANARY} Um Eck", name_de=CANARY, name_en=CANARY, other_names=CANARY,
        summary=f"{CANARY} au levain", summary_de=CANARY, description=f"Chez {CANARY}.", specialty=CANARY,
        street=f"Rue {CANARY}", place_note=CANARY, links=[["website", f"https://{CANARY.lower()}.example/"]],
    )  # fmt: skip
    assert {change.state for change in made.values()} == {"waiting"}
    return marie


SEARCHES = [
    "commerces/?q=", "commerces/suggestions/?q=", "commerces/?quartier=gare&q=",
]  # fmt: skip


def test_a_pending_word_is_on_no_public_address(client, proposed, paul_himself):
    nina = make_person("nina@example.org")
    every = sorted({address for address in addresses() if not address.startswith("/gestion/")})
    every += [f"/{language}/{search}{CANARY}" for language in LANGUAGES for search in SEARCHES]
    assert len(every) > 150
    answered = set()
    for who in (None, nina, paul_himself):
        if who:
            enter(client, who)
        for address in every:
            response = client.get(address)
            body = b"".join(response.streaming_content) if response.streaming else response.content
            if response.status_code == 200:
                answered.add(address)
            # What was typed may be repeated where one searches for it.
            said = body.decode(errors="replace").lower().replace(f'value="{CANARY.lower()}"', "")
            if f"q={CANARY}" in address:
                assert "boulangerie-um-eck" not in said, address
                continue
            assert CANARY.lower() not in said, address
            assert CANARY.lower() not in str(response.headers).lower() or CANARY.lower() in address, address
    assert len(answered) > 60
    # The control: once accepted it is found.
    assert Shop.objects.get(pk=proposed.pk).name == "Boulangerie Um Eck"


def test_the_search_would_find_it_once_it_is_accepted(client, proposed, claire):
    from shops.editing import revisions
    from tests.shops.factories import TUESDAY_10H

    words = {change.pk: revisions.Accept() for change in proposed.changes.waiting()}
    revisions.decide(proposed, words, by=claire, at=TUESDAY_10H)
    reference.forget()
    assert CANARY in client.get("/fr/commerces/boulangerie-um-eck/").content.decode()
    assert "boulangerie-um-eck" in client.get(f"/fr/commerces/?q={CANARY}").content.decode()
