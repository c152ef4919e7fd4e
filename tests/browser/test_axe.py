"""axe finds nothing: every template, in four languages, two widths, light and dark."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE, SEND

PAGES = [
    "home", "districts", "district", "list", "list filtered", "list empty", "list wrong", "search", "shop",
    "shop unknown", "shop closed", "report", "claim", "thanks", "missing", "site report", "about", "ranking", "promise",
    "accessibility", "privacy", "legal", "sign in", "sign in by code", "sign up", "forgotten password", "lost address",
    "not found",
]  # fmt: skip
WIDTHS = [PHONE, DESKTOP]


def matrix():
    """French whole; of the other languages a sample in the short form, all in the full one."""
    for place, name in enumerate(PAGES):
        for turn, width in enumerate(WIDTHS):
            for number, language in enumerate(LANGUAGES):
                # Of nine pages one in each other language, now narrow, now wide.
                sampled = place % 9 in (0, 4, 8) and number == 1 + place % 3 and turn == place // 9 % 2
                marks = () if language == "fr" or sampled else (pytest.mark.full,)
                yield pytest.param(name, language, width, marks=marks, id=f"{name}-{language}-{width}")


@pytest.fixture(scope="module")
def axe():
    return Axe()


def without_gradient(page):
    """axe judges no colour before a gradient: give it the end of ours that is nearer to the letters' own."""
    page.evaluate("document.body.style.background = 'var(--air)'")


@pytest.mark.parametrize(("name", "language", "width"), list(matrix()))
def test_axe_finds_nothing_by_day_nor_by_night(site, new_page, axe, name, language, width):
    page = new_page(width=width)
    page.goto(site.url(name, language))
    without_gradient(page)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        found = axe.run(page).response["violations"]
        assert not found, f"{theme}:\n" + "\n".join(
            f"{fault['id']}: {fault['help']} – {node['html'][:160]}"
            for fault in found
            for node in fault["nodes"][:3]
        )


def test_axe_would_see_a_fault(new_page, site, axe):
    """The negative control: a picture without words is found, and pale words at night alone."""
    page = new_page()
    page.goto(site.url("about"))
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    assert "image-alt" in {fault["id"] for fault in axe.run(page).response["violations"]}
    without_gradient(page)
    page.emulate_media(color_scheme="dark")
    page.evaluate("document.querySelector('main p').style.color = '#444'")
    assert "color-contrast" in {fault["id"] for fault in axe.run(page).response["violations"]}


def test_a_form_with_faults_is_accessible_too(site, new_page, axe):
    page = new_page()
    page.goto(site.url("report"))
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("group", name="À corriger")).to_be_visible()
    expect(page.locator("#erreurs")).to_be_focused()
    found = axe.run(page).response["violations"]
    assert not found, [fault["id"] for fault in found]
