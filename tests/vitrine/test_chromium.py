"""The browser of the tests: found, else installed, never silently left out."""

import stat

import pytest

from scripts import chromium


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """A machine without any browser, and a folder on its PATH."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("VITRINE_CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "_playwrights", lambda: None)
    chromium.find.cache_clear()
    yield tmp_path
    chromium.find.cache_clear()


def put(path, *, starts=True):
    path.write_text(f"#!/bin/sh\nexit {0 if starts else 1}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize("name", ["chromium", "chromium-browser", "google-chrome"])
def test_the_systems_is_found(machine, name):
    assert chromium.find() is None
    chromium.find.cache_clear()
    path = put(machine / name)
    assert chromium.find() == path


def test_a_signpost_that_does_not_start_is_passed_by(machine):
    put(machine / "chromium-browser", starts=False)
    real = put(machine / "google-chrome")
    assert chromium.find() == real


def test_playwrights_own_is_the_last_resort(machine, monkeypatch):
    own = put(machine / "chrome")
    monkeypatch.setattr(chromium, "_playwrights", lambda: own)
    assert chromium.find() == own


def test_a_named_one_comes_first_and_is_not_replaced_by_another(machine, monkeypatch):
    put(machine / "chromium")
    monkeypatch.setenv("VITRINE_CHROMIUM", put(machine / "mine"))
    assert chromium.find() == str(machine / "mine")
    chromium.find.cache_clear()
    monkeypatch.setenv("VITRINE_CHROMIUM", str(machine / "gone"))
    assert chromium.find() is None


def test_debians_package_is_tried_before_playwrights_download(machine, monkeypatch):
    tried = []
    monkeypatch.setattr(chromium, "_install_debians", lambda: tried.append("debian"))
    monkeypatch.setattr(
        chromium, "_install_playwrights", lambda: (tried.append("playwright"), put(machine / "chromium"))
    )
    assert chromium.find_or_install() == str(machine / "chromium")
    assert tried == ["debian", "playwright"]


def test_nothing_is_installed_when_there_is_one(machine, monkeypatch):
    path = put(machine / "chromium")
    monkeypatch.setattr(chromium, "_install_debians", lambda: pytest.fail("installed in vain"))
    assert chromium.find_or_install() == path


def test_without_any_it_is_one_sentence(machine, monkeypatch):
    for name in ("_install_debians", "_install_playwrights"):
        monkeypatch.setattr(chromium, name, lambda: None)
    with pytest.raises(chromium.ChromiumMissingError, match=r"^No Chromium: .* VITRINE_CHROMIUM\.$"):
        chromium.find_or_install()
