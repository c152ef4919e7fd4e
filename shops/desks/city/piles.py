"""What lies on each part of the City's desk today. A few short questions each; nothing where no city is loaded."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min, Q
from django.utils.translation import ngettext

from accounts.models import LostAddress
from shops import reference
from shops.claiming import proposals
from shops.desks.city import queue
from shops.editing import rules
from shops.models import Claim, ImportRun, Report, Shop
from shops.models.claim import owed_by_city


@dataclass(frozen=True)
class Pile:
    """What lies on a part of the desk today: how many, since when the oldest, how many longer than promised.

    `note` is a word on it where these do not say all.
    """

    number: int
    oldest_at: datetime | None = None
    late: int = 0
    note: str = ""


def to_decide(request) -> Pile:
    piles = queue.piles(at=request.now, present=request.catalogue)
    return Pile(piles.waiting, piles.oldest_at, piles.late, piles.in_words())


def claims(request) -> Pile:
    """Undecided claims of pages that are listed, those to write or to call to among them, and proposed shops."""
    if request.city is None:
        return Pile(0)
    holidays = reference.structure(request.catalogue).place.holidays
    overdue = rules.overdue_since(request.now, zone=request.city.tz, holidays=holidays)
    owed = owed_by_city(request.now)
    listed = Claim.objects.undecided().exclude(shop__status__in=[Shop.Status.DRAFT, Shop.Status.SUBMITTED])
    asked = listed.aggregate(
        number=Count("pk"),
        oldest=Min("created_at"),
        late=Count("pk", filter=owed & Q(created_at__lt=overdue)),
        letters=Count("pk", filter=owed & Q(method=Claim.Method.LETTER)),
        calls=Count("pk", filter=owed & Q(method=Claim.Method.PHONE)),
    )
    proposed = proposals.waiting().aggregate(
        number=Count("pk"), oldest=Min("proposed_at"), late=Count("pk", filter=Q(proposed_at__lt=overdue))
    )
    words = []
    if number := proposed["number"]:
        words.append(ngettext("dont %(count)d commerce proposé", "dont %(count)d commerces proposés", number))
        words[-1] %= {"count": number}
    if number := asked["letters"]:
        words.append(ngettext("%(number)d lettre", "%(number)d lettres", number) % {"number": number})
    if number := asked["calls"]:
        words.append(ngettext("%(number)d appel", "%(number)d appels", number) % {"number": number})
    return Pile(
        asked["number"] + proposed["number"],
        min(filter(None, [asked["oldest"], proposed["oldest"]]), default=None),
        asked["late"] + proposed["late"],
        ", ".join(words),
    )


def reports(request) -> Pile:
    """What residents told and the City has to answer: several who say the same are one."""
    found = Report.objects.filter(state=Report.State.CITY).aggregate(
        number=Count("topic", distinct=True), oldest=Min("created_at")
    )
    return Pile(found["number"], found["oldest"])


def phone(request) -> Pile:
    return Pile(Shop.objects.to_call(request.now).count())


def imports(request) -> Pile:
    """Files that were read and wait for a word."""
    ready = ImportRun.objects.filter(state=ImportRun.State.READY)
    found = ready.aggregate(number=Count("pk"), oldest=Min("made_at"))
    return Pile(found["number"], found["oldest"])


def addresses(request) -> Pile:
    """People who ask to be let in by another address."""
    found = LostAddress.objects.filter(settled_at=None).aggregate(
        number=Count("pk"), oldest=Min("created_at")
    )
    return Pile(found["number"], found["oldest"])
