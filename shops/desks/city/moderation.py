"""Moderation: the queue, and the changes of one shop, old and new side by side."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import translation
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops import reference
from shops.desks.city import queue
from shops.desks.city.differences import Difference, Reader
from shops.desks.city.door import city_desk, city_page
from shops.desks.city.forms import LATER, DecisionForm
from shops.desks.city.hints import hints_on, hints_on_shop
from shops.desks.city.queue import Order, Pile
from shops.editing import facts, letters, revisions, rules
from shops.models import Change, RefusalReason, Shop

LOOK, DECIDE = "shops.view_change", "shops.change_change"
# Decisions that are shown under what is still open, to be taken back.
RECENT = 10


def _choice(request):
    """The pile, the order and the district that the address asks for; what it asks for in vain is the usual."""
    asked = request.GET
    pile = asked.get("pile") if asked.get("pile") in Pile else Pile.WAITING
    order = asked.get("tri") if asked.get("tri") in Order else Order.AGE
    districts = reference.structure(request.catalogue).districts
    district = asked.get("quartier") if asked.get("quartier") in districts else ""
    return Pile(pile), Order(order), district


def _query(pile, order, district):
    """The same as a query string."""
    usual = {"pile": Pile.WAITING, "tri": Order.AGE, "quartier": ""}
    asked = {"pile": pile.value, "tri": order.value, "quartier": district}
    return urlencode({name: value for name, value in asked.items() if value != usual[name]})


@require_safe
@city_desk(LOOK)
def queue_page(request):
    pile, order, district = _choice(request)
    page, lines = queue.page_of(
        pile,
        request.GET.get("page"),
        at=request.now,
        present=request.catalogue,
        order=order,
        district=district,
        by=request.user if request.user.has_perm(DECIDE) else None,
    )
    piles = queue.piles(at=request.now, present=request.catalogue)
    context = {
        "page": page,
        "lines": lines,
        "piles": [(one, piles.of(one)) for one in Pile],
        "late": piles.late,
        "promise_hours": rules.promised_hours(),
        "pile": pile,
        "orders": Order.choices,
        "order": order,
        "districts": reference.structure(request.catalogue).districts.values(),
        "district": district,
        "query": _query(pile, order, district),
    }
    return city_page(request, "desks/city/queue.html", context, section="moderation")


@dataclass
class Card:
    """One change, ready to be shown and decided on."""

    change: Change
    label: str
    difference: Difference
    hints: list[str]
    form: DecisionForm | None
    left_to_others: str = ""  # why this person does not decide on it
    now: str = ""  # what somebody wrote over what this change saw; empty without a conflict
    saw: str = ""
    wanted: str = ""
    due_at: object = None
    is_late: bool = False
    language: str = ""


@require_http_methods(["GET", "HEAD", "POST"])
@city_desk(LOOK)
def shop_page(request, public_id):
    """What waits of one shop, and what was decided lately. Whoever may decide does it here."""
    if request.method == "POST" and not request.user.has_perm(DECIDE):
        raise Http404("Who only looks decides nothing.")
    every = Shop.objects.exclude(status=Shop.Status.MERGED).select_related("district", "category")
    shop = facts.with_today(get_object_or_404(every, public_id=public_id), request.now, request.city)
    cards = _cards(request, shop)
    mine = [card for card in cards if card.form]
    if request.method == "POST" and all(card.form.is_valid() for card in mine):
        choice = pile, order, district = _choice(request)
        after = queue.following(shop, pile, order=order, district=district)
        decisions = {card.change.pk: word for card in mine if (word := card.form.decision())}
        decided = revisions.decide(shop, decisions, by=request.user, at=request.now)
        decided.already += _decided_meanwhile(request, shop, decisions)
        _say(request, decided)
        if not decided.conflicts:
            return _go_on(request, after, choice, decided)
        cards = _cards(request, facts.with_today(shop, request.now, request.city))
    return _draw(request, shop, cards)


def _decided_meanwhile(request, shop, decisions):
    """Changes that the form was about and that are not open any more, so that whoever sent it is told."""
    ids = {
        int(name[1:-5])
        for name, value in request.POST.items()
        if name.startswith("c") and name.endswith("-what") and name[1:-5].isdecimal() and value != LATER
        if len(name) < 20
    }
    rows = shop.changes.filter(pk__in=ids - decisions.keys()).select_related("decided_by")
    return [change for change in rows if not change.is_open]


def _cards(request, shop):
    structure = reference.structure(request.catalogue)
    reader = Reader(structure)
    # What waits longest first, as in the queue; what was proposed together, the gravest first.
    changes = list(
        shop.changes.open()
        .select_related("revision__by", "decided_by")
        .order_by("revision__at", "revision_id", "-risk", "pk")
    )
    present = facts.read(shop, [change.field for change in changes])
    may_decide = request.user.has_perm(DECIDE)
    barred = revisions.barred(changes, by=request.user) if may_decide else {}
    cards = []
    for change in changes:
        now, is_live = present[change.field], change.state == Change.State.LIVE
        saw = change.replaced if is_live or change.state == Change.State.REVERTED else change.before
        moved = not is_live and now not in (saw, change.after)
        form = None
        if may_decide and change.pk not in barred:
            posted = f"c{change.pk}-what" in request.POST
            form = DecisionForm(
                request.POST if posted else None,
                change=change,
                is_conflict=moved,
                initial={"now": revisions.mark(now)},
            )
            if request.method == "POST" and not posted:
                # It came after the form was made: nobody has seen it yet.
                form = DecisionForm({f"c{change.pk}-what": "later"}, change=change, is_conflict=moved)
        by = change.revision.by
        due = None
        if not is_live:
            since = change.appealed_at if change.is_appealed else change.revision.at
            due = rules.due_at(since, zone=structure.city.tz, holidays=structure.place.holidays)
        cards.append(
            Card(
                change=change,
                label=letters.label_of(change.field),
                difference=reader.difference(change.field, saw if is_live else now, change.after),
                hints=hints_on(change),
                form=form,
                left_to_others=queue.BARRED_WORDS[barred[change.pk]] if change.pk in barred else "",
                now=reader.plain(change.field, now) if moved else "",
                saw=reader.plain(change.field, saw) if moved else "",
                wanted=reader.plain(change.field, change.after) if moved else "",
                due_at=due,
                is_late=due is not None and due < request.now,
                language=(by and by.language) or settings.LANGUAGE_CODE,
            )
        )
    return cards


def _draw(request, shop, cards):
    choice = _choice(request)
    languages = sorted({card.language for card in cards})
    recent = (
        shop.changes.filter(decided_at__isnull=False)
        .select_related("revision__by", "decided_by")
        .order_by("-decided_at", "-pk")[:RECENT]
    )
    trust = rules.trust_of(shop, at=request.now)
    context = {
        "shop": shop,
        "cards": cards,
        "trust": queue.TRUST_WORDS[trust],
        "hints": hints_on_shop([card.change for card in cards], trust, at=request.now),
        "people": shop.memberships.select_related("user"),
        "recent": [
            (change, letters.label_of(change.field), _can_go_back(change, request.user)) for change in recent
        ],
        "sentences": [
            (language, dict(settings.LANGUAGES)[language], _sentences(language)) for language in languages
        ],
        "may_decide": request.user.has_perm(DECIDE),
        "has_forms": any(card.form for card in cards),
        "query": _query(*choice),
        "faults": any(card.form and card.form.errors for card in cards),
    }
    return city_page(request, "desks/city/decide.html", context, section="moderation")


def _can_go_back(change, user):
    """Whether a decision is one that this person can take back at all."""
    return change.revision.is_theirs and not change.is_appealed and change.revision.by_id != user.pk


def _sentences(language):
    """What each reason says to a merchant of this language."""
    with translation.override(language):
        return [(reason.value, letters.sentence(reason)) for reason in RefusalReason]


def _say(request, decided):
    counts = {"accepted": 0, "refused": 0}
    for change in decided.done:
        refused = change.state in (Change.State.REFUSED, Change.State.REVERTED)
        counts["refused" if refused else "accepted"] += 1
    said = []
    if counts["accepted"]:
        said.append(
            ngettext("%(count)d changement accepté", "%(count)d changements acceptés", counts["accepted"])
            % {"count": counts["accepted"]}
        )
    if counts["refused"]:
        said.append(
            ngettext("%(count)d refusé", "%(count)d refusés", counts["refused"])
            % {"count": counts["refused"]}
        )
    if said:
        messages.success(request, ", ".join(said) + ".")
    for change in decided.already:
        what = {"fact": letters.label_of(change.field), "state": change.get_state_display()}
        if change.decided_by is None:
            messages.warning(request, _("%(fact)s : n’attend plus (%(state)s).") % what)
        elif change.decided_by != request.user:
            what["who"] = change.decided_by
            messages.warning(request, _("%(fact)s : %(who)s a déjà décidé (%(state)s).") % what)
    for change in decided.barred:
        what = {"fact": letters.label_of(change.field)}
        messages.warning(request, _("%(fact)s : un collègue en décide.") % what)
    for change, _conflict in decided.conflicts:
        messages.warning(
            request,
            _("%(fact)s : la page a changé pendant que vous lisiez. Regardez encore une fois.")
            % {"fact": letters.label_of(change.field)},
        )


def _go_on(request, after, choice, decided):
    """To the next shop of the pile; to the pile itself when it is done."""
    if not (decided.done or decided.already or decided.barred):
        messages.info(request, _("Rien n’a été décidé."))
    query = _query(*choice)
    to = redirect("city:decide", after) if after else redirect("city:queue")
    to["Location"] += f"?{query}" if query else ""
    return to


@require_POST
@city_desk(DECIDE)
def undo(request, public_id, change_id):
    """Take a decision back."""
    change = get_object_or_404(
        Change.objects.select_related("shop", "revision"), pk=change_id, shop__public_id=public_id
    )
    try:
        revisions.undo_decision(change, by=request.user, at=request.now)
    except revisions.NotAllowed:
        messages.warning(
            request, _("Cela ne se reprend plus : la page ou la proposition a changé depuis cette décision.")
        )
    else:
        messages.success(request, _("Décision reprise : le changement est de nouveau à décider."))
    return redirect("city:decide", public_id)
