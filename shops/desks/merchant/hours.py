"""The merchants' desk: opening hours. The week, the days that differ, and the gestures for today.

The week is a form about one fact, with what it showed. Special days are changed one by one: a tap is worked into what
the page says now, and only what a colleague has said meanwhile of the very same days stands against it.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from django import forms as django_forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from shops import reference
from shops.desks.merchant import drafts, snapshot, special_days, typical_weeks
from shops.desks.merchant import hours_forms as forms
from shops.desks.merchant.door import desk, page, shop_of
from shops.desks.merchant.hours_forms import WeekForm, Wrong
from shops.desks.merchant.snapshot import Snapshot, Unreadable
from shops.desks.merchant.special_days import ClosingForm, OtherHoursForm, Overlap
from shops.desks.merchant.together import GestureTogetherField, TogetherField, sentences
from shops.desks.words import said
from shops.editing import revisions, together
from shops.importing.facts import HOURS_LENGTH, Refused, weekly_hours
from shops.models import Shop
from shops.opening_hours import Day, Hours, InvalidHours
from shops.presentation import ShopPage
from shops.vocabulary import ConfirmedBy, FactGroup
from vitrine.htmx import wanted_fragment

# How far ahead public holidays are asked about.
HOLIDAYS_AHEAD = timedelta(days=365)
HOURS = {"opening_hours", "special_days"}
# The section that a week's draft belongs to.
SECTION = "horaires"
# What is kept of its form.
KEPT = {*WeekForm.NAMES, "snapshot", "together"}


# The page of hours


@require_safe
@desk
def hours(request, public_id):
    shop = shop_of(request, public_id)
    other = None
    asked = request.GET.get("autres", "")
    if asked in {day.isoformat() for day in _place(request).holidays}:
        other = OtherHoursForm(initial={"start_on": asked}, today=shop.today)
    return _page(request, shop, other=other)


@dataclass(frozen=True)
class HolidayLine:
    """One of the coming public holidays, as the page says it and as it can be said."""

    name: str
    day: Day
    # What was said of this day alone: "closed", "usual", "other", or "" when the week decides.
    choice: str
    # A run of days that it lies in, in words, or "".
    inside: str
    has_usual: bool

    @property
    def key(self) -> str:
        return self.day.date.isoformat()


def _page(request, shop, *, closing=None, other=None, fault="", conflict=None):
    """Draw the page of hours: what it says now, what can be done, and a form or a gesture that was not taken."""
    public = ShopPage(shop, request.catalogue, request.now)
    today = shop.today
    days = revisions.seen_by_its_people(shop, ["special_days"])["special_days"]
    now = today.isoformat()
    closing = closing or ClosingForm(initial={"start_on": today}, today=today)
    opened = "closing" if closing.is_bound else "other" if other else ""
    other = other or OtherHoursForm(today=today)
    if branches := together.others(shop, request.user):
        for form in (closing, other):
            form.fields["together"] = GestureTogetherField(branches)
    context = {
        "public": public,
        "today": today,
        "token": snapshot.sign(shop, ["special_days"]),
        "special_days": [
            {
                "key": special_days.key_of(day),
                "words": _capital(special_days.day_words(day, today)),
                "day": day,
            }
            for day in days
        ],
        "is_closed_today": any(not day["hours"] for day in special_days.touching(days, now, now)),
        "holidays": _holiday_lines(request, shop, days),
        # While days that differ hide it, the week is said beside them.
        "usual": said("opening_hours", shop.opening_hours, reference.structure(request.catalogue))
        if any(day.special for day in public.week)
        else (),
        "undoable": _undoable(shop, request.user),
        "closing": closing,
        "other": other,
        "opened": opened,
        "form": closing if closing.errors else other if other.errors else None,
        "fault": fault,
        "faults": bool(fault or conflict),
        "conflict": conflict,
    }
    response = page(
        request,
        "desks/merchant/hours.html",
        context,
        shop=shop,
        section="hours",
        here=reverse("merchant:hours", args=[shop.public_id]),
    )
    if wanted_fragment(request) and context["faults"]:
        # A line was asked for, but what stands against it is said at the top of the page.
        response["HX-Retarget"] = response["HX-Reselect"] = "main"
        response["HX-Reswap"] = "outerHTML show:window:top"
    return response


def _undoable(shop, user):
    """One's own last save, when it was about hours and can be taken back with one tap."""
    revision = revisions.last_undoable(shop, user)
    if revision and {change.field for change in revision.changes.all()} <= HOURS:
        return revision
    return None


