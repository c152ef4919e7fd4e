"""Hours for machines: schema.org and iCalendar. Only what is certain is said."""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from .engine import Hours, Kind, Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_SCHEMA = "https://schema.org/"


def opening_hours_specification(hours: Hours, from_day: date, days: int = 35) -> dict[str, list[dict]]:
    """The hours in schema.org's words, ready to be merged into a shop's JSON-LD.

    ``openingHoursSpecification`` tells the usual week, ``specialOpeningHoursSpecification`` each coming day that
    differs: dated exceptions and holidays. A day of which nothing is certain (a holiday the expression is silent about,
    appointments) is not claimed at all: the usual week is then said for the stretches before and after it.

    Args:
        hours: the shop's.
        from_day: first day.
        days: how many are looked at.

    Returns:
        The two lists by their property's name; none that is empty.
    """
    if hours.is_unknown:
        return {}
    last = from_day + timedelta(days=days - 1)
    spans = hours.spans(from_day, last)
    usual = hours.usual_week()
    special: list[dict] = []
    uncertain: list[date] = []
    for day, own in spans.items():
        if usual is not None and own == usual[day.weekday()]:
            continue
        if any(span.kind not in (Kind.OPEN, Kind.CLOSED) for span in own):
            uncertain.append(day)
            continue
        _add_special(special, day, _openings(own))
    found = {"openingHoursSpecification": [], "specialOpeningHoursSpecification": special}
    if usual is not None:
        week = _week(usual)
        for begun, ended in _stretches(from_day, last, uncertain):
            validity = (
                {"validFrom": begun.isoformat(), "validThrough": ended.isoformat()} if uncertain else {}
            )
            found["openingHoursSpecification"] += [{**entry, **validity} for entry in week]
    return {name: entries for name, entries in found.items() if entries}


def _openings(spans: list[Span]) -> list[tuple[str, str]]:
    return [_times(span) for span in spans if span.kind is Kind.OPEN]


def _times(span: Span) -> tuple[str, str]:
    # A closing time before the opening one is the next day's. The whole day has no other spelling that is understood.
    if span.end - span.start >= 1440:
        return "00:00", "23:59"
    return f"{span.start // 60:02d}:{span.start % 60:02d}", f"{span.end // 60 % 24:02d}:{span.end % 60:02d}"


def _week(usual: list[list[Span]]) -> list[dict]:
    days_by_times: dict[tuple[str, str], list[str]] = {}
    for number, own in enumerate(usual):
        for times in _openings(own):
            days_by_times.setdefault(times, []).append(_SCHEMA + WEEKDAYS[number])
    return [
        {"@type": "OpeningHoursSpecification", "dayOfWeek": names, "opens": opens, "closes": closes}
        for (opens, closes), names in days_by_times.items()
    ]


def _add_special(special: list[dict], day: date, openings: list[tuple[str, str]]):
    """One day's entries, or one more day for yesterday's if they are the same."""
    openings = openings or [("00:00", "00:00")]  # closed
    yesterday = (day - timedelta(days=1)).isoformat()
    before = [entry for entry in special if entry["validThrough"] == yesterday]
    if [(entry["opens"], entry["closes"]) for entry in before] == openings:
        for entry in before:
            entry["validThrough"] = day.isoformat()
        return
    special += [
        {
            "@type": "OpeningHoursSpecification",
            "validFrom": day.isoformat(),
            "validThrough": day.isoformat(),
            "opens": opens,
            "closes": closes,
        }
        for opens, closes in openings
    ]


def _stretches(first: date, last: date, without: list[date]) -> list[tuple[date, date]]:
    found, begun = [], first
    for day in [*without, last + timedelta(days=1)]:
        if begun < day:
            found.append((begun, day - timedelta(days=1)))
        begun = day + timedelta(days=1)
    return found


def hours_calendar(
    hours: Hours, from_day: date, days: int = 35, *, key: str, name: str, url: str, stamp: datetime
) -> bytes:
    """The coming openings as an iCalendar file.

    Args:
        hours: the shop's.
        from_day: first local day.
        days: how many.
        key: what makes the events' identifiers ours for ever, such as "4f2k9@city.example".
        name: the shop's.
        url: its page.
        stamp: an aware instant, when this was made (``DTSTAMP``).

    Returns:
        The file's bytes. An opening keeps its identifier from one file to the next.
    """
    # Read when somebody asks for the first calendar: a web process is 2 MiB smaller until then.
    from icalendar import Calendar, Event, vUri

    calendar = Calendar()
    calendar.add("prodid", "-//Vitrine//opening hours//")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", name)
    calendar.add("x-wr-calname", name)
    calendar.add("x-wr-timezone", hours.place.time_zone)
    zone = hours.place.zone
    last = from_day + timedelta(days=days - 1)
    for day, opens, closes in hours.openings(from_day, last):
        event = Event()
        event.add("uid", f"{day:%Y%m%d}-{opens:%H%M}-{key}")
        event.add("dtstamp", stamp)
        event.add("dtstart", opens.astimezone(zone))
        event.add("dtend", closes.astimezone(zone))
        event.add("summary", _("%(name)s, ouvert") % {"name": name})
        event.add("url", vUri(url))
        event.add("transp", "TRANSPARENT")
        calendar.add_component(event)
    calendar.add_missing_timezones(
        first_date=from_day - timedelta(days=366), last_date=last + timedelta(days=366)
    )
    return calendar.to_ical()
