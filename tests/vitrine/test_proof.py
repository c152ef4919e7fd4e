"""Proof of work: ours, for its purpose, in time, once."""

import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime, timedelta

import altcha
import pytest
from django.test import override_settings

from tests.solving import proof_for
from vitrine import proof
from vitrine.models import SpentProof

NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def solution():
    """A challenge of noon, solved."""
    return proof_for(json.loads(proof.challenge("report", at=NOON)))


def test_a_solution_holds_for_an_hour_and_for_its_purpose(solution):
    assert proof.solved("report", solution, at=NOON)
    assert proof.solved("report", solution, at=NOON + timedelta(minutes=59))
    assert not proof.solved("report", solution, at=NOON + timedelta(minutes=61))
    assert not proof.solved("quote", solution, at=NOON)


@pytest.mark.django_db
def test_a_solution_serves_once(solution):
    assert proof.spend("report", solution, at=NOON)
    assert not proof.spend("report", solution, at=NOON)
    # The same, written otherwise.
    again = b64encode(json.dumps(json.loads(b64decode(solution)), indent=1).encode()).decode()
    assert proof.solved("report", again, at=NOON)
    assert not proof.spend("report", again, at=NOON)


@pytest.mark.django_db
def test_spent_ones_are_kept_for_as_long_as_they_would_hold(solution):
    made = NOON
    assert proof.spend("report", solution, at=made + timedelta(minutes=30))
    assert proof.forget(at=made + proof.HOLDS_FOR) == 0
    assert not proof.spend("report", solution, at=made + timedelta(minutes=59))
    assert proof.forget(at=made + timedelta(minutes=90)) == 1
    assert not SpentProof.objects.exists()
    assert not proof.spend("report", solution, at=made + timedelta(minutes=90))


def changed(solution, path, value):
    made = json.loads(b64decode(solution))
    place = made
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return b64encode(json.dumps(made).encode()).decode()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("solution", "derivedKey"), "00" * 32),
        (("solution", "derivedKey"), 7),
        (("challenge", "parameters", "cost"), 1),
        (("challenge", "parameters", "keyPrefix"), ""),
        (("challenge", "parameters", "nonce"), "ab" * 16),
        (("challenge", "parameters", "keySignature"), None),
        (("challenge", "parameters", "data"), {"for": "report", "until": 9e9}),
        (("challenge", "parameters", "data"), None),
        (("challenge", "parameters"), []),
        (("challenge", "signature"), ""),
        (("challenge", "signature"), None),
        (("challenge",), "x"),
        (("solution",), None),
    ],
)
def test_whatever_is_changed_it_does_not_hold(solution, path, value):
    assert not proof.solved("report", changed(solution, path, value), at=NOON)


@pytest.mark.parametrize(
    "payload", ["", "x", "e30=", "\x00", "é", "bnVsbA==", "W10=", "A" * 100_000, "[" * 3000]
)
def test_nonsense_does_not_hold_and_breaks_nothing(payload):
    assert not proof.solved("report", payload, at=NOON)
    assert not proof.solved("report", b64encode(payload.encode()).decode(), at=NOON)


def test_a_challenge_of_another_site_does_not_hold():
    with override_settings(SECRET_KEY="another"):
        theirs = proof_for(json.loads(proof.challenge("report", at=NOON)))
    assert not proof.solved("report", theirs, at=NOON)


def test_a_challenge_without_work_does_not_hold():
    """Unsigned, or signed with nothing: anybody can make those."""
    cheap = altcha.create_challenge("PBKDF2/SHA-256", 1, counter=0, data={"for": "report", "until": 9e9})
    assert not proof.solved("report", proof_for(cheap.to_dict()), at=NOON)
