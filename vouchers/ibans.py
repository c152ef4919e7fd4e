"""IBANs: read by `schwifty` (ISO 13616), kept sealed. They stand in clear in the bank's file and on finance's pages, nowhere else.

The keys are those of the vouchers' codes (`VOUCHER_KEYS`), each derived for this purpose alone.
"""

from dataclasses import dataclass

from vouchers import seals

_SEAL, _LOOK_UP = b"iban seal", b"iban look-up"


class NoIban(ValueError):
    """It cannot be one: its length, its country or its check digits are wrong."""


class NotInSepa(ValueError):
    """An IBAN of a country to which no SEPA transfer goes."""


@dataclass(frozen=True)
class Sealed:
    """What the database keeps of an IBAN."""

    copy: bytes
    digest: str  # 64 hexadecimal digits: the same for the same IBAN under the same key
    key_id: str
    last4: str


def read(typed: str) -> str:
    """The IBAN that somebody typed, with or without spaces, in one piece.

    Raises:
        NoIban
        NotInSepa
    """
    # Imported late: it reads a register of banks.
    from schwifty import IBAN
    from schwifty.exceptions import SchwiftyException

    try:
        iban = IBAN(typed)
    except SchwiftyException:
        raise NoIban from None
    if not iban.in_sepa_zone:
        raise NotInSepa
    return iban.compact


def spaced(iban: str) -> str:
    """As people read it: groups of four."""
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))


def seal(iban: str, owner: str) -> Sealed:
    """What to keep of an IBAN, with the key of today.

    Args:
        owner: whose it is, as « shop:12 »; the sealed copy is of no use beside another name.
    """
    key_id, key = seals.of_today()
    return Sealed(seals.seal(iban, _SEAL, _of(owner)), seals.digest(iban, key, _LOOK_UP), key_id, iban[-4:])


def unseal(copy: bytes, key_id: str, owner: str) -> str:
    """The IBAN of a sealed copy.

    Raises:
        Unreadable
    """
    return seals.unseal(copy, key_id, _SEAL, _of(owner))


def _of(owner):
    return f"iban:{owner}"
