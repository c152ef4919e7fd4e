"""Tables: the columns of docs/importing.md, as spreadsheets of several countries write them."""

import csv
import io

import pytest

from shops.importing import table
from shops.models import Shop
from tests.shops.import_fixtures import dump, load_city, plan_of, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture(autouse=True)
def monaco(db):
    load_city("monaco")


def written(*rows: dict, delimiter=",") -> str:
    """A table of these rows; a bakery in Monaco where a row says nothing else."""
    rows = [
        {"external_id": f"city:{number}", "name": "Chez Nina", "category": "bakery", "district": "monaco"}
        | row
        for number, row in enumerate(rows, start=1)
    ]
    out = io.StringIO()
    lines = csv.DictWriter(out, list(dict.fromkeys(key for row in rows for key in row)), delimiter=delimiter)
    lines.writeheader()
    lines.writerows(rows)
    return out.getvalue()


def shop_of(**cells) -> Shop:
    take(written(cells))
    return Shop.objects.get(external_id="city:1")


def remarks_of(**cells) -> dict[str, str]:
    (outcome,) = plan_of(written(cells)).outcomes
    assert outcome.verdict != "refused"
    return {remark.field: remark.reason for remark in outcome.all_remarks}


def test_every_column_finds_its_field():
    shop = shop_of(
        name_en="Nina’s",
        other_names="Nina; La Nina",
        category="Boulangerie",
        other_categories="cafe; Boucherie",
        lat="43.738",
        lon="7.424",
        street="Boulevard des Moulins",
        house_number="12 bis",
        postcode="98000",
        place_note="dans la cour",
        phone="93 50 68 60",
        email="nina@chez-nina.example",
        website="nina.example",
        instagram="@nina",
        booking="https://nina.example/reserver",
        other_link="https://nina.example/blog",
        opening_hours="Lu-Ve 9-12,14-18",
        services="delivery; À emporter",
        payments="cash|Carte de crédit",
        spoken_languages="fr,en,Italien",
        step_free="oui",
        toilet="no",
    )
    assert (shop.name, shop.i18n, shop.other_names) == ("Chez Nina", {"name_en": "Nina’s"}, "Nina; La Nina")
    assert shop.category.code == "bakery"
    assert sorted(shop.other_categories.values_list("code", flat=True)) == ["butcher", "cafe"]
    assert (shop.lat, shop.lon, shop.district.slug) == (43.738, 7.424, "monaco")
    assert (shop.street, shop.house_number, shop.postcode) == ("Boulevard des Moulins", "12 bis", "98000")
    assert shop.place_note == "dans la cour"
    assert (shop.phone, shop.email) == ("+37793506860", "nina@chez-nina.example")
    assert list(shop.links.values_list("kind", "url")) == [
        ("website", "https://nina.example"),
        ("instagram", "https://www.instagram.com/nina"),
        ("booking", "https://nina.example/reserver"),
        ("other", "https://nina.example/blog"),
    ]
    assert shop.opening_hours == "Mo-Fr 09:00-12:00,14:00-18:00"
    assert shop.services == ["delivery", "takeaway"]
    assert shop.payments == ["cash", "credit_card"]
    assert shop.spoken_languages == ["fr", "en", "it"]
    assert shop.accessibility == {"step_free": "yes", "toilet": "no"}
    assert shop.is_published
    assert shop.identity_confirmed_at is None


def test_every_column_is_told_in_the_manual(settings):
    manual = (settings.BASE_DIR / "docs" / "importing.md").read_text(encoding="utf-8")
    for column in table.COLUMNS:
        assert f"`{column}`" in manual


def test_a_market_trader_needs_no_position():
    shop = shop_of(district="Monaco", place_note="marché du mercredi")
    assert (shop.lat, shop.lon, shop.x_m) == (None, None, None)
    assert shop.district.slug == "monaco"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_usual_delimiter(delimiter):
    content = written(
        {"lat": "43,738", "lon": "7,424", "services": "delivery;wifi", "street": "Rue, des Iris"},
        delimiter=delimiter,
    )
    take(content)
    shop = Shop.objects.get()
    assert (shop.lat, shop.lon, shop.street) == (43.738, 7.424, "Rue, des Iris")
    assert shop.services == ["delivery", "wifi"]


