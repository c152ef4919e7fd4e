"""Opening hours: what is stored is an OpenStreetMap expression, what people see is a light and a sentence."""

from .engine import Closure, ClosureReason, Hours, InvalidHours, Kind, Light, Place, State
from .exceptions import SpecialDay, compile_hours

__all__ = [
    "Closure",
    "ClosureReason",
    "Hours",
    "InvalidHours",
    "Kind",
    "Light",
    "Place",
    "SpecialDay",
    "State",
    "compile_hours",
]
