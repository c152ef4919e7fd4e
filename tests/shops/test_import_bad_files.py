"""Files that cannot be used: each gets a sentence that says why, and nothing changes."""

import csv
import io
import itertools
import json
import time

import pytest
from django.core.management import CommandError

from shops.importing import BrokenFile, files, table
from shops.importing import overpass as overpass_reader
from tests.shops.import_fixtures import dump, import_shops, load_city, node, overpass, plan_of, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]

GOOD = json.dumps(overpass(node(1), node(2, "Chez Paul")), ensure_ascii=False)
TABLE = "external_id,name,category,lat,lon\ncity:1,Chez Nina,bakery,43.738,7.424\n"


@pytest.fixture(autouse=True)
def monaco(db):
    load_city("monaco")


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "est vide"),
        (" \n\t ", "est vide"),
        ("\ufeff", "est vide"),
        ("Bonjour, voici nos commerces.", "ni une réponse Overpass ni un CSV"),
        ("true", "ni une réponse Overpass ni un CSV"),
        ("a,b,c\n1,2,3\n", "ni une réponse Overpass ni un CSV"),
        ("<!DOCTYPE html><p>Overpass : trop de requêtes</p>", "XML ou du HTML"),
        ("<?xml version='1.0'?><osm/>", "XML ou du HTML"),
        ("[]", "est une liste"),
        ("{}", "pas de liste « elements »"),
        ('{"elements": {}}', "n’est pas une liste"),
        ('{"elements": []}', "aucun lieu"),
        ('{"type": "FeatureCollection", "features": []}', "GeoJSON"),
        ('{"elements": [{"type": "node"}]}', "aucun lieu"),
        ('{"elements": [}', "illisible à la ligne 1"),
        ('{"elements"\n: [{"id": 1},\n]}', "illisible à la ligne 3"),
        ('{"elements" [1]}', "« : » attendu"),
        ("{elements: []}", "illisible"),
        ("{1: 2}", "Ce n’est pas du JSON"),
        ('{"elements": [{"lat": NaN, "tags": {"name": "x"}}]}', "illisible"),
        ('{"elements": [{"lat": Infinity, "tags": {"name": "x"}}]}', "illisible"),
        ('{"elements": [{"tags": {"name": "a\tb"}}]}', "illisible"),
        (f"{GOOD} et encore", "suit la fin du JSON"),
        (f"{GOOD}{GOOD}", "suit la fin du JSON"),
        ('{"elements": [{"tags": {"name": ' + "[" * 100_000, "imbriqués"),
        ('{"a": ' * 100_000, "imbriqués"),
        ('{"elements": [{"id": ' + "9" * 5_000 + "}]}", "illisible"),
        ('{"elements": [{"tags": {"name": "' + "a" * 300_000 + '"}}]}', "dépasse 256000 caractères"),
        (json.dumps(overpass(node(1), remark="runtime error: Query timed out")), "Query timed out"),
        (TABLE.splitlines()[0], "aucun lieu"),
        (TABLE.replace("external_id", "numero"), "Colonnes manquantes : external_id / osm_type + osm_id"),
        (TABLE.replace(",lat,lon", ""), "Colonnes manquantes : lat + lon / district"),
        (TABLE.replace("category,", "name,"), "Colonnes manquantes : category / osm_key + osm_value"),
        (TABLE.replace("lat,lon", "lat,lon,name"), "Colonnes données deux fois : name"),
        (TABLE + 'city:2,"Chez Paul,bakery,43.738,7.424\n' * 3, "à partir de la ligne 3"),
        (TABLE + f"city:2,{'x' * 200_000},bakery,43.738,7.424\n", "à partir de la ligne 3"),
        (TABLE + "city:2" + ",é" * 200_000, "à partir de la ligne 3"),
    ],
)
def test_it_is_refused_with_the_reason(content, sentence):
    before = dump()
    with pytest.raises(BrokenFile) as broken:
        take(content)
    assert sentence in str(broken.value)
    assert dump() == before


