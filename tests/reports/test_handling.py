"""A report from its arrival to its answer: who looks at it, who hears what, what is written down."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from shops.models import Event, Membership, Report
from shops.reports import handling
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.reports.conftest import TUESDAY_10H, make_report
from tests.shops.factories import make_shop

NINA = "nina@courrier.example"
LATER = TUESDAY_10H + timedelta(hours=3)
CITY, MERCHANT = ConfirmedBy.CITY, ConfirmedBy.MERCHANT


def answer(report, outcome="corrected", words="", *, by=None, side=CITY, at=LATER, keys=None):
    keys = keys or list(Report.objects.filter(topic=report.topic).values_list("pk", flat=True))
    return handling.answer(report.topic, outcome, words, by=by, side=side, at=at, keys=keys)


def states(*reports):
    return [Report.objects.get(pk=report.pk).state for report in reports]


# Who looks at it first.


def test_what_concerns_a_kept_page_goes_to_its_merchant_first(marie, marie_herself, tom, outbox):
    report = make_report(marie, "hours", message="Fermé le lundi", email=NINA)
    assert report.state == "merchant"
    (mail,) = outbox()
    assert mail.to == [marie_herself.email]
    # Neither Nina's words nor her address are in it; Tom, at the till, gets none.
    assert "Fermé" not in mail.body + mail.subject
    assert NINA not in mail.body
    assert "/comptoir/mar1eeck/signalements/" in mail.body


def test_what_nobody_keeps_is_the_citys_at_once(marie, outbox):
    assert make_report(marie, "hours").state == "city"
    assert outbox() == []


def test_a_page_that_only_the_till_works_at_is_the_citys(marie, tom):
    assert make_report(marie, "hours").state == "city"


@pytest.mark.parametrize("kind", ["closed", "content"])
def test_what_is_not_a_merchants_to_judge_is_the_citys(marie, marie_herself, kind):
    assert make_report(marie, kind).state == "city"


@pytest.mark.parametrize("kind", ["missing", "site"])
def test_what_is_about_no_page_is_the_citys(city, kind):
    assert make_report(None, kind, name="Cordonnerie").state == "city"


def test_the_merchant_hears_once_of_what_many_say(marie, marie_herself, outbox):
    for _nina in range(5):
        make_report(marie, "hours")
    make_report(marie, "contact")
    assert len(outbox()) == 2


def test_who_says_again_what_the_merchant_has_answered_is_not_sent_round(marie, marie_herself):
    first = make_report(marie, "hours")
    answer(first, "right", side=MERCHANT, by=marie_herself)
    again = make_report(marie, "hours", at=LATER + timedelta(days=3))
    assert again.state == "city"
    # Nor who says so while the City looks at it.
    assert make_report(marie, "hours", at=LATER + timedelta(days=40)).state == "city"
    handling.close(again.topic, by=None, at=LATER, keys=Report.objects.values_list("pk", flat=True))
    assert make_report(marie, "hours", at=LATER + timedelta(days=41)).state == "merchant"


def test_the_same_words_from_the_same_address_are_one_report(marie, marie_herself, outbox):
    """Back, and sent once more: it is not two people who say so."""
    first = make_report(marie, "hours", message="Fermé le lundi", email=NINA)
    sent = Report(shop=marie, kind="hours", message="Fermé le lundi", email=NINA.upper(), language="fr")
    assert handling.receive(sent, at=LATER) == first
    assert Report.objects.get() == first
    assert make_report(marie, "hours", message="Et le mardi", email=NINA) != first
    assert make_report(marie, "hours", message="Fermé le lundi") != first


def test_after_a_week_it_is_the_citys(marie, marie_herself):
    report = make_report(marie, "hours")
    assert handling.pass_on_overdue(at=TUESDAY_10H + timedelta(days=7, seconds=-1)) == 0
    assert handling.pass_on_overdue(at=TUESDAY_10H + timedelta(days=7)) == 1
    assert states(report) == ["city"]
    event = Event.objects.filter(kind="report:to_city").get()
    assert (event.shop, event.by, event.after["reports"]) == (marie, None, [report.number])
    assert handling.pass_on_overdue(at=TUESDAY_10H + timedelta(days=8)) == 0


def test_a_merchant_who_leaves_leaves_it_to_the_city(marie, marie_herself, paul, paul_himself):
    report, other = make_report(marie, "hours"), make_report(paul, "hours")
    Membership.objects.filter(shop=marie).delete()
    assert handling.pass_on_overdue(at=LATER) == 1
    assert states(report, other) == ["city", "merchant"]


# Receipts and answers.


@pytest.mark.parametrize(
    ("kind", "says"), [("hours", "La Ville le lit"), ("content", "sans traitement automatique")]
)
def test_who_leaves_an_address_gets_a_receipt_with_a_number(marie, outbox, kind, says):
    report = make_report(marie, kind, email=NINA, receipt=True)
    (mail,) = outbox()
    assert mail.to == [NINA]
    assert report.number.upper() in mail.body
    assert says in mail.body


def test_one_answer_reaches_all_who_said_it_each_in_their_language(marie, claire, outbox):
    reports = [
        make_report(marie, "hours", email=f"nina{number}@courrier.example", language=language)
        for number, language in enumerate(["fr", "de", "en", "lb"])
    ]
    silent, other = make_report(marie, "hours"), make_report(marie, "contact", email=NINA)
    answered = answer(reports[0], "corrected", "Merci à tous.", by=claire)
    assert {report.pk for report in answered} == {report.pk for report in [*reports, silent]}
    assert states(silent, other) == ["answered", "city"]
    mails = outbox()
    assert sorted(mail.to[0] for mail in mails) == [f"nina{number}@courrier.example" for number in range(4)]
    assert all("Merci à tous." in mail.body for mail in mails)
    assert len({mail.subject for mail in mails}) == 4
    event = Event.objects.get(kind="report:answered")
    assert (event.shop, event.by, event.after["outcome"]) == (marie, claire, "corrected")
    assert len(event.after["reports"]) == 5


def test_what_came_in_after_the_page_was_drawn_is_not_answered_unread(marie, claire):
    seen = make_report(marie, "hours")
    later = make_report(marie, "hours", message="Autre chose encore")
    answer(seen, by=claire, keys=[seen.pk])
    assert states(seen, later) == ["answered", "city"]


def test_a_second_answer_changes_nothing(marie, claire, outbox):
    report = make_report(marie, "hours", email=NINA)
    answer(report, by=claire)
    with pytest.raises(Report.MoveNotAllowed):
        answer(report, "right", by=claire)
    assert Report.objects.get().outcome == "corrected"
    assert len(outbox()) == 1
    assert Event.objects.filter(kind="report:answered").count() == 1


def test_the_merchant_answers_what_is_with_her_and_only_that(marie, marie_herself, outbox):
    hers, citys = make_report(marie, "hours", email=NINA), make_report(marie, "closed")
    answer(hers, "right", "Le lundi, nous ouvrons à 14 h.", by=marie_herself, side=MERCHANT)
    with pytest.raises(Report.MoveNotAllowed):
        answer(citys, "right", by=marie_herself, side=MERCHANT)
    assert states(hers, citys) == ["answered", "city"]
    mail = outbox()[-1]
    assert mail.to == [NINA]
    assert "Le commerçant répond" in mail.body
    assert "nous ouvrons à 14" in mail.body


@pytest.mark.parametrize(
    ("kind", "outcome"), [("hours", "kept"), ("content", "corrected"), ("site", "added"), ("hours", "")]
)
def test_an_outcome_fits_its_subject(marie, claire, kind, outcome):
    report = make_report(None if kind == "site" else marie, kind)
    with pytest.raises(Report.MoveNotAllowed):
        answer(report, outcome, by=claire)
    assert states(report) == ["city"]


def test_a_decision_on_content_has_its_reasons_and_how_to_contest_it(marie, marie_herself, claire, outbox):
    """Notice and action: receipt, decision by a person, reasons, redress; the page's people hear what was removed."""
    report = make_report(marie, "content", message="Une insulte", email=NINA, receipt=True)
    answer(report, "removed", "Propos injurieux, contraires aux conditions.", by=claire)
    receipt, decision, statement = outbox()
    assert (receipt.to, decision.to, statement.to) == ([NINA], [NINA], [marie_herself.email])
    for mail in (decision, statement):
        assert "Propos injurieux" in mail.body
        assert "tribunal" in mail.body
    assert "autorité chargée des services numériques" in decision.body
    assert NINA not in statement.body
    assert Event.objects.get(kind="report:answered").why == "Propos injurieux, contraires aux conditions."


