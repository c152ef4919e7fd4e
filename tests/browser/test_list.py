"""The list under JavaScript: a position, folds that stay open, and no fault in any script."""

import re

import pytest
from playwright.sync_api import expect

GARE = {"latitude": 49.6003, "longitude": 6.1340}


@pytest.fixture
def page(new_page):
    """A page that fails the test when a script of ours does."""
    faults = []

    def opened(**options):
        page = new_page(**options)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    yield opened
    assert faults == []


@pytest.mark.parametrize("name", ["home", "list"])
def test_near_me_lists_by_distance(site, page, name):
    page = page(geolocation=GARE, permissions=["geolocation"])
    page.goto(site.url(name))
    page.locator("button[data-near]").click()
    expect(page.locator("h1")).to_contain_text("Au plus près de vous")
    expect(page.locator(".street li").first).to_contain_text(re.compile(r"\d+ k?m"))


@pytest.mark.parametrize("name", ["home", "list"])
def test_who_gives_no_position_reads_what_to_do_beside_the_button(site, page, name):
    page = page(permissions=[])
    page.goto(site.url(name))
    # As a browser that was told to refuse.
    page.evaluate(
        "() => { navigator.geolocation.getCurrentPosition = (found, refused) => refused({ code: 1 }) }"
    )
    page.locator("button[data-near]").click()
    said = page.get_by_text("Votre appareil n’a pas donné sa position")
    expect(said).to_be_visible()
    apart = said.bounding_box()["y"] - page.locator("button[data-near]").bounding_box()["y"]
    assert 0 < apart < 200


def test_the_filters_stay_open_when_she_goes_back(site, page):
    page = page()
    page.goto(site.url("list"))
    page.locator("#filtrer > summary").click()
    page.locator("#id_dimanche").check()
    expect(page.locator("#trouve")).to_be_visible()
    page.wait_for_url("**dimanche=1**")
    page.locator("#id_accessible").check()
    page.wait_for_url("**accessible=1**")
    page.go_back()
    page.wait_for_function("!location.search.includes('accessible')")
    expect(page.locator("#id_dimanche")).to_be_checked()
    expect(page.locator("#id_accessible")).not_to_be_checked()
    expect(page.locator("#id_accessible")).to_be_visible()
