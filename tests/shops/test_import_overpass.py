"""From OpenStreetMap tags to a shop's facts: what is certain is taken, what is not is told and left."""

import pytest

from districts.models import City
from shops.models import Link, Shop
from tests.shops.import_fixtures import copy_of, edit, load_city, node, overpass, plan_of, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def monaco(db):
    load_city("monaco")


def shop_of(**tags) -> Shop:
    """The shop that a bakery with these tags becomes."""
    take(overpass(node(1, **tags)))
    return Shop.objects.get(external_id="osm:node/1")


def remarks_of(**tags) -> dict[str, str]:
    """What the report says of a bakery with these tags: field -> reason."""
    (outcome,) = plan_of(overpass(node(1, **tags))).outcomes
    assert outcome.verdict != "refused"
    return {remark.field: remark.reason for remark in outcome.all_remarks}


def test_a_place_with_nothing_but_a_name_knows_nothing_else():
    shop = shop_of()
    assert (shop.name, shop.slug, shop.status) == ("Chez Nina", "chez-nina", "published")
    assert (shop.claimed_at, shop.phone, shop.email, shop.street, shop.opening_hours) == (
        None,
        "",
        "",
        "",
        "",
    )
    assert (shop.services, shop.payments, shop.spoken_languages, shop.accessibility) == ([], [], [], {})
    assert shop.identity_confirmed_by == "import"
    assert f"{shop.identity_confirmed_at:%Y-%m-%d}" == "2026-11-01"
    for group in ("hours", "contact", "services", "accessibility", "photos"):
        assert getattr(shop, f"{group}_confirmed_at") is None
        assert getattr(shop, f"{group}_confirmed_by") == ""


def test_a_file_without_a_date_confirms_nothing():
    take(overpass(node(1, phone="+377 93 50 68 60"), base=None))
    shop = Shop.objects.get()
    assert shop.phone == "+37793506860"
    assert (shop.identity_confirmed_at, shop.contact_confirmed_at, shop.contact_confirmed_by) == (
        None,
        None,
        "",
    )


@pytest.mark.parametrize("stamp", ["2026", "hier", 17, None, "2026-11-01T00:00:00", ["2026-11-01T00:00:00Z"]])
def test_a_date_that_is_none_confirms_nothing(stamp):
    assert plan_of(overpass(node(1), base=None, osm3s={"timestamp_osm_base": stamp})).confirmed_at is None


@pytest.mark.parametrize("kind", ["way", "relation"])
def test_ways_and_relations_stand_at_their_centre(kind):
    element = node(7, lat=None, lon=None) | {"type": kind, "center": {"lat": 43.738, "lon": 7.424}}
    take(overpass(element))
    shop = Shop.objects.get(external_id=f"osm:{kind}/7")
    assert (shop.lat, shop.lon) == (43.738, 7.424)


def test_a_way_without_its_centre_is_refused_with_what_to_ask_for():
    element = node(7, lat=None, lon=None) | {"type": "way"}
    (outcome,) = plan_of(overpass(element)).outcomes
    assert "out center" in outcome.row.refusal.reason


def test_just_outside_the_simplified_outline_is_still_inside():
    """Luxembourg, Monaco and Helsinki say 30 metres in their packs; 0.0002° of latitude are 22."""
    south = 43.7245
    assert plan_of(overpass(node(1, lat=south - 0.0006, lon=7.4087))).counts()["refused"] == 1
    assert plan_of(overpass(node(1, lat=south - 0.0002, lon=7.4087))).counts()["new"] == 1


def test_names_in_the_languages_of_the_city_and_names_to_be_found_by():
    shop = shop_of(
        name__fr="Chez Nina", name__en="Nina’s", name__it="Da Nina", alt_name="Nina;La Nina", official_name="NINA SARL",
        old_name="Chez Nina",
    )  # fmt: skip
    assert shop.i18n == {"name_en": "Nina’s"}
    assert shop.other_names == "Nina; La Nina; Da Nina; NINA SARL"


