"""Figure 26: ten thousand times somebody of one shop names what is the other's; nothing is read, nothing is written.

The tries come from the resolver (each word of an address is swapped for the neighbour's) and from the forms as they are
served (each value that names something is swapped): an address or a form made tomorrow is tried tomorrow.
"""

import itertools
import random
import re
from collections import Counter
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from django.utils import translation

from shops.models import Reminder
from tests.door import enter
from tests.security import rows, served
from tests.test_permissions import EDITOR, NINA, OWNER, TILL, World, addresses

SEED = 26
ROLES = (OWNER, EDITOR, TILL, NINA)
NUMBER, WORD = re.compile(r"\d{1,18}"), re.compile(r"[\w.:-]{6,40}")
# Anybody may tell the City about any page, and ask for any: what is there already stays as it is.
OPEN_TO_ALL = {"shops:report", "shops:claim", "shops:missing", "merchant:propose"}
ADDED_THERE = {"shops_report", "shops_claim", "shops_event"}


@dataclass(frozen=True)
class Try:
    """One request of somebody's in which something is the neighbour's."""

    who: str
    method: str
    address: str
    data: dict = field(default_factory=dict, hash=False)
    fragment: bool = False
    kind: str = ""


def said(address):
    return urlsplit(address).path


def forged(token, reminder):
    """A key that was made for one question, said to be another's."""
    return f"{reminder.pk}.{token.partition('.')[2]}"


def by_address(mine, theirs):
    """Each address that takes words, with some or all of them the neighbour's."""
    for name, takes in addresses():
        own, other = World.arguments(mine, name, takes), World.arguments(theirs, name, takes)
        if name.startswith("shops:reminder_"):
            purpose = name.removeprefix("shops:reminder_")
            reminder = theirs.question if purpose == Reminder.Purpose.CONFIRM else theirs.feast
            other = {"token": forged(own["token"], reminder)}
        elif name.startswith("vouchers:") and "token" in takes:
            # Her own signature under the neighbour's order.
            other |= {"token": f"{other['token'].partition(':')[0]}:{own['token'].partition(':')[2]}"}
        elif name == "sandbox:pay":
            continue  # a bank of its own: whoever has the address pays
        choices = [{own[key], other[key]} for key in takes]
        extra = {"pk": theirs.ids[0], "change_id": theirs.ids[0], "number": theirs.ids[0] + theirs.ids[1]}
        for place, key in enumerate(takes):
            if name.startswith(("merchant:", "takings:", "city:", "mfa_")) and key in extra:
                choices[place] = {*choices[place], *extra[key]}
        for words in itertools.product(*[sorted(map(str, words)) for words in choices]):
            if list(words) == [str(own[key]) for key in takes]:
                continue
            for language in ("fr", "de"):
                with translation.override(language):
                    try:
                        yield name, reverse(name, kwargs=dict(zip(takes, words, strict=True)))
                    except NoReverseMatch:
                        continue


def foreign(value, theirs):
    """What of the neighbour's could stand where this stands."""
    numbers, words = theirs.ids
    parts = value.split()
    if parts and all(NUMBER.fullmatch(part) for part in parts):
        return [*numbers, " ".join([*parts, numbers[0]]), " ".join(numbers)]
    if WORD.fullmatch(value) and not value.isalpha():
        return words
    return []


def swapped(form, theirs, twin):
    """A form as it was served, one of its values the neighbour's; `twin` is the neighbour's same form, or None."""
    sent = form.sent()
    numbers, words = theirs.ids
    for one in form.fields.values():
        candidates = {*one.values, *one.offered}
        others = {other for value in candidates for other in foreign(value, theirs)}
        if one.kind == "hidden" or "id" in one.name.lower().split("-")[-1]:
            others |= {*words[:4], *numbers[:4]}
        if twin and one.name in twin.fields:
            others |= {value for value in twin.fields[one.name].values if not theirs.says(value)}
        for other in sorted(others - candidates):
            yield sent | {one.name: [other]}
            if one.kind in ("checkbox", "select"):
                yield sent | {one.name: [*one.values, other]}
    # Names with a key of a row in them: « c12-what ».
    for name in [name for name in sent if re.search(r"\d", name)]:
        for number in numbers:
            yield {
                re.sub(r"\d+", number, name, count=1) if key == name else key: value
                for key, value in sent.items()
            }
    yield sent | {
        "id": numbers[:1],
        "shop": words[:1],
        "shop_id": numbers[:1],
        "public_id": words[:1],
        "pk": numbers[:1],
    }


