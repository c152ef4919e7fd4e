"""Asking merchants whether their page is still right: who is asked what, and what their answers do.

At most one mail a week to a person, over all her shops. A mail asks several questions; each has its own link, which
leads to one question about one shop and does nothing by being followed.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import batched

from django.db import transaction
from django.db.models import Exists, OuterRef, Prefetch, Q

from accounts.models import User
from districts.models import City
from shops import catalogue, freshness
from shops.editing import facts, revisions
from shops.freshness import Stage
from shops.models import Membership, Reminder, Shop
from shops.models.membership import EDITING_ROLES
from shops.opening_hours import Hours, Place
from shops.opening_hours.engine import Kind
from shops.vocabulary import ConfirmedBy, FactGroup

BETWEEN_MAILS_DAYS = 7
# A shop whose people did not answer is asked again after so many days, until the City telephones.
ASKED_AGAIN_DAYS = 14
# How long before a public holiday is asked, and how near to one another holidays are asked about together.
AHEAD_DAYS = (21, 7)
TOGETHER_DAYS = 3
# The hour of the city's day at which mails leave.
HOUR = 9
PEOPLE_AT_A_TIME = 200

Purpose, Answer = Reminder.Purpose, Reminder.Answer


class Changed(Exception):
    """The page says something else now than when it was shown: it is to be looked at again."""


@dataclass
class Questions:
    """What one person is asked about one shop."""

    shop: Shop
    groups: list[FactGroup] = field(default_factory=list)
    holidays: list[tuple[date, int]] = field(default_factory=list)  # the day, and which of the two askings


# The day's mails


def send_due(*, at: datetime) -> int:
    """Write to whoever has something to answer and had no mail this week. Twice a day sends nothing twice.

    In batches, each person in a transaction of her own: a mail that could not be composed keeps nobody else's back.
    Returns how many mails were handed to the worker.
    """
    city = City.objects.get()
    today = at.astimezone(city.tz).date()
    place = catalogue.load_place(city)
    holidays = holidays_to_ask(place, today)
    sent = 0
    for people in batched(
        _candidates(city, today, at, _silent_hours(place, holidays)).iterator(PEOPLE_AT_A_TIME),
        PEOPLE_AT_A_TIME,
        strict=False,
    ):
        for person, questions in _questions_of(people, city, place, today, holidays, at):
            sent += _write_to(person, questions, today, city, at)
    return sent


def holidays_to_ask(place: Place, today: date) -> list[tuple[date, int]]:
    """The public holidays that are asked about today, each with the asking it belongs to (21 or 7 days ahead).

    Holidays close to each other are asked about together, with the first of them.
    """
    coming = sorted(day for day in place.holidays if today < day <= today + timedelta(days=60))
    asked, lead = [], None
    for previous, day in zip([None, *coming], coming, strict=False):
        if previous is None or (day - previous).days > TOGETHER_DAYS:
            lead = day
        days_left = (lead - today).days
        ahead = [days for days in AHEAD_DAYS if days_left <= days]
        if ahead:
            asked.append((day, ahead[-1]))
    return asked


def _silent_hours(place, holidays):
    """The hours, of claimed pages, that do not say what happens on one of these days. One query, and only if there are any.

    Worked out once for each expression: many shops keep the same hours, and few are silent.
    """
    if not holidays:
        return []
    claimed = Shop.objects.published().filter(claimed_at__isnull=False).exclude(hours_expression="")
    return [
        expression
        for expression in claimed.values_list("hours_expression", flat=True).distinct()
        if any(is_open_question(catalogue.parsed(expression, place), day) for day, _ahead in holidays)
    ]


def _candidates(city, today, at, silent_hours):
    """People who keep a page in which something may be due, and had no mail in the last days. In one order."""
    since = datetime.combine(
        today - timedelta(days=BETWEEN_MAILS_DAYS - 1), datetime.min.time(), tzinfo=city.tz
    )
    shops = Q(shop__status=Shop.Status.PUBLISHED, shop__claimed_at__isnull=False)
    shops &= Q(shop__due_at__lte=at) | Q(shop__hours_expression__in=silent_hours)
    pages = Membership.objects.filter(
        shops, user=OuterRef("pk"), role__in=EDITING_ROLES, wants_reminders=True
    )
    lately = Reminder.objects.filter(user=OuterRef("pk"), sent_at__gte=since)
    return User.objects.filter(Exists(pages), ~Exists(lately), is_active=True).order_by("pk")


def _questions_of(people, city, place, today, holidays, at):
    """What these people are asked: (person, questions). Six queries, however many people."""
    memberships = (
        Membership.objects.filter(
            user__in=people,
            role__in=EDITING_ROLES,
            wants_reminders=True,
            shop__status=Shop.Status.PUBLISHED,
            shop__claimed_at__isnull=False,
        )
        .prefetch_related(
            Prefetch("shop", Shop.objects.defer("search").select_related("category", "district")),
            "shop__links",
            "shop__special_days",
            "shop__other_categories",
        )
        .order_by("user", "pk")
    )
    asked = {}
    for reminder in Reminder.objects.filter(user__in=people, sent_at__gt=at - timedelta(days=60)):
        asked.setdefault((reminder.user_id, reminder.shop_id), []).append(reminder)
    by_person = {}
    for membership in memberships:
        shop = facts.with_today(membership.shop, at, city)
        before = asked.get((membership.user_id, shop.pk), [])
        questions = Questions(shop, holidays=_holidays_for(shop, holidays, place, before))
        if not any(
            reminder.purpose == Purpose.CONFIRM
            and (today - reminder.sent_at.astimezone(city.tz).date()).days < ASKED_AGAIN_DAYS
            for reminder in before
        ):
            questions.groups = due_groups(shop, city, at)
        if questions.groups or questions.holidays:
            by_person.setdefault(membership.user_id, []).append(questions)
    return [(person, by_person[person.pk]) for person in people if person.pk in by_person]


def due_groups(shop, city, at: datetime) -> list[FactGroup]:
    """The groups that its people are asked to confirm. Once the City telephones, mails are over.

    What is empty is not asked about: there is nothing to say yes to.
    """
    due = freshness.groups_at(shop, city, at, Stage.DUE, Stage.STALE, Stage.SUNK)
    return [group for group in due if any(facts.read(shop, names_of(group)).values())]


def _holidays_for(shop, holidays, place, before):
    hours = catalogue.hours_of(shop, place)
    done = {(reminder.holiday_on, reminder.ahead_days) for reminder in before}
    return [
        (day, ahead) for day, ahead in holidays if (day, ahead) not in done and is_open_question(hours, day)
    ]


def _write_to(person, questions, today, city, at) -> bool:
    """One mail, with a reminder for each question. Nothing when another process has just written to her."""
    from shops import mails

    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        last = Reminder.objects.filter(user=person).values_list("sent_at", flat=True).first()
        if last and (today - last.astimezone(city.tz).date()).days < BETWEEN_MAILS_DAYS:
            return False
        asked = []
        for one in questions:
            new = []
            if one.groups:
                new.append(Reminder(purpose=Purpose.CONFIRM, groups=one.groups))
            new += [
                Reminder(purpose=Purpose.HOLIDAY, holiday_on=day, ahead_days=ahead)
                for day, ahead in one.holidays
            ]
            for reminder in new:
                reminder.shop, reminder.user, reminder.sent_at = one.shop, person, at
            asked.append((one.shop, Reminder.objects.bulk_create(new)))
        mails.reminder(person, asked).post()
    return True


# What is shown, and answered


def names_of(*groups) -> list[str]:
    """The facts of some groups."""
    return [name for name, fact in facts.FACTS.items() if fact.group in groups]


def fingerprint(shop, names: Iterable[str]) -> str:
    """What tells whether these facts are still those that somebody looked at. The shop carries `today`."""
    said = json.dumps(facts.read(shop, names), sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def confirm(reminder: Reminder, *, seen: str, at: datetime) -> None:
    """« Tout est juste »: confirm what was seen, in the person's name. Answered once: a second time does nothing.

    Raises Gone, and Changed where the page says something else by now.
    """
    with transaction.atomic():
        reminder, shop = _locked(reminder, at)
        if reminder.answered_at:
            return
        if fingerprint(shop, names_of(*reminder.groups)) != seen:
            raise Changed
        revisions.confirm(
            shop, reminder.groups, by=reminder.user, side=ConfirmedBy.MERCHANT, at=at, why="reminder"
        )
        reminder.note_answer(Answer.RIGHT, at=at)


def is_open_question(hours: Hours, day: date) -> bool:
    """Whether nobody has said what happens on this public holiday, on a day that would be open otherwise."""
    return hours.is_silent_holiday(day) and bool(usual_spans(hours, day))


def usual_spans(hours: Hours, day: date) -> str:
    """The hours of a day as they would be if it were no holiday, as `SpecialDay.hours` writes them; "" when closed."""
    spans = _ordinary(hours).spans(day, day).get(day, [])
    return ",".join(
        f"{_clock(span.start)}-{'24:00' if span.end == 1440 else _clock(span.end)}"
        for span in spans
        if span.kind is Kind.OPEN
    )


def usual_day(hours: Hours, day: date):
    """The same as a line of the week's table."""
    return _ordinary(hours).week(day)[0]


