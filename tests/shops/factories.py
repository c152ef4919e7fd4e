"""A small city and its merchants, made for a test. The cast: Marie's bakery in Gare, Paul's bookshop next door.

The city is a sketch of the real one (four districts, a few categories), so that a test says what it needs and
nothing else. `load_city` has its own tests, and the `luxembourg` fixture loads the real pack.
"""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from districts.city_pack import read_pack
from districts.models import City, District, PublicHoliday, Street
from shops import catalogue, loading
from shops.models import Catalogue, Category, CategoryGroup, Shop, SpecialDay

ZONE = ZoneInfo("Europe/Luxembourg")
# An ordinary Tuesday morning: most shops are open, bakeries since long.
TUESDAY_10H = datetime(2026, 11, 24, 10, 0, tzinfo=ZONE)

WEEKDAYS_9_TO_18 = "Mo-Sa 09:00-18:00; PH off"
EVERY_DAY = "Mo-Su 06:00-20:00"

# Squares side by side, about 1.4 km each: west to east, Ville-Haute above Gare.
DISTRICTS = {
    "gare": ("Gare", "Garer Quartier", 20.0, 6.125, 49.590),
    "bonnevoie": ("Bonnevoie", "Bouneweg", 110.0, 6.145, 49.590),
    "ville-haute": ("Ville Haute", "Uewerstad", 200.0, 6.125, 49.603),
    "muehlenbach": ("Mühlenbach", "Millebaach", 290.0, 6.145, 49.603),
}
GROUPS = {
    # code: (slug, label, German, Luxembourgish, English, symbol, {category code: (slug, the same)})
    "food": (
        ("alimentation", "Alimentation", "Lebensmittel", "Liewensmëttel", "Food", "basket"),
        {
            "bakery": ("boulangerie", "Boulangerie", "Bäckerei", "Bäckerei", "Bakery", "bread", "Bakery"),
            "butcher": ("boucherie", "Boucherie", "Metzgerei", "Metzlerei", "Butcher", "ham", "Store"),
        },
    ),
    "leisure": (
        (
            "culture-et-loisirs",
            "Culture et loisirs",
            "Kultur und Freizeit",
            "Kultur a Fräizäit",
            "Culture",
            "book",
        ),
        {
            "books": (
                "librairie",
                "Librairie",
                "Buchhandlung",
                "Bicherbuttek",
                "Bookshop",
                "book",
                "BookStore",
            ),
            "toys": ("jouets", "Jouets", "Spielwaren", "Spillsaachen", "Toys", "teddy-bear", "ToyStore"),
        },
    ),
    "eat_drink": (
        ("cafes-et-restaurants", "Cafés et restaurants", "Gastronomie", "Gastronomie", "Eating", "cutlery"),
        {
            "cafe": ("cafe", "Café", "Café", "Café", "Café", "cup", "CafeOrCoffeeShop"),
            "restaurant": (
                "restaurant",
                "Restaurant",
                "Restaurant",
                "Restaurant",
                "Restaurant",
                "cutlery",
                "Restaurant",
            ),
        },
    ),
}

_numbers = itertools.count(1)


def make_city(*, languages=("fr", "de", "lb", "en"), at=TUESDAY_10H) -> City:
    """A city of four districts, three groups of categories and three streets, without a shop."""
    city = City.objects.create(
        pk=1,
        name="Luxembourg",
        slug="luxembourg",
        languages=list(languages),
        country="LU",
        time_zone="Europe/Luxembourg",
        currency="EUR",
        centre_lon=6.13,
        centre_lat=49.6,
        facts={
            "attributions": [{"subject": "districts", "text": "© OpenStreetMap", "licence": "", "url": ""}]
        },
        freshness_days={
            "identity": 365,
            "hours": 90,
            "contact": 180,
            "services": 180,
            "accessibility": 365,
            "photos": 730,
        },
        pack_sha256="0" * 64,
        loaded_at=at,
        i18n={"name_de": "Luxemburg", "name_lb": "Lëtzebuerg", "name_en": "Luxembourg"},
    )
    # In few statements: nearly every test begins here.
    gare, bonnevoie, ville_haute, muehlenbach = District.objects.bulk_create(
        _district(slug, name=name, name_lb=name_lb, hue=hue, west=lon, south=lat, position=position)
        for position, (slug, (name, name_lb, hue, lon, lat)) in enumerate(DISTRICTS.items())
    )
    neighbours = District.neighbours.through
    neighbours.objects.bulk_create(
        neighbours(from_district=one, to_district=other)
        for first in (gare, muehlenbach)
        for second in (bonnevoie, ville_haute)
        for one, other in ((first, second), (second, first))
    )
    groups = CategoryGroup.objects.bulk_create(
        CategoryGroup(code=code, symbol=symbol, position=position, **_labels(*labels))
        for position, (code, ((*labels, symbol), _categories)) in enumerate(GROUPS.items())
    )
    Category.objects.bulk_create(
        Category(
            group=group, code=code, symbol=symbol, schema_type=schema_type, position=rank, **_labels(*labels)
        )
        for group, (_words, categories) in zip(groups, GROUPS.values(), strict=True)
        for rank, (code, (*labels, symbol, schema_type)) in enumerate(categories.items())
    )
    Street.objects.bulk_create(
        Street(slug=slug, name=name)
        for slug, name in {
            "avenue-de-la-gare": "Avenue de la Gare",
            "rue-de-strasbourg": "Rue de Strasbourg",
            "grand-rue": "Grand-Rue",
        }.items()
    )
    PublicHoliday.objects.create(on=date(2026, 12, 25), name="Noël", i18n={"name_de": "Weihnachten"})
    Catalogue.objects.update_or_create(pk=1, defaults={"changed_at": at})
    return city