def test_a_truncated_answer_is_never_taken():
    """Cut anywhere, it is known as cut."""
    whole = GOOD.encode()
    for kept in range(1, len(whole) - 1, 7):
        with pytest.raises(BrokenFile) as broken:
            plan_of(whole[:kept])
        assert "s’arrête au milieu" in str(broken.value) or "UTF-8" in str(broken.value)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("é".encode("latin-1") + GOOD.encode(), "n’est pas en UTF-8 (ligne 1, octet 0xE9"),
        (TABLE.replace("Nina", "Zoë").encode("cp1252"), "n’est pas en UTF-8 (ligne 2, octet 0xEB"),
        (GOOD.encode("utf-16"), "est en UTF-16"),
        (GOOD.encode("utf-16-le"), "octet nul"),
        (GOOD.encode("utf-16-be"), "octet nul"),
        (GOOD.encode("utf-32"), "est en UTF-32"),
        (GOOD.encode().replace(b"Nina", b"Ni\0na"), "octet nul (ligne 1)"),
        (TABLE.encode() + b"\0", "octet nul (ligne 3)"),
        (b"PK\x03\x04" + b"\0" * 50, "classeur"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 50, "ancien classeur"),
        (b"\x1f\x8b\x08" + b"\0" * 50, "gzip"),
        (b"%PDF-1.7 \xe2\xe3", "PDF"),
        (b"SQLite format 3\0", "SQLite"),
        (b"\xff" * 10, "n’est pas en UTF-8"),
    ],
)
def test_bytes_that_are_no_utf8_text_are_refused_with_the_reason(content, sentence):
    with pytest.raises(BrokenFile) as broken:
        plan_of(content)
    assert sentence in str(broken.value)


def test_a_byte_order_mark_is_no_fault():
    assert plan_of(b"\xef\xbb\xbf" + GOOD.encode()).counts()["new"] == 2
    assert plan_of(b"\xef\xbb\xbf" + TABLE.encode()).counts()["new"] == 1


def test_a_file_of_100_megabytes_is_refused_before_it_is_read(tmp_path):
    file = tmp_path / "grand.json"
    with file.open("wb") as out:
        out.truncate(100 * 1024 * 1024)  # sparse: it takes no room
    before = dump()
    with pytest.raises(CommandError, match="trop grand : 100 Mo, 32 Mo au plus"):
        import_shops(file)
    assert dump() == before


def test_a_pipe_without_end_is_refused():
    class Endless(io.RawIOBase):
        given = 0

        def readable(self):
            return True

        def read(self, size=-1):
            assert size >= 0, "an endless pipe is never read to its end"
            self.given += size
            return b" " * size

    endless = Endless()
    with pytest.raises(BrokenFile, match="trop grand"):
        files.read_text(endless)
    assert endless.given == files.MAX_BYTES + 1


def test_too_many_places_are_refused(monkeypatch):
    monkeypatch.setattr(overpass_reader, "MAX_ROWS", 2)
    monkeypatch.setattr(table, "MAX_ROWS", 2)
    with pytest.raises(BrokenFile, match="plus de 2 lieux"):
        plan_of(overpass(node(1), node(2), node(3)))
    monkeypatch.setattr(overpass_reader, "MAX_ELEMENTS", 5)
    with pytest.raises(BrokenFile, match="plus de 2 lieux"):
        plan_of('{"elements": [{}, {}, {}, {}, {}, {}]}')
    lines = "".join(f"city:{number},Nina,bakery,43.738,7.424\n" for number in range(1, 4))
    with pytest.raises(BrokenFile, match="plus de 2 lieux"):
        plan_of("external_id,name,category,lat,lon\n" + lines)


@pytest.mark.parametrize(
    "content",
    [
        overpass(node(1), node(2), node(1, "Chez Paul"), node(2)),
        "external_id,name,category,lat,lon\n"
        + "".join(f"osm:node/{number},Nina,bakery,43.738,7.424\n" for number in (1, 2, 1, 2)),
    ],
)
def test_a_file_that_names_a_place_twice_is_refused(content):
    with pytest.raises(BrokenFile) as broken:
        plan_of(content)
    assert "2 identifiants sont donnés plusieurs fois" in str(broken.value)
    assert "osm:node/1, osm:node/2" in str(broken.value)