def test_content_that_stays_is_not_told_to_the_merchant(marie, marie_herself, claire, outbox):
    report = make_report(marie, "content", message="Une insulte", email=NINA)
    answer(report, "kept", "C’est le nom d’un gâteau.", by=claire)
    assert [mail.to for mail in outbox()] == [[NINA]]


# Laid aside, taken over, opened again.


def test_the_city_lays_spam_aside_without_a_word_and_may_open_it_again(marie, claire, outbox):
    report = make_report(marie, "hours", email=NINA)
    handling.close(report.topic, by=claire, at=LATER, keys=[report.pk])
    assert states(report) == ["closed"]
    with pytest.raises(Report.MoveNotAllowed):
        handling.close(report.topic, by=claire, at=LATER, keys=[report.pk])
    handling.take(report.topic, by=claire, at=LATER, keys=[report.pk])
    assert states(report) == ["city"]
    assert outbox() == []
    assert list(Event.objects.order_by("pk").values_list("kind", flat=True)) == [
        "report:received", "report:closed", "report:to_city",
    ]  # fmt: skip


def test_the_city_may_take_over_before_the_week_is_over(marie, marie_herself, claire):
    report = make_report(marie, "hours")
    handling.take(report.topic, by=claire, at=LATER, keys=[report.pk])
    with pytest.raises(Report.MoveNotAllowed):
        answer(report, side=MERCHANT, by=marie_herself)
    assert states(report) == ["city"]


