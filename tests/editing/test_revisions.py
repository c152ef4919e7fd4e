"""A save is a revision: what may go live goes live, the rest waits, and nothing is lost on the way."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from shops.editing import facts, revisions, rules
from shops.editing.revisions import Accept, NotAllowed, Refuse
from shops.models import Catalogue, Change, Event, Shop
from shops.vocabulary import ConfirmedBy
from tests.people import make_person
from tests.shops.factories import TUESDAY_10H

LATER = TUESDAY_10H + timedelta(hours=1)
State = Change.State


def seen(shop, at=TUESDAY_10H):
    shop.refresh_from_db()
    from districts.models import City

    return revisions.seen_by_its_people(facts.with_today(shop, at, City.objects.get()))


def save(shop, by, at=TUESDAY_10H, base=None, side=ConfirmedBy.MERCHANT, **values):
    base = base or seen(shop, at)
    return revisions.propose(
        shop,
        values,
        base=base,
        base_version=revisions.version_of(shop),
        by=by,
        side=side,
        at=at,
    )


def test_hours_go_live_at_once_and_a_text_waits(marie, marie_herself):
    version = Catalogue.objects.get().version
    saved = save(marie, marie_herself, opening_hours="Mo-Fr 07:00-19:00", summary="Du pain au levain.")
    assert (saved.live, saved.waiting) == (["opening_hours"], ["summary"])
    marie.refresh_from_db()
    assert (marie.opening_hours, marie.summary) == ("Mo-Fr 07:00-19:00", "")
    assert marie.hours_expression == "Mo-Fr 07:00-19:00"
    assert (marie.hours_confirmed_by, marie.hours_confirmed_at) == ("merchant", TUESDAY_10H)
    assert Catalogue.objects.get().version == version + 1
    assert list(Event.objects.order_by("pk").values_list("kind", "by")) == [
        ("facts:live", marie_herself.pk),
        ("facts:proposed", marie_herself.pk),
    ]


def test_what_equals_what_was_seen_is_left_alone(marie, marie_herself):
    assert save(marie, marie_herself, phone=marie.phone).revision is None
    assert not Event.objects.exists()


def test_a_later_proposal_takes_the_earlier_ones_place(marie, marie_herself):
    save(marie, marie_herself, summary="Du pain.")
    save(marie, marie_herself, summary="Du pain au levain.")
    assert list(Change.objects.order_by("pk").values_list("after", "state")) == [
        ("Du pain.", State.REPLACED),
        ("Du pain au levain.", State.WAITING),
    ]
    assert seen(marie)["summary"] == "Du pain au levain."


def test_putting_back_what_is_live_withdraws_what_waits(marie, marie_herself):
    save(marie, marie_herself, summary="Du pain.")
    saved = save(marie, marie_herself, summary="")
    assert saved.withdrawn == ["summary"]
    assert not Change.objects.waiting().exists()


def test_a_field_that_a_colleague_changed_meanwhile_is_a_conflict_and_nothing_is_written(
    marie, marie_herself
):
    base = seen(marie)
    save(marie, make_person("anna@boulangerie.example"), phone="+352621111111")
    saved = save(marie, marie_herself, base=base, phone="+352621222222", opening_hours="Mo 08:00-12:00")
    (conflict,) = saved.conflicts
    assert (conflict.name, conflict.now, conflict.wanted) == ("phone", "+352621111111", "+352621222222")
    marie.refresh_from_db()
    assert (marie.phone, marie.opening_hours != "Mo 08:00-12:00") == ("+352621111111", True)


def test_a_colleagues_change_of_another_field_is_none(marie, marie_herself):
    base = seen(marie)
    save(marie, make_person("anna@boulangerie.example"), phone="+352621111111")
    assert save(marie, marie_herself, base=base, opening_hours="Mo 08:00-12:00").live == ["opening_hours"]


def decide(shop, claire, *decisions, at=LATER):
    changes = Change.objects.filter(shop=shop, state__in=[State.WAITING, State.LIVE]).order_by("pk")
    return revisions.decide(
        shop,
        dict(zip([change.pk for change in changes], decisions, strict=True)),
        by=claire,
        at=at,
    )


def test_claire_accepts_one_fact_and_refuses_another(marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain au levain.", name="Meilleure boulangerie !!!")
    summary, name = Change.objects.order_by("field").values_list("pk", flat=True)[::-1]
    decided = revisions.decide(
        marie, {summary: Accept(), name: Refuse("advertising", "Le nom seul.")}, by=claire, at=LATER
    )
    assert len(decided.done) == 2
    marie.refresh_from_db()
    assert (marie.summary, marie.name) == ("Du pain au levain.", "Boulangerie Um Eck")
    assert set(Event.objects.values_list("kind", flat=True)) == {
        "facts:proposed",
        "facts:accepted",
        "facts:refused",
    }
    # One letter to Marie, in the transaction of the decision.
    (job,) = ProcrastinateJob.objects.filter(task_name="vitrine.jobs.send_letter")
    assert job.args["letter"]["to"] == marie_herself.email
    assert "Le nom seul." in " ".join(job.args["letter"]["paragraphs"])


def test_claire_puts_a_text_right_and_accepts_it(marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain au levin.")
    decide(marie, claire, Accept(edited="Du pain au levain.", is_edited=True))
    marie.refresh_from_db()
    assert marie.summary == "Du pain au levain."
    assert Change.objects.get().applied == "Du pain au levain."


def test_where_the_base_moved_claire_sees_the_conflict_and_may_go_over_it(marie, marie_herself, claire):
    save(marie, marie_herself, name="Um Eck")
    live = {"name": "Boulangerie Um Eck"}
    save(marie, claire, side=ConfirmedBy.CITY, base=live, name="Boulangerie du Coin")
    decided = decide(marie, claire, Accept())
    ((_change, conflict),) = decided.conflicts
    assert (conflict.before, conflict.now, conflict.wanted) == (
        "Boulangerie Um Eck",
        "Boulangerie du Coin",
        "Um Eck",
    )
    decide(marie, claire, Accept(over=True))
    marie.refresh_from_db()
    assert marie.name == "Um Eck"


def test_the_city_writing_what_a_merchant_proposed_is_a_yes(marie, marie_herself, claire):
    save(marie, marie_herself, name="Um Eck")
    save(marie, claire, side=ConfirmedBy.CITY, base={"name": "Boulangerie Um Eck"}, name="Um Eck")
    assert Change.objects.get(revision__by=marie_herself).state == State.ACCEPTED


def test_the_second_moderator_is_told(marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain.")
    change = Change.objects.get()
    revisions.decide(marie, {change.pk: Accept()}, by=claire, at=LATER)
    second = make_person("carlo@ville.example")
    decided = revisions.decide(marie, {change.pk: Refuse("wrong")}, by=second, at=LATER)
    assert [change.decided_by for change in decided.already] == [claire]
    marie.refresh_from_db()
    assert marie.summary == "Du pain."


def test_what_went_live_is_checked_or_put_back(marie, marie_herself, claire):
    old = marie.phone
    save(marie, marie_herself, phone="+352621999999", services=["pickup"])
    phone, services = Change.objects.order_by("field")
    revisions.decide(marie, {phone.pk: Refuse("wrong"), services.pk: Accept()}, by=claire, at=LATER)
    marie.refresh_from_db()
    assert (marie.phone, marie.services) == (old, ["pickup"])
    assert set(Change.objects.values_list("state", flat=True)) == {State.REVERTED, State.CHECKED}


def test_a_decision_can_be_undone(marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain.")
    decide(marie, claire, Accept())
    revisions.undo_decision(Change.objects.get(), by=claire, at=LATER)
    marie.refresh_from_db()
    assert (marie.summary, Change.objects.get().state) == ("", State.WAITING)
    decide(marie, claire, Refuse("wrong"))
    revisions.undo_decision(Change.objects.get(), by=claire, at=LATER)
    assert Change.objects.get().state == State.WAITING


def test_a_decision_that_time_went_on_from_stays(marie, marie_herself, claire):
    save(marie, marie_herself, summary="Du pain.")
    decide(marie, claire, Accept())
    Shop.objects.filter(pk=marie.pk).update(summary="Autre chose.")
    with pytest.raises(NotAllowed):
        revisions.undo_decision(Change.objects.get(), by=claire, at=LATER)
    marie.refresh_from_db()
    assert marie.summary == "Autre chose."


def test_marie_undoes_her_last_save_and_withdraws_what_waits(marie, marie_herself):
    old = marie.phone
    save(marie, marie_herself, phone="+352621999999", summary="Du pain.")
    assert revisions.undo_last(marie, by=marie_herself, at=LATER) == ["phone"]
    marie.refresh_from_db()
    assert marie.phone == old
    revisions.withdraw(Change.objects.waiting().get(), by=marie_herself, at=LATER)
    assert seen(marie)["summary"] == ""
    with pytest.raises(NotAllowed):
        revisions.undo_last(marie, by=marie_herself, at=LATER)


def test_trust_grows_with_a_clean_record_and_falls_with_refusals(marie, marie_herself, claire):
    for number in range(rules.PROVEN_BY):
        save(marie, marie_herself, summary=f"Du pain numéro {number}.")
        decide(marie, claire, Accept())
    assert save(marie, marie_herself, summary="Sans attendre.").live == ["summary"]
    decide(marie, claire, Refuse("wrong"))
    assert save(marie, marie_herself, summary="En attente.").waiting == ["summary"]
    decide(marie, claire, Refuse("wrong"))
    assert save(marie, marie_herself, phone="+352621333333").waiting == ["phone"]


def test_a_translation_is_outdated_once_its_source_has_changed(marie, marie_herself, claire):
    save(marie, claire, side=ConfirmedBy.CITY, summary="Du pain.", summary_de="Brot.")
    marie.refresh_from_db()
    assert not facts.is_outdated(marie, "summary_de")
    save(marie, claire, side=ConfirmedBy.CITY, summary="Du pain au levain.")
    marie.refresh_from_db()
    assert facts.is_outdated(marie, "summary_de")


def test_every_fact_reads_what_it_wrote(marie, paul, claire):
    """Put the whole of Paul's page onto Marie's: it then says the same in every fact."""
    theirs = seen(paul)
    saved = save(marie, claire, side=ConfirmedBy.CITY, **theirs)
    assert saved
    assert seen(marie) == theirs


@pytest.mark.parametrize(
    "rewrite", [lambda events: events.update(why="something else"), lambda events: events.delete()]
)
def test_what_happened_is_never_rewritten(marie, marie_herself, rewrite):
    save(marie, marie_herself, phone="+352621999999")
    with pytest.raises(DatabaseError), transaction.atomic():
        rewrite(Event.objects.all())


def test_who_asks_to_be_forgotten_leaves_the_events(marie, marie_herself):
    save(marie, marie_herself, phone="+352621999999")
    marie_herself.delete()
    assert Event.objects.get().by is None
