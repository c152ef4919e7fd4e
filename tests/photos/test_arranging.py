"""Marie sends photos from her phone, says what they show, orders them; the City looks; nobody else sees what waits."""

import os
import re
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client
from procrastinate.contrib.django.models import ProcrastinateJob

from accounts.models import CityRole
from shops.desks import photos as desk
from shops.desks.city.photo_changes import changes_of
from shops.editing import facts, revisions
from shops.editing.revisions import Accept, Refuse
from shops.models import Catalogue, Change, Event, Photo
from shops.models.photo import KEPT_AT_MOST, SHOWN_AT_MOST
from shops.photos import page, receive, shelf
from shops.photos.develop import develop_received, tidy
from shops.vocabulary import ConfirmedBy
from tests.door import enter
from tests.people import make_person
from tests.photos.files import drawn, encoded, jpeg, make_photo, publish, upload
from tests.shops.factories import TUESDAY_10H

LATER = TUESDAY_10H + timedelta(hours=1)
WORDS = {"alt_fr": "La devanture bleue, une marche à l’entrée.", "focus": "50-50"}


def address(shop, rest=""):
    return f"/fr/comptoir/{shop.public_id}/photos/{rest}"


def city_address(shop, rest=""):
    return f"/gestion/commerces/{shop.public_id}/photos/{rest}"


def text(response):
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
    return words.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")


def on_page(shop):
    return [photo.pk for photo in shop.photos.published()]


def waiting(shop):
    return list(shop.changes.waiting())


# Sending


def test_marie_sends_photos_and_the_worker_develops_them(marie, marie_herself, client):
    enter(client, marie_herself)
    files = [upload(jpeg(seed=1), "a.jpg"), upload(jpeg(seed=2), "b.jpg")]
    response = client.post(address(marie), {"photos": files}, follow=True)
    assert "2 photos sont arrivées." in text(response)
    assert "2 photos sont en préparation" in text(response)
    assert 'hx-get="' in response.content.decode()
    assert marie.photos.developing().count() == 2
    jobs = ProcrastinateJob.objects.filter(task_name="shops.jobs.develop_photo")
    assert sorted(job.args["photo_id"] for job in jobs) == [photo.pk for photo in marie.photos.order_by("pk")]
    assert Event.objects.filter(kind="photo:received", by=marie_herself).count() == 2
    for photo in marie.photos.all():
        develop_received(photo.pk, at=LATER)
    response = client.get(address(marie))
    assert 'hx-get="' not in response.content.decode(), "nothing to wait for any more"
    assert text(response).count("Décrire et publier") == 2
    assert on_page(marie) == []


def test_what_was_sent_is_gone_once_it_is_developed_and_doing_it_again_changes_nothing(
    marie, django_capture_on_commit_callbacks, shelf_folder
):
    sent = jpeg()
    photo = receive.receive(marie, upload(sent), by=None, at=TUESDAY_10H)
    assert shelf.get(photo.name, shelf.ORIGINAL) == sent
    with django_capture_on_commit_callbacks(execute=True):
        develop_received(photo.pk, at=LATER)
    photo.refresh_from_db()
    assert (photo.state, photo.width, photo.height, photo.called) == ("ready", 800, 600, "")
    kept = sorted(file.name for file in shelf_folder.rglob("*") if file.is_file())
    assert kept == ["320.avif", "320.jpg", "640.avif", "640.jpg", "800.avif", "800.jpg"]
    assert photo.bytes == sum(file.stat().st_size for file in shelf_folder.rglob("*") if file.is_file())
    before = Photo.objects.values().get()
    develop_received(photo.pk, at=LATER + timedelta(hours=1))
    assert Photo.objects.values().get() == before
    develop_received(photo.pk + 1000, at=LATER)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "Le fichier est vide."),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "Ce n’est pas une photo"),
        (b"GIF89a" + bytes(500), "Ce n’est pas une photo"),
        (encoded(drawn(100, 100), "PNG"), "trop petite"),
        (encoded(drawn(2000, 300), "PNG"), "trop étroite"),
        (b"\xff\xd8\xff" + bytes(10_000_001), "dépasse 10 Mo"),
    ],
)
def test_what_is_no_photo_is_told_in_words_and_not_kept(
    marie, marie_herself, client, content, sentence, shelf_folder
):
    enter(client, marie_herself)
    # As browsers and phones do, whatever it is: Django drops files without a single byte itself.
    response = client.post(address(marie), {"photos": [upload(content, "IMG_1.jpg")]})
    assert response.status_code == 200
    assert sentence in text(response) or not content
    assert "À corriger" in text(response)
    assert not marie.photos.exists()
    assert not list(shelf_folder.rglob("*"))