def _ordinary(hours):
    """The same hours where no day is a holiday."""
    return Hours.parse(hours.expression, Place(hours.place.time_zone, hours.place.country, {}))


def _clock(minutes):
    return f"{minutes // 60 % 24:02d}:{minutes % 60:02d}"


def is_told(shop, day: date) -> bool:
    """Whether the shop's special days say something of a day already."""
    return any(special.start_on <= day <= special.end_on for special in shop.special_days.all())


def answer_holiday(reminder: Reminder, answer: str, *, hours: str = "", at: datetime) -> None:
    """« Ouvert le 23 juin ? »: write the day to the page, by the one door. Answered once.

    `hours` are those of the day (`10:00-16:00`), where the answer is OTHER. Raises Gone; Changed where somebody has
    said something of that day meanwhile.
    """
    with transaction.atomic():
        reminder, shop = _locked(reminder, at)
        if reminder.answered_at:
            return
        day = reminder.holiday_on
        if day < shop.today:
            raise Reminder.Gone
        if is_told(shop, day):
            raise Changed
        if answer == Answer.USUAL:
            hours = usual_spans(catalogue.hours_of(shop, catalogue.load_place()), day)
            if not hours:
                raise Changed
        said = {
            "start_on": day.isoformat(),
            "end_on": day.isoformat(),
            "hours": "" if answer == Answer.CLOSED else hours,
            "reason": "public_holiday",
            "note": "",
        }
        base = revisions.seen_by_its_people(shop, ["special_days"])
        wanted = sorted([*base["special_days"], said], key=lambda one: (one["start_on"], one["end_on"]))
        saved = revisions.propose(
            shop,
            {"special_days": wanted},
            base=base,
            base_version=revisions.version_of(shop),
            by=reminder.user,
            side=ConfirmedBy.MERCHANT,
            at=at,
            # Who says what happens on one day has not looked at the week.
            vouches=False,
        )
        if not saved:
            raise Changed
        reminder.note_answer(answer, at=at)


def stop(reminder: Reminder) -> None:
    """No more reminders of this page for this person. Turned on again at the desk."""
    Membership.objects.filter(shop=reminder.shop_id, user=reminder.user_id).update(wants_reminders=False)


def _locked(reminder, at):
    """The question and its shop, held and as they are now. The shop first, as everywhere. Raises Gone."""
    shop = revisions.locked(reminder.shop, at=at)
    reminder = Reminder.objects.select_for_update(of=("self",)).select_related("user").get(pk=reminder.pk)
    reminder.shop = shop
    reminder.must_be_open(at)
    return reminder, shop
