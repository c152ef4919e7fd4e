"""What a person reads about a shop's hours at one instant. Whole sentences, each a msgid of its own."""

from datetime import date, datetime, timedelta
from math import ceil

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from . import rules as grammar
from . import words
from .engine import ClosureReason, Hours, Kind, State

SOON = 30  # minutes before a change that are counted down
SHORT = 36  # characters on a card


def sentence(hours: Hours, at: datetime, *, stale: bool = False) -> str:
    """The whole sentence, in the active language.

    Args:
        hours: the shop's.
        at: an aware instant.
        stale: the hours were confirmed too long ago to be shown as true.
    """
    return words.typeset(_sentence(hours, hours.state(at, stale=stale), at))


def short(hours: Hours, at: datetime, *, stale: bool = False) -> str:
    """The sentence of a card, at most `SHORT` characters."""
    return words.typeset(_short(hours, hours.state(at, stale=stale), at))


def reason_word(reason: ClosureReason) -> str:
    """« congés », « travaux », « événement », or "" for another reason."""
    if reason == ClosureReason.HOLIDAY:
        return _("congés")
    if reason == ClosureReason.WORKS:
        return _("travaux")
    if reason == ClosureReason.EVENT:
        return _("événement")
    if reason == ClosureReason.TEMPORARY:
        return _("fermeture temporaire")
    return ""


def _minutes(at: datetime, then: datetime) -> int:
    return ceil((then - at).total_seconds() / 60)


def _local(hours: Hours, instant: datetime) -> datetime:
    return instant.astimezone(hours.place.zone)


def _last_moment(local: datetime) -> date:
    """The day that an end belongs to: midnight ends the day before."""
    return (local - timedelta(seconds=1)).date()


def _sentence(hours: Hours, state: State, at: datetime) -> str:
    today = _local(hours, at).date()
    if state.kind is Kind.OPEN:
        return _open(hours, state, at, today)
    if state.kind is Kind.STALE:
        return _("Horaires non confirmés récemment")
    if state.kind is Kind.TO_CONFIRM:
        holiday = words.name_in_language(state.holiday)
        return _("Jour férié (%(holiday)s) : horaires à confirmer") % {"holiday": holiday}
    if state.kind is Kind.BY_APPOINTMENT:
        if grammar.says_appointment(state.comment):
            return _("Sur rendez-vous")
        return _("Horaires à confirmer : %(comment)s") % {"comment": state.comment}
    if state.kind is Kind.UNKNOWN:
        return _("Horaires à confirmer")
    return _closed(hours, state, at, today)


def _open(hours: Hours, state: State, at: datetime, today: date) -> str:
    if state.until is None:
        return _("Ouvert jour et nuit")
    if state.open_ended:
        return _("Ouvert, heure de fermeture variable")
    minutes = _minutes(at, state.until)
    if minutes <= SOON:
        return ngettext("Ferme dans %(minutes)s minute", "Ferme dans %(minutes)s minutes", minutes) % {
            "minutes": minutes
        }
    local = _local(hours, state.until)
    time = words.closing_clock(local.time())
    if _ends_tonight(local, today):
        return _("Ouvert jusqu’à %(time)s") % {"time": time}
    day = _last_moment(local)
    if (day - today).days < 7:
        return _("Ouvert jusqu’à %(weekday)s %(time)s") % {"weekday": words.weekday(day), "time": time}
    return _("Ouvert jusqu’au %(day)s à %(time)s") % {
        "day": words.day_and_month(day, today=today),
        "time": time,
    }


def _ends_tonight(local: datetime, today: date) -> bool:
    """Whether an end needs no day: it is today, or in the night that today runs into."""
    return _last_moment(local) == today or (local.date() == today + timedelta(days=1) and local.hour < 12)


def _closed(hours: Hours, state: State, at: datetime, today: date) -> str:
    if _is_temporary(state):
        if state.closure.note:
            return _("Fermé temporairement : %(reason)s") % {"reason": state.closure.note}
        return _("Fermé temporairement")
    opens = _local(hours, state.opens_at) if state.opens_at else None
    if opens and _minutes(at, state.opens_at) <= SOON:
        minutes = _minutes(at, state.opens_at)
        return ngettext("Ouvre dans %(minutes)s minute", "Ouvre dans %(minutes)s minutes", minutes) % {
            "minutes": minutes
        }
    if state.closure and state.closure.last_on > today:
        day = words.day_and_month(state.closure.last_on, today=today)
        reason = _reason(state)
        if reason:
            return _("Fermé jusqu’au %(day)s : %(reason)s") % {"day": day, "reason": reason}
        return _("Fermé jusqu’au %(day)s") % {"day": day}
    # A closure noted for a public holiday needs no other reason than its name.
    reason = (state.closure and _reason(state)) or _holiday(hours, state, today)
    if reason and not (opens and opens.date() == today):
        return _closed_today(opens, today, reason)
    if opens is None:
        if state.then is Kind.BY_APPOINTMENT:
            return _("Fermé, sinon sur rendez-vous")
        if state.then is Kind.UNKNOWN:
            return _("Fermé, prochains horaires à confirmer")
        return _("Fermé pour le moment")
    time = words.clock(opens.time())
    if opens.date() == today:
        return _("Ouvre à %(time)s") % {"time": time}
    if opens.date() == today + timedelta(days=1):
        return _("Ouvre demain à %(time)s") % {"time": time}
    if (opens.date() - today).days < 7:
        return _("Ouvre %(weekday)s à %(time)s") % {"weekday": words.weekday(opens.date()), "time": time}
    day = words.day_and_month(opens.date(), today=today)
    return _("Ouvre le %(day)s à %(time)s") % {"day": day, "time": time}


