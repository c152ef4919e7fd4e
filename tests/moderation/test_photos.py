"""Photos at the City's desk: what looks like one that was there before, and what a merge makes of an album."""

import pytest
from django.db.models import Value
from procrastinate.contrib.django.models import ProcrastinateJob

from shops.desks.city.photo_changes import changes_of
from shops.editing import moves
from shops.models import Event, ImportDifference, Photo, Premises
from shops.models.photo import Unlike, unlike
from tests.moderation.conftest import MONDAY_10H, propose
from tests.people import make_member, make_person
from tests.photos import files
from tests.photos.files import make_photo, publish
from tests.shops.factories import TUESDAY_10H, make_shop

LOOK = "a5a5a5a5f0f0f0f0"
NEAR, FAR = "a5a5a5a5f0f0f0ff", "a5a5a5a5f0f00f0f"
SKY = "0000000000000000"


@pytest.fixture(autouse=True)
def shelf_folder(tmp_path, settings):
    settings.STORAGES = {**settings.STORAGES, "default": files.disk(tmp_path / "media")}


@pytest.fixture
def double(marie):
    return make_shop("Boulangerie um Eck SARL", slug="um-eck-sarl", public_id="doub1e00")


def alike(shop, new):
    (change,) = changes_of(shop, [], [new.as_fact()])
    return [(one.shop.name, one.is_own, one.published) for one in change.alike]


def test_the_database_counts_bits_as_we_do(marie):
    make_photo(marie, look=LOOK)
    for other in (LOOK, NEAR, FAR, SKY):
        assert Photo.objects.values_list(Unlike("look", Value(other)), flat=True).get() == unlike(LOOK, other)


def test_claire_sees_what_a_new_photo_looks_like(marie, paul, django_assert_num_queries):
    own = make_photo(marie, seed=1, look=NEAR)
    (theirs,) = publish(make_photo(paul, seed=2, look=NEAR))
    make_photo(paul, seed=3, look=FAR)
    new = make_photo(marie, seed=4, look=LOOK)
    assert alike(marie, new) == [(marie.name, True, False), (paul.name, False, True)]
    others = [make_photo(marie, seed=seed, look=LOOK) for seed in range(5, 15)]
    # 1 the photos, 2 the same pictures elsewhere, 3 those that look like one of them
    with django_assert_num_queries(3):
        changes = changes_of(marie, [], [photo.as_fact() for photo in (new, *others)])
    assert {len(change.alike) for change in changes} == {2, 3}, "a few are enough"
    assert own.pk != theirs.pk


def test_a_later_one_the_very_same_and_a_bare_sky_are_not_told(marie, paul):
    make_photo(paul, seed=1, look=SKY)
    sky = make_photo(marie, seed=2, look=SKY)
    assert alike(marie, sky) == []
    new = make_photo(marie, seed=3, look=LOOK)
    make_photo(paul, seed=3, look=LOOK)
    make_photo(paul, seed=5, look=LOOK)
    assert alike(marie, new) == []


def test_it_stands_beside_the_photo_with_the_way_to_the_other_shop(desk, marie, marie_herself, paul):
    publish(make_photo(paul, seed=1, look=NEAR))
    new = make_photo(marie, seed=2, look=LOOK)
    propose(marie, marie_herself, photos=[new.as_fact() | {"alt": {"fr": "Le comptoir"}}])
    page = desk.get("/gestion/moderation/mar1eeck/").content.decode()
    assert f"Ressemble à une photo de « {paul.name} »" in page
    assert f"/gestion/commerces/{paul.public_id}/photos/" in page


# Two pages of one shop


def test_the_album_of_a_double_goes_along_and_is_not_shown(marie, double, claire):
    shown, same = publish(make_photo(double, seed=1), make_photo(double, seed=2))
    underway = make_photo(double, seed=3, state=Photo.State.RECEIVED)
    (kept,) = publish(make_photo(marie, seed=2, alt={"fr": "La devanture"}))
    moving = moves.merge(double, marie, by=claire, at=TUESDAY_10H)
    assert moving.photos == 2
    for photo in (shown, same, underway, kept):
        photo.refresh_from_db()
    assert {shown.shop, underway.shop, kept.shop} == {marie}
    assert (shown.published, shown.alt, shown.touched_at) == (False, {"fr": "Photo numéro 0"}, TUESDAY_10H)
    assert list(marie.photos.published()) == [kept], "what the page says is not mixed"
    assert (same.shop, same.published) == (double, False), "the very same picture is there already"
    assert Event.objects.get(kind="merged:received").after["album"] == 2


def test_its_premises_and_what_files_said_of_it_go_along_or_end(marie, double, claire):
    room = Premises.objects.create(district=marie.district, street="Avenue de la Gare", house_number="7")
    room.shops.add(double)
    difference = ImportDifference.objects.create(
        shop=double, source="x.csv", field="phone", seen_at=MONDAY_10H
    )
    assert moves.merge(double, marie, by=claire, at=TUESDAY_10H).premises == 1
    assert list(room.shops.all()) == [marie]
    difference.refresh_from_db()
    assert (difference.settled_at, difference.settled_by) == (TUESDAY_10H, claire)


def test_all_of_it_is_said_before_it_happens_and_to_both_sides_afterwards(desk, marie, double, marie_herself):
    anna = make_person("anna@boulangerie.example", name="Anna")
    make_member(double, anna)
    make_photo(double, seed=1)
    propose(double, anna, summary="Du pain.")
    page = desk.post("/gestion/commerces/doub1e00/fusionner/", {"other": "mar1eeck"}).content.decode()
    for said in ("1 photo", "dans l’album", "1 proposition en attente", "Personne n’y répondra plus"):
        assert said in page
    desk.post("/gestion/commerces/doub1e00/fusionner/", {"other": "mar1eeck", "sure": "1"})
    letters = [
        job.args["letter"] for job in ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter")
    ]
    said = {letter["to"]: " ".join([letter["subject"], *letter["paragraphs"]]) for letter in letters}
    assert "1 photo de l’autre page est avec les vôtres" in said[anna.email]
    assert "n’attend plus" in said[anna.email]
    assert "tiennent maintenant celle-ci avec vous" in said[marie_herself.email]
