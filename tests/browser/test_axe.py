"""axe finds nothing: every template, in four languages, two widths, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE

PAGES = [
    "home", "districts", "district", "list", "list filtered", "list empty", "list wrong", "search", "shop",
    "shop unknown", "shop closed", "report", "claim", "thanks", "missing", "site report", "about", "ranking",
    "accessibility", "privacy", "legal", "not found",
]  # fmt: skip
SIGHTS = [(PHONE, False), (PHONE, True), (DESKTOP, False), (DESKTOP, True)]


def matrix():
    """French whole; of the other languages one sight a page in the short form, all in the full one."""
    for place, name in enumerate(PAGES):
        for turn, (width, dark) in enumerate(SIGHTS):
            for number, language in enumerate(LANGUAGES):
                sampled = (
                    language != "fr" and turn == (place + number) % len(SIGHTS) and number == 1 + place % 3
                )
                marks = () if language == "fr" or sampled else (pytest.mark.full,)
                theme = "dark" if dark else "light"
                yield pytest.param(
                    name, language, width, dark, marks=marks, id=f"{name}-{language}-{width}-{theme}"
                )


@pytest.fixture(scope="module")
def axe():
    return Axe()


@pytest.mark.parametrize(("name", "language", "width", "dark"), list(matrix()))
def test_axe_finds_nothing(site, new_page, axe, name, language, width, dark):
    page = new_page(width=width, dark=dark)
    page.goto(site.url(name, language))
    found = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
    assert not found, "\n".join(
        f"{fault['id']}: {fault['help']} – {node['html'][:160]}"
        for fault in found
        for node in fault["nodes"][:3]
    )


def test_axe_would_see_a_fault(new_page, site, axe):
    """The negative control: a picture without words is found."""
    page = new_page()
    page.goto(site.url("about"))
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in {fault["id"] for fault in axe.run(page).response["violations"]}


def test_a_form_with_faults_is_accessible_too(site, new_page, axe):
    page = new_page()
    page.goto(site.url("report"))
    page.get_by_role("button", name="Envoyer à la Ville").click()
    assert page.get_by_role("alert").is_visible()
    found = axe.run(page).response["violations"]
    assert not found, [fault["id"] for fault in found]