def load_luxembourg(at=TUESDAY_10H) -> City:
    """The pack that the project carries, loaded as `load_city` does."""
    loading.load(read_pack(settings.BASE_DIR / "cities" / "luxembourg"), at=at)
    return City.objects.get()


def _labels(slug, label, label_de, label_lb, label_en):
    i18n = {"label_de": label_de, "label_lb": label_lb, "label_en": label_en}
    return {"slug": slug, "label": label, "i18n": i18n}


def make_district(slug, **facts) -> District:
    """A district: a square of 0.02° by 0.013°."""
    district = _district(slug, **facts)
    district.save()
    return district


def _district(slug, *, name=None, name_lb="", hue=0.0, west=6.125, south=49.59, position=0):
    east, north = west + 0.02, south + 0.013
    return District(
        code=f"{position:02}",
        slug=slug,
        name=name or slug.title(),
        intro=f"Le quartier {name or slug}.",
        hue=hue,
        area_ha=100,
        label_lon=west + 0.01,
        label_lat=south + 0.006,
        outline=[[west, south], [east, south], [east, north], [west, north], [west, south]],
        position=position,
        i18n={"name_lb": name_lb} if name_lb else {},
    )


def shop_facts(name=None, *, district="gare", category="bakery", at=TUESDAY_10H, **facts) -> dict:
    """The columns of an ordinary published shop, confirmed last week, in the middle of its district."""
    number = next(_numbers)
    district = District.objects.get(slug=district) if isinstance(district, str) else district
    category = Category.objects.get(code=category) if isinstance(category, str) else category
    west, south = district.outline[0]
    defaults = {
        "name": name or f"Commerce {number}",
        "slug": f"commerce-{number}",
        # Not by chance: a test that fails must fail again.
        "public_id": f"{number:08}",
        "district": district,
        "category": category,
        "status": Shop.Status.PUBLISHED,
        "published_at": at - timedelta(days=30),
        "created_at": at - timedelta(days=60),
        "street": "Avenue de la Gare",
        "house_number": str(number),
        "lon": west + 0.0005 + (number * 7 % 190) / 10_000,
        "lat": south + 0.0005 + (number * 11 % 120) / 10_000,
        "opening_hours": WEEKDAYS_9_TO_18,
        "hours_confirmed_at": at - timedelta(days=7),
        "hours_confirmed_by": "merchant",
    }
    facts = defaults | facts
    if facts["hours_confirmed_at"] is None:
        facts["hours_confirmed_by"] = ""
    if facts["status"] != Shop.Status.PUBLISHED:
        facts["published_at"] = None
    return facts


def make_shop(
    name=None, *, district="gare", category="bakery", at=TUESDAY_10H, special_days=(), **facts
) -> Shop:
    """Publish one shop. Anything that `Shop` has may be given; `special_days` are dicts of `SpecialDay`."""
    other_categories = facts.pop("other_categories", ())
    with transaction.atomic():
        shop = Shop.objects.create(**shop_facts(name, district=district, category=category, at=at, **facts))
        shop.other_categories.set(Category.objects.filter(code__in=other_categories))
        for day in special_days:
            SpecialDay.objects.create(shop=shop, **day)
        catalogue.changed([shop.pk], at=at)
    shop.refresh_from_db()
    return shop


def make_shops(number, *, at=TUESDAY_10H, **facts) -> list[Shop]:
    """Publish many ordinary shops, spread over the districts and categories unless these are given."""
    districts = list(District.objects.all())
    categories = list(Category.objects.select_related("group"))
    with transaction.atomic():
        shops = Shop.objects.bulk_create(
            Shop(
                **shop_facts(
                    at=at,
                    **{
                        "district": districts[index % len(districts)],
                        "category": categories[index % len(categories)],
                        **facts,
                    },
                )
            )
            for index in range(number)
        )
        catalogue.changed([shop.pk for shop in shops], at=at)
    return shops


def make_marie(**facts) -> Shop:
    """Marie's bakery in Gare, open every day from six."""
    return make_shop(
        **{
            "name": "Boulangerie Um Eck",
            "slug": "boulangerie-um-eck",
            "public_id": "mar1eeck",
            "category": "bakery",
            "opening_hours": EVERY_DAY,
            "services": ["pickup", "delivery"],
            "payments": ["cash", "debit_card"],
            "spoken_languages": ["lb", "fr", "pt"],
            "accessibility": {"step_free": "yes"},
            **facts,
        }
    )


def make_paul(**facts) -> Shop:
    """Paul's bookshop next door, closed on Mondays and Sundays."""
    return make_shop(
        **{
            "name": "Librairie d’à côté",
            "slug": "librairie-d-a-cote",
            "public_id": "pa1b00ks",
            "category": "books",
            "opening_hours": "Tu-Sa 10:00-18:30; PH off",
            "services": ["gift_wrap", "order_in"],
            "spoken_languages": ["fr", "de"],
            "accessibility": {"step_free": "no"},
            **facts,
        }
    )


def utc(*parts) -> datetime:
    return datetime(*parts, tzinfo=UTC)
