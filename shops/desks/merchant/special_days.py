"""The days on which a shop's week does not hold, as a merchant says them: closings, other hours, public holidays.

The functions take the list that is the fact `special_days` (see `shops.editing.facts`) and give another; the forms make
one entry of it.
"""

from datetime import date, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from shops.desks.merchant.hours_forms import HourField, Wrong, clock_time, hours_words, spans_text, stretches
from shops.importing import facts as values
from shops.importing.facts import Refused
from shops.models import SpecialDay
from shops.opening_hours import Hours, InvalidHours, Place, compile_hours, words
from shops.opening_hours import SpecialDay as Exceptional
from shops.opening_hours.engine import ClosureReason, Kind

Reason = SpecialDay.Reason

# How far such a closing is written. It must not end by itself: she is asked every month (`freshness.term`), and where
# nobody answers the hours grow old; but no morning comes on which the page says "open" and nobody did.
UNTIL_FURTHER_NOTICE = timedelta(days=3650)
AHEAD = timedelta(days=730)  # how far a special day may lie
NOTE_LENGTH = 120


class Overlap(Exception):
    """There is a special day already, `day`."""

    def __init__(self, day):
        super().__init__(key_of(day))
        self.day = day

    def sentence(self, today: date) -> str:
        return _(
            "Ces jours touchent ce que la page dit déjà : %(day)s. Retirez-le d’abord, ou changez les dates."
        ) % {"day": day_words(self.day, today)}


def entry(start_on: date, end_on: date, *, hours="", reason: str, note="") -> dict:
    return {
        "start_on": start_on.isoformat(),
        "end_on": end_on.isoformat(),
        "hours": hours,
        "reason": str(reason),
        "note": note,
    }


def key_of(day: dict) -> str:
    """Names a special day in a form."""
    return f"{day['start_on']}_{day['end_on']}"


def in_order(days: list[dict]) -> list[dict]:
    """As `facts` reads them."""
    return sorted(days, key=lambda day: (day["start_on"], day["end_on"]))


def touching(days: list[dict], first: str, last: str) -> list[dict]:
    """Those that hold on one of these days (written as dates are: 2026-12-25)."""
    return [day for day in days if day["start_on"] <= last and day["end_on"] >= first]


def add(days: list[dict], new: dict) -> list[dict]:
    """With one more. The same again changes nothing. Raises Overlap."""
    if new in days:
        return days
    for day in touching(days, new["start_on"], new["end_on"]):
        raise Overlap(day)
    return in_order([*days, new])


def remove(days: list[dict], key: str) -> list[dict]:
    return [day for day in days if key_of(day) != key]


def close_on(days: list[dict], day: date) -> list[dict]:
    """Closed on one day, whatever was said of it alone."""
    on = day.isoformat()
    here = touching(days, on, on)
    if any(not there["hours"] for there in here):
        return days
    kept = [there for there in days if key_of(there) != f"{on}_{on}"]
    return in_order([*kept, entry(day, day, reason=Reason.OTHER)])


def reopen_on(days: list[dict], day: date) -> list[dict]:
    """Without the closings that hold on a day: what the week says holds again."""
    on = day.isoformat()
    return [there for there in days if there["hours"] or not there["start_on"] <= on <= there["end_on"]]


def set_holiday(days: list[dict], day: date, hours: str | None) -> list[dict]:
    """What holds on a public holiday: these hours, "" for closed, None for what the week says. Raises Overlap."""
    on = day.isoformat()
    kept = [there for there in days if key_of(there) != f"{on}_{on}"]
    if hours is None:
        return kept
    return add(kept, entry(day, day, hours=hours, reason=Reason.PUBLIC_HOLIDAY))


def usual_hours(weekly: str, day: date, place: Place) -> str | None:
    """The hours of a day as if it were no holiday, "" when closed; None where the week does not tell them."""
    hours = Hours.parse(weekly, Place(place.time_zone, place.country))
    if hours.is_unknown:
        return None
    spans = hours.spans(day, day)[day]
    if any(span.kind not in (Kind.OPEN, Kind.CLOSED) for span in spans):
        return None
    found = spans_text(
        (clock_time(span.start), clock_time(span.end)) for span in spans if span.kind is Kind.OPEN
    )
    return found if len(found) <= SpecialDay._meta.get_field("hours").max_length else None


def check_compiled(weekly: str, days: list[dict], place: Place) -> None:
    """That a week and its special days together can be shown. Raises Wrong: they are too much."""
    try:
        expression = compile_hours(
            weekly,
            [
                Exceptional(
                    date.fromisoformat(day["start_on"]),
                    date.fromisoformat(day["end_on"]),
                    SpecialDay(hours=day["hours"]).spans(),
                    day["reason"] if day["reason"] in ClosureReason else ClosureReason.OTHER,
                    day["note"],
                )
                for day in days
            ],
        )
        Hours.parse(expression, place)
    except InvalidHours:
        raise Wrong(
            _("Cela fait trop de jours particuliers à la fois : retirez-en, ou raccourcissez les précisions.")
        ) from None


def days_words(start_on: date, end_on: date, today: date) -> str:
    """« le 24 décembre », « du 3 août au 17 août », with the year where one would think of another."""
    first, last = (words.day_and_month(day, today=today) for day in (start_on, end_on))
    if start_on == end_on:
        return _("le %(day)s") % {"day": first}
    return _("du %(first)s au %(last)s") % {"first": first, "last": last}


