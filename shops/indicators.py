"""What the City steers by: decisions, freshness, coverage and searches in vain, by week and by district.

Counted when somebody of the City asks, over a bounded number of weeks; each figure is one query.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Aggregate, Count, DurationField, ExpressionWrapper, F, Q, Sum
from django.db.models.functions import TruncWeek

from districts.models import City, District
from shops import coverage as covering
from shops.models import Change, EmptySearch, Shop
from shops.vocabulary import ConfirmedBy

WEEKS = 12
MOST_WORDS = 20


class Median(Aggregate):
    """The middle value: half of them are smaller."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


@dataclass
class Week:
    """One week, from its Monday. `median_hours` is None where nothing was decided."""

    starts_on: date
    decided: int = 0
    median_hours: float | None = None
    within_promise: int = 0
    empty_searches: int = 0


@dataclass
class DistrictFigures:
    """One district as it stands."""

    district: District
    shops: int = 0
    claimed: int = 0
    fresh_hours: int = 0
    waiting: int = 0
    empty_searches: int = 0
    coverage: covering.Coverage = field(default_factory=covering.Coverage)

    @property
    def fresh_percent(self) -> int | None:
        return self.fresh_hours * 100 // self.shops if self.shops else None


def weeks(*, at: datetime, promise: timedelta, number: int = WEEKS) -> list[Week]:
    """The last weeks, the present one included. Two queries.

    Args:
        promise: within how long the City says it decides.
    """
    city = City.objects.get()
    today = at.astimezone(city.tz).date()
    first = today - timedelta(days=today.weekday(), weeks=number - 1)
    found = {first + timedelta(weeks=count): Week(first + timedelta(weeks=count)) for count in range(number)}
    took = ExpressionWrapper(F("decided_at") - F("revision__at"), output_field=DurationField())
    decided = (
        Change.objects.filter(
            state__in=[Change.State.ACCEPTED, Change.State.REFUSED],
            revision__side=ConfirmedBy.MERCHANT,
            decided_at__gte=datetime.combine(first, datetime.min.time(), tzinfo=city.tz),
        )
        .annotate(week=TruncWeek("decided_at", tzinfo=city.tz), took=took)
        .values("week")
        .annotate(
            number=Count("pk"),
            median=Median("took"),
            within=Count("pk", filter=Q(took__lte=promise)),
        )
        .order_by("week")
    )
    for row in decided:
        if week := found.get(row["week"].date()):
            week.decided, week.within_promise = row["number"], row["within"]
            week.median_hours = row["median"].total_seconds() / 3600
    in_vain = (
        EmptySearch.objects.filter(on__gte=first)
        .annotate(week=TruncWeek("on"))
        .values("week")
        .annotate(number=Sum("times"))
        .order_by("week")
    )
    for row in in_vain:
        if row["week"] in found:
            found[row["week"]].empty_searches = row["number"]
    return list(found.values())


def districts(*, at: datetime, number: int = WEEKS) -> list[DistrictFigures]:
    """Each district as it stands. Five queries."""
    found = {district.pk: DistrictFigures(district) for district in District.objects.defer("outline")}
    shops = (
        Shop.objects.published()
        .values("district")
        .annotate(
            shops=Count("pk"),
            claimed=Count("pk", filter=Q(claimed_at__isnull=False)),
            fresh=Count("pk", filter=Q(hours_stale_at__gt=at)),
        )
        .order_by("district")
    )
    for row in shops:
        figures = found[row["district"]]
        figures.shops, figures.claimed, figures.fresh_hours = row["shops"], row["claimed"], row["fresh"]
    waiting = (
        Change.objects.waiting()
        .values(district=F("shop__district"))
        .annotate(number=Count("pk"))
        .order_by("district")
    )
    for row in waiting:
        found[row["district"]].waiting = row["number"]
    by_slug = {figures.district.slug: figures for figures in found.values()}
    since = at.date() - timedelta(weeks=number)
    in_vain = EmptySearch.objects.filter(on__gte=since).exclude(district="").values("district")
    for row in in_vain.annotate(number=Sum("times")).order_by("district"):
        if row["district"] in by_slug:
            by_slug[row["district"]].empty_searches = row["number"]
    for pk, counted in covering.by_district().items():
        found[pk].coverage = counted
    return list(found.values())


def words_in_vain(*, at: datetime, number: int = WEEKS) -> list[dict]:
    """What people looked for most and did not find: `words` and `number`. One query."""
    since = at.date() - timedelta(weeks=number)
    return list(
        EmptySearch.objects.filter(on__gte=since)
        .values("words")
        .annotate(number=Sum("times"))
        .order_by("-number", "words")[:MOST_WORDS]
    )
