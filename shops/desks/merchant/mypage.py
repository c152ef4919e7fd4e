"""The home of one shop's page at the merchants' desk: the one thing to do next, where each section stands, and the
gestures of one tap: still right, take back, answer, undo."""

from datetime import timedelta

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from shops.desks.merchant import history
from shops.desks.merchant.door import desk, is_owner, page, shop_of
from shops.desks.merchant.forms import AppealForm
from shops.desks.merchant.preview import as_it_will_be
from shops.desks.merchant.sections import SECTIONS, Desk
from shops.desks.words import address, line
from shops.editing import facts, letters, revisions, rules
from shops.editing.facts import ADDRESS, FACTS
from shops.models import Change
from shops.presentation import ShopPage
from shops.reference import structure
from shops.vocabulary import ConfirmedBy, FactGroup

# A refusal is shown so long, unless something newer was written in its place.
REFUSALS_SHOWN_FOR = timedelta(days=60)
# What the City did is news so long, unless she was here since.
NEWS_FOR = timedelta(days=30)
MOST_NEWS = 5
# Whether something is said is told without these, which cost a query each.
_DEAR = ("special_days", "other_categories", "position", "district")
# What the City does of which the page itself says nothing.
_NEWS = (
    "facts:accepted",
    "facts:refused",
    "facts:reverted",
    "facts:upheld",
    "facts:decision_undone",
    "facts:live",
    "facts:confirmed",
    "edited",
    "status:published",
    "status:suspended",
    "status:closed",
    "status:draft",
)


def _asked():
    """The facts that tell whether a section says anything."""
    names = [name for section in SECTIONS.values() for name in section.facts]
    return [name for name in names if name in FACTS and name not in _DEAR]


class Waits:
    """A change that waits, or was not taken, as its shop's people see it."""

    def __init__(self, change, structure):
        self.change, self.changes = change, [change]
        self.note = ""
        self.label = letters.label_of(change.field)
        self.wanted = line(change.field, change.after, structure)
        self.before = line(change.field, change.before, structure)
        self.at = change.revision.at
        self.by = change.revision.by
        self.promised_by = promised_by(change.revision.at, structure)
        # Answered, and the City has not said a word on that yet.
        self.is_answered = change.appealed_at is not None and change.appealed_at > change.decided_at
        self.why = letters.sentence(change.reason) if change.reason else ""


class AddressWaits(Waits):
    """All that waits of an address, said as people say one."""

    def __init__(self, shop, changes, structure):
        first = min(changes, key=lambda change: change.revision.at)
        super().__init__(first, structure)
        self.changes = changes
        self.label = _("Adresse")
        present = facts.read(shop, ADDRESS)
        self.before = address(present | {change.field: change.before for change in changes}, structure)
        self.wanted = address(present | {change.field: change.after for change in changes}, structure)
        self.note = max(changes, key=lambda change: change.revision.at).revision.note


def promised_by(since, structure) -> str:
    """The last day on which the City answers what was proposed at `since`, in words."""
    due = rules.due_at(since, zone=structure.city.tz, holidays=structure.place.holidays)
    # What is due at midnight is due on the day before it.
    return date_format(localtime(due - timedelta(seconds=1)), "DATE_FORMAT")


def waiting_of(shop, structure, fields=None):
    """What waits for the City, in the page's order. One query."""
    changes = shop.changes.waiting().select_related("revision__by")
    if fields is not None:
        changes = changes.filter(field__in=fields)
    changes = list(changes)
    of_address = [change for change in changes if change.field in ADDRESS]
    found = [AddressWaits(shop, of_address, structure)] if of_address else []
    return found + [Waits(change, structure) for change in changes if change not in of_address]


def refused_of(shop, structure, at, fields=None):
    """What the City did not take over lately, unless something newer was written in its place. One query."""
    later = Change.objects.filter(shop=OuterRef("shop"), field=OuterRef("field"), pk__gt=OuterRef("pk"))
    changes = (
        shop.changes.filter(
            state__in=[Change.State.REFUSED, Change.State.REVERTED], decided_at__gt=at - REFUSALS_SHOWN_FOR
        )
        .exclude(Exists(later))
        .select_related("revision__by")
        .order_by("-decided_at")
    )
    if fields is not None:
        changes = changes.filter(field__in=fields)
    return [Waits(change, structure) for change in changes]


@require_safe
@desk
def home(request, public_id):
    shop = shop_of(request, public_id)
    frame = structure(request.catalogue)
    waiting = waiting_of(shop, frame)
    refused = refused_of(shop, frame, request.now)
    seen = revisions.seen_by_its_people(shop, _asked())
    state = Desk(
        shop,
        seen,
        [change for each in waiting for change in each.changes],
        [each.change for each in refused],
        frame,
        request.now,
        is_owner=is_owner(request, shop),
        reported=shop.reports.with_merchant().order_by("created_at", "pk").first(),
    )
    undoable = revisions.last_undoable(shop, request.user)
    context = {
        "state": state,
        "waiting": waiting,
        "refused": refused,
        "news": _news(request, shop, frame),
        "undoable": undoable,
        "undoable_facts": _facts_of(undoable),
        "public": ShopPage(shop, request.catalogue, request.now) if shop.is_published else None,
        "status_words": _status_words(shop),
    }
    return page(request, "desks/merchant/shop.html", context, shop=shop, section="shop")


