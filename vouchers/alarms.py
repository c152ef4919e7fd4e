"""What the finance officers must know of at once. Looked for each quarter of an hour, told by mail the first time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from vouchers import lifecycle, proof, reports
from vouchers.models import Alarm, BookCheck, Issuer, ProviderEvent, Refund, Transaction

# Per cent of the yearly volume of which the supervisor must be told.
VOLUME_LEVELS = (100, 90, 70)
# A proof each night; sealing each minute; a refund within the fourteen days that the law gives.
CHECKED_WITHIN = timedelta(hours=26)
SEALED_WITHIN = timedelta(minutes=10)
REFUNDED_WITHIN = timedelta(days=10)
HANDLED_WITHIN = timedelta(hours=1)


@dataclass(frozen=True)
class Fact:
    """Something that is not as it should be: what it is, of which issuer, and by how much where that says something."""

    what: str
    issuer: Issuer | None = None
    number: int = 0

    @property
    def name(self) -> str:
        """By which it is known while it lasts. The level of a volume is another alarm, a number of refunds is not."""
        parts = [self.what, self.issuer and self.issuer.pk, self.number if self.what == "volume" else None]
        return ":".join(str(part) for part in parts if part is not None)


def facts(*, at: datetime) -> list[Fact]:
    """What is not as it should be now, the gravest first."""
    found = [*_of_the_books(at)]
    for issuer in Issuer.objects.order_by("pk"):
        sums = proof.trust_identity(issuer)
        if sums["held"] != sums["owed"]:
            found.append(Fact("identity", issuer, abs(sums["held"] - sums["owed"])))
        percent = reports.volume(issuer, lifecycle.city_day(at)).percent
        if level := next((each for each in VOLUME_LEVELS if percent >= each), None):
            found.append(Fact("volume", issuer, level))
    if number := Refund.objects.filter(state=Refund.State.FAILED).count():
        found.append(Fact("refunds-failed", number=number))
    late = Refund.objects.filter(state=Refund.State.ASKED, asked_at__lt=at - REFUNDED_WITHIN)
    if number := late.count():
        found.append(Fact("refunds-late", number=number))
    unheard = ProviderEvent.objects.filter(handled_at=None, heard_at__lt=at - HANDLED_WITHIN)
    if number := unheard.count():
        found.append(Fact("events", number=number))
    return found


def _of_the_books(at) -> Iterable[Fact]:
    last = BookCheck.objects.exclude(done_at=None).order_by("-done_at").first()
    if last is not None and last.fault:
        yield Fact("books")
    is_old = last is None or last.done_at < at - CHECKED_WITHIN
    # A night without a proof, once there was something to prove.
    if is_old and Transaction.objects.filter(created_at__lt=at - CHECKED_WITHIN).exists():
        yield Fact("no-check")
    if Transaction.objects.filter(link=None, created_at__lt=at - SEALED_WITHIN).exists():
        yield Fact("sealing")


def look(*, at: datetime) -> list[Fact]:
    """Note which alarms are new and which are over. Returns the new ones, in the order of `facts`; nobody is told here."""
    now = {fact.name: fact for fact in facts(at=at)}
    with transaction.atomic():
        raised = Alarm.objects.filter(over_at=None)
        raised.exclude(name__in=now).update(over_at=at)
        known = set(raised.values_list("name", flat=True))
        new = [fact for name, fact in now.items() if name not in known]
        Alarm.objects.bulk_create(
            [Alarm(name=fact.name, raised_at=at) for fact in new], ignore_conflicts=True
        )
    return new
