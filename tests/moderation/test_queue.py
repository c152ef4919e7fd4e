"""The queue: one line a shop, the clock against what was promised, few questions at any size."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.models import CityRole, LostAddress
from shops.editing import revisions, rules
from shops.models import Change, Claim, ImportRun, Report, Revision, Shop
from tests.door import enter
from tests.moderation.conftest import MONDAY_10H, propose
from tests.people import make_person
from tests.reports.conftest import make_report
from tests.shops.factories import TUESDAY_10H, make_shop, make_shops

ZONE = ZoneInfo("Europe/Luxembourg")
QUEUE = "/gestion/moderation/"


def at(*parts):
    return datetime(*parts, tzinfo=ZONE)


def test_a_line_says_which_facts_wait_since_when_and_how_grave(desk, marie, marie_herself):
    propose(marie, marie_herself, name="Um Eck", summary="Du pain.")
    page = desk.get(QUEUE)
    (line,) = page.context["lines"]
    assert (line.shop, line.number) == (marie, 2)
    assert line.facts == ["Ce qu’on trouve chez vous, en une phrase", "Nom"]
    assert (line.risk, line.oldest_at, line.is_late) == ("high", MONDAY_10H, False)
    assert marie.name in page.content.decode()


def test_an_empty_pile_says_so(desk, city):
    page = desk.get(QUEUE).content.decode()
    assert "Aucune proposition n’attend" in page
    assert "Tout ce qui est en ligne a été regardé" in desk.get(QUEUE + "?pile=controle").content.decode()


def test_what_went_live_waits_for_a_look_on_its_own_pile(desk, marie, marie_herself):
    propose(marie, marie_herself, phone="+352621999999")
    assert not desk.get(QUEUE).context["lines"]
    (line,) = desk.get(QUEUE + "?pile=controle").context["lines"]
    assert line.due_at is None, "it keeps nobody waiting"


def test_a_refusal_that_is_answered_comes_back(desk, claire, marie, marie_herself):
    change = propose(marie, marie_herself, summary="Du pain.")["summary"]
    revisions.decide(marie, {change.pk: revisions.Refuse("wrong")}, by=claire, at=MONDAY_10H)
    assert not desk.get(QUEUE + "?pile=recours").context["lines"]
    change.refresh_from_db()
    revisions.appeal(change, "Si, c’est exact.", by=marie_herself, at=MONDAY_10H + timedelta(hours=1))
    (line,) = desk.get(QUEUE + "?pile=recours").context["lines"]
    assert line.shop == marie


def test_a_page_that_nobody_has_seen_yet_is_not_in_it(desk, marie, marie_herself):
    propose(marie, marie_herself, summary="Du pain.")
    Shop.objects.filter(pk=marie.pk).update(status=Shop.Status.DRAFT)
    assert not desk.get(QUEUE).context["lines"]


def test_it_is_narrowed_to_a_district_and_sorted_by_risk(desk, marie, marie_herself, paul, paul_himself):
    propose(marie, marie_herself, at=MONDAY_10H - timedelta(hours=2), summary="Du pain.")
    propose(paul, paul_himself, name="Librairie")
    assert [line.shop for line in desk.get(QUEUE).context["lines"]] == [marie, paul]
    assert [line.shop for line in desk.get(QUEUE + "?tri=risque").context["lines"]] == [paul, marie]
    assert not desk.get(QUEUE + "?quartier=bonnevoie").context["lines"]
    assert desk.get(QUEUE + "?quartier=%00&tri=x&pile=y&page=z").status_code == 200


@pytest.mark.parametrize(
    ("since", "due"),
    [
        (at(2026, 11, 23, 10), at(2026, 11, 25, 10)),  # Monday: Wednesday
        (at(2026, 11, 27, 18), at(2026, 12, 1, 18)),  # Friday evening: Tuesday evening
        (at(2026, 11, 28, 12), at(2026, 12, 2, 0)),  # Saturday: from Monday on, to the end of Tuesday
        (at(2026, 12, 24, 10), at(2026, 12, 29, 10)),  # Christmas is a Friday
        (at(2027, 3, 26, 12), at(2027, 3, 30, 12)),  # the clocks change on that Sunday
    ],
)
def test_the_clock_stands_still_when_nobody_is_at_the_desk(since, due):
    holidays = {date(2026, 12, 25)}
    assert rules.due_at(since, zone=ZONE, holidays=holidays) == due
    if since.weekday() < 5:
        assert rules.overdue_since(due, zone=ZONE, holidays=holidays) == since


def test_what_is_late_is_said_everywhere(desk, marie, marie_herself):
    propose(marie, marie_herself, at=TUESDAY_10H - timedelta(days=5), summary="Du pain.")
    (line,) = desk.get(QUEUE).context["lines"]
    assert line.is_late
    first = desk.get("/gestion/")
    assert first.context["late"] == 1
    assert "1 commerce attend depuis plus longtemps que promis" in first.content.decode()


def test_the_first_page_tells_of_all_that_waits(desk, marie, paul):
    Claim.objects.create(
        shop=marie, user=make_person("nina@x.example"), name="Nina", language="fr", created_at=MONDAY_10H
    )
    make_shop("Atelier", status="submitted")
    for topic in ("a", "a", "b"):
        Report.objects.create(
            shop=paul, kind="hours", language="fr", topic=topic, state="city", created_at=MONDAY_10H
        )
    ImportRun.objects.create(kind="shops", source="f.csv", made_at=MONDAY_10H, state="ready")
    piles = {part.name: pile for part, pile in desk.get("/gestion/").context["piles"]}
    assert (piles["claims"].number, piles["reports"].number, piles["imports"].number) == (2, 2, 1)
    assert "dont 1 commerce proposé" in piles["claims"].note
    assert piles["reports"].oldest_at == MONDAY_10H


def test_the_first_page_counts_what_lies_on_each_part(client, city, marie, paul):
    enter(client, make_person("root@ville.example", city_roles=[CityRole.ADMINISTRATOR]))
    for _nina in range(2):
        make_report(marie, "hours", at=MONDAY_10H)
    make_report(marie, "contact", at=MONDAY_10H + timedelta(hours=1))
    Shop.objects.filter(pk=paul.pk).update(call_at=MONDAY_10H)
    ImportRun.objects.create(kind="shops", source="f.csv", made_at=MONDAY_10H, state="ready", fingerprint="x")
    LostAddress.objects.create(
        name="Lea", phone="1", new_email="l@x.example", language="fr", created_at=MONDAY_10H
    )
    found = {
        part.name: (pile.number, pile.oldest_at) for part, pile in client.get("/gestion/").context["piles"]
    }
    assert found == {
        "moderation": (0, None),
        "claims": (0, None),
        "reports": (2, MONDAY_10H),
        "phone": (1, None),
        "imports": (1, MONDAY_10H),
        "addresses": (1, MONDAY_10H),
    }


def pile_up(number, by):
    shops = make_shops(number)
    saves = Revision.objects.bulk_create(
        Revision(shop=shop, by=by, side="merchant", at=MONDAY_10H, base_version=0) for shop in shops
    )
    Change.objects.bulk_create(
        Change(revision=save, shop=save.shop, field=field, before="", after="x", state="waiting", risk=50)
        for save in saves
        for field in ("summary", "name")
    )


@pytest.mark.parametrize("number", [5, 500])
def test_the_queue_asks_as_few_questions_for_five_shops_as_for_five_hundred(
    desk, city, marie_herself, number, django_assert_num_queries
):
    pile_up(number, marie_herself)
    desk.get(QUEUE)
    # The catalogue's row, session, person, her second factor, Django's two on rights; how many shops, their lines, the
    # shops, the facts, their trust; the three piles.
    with django_assert_num_queries(12):
        page = desk.get(QUEUE)
    assert len(page.context["lines"]) == min(number, 50)
    # The catalogue's row, session, person, second factor, two on rights; changes, claims, proposed pages, reports,
    # calls, files.
    with django_assert_num_queries(12):
        desk.get("/gestion/")


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (CityRole.MODERATOR, 200),
        (CityRole.ADMINISTRATOR, 200),
        (CityRole.AUDITOR, 200),
        (CityRole.EDITOR, 200),
        (CityRole.FINANCE, 404),
    ],
)
def test_who_may_look(client, city, role, status):
    enter(client, make_person("x@ville.example", city_roles=[role]))
    assert client.get(QUEUE).status_code == status
    assert client.get("/gestion/").status_code == 200


def test_to_merchants_and_strangers_there_is_no_desk(client, city, marie_herself, marie):
    pages = [
        QUEUE,
        reverse("city:decide", args=[marie.public_id]),
        reverse("city:shop", args=[marie.public_id]),
    ]
    for page in pages:
        assert client.get(page).url.startswith(reverse("account_login"))
    enter(client, marie_herself)
    for page in pages:
        assert client.get(page).status_code == 404
