"""The parts of the City's desk, in the order of its menu. A new part is a line here, its views and its addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shops.desks.city import queue
from shops.models import Claim, ImportRun, Report, Shop


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


def _claims(request) -> Pile:
    """Undecided ones of pages that are listed, and pages that were proposed."""
    claims = Claim.objects.undecided().exclude(shop__status__in=[Shop.Status.DRAFT, Shop.Status.SUBMITTED])
    proposed = Shop.objects.filter(status=Shop.Status.SUBMITTED)
    found = claims.aggregate(number=Count("pk"), oldest_at=Min("created_at"))
    new = proposed.aggregate(number=Count("pk"), oldest_at=Min("created_at"))
    oldest = min(filter(None, (found["oldest_at"], new["oldest_at"])), default=None)
    note = ""
    if new["number"]:
        note = ngettext(
            "dont %(count)d commerce proposé", "dont %(count)d commerces proposés", new["number"]
        ) % {"count": new["number"]}
    return Pile(found["number"] + new["number"], oldest, note=note)


def _reports(request) -> Pile:
    """Topics that the City has to answer."""
    found = Report.objects.filter(state=Report.State.CITY)
    return Pile(**found.aggregate(number=Count("topic", distinct=True), oldest_at=Min("created_at")))


def _calls(request) -> Pile:
    return Pile(Shop.objects.to_call(request.now).count())


def _files(request) -> Pile:
    """Files that were read and wait to be looked at."""
    ready = ImportRun.objects.filter(state=ImportRun.State.READY)
    return Pile(**ready.aggregate(number=Count("pk"), oldest_at=Min("made_at")))


PARTS: list[Part] = [
    Part("moderation", _("Modération"), reverse_lazy("city:queue"), "shops.view_change", _to_decide),
    Part("claims", _("Prises en main"), reverse_lazy("city:claims"), "shops.view_claim", _claims),
    Part("shops", _("Commerces"), reverse_lazy("city:shops"), "shops.view_shop"),
    Part("reports", _("Signalements"), reverse_lazy("city:reports"), "shops.view_report", _reports),
    Part("phone", _("Téléphone"), reverse_lazy("city:phone_list"), "shops.view_event", _calls),
    Part("premises", _("Locaux"), reverse_lazy("city:premises"), "shops.view_premises"),
    Part("imports", _("Fichiers"), reverse_lazy("city:imports"), "shops.view_importrun", _files),
    Part("figures", _("Chiffres"), reverse_lazy("city:figures"), "shops.view_change"),
    Part("naming", _("Catégories"), reverse_lazy("city:categories"), "shops.view_category"),
    Part("journal", _("Journal"), reverse_lazy("city:journal"), "shops.view_event"),
]
