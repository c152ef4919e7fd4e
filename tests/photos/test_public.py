"""What everybody sees of a shop's photos, and in what wrapping each file goes out."""

import json
import re
from datetime import timedelta

import pytest
from django.core.files.storage import storages
from django.test import Client, RequestFactory

from shops import reference
from shops.models import Shop
from shops.photos import picture, shelf
from tests.door import enter
from tests.photos.files import make_photo, publish
from tests.shops.factories import TUESDAY_10H, make_shop


def page(shop, language="fr"):
    reference.forget()
    response = Client().get(f"/{language}/commerces/{shop.slug}/")
    assert response.status_code in (200, 410)
    return response.content.decode()


# The page


def test_the_first_photo_takes_the_facades_place(marie):
    drawn = page(marie)
    assert 'class="front' in drawn
    assert "photos.css" not in drawn, "who shows none does not pay for them"
    first, _second = publish(
        make_photo(marie, seed=1, width=4032, height=3024, focus_x=100, focus_y=0), make_photo(marie, seed=2)
    )
    html = page(marie)
    assert 'class="front' not in html
    one, two = re.findall(r"<picture>.*?</picture>", html, re.S)
    assert f"/medias/{first.name}-1280.avif 1280w" in one
    assert f"/medias/{first.name}-320.jpg 320w" in one
    # Its room is known before it is there; the first comes first, the others when they are near.
    assert 'width="1280" height="960"' in one
    assert 'fetchpriority="high"' in one
    assert "lazy" not in one
    assert 'class="x100 y0"' in one
    assert 'loading="lazy"' in two
    assert 'width="800" height="600"' in two
    assert "style=" not in html
    assert "En photos" in html


def test_the_words_are_in_the_readers_language_or_say_which_they_are_in(marie):
    publish(make_photo(marie, alt={"fr": "La devanture", "de": "Das Schaufenster"}))
    assert 'alt="La devanture">' in page(marie)
    assert 'alt="Das Schaufenster">' in page(marie, "de")
    assert 'alt="La devanture" lang="fr">' in page(marie, "en")


def test_a_decorative_photo_says_nothing(marie):
    publish(make_photo(marie, decorative=True, alt={}))
    assert 'alt="">' in page(marie)


def test_words_cannot_leave_their_attribute(marie):
    publish(make_photo(marie, alt={"fr": '"><script>alert(1)</script>'}))
    assert "<script>alert" not in page(marie)


def test_search_engines_get_the_largest_of_each(marie):
    (photo,) = publish(make_photo(marie, width=4032, height=3024))
    data = json.loads(re.search(r'<script type="application/ld\+json">(.+?)</script>', page(marie)).group(1))
    assert data["image"] == [f"http://127.0.0.1:8000/medias/{photo.name}-1280.jpg"]


def test_a_closed_shop_shows_its_facade_again(marie):
    publish(make_photo(marie))
    marie.close(by=None, at=TUESDAY_10H)
    html = page(marie)
    assert "<picture>" not in html
    assert 'class="front' in html


def test_photos_cost_no_further_question(marie, paul, client, django_assert_num_queries):
    publish(*[make_photo(marie, seed=number) for number in range(3)])
    client.get(f"/fr/commerces/{paul.slug}/")  # the city's frame and totals are kept from here on
    # 1 the catalogue's row, 2 the shop with its links and photos, 3 the shops around it
    with django_assert_num_queries(3):
        assert b"<picture>" in client.get(f"/fr/commerces/{marie.slug}/").content


@pytest.mark.parametrize(("x", "y", "crop"), [(0, 100, "x0 y100"), (50, 50, "x50 y50"), (13, 88, "x25 y100")])
def test_the_focus_is_a_class_for_want_of_a_style(x, y, crop):
    assert picture.crop_of(x, y) == crop


# The files

TYPES = {"avif": "image/avif", "jpg": "image/jpeg"}


def media(photo, file="320.avif", client=None, **headers):
    return (client or Client()).get(f"/medias/{photo.name}-{file}", headers=headers)


@pytest.mark.parametrize("suffix", TYPES)
@pytest.mark.parametrize("content", [b"", b"<svg><script>alert(1)</script></svg>", b"\xff\xd8\xff"])
def test_a_file_goes_out_as_a_picture_whatever_is_in_it(marie, suffix, content):
    (photo,) = publish(make_photo(marie, content=content or None))
    response = media(photo, f"320.{suffix}")
    assert response.status_code == 200
    assert response.headers["Content-Type"] == TYPES[suffix]
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response.headers["Content-Disposition"] == "inline"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "Cookie" not in response.headers.get("Vary", "")
    assert not response.cookies
    again = media(photo, f"320.{suffix}", **{"If-None-Match": response.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_head_says_the_same_and_nothing_else_is_answered(marie):
    (photo,) = publish(make_photo(marie))
    response = Client().head(f"/medias/{photo.name}-320.jpg")
    assert (response.status_code, response.content, response.headers["Content-Type"]) == (
        200,
        b"",
        "image/jpeg",
    )
    assert Client().post(f"/medias/{photo.name}-320.jpg").status_code == 405


@pytest.mark.parametrize(
    "file",
    [
        "321.avif",
        "0.avif",
        "320.svg",
        "320.html",
        "320.php",
        "320.original",
        "99999999999999999999.avif",
        "320.avif/x",
    ],
)
def test_only_what_was_made_is_there(marie, file):
    (photo,) = publish(make_photo(marie))
    assert media(photo, file).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "original", "../x-320.jpg", "..%2f..%2fsettings-320.jpg", "x-320.jpg", "%00-320.jpg", f"{'0' * 32}-320.jpg",
        f"{'f' * 300}-320.jpg", "-320.jpg", f"{'A' * 32}-{'9' * 5000}.jpg",
    ],
)  # fmt: skip
def test_no_path_leads_elsewhere(marie, path):
    assert Client(raise_request_exception=False).get(f"/medias/{path}").status_code == 404


