"""The demonstration city: who is in it, that nobody takes it for real, and that it is the same every time."""

import csv
import io
import json
import re
import tomllib
from collections import Counter
from datetime import datetime, timedelta
from itertools import islice
from random import Random
from types import SimpleNamespace
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command
from django.db import transaction
from django.utils import timezone
from shapely import Point, Polygon

from districts.city_pack import read_pack
from districts.models import City, District
from shops import catalogue, demo, loading, reference
from shops.models import Catalogue, Category, Change, Membership, Shop
from shops.opening_hours import Hours
from shops.search import key
from shops.vocabulary import FactGroup, Service
from tests.photos import files
from tests.shops import factories

LUXEMBOURG = settings.BASE_DIR / "cities" / "luxembourg"
AT = datetime(2026, 11, 24, 10, 0, tzinfo=ZoneInfo("Europe/Luxembourg"))
DATA = demo.Data.read(LUXEMBOURG / "demo")
SPARSE = {"muhlenbach", "pulvermuhl"}
LANGUAGES = ("fr", "de", "lb", "en")


@pytest.fixture(scope="module")
def town(django_db_setup, django_db_blocker):
    """The real city pack with its 600 fictional shops, loaded once, read into memory, rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        loading.load(read_pack(LUXEMBOURG, interface_languages=list(LANGUAGES)), at=AT)
        made = demo.load(DATA, at=AT)
        shops = list(
            Shop.objects.select_related("category").prefetch_related(
                "links", "special_days", "old_slugs", "other_categories", "events"
            )
        )
        town = SimpleNamespace(
            made=made,
            shops=shops,
            published=[shop for shop in shops if shop.is_published],
            districts={district.pk: district for district in District.objects.prefetch_related("streets")},
            categories=set(Category.objects.values_list("code", flat=True)),
            place=catalogue.load_place(),
            open_now=set(Shop.objects.published().open_at(AT).values_list("pk", flat=True)),
            row=Catalogue.objects.get(),
        )
        transaction.set_rollback(True)
    reference.forget()
    return town


@pytest.fixture
def demonstration(settings, monkeypatch, tmp_path):
    """Demonstration mode, its password in a folder of the test's own."""
    settings.DEMO = True
    settings.VAR_DIR = tmp_path


def run(*arguments):
    out = io.StringIO()
    call_command("demo_city", *arguments, stdout=out)
    return out.getvalue()


def facts(fictions):
    """All there is to say of fictional shops, comparable."""
    hidden = {"id", "_state", "_prefetched_objects_cache"}

    def plain(row):
        return {name: str(value) for name, value in vars(row).items() if name not in hidden}

    return [
        (
            plain(fiction.shop),
            fiction.also,
            [plain(link) for link in fiction.links],
            [plain(day) for day in fiction.special_days],
            fiction.old_slugs,
            fiction.merged_into,
        )
        for fiction in fictions
    ]


def invented(number, *, seed=demo.SEED, at=AT):
    return facts(islice(demo.invent(DATA, City.objects.get(), seed=seed, at=at), number))


class TestWhoIsInIt:
    def test_there_are_600_all_marked_as_fictional(self, town):
        assert town.made == len(town.shops) == 600
        assert all(shop.is_demo for shop in town.shops)

    def test_the_dense_districts_are_dense_and_the_sparse_ones_sparse(self, town):
        counts = Counter(town.districts[shop.district_id].slug for shop in town.shops)
        assert counts.keys() == {district.slug for district in town.districts.values()}
        assert len(counts) == 24
        assert all(1 <= counts[slug] <= 4 for slug in SPARSE)
        assert {slug for slug, _count in counts.most_common(2)} == {"gare", "ville-haute"}
        assert min(counts["gare"], counts["ville-haute"]) > 80
        assert min(count for slug, count in counts.items() if slug not in SPARSE) >= 4

    def test_no_category_is_empty_and_the_common_ones_are_common(self, town):
        counts = Counter(shop.category.code for shop in town.shops)
        assert counts.keys() == town.categories
        shown = {shop.category.code for shop in town.published}
        assert len(town.categories - shown) <= 3
        assert counts["restaurant"] > 30
        assert counts["hairdresser"] > 25
        assert counts["stonemason"] <= 2

    def test_the_one_department_store_is_in_the_centre(self, town):
        (store,) = [shop for shop in town.shops if shop.category.code == "department_store"]
        assert town.districts[store.district_id].slug in ("ville-haute", "gare")

    def test_marie_bakes_and_paul_sells_books_next_door(self, town):
        by_slug = {shop.slug: shop for shop in town.shops}
        marie, paul = by_slug[demo.MARIE], by_slug[demo.PAUL]
        assert (marie.category.code, paul.category.code) == ("bakery", "bookshop")
        assert marie.street == paul.street == "Rue Glesener"
        assert town.districts[marie.district_id].slug == town.districts[paul.district_id].slug == "gare"
        metres = ((marie.x_m - paul.x_m) ** 2 + (marie.y_m - paul.y_m) ** 2) ** 0.5
        assert 4 <= metres <= 20
        for shop in (marie, paul):
            assert shop.is_published
            assert shop.is_claimed
            assert not shop.hours_are_stale(AT)
        assert {marie.pk, paul.pk} <= town.open_now


