"""Codes: what a typing error is, what the database keeps, and that a key can be changed."""

import base64
import re
from collections import OrderedDict

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection

from tests.vouchers.conftest import make_voucher, prepared
from vitrine.settings import voucher_keys
from vouchers import codes
from vouchers.models import Voucher

OLD, NEW = b"o" * 32, b"n" * 32


def test_a_code_is_fifteen_characters_by_chance_and_one_that_checks_them():
    drawn = {codes.draw() for _time in range(200)}
    assert len(drawn) == 200
    for code in drawn:
        assert re.fullmatch(r"[0-9A-HJKMNP-TV-Z]{16}", code)
        assert codes.read(code) == code


@pytest.mark.parametrize(
    "typed",
    [
        "{spaced}",
        "{lower}",
        "  {spaced} ",
        "{words}",
        "{looks_like}",
    ],
)
def test_a_code_is_read_as_people_type_it(typed):
    code = next(drawn for drawn in iter(codes.draw, None) if "0" in drawn and "1" in drawn)
    written = typed.format(
        spaced=codes.spaced(code),
        lower=codes.spaced(code).lower(),
        words=" ".join(re.findall("....", code)),
        looks_like=code.replace("0", "o").replace("1", "l"),
    )
    assert codes.read(written) == code


def test_every_single_wrong_character_is_a_typing_error():
    code = codes.draw()
    for place, right in enumerate(code):
        for wrong in set(codes.ALPHABET) - {right}:
            with pytest.raises(codes.Mistyped):
                codes.read(code[:place] + wrong + code[place + 1 :])


def test_two_neighbours_that_change_places_are_nearly_always_a_typing_error():
    seen = swapped = 0
    for code in (codes.draw() for _time in range(300)):
        for place in range(15):
            pair = code[place : place + 2]
            if pair[0] != pair[1]:
                swapped += 1
                try:
                    codes.read(code[:place] + pair[::-1] + code[place + 2 :])
                except codes.Mistyped:
                    seen += 1
    assert seen / swapped > 0.98


@pytest.mark.parametrize(
    "typed", ["", "ABCD", "U" * 16, "é" * 16, "0" * 17, "\x00" * 16, "１" * 16, "0" * 100_000]
)
def test_what_cannot_be_a_code_is_none(typed):
    with pytest.raises(codes.Mistyped):
        codes.read(typed)


def test_the_database_has_no_code_in_clear(voucher):
    code = voucher.code()
    assert codes.read(code) == code
    assert voucher.last4 == code[-4:]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v::text, encode(code_sealed, 'escape') FROM vouchers_voucher v WHERE id = %s",
            [voucher.pk],
        )
        row = " ".join(cursor.fetchone())
    assert voucher.last4 in row
    for piece in (code, codes.spaced(code), code[:8], code.encode().hex()):
        assert piece.lower() not in row.lower()


def test_a_voucher_is_found_by_its_code_alone(voucher, network):
    make_voucher(network)
    assert Voucher.objects.of_code(voucher.code()) == voucher
    assert Voucher.objects.of_code(codes.draw()) is None


def test_a_sealed_copy_is_of_no_use_on_another_row(voucher, network):
    other = make_voucher(network)
    other.code_sealed = voucher.code_sealed
    with pytest.raises(codes.Unreadable):
        other.code()


def test_a_new_key_seals_and_the_old_one_still_opens(network, settings, capsys):
    settings.VOUCHER_KEYS = {"old": OLD}
    voucher = make_voucher(network)
    code = voucher.code()
    settings.VOUCHER_KEYS = OrderedDict(new=NEW, old=OLD)
    assert Voucher.objects.of_code(code) == voucher
    assert voucher.code() == code
    assert make_voucher(network).key_id == "new"

    call_command("rotate_voucher_keys")
    assert "1 " in capsys.readouterr().out
    settings.VOUCHER_KEYS = {"new": NEW}
    found = Voucher.objects.of_code(code)
    assert (found, found.key_id, found.code()) == (voucher, "new", code)
    call_command("rotate_voucher_keys")


def test_a_key_that_is_gone_is_named_and_nothing_is_lost(network, settings):
    settings.VOUCHER_KEYS = {"old": OLD}
    voucher = make_voucher(network)
    settings.VOUCHER_KEYS = {"new": NEW}
    with pytest.raises(CommandError, match="old"):
        call_command("rotate_voucher_keys")
    settings.VOUCHER_KEYS = {"old": OLD}
    assert Voucher.objects.of_code(voucher.code()) == voucher


def test_the_command_makes_a_key_that_the_setting_takes(capsys, settings):
    call_command("voucher_key")
    line = capsys.readouterr().out.strip()
    ((name, key),) = voucher_keys([line]).items()
    assert line == f"{name}:{base64.urlsafe_b64encode(key).decode()}"


@pytest.mark.parametrize(
    "wrong", ["", "k1", "k1:", "k1:kurz", ":" + "A" * 43 + "=", "k 1:" + "A" * 43 + "=", "k1:" + "é" * 44]
)
def test_a_key_that_is_none_is_refused_without_being_repeated(wrong):
    with pytest.raises(ImproperlyConfigured) as refused:
        voucher_keys([wrong])
    assert "kurz" not in str(refused.value)


@pytest.mark.parametrize("guesses", [5_000, pytest.param(1_000_000, marks=pytest.mark.full)])
def test_guesses_by_chance_find_nothing(network, guesses):
    """A million at the permitted rate would take a year: here they are made at once, against two hundred vouchers."""
    vouchers = prepared(network, 200)
    held = {digest for voucher in vouchers for digest in codes.digests(voucher.code())}
    assert len(held) * guesses / 32**codes.BY_CHANCE < 1e-13
    assert not any(held.intersection(codes.digests(codes.draw())) for _guess in range(guesses))