def test_other_names_are_as_many_as_fit():
    shop = shop_of(alt_name=";".join(f"Le nom numéro {number}" for number in range(40)))
    assert shop.other_names.startswith("Le nom numéro 0; Le nom numéro 1; ")
    assert len(shop.other_names) <= 200


def test_white_space_in_texts_is_tidied():
    shop = shop_of(name="  Chez\u00a0 Nina\n", addr__street="Rue  des Iris ")
    assert (shop.name, shop.street) == ("Chez Nina", "Rue des Iris")


def test_the_address_in_its_fields():
    shop = shop_of(addr__street="Boulevard des Moulins", addr__housenumber="12 bis", addr__postcode="98000")
    assert (shop.street, shop.house_number, shop.postcode) == ("Boulevard des Moulins", "12 bis", "98000")
    assert shop.street_slug == "boulevard-des-moulins"


def test_a_text_too_long_for_its_field_is_left_out_and_told():
    assert remarks_of(addr__housenumber="33, au fond de la galerie") == {
        "addr:housenumber": "trop long : 25 caractères, 20 au plus"
    }


@pytest.mark.parametrize(
    ("tags", "category", "others"),
    [
        ({"shop": "bakery"}, "bakery", []),
        ({"amenity": "cafe"}, "cafe", []),
        ({"shop": "books", "amenity": "cafe"}, "culture", ["cafe"]),
        ({"shop": "bakery;pastry"}, "bakery", []),
        ({"shop": "bakery;wine"}, "bakery", ["wine_shop"]),
        ({"shop": "yes"}, "other_shop", []),
        ({"shop": "unheard-of", "amenity": "bar"}, "bar", []),
        ({"shop": "vacant", "amenity": "bar"}, "bar", []),
        ({"craft": "shoemaker"}, "craft", []),
    ],
)
def test_the_category_by_the_selectors_of_the_pack(tags, category, others):
    shop = shop_of(**tags)
    assert shop.category.code == category
    assert sorted(shop.other_categories.values_list("code", flat=True)) == others


@pytest.mark.parametrize(
    ("tags", "phone"),
    [
        ({"phone": "+377 93 50 68 60"}, "+37793506860"),
        ({"phone": "93 50 68 60"}, "+37793506860"),
        ({"phone": "00377 93 50 68 60"}, "+37793506860"),
        ({"contact__phone": "+352 26 12 34 56"}, "+35226123456"),
        ({"phone": "+377 93 50 68 60; +377 93 50 68 61"}, "+37793506860"),
        ({"phone": "sur demande", "contact__phone": "+377 93 50 68 60"}, "+37793506860"),
        ({"mobile": "+33 6 12 34 56 78"}, "+33612345678"),
    ],
)
def test_telephone_numbers_in_one_form(tags, phone):
    assert shop_of(**tags).phone == phone


@pytest.mark.parametrize("value", ["+377 12", "sur demande", "0", "+" * 1000, "٠١٢", "https://nina.example/"])
def test_what_is_no_telephone_number_is_left_out_and_the_shop_kept(value):
    assert remarks_of(phone=value) == {"phone": "n’est pas un numéro de téléphone valable"}
    assert shop_of(phone=value).phone == ""


def test_the_first_valid_mail_address():
    assert shop_of(email="nina@chez-nina.example; autre@chez-nina.example").email == "nina@chez-nina.example"
    assert shop_of(email="sur demande, mailto:nina@chez-nina.example").email == "nina@chez-nina.example"


@pytest.mark.parametrize(
    "value",
    ["nina chez nina", "nina@localhost", "nina@chez-nina.example\r\nBcc: all@x.example", "@", "a@b" * 300],
)
def test_what_is_no_mail_address_is_left_out_and_told(value):
    assert remarks_of(email=value) == {"email": "n’est pas une adresse e-mail valable"}
    assert shop_of(email=value).email == ""


