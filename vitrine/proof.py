"""Proof of work in place of puzzles: a browser computes for a moment before it sends a form; a person does nothing.

ALTCHA's protocol (its Python library makes and checks the challenges; `static/altcha.js` solves them). A challenge is
for one purpose, holds for an hour and serves once: the library itself would take a solution again and again.
"""

import json
import secrets
from base64 import b64decode
from datetime import datetime, timedelta

import altcha
from django.conf import settings
from django.db import connection
from django.utils.crypto import salted_hmac

from vitrine.models import SpentProof

ALGORITHM = "PBKDF2/SHA-256"
# One derivation is 2,000 rounds, a solution 200 derivations on average and 300 at most: a third of a second on a
# laptop, two on an old telephone; for the server, one to ask and none to check.
ROUNDS, FEWEST, MOST = 2_000, 100, 300
HOLDS_FOR = timedelta(hours=1)
LONGEST = 4_000


def challenge(purpose: str, *, at: datetime) -> str:
    """A new challenge, as JSON for the browser."""
    made = altcha.create_challenge(
        ALGORITHM,
        ROUNDS,
        counter=FEWEST + secrets.randbelow(MOST - FEWEST),
        # Signed with the rest. The library would compare its own expiry with its own clock.
        data={"for": purpose, "until": int((at + HOLDS_FOR).timestamp())},
        hmac_secret=_secret("challenge"),
        hmac_key_secret=_secret("key"),
    )
    return json.dumps(made.to_dict(), separators=(",", ":"))


def solved(purpose: str, payload: str, *, at: datetime) -> bool:
    """Whether this is a solution, of a challenge of ours, for this purpose, in time. It is not spent by that."""
    return _read(purpose, payload, at) is not None


def spend(purpose: str, payload: str, *, at: datetime) -> bool:
    """The same, and use the solution up: whoever comes second with it is refused. In the transaction of its use."""
    parameters = _read(purpose, payload, at)
    if parameters is None:
        return False
    # Two at once: the second waits for the first's transaction.
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {SpentProof._meta.db_table} (nonce, expires_at) VALUES (%s, %s)"  # noqa: S608 (a model's name)
            " ON CONFLICT (nonce) DO NOTHING",
            [parameters["nonce"], at + HOLDS_FOR],
        )
        return cursor.rowcount == 1


def forget(*, at: datetime) -> int:
    """Drop spent proofs that would be refused anyway. Returns how many."""
    return SpentProof.objects.filter(expires_at__lte=at).delete()[0]


def _read(purpose, payload, at):
    """The challenge's parameters, if its solution holds."""
    if not payload or len(payload) > LONGEST:
        return None
    try:
        result = altcha.verify_solution(payload, _secret("challenge"), hmac_key_secret=_secret("key"))
        if not result.verified:
            return None
        parameters = json.loads(b64decode(payload))["challenge"]["parameters"]
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None
    # Signed by us: it has the shape that `challenge` gave it.
    data = parameters["data"]
    return parameters if data["for"] == purpose and data["until"] > at.timestamp() else None


def _secret(name):
    return salted_hmac(f"vitrine.proof.{name}", "", secret=settings.SECRET_KEY, algorithm="sha256").digest()
