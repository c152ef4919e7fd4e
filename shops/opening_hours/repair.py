"""Hours as people write them, turned into an expression where the meaning is certain, and refused where it is not.

A text is read once in each language whose day names it could hold. If all readings that succeed say the same, that is
what it means; if they differ (« Di » is a Sunday in French and a Tuesday in German), it is refused.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _
from opening_hours import validate

from . import words as typography
from .engine import MAX_LENGTH

_CODES = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_HOLIDAY = 7
_ALL = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Repaired:
    """What became of a text.

    Attributes:
        expression: the expression it means, or None when that is not certain (keep the text, show the reason).
        changed: whether the expression differs from the text.
        reason: why it was refused, a sentence for a person; "" otherwise.
    """

    expression: str | None
    changed: bool
    reason: str = ""


class _Doubt(Exception):
    """A text, or one reading of it, is not certain. Holds the sentence that says why, and how far it was read."""

    def __init__(self, reason: str, reached: int = MAX_LENGTH):
        super().__init__(reason)
        self.reached = reached


def repair(text: str, language: str | None = None) -> Repaired:
    """Read opening hours as somebody typed them.

    Args:
        text: anything; an expression that is already right comes back as it is, nothing means unknown.
        language: the language it was written in, when that is known: it settles names that two languages share.

    Returns:
        The expression, or the reason for which there is none.
    """
    repaired = _repair(text.strip(), language)
    return replace(repaired, reason=typography.typeset(repaired.reason))


def _repair(text: str, language: str | None) -> Repaired:
    if not text:
        return Repaired("", False)
    if len(text) > MAX_LENGTH:
        return Repaired(None, False, _("Ce texte est trop long pour des horaires."))
    if any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\t\r\n" for sign in text):
        return Repaired(None, False, _("Ces horaires contiennent des caractères qui ne se lisent pas."))
    if validate(text):
        return Repaired(text, False)
    tidy = _tidy(text)
    if validate(tidy):
        return Repaired(tidy, True)
    languages = _LANGUAGES
    if language is not None and language.partition("-")[0] in _LANGUAGES:
        language = language.partition("-")[0]
        # OpenStreetMap's own codes are English whatever the language of the text.
        languages = {language: _LANGUAGES[language]} | ({"en": _LANGUAGES["en"]} if language != "en" else {})
    readings: dict[str, str] = {}
    doubts: list[tuple[int, str]] = []
    for name, words in languages.items():
        try:
            readings[name] = _read(text, words)
        except _Doubt as doubt:
            doubts.append((doubt.reached, str(doubt)))
    if language in readings:
        readings = {language: readings[language]}
    found = set(readings.values())
    if len(found) > 1:
        return Repaired(None, False, _("Les jours peuvent se lire de plusieurs façons : précisez la langue."))
    if not found:
        return Repaired(None, False, max(doubts)[1])
    expression = found.pop()
    if not validate(expression):
        return Repaired(None, False, _("Ces horaires ne sont pas compris."))
    return Repaired(expression, True)


_DASHES = re.compile(r"[\u2010-\u2015\u2212\uff0d]")


def _tidy(text: str) -> str:
    """The signs that a keyboard or a word processor puts in the place of the right ones."""
    text = unicodedata.normalize("NFKC", text)
    text = _DASHES.sub("-", text).replace("’", "'")
    return re.sub(r"\s+", " ", text).strip(" .;,")


# Words

_DAY, _DAILY, _RANGE, _LIST, _OFF, _ALL_DAY, _APPOINTMENT, _FILL = (
    "day",
    "daily",
    "range",
    "list",
    "off",
    "24",
    "apt",
    "",
)


def _language(
    days: Iterable[str], *, ranges: str, lists: str, fills: str
) -> dict[str, tuple[str, int | None]]:
    """One language's words: seven lists of day names, then what joins and what fills."""
    words: dict[str, tuple[str, int | None]] = {}
    for number, names in enumerate(days):
        for name in names.split():
            words[name] = (_DAY, number)
    for kind, group in ((_RANGE, ranges), (_LIST, lists), (_FILL, fills)):
        for word in group.split():
            words[word] = (kind, None)
    return words