@pytest.mark.parametrize(
    ("tags", "kind", "url"),
    [
        ({"website": "https://nina.example/"}, "website", "https://nina.example/"),
        ({"website": "http://nina.example/menu?lang=fr"}, "website", "https://nina.example/menu?lang=fr"),
        ({"website": "HTTP://WWW.Nina.Example/A"}, "website", "https://www.nina.example/A"),
        ({"website": "www.nina.example"}, "website", "https://www.nina.example"),
        ({"contact__website": "nina.example"}, "website", "https://nina.example"),
        ({"url": "https://nina.example:443/x"}, "website", "https://nina.example/x"),
        ({"facebook": "chez.nina"}, "facebook", "https://www.facebook.com/chez.nina"),
        ({"contact__facebook": "@nina"}, "facebook", "https://www.facebook.com/nina"),
        ({"contact__facebook": "facebook.com/nina"}, "facebook", "https://facebook.com/nina"),
        (
            {"contact__instagram": "https://www.instagram.com/nina/"},
            "instagram",
            "https://www.instagram.com/nina/",
        ),
        ({"contact__youtube": "https://youtu.be/nina"}, "youtube", "https://youtu.be/nina"),
        ({"website": "https://m.facebook.com/nina"}, "facebook", "https://m.facebook.com/nina"),
        ({"contact__facebook": "https://nina.example/fb"}, "other", "https://nina.example/fb"),
        ({"website__menu": "https://nina.example/carte"}, "menu", "https://nina.example/carte"),
    ],
)
def test_links_by_kind_and_always_https(tags, kind, url):
    assert list(shop_of(**tags).links.values_list("kind", "url")) == [(kind, url)]


def test_several_links_each_once():
    shop = shop_of(
        website="https://nina.example/; https://nina2.example/", url="http://nina.example/", facebook="nina"
    )
    assert list(shop.links.values_list("kind", "url")) == [
        ("website", "https://nina.example/"),
        ("website", "https://nina2.example/"),
        ("facebook", "https://www.facebook.com/nina"),
    ]


def test_the_hosts_of_the_city_make_a_marketplace():
    city = City.objects.get()
    city.facts["marketplaces"] = [{"kind": "market", "name": "Marché", "hosts": ["marche.example"]}]
    city.save()
    shop = shop_of(website="https://www.marche.example/nina", url="https://faux-marche.example/nina")
    assert list(shop.links.values_list("kind", "url")) == [
        ("marketplace", "https://www.marche.example/nina"),
        ("website", "https://faux-marche.example/nina"),
    ]


DANGEROUS = [
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "java\tscript:alert(1)",
    " javascript:alert(1)",
    "javascript://nina.example/%0aalert(1)",
    "data:text/html,<script>alert(1)</script>",
    "vbscript:x",
    "file:///etc/passwd",
    "ftp://nina.example/",
    "mailto:nina@nina.example",
    "//evil.example",
    "/relative",
    "https://",
    "https:///nina",
    "http:nina",
    "https://nina",
    "https://bank.example@evil.example/",
    "https://bank.example:secret@evil.example/",
    "https://127.0.0.1/",
    "https://127.1/",
    "https://0x7f.1/",
    "https://[::1]/",
    "https://[::1/",
    "https://nina.example:8443/",
    "https://nina.example:99999/",
    "https://nina.example/\\@evil.example",
    "https:\\\\evil.example",
    "https://nina.example/<script>",
    'https://nina.example/"onmouseover="alert(1)',
    "https://nina.example/\u202egpj",
    "https://nina.example/ et voilà",
    "https://nina.example/" + "x" * 300,
    "nina dot example",
]


def test_dangerous_and_broken_links_are_left_out_and_told():
    answer = overpass(*(node(number, website=value) for number, value in enumerate(DANGEROUS, start=1)))
    plan = take(answer)
    assert plan.counts()["new"] == len(DANGEROUS)
    told = [[remark.field for remark in outcome.row.remarks] for outcome in plan.outcomes]
    assert told == [["website"]] * len(DANGEROUS)
    assert not Link.objects.exists()


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        ("Mo-Sa 09:00-18:00; PH off", "Mo-Sa 09:00-18:00; PH off"),
        ("24/7", "24/7"),
        ("Lu-Ve 9-12,14-18", "Mo-Fr 09:00-12:00,14:00-18:00"),
        ("Mon to Fri 09.00-18.00", "Mo-Fr 09:00-18:00"),
    ],
)
def test_hours_that_are_understood(given, hours):
    shop = shop_of(opening_hours=given)
    assert (shop.opening_hours, shop.opening_hours_text) == (hours, "")
    assert shop.hours_confirmed_by == "import"
    assert shop.intervals.exists()
    told = remarks_of(opening_hours=given)
    assert told == ({} if given == hours else {"opening_hours": f"lu comme « {hours} »"})


