"""Taking one's data away: everything that is of her is in the file, and nothing of anybody else's."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from accounts.models import LostAddress
from shops.models import (
    Change,
    Claim,
    Draft,
    Event,
    Invitation,
    Membership,
    Reminder,
    Report,
    Revision,
    Trader,
)
from shops.photos import shelf
from tests.desks.test_my_page import address, text
from tests.door import enter
from tests.people import make_person
from tests.photos.files import disk, make_photo
from tests.shops.factories import TUESDAY_10H as AT

PLANTED = [f"planted-{number:02}" for number in range(1, 26)]
EXPORTS_AN_HOUR = 10


@pytest.fixture
def planted(marie, marie_herself):
    """Twenty-five facts about Marie, each in another place."""
    say = iter(PLANTED)
    email = marie_herself.email
    marie_herself.name = next(say)
    marie_herself.save()
    marie_herself.emailaddress_set.create(email=f"{next(say)}@x.example", verified=False)
    marie.description = next(say)
    marie.save()
    claim = {"register_number": next(say), "message": next(say), "phone": next(say), "role": next(say)}
    why = next(say)
    Claim.objects.create(
        shop=marie, user=marie_herself, name=next(say), language="fr", created_at=AT, method="word",
        state="refused", why=why, decided_at=AT, **claim,
    )  # fmt: skip
    trader = {"legal_name": next(say), "address": next(say), "vat_number": next(say)}
    Trader.objects.create(
        shop=marie, email="siege@x.example", certified_at=AT, certified_by=marie_herself, **trader
    )
    invited = f"{next(say)}@x.example"
    Invitation.objects.create(
        shop=marie, email=invited, role="till", invited_by=marie_herself, created_at=AT, expires_at=AT
    )
    common = {"language": "fr", "created_at": AT, "shop": marie, "topic": "t"}
    Report.objects.create(kind="help", email=email, message=next(say), **common)
    Report.objects.create(kind="hours", email="nina@x.example", message=next(say), state="merchant", **common)
    LostAddress.objects.create(
        name=next(say), phone=next(say), shop=next(say), old_email=f"{next(say)}@x.example", new_email=email,
        language="fr", created_at=AT,
    )  # fmt: skip
    Draft.objects.create(shop=marie, user=marie_herself, section="nom", data={"a": [next(say)]}, saved_at=AT)
    revision = Revision.objects.create(
        shop=marie, by=marie_herself, side="merchant", at=AT, base_version=0, note=next(say)
    )
    Change.objects.create(
        revision=revision, shop=marie, field="summary", after=next(say), state="refused", reason="other",
        words=next(say), appeal=next(say), decided_at=AT,
    )  # fmt: skip
    Event.note(marie, "facts:proposed", by=marie_herself, at=AT, why=next(say))
    Reminder.objects.create(shop=marie, user=marie_herself, purpose="confirm", groups=["hours"], sent_at=AT)
    Authenticator.objects.create(user=marie_herself, type="totp", data={"secret": "never-in-a-file"})
    Membership.objects.filter(user=marie_herself).update(wants_reminders=False)
    assert next(say, None) is None
    return marie


def test_twenty_five_facts_planted_twenty_five_found(at_desk, planted):
    said = at_desk.get(address(planted, "data_export")).content.decode()
    assert [fact for fact in PLANTED if fact not in said] == []
    kept = json.loads(said)
    assert kept["person"]["reminders"][0]["groups"] == ["hours"]
    assert kept["person"]["roles"][0]["wants_reminders"] is False
    assert kept["person"]["claims"][0]["method"] == "word"
    assert kept["person"]["second_factors"][0]["type"] == "totp"


def test_neither_keys_nor_a_reporters_address_are_in_it(at_desk, planted):
    said = at_desk.get(address(planted, "data_export")).content.decode()
    for other in ("never-in-a-file", "nina@x.example", "code_hash", "password"):
        assert other not in said


def test_nothing_of_hers_is_in_somebody_elses(client, planted, paul, paul_himself):
    enter(client, paul_himself)
    said = client.get(address(paul, "data_export")).content.decode()
    assert [fact for fact in PLANTED if fact in said] == []


def test_the_till_and_an_editor_see_no_legal_particulars(client, planted, tom):
    enter(client, tom)
    for role in ("till", "editor"):
        Membership.objects.filter(user=tom).update(role=role)
        kept = client.get(address(planted, "data_export")).json()
        assert ("page" in kept, "trader" in kept.get("page", {})) == (role == "editor", False)


def test_a_person_without_a_shop_takes_hers_away_and_finds_the_way(client, city):
    lea = make_person("lea@x.example", name="Léa")
    enter(client, lea)
    home = text(client.get(reverse("account_home")))
    assert reverse("merchant:my_data") in home
    assert reverse("merchant:delete_account") in home
    response = client.get(reverse("merchant:my_data"))
    assert "mes-donnees.json" in response["Content-Disposition"]
    assert response.json()["person"]["name"] == "Léa"


def test_the_photos_come_as_files(at_desk, marie, settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "default": disk(tmp_path)}
    photo = make_photo(marie)
    widest = photo.sizes[-1][0]
    response = at_desk.get(address(marie, "photos_export"))
    assert response["Content-Type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.read(f"photo-{photo.pk}.jpg") == shelf.get(photo.name, f"{widest}.jpg")
        assert len(archive.namelist()) == 1


def test_a_page_without_photos_gives_an_empty_file(at_desk, marie):
    response = at_desk.get(address(marie, "photos_export"))
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        assert archive.namelist() == []


def test_nobody_takes_it_all_away_all_day_long(at_desk, marie, clock):
    for _time in range(EXPORTS_AN_HOUR):
        assert at_desk.get(address(marie, "data_export")).status_code == 200
    for name in ("data_export", "photos_export"):
        assert "attendez une heure" in text(at_desk.get(address(marie, name), follow=True))
    assert "attendez une heure" in text(at_desk.get(reverse("merchant:my_data"), follow=True))
    clock(AT + timedelta(hours=1))
    assert at_desk.get(address(marie, "data_export")).status_code == 200
