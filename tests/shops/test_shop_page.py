"""A shop's page: everything known, who said so and when, and what is not known said plainly."""

import json
import re
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.utils import translation

from shops import catalogue
from shops.models import Link, Shop, SlugHistory
from tests.shops.factories import TUESDAY_10H, make_shop


def page(shop, language="fr", client=None, status=200):
    response = (client or Client()).get(f"/{language}/commerces/{shop.slug}/")
    assert response.status_code == status
    return response.content.decode()


def text(html):
    """What a reader reads: no tags, one space between words."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def json_ld(html):
    return json.loads(re.search(r'<script type="application/ld\+json">(.+?)</script>', html).group(1))


def test_nina_reads_what_marie_sells_where_and_until_when(marie):
    words = text(page(marie))
    assert "Boulangerie Um Eck" in words
    assert "Avenue de la Gare" in words
    assert "Ouvert jusqu" in words
    assert "Livraison" in words
    assert "Luxembourgeois · Français · Portugais" in words
    assert "Entrée de plain-pied ou avec rampe fixe : oui" in words


def test_it_says_who_confirmed_the_hours_and_when(marie):
    assert "Confirmé par le commerçant le 17 novembre 2026" in text(page(marie))


def test_it_says_when_nobody_ever_confirmed_something(marie):
    assert "Jamais confirmé" in text(page(marie))


def test_stale_hours_are_shown_with_a_warning_and_without_a_light(city):
    shop = make_shop(hours_confirmed_at=TUESDAY_10H - timedelta(days=120))
    html = page(shop)
    assert "confirmés depuis longtemps" in text(html)
    assert "light big unlit" in html
    assert "openingHoursSpecification" not in json_ld(html)


def test_unknown_hours_and_unknown_access_are_said_in_words(city):
    words = text(page(make_shop(opening_hours="", hours_confirmed_at=None, street="", lat=None, lon=None)))
    assert "Personne ne nous a encore dit les horaires." in words
    assert "Rien n’est connu de l’accès à ce lieu." in words
    assert "Sans adresse fixe" in words


def test_hours_that_nobody_could_read_are_quoted(city):
    shop = make_shop(
        opening_hours="", opening_hours_text="le matin, sauf s’il pleut", hours_confirmed_at=None
    )
    assert "le matin, sauf s’il pleut" in text(page(shop))


def test_the_language_of_a_foreign_text_is_marked(city):
    shop = make_shop(i18n={"description_de": "Wir backen seit 1923."}, description="")
    html = page(shop, "fr")
    assert '<div lang="de"><p>Wir backen seit 1923.</p></div>' in html
    assert "Ce texte n’existe pas encore dans votre langue." in text(html)
    assert 'lang="de"><p>Wir backen' not in page(shop, "de")


@pytest.mark.parametrize("status", [Shop.Status.DRAFT, Shop.Status.SUBMITTED, Shop.Status.SUSPENDED])
def test_what_is_not_published_does_not_exist_for_nina(city, client, status):
    shop = make_shop(status=status)
    for address in ("", "signaler/", "revendiquer/", "carte.vcf", "horaires.ics", "qr.svg", "apercu.png"):
        assert client.get(f"/fr/commerces/{shop.slug}/{address}").status_code == 404, address


def test_a_closed_shop_says_so_and_is_gone_for_machines(marie):
    marie.close(by=None, at=TUESDAY_10H)
    html = page(marie, status=410)
    assert "Ce commerce a fermé définitivement." in text(html)
    assert 'content="noindex"' in html
    assert "Signaler une erreur" not in html


def test_an_old_address_leads_to_the_new_one(marie, client):
    with transaction.atomic():
        marie.rename_address("boulangerie-du-coin")
        catalogue.changed([marie.pk], at=TUESDAY_10H)
    response = client.get("/fr/commerces/boulangerie-um-eck/")
    assert (response.status_code, response.headers["Location"]) == (301, "/fr/commerces/boulangerie-du-coin/")
    marie.rename_address("boulangerie-um-eck")
    assert not SlugHistory.objects.filter(slug="boulangerie-um-eck").exists(), "back home: no loop"


def test_a_double_leads_to_the_shop_that_replaces_it(marie, paul, client):
    paul.merge_into(marie, by=None, at=TUESDAY_10H)
    response = client.get(f"/fr/commerces/{paul.slug}/")
    assert (response.status_code, response.headers["Location"]) == (301, f"/fr/commerces/{marie.slug}/")


def test_search_engines_read_the_same_facts(marie):
    Link.objects.create(shop=marie, kind="website", url="https://um-eck.example/")
    data = json_ld(page(marie))
    assert (data["@type"], data["name"]) == ("Bakery", "Boulangerie Um Eck")
    assert data["address"]["streetAddress"].endswith("Avenue de la Gare")
    assert data["address"]["addressCountry"] == "LU"
    assert data["sameAs"] == ["https://um-eck.example/"]
    assert data["openingHoursSpecification"][0]["opens"] == "06:00"
    assert data["@id"].endswith(f"/id/{marie.public_id}")


def test_a_name_cannot_end_the_data_block(city):
    shop = make_shop(name="</script><script>alert(1)</script>")
    html = page(shop)
    assert "<script>alert" not in html
    assert json_ld(html)["name"] == shop.name


def test_hostile_links_do_not_reach_the_page(marie):
    """The database refuses what is not web; what is web is escaped."""
    Link.objects.create(shop=marie, kind="website", url='https://um-eck.example/"onmouseover="x')
    assert '"onmouseover="' not in page(marie)


@pytest.mark.parametrize("language", ["fr", "de", "lb", "en"])
def test_the_page_speaks_the_language_of_its_address(marie, language):
    html = page(marie, language)
    assert f'<html lang="{language}">' in html
    with translation.override(language):
        assert marie.category.label_i18n in html


def test_it_needs_three_questions_to_the_database(marie, paul, client, django_assert_num_queries):
    page(paul, client=client)  # the city's frame and totals are kept from here on
    # 1 the catalogue's row, 2 the shop with its links, 3 the shops around it
    with django_assert_num_queries(3):
        page(marie, client=client)


def test_reading_sets_no_cookie(marie, client):
    response = client.get(f"/fr/commerces/{marie.slug}/")
    assert not response.cookies
    assert "Cookie" not in response.headers.get("Vary", "")


# What one takes away


def test_the_vcard_has_the_address_that_stays(marie, client):
    response = client.get(f"/fr/commerces/{marie.slug}/carte.vcf")
    card = response.content.decode()
    assert response.headers["Content-Type"].startswith("text/vcard")
    assert "BEGIN:VCARD" in card
    assert "FN:Boulangerie Um Eck" in card
    assert f"/id/{marie.public_id}" in card.replace("\\", "")


def test_the_calendar_holds_the_coming_openings_and_is_the_same_all_day(marie, client):
    first = client.get(f"/fr/commerces/{marie.slug}/horaires.ics").content
    # 35 days less Christmas, of which Marie's expression says nothing.
    assert first.count(b"BEGIN:VEVENT") == 34
    assert client.get(f"/fr/commerces/{marie.slug}/horaires.ics").content == first


def test_stale_hours_are_not_handed_out_as_a_calendar(city, client):
    shop = make_shop(hours_confirmed_at=TUESDAY_10H - timedelta(days=120))
    assert b"BEGIN:VEVENT" not in client.get(f"/fr/commerces/{shop.slug}/horaires.ics").content


def test_the_qr_code_is_a_plain_svg(marie, client):
    response = client.get(f"/fr/commerces/{marie.slug}/qr.svg")
    assert response.headers["Content-Type"] == "image/svg+xml"
    assert b"<svg" in response.content
    assert b"style=" not in response.content


def test_the_picture_for_shared_links_is_a_png_of_the_usual_size(marie, client):
    body = client.get(f"/fr/commerces/{marie.slug}/apercu.png").content
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    assert (int.from_bytes(body[16:20]), int.from_bytes(body[20:24])) == (1200, 630)