class TestNobodyTakesItForReal:
    def test_a_shop_has_a_street_of_its_district_but_no_number(self, town):
        streets = {pk: {s.name for s in district.streets.all()} for pk, district in town.districts.items()}
        for shop in town.shops:
            assert not shop.house_number
            assert not shop.postcode
            assert shop.street in streets[shop.district_id] or (not shop.street and shop.place_note), shop

    def test_a_market_trader_has_no_address_but_says_where_he_stands(self, town):
        traders = [shop for shop in town.shops if not shop.street]
        assert len(traders) >= 8
        assert {shop.category.code for shop in traders} >= {"market_food", "market_flowers", "food_truck"}
        assert all(shop.lat is None and shop.place_note for shop in traders)

    def test_each_stands_inside_its_district_and_on_nobody_else(self, town):
        outlines = {pk: Polygon(district.outline) for pk, district in town.districts.items()}
        placed = [shop for shop in town.shops if shop.lat is not None]
        assert all(outlines[shop.district_id].contains(Point(shop.lon, shop.lat)) for shop in placed)
        placed.sort(key=lambda shop: shop.x_m)
        for index, shop in enumerate(placed):
            for other in placed[index + 1 :]:
                if other.x_m - shop.x_m > 3.5:
                    break
                assert (other.x_m - shop.x_m) ** 2 + (other.y_m - shop.y_m) ** 2 > 3.5**2, (shop, other)

    def test_every_address_on_the_web_is_reserved_for_examples(self, town):
        urls = [link.url for shop in town.shops for link in shop.links.all()]
        assert len(urls) > 300
        for url in urls:
            assert urlsplit(url).hostname.endswith(".example"), url
        emails = [shop.email for shop in town.shops if shop.email]
        assert len(emails) > 200
        assert all(email.endswith(".example") for email in emails)

    def test_no_telephone_can_ring_anywhere(self, town):
        """Subscribers' numbers begin with 2 to 9; a national number that begins with 0 is nobody's."""
        phones = [shop.phone for shop in town.shops if shop.phone]
        assert len(phones) > 300
        assert all(re.fullmatch(r"\+35201\d{6}", phone) for phone in phones)

    def test_no_invented_name_is_a_known_shop_s(self, town, data_dir):
        with (data_dir / "luxembourg_shops.csv").open(encoding="utf-8") as file:
            real = {key(row["name"]) for row in csv.DictReader(file)}
        assert len(real) > 400
        written = {shop["name"] for shop in DATA.shops}
        written |= {
            name for trade in DATA.trades.values() for group in trade["names"].values() for name in group
        }
        assert not {name for name in written | {shop.name for shop in town.shops} if key(name) in real}

    def test_names_are_names_and_each_is_there_once(self, town):
        names = [shop.name for shop in town.shops]
        assert len(set(map(key, names))) == len(names)
        assert not [name for name in names if re.search(r"[{}]|\b(?:shop|commerce) \d", name, re.IGNORECASE)]
        categories = {shop.category.label for shop in town.shops}
        assert not [name for name in names if name in categories]


