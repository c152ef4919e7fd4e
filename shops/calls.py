"""The City's telephone list: pages that nobody has answered for in a long time, and what came of calling."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import models, transaction
from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from shops import freshness
from shops.editing import revisions
from shops.freshness import Stage
from shops.models import Event, Report, Shop
from shops.reminders import Changed, fingerprint, names_of
from shops.reports import handling
from shops.vocabulary import ConfirmedBy, FactGroup


class Result(models.TextChoices):
    RIGHT = "right", _("Tout est encore juste")
    CHANGED = "changed", _("Quelque chose a changé")
    CLOSED = "closed", _("Le commerce n’existe plus")
    NOBODY = "nobody", _("Personne n’a répondu")


def to_ask(shop, city, at: datetime) -> list[FactGroup]:
    """What to ask somebody who is on the telephone already: all that has gone stale."""
    return freshness.groups_at(shop, city, at, Stage.STALE, Stage.SUNK, Stage.TO_CALL)


def by_district(at: datetime) -> dict[int, int]:
    """How many shops are to be called, by district. One query."""
    counted = Shop.objects.to_call(at).values("district").annotate(shops=Count("pk")).order_by()
    return {row["district"]: row["shops"] for row in counted}


def last_results(shops: Collection[Shop]) -> dict[int, Event]:
    """What came of the last call to each of these shops. One query."""
    events = Event.objects.filter(shop__in=shops, kind__startswith="call:")
    return {event.shop_id: event for event in events.order_by("shop", "-at", "-pk").distinct("shop")}


def label_of(event: Event) -> str:
    """The words for a call's result."""
    return str(Result(event.kind.removeprefix("call:")).label)


def record(
    shop, result: str, *, groups, words: str, seen: str, submission: UUID, language: str, by, at: datetime
) -> None:
    """Note what came of a call. The same form sent twice is one call.

    Right: these groups count as confirmed by the City. Changed, closed: a report for the moderators; nothing on the page
    changes because of a call, and nothing is removed. Nobody: noted, no more.

    Args:
        groups: what was asked and found right.
        words: what has changed.
        seen: `fingerprint` of the facts that were read out.

    Raises Changed where the page says something else by now than what was read out.
    """
    result = Result(result)
    with transaction.atomic():
        shop = revisions.locked(shop, at=at)
        if Event.objects.filter(shop=shop, after__submission=str(submission)).exists():
            return
        if result == Result.RIGHT:
            if fingerprint(shop, names_of(*FactGroup)) != seen:
                raise Changed
            revisions.confirm(shop, groups, by=by, side=ConfirmedBy.CITY, at=at, why="call")
        elif result in (Result.CHANGED, Result.CLOSED):
            kind = Report.Kind.CLOSED if result == Result.CLOSED else Report.Kind.OTHER
            report = Report(shop=shop, kind=kind, message=words, language=language)
            handling.receive(report, by=by, at=at, receipt=False, at_once_to_city=True)
        Event.note(shop, f"call:{result}", by=by, at=at, after={"submission": str(submission)}, why=words)
