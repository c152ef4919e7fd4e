"""IBANs: read by `schwifty` (ISO 13616), kept sealed. They stand in clear in the bank's file and on finance's pages, nowhere else.

The keys are those of the vouchers' codes (`VOUCHER_KEYS`), each derived for this purpose alone.
"""

import hmac
import secrets
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from vouchers.codes import Unreadable, derived

_NONCE_BYTES = 12


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
    key_id, key = next(iter(settings.VOUCHER_KEYS.items()))
    nonce = secrets.token_bytes(_NONCE_BYTES)
    copy = nonce + AESGCM(derived(key, b"iban seal")).encrypt(nonce, iban.encode(), _of(owner))
    digest = hmac.digest(derived(key, b"iban look-up"), iban.encode(), sha256).hex()
    return Sealed(copy, digest, key_id, iban[-4:])


def unseal(copy: bytes, key_id: str, owner: str) -> str:
    """The IBAN of a sealed copy.

    Raises:
        Unreadable
    """
    key = settings.VOUCHER_KEYS.get(key_id)
    if key is None:
        raise Unreadable(f"no key {key_id}")
    nonce, sealed = bytes(copy[:_NONCE_BYTES]), bytes(copy[_NONCE_BYTES:])
    try:
        return AESGCM(derived(key, b"iban seal")).decrypt(nonce, sealed, _of(owner)).decode()
    except InvalidTag:
        raise Unreadable(f"not sealed by key {key_id}, or another's") from None


def _of(owner):
    return f"iban:{owner}".encode()
