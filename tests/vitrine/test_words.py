"""The words of the site in its four languages: no French is left elsewhere, each is written and counts its own way."""

import re
from collections import defaultdict
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple

import django
import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.db.models import CharField, JSONField, TextField
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext, npgettext

from districts.models import City, District, PublicHoliday, Street
from shops.models import Category, CategoryGroup, Link, Report, Shop, SpecialDay
from shops.reports import letters
from tests.shops.conftest import *  # noqa: F403 - the small city, its cast and its clock
from tests.shops.conftest import _nothing_kept  # noqa: F401 - a fixture
from tests.shops.factories import TUESDAY_10H, make_shop
from vitrine import translations
from vitrine.letters import Letter

OTHERS = ("de", "lb", "en")
SENTENCES = translations.gather()
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
SPOKEN_IN_THE_HEAD = {"description", "og:title", "og:description", "og:image:alt"}
SPOKEN = {"alt", "aria-label", "data-said", "placeholder", "title"}


class Reader(HTMLParser):
    """What a page says to a person in its own language: text, labels and hints, one piece at a time."""

    def __init__(self):
        super().__init__()
        self.pieces = []
        self.open = []

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        foreign = bool(self.open and self.open[-1][1]) or (tag != "html" and "lang" in attributes)
        if not foreign:
            self.pieces += [attributes[name] for name in SPOKEN & set(attributes)]
            if (attributes.get("name") or attributes.get("property")) in SPOKEN_IN_THE_HEAD:
                self.pieces.append(attributes.get("content", ""))
        if tag not in VOID:
            self.open.append((tag, foreign or tag in {"script", "style"}))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if not (self.open and self.open[-1][1]):
            self.pieces.append(data)


def pieces(html):
    """The pieces of text of a page, with ordinary spaces."""
    reader = Reader()
    reader.feed(html)
    return [" ".join(piece.split()) for piece in reader.pieces if piece.strip()]


# Every page, with its messages.


@pytest.fixture
def shops(city, marie, paul):
    """Marie and Paul, and shops for whatever else a page can say."""
    Link.objects.create(shop=marie, kind="menu", url="https://um-eck.example/menu")
    make_shop("Zum Saal", opening_hours="", hours_confirmed_at=None, street="", lat=None, lon=None)
    make_shop("Alte Mühle", opening_hours="", opening_hours_text="9-6", hours_confirmed_at=None)
    make_shop("Beim Tun", hours_confirmed_at=TUESDAY_10H.replace(month=2), is_demo=True)
    make_shop("Nachtcafé", opening_hours='Mo-Th 18:00+; Fr off; Sa-Su "op Rendez-vous"', category="cafe")
    make_shop("Galerie Ost", status=Shop.Status.CLOSED, slug="galerie-ost", closed_at=TUESDAY_10H)
    return make_shop(
        "Sylvester", slug="sylvester", claimed_at=TUESDAY_10H, services=["takeaway", "terrace"],
        accessibility={"step_free": "partly", "toilet": "no"},
        special_days=[{"start_on": "2026-11-25", "end_on": "2026-11-27", "reason": "works"}],
    )  # fmt: skip


GETS = [
    "",
    "quartiers/",
    "quartiers/gare/",
    "quartiers/gare/?categorie=cafes-et-restaurants&ouvert=1",
    "quartiers/muehlenbach/",
    "commerces/",
    "commerces/?ouvert=1&dimanche=1&accessible=1&quartier=gare&service=delivery&langue=lb&tri=nom",
    "commerces/?le=2026-11-28&a=10:00",
    "commerces/?q=bäckerei+op",
    "commerces/?q=boulangerei",
    "commerces/?q=xqzwvk",
    "commerces/?q=boucherie&quartier=gare",
    "commerces/?quartier=ailleurs&rue=nulle-part&categorie=rien&le=2020-01-01&a=10:00",
    "commerces/?le=hier&a=midi&service=vol&tri=au-hasard&page=0&dimanche=oui&q=%00",
    "commerces/?page=9",
    "commerces/suggestions/?q=bou",
    "commerces/boulangerie-um-eck/",
    "commerces/librairie-d-a-cote/",
    "commerces/sylvester/",
    "commerces/galerie-ost/",
    "commerces/boulangerie-um-eck/signaler/",
    "commerces/boulangerie-um-eck/signaler/merci/",
    "commerces/boulangerie-um-eck/revendiquer/",
    "commerces/sylvester/revendiquer/",
    "commerce-manquant/",
    "commerce-manquant/merci/",
    "ecrire-a-la-ville/",
    "ecrire-a-la-ville/merci/",
    "compte/connexion/",
    "compte/adresse/perdue/",
    "compte/adresse/perdue/merci/",
    "chiffres/",
    "confirmer/coupe/",
    "jour-ferie/coupe/",
    "a-propos/",
    "classement/",
    "moderation/",
    "accessibilite/",
    "confidentialite/",
    "mentions-legales/",
    "nulle-part/",
]
WRONG = {"kind": "nothing", "email": "nina", "message": "x" * 2001}
POSTS = {
    "commerces/pres-de-moi/": {"lat": "49.6", "lon": "6.13"},
    "commerces/pres-de-moi/#district": {"quartier": "gare"},
    "commerces/pres-de-moi/#nowhere": {},
    "commerces/boulangerie-um-eck/signaler/": WRONG,
    "commerces/boulangerie-um-eck/signaler/#other": {"kind": "other"},
    "commerce-manquant/": {"email": "nina"},
    "compte/adresse/perdue/": {"new_email": "nina"},
}