class TestLife:
    def test_all_states_are_there(self, town):
        counts = Counter(shop.status for shop in town.shops)
        assert counts["published"] > 570
        assert counts["closed"] >= 4
        assert counts["merged"] == 1
        assert min(counts["draft"], counts["submitted"], counts["suspended"]) >= 1

    def test_who_left_says_since_when(self, town):
        for shop in town.shops:
            if shop.status in ("closed", "merged", "suspended"):
                (event,) = shop.events.all()
                assert event.after == {"status": shop.status}
                assert event.at < AT
            assert (shop.closed_at is not None) == (shop.status == "closed")

    def test_the_merged_page_leads_to_a_published_one(self, town):
        (merged,) = [shop for shop in town.shops if shop.status == "merged"]
        assert merged.merged_into_id in {shop.pk for shop in town.published}

    def test_renamed_shops_keep_their_old_address(self, town):
        renamed = [shop for shop in town.shops if shop.old_slugs.all()]
        assert 1 <= len(renamed) <= 2
        slugs = {shop.slug for shop in town.shops}
        assert all(old.slug not in slugs for shop in renamed for old in shop.old_slugs.all())
        assert all(shop.other_names for shop in renamed)

    def test_a_fifth_is_unclaimed_mostly_with_unknown_hours(self, town):
        unclaimed = [shop for shop in town.published if not shop.is_claimed]
        assert 0.15 < len(unclaimed) / len(town.published) < 0.25
        unknown = [shop for shop in unclaimed if not shop.opening_hours]
        assert len(unknown) > 0.8 * len(unclaimed)
        assert not any(shop.summary or shop.email or shop.services for shop in unclaimed)

    def test_all_hours_are_understood(self, town):
        expressions = {shop.opening_hours for shop in town.shops if shop.opening_hours}
        expressions |= {shop.hours_expression for shop in town.shops if shop.hours_expression}
        assert len(expressions) > 150
        for expression in expressions:
            Hours.parse(expression, town.place)  # raises InvalidHours

    def test_all_hours_in_the_data_are_understood(self, town):
        weeks = {
            f"{week}; {holidays}" if holidays else week
            for name, family in DATA.hours.items()
            if name != "unclear"
            for week in family["weeks"]
            for holidays in family["holidays"]
        }
        weeks |= {hours for pitch in DATA.districts["pitches"] for hours in pitch.get("hours", ())}
        for expression in weeks:
            Hours.parse(expression, town.place)  # raises InvalidHours

    def test_hours_differ_by_trade(self, town):
        def of(*categories):
            return [
                s.opening_hours for s in town.published if s.category.code in categories and s.opening_hours
            ]

        assert any(re.search(r"0[56]:\d\d-", hours) for hours in of("bakery"))
        assert any("Su" in hours for hours in of("bakery"))
        assert any(re.search(r"\d\d:\d\d-14:\d\d,1", hours) for hours in of("restaurant"))
        assert any(re.search(r"-0[1-5]:00", hours) for hours in of("bar", "pub", "nightclub"))
        assert sum(hours.startswith("Mo 1") or not hours.startswith("Mo") for hours in of("hairdresser")) > 20
        assert any("sur rendez-vous" in hours for hours in of("plumber", "carpenter", "painter", "massage"))
        assert "24/7" in of("laundry")
        assert any("PH 09:00-12:00" in hours for hours in of("florist"))
        everyone = [shop.opening_hours for shop in town.published if shop.opening_hours]
        assert 0.3 < sum("PH" in hours for hours in everyone) / len(everyone) < 0.8

    def test_some_hours_are_only_words(self, town):
        unclear = [shop for shop in town.shops if shop.opening_hours_text]
        assert 5 <= len(unclear) <= 12
        assert not any(shop.opening_hours or shop.hours_confirmed_at for shop in unclear)

    def test_on_a_tuesday_morning_many_are_open_and_many_are_not(self, town):
        assert 0.3 < len(town.open_now) / len(town.published) < 0.7

    def test_some_are_away_today_and_do_not_count_as_open(self, town):
        away = [
            shop
            for shop in town.published
            if any(
                day.start_on <= AT.date() <= day.end_on and not day.hours for day in shop.special_days.all()
            )
        ]
        assert len(away) >= 8
        assert not town.open_now & {shop.pk for shop in away}
        assert any(day.start_on > AT.date() for shop in town.published for day in shop.special_days.all())
        assert any(day.hours for shop in town.published for day in shop.special_days.all())

    def test_some_facts_are_stale_and_none_is_from_the_future(self, town):
        confirmed = [shop for shop in town.published if shop.hours_confirmed_at]
        stale = [shop for shop in confirmed if shop.hours_are_stale(AT)]
        assert 0.1 < len(stale) / len(confirmed) < 0.3
        for shop in town.shops:
            for group in ("identity", "hours", "contact", "services", "accessibility"):
                instant = getattr(shop, f"{group}_confirmed_at")
                assert instant is None or shop.created_at - timedelta(days=1) < instant < AT
            assert shop.created_at < AT
            assert shop.published_at is None or shop.created_at <= shop.published_at < AT
        assert any(shop.published_at > AT - timedelta(days=30) for shop in town.published)

    def test_accessibility_has_answers_and_unknowns(self, town):
        answers = Counter(answer for shop in town.published for _q, answer in shop.access_answers())
        assert set(answers) == {"yes", "partly", "no", ""}
        assert answers[""] > sum(answers.values()) / 3

    def test_services_payments_and_languages_vary(self, town):
        claimed = [shop for shop in town.published if shop.is_claimed]
        services = {service for shop in claimed for service in shop.services}
        assert len(services) >= 18
        assert len({tuple(shop.payments) for shop in claimed}) > 15
        spoken = {language for shop in claimed for language in shop.spoken_languages}
        assert spoken >= {"lb", "fr", "de", "en", "pt", "it"}
        assert any(shop.service_notes for shop in claimed)
        assert any(shop.other_categories.all() for shop in claimed)

    def test_the_night_s_work_is_done_with_the_loading(self, town):
        assert town.row.rotated_on == AT.date()
        assert town.row.intervals_until > AT + timedelta(days=catalogue.FILTER_DAYS)