def test_good_files_beside_a_bad_one_are_taken(marie, marie_herself, client):
    enter(client, marie_herself)
    files = [upload(b"GIF89a", "chat.gif"), upload(jpeg(), "bon.jpg")]
    response = client.post(address(marie), {"photos": files}, follow=True)
    assert "1 photo est arrivée." in text(response)
    assert "chat.gif – Ce n’est pas une photo" in text(response)


def test_sending_nothing_is_told(marie, marie_herself, client):
    enter(client, marie_herself)
    response = client.post(address(marie))
    assert response.status_code == 200
    assert "Choisissez d’abord une photo." in text(response)


def test_of_more_than_ten_the_first_ten_are_taken(marie, marie_herself, client):
    enter(client, marie_herself)
    files = [upload(jpeg(seed=number), f"{number}.jpg") for number in range(12)]
    response = client.post(address(marie), {"photos": files}, follow=True)
    assert "10 photos sont arrivées." in text(response)
    assert "à partir de « 10.jpg »" in text(response)


def test_a_file_too_many_for_django_itself_is_refused_politely(marie, marie_herself):
    client = enter(Client(raise_request_exception=False), marie_herself)
    files = [upload(b"x", f"{number}.jpg") for number in range(31)]
    assert client.post(address(marie), {"photos": files}).status_code == 400


def test_a_broken_file_is_told_and_can_be_dismissed(marie, marie_herself, client):
    broken = jpeg()[:4000]
    photo = receive.receive(marie, upload(broken, "IMG_7.jpg"), by=marie_herself, at=TUESDAY_10H)
    develop_received(photo.pk, at=LATER)
    enter(client, marie_herself)
    response = client.get(address(marie))
    assert "IMG_7.jpg – Le fichier est abîmé" in text(response)
    client.post(address(marie, f"{photo.pk}/effacer/"))
    assert not marie.photos.exists()


def test_the_same_pixels_twice_are_one_photo(marie):
    """Sent again with other metadata, as messengers do."""
    image = drawn()
    first = receive.receive(marie, upload(encoded(image, "PNG")), by=None, at=TUESDAY_10H)
    other = encoded(image, "PNG", compress_level=1, dpi=(300, 300))
    second = receive.receive(marie, upload(other), by=None, at=TUESDAY_10H)
    develop_received(first.pk, at=LATER)
    develop_received(second.pk, at=LATER)
    second.refresh_from_db()
    assert (second.state, second.reason) == ("unreadable", "double")
    assert "déjà parmi les vôtres" in second.fault


def test_another_shop_may_have_the_same_photo(marie, paul):
    for shop in (marie, paul):
        photo = receive.receive(shop, upload(jpeg()), by=None, at=TUESDAY_10H)
        develop_received(photo.pk, at=LATER)
    assert Photo.objects.ready().count() == 2


def test_the_quota_is_said_and_held(marie, marie_herself, client):
    for number in range(KEPT_AT_MOST):
        make_photo(marie, seed=number, state="received")
    enter(client, marie_herself)
    assert "60 gardées sur 60" in text(client.get(address(marie)))
    response = client.post(address(marie), {"photos": [upload(jpeg())]})
    assert "Il n’y a plus de place" in text(response)
    assert marie.photos.count() == KEPT_AT_MOST


def test_so_many_bytes_are_enough(marie):
    make_photo(marie, bytes=99_999_999)
    with pytest.raises(receive.NoRoom):
        receive.receive(marie, upload(jpeg()), by=None, at=TUESDAY_10H)