@pytest.mark.parametrize("given", ["quand il fait beau", "9-6", "Di 10:00-12:00", "voir site"])
def test_hours_that_are_not_certain_are_kept_as_text_and_flagged(given):
    shop = shop_of(opening_hours=given)
    assert (shop.opening_hours, shop.opening_hours_text) == ("", given)
    assert shop.hours_confirmed_at is None
    assert not shop.intervals.exists()
    assert "gardé comme texte, horaires à confirmer" in remarks_of(opening_hours=given)["opening_hours"]


@pytest.mark.parametrize("given", ["x" * 1001, "Mo\u0000-Fr 9-12", "\u202eMo-Fr 09:00-18:00"])
def test_hours_that_cannot_be_kept_are_left_out_and_told(given):
    shop = shop_of(opening_hours=given)
    assert (shop.opening_hours, shop.opening_hours_text) == ("", "")
    assert "opening_hours" in remarks_of(opening_hours=given)


@pytest.mark.parametrize(
    ("tags", "answers"),
    [
        ({"wheelchair": "yes"}, {"step_free": "yes"}),
        ({"wheelchair": "designated"}, {"step_free": "yes"}),
        ({"wheelchair": "limited"}, {"step_free": "partly"}),
        ({"wheelchair": "no"}, {"step_free": "no"}),
        ({"wheelchair": "yes", "toilets__wheelchair": "no"}, {"step_free": "yes", "toilet": "no"}),
        ({"wheelchair": ""}, {}),
        ({}, {}),
    ],
)
def test_accessibility_with_its_unknowns(tags, answers):
    assert shop_of(**tags).accessibility == answers


def test_an_unheard_of_answer_on_accessibility_is_told():
    assert remarks_of(wheelchair="un peu") == {"wheelchair": "réponse inconnue : yes, limited ou no"}
    assert shop_of(wheelchair="un peu").accessibility_confirmed_at is None


@pytest.mark.parametrize(
    ("tags", "services"),
    [
        ({"delivery": "yes", "takeaway": "only"}, ["delivery", "takeaway"]),
        ({"delivery": "no"}, []),
        ({"delivery": "peut-être"}, []),
        ({"outdoor_seating": "yes", "reservation": "required"}, ["reservation", "terrace"]),
        ({"internet_access": "wlan", "internet_access__fee": "no"}, ["wifi"]),
        ({"internet_access": "wlan"}, []),
        ({"internet_access": "wlan", "internet_access__fee": "yes"}, []),
        (
            {"second_hand": "only", "organic": "yes", "bulk_purchase": "yes"},
            ["organic", "refill", "second_hand"],
        ),
    ],
)
def test_services_that_the_tags_are_certain_of(tags, services):
    assert sorted(shop_of(**tags).services) == services


@pytest.mark.parametrize(
    ("tags", "payments"),
    [
        (
            {"payment__cash": "yes", "payment__visa": "yes", "payment__mastercard": "no"},
            ["cash", "credit_card"],
        ),
        ({"payment__cash": "no", "payment__contactless": "yes"}, ["contactless"]),
        ({"payment__maestro": "yes", "payment__apple_pay": "yes"}, ["debit_card", "mobile"]),
        ({"payment__bitcoin": "yes"}, []),
    ],
)
def test_payment_means_that_the_tags_are_certain_of(tags, payments):
    assert sorted(shop_of(**tags).payments) == payments