def test_coordinates_exchanged_all_through_the_file_are_told_as_such():
    before = dump()
    elements = [node(number, lat=7.424, lon=43.738) for number in range(1, 6)]
    with pytest.raises(BrokenFile) as broken:
        take(overpass(*elements))
    assert "Latitude et longitude sont échangées dans le fichier" in str(broken.value)
    assert "5 (dont « Chez Nina ») ; tels quels : 0" in str(broken.value)
    assert dump() == before


def test_coordinates_exchanged_here_and_there_refuse_those_places_alone():
    plan = take(overpass(node(1), node(2), node(3, "Chez Paul", lat=7.424, lon=43.738)))
    assert plan.counts() == {"new": 2, "changed": 0, "unchanged": 0, "refused": 1}
    (refused,) = plan.with_verdict("refused")
    assert refused.row.refusal.reason == "latitude et longitude sont échangées"


def test_a_file_of_tomorrow_is_refused():
    with pytest.raises(BrokenFile, match="dans l’avenir : 2030-01-01"):
        plan_of(overpass(node(1), base="2030-01-01T00:00:00Z"))


def test_the_command_says_it_changed_nothing(tmp_path):
    file = tmp_path / "abîmé.json"
    file.write_text(GOOD[:100], encoding="utf-8")
    with pytest.raises(CommandError, match="n’est pas importé, rien n’a changé"):
        import_shops(file)


@pytest.mark.parametrize("name", ["absent.json", "."])
def test_a_path_that_is_no_file_gets_a_sentence(tmp_path, name):
    with pytest.raises(CommandError, match="ne se lit pas"):
        import_shops(tmp_path / name)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (
            {"type": "node", "id": 1, "lat": 43.738, "lon": 7.424, "tags": ["name"]},
            "pas d’étiquettes lisibles",
        ),
        ({"type": "node", "id": 1, "lat": 43.738, "lon": 7.424, "tags": "name"}, "pas d’étiquettes lisibles"),
        (17, "pas d’étiquettes lisibles"),
        (None, "pas d’étiquettes lisibles"),
        ("node", "pas d’étiquettes lisibles"),
        (node(1) | {"id": "1"}, "pas d’identifiant"),
        (node(1) | {"id": -5}, "pas d’identifiant"),
        (node(1) | {"id": 10**30}, "pas d’identifiant"),
        (node(1) | {"id": True}, "pas d’identifiant"),
        (node(1) | {"type": "planet"}, "pas d’identifiant"),
        (node(1) | {"type": ["node"]}, "pas d’identifiant"),
        (node(1) | {"lat": "43.738"}, "pas de position"),
        (node(1) | {"lat": None}, "pas de position"),
        (node(1) | {"lat": 10**400}, "pas de position"),
        (node(1) | {"lat": 95.0}, "n’est pas une position"),
        (node(1, lat=48.85, lon=2.35), "hors de la ville (Monaco)"),
        (node(1, name=None), "ce lieu n’a pas de nom"),
        (node(1, name="  "), "ce lieu n’a pas de nom"),
        (node(1, name=17), "ce lieu n’a pas de nom"),
        (node(1, name="x" * 121), "trop long : 121 caractères, 120 au plus"),
        (node(1, name="Chez\u202eNina"), "caractères invisibles"),
        (node(1, name="Chez\u0000Nina"), "caractères invisibles"),
        (node(1, name="Chez\ud800Nina"), "caractères invisibles"),
        (node(1, name="Chez\u0007Nina"), "caractères invisibles"),
        (node(1, shop="vacant"), "aucune catégorie"),
        (node(1, amenity="townhall"), "aucune catégorie"),
    ],
)
def test_an_element_that_is_no_shop_of_ours_is_refused_and_the_others_taken(raw, reason):
    plan = take(overpass(raw, node(2, "Chez Paul")))
    assert plan.counts() == {"new": 1, "changed": 0, "unchanged": 0, "refused": 1}
    (refused,) = plan.with_verdict("refused")
    assert reason in refused.row.refusal.reason
    assert refused.row.number == 1