def test_windows_line_ends_blank_lines_and_headings_in_capitals():
    content = (
        written({}, {}).replace("\r\n", "\n").replace("\n", "\r\n").replace("external_id", " External_ID ")
    )
    plan = take(f"\r\n{content}\r\n,,,\r\n")
    assert plan.counts()["new"] == 2
    assert [outcome.row.number for outcome in plan.outcomes] == [2, 3]


def test_a_cell_may_hold_line_breaks_and_quotes():
    shop = shop_of(name='Chez "Nina"\net fille')
    assert shop.name == 'Chez "Nina" et fille'


def test_openstreetmap_columns_serve_as_identifier_and_category():
    content = "osm_type,osm_id,osm_key,osm_value,category,name,lat,lon\nnode,17,amenity,pub,inconnue,Nina,43.738,7.424\n"
    take(content)
    shop = Shop.objects.get()
    assert (shop.external_id, shop.category.code) == ("osm:node/17", "bar")
    before = dump()
    take(content.replace("osm_type,osm_id", "external_id,x").replace("node,17", "node/17,"))
    assert dump() == before


def test_columns_that_we_do_not_know_are_named_and_left():
    plan = plan_of(written({"opening_hour": "Mo-Fr 09:00-18:00", "note": "x"}))
    assert plan.notes == ["Colonnes inconnues, pas lues : opening_hour, note."]
    assert "opening_hours" not in plan.rows[0].facts


@pytest.mark.parametrize(
    ("cells", "field", "reason"),
    [
        ({"phone": "demander"}, "phone", "n’est pas un numéro de téléphone valable"),
        ({"email": "nina"}, "email", "n’est pas une adresse e-mail valable"),
        ({"website": "javascript:alert(1)"}, "website", "ce genre d’adresse"),
        ({"services": "delivery; massage de pieds"}, "services", "mot inconnu"),
        ({"spoken_languages": "klingon"}, "spoken_languages", "mot inconnu"),
        ({"step_free": "presque"}, "step_free", "réponse inconnue"),
        ({"other_categories": "cafe; spatioport"}, "other_categories", "aucune catégorie"),
        ({"street": "x" * 121}, "street", "trop long"),
        ({"name_en": "Nina\u202e"}, "name_en", "caractères invisibles"),
        ({"opening_hours": "à l’heure"}, "opening_hours", "gardé comme texte"),
    ],
)
def test_a_cell_with_a_fault_is_left_out_and_told_and_the_shop_kept(cells, field, reason):
    assert reason in remarks_of(**cells)[field]
    assert shop_of(**cells).is_published


def test_the_position_outranks_the_district_that_the_table_names():
    load_city("helsinki")
    told = remarks_of(lat="60.17", lon="24.94", district="Atlantis")
    assert told == {"district": "quartier inconnu ; la position décide"}


def test_an_empty_cell_says_nothing_and_a_list_says_all():
    take(
        written(
            {
                "phone": "93 50 68 60",
                "services": "delivery,wifi",
                "step_free": "yes",
                "street": "Rue des Iris",
            }
        )
    )
    take(written({"phone": "", "services": "", "step_free": "", "street": ""}))
    shop = Shop.objects.get()
    assert (shop.phone, shop.street) == ("+37793506860", "Rue des Iris")
    assert (shop.services, shop.accessibility) == (["delivery", "wifi"], {"step_free": "yes"})
    take(written({"services": "wifi", "toilet": "no"}))
    shop.refresh_from_db()
    assert (shop.services, shop.accessibility) == (["wifi"], {"step_free": "yes", "toilet": "no"})


def test_what_a_spreadsheet_would_run_stays_a_name():
    """Nothing of it is run here; exports have their own care."""
    assert shop_of(name="=1+1").name == "=1+1"


def test_the_example_of_the_manual_comes_in_whole(settings):
    load_city(settings.BASE_DIR / "cities" / "luxembourg")
    manual = (settings.BASE_DIR / "docs" / "importing.md").read_text(encoding="utf-8")
    take(
        "\n".join(
            line.strip()
            for line in manual.splitlines()
            if ";boulangerie" in line.lower() or "    external_id;" in line
        )
    )
    shop = Shop.objects.get()
    assert (shop.name, shop.district.slug, shop.phone) == ("Boulangerie Um Eck", "gare", "+35226123456")
    assert shop.opening_hours == "Mo-Sa 06:00-18:30"
    assert shop.accessibility == {"step_free": "yes"}
