"""The week's one mail: who gets it, when, in which language, and never more often."""

from datetime import UTC, date, timedelta

import pytest
from django.core import mail

from districts.models import PublicHoliday
from shops import reminders
from shops.models import Event, Membership, MerchantRole, Reminder, Shop
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_marie, make_shop

# Marie's hours were confirmed a week before the Tuesday and hold for 90 days.
DUE = (TUESDAY_10H - timedelta(days=7)).astimezone(UTC) + timedelta(days=76)
Purpose = Reminder.Purpose


@pytest.fixture(autouse=True)
def _no_holidays(city):
    """But for those that a test makes."""
    PublicHoliday.objects.all().delete()


@pytest.fixture
def marie(city):
    """Marie's bakery, of which only the hours are known."""
    return make_marie(services=[], payments=[], spoken_languages=[], accessibility={})


def days(number):
    return timedelta(days=number)


def holiday(on, name="Fête nationale"):
    PublicHoliday.objects.create(on=on, name=name)


def test_marie_is_asked_two_weeks_before_her_hours_grow_old(marie, marie_herself, letters):
    assert reminders.send_due(at=DUE - timedelta(seconds=1)) == 0
    assert reminders.send_due(at=DUE) == 1
    (letter,) = letters()
    assert (letter.to, letter.language) == ("marie@boulangerie.example", "fr")
    (section,) = letter.sections
    assert section["heading"] == "Boulangerie Um Eck"
    assert section["lines"] == ["À confirmer\N{NO-BREAK SPACE}: Horaires."]
    reminder = Reminder.objects.get()
    assert (reminder.shop, reminder.user, reminder.purpose) == (marie, marie_herself, Purpose.CONFIRM)
    assert section["links"] == [["Voir et confirmer", reminder.url]]
    assert reminder.url.startswith("http://127.0.0.1:8000/fr/confirmer/")
    assert not Event.objects.exists(), "asking is no move of the shop's"


def test_who_keeps_no_page_is_not_asked(marie, marie_herself, tom):
    make_person("nina@residents.example")
    assert reminders.send_due(at=DUE) == 1
    assert Reminder.objects.get().user == marie_herself


def test_an_editor_is_asked_as_an_owner_is(marie):
    make_member(marie, make_person("anna@boulangerie.example"), MerchantRole.EDITOR)
    assert reminders.send_due(at=DUE) == 1


@pytest.mark.parametrize(
    "put_off",
    [
        lambda shop, user: Shop.objects.filter(pk=shop.pk).update(status="suspended"),
        lambda shop, user: Shop.objects.filter(pk=shop.pk).update(claimed_at=None),
        lambda shop, user: Membership.objects.update(wants_reminders=False),
        lambda shop, user: type(user).objects.update(is_active=False),
    ],
    ids=["suspended", "not claimed", "wants none", "closed account"],
)
def test_nobody_is_asked_in_vain(marie, marie_herself, put_off):
    put_off(marie, marie_herself)
    assert reminders.send_due(at=DUE) == 0
    assert not Reminder.objects.exists()


def test_never_two_mails_in_a_week_and_a_question_not_before_a_fortnight(marie, marie_herself):
    """Every morning and twice a morning for half a year, nobody answering."""
    sent = []
    for day in range(-20, 180):
        for hour in (0, 1):
            at = DUE + days(day) + timedelta(hours=hour)
            if reminders.send_due(at=at):
                sent.append((day, hour))
    # From 14 days before the end of the term until the City telephones, 60 days after it.
    assert sent == [(0, 0), (14, 0), (28, 0), (42, 0), (56, 0), (70, 0)]


def test_a_person_of_two_shops_gets_one_mail_with_a_link_for_each(marie, marie_herself, paul, letters):
    make_member(paul, marie_herself)
    assert reminders.send_due(at=DUE) == 1
    (letter,) = letters()
    assert [section["heading"] for section in letter.sections] == ["Boulangerie Um Eck", "Librairie d’à côté"]
    links = [link for section in letter.sections for _words, link in section["links"]]
    assert len(set(links)) == 2
    assert {reminder.shop for reminder in Reminder.objects.all()} == {marie, paul}


def test_two_shops_that_fall_due_in_one_week_do_not_make_two_mails(marie, marie_herself):
    later = make_shop(hours_confirmed_at=TUESDAY_10H - days(4))
    make_member(later, marie_herself)
    mornings = [day for day in range(12) if reminders.send_due(at=DUE + days(day))]
    assert mornings == [0, 7], "the second shop was due on day 3, and waited for the week to end"
    assert set(Reminder.objects.filter(shop=later).values_list("groups", flat=True).first()) == {"hours"}


def test_what_is_empty_is_not_asked_about(city, marie_herself, marie):
    shop = make_shop(contact_confirmed_at=TUESDAY_10H - days(300), contact_confirmed_by="merchant", phone="")
    assert reminders.due_groups(_with_today(shop), city, TUESDAY_10H) == []


