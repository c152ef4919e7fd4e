"""Two at once: whoever comes second finds what the first has done."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from shops.models import Claim, Event, Membership
from shops.models import claim as limits
from tests.claiming.conftest import EMAIL, begin, send
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H, make_city, make_marie

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop():
    make_city()
    return make_marie(email=EMAIL)


@pytest.fixture
def people(shop):
    return [make_person(f"{name}@courrier.example", name=name.title()) for name in ("marie", "albert")]


def at_once(*verbs):
    """Do these at the same time; each gives what it returned, or what it raised."""
    start = threading.Barrier(len(verbs))

    def do(verb):
        try:
            start.wait(timeout=20)
            return verb()
        except (Claim.NotAllowed, Claim.TooMany) as refused:
            return type(refused)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(verbs)) as pool:
        return list(pool.map(do, verbs))


def fresh(claim):
    """As another process has it."""
    return Claim.objects.select_related("shop", "user").get(pk=claim.pk)


def test_two_right_codes_at_once_make_one_owner_and_one_for_the_city(shop, people):
    claims = [begin(shop, person) for person in people]
    # As if neither had seen the other begin.
    Claim.objects.update(state=Claim.State.OPEN)
    codes = [send(fresh(claim)) for claim in claims]
    answers = at_once(
        *(
            lambda claim=claim, code=code: fresh(claim).check_code(code, at=TUESDAY_10H)
            for claim, code in zip(claims, codes, strict=True)
        )
    )
    assert sorted(answers) == ["contested", "granted"]
    assert Membership.objects.count() == 1
    winner = claims[answers.index("granted")]
    assert Membership.objects.get().user == winner.user
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["contested", "granted"]


def test_the_same_code_twice_at_once_is_once(shop, people):
    claim = begin(shop, people[0])
    code = send(claim)
    answers = at_once(*[lambda: fresh(claim).check_code(code, at=TUESDAY_10H)] * 3)
    assert answers == ["granted"] * 3
    assert Membership.objects.count() == Event.objects.filter(kind="claim:granted").count() == 1


def test_guesses_at_once_have_five_tries_between_them(shop, people):
    claim = begin(shop, people[0])
    code = send(claim)
    wrong = "0000-0000" if code != "0000-0000" else "1111-1111"
    for _round in range(2):
        at_once(*[lambda: fresh(claim).check_code(wrong, at=TUESDAY_10H)] * 4)
    assert fresh(claim).tries == limits.MOST_TRIES
    assert fresh(claim).check_code(code, at=TUESDAY_10H) == "wrong"


def test_starting_twice_at_once_is_one_claim(shop, people):
    claims = at_once(*[lambda: begin(shop, people[0])] * 3)
    assert len({claim.pk for claim in claims}) == Claim.objects.count() == 1


def test_codes_asked_for_at_once_keep_to_the_days_limit(shop, people):
    claim = begin(shop, people[0])
    for _round in range(2):
        at_once(*[lambda: fresh(claim).send_code(at=TUESDAY_10H)] * 4)
    assert Event.objects.filter(kind="claim:code_sent").count() == limits.CODES_A_SHOP


def test_two_agents_decide_once(shop, people):
    claims = [begin(shop, person) for person in people]
    agents = [make_person(f"{name}@ville.example") for name in ("claire", "carlo")]
    answers = at_once(
        *(
            lambda claim=claim, agent=agent: fresh(claim).grant(by=agent, at=TUESDAY_10H, why="Vu sur place.")
            for claim, agent in zip(claims, agents, strict=True)
        )
    )
    assert sorted(map(str, answers)) == sorted(map(str, [None, Claim.NotAllowed]))
    assert Membership.objects.count() == 1
    assert sorted(Claim.objects.values_list("state", flat=True)) == ["granted", "refused"]