def test_a_value_that_is_no_text_is_left_out_and_told():
    told = remarks_of(phone=93506860, website=["https://nina.example/"], wheelchair=True, opening_hours=None)
    assert told == dict.fromkeys(
        ("phone", "website", "wheelchair", "opening_hours"), "la valeur n’est pas un texte"
    )


def test_addresses_of_pages_are_distinct_and_stay():
    take(
        overpass(
            node(1, "Épicerie du Cœur"),
            node(2, "Épicerie du Cœur", lat=43.735),
            node(3, "小吃", lat=43.736),
            node(4, "Suggestions", lat=43.737),
            node(5, "Straße 12", lat=43.739),
            node(6, "x" * 120, lat=43.7391),
        )
    )
    slugs = dict(Shop.objects.values_list("external_id", "slug"))
    assert slugs["osm:node/1"] == "epicerie-du-coeur"
    assert slugs["osm:node/2"] == "epicerie-du-coeur-2"
    assert slugs["osm:node/3"] == "commerce"
    assert slugs["osm:node/4"] not in ("", "suggestions")
    assert slugs["osm:node/5"] == "strasse-12"
    shop = Shop.objects.get(external_id="osm:node/1")
    shop.rename_address("chez-le-coeur")
    take(overpass(node(1, "Le Cœur"), node(7, "Épicerie du Cœur", lat=43.74), base="2026-11-02T00:00:00Z"))
    shop.refresh_from_db()
    assert (shop.name, shop.slug) == ("Le Cœur", "chez-le-coeur")
    # The old address goes on leading to its shop: a newcomer does not take it.
    assert Shop.objects.get(external_id="osm:node/7").slug == "epicerie-du-coeur-3"


def test_a_likely_double_is_flagged_and_taken():
    plan = take(overpass(node(1, "Chez Nina"), node(2, "CHEZ NINA", lat=43.7381)))
    assert plan.counts()["new"] == 2
    (remark,) = plan.outcomes[1].all_remarks
    assert remark.reason == "double possible de osm:node/1, à 11 m"
    (outcome,) = plan_of(overpass(node(3, "chez nina"))).outcomes
    assert outcome.all_remarks[0].reason == "double possible de chez-nina, à 0 m"
    (outcome,) = plan_of(overpass(node(4, "chez nina", lat=43.735))).outcomes
    assert outcome.all_remarks == []


def test_the_district_follows_the_position_in_a_city_of_several(tmp_path):
    pack = copy_of("monaco", tmp_path)

    def split(content):
        (whole,) = content["districts"]
        west = whole | {"code": "1", "slug": "ouest", "label": [7.415, 43.735], "neighbours": ["est"]}
        east = whole | {
            "code": "2",
            "slug": "est",
            "label": [7.43, 43.735],
            "neighbours": ["ouest"],
            "hue": 200,
        }
        west["outline"] = [[7.405, 43.72], [7.42, 43.72], [7.42, 43.755], [7.405, 43.755]]
        east["outline"] = [[7.42, 43.72], [7.445, 43.72], [7.445, 43.755], [7.42, 43.755]]
        content["districts"] = [west, east]

    edit(pack / "districts.json", split)
    edit(
        pack / "streets.json", lambda content: [street.update(districts=[]) for street in content["streets"]]
    )
    load_city(pack)
    take(overpass(node(1, lon=7.415), node(2, lon=7.43)))
    assert dict(Shop.objects.values_list("external_id", "district__slug")) == {
        "osm:node/1": "ouest",
        "osm:node/2": "est",
    }
    take(overpass(node(1, lon=7.43), node(2, lon=7.43), base="2026-11-02T00:00:00Z"))
    assert set(Shop.objects.values_list("district__slug", flat=True)) == {"est"}
    # A hand has set it: the position no longer decides.
    Shop.objects.filter(external_id="osm:node/1").update(district_corrected=True)
    take(overpass(node(1, lon=7.415), node(2, lon=7.415), base="2026-11-03T00:00:00Z"))
    assert dict(Shop.objects.values_list("external_id", "district__slug")) == {
        "osm:node/1": "est",
        "osm:node/2": "ouest",
    }
