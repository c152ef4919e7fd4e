"""Claire reads what residents say, the gravest first, and answers all who said the same at once. Aude only reads."""

from datetime import timedelta

import pytest

from accounts.models import CityRole
from accounts.rights import permissions_of
from shops.models import Event, Report
from tests.door import enter
from tests.people import make_person
from tests.reports.conftest import TUESDAY_10H, make_report

QUEUE = "/gestion/signalements/"
NINA = "nina@courrier.example"


@pytest.fixture
def desk(client, claire):
    return enter(client, claire)


def page_of(report):
    return f"{QUEUE}{report.number}/"


def text(response):
    return response.content.decode().replace("\N{NO-BREAK SPACE}", " ")


def order(html, *sentences):
    return sorted(sentences, key=html.index)


def test_the_queue_shows_topics_the_gravest_first_then_the_oldest(desk, marie, paul):
    make_report(paul, "closed", at=TUESDAY_10H - timedelta(days=2), message="Vitrine vide")
    for _nina in range(3):
        make_report(marie, "hours", at=TUESDAY_10H - timedelta(days=3), message="Fermé le lundi")
    make_report(marie, "content", message="Une insulte")
    html = text(desk.get(QUEUE))
    assert order(html, "Vitrine vide", "Fermé le lundi", "Une insulte") == [
        "Une insulte", "Fermé le lundi", "Vitrine vide",
    ]  # fmt: skip
    assert "3 personnes" in html
    assert "depuis 3" in html


def test_the_parts_of_the_queue(desk, marie, marie_herself):
    make_report(marie, "hours", message="Chez Marie")
    make_report(marie, "content", message="À la Ville")
    make_report(None, "missing", name="Cordonnerie Weber")
    assert "Chez Marie" not in text(desk.get(QUEUE))
    assert "Chez Marie" in text(desk.get(QUEUE, {"etat": "merchant"}))
    html = text(desk.get(QUEUE, {"sujet": "missing"}))
    assert "Cordonnerie Weber" in html
    assert "À la Ville" not in html.partition("<main")[2].partition("<ol")[2]
    assert "Rien ici" in text(desk.get(QUEUE, {"etat": "answered"}))


def test_missing_shops_are_ranked_by_how_many_name_them(desk, city):
    make_report(None, "missing", name="Chez Fatima", at=TUESDAY_10H - timedelta(days=9))
    for _nina in range(2):
        make_report(None, "missing", name="Cordonnerie Weber")
    html = text(desk.get(QUEUE, {"sujet": "missing"}))
    assert order(html, "Chez Fatima", "Cordonnerie Weber") == ["Cordonnerie Weber", "Chez Fatima"]
    assert "l’ordre des visites" in html


@pytest.mark.parametrize(
    "asked", [{"etat": "x"}, {"sujet": "x"}, {"page": "9" * 30}, {"page": "0"}, {"etat": "\x00"}]
)
def test_a_queue_asked_for_wrongly_is_the_queue(desk, marie, asked):
    make_report(marie, "content", message="Une insulte")
    response = desk.get(QUEUE, asked)
    assert response.status_code == 200
    assert "Une insulte" in text(response)


def test_an_empty_queue_says_so(desk, city):
    assert "Rien ici : tout est lu." in text(desk.get(QUEUE))


def test_claire_reads_everything_and_answers_everybody_at_once(desk, marie, claire, outbox):
    reports = [make_report(marie, "hours", message=f"Fermé {day}", email=NINA) for day in ("lundi", "mardi")]
    html = text(desk.get(page_of(reports[0])))
    assert "Fermé lundi" in html
    assert "Fermé mardi" in html
    assert NINA in html
    assert "2 personnes ont laissé une adresse." in html
    assert "C’est corrigé. Merci de nous l’avoir dit." in html
    seen = " ".join(str(report.pk) for report in reports)
    response = desk.post(
        page_of(reports[0]), {"do": "answer", "outcome": "corrected", "words": "", "seen": seen}
    )
    assert (response.status_code, response.headers["Location"]) == (302, QUEUE)
    assert set(Report.objects.values_list("state", "answered_by")) == {("answered", claire.pk)}
    assert len(outbox()) == 2
    assert "2 personnes reçoivent la réponse." in text(desk.get(QUEUE))


def test_a_decision_on_content_needs_reasons(desk, marie):
    report = make_report(marie, "content", message="Une insulte")
    response = desk.post(
        page_of(report), {"do": "answer", "outcome": "kept", "words": " ", "seen": str(report.pk)}
    )
    assert response.status_code == 200
    assert "Les raisons de la décision" in text(response)
    assert "<title>À corriger" in text(response)
    report.refresh_from_db()
    assert report.state == "city"


@pytest.mark.parametrize(
    "typed",
    [
        {"outcome": "x"},
        {"outcome": ""},
        {"seen": "x"},
        {"seen": ""},
        {"words": "\x00"},
        {"words": "x" * 2001},
    ],
)
def test_a_wrong_answer_comes_back_as_itself(desk, marie, typed):
    report = make_report(marie, "hours")
    form = {"do": "answer", "outcome": "corrected", "words": "Bonjour", "seen": str(report.pk)} | typed
    assert desk.post(page_of(report), form).status_code == 200
    report.refresh_from_db()
    assert report.state == "city"