def test_so_many_files_a_day_are_enough_erased_or_not(marie):
    for _number in range(receive.A_DAY):
        Event.note(marie, receive.RECEIVED, by=None, at=TUESDAY_10H)
    with pytest.raises(receive.NoRoom):
        receive.receive(marie, upload(jpeg()), by=None, at=LATER)
    assert receive.receive(marie, upload(jpeg()), by=None, at=TUESDAY_10H + timedelta(days=1, seconds=1))


def test_two_uploads_at_once_take_the_last_place_once(transactional_db, clock):
    from tests.shops.factories import make_city, make_marie

    make_city()
    marie = make_marie()
    for number in range(KEPT_AT_MOST - 1):
        make_photo(marie, seed=number, state="received")
    content, start, refused = jpeg(), threading.Barrier(2), []

    def send():
        try:
            start.wait()
            receive.receive(marie, upload(content), by=None, at=TUESDAY_10H)
        except receive.NoRoom as error:
            refused.append(error)
        finally:
            connection.close()

    both = [threading.Thread(target=send) for _one in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(refused) == 1
    assert marie.photos.count() == KEPT_AT_MOST


# Saying what they show, and showing them


def test_a_described_photo_waits_for_claire_who_takes_it(marie, marie_herself, claire, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    version = Catalogue.objects.get().version
    response = client.post(address(marie, f"{photo.pk}/"), WORDS, follow=True)
    assert "la Ville regarde la photo" in text(response)
    assert "attend la Ville" in text(response)
    (change,) = waiting(marie)
    item = {"id": photo.pk, "alt": {"fr": WORDS["alt_fr"]}, "decorative": False, "focus": [50, 50]}
    assert (change.field, change.before, change.after) == ("photos", [], [item])
    assert on_page(marie) == []
    assert Catalogue.objects.get().version == version
    revisions.decide(marie, {change.pk: Accept()}, by=claire, at=LATER)
    assert on_page(marie) == [photo.pk]
    assert Catalogue.objects.get().version == version + 1
    marie.refresh_from_db()
    assert (marie.photos_confirmed_by, marie.photos_confirmed_at) == ("merchant", LATER)
    assert set(Event.objects.values_list("kind", flat=True)) == {"facts:proposed", "facts:accepted"}


def test_a_refused_photo_keeps_its_words_for_another_try(marie, marie_herself, claire, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    client.post(address(marie, f"{photo.pk}/"), WORDS)
    revisions.decide(marie, {waiting(marie)[0].pk: Refuse("private")}, by=claire, at=LATER)
    assert on_page(marie) == []
    assert WORDS["alt_fr"] in client.get(address(marie, f"{photo.pk}/")).content.decode()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ({"focus": "50-50"}, "Dites en une phrase ce que la photo montre"),
        ({"focus": "50-50", "alt_fr": "   "}, "Dites en une phrase ce que la photo montre"),
        ({"focus": "50-50", "alt_fr": "IMG_2031.jpg"}, "le nom d’un fichier"),
        ({"focus": "50-50", "alt_de": "20261122"}, "le nom d’un fichier"),
        ({"focus": "50-50", "alt_fr": "é" * 251}, "250"),
        ({"focus": "7-7", "alt_fr": "Une devanture"}, "7-7"),
        ({"focus": "50-50", "alt_fr": "a\0b"}, "À corriger"),
    ],
)
def test_a_photo_without_words_is_told_so_and_what_was_typed_stays(
    marie, marie_herself, client, words, sentence
):
    photo = make_photo(marie)
    enter(client, marie_herself)
    response = client.post(address(marie, f"{photo.pk}/"), words)
    assert response.status_code == 200
    assert sentence in text(response)
    assert not Change.objects.exists()
    if words.get("alt_fr", "").startswith("IMG"):
        assert "IMG_2031.jpg" in response.content.decode()


def test_a_decorative_photo_needs_no_words(marie, marie_herself, claire, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    client.post(address(marie, f"{photo.pk}/"), {"decorative": "on", "focus": "0-100"})
    revisions.decide(marie, {waiting(marie)[0].pk: Accept()}, by=claire, at=LATER)
    photo.refresh_from_db()
    assert (photo.published, photo.decorative, photo.alt, photo.focus) == (True, True, {}, [0, 100])


def test_only_the_listed_fields_change(marie, paul, marie_herself, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    everything = {
        field.name: "1" for field in Photo._meta.fields if field.name not in ("alt", "decorative")
    } | {"shop": paul.pk, "published": "on", "position": "0", "from_city": "on", "name": "f" * 32}
    before = Photo.objects.values().get()
    client.post(address(marie, f"{photo.pk}/"), {**everything, **WORDS})
    after = Photo.objects.values().get()
    changed = {name for name, value in after.items() if value != before[name]}
    assert changed <= {"alt", "touched_at"}


def test_taking_away_and_moving_are_live_at_once(marie, marie_herself, client):
    first, second, third = publish(*[make_photo(marie, seed=number) for number in range(3)])
    enter(client, marie_herself)
    client.post(address(marie, f"{third.pk}/deplacer/"), {"sens": "avant"})
    assert on_page(marie) == [first.pk, third.pk, second.pk]
    client.post(address(marie, f"{first.pk}/deplacer/"), {"sens": "avant"})
    client.post(address(marie, f"{first.pk}/deplacer/"), {"sens": "ailleurs"})
    assert on_page(marie) == [first.pk, third.pk, second.pk]
    response = client.post(address(marie, f"{first.pk}/retirer/"), follow=True)
    assert "La photo n’est plus sur la page." in text(response)
    client.post(address(marie, f"{first.pk}/retirer/"))
    assert on_page(marie) == [third.pk, second.pk]
    assert not waiting(marie)
    assert Event.objects.filter(kind="facts:live").count() == 2


def test_a_photo_taken_away_goes_at_once_though_another_waits(marie, marie_herself, client):
    (old,) = publish(make_photo(marie, seed=1))
    new = make_photo(marie, seed=2)
    enter(client, marie_herself)
    client.post(address(marie, f"{new.pk}/"), WORDS)
    client.post(address(marie, f"{old.pk}/retirer/"))
    assert on_page(marie) == []
    (change,) = waiting(marie)
    assert [item["id"] for item in change.after] == [new.pk]


def test_taking_away_what_only_waits_withdraws_it(marie, marie_herself, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    client.post(address(marie, f"{photo.pk}/"), WORDS)
    client.post(address(marie, f"{photo.pk}/retirer/"))
    assert not waiting(marie)
    assert Change.objects.get().state == Change.State.WITHDRAWN


def test_new_words_for_a_published_photo_wait(marie, marie_herself, client):
    (photo,) = publish(make_photo(marie, alt={"fr": "Une devanture"}))
    enter(client, marie_herself)
    client.post(address(marie, f"{photo.pk}/"), WORDS)
    photo.refresh_from_db()
    assert photo.alt == {"fr": "Une devanture"}
    assert len(waiting(marie)) == 1


def test_twelve_photos_are_enough(marie, marie_herself, client):
    publish(*[make_photo(marie, seed=number) for number in range(SHOWN_AT_MOST)])
    photo = make_photo(marie, seed=99)
    enter(client, marie_herself)
    response = client.post(address(marie, f"{photo.pk}/"), WORDS)
    assert "La page montre déjà douze photos" in text(response)
    assert WORDS["alt_fr"] in response.content.decode()


def test_after_one_photo_comes_the_next_to_describe(marie, marie_herself, client):
    first, second = make_photo(marie, seed=1), make_photo(marie, seed=2)
    enter(client, marie_herself)
    response = client.post(address(marie, f"{first.pk}/"), WORDS)
    assert response.headers["Location"] == address(marie, f"{second.pk}/")
    response = client.post(address(marie, f"{second.pk}/"), WORDS | {"alt_fr": "Le comptoir et ses pains."})
    assert response.headers["Location"] == address(marie)


@pytest.mark.parametrize("side", [address, city_address])
def test_words_that_say_little_are_hinted_at_once_and_then_hers(marie, marie_herself, city, client, side):
    """Both desks draw the same page: the hint comes before the save, beside the field, with a repair."""
    person = marie_herself
    if side is city_address:
        person = make_person("clarisse@ville.example", city_roles=[CityRole.MODERATOR])
    photo = make_photo(marie)
    enter(client, person)
    words = {"alt_fr": "Photo de la devanture bleue, avec une marche.", "focus": "50-50"}
    response = client.post(side(marie, f"{photo.pk}/"), words)
    said = text(response)
    assert "commencez par ce qu’on y voit" in said
    assert "« Devanture bleue, avec une marche. »" in said
    assert not on_page(marie)
    assert not waiting(marie)
    repaired = client.post(side(marie, f"{photo.pk}/"), words | {"repair": "alt_fr:says-photo"})
    assert repaired.context["form"]["alt_fr"].value() == "Devanture bleue, avec une marche."
    response = client.post(side(marie, f"{photo.pk}/"), words | {"advised": response.context["advised"]})
    assert response.status_code == 302
    assert on_page(marie) or waiting(marie)


def test_ornament_needs_no_words_and_gets_no_hint(marie, marie_herself, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    response = client.post(address(marie, f"{photo.pk}/"), {"decorative": "on", "focus": "50-50"})
    assert response.status_code == 302


def test_what_was_undone_comes_back_and_what_is_gone_stays_away(marie, marie_herself):
    first, second = publish(make_photo(marie, seed=1), make_photo(marie, seed=2))
    marie.photos_confirmed_at = None
    page.take_off(first, by=marie_herself, side=ConfirmedBy.MERCHANT, at=TUESDAY_10H)
    assert revisions.undo_last(marie, by=marie_herself, at=LATER) == ["photos"]
    assert on_page(marie) == [first.pk, second.pk]
    page.take_off(first, by=marie_herself, side=ConfirmedBy.MERCHANT, at=LATER)
    page.erase(first, by=marie_herself, at=LATER)
    revisions.undo_last(marie, by=marie_herself, at=LATER)
    assert on_page(marie) == [second.pk]


def test_the_fact_names_only_photos_of_its_own_shop(marie, paul, city):
    theirs = make_photo(paul)
    shop = facts.with_today(marie, TUESDAY_10H, city)
    item = {"id": theirs.pk, "alt": {"fr": "x"}, "decorative": False, "focus": [50, 50]}
    facts.FACTS["photos"].write(shop, [item])
    theirs.refresh_from_db()
    assert not theirs.published
    assert on_page(marie) == []


# Forgetting


def test_a_photo_is_erased_with_its_files_but_not_while_it_is_shown(
    marie, marie_herself, client, shelf_folder, django_capture_on_commit_callbacks
):
    (photo,) = publish(make_photo(marie))
    enter(client, marie_herself)
    response = client.post(address(marie, f"{photo.pk}/effacer/"), follow=True)
    assert "retirez-la d’abord" in text(response)
    assert marie.photos.exists()
    client.post(address(marie, f"{photo.pk}/retirer/"))
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(address(marie, f"{photo.pk}/effacer/"), follow=True)
    assert "C’est effacé" in text(response)
    assert not marie.photos.exists()
    assert not [file for file in shelf_folder.rglob("*") if file.is_file()]
    assert Event.objects.filter(kind="photo:erased", by=marie_herself).count() == 1
    assert client.post(address(marie, f"{photo.pk}/effacer/")).status_code == 404


def test_a_photo_that_waits_is_not_erased(marie, marie_herself, client):
    photo = make_photo(marie)
    enter(client, marie_herself)
    client.post(address(marie, f"{photo.pk}/"), WORDS)
    client.post(address(marie, f"{photo.pk}/effacer/"))
    assert marie.photos.exists()


def test_the_night_erases_what_nobody_uses_and_files_without_a_photo(
    marie, marie_herself, shelf_folder, django_capture_on_commit_callbacks
):
    old = TUESDAY_10H - timedelta(days=100)
    publish(make_photo(marie, seed=1, at=old))
    unused, fresh = make_photo(marie, seed=2, at=old), make_photo(marie, seed=3)
    proposed = make_photo(marie, seed=4, at=old)
    page.describe(
        proposed, alt={"fr": "Une devanture"}, decorative=False, focus=[50, 50],
        by=marie_herself, side=ConfirmedBy.MERCHANT, at=old,
    )  # fmt: skip
    Photo.objects.filter(pk=proposed.pk).update(touched_at=old)
    make_photo(marie, seed=5, at=old, state="unreadable", reason="unreadable")
    stuck = make_photo(marie, seed=6, at=TUESDAY_10H - timedelta(hours=2), state="received")
    shelf.put("ab" * 16, "320.jpg", b"of nobody")
    for file in shelf_folder.rglob("*.*"):
        os.utime(file, (TUESDAY_10H.timestamp(),) * 2)
    with django_capture_on_commit_callbacks(execute=True):
        done = tidy(at=TUESDAY_10H)
    assert done == {"unreadable": 1, "unused": 1, "stuck": 1, "orphans": 0}
    assert set(marie.photos.values_list("pk", flat=True)) >= {fresh.pk, proposed.pk, stuck.pk}
    assert not marie.photos.filter(pk=unused.pk).exists()
    assert not list(shelf_folder.rglob(f"{unused.name}/*"))
    assert tidy(at=TUESDAY_10H + timedelta(days=2))["orphans"] == 1
    assert "ab" * 16 not in set(shelf.names())


# Who may


MERCHANT_PAGES = ["", "{pk}/", "{pk}/deplacer/", "{pk}/retirer/", "{pk}/effacer/", "{name}-320.avif"]


@pytest.mark.parametrize("rest", MERCHANT_PAGES)
def test_paul_and_tom_and_nina_do_not_get_in(marie, paul_himself, tom, rest):
    photo = make_photo(marie)
    there = address(marie, rest.format(pk=photo.pk, name=photo.name))
    for person in (paul_himself, tom):
        client = enter(Client(), person)
        for method in (client.get, client.post):
            assert method(there).status_code in (404, 405)
    response = Client().get(there)
    assert response.status_code in (302, 405)
    if response.status_code == 302:
        assert "/compte/connexion/" in response.headers["Location"]
    assert Client().post(there).status_code in (302, 405)
    assert marie.photos.count() == 1


@pytest.mark.parametrize("rest", MERCHANT_PAGES[1:])
def test_paul_cannot_reach_maries_photo_through_his_own_shop(marie, paul, paul_himself, rest):
    (photo,) = publish(make_photo(marie))
    client = enter(Client(), paul_himself)
    there = address(paul, rest.format(pk=photo.pk, name=photo.name))
    assert client.get(there).status_code in (404, 405)
    assert client.post(there, WORDS).status_code in (404, 405)
    assert on_page(marie) == [photo.pk]


def test_marie_sees_her_photo_before_anybody(marie, marie_herself, claire):
    photo = make_photo(marie)
    hers = enter(Client(), marie_herself).get(address(marie, f"{photo.name}-320.avif"))
    assert (hers.status_code, hers.headers["Content-Type"]) == (200, "image/avif")
    assert hers.headers["Cache-Control"] == "no-store, private"
    citys = enter(Client(), claire).get(city_address(marie, f"{photo.name}-320.avif"))
    assert citys.status_code == 200
    assert Client().get(f"/medias/{photo.name}-320.avif").status_code == 404


def test_claire_takes_photos_herself_and_they_are_live_at_once(marie, claire):
    client = enter(Client(), claire)
    response = client.post(city_address(marie), {"photos": [upload(jpeg())]}, follow=True)
    assert "1 photo est arrivée." in text(response)
    photo = marie.photos.get()
    assert photo.from_city
    develop_received(photo.pk, at=LATER)
    response = client.post(city_address(marie, f"{photo.pk}/"), WORDS, follow=True)
    assert "C’est en ligne." in text(response)
    assert "prise par la Ville" in text(response)
    assert on_page(marie) == [photo.pk]
    marie.refresh_from_db()
    assert marie.photos_confirmed_by == "city"


def test_aude_reads_and_changes_nothing(marie):
    aude = make_person("aude@ville.example", name="Aude", city_roles=[CityRole.AUDITOR])
    client = enter(Client(), aude)
    photo = make_photo(marie)
    response = client.get(city_address(marie))
    assert response.status_code == 200
    assert "Envoyer" not in text(response)
    assert "Effacer" not in text(response)
    assert client.get(city_address(marie, f"{photo.pk}/")).status_code == 200
    for rest in ("", f"{photo.pk}/", f"{photo.pk}/retirer/", f"{photo.pk}/effacer/", f"{photo.pk}/deplacer/"):
        assert client.post(city_address(marie, rest), WORDS).status_code == 404
    assert not Change.objects.exists()


def test_a_merchant_has_no_citys_page(marie, marie_herself):
    client = enter(Client(), marie_herself)
    assert client.get(city_address(marie)).status_code == 404


# The page itself


def test_an_empty_album_says_what_to_do(marie, marie_herself, client):
    enter(client, marie_herself)
    assert "Aucune photo pour l’instant" in text(client.get(address(marie)))


@pytest.mark.parametrize(
    "query", ["", "?tour=3", "?tour=-1", "?tour=" + "9" * 5000, "?tour=x", "?tour=1&tour=2"]
)
def test_the_watch_has_an_end(marie, marie_herself, client, query):
    make_photo(marie, state="received")
    enter(client, marie_herself)
    assert client.get(address(marie) + query).status_code == 200
    last = client.get(address(marie) + f"?tour={desk.LONGEST_WATCH}").content.decode()
    assert "hx-get" not in last.partition("arrivees")[2]
    assert "Où en est-on" in last


def test_the_fragment_is_a_part_of_the_page(marie, marie_herself, client):
    make_photo(marie, seed=1)
    make_photo(marie, seed=2, state="received")
    enter(client, marie_herself)
    headers = {"HX-Request": "true", "HX-Target": "arrivees"}
    part = client.get(address(marie), headers=headers).content.decode()
    assert part.startswith('<div id="arrivees"')
    assert "<html" not in part
    whole = client.get(address(marie)).content.decode()
    assert re.sub(r'value="\w{64}"', "", part) in re.sub(r'value="\w{64}"', "", whole)


def test_its_questions_do_not_grow_with_the_photos(marie, marie_herself, client, django_assert_num_queries):
    enter(client, marie_herself)
    publish(*[make_photo(marie, seed=number) for number in range(5)])
    for number in range(5, 20):
        make_photo(marie, seed=number)
    client.get(address(marie))  # the city's frame is kept from here on
    # 1 the catalogue's row, 2 session, 3 user, 4 the shop, 5 its photos, 6 what waits, 7 bytes held, 8 her role
    with django_assert_num_queries(8):
        client.get(address(marie))


# What the moderator sees


def test_claire_sees_each_photo_and_what_becomes_of_it(marie, paul, django_assert_num_queries):
    kept, gone, said = publish(*[make_photo(marie, seed=number) for number in range(3)])
    new = make_photo(marie, seed=7)
    make_photo(paul, seed=7)
    before = [photo.as_fact() for photo in (kept, gone, said)]
    after = [
        {**new.as_fact(), "alt": {"fr": "Le comptoir"}},
        kept.as_fact(),
        {**said.as_fact(), "alt": {"fr": "<b>Le four</b>", "de": "Der Ofen"}},
        {"id": 10**12, "alt": {"fr": "Effacée"}, "decorative": False, "focus": [50, 50]},
    ]
    # 1 the photos, 2 the same pictures elsewhere
    with django_assert_num_queries(2):
        changes = changes_of(marie, before, after)
    assert [change.mark for change in changes] == ["new", "moved", "said", "new", "gone"]
    assert changes[0].elsewhere == [paul.name]
    html = Template("{% load photos %}{% photos_diff shop before after %}").render(
        Context({"shop": marie, "before": before, "after": after})
    )
    assert f"/gestion/commerces/{marie.public_id}/photos/{new.name}-320.jpg" in html
    assert '<ins lang="fr">&lt;b&gt;Le four&lt;/b&gt;</ins>' in html
    assert "effacée entre-temps" in html
    assert "La même image est chez" in html
    assert changes_of(marie, None, None) == []
