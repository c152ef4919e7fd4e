"""axe finds nothing: every template, in four languages, two widths, light and dark."""

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP, LANGUAGES, PHONE, SEND

PAGES = [
    "home", "districts", "district", "list", "list filtered", "list empty", "list wrong", "search", "shop",
    "shop unknown", "shop closed", "report", "claim", "thanks", "missing", "site report", "voucher", "buy", "terms", "lost order",
    "order", "gift", "link over", "about", "ranking", "promise",
    "accessibility", "privacy", "legal", "sign in", "sign in by code", "sign up", "forgotten password", "lost address",
    "not found",
]  # fmt: skip
WIDTHS = [PHONE, DESKTOP]


def matrix():
    """In the short form French, each page at one width by turns, and of the other languages a sample; all in the full one."""
    for place, name in enumerate(PAGES):
        for turn, width in enumerate(WIDTHS):
            for number, language in enumerate(LANGUAGES):
                # Of nine pages one in each other language, now narrow, now wide.
                sampled = place % 9 in (0, 4, 8) and number == 1 + place % 3 and turn == place // 9 % 2
                shown = sampled or (language == "fr" and turn == place % 2)
                marks = () if shown else (pytest.mark.full,)
                yield pytest.param(name, language, width, marks=marks, id=f"{name}-{language}-{width}")


@pytest.mark.parametrize(("name", "language", "width"), list(matrix()))
def test_axe_finds_nothing_by_day_nor_by_night(site, reader, name, language, width):
    reader.set_viewport_size({"width": width, "height": 800})
    reader.goto(site.url(name, language))
    assert faults_of(reader, widths=[width]) == []


def test_axe_would_see_a_fault(new_page, site):
    """The negative control: a picture without words is found, and pale words at night alone."""
    page = new_page()
    page.goto(site.url("about"))
    page.evaluate("document.querySelector('main').append(document.createElement('img'))")
    (fault,) = faults_of(page, widths=[PHONE])
    assert "(light, 360): image-alt" in fault
    page.goto(site.url("about"))
    page.evaluate("document.querySelector('main p').style.color = '#444'")
    (fault,) = faults_of(page, widths=[PHONE])
    assert "(dark, 360): color-contrast" in fault
    page.goto(site.url("about"))
    page.evaluate("document.querySelector('main').style.minWidth = '500px'")
    (fault,) = faults_of(page, widths=[PHONE])
    assert "wider than 360" in fault


def test_a_form_with_faults_is_accessible_too(site, new_page):
    page = new_page()
    page.goto(site.url("report"))
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("group", name="À corriger")).to_be_visible()
    expect(page.locator("#erreurs")).to_be_focused()
    assert faults_of(page) == []