_LANGUAGES = {
    "en": _language(
        (
            "mo mon monday mondays",
            "tu tue tues tuesday tuesdays",
            "we wed weds wednesday wednesdays",
            "th thu thur thurs thursday thursdays",
            "fr fri friday fridays",
            "sa sat saturday saturdays",
            "su sun sunday sundays",
        ),
        ranges="to until till thru through",
        lists="and",
        fills="from on open opening hours the are we're between",
    ),
    "fr": _language(
        (
            "lu lun lundi lundis",
            "ma mar mardi mardis",
            "me mer mercredi mercredis",
            "je jeu jeudi jeudis",
            "ve ven vendredi vendredis",
            "sa sam samedi samedis",
            "di dim dimanche dimanches",
        ),
        ranges="au à a jusqu'au jusqu'à",
        lists="et",
        fills="du de des le les la ouvert ouverte ouverture horaire horaires d'ouverture",
    ),
    "de": _language(
        (
            "mo mon montag montags",
            "di die dienstag dienstags",
            "mi mit mittwoch mittwochs",
            "do don donnerstag donnerstags",
            "fr fre freitag freitags",
            "sa sam samstag samstags sonnabend sonnabends",
            "so son sonntag sonntags",
        ),
        ranges="bis",
        lists="und",
        fills="von am jeweils geöffnet offen öffnungszeiten",
    ),
    "lb": _language(
        (
            "mé méi méin méindeg méindes",
            "dë dën dënschdeg dënschdes",
            "më mët mëttwoch mëttwochs",
            "do don donneschdeg donneschdes",
            "fr fre freideg freides",
            "sa sam samschdeg samschdes",
            "so son sonndeg sonndes",
        ),
        ranges="bis",
        lists="an a",
        fills="vun vum um de den en e op opp auerzäiten ëffnungszäiten",
    ),
    "fi": _language(
        (
            "ma maanantai maanantaisin",
            "ti tiistai tiistaisin",
            "ke keskiviikko keskiviikkoisin",
            "to torstai torstaisin",
            "pe perjantai perjantaisin",
            "la lauantai lauantaisin",
            "su sunnuntai sunnuntaisin",
        ),
        ranges="",
        lists="ja sekä",
        fills="klo kello avoinna auki aukioloajat",
    ),
}


def _share_words():
    """Let each language borrow the small words of the others, as merchants do, where they mean one thing only."""
    kinds: dict[str, set[str]] = {}
    for words in _LANGUAGES.values():
        for word, (kind, _number) in words.items():
            kinds.setdefault(word, set()).add(kind)
    for word, found in kinds.items():
        if len(found) == 1 and _DAY not in found:
            for words in _LANGUAGES.values():
                words.setdefault(word, (*found, None))


_share_words()

# What every language may say, longest first: these words exist once, so no reading can mistake them.
_PHRASES = [
    (
        _ALL_DAY,
        (
            r"24 ?h(?:eures)? ?(?:/|sur) ?24(?: ?h)?|24 ?/ ?24(?: ?h)?|24 ?(?:hours|hrs|heures|stunden|stonnen)"
            r"|jour et nuit|rund um die uhr|dag an nuecht|around the clock|ympäri vuorokauden"
        ),
    ),
    (
        _DAILY,
        (
            r"7 ?j(?:ours)? ?(?:/|sur) ?7(?: ?j)?|7 ?/ ?7(?: ?j)?|7 days(?: a week|/week)?|tous les jours|chaque jour"
            r"|every ?day|daily|täglich|jeden tag|all dag|joka päivä|päivittäin"
        ),
    ),
    (
        "ph",
        (
            r"(?:les )?jours? fériés?|fériés?|public holidays?|bank holidays?|(?:gesetzliche )?feiertag(?:e|en|s)?"
            r"|feierdag|feierdeeg|pyhäpäivä(?:t|nä|isin)?|ph"
        ),
    ),
    ("week", r"en semaine|(?:on )?weekdays?"),
    ("weekend", r"(?:le )?week-?ends?|(?:am )?wochenende|weekender"),
    (
        _OFF,
        r"fermée?s?|fermeture|closed|off|geschlossen|ruhetag|zou|suljettu|kiinni|sauf|except|außer|ausser",
    ),
    (
        _APPOINTMENT,
        (
            r"(?:uniquement |seulement )?sur (?:rendez-vous|rdv)|(?:only )?by appointment(?: only)?|(?:nur )?nach vereinbarung"
            r"|(?:nëmmen )?op (?:rendez-vous|rendezvous)|ajanvarauksella"
        ),
    ),
    (_FILL, r"non-?stop|sans interruption|en continu|durchgehend"),
]
_PHRASE = re.compile(
    "|".join(rf"(?P<p{n}>(?<!\w)(?:{pattern})(?!\w))" for n, (_k, pattern) in enumerate(_PHRASES))
)
_CLOCK_WORDS = {"midi": 720, "noon": 720, "mittag": 720, "mëtteg": 720}
_MIDNIGHT_WORDS = {"minuit", "midnight", "mitternacht", "mëtternuecht", "hallefnuecht"}
_UNIT = r"(?:h(?:rs?|eures?)?|uhr|auer|o'clock)"
_TIME = re.compile(
    rf"(?P<hour>\d{{1,2}})(?: ?(?P<mark>[:.h]) ?(?P<minute>\d\d)(?!\d)(?P<unit> ?{_UNIT}\b)?"
    rf"|(?P<word> ?{_UNIT}(?![\w]))|(?P<four>\d\d)(?!\d))?(?: ?(?P<half>[ap])\.?m\b\.?)?"
)
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*\.?")