class TestTexts:
    def test_most_say_something_and_many_say_nothing(self, town):
        said = [shop for shop in town.published if shop.summary or shop.i18n]
        assert 0.4 < len(said) / len(town.published) < 0.75
        assert sum(bool(shop.description) for shop in town.published) > 100

    def test_no_two_shops_say_the_same(self, town):
        for field in ("summary", "description"):
            texts = [text for shop in town.shops if (text := getattr(shop, field))]
            assert len(set(texts)) == len(texts)

    def test_they_speak_several_languages(self, town):
        counts = Counter(name for shop in town.published for name in shop.i18n)
        assert min(counts[f"summary_{language}"] for language in ("de", "lb", "en")) > 25
        assert set(counts) <= {f"{f}_{lang}" for f in ("summary", "description") for lang in LANGUAGES}

    def test_texts_fit_their_fields(self):
        for shop in DATA.shops:
            assert all(len(text) <= 200 for text in shop.get("summary", {}).values()), shop["name"]
        for code, trade in DATA.trades.items():
            assert all(len(text) <= 200 for texts in trade["summaries"] for text in texts.values()), code


class TestData:
    def test_every_key_leads_somewhere(self, town):
        streets = {street.name for district in town.districts.values() for street in district.streets.all()}
        slugs = {district.slug for district in town.districts.values()}
        assert set(DATA.trades) == town.categories | {"*"}
        assert set(DATA.districts["shops"]) == slugs
        assert not {s["street"] for s in DATA.shops if "street" in s} - streets
        assert not {s["district"] for s in DATA.shops} - slugs
        assert not {s["category"] for s in DATA.shops} - town.categories
        assert not {code for s in DATA.shops for code in s.get("also", ())} - town.categories
        assert not set(DATA.districts["streets"]) - streets
        for code, trade in DATA.trades.items():
            assert trade["hours"] in DATA.hours, code
            assert trade["where"] in DATA.districts["where"], code
            assert set(trade.get("also", ())) <= town.categories, code
            assert set(trade["services"]) <= set(Service.values), code

    def test_every_pattern_can_be_filled(self):
        signs = demo.signs.Signs(DATA, set())
        lot = Random(1)
        for code, trade in DATA.trades.items():
            assert trade["patterns"], code
            for language, patterns in trade["patterns"].items():
                for pattern in patterns:
                    name = signs.fill(pattern, language, lot, plain=False)
                    assert not re.search(r"[{}]", name)
                    assert len(name) <= 120

    def test_de_becomes_d_before_a_vowel(self):
        signs = demo.signs.Signs(DATA, set())
        names = {signs.fill("Chez {of} {forename}", "fr", Random(i)) for i in range(200)}
        assert "Chez d’Odile" in names
        assert "Chez de Margot" in names
        assert not [name for name in names if re.match(r"Chez de [AÉEIOUYH]", name)]


