"""An opening_hours expression taken apart into its rules.

The library parses and evaluates; this file only rearranges. It works on the library's own canonical spelling
(``str(OpeningHours(text))``), where rules are separated by ``; ``, ``, `` or `` || `` and nothing else varies.

Two things are rearranged, because the library cannot be told about them:

* **Who owns the night.** For the library the days of a rule are calendar days: in ``19:00-02:00; Mo off`` it shuts
  on Monday at 0:00 (the end of Sunday's evening) and opens on Tuesday at 0:00 (the end of an evening that never
  was). For people the hours after midnight belong to the evening before. So every expression becomes two: its
  *heads* (until 24:00) and its *tails* (what is left, told from 0:00, on the day that owns it). Neither crosses
  midnight, so the library's rules for overriding a day are right in both, and so is their sum.
* **Public holidays.** Its tables cannot be replaced and lack some countries. ``PH`` is exchanged for "every day" in a
  second copy that is asked only about the days which are holidays in the city's own list.
"""

import re
from dataclasses import dataclass, replace
from datetime import date

# Comments carry these marks through the library; no merchant can type them (see `engine.clean`).
BY_APPOINTMENT = "\x01"
CLOSED_ON_PURPOSE = "\x02"
NO_TAIL = "\x03"

_EVENT = r"(?:dawn|sunrise|sunset|dusk)"
_TIME = rf"(?:\d\d:\d\d|{_EVENT}|\({_EVENT}[+-]\d\d:\d\d\))"
_SPAN = rf"{_TIME}(?:-{_TIME}(?:\+|/\d\d:\d\d|/\d\d)?|\+)"
_SEPARATOR = re.compile(r'("[^"]*")|(; |, | \|\| )')
_RULE = re.compile(
    rf'(?P<days>(?:(?!{_SPAN})[^"])*?) ?'
    rf"(?P<times>{_SPAN}(?:,{_SPAN})*)? ?"
    r"(?P<kind>closed|unknown|open)? ?"
    r'(?P<comment>"[^"]*")?'
)
_CLOCK_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)(\+?)")
_HOLIDAY = re.compile(r"\b(?:PH|SH)\b(?: [+-]?\d+ days?)?")
_ONLY_WEEKDAYS = re.compile(r"(?:(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?,?)+")
_DAY_OF_MONTH = re.compile(r"(?:(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d|easter)")
_YEAR = re.compile(r"\b(?:19|[2-9]\d)\d\d\b")
# Words by which a merchant says that the door opens only to those who are expected, in the languages of the data.
_EXPECTED = re.compile(
    r"rendez[- ]?vous|\br\.?d\.?v\b|appoint?ment|reservation|réservation|registration|\btermin|vereinbarung"
    r"|voranmeldung|anmeldung|ofsprooch|rendezvous|op ufro|sopimuk|ajanvarau|afspraak|su appuntamento",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of an expression, in the library's spelling."""

    separator: (
        str  # "; " (overrides the days it names), ", " (adds to them) or " || " (when nothing else fits)
    )
    days: str
    times: str
    kind: str  # "open", "closed" or "unknown"
    comment: str

    def __str__(self) -> str:
        """The rule as text, without its separator. Safe after any separator: it never starts with a time alone."""
        kind = self.kind if self.kind != "open" or self.comment else ""
        comment = f'"{self.comment}"' if self.comment else ""
        # The library takes an expression that ends with "|| 24/7" for constant and skips its other days.
        days = "Mo-Su" if self.days == "24/7" and self.separator == " || " else self.days
        if not days and (self.separator == ", " or not (self.times or self.kind != "open")):
            days = "Mo-Su"
        return " ".join(part for part in (days, self.times, kind, comment) if part)

    @property
    def spans(self) -> list[str]:
        return self.times.split(",") if self.times else []

    @property
    def names_holidays(self) -> bool:
        return _HOLIDAY.search(self.days) is not None

    @property
    def is_appointment(self) -> bool:
        """Whether the door opens only by agreement: a rule that is only a comment, or one whose comment says so."""
        if self.kind != "open" or not self.comment:
            return False
        return not self.times or says_appointment(self.comment)

    @property
    def names_certain_days(self) -> bool:
        """Whether the rule was written for particular dates, so that it also speaks of a holiday among them."""
        if self.days == "24/7":
            return self.kind != "open" or not self.comment
        if not _DAY_OF_MONTH.search(self.days):
            return False
        is_range = re.search(r"\w-\w", _ONLY_WEEKDAYS.sub("", self.days)) is not None
        return self.kind == "closed" or not is_range or _YEAR.search(self.days) is not None


def says_appointment(comment: str) -> bool:
    """Whether a comment says that visitors announce themselves."""
    return _EXPECTED.search(comment) is not None


def split(canonical: str) -> list[Rule] | None:
    """The rules of an expression in canonical spelling, or None where this file does not recognise one."""
    # The library writes the offset of a holiday in a form that it cannot read again.
    canonical = re.sub(r"\b(PH|SH) (\d+ days?)", r"\1 +\2", canonical)
    pieces, start, separator = [], 0, "; "
    for match in _SEPARATOR.finditer(canonical):
        if match[2]:
            pieces.append((separator, canonical[start : match.start()]))
            start, separator = match.end(), match[2]
    pieces.append((separator, canonical[start:]))
    rules = []
    for separator, text in pieces:
        match = _RULE.fullmatch(text)
        if match is None:
            return None
        rules.append(
            Rule(
                separator=separator,
                days=match["days"].strip(),
                times=match["times"] or "",
                kind=match["kind"] or "open",
                comment=(match["comment"] or "").strip('"'),
            )
        )
    return _only_closures(_join_day_lists(rules))


def _only_closures(rules: list[Rule]) -> list[Rule]:
    """``PH off`` alone tells when a shop is shut, not that it never opens: the other days are unknown."""
    says_more = any(
        rule.kind != "closed" or (not rule.times and rule.days in ("", "24/7", "Mo-Su")) for rule in rules
    )
    return rules if says_more else [Rule("; ", "", "", "unknown", ""), *rules]


def _join_day_lists(rules: list[Rule]) -> list[Rule]:
    """``Sa, Su 09:00-16:00`` means both days from nine to four; the library reads Saturday as open all day."""
    joined: list[Rule] = []
    for rule in rules:
        before = joined[-1] if joined else None
        if (
            before is not None
            and rule.separator == ", "
            and rule.times
            and not before.times
            and before.kind == "open"
            and not before.comment
            and _ONLY_WEEKDAYS.fullmatch(before.days)
            and _ONLY_WEEKDAYS.fullmatch(rule.days)
        ):
            joined[-1] = replace(rule, separator=before.separator, days=f"{before.days},{rule.days}")
        else:
            joined.append(rule)
    return joined


def join(rules: list[Rule]) -> str:
    """The rules as one expression."""
    return "".join(("" if not index else rule.separator) + str(rule) for index, rule in enumerate(rules))


def _clock(span: str) -> tuple[int, int] | None:
    """Minutes of a span told by the clock, its end after its start; None for the sun's."""
    match = _CLOCK_SPAN.fullmatch(span)
    if match is None:
        return None
    start = int(match[1]) * 60 + int(match[2])
    end = int(match[3]) * 60 + int(match[4])
    return start, end if end > start else end + 1440


def is_clock(span: str) -> bool:
    """Whether a span is told by the clock from beginning to end, once."""
    return not span.endswith("+") and _clock(span) is not None


def _text(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def open_ends(rules: list[Rule]) -> frozenset[int]:
    """Minutes of the day at which a span ends "or later" (``18:00-22:00+``): nobody knows when the door shuts."""
    ends = set()
    for rule in rules:
        for span in rule.spans:
            if span.endswith("+"):
                clock = _clock(span)
                ends.add(clock[1] % 1440 if clock else 0)
    return frozenset(ends)


def needs_the_sun(rules: list[Rule]) -> bool:
    return any(re.search(_EVENT, rule.times) for rule in rules)


def heads_and_tails(rules: list[Rule]) -> tuple[str, str | None]:
    """The expression until midnight, and what its evenings leave after it (None when nothing does).

    The second is written on the day that owns the evening and from 0:00: its Monday 00:00-02:00 is Tuesday's.
    Evenings that end with the sun stay as the library sees them.
    """
    heads, tails, has_tail = [], [], False
    for rule in rules:
        clocks = [_clock(span) for span in rule.spans]
        head, tail = [], []
        for span, clock in zip(rule.spans, clocks, strict=True):
            if clock is None or clock[1] <= 1440:
                head.append(span)
            else:
                head.append(f"{_text(clock[0])}-24:00")
                tail.append(f"00:00-{_text(clock[1] - 1440)}")
        comment = rule.comment
        if rule.kind == "closed" and rule.times:
            comment = CLOSED_ON_PURPOSE + comment
        heads.append(replace(rule, times=",".join(head), comment=comment))
        if tail:
            has_tail = True
            tails.append(replace(rule, times=",".join(tail)))
        elif not rule.times or (rule.separator != ", " and rule.kind != "closed"):
            # The rule decides about the whole day, so also about what follows it: nothing.
            tails.append(replace(rule, times="", kind="closed", comment=NO_TAIL))
    return join(heads), join(tails) if has_tail else None


def mark_appointments(rules: list[Rule]) -> list[Rule]:
    """Rules that open only by agreement are not certain: the library calls them open."""
    return [
        replace(rule, kind="unknown", comment=BY_APPOINTMENT + rule.comment) if rule.is_appointment else rule
        for rule in rules
    ]


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATED = re.compile(
    rf"(\d{{4}}) ({'|'.join(_MONTHS)}) (\d\d?)(?:-(\d{{4}}) ({'|'.join(_MONTHS)}) (\d\d?))?", re.ASCII
)


def dated_days(rules: list[Rule]) -> list[tuple[date, date]] | None:
    """The runs of dates named, if beside them the rules speak of weekdays and public holidays only; else None."""
    found = []
    for rule in rules:
        if rule.separator == " || ":
            return None
        if is_weekly(rule):
            continue
        for part in rule.days.split(","):
            match = _DATED.fullmatch(part)
            if match is None:
                return None
            try:
                first = date(int(match[1]), _MONTHS.index(match[2]) + 1, int(match[3]))
                last = date(int(match[4]), _MONTHS.index(match[5]) + 1, int(match[6])) if match[4] else first
            except ValueError:
                return None
            found.append((first, last))
    return _without_overlap(found)


def _without_overlap(runs: list[tuple[date, date]]) -> list[tuple[date, date]]:
    apart: list[tuple[date, date]] = []
    for first, last in sorted(runs):
        if apart and first <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], last))
        else:
            apart.append((first, last))
    return apart


