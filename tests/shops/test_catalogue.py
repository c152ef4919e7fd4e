"""What the public sees changes through one door: derived columns, kept totals and version move together."""

import itertools
import random
import re
from collections import Counter
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import transaction

from shops import catalogue
from shops.models import Catalogue, Category, Event, FacetTotal, OpeningInterval, Shop, SpecialDay
from tests.shops.factories import TUESDAY_10H, make_marie, make_shop, make_shops


def version():
    return Catalogue.objects.get().version


def recount():
    """The totals as they would be if every published shop were counted now."""
    counts = Counter()
    for facets in Shop.objects.published().values_list("facets", flat=True):
        counts.update([catalogue.ALL, *facets])
    return dict(counts)


def kept():
    return dict(FacetTotal.objects.values_list("facet", "shops"))


def change(shop, **facts):
    with transaction.atomic():
        Shop.objects.filter(pk=shop.pk).update(**facts)
        catalogue.changed([shop.pk], at=TUESDAY_10H)
    shop.refresh_from_db()


def test_it_refuses_to_work_outside_the_transaction_of_its_cause(transactional_db):
    with pytest.raises(transaction.TransactionManagementError):
        catalogue.changed([], at=TUESDAY_10H)


def test_every_change_raises_the_version_once(marie):
    before = version()
    change(marie, name="Boulangerie du Coin")
    assert version() == before + 1


def test_only_a_change_of_the_city_itself_raises_the_structure(marie):
    before = Catalogue.objects.get().structure
    change(marie, name="Boulangerie du Coin")
    assert Catalogue.objects.get().structure == before
    with transaction.atomic():
        catalogue.changed_all(at=TUESDAY_10H, structure=True)
    assert Catalogue.objects.get().structure == before + 1


def test_a_shop_is_found_under_all_its_choices(marie):
    assert set(marie.facets) == {
        "d:gare", "c:bakery", "g:food", "s:avenue-de-la-gare", "o:pickup", "o:delivery", "p:cash", "p:debit_card",
        "l:lb", "l:fr", "l:pt", "a:step_free", "w:sunday",
    }  # fmt: skip


def test_a_shop_with_two_trades_is_found_under_both(city):
    shop = make_shop(category="bakery", other_categories=["cafe"])
    assert {"c:bakery", "g:food", "c:cafe", "g:eat_drink"} <= set(shop.facets)


def test_totals_equal_a_recount_after_random_changes(city):
    dice = random.Random(7)
    shops = make_shops(30)
    for _round in range(40):
        shop = dice.choice(shops)
        shop.refresh_from_db()
        act = dice.choice(["category", "services", "suspend", "publish", "close"])
        if act == "category":
            change(shop, category=dice.choice(list(Category.objects.all())))
        elif act == "services":
            change(shop, services=dice.sample(["delivery", "pickup", "quote", "wifi"], dice.randint(0, 4)))
        else:
            verb = {"suspend": shop.suspend, "publish": shop.publish, "close": shop.close}[act]
            try:
                verb(by=None, at=TUESDAY_10H, why="essai")
            except Shop.MoveNotAllowed:
                continue
    assert kept() == recount()
    assert 0 < kept()[catalogue.ALL] <= 30


def test_deriving_everything_anew_changes_nothing(city):
    make_marie()
    make_shops(20)
    columns = Shop.DERIVED
    before = list(Shop.objects.order_by("pk").values_list("pk", *columns))
    intervals = list(OpeningInterval.objects.order_by("shop", "span").values_list("shop", "span"))
    with transaction.atomic():
        catalogue.changed_all(at=TUESDAY_10H)
    assert list(Shop.objects.order_by("pk").values_list("pk", *columns)) == before
    assert list(OpeningInterval.objects.order_by("shop", "span").values_list("shop", "span")) == intervals
    assert kept() == recount()


def test_an_old_copy_of_a_shop_does_not_put_back_what_is_derived(city):
    """Two people at the desk: what the one read before the other saved is old when she saves."""
    marie = make_marie()
    old = Shop.objects.get(pk=marie.pk)
    change(marie, services=["repair"])
    with transaction.atomic():
        old.save()
        catalogue.changed([old.pk], at=TUESDAY_10H)
    assert kept() == recount()


def test_a_total_that_drifted_is_counted_anew_at_night(city, caplog):
    make_marie()
    FacetTotal.objects.filter(facet="c:bakery").update(shops=7)
    FacetTotal.objects.create(facet="d:nowhere", shops=1)
    version = catalogue.present().version
    assert catalogue.recount(at=TUESDAY_10H) == {"c:bakery": 6, "d:nowhere": 1}
    assert kept() == recount()
    assert catalogue.present().version == version + 1
    assert "drifted" in caplog.text
    assert catalogue.recount(at=TUESDAY_10H) == {}


