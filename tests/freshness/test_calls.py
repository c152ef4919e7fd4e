"""The City's telephone list: who may see it, who is on it, what a call does."""

from datetime import timedelta

import pytest
from django.core.cache import cache

from accounts.models import CityRole
from shops import catalogue
from shops.models import Event, Report, Shop
from tests.door import enter
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop, make_shops

LONG_AGO = TUESDAY_10H - timedelta(days=200)


@pytest.fixture
def forgotten(city):
    """A toy shop in Gare that nobody keeps; its hours are from a file of long ago."""
    return make_shop(
        "Jouets Oubliés",
        category="toys",
        phone="+35226123456",
        hours_confirmed_at=LONG_AGO,
        hours_confirmed_by="import",
    )


@pytest.fixture
def aude(db):
    """Aude, who audits: she reads everything and changes nothing."""
    return make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR])


def url(shop):
    return f"/gestion/telephone/{shop.public_id}/"


def form_of(page):
    return {name: page.context["form"].initial[name] for name in ("seen", "submission")}


def test_so_few_that_they_fit_on_a_page_are_shown_at_once(client, claire, forgotten, marie):
    enter(client, claire)
    page = client.get("/gestion/telephone/")
    assert "1 commerce en tout." in page.text
    assert "Jouets Oubliés" in page.text
    assert "Um Eck" not in page.text


def test_the_list_shows_districts_then_their_streets(client, claire, forgotten, marie, monkeypatch):
    enter(client, claire)
    with monkeypatch.context() as patch:
        patch.setattr("shops.desks.city.calls.PER_PAGE", 0)
        page = client.get("/gestion/telephone/")
    assert page.status_code == 200
    assert "1 commerce en tout. Choisissez un quartier." in page.text
    assert "Jouets Oubliés" not in page.text
    page = client.get("/gestion/telephone/?quartier=gare")
    assert "Jouets Oubliés" in page.text
    assert 'href="tel:+35226123456"' in page.text
    assert "Avenue de la Gare" in page.text
    assert "Horaires" in page.text
    assert "Boulangerie Um Eck" not in page.text, "Marie's hours are fresh"


def test_an_empty_list_says_that_all_is_well(client, claire, marie):
    enter(client, claire)
    assert "Personne à appeler" in client.get("/gestion/telephone/").text
    assert "Personne à appeler" in client.get("/gestion/telephone/?quartier=gare").text
    assert client.get("/gestion/telephone/?quartier=nulle-part").status_code == 404


@pytest.mark.parametrize("path", ["/gestion/telephone/", "/gestion/telephone/{}/"])
def test_strangers_find_nothing_there(client, forgotten, marie_herself, path):
    path = path.format(forgotten.public_id)
    assert client.get(path).url.startswith("/fr/compte/connexion/")
    enter(client, marie_herself)
    assert client.get(path).status_code == 404
    assert client.post(path).status_code in (404, 405)


def test_the_auditor_reads_and_changes_nothing(client, aude, forgotten):
    enter(client, aude)
    page = client.get(url(forgotten))
    assert page.status_code == 200
    assert "Résultat de l’appel" not in page.text
    data = form_of(page) | {"result": "right", "groups": ["hours"]}
    assert client.post(url(forgotten), data).status_code == 404
    assert not Event.objects.exists()


def test_still_right_counts_as_confirmed_by_the_city(client, claire, forgotten):
    enter(client, claire)
    page = client.get(url(forgotten))
    assert "tel:+35226123456" in page.text
    data = form_of(page) | {"result": "right", "groups": ["hours"]}
    for _click in range(2):
        assert client.post(url(forgotten), data).url == "/gestion/telephone/?quartier=gare"
    forgotten.refresh_from_db()
    assert (forgotten.hours_confirmed_by, forgotten.hours_confirmed_at) == ("city", TUESDAY_10H)
    assert forgotten.daily_order < 0, "it rises"
    assert not Shop.objects.to_call(TUESDAY_10H).exists()
    assert list(Event.objects.order_by("pk").values_list("kind", "by")) == [
        ("facts:confirmed", claire.pk),
        ("call:right", claire.pk),
    ]


@pytest.mark.parametrize(
    ("result", "words", "kind"),
    [("changed", "Fermé le mercredi désormais", "other"), ("closed", "", "closed")],
)
def test_what_changed_goes_to_the_moderators_and_the_page_stays(
    client, claire, forgotten, result, words, kind
):
    enter(client, claire)
    data = form_of(client.get(url(forgotten))) | {"result": result, "words": words}
    for _click in range(2):
        client.post(url(forgotten), data)
    report = Report.objects.get()
    assert (report.shop, report.kind, report.message) == (forgotten, kind, words)
    assert list(Event.objects.order_by("pk").values_list("kind", "by")) == [
        ("report:received", claire.pk),
        (f"call:{result}", claire.pk),
    ]
    forgotten.refresh_from_db()
    assert (forgotten.status, forgotten.hours_confirmed_at) == ("published", LONG_AGO)