def _holiday_lines(request, shop, days):
    place = _place(request)
    hours = _weekly(shop, place, shop.hours_expression)
    lines = []
    for on in place.holidays_between(shop.today, shop.today + HOLIDAYS_AHEAD):
        key = on.isoformat()
        here = special_days.touching(days, key, key)
        alone = [day for day in here if day["start_on"] == day["end_on"]]
        usual = special_days.usual_hours(_known(shop, place), on, place)
        choice = ""
        if alone:
            said = alone[0]["hours"]
            choice = "closed" if not said else "usual" if said == usual else "other"
        day = hours.week(on)[0]
        lines.append(
            HolidayLine(
                name=day.holiday_name,
                # Its name stands above already.
                day=replace(day, holiday=None),
                choice=choice,
                inside="" if alone or not here else special_days.day_words(here[0], shop.today),
                # On a day that is closed as usual, « as usual » and « closed » are one.
                has_usual=bool(usual),
            )
        )
    return lines


def _place(request):
    return reference.structure(request.catalogue).place


def _weekly(shop, place, expression):
    try:
        return Hours.parse(expression, place)
    except InvalidHours:
        return Hours.unknown(place)


def _known(shop, place) -> str:
    """The weekly expression, or "" when it makes no sense any more."""
    return _weekly(shop, place, shop.opening_hours).expression


def _capital(text):
    return text[:1].upper() + text[1:]


def _to_hours(shop, anchor=""):
    address = reverse("merchant:hours", args=[shop.public_id])
    return redirect(f"{address}#{anchor}" if anchor else address)


def _said(request, shop, sentence):
    """Tell what happened, on the next page. A part that htmx puts in place says it itself."""
    if wanted_fragment(request):
        return
    if not shop.is_published:
        sentence += " " + _("Les habitants le liront dès que votre page sera en ligne.")
    messages.success(request, sentence)


@require_POST
@desk
def confirm(request, public_id):
    """« Toujours justes »: one tap."""
    shop = shop_of(request, public_id)
    if shop.hours_expression:
        revisions.confirm(shop, [FactGroup.HOURS], by=request.user, side=ConfirmedBy.MERCHANT, at=request.now)
        messages.success(request, _("Merci : vos horaires sont confirmés aujourd’hui."))
    return _to_hours(shop)


# Days that differ


@dataclass(frozen=True)
class Meanwhile:
    """A colleague has said something else of the same days since the page was opened."""

    was: list[str]
    now: list[str]


def _change_days(request, shop: Shop, first: date, last: date, change: Callable[[list], list]):
    """Work a change of the days from `first` to `last` into the special days.

    Returns:
        None when it is done (or was done already), else what stands against it: `Meanwhile`.

    Raises:
        Overlap, Wrong, Unreadable.
    """
    shown = snapshot.read(request.POST.get("snapshot", ""), shop)
    present = revisions.seen_by_its_people(shop, ["special_days"])
    before, now = shown.base["special_days"], present["special_days"]
    span = first.isoformat(), last.isoformat()
    meanwhile = Meanwhile(
        *(
            [special_days.day_words(day, shop.today) for day in special_days.touching(days, *span)]
            for days in (before, now)
        )
    )
    has_moved = special_days.touching(before, *span) != special_days.touching(now, *span)
    try:
        wanted = change(now)
    except Overlap:
        if has_moved:
            return meanwhile
        raise
    if wanted == now:
        return None
    if has_moved:
        return meanwhile
    special_days.check_compiled(_known(shop, _place(request)), wanted, _place(request))
    saved = revisions.propose(
        shop,
        {"special_days": wanted},
        base=present,
        base_version=shown.version,
        by=request.user,
        side=ConfirmedBy.MERCHANT,
        at=request.now,
    )
    # Somebody was faster by the blink of an eye.
    return None if saved else meanwhile


def _gesture(request, shop, first, last, change, sentence, *, anchor="", **bound):
    """Answer to a change of special days: done, or the page again with what stands against it."""
    try:
        conflict = _change_days(request, shop, first, last, change)
    except Overlap as overlap:
        return _refused(request, shop, overlap.sentence(shop.today), **bound)
    except Wrong as wrong:
        return _refused(request, shop, str(wrong), **bound)
    except Unreadable:
        return _refused(
            request,
            shop,
            _(
                "Cette page était ouverte depuis longtemps. Voici ce qu’elle dit maintenant : vérifiez, et recommencez."
            ),
            **bound,
        )
    if conflict:
        return _page(request, shop, conflict=conflict, **bound)
    _said(request, shop, sentence)
    for form in bound.values():
        _for_branches(request, shop, change, vouches=form.entry()["reason"] == special_days.Reason.TEMPORARY)
    return _to_hours(shop, anchor)