class Site(NamedTuple):
    """What was read: the pieces of every page by language and page, and the names in them by nobody's translation."""

    pages: dict[str, dict[str, list[str]]]
    names: set[str]


READ: list[Site] = []


@pytest.fixture
def site(request):
    """Every page in every language, read once for all tests."""
    if not READ:
        client = request.getfixturevalue("client")
        request.getfixturevalue("shops")
        pages = {language: read_everything(client, language) for language in ("fr", *OTHERS)}
        READ.append(Site(pages, names_in_the_city()))
    return READ[0]


def read_everything(client, language):
    said = {path: client.get(f"/{language}/{path}") for path in GETS}
    said |= {
        f"POST {path}": client.post(f"/{language}/{path.partition('#')[0]}", data)
        for path, data in POSTS.items()
    }
    assert {response.status_code for response in said.values()} <= {200, 404, 410}
    return {path: pieces(response.content.decode()) for path, response in said.items()}


def one_line(text):
    return " ".join(text.split())


def spelt(text):
    """A pattern for what a sentence with placeholders becomes, in whatever spaces."""
    words = [re.escape(part) for part in translations.PLACEHOLDER.split(one_line(text))]
    return ".+?".join(words).replace("%%", "%")


@cache
def french_ones(language):
    """The French sentences that have other words in a language, each as it stands on a page, without its tags."""
    words, _fuzzy = translations.read_catalogue(language)
    found = {}
    for sentence in SENTENCES:
        theirs = words.get(sentence.key)
        forms = [form for form in (sentence.key.text, sentence.plural) if form]
        for form in forms:
            plain = translations.TAG.sub("", form)
            # A letter or two, or nothing but places for other words, says no language.
            if theirs and theirs != form and form not in theirs and len(re.findall(r"[^\W\d_]", plain)) > 3:
                found[plain] = form
    return found


def pieces_with(pages, sentences):
    """The pieces that are one of these sentences, or have a long one in them, each with the first page it stands on."""
    where = {piece: path for path, said in reversed(pages.items()) for piece in said}
    # One text of all, a piece a line: a sentence is looked for once, not once a piece.
    text = "\n".join(where)
    found = []
    for plain, sentence in sentences.items():
        # Most stand on no page: their longest words, looked for as they are, tell it a hundred times sooner.
        if max(translations.PLACEHOLDER.split(one_line(plain)), key=len).replace("%%", "%") not in text:
            continue
        wanted = spelt(plain) if len(sentence) > 20 else f"^(?:{spelt(plain)})$"
        lines = {
            text[text.rfind("\n", 0, one.start()) + 1 : (text + "\n").index("\n", one.end())]
            for one in re.finditer(wanted, text, re.MULTILINE)
        }
        found += [f"{where[piece]}: {piece!r} is {sentence!r}" for piece in lines]
    return found


@pytest.mark.parametrize("language", OTHERS)
def test_no_french_sentence_is_left(site, language):
    """A sentence of the catalogue stands on no page in French where the language has its own words for it."""
    french = pieces_with(site.pages[language], french_ones(language))
    assert [line for line in french if not any(name in line for name in site.names)] == []