def test_what_two_shops_say_on_the_telephone_is_answered_apart(client, claire, forgotten):
    other = make_shop("Mercerie Oubliée", hours_confirmed_at=LONG_AGO, hours_confirmed_by="import")
    enter(client, claire)
    for shop, words in ((forgotten, "Fermé le mercredi"), (other, "Fermé le jeudi")):
        client.post(url(shop), form_of(client.get(url(shop))) | {"result": "changed", "words": words})
    here, there = Report.objects.get(shop=forgotten), Report.objects.get(shop=other)
    page = client.get(f"/gestion/signalements/{here.number}/")
    assert "Fermé le mercredi" in page.text
    assert "Fermé le jeudi" not in page.text
    seen = f"{here.pk} {there.pk}"
    client.post(page.request["PATH_INFO"], {"outcome": "corrected", "seen": seen})
    for report in (here, there):
        report.refresh_from_db()
    assert (here.state, there.state) == ("answered", "city")


def test_what_a_keeper_said_on_the_telephone_does_not_go_to_her_again(client, claire, forgotten, letters):
    make_member(forgotten, make_person("emma@jouets.example"))
    enter(client, claire)
    data = form_of(client.get(url(forgotten))) | {"result": "changed", "words": "Fermé le mercredi"}
    client.post(url(forgotten), data)
    assert Report.objects.get().state == "city"
    assert letters() == []


def test_nobody_answered_is_noted_and_nothing_is_removed(client, claire, forgotten):
    enter(client, claire)
    client.post(url(forgotten), form_of(client.get(url(forgotten))) | {"result": "nobody"})
    assert Event.objects.get().kind == "call:nobody"
    assert "Personne n’a répondu" in client.get("/gestion/telephone/?quartier=gare").text
    assert client.get(f"/fr/commerces/{forgotten.slug}/").status_code == 200


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"result": "right"},
        {"result": "changed"},
        {"result": "gone"},
        {"result": "right", "groups": ["photos"]},
        {"result": "right", "groups": ["hours"], "seen": ""},
        {"result": "nobody", "submission": "x"},
        {"result": "nobody", "words": "\x00"},
    ],
)
def test_a_wrong_form_comes_back_and_changes_nothing(client, claire, forgotten, data):
    enter(client, claire)
    page = client.post(url(forgotten), form_of(client.get(url(forgotten))) | data)
    assert page.status_code == 200
    assert "À corriger" in page.text
    assert not Event.objects.exists()
    assert not Report.objects.exists()


def test_what_was_read_out_and_changed_meanwhile_is_not_confirmed(client, claire, forgotten):
    enter(client, claire)
    data = form_of(client.get(url(forgotten))) | {"result": "right", "groups": ["hours"]}
    Shop.objects.filter(pk=forgotten.pk).update(opening_hours="Mo 10:00-12:00")
    page = client.post(url(forgotten), data)
    assert page.status_code == 200
    assert "rien n’est encore noté" in page.text
    assert not Event.objects.exists()


def test_a_shop_that_is_not_published_is_not_called(client, claire, forgotten):
    enter(client, claire)
    forgotten.close(by=None, at=TUESDAY_10H)
    assert client.get(url(forgotten)).status_code == 404
    assert "Personne à appeler" in client.get("/gestion/telephone/").text


def test_the_list_takes_as_many_queries_for_sixty_shops_as_for_one(
    client, claire, forgotten, django_assert_num_queries
):
    enter(client, claire)
    client.get("/gestion/telephone/?quartier=gare")
    # The catalogue; the session and the user; her second factor; her rights (two); the counts by district; how many in
    # this one; the shops of the page; the last calls to them.
    for _round in range(2):
        cache.clear()
        with django_assert_num_queries(10):
            page = client.get("/gestion/telephone/?quartier=gare")
        make_shops(60, district="gare", hours_confirmed_at=LONG_AGO)
        client.get("/gestion/telephone/?quartier=gare")
    assert page.text.count("<li>") > 60


def test_the_list_has_pages(client, claire, city):
    from districts.models import District

    make_shops(101, district=District.objects.get(slug="gare"), hours_confirmed_at=LONG_AGO)
    enter(client, claire)
    assert "1 / 2" in client.get("/gestion/telephone/?quartier=gare").text
    for page in ("2", "99", "x", "-1"):
        assert client.get(f"/gestion/telephone/?quartier=gare&page={page}").status_code == 200


def test_the_night_puts_a_shop_on_the_list_by_itself(city, marie):
    later = TUESDAY_10H + timedelta(days=150)
    catalogue.refresh_day(at=later)
    assert list(Shop.objects.to_call(later)) == [marie]