class TestTheSameEveryTime:
    def test_same_seed_same_city(self, city):
        assert invented(300) == invented(300)

    def test_another_seed_is_another_city(self, city):
        one, other = invented(300), invented(300, seed=7)
        assert {shop["public_id"] for shop, *_rest in one}.isdisjoint(
            shop["public_id"] for shop, *_rest in other
        )

    def test_a_large_city_begins_like_a_small_one(self, city):
        assert invented(700)[:300] == invented(300)

    def test_only_dates_follow_the_instant(self, city):
        early, late = invented(50), invented(50, at=AT + timedelta(days=30))
        dated = {"created_at", "published_at", "claimed_at", "closed_at"}
        dated |= {f"{group}_confirmed_at" for group in FactGroup.values}
        for (one, *_rest), (other, *_others) in zip(early, late, strict=True):
            assert {k: v for k, v in one.items() if k not in dated} == {
                k: v for k, v in other.items() if k not in dated
            }
        assert early != late

    def test_it_is_the_same_in_the_database_after_a_fresh_start(self, city):
        def stored():
            columns = [
                field.attname for field in Shop._meta.concrete_fields if field.attname not in ("id", "search")
            ]
            return list(Shop.objects.order_by("external_id").values_list(*columns))

        with transaction.atomic():
            demo.load(DATA, number=80, at=AT)
            before = stored()
            assert len(before) == 80
            # Away with all of it, as if it had never been.
            transaction.set_rollback(True)
        assert stored() == []
        demo.load(DATA, number=80, at=AT)
        assert stored() == before

    def test_public_ids_and_slugs_are_unique_in_a_large_city(self, city):
        shops = [shop for shop, *_rest in invented(3000)]
        assert len({shop["public_id"] for shop in shops}) == 3000
        assert len({shop["slug"] for shop in shops}) == 3000
        assert len({shop["name"] for shop in shops}) > 2000  # of six categories


class TestTheCommand:
    def test_it_makes_the_shops_and_says_so(self, city, demonstration):
        assert "40 fictional shops were created" in run("--shops", "40", "--at", "2026-11-24T10:00")
        assert Shop.objects.filter(is_demo=True).count() == 40

    def test_again_it_changes_nothing(self, city, demonstration):
        run("--shops", "40", "--at", "2026-11-24T10:00")
        before = list(Shop.objects.order_by("pk").values()), Catalogue.objects.get().version
        assert "Nothing new" in run("--shops", "40", "--at", "2026-12-24T10:00")
        assert (list(Shop.objects.order_by("pk").values()), Catalogue.objects.get().version) == before

    def test_what_an_interrupted_run_left_out_is_added(self, city, demonstration):
        run("--shops", "20")
        first = set(Shop.objects.values_list("public_id", flat=True))
        assert "10 fictional shops were created" in run("--shops", "30")
        assert first < set(Shop.objects.values_list("public_id", flat=True))

    def test_an_address_that_a_real_shop_has_is_left_to_it(self, city, demonstration):
        real = factories.make_shop("Um Eck", slug=demo.MARIE)
        run("--shops", "3")
        assert Shop.objects.get(slug=demo.MARIE) == real
        assert Shop.objects.filter(name="Um Eck", is_demo=True).get().slug != demo.MARIE

    def test_another_seed_does_not_come_beside_the_first(self, city, demonstration):
        run("--shops", "5")
        with pytest.raises(CommandError, match="another seed"):
            run("--shops", "5", "--seed", "7")

    @pytest.mark.usefixtures("city")
    def test_production_refuses_even_when_forced(self, settings):
        settings.PRODUCTION = True
        with pytest.raises(CommandError, match="Production"):
            run("--shops", "5", "--force")
        assert not Shop.objects.exists()

    @pytest.mark.usefixtures("city")
    def test_outside_the_demonstration_it_wants_to_be_forced(self):
        with pytest.raises(CommandError, match="VITRINE_DEMO"):
            run("--shops", "5")
        assert not Shop.objects.exists()
        run("--shops", "5", "--force")
        assert Shop.objects.count() == 5
        assert not get_user_model().objects.exists()

    def test_a_developer_s_real_shops_stay_alone(self, city, settings):
        settings.DEBUG = True
        factories.make_shop("Vrai commerce")
        with pytest.raises(CommandError, match="1 real shop"):
            run("--shops", "5")

    def test_without_a_city_it_says_what_to_do(self, db, demonstration):
        with pytest.raises(CommandError, match="load_city"):
            run("--shops", "5")

    @pytest.mark.parametrize("at", ["yesterday", "2026-13-01"])
    def test_a_bad_instant_is_refused(self, city, demonstration, at):
        with pytest.raises(CommandError, match=at):
            run("--shops", "5", "--at", at)

    def test_everybody_can_sign_in_with_what_the_command_says(self, city, demonstration):
        people = get_user_model().objects
        for _time in range(2):
            said = [line.split() for line in run("--shops", "1").splitlines() if " signs in as " in line]
            assert len(said) == len(demo.ACCOUNTS) == people.count()
            for *_words, email, _with, password in said:
                assert people.get(email=email).check_password(password)
            claire = people.get(name="Claire")
            assert claire.city_roles == ["moderator"]
            assert Authenticator.objects.filter(user=claire, type="totp").count() == 1
            # What she makes of it does not outlive the next start: the password that is told is the true one.
            claire.set_password("une phrase à moi")
            claire.save()

    def test_desks_are_filled_once_as_far_as_the_shops_go(
        self, luxembourg, demonstration, settings, tmp_path
    ):
        """A city of the first thirty shops: what is told of the others is left out."""
        settings.STORAGES = {**settings.STORAGES, "default": files.disk(tmp_path / "media")}
        said = run("--shops", "30", "--desks")
        assert "Their desks were filled" in said
        assert "sofia@fin-moulin.example" in said
        changes = Change.objects.count()
        assert changes >= 4
        assert "filled" not in run("--shops", "30", "--desks")
        assert Change.objects.count() == changes

    def test_without_being_asked_it_fills_no_desk(self, city, demonstration):
        run("--shops", "20")
        assert not Change.objects.exists()

    def test_the_cast_has_its_places(self, luxembourg, demonstration):
        """Marie owns the bakery, Tom works its till, Paul owns the bookshop; none of them works for the City."""
        for _time in range(2):
            run("--shops", "40")
            found = Membership.objects.values_list("user__name", "shop__slug", "role")
            assert set(found) == {
                ("Marie Muller", demo.MARIE, "owner"),
                ("Tom Schmit", demo.MARIE, "till"),
                ("Paul Weber", demo.PAUL, "owner"),
            }
        merchants = get_user_model().objects.filter(city_roles=[])
        assert {user.name.split()[0] for user in merchants} == {"Marie", "Tom", "Paul"}
        assert not Authenticator.objects.filter(user__in=merchants).exists()
        assert not Shop.objects.filter(memberships__isnull=False, claimed_at=None).exists()
        assert {role for account in demo.ACCOUNTS for role in account.city_roles} >= {"finance", "auditor"}


