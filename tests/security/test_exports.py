"""Figure 37: no cell of a file that one takes away is computed by a spreadsheet, and our own files come back unchanged.

Exports are found through the resolver: one that is not in the list below fails the test.
"""

import csv
import io
import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shops import importing
from shops.desks.tables import csv_text
from shops.editing import moves
from shops.importing import premises as register
from shops.models import Premises, Report, Shop
from tests.door import enter
from tests.people import make_person
from tests.security import served
from tests.shops.factories import TUESDAY_10H, make_shop
from tests.test_permissions import OWNER, TABLE, World, addresses

SIGNS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
CELLS = [f"{sign}1+1" for sign in SIGNS] + [
    f"{space}=1+1" for space in (" ", "\u00a0", "\u3000", "\t ", "\r\n")
]
COMPUTED = tuple(SIGNS)

# Tables, by who takes them away; and files that no spreadsheet opens as a table.
TABLES = {
    "merchant:history_export": OWNER,
    "takings:export": OWNER,
    "takings:statement_csv": OWNER,
    "finance:payout_table": "city",
    "city:export_shops": "city",
    "city:export_premises": "city",
    "city:figures_csv": "city",
    "city:journal_table": "city",
    "finance:agreements_csv": "city",
    "finance:reports_csv": "city",
    "admin:accounts_securityevent_csv": "city",
}
NO_TABLE = {
    "merchant:data_export",
    "merchant:my_data",
    "merchant:photos_export",
    "shops:vcard",
    "shops:ical",
}
IS_EXPORT = re.compile(r"csv|xlsx|ods|json|\.vcf|\.ics|export")


@pytest.fixture
def people(street):
    hers, _his = street
    return {
        OWNER: enter(Client(), hers.people[OWNER]),
        "city": enter(Client(), make_person("sophie@x.example", is_superuser=True)),
    }


def cells_of(content):
    """The cells of a file as a spreadsheet reads it: whatever the delimiter that it guesses."""
    text = content.decode("utf-8-sig")
    return [cell for row in csv.reader(io.StringIO(text, newline=""), delimiter=";") for cell in row]


# An amount below zero is a number, whoever reads it.
BELOW_ZERO = re.compile(r"-[0-9]+[.,][0-9]{2}")


def is_computed(cell):
    if BELOW_ZERO.fullmatch(cell):
        return False
    return cell.startswith(COMPUTED) or cell.strip().startswith(COMPUTED)


def plant(hers, cell):
    """A cell at the beginning of every text that some export shows."""
    at = timezone.now()
    texts = dict.fromkeys(["name", "other_names", "street", "place_note"], f"{cell} x"[:100])
    Shop.objects.filter(pk=hers.marie.pk).update(
        **texts, house_number=cell, postcode=cell, email=f"{cell}@x.example", opening_hours="", opening_hours_text=cell,
        i18n={"name_de": cell, "name_lb": cell, "name_en": cell}, external_id=f"{cell}:1",
    )  # fmt: skip
    Premises.objects.filter(pk=hers.room.pk).update(
        street=cell, house_number=cell, unit=cell, postcode=cell, note=cell, external_id=f"{cell}:2"
    )
    for person in hers.people.values():
        person.name = f"{cell} {person.pk}"
        person.save(update_fields=["name"])
    hers.marie.changes.update(after=cell, before=cell)
    hers.marie.refresh_from_db()
    moves.suspend(hers.marie, by=hers.people[OWNER], at=at, why=cell)
    moves.publish(hers.marie, by=hers.people[OWNER], at=at, why=cell)
    Report.objects.update(message=cell)


def test_every_export_of_the_site_is_in_the_list():
    """By its name or its address; what is an attachment by its answer is found in the long form."""
    found = {
        name
        for name, takes in addresses()
        if IS_EXPORT.search(name) or IS_EXPORT.search(route_of(name, takes))
    }
    assert found == {*TABLES, *NO_TABLE}