@dataclass(frozen=True, slots=True)
class _Clock:
    """An hour as it was typed."""

    minutes: int  # 0 to 1440
    typed: str
    bare: bool  # a number and nothing else: neither minutes, nor "h", nor am/pm
    half: str  # "a", "p" or ""


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: object = None
    typed: str = ""


def _read(text: str, words: dict[str, tuple[str, int | None]]) -> str:
    return _write(_groups(_units(list(_tokens(text, words)))))


def _tokens(text: str, words: dict[str, tuple[str, int | None]]) -> Iterable[_Token]:
    """What the text is made of, in one language.

    Raises:
        _Doubt: a word that is neither a day, nor an hour, nor one that means nothing here.
    """
    text = _DASHES.sub("-", unicodedata.normalize("NFKC", text)).replace("’", "'").lower()
    position, length = 0, len(text)
    while position < length:
        sign = text[position]
        if sign.isspace() and sign not in "\r\n":
            position += 1
        elif sign in "-":
            yield _Token(_RANGE, None, sign)
            position += 1
        elif sign in ",;/|&+\r\n()":
            yield _Token(_LIST, None, sign)
            position += 1
        elif sign in ":.=":
            position += 1
        elif (match := _PHRASE.match(text, position)) is not None:
            kind = _PHRASES[int(match.lastgroup[1:])][0]
            position = match.end()
            if kind == "ph":
                yield _Token(_DAY, frozenset({_HOLIDAY}), match[0])
            elif kind == "week":
                yield _Token(_DAILY, frozenset(range(5)), match[0])
            elif kind == "weekend":
                yield _Token(_DAILY, frozenset({5, 6}), match[0])
            elif kind == _DAILY:
                yield _Token(_DAILY, _ALL, match[0])
            elif kind:
                yield _Token(kind, None, match[0])
        elif (match := _TIME.match(text, position)) is not None:
            yield _Token("time", _clock(match, position), match[0])
            position = match.end()
        elif (match := _WORD.match(text, position)) is not None:
            word = match[0].rstrip(".")
            position = match.end()
            if word in _CLOCK_WORDS:
                yield _Token("time", _Clock(_CLOCK_WORDS[word], word, False, "p"), word)
            elif word in _MIDNIGHT_WORDS:
                yield _Token("time", _Clock(1440, word, False, "m"), word)
            elif word in ("uhr", "auer"):
                continue
            elif word not in words:
                raise _Doubt(_("« %(word)s » n’est pas compris.") % {"word": word}, position)
            else:
                kind, number = words[word]
                if kind == _DAY:
                    yield _Token(_DAY, frozenset({number}), word)
                elif kind:
                    yield _Token(kind, None, word)
        else:
            raise _Doubt(_("« %(word)s » n’est pas compris.") % {"word": sign}, position)


def _clock(match: re.Match, position: int) -> _Clock:
    hour, minute = int(match["hour"]), int(match["minute"] or match["four"] or 0)
    half = match["half"] or ""
    if minute > 59 or hour > 24 or (hour == 24 and minute) or (half and not 1 <= hour <= 12):
        raise _Doubt(_("« %(word)s » n’est pas une heure.") % {"word": match[0].strip()}, position)
    if half == "a" and hour == 12:
        hour = 24  # as an end it is midnight; as a beginning it is refused further on
    elif half == "p" and hour != 12:
        hour += 12
    bare = not (match["minute"] or match["word"] or match["four"] or half)
    return _Clock(hour * 60 + minute, match[0].strip(), bare, half)


# From words to what they say together


@dataclass(frozen=True, slots=True)
class _Unit:
    kind: str  # "days", "spans", _OFF, _APPOINTMENT
    value: object
    typed: str = ""