# Missing shops.


def test_several_who_name_the_same_missing_shop_are_counted_together(city):
    names = [
        "Cordonnerie Weber",
        "cordonerie WEBER",
        "Cordonnerie Wéber !",
        "Chez Fatima",
        "Weber, cordonnerie",
    ]
    reports = [make_report(None, "missing", name=name) for name in names]
    topics = [report.topic for report in reports]
    assert topics[0] == topics[1] == topics[2] == topics[4] != topics[3]
    ranked = [row["many"] for row in Report.objects.topics().most_named_first()]
    assert ranked == [4, 1]


def test_a_name_without_letters_is_alone(city):
    assert make_report(None, "missing", name="!!!").topic != make_report(None, "missing", name="???").topic


def test_two_names_of_one_missing_shop_can_be_united(city, claire):
    one, other = (
        make_report(None, "missing", name="Weber"),
        make_report(None, "missing", name="Le Cordonnier"),
    )
    assert handling.unite(one.topic, other.topic, by=claire, at=LATER) == 1
    assert Report.objects.topics().get()["many"] == 2
    with pytest.raises(Report.MoveNotAllowed):
        handling.unite(other.topic, other.topic, by=claire, at=LATER)
    with pytest.raises(Report.MoveNotAllowed):
        handling.unite(other.topic, "missing:rien", by=claire, at=LATER)


def test_reports_about_the_site_stay_each_their_own(city):
    assert make_report(None, "site").topic != make_report(None, "site").topic


# What can never be, and what is not kept.


def test_the_database_refuses_an_answer_without_an_outcome(marie):
    report = make_report(marie)
    for facts in ({"state": "answered"}, {"state": "merchant", "shop": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Report.objects.filter(pk=report.pk).update(**facts)


def test_events_hold_nothing_that_a_resident_wrote(marie, marie_herself, claire):
    report = make_report(marie, "content", message="Secret de Nina", email=NINA, receipt=True)
    answer(report, "kept", "Rien de mal.", by=claire)
    text = " ".join(f"{event.before} {event.after} {event.why}" for event in Event.objects.all())
    assert report.number in text
    assert "Secret" not in text
    assert NINA not in text


def test_somebody_who_keeps_several_pages_or_left_is_written_to_rightly(city, outbox):
    shop = make_shop()
    gone = make_person("parti@example.org", is_active=False)
    make_member(shop, gone)
    assert make_report(shop, "hours").state == "city"
    make_member(shop, make_person("la@example.org", language="de"))
    make_report(shop, "contact")
    assert [mail.to for mail in outbox()] == [["la@example.org"]]
