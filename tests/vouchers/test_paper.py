"""A voucher on paper: one accessible page that bears what the charter asks for, in four languages."""

import re

import pytest
from django.utils import translation

from districts.models import City
from tests.papers import close, text_of
from tests.vouchers.conftest import make_voucher
from vouchers import codes, paper
from vouchers.models import Voucher


@pytest.fixture
def mediator(city):
    City.objects.update(facts={**city.facts, "legal": {"consumer_mediator": "Médiation (fictive)"}})


def words(voucher, language="fr", **more):
    sheet = paper.Sheet(voucher, more.pop("cents", 5000), **more)
    pdf = paper.vouchers_pdf([sheet], language=language)
    assert b"pdfuaid" in pdf
    return text_of(pdf).replace("\xa0", " ").replace("\u202f", " ")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("fr", ["50,00 €", "24 novembre 2026", "24 novembre 2029 compris", "réseau Ville", "Émetteur"]),
        (
            "de",
            [
                "50,00 €",
                "24. November 2026",
                "einschließlich 24. November 2029",
                "Netzes Ville",
                "Aussteller",
            ],
        ),
        ("lb", ["50,00 €", "24. November 2026", "24. November 2029", "Reseau Ville", "Emetteur"]),
        ("en", ["€50.00", "24 November 2026", "24 November 2029", "Ville network", "Issuer"]),
    ],
)
def test_it_bears_what_the_charter_asks_for(mediator, voucher, language, said):
    found = words(voucher, language)
    for words_of_it in (*said, "Cityshopping (fictif)", "Médiation (fictive)", codes.spaced(voucher.code())):
        assert close(words_of_it) in close(found)


def test_the_amount_can_be_hidden(voucher):
    assert "€" not in words(voucher, cents=None)


def test_a_voucher_of_one_shop_says_which(network, marie):
    assert marie.name in words(make_voucher(network, shop=marie))


def test_who_gives_it_and_what_she_writes_stand_on_it_as_typed(voucher):
    found = words(
        voucher,
        recipient="Paul",
        sender="Nina & Tom",
        message="Bon *anniversaire* ! #pagebreak() $x$\n\\ [à toi]",
    )
    assert "Pour Paul, de la part de Nina & Tom" in found
    assert "Bon *anniversaire* ! #pagebreak() $x$" in found
    assert "[à toi]" in found
    assert found.count("\f") == 0


def test_many_are_one_document_of_a_page_each(network):
    sheets = [paper.Sheet(make_voucher(network), 1000) for _time in range(3)]
    found = text_of(paper.vouchers_pdf(sheets, language="fr")).split("\f")
    assert len(found) == 3
    for sheet, page in zip(sheets, found, strict=True):
        assert close(codes.spaced(sheet.voucher.code())) in close(page)


def test_the_link_of_the_qr_code_has_the_code_behind_the_hash_alone(voucher, client, settings):
    settings.PUBLIC_URL = "https://vitrine.example"
    with translation.override("de"):
        link = paper.link_of(voucher.code())
    address, _hash, code = link.partition("#")
    assert address == "https://vitrine.example/de/bon/"
    assert Voucher.objects.of_code(codes.read(code)) == voucher
    assert re.fullmatch(r"[0-9A-Z]{4}(-[0-9A-Z]{4}){3}", code)
