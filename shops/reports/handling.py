"""The verbs of a report, from its arrival to its answer: one transaction each, with its event and its mails.

Events name reports by their number and hold nothing that a resident wrote: they outlive the reports.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.contrib.postgres.search import TrigramSimilarity
from django.db import transaction

from shops import search
from shops.models import Event, Report, Shop
from shops.reports import letters
from shops.vocabulary import ConfirmedBy

State, Kind = Report.State, Report.Kind

# Who reports again what the merchant has answered so lately is not sent round a second time.
NOT_ROUND_AGAIN = timedelta(days=30)
# How alike two names must be, from 0 to 1, to be the same missing shop (pg_trgm).
ALIKE = 0.5


def receive(
    report: Report, *, at: datetime, by=None, receipt: bool = True, at_once_to_city: bool = False
) -> Report:
    """Take in a new, unsaved report (its form has seen to its values), and pass it to whom it concerns.

    Args:
        report: with its kind, and what belongs to that: a shop, or a missing shop's name.
        by: who wrote it down, where that is somebody of the City.
        receipt: whether a resident who left an address gets a mail that says so.
        at_once_to_city: the City has asked the merchant already, so it does not go there first.

    Returns:
        it; or the one that is open already, when the same address has said the same in the same words.
    """
    with transaction.atomic():
        if report.shop_id:
            # The same row that moves and edits take: a page does not close in between.
            report.shop = Shop.objects.select_for_update(of=("self",)).get(pk=report.shop_id)
        report.created_at = at
        report.topic = _topic(report)
        said_already = report.email and Report.objects.open().filter(
            topic=report.topic, email__iexact=report.email, message=report.message
        )
        if said_already and (first := said_already.order_by("pk").first()):
            return first
        report.state = State.CITY if at_once_to_city else _begins_with(report, at)
        is_first = not Report.objects.open().filter(topic=report.topic, state=report.state).exists()
        report.save(force_insert=True)
        _note([report], "report:received", by=by, at=at, after={"state": str(report.state)})
        if receipt and report.email:
            letters.tell_received(report)
        if report.state == State.MERCHANT and is_first:
            letters.tell_merchant(report)
    return report


def answer(
    topic: str, outcome: str, words: str = "", *, by, side: ConfirmedBy, at: datetime, keys: Iterable[int]
) -> list[Report]:
    """One answer to everybody who reported this. Those that came after the page was drawn stay open.

    Args:
        outcome: one of `Report.outcomes_for` the kind and the side.
        side: the merchant answers what is with her; the City everything that is open.
        keys: the reports that whoever answers has seen.

    Returns:
        those answered. Raises Report.MoveNotAllowed when nothing of it is open any more, or the outcome is none.
    """
    with transaction.atomic():
        reports = _locked(topic, keys, State.MERCHANT if side == ConfirmedBy.MERCHANT else None)
        if outcome not in Report.outcomes_for(reports[0].kind, side):
            raise Report.MoveNotAllowed(f"{reports[0].kind} does not end as {outcome}")
        for report in reports:
            report.state, report.outcome, report.answer = State.ANSWERED, outcome, words
            report.answered_by, report.answered_side, report.answered_at = by, side, at
            report.save(
                update_fields=["state", "outcome", "answer", "answered_by", "answered_side", "answered_at"]
            )
        _note(
            reports, "report:answered", by=by, at=at, after={"outcome": str(outcome), "side": str(side)},
            why=words if reports[0].kind == Kind.CONTENT else "",
        )  # fmt: skip
        for report in reports:
            if report.email:
                letters.tell_answer(report)
        if outcome == Report.Outcome.REMOVED:
            letters.tell_removed(reports[0])
        return reports


def close(topic: str, *, by, at: datetime, keys: Iterable[int]) -> list[Report]:
    """The City lays it aside without an answer: spam, or said already. Raises Report.MoveNotAllowed."""
    return _move(topic, State.CLOSED, "report:closed", by=by, at=at, keys=keys)


def take(topic: str, *, by, at: datetime, keys: Iterable[int]) -> list[Report]:
    """The City takes it from the merchant, or opens again what was answered. Raises Report.MoveNotAllowed."""
    return _move(topic, State.CITY, "report:to_city", by=by, at=at, keys=keys)


def unite(topic: str, other: str, *, by, at: datetime) -> int:
    """Two names of one missing shop: what was said under `topic` counts for `other`. Returns how many moved."""
    with transaction.atomic():
        reports = list(
            Report.objects.select_for_update().filter(topic=topic, kind=Kind.MISSING, state=State.CITY)
        )
        known = Report.objects.filter(topic=other, kind=Kind.MISSING, state=State.CITY).exists()
        if not reports or not known or topic == other:
            raise Report.MoveNotAllowed(f"{topic} and {other} are not two open ones")
        Report.objects.filter(pk__in=[report.pk for report in reports]).update(topic=other)
        _note(reports, "report:united", by=by, at=at)
        return len(reports)


def pass_on_overdue(*, at: datetime) -> int:
    """What merchants have had for a week, or have no merchant any more, becomes the City's. Returns how many."""
    with transaction.atomic():
        late = list(
            Report.objects.select_for_update(of=("self",), skip_locked=True)
            .overdue(at)
            .select_related("shop")
            .order_by("pk")[:500]
        )
        Report.objects.filter(pk__in=[report.pk for report in late]).update(state=State.CITY)
        for report in late:
            _note([report], "report:to_city", by=None, at=at, before={"state": str(State.MERCHANT)})
        return len(late)


