"""How long a confirmed fact holds, and what becomes of it afterwards. Pure rules: no query, no clock.

A group of facts is fresh, due (its people are asked), stale (the page says so), sunk (the shop comes after the others in
lists), to call (the City telephones). Nothing is ever removed because nobody answered. `docs/freshness.md` tells it.
"""

import enum
from datetime import datetime, timedelta

from shops.opening_hours import ClosureReason
from shops.vocabulary import FactGroup

# Before the end of its term a group is asked about; so long after it the shop sinks, then is called.
DUE_BEFORE = timedelta(days=14)
SUNK_AFTER = timedelta(days=30)
TO_CALL_AFTER = timedelta(days=60)
# A closing without an end is not left alone for a season: its people are asked again so long after their last word on it.
OPEN_ENDED_ASKED_AFTER = timedelta(days=30)
# What a resident sets out by. Only these make a shop sink, or its telephone ring.
VITAL = (FactGroup.IDENTITY, FactGroup.HOURS)


class Stage(enum.IntEnum):
    """In the order in which time passes."""

    FRESH = 0
    DUE = 1
    STALE = 2
    SUNK = 3
    TO_CALL = 4


def is_known(shop, group) -> bool:
    """Whether there is anything to go stale: a fact of this group, or somebody's word that it is right."""
    if getattr(shop, f"{group}_confirmed_at") is not None:
        return True
    return {
        FactGroup.IDENTITY: True,
        FactGroup.HOURS: bool(shop.opening_hours or shop.hours_expression),
        FactGroup.CONTACT: bool(shop.phone or shop.email),
        FactGroup.SERVICES: bool(shop.services or shop.payments or shop.spoken_languages),
        FactGroup.ACCESSIBILITY: bool(shop.accessibility),
    }.get(FactGroup(group), False)


def is_closed_until_further_notice(shop) -> bool:
    """Whether the page says « fermé » without a day of return. Read from the hours as they are compiled."""
    # A comment begins with its reason, and what merchants write cannot hold a quotation mark.
    return f'off "{ClosureReason.TEMPORARY}' in shop.hours_expression


def term(shop, group, city) -> timedelta:
    """How long somebody's word on a group of facts holds."""
    usual = city.freshness(group)
    if group == FactGroup.HOURS and is_closed_until_further_notice(shop):
        return min(usual, OPEN_ENDED_ASKED_AFTER + DUE_BEFORE)
    return usual


def holds_until(shop, group, city) -> datetime | None:
    """The end of a group's term; None where nothing can end.

    What was never confirmed held until the page went online. The name and the address are an exception: whoever put
    the page online vouched for them on that day.
    """
    if not is_known(shop, group) or group not in city.freshness_days:
        return None
    confirmed_at = getattr(shop, f"{group}_confirmed_at")
    if confirmed_at is not None:
        return confirmed_at + term(shop, group, city)
    online_since = shop.published_at or shop.created_at
    return online_since + city.freshness(group) if group == FactGroup.IDENTITY else online_since


def stage(shop, group, city, at: datetime) -> Stage:
    """What a group of facts is worth at an instant."""
    until = holds_until(shop, group, city)
    if until is None or at < until - DUE_BEFORE:
        return Stage.FRESH
    if at < until:
        return Stage.DUE
    if at < until + SUNK_AFTER:
        return Stage.STALE
    return Stage.SUNK if at < until + TO_CALL_AFTER else Stage.TO_CALL


def groups_at(shop, city, at: datetime, *stages: Stage) -> list[FactGroup]:
    """The groups that are at one of these stages, in the house's order."""
    return [group for group in FactGroup if stage(shop, group, city, at) in stages]


def is_sunk(shop, city, at: datetime) -> bool:
    """Whether a shop comes after the others today."""
    return any(stage(shop, group, city, at) >= Stage.SUNK for group in VITAL)


def due_at(shop, city) -> datetime | None:
    """From when on its people have something to confirm."""
    return min((end - DUE_BEFORE for end in _ends(shop, FactGroup, city)), default=None)


def call_at(shop, city) -> datetime | None:
    """From when on the City telephones."""
    return min((end + TO_CALL_AFTER for end in _ends(shop, VITAL, city)), default=None)


def _ends(shop, groups, city):
    return [end for group in groups if (end := holds_until(shop, group, city)) is not None]
