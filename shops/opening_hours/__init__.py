"""Opening hours: what is stored is an OpenStreetMap expression, what people see is a light and a sentence."""

from .engine import Closure, ClosureReason, Hours, InvalidHours, Kind, Light, Place, State
from .exceptions import SpecialDay, compile_hours, is_past
from .outputs import hours_calendar, opening_hours_specification
from .repair import Repaired, repair
from .week import Day, Opening, WeekGrid, week, week_grid

__all__ = [
    "Closure",
    "ClosureReason",
    "Day",
    "Hours",
    "InvalidHours",
    "Kind",
    "Light",
    "Opening",
    "Place",
    "Repaired",
    "SpecialDay",
    "State",
    "WeekGrid",
    "compile_hours",
    "hours_calendar",
    "is_past",
    "opening_hours_specification",
    "repair",
    "week",
    "week_grid",
]
