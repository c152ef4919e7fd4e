"""Where the links in reminders lead: one question about one shop. GET shows, POST answers."""

from contextlib import suppress
from functools import wraps

from django import forms
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from shops import catalogue, reference, reminders
from shops.editing import facts
from shops.mails import holiday_question
from shops.models import Link, Reminder, Shop
from shops.opening_hours import words
from shops.presentation import ShopPage
from shops.vocabulary import FactGroup

Purpose, Answer = Reminder.Purpose, Reminder.Answer


def by_link(purpose):
    """A page that a signed link opens: `view(request, reminder)`. What does not open says so clearly.

    No check against forged requests: there is no session that could be abused, the token in the address is the whole
    right, and without a referrer browsers send no origin to compare. For the same reason it sets no cookie.
    """

    def decorate(view):
        @wraps(view)
        @csrf_exempt
        @require_http_methods(["GET", "HEAD", "POST"])
        def opened(request, token):
            try:
                reminder = Reminder.by_token(token, purpose)
                reminder.must_be_open(request.now)
                if request.method == "POST" and request.POST.get("answer") == "stop":
                    reminders.stop(reminder)
                    response = redirect(request.path)
                else:
                    response = view(request, reminder)
            except Reminder.DoesNotExist:
                response = render(request, "shops/reminder_end.html", PRIVATE, status=404)
            except Reminder.Gone:
                response = render(request, "shops/reminder_end.html", {"gone": True, **PRIVATE}, status=410)
            # The address is a key: it is told to nobody, found by nobody, and kept nowhere.
            response.headers["Referrer-Policy"] = "no-referrer"
            response.headers["X-Robots-Tag"] = "noindex, nofollow"
            response.headers["Cache-Control"] = "no-store, private"
            return response

        return opened

    return decorate


# The frame does not print the address of these pages anywhere.
PRIVATE = {"no_alternates": True}


@by_link(Purpose.CONFIRM)
def confirm(request, reminder):
    moved = False
    if request.method == "POST" and request.POST.get("answer") == Answer.RIGHT:
        try:
            reminders.confirm(reminder, seen=request.POST.get("seen", ""), at=request.now)
        except reminders.Changed:
            moved = True
        else:
            return redirect("shops:reminder_confirm", reminder.token)
    shop = _shop(reminder, request)
    names = reminders.names_of(*reminder.groups)
    context = {
        "reminder": reminder,
        "shop": shop,
        "wanted": reminder.is_wanted(),
        "page": ShopPage(shop, request.catalogue, request.now),
        "groups": [FactGroup(group) for group in reminder.groups],
        "seen": reminders.fingerprint(shop, names),
        "moved": moved,
        **PRIVATE,
    }
    return render(request, "shops/reminder_confirm.html", context)


def _time(label, **options):
    return forms.TimeField(
        label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), **options
    )


class HoursForm(forms.Form):
    """The hours of one day: one span, or two with a break between them."""

    opens, closes = _time(_("Ouverture")), _time(_("Fermeture"))
    opens_again = _time(_("Réouverture"), required=False, help_text=_("Si vous fermez entre les deux."))
    closes_again = _time(_("Seconde fermeture"), required=False)

    def clean(self):
        data = super().clean()
        for first, last in (("opens", "closes"), ("opens_again", "closes_again")):
            if data.get(first) and data.get(first) == data.get(last):
                self.add_error(last, _("L’ouverture et la fermeture sont à la même heure."))
        again = [data.get("opens_again"), data.get("closes_again")]
        if self.errors or again == [None, None]:
            return data
        if again[1] is None:
            self.add_error("closes_again", _("Dites aussi quand vous refermez."))
        elif again[0] is None:
            self.add_error("opens_again", _("Dites aussi quand vous rouvrez."))
        elif not data["opens"] < data["closes"] < again[0]:
            self.add_error("opens_again", _("La réouverture vient après la première fermeture."))
        elif again[0] > again[1] > data["opens"]:
            self.add_error("closes_again", _("La seconde fermeture vient après la réouverture."))
        return data

    @property
    def hours(self):
        """As `SpecialDay.hours` writes it; a closing time before the opening is the next day's."""
        said = self.cleaned_data
        spans = [_span(said["opens"], said["closes"])]
        if said["opens_again"]:
            spans.append(_span(said["opens_again"], said["closes_again"]))
        return ",".join(spans)


def _span(opens, closes):
    closing = "24:00" if (closes.hour, closes.minute) == (0, 0) else f"{closes:%H:%M}"
    return f"{opens:%H:%M}-{closing}"


@by_link(Purpose.HOLIDAY)
def holiday(request, reminder):
    shop = _shop(reminder, request)
    if reminder.holiday_on < shop.today:
        raise Reminder.Gone
    answer, form = request.POST.get("answer", ""), HoursForm()
    if request.method == "POST" and answer == Answer.OTHER:
        form = HoursForm(request.POST)
    if (request.method == "POST" and answer in (Answer.USUAL, Answer.CLOSED)) or form.is_valid():
        hours = form.hours if answer == Answer.OTHER else ""
        # Somebody may have said it meanwhile: the page tells what.
        with suppress(reminders.Changed):
            reminders.answer_holiday(reminder, answer, hours=hours, at=request.now)
        return redirect("shops:reminder_holiday", reminder.token)
    structure = reference.structure(request.catalogue)
    hours = catalogue.hours_of(shop, structure.place)
    day = reminder.holiday_on
    context = {
        "reminder": reminder,
        "shop": shop,
        "wanted": reminder.is_wanted(),
        "day": hours.week(day)[0],
        "long_day": words.long_day(day),
        "question": holiday_question(day, today=shop.today),
        "usual": reminders.usual_day(hours, day),
        "told": not hours.is_silent_holiday(day),
        "form": form,
        **PRIVATE,
    }
    return render(request, "shops/reminder_holiday.html", context)


def _shop(reminder, request):
    """The shop with all that its page shows. It carries `today`."""
    links = Link.objects.filter(shop=OuterRef("pk")).values(json=JSONObject(kind="kind", url="url"))
    shop = (
        Shop.objects.select_related("category__group", "district")
        .annotate(link_list=ArraySubquery(links))
        .get(pk=reminder.shop_id)
    )
    return facts.with_today(shop, request.now, request.city)
