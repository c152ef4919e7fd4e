"""Marie reads what visitors say of her page, and answers in two gestures."""

from datetime import timedelta

import pytest
from django.utils import translation

from shops.links import checking
from shops.models import Link, Report
from tests.door import enter
from tests.reports.conftest import TUESDAY_10H, make_report

PAGE = "/fr/comptoir/mar1eeck/signalements/"
NINA = "nina@courrier.example"


@pytest.fixture
def desk(client, marie_herself):
    return enter(client, marie_herself)


def read(desk):
    return desk.get(PAGE).content.decode().replace("\N{NO-BREAK SPACE}", " ")


def answer(desk, kind="hours", outcome="corrected", **typed):
    seen = " ".join(str(report.pk) for report in Report.objects.filter(kind=kind, state="merchant"))
    return desk.post(PAGE, {"kind": kind, "outcome": outcome, "seen": seen, **typed})


def test_marie_sees_what_is_said_and_not_who_says_it(desk, marie):
    make_report(marie, "hours", message="Fermé le lundi", email=NINA)
    make_report(marie, "hours", message="Le lundi, porte close")
    make_report(marie, "content", message="Que seule la Ville lit")
    html = read(desk)
    assert "Fermé le lundi" in html
    assert "2 personnes le disent." in html
    assert "1 décembre 2026" in html.replace("1er ", "1 ")
    assert NINA not in html
    assert "Que seule la Ville lit" not in html


def test_marie_answers_and_it_is_done(desk, marie, marie_herself, outbox):
    report = make_report(marie, "hours", email=NINA)
    response = answer(desk, outcome="right", words="Nous ouvrons à 14 h le lundi.")
    assert (response.status_code, response.headers["Location"]) == (302, PAGE)
    report.refresh_from_db()
    assert (report.state, report.outcome, report.answered_by) == ("answered", "right", marie_herself)
    html = read(desk)
    assert "Rien à signaler" in html
    assert "Nous ouvrons à 14 h le lundi." in html
    assert outbox()[-1].to == [NINA]


def test_a_double_click_is_harmless(desk, marie, outbox):
    report = make_report(marie, "hours", email=NINA)
    form = {"kind": "hours", "outcome": "corrected", "seen": str(report.pk)}
    for _click in range(2):
        assert desk.post(PAGE, form).status_code == 302
    assert len([mail for mail in outbox() if mail.to == [NINA]]) == 1
    assert "Quelqu’un a déjà répondu" in read(desk)


def test_a_wrong_form_comes_back_as_itself(desk, marie):
    make_report(marie, "hours")
    response = answer(desk, outcome="", words="Presque fini d’écrire")
    html = response.content.decode()
    assert response.status_code == 200
    assert "Presque fini d’écrire" in html
    assert "<title>À corriger" in html
    assert Report.objects.get().state == "merchant"


@pytest.mark.parametrize(
    "typed",
    [
        {"outcome": "removed"},
        {"outcome": "noted"},
        {"kind": "content"},
        {"kind": "nonsense"},
        {"kind": ""},
        {"seen": ""},
        {"seen": "x"},
        {"seen": "9" * 30},
        {"seen": "1 " * 600},
        {"words": "x" * 3000},
        {"words": "\x00"},
    ],
)
def test_hostile_input_changes_nothing(desk, marie, typed):
    report = make_report(marie, "hours")
    response = desk.post(PAGE, {"kind": "hours", "outcome": "corrected", "seen": str(report.pk)} | typed)
    assert response.status_code in (200, 302)
    report.refresh_from_db()
    assert report.state == "merchant"


def test_marie_cannot_answer_for_paul(desk, marie, paul, paul_himself):
    report = make_report(paul, "hours")
    desk.post(PAGE, {"kind": "hours", "outcome": "corrected", "seen": str(report.pk)})
    report.refresh_from_db()
    assert report.state == "merchant"


def test_only_those_who_keep_the_page_come_in(client, marie, marie_herself, paul_himself, tom, claire):
    assert client.get(PAGE).headers["Location"].startswith("/fr/compte/connexion/")
    for stranger in (paul_himself, tom, claire):
        enter(client, stranger)
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE, {"kind": "hours"}).status_code == 404


def test_what_a_visitor_wrote_stays_text(desk, marie):
    make_report(marie, "hours", message="<script>alert(1)</script> <b hx-get=x>")
    html = read(desk)
    assert "<script>alert" not in html
    assert "<b hx-get" not in html


def test_dead_links_are_marked(desk, marie):
    link = Link.objects.create(shop=marie, kind="website", url="https://um-eck.example/")
    assert "Liens qui ne mènent" not in read(desk)
    for week in range(3):
        checking.note(link, "gone", at=TUESDAY_10H + timedelta(days=7 * week))
    html = read(desk)
    assert "Liens qui ne mènent plus nulle part" in html
    assert "La page n’existe plus." in html


def test_the_menu_leads_here(desk, marie):
    assert f'href="{PAGE}" aria-current="page"' in read(desk)
    with translation.override("de"):
        assert desk.get(PAGE.replace("/fr/", "/de/")).status_code == 200


def test_the_queries_do_not_grow_with_what_is_said(desk, marie, django_assert_num_queries):
    for kind in ("hours", "contact", "moved", "access", "category", "other"):
        for _nina in range(4):
            make_report(marie, kind, message="…")
    desk.get(PAGE)
    # The catalogue; session, person, second factor's absence is not asked; the shop with its membership, its own
    # role; open reports, answered ones, dead links.
    with django_assert_num_queries(8):
        desk.get(PAGE)
