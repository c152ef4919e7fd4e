"""What stands nowhere in clear: sealed copies that only the keys outside the database open, and digests to look up by.

The keys are those of `VOUCHER_KEYS`, the first being that of today; each is derived for one purpose alone. A copy is sealed
by AES-GCM for its owner: it is of no use on another row.
"""

import hmac
import secrets
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_NONCE_BYTES = 12


class Unreadable(Exception):
    """The sealed copy was not made by a key that is known here, or is another's."""


def of_today() -> tuple[str, bytes]:
    """The id of the key of today, and the key."""
    return next(iter(settings.VOUCHER_KEYS.items()))


def seal(text: str, purpose: bytes, owner: str) -> bytes:
    """A copy of a text, sealed with the key of today.

    Args:
        owner: whose it is, as « voucher:12 ».
    """
    _key_id, key = of_today()
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return nonce + AESGCM(_derived(key, purpose)).encrypt(nonce, text.encode(), owner.encode())


def unseal(copy: bytes, key_id: str, purpose: bytes, owner: str) -> str:
    """The text of a sealed copy.

    Raises:
        Unreadable
    """
    key = settings.VOUCHER_KEYS.get(key_id)
    if key is None:
        raise Unreadable(f"no key {key_id}")
    nonce, sealed = bytes(copy[:_NONCE_BYTES]), bytes(copy[_NONCE_BYTES:])
    try:
        return AESGCM(_derived(key, purpose)).decrypt(nonce, sealed, owner.encode()).decode()
    except InvalidTag:
        raise Unreadable(f"not sealed by key {key_id}, or another's") from None


def digest(text: str, key: bytes, purpose: bytes) -> str:
    """What a text is looked up by: 64 hexadecimal digits, the same for the same text under the same key."""
    return hmac.digest(_derived(key, purpose), text.encode(), sha256).hex()


def _derived(key, purpose):
    # One secret for each purpose, so that neither tells anything of the other.
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"vitrine voucher " + purpose).derive(key)
