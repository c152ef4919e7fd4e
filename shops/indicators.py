"""What the City steers by: decisions, freshness, coverage and searches in vain, by week and by district.

Counted when somebody of the City asks, over a bounded number of weeks; each figure is one query.
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import TruncWeek

from districts.models import City, District
from shops import coverage as covering
from shops.editing import rules
from shops.figures import COVERAGE, Share, by_week, week_of
from shops.models import Change, EmptySearch, Shop
from shops.vocabulary import FactGroup

WEEKS = 12
MOST_WORDS = 20


@dataclass
class Week:
    """One week, from its Monday. `median_hours` is None where nothing was decided."""

    starts_on: date
    decided: int = 0
    median_hours: float | None = None
    within_promise: int = 0
    empty_searches: int = 0
    coverage: Share = field(default_factory=Share)
    fresh_hours: Share = field(default_factory=Share)


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


def weeks(
    *, at: datetime, holidays: Collection[date], number: int = WEEKS, district: District | None = None
) -> list[Week]:
    """The last weeks, the present one included. Four queries.

    Args:
        holidays: the city's, on which the promise to answer stands still.
        district: whose coverage and fresh hours are told; the whole city's without.
    """
    city = City.objects.get()
    today = at.astimezone(city.tz).date()
    first = week_of(today) - timedelta(weeks=number - 1)
    found = {first + timedelta(weeks=count): Week(first + timedelta(weeks=count)) for count in range(number)}
    begins = datetime.combine(first, datetime.min.time(), tzinfo=city.tz)
    answered = Change.objects.answered().filter(decided_at__gte=begins).order_by("decided_at")
    took = defaultdict(list)
    for since, decided_at in answered.values_list("since", "decided_at"):
        day = decided_at.astimezone(city.tz).date()
        if week := found.get(week_of(day)):
            took[week.starts_on].append((decided_at - since).total_seconds() / 3600)
            week.within_promise += decided_at <= rules.due_at(since, zone=city.tz, holidays=holidays)
    for starts_on, hours in took.items():
        found[starts_on].decided, found[starts_on].median_hours = len(hours), median(hours)
    for (starts_on, measure), share in by_week(since=first, district=district).items():
        if starts_on in found and measure == COVERAGE:
            found[starts_on].coverage = share
        elif starts_on in found and measure == FactGroup.HOURS:
            found[starts_on].fresh_hours = share
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
