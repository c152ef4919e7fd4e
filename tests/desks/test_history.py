"""What happened to a page, for its people: in sentences, paged, as a table."""

import csv
import io

import pytest

from shops.desks import tables
from shops.editing import revisions
from shops.editing.revisions import Accept
from shops.models import Change, Event
from shops.vocabulary import ConfirmedBy
from tests.desks.test_my_page import LATER, address, save, text
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H


def test_who_did_what_in_sentences(at_desk, marie, marie_herself, claire):
    anna = make_person("anna@boulangerie.example", name="Anna Diederich")
    make_member(marie, anna, "editor")
    save(marie, marie_herself, summary="Du pain.")
    save(marie, anna, services=["terrace"])
    revisions.decide(marie, {Change.objects.waiting().get().pk: Accept()}, by=claire, at=LATER)
    said = text(at_desk.get(address(marie, "history")))
    assert "Vous avez proposé un changement à la Ville" in said
    assert "Anna Diederich a changé la page" in said
    assert "La Ville a accepté un changement" in said
    assert "Claire" not in said
    assert "<del>Livraison · Commande à emporter</del>" in said
    assert "<ins>Terrasse</ins>" in said


def test_hours_are_said_as_people_say_them(at_desk, marie, marie_herself):
    save(marie, marie_herself, opening_hours="Mo-Fr 07:00-12:00,14:00-18:30")
    said = text(at_desk.get(address(marie, "history")))
    assert "07:00" not in said
    assert "lundi–vendredi : 7 h – 12 h, 14 h – 18 h 30" in said.lower()


def test_what_is_the_citys_own_business_stays_there(at_desk, marie, claire):
    Event.note(marie, "letter:evidence", by=claire, at=TUESDAY_10H, after={"x": "secret"}, why="secret")
    said = text(at_desk.get(address(marie, "history")))
    assert "La Ville a fait autre chose sur la page" in said
    assert "secret" not in said


def test_who_has_no_account_any_more_is_nobody(at_desk, marie):
    anna = make_person("anna@boulangerie.example", name="Anna Diederich")
    save(marie, anna, services=["terrace"])
    anna.delete()
    said = text(at_desk.get(address(marie, "history")))
    assert "Une personne qui n’a plus de compte a changé la page" in said


def test_nothing_yet_says_so(at_desk, marie):
    assert "Votre premier changement s’écrira ici" in text(at_desk.get(address(marie, "history")))


def test_it_is_paged_by_key(at_desk, marie, marie_herself, django_assert_num_queries):
    for number in range(60):
        Event.note(marie, "edited", by=marie_herself, at=TUESDAY_10H, after={"number": number})
    seen, page = [], address(marie, "history")
    at_desk.get(page)  # the city is read once
    while page:
        # Session, person, catalogue; the shop; the events with who did them; the shop's people; her membership.
        with django_assert_num_queries(7):
            response = at_desk.get(page)
        seen += [line.pk for _day, lines in response.context["days"] for line in lines]
        after = response.context["next"]
        page = f"{address(marie, 'history')}?avant={after}" if after else ""
        # What happens meanwhile moves nothing.
        Event.note(marie, "edited", by=marie_herself, at=LATER)
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == 60


@pytest.mark.parametrize("before", ["", "x", "-1", "9" * 30, "\x00", "²"])
def test_a_key_that_is_none_shows_the_latest(at_desk, marie, marie_herself, before):
    save(marie, marie_herself, services=["terrace"])
    response = at_desk.get(address(marie, "history"), {"avant": before})
    assert "Vous avez changé la page" in text(response)


def test_a_shop_sees_its_own_alone(at_desk, marie, paul, paul_himself):
    save(paul, paul_himself, services=["terrace"])
    assert "a changé la page" not in text(at_desk.get(address(marie, "history")))


def rows(response):
    body = response.content.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(body, newline=""), delimiter=";"))


def test_it_can_be_taken_away_as_a_table(at_desk, marie, marie_herself):
    save(marie, marie_herself, services=["terrace"], phone="+352621123456")
    response = at_desk.get(address(marie, "history_export"))
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert f"historique-{marie.public_id}.csv" in response["Content-Disposition"]
    header, *lines = rows(response)
    assert len(header) == 7
    assert lines[0][:2] == ["2026-11-24 10:00", "Vous"]
    assert lines[0][3:6] == ["Téléphone", "rien", "'+352621123456"]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "＝"])
def test_no_cell_is_a_formula(sign):
    typed = f"{sign}cmd|'/c calc'!A0"
    ((shown,),) = csv.reader(io.StringIO(tables.csv_text([typed], []), newline=""), delimiter=";")
    assert shown == f"'{typed}"


def test_other_cells_are_as_they_are():
    assert [tables.cell(value) for value in ("Pain; beurre", 12, None, "a=b")] == [
        "Pain; beurre",
        "12",
        "",
        "a=b",
    ]


def test_a_hostile_text_in_the_export_is_text(at_desk, marie, marie_herself):
    save(marie, marie_herself, summary='=HYPERLINK("http://evil.example")')
    for line in rows(at_desk.get(address(marie, "history_export"))):
        assert all(not cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in line)


def test_the_city_writing_for_her_is_the_city(at_desk, marie, claire):
    save(marie, claire, side=ConfirmedBy.CITY, house_number="7")
    assert "La Ville a changé la page" in text(at_desk.get(address(marie, "history")))