def test_a_name_is_never_a_path():
    for name in ("../../etc/passwd", "a" * 31, "G" * 32, "", "a" * 32 + "\n"):
        with pytest.raises(ValueError, match=re.escape(name) or "^$"):
            shelf.path(name, "320.jpg")


def test_what_is_not_published_is_not_there(marie, paul, paul_himself):
    photo = make_photo(marie)
    for client in (Client(), enter(Client(), paul_himself)):
        assert media(photo, client=client).status_code == 404
    publish(photo)
    assert media(photo).status_code == 200
    marie.suspend(by=None, at=TUESDAY_10H, why="Contrôle")
    assert media(photo).status_code == 404
    draft = make_shop(status=Shop.Status.DRAFT)
    assert media(publish(make_photo(draft))[0]).status_code == 404


def test_a_file_that_is_gone_is_not_found(marie):
    (photo,) = publish(make_photo(marie))
    shelf.drop(photo.name)
    assert media(photo).status_code == 404


def test_a_file_costs_two_questions(marie, client, django_assert_num_queries):
    (photo,) = publish(make_photo(marie))
    media(photo, client=client)
    # 1 the catalogue's row, 2 whether the photo is published
    with django_assert_num_queries(2):
        media(photo, client=client)


# Uploads beyond what is taken


def test_of_a_file_too_large_only_the_beginning_is_kept():
    from vitrine.uploads import KEPT_BYTES

    boundary = "limit"
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="photos"; filename="a.jpg"\r\n\r\n'.encode()
        + bytes(KEPT_BYTES + 3_000_000)
        + f"\r\n--{boundary}--\r\n".encode()
    )
    request = RequestFactory().generic("POST", "/", body, f"multipart/form-data; boundary={boundary}")
    with request.FILES["photos"] as file:
        assert file.size == KEPT_BYTES + 3_000_000
        assert len(file.read()) == KEPT_BYTES + 1


# The shelf, on a disk and on S3


@pytest.fixture
def bucket(settings, monkeypatch):
    """A bucket of S3 that lives as long as the test."""
    import boto3
    from moto import mock_aws

    from vitrine.settings import media_storage

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        resource = boto3.resource("s3", region_name="us-east-1")
        bucket = resource.create_bucket(Bucket="vitrine-photos")
        environ = {
            "VITRINE_S3_BUCKET": "vitrine-photos",
            "VITRINE_S3_REGION": "us-east-1",
            "VITRINE_S3_PREFIX": "live",
        }
        settings.STORAGES = {**settings.STORAGES, "default": media_storage(environ)}
        yield bucket


@pytest.fixture(params=["disk", "s3"])
def shelf_of(request):
    return request.getfixturevalue("bucket") if request.param == "s3" else None


def test_a_photo_lives_on_the_shelf_and_leaves_it(shelf_of, marie):
    (photo,) = publish(make_photo(marie, content=b"one"))
    shelf.put(photo.name, "320.avif", b"two")  # again, as a job that runs twice does
    response = media(photo)
    assert (response.status_code, response.content) == (200, b"two")
    assert response.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert list(shelf.names()) == [photo.name]
    assert shelf.newest(photo.name) > TUESDAY_10H - timedelta(days=3650)
    if shelf_of:
        keys = [item.key for item in shelf_of.objects.all()]
        assert f"live/photos/{photo.name[:2]}/{photo.name}/320.avif" in keys
    shelf.drop(photo.name)
    shelf.drop(photo.name)
    assert list(shelf.names()) == []
    assert media(photo).status_code == 404
    if shelf_of:
        assert not list(shelf_of.objects.all())


def test_received_developed_and_erased_on_s3(bucket, marie, django_capture_on_commit_callbacks):
    from shops.photos import develop, page, receive
    from tests.photos.files import jpeg, upload

    photo = receive.receive(marie, upload(jpeg()), by=None, at=TUESDAY_10H)
    assert [item.key.rpartition("/")[2] for item in bucket.objects.all()] == ["original"]
    with django_capture_on_commit_callbacks(execute=True):
        develop.develop_received(photo.pk, at=TUESDAY_10H)
    assert len(list(bucket.objects.all())) == 6
    with django_capture_on_commit_callbacks(execute=True):
        page.erase(photo, by=None, at=TUESDAY_10H)
    assert not list(bucket.objects.all())


def test_without_a_bucket_photos_lie_in_var(settings):
    from vitrine.settings import VAR_DIR, media_storage

    assert media_storage({})["OPTIONS"]["location"] == VAR_DIR / "media"
    assert storages["default"].location.endswith("media")
