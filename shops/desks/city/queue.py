"""What the City owes a word on, one line a shop: how old, how late, how grave. Few questions at any size."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime

from django.core.paginator import Paginator
from django.db.models import Count, F, Max, Min, Q, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shops import reference
from shops.editing import letters, revisions, rules
from shops.models import Change, Shop

PAGE = 50
# Pages that the City looks at whole before it first shows them are not in this queue, nor what is no page any more.
MODERATED = (Shop.Status.PUBLISHED, Shop.Status.SUSPENDED, Shop.Status.CLOSED)


class Pile(TextChoices):
    WAITING = "attente", _("En attente")
    UNCHECKED = "controle", _("À contrôler")
    APPEALED = "recours", _("Réponses à un refus")


class Order(TextChoices):
    AGE = "age", _("Les plus anciens d’abord")
    RISK = "risque", _("Les plus risqués d’abord")


class Risk(TextChoices):
    HIGH = "high", _("risque élevé")
    MIDDLE = "middle", _("risque moyen")
    LOW = "low", _("risque faible")


TRUST_WORDS = {
    rules.Trust.PROVEN: _("commerce éprouvé"),
    rules.Trust.ORDINARY: "",
    rules.Trust.DOUBTED: _("refus récents"),
}


BARRED_WORDS = {
    revisions.Barred.OWN: _("Vous l’avez proposé vous-même : un collègue en décide."),
    revisions.Barred.HEARD: _(
        "C’est votre refus que le commerçant conteste : quelqu’un d’autre à la Ville regarde."
    ),
}


def risk_word(risk: int) -> Risk:
    """A number of `rules.risk_of` as one of three."""
    return Risk.HIGH if risk >= 60 else Risk.MIDDLE if risk >= 40 else Risk.LOW


def changes_of(pile: Pile | str):
    """All changes that lie on a pile."""
    every = Change.objects.filter(shop__status__in=MODERATED)
    return {
        Pile.WAITING: every.waiting,
        Pile.UNCHECKED: every.unchecked,
        Pile.APPEALED: every.appealed,
    }[Pile(pile)]()


def lines_of(pile, *, order=Order.AGE, district=""):
    """Rows of `shop`, `oldest`, `number`, `risk`, in order."""
    changes = changes_of(pile)
    if district:
        changes = changes.filter(shop__district__slug=district)
    since = "appealed_at" if pile == Pile.APPEALED else "revision__at"
    rows = changes.order_by().values("shop").annotate(oldest=Min(since), number=Count("pk"), risk=Max("risk"))
    first = [F("risk").desc()] if order == Order.RISK else []
    return rows.order_by(*first, "oldest", "shop")


def following(shop: Shop, pile, **choice) -> str | None:
    """The public id of the shop that comes after this one on its pile, or of the first if this one lies elsewhere."""
    ids = list(lines_of(pile, **choice).values_list("shop", flat=True)[: 10 * PAGE])
    place = ids.index(shop.pk) + 1 if shop.pk in ids else 0
    others = [pk for pk in ids[place:] + ids[:place] if pk != shop.pk]
    return Shop.objects.filter(pk=others[0]).values_list("public_id", flat=True)[0] if others else None


@dataclass(frozen=True)
class Line:
    """One shop of the queue, ready to be shown."""

    shop: Shop
    oldest_at: datetime
    due_at: datetime | None
    is_late: bool
    number: int
    facts: list[str]
    risk: Risk
    trust: str
    left_to_others: str = ""  # why nothing of it is for whoever looks; empty when something is


def page_of(pile, number, *, at: datetime, present, by=None, **choice):
    """One page of the queue and its lines. Five questions, however long the queue; a sixth over one's own refusals.

    Args:
        by: whoever decides, and is told what is left to a colleague.
    """
    page = Paginator(lines_of(pile, **choice), PAGE).get_page(number)
    rows = list(page.object_list)
    ids = [row["shop"] for row in rows]
    shops = Shop.objects.only("public_id", "name", "district_id", "status").in_bulk(ids)
    changes = defaultdict(list)
    needed = ["shop", "field", "state", "appealed_at", "decided_at", "decided_by", "revision__by"]
    for change in changes_of(pile).filter(shop__in=ids).select_related("revision").only(*needed):
        changes[change.shop_id].append(change)
    every = [change for found in changes.values() for change in found]
    barred = revisions.barred(every, by=by) if by else {}
    trusts = rules.trusts(ids, at=at) if ids else {}
    structure = reference.structure(present)
    holidays = structure.place.holidays if structure.place else ()
    lines = []
    for row in rows:
        shop = shops[row["shop"]]
        shop.district = structure.districts_by_id[shop.district_id]
        # What is live already keeps nobody waiting.
        due = (
            None
            if pile == Pile.UNCHECKED
            else rules.due_at(row["oldest"], zone=structure.city.tz, holidays=holidays)
        )
        lines.append(
            Line(
                shop=shop,
                oldest_at=row["oldest"],
                due_at=due,
                is_late=due is not None and due < at,
                number=row["number"],
                facts=sorted({letters.label_of(change.field) for change in changes[shop.pk]}),
                risk=risk_word(row["risk"]),
                trust=TRUST_WORDS[trusts[shop.pk]],
                left_to_others=_left_to_others(changes[shop.pk], barred),
            )
        )
    return page, lines


def _left_to_others(changes, barred):
    reasons = {barred.get(change.pk) for change in changes}
    return "" if None in reasons else " ".join(str(BARRED_WORDS[why]) for why in sorted(reasons))


@dataclass(frozen=True)
class Piles:
    """How many shops lie on each pile."""

    waiting: int
    unchecked: int
    appealed: int
    late: int
    oldest_at: datetime | None

    def of(self, pile) -> int:
        return {Pile.WAITING: self.waiting, Pile.UNCHECKED: self.unchecked, Pile.APPEALED: self.appealed}[
            Pile(pile)
        ]

    def in_words(self) -> str:
        """What there is beside what waits."""
        words = []
        if self.appealed:
            words.append(
                ngettext("%(count)d réponse à un refus", "%(count)d réponses à un refus", self.appealed)
                % {"count": self.appealed}
            )
        if self.unchecked:
            words.append(
                ngettext("%(count)d à contrôler", "%(count)d à contrôler", self.unchecked)
                % {"count": self.unchecked}
            )
        return ", ".join(words)


def piles(*, at: datetime, present) -> Piles:
    """One question."""
    structure = reference.structure(present)
    if structure.city is None:
        return Piles(0, 0, 0, 0, None)
    overdue = rules.overdue_since(at, zone=structure.city.tz, holidays=structure.place.holidays)
    waiting = Q(state=Change.State.WAITING)
    appealed = Q(state__in=[Change.State.REFUSED, Change.State.REVERTED], appealed_at__gt=F("decided_at"))
    found = (
        Change.objects.filter(shop__status__in=MODERATED)
        .open()
        .order_by()
        .aggregate(
            waiting=Count("shop", distinct=True, filter=waiting),
            unchecked=Count("shop", distinct=True, filter=Q(state=Change.State.LIVE)),
            appealed=Count("shop", distinct=True, filter=appealed),
            late=Count(
                "shop",
                distinct=True,
                filter=waiting & Q(revision__at__lt=overdue) | appealed & Q(appealed_at__lt=overdue),
            ),
            oldest_at=Min("revision__at", filter=waiting),
        )
    )
    return Piles(**found)