def day_words(day: dict, today: date) -> str:
    """A special day in a line: « du 3 août au 17 août : fermé (congés) »."""
    start_on, end_on = date.fromisoformat(day["start_on"]), date.fromisoformat(day["end_on"])
    when = days_words(start_on, end_on, today)
    if day["reason"] == Reason.TEMPORARY:
        when = _("à partir du %(day)s, jusqu’à nouvel ordre") % {
            "day": words.day_and_month(start_on, today=today)
        }
    what = hours_words(SpecialDay(hours=day["hours"]).spans())
    said = _("%(days)s : %(hours)s") % {"days": when, "hours": what}
    if day["note"]:
        said += f" ({day['note']})"
    elif day["reason"] in (Reason.HOLIDAY, Reason.WORKS, Reason.EVENT, Reason.PUBLIC_HOLIDAY):
        said += f" ({Reason(day['reason']).label})"
    return words.typeset(said)


class SpecialForm(forms.Form):
    """What the forms of special days share."""

    def __init__(self, *args, today: date, **kwargs):
        # Two of them stand on one page.
        super().__init__(*args, auto_id=f"{type(self).__name__.lower()}_%s", **kwargs)
        self.today = today
        for name in ("start_on", "end_on"):
            self.fields[name].widget.attrs |= {
                "min": today.isoformat(),
                "max": (today + AHEAD).isoformat(),
            }

    def clean_start_on(self):
        day = self.cleaned_data["start_on"]
        if day < self.today:
            raise ValidationError(_("Ce jour est passé : choisissez aujourd’hui ou un jour à venir."))
        if day > self.today + AHEAD:
            raise ValidationError(_("C’est trop loin : choisissez un jour dans les deux ans."))
        return day

    def clean_note(self):
        note = self.cleaned_data["note"]
        try:
            return values.text(NOTE_LENGTH)(note) if note else ""
        except Refused as refused:
            raise ValidationError(str(refused)) from None

    def check_order(self, start_on, end_on):
        if end_on < start_on:
            self.add_error("end_on", _("La fin est avant le début."))
        elif end_on > self.today + AHEAD:
            self.add_error("end_on", _("C’est trop loin : choisissez un jour dans les deux ans."))


def _date_field(label, **options):
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date", "autocomplete": "off"}, format="%Y-%m-%d"),
        **options,
    )


class ClosingForm(SpecialForm):
    """Closed from one day to another, or until further notice."""

    REASONS = [
        (Reason.HOLIDAY.value, gettext_lazy("Congés")),
        (Reason.WORKS.value, gettext_lazy("Travaux")),
        (Reason.OTHER.value, gettext_lazy("Autre chose")),
    ]
    use_required_attribute = False
    start_on = _date_field(gettext_lazy("Premier jour fermé"))
    end_on = _date_field(gettext_lazy("Dernier jour fermé"), required=False)
    is_open_ended = forms.BooleanField(
        label=gettext_lazy("Je ne sais pas encore quand je rouvre"), required=False
    )
    reason = forms.ChoiceField(
        label=gettext_lazy("Pourquoi"),
        choices=REASONS,
        widget=forms.RadioSelect,
        initial=Reason.HOLIDAY.value,
    )
    note = forms.CharField(
        label=gettext_lazy("Un mot pour vos clients"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self):
        cleaned = super().clean()
        start_on, end_on = cleaned.get("start_on"), cleaned.get("end_on")
        if start_on is None or "end_on" in self.errors:
            return cleaned
        if cleaned.get("is_open_ended"):
            cleaned["end_on"] = start_on + UNTIL_FURTHER_NOTICE
        elif end_on is None:
            self.add_error(
                "end_on", _("Choisissez le dernier jour, ou cochez que vous ne le savez pas encore.")
            )
        else:
            self.check_order(start_on, end_on)
        return cleaned

    def entry(self) -> dict:
        said = self.cleaned_data
        # Why is told in the note: without an end, what counts is that nobody knows it.
        reason = Reason.TEMPORARY if said["is_open_ended"] else said["reason"]
        note = said["note"]
        if said["is_open_ended"] and not note and said["reason"] != Reason.OTHER:
            note = str(Reason(said["reason"]).label)
        return entry(said["start_on"], said["end_on"], reason=reason, note=note)


class OtherHoursForm(SpecialForm):
    """Other hours on a day, or on each of several."""

    use_required_attribute = False
    start_on = _date_field(gettext_lazy("Quel jour"))
    end_on = _date_field(
        gettext_lazy("Jusqu’au"),
        required=False,
        help_text=gettext_lazy("Seulement si cela vaut pour plusieurs jours de suite."),
    )
    opens_1 = HourField("opens", label=gettext_lazy("Ouvre à"))
    closes_1 = HourField("closes", label=gettext_lazy("Ferme à"))
    opens_2 = HourField("opens", label=gettext_lazy("Rouvre à"), required=False)
    closes_2 = HourField("closes", label=gettext_lazy("Referme à"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Un mot pour vos clients"),
        help_text=gettext_lazy("Par exemple : nocturne, marché de Noël."),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, holidays=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.holidays = holidays

    def clean(self):
        cleaned = super().clean()
        if self.errors:
            return cleaned
        cleaned["end_on"] = cleaned["end_on"] or cleaned["start_on"]
        self.check_order(cleaned["start_on"], cleaned["end_on"])
        pairs = [(cleaned[f"opens_{number}"], cleaned[f"closes_{number}"]) for number in (1, 2)]
        try:
            cleaned["hours"] = spans_text(stretches(pairs))
        except Wrong as wrong:
            self.add_error("closes_2" if any(pairs[1]) else "closes_1", str(wrong))
        return cleaned

    def entry(self) -> dict:
        said = self.cleaned_data
        is_feast = said["start_on"] == said["end_on"] and said["start_on"] in self.holidays
        return entry(
            said["start_on"],
            said["end_on"],
            hours=said["hours"],
            reason=Reason.PUBLIC_HOLIDAY if is_feast else Reason.EVENT if said["note"] else Reason.OTHER,
            note=said["note"],
        )