@pytest.mark.parametrize(
    "do", [{}, {"do": "x"}, {"do": "close", "seen": "x"}, {"do": "unite", "seen": "1", "other": "x"}]
)
def test_nonsense_does_nothing(desk, marie, do):
    report = make_report(marie, "hours")
    assert desk.post(page_of(report), do).status_code == 302
    report.refresh_from_db()
    assert report.state == "city"


def test_buttons_lay_aside_open_again_take_over_and_unite(desk, marie, marie_herself, claire):
    hers = make_report(marie, "hours")
    assert "Le commerçant a jusqu’au" in text(desk.get(page_of(hers)))
    for do, state in (("take", "city"), ("close", "closed"), ("take", "city")):
        assert desk.post(page_of(hers), {"do": do, "seen": str(hers.pk)}).status_code == 302
        hers.refresh_from_db()
        assert hers.state == state
    assert {event.by for event in Event.objects.filter(kind__in=["report:to_city", "report:closed"])} == {
        claire
    }
    one, other = (
        make_report(None, "missing", name="Weber"),
        make_report(None, "missing", name="Le Cordonnier"),
    )
    assert "Le Cordonnier" in text(desk.get(page_of(one)))
    desk.post(page_of(one), {"do": "unite", "seen": str(one.pk), "other": other.topic})
    assert Report.objects.filter(topic=other.topic).count() == 2


def test_two_at_the_desk_do_not_answer_twice(desk, marie, outbox):
    report = make_report(marie, "hours", email=NINA)
    form = {"do": "answer", "outcome": "corrected", "words": "", "seen": str(report.pk)}
    for _one in range(2):
        assert desk.post(page_of(report), form).status_code == 302
    assert len(outbox()) == 1
    assert "Quelqu’un a déjà répondu." in text(desk.get(QUEUE))


# Who may.


def test_aude_reads_without_addresses_and_changes_nothing(client, aude, marie):
    enter(client, aude)
    report = make_report(marie, "content", message="Une insulte", email=NINA)
    assert "Une insulte" in text(client.get(QUEUE))
    html = text(client.get(page_of(report)))
    assert "adresse laissée" in html
    assert NINA not in html
    assert "<form" not in html.partition("<main")[2]
    for form in (
        {"do": "close", "seen": str(report.pk)},
        {"do": "answer", "outcome": "kept", "words": "x", "seen": str(report.pk)},
    ):
        assert client.post(page_of(report), form).status_code == 404
    report.refresh_from_db()
    assert report.state == "city"


@pytest.mark.parametrize("role", [CityRole.EDITOR, CityRole.FINANCE])
def test_others_of_the_city_find_no_such_page(client, marie, role):
    enter(client, make_person("autre@ville.example", city_roles=[role]))
    report = make_report(marie, "content", message="Une insulte")
    for address in (QUEUE, page_of(report)):
        assert client.get(address).status_code == 404
        assert client.post(page_of(report), {"do": "close", "seen": str(report.pk)}).status_code == 404


def test_an_administrator_who_also_edits_keeps_her_rights():
    assert "shops.change_report" in permissions_of([CityRole.EDITOR, CityRole.ADMINISTRATOR])
    assert not {name for name in permissions_of([CityRole.EDITOR]) if name.endswith("_report")}


def test_nobody_comes_in_without_the_door(client, marie, marie_herself):
    report = make_report(marie, "content")
    for address in (QUEUE, page_of(report)):
        assert client.get(address).headers["Location"].startswith("/fr/compte/connexion/")
    enter(client, marie_herself)
    assert client.get(QUEUE).status_code == 404


@pytest.mark.parametrize("number", ["abcd2345", "x", "a" * 300])
def test_a_number_that_is_none_is_not_there(desk, city, number):
    assert desk.get(f"{QUEUE}{number}/").status_code == 404


def test_what_a_resident_wrote_stays_text(desk, marie):
    report = make_report(marie, "content", message="<script>alert(1)</script> <b hx-get=x>")
    for address in (QUEUE, page_of(report)):
        html = text(desk.get(address))
        assert "<script>alert" not in html
        assert "<b hx-get" not in html


def test_the_queries_do_not_grow_with_the_queue(desk, marie, paul, django_assert_num_queries):
    for kind in ("hours", "contact", "content", "other"):
        for shop in (marie, paul):
            make_report(shop, kind, message="…")
    report = Report.objects.first()
    desk.get(QUEUE)
    # The catalogue, session, person, second factor, rights (two); how many topics, topics, the first of each.
    with django_assert_num_queries(9):
        desk.get(QUEUE)
    # The catalogue, session, person, second factor, rights (two); the report, its topic's, what happened.
    with django_assert_num_queries(9):
        desk.get(page_of(report))
