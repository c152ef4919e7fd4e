"""Production refuses to start unsafe, and has nothing to complain of when it is set up."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from vitrine.settings import secret_of_this_checkout

SAFE = {
    "VITRINE_PRODUCTION": "1",
    "SECRET_KEY": "k" * 25 + "9!Zq" * 10 + "abcdefghijklmnopqrstuvwxyz",
    "ALLOWED_HOSTS": "vitrine.example",
    "PUBLIC_URL": "https://vitrine.example",
    "DATABASE_URL": "postgresql://app@db.example/vitrine",
    "DEFAULT_FROM_EMAIL": "vitrine@ville.example",
    "EMAIL_HOST": "smtp.ville.example",
    "VITRINE_VOUCHER_KEYS": "k2026:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
}


def manage(*arguments, **environ):
    kept = {
        name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG", "VIRTUAL_ENV"}
    }
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=kept | environ,
        capture_output=True,
        text=True,
        check=False,
    )


def pack_without_placeholders(folder):
    """The city pack, filled in as a City would."""
    text = (settings.CITY_PACK / "city.toml").read_text(encoding="utf-8")
    text = text.replace("A COMPLETER", "Hôtel de Ville").replace("@ville.example", "@ville.test")
    folder.mkdir()
    (folder / "city.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_complete_set_up_has_nothing_to_complain_of(tmp_path):
    pack = pack_without_placeholders(tmp_path / "city")
    result = manage("check", "--deploy", "--fail-level", "WARNING", **SAFE, VITRINE_CITY=str(pack))
    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


def test_placeholders_in_the_legal_notice_are_named(tmp_path):
    result = manage("check", "--deploy", **SAFE)
    assert result.returncode != 0
    assert "legal.publisher" in result.stderr
    assert "contact.general" in result.stderr


@pytest.mark.parametrize("name", [name for name in SAFE if name != "VITRINE_PRODUCTION"])
def test_a_missing_secret_stops_it_with_its_name(name):
    environ = {key: value for key, value in SAFE.items() if key != name}
    result = manage("check", **environ)
    assert result.returncode != 0
    assert name in result.stderr


# Outside production each checkout has a key of its own.


def test_two_processes_that_start_at_once_share_one_key(tmp_path):
    path = tmp_path / "var" / "secret-key"
    program = (
        "import sys; from pathlib import Path; from vitrine.settings import secret_of_this_checkout\n"
        "print('ready', flush=True); sys.stdin.readline(); print(secret_of_this_checkout(Path(sys.argv[1])))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program, path],
            cwd=settings.BASE_DIR,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _number in range(3)
    ]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    keys = {process.communicate()[0].strip() for process in processes}
    assert keys == {path.read_text().strip()}
    assert len(keys.pop()) >= 50
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_key_is_made_once_for_each_checkout(tmp_path):
    here, there = tmp_path / "here" / "secret-key", tmp_path / "there" / "secret-key"
    assert secret_of_this_checkout(here) == secret_of_this_checkout(here)
    assert secret_of_this_checkout(here) != secret_of_this_checkout(there)


def test_a_key_cut_short_by_a_power_failure_is_made_anew(tmp_path):
    path = tmp_path / "secret-key"
    path.touch(mode=0o600)
    assert len(secret_of_this_checkout(path)) >= 50


def test_a_key_that_cannot_be_kept_is_one_sentence(tmp_path):
    (tmp_path / "secret-key").mkdir()
    with pytest.raises(ImproperlyConfigured, match=r"cannot be used .*: set SECRET_KEY\.$"):
        secret_of_this_checkout(tmp_path / "secret-key")


@pytest.mark.parametrize("name", ["VITRINE_DEMO", "VITRINE_DEBUG"])
def test_it_is_neither_a_demonstration_nor_a_workbench(name):
    result = manage("check", **SAFE, **{name: "1"})
    assert result.returncode != 0
    assert "refuses" in result.stderr


def test_a_flag_that_is_neither_yes_nor_no_is_refused():
    result = manage("check", VITRINE_DEMO="peut-être")
    assert "VITRINE_DEMO must be 1 or 0" in result.stderr


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=settings.BASE_DIR, capture_output=True, check=True)
    return [settings.BASE_DIR / name for name in listed.stdout.decode().split("\0") if name]


def test_the_repository_holds_no_secret_and_no_address_of_a_registry():
    secret = re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|ghp_[A-Za-z0-9]{36}|sk_live_[A-Za-z0-9]{16}|xox[bp]-[0-9]{8}"
    )
    registry = re.compile("files[.]python" + "hosted|registry[.]npm" + "js|--(extra-)?index" + "-url")
    for path in tracked_files():
        if path.is_file() and path.stat().st_size < 2_000_000:
            text = path.read_bytes().decode("utf-8", "ignore")
            assert not secret.search(text), path
            assert not registry.search(text), path


def test_the_code_names_no_city():
    """Nothing in the code says which city this is: that is the pack's to say."""
    wrong = []
    for path in tracked_files():
        relative = path.relative_to(settings.BASE_DIR)
        if relative.parts[0] in {"cities", "docs", "tests", "locale"} or not path.is_file():
            continue
        if path.suffix in {".py", ".html", ".css", ".js", ".toml", ".txt", ".typ", ".svg"}:
            text = path.read_text(encoding="utf-8").lower()
            # A language and a word of demonstration data are not a city.
            text = re.sub(r"luxembourgeois\w*|luxembourgish|l[ëe]tzebuergesch\w*", "", text)
            if re.search(r"luxembourg|luxemburg|l[ëe]tzebuerg|\bvdl\b", text):
                wrong.append(str(relative))
    assert not wrong


