"""The public figures: how much of the city has a page, and somebody who vouches for it, by district. Never by shop."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Count, F, Q, Sum

from districts.models import City, District
from shops import coverage
from shops.models import Catalogue, DistrictFigure, Shop, WeekFigure
from shops.vocabulary import FactGroup

# Of fewer things than these no share is told: it would speak of somebody.
TOO_FEW = 5
# How many of the rooms that trade have a page.
COVERAGE = "coverage"
# The groups that are told. Identity holds for a year and hardly ever ends; it is told by the others.
GROUPS = (
    FactGroup.HOURS,
    FactGroup.CONTACT,
    FactGroup.SERVICES,
    FactGroup.ACCESSIBILITY,
    FactGroup.PHOTOS,
)
MEASURES = (COVERAGE, *GROUPS)


@dataclass(frozen=True)
class Share:
    """A part of a whole. `percent` is None where there is too little to tell."""

    part: int = 0
    whole: int = 0

    @property
    def percent(self) -> int | None:
        """Rounded down: 100 is said only of all."""
        return None if self.whole < TOO_FEW else self.part * 100 // self.whole

    def __add__(self, other):
        return Share(self.part + other.part, self.whole + other.whole)


def count(*, at: datetime) -> None:
    """Count the figures anew. Raises the catalogue's version where they moved: a kept page shows them."""
    city = City.objects.get()
    groups = [group for group in GROUPS if group in city.freshness_days]
    fresh = {
        f"fresh_{group}": Count("pk", filter=Q(**{f"{group}_confirmed_at__gt": at - city.freshness(group)}))
        for group in groups
    }
    if FactGroup.HOURS in groups:
        # Their term depends on what they say.
        fresh[f"fresh_{FactGroup.HOURS}"] = Count("pk", filter=Q(hours_stale_at__gt=at))
    rows = Shop.objects.published().values("district").annotate(whole=Count("pk"), **fresh).order_by()
    by_district = {row["district"]: row for row in rows}
    covered = coverage.by_district()
    shares = {}
    for district in District.objects.values_list("pk", flat=True):
        row = by_district.get(district, {})
        for group in groups:
            shares[district, group.value] = Share(row.get(f"fresh_{group}", 0), row.get("whole", 0))
        if district in covered:
            shares[district, COVERAGE] = Share(covered[district].covered, covered[district].occupied)
    with transaction.atomic():
        _keep_week(shares, at.astimezone(city.tz).date())
        if _kept() == shares:
            DistrictFigure.objects.update(counted_at=at)
            return
        DistrictFigure.objects.all().delete()
        DistrictFigure.objects.bulk_create(
            DistrictFigure(
                district_id=district, measure=measure, part=share.part, whole=share.whole, counted_at=at
            )
            for (district, measure), share in shares.items()
        )
        Catalogue.objects.update(version=F("version") + 1, changed_at=at)


def kept() -> tuple[dict[tuple[int, str], Share], datetime | None]:
    """The kept shares, by district and measure, and when they were counted. Two short queries."""
    return _kept(), DistrictFigure.objects.values_list("counted_at", flat=True).first()


def week_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - timedelta(days=day.weekday())


def _keep_week(shares, today):
    """This week's row of each district and measure: each night's count takes the place of the one before."""
    WeekFigure.objects.bulk_create(
        [
            WeekFigure(
                starts_on=week_of(today),
                district_id=district,
                measure=measure,
                part=share.part,
                whole=share.whole,
            )
            for (district, measure), share in shares.items()
        ],
        update_conflicts=True,
        unique_fields=["starts_on", "measure", "district"],
        update_fields=["part", "whole"],
    )


def by_week(*, since: date, district: District | None = None) -> dict[tuple[date, str], Share]:
    """The city's shares, or one district's, by Monday and measure, from `since` on. One query."""
    rows = WeekFigure.objects.filter(starts_on__gte=since)
    rows = rows.filter(district=district) if district else rows
    summed = rows.values("starts_on", "measure").annotate(parts=Sum("part"), wholes=Sum("whole"))
    return {
        (row["starts_on"], row["measure"]): Share(row["parts"], row["wholes"])
        for row in summed.order_by("starts_on")
    }


def _kept():
    rows = DistrictFigure.objects.values_list("district", "measure", "part", "whole")
    return {(district, measure): Share(part, whole) for district, measure, part, whole in rows}