def holiday_words(rules: list[Rule]) -> frozenset[str]:
    """The holiday selectors used: ``PH``, ``PH +1 day``, ``SH``…"""
    return frozenset(word for rule in rules for word in _HOLIDAY.findall(rule.days))


def days_after_holiday(word: str) -> int | None:
    """How many days after a public holiday ``PH +1 day`` means; None for school holidays, of which there is no list."""
    if not word.startswith("PH"):
        return None
    match = re.search(r"[+-]?\d+", word)
    return int(match[0]) if match else 0


def with_holidays(rules: list[Rule], true_words: frozenset[str]) -> list[Rule]:
    """The rules as they are on a day of which exactly `true_words` hold, without any holiday selector left."""
    result = []
    for rule in rules:
        words = _HOLIDAY.findall(rule.days)
        if words:
            holds = any(word in true_words for word in words)
            if holds:
                # Either the holiday or the weekdays beside it: on this day the list is true as a whole.
                days = _replace_weekdays(rule.days, "Mo-Su")
            else:
                days = _HOLIDAY.sub("", rule.days)
                days = re.sub(r",(?=,|$)|(?<=[ ,]),|^,", "", days).strip()
                if _replace_weekdays(rule.days, "") == days:
                    continue  # nothing but holidays: the rule is silent
            rule = replace(rule, days=days)
        result.append(rule)
    return result or [Rule("; ", "", "", "closed", "")]


_WEEKDAY_LIST = re.compile(
    r"(?:(?:PH|SH)(?: [+-]?\d+ days?)?|(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?(?:\[[-\d,]+\])?"
    r"(?: [+-]?\d+ days?)?)(?:,(?:(?:PH|SH)(?: [+-]?\d+ days?)?|(?:Mo|Tu|We|Th|Fr|Sa|Su)"
    r"(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?(?:\[[-\d,]+\])?(?: [+-]?\d+ days?)?))*$"
)


def _replace_weekdays(days: str, by: str) -> str:
    return _WEEKDAY_LIST.sub(by, days).strip()


def is_weekly(rule: Rule) -> bool:
    """Whether the rule names weekdays and public holidays only."""
    return (
        rule.days in ("", "24/7")
        or re.fullmatch(
            r"(?:PH|(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?)"
            r"(?:,(?:PH|(?:Mo|Tu|We|Th|Fr|Sa|Su)(?:-(?:Mo|Tu|We|Th|Fr|Sa|Su))?))*",
            rule.days,
        )
        is not None
    )
