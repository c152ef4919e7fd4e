"""The parts of the City's desk, in the order of its menu. A new part is a line here, its views and its addresses."""

from dataclasses import dataclass

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Part:
    """One entry of the menu: its name in `section`, its label, its address, and the right it takes to open it."""

    name: str
    label: str | Promise
    url: str | Promise
    permission: str


PARTS: list[Part] = [
    Part("premises", _("Locaux"), reverse_lazy("city:premises"), "shops.view_premises"),
    Part("imports", _("Fichiers"), reverse_lazy("city:imports"), "shops.view_importrun"),
    Part("figures", _("Chiffres"), reverse_lazy("city:figures"), "shops.view_change"),
]
