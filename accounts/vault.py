"""Secrets that the database keeps, so that a copy of it alone opens nothing: sealed with a key made of SECRET_KEY.

What is sealed: what an application's codes and the recovery codes are made of (`accounts.adapter.MFAAdapter`). After
another SECRET_KEY, the one before in SECRET_KEY_FALLBACKS opens them, until `manage.py seal_second_factors` has run.
"""

import base64
import logging

from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

logger = logging.getLogger(__name__)
SEALED = "sealed:"


def seal(text: str) -> str:
    return SEALED + _keys().encrypt(text.encode()).decode()


def unseal(kept: str) -> str:
    """The text. One that was stored before there was a seal is read as it is.

    One that no key opens gives a secret that nobody knows, so that codes are wrong, as after a lost application: an
    empty one would be known to everybody, and an error would be a broken page.
    """
    if not kept.startswith(SEALED):
        return kept
    try:
        return _keys().decrypt(kept.removeprefix(SEALED).encode()).decode()
    except InvalidToken:
        logger.error(
            "A second factor is sealed with a key that is not in SECRET_KEY or SECRET_KEY_FALLBACKS."
        )
        return generate_totp_secret()


def seal_all(authenticators) -> int:
    """Seal anew, with the present key, what these keep. Returns how many could not be opened, and stay as they are."""
    lost = 0
    for one in authenticators.select_for_update():
        try:
            data = {name: _anew(name, value) for name, value in one.data.items()}
        except InvalidToken:
            lost += 1
            continue
        authenticators.filter(pk=one.pk).update(data=data)
    return lost


def _anew(name, value):
    if name == "migrated_codes":
        return [_anew("secret", code) for code in value]
    if name not in ("secret", "seed"):
        return value
    if not value.startswith(SEALED):
        return seal(value)
    return SEALED + _keys().rotate(value.removeprefix(SEALED).encode()).decode()


def _keys():
    return MultiFernet([_key(secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret):
    # Of its own for this one purpose: what else SECRET_KEY signs says nothing about it.
    derived = HKDF(SHA256(), length=32, salt=None, info=b"accounts.vault").derive(secret.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