def test_a_draft_is_not_counted_and_has_no_intervals(city):
    draft = make_shop(status=Shop.Status.DRAFT)
    assert kept() == {}
    assert not OpeningInterval.objects.filter(shop=draft).exists()


def test_no_interval_lasts_longer_than_a_day(city):
    shop = make_shop(opening_hours="24/7")
    spans = list(shop.intervals.order_by("span").values_list("span", flat=True))
    assert len(spans) == catalogue.INTERVAL_DAYS + 1
    assert all(span.lower.astimezone(TUESDAY_10H.tzinfo).hour == 0 for span in spans)
    assert all(span.upper == following.lower for span, following in itertools.pairwise(spans))


def test_a_special_day_closes_the_intervals_of_that_day(marie):
    tomorrow = TUESDAY_10H + timedelta(days=1)
    assert Shop.objects.open_at(tomorrow).contains(marie)
    with transaction.atomic():
        SpecialDay.objects.create(shop=marie, start_on=tomorrow.date(), end_on=tomorrow.date())
        catalogue.changed([marie.pk], at=TUESDAY_10H)
    assert not Shop.objects.open_at(tomorrow).contains(marie)
    assert Shop.objects.open_at(tomorrow + timedelta(days=1)).contains(marie)


def test_stale_hours_are_never_open(city):
    make_shop(hours_confirmed_at=TUESDAY_10H - timedelta(days=91))
    fresh = make_shop(hours_confirmed_at=TUESDAY_10H - timedelta(days=89))
    never = make_shop(hours_confirmed_at=None)
    assert list(Shop.objects.open_at(TUESDAY_10H)) == [fresh]
    assert never.hours_are_stale(TUESDAY_10H)


def test_the_night_gives_a_new_order_and_one_more_day_of_intervals(marie):
    catalogue.refresh_day(at=TUESDAY_10H)
    order, last = marie.daily_order, OpeningInterval.objects.order_by("-span").first().span.upper
    assert catalogue.refresh_day_if_due(at=TUESDAY_10H + timedelta(hours=2)) == 0, "once a day is enough"
    tomorrow = TUESDAY_10H + timedelta(days=1)
    assert catalogue.refresh_day_if_due(at=tomorrow) == 1
    marie.refresh_from_db()
    assert marie.daily_order != order
    assert marie.daily_order == catalogue.daily_order(marie.public_id, tomorrow.date())
    assert OpeningInterval.objects.order_by("-span").first().span.upper == last + timedelta(days=1)
    known_until = catalogue.present().intervals_until.astimezone(TUESDAY_10H.tzinfo)
    assert known_until.date() == tomorrow.date() + timedelta(days=catalogue.INTERVAL_DAYS)


