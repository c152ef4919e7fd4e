"""What lies on the desks of the demonstration: each kind of thing once at least, so that each page has something to show.

The city is built once for all of these tests, with its people, and goes with them.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings as project
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import F
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from districts.city_pack import read_pack
from districts.models import City
from shops import coverage, demo, freshness, indicators, loading, reference
from shops.claiming import proofs
from shops.desks.city import queue
from shops.editing import revisions, rules
from shops.freshness import Stage
from shops.lookalikes import lookalikes
from shops.models import (
    Change,
    Claim,
    DistrictFigure,
    Event,
    Invitation,
    Membership,
    Photo,
    Premises,
    Report,
    Revision,
    Shop,
)
from shops.search.empties import countable
from shops.vocabulary import ConfirmedBy, FactGroup
from tests.door import enter
from tests.photos import files

LUXEMBOURG = project.BASE_DIR / "cities" / "luxembourg"
AT = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Luxembourg"))
DATA = demo.Data.read(LUXEMBOURG / "demo")
LANGUAGES = ["fr", "de", "lb", "en"]
State = Change.State


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker, tmp_path_factory):
    """The real city pack with its fictional shops, its cast and full desks; rolled back after the last test."""
    media = files.disk(tmp_path_factory.mktemp("media"))
    with (
        django_db_blocker.unblock(),
        override_settings(STORAGES={**project.STORAGES, "default": media}),
        transaction.atomic(),
    ):
        loading.load(read_pack(LUXEMBOURG, interface_languages=LANGUAGES), at=AT)
        demo.load(DATA, at=AT)
        accounts = [*demo.ACCOUNTS, *demo.desk_accounts(DATA)]
        demo.make_accounts("une phrase", "JBSWY3DPEHPK3PXP", at=AT, accounts=accounts)
        assert demo.fill_desks(DATA, seed=demo.SEED, at=AT)
        yield
        transaction.set_rollback(True)
    reference.forget()


@pytest.fixture(autouse=True)
def _today(town, db, monkeypatch):
    """It is the day on which the demonstration was built."""
    monkeypatch.setattr(timezone, "now", lambda: AT)
    reference.forget()
    yield
    reference.forget()


@pytest.fixture
def city():
    return City.objects.get()


def person(name):
    return get_user_model().objects.get(name__startswith=name)


def shop(slug):
    return Shop.objects.select_related("district", "category").get(slug=slug)


class TestFreshness:
    def test_a_handful_is_to_telephone_spread_over_the_streets(self):
        called = Shop.objects.to_call(AT)
        assert 4 <= called.count() <= 20
        streets = set(called.values_list("district", "street"))
        assert len(streets) >= called.count() - 2
        assert called.exclude(phone="").exists()

    def test_every_stage_of_the_hours_is_there_and_most_are_fresh(self, city):
        shops = Shop.objects.published().exclude(opening_hours="")
        stages = [freshness.stage(shop, FactGroup.HOURS, city, AT) for shop in shops]
        assert set(stages) == set(Stage)
        assert stages.count(Stage.FRESH) > 0.65 * len(stages)

    def test_merchants_city_and_files_have_confirmed(self):
        said = set(Shop.objects.published().values_list("hours_confirmed_by", flat=True))
        assert set(ConfirmedBy.values) - {"resident"} >= said - {""} >= {"merchant", "city", "import"}

    def test_what_is_derived_is_of_today_not_of_the_day_of_the_last_change(self, city):
        for one in Shop.objects.published().filter(changes__isnull=False).distinct():
            assert one.call_at == freshness.call_at(one, city), one.slug
            assert one.due_at == freshness.due_at(one, city), one.slug
        open_now = Shop.objects.published().open_at(AT)
        assert open_now.filter(slug="la-page-cornee").exists()


class TestTheQueue:
    def test_about_a_dozen_changes_wait_and_some_are_to_be_checked(self):
        piles = queue.Pile
        assert 8 <= queue.changes_of(piles.WAITING).count() <= 20
        assert 5 <= queue.changes_of(piles.UNCHECKED).count() <= 20
        assert queue.changes_of(piles.APPEALED).count() == 1

    def test_one_is_older_than_the_promise_and_the_others_are_not(self, city):
        late = rules.overdue_since(AT, zone=city.tz, holidays=())
        waiting = Change.objects.waiting()
        assert set(waiting.filter(revision__at__lt=late).values_list("shop__slug", flat=True)) == {
            "kaffi-mirabelle"
        }
        assert waiting.filter(revision__at__gte=late).count() > 5

    def test_one_is_risky_and_from_somebody_the_city_doubts(self):
        riskiest = Change.objects.waiting().order_by("-risk").first()
        assert queue.risk_word(riskiest.risk) == queue.Risk.HIGH
        assert riskiest.field == "name"
        assert rules.trust_of(riskiest.shop, at=AT) == rules.Trust.DOUBTED

    def test_one_is_in_conflict_with_what_the_city_wrote_meanwhile(self):
        change = Change.objects.waiting().get(shop__slug=demo.PAUL)
        decided = revisions.decide(change.shop, {change.pk: revisions.Accept()}, by=person("Claire"), at=AT)
        assert [change.pk for change, _conflict in decided.conflicts] == [change.pk]
        assert not decided.done

    def test_decided_ones_are_of_every_kind_each_with_its_event(self):
        states = set(Change.objects.values_list("state", flat=True))
        assert states >= {
            State.ACCEPTED, State.REFUSED, State.CHECKED, State.REVERTED, State.WITHDRAWN, State.UNDONE
        }  # fmt: skip
        kinds = set(Event.objects.values_list("kind", flat=True))
        assert kinds >= {
            "facts:live", "facts:proposed", "facts:accepted", "facts:refused", "facts:checked", "facts:reverted",
            "facts:withdrawn", "facts:undone", "facts:appealed",
        }  # fmt: skip
        put_right = [one for one in Change.objects.filter(state=State.ACCEPTED) if one.applied != one.after]
        assert put_right

    def test_nothing_happened_before_its_shop_or_after_today(self):
        for event in Event.objects.exclude(shop=None).select_related("shop"):
            assert event.shop.created_at - timedelta(days=1) < event.at <= AT, event


class TestPhotos:
    def test_some_are_on_the_page_and_some_wait(self):
        assert Photo.objects.published().count() >= 5
        waiting = Change.objects.waiting().filter(field="photos")
        assert waiting.count() == 2
        assert Photo.objects.filter(published=False).count() >= 2

    def test_each_is_developed_and_described_as_a_drawing(self):
        assert set(Photo.objects.values_list("state", flat=True)) == {Photo.State.READY}
        for photo in Photo.objects.all():
            assert photo.alt["fr"].startswith("Dessin")

    def test_they_are_served(self, client):
        photo = Photo.objects.published().select_related("shop").filter(shop__slug=demo.PAUL).first()
        page = client.get(f"/fr/commerces/{demo.PAUL}/").content.decode()
        assert photo.name in page
        assert photo.alt["fr"] in page


class TestClaims:
    def test_one_waits_for_a_call_and_one_for_its_letter(self):
        calls = Claim.objects.wanting_calls().filter(state=Claim.State.OPEN)
        letters = Claim.objects.wanting_letters().filter(batch=None)
        assert calls.exists()
        assert letters.exists()
        for claim in [*calls, *letters]:
            assert claim.method in proofs.offered(claim.shop)

    def test_two_want_the_same_page(self):
        claims = Claim.objects.undecided().filter(shop__slug="la-petite-faim")
        assert claims.count() == 2
        assert claims.filter(state=Claim.State.CONTESTED, proved_at__isnull=False).exists()

    def test_a_proposed_shop_looks_like_one_that_is_there(self):
        proposed = Shop.objects.get(status=Shop.Status.SUBMITTED, claims__isnull=False)
        assert proposed.is_demo
        alike = lookalikes(name=proposed.name, but=proposed)
        assert "brulerie-morgenroth" in [one.shop.slug for one in alike]


class TestReports:
    def test_two_say_the_same_and_are_with_the_merchant(self):
        topics = Report.objects.with_merchant().topics()
        assert [(topic["shop"], topic["many"]) for topic in topics] == [(shop(demo.MARIE).pk, 2)]

    def test_one_that_the_merchant_left_for_a_week_is_the_citys(self):
        left = Report.objects.get(shop__slug=demo.PAUL)
        assert left.state == Report.State.CITY
        assert left.created_at < AT - timedelta(days=7)

    def test_some_are_new_some_are_answered_by_either_side(self):
        assert Report.objects.filter(created_at__gt=AT - timedelta(days=1), state=Report.State.CITY).exists()
        answered = Report.objects.filter(state=Report.State.ANSWERED)
        assert set(answered.values_list("answered_side", flat=True)) == {"merchant", "city"}

    def test_two_names_of_one_missing_shop_are_one_topic(self):
        (topic,) = Report.objects.open().filter(kind=Report.Kind.MISSING).topics()
        assert topic["many"] == 2


class TestFigures:
    def test_coverage_is_counted_and_is_neither_nothing_nor_all(self):
        whole = coverage.whole(coverage.by_district().values())
        assert 75 <= whole.percent <= 95
        assert whole.vacant
        assert whole.unknown
        assert DistrictFigure.objects.filter(measure="coverage", whole__gt=5).count() > 15

    def test_no_room_can_be_taken_for_a_real_one(self):
        for room in Premises.objects.all():
            assert room.house_number.startswith("Z")
            assert "fictif" in room.note

    def test_past_weeks_have_decisions_and_searches_in_vain(self):
        weeks = indicators.weeks(at=AT, holidays=())[:-1]
        assert sum(week.decided > 0 for week in weeks) >= 9
        assert all(week.empty_searches for week in weeks[1:])
        assert any(week.within_promise < week.decided for week in weeks)

    def test_what_was_searched_in_vain_is_really_not_found(self, client):
        searched = {row["words"] for row in indicators.words_in_vain(at=AT)}
        assert {words for words in searched if countable(words) != words} == set()
        answers = {words: client.get("/fr/commerces/", {"q": words}).context["total"] for words in searched}
        assert {words for words, total in answers.items() if total.shops} == set()


class TestEachOfTheCast:
    def test_marie_has_something_to_do_next(self, client):
        home = enter(client, person("Marie")).get(reverse("merchant:shop", args=[shop(demo.MARIE).public_id]))
        assert home.context["state"].next_step is not None
        assert home.context["waiting"]
        assert home.context["refused"]

    def test_sofia_keeps_three_branches_that_agree(self, client):
        branches = Shop.objects.owned_by(person("Sofia"))
        assert branches.count() == 3
        assert {branch.name for branch in branches} == {"Fin Moulin"}
        assert len({tuple(branch.payments) for branch in branches}) == 1
        roles = Membership.objects.filter(shop__in=branches).values_list("user__name", "role")
        assert {("Jang Weis", "editor"), ("Inès Pacheco", "till")} <= set(roles)

    def test_jang_is_invited_to_another_branch(self):
        assert Invitation.objects.open(AT).for_user(person("Jang")).count() == 1

    def test_what_the_city_sees_aude_sees_too(self, client):
        enter(client, person("Aude"))
        for name in ("queue", "claims", "reports", "calls", "figures"):
            assert client.get(reverse(f"city:{name}")).status_code == 200, name

    def test_claire_has_work_on_each_pile(self, client):
        today = enter(client, person("Claire")).get(reverse("city:today"))
        counted = {part.name: pile.number for part, pile in today.context["piles"]}
        assert all(counted.values()), counted


class TestDoneOnce:
    def test_again_it_changes_nothing(self):
        before = Event.objects.count(), Change.objects.count(), get_user_model().objects.count()
        assert not demo.fill_desks(DATA, seed=demo.SEED, at=AT + timedelta(days=5))
        assert (Event.objects.count(), Change.objects.count(), get_user_model().objects.count()) == before

    def test_no_mail_of_the_past_is_sent_and_no_work_left(self):
        assert not ProcrastinateJob.objects.exists()

    def test_the_city_can_still_be_loaded_again(self):
        assert demo.load(DATA, at=AT) == 0


class TestNobodyIsNew:
    def test_the_people_were_there_before_what_they_wrote(self):
        for revision in Revision.objects.exclude(by=None).select_related("by"):
            assert revision.by.created_at < revision.at, revision.by

    def test_who_keeps_a_page_joined_before_she_wrote_on_it(self):
        for revision in Revision.objects.filter(by__memberships__shop=F("shop")).annotate(
            joined=F("by__memberships__since_at")
        ):
            assert revision.joined < revision.at, revision
