"""The parts of the City's desk, in the order of its menu. A new part is a line here, its views and its addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shops.desks.city import queue


@dataclass(frozen=True)
class Pile:
    """What lies on a part of the desk today: how many, since when the oldest, how many longer than promised.

    `note` is a word on it where these do not say all.
    """

    number: int
    oldest_at: datetime | None = None
    late: int = 0
    note: str = ""


@dataclass(frozen=True)
class Part:
    """One entry of the menu: its name in `section`, its label, its address, and the right it takes to open it.

    `pile(request)` counts what is to do there, for the first page; a part without one holds no work.
    """

    name: str
    label: str | Promise
    url: str | Promise
    permission: str
    pile: Callable[..., Pile] | None = None


def _to_decide(request) -> Pile:
    piles = queue.piles(at=request.now, present=request.catalogue)
    return Pile(piles.waiting, piles.oldest_at, piles.late, piles.in_words())


PARTS: list[Part] = [
    Part("moderation", _("Modération"), reverse_lazy("city:queue"), "shops.view_change", _to_decide),
    Part("claims", _("Prises en main"), reverse_lazy("city:claims"), "shops.view_claim"),
    Part("shops", _("Commerces"), reverse_lazy("city:shops"), "shops.view_shop"),
    Part("reports", _("Signalements"), reverse_lazy("city:reports"), "shops.view_report"),
    Part("phone", _("Téléphone"), reverse_lazy("city:phone_list"), "shops.view_event"),
    Part("premises", _("Locaux"), reverse_lazy("city:premises"), "shops.view_premises"),
    Part("imports", _("Fichiers"), reverse_lazy("city:imports"), "shops.view_importrun"),
    Part("figures", _("Chiffres"), reverse_lazy("city:figures"), "shops.view_change"),
    Part("naming", _("Catégories"), reverse_lazy("city:categories"), "shops.view_category"),
    Part("journal", _("Journal"), reverse_lazy("city:journal"), "shops.view_event"),
]