def test_a_number_without_end_is_no_position():
    text = json.dumps(overpass(node(1), node(2))).replace("43.738", "1e999", 1)
    assert plan_of(text).counts()["refused"] == 1


def test_an_element_of_a_hundred_thousand_values_costs_no_more_than_its_size():
    """Each of these would take minutes if a value were split, or a name compared, for each other one."""
    letters = [chr(97 + number) for number in range(26)]
    codes = itertools.islice(itertools.product(letters, repeat=3), 10_000)
    elements = [
        node(1, shop=";".join(["bakery"] * 30_000)),
        node(2, alt_name=";".join(f"Nom {number}" for number in range(20_000))),
        node(3, **{f"name__{''.join(code)}": f"Nom {number}" for number, code in enumerate(codes)}),
        node(4, website=" " * 100_000 + ";"),
        node(5, phone=";" * 200_000),
        node(6, opening_hours=";" * 200_000),
    ]
    start = time.process_time()
    plan = plan_of(overpass(*elements))
    assert time.process_time() - start < 5
    assert plan.counts() == {"new": 5, "changed": 0, "unchanged": 0, "refused": 1}
    cells = "delivery;" * 13_000
    start = time.process_time()
    plan = plan_of(f"external_id,name,category,district,services\ncity:1,Nina,bakery,monaco,{cells}\n")
    assert time.process_time() - start < 5
    assert "trop long" in plan.outcomes[0].row.remarks[0].reason


def test_bare_nodes_are_passed_without_a_word_for_each():
    plan = plan_of(overpass(node(1), {"type": "node", "id": 2, "lat": 1, "lon": 2}))
    assert plan.counts()["refused"] == 0
    assert plan.notes == ["1 point sans étiquette, passé."]


def test_a_line_of_a_table_with_a_fault_is_refused_and_the_others_taken():
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(["external_id", "name", "category", "lat", "lon", "district"])
    lines.writerow(["city:1", "Chez Nina", "bakery", "43.738", "7.424", ""])
    faulty = {
        "city:2": (["", "bakery", "43.738", "7.424", ""], "ce lieu n’a pas de nom"),
        "city:3": (["Nina", "spaceport", "43.738", "7.424", ""], "aucune catégorie"),
        "city:4": (["Nina", "", "43.738", "7.424", ""], "aucune catégorie"),
        "city:5": (["Nina", "bakery", "nan", "7.424", ""], "n’est pas une position en degrés"),
        "city:6": (["Nina", "bakery", "1_0", "7.424", ""], "n’est pas une position en degrés"),
        "city:7": (["Nina", "bakery", "43.738", "", ""], "une position a une latitude et une longitude"),
        "city:8": (["Nina", "bakery", "", "", ""], "ni position ni quartier"),
        "city:9": (["Nina", "bakery", "", "", "Atlantis"], "quartier inconnu"),
        "city:10": (["Nina", "bakery", "43.738", "7.424", "", "de trop"], "autant de cases"),
        "no id": (["Nina", "bakery", "43.738", "7.424", ""], "identifiant attendu"),
        "osm:node/x": (["Nina", "bakery", "43.738", "7.424"], "autant de cases"),
        "": (["Nina", "bakery", "43.738", "7.424", ""], "identifiant attendu"),
        "city:13": (["N\u202eina", "bakery", "43.738", "7.424", ""], "caractères invisibles"),
    }
    for external_id, (cells, _reason) in faulty.items():
        lines.writerow([external_id, *cells])
    plan = take(out.getvalue())
    assert plan.counts() == {"new": 1, "changed": 0, "unchanged": 0, "refused": len(faulty)}
    reasons = [outcome.row.refusal.reason for outcome in plan.with_verdict("refused")]
    for found, (_cells, expected) in zip(reasons, faulty.values(), strict=True):
        assert expected in found
    assert [outcome.row.number for outcome in plan.outcomes] == list(range(2, len(faulty) + 3))
