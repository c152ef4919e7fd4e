"""How much of the city the catalogue covers: premises that trade, and those of them that a published shop stands for.

Market traders and others without a room of their own are not in the measure: nobody could say how many there are.
"""

from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q

from shops.models import Premises, Shop

Occupancy = Premises.Occupancy


@dataclass(frozen=True)
class Coverage:
    """Counts of premises: `occupied` ones, `covered` of them, `vacant`, and of `unknown` occupancy."""

    occupied: int = 0
    covered: int = 0
    vacant: int = 0
    unknown: int = 0

    def __add__(self, other):
        return Coverage(
            self.occupied + other.occupied,
            self.covered + other.covered,
            self.vacant + other.vacant,
            self.unknown + other.unknown,
        )

    @property
    def percent(self) -> int | None:
        """Covered of occupied, rounded down: 100 is said only of all. None while nothing is counted."""
        return self.covered * 100 // self.occupied if self.occupied else None


def by_district() -> dict[int, Coverage]:
    """Coverage by the district's id, where premises are registered. One query."""
    trading = Exists(Shop.objects.published().filter(premises=OuterRef("pk")))
    rows = (
        Premises.objects.values("district")
        .annotate(
            occupied=Count("pk", filter=Q(occupancy=Occupancy.OCCUPIED)),
            covered=Count("pk", filter=Q(occupancy=Occupancy.OCCUPIED) & Q(trading)),
            vacant=Count("pk", filter=Q(occupancy=Occupancy.VACANT)),
            unknown=Count("pk", filter=Q(occupancy=Occupancy.UNKNOWN)),
        )
        .order_by("district")
    )
    return {
        row["district"]: Coverage(row["occupied"], row["covered"], row["vacant"], row["unknown"])
        for row in rows
    }


def whole(coverages) -> Coverage:
    """The city's, from its districts'."""
    return sum(coverages, Coverage())
