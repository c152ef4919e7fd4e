"""The code of a voucher: whoever holds it may spend it. It stands nowhere in clear.

Sixteen characters of Crockford's base 32 in four groups: fifteen by chance (75 bits) and one that finds typing errors (ISO 7064,
hybrid system, by python-stdnum). The database has an HMAC of it, to be looked up by; a sealed copy, to be shown again to
the buyer; and the last four in clear. What opens either is outside the database: `VOUCHER_KEYS`.
"""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from stdnum.exceptions import ValidationError
from stdnum.iso7064 import mod_37_36

from vouchers import seals
from vouchers.seals import Unreadable as Unreadable

# Crockford's: no I, L, O, U, which are read as 1, 1, 0 or not at all.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
BY_CHANCE = 15
LENGTH = BY_CHANCE + 1
READ_AS = str.maketrans(
    {"I": "1", "L": "1", "O": "0", " ": "", "-": "", "\N{NO-BREAK SPACE}": "", "\N{EN DASH}": ""}
)
_SEAL, _LOOK_UP = b"seal", b"look-up"


class Mistyped(ValueError):
    """This is no code: too short, too long, or a character is wrong. Nobody was guessed at."""


@dataclass(frozen=True)
class Sealed:
    """What the database keeps of a code."""

    hmac: str  # 64 hexadecimal digits
    copy: bytes
    key_id: str
    last4: str


def draw() -> str:
    """A new code of sixteen characters, without its hyphens."""
    chance = "".join(secrets.choice(ALPHABET) for _place in range(BY_CHANCE))
    return chance + mod_37_36.calc_check_digit(chance, ALPHABET)


def read(typed: str) -> str:
    """The code that somebody typed, in any case, with or without hyphens, with O for 0 and l for 1.

    Raises:
        Mistyped: it cannot be one.
    """
    code = typed.upper().translate(READ_AS).strip()
    try:
        if len(code) != LENGTH:
            raise Mistyped
        mod_37_36.validate(code, ALPHABET)
    except ValidationError:
        raise Mistyped from None
    return code


def spaced(code: str) -> str:
    """As people read it: four groups of four."""
    return "-".join(code[place : place + 4] for place in range(0, LENGTH, 4))


def seal(code: str, voucher: int) -> Sealed:
    """What to keep of a code, with the key of today.

    Args:
        voucher: the voucher's id; the sealed copy is of no use on another row.
    """
    key_id, key = seals.of_today()
    return Sealed(seals.digest(code, key, _LOOK_UP), seals.seal(code, _SEAL, _of(voucher)), key_id, code[-4:])


def unseal(copy: bytes, key_id: str, voucher: int) -> str:
    """The code of a sealed copy.

    Raises:
        Unreadable
    """
    return seals.unseal(copy, key_id, _SEAL, _of(voucher))


def digests(code: str) -> Iterable[str]:
    """What a code is looked up by: its HMAC under each key that is still in use, that of today first."""
    return [seals.digest(code, key, _LOOK_UP) for key in settings.VOUCHER_KEYS.values()]


def _of(voucher):
    return f"voucher:{voucher}"