class Burglary:
    """The people of one side, and what they find when they look around at home."""

    def __init__(self, mine, theirs, every=1):
        self.mine, self.theirs, self.every = mine, theirs, every
        self.clients = {role: enter(Client(), mine.people[role]) for role in ROLES}

    def pages_of(self, side, clients):
        """Every page that a side's people are served at their own addresses: (who, address, text)."""
        ours = [
            one
            for one in addresses()
            if one[0].startswith(("merchant:", "takings:", "shops:report", "shops:claim"))
        ]
        for name, takes in ours[:: self.every]:
            address = reverse(name, kwargs=World.arguments(side, name, takes))
            for role in (OWNER, NINA) if takes else ROLES:
                with transaction.atomic():
                    response = clients[role].get(address)
                    body = served.body_of(response)
                    transaction.set_rollback(True)
                if served.is_page(response):
                    yield role, address, body.decode()
                    break

    def tries(self, their_pages):
        for name, address in by_address(self.mine, self.theirs):
            # Of the City's desks, where every try meets a closed door, a short run takes a few.
            desk = name.partition(":")[0]
            kind = desk if self.every > 1 and desk in ("city", "finance", "admin") else name
            for role in ROLES[:3]:
                for method, fragment in (("get", False), ("get", True), ("post", False), ("post", True)):
                    yield Try(role, method, address, {}, fragment, f"address {kind}")
        twins = {}
        for _role, address, text in their_pages:
            for form in served.forms(text, address):
                twins[form.goes_to, tuple(form.fields)] = form
        for role, address, text in self.pages_of(self.mine, self.clients):
            for form in served.forms(text, address):
                if form.goes_to.startswith(("account", "mfa")):
                    continue
                twin = twins.get((form.goes_to, tuple(form.fields)))
                for data in swapped(form, self.theirs, twin):
                    yield Try(role, form.method, form.action, data, False, f"form {form.goes_to}")
            for link in set(served.links(text, address)):
                for key, value in parse_qsl(urlsplit(link).query):
                    for other in foreign(value, self.theirs):
                        yield Try(role, "get", f"{said(link)}?{urlencode({key: other})}", {}, False, "query")
            for key in ("id", "pk", "shop", "public_id", "avant", "commerce", "de"):
                other = (
                    self.theirs.marie.public_id
                    if key in ("shop", "public_id", "commerce")
                    else self.theirs.marie.pk
                )
                yield Try(role, "get", f"{address}?{key}={other}", {}, False, "query")
        for form in twins.values():
            if form.method != "post" or form.goes_to.startswith(("account", "mfa")):
                continue
            # What is typed in is repeated: that is no secret told.
            data = {
                name: ["x" if self.theirs.says(value) else value for value in values]
                for name, values in form.sent().items()
            }
            for role in ROLES:
                for fragment in (False, True):
                    yield Try(role, "post", form.action, data, fragment, f"their form {form.goes_to}")

    def commit(self, one, before):
        """Make a try; returns what went wrong, and undoes what it did."""
        client = self.clients[one.who]
        headers = {"HX-Request": "true"} if one.fragment else {}
        with transaction.atomic():
            response = getattr(client, one.method)(one.address, one.data, headers=headers)
            told = served.body_of(response).decode(errors="replace") + str(response.headers)
            after = rows.of(self.theirs.shops, self.theirs.persons)
            transaction.set_rollback(True)
        if response.wsgi_request.user.pk != self.mine.people[one.who].pk:
            enter(client, self.mine.people[one.who])
        wrong = []
        if self.theirs.says(told):
            wrong.append("read")
        if response.status_code >= 500:
            wrong.append("error")
        for table in {*before, *after}:
            lost = before.get(table, set()) - after.get(table, set())
            more = after.get(table, set()) - before.get(table, set())
            allowed = served.name_of(one.address) in OPEN_TO_ALL and table in ADDED_THERE
            if lost or (more and not allowed):
                wrong.append(f"wrote {table}")
        return wrong, response.status_code


def burgle(one_side, other_side, number, seed, every):
    """So many tries, drawn by the seed from all that there are. From the forms of every so many pages."""
    burglary, host = Burglary(one_side, other_side, every), Burglary(other_side, one_side, every)
    every = list(burglary.tries(list(host.pages_of(other_side, host.clients))))
    by_kind = {}
    dice = random.Random(seed)
    for one in every:
        by_kind.setdefault(one.kind, []).append(one)
    for found in by_kind.values():
        dice.shuffle(found)
    # Of each kind first one, then a second, and so on: no form is left out of a short run.
    drawn = [one for layer in itertools.zip_longest(*by_kind.values()) for one in layer if one][:number]
    before = rows.of(other_side.shops, other_side.persons)
    wrong, answers = [], Counter()
    for one in drawn:
        faults, status = burglary.commit(one, before)
        answers[status] += 1
        wrong += [(fault, one.who, one.method, one.address, one.data) for fault in faults]
    return wrong, answers, len(drawn), set(by_kind)


@pytest.mark.parametrize(
    ("way", "number", "every"),
    [
        ("marie", 120, 4),
        pytest.param("marie", 5000, 1, marks=pytest.mark.full),
        pytest.param("paul", 5000, 1, marks=pytest.mark.full),
    ],
)
def test_naming_what_is_the_neighbours_reads_and_writes_nothing(street, way, number, every):
    hers, his = street
    mine, theirs = (hers, his) if way == "marie" else (his, hers)
    wrong, answers, made, kinds = burgle(mine, theirs, number, SEED, every)
    assert wrong == []
    assert made == number
    # Addresses, forms of every section, and queries were among them; and not all of them ran into a closed door.
    assert len([kind for kind in kinds if kind.startswith("form merchant:")]) >= (25 if every == 1 else 3), (
        kinds
    )
    assert answers[404] > number / 4
    assert answers[200] + answers[302] > number / 10


def test_the_test_sees_a_door_that_stands_open(street, monkeypatch):
    """The control: rights that let everybody in are found out, in what is read and in what is written."""
    from shops.models.shop import ShopQuerySet

    hers, his = street
    monkeypatch.setattr(ShopQuerySet, "_with_member", lambda self, user, roles: self.all())
    monkeypatch.setattr("shops.desks.merchant.door.member_of", lambda request, shop: shop.memberships.first())
    burglar = Burglary(hers, his)
    before = rows.of(his.shops, his.persons)
    look = Try(EDITOR, "get", reverse("merchant:shop", args=[his.marie.public_id]))
    throw = Try(EDITOR, "post", reverse("merchant:withdraw", args=[his.marie.public_id, his.change.pk]))
    assert burglar.commit(look, before)[0] == ["read"]
    assert "wrote shops_change" in burglar.commit(throw, before)[0]
