"""The number that stands on a voucher of a campaign: its batch, its place there, a digit that finds typing errors.

It is no secret and opens nothing; it says which card lies on the table.
"""

from django.db.models import QuerySet
from stdnum import luhn
from stdnum.exceptions import ValidationError

from vouchers.models import Voucher

PLACE_DIGITS = 5


class Mistyped(ValueError):
    """This is no number of ours: a digit is missing, or one is wrong."""


def of(voucher: Voucher) -> str:
    """As it is printed: « 12-00345-7 »."""
    place = f"{voucher.place:0{PLACE_DIGITS}d}"
    return f"{voucher.batch_id}-{place}-{luhn.calc_check_digit(f'{voucher.batch_id}{place}')}"


def read(typed: str) -> tuple[int, int]:
    """The batch's id and the place in it, of what somebody typed with or without hyphens.

    Raises:
        Mistyped
    """
    digits = "".join(sign for sign in typed if sign not in " -\N{NO-BREAK SPACE}\N{EN DASH}")
    if not (digits.isascii() and digits.isdecimal() and PLACE_DIGITS + 2 <= len(digits) <= 20):
        raise Mistyped
    try:
        luhn.validate(digits)
    except ValidationError:
        raise Mistyped from None
    return int(digits[: -PLACE_DIGITS - 1]), int(digits[-PLACE_DIGITS - 1 : -1])


def find(vouchers: QuerySet, typed: str) -> Voucher | None:
    """The one among these vouchers that has this number.

    Raises:
        Mistyped
    """
    batch, place = read(typed)
    return vouchers.filter(batch=batch, place=place).first()
