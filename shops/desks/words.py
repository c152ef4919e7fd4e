"""The facts of a page said to people: a value in lines of words, an event in a sentence. In the active language."""

from datetime import date, timedelta
from urllib.parse import urlsplit

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.editing.facts import Value
from shops.models import SpecialDay
from shops.opening_hours import Hours, InvalidHours, week_grid
from shops.opening_hours import words as clock_words
from shops.reference import Structure
from shops.vocabulary import AccessAnswer, AccessQuestion, LinkKind, Payment, Service, SpokenLanguage

_CHOICES = {"services": Service, "payments": Payment, "spoken_languages": SpokenLanguage}
_A_MONDAY = date(2024, 1, 1)


def said(name: str, value: Value, structure: Structure) -> list[str]:
    """What a value of a fact says, in lines; none when it says nothing.

    Args:
        structure: the city's frame, which names categories and districts.
    """
    if value in (None, "", [], {}):
        return []
    if name in _CHOICES:
        return [_label(_CHOICES[name], code) for code in value]
    if name == "service_notes":
        return [_pair(_label(Service, code), note) for code, note in value.items()]
    if name == "accessibility":
        return [
            _pair(question.label, _label(AccessAnswer, value[question.value]))
            for question in AccessQuestion
            if question.value in value
        ]
    if name == "links":
        return [f"{_label(LinkKind, kind)} – {url}" for kind, url in value]
    if name == "category":
        return [_category(value, structure)]
    if name == "other_categories":
        return [_category(code, structure) for code in value]
    if name == "district":
        district = structure.districts.get(value[0])
        return [district.name_i18n if district else str(value[0])]
    if name == "position":
        return [f"{value[0]:.5f}, {value[1]:.5f}"]
    if name == "opening_hours":
        return _week(value, structure.place)
    if name == "special_days":
        return [special_day(day) for day in value]
    if name == "photos":
        return [ngettext("%(number)d photo", "%(number)d photos", len(value)) % {"number": len(value)}]
    return str(value).splitlines()


def line(name: str, value: Value, structure: Structure) -> str:
    """The same in one line, « rien » when it says nothing."""
    return " · ".join(said(name, value, structure)) or _("rien")


def address(values: dict[str, Value], structure: Structure) -> str:
    """Where a shop is, by the facts of an address, as one writes it on an envelope."""
    street = ", ".join(filter(None, [values["house_number"], values["street"]]))
    town = " ".join(filter(None, [values["postcode"], str(structure.city)])) if street else ""
    parts = [street, values["place_note"], town, line("district", values["district"], structure)]
    return ", ".join(filter(None, parts))


def host_of(url: str) -> str:
    """What a person recognises of an address."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _label(choices, code):
    return str(choices(code).label) if code in choices.values else str(code)


def _pair(what, how):
    return _("%(what)s : %(how)s") % {"what": what, "how": how}


def _category(code, structure):
    category = structure.category(code)
    return category.label_i18n if category else str(code)


def _week(expression, place):
    """The usual week, days that are alike together; what no grid can show is said as it is written."""
    try:
        grid = week_grid(Hours.parse(expression, place))
    except InvalidHours:
        grid = None
    if grid is None:
        return [expression]
    lines, first = [], 0
    while first < 7:
        last = first
        while last < 6 and grid.days[last + 1] == grid.days[first]:
            last += 1
        names = [clock_words.weekday_name(_A_MONDAY + timedelta(days=day)) for day in (first, last)]
        days = names[0] if first == last else "–".join(names)
        lines.append(_pair(days, _spans(grid.days[first])))
        first = last + 1
    if grid.holidays is not None:
        lines.append(_pair(_("jours fériés"), _spans(grid.holidays)))
    return lines


def _spans(spans):
    return ", ".join(clock_words.span(opens, closes) for opens, closes in spans) or _("fermé")


def special_day(day: dict) -> str:
    """Of the special days of a page (`facts.FACTS`), one: when, and what is open then."""
    start, end = date.fromisoformat(day["start_on"]), date.fromisoformat(day["end_on"])
    if day["reason"] == SpecialDay.Reason.TEMPORARY:
        # Its end is nobody's promise, and is told to nobody.
        when = _("à partir du %(day)s, jusqu’à nouvel ordre") % {"day": date_format(start)}
    else:
        when = date_format(start) if start == end else f"{date_format(start)} – {date_format(end)}"
    reason = _label(SpecialDay.Reason, day["reason"])
    return _pair(when, f"{day['hours'] or _('fermé')} ({day['note'] or reason})")
