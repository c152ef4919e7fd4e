"""How a plain project would look a code up."""

import hmac


def hash_of(code):
    return hmac.digest(b"bench", code.encode(), "sha256").hex()