def _closed_today(opens: datetime | None, today: date, reason: str) -> str:
    if opens is None:
        return _("Fermé aujourd’hui : %(reason)s") % {"reason": reason}
    time = words.clock(opens.time())
    if opens.date() == today + timedelta(days=1):
        return _("Fermé aujourd’hui : %(reason)s · ouvre demain à %(time)s") % {
            "reason": reason,
            "time": time,
        }
    if (opens.date() - today).days < 7:
        return _("Fermé aujourd’hui : %(reason)s · ouvre %(weekday)s à %(time)s") % {
            "reason": reason,
            "weekday": words.weekday(opens.date()),
            "time": time,
        }
    return _("Fermé aujourd’hui : %(reason)s · ouvre le %(day)s à %(time)s") % {
        "reason": reason,
        "day": words.day_and_month(opens.date(), today=today),
        "time": time,
    }


def _is_temporary(state: State) -> bool:
    return state.closure is not None and state.closure.reason == ClosureReason.TEMPORARY


def _reason(state: State) -> str:
    return reason_word(state.closure.reason) or state.closure.note


def _holiday(hours: Hours, state: State, today: date) -> str:
    """The name of the holiday for which the whole of today is closed, or ""."""
    if not state.holiday or any(span.kind is Kind.OPEN for span in hours.spans(today, today)[today]):
        return ""
    return words.name_in_language(state.holiday)


def _short(hours: Hours, state: State, at: datetime) -> str:
    today = _local(hours, at).date()
    if state.kind is Kind.OPEN:
        return _short_open(hours, state, at, today)
    if state.kind is Kind.TO_CONFIRM:
        return _("Jour férié, à confirmer")
    if state.kind is Kind.BY_APPOINTMENT and grammar.says_appointment(state.comment):
        return _("Sur rendez-vous")
    if state.kind is not Kind.CLOSED:
        return _("Horaires à confirmer")
    return _short_closed(hours, state, at, today)


def _short_open(hours: Hours, state: State, at: datetime, today: date) -> str:
    if state.until is None:
        return _("Ouvert jour et nuit")
    if state.open_ended:
        return _("Ouvert")
    minutes = _minutes(at, state.until)
    if minutes <= SOON:
        return _("Ferme dans %(minutes)s min") % {"minutes": minutes}
    local = _local(hours, state.until)
    if _ends_tonight(local, today):
        return _("Ouvert jusqu’à %(time)s") % {"time": words.closing_clock(local.time())}
    day = _last_moment(local)
    if (day - today).days < 7:
        return _("Ouvert jusqu’à %(weekday)s") % {"weekday": words.weekday(day)}
    return _("Ouvert jusqu’au %(day)s") % {"day": words.day_and_month(day, today=day)}


def _short_closed(hours: Hours, state: State, at: datetime, today: date) -> str:
    if _is_temporary(state):
        return _("Fermé temporairement")
    if state.opens_at and _minutes(at, state.opens_at) <= SOON:
        return _("Ouvre dans %(minutes)s min") % {"minutes": _minutes(at, state.opens_at)}
    if state.closure and state.closure.last_on > today:
        return _("Fermé jusqu’au %(day)s") % {"day": words.day_and_month(state.closure.last_on, today=today)}
    if state.opens_at is None:
        expected = state.then in (Kind.BY_APPOINTMENT, Kind.UNKNOWN)
        return _("Fermé maintenant") if expected else _("Fermé pour le moment")
    opens = _local(hours, state.opens_at)
    time = words.clock(opens.time())
    if opens.date() == today:
        return _("Ouvre à %(time)s") % {"time": time}
    if opens.date() == today + timedelta(days=1):
        return _("Ouvre demain à %(time)s") % {"time": time}
    if (opens.date() - today).days < 7:
        return _("Ouvre %(weekday)s à %(time)s") % {"weekday": words.weekday(opens.date()), "time": time}
    return _("Ouvre le %(day)s") % {"day": words.day_and_month(opens.date(), today=opens.date())}