def test_the_search_for_french_finds_it(site):
    """The French pages are full of French sentences."""
    assert len(pieces_with(site.pages["fr"], french_ones("de"))) > 300


ALIKE = {
    "de": {"Adresse", "Adresse %(number)d", "Deutsch", "Position", "Terrasse"},
    "lb": {"Chèques-repas", "Comptoir", "Devis", "Encaissement", "Lëtzebuergesch", "Merci", "Montant", "Montant (EUR)", "Quartier", "Quartier %(name)s", "TVA"},
    "en": {
        "Confirmations", "Dates", "Destination", "E-mail", "English", "Licences", "Page", "Page %(number)s", "Pages", "Photos",
        "Correction", "Corrections", "Date", "Services", "Total", "Suggestion", "Position", "accessible", "correction", "corrections", "administration", "bonus", "confirmation", "e-mail", "Invitations", "invitation", "invitations", "photo", "photos", "place", "latitude", "longitude", "message", "page %(number)s", "population", "services",
    },
    "all": {"%(distance)s km", "BIC", "Code", "IBAN", "Facebook", "Instagram", "LinkedIn", "TikTok", "YouTube"},
}  # fmt: skip


@pytest.mark.parametrize("language", OTHERS)
def test_no_translation_is_the_french_sentence_but_words_that_both_have(language):
    words, _fuzzy = translations.read_catalogue(language)
    same = {key.text for key, said in words.items() if said == key.text}
    letters = {text for text in same if re.search(r"[^\W\d_]{2}", translations.PLACEHOLDER.sub("", text))}
    assert letters - ALIKE[language] - ALIKE["all"] == set()


def names_in_the_city():
    """Every text of the database: names and words of shops, which no catalogue translates."""
    models = (City, District, Street, PublicHoliday, Category, CategoryGroup, Shop, Link, SpecialDay)
    found = set()
    for model in models:
        fields = [f.name for f in model._meta.fields if isinstance(f, CharField | TextField | JSONField)]
        for row in model.objects.values_list(*fields):
            found |= set(strings(row))
    return {text for text in found if len(text) > 3}


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


@pytest.mark.parametrize("language", OTHERS)
def test_what_two_languages_say_alike_is_a_name(site, language):
    """Sentences that nobody marked for translation would be the same on the French page."""
    words, _fuzzy = translations.read_catalogue(language)
    alike = {key.text for key, said in words.items() if said == key.text or key.text in said}
    names = site.names | alike | {"Vitrine"}
    same = {
        piece
        for path, said in site.pages[language].items()
        for piece in set(said) & set(site.pages["fr"][path])
        if re.search(r"[^\W\d_]{3}", without(piece, names))
    }
    assert same == set()


def without(piece, names):
    """A piece without the names in it, without addresses, and without what a visitor typed."""
    for name in sorted(names, key=len, reverse=True):
        piece = piece.replace(name, "0")
    return re.sub(r"\S+\.example\S*|https?://\S+|x{50,}", "0", piece)


# How each language is written.


def typographic_faults(language, text):
    """What a printer would mark in a sentence of a language."""
    text = translations.TAG.sub("", translations.PLACEHOLDER.sub("0", text))
    found = [f"{sign} is no sign of print" for sign in "'\"" if sign in text]
    pairs = {"fr": "«»", "de": "„“", "lb": "„“", "en": "“”"}
    strange = set("«»„“”‚‘‹›") - set(pairs[language])
    found += [f"{sign} is not {language}" for sign in sorted(strange & set(text))]
    opening, closing = pairs[language]
    quoted = "".join(sign for sign in text if sign in pairs[language])
    if quoted != (opening + closing) * (len(quoted) // 2):
        found.append("its quotation marks do not close")
    if language == "fr":
        if re.search(r"[^\s«(][;?!»]|«\S|[^\W\d_]\)?:(?=\s|$)", text):
            found.append("a sign lacks its space")
    elif re.search(r"\s[:;?!](?=\s|$)|\N{NARROW NO-BREAK SPACE}|„\s|\s“(?=[\s.,:;]|$)", text):
        found.append("a space that only French has")
    return found


def sentences_of(language):
    if language == "fr":
        forms = [form for sentence in SENTENCES for form in (sentence.key.text, sentence.plural) if form]
    else:
        forms = [form for said in translations.read_catalogue(language)[0].values() for form in strings(said)]
    return forms + [form for said in translations.read_borrowed(language).values() for form in strings(said)]


@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_quotation_marks_apostrophes_and_spaces_are_the_languages_own(language):
    faults = {text: typographic_faults(language, text) for text in sentences_of(language)}
    assert {text: found for text, found in faults.items() if found} == {}


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("fr", "C'est ouvert."),
        ("fr", "Ouvert?"),
        ("fr", "le “bon” mot"),
        ("de", "das »gute« Wort"),
        ("de", "das “gute” Wort"),
        ("de", "offen : ja"),
        ("lb", "D'Dier ass op."),
        ("en", "the „good“ word"),
        ("en", "Marie's"),
    ],
)
def test_a_slip_of_print_is_found(language, text):
    assert typographic_faults(language, text)