class TestAnotherCity:
    """Names and habits are this folder's, the streets and districts those of the city that is loaded."""

    @pytest.fixture
    def elsewhere(self, db):
        at = timezone.now()
        square = [[7.41, 43.72], [7.44, 43.72], [7.44, 43.75], [7.41, 43.75], [7.41, 43.72]]
        City.objects.create(
            pk=1, name="Monaco", slug="monaco", languages=["fr"], country="MC", time_zone="Europe/Monaco",
            currency="EUR", centre_lon=7.42, centre_lat=43.735, loaded_at=at, pack_sha256="0" * 64,
            freshness_days={"hours": 90},
        )  # fmt: skip
        District.objects.create(
            code="1", slug="monaco", name="Monaco", hue=0, label_lon=7.42, label_lat=43.735, outline=square
        )
        group = factories.CategoryGroup.objects.create(code="all", slug="tout", label="Tout", symbol="bell")
        for code in ("bakery", "unheard_of"):
            Category.objects.create(
                group=group, code=code, slug=code, label=code, symbol="bell", schema_type="Store"
            )
        Catalogue.objects.update_or_create(pk=1, defaults={"changed_at": at})

    def test_it_fills_the_city_that_is_loaded(self, elsewhere):
        demo.load(DATA, number=60, at=AT)
        shops = Shop.objects.select_related("category", "district")
        assert {shop.category.code for shop in shops} == {"bakery", "unheard_of"}
        outline = Polygon(District.objects.get().outline)
        for shop in shops:
            assert not shop.street
            assert outline.contains(Point(shop.lon, shop.lat))
            assert not shop.phone  # what no one can have here may be somebody's there


def test_the_data_is_no_copy_of_the_real_one():
    """The files say so themselves, and hold no house number."""
    for path in sorted((LUXEMBOURG / "demo").glob("*.toml")):
        text = path.read_text(encoding="utf-8")
        tomllib.loads(text)
        assert "house_number" not in text
        assert not re.search(r"https?://(?![^/\s\"]*\.example)", text), path.name
    assert json.dumps([shop["name"] for shop in DATA.shops])
