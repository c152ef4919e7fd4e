"""The parts of the City's desk, in the order of its menu. A new part is a line here, its views and its addresses."""

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from shops.desks.city import piles
from shops.desks.city.piles import Pile


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


PARTS: list[Part] = [
    Part("moderation", _("Modération"), reverse_lazy("city:queue"), "shops.view_change", piles.to_decide),
    Part("claims", _("Prises en main"), reverse_lazy("city:claims"), "shops.view_claim", piles.claims),
    Part("shops", _("Commerces"), reverse_lazy("city:shops"), "shops.view_shop"),
    Part("reports", _("Signalements"), reverse_lazy("city:reports"), "shops.view_report", piles.reports),
    Part("phone", _("Téléphone"), reverse_lazy("city:phone_list"), "shops.view_event", piles.phone),
    Part("premises", _("Locaux"), reverse_lazy("city:premises"), "shops.view_premises"),
    Part("imports", _("Fichiers"), reverse_lazy("city:imports"), "shops.view_importrun", piles.imports),
    Part(
        "addresses",
        _("Adresses perdues"),
        reverse_lazy("admin:accounts_lostaddress_changelist"),
        "accounts.view_lostaddress",
        piles.addresses,
    ),
    Part("people", _("Personnes"), reverse_lazy("admin:accounts_user_changelist"), "accounts.view_user"),
    Part("figures", _("Chiffres"), reverse_lazy("city:figures"), "shops.view_change"),
    Part("naming", _("Catégories"), reverse_lazy("city:categories"), "shops.view_category"),
    Part("journal", _("Journal"), reverse_lazy("city:journal"), "shops.view_event"),
]
