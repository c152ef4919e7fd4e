"""The City says how categories are called, in what order they come, which one gives way, and what a district is."""

import pytest
from django.conf import settings as site_settings

from districts.models import District
from shops.editing import naming
from shops.importing.frame import Frame
from shops.models import Category, Change, Event, Shop
from tests.door import enter
from tests.moderation.conftest import propose
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H, make_shop
from tests.shops.import_fixtures import load_city

LIST = "/gestion/categories/"
BAKERY = "/gestion/categories/bakery/"
GARE = "/gestion/quartiers/gare/"


@pytest.fixture
def eve(db):
    """Eve edits for the City."""
    return make_person("eve@ville.example", name="Eve", city_roles=["editor"])


@pytest.fixture
def at_desk(client, eve):
    return enter(client, eve)


def form_of(response, **changed):
    form = response.context["form"]
    return {field.html_name: field.value() or "" for field in form} | changed


def bakery():
    return Category.objects.get(code="bakery")


def test_it_lists_all_with_their_shops_and_districts(at_desk, marie, paul, django_assert_num_queries):
    page = at_desk.get(LIST).content.decode()
    assert bakery().label in page
    assert "1 commerce" in page
    # The catalogue's row, session, person, second factor, two on rights; shops by category, categories, groups,
    # districts.
    with django_assert_num_queries(10):
        at_desk.get(LIST)


def test_a_new_name_is_everywhere_at_once_and_the_address_stays(at_desk, client, eve, marie):
    slug = bakery().slug
    sent = form_of(at_desk.get(BAKERY), fr=" Four  et fournil ", de="Backstube")
    answer = at_desk.post(BAKERY, sent, follow=True)
    assert "C’est en ligne." in answer.content.decode()
    category = bakery()
    assert (category.label, category.label_de, category.slug) == ("Four et fournil", "Backstube", slug)
    client.logout()
    assert "Four et fournil" in client.get(marie.get_absolute_url()).content.decode()
    assert "Backstube" in client.get(f"/de/commerces/?categorie={slug}").content.decode()
    assert marie.name in client.get("/fr/commerces/?q=fournil").content.decode()
    event = Event.objects.get(kind="city:category")
    assert (event.shop, event.by) == (None, eve)
    assert event.after == {"category": "bakery", "label": "Four et fournil", "label_de": "Backstube"}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"fr": ""}, "fr"),
        ({"de": "   "}, "de"),
        ({"fr": "x" * 81}, "fr"),
        ({"fr": "Pain\u202e"}, "fr"),
        ({"fr": "\0"}, "fr"),
        ({"seen": "forged"}, "seen"),
        ({"seen": ""}, "seen"),
    ],
)
def test_bad_words_are_told_and_nothing_typed_is_lost(at_desk, marie, wrong, field):
    answer = at_desk.post(BAKERY, form_of(at_desk.get(BAKERY), en="Bread", **wrong))
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert answer.context["form"]["en"].value() == "Bread"
    assert not Event.objects.exists()


def test_two_are_not_called_the_same(at_desk, marie):
    taken = Category.objects.exclude(code="bakery").first().label
    answer = at_desk.post(BAKERY, form_of(at_desk.get(BAKERY), fr=taken.upper()))
    assert "fr" in answer.context["form"].errors


def test_who_comes_second_sees_it_and_keeps_what_she_typed(at_desk, marie, claire):
    sent = form_of(at_desk.get(BAKERY), fr="Fournil")
    texts = naming.texts_of(bakery(), "label")
    naming.rename(bakery(), texts | {"fr": "Boulange"}, seen=texts, by=claire, at=TUESDAY_10H)
    answer = at_desk.post(BAKERY, sent)
    assert "Boulange" in answer.content.decode()
    assert answer.context["form"]["fr"].value() == "Fournil"
    assert bakery().label == "Boulange"
    at_desk.post(BAKERY, form_of(answer))
    assert bakery().label == "Fournil"


def test_nothing_changed_is_no_event(at_desk, marie):
    assert (
        "Rien n’a changé." in at_desk.post(BAKERY, form_of(at_desk.get(BAKERY)), follow=True).content.decode()
    )
    assert not Event.objects.exists()


def test_a_category_goes_one_place_further_once(at_desk, marie):
    group = bakery().group
    before = list(Category.objects.filter(group=group).values_list("code", flat=True))
    place = before.index("bakery")
    step = {"step": 1 if place + 1 < len(before) else -1, "place": place}
    for _click in range(2):
        at_desk.post(f"{BAKERY}deplacer/", step)
    after = list(Category.objects.filter(group=group).values_list("code", flat=True))
    assert after.index("bakery") == place + step["step"]
    assert sorted(after) == sorted(before)
    assert Event.objects.filter(kind="city:order").count() == 1
    for nonsense in ({}, {"step": 7, "place": 0}, {"step": "x", "place": "y"}):
        assert at_desk.post(f"{BAKERY}deplacer/", nonsense).status_code == 302


# One category less


@pytest.fixture
def other(marie):
    return (
        Category.objects.exclude(code="bakery")
        .exclude(code=Shop.objects.get(pk=marie.pk).category.code)
        .first()
    )


def test_its_shops_are_counted_and_named_before(at_desk, marie, other):
    answer = at_desk.post(f"{BAKERY}reunir/", {"other": other.code, "why": "Une seule suffit"})
    page = answer.content.decode()
    assert "1 commerce" in page
    assert marie.name in page
    assert bakery().merged_into is None


