"""The codes that prove a claim: eight characters that survive being read aloud, known in clear to their reader alone."""

import re
import secrets

from django.utils.crypto import constant_time_compare, salted_hmac

# Crockford's base 32: no I, L, O, U. Eight of them are 40 bits; with five tries a code, guessing is hopeless.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_BETWEEN = re.compile(r"[\s\-–—_.]+")


def new_code() -> str:
    return "".join(secrets.choice(ALPHABET) for _place in range(LENGTH))


def shown(code: str) -> str:
    """As it is written for people: « K7M2-9XQA »."""
    return f"{code[:4]}-{code[4:]}"


def read(typed: str) -> str:
    """The code that somebody typed, whatever its case, blanks and dashes; "" when it cannot be one."""
    code = _BETWEEN.sub("", typed[:40]).upper().translate(_MISREAD)
    return code if len(code) == LENGTH and set(code) <= set(ALPHABET) else ""


def fingerprint(claim_id: int, code: str) -> str:
    """What is kept of a code. It is good for one claim only."""
    return salted_hmac("shops.Claim.code", f"{claim_id}:{code}", algorithm="sha256").hexdigest()


def matches(claim_id: int, code: str, kept: str) -> bool:
    return bool(code and kept) and constant_time_compare(fingerprint(claim_id, code), kept)
