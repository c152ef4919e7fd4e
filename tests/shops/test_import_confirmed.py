"""Whose word counts: a merchant's and the City's stand, a younger file's too; the rest of a file goes in."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connections, transaction

from shops import catalogue, importing
from shops.models import Catalogue, Category, Event, ImportDifference, Shop
from shops.vocabulary import FactGroup
from tests.shops.factories import TUESDAY_10H
from tests.shops.import_fixtures import dump, load_city, node, overpass, plan_of, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

FIRST = {
    "addr__street": "Rue des Iris",
    "phone": "+377 93 50 68 60",
    "website": "https://nina.example/",
    "opening_hours": "Mo-Fr 09:00-18:00",
    "delivery": "yes",
    "wheelchair": "yes",
}
SECOND = {
    "addr__street": "Rue Grimaldi",
    "phone": "+377 93 50 68 61",
    "website": "https://nina2.example/",
    "opening_hours": "Mo-Sa 10:00-19:00",
    "delivery": "no",
    "takeaway": "yes",
    "wheelchair": "limited",
}
LATER = "2026-11-10T00:00:00Z"
# What the second file would change, by group.
FIELDS = {
    "identity": {"name", "street", "category", "other_categories", "position"},
    "hours": {"opening_hours"},
    "contact": {"phone", "links"},
    "services": {"services"},
    "accessibility": {"accessibility"},
}


@pytest.fixture
def nina(db):
    """A page that an import made on the first of November."""
    load_city("monaco")
    take(overpass(node(1, **FIRST)))
    return Shop.objects.get()


def second(**more):
    tags = SECOND | {"shop": "butcher", "amenity": "cafe"}
    return overpass(node(1, "Nina et fille", lat=43.739, **tags), base=LATER, **more)


def facts_of(shop, group):
    shop.refresh_from_db()
    return {
        "identity": [
            shop.name,
            shop.street,
            shop.category.code,
            shop.lat,
            [c.code for c in shop.other_categories.all()],
        ],
        "hours": [shop.opening_hours],
        "contact": [shop.phone, list(shop.links.values_list("url", flat=True))],
        "services": [shop.services],
        "accessibility": [shop.accessibility],
    }[group]


def vouch(shop, group, by, at=TUESDAY_10H - timedelta(days=300)):
    """Somebody vouches for a group of facts, however long ago."""
    shop.confirm(group, by=by, at=at)
    shop.save()


def test_a_younger_file_replaces_what_an_older_one_said(nina):
    plan = take(second())
    (outcome,) = plan.outcomes
    assert outcome.verdict == "changed"
    assert set(outcome.changes) == set().union(*FIELDS.values())
    nina.refresh_from_db()
    assert (nina.name, nina.street, nina.phone) == ("Nina et fille", "Rue Grimaldi", "+37793506861")
    assert nina.category.code == "butcher"
    assert [category.code for category in nina.other_categories.all()] == ["cafe"]
    assert list(nina.links.values_list("url", flat=True)) == ["https://nina2.example/"]
    assert (nina.services, nina.accessibility) == (["takeaway"], {"step_free": "partly"})
    assert nina.opening_hours == nina.hours_expression == "Mo-Sa 10:00-19:00"
    for group in FIELDS:
        assert f"{getattr(nina, f'{group}_confirmed_at'):%Y-%m-%d}" == "2026-11-10"
    assert not ImportDifference.objects.exists()
    before = dump()
    assert take(second()).changes_nothing
    assert dump() == before


@pytest.mark.parametrize("by", ["merchant", "city"])
@pytest.mark.parametrize("group", FIELDS)
def test_what_somebody_confirmed_stays_and_becomes_differences(nina, group, by):
    vouch(nina, group, by)
    kept = facts_of(nina, group)
    plan = take(second())
    assert facts_of(nina, group) == kept
    assert getattr(nina, f"{group}_confirmed_by") == by
    assert set(ImportDifference.objects.values_list("field", flat=True)) == FIELDS[group]
    assert set(plan.outcomes[0].differences) == FIELDS[group]
    # The other groups are the file's.
    others = set().union(*(fields for name, fields in FIELDS.items() if name != group))
    assert set(plan.outcomes[0].changes) == others
    before = dump()
    assert take(second()).changes_nothing
    assert dump() == before


def test_a_difference_says_both_values_and_the_source(nina):
    vouch(nina, "contact", "merchant")
    take(second(), source="Extrait de novembre")
    difference = ImportDifference.objects.get(field="phone")
    assert (difference.ours, difference.theirs) == ("+37793506860", "+37793506861")
    assert difference.source == "Extrait de novembre"
    assert (difference.seen_at, difference.settled_at) == (TUESDAY_10H, None)
    links = ImportDifference.objects.get(field="links")
    assert links.theirs == "website https://nina2.example/"


def test_a_field_has_one_open_difference_and_the_last_file_wins(nina):
    vouch(nina, "hours", "merchant")
    take(overpass(node(1, opening_hours="Mo-Sa 10:00-19:00"), base=LATER))
    take(overpass(node(1, opening_hours="Mo-Su 10:00-19:00"), base="2026-11-11T00:00:00Z"), source="autre")
    difference = ImportDifference.objects.get()
    assert (difference.theirs, difference.source) == ("Mo-Su 10:00-19:00", "autre")


def test_what_the_city_has_looked_at_does_not_come_back(nina):
    vouch(nina, "hours", "merchant")
    take(second())
    ImportDifference.objects.update(settled_at=TUESDAY_10H)
    before = dump()
    assert take(second()).changes_nothing
    assert dump() == before
    take(overpass(node(1, opening_hours="Mo-Su 10:00-19:00"), base=LATER))
    assert ImportDifference.objects.get(settled_at=None).theirs == "Mo-Su 10:00-19:00"


def test_a_difference_that_is_none_any_more_settles_itself(nina):
    vouch(nina, "hours", "merchant")
    take(second())
    assert ImportDifference.objects.filter(settled_at=None).count() == 1
    take(overpass(node(1, opening_hours=FIRST["opening_hours"]), base=LATER))
    assert ImportDifference.objects.get().settled_at == TUESDAY_10H


def test_hours_that_nobody_understands_never_push_out_confirmed_ones(nina):
    vouch(nina, "hours", "city")
    take(overpass(node(1, opening_hours="quand il fait beau"), base=LATER))
    nina.refresh_from_db()
    assert (nina.opening_hours, nina.opening_hours_text) == ("Mo-Fr 09:00-18:00", "")
    assert list(ImportDifference.objects.values_list("field", "theirs")) == [
        ("opening_hours_text", "quand il fait beau")
    ]


def test_hours_that_nobody_understands_any_more_are_to_be_confirmed(nina):
    take(overpass(node(1, opening_hours="quand il fait beau"), base=LATER))
    nina.refresh_from_db()
    assert (nina.opening_hours, nina.opening_hours_text) == ("", "quand il fait beau")
    assert (nina.hours_confirmed_at, nina.hours_confirmed_by, nina.hours_stale_at) == (None, "", None)
    assert not nina.intervals.exists()


def test_an_older_file_never_replaces_a_younger_one(nina):
    take(second())
    kept = [facts_of(nina, group) for group in FIELDS]
    plan = take(overpass(node(1, **FIRST)), source="vieux")
    assert plan.outcomes[0].changes == {}
    assert [facts_of(nina, group) for group in FIELDS] == kept
    assert ImportDifference.objects.filter(source="vieux").exists()


def test_the_same_facts_on_a_later_day_are_fresh_again(nina):
    stale_at = nina.hours_stale_at
    version = Catalogue.objects.get().version
    plan = take(overpass(node(1, **FIRST), base=LATER))
    (outcome,) = plan.outcomes
    assert (outcome.verdict, outcome.changes) == ("changed", {})
    nina.refresh_from_db()
    assert nina.hours_stale_at - stale_at == timedelta(days=9)
    assert Catalogue.objects.get().version == version + 1


def test_a_file_without_a_date_unconfirms_what_it_changes_and_nothing_else(nina):
    plan = take(overpass(node(1, **FIRST | {"phone": SECOND["phone"]}), base=None))
    assert plan.outcomes[0].unconfirmed == [FactGroup.CONTACT]
    nina.refresh_from_db()
    assert (nina.phone, nina.contact_confirmed_at, nina.contact_confirmed_by) == ("+37793506861", None, "")
    assert nina.hours_confirmed_by == nina.identity_confirmed_by == "import"
    before = dump()
    assert take(overpass(node(1, **FIRST | {"phone": SECOND["phone"]}), base=None)).changes_nothing
    assert dump() == before


def test_the_day_may_be_given_and_outranks_the_files_own(nina):
    take(overpass(node(1, **FIRST)), confirmed_on=date(2026, 11, 20))
    nina.refresh_from_db()
    # Midnight in Monaco is eleven in the evening before in UTC.
    assert nina.hours_confirmed_at == datetime(2026, 11, 19, 23, tzinfo=UTC)


def test_silence_of_a_later_file_leaves_what_is_known(nina):
    plan = take(overpass(node(1), base=LATER))
    assert plan.outcomes[0].changes == {}
    nina.refresh_from_db()
    assert (nina.phone, nina.street, nina.opening_hours) == (
        "+37793506860",
        "Rue des Iris",
        "Mo-Fr 09:00-18:00",
    )
    assert nina.services == ["delivery"]
    assert f"{nina.contact_confirmed_at:%Y-%m-%d}" == "2026-11-01"


@pytest.mark.parametrize("status", ["closed", "merged"])
def test_a_page_that_the_city_has_closed_or_merged_is_left_alone(nina, status):
    if status == "closed":
        nina.close(by=None, at=TUESDAY_10H)
    else:
        take(overpass(node(2, "Chez Paul", lat=43.735)))
        nina.merge_into(Shop.objects.get(external_id="osm:node/2"), by=None, at=TUESDAY_10H)
    before = dump()
    plan = take(second())
    assert plan.outcomes[0].verdict == "unchanged"
    assert plan.outcomes[0].all_remarks[0].field == "status"
    assert dump() == before


def test_a_suspended_page_is_kept_up_to_date_and_stays_hidden(nina):
    nina.suspend(by=None, at=TUESDAY_10H, why="à vérifier")
    take(second())
    nina.refresh_from_db()
    assert (nina.status, nina.phone) == ("suspended", "+37793506861")
    assert nina.facets == []


def test_what_a_merchant_confirms_between_the_plan_and_its_doing_stands(nina):
    planned = plan_of(second())
    assert "phone" in planned.outcomes[0].changes
    vouch(nina, "contact", "merchant", at=TUESDAY_10H)
    done = importing.apply(planned, at=TUESDAY_10H)
    nina.refresh_from_db()
    assert nina.phone == "+37793506860"
    assert "phone" in done.outcomes[0].differences
    assert "phone" not in done.outcomes[0].changes
    assert nina.street == "Rue Grimaldi"


def test_a_city_reloaded_between_the_plan_and_its_doing_stops_it(nina):
    planned = plan_of(overpass(node(2, "Chez Paul", shop="butcher", lat=43.735)))
    Category.objects.filter(code="butcher").delete()
    before = dump()
    with pytest.raises(importing.CityChanged):
        importing.apply(planned, at=TUESDAY_10H)
    assert dump() == before


def test_each_move_leaves_an_event(nina):
    (event,) = Event.objects.filter(shop=nina)
    assert (event.kind, event.after, event.why) == ("import:new", {"status": "published"}, "essai")
    vouch(nina, "contact", "merchant")
    take(second(), source="novembre")
    event = Event.objects.exclude(pk=event.pk).get()
    assert (event.kind, event.why) == ("import:changed", "novembre")
    assert event.before["street"] == "Rue des Iris"
    assert event.after["street"] == "Rue Grimaldi"
    assert "phone" not in event.after


def test_a_fault_half_way_leaves_nothing(nina, monkeypatch):
    before = dump()

    def fails(*_args, **_options):
        raise RuntimeError("the machine goes out")

    monkeypatch.setattr(catalogue, "changed", fails)
    with pytest.raises(RuntimeError):
        take(overpass(node(2, "Chez Paul"), node(1, "Nina et fille"), base=LATER))
    assert dump() == before


def test_what_is_derived_is_what_a_fresh_derivation_gives(nina):
    take(overpass(node(1, "Nina et fille", **SECOND), node(2, "Chez Paul"), base=LATER))
    kept = dump()
    with transaction.atomic():
        catalogue.changed_all(at=TUESDAY_10H)
    for table in ("shops_shop", "shops_facettotal"):
        assert dump()[table] == kept[table]


@pytest.mark.django_db(transaction=True)
def test_two_people_who_import_the_same_file_at_once_import_it_once():
    load_city("monaco")
    content = overpass(*(node(number, f"Commerce {number}") for number in range(1, 31)))
    start = threading.Barrier(2)

    def import_it(_number):
        try:
            planned = plan_of(content)
            start.wait(timeout=20)
            return importing.apply(planned, at=TUESDAY_10H).counts()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        counts = sorted(pool.map(import_it, range(2)), key=lambda found: found["new"])
    assert [found["new"] for found in counts] == [0, 30]
    assert [found["unchanged"] for found in counts] == [30, 0]
    assert Shop.objects.count() == 30