def test_each_shop_leads_the_list_as_often_as_another():
    """Over a thousand days the place of a shop among twenty is uniform: no decile strays far from its share."""
    ids = [f"{number:08}" for number in range(20)]
    day = TUESDAY_10H.date()
    places = {public_id: Counter() for public_id in ids}
    for offset in range(1000):
        on = day + timedelta(days=offset)
        for place, public_id in enumerate(sorted(ids, key=lambda one: catalogue.daily_order(one, on))):
            places[public_id][place // 2] += 1
    for public_id, counts in places.items():
        # 100 expected in each tenth; 5 standard deviations of a binomial are about 47.
        assert all(53 <= counts[tenth] <= 147 for tenth in range(10)), (public_id, counts)


# The moves


@pytest.mark.parametrize(
    ("start", "verb", "end"),
    [
        (Shop.Status.DRAFT, "submit", Shop.Status.SUBMITTED),
        (Shop.Status.DRAFT, "publish", Shop.Status.PUBLISHED),
        (Shop.Status.SUBMITTED, "publish", Shop.Status.PUBLISHED),
        (Shop.Status.SUBMITTED, "send_back", Shop.Status.DRAFT),
        (Shop.Status.PUBLISHED, "suspend", Shop.Status.SUSPENDED),
        (Shop.Status.PUBLISHED, "close", Shop.Status.CLOSED),
        (Shop.Status.SUSPENDED, "publish", Shop.Status.PUBLISHED),
        (Shop.Status.CLOSED, "publish", Shop.Status.PUBLISHED),
    ],
)
def test_an_allowed_move_is_made_noted_and_seen(city, django_user_model, start, verb, end):
    claire = django_user_model.objects.create_user("claire@ville.example")
    shop = make_shop(status=start)
    before = version()
    arguments = {"why": "Contrôle"} if verb in {"suspend", "send_back"} else {}
    getattr(shop, verb)(by=claire, at=TUESDAY_10H, **arguments)
    shop.refresh_from_db()
    event = Event.objects.get(shop=shop)
    assert shop.status == end
    assert (event.by, event.before, event.after) == (claire, {"status": start}, {"status": end})
    assert event.why == arguments.get("why", "")
    assert version() == before + 1


@pytest.mark.parametrize(
    ("start", "verb"),
    [
        (Shop.Status.DRAFT, "suspend"),
        (Shop.Status.DRAFT, "close"),
        (Shop.Status.PUBLISHED, "submit"),
        (Shop.Status.PUBLISHED, "publish"),
        (Shop.Status.SUSPENDED, "submit"),
        (Shop.Status.CLOSED, "suspend"),
    ],
)
def test_a_refused_move_changes_nothing(city, start, verb):
    shop = make_shop(status=start)
    before = version()
    with pytest.raises(Shop.MoveNotAllowed):
        getattr(shop, verb)(by=None, at=TUESDAY_10H, **({"why": "essai"} if verb == "suspend" else {}))
    shop.refresh_from_db()
    assert shop.status == start
    assert not Event.objects.exists()
    assert version() == before


def test_a_double_is_merged_into_the_other_and_into_nothing_else(marie, paul):
    paul.merge_into(marie, by=None, at=TUESDAY_10H)
    paul.refresh_from_db()
    assert (paul.status, paul.merged_into) == (Shop.Status.MERGED, marie)
    with pytest.raises(Shop.MoveNotAllowed):
        marie.merge_into(marie, by=None, at=TUESDAY_10H)
    with pytest.raises(Shop.MoveNotAllowed):
        marie.merge_into(paul, by=None, at=TUESDAY_10H)


# Nobody else writes what the public sees

# Who may write shops, their links, special days or categories, and where the door is called for it.
WRITERS = {
    "shops/models/shop.py": "its verbs call changed(); an address alone changes through rename_address() and its caller",
    "shops/admin.py": "save_related calls changed()",
    "shops/catalogue.py": "is the door",
    "shops/editing/revisions.py": "_put() and confirm() call changed()",
    "shops/editing/leaving.py": "give_back() calls changed()",
    "shops/editing/facts.py": "writes one fact for revisions.py, which calls changed()",
    "shops/models/claim.py": "a granted claim calls changed()",
    "shops/claiming/proposals.py": "its pages go through Shop.submit() and publish(), which call changed()",
    "shops/editing/moves.py": "merge() and remove_person() call changed()",
    "shops/links/checking.py": "note() calls changed()",
    "shops/search/index.py": "writes the search column for the door",
    "shops/importing/writing.py": "calls changed() in its transaction",
    "shops/loading.py": "calls changed_all() in its transaction",
    "shops/editing/naming.py": "names, order and unions of categories call changed()",
    "shops/demo/__init__.py": "calls changed() in its transaction",
    "shops/demo/desks.py": "calls changed() at the end of its transaction",
}
WRITING = re.compile(
    r"(Shop|Link|SpecialDay|SlugHistory|Category|CategoryGroup)(\.objects|\._base_manager)[^\n]*"
    r"\.(create|bulk_create|bulk_update|update|update_or_create|get_or_create|delete)\("
    r"|\b(shop|link)\.(save|delete)\("
)


def test_nobody_writes_past_the_door():
    """A writer that is not on the list above fails here: put it through the catalogue's door, then name it."""
    found = set()
    for app in ("shops", "districts", "accounts", "vitrine"):
        for path in (settings.BASE_DIR / app).rglob("*.py"):
            if "migrations" not in path.parts and WRITING.search(path.read_text(encoding="utf-8")):
                found.add(path.relative_to(settings.BASE_DIR).as_posix())
    assert found <= set(WRITERS), found - set(WRITERS)


@pytest.mark.parametrize("name", sorted(WRITERS))
def test_every_writer_calls_the_door(name):
    path = settings.BASE_DIR / name
    assert path.is_file(), "gone: take it off the list"
    if name not in ("shops/search/index.py", "shops/editing/facts.py", "shops/claiming/proposals.py"):
        assert re.search(r"\bchanged(_all)?\(", path.read_text(encoding="utf-8"))
