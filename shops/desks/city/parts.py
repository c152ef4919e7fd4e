"""The parts of the City's desk, in the order of its menu. A new part is a line here, its views and its addresses."""

from dataclasses import dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Part:
    """One entry of the menu: its name in `section`, its label, its address, and the right it takes to open it."""

    name: str
    label: str | Promise
    url: str | Promise
    permission: str


# For instance: Part("moderation", _("Modération"), reverse_lazy("city:queue"), "shops.view_change")
PARTS: list[Part] = []
