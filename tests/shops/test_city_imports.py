"""Files at the City's desk: looked at first, then exactly that is written; taken away and brought back, nothing changes."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import CityRole
from shops import exporting, importing
from shops.desks.tables import csv_text
from shops.importing import runs
from shops.importing.files import MAX_BYTES
from shops.models import Event, ImportRun, Premises, Shop
from shops.models.photo import FILE_BYTES_AT_MOST
from tests.door import enter
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H, make_shop
from vitrine.uploads import KEPT_BYTES

SHOPS = b"external_id,name,category,lat,lon\ncity:1,Epicerie Fine,bakery,49.595,6.130\n"
REGISTER = (
    b"street,house_number,lat,lon,occupancy,seen_on\nAvenue de la Gare,1,49.595,6.130,occupied,2026-11-01\n"
)
State = ImportRun.State


@pytest.fixture
def claire(city):
    return make_person("claire@ville.example", city_roles=[CityRole.MODERATOR])


@pytest.fixture
def desk(client, claire):
    return enter(client, claire)


def hand_in(desk, content=SHOPS, kind="shops", **more):
    return desk.post(
        reverse("city:imports"), {"kind": kind, "file": SimpleUploadedFile("fichier.csv", content), **more}
    )


def page(desk, run):
    return desk.get(reverse("city:import", args=[run.pk])).content.decode()


def decide(desk, run, what, fingerprint=None):
    run.refresh_from_db()
    said = {what: "1", "fingerprint": run.fingerprint if fingerprint is None else fingerprint}
    return desk.post(reverse("city:import_decide", args=[run.pk]), said)


def test_a_large_file_is_taken_whole(desk):
    content = SHOPS + b"#" * 15_000_000
    assert hand_in(desk, content).status_code == 302
    assert bytes(ImportRun.objects.get().content) == content


def test_a_file_larger_than_promised_is_refused_in_a_sentence_and_nothing_of_it_kept(desk):
    answer = hand_in(desk, SHOPS + b"#" * 40_000_000, confirmed_on="2026-11-01")
    assert answer.status_code == 200
    assert "Ce fichier dépasse 32 Mo : coupez-le en plusieurs." in answer.text
    assert 'value="2026-11-01"' in answer.text
    assert not ImportRun.objects.exists()


def test_whatever_a_form_takes_is_kept_whole_until_it_has_read_it():
    assert max(MAX_BYTES, FILE_BYTES_AT_MOST) <= KEPT_BYTES


@pytest.mark.parametrize("name", ["imports", "figures", "figures_csv"])
def test_before_a_city_is_loaded_the_desk_says_so(client, db, name):
    enter(client, make_person("claire@ville.example", city_roles=[CityRole.MODERATOR]))
    for answer in (client.get(reverse(f"city:{name}")), client.post(reverse("city:imports"), {})):
        assert answer.status_code == 503
        assert "Aucune ville n’est encore chargée." in answer.text
        assert "load_city" in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "queue",
        "claims",
        "shops",
        "reports",
        "phone_list",
        "premises",
        "journal",
        "calls",
        "letters",
        "proposed",
    ],
)
def test_before_a_city_is_loaded_the_other_pages_of_the_desk_are_empty(client, db, name):
    enter(client, make_person("claire@ville.example", city_roles=[CityRole.MODERATOR]))
    assert client.get(reverse(f"city:{name}")).status_code == 200
    assert client.get("/gestion/").status_code == 200


def test_before_a_city_is_loaded_the_plain_desk_stands(client, db):
    enter(client, make_person("root@ville.example", city_roles=[CityRole.ADMINISTRATOR]))
    for name in ("changelist", "add"):
        assert client.get(reverse(f"admin:shops_shop_{name}")).status_code in (200, 403)


@pytest.mark.parametrize(
    ("kind", "content", "model"), [("shops", SHOPS, Shop), ("premises", REGISTER, Premises)]
)
def test_a_file_is_read_shown_and_written_on_a_word(desk, kind, content, model):
    response = hand_in(desk, content, kind)
    run = ImportRun.objects.get()
    assert response.url == reverse("city:import", args=[run.pk])
    assert "hx-get" in page(desk, run), "the page asks how far it is"
    runs.read(run.pk, at=TUESDAY_10H)
    run.refresh_from_db()
    assert run.state == State.READY
    assert not model.objects.exists()
    shown = page(desk, run)
    assert "Écrire ces changements" in shown
    assert "hx-get" not in shown
    decide(desk, run, "write")
    runs.write(run.pk, at=TUESDAY_10H)
    run.refresh_from_db()
    assert (run.state, run.content) == (State.WRITTEN, None)
    assert model.objects.count() == 1
    assert Event.objects.filter(kind="import:written").count() == 1
    # A job that a killed worker left runs again.
    runs.write(run.pk, at=TUESDAY_10H)
    assert Event.objects.filter(kind="import:written").count() == 1


def test_what_moved_meanwhile_is_shown_again_before_it_is_written(desk):
    hand_in(desk)
    run = ImportRun.objects.get()
    runs.read(run.pk, at=TUESDAY_10H)
    make_shop("Autre nom", external_id="city:1")
    decide(desk, run, "write")
    runs.write(run.pk, at=TUESDAY_10H)
    run.refresh_from_db()
    assert (run.state, run.moved) == (State.READY, True)
    assert Shop.objects.get().name == "Autre nom"
    assert "a changé depuis que vous avez regardé" in page(desk, run)


def test_a_word_on_an_older_report_is_not_taken(desk):
    hand_in(desk)
    run = ImportRun.objects.get()
    runs.read(run.pk, at=TUESDAY_10H)
    decide(desk, run, "write", fingerprint="of another report")
    run.refresh_from_db()
    assert run.state == State.READY


def test_a_double_click_and_a_second_officer_are_harmless(desk):
    hand_in(desk)
    run = ImportRun.objects.get()
    runs.read(run.pk, at=TUESDAY_10H)
    decide(desk, run, "drop")
    assert decide(desk, run, "write").status_code == 302
    run.refresh_from_db()
    assert (run.state, run.content) == (State.DROPPED, None)


def test_a_broken_file_says_why_and_changes_nothing(desk):
    hand_in(desk, b"PK\x03\x04 a workbook")
    run = ImportRun.objects.get()
    runs.read(run.pk, at=TUESDAY_10H)
    run.refresh_from_db()
    assert (run.state, run.content) == (State.FAILED, None)
    assert "CSV UTF-8" in page(desk, run)


@pytest.mark.parametrize(
    "said", [{"kind": "people"}, {"confirmed_on": "2030-01-01"}, {"confirmed_on": "bientôt"}, {"file": b""}]
)
def test_a_wrong_form_comes_back_with_a_sentence(desk, said):
    content = said.pop("file", SHOPS)
    response = hand_in(desk, content, **({"kind": "shops"} | said))
    assert response.status_code == 200
    assert 'id="erreurs"' in response.content.decode()
    assert not ImportRun.objects.exists()


@pytest.mark.parametrize(
    "name", ["imports", "premises", "streets", "figures", "figures_csv", "export_shops", "export_premises"]
)
def test_who_may_look(client, city, name):
    address = reverse(f"city:{name}")
    assert client.get(address).status_code == 302
    for roles, status in (([], 404), ([CityRole.AUDITOR], 200), ([CityRole.FINANCE], None)):
        person = make_person(f"{'-'.join(roles) or 'marie'}@x.example", city_roles=roles)
        found = enter(client, person).get(address).status_code
        # Finance sees shops, and nothing of the rest.
        assert found == (status or (200 if name == "export_shops" else 404)), roles


def test_the_auditor_sees_and_changes_nothing(client, city, claire):
    run = ImportRun.receive("shops", "f.csv", SHOPS, confirmed_on=None, by=claire, at=TUESDAY_10H)
    runs.read(run.pk, at=TUESDAY_10H)
    desk = enter(client, make_person("aude@ville.example", city_roles=[CityRole.AUDITOR]))
    assert "Écrire ces changements" not in page(desk, run)
    assert decide(desk, run, "write").status_code == 404
    hand_in(desk)
    assert ImportRun.objects.count() == 1


def test_shops_taken_away_and_brought_back_change_nothing(city, marie, paul):
    make_shop(
        "=Formule",
        phone="+35227111111",
        email="a@b.example",
        house_number="-1",
        i18n={"name_de": "+Formel"},
        # As many digits as a float may need.
        lon=6.1250500000000001 + 0.0013000000000001,
        lat=49.5905,
    )
    languages = ["de", "lb", "en"]
    text = csv_text(exporting.shop_columns(languages), exporting.shop_rows(languages))
    assert '"\'=Formule"' in text
    found = importing.plan(io.BytesIO(text.encode()), source="export.csv", at=TUESDAY_10H)
    assert [row.row.refusal for row in found.outcomes] == [None] * 3
    assert [(outcome.verdict, outcome.changes, outcome.differences) for outcome in found.outcomes] == [
        ("unchanged", {}, {})
    ] * 3


def test_no_cell_of_an_export_is_a_formula(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(name="=1+1", street="@SUM(A1)", other_names="\tcmd")
    body = desk.get(reverse("city:export_shops")).content.decode()
    assert '"\'=1+1"' in body
    assert '"\'@SUM(A1)"' in body


def test_the_register_page_asks_a_bounded_number_of_questions(desk, django_assert_max_num_queries):
    for number in range(60):
        Premises.objects.create(
            street="Grand-Rue", house_number=str(number), district_id=make_shop().district_id
        )
    desk.get(reverse("city:premises"))
    # The catalogue's row; session, user, second factor, two for groups that nobody is in; then how many premises, coverage,
    # districts (table, form), a page of premises, their shops; the time of the last request, in a savepoint.
    with django_assert_max_num_queries(15):
        assert desk.get(reverse("city:premises")).status_code == 200


def test_claire_walks_a_street_and_notes_what_she_sees(desk, marie):
    room = Premises.objects.create(
        street=marie.street, house_number=marie.house_number, district=marie.district
    )
    assert marie.name in desk.get(reverse("city:street", args=[room.street_slug])).content.decode()
    address = reverse("city:premises_one", args=[room.pk])
    assert marie.name in desk.get(address).content.decode()
    wrong = desk.post(address, {"occupancy": "occupied", "shops": [marie.public_id], "seen_on": "2027-01-01"})
    assert wrong.status_code == 200
    assert "à venir" in wrong.content.decode()
    desk.post(address, {"occupancy": "occupied", "shops": [marie.public_id], "seen_on": "2026-11-24"})
    room.refresh_from_db()
    assert (room.occupancy, list(room.shops.all())) == ("occupied", [marie])


@pytest.mark.parametrize(
    "query", ["quartier=nulle-part", "page=9999999999999999", "rue=%00", "occupation=x&page=-1"]
)
def test_a_strange_address_is_no_fault(desk, query):
    assert desk.get(reverse("city:premises") + "?" + query).status_code == 200