def _for_branches(request, shop, change, *, vouches):
    """The same days for the other shops that she ticked, where nothing else is said of them."""
    place = _place(request)

    def work_in(other, days):
        try:
            wanted = change(days)
            special_days.check_compiled(_known(other, place), wanted, place)
        except (Overlap, Wrong):
            return None
        return wanted

    carried = together.change_together(
        shop,
        request.POST.getlist("together"),
        "special_days",
        work_in,
        by=request.user,
        at=request.now,
        vouches=vouches,
    )
    for sentence in sentences(carried):
        messages.info(request, sentence)


def _refused(request, shop, sentence, **bound):
    """The page again. The sentence stands in the form that was sent, or alone."""
    for form in bound.values():
        form.add_error(None, sentence)
    return _page(request, shop, fault="" if bound else sentence, **bound)


@require_POST
@desk
def close(request, public_id):
    """Closed from one day to another, or until further notice."""
    shop = shop_of(request, public_id)
    form = ClosingForm(request.POST, today=shop.today)
    if not form.is_valid():
        return _page(request, shop, closing=form)
    new = form.entry()
    return _gesture(
        request,
        shop,
        form.cleaned_data["start_on"],
        form.cleaned_data["end_on"],
        lambda days: special_days.add(days, new),
        _("C’est noté et en ligne : %(day)s.") % {"day": special_days.day_words(new, shop.today)},
        anchor="particuliers",
        closing=form,
    )


@require_POST
@desk
def other_hours(request, public_id):
    """Other hours on a day, or on each of several."""
    shop = shop_of(request, public_id)
    form = OtherHoursForm(request.POST, today=shop.today, holidays=_place(request).holidays)
    if not form.is_valid():
        return _page(request, shop, other=form)
    new, start_on = form.entry(), form.cleaned_data["start_on"]

    def change(days):
        # A public holiday's hours take the place of what was tapped for it before.
        if new["reason"] == special_days.Reason.PUBLIC_HOLIDAY:
            days = special_days.set_holiday(days, start_on, None) if new not in days else days
        return special_days.add(days, new)

    return _gesture(
        request,
        shop,
        start_on,
        form.cleaned_data["end_on"],
        change,
        _("C’est noté et en ligne : %(day)s.") % {"day": special_days.day_words(new, shop.today)},
        anchor="particuliers",
        other=form,
    )


@require_POST
@desk
def close_today(request, public_id):
    """« Fermé exceptionnellement aujourd’hui »."""
    shop = shop_of(request, public_id)
    return _gesture(
        request,
        shop,
        shop.today,
        shop.today,
        lambda days: special_days.close_on(days, shop.today),
        _("C’est en ligne : fermé aujourd’hui."),
    )


@require_POST
@desk
def reopen(request, public_id):
    """« Rouvrir »: the closings that hold today end."""
    shop = shop_of(request, public_id)
    return _gesture(
        request,
        shop,
        shop.today,
        shop.today,
        lambda days: special_days.reopen_on(days, shop.today),
        _("Vos horaires habituels valent de nouveau."),
    )


@require_POST
@desk
def remove_day(request, public_id):
    shop = shop_of(request, public_id)
    key = request.POST.get("day", "")
    try:
        first, last = (date.fromisoformat(part) for part in key.split("_"))
    except ValueError:
        return _to_hours(shop, "particuliers")
    return _gesture(
        request,
        shop,
        first,
        last,
        lambda days: special_days.remove(days, key),
        _("Retiré : vos horaires habituels valent ces jours-là."),
        anchor="particuliers",
    )


@require_POST
@desk
def holiday(request, public_id):
    """A public holiday: closed, open as usual, or what the week says."""
    shop = shop_of(request, public_id)
    place = _place(request)
    on = {day.isoformat(): day for day in place.holidays}.get(request.POST.get("day"))
    choice = request.POST.get("choice")
    if on is None or on < shop.today or choice not in ("closed", "usual", "week"):
        return _to_hours(shop, "feries")
    usual = special_days.usual_hours(_known(shop, place), on, place)
    if choice == "usual" and not usual:
        return _to_hours(shop, "feries")
    wanted = {"closed": "", "usual": usual, "week": None}[choice]
    return _gesture(
        request,
        shop,
        on,
        on,
        lambda days: special_days.set_holiday(days, on, wanted),
        _("C’est noté et en ligne pour ce jour férié."),
        anchor=f"ferie-{on.isoformat()}",
    )


