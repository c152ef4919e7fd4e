"""What is proposed while somebody types."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from shops import catalogue, reference, search
from tests.shops import golden
from tests.shops.factories import TUESDAY_10H

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def city(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        reference.forget()
        golden.load_city()
        present = catalogue.present()
        yield reference.structure(present), reference.totals(present)
        transaction.set_rollback(True)


def suggest(city, text, language="fr", limit=8):
    structure, totals = city
    return search.suggest(text, language=language, structure=structure, totals=totals, limit=limit)


def labels(city, text, language="fr"):
    return [(one.kind, one.label) for one in suggest(city, text, language)]


@pytest.mark.parametrize(
    ("text", "language", "first"),
    [
        ("boul", "fr", ("category", "Boulangerie")),
        ("boul", "de", ("category", "Bäckerei")),
        ("Bäck", "fr", ("category", "Boulangerie")),
        ("metzl", "fr", ("category", "Boucherie-charcuterie")),
        ("brout", "lb", ("category", "Bäckerei")),
        ("boulengeri", "fr", ("category", "Boulangerie")),
        ("aliment", "fr", ("group", "Alimentation")),
        ("kierch", "lb", ("district", "Kierchbierg")),
        ("bonnev", "fr", ("district", "Bonnevoie-Sud")),
        ("rue de stras", "fr", ("street", "Rue de Strasbourg")),
        ("strasb", "fr", ("street", "Rue de Strasbourg")),
        ("knidd", "fr", ("shop", "Kniddelhaus")),
        ("kniddlh", "fr", ("shop", "Kniddelhaus")),
        ("cafe zem", "fr", ("shop", "Café Zemmer")),
        ("grenge pae", "fr", ("shop", "Beim Grénge Päerd")),
        ("fernandes", "fr", ("shop", "Padaria do Bairro")),
    ],
)
def test_the_likeliest_comes_first(city, text, language, first):
    assert labels(city, text, language)[0] == first


def test_a_shop_is_proposed_beside_the_trades_and_streets_of_its_name(city):
    assert ("shop", "Librairie des Capucins") in labels(city, "librairie")


def test_trades_come_before_places_and_places_before_shops(city):
    kinds = [kind for kind, _label in labels(city, "ga")]
    order = {"category": 0, "group": 0, "district": 1, "street": 2, "shop": 3}
    assert kinds == sorted(kinds, key=order.get)
    assert {"district", "shop"} <= set(kinds)


@pytest.mark.parametrize("text", ["", "   ", "%", "🥖", "zzzzqq", "\x00"])
def test_nothing_is_proposed_for_nothing_or_nonsense(city, text):
    assert suggest(city, text) == []


def test_what_has_no_shop_is_not_proposed(city):
    assert not [one for one in suggest(city, "muhlenb") if one.kind == "district"]


def test_it_says_how_many_shops_there_are_and_where_a_shop_is(city):
    trade = suggest(city, "boulangerie")[0]
    assert (trade.shops, trade.detail) == (5, "Alimentation")
    shop = suggest(city, "kniddelhaus")[0]
    assert (shop.shops, shop.detail) == (None, "Restaurant · Ville Haute")


def test_it_keeps_to_its_limit(city):
    assert len(suggest(city, "b", limit=3)) == 3
    assert len(suggest(city, "caf")) <= 8


@pytest.mark.parametrize(
    ("text", "statements"), [("b", 0), ("boul", 2), ("gare", 2), ("kniddlh", 5), ("zzzzqq", 3)]
)
def test_it_asks_little(city, text, statements):
    suggest(city, "warm")
    # The shops whose name begins so, where these are few those with such a word in it; for a misspelt name the words
    # near to it, and the same two again.
    with CaptureQueriesContext(connection) as captured:
        suggest(city, text)
    assert len(captured) == statements


class TestThePieceOfHtml:
    @pytest.fixture
    def get(self, marie, client):
        def get(text, language="fr", **headers):
            with translation.override(language):
                return client.get(reverse("shops:suggest"), {"q": text}, headers=headers)

        return get

    def test_it_is_a_list_box_of_links(self, get, marie):
        html = get("boul").content.decode()
        assert 'role="listbox"' in html
        assert html.count('role="option"') == 2
        assert f'href="{reverse("shops:detail", args=[marie.slug])}"' in html

    def test_every_link_leads_somewhere(self, get, client):
        for address in ("/fr/commerces/?categorie=boulangerie", "/fr/commerces/boulangerie-um-eck/"):
            assert address in get("boul").content.decode()
            assert client.get(address).status_code == 200

    def test_it_speaks_the_language_of_its_address(self, get):
        html = get("boul", language="de").content.decode()
        assert "Bäckerei" in html
        assert 'href="/de/commerces/' in html

    @pytest.mark.parametrize("text", ["", "zzzzqq", "x" * 101, "a\x00b", "<script>"])
    def test_it_is_empty_when_there_is_nothing_to_propose(self, get, text):
        response = get(text)
        assert response.status_code == 200
        assert response.content == b""

    def test_names_are_text_not_markup(self, get, marie):
        with transaction.atomic():
            type(marie).objects.filter(pk=marie.pk).update(name='<b onclick="x">Eck</b>')
            catalogue.changed([marie.pk], at=TUESDAY_10H)
        assert "&lt;b onclick=&quot;x&quot;&gt;Eck" in get("eck").content.decode()

    def test_search_engines_leave_it_alone(self, get):
        assert get("boul").headers["X-Robots-Tag"] == "noindex"

    def test_it_sets_no_cookie_and_is_kept(self, get):
        response = get("boul")
        assert not response.cookies
        assert get("boul", **{"if-none-match": response.headers["ETag"]}).status_code == 304

    def test_three_statements_for_an_answer(self, get, django_assert_num_queries):
        get("warm")
        # The catalogue; the shops whose name begins so; those with such a word in it.
        with django_assert_num_queries(3):
            get("eck")
