"""What waits for the City's word is on no public address: nobody, Nina and Paul look everywhere, and find nothing."""

import re

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import translation

from accounts.models import CityRole
from shops import reference
from shops.models import Shop
from tests.door import enter
from tests.moderation.conftest import propose
from tests.people import make_person
from tests.photos import files

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


@pytest.fixture
def proposed_photo(proposed, marie_herself, tmp_path, settings):
    """And a photo, whose file and description say the word too."""
    settings.STORAGES = {**settings.STORAGES, "default": files.disk(tmp_path / "media")}
    photo = files.make_photo(proposed, by=marie_herself)
    told = {**photo.as_fact(), "alt": {"fr": f"Le {CANARY}"}, "decorative": False}
    made = propose(proposed, marie_herself, photos=[told])
    assert made["photos"].state == "waiting"
    return photo


SEARCHES = [
    "commerces/?q=", "commerces/suggestions/?q=", "commerces/?quartier=gare&q=",
]  # fmt: skip


@pytest.mark.parametrize(
    "languages",
    [("fr", "de"), pytest.param(LANGUAGES, marks=pytest.mark.full)],
    ids=lambda languages: "-".join(languages),
)
def test_a_pending_word_is_on_no_public_address(client, proposed, paul_himself, languages):
    """Nobody in every language, Nina and Paul in two in the short form."""
    nina = make_person("nina@example.org")
    every = sorted({address for address in addresses() if not address.startswith("/gestion/")})
    every += [f"/{language}/{search}{CANARY}" for language in LANGUAGES for search in SEARCHES]
    assert len(every) > 150
    of_others = [address for address in every if address[1:3] in languages or address[1:3] not in LANGUAGES]
    answered = set()
    for who in (None, nina, paul_himself):
        if who:
            enter(client, who)
            every = of_others
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
    assert Shop.objects.get(pk=proposed.pk).name == "Boulangerie Um Eck"


def found_by(client, who, every, words, **headers):
    """The addresses at which this person reads one of these words."""
    client.logout()
    if who:
        enter(client, who)
    found = set()
    for address in every:
        response = client.get(address, headers=headers)
        body = b"".join(response.streaming_content) if response.streaming else response.content
        said = (body.decode(errors="replace") + str(response.headers)).lower()
        found |= {address for word in words if word.lower() in said and word not in address}
    return found


def people_and_headers():
    """Everybody, by pages and by fragments in turn; both for each in the long form."""
    for place, person in enumerate(["nobody", "paul", "tom", "frank", "aude"]):
        for turn, (name, headers) in enumerate([("page", {}), ("fragment", {"HX-Request": "true"})]):
            marks = () if place % 2 == turn else (pytest.mark.full,)
            yield pytest.param(person, headers, marks=marks, id=f"{person}-{name}")


@pytest.mark.parametrize(("person", "headers"), list(people_and_headers()))
def test_nor_does_anybody_else_find_it_whose_work_it_is_not(
    client, proposed_photo, paul_himself, tom, aude, person, headers
):
    """Tom works the till of the same shop, Frank counts the City's money, Aude reads the City's desk and no other."""
    who = {
        "nobody": None, "paul": paul_himself, "tom": tom, "aude": aude,
        "frank": make_person("frank@ville.example", city_roles=[CityRole.FINANCE]),
    }[person]  # fmt: skip
    every = sorted(
        {address for address in addresses() if address.startswith(("/fr/", "/gestion/", "/id/", "/media/"))}
    )
    assert len(every) > 100
    found = found_by(client, who, every, [CANARY, proposed_photo.name], **headers)
    if person == "aude":
        found = {address for address in found if not address.startswith("/gestion/")}
    assert not found


def test_the_people_whose_work_it_is_do_find_it(client, proposed_photo, marie_herself, claire):
    """The control: the same search, by whoever may see it."""
    desks = {
        marie_herself: "/fr/comptoir/mar1eeck/",
        claire: "/gestion/moderation/mar1eeck/",
    }
    for who, address in desks.items():
        assert found_by(client, who, [address], [CANARY]) == {address}


def test_the_search_would_find_it_once_it_is_accepted(client, proposed, claire):
    from shops.editing import revisions
    from tests.shops.factories import TUESDAY_10H

    words = {change.pk: revisions.Accept() for change in proposed.changes.waiting()}
    revisions.decide(proposed, words, by=claire, at=TUESDAY_10H)
    reference.forget()
    page = client.get("/fr/commerces/boulangerie-um-eck/").content.decode()
    for said in (f"{CANARY} Um Eck", f"{CANARY} au levain", f"Chez {CANARY}.", f"Rue {CANARY}"):
        assert said in page
    assert CANARY in client.get("/fr/commerces/boulangerie-um-eck/").content.decode()
    assert "boulangerie-um-eck" in client.get(f"/fr/commerces/?q={CANARY}").content.decode()