def _units(tokens: list[_Token]) -> list[_Unit]:
    """Lists of days, lists of spans, and the words between them."""
    units: list[_Unit] = []
    certain_24 = any(
        token.kind == "time" and not token.value.half and (token.value.minutes > 720 or not token.value.bare)
        for token in tokens
    )
    at = 0

    def kind(offset: int = 0) -> str | None:
        return tokens[at + offset].kind if at + offset < len(tokens) else None

    while at < len(tokens):
        token = tokens[at]
        if token.kind == _LIST:
            at += 1
        elif token.kind in (_DAY, _DAILY):
            days: frozenset[int] = frozenset()
            while True:
                if kind() == _DAY and kind(1) == _RANGE and kind(2) == _DAY:
                    days |= _between(tokens[at], tokens[at + 2])
                    at += 3
                else:
                    days |= tokens[at].value
                    at += 1
                ahead = at
                while ahead < len(tokens) and tokens[ahead].kind == _LIST:
                    ahead += 1
                if ahead < len(tokens) and tokens[ahead].kind in (_DAY, _DAILY) and token.kind == _DAY:
                    at = ahead
                else:
                    break
            units.append(_Unit("days", days, token.typed))
        elif token.kind == "time":
            spans = []
            while kind() == "time":
                if kind(1) != _RANGE or kind(2) != "time":
                    raise _Doubt(_("« %(word)s » est une heure seule.") % {"word": tokens[at].typed})
                spans.append(_span(tokens[at].value, tokens[at + 2].value, certain_24))
                at += 3
                ahead = at
                while ahead < len(tokens) and tokens[ahead].kind == _LIST:
                    ahead += 1
                if ahead < len(tokens) and tokens[ahead].kind == "time":
                    at = ahead
            units.append(_Unit("spans", tuple(spans), token.typed))
        elif token.kind == _ALL_DAY:
            units.append(_Unit("spans", ((0, 1440),), token.typed))
            at += 1
        elif token.kind in (_OFF, _APPOINTMENT):
            units.append(_Unit(token.kind, token.typed, token.typed))
            at += 1
        else:
            raise _Doubt(_("« %(word)s » n’est pas compris.") % {"word": token.typed})
    return units


def _between(first: _Token, last: _Token) -> frozenset[int]:
    (start,), (end,) = first.value, last.value
    if _HOLIDAY in (start, end) or start == end:
        raise _Doubt(
            _("« %(word)s » n’est pas une suite de jours.") % {"word": f"{first.typed}-{last.typed}"}
        )
    return frozenset(number % 7 for number in range(start, (end if end > start else end + 7) + 1))


def _span(opens: _Clock, closes: _Clock, certain_24: bool) -> tuple[int, int]:
    """Minutes of a span.

    Raises:
        _Doubt: the two hours can be read in more than one way.
    """
    typed = f"{opens.typed}-{closes.typed}"
    doubt = _Doubt(_("« %(hours)s » peut se lire de plusieurs façons.") % {"hours": typed})
    start, end = opens.minutes, closes.minutes
    if opens.half == "a" and start >= 1440:
        raise doubt  # "12am" is midnight, but those who open a shop with it mean noon
    if opens.half == "m":
        start = 0
    if closes.half == "p" and opens.bare and not opens.half:
        # "2-5pm" is one afternoon, "9-5pm" a day; "8-10pm" may be either.
        if start <= 6 * 60 or start == 720:
            start = start if start == 720 else start + 720
        elif start + 720 < end:
            raise doubt
    elif (closes.half in ("a", "p") and not opens.half) or (
        opens.half in ("a", "p") and not closes.half and not certain_24
    ):
        raise doubt
    elif opens.bare and closes.bare and not certain_24 and not 7 * 60 <= start < end <= 720:
        raise doubt  # no hour of the text shows that it counts to 24
    if start >= 1440:
        start -= 1440
    if end <= start:
        # Past midnight. Only evenings are believed: "9-6" is an office, not a night.
        if start < 12 * 60 or end > 8 * 60:
            raise doubt
        end = end or 1440
    return start, end