# The week


@require_http_methods(["GET", "HEAD", "POST"])
@desk
def week(request, public_id):
    shop = shop_of(request, public_id)
    if request.method == "POST":
        return _post_week(request, shop)
    draft = drafts.of(request, shop, SECTION)
    if draft and "brouillon" in request.GET:
        posted = drafts.as_posted(draft)
        if _readable(posted, shop):
            return _week_page(
                request,
                shop,
                form=WeekForm.of_post(posted),
                token=posted["snapshot"],
                ticked=posted.getlist("together"),
                resumed=draft,
            )
    start = request.GET.get("semaine", "")
    offered = list(typical_weeks.for_category(shop.category))
    if start.isdecimal() and int(start) < len(offered):
        chosen = Hours.parse(offered[int(start)], _place(request)).week_grid()
        return _week_page(request, shop, form=WeekForm.of_grid(chosen), is_start=True, draft=draft)
    return _week_page(request, shop, draft=draft)


def _readable(posted, shop):
    try:
        return snapshot.read(posted.get("snapshot", ""), shop)
    except Unreadable:
        return None


@require_POST
@desk
def keep(request, public_id):
    """While she chooses. Nothing of it is anybody else's, nor on the page."""
    shop = shop_of(request, public_id)
    shown = _readable(request.POST, shop)
    if shown is None:
        return HttpResponse(status=204)
    return drafts.keep_while_typing(request, shop, SECTION, KEPT, ["opening_hours"], shown)


@require_POST
@desk
def discard(request, public_id):
    shop = shop_of(request, public_id)
    drafts.drop(request, shop, SECTION)
    messages.info(request, _("Le brouillon est jeté."))
    return redirect("merchant:hours_week", shop.public_id)


def _branches(request, shop, ticked):
    """The choice of other shops with the same hours, as a field; nothing where there is none."""
    agreeing = together.agreeing(shop, ["opening_hours"], user=request.user, at=request.now)
    if not agreeing:
        return None
    form = django_forms.Form({"together": ticked}, label_suffix="")
    form.fields["together"] = TogetherField(agreeing)
    return form["together"]


def _week_page(request, shop, *, form=None, token=None, ticked=(), **context):
    """Draw the week's form: as the page has it, unless it is given."""
    place = _place(request)
    known = _weekly(shop, place, shop.opening_hours)
    grid = known.week_grid()
    # Hours that are right and more than a grid can show stay, unless she says otherwise.
    is_kept = bool(known.expression and grid is None and form is None and "remplacer" not in request.GET)
    form = form or WeekForm.of_grid(grid)
    weeks = [
        {"number": number, "lines": forms.describe(Hours.parse(expression, place).week_grid())}
        for number, expression in enumerate(typical_weeks.for_category(shop.category))
    ]
    return page(
        request,
        "desks/merchant/hours_week.html",
        {
            "week": form,
            "token": token or snapshot.sign(shop, ["opening_hours"]),
            "kept": known if is_kept else None,
            "kept_week": known.week(shop.today) if is_kept else [],
            "received": "" if known.expression else shop.opening_hours_text,
            "weeks": weeks,
            "is_first": not known.expression,
            "text_length": HOURS_LENGTH,
            "branches": _branches(request, shop, list(ticked) or request.POST.getlist("together")),
            "faults": bool(form.faults or form.fault or context.get("conflict") or context.get("text_fault")),
            **context,
        },
        shop=shop,
        section="hours",
    )


def _post_week(request, shop):
    """One of the form's buttons: those that only fill the form draw it again, nothing is lost on the way."""
    what, _colon, number = request.POST.get("do", "save").partition(":")
    number = int(number) if number.isdecimal() and len(number) < 3 else 0
    shown = _readable(request.POST, shop)
    token = request.POST["snapshot"] if shown else None
    if what == "read":
        return _read_text(request, shop, token)
    if what == "text":
        return _save_text(request, shop, shown)
    form = WeekForm.of_post(request.POST)
    if what == "copy":
        form.copy_day(number)
    elif what == "monday":
        form.copy_monday(number)
    elif what == "add":
        form.add_line(number)
    elif what == "whole":
        form.take_whole_day(number)
    elif what == "rest":
        form.take_the_rest(number)
    else:
        return _save_week(request, shop, form, shown, token)
    if shown:
        drafts.keep(request, shop, SECTION, KEPT)
    return _week_page(request, shop, form=form, token=token, touched=number)


