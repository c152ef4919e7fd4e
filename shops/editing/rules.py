"""What goes live at once and is checked afterwards, what waits for the City, and how far a shop is trusted. Data.

Published on the page about moderation: a change here is a change of what the City promises.
"""

import enum
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Q

from shops.models import Change, Shop

_TEXTS = [
    name if code == settings.LANGUAGE_CODE else f"{name}_{code}"
    for name in ("summary", "description", "specialty")
    for code, _label in settings.LANGUAGES
]
_NAMES = ["name" if code == settings.LANGUAGE_CODE else f"name_{code}" for code, _label in settings.LANGUAGES]

# What only its merchant knows, and what a resident would miss most if it waited.
AT_ONCE = frozenset(
    {
        "opening_hours",
        "special_days",
        "phone",
        "email",
        "services",
        "service_notes",
        "payments",
        "spoken_languages",
        "accessibility",
    }
)
# What says who the shop is and where; nobody's record is good enough to skip the look.
ALWAYS_WAITS = frozenset(
    {
        *_NAMES,
        "other_names",
        "category",
        "other_categories",
        "street",
        "house_number",
        "postcode",
        "place_note",
        "position",
        "district",
    }
)
# What waits until a shop has shown that it can be relied on.
WAITS_AT_FIRST = frozenset({*_TEXTS, "links", "photos"})
# What waits too, once the City has had to refuse.
WAITS_WHEN_DOUBTED = frozenset({"phone", "email", "service_notes"})

# How grave it would be if a fact were wrong or abused: the queue's order, highest first.
RISK = {
    **dict.fromkeys(_NAMES, 60),
    "category": 50,
    "other_categories": 30,
    "links": 50,
    "photos": 45,
    **dict.fromkeys(_TEXTS, 40),
    **dict.fromkeys(("street", "house_number", "postcode", "place_note", "position", "district"), 40),
    "phone": 30,
    "email": 30,
    "service_notes": 20,
}
ORDINARY_RISK = 10

# What the City promises to whoever proposes a change: an answer within so much time of working days. On Saturdays,
# Sundays and public holidays nobody is at the desk, and the clock stands still.
PROMISED_WITHIN = timedelta(hours=48)
# How long a refusal can be answered.
APPEAL_WITHIN = timedelta(days=183)


class Trust(enum.StrEnum):
    DOUBTED = "doubted"
    ORDINARY = "ordinary"
    PROVEN = "proven"


# A shop is proven by so many changes accepted or found right, none refused, within these days …
PROVEN_BY, PROVEN_WITHIN = 8, timedelta(days=365)
# … and doubted after so many refusals within these.
DOUBTED_BY, DOUBTED_WITHIN = 2, timedelta(days=90)


def trust_of(shop: Shop, *, at: datetime) -> Trust:
    """How far the City relies on what a shop's people write, from what became of it. One query."""
    return trusts([shop.pk], at=at)[shop.pk]


def trusts(shop_ids: Collection[int], *, at: datetime) -> dict[int, Trust]:
    """The same of several shops. One query."""
    good = Q(state__in=[Change.State.ACCEPTED, Change.State.CHECKED])
    bad = Q(state__in=[Change.State.REFUSED, Change.State.REVERTED])
    # What the City wrote with their consent says nothing of them.
    counts = {
        found["shop"]: found
        for found in Change.objects.theirs()
        .filter(shop__in=shop_ids)
        .order_by()
        .values("shop")
        .annotate(
            good=Count("pk", filter=good & Q(decided_at__gt=at - PROVEN_WITHIN)),
            bad=Count("pk", filter=bad & Q(decided_at__gt=at - PROVEN_WITHIN)),
            lately_bad=Count("pk", filter=bad & Q(decided_at__gt=at - DOUBTED_WITHIN)),
        )
    }
    nothing = {"good": 0, "bad": 0, "lately_bad": 0}
    return {pk: _trust(counts.get(pk, nothing)) for pk in shop_ids}


def _trust(counts):
    if counts["lately_bad"] >= DOUBTED_BY:
        return Trust.DOUBTED
    if counts["good"] >= PROVEN_BY and not counts["bad"]:
        return Trust.PROVEN
    return Trust.ORDINARY


def waits(name: str, trust: Trust) -> bool:
    """Whether a merchant's change of this fact waits for the City."""
    if name in AT_ONCE:
        return trust is Trust.DOUBTED and name in WAITS_WHEN_DOUBTED
    return name in ALWAYS_WAITS or trust is not Trust.PROVEN


def risk_of(name: str, trust: Trust) -> int:
    """The change's place in the queue: what would do most harm, from whom the City knows least, comes first."""
    return RISK.get(name, ORDINARY_RISK) + {Trust.DOUBTED: 30, Trust.ORDINARY: 10, Trust.PROVEN: 0}[trust]


def promised_hours() -> int:
    """The promise as it is said to people: so many hours of working days."""
    return round(PROMISED_WITHIN.total_seconds() / 3600)


def due_at(since: datetime, *, zone: ZoneInfo, holidays: Collection[date]) -> datetime:
    """Until when the City has promised an answer to what was proposed at `since`."""
    left, here = PROMISED_WITHIN, since.astimezone(zone)
    while True:
        midnight = datetime.combine(here.date() + timedelta(days=1), time(0), tzinfo=zone)
        if _is_working_day(here.date(), holidays):
            # In absolute time: a day on which the clocks change is an hour shorter or longer.
            rest = midnight.timestamp() - here.timestamp()
            if rest >= left.total_seconds():
                return datetime.fromtimestamp(here.timestamp() + left.total_seconds(), tz=zone)
            left -= timedelta(seconds=rest)
        here = midnight


def overdue_since(now: datetime, *, zone: ZoneInfo, holidays: Collection[date]) -> datetime:
    """What was proposed before this and is not answered at `now` has waited longer than promised."""
    left, here = PROMISED_WITHIN, now.astimezone(zone)
    while True:
        midnight = datetime.combine(here.date(), time(0), tzinfo=zone)
        if midnight == here:
            midnight = datetime.combine(here.date() - timedelta(days=1), time(0), tzinfo=zone)
        if _is_working_day(midnight.date(), holidays):
            passed = here.timestamp() - midnight.timestamp()
            if passed >= left.total_seconds():
                return datetime.fromtimestamp(here.timestamp() - left.total_seconds(), tz=zone)
            left -= timedelta(seconds=passed)
        here = midnight


def _is_working_day(day, holidays):
    return day.weekday() < 5 and day not in holidays
