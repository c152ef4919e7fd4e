"""Nina points her camera at a voucher: the code behind the # is sent by her browser, and stands in no address."""

from datetime import date

import pytest
from django.conf import settings
from django.utils import timezone
from playwright.sync_api import expect

from tests.browser.accessible import faults_of
from tests.browser.conftest import PHONE
from tests.databases import used


@pytest.fixture(scope="module")
def vouchers(site, django_db_blocker):
    """Codes by what became of their vouchers."""
    from shops.models import Shop
    from torture.books import Books, key
    from vouchers import lifecycle
    from vouchers.models import Network

    with django_db_blocker.unblock(), used(site.database):
        books = Books.open(list(Shop.objects.published().order_by("pk")[:2]), timezone.now())
        Network.objects.filter(pk=books.network.pk).update(name="Ville")
        (good,) = books.vouchers([1800])
        (ended,) = books.vouchers([2500], issued_on=date(2023, 1, 1), expires_on=lifecycle.city_day(books.at))
        (frozen,) = books.vouchers([2500])
        lifecycle.freeze(frozen, reason="lost", key=key(), at=books.at)
        (small,) = books.vouchers([340])
        named = {"good": good, "ended": ended, "frozen": frozen, "small": small}
        yield {name: voucher.code() for name, voucher in named.items()}
    assert settings.DATABASES["default"]["NAME"] != site.database


def test_the_link_of_the_qr_code_shows_what_is_left_and_leaves_no_code_behind(site, new_page, vouchers):
    page = new_page(width=PHONE)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site.url('voucher')}#{vouchers['good']}")
    expect(page.locator("#resultat")).to_contain_text("18,00")
    assert "#" not in page.url
    page.go_back()
    assert vouchers["good"] not in page.url
    assert not [url for url in asked if vouchers["good"] in url.partition("#")[0]]
    site.log.seek(0)
    assert vouchers["good"] not in site.log.read()


def test_without_javascript_the_code_is_typed(site, new_page, vouchers):
    page = new_page(width=PHONE, javascript=False)
    page.goto(f"{site.url('voucher')}#{vouchers['good']}")
    page.get_by_label("Code du bon").fill(vouchers["good"].lower())
    page.get_by_role("button", name="Voir ce qui reste").click()
    expect(page.locator("#resultat")).to_contain_text("18,00")


def test_one_tap_extends_it_and_two_do_no_more(site, new_page, vouchers):
    page = new_page(width=PHONE)
    page.goto(f"{site.url('voucher')}#{vouchers['ended']}")
    page.get_by_role("button", name="Prolonger jusqu").dblclick()
    expect(page.locator("#resultat")).to_contain_text("25,00")
    expect(page.get_by_role("button", name="Prolonger jusqu")).to_have_count(0)


@pytest.mark.parametrize("state", ["good", "frozen"])
def test_what_is_shown_is_accessible(site, new_page, vouchers, state):
    page = new_page(width=PHONE)
    page.goto(f"{site.url('voucher')}#{vouchers[state]}")
    expect(page.locator("#resultat")).to_be_focused()
    assert faults_of(page) == []


def test_a_small_rest_is_given_away_once_she_has_said_so(site, new_page, vouchers):
    page = new_page(width=PHONE)
    page.goto(f"{site.url('voucher')}#{vouchers['small']}")
    page.get_by_text("Il reste trop peu").click()
    assert faults_of(page) == []
    page.get_by_role("button", name="Donner").click()
    assert page.get_by_label("Oui, donner").evaluate("box => box.validity.valueMissing")
    page.get_by_label("Oui, donner").check()
    page.get_by_role("button", name="Donner").dblclick()
    expect(page.locator("#resultat")).to_contain_text("ont été donnés")
    assert faults_of(page) == []