def _save_week(request, shop, form, shown, token):
    place = _place(request)
    before = shown.base["opening_hours"] if shown else shop.opening_hours
    grid = _weekly(shop, place, before).week_grid()
    if not form.read(grid):
        if shown:
            drafts.keep(request, shop, SECTION, KEPT)
        return _week_page(request, shop, form=form, token=token)
    if shown is None:
        return _week_page(request, shop, form=form, is_old=True)
    # What she did not touch keeps its spelling.
    expression = before if form.grid == grid else form.grid.expression()
    return _save(request, shop, expression, shown, form)


def _read_text(request, shop, token):
    """Hours as she would say them, shown back before anything is saved."""
    text = request.POST.get("text", "")[: HOURS_LENGTH + 1].strip()
    if not text:
        return _week_page(
            request, shop, token=token, text_fault=_("Écrivez vos horaires, par exemple : lu-ve 9h-18h.")
        )
    place = _place(request)
    try:
        expression = weekly_hours(text, place).expression
    except Refused as refused:
        return _week_page(request, shop, token=token, text=text, text_fault=str(refused))
    understood = Hours.parse(expression, place)
    grid = understood.week_grid()
    if grid is not None:
        return _week_page(
            request, shop, form=WeekForm.of_grid(grid), token=token, text=text, lines=forms.describe(grid)
        )
    return _week_page(
        request,
        shop,
        token=token,
        text=text,
        understood=understood,
        understood_week=understood.week(shop.today),
    )


def _save_text(request, shop, shown):
    """Hours that no grid can show, after they were shown back."""
    text = request.POST.get("expression", "")[: HOURS_LENGTH + 1]
    try:
        expression = weekly_hours(text, _place(request)).expression
    except Refused as refused:
        return _week_page(request, shop, text=text, text_fault=str(refused))
    if not expression or shown is None:
        return _week_page(request, shop, text=text, is_old=shown is None)
    return _save(request, shop, expression, shown, None)


def _save(request, shop, expression: str, shown: Snapshot, form: WeekForm | None):
    """Through the one door; then what residents read now, or what a colleague wrote beside what she wants."""
    place = _place(request)
    try:
        special_days.check_compiled(
            expression, revisions.seen_by_its_people(shop, ["special_days"])["special_days"], place
        )
    except Wrong as wrong:
        form = form or WeekForm.of_grid(None)
        form.fault = str(wrong)
        return _week_page(request, shop, form=form)
    if expression == shown.base["opening_hours"] == shop.opening_hours and expression:
        revisions.confirm(shop, [FactGroup.HOURS], by=request.user, side=ConfirmedBy.MERCHANT, at=request.now)
        drafts.drop(request, shop, SECTION)
        messages.success(request, _("Rien à changer : vos horaires sont confirmés aujourd’hui."))
        return _to_hours(shop)
    saved = revisions.propose(
        shop,
        {"opening_hours": expression},
        base=shown.base,
        base_version=shown.version,
        by=request.user,
        side=ConfirmedBy.MERCHANT,
        at=request.now,
    )
    if saved:
        drafts.drop(request, shop, SECTION)
        _said(request, shop, _("C’est en ligne. Voici ce qu’on lit maintenant sur votre page."))
        carried = together.propose_together(
            shop,
            request.POST.getlist("together"),
            {"opening_hours": expression},
            base=shown.base,
            by=request.user,
            at=request.now,
        )
        for sentence in sentences(carried):
            messages.info(request, sentence)
        return _to_hours(shop)
    if form:
        drafts.keep(request, shop, SECTION, KEPT)
    (conflict,) = saved.conflicts
    now, wanted = (_weekly(shop, place, value) for value in (conflict.now, expression))
    # The next save is made knowing what the colleague wrote: the form carries a new snapshot.
    shop.refresh_from_db(fields=["opening_hours"])
    return _week_page(
        request,
        shop,
        form=form,
        conflict={
            "now": _lines(now),
            "wanted": _lines(wanted),
            "expression": "" if form else expression,
            "together": request.POST.getlist("together"),
        },
    )


def _lines(hours: Hours) -> list[str]:
    grid = hours.week_grid()
    return forms.describe(grid) if grid else [hours.expression or _("rien")]