def route_of(name, takes):
    from django.urls import NoReverseMatch

    for word in ("1", "mar1eeck", "fermer"):
        try:
            return reverse(name, kwargs=dict.fromkeys(takes, word))
        except NoReverseMatch:
            continue
    return ""


@pytest.mark.full
def test_every_attachment_of_the_site_is_in_the_list(street, people):
    hers, _his = street
    found = set()
    for name, takes in addresses():
        who = "city" if name.startswith(("city:", "finance:", "admin:")) else OWNER
        if name in ("admin:logout",) or not TABLE[name][0]:
            continue
        response = people[who].get(reverse(name, kwargs=World.arguments(hers, name, takes)))
        served.body_of(response)
        kind = response.get("Content-Type", "")
        if "attachment" in response.get("Content-Disposition", "") or re.search("csv|sheet|excel", kind):
            found.add(name)
    assert found >= set(TABLES)
    assert found <= {
        *TABLES,
        *NO_TABLE,
        # Lines of « date place hash », for a program.
        "finance:books_heads",
        "vouchers:gift_pdf",
        "vouchers:granted_pdf",
        "takings:statement",
        "finance:payout_statement",
    }


SHORT = ("=1+1", "\t1+1", "＝1+1")


@pytest.mark.parametrize(
    "cell",
    [word if word in SHORT else pytest.param(word, marks=pytest.mark.full) for word in CELLS],
    ids=ascii,
)
def test_no_cell_of_any_export_is_computed(street, people, cell):
    hers, _his = street
    plant(hers, cell)
    shown = 0
    for name, who in TABLES.items():
        takes = dict(addresses())[name]
        response = people[who].get(reverse(name, kwargs=World.arguments(hers, name, takes)))
        assert response.status_code == 200, name
        body = served.body_of(response)
        cells = cells_of(body)
        assert [cell for cell in cells if is_computed(cell)] == [], name
        # Every cell is quoted: no separator that a reader guesses wrongly begins another one.
        assert all(line.startswith(b'"') for line in body.removeprefix(b"\xef\xbb\xbf").splitlines()[:1])
        shown += sum(f"'{cell}" in one for one in cells)
    assert shown > 12


@pytest.mark.parametrize("words", [["=1+1", "x"], ["-1", "@x", "＝1"]], ids=["one", "more"])
def test_the_test_sees_a_cell_that_is_computed(words):
    assert any(is_computed(word) for word in words)
    assert not any(is_computed(cell) for cell in cells_of(csv_text(words, [words]).encode()))


ROUND = ["=1+1", "+1", "-1", "@x", "＝1", "＋1", "－1", "＠x", "'=1+1", "''=1", "'", "'n Buttek", "’s"]


def test_our_own_file_of_shops_comes_back_unchanged(street, people):
    for word in ROUND:
        make_shop(
            f"{word} Muller",
            place_note=word,
            house_number=word[:20],
            other_names=word,
            i18n={"name_de": word},
        )
    content = people["city"].get(reverse("city:export_shops")).content
    found = importing.plan(io.BytesIO(content), source="export.csv", at=TUESDAY_10H)
    assert [(one.verdict, one.changes, one.differences) for one in found.outcomes] == [
        ("unchanged", {}, {})
    ] * len(found.outcomes)
    assert len(found.outcomes) >= len(ROUND)


def test_our_own_register_of_premises_comes_back_unchanged(street, people):
    hers, _his = street
    Premises.objects.all().delete()
    for number, word in enumerate(ROUND):
        Premises.objects.create(
            street="Grand-Rue", house_number=f"{word}{number}"[:20], unit=word, note=word, district=hers.marie.district,
            lat=hers.marie.lat, lon=hers.marie.lon,
        )  # fmt: skip
    content = people["city"].get(reverse("city:export_premises")).content
    found = register.plan(io.BytesIO(content), at=TUESDAY_10H)
    assert [(line.refusal, line.changes) for line in found.lines] == [(None, {})] * len(ROUND)
    assert found.changes_nothing
