"""Hundreds of saves and decisions at once: nothing accepted is lost, nothing happens without an event."""

import random
import threading
from collections import Counter, defaultdict

import pytest
from django.db import connection
from django.utils import timezone

from districts.models import City
from shops.editing import facts, revisions
from shops.editing.revisions import Accept, Refuse
from shops.models import Change, Event, Revision, Shop
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.shops.factories import make_city, make_marie, make_paul

THREADS = 4
FIELDS = {
    "name": lambda dice: f"Um Eck {dice.randrange(6)}",
    "summary": lambda dice: dice.choice(["", "Du pain.", "Du bon pain.", "Du pain au levain."]),
    "phone": lambda dice: f"+35262100000{dice.randrange(4)}",
    "services": lambda dice: sorted(dice.sample(["delivery", "pickup"], dice.randrange(3))),
}
State = Change.State


@pytest.fixture
def two_shops(transactional_db):
    """Committed rows, for threads with connections of their own; the catalogue's version goes on from here."""
    make_city(at=timezone.now())
    shops = [make_marie(), make_paul()]
    owners = [make_person(f"owner{number}@example.org") for number in range(2)]
    for shop, owner in zip(shops, owners, strict=True):
        make_member(shop, owner)
    return shops, owners, make_person("claire@ville.example", city_roles=["moderator"])


def merchant(dice, shop, owner):
    at = timezone.now()
    shop = facts.with_today(Shop.objects.get(pk=shop.pk), at, City.objects.get())
    base = revisions.seen_by_its_people(shop, FIELDS)
    wanted = base | {name: FIELDS[name](dice) for name in dice.sample(sorted(FIELDS), dice.randint(1, 3))}
    saved = revisions.propose(
        shop, wanted, base=base, base_version=revisions.version_of(shop), by=owner,
        side=ConfirmedBy.MERCHANT, at=at,
    )  # fmt: skip
    return "conflict" if not saved else "saved"


def moderator(dice, shop, claire):
    ids = list(shop.changes.open().values_list("pk", flat=True))
    chosen = dice.sample(ids, dice.randint(0, len(ids)))
    words = {pk: dice.choice([Accept(), Accept(over=True), Refuse("wrong")]) for pk in chosen}
    decided = revisions.decide(shop, words, by=claire, at=timezone.now())
    if decided.done and dice.random() < 0.15:
        try:
            revisions.undo_decision(decided.done[0], by=claire, at=timezone.now())
        except revisions.NotAllowed:
            return "stays"
    return "decided"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rounds", [200, pytest.param(1000, marks=pytest.mark.full)])
def test_many_saves_and_decisions_at_once_lose_no_accepted_change_and_no_event(two_shops, rounds):
    shops, owners, claire = two_shops
    outcomes, faults, lock = Counter(), [], threading.Lock()
    left = iter(range(rounds))

    def work(seed):
        dice = random.Random(seed)
        try:
            while True:
                with lock:
                    if next(left, None) is None or faults:
                        return
                number = dice.randrange(2)
                if dice.random() < 0.6:
                    outcome = merchant(dice, shops[number], owners[number])
                else:
                    outcome = moderator(dice, shops[number], claire)
                with lock:
                    outcomes[outcome] += 1
        except Exception as fault:
            faults.append(repr(fault))
        finally:
            connection.close()

    threads = [threading.Thread(target=work, args=[seed]) for seed in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert sum(outcomes.values()) == rounds
    assert outcomes["saved"] > 0.3 * rounds
    assert outcomes["decided"] > 0.2 * rounds

    on_the_page = (State.ACCEPTED, State.LIVE, State.CHECKED)
    told = defaultdict(set)
    written = {}  # (shop, fact) -> what the last event that wrote it made the page say
    for event in Event.objects.order_by("pk"):
        for name in FIELDS:
            if name not in event.after:
                continue
            if event.kind in (
                "facts:live",
                "facts:accepted",
                "facts:reverted",
                "facts:decision_undone",
                "facts:checked",
            ):
                # Each link of the chain begins where the one before it ended: nothing was written unseen.
                key = (event.shop_id, name)
                assert written.get(key, event.before.get(name)) == event.before.get(name), (
                    event.pk,
                    event.kind,
                )
                written[key] = event.after[name]
        if "change" in event.after:
            told[event.after["change"]].add(event.kind)
    for shop in shops:
        shop.refresh_from_db()
        page = facts.read(facts.with_today(shop, timezone.now(), City.objects.get()), FIELDS)
        for name, value in page.items():
            assert written.get((shop.pk, name), value) == value, (shop, name)
            # The newest change that is on the page says what the page says.
            newest = (
                shop.changes.filter(field=name, state__in=on_the_page)
                .order_by("-decided_at" if name in ("name", "summary") else "-pk")
                .first()
            )
            if newest is not None and newest.decided_at is None:
                assert newest.applied == value, (shop, name, newest.pk)
    for change in Change.objects.filter(decided_at__isnull=False):
        assert f"facts:{change.state}" in told[change.pk], (change.pk, change.state, told[change.pk])
    saves = Revision.objects.count()
    assert (
        Event.objects.filter(kind__in=["facts:live", "facts:proposed"])
        .values("at", "shop")
        .distinct()
        .count()
        == saves
    )
    assert (
        not Change.objects.waiting().values_list("shop", "field").distinct().count()
        < Change.objects.waiting().count()
    )
