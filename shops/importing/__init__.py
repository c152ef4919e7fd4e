"""Bringing the City's and other people's files into the catalogue: `plan` says what would change, `apply` does it."""

from .files import BrokenFile
from .frame import NoCity
from .planning import Outcome, Plan, Verdict, plan, silent
from .writing import CityChanged, apply

__all__ = ["BrokenFile", "CityChanged", "NoCity", "Outcome", "Plan", "Verdict", "apply", "plan", "silent"]
