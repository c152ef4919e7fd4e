"""`import_shops` as the City's staff meet it: what it says, and what a dry run does not do."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shops.importing import report
from shops.models import Catalogue, Shop
from tests.shops.factories import TUESDAY_10H
from tests.shops.import_fixtures import dump, import_shops, load_city, node, overpass, plan_of, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def monaco(db):
    load_city("monaco")


@pytest.fixture
def file(tmp_path):
    """A file with a new shop, two values that are left out, and two places that are refused."""
    path = tmp_path / "commerces.json"
    answer = overpass(
        node(1, phone="sur demande", opening_hours="quand il fait beau"),
        node(2, name=None),
        node(3, "Chez Paul", lat=49.6, lon=6.1),
    )
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


def line_with(said, *words):
    (line,) = [line for line in said.splitlines() if all(word in line for word in words)]
    return line


def test_it_says_what_became_of_each_place_and_why(monaco, file):
    said = import_shops(file)
    assert said.startswith("commerces.json (réponse Overpass) : 3 lieux, connus au 1 novembre 2026")
    assert line_with(said, "nouveaux").split() == ["1", "nouveaux"]
    assert line_with(said, "refusés").split() == ["2", "refusés"]
    assert line_with(said, "osm:node/1", "bakery").split() == [
        "1", "osm:node/1", "Chez", "Nina", "bakery", "monaco",
    ]  # fmt: skip
    assert "sur demande" in line_with(said, "osm:node/1", "n’est pas un numéro de téléphone valable")
    assert "quand il fait beau" in line_with(said, "osm:node/1", "gardé comme texte")
    assert line_with(said, "osm:node/2").endswith("ce lieu n’a pas de nom")
    assert "Chez Paul" in line_with(said, "osm:node/3", "hors de la ville (Monaco)")
    assert said.endswith("Import terminé.\n")
    assert Shop.objects.count() == 1


def test_it_says_what_changed_from_what_to_what(monaco, tmp_path, file):
    import_shops(file)
    answer = overpass(node(1, phone="+377 93 50 68 60"), base="2026-11-10T00:00:00Z")
    file.write_text(json.dumps(answer), encoding="utf-8")
    said = import_shops(file)
    assert line_with(said, "modifiés").split() == ["1", "modifiés"]
    assert line_with(said, "osm:node/1", "phone").split()[-1] == "+37793506860"
    assert "Coordonnées" in line_with(said, "osm:node/1", "confirmé par le fichier")


def test_it_says_what_it_would_not_overwrite(monaco, file):
    take(overpass(node(1, phone="+377 93 50 68 60")))
    shop = Shop.objects.get()
    shop.confirm("contact", by="merchant", at=TUESDAY_10H)
    shop.save()
    file.write_text(json.dumps(overpass(node(1, phone="+377 93 50 68 61"))), encoding="utf-8")
    said = import_shops(file)
    assert line_with(said, "à regarder :").split()[0] == "1"
    line = line_with(said, "osm:node/1", "phone")
    assert "+37793506860" in line
    assert "+37793506861" in line


def test_a_dry_run_says_the_same_and_writes_nothing(monaco, file):
    before = dump()
    dry = import_shops(file, "--dry-run")
    assert dump() == before
    assert dry.endswith("Essai à blanc : rien n’a été écrit.\n")
    assert dry.splitlines()[:-1] == import_shops(file).splitlines()[:-1]
    take(overpass(node(1, phone="+377 93 50 68 60")))
    before = dump()
    assert "phone" in import_shops(file.with_name("commerces.json"), "--dry-run")
    assert dump() == before


def test_again_it_changes_nothing_and_says_so(monaco, file):
    import_shops(file)
    before, version = dump(), Catalogue.objects.get().version
    said = import_shops(file)
    assert said.endswith("Rien à changer : la base dit déjà cela.\n")
    assert line_with(said, "inchangés").split() == ["1", "inchangés"]
    assert dump() == before
    assert Catalogue.objects.get().version == version


def test_the_day_and_the_source_may_be_given(monaco, file):
    file.write_text(json.dumps(overpass(node(1), base=None)), encoding="utf-8")
    assert "sans date : rien n’est tenu pour confirmé" in import_shops(file, "--dry-run")
    said = import_shops(file, "--confirmed-on", "2026-10-31", "--source", "Relevé d’octobre")
    assert said.startswith("Relevé d’octobre (réponse Overpass) : 1 lieu, connus au 31 octobre 2026")
    shop = Shop.objects.get()
    assert shop.events.get().why == "Relevé d’octobre"
    assert shop.identity_confirmed_by == "import"


def test_a_day_that_is_none_or_to_come_is_refused(monaco, file):
    with pytest.raises(CommandError):
        import_shops(file, "--confirmed-on", "demain")
    with pytest.raises(CommandError, match="dans l’avenir"):
        import_shops(file, "--confirmed-on", "2027-01-01")


def test_without_a_city_it_says_what_to_do_first(db, file):
    with pytest.raises(CommandError, match="load_city"):
        import_shops(file)


def test_a_long_file_shows_its_progress(monaco, tmp_path):
    path = tmp_path / "long.json"
    answer = overpass(*(node(number, f"Commerce {number}") for number in range(1, 1101)))
    path.write_text(json.dumps(answer), encoding="utf-8")
    said, progress = io.StringIO(), io.StringIO()
    call_command("import_shops", path, stdout=said, stderr=progress)
    for stage in ("lecture", "comparaison", "création", "mise à jour du catalogue"):
        assert f"{stage} 1100/1100" in progress.getvalue()
    assert "… et 1060 lignes de plus" in said.getvalue()
    assert "Commerce 1100" not in said.getvalue()

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    progress = Terminal()
    call_command("import_shops", path, stdout=io.StringIO(), stderr=progress)
    assert "\rlecture 500/1100\rlecture 1000/1100\rlecture 1100/1100\n" in progress.getvalue()
    said = io.StringIO()
    call_command("import_shops", path, stdout=said, verbosity=0)
    assert said.getvalue() == ""


def test_names_of_a_file_cannot_command_the_terminal(monaco):
    plan = plan_of(
        overpass(node(1, "Chez\x1b[2JNina"), node(2, phone="\x1b]0;x\x07")), source="\x1b[31mfichier"
    )
    said = "\n".join(report.lines(plan, applied=False))
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "Chez�[2JNina" in said


def test_refusals_are_all_named_however_many(monaco):
    plan = plan_of(overpass(*(node(number, f"Loin {number}", lat=1.0, lon=1.0) for number in range(1, 201))))
    said = "\n".join(report.lines(plan, applied=False, shown=5))
    assert all(f"Loin {number} " in said for number in range(1, 201))


def test_ten_times_the_shops_cost_no_more_queries(monaco):
    """Frame 4, doubles 1, known shops 1, slugs 2, lock 1, one insert for each table, and what the catalogue needs."""

    def answer(*numbers):
        return overpass(
            *(
                node(number, f"Commerce {number}", phone="93 50 68 60", website=f"https://c{number}.example/")
                for number in numbers
            )
        )

    def queries_of(work):
        with CaptureQueriesContext(connection) as queries:
            work()
        return len(queries)

    few = queries_of(lambda: take(answer(*range(1, 11))))
    many = queries_of(lambda: take(answer(*range(11, 111))))
    assert many == few <= 50
    assert queries_of(lambda: take(answer(*range(11, 111)))) <= 12


def test_a_thousand_places_take_seconds(monaco):
    """Far above what it takes on one quiet core, far below what a query for each place would."""
    import time

    content = overpass(
        *(node(number, f"Commerce {number}", opening_hours="Mo-Fr 9-18") for number in range(1, 1001))
    )
    start = time.process_time()
    take(content)
    assert time.process_time() - start < 20
