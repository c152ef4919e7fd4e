"""What is kept ends some day: every table has its row in docs/retention.md, and a clock walks past each term."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from accounts.jobs import forget_sessions
from accounts.models import LostAddress, User
from shops import retention
from shops.editing import leaving, revisions
from shops.models import (
    Change,
    Draft,
    Event,
    ImportRun,
    Invitation,
    Membership,
    Reminder,
    Report,
    Revision,
    Trader,
)
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H as AT

DAY = timedelta(days=1)
ALL = ["drafts", "reminders", "imports", "words"]


def night(at):
    for what in ALL:
        getattr(retention, f"forget_{what}")(at=at)
    retention.forget_traders()


def test_every_table_has_a_row():
    named = re.findall(r"`(\w+\.\w+)`", (settings.BASE_DIR / "docs/retention.md").read_text("utf-8"))
    there = {model._meta.label for model in apps.get_models(include_auto_created=True)}
    assert there - set(named) == set(), "say in docs/retention.md how long that is kept"
    assert {name for name in named if name.split(".")[0] in {"shops", "accounts", "mfa"}} <= there


def test_a_table_of_the_people_is_not_among_those_of_nobody():
    page = (settings.BASE_DIR / "docs/retention.md").read_text("utf-8")
    of_nobody = set(re.findall(r"`(\w+\.\w+)`", page.partition("## What is of nobody")[2]))
    for model in apps.get_models():
        if any(field.related_model is User for field in model._meta.fields if field.remote_field):
            assert model._meta.label not in of_nobody


def test_a_draft_goes_after_half_a_year(marie, marie_herself):
    Draft.objects.create(shop=marie, user=marie_herself, section="nom", saved_at=AT)
    night(AT + 179 * DAY)
    assert Draft.objects.exists()
    night(AT + 180 * DAY)
    assert not Draft.objects.exists()


def test_what_she_was_asked_goes_after_a_year(marie, marie_herself):
    Reminder.objects.create(shop=marie, user=marie_herself, purpose="confirm", groups=["hours"], sent_at=AT)
    night(AT + 364 * DAY)
    assert Reminder.objects.exists()
    night(AT + 365 * DAY)
    assert not Reminder.objects.exists()


def test_a_file_that_nobody_decided_on_is_dropped_and_forgotten_a_year_later(claire):
    run = ImportRun.objects.create(
        kind="shops", source="a.csv", content=b"Nina", state="ready", made_by=claire, made_at=AT
    )
    night(AT + 29 * DAY)
    run.refresh_from_db()
    assert run.content
    night(AT + 30 * DAY)
    run.refresh_from_db()
    assert (run.state, run.content) == ("dropped", None)
    night(AT + 395 * DAY)
    assert not ImportRun.objects.exists()


def make_trader(shop, by):
    return Trader.objects.create(
        shop=shop,
        legal_name="Marie Muller",
        address="Rue",
        email="m@x.example",
        certified_at=AT,
        certified_by=by,
    )


def test_legal_particulars_go_with_who_keeps_the_page(marie, marie_herself, paul, paul_himself):
    make_trader(marie, marie_herself)
    make_trader(paul, paul_himself)
    night(AT)
    assert Trader.objects.count() == 2
    leaving.give_back(marie, by=marie_herself, at=AT)
    assert Trader.objects.get().shop == paul
    # Whichever way nobody came to keep it.
    type(paul).objects.filter(pk=paul.pk).update(claimed_at=None)
    night(AT)
    assert not Trader.objects.exists()


def propose(shop, person, at, **wanted):
    with transaction.atomic():
        shop = revisions.locked(shop, at=at)
        revisions.propose(
            shop,
            wanted,
            base=revisions.seen_by_its_people(shop, list(wanted)),
            base_version=revisions.version_of(shop),
            by=person,
            side=ConfirmedBy.MERCHANT,
            at=at,
            note="Appelez-moi",
        )
    return Change.objects.latest("pk")


def test_words_around_a_settled_change_go_and_what_waits_stays(marie, marie_herself, claire):
    change = propose(marie, marie_herself, AT, summary="Chez Marie, 621 123 456.")
    night(AT + 900 * DAY)
    change.refresh_from_db()
    # The City still owes a word on it.
    assert change.after == "Chez Marie, 621 123 456."
    Change.objects.filter(pk=change.pk).update(
        state="refused", reason="private", words="Non.", decided_at=AT + DAY, appeal="Si.", appealed_at=AT
    )
    night(AT + 730 * DAY)
    change.refresh_from_db()
    assert change.after
    night(AT + 731 * DAY)
    change.refresh_from_db()
    assert (change.before, change.after, change.words, change.appeal) == (None, None, "", "")
    assert (change.state, change.reason) == ("refused", "private")
    assert Revision.objects.get().note == ""
    with pytest.raises(revisions.NotAllowed):
        revisions.undo_decision(change, by=claire, at=AT + 731 * DAY)


def test_a_session_that_is_over_is_forgotten(db):
    for age in (1, -1):
        session = SessionStore()
        session["x"] = age
        session.set_expiry(timezone.now() + age * DAY)
        session.save()
    forget_sessions(timestamp=0)
    assert Session.objects.count() == 1


# Accounts


def nights(first, last):
    """The nights of some days, as the worker has them."""
    told = deleted = 0
    day = first
    while day <= last:
        deleted += retention.delete_idle(at=day)
        told += retention.tell_idle(at=day)
        day += DAY
    return told, deleted


@pytest.fixture
def idle(marie, marie_herself, anna):
    """Marie and Anna, who last came in on that Tuesday."""
    User.objects.update(last_login=AT, created_at=AT - DAY)
    return marie


def test_an_account_nobody_uses_is_told_and_deleted(idle, letters, marie_herself, anna):
    assert nights(AT + 698 * DAY, AT + 699 * DAY) == (0, 0)
    assert nights(AT + 700 * DAY, AT + 729 * DAY) == (2, 0)
    assert sorted(letter["to"] for letter in letters()) == [anna.email, marie_herself.email]
    assert "24 novembre 2028" not in letters()[0]["subject"]
    User.objects.filter(pk=anna.pk).update(last_login=AT + 710 * DAY)
    assert nights(AT + 730 * DAY, AT + 731 * DAY) == (0, 1)
    assert [user.email for user in User.objects.all()] == [anna.email]
    # Nobody owns the page any more: it is the City's again, and Anna is told.
    idle.refresh_from_db()
    assert (idle.claimed_at, idle.status) == (None, "published")
    assert letters()[-1]["to"] == anna.email


def test_who_answered_a_reminder_is_not_idle(idle, marie_herself, anna):
    Event.note(idle, "facts:confirmed", by=marie_herself, at=AT + 600 * DAY)
    assert nights(AT + 700 * DAY, AT + 731 * DAY) == (1, 1)
    assert User.objects.get() == marie_herself


def test_nobody_is_deleted_untold_where_the_worker_stood_still(idle):
    assert nights(AT + 900 * DAY, AT + 929 * DAY) == (2, 0)
    assert nights(AT + 930 * DAY, AT + 930 * DAY) == (0, 2)


def test_the_citys_people_are_left_to_an_administrator(claire):
    User.objects.update(last_login=AT)
    assert nights(AT + 700 * DAY, AT + 735 * DAY) == (0, 0)


def test_with_her_account_goes_what_stands_under_her_address_elsewhere(marie, marie_herself, anna):
    make_member(marie, make_person("lea@boulangerie.example"))
    common = {"language": "fr", "created_at": AT}
    for kind in ("help", "hours"):
        Report.objects.create(kind=kind, shop=marie, email="MARIE@boulangerie.example", topic="t", **common)
    Report.objects.create(kind="help", shop=marie, email=anna.email, topic="t", **common)
    LostAddress.objects.create(name="M", phone="1", new_email=marie_herself.email, **common)
    LostAddress.objects.create(name="A", phone="1", new_email=anna.email, **common)
    Invitation.objects.create(
        shop=marie, email=marie_herself.email, role="till", created_at=AT, expires_at=AT, answered_at=AT
    )
    leaving.delete_account(marie_herself, at=AT)
    assert sorted(Report.objects.values_list("kind", "email")) == [("help", anna.email), ("hours", "")]
    assert LostAddress.objects.get().name == "A"
    assert not Invitation.objects.exists()


def test_the_whole_team_hears_that_the_page_is_given_back(marie, marie_herself, anna, tom, letters):
    leaving.give_back(marie, by=marie_herself, at=AT)
    assert not Membership.objects.exists()
    assert sorted(letter["to"] for letter in letters()) == [anna.email, tom.email]
    assert "rendue à la Ville" in letters()[0]["paragraphs"][0]


def test_the_page_on_privacy_says_the_same_terms(client, city):
    """Its words are the table's: who changes a constant changes the page, the table and this."""
    assert (retention.DRAFT_KEPT_FOR, retention.REMINDER_KEPT_FOR) == (180 * DAY, 365 * DAY)
    assert (retention.IDLE_FOR, retention.TOLD_BEFORE, retention.WORDS_KEPT_FOR) == (
        730 * DAY,
        30 * DAY,
        730 * DAY,
    )
    said = client.get(reverse("pages:privacy")).content.decode()
    for words in (
        "cookie de session",
        "après vingt-quatre mois ; nous vous écrivons un mois avant",
        "six mois au plus",
        "vos réponses : douze mois",
        "trois mois ensuite",
        "adresse perdue : quatre-vingt-dix jours",
        "registre de modération",
    ):
        assert words in said.replace("\N{NO-BREAK SPACE}", " ").replace("\N{NARROW NO-BREAK SPACE}", " ")
