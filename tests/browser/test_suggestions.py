"""Suggestions under the search field: with a keyboard, with a finger, read aloud, and never in the way."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import DESKTOP

SHOWN = "#suggestions [role=option]"


@pytest.fixture(params=["home", "list"])
def page(request, site, new_page):
    page = new_page(width=DESKTOP)
    page.goto(site.url(request.param))
    return page


def type_in(page, text):
    """Type, and wait for what is proposed for the whole of it: an answer to its beginning may come before."""
    field = page.get_by_role("combobox", name="Chercher un commerce")
    with page.expect_response(lambda answer: answer.url.endswith(f"q={text}")):
        field.press_sequentially(text)
    expect(page.locator(SHOWN).first).to_be_visible()
    expect(field).to_have_attribute("aria-expanded", "true")
    return field


def test_arrows_lead_through_and_enter_goes_there(page):
    field = type_in(page, "boulang")
    assert field.get_attribute("aria-activedescendant") is None
    field.press("ArrowDown")
    chosen = page.locator("#suggestions [aria-selected=true]")
    assert chosen.count() == 1
    assert field.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
    address = chosen.get_attribute("href")
    with page.expect_navigation():
        field.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(address) + "$"))


def test_the_arrows_go_round_and_back_to_what_was_typed(page):
    field = type_in(page, "boulang")
    last = page.locator(SHOWN).count()
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") == f"proposition-{last}"
    field.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "proposition-1"
    field.press("ArrowUp")
    assert field.get_attribute("aria-activedescendant") is None


def test_enter_without_a_choice_searches(page):
    field = type_in(page, "boulang")
    field.press("Enter")
    page.wait_for_url("**/commerces/?*q=boulang*")
    expect(page.locator(SHOWN)).to_have_count(0)


def test_escape_closes_the_list_and_keeps_the_words(page):
    field = type_in(page, "boulang")
    field.press("Escape")
    expect(page.locator(SHOWN)).to_have_count(0)
    assert field.get_attribute("aria-expanded") == "false"
    assert field.input_value() == "boulang"


def test_the_tabulator_passes_the_list_by(page):
    field = type_in(page, "boulang")
    field.press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Chercher"
    expect(page.locator(SHOWN)).to_have_count(0)


def test_a_click_goes_there(page):
    type_in(page, "boulang")
    first = page.locator(SHOWN).first
    address = first.get_attribute("href")
    with page.expect_navigation():
        first.click()
    expect(page).to_have_url(re.compile(re.escape(address) + "$"))


def test_how_many_there_are_is_said(page):
    type_in(page, "boulang")
    number = page.locator(SHOWN).count()
    assert str(number) in page.locator(".search [role=status]").inner_text()


def test_what_is_shown_is_sound(page):
    type_in(page, "boulang").press("ArrowDown")
    assert faults_of(page, context=".search", widths=[DESKTOP]) == []


def test_a_phone_has_room_for_it(site, new_page):
    page = new_page(width=320)
    page.goto(site.url("home"))
    type_in(page, "boulang")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    box = page.locator("#suggestions").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 320


def test_without_javascript_the_form_searches(site, new_page):
    page = new_page(javascript=False)
    page.goto(site.url("home"))
    page.get_by_role("searchbox").fill("boulangerie")
    page.get_by_role("button", name="Chercher").click()
    expect(page).to_have_url(re.compile("q=boulangerie"))
    expect(page.locator(".card").first).to_be_visible()