def test_no_raw_sql_and_no_unsafe_mark_outside_their_homes():
    """SQL of our own: migrations, the database engine, the catalogue’s one row, the health check, counts that two at once raise, the books. Marked-safe HTML: three drawers."""
    raw = re.compile(r"\.raw\(|\.extra\(|RawSQL|cursor\(\)")
    unsafe = re.compile(r"mark_safe|\|\s*safe\b")
    allowed_raw = {
        "shops/catalogue.py",
        "vitrine/health.py",
        "vitrine/proof.py",
        "vitrine/rates.py",
        # The door, its locks and its numbers; the seal's; the proof's, which trusts no model.
        "vouchers/ledger.py",
        "vouchers/till.py",
        "vouchers/models/voucher.py",
        "vouchers/models/till.py",
        "vouchers/reports.py",
        "vouchers/signs.py",
        "vouchers/sealing.py",
        "vouchers/proof.py",
        "vouchers/lifecycle.py",
    }
    allowed_unsafe = {
        "vitrine/packed.py",
        "vitrine/templatetags/structured_data.py",
        "shops/desks/merchant/hours_forms.py",
    }
    for path in tracked_files():
        relative = path.relative_to(settings.BASE_DIR).as_posix()
        if path.suffix not in {".py", ".html"} or relative.startswith(("tests/", "bench/")):
            continue
        text = path.read_text(encoding="utf-8")
        if "/migrations/" not in relative and not relative.startswith("vitrine/database/"):
            assert relative in allowed_raw or not raw.search(text), relative
        assert relative in allowed_unsafe or not unsafe.search(text), relative


def test_imports_go_one_way():
    """districts ← shops; accounts stands alone; the project knows nothing of shops but their addresses and middleware."""
    forbidden = {
        "districts": r"^\s*(from|import) (shops|accounts|vouchers)\b",
        "accounts": r"^\s*(from|import) (shops|districts|vouchers)\b",
        "shops": r"^\s*(from|import) vouchers\b",
        "vitrine": r"^\s*(from|import) (shops|vouchers)\b",
    }
    for path in tracked_files():
        relative = path.relative_to(settings.BASE_DIR)
        rule = forbidden.get(relative.parts[0])
        if rule and path.suffix == ".py":
            found = re.search(rule, path.read_text(encoding="utf-8"), re.MULTILINE)
            assert not found, (str(relative), found and found.group(0))
