"""Search: what residents type, in four languages and with typing errors, finds what they mean."""

from collections import defaultdict
from dataclasses import replace

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shops import catalogue, reference, search
from shops.models import Shop
from tests.shops import golden

pytestmark = pytest.mark.django_db
# Pieces that mean something to a database, to a text search, or to nobody.
SIGNS = [
    "boulangerie",
    "'",
    '"',
    "\\",
    ":*",
    "&",
    "|",
    "!",
    "<->",
    "(",
    ")",
    "%",
    "_",
    "\x00",
    " ",
    "🥖",
    "--",
    ";",
    "$$",
]


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    """The golden shops and the city's frame, made once for all the tests of this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        reference.forget()
        shops = golden.load_city()
        yield shops, reference.structure(catalogue.present())
        transaction.set_rollback(True)


def find(city, text, language="fr", at=golden.AT):
    """The ids of the golden shops found, in order."""
    shops, structure = city
    names = {shop.pk: name for name, shop in shops.items()}
    query = search.understand(text, language=language, structure=structure)
    return [names[shop.pk] for shop in query.apply(Shop.objects.published(), at=at)]


@pytest.mark.parametrize(
    "wish", golden.QUERIES, ids=lambda wish: ascii(wish["q"])[1:-1] + "-" + wish["language"]
)
def test_what_is_meant_is_among_the_first_three(city, wish):
    shops, _structure = city
    found = find(city, wish["q"], wish["language"])
    first = [shops[name] for name in found[:3]]
    if wish.get("none"):
        assert found == []
        return
    assert found
    if "category" in wish:
        assert {shop.category.code for shop in first} <= set(wish["category"])
    if "group" in wish:
        assert {shop.category.group.code for shop in first} <= set(wish["group"])
    if "district" in wish:
        assert {shop.district.slug for shop in first} <= set(wish["district"])
    if "street" in wish:
        allowed = wish.get("or_shops", [])
        assert {shop.street_slug for shop in first if shop.slug not in allowed} <= {wish["street"]}
    if wish.get("open"):
        are_open = set(Shop.objects.open_at(golden.AT).values_list("pk", flat=True))
        assert {shop.pk for shop in first} <= are_open
    assert set(wish.get("shops", [])) <= set(found[:3])
    assert not set(wish.get("never", [])) & set(found[:3])
    for later in wish.get("after", []):
        assert max(map(found.index, wish["shops"])) < found.index(later)
    if "first" in wish:
        assert found[0] == wish["first"]


def ask(city, text, language="fr"):
    _shops, structure = city
    return search.understand(text, language=language, structure=structure)


def ids(queryset):
    return [shop.pk for shop in queryset]


# What may be typed


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=40) | st.lists(st.sampled_from(SIGNS), max_size=8).map("".join))
def test_no_text_makes_it_fail(city, text):
    query = ask(city, text)
    ids(query.apply(Shop.objects.published(), at=golden.AT))
    query.filter(Shop.objects.published(), at=golden.AT).count()
    query.reasons("de")


@pytest.mark.parametrize(
    "text",
    [
        "x" * 70_000,
        "boulangerie " * 7_000,
        "\ufdfa" * 300,
        "a b c d e f g h i j k l m n",
        "\ud800\udfff",
        "é" * 500,
    ],
    ids=["one word", "many words", "letters that grow", "single letters", "surrogates", "accents"],
)
def test_a_long_or_broken_text_is_cut_not_refused(city, text):
    query = ask(city, text)
    assert len(query.text) <= 200
    ids(query.apply(Shop.objects.published(), at=golden.AT))


def test_what_is_shown_again_is_one_readable_line(city):
    assert ask(city, " pain \t au\x00\n levain ").text == "pain au levain"


@pytest.mark.parametrize("text", ["", "   ", "\t\n", "Luxembourg", "Lëtzebuerg", "magasins", "boutique"])
def test_words_that_narrow_nothing_ask_for_everything(city, text):
    query = ask(city, text)
    assert query.is_empty
    assert query.reasons("fr") == ""
    assert len(ids(query.apply(Shop.objects.published(), at=golden.AT))) == len(city[0])


# What it costs


@pytest.mark.parametrize(
    ("text", "read", "found"),
    [
        # Trades, places and "open" are known to the process; the result is one statement.
        ("boucherie", 0, 1),
        ("Friseur Bonneweg", 0, 1),
        ("rue de strasbourg", 0, 1),
        ("ouvert", 0, 1),
        # Words of shops are looked up as they are read.
        ("librairie marie", 1, 1),
        ("knidelhaus", 1, 1),
        # Where nothing matches, nothing is asked for.
        ("zzzzqq", 1, 0),
        ("boucherie zzzzqq", 1, 0),
        ("%", 0, 0),
    ],
)
def test_it_asks_at_most_twice(city, text, read, found):
    with CaptureQueriesContext(connection) as reading:
        query = ask(city, text)
    with CaptureQueriesContext(connection) as finding:
        ids(query.apply(Shop.objects.published(), at=golden.AT))
    assert (len(reading), len(finding)) == (read, found)


def test_the_list_page_searches_within_its_budget(city, client):
    client.get("/fr/commerces/", {"q": "warm up"})
    for text in ("boucherie", "librairie marie", "knidelhaus", "bakery open", "zzzzqq", "fleuriste gare"):
        with CaptureQueriesContext(connection) as captured:
            assert client.get("/fr/commerces/", {"q": text}).status_code == 200
        # The catalogue; the words; the shops; the counts beside the filters, or what is proposed instead.
        # A search in vain is counted afterwards.
        assert len([one for one in captured.captured_queries if "shops_emptysearch" not in one["sql"]]) <= 4


# What comes first


@pytest.mark.parametrize("wish", golden.QUERIES[::7], ids=lambda wish: ascii(wish["q"])[1:-1])
def test_choosing_whom_to_rank_changes_no_order(city, monkeypatch, wish):
    query = ask(city, wish["q"], wish["language"])
    published = Shop.objects.published()
    all_ranked = ids(query.apply(published, at=golden.AT, totals=defaultdict(int)))
    chosen = replace(query, found=None)
    assert ids(chosen.apply(published, at=golden.AT)) == all_ranked


def test_the_name_that_was_typed_leads_however_many_match(city, monkeypatch):
    monkeypatch.setattr("shops.search.query.RANKED", 1)
    monkeypatch.setattr("shops.search.query.RANKED_OTHERS", 1)
    last = Shop.objects.published().filter(category__code="bakery").order_by("-daily_order").first()
    for name in (last.name, last.name[:-2]):
        query = replace(ask(city, name), found=None)
        assert query.apply(Shop.objects.published(), at=golden.AT).first() == last


def test_equals_come_in_the_order_of_the_day(city):
    found = ask(city, "coiffeur").apply(Shop.objects.published(), at=golden.AT)
    orders = [shop.daily_order for shop in found]
    assert len(orders) > 3
    assert orders == sorted(orders)


def test_a_name_in_one_language_is_no_advantage(city):
    # Four butchers: their names say boucherie, Metzlerei, Metzgerei, charcuterie.
    orders = {tuple(find(city, text)[:4]) for text in ("boucherie", "metzlerei", "metzgerei", "butcher")}
    assert len(orders) == 1


def test_who_does_both_trades_comes_before_who_does_one(city):
    assert find(city, "boulangerie pâtisserie")[0] == "fournil"
    assert set(find(city, "boulangerie pâtisserie")) > {"marie", "clausen"}


# What limits it


def test_it_searches_within_the_list_that_it_is_given(city):
    in_gare = Shop.objects.published().filter(district__slug="gare")
    for text in ("boulangerie", "kniddelhaus", "marie", "restaurant"):
        query = ask(city, text)
        everywhere = set(ids(query.apply(Shop.objects.published(), at=golden.AT)))
        assert set(ids(query.apply(in_gare, at=golden.AT))) == everywhere & set(ids(in_gare))


def test_open_means_at_the_instant_that_is_asked(city):
    night = golden.AT.replace(hour=23, minute=30)
    assert find(city, "boulangerie ouverte", at=night) == []
    assert set(find(city, "kebab ouvert", at=night)) == {"istanbul"}
    assert "brotkorb" in find(city, "bakery open", "en", at=golden.AT.replace(hour=15))


@pytest.mark.parametrize("text", ["boulangerie", "bakery open", "librairie marie", "zzzzqq", "gare"])
def test_counting_and_listing_agree(city, text):
    query = ask(city, text)
    listed = ids(query.apply(Shop.objects.published(), at=golden.AT))
    assert query.filter(Shop.objects.published(), at=golden.AT).count() == len(listed)


# What it says


@pytest.mark.parametrize(
    ("text", "language", "sentence"),
    [
        ("butcher, open now", "fr", "trouvé pour : boucherie-charcuterie, ouvert maintenant"),
        ("boucherie ouverte", "en", "found for: butcher, open now"),
        ("boucherie ouverte", "de", "gefunden für: Metzgerei, jetzt geöffnet"),
        ("boucherie ouverte", "lb", "fonnt fir: Metzlerei, elo op"),
        ("restaurant", "fr", "trouvé pour : restaurant"),
        ("lunettes rue de strasbourg", "fr", "trouvé pour : opticien, Rue de Strasbourg"),
        ("Bouneweg", "fr", "trouvé pour : Bonnevoie-Sud ou Bonnevoie-Nord / Verlorenkost"),
        ("boulangerie dimanche", "fr", "trouvé pour : boulangerie, ouvert le dimanche"),
        ("knidelhaus", "fr", "trouvé pour : « kniddelhaus »"),
    ],
)
def test_it_says_why_it_found(city, text, language, sentence):
    # French signs keep their distance by spaces that do not break.
    assert ask(city, text).reasons(language).replace("\u00a0", " ") == sentence


def test_it_says_what_it_read_otherwise(city):
    assert ask(city, "sakkura kirchberg").corrections == [("sakkura", "sakura")]
    assert ask(city, "sakura kirchberg").corrections == []
    assert ask(city, "boulengerie").corrections == []


# When nothing is found


def proposed(city, text, language="fr"):
    query = ask(city, text, language)
    assert ids(query.apply(Shop.objects.published(), at=golden.AT)) == []
    return [
        (one.label, one.shops)
        for one in search.alternatives(query, totals=reference.totals(catalogue.present()))
    ]


def test_it_proposes_the_trade_next_door_and_each_wish_by_itself(city):
    found = proposed(city, "fleuriste gare")
    assert found[0] == ("Fleuriste · Bonnevoie-Sud", 1)
    assert ("Fleuriste", 3) in found
    assert any(label == "Gare" for label, _shops in found)


def test_it_proposes_what_is_spelt_nearly_so(city):
    assert "Boulangerie" in [label for label, _shops in proposed(city, "boulagngrie zzzzqq")]


def test_it_proposes_the_biggest_groups_when_nothing_is_near(city):
    found = proposed(city, "zzzzqq")
    assert found[0][0] == "Cafés et restaurants"
    assert [shops for _label, shops in found] == sorted((shops for _label, shops in found), reverse=True)


def test_what_it_proposes_is_there(city, client):
    for text in ("fleuriste gare", "zzzzqq", "boulangerie ouverte muhlenbach", "cordonnier kirchberg"):
        query = ask(city, text)
        for one in search.alternatives(query, totals=reference.totals(catalogue.present())):
            assert one.shops > 0
            page = client.get(one.url)
            assert page.status_code == 200
            assert page.content.count(b'<li class="card') == min(one.shops, 24)


def test_it_proposes_in_the_language_of_the_page(city):
    assert proposed(city, "Blumen Bahnhofsviertel", "de")[0][0] == "Blumengeschäft · Bonneweg-Süd"