def _groups(units: list[_Unit]) -> list[tuple[frozenset[int] | None, str, object]]:
    """Who opens when: (days or None for no day at all, "spans" | off | appointment, spans)."""
    closed: list[frozenset[int]] = []
    rest: list[_Unit] = []
    at = 0
    while at < len(units):
        unit, after = units[at], units[at + 1] if at + 1 < len(units) else None
        before = rest[-1] if rest else None
        days_wait = before is not None and before.kind == "days"
        if unit.kind == _OFF and days_wait:
            closed.append(rest.pop().value)
            at += 1
        elif unit.kind == _OFF and after is not None and after.kind == "days":
            if at + 2 < len(units) and units[at + 2].kind == "spans":
                raise _Doubt(_("« %(word)s » : fermé ou ouvert ?") % {"word": after.typed})
            closed.append(after.value)
            at += 2
        elif unit.kind == _OFF:
            if len(units) > 1:
                raise _Doubt(_("« %(word)s » : on ne sait pas quel jour.") % {"word": unit.typed})
            closed.append(_ALL)
            at += 1
        else:
            rest.append(unit)
            at += 1
    kinds = [unit.kind for unit in rest]
    groups: list[tuple[frozenset[int] | None, str, object]] = []
    if len(rest) > 1 and kinds == ["spans", "days"] * (len(rest) // 2):
        groups = [
            (days.value, "spans", spans.value) for spans, days in zip(rest[::2], rest[1::2], strict=True)
        ]
    else:
        days: _Unit | None = None
        for unit in rest:
            if unit.kind == "days":
                if days is not None:
                    raise _Doubt(_("« %(word)s » : sans heures.") % {"word": days.typed})
                days = unit
            elif days is None and unit.kind == "spans" and groups:
                raise _Doubt(_("« %(word)s » : on ne sait pas quel jour.") % {"word": unit.typed})
            else:
                groups.append((days.value if days else None, unit.kind, unit.value))
                days = None
        if days is not None:
            # "24h/24 7j/7": the hours came first.
            if len(groups) == 1 and groups[0][:2] == (None, "spans"):
                groups = [(days.value, *groups[0][1:])]
            else:
                raise _Doubt(_("« %(word)s » : sans heures.") % {"word": days.typed})
    groups = _merge(groups)
    if closed and not groups and _ALL not in closed:
        groups.append((None, "unknown", None))  # when it is shut says nothing of the other days
    for days in closed:
        if any(days & (own or frozenset()) == own for own, kind, _v in groups if kind == "spans" and own):
            raise _Doubt(_("Un même jour a plusieurs horaires."))
        groups.append((days, _OFF, None))
    if not groups:
        raise _Doubt(_("Ces horaires ne sont pas compris."))
    return groups


def _merge(groups: list[tuple]) -> list[tuple]:
    """The same with each day named once: the morning and the afternoon of one day are one rule."""
    merged: list[tuple] = []
    for days, kind, value in groups:
        for index, (own, own_kind, spans) in enumerate(merged):
            if kind == own_kind == "spans" and own == days:
                merged[index] = (own, kind, (*spans, *value))
                break
            if days and own and days & own and not (index == 0 and own >= _ALL and own_kind == "spans"):
                raise _Doubt(_("Un même jour a plusieurs horaires."))
        else:
            merged.append((days, kind, value))
    for _days, kind, spans in merged:
        if kind != "spans":
            continue
        before = 0
        for start, end in sorted(spans):
            if start < before:
                raise _Doubt(_("Des heures se chevauchent."))
            before = end if end > start else 1440 + end
    return merged


def _write(groups: list[tuple[frozenset[int] | None, str, object]]) -> str:
    rules = []
    for days, kind, value in groups:
        names = _names(days) if days else ""
        if kind == _OFF:
            rules.append(f"{names} off" if days != _ALL else "off")
        elif kind == "unknown":
            rules.append("unknown")
        elif kind == _APPOINTMENT:
            separator = " || " if rules and not days else "; "
            rules.append(f'{separator}{names + " " if names else ""}"{value}"')
        elif value == ((0, 1440),) and (days is None or days >= _ALL):
            rules.append("24/7" if not days or days == _ALL else f"{names} 00:00-24:00")
        else:
            rules.append(f"{names or 'Mo-Su'} {','.join(map(_clocks, sorted(value)))}")
    text = ""
    for rule in rules:
        if rule.startswith((" || ", "; ")):
            text += rule if text else rule.lstrip(" |;")
        else:
            text += f"; {rule}" if text else rule
    return text


def _clocks(span: tuple[int, int]) -> str:
    start, end = span
    return f"{start // 60:02d}:{start % 60:02d}-{end // 60:02d}:{end % 60:02d}"


def _names(days: frozenset[int]) -> str:
    """``Mo-We,Fr,PH``; three days or more in a row are a range, round the week's end too."""
    week = days & _ALL
    names: list[str] = []
    if week == _ALL:
        names.append("Mo-Su")
    elif week:
        start = next(number for number in range(7) if number in week and (number - 1) % 7 not in week)
        number = start
        runs = []
        while number < start + 7:
            if number % 7 in week:
                last = number
                while (last + 1) % 7 in week and last + 1 < start + 7:
                    last += 1
                runs.append((number % 7, last % 7))
                number = last + 1
            number += 1
        for first, last in sorted(runs):
            names.append(_CODES[first] if first == last else f"{_CODES[first]}-{_CODES[last]}")
    if _HOLIDAY in days:
        names.append("PH")
    return ",".join(names)
