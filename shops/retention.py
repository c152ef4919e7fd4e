"""What people left with us goes when its time is over: docs/retention.md is the table, the jobs of the night call this."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Greatest

from accounts.models import User
from shops import letters
from shops.editing import leaving
from shops.models import Change, Draft, Event, ImportRun, Membership, Reminder, Revision, Trader

DRAFT_KEPT_FOR = timedelta(days=180)
REMINDER_KEPT_FOR = timedelta(days=365)
# A file that nobody decided on is dropped with its content; what was read in a file is told for a year.
FILE_WAITS_FOR, IMPORT_KEPT_FOR = timedelta(days=30), timedelta(days=365)
# What was said about a change, and what a change would have put on the page and did not.
WORDS_KEPT_FOR = timedelta(days=730)
# Nobody came in for so long; told a month before, so that coming in once is enough to stay.
IDLE_FOR, TOLD_BEFORE = timedelta(days=730), timedelta(days=30)
TOLD = "account:told_idle"

State = Change.State


def forget_drafts(*, at: datetime) -> int:
    return Draft.objects.filter(saved_at__lte=at - DRAFT_KEPT_FOR).delete()[0]


def forget_reminders(*, at: datetime) -> int:
    return Reminder.objects.filter(sent_at__lte=at - REMINDER_KEPT_FOR).delete()[0]


def forget_imports(*, at: datetime) -> int:
    """Drop files that nobody decided on, and forget what was read in those that ended long ago."""
    for run in ImportRun.objects.filter(state=ImportRun.State.READY, made_at__lte=at - FILE_WAITS_FOR):
        run.drop(at=at)
    return ImportRun.objects.filter(ended_at__lte=at - IMPORT_KEPT_FOR).delete()[0]


def forget_traders() -> int:
    """Legal particulars are of who keeps a page: one that nobody keeps has none, whichever way that came."""
    return Trader.objects.filter(shop__claimed_at=None).delete()[0]


def forget_words(*, at: datetime) -> int:
    """Forget what people wrote around changes that are settled, and what never came to stay on the page.

    What was published stays in the page's history, as do the decisions themselves: who wants to count them can.
    """
    old = Change.objects.filter(revision__at__lte=at - WORDS_KEPT_FOR).filter(
        Q(decided_at=None) | Q(decided_at__lte=at - WORDS_KEPT_FOR),
        Q(appealed_at=None) | Q(appealed_at__lte=at - WORDS_KEPT_FOR),
    )
    old = old.exclude(pk__in=Change.objects.open().values("pk"))
    with transaction.atomic():
        said = old.exclude(appeal="", words="").update(appeal="", words="")
        never = old.filter(state__in=[State.REFUSED, State.WITHDRAWN, State.UNDONE])
        said += never.exclude(before__isnull=True, after__isnull=True).update(
            before=None, after=None, replaced=None, applied=None, vouched=None
        )
        settled = Revision.objects.filter(at__lte=at - WORDS_KEPT_FOR).exclude(
            Exists(Change.objects.open().filter(revision=OuterRef("pk")))
        )
        settled.exclude(note="").update(note="")
        # That there was an agreement is part of the record; how it was given is a person's word.
        settled.exclude(consent__in=["", "–"]).update(consent="–")
    return said


# Accounts


def _quiet_since(moment):
    """Merchants who neither came in nor did anything since. An answer to a reminder is something: it asks for no door."""
    did = Event.objects.filter(by=OuterRef("pk"), at__gt=moment).exclude(kind=TOLD)
    came = Greatest(F("created_at"), Coalesce(F("last_login"), F("created_at")))
    return (
        User.objects.filter(is_superuser=False, city_roles=[])
        .annotate(came_at=came)
        .filter(~Exists(did), came_at__lte=moment)
    )


def tell_idle(*, at: datetime) -> int:
    """Write to those whose account ends in a month if they do not come in. Once; returns how many."""
    told = Event.objects.filter(kind=TOLD, by=OuterRef("pk"), at__gt=at - 2 * TOLD_BEFORE)
    people = _quiet_since(at - IDLE_FOR + TOLD_BEFORE).filter(~Exists(told))
    for person in people:
        with transaction.atomic():
            Event.note(None, TOLD, by=person, at=at)
            letters.tell_idle(person, ends_at=at + TOLD_BEFORE)
    return len(people)


def delete_idle(*, at: datetime) -> int:
    """Delete the accounts that were told a month ago and stayed quiet. Pages that only they owned are given back.

    Nobody is deleted untold: where the worker stood still, the month begins with the letter.
    """
    told = Event.objects.filter(
        kind=TOLD, by=OuterRef("pk"), at__lte=at - TOLD_BEFORE, at__gt=at - 2 * TOLD_BEFORE
    )
    people = _quiet_since(at - IDLE_FOR).filter(Exists(told))
    for person in people:
        with transaction.atomic():
            for member in Membership.objects.filter(user=person).select_related("shop").order_by("shop"):
                if member.shop.status != member.shop.Status.MERGED and member.is_last_owner():
                    leaving.give_back(member.shop, by=person, at=at, why="idle")
            leaving.delete_account(person, at=at)
    return len(people)