def _topic(report):
    """What says the same has the same. Site reports are each their own; missing shops go by alike names."""
    if report.shop_id:
        return f"{report.shop_id}:{report.kind}"
    if report.kind != Kind.MISSING:
        return f"{report.kind}:{report.number}"
    report.name_key = name = search.key(report.name)[:120]
    alike = (
        Report.objects.filter(kind=Kind.MISSING, state=State.CITY)
        .annotate(likeness=TrigramSimilarity("name_key", name))
        .filter(likeness__gte=ALIKE)
        .order_by("-likeness", "pk")
        .first()
    )
    return alike.topic if alike else f"missing:{name}:{report.number}"


def _begins_with(report, at):
    """Who looks at it first."""
    if not report.shop_id or report.kind in Report.AT_ONCE_TO_CITY or not report.shop.keepers().exists():
        return State.CITY
    answered_lately = Report.objects.filter(
        topic=report.topic, answered_side=ConfirmedBy.MERCHANT, answered_at__gt=at - NOT_ROUND_AGAIN
    )
    with_city = Report.objects.filter(topic=report.topic, state=State.CITY)
    return State.CITY if answered_lately.exists() or with_city.exists() else State.MERCHANT


def _locked(topic, keys, state=None):
    """The open reports among those seen, in one order. Raises Report.MoveNotAllowed without any."""
    found = (
        Report.objects.select_for_update(of=("self",)).select_related("shop").filter(topic=topic, pk__in=keys)
    )
    found = found.filter(state=state) if state else found.open()
    reports = list(found.order_by("pk"))
    if not reports:
        raise Report.MoveNotAllowed("Nothing of it is open.")
    return reports


def _move(topic, state, kind, *, by, at, keys):
    with transaction.atomic():
        found = Report.objects.select_for_update(of=("self",)).select_related("shop")
        reports = [
            report
            for report in found.filter(topic=topic, pk__in=keys).order_by("pk")
            if state in Report.MOVES[State(report.state)]
        ]
        if not reports:
            raise Report.MoveNotAllowed(f"Nothing of it goes to {state}.")
        before = {"state": str(reports[0].state)}
        for report in reports:
            report.state = state
            report.save(update_fields=["state"])
        _note(reports, kind, by=by, at=at, before=before)
        return reports


def _note(reports, kind, *, by, at, before=None, after=None, why=""):
    after = {"reports": [report.number for report in reports], "about": reports[0].kind} | (after or {})
    Event.note(reports[0].shop, kind, by=by, at=at, before=before, after=after, why=why)