@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_pages_are_set_as_their_language_is(site, language):
    """Also where a template puts the signs: nothing but names may bring another language's."""
    faults = {
        piece: found
        for said in site.pages[language].values()
        for piece in said
        if (found := typographic_faults(language, without(piece, site.names)))
    }
    assert faults == {}


# Lëtzebuergesch drops the n at the end of a word unless a vowel or d, h, n, t, z follows. These always do.
SHORT_OF_N = re.compile(
    r"\b(an|den|vun|hunn|kann|keen|een|sinn|ginn|gouf?en|wann|mäin|däin|säin|eisen|iwwer en)\s+"
    r"(?=[bcfgjklmpqrsvwx])(?!CSV|cities)",
    re.IGNORECASE,
)
N_LOST = re.compile(r"\b(vu|hu|ka|kee|wa|gi)\s+(?=[aeiouäëéöüdhntz])", re.IGNORECASE)


def test_luxembourgish_drops_its_n():
    """The rule of n, where it is most often forgotten."""
    slips = [
        text for text in sentences_of("lb") if SHORT_OF_N.search(text) or N_LOST.search(plain_words(text))
    ]
    assert slips == []


def plain_words(text):
    """Without placeholders: what will stand there is not known."""
    return translations.PLACEHOLDER.sub("–", text)


# Numbers and other things put in.


def put_in(text, number=3):
    """A sentence with something in each of its places."""
    given = defaultdict(lambda: number)
    return text % given if translations.PLACEHOLDER.search(text) else text


@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_everything_can_be_put_in_its_place(language):
    for text in sentences_of(language):
        if "{" not in text:
            assert not re.search(r"%[(]", put_in(text)), text


def test_every_placeholder_and_tag_of_the_source_is_in_each_translation():
    faults = [fault for fault in translations.faults() if "different" in fault]
    assert faults == []


PLURALS = [sentence for sentence in SENTENCES if sentence.plural]


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [("fr", 0, 0), ("fr", 1, 0), ("fr", 2, 1)]
    + [(language, number, form) for language in OTHERS for number, form in ((0, 1), (1, 0), (2, 1))],
)
def test_each_language_counts_its_own_way(language, number, form):
    """Nought is one in French and many elsewhere."""
    words, _fuzzy = translations.read_catalogue(language)
    with translation.override(language):
        for sentence in PLURALS:
            key = sentence.key
            if language == "fr":
                typed = (key.text, sentence.plural)[form]
                expected = typed if sentence.only_at_the_desks else translations.typeset(typed)
            elif key in words and all(words[key]):
                expected = words[key][form]
            else:
                continue  # a desk's sentence in a language that the desks do not speak
            said = (
                npgettext(key.context, key.text, sentence.plural, number)
                if key.context
                else ngettext(key.text, sentence.plural, number)
            )
            assert said == expected


@pytest.mark.parametrize(
    ("language", "shops", "words"),
    [
        ("fr", 0, "0 commerce ouvert maintenant"),
        ("fr", 1, "1 commerce ouvert maintenant"),
        ("fr", 2, "2 commerces ouverts maintenant"),
        ("de", 0, "0 Geschäfte jetzt geöffnet"),
        ("de", 1, "1 Geschäft jetzt geöffnet"),
        ("lb", 0, "0 Geschäfter elo op"),
        ("lb", 1, "1 Geschäft elo op"),
        ("en", 0, "0 shops open now"),
        ("en", 1, "1 shop open now"),
    ],
)
def test_nought_one_and_two(language, shops, words):
    with translation.override(language):
        said = ngettext(
            "%(shown)s commerce ouvert maintenant", "%(shown)s commerces ouverts maintenant", shops
        )
        assert said % {"shown": shops} == words


# What the framework says.