def _facts_of(revision):
    if revision is None:
        return ""
    applied = [change for change in revision.changes.all() if change.state in revisions.APPLIED]
    return ", ".join(letters.label_of(change.field) for change in applied)


def _news(request, shop, frame):
    """What the City did to the page since this person last did something here. Two queries."""
    members = history.members_of(shop)
    recent = list(
        history.of_shop(shop).filter(kind__in=_NEWS, at__gt=request.now - NEWS_FOR)[: 4 * MOST_NEWS]
    )
    news = []
    for event in recent:
        if event.by_id == request.user.pk:
            break
        if history.by_city(event, members):
            news.append(event)
    return history.lines(news[:MOST_NEWS], viewer=request.user, members=members, structure=frame)


def _status_words(shop):
    return {
        shop.Status.DRAFT: _("La page n’est pas encore en ligne : elle est à compléter."),
        shop.Status.SUBMITTED: _("La page n’est pas encore en ligne : la Ville la regarde."),
        shop.Status.SUSPENDED: _(
            "La Ville a suspendu la page : personne d’autre que vous et la Ville ne la voit."
        ),
        shop.Status.CLOSED: _("La page dit que le commerce a fermé définitivement."),
    }.get(shop.status, "")


@require_POST
@desk
def confirm(request, public_id):
    """Still right: one group of facts, or all that say something."""
    shop = shop_of(request, public_id)
    frame = structure(request.catalogue)
    state = Desk(
        shop, revisions.seen_by_its_people(shop, _asked()), (), (), frame, request.now, is_owner=True
    )
    asked = request.POST.get("groupe", "")
    groups = [group for group in state.confirmable if asked in ("", group.value)]
    if asked and asked not in FactGroup:
        raise Http404("No such group of facts.")
    if groups:
        revisions.confirm(shop, groups, by=request.user, side=ConfirmedBy.MERCHANT, at=request.now)
        names = ", ".join(str(group.label) for group in groups)
        messages.success(request, _("Merci. Confirmé aujourd’hui : %(facts)s.") % {"facts": names})
    return redirect("merchant:shop", shop.public_id)


@require_POST
@desk
def undo(request, public_id):
    """Take back one's own last save, whole."""
    shop = shop_of(request, public_id)
    try:
        back = revisions.undo_last(shop, by=request.user, at=request.now)
    except revisions.NotAllowed:
        messages.info(request, _("Il n’y a rien à annuler : la page a changé depuis, ou c’est déjà fait."))
    else:
        names = ", ".join(letters.label_of(name) for name in back)
        messages.success(request, _("Annulé. De nouveau comme avant : %(facts)s.") % {"facts": names})
        if all(FACTS[name].group == FactGroup.HOURS for name in back):
            return redirect("merchant:hours", shop.public_id)
    return redirect("merchant:shop", shop.public_id)


def _change_of(request, public_id, pk):
    shop = shop_of(request, public_id)
    return shop, get_object_or_404(shop.changes, pk=pk)


@require_POST
@desk
def withdraw(request, public_id, pk):
    """Take back what waits."""
    shop, change = _change_of(request, public_id, pk)
    try:
        taken_back = revisions.withdraw(change, by=request.user, at=request.now)
    except revisions.NotAllowed:
        messages.info(
            request, _("Ce changement n’attend plus : voyez ce qu’il est devenu dans l’historique.")
        )
    else:
        messages.success(
            request,
            _("Retiré : %(fact)s. La page reste comme elle est.")
            % {"fact": _("Adresse") if len(taken_back) > 1 else letters.label_of(change.field)},
        )
    return redirect("merchant:shop", shop.public_id)


@desk
def appeal(request, public_id, pk):
    """Answer a refusal: the City looks again."""
    shop, change = _change_of(request, public_id, pk)
    if change.state not in (Change.State.REFUSED, Change.State.REVERTED):
        messages.info(request, _("La Ville n’a pas refusé ce changement, ou plus maintenant."))
        return redirect("merchant:shop", shop.public_id)
    refusal = Waits(change, structure(request.catalogue))
    if refusal.is_answered:
        messages.info(request, _("Vous avez déjà répondu : la Ville regarde encore une fois."))
        return redirect("merchant:shop", shop.public_id)
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            revisions.appeal(change, form.cleaned_data["words"], by=request.user, at=request.now)
        except revisions.NotAllowed:
            messages.info(request, _("On ne peut plus répondre à cette décision."))
        else:
            messages.success(request, _("Votre réponse est chez la Ville, qui regarde encore une fois."))
        return redirect("merchant:shop", shop.public_id)
    context = {"form": form, "refusal": refusal}
    return page(request, "desks/merchant/appeal.html", context, shop=shop, section="shop")


@require_safe
@desk
def preview(request, public_id):
    """The public page with what waits already on it, for its people alone."""
    shop = shop_of(request, public_id)
    waiting = {change.field: change.after for change in shop.changes.waiting()}
    drawn, public, sheet = as_it_will_be(shop, waiting, request.catalogue, request.now)
    labels = [letters.label_of(name) for name in FACTS if name in waiting]
    context = {
        "shop": drawn,
        "page": public,
        "sheet": sheet,
        "nearby": [],
        "waiting": labels,
        "no_alternates": True,
    }
    return render(request, "desks/merchant/preview.html", context)
