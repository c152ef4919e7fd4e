"""How the City keeps what it promises: how long answers took, and how many of each there were. For everybody to read."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import Aggregate, Count, DurationField, F, Q
from django.db.models.functions import ExtractYear

from shops.models import Change

LATELY = timedelta(days=30)
# So far back the years are told.
YEARS = 5


class Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


@dataclass(frozen=True)
class Year:
    year: int
    accepted: int
    refused: int
    checked: int
    reverted: int
    appealed: int


@dataclass(frozen=True)
class Record:
    """`median_hours` of what waited and was decided in the last thirty days, None when nothing was."""

    median_hours: int | None
    decided: int
    years: list[Year]


def record(*, at: datetime, zone: ZoneInfo) -> Record:
    """Two questions, each answered from the index of decisions."""
    answered = Change.objects.answered().filter(decided_at__gt=at - LATELY, decided_at__lte=at)
    lately = answered.aggregate(median=Median(F("decided_at") - F("since")), decided=Count("pk"))
    first = datetime(at.astimezone(zone).year - YEARS + 1, 1, 1, tzinfo=zone)
    years = (
        Change.objects.theirs()
        .filter(decided_at__gte=first)
        .order_by()
        .annotate(year=ExtractYear("decided_at", tzinfo=zone))
        .values("year")
        .annotate(
            **{
                state: Count("pk", filter=Q(state=state))
                for state in ("accepted", "refused", "checked", "reverted")
            },
            appealed=Count("pk", filter=Q(appealed_at__isnull=False)),
        )
        .order_by("-year")
    )
    median = lately["median"]
    hours = None if median is None else max(1, round(median.total_seconds() / 3600))
    return Record(hours, lately["decided"], [Year(**year) for year in years])