@pytest.mark.parametrize(
    "sent", [{}, {"other": "bakery", "why": "x"}, {"other": "nulle", "why": "x"}, {"other": "toys"}]
)
def test_it_goes_into_another_one_for_a_reason(at_desk, marie, sent):
    answer = at_desk.post(f"{BAKERY}reunir/", sent | {"sure": "1"})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert bakery().merged_into is None


def test_shops_proposals_words_and_addresses_go_along(
    at_desk, client, eve, marie, marie_herself, paul, paul_himself, other
):
    beside = make_shop("Salon", category=other.code, other_categories=["bakery"])
    propose(paul, paul_himself, category="bakery", other_categories=["bakery"])
    slug, word = bakery().slug, bakery().label.lower()
    sent = {"other": other.code, "why": "Une seule suffit", "sure": "1"}
    answer = at_desk.post(f"{BAKERY}reunir/", sent, follow=True)
    assert "2 commerces sont maintenant" in answer.content.decode()
    marie.refresh_from_db()
    assert marie.category == other
    assert list(beside.other_categories.all()) == [], "it has it already"
    after = dict(Change.objects.filter(shop=paul).values_list("field", "after"))
    assert after == {"category": other.code, "other_categories": [other.code]}
    event = Event.objects.get(kind="city:category_given_up")
    assert (event.by, event.why, event.before) == (
        eve,
        "Une seule suffit",
        {"category": "bakery", "shops": 2},
    )
    assert Event.objects.filter(shop=marie, kind="facts:live", after={"category": other.code}).exists()
    assert "Rien" not in at_desk.get(BAKERY).content.decode()
    # A double click, and a page that was open elsewhere.
    assert at_desk.post(f"{BAKERY}reunir/", sent).status_code == 302
    assert "déjà été réunie" in at_desk.post(BAKERY, {"fr": "x"}, follow=True).content.decode()
    client.logout()
    for address in (f"/fr/commerces/?categorie={slug}", f"/de/quartiers/gare/?categorie={slug}"):
        answer = client.get(address, follow=True)
        assert answer.status_code == 200
        assert answer.redirect_chain[-1][0].endswith(f"categorie={other.slug}")
    assert marie.name in client.get(f"/fr/commerces/?q={word}").content.decode()
    assert f"categorie={slug}" not in client.get("/fr/commerces/").content.decode()


def test_nobody_is_offered_it_any_more_and_files_mean_the_other(claire, marie, other):
    naming.give_up(bakery(), other, by=claire, at=TUESDAY_10H, why="x")
    third = Category.objects.in_use().exclude(pk=other.pk).first()
    naming.give_up(other, third, by=claire, at=TUESDAY_10H, why="x")
    assert bakery().merged_into == third, "one step to where it leads"
    frame = Frame()
    assert "bakery" not in frame.category_ids
    assert frame.category_called("bakery") == third.code
    assert Category.objects.called(["bakery", other.code, third.code]) == [third]


def test_a_pack_loaded_later_changes_none_of_it(claire):
    load_city(site_settings.BASE_DIR / "cities" / "luxembourg")
    first, second, third = Category.objects.all()[:3]
    texts = naming.texts_of(first, "label")
    naming.rename(first, texts | {"fr": "Autrement"}, seen=texts, by=claire, at=TUESDAY_10H)
    naming.give_up(second, third, by=claire, at=TUESDAY_10H, why="x")
    naming.move(first, 1, place=0, by=claire, at=TUESDAY_10H)
    district = District.objects.first()
    said = naming.texts_of(district, "intro")
    naming.introduce(district, said | {"de": "Anders"}, seen=said, by=claire, at=TUESDAY_10H)

    def codes():
        return list(Category.objects.in_use().values_list("code", flat=True))

    before = codes()
    load_city(site_settings.BASE_DIR / "cities" / "luxembourg")
    first.refresh_from_db()
    second.refresh_from_db()
    district.refresh_from_db()
    assert (first.label, second.merged_into, district.intro_de) == ("Autrement", third, "Anders")
    assert district.name_lb
    assert codes() == before


# Districts, and who may


def test_a_district_is_introduced(at_desk, client, marie):
    at_desk.post(GARE, form_of(at_desk.get(GARE), fr="Le quartier\r\ndes voyageurs."))
    assert District.objects.get(slug="gare").intro == "Le quartier\ndes voyageurs."
    client.logout()
    assert "des voyageurs." in client.get("/fr/quartiers/gare/").content.decode()
    assert Event.objects.get(kind="city:district").after["slug"] == "gare"


@pytest.mark.parametrize("role", ["moderator", "auditor"])
def test_who_does_not_edit_reads_it_with_its_history(client, marie, eve, role):
    texts = naming.texts_of(bakery(), "label")
    naming.rename(bakery(), texts | {"fr": "Fournil"}, seen=texts, by=eve, at=TUESDAY_10H)
    enter(client, make_person("x@ville.example", city_roles=[role]))
    page = client.get(BAKERY).content.decode()
    assert "Catégorie renommée" in page
    assert "Eve" in page
    assert "<textarea" not in page
    assert "deplacer" not in client.get(LIST).content.decode()
    assert "Catégorie renommée" in client.get("/gestion/journal/?sujet=city").content.decode()
    for address in (BAKERY, GARE, f"{BAKERY}deplacer/", f"{BAKERY}reunir/"):
        assert client.post(address, {"fr": "x"}).status_code == 404