DJANGO = Path(django.__file__).parent
WHERE_THE_PUBLIC_READS_DJANGO = ("core/validators.py", "forms/fields.py", "forms/models.py", "utils/dates.py")
THE_SAME_ANYWHERE = {"IPv4", "IPv6"}


def sentences_of_django():
    for name in WHERE_THE_PUBLIC_READS_DJANGO:
        with (DJANGO / name).open("rb") as file:
            for _line, message, _comments, context in extract("python", file, translations.KEYWORDS):
                text = message[0] if isinstance(message, tuple) else message
                if text and text not in THE_SAME_ANYWHERE:
                    yield context, text


def test_luxembourgish_says_what_django_does_not():
    """Form errors, days and months: Django's own Luxembourgish catalogue is half empty."""
    words = {sentence.key for sentence in translations.read_borrowed("lb")}
    missing = {key for key in sentences_of_django() if translations.Key(*key) not in words}
    assert missing == set()


@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_borrowed_sentences_are_djangos(language):
    """One that Django no longer says is of no use."""
    with (DJANGO / "conf/locale/en/LC_MESSAGES/django.po").open("rb") as file:
        known = {(message.context, message.id) for message in read_po(file)}
    borrowed = translations.read_borrowed(language)
    assert {(sentence.key.context, sentence.id) for sentence in borrowed} <= known


@pytest.mark.parametrize("language", ["fr", "de", "lb"])
def test_no_english_is_left_in_a_form(client, shops, language):
    said = " ".join(
        piece
        for path, data in POSTS.items()
        for piece in pieces(
            client.post(f"/{language}/{path.partition('#')[0]}", data).content.decode()
        )
    )  # fmt: skip
    english = [text for _context, text in sentences_of_django() if len(text) > 12]
    assert [text for text in english if re.search(spelt(text), said)] == []


@pytest.mark.parametrize(("language", "month"), [("fr", "mars"), ("de", "März"), ("lb", "Mäerz")])
def test_months_are_written_right(language, month):
    with translation.override(language):
        assert gettext("March") == month


# Mails.


@pytest.mark.parametrize("language", ["fr", *OTHERS])
def test_mails_speak_the_language_of_their_reader(marie, language, monkeypatch):
    monkeypatch.setattr(Letter, "post", Letter.send)
    for kind, outcome, side in [
        ("hours", "corrected", "merchant"),
        ("hours", "right", "city"),
        ("content", "kept", "city"),
        ("content", "removed", "city"),
    ]:
        report = Report(
            shop=marie, kind=kind, email="nina@example.org", language=language, answer="42",
            outcome=outcome, answered_side=side, state="merchant" if side == "merchant" else "city",
        )  # fmt: skip
        letters.tell_received(report)
        letters.tell_answer(report)
    assert len(mail.outbox) == 8
    for sent in mail.outbox:
        lines = {"subject": [sent.subject], "body": sent.body.splitlines()}
        if language != "fr":
            assert pieces_with(lines, french_ones(language)) == []
        faults = [typographic_faults(language, " ".join(line.split())) for line in sent.body.splitlines()]
        assert [fault for fault in faults if fault] == []


def test_every_page_is_read(shops):
    """A page that is new to the site is new to these tests."""
    from shops.urls import urlpatterns as of_shops
    from vitrine.urls_pages import urlpatterns as of_pages

    for_machines = {"vcard", "ical", "qr", "og", "feed", "district_feed"}
    names = {f"shops:{path.name}" for path in of_shops if path.name not in for_machines}
    names |= {f"pages:{path.name}" for path in of_pages}
    read = {f"/fr/{path.partition('?')[0]}" for path in GETS} | {
        f"/fr/{path.partition('#')[0]}" for path in POSTS
    }
    # What a good key opens is read in tests/freshness/test_links.py.
    arguments = {"shops:district": ["gare"]} | {
        f"shops:reminder_{purpose}": ["coupe"] for purpose in ("confirm", "holiday")
    }
    with translation.override("fr"):
        for name in names:
            path = next(p for p in (*of_shops, *of_pages) if name.endswith(f":{p.name}"))
            slug = arguments.get(name) or (["boulangerie-um-eck"] if "slug" in str(path.pattern) else [])
            assert reverse(name, args=slug) in read, name


def test_the_languages_are_those_of_the_settings():
    assert [code for code, _name in settings.LANGUAGES] == ["fr", *OTHERS]