def _with_today(shop):
    shop.today = TUESDAY_10H.date()
    return shop


@pytest.mark.parametrize(
    ("language", "subject", "path"),
    [
        ("fr", "Votre page est-elle encore juste", "/fr/confirmer/"),
        ("de", "Stimmt Ihre Seite noch?", "/de/confirmer/"),
        ("lb", "Stëmmt Är Säit nach?", "/lb/confirmer/"),
        ("en", "Is your page still right?", "/en/confirmer/"),
        ("", "Votre page est-elle encore juste", "/fr/confirmer/"),
    ],
)
def test_the_mail_is_in_the_language_of_the_person(marie, marie_herself, letters, language, subject, path):
    marie_herself.language = language
    marie_herself.save()
    reminders.send_due(at=DUE)
    (letter,) = letters()
    letter.send()
    (sent,) = mail.outbox
    assert sent.subject.startswith(subject)
    html = sent.alternatives[0].content
    assert path in sent.body
    assert f'href="{letter.sections[0]["links"][0][1]}"' in html
    assert f'lang="{language or "fr"}"' in html


def test_reading_what_to_ask_takes_the_same_queries_for_one_and_for_twenty(
    city, django_assert_num_queries, marie, marie_herself
):
    # The city; the holidays; the people; per batch: memberships, shops, links, special days, other categories (and, where
    # there are any, their rows), earlier reminders. Then by person: savepoint, her row, her last reminder, the rows of the
    # reminders, the job, release.
    def person(number):
        make_member(
            make_shop(hours_confirmed_at=TUESDAY_10H - days(7)), make_person(f"p{number}@example.example")
        )

    with django_assert_num_queries(9 + 6) as few:
        assert reminders.send_due(at=DUE) == 1
    Reminder.objects.all().delete()
    for number in range(19):
        person(number)
    with django_assert_num_queries(9 + 20 * 6):
        assert reminders.send_due(at=DUE) == 20
    assert few


# Public holidays


def test_a_holiday_is_asked_about_three_weeks_and_one_week_ahead(marie, marie_herself, letters):
    holiday(date(2027, 1, 1), "Nouvel An")
    sent = []
    for day in range(-30, 1):
        at = TUESDAY_10H.replace(year=2027, month=1, day=1, hour=9) + days(day)
        if reminders.send_due(at=at):
            sent.append(day)
    assert sent == [-21, -7]
    first, second = letters()
    assert first.subject == second.subject
    assert first.subject.startswith("Ouvert le 1er\N{NO-BREAK SPACE}janvier")
    assert set(Reminder.objects.values_list("purpose", "holiday_on", "ahead_days")) == {
        (Purpose.HOLIDAY, date(2027, 1, 1), 21),
        (Purpose.HOLIDAY, date(2027, 1, 1), 7),
    }


@pytest.mark.parametrize(
    "facts",
    [
        {"opening_hours": "Mo-Su 06:00-20:00; PH off"},
        {"opening_hours": "24/7"},
        {"opening_hours": ""},
        # A Friday: closed anyway.
        {"opening_hours": "Mo-Th 06:00-20:00"},
        {"special_days": [{"start_on": date(2026, 12, 20), "end_on": date(2027, 1, 5)}]},
    ],
    ids=["says it", "always", "knows nothing", "closed anyway", "on holiday"],
)
def test_who_has_said_it_is_not_asked(city, facts):
    holiday(date(2027, 1, 1))
    make_member(make_shop(**facts), make_person("anna@example.example"))
    assert reminders.send_due(at=TUESDAY_10H.replace(month=12, day=12)) == 0


def test_neighbouring_holidays_are_asked_about_together(marie, marie_herself, letters):
    holiday(date(2026, 12, 25), "Noël")
    holiday(date(2026, 12, 26), "Saint-Étienne")
    sent = [
        day for day in range(1, 27) if reminders.send_due(at=TUESDAY_10H.replace(month=12, day=day, hour=9))
    ]
    assert sent == [4, 18]
    letter = letters()[0]
    assert letter.subject.startswith("Ouvert les jours fériés qui viennent")
    assert len(letter.sections[0]["links"]) == 2


def test_a_holiday_that_another_mail_keeps_waiting_is_asked_in_time(marie, marie_herself):
    """A week without a mail always comes before the day itself."""
    holiday(DUE.date() + days(8))
    sent = [day for day in range(9) if reminders.send_due(at=DUE + days(day))]
    assert sent == [0, 7]
    assert Reminder.objects.filter(purpose=Purpose.HOLIDAY).count() == 2


def test_the_job_writes_in_the_citys_morning_only(marie, marie_herself, clock):
    from shops import jobs

    clock(DUE.replace(hour=10))
    jobs.send_reminders(0)
    assert not Reminder.objects.exists()
    clock(DUE.replace(hour=8) + days(1))  # nine o'clock in Luxembourg's winter
    jobs.send_reminders(0)
    assert Reminder.objects.exists()
