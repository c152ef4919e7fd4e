"""Marie tells her hours on her phone: the week, the days that differ, and what is for today."""

import json
import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from districts.models import PublicHoliday
from shops import catalogue
from shops.desks.merchant import hours_forms, snapshot, special_days, typical_weeks
from shops.desks.merchant.hours_forms import WeekForm, Wrong
from shops.editing import facts, revisions
from shops.models import Category, Event, Shop, SpecialDay
from shops.opening_hours import Hours, WeekGrid, repair
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.shops.factories import TUESDAY_10H, make_shop
from tests.shops.opening_hours_fixtures import LUXEMBOURG, NO_HOLIDAYS, plain

TODAY = "2026-11-24"


def at(shop, name="hours"):
    return reverse(f"merchant:{name}", args=[shop.public_id])


@pytest.fixture
def desk(client, marie_herself):
    client.force_login(marie_herself)
    return client


@pytest.fixture
def sophie(marie):
    """A colleague of Marie's who edits the page too."""
    user = make_person("sophie@boulangerie.example", name="Sophie")
    make_member(marie, user, "editor")
    return user


def week_form(response):
    """What the week's form would send if nothing were touched."""
    data = {"snapshot": response.context["token"]}
    for day in response.context["week"].days:
        for line in day.lines:
            data[f"{line.name}-de"], data[f"{line.name}-a"] = line.opens, line.closes
    return data


def save_week(desk, shop, **changes):
    """Save the week with some choices changed: `j0_0_de="09:00"`."""
    address = at(shop, "hours_week")
    data = week_form(desk.get(address)) | {name.replace("_", "-"): value for name, value in changes.items()}
    return desk.post(address, {**data, "do": "save"})


def days_of(shop):
    return [
        (f"{day.start_on}", f"{day.end_on}", day.hours, day.reason, day.note)
        for day in shop.special_days.order_by("start_on", "end_on")
    ]


def tap(desk, shop, name, follow=False, token=None, **data):
    token = token or desk.get(at(shop)).context["token"]
    return desk.post(at(shop, name), {"snapshot": token, **data}, follow=follow)


def words_of(response):
    html = re.sub(r"</?(strong|span|a|small|q|code)\b[^>]*>", "", response.content.decode())
    return re.sub(r"\s+", " ", plain(re.sub(r"<[^>]+>", " ", html)))


def write_meanwhile(shop, by, **values):
    """A colleague saves, at the same moment."""
    shop = Shop.objects.get(pk=shop.pk)
    from districts.models import City

    facts.with_today(shop, TUESDAY_10H, City.objects.get())
    base = revisions.seen_by_its_people(shop)
    saved = revisions.propose(
        shop, values, base=base, base_version=0, by=by, side=ConfirmedBy.MERCHANT, at=TUESDAY_10H
    )
    assert saved


# Who comes in

PAGES = ["hours", "hours_week"]
DOORS = [
    "hours_week", "hours_confirm", "hours_close_today", "hours_reopen", "hours_close", "hours_other",
    "hours_remove", "hours_holiday",
]  # fmt: skip


@pytest.mark.parametrize("name", PAGES)
def test_it_is_for_who_keeps_the_page_alone(client, marie, marie_herself, paul_himself, tom, claire, name):
    for person, status in ((marie_herself, 200), (paul_himself, 404), (tom, 404), (claire, 404)):
        client.force_login(person)
        assert client.get(at(marie, name)).status_code == status, person
    client.logout()
    assert client.get(at(marie, name)).headers["Location"].startswith(reverse("account_login"))


@pytest.mark.parametrize("name", DOORS)
def test_nobody_else_changes_anything(client, marie, paul_himself, tom, name):
    data = {"do": "save", "day": "2026-12-25", "choice": "closed", "start_on": TODAY, "end_on": TODAY}
    for person in (paul_himself, tom):
        client.force_login(person)
        assert client.post(at(marie, name), data).status_code == 404
    client.logout()
    assert client.post(at(marie, name), data).headers["Location"].startswith(reverse("account_login"))
    assert not Event.objects.exists()


@pytest.mark.parametrize("name", [name for name in DOORS if name != "hours_week"])
def test_reading_changes_nothing(desk, marie, name):
    assert desk.get(at(marie, name)).status_code == 405
    assert not Event.objects.exists()


# The page of hours


def test_it_says_what_residents_read(desk, marie):
    said = words_of(desk.get(at(marie)))
    assert "Ouvert jusqu’à 20 h" in said
    assert "Mardi (aujourd’hui) 6 h – 20 h" in said
    assert "Noël, vendredi 25 décembre à confirmer" in said
    assert "Aucun : vos horaires habituels valent tous les jours." in said


def test_without_hours_it_says_what_to_do(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(
        opening_hours="", hours_expression="", opening_hours_text="selon la saison"
    )
    said = words_of(desk.get(at(marie)))
    assert "Personne n’a encore dit vos horaires." in said
    assert "selon la saison" in said
    assert "Dire mes horaires" in said
    assert "Toujours justes" not in said
    desk.post(at(marie, "hours_confirm"))
    assert not Event.objects.exists(), "nothing to confirm"


def test_still_right_is_one_tap(desk, marie, marie_herself):
    response = desk.post(at(marie, "hours_confirm"), follow=True)
    assert "vos horaires sont confirmés aujourd’hui" in words_of(response)
    marie.refresh_from_db()
    assert (marie.hours_confirmed_at, marie.hours_confirmed_by) == (TUESDAY_10H, "merchant")
    event = Event.objects.get()
    assert (event.kind, event.by, event.after["confirmed"]) == ("facts:confirmed", marie_herself, ["hours"])


def test_the_pages_ask_a_known_number_of_questions(desk, marie, django_assert_num_queries):
    for number in range(12):
        SpecialDay.objects.create(
            shop=marie, start_on=date(2027, 1, 4 + number), end_on=date(2027, 1, 4 + number)
        )
    desk.get(at(marie))
    # The catalogue's row, session, user, shop with its district and category, what waits, special days; the token's:
    # the last event, what waits, special days; her other shops; her last save, if it can be taken back; the place in the
    # shop that the frame shows.
    with django_assert_num_queries(12):
        desk.get(at(marie))
    desk.get(at(marie, "hours_week"))
    # The catalogue's row, session, user, shop; her draft; the token's: the last event, what waits; her other shops; the
    # place in the shop.
    with django_assert_num_queries(9):
        desk.get(at(marie, "hours_week"))


# The week


def test_a_week_is_changed_and_live_at_once(desk, marie, marie_herself):
    response = save_week(
        desk, marie, j0_0_de="07:00", j0_0_a="12:00", j0_1_de="14:00", j0_1_a="18:30", j6_0_de="", j7_0_de=""
    )
    assert response.headers["Location"] == at(marie)
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo 07:00-12:00,14:00-18:30; Tu-Sa 06:00-20:00; PH off"
    assert marie.hours_expression == marie.opening_hours
    assert (marie.hours_confirmed_at, marie.hours_confirmed_by) == (TUESDAY_10H, "merchant")
    event = Event.objects.get()
    assert (event.kind, event.by) == ("facts:live", marie_herself)
    said = words_of(desk.get(at(marie)))
    assert "C’est en ligne." in said
    assert re.search(r"Lundi 7 h – 12 h ?, puis 14 h – 18 h 30", said)
    assert "Dimanche fermé" in said
    assert "7 h – 12 h" in words_of(desk.get(marie.get_absolute_url())), "and on the public page"


def test_hours_just_saved_are_taken_back_where_they_are_read(desk, marie, marie_herself):
    undo = "Annuler ce changement"
    assert undo not in words_of(desk.get(at(marie)))
    before = marie.opening_hours
    save_week(desk, marie, j0_0_de="09:30")
    assert undo in words_of(desk.get(at(marie)))
    response = desk.post(at(marie, "undo"), follow=True)
    assert response.redirect_chain[0][0] == at(marie)
    assert "De nouveau comme avant : Horaires" in words_of(response)
    assert undo not in words_of(response)
    marie.refresh_from_db()
    assert marie.opening_hours == before
    # What is not about hours is taken back on the page's home.
    write_meanwhile(marie, marie_herself, phone="+352621999999")
    assert undo not in words_of(desk.get(at(marie)))


def test_while_it_is_closed_for_a_while_the_week_that_comes_after_is_told(desk, marie):
    week = "Votre semaine habituelle, qui reprend ensuite :"
    assert week not in words_of(desk.get(at(marie)))
    tap(desk, marie, "hours_close", start_on=TODAY, end_on="2026-12-20", reason="holiday")
    assert week in words_of(desk.get(at(marie)))


def test_a_draft_of_a_page_is_not_said_to_be_online(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(status=Shop.Status.DRAFT, published_at=None)
    save_week(desk, marie, j6_0_de="")
    assert "dès que votre page sera en ligne" in words_of(desk.get(at(marie)))


def test_what_was_not_touched_keeps_its_spelling_and_is_confirmed(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(opening_hours="Mo,Tu,We 08:00-12:00; Th 08:00-12:00; PH closed")
    response = save_week(desk, marie)
    assert response.status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo,Tu,We 08:00-12:00; Th 08:00-12:00; PH closed"
    assert marie.hours_confirmed_at == TUESDAY_10H
    assert "Rien à changer" in words_of(desk.get(at(marie)))


@pytest.mark.parametrize(
    ("choices", "expected"),
    [
        ({"j4_0_de": "18:00", "j4_0_a": "02:00"}, "Mo-Th 06:00-20:00; Fr 18:00-02:00; Sa-Su 06:00-20:00"),
        ({"j4_0_de": "18:00", "j4_0_a": "00:00"}, "Mo-Th 06:00-20:00; Fr 18:00-24:00; Sa-Su 06:00-20:00"),
        ({"j4_0_de": "24h"}, "Mo-Th 06:00-20:00; Fr 00:00-24:00; Sa-Su 06:00-20:00"),
        ({"j4_0_de": "rdv"}, 'Mo-Th 06:00-20:00; Fr "sur rendez-vous"; Sa-Su 06:00-20:00'),
        ({"j4_0_de": "14:00", "j4_0_a": "18:00", "j4_1_de": "08:00", "j4_1_a": "12:00"},
         "Mo-Th 06:00-20:00; Fr 08:00-12:00,14:00-18:00; Sa-Su 06:00-20:00"),
        ({"j4_0_de": "08:00", "j4_0_a": "12:00", "j4_1_de": "12:00", "j4_1_a": "18:00"},
         "Mo-Th 06:00-20:00; Fr 08:00-18:00; Sa-Su 06:00-20:00"),
        ({"j4_0_de": "09:05"}, "Mo-Th 06:00-20:00; Fr 09:05-20:00; Sa-Su 06:00-20:00"),
        ({"j7_0_de": "10:00", "j7_0_a": "12:00"}, "Mo-Su 06:00-20:00; PH 10:00-12:00"),
        ({"j7_0_de": ""}, "Mo-Su 06:00-20:00; PH off"),
    ],
)  # fmt: skip
def test_whatever_a_day_may_be(desk, marie, choices, expected):
    assert save_week(desk, marie, **choices).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == expected
    assert save_week(desk, marie).status_code == 302, "and it comes back the same"
    marie.refresh_from_db()
    assert marie.opening_hours == expected


@pytest.mark.parametrize(
    ("choices", "day", "why"),
    [
        ({"j1_0_de": "14:00", "j1_0_a": "12:00"}, 1, "La fermeture (12 h) vient avant l’ouverture (14 h)."),
        ({"j1_0_de": "09:00", "j1_0_a": "06:00"}, 1, "La fermeture (6 h) vient avant l’ouverture (9 h)."),
        ({"j1_0_de": "09:00", "j1_0_a": "09:00"}, 1, "à la même heure"),
        ({"j1_0_de": "09:00", "j1_0_a": ""}, 1, "Il manque une heure de fermeture."),
        ({"j1_1_de": "", "j1_1_a": "22:00"}, 1, "Il manque une heure d’ouverture."),
        ({"j1_1_de": "19:00", "j1_1_a": "22:00"}, 1, "Ces heures se chevauchent."),
        ({"j1_0_de": "22:00", "j1_0_a": "08:00"}, 1, "Cette nuit finit après l’ouverture du lendemain."),
        ({"j6_0_de": "22:00", "j6_0_a": "06:30"}, 6, "Cette nuit finit après l’ouverture du lendemain."),
        ({"j1_0_de": "", "j1_1_de": "14:00", "j1_1_a": "18:00"}, 1, "La première ligne dit « fermé »"),
        ({"j1_0_de": "rdv", "j1_1_de": "14:00", "j1_1_a": "18:00"}, 1, "La première ligne dit « sur rendez-vous »"),
        ({"j1_0_de": "24h", "j1_1_de": "14:00", "j1_1_a": "18:00"}, 1, "La première ligne dit « jour et nuit »"),
        ({"j7_0_de": "?", "j7_1_de": "14:00", "j7_1_a": "18:00"}, 7, "La première ligne dit « à confirmer »"),
        ({"j1_0_de": "25:99"}, 1, "Choisissez une heure de la liste."),
        ({"j1_0_de": "<b>"}, 1, "Choisissez une heure de la liste."),
        ({"j7_0_de": "rdv"}, 7, "Choisissez une heure de la liste."),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_at_its_day_and_nothing_is_lost(desk, marie, choices, day, why):
    response = save_week(desk, marie, **choices, j3_0_de="07:15")
    assert response.status_code == 200
    assert why in plain(response.context["week"].days[day].fault)
    assert why in words_of(response)
    assert [other.number for other in response.context["week"].faults] == [day]
    assert response.context["week"].days[3].lines[0].opens == "07:15", "what was chosen is still there"
    assert "<b>" not in response.content.decode().partition("<main")[2].partition("</main")[0]
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Su 06:00-20:00"
    assert not Event.objects.exists()


TWICE = "Mo-Sa 09:00-12:00,14:00-18:00; PH off"


@pytest.mark.parametrize(
    ("button", "expected"),
    [
        ("whole:0", "Tu-Sa 09:00-12:00,14:00-18:00; PH off"),
        ("rest:0", "Mo 14:00-18:00; Tu-Sa 09:00-12:00,14:00-18:00; PH off"),
    ],
)
def test_a_day_set_closed_above_an_afternoon_is_asked_about_and_answered_by_one_tap(
    desk, marie, button, expected
):
    """Without a script the afternoon's line is still there: closed all day, or in the morning only?"""
    Shop.objects.filter(pk=marie.pk).update(opening_hours=TWICE)
    response = save_week(desk, marie, j0_0_de="", j0_0_a="")
    said = words_of(response)
    assert "la suivante donne encore des heures" in said
    assert "Toute la journée : fermé" in said
    assert "Seulement 14 h – 18 h" in said
    marie.refresh_from_db()
    assert marie.opening_hours == TWICE, "nothing is lost in the meantime"
    sent = week_form(response) | {"do": button}
    response = desk.post(at(marie, "hours_week"), sent)
    marie.refresh_from_db()
    assert marie.opening_hours == TWICE, "the tap fills the form, and saves nothing"
    assert desk.post(at(marie, "hours_week"), week_form(response) | {"do": "save"}).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == expected


def test_a_day_that_is_open_once_is_closed_by_its_first_line(desk, marie):
    """Its second line is empty: nothing to ask about, whatever is left in the hour of closing."""
    assert save_week(desk, marie, j1_0_de="").status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo 06:00-20:00; We-Su 06:00-20:00"


def test_a_week_without_an_open_day_is_asked_about(desk, marie):
    closed = {f"j{day}_0_de": "" for day in range(7)}
    response = save_week(desk, marie, **closed)
    assert "Choisissez les heures d’un jour au moins." in words_of(response)
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    ("button", "day", "expected"),
    [
        ("copy:1", 1, [("07:00", "12:00"), ("14:00", "18:30")]),
        ("monday:4", 4, [("07:00", "12:00"), ("14:00", "18:30")]),
        ("monday:4", 5, [("06:00", "20:00"), ("", "")]),
        ("monday:5", 5, [("07:00", "12:00"), ("14:00", "18:30")]),
        ("add:5", 5, [("06:00", "20:00"), ("", ""), ("", "")]),
        ("copy:0", 0, [("07:00", "12:00"), ("14:00", "18:30")]),
        ("copy:7", 7, [("?", ""), ("", "")]),
        ("add:99", 5, [("06:00", "20:00"), ("", "")]),
        ("copy:x", 1, [("06:00", "20:00"), ("", "")]),
    ],
)
def test_its_buttons_work_without_javascript_and_save_nothing(desk, marie, button, day, expected):
    address = at(marie, "hours_week")
    shown = week_form(desk.get(address))
    typed = {"j0-0-de": "07:00", "j0-0-a": "12:00", "j0-1-de": "14:00", "j0-1-a": "18:30"}
    response = desk.post(address, {**shown, **typed, "do": button})
    assert response.status_code == 200
    assert response.context["week"].days[day].pairs == expected
    assert response.context["week"].days[0].pairs[1] == ("14:00", "18:30"), "what was chosen stays"
    assert response.context["token"] == shown["snapshot"], "it still knows what it was made from"
    assert not Event.objects.exists()


def test_a_day_has_at_most_six_lines(desk, marie):
    address = at(marie, "hours_week")
    data = week_form(desk.get(address)) | {f"j0-{number}-de": "09:00" for number in range(40)}
    response = desk.post(address, {**data, "do": "add:0"})
    assert len(response.context["week"].days[0].lines) == 6
    assert 'value="add:0"' not in response.content.decode()


def test_a_double_click_saves_once(desk, marie):
    address = at(marie, "hours_week")
    data = week_form(desk.get(address)) | {"j6-0-de": "", "do": "save"}
    first, second = desk.post(address, data), desk.post(address, data)
    assert (first.status_code, second.status_code) == (302, 302)
    assert Event.objects.filter(kind="facts:live").count() == 1


def test_what_a_colleague_wrote_meanwhile_stands_beside_what_she_wants(desk, marie, sophie, marie_herself):
    address = at(marie, "hours_week")
    data = week_form(desk.get(address)) | {"j6-0-de": "", "do": "save"}
    write_meanwhile(marie, sophie, opening_hours="Mo-Fr 05:00-19:00; PH off")
    response = desk.post(address, data)
    said = words_of(response)
    assert response.status_code == 200
    assert "Quelqu’un a changé les horaires entre-temps" in said
    assert "Lundi – vendredi : 5 h – 19 h" in said
    assert "Lundi – samedi : 6 h – 20 h" in said
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Fr 05:00-19:00; PH off", "nothing was written"
    # She wants hers all the same: one more tap.
    again = week_form(response)
    assert again["j6-0-de"] == ""
    assert desk.post(address, {**again, "do": "save"}).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Sa 06:00-20:00"


@pytest.mark.parametrize("token", ["", "not-ours", "paul's"])
def test_a_form_that_does_not_know_what_it_showed_is_shown_again(desk, marie, paul, token):
    if token == "paul's":
        token = snapshot.sign(facts.with_today(paul, TUESDAY_10H, _city()), ["opening_hours"])
    address = at(marie, "hours_week")
    data = week_form(desk.get(address)) | {"j6-0-de": "", "do": "save", "snapshot": token}
    response = desk.post(address, data)
    assert response.status_code == 200
    assert "Vos choix sont là" in words_of(response)
    assert not Event.objects.exists()
    assert desk.post(address, week_form(response) | {"do": "save"}).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Sa 06:00-20:00"


def _city():
    from districts.models import City

    return City.objects.get()


def test_a_typical_week_is_two_taps(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(opening_hours="", hours_expression="")
    page = desk.get(at(marie, "hours_week"))
    assert "Lundi – samedi : 6 h – 18 h Jours fériés : fermé" in words_of(page)
    page = desk.get(at(marie, "hours_week"), {"semaine": "0"})
    assert not Event.objects.exists(), "looking writes nothing"
    assert desk.post(at(marie, "hours_week"), {**week_form(page), "do": "save"}).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Sa 06:00-18:00; PH off"


@pytest.mark.parametrize("number", ["99", "x", "-1", "٣"])
def test_a_typical_week_that_is_none_shows_the_form(desk, marie, number):
    response = desk.get(at(marie, "hours_week"), {"semaine": number})
    assert response.status_code == 200
    assert response.context["week"].days[0].pairs[0] == ("06:00", "20:00")


def test_every_typical_week_fits_the_grid():
    weeks = {
        week
        for weeks in (
            typical_weeks.USUAL,
            *typical_weeks.BY_GROUP.values(),
            *typical_weeks.BY_CATEGORY.values(),
        )
        for week in weeks
    }
    for week in weeks:
        grid = Hours.parse(week, LUXEMBOURG).week_grid()
        form = WeekForm.of_grid(grid)
        assert form.read(None), (week, [day.fault for day in form.faults])
        assert form.grid == grid
        assert hours_forms.describe(grid)


def test_typical_weeks_are_for_trades_of_the_city(luxembourg):
    codes = set(Category.objects.values_list("code", flat=True))
    groups = set(Category.objects.values_list("group__code", flat=True))
    assert set(typical_weeks.BY_CATEGORY) <= codes
    assert set(typical_weeks.BY_GROUP) <= groups


# Hours that a grid cannot show, and hours in a sentence

SEASONS = "Apr-Sep Mo-Su 08:00-20:00; Oct-Mar Mo-Su 09:00-17:00"


def test_hours_that_no_grid_can_show_are_kept_and_shown(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(opening_hours=SEASONS)
    said = words_of(desk.get(at(marie, "hours_week")))
    assert "Vos horaires disent plus qu’une grille ne peut montrer" in said
    assert SEASONS in said
    assert "Mardi 9 h – 17 h" in said
    assert "Enregistrer" not in said, "nothing to replace them by mistake"


def test_they_are_replaced_when_she_chooses_so(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(opening_hours=SEASONS)
    response = desk.get(at(marie, "hours_week"), {"remplacer": "1"})
    data = week_form(response) | {"j0-0-de": "09:00", "j0-0-a": "17:00", "j7-0-de": "", "do": "save"}
    assert desk.post(at(marie, "hours_week"), data).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo 09:00-17:00; PH off"


def read_text(desk, shop, text):
    address = at(shop, "hours_week")
    token = desk.get(address).context["token"]
    return desk.post(address, {"snapshot": token, "do": "read", "text": text})


def test_a_sentence_fills_the_grid_and_is_shown_back_first(desk, marie):
    response = read_text(desk, marie, "Lu-Ve 9h-12h et 14h-18h, samedi 9h-16h")
    assert "Lundi – vendredi : 9 h – 12 h, 14 h – 18 h Samedi : 9 h – 16 h" in words_of(response)
    assert not Event.objects.exists()
    assert desk.post(at(marie, "hours_week"), {**week_form(response), "do": "save"}).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == "Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-16:00"


def test_a_sentence_that_no_grid_can_show_is_shown_back_as_a_week(desk, marie):
    response = read_text(desk, marie, SEASONS)
    said = words_of(response)
    assert "Voici ce que nous avons compris" in said
    assert "Mardi 9 h – 17 h" in said
    data = {"snapshot": response.context["token"], "do": "text", "expression": SEASONS}
    assert desk.post(at(marie, "hours_week"), data).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == SEASONS


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Di 9-18", "plusieurs façons"),
        ("quand il fait beau", ""),
        ("", "Écrivez vos horaires"),
        ("x" * 1500, "trop long"),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_sentence_that_is_not_understood_stays_with_the_reason(desk, marie, text, why):
    response = read_text(desk, marie, text)
    assert response.status_code == 200
    assert why in plain(str(response.context["text_fault"]))
    assert text[:900] in response.context.get("text", "")
    assert "<script>alert" not in response.content.decode()
    assert not Event.objects.exists()


@pytest.mark.parametrize("expression", ["", "quand il fait beau", "x" * 3000])
def test_an_expression_made_up_by_somebody_is_read_like_any_other(desk, marie, expression):
    token = desk.get(at(marie, "hours_week")).context["token"]
    data = {"snapshot": token, "do": "text", "expression": expression}
    assert desk.post(at(marie, "hours_week"), data).status_code == 200
    assert not Event.objects.exists()


def test_a_sentence_that_meets_a_colleagues_change(desk, marie, sophie):
    response = read_text(desk, marie, SEASONS)
    write_meanwhile(marie, sophie, opening_hours="Mo-Fr 05:00-19:00")
    data = {"snapshot": response.context["token"], "do": "text", "expression": SEASONS}
    response = desk.post(at(marie, "hours_week"), data)
    assert "Quelqu’un a changé les horaires entre-temps" in words_of(response)
    data["snapshot"] = response.context["token"]
    assert desk.post(at(marie, "hours_week"), data).status_code == 302
    marie.refresh_from_db()
    assert marie.opening_hours == SEASONS


# Days that differ


def test_closed_today_is_a_tap_and_a_yes(desk, marie):
    response = tap(desk, marie, "hours_close_today", follow=True)
    assert days_of(marie) == [(TODAY, TODAY, "", "other", "")]
    assert not Shop.objects.open_at(TUESDAY_10H).contains(marie)
    said = words_of(response)
    assert "C’est en ligne : fermé aujourd’hui." in said
    assert "Ouvre demain à 6 h" in said
    assert "Rouvrir dès aujourd’hui" in said
    tap(desk, marie, "hours_close_today")
    assert Event.objects.count() == 1, "twice is once"


def test_closed_today_takes_the_place_of_other_hours_today(desk, marie):
    SpecialDay.objects.create(shop=marie, start_on=TODAY, end_on=TODAY, hours="10:00-12:00", reason="event")
    tap(desk, marie, "hours_close_today")
    assert days_of(marie) == [(TODAY, TODAY, "", "other", "")]


def test_reopening_ends_what_closes_today_and_nothing_else(desk, marie):
    SpecialDay.objects.create(shop=marie, start_on="2026-11-20", end_on="2026-12-04")
    SpecialDay.objects.create(shop=marie, start_on="2026-12-24", end_on="2026-12-26")
    response = tap(desk, marie, "hours_reopen", follow=True)
    assert days_of(marie) == [("2026-12-24", "2026-12-26", "", "holiday", "")]
    assert "Ouvert jusqu’à 20 h" in words_of(response)
    tap(desk, marie, "hours_reopen")
    assert Event.objects.count() == 1


CLOSING = {"start_on": "2026-12-24", "end_on": "2027-01-03", "reason": "holiday", "note": "Bonnes fêtes"}


def test_closed_from_to(desk, marie, marie_herself):
    response = tap(desk, marie, "hours_close", follow=True, **CLOSING)
    assert days_of(marie) == [("2026-12-24", "2027-01-03", "", "holiday", "Bonnes fêtes")]
    said = words_of(response)
    assert "C’est noté et en ligne : du 24 décembre au 3 janvier : fermé (Bonnes fêtes)." in said
    assert "Noël, vendredi 25 décembre du 24 décembre au 3 janvier : fermé (Bonnes fêtes)" in said
    event = Event.objects.get()
    assert (event.kind, event.by, list(event.after)) == ("facts:live", marie_herself, ["special_days"])
    tap(desk, marie, "hours_close", **CLOSING)
    assert Event.objects.count() == 1, "twice is once"


def test_closed_until_further_notice(desk, marie):
    data = CLOSING | {"start_on": TODAY, "end_on": "", "is_open_ended": "on", "reason": "works", "note": ""}
    response = tap(desk, marie, "hours_close", follow=True, **data)
    ((start, end, *said_of_it),) = days_of(marie)
    assert (start, said_of_it) == (TODAY, ["", "temporary", "travaux"])
    assert end > "2036", "it does not end by itself: nobody said that the shop opens again"
    said = words_of(response)
    assert "Fermé temporairement : travaux" in said
    assert "à partir du 24 novembre, jusqu’à nouvel ordre : fermé (travaux)" in said
    assert not {"2036", "2027"} & set(re.findall(r"\d{4}", said)), "no day is promised"
    assert "Fermé temporairement : travaux" in words_of(desk.get(marie.get_absolute_url()))
    assert "Fermé temporairement" in words_of(desk.get(reverse("shops:list")))


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"start_on": ""}, "start_on", ""),
        ({"start_on": "demain"}, "start_on", ""),
        ({"start_on": "2026-11-23"}, "start_on", "Ce jour est passé"),
        ({"start_on": "2030-01-01", "end_on": "2030-01-02"}, "start_on", "C’est trop loin"),
        ({"end_on": "2026-12-23"}, "end_on", "La fin est avant le début."),
        ({"end_on": "2031-01-01"}, "end_on", "C’est trop loin"),
        ({"end_on": ""}, "end_on", "Choisissez le dernier jour"),
        ({"end_on": "99999-01-01"}, "end_on", ""),
        ({"reason": "temporary"}, "reason", ""),
        ({"note": "x" * 121}, "note", ""),
        ({"note": "a\u202eb"}, "note", ""),
    ],
)
def test_a_closing_that_makes_no_sense_comes_back_as_it_was(desk, marie, changes, field, why):
    response = tap(desk, marie, "hours_close", **(CLOSING | changes))
    assert response.status_code == 200
    form = response.context["form"]
    assert field in form.errors
    assert why in plain(str(form.errors[field]))
    assert form.data["note"] == (CLOSING | changes)["note"]
    assert 'id="fermer" open' in response.content.decode()
    assert days_of(marie) == []
    assert not Event.objects.exists()


def test_days_that_touch_others_are_refused_in_words(desk, marie):
    tap(desk, marie, "hours_close", **CLOSING)
    data = CLOSING | {"start_on": "2027-01-03", "end_on": "2027-01-10", "reason": "works"}
    response = tap(desk, marie, "hours_close", **data)
    assert response.status_code == 200
    assert "touchent ce que la page dit déjà : du 24 décembre au 3 janvier" in words_of(response)
    assert len(days_of(marie)) == 1
    assert Event.objects.count() == 1


OTHER = {"start_on": "2026-12-24", "end_on": "", "opens_1": "06:00", "closes_1": "15:00"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, ("2026-12-24", "2026-12-24", "06:00-15:00", "other", "")),
        ({"note": "Nocturne"}, ("2026-12-24", "2026-12-24", "06:00-15:00", "event", "Nocturne")),
        ({"end_on": "2026-12-25"}, ("2026-12-24", "2026-12-25", "06:00-15:00", "other", "")),
        ({"opens_2": "17:00", "closes_2": "00:00"},
         ("2026-12-24", "2026-12-24", "06:00-15:00,17:00-24:00", "other", "")),
        ({"opens_1": "18:00", "closes_1": "02:00"}, ("2026-12-24", "2026-12-24", "18:00-02:00", "other", "")),
        ({"start_on": "2026-12-25"}, ("2026-12-25", "2026-12-25", "06:00-15:00", "public_holiday", "")),
    ],
)  # fmt: skip
def test_other_hours_on_a_day(desk, marie, changes, expected):
    response = tap(desk, marie, "hours_other", follow=True, **(OTHER | changes))
    assert days_of(marie) == [expected]
    assert "C’est noté et en ligne" in words_of(response)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"opens_1": ""}, "opens_1"),
        ({"opens_1": "25:00"}, "opens_1"),
        ({"closes_1": "05:00", "opens_1": "09:00"}, "closes_1"),
        ({"opens_2": "14:00", "closes_2": "18:00"}, "closes_2"),
        ({"opens_2": "16:00"}, "closes_2"),
        ({"end_on": "2026-12-20"}, "end_on"),
    ],
)
def test_other_hours_that_make_no_sense_come_back(desk, marie, changes, field):
    response = tap(desk, marie, "hours_other", **(OTHER | changes))
    assert response.status_code == 200
    assert field in response.context["form"].errors
    assert days_of(marie) == []


def test_a_day_is_taken_back(desk, marie):
    SpecialDay.objects.create(shop=marie, start_on="2026-12-24", end_on="2026-12-24", hours="06:00-15:00")
    SpecialDay.objects.create(shop=marie, start_on="2027-02-01", end_on="2027-02-07")
    SpecialDay.objects.create(shop=marie, start_on="2026-02-01", end_on="2026-02-07")
    page = desk.get(at(marie))
    assert [special["key"] for special in page.context["special_days"]] == [
        "2026-12-24_2026-12-24",
        "2027-02-01_2027-02-07",
    ], "past ones stay out"
    tap(desk, marie, "hours_remove", day="2026-12-24_2026-12-24")
    tap(desk, marie, "hours_remove", day="2026-12-24_2026-12-24")
    assert [day[0] for day in days_of(marie)] == ["2026-02-01", "2027-02-01"]
    assert Event.objects.count() == 1


@pytest.mark.parametrize("day", ["", "x", "2026-12-24", "2026-12-24_x", "2026-12-24_2026-12-25_2026-12-26"])
def test_a_day_that_is_none_removes_nothing(desk, marie, day):
    SpecialDay.objects.create(shop=marie, start_on="2026-12-24", end_on="2026-12-24")
    assert tap(desk, marie, "hours_remove", day=day).status_code == 302
    assert len(days_of(marie)) == 1


# Public holidays

CHRISTMAS = "2026-12-25"


def test_a_public_holiday_is_one_tap(desk, marie):
    response = tap(desk, marie, "hours_holiday", follow=True, day=CHRISTMAS, choice="closed")
    assert days_of(marie) == [(CHRISTMAS, CHRISTMAS, "", "public_holiday", "")]
    assert (
        'id="ferme-2026-12-25" name="choice" value="closed" aria-pressed="true"' in response.content.decode()
    )
    response = tap(desk, marie, "hours_holiday", follow=True, day=CHRISTMAS, choice="usual")
    assert days_of(marie) == [(CHRISTMAS, CHRISTMAS, "06:00-20:00", "public_holiday", "")]
    assert "Noël, vendredi 25 décembre 6 h – 20 h" in words_of(response)
    tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="week")
    assert days_of(marie) == []
    assert Event.objects.count() == 3


def test_on_the_holiday_the_sentence_says_its_name(desk, marie, marie_herself, clock):
    tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="closed")
    clock(TUESDAY_10H.replace(month=12, day=25))
    desk.cookies.clear()
    desk.force_login(marie_herself)
    assert "Fermé aujourd’hui : Noël" in words_of(desk.get(at(marie)))


def test_as_usual_is_the_weekdays_hours_whatever_the_week_says_of_holidays(desk, marie):
    Shop.objects.filter(pk=marie.pk).update(
        opening_hours="Mo-Th 08:00-18:00; Fr 08:00-12:00,14:00-02:00; PH off"
    )
    tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="usual")
    assert days_of(marie)[0][2] == "08:00-12:00,14:00-02:00"


@pytest.mark.parametrize("weekly", ["", "Mo-Th 08:00-18:00", 'Mo-Fr "sur rendez-vous"', "Mo-Fr unknown"])
def test_there_is_no_as_usual_where_nobody_knows_or_it_is_closed(desk, marie, weekly):
    Shop.objects.filter(pk=marie.pk).update(opening_hours=weekly)
    assert 'value="usual"' not in desk.get(at(marie)).content.decode()
    assert tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="usual").status_code == 302
    assert days_of(marie) == []


def test_other_hours_on_a_holiday_come_with_the_day(desk, marie):
    tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="closed")
    page = desk.get(at(marie), {"autres": CHRISTMAS})
    assert 'id="autres" open' in page.content.decode()
    assert f'value="{CHRISTMAS}"' in page.content.decode()
    tap(desk, marie, "hours_other", **(OTHER | {"start_on": CHRISTMAS}))
    assert days_of(marie) == [(CHRISTMAS, CHRISTMAS, "06:00-15:00", "public_holiday", "")]


@pytest.mark.parametrize(
    "data",
    [
        {"day": "2026-12-24", "choice": "closed"},
        {"day": "x", "choice": "closed"},
        {"day": CHRISTMAS, "choice": "x"},
        {"day": "2026-11-01", "choice": "closed"},
        {},
    ],
)
def test_a_tap_on_nothing_changes_nothing(desk, marie, data):
    PublicHoliday.objects.create(on=date(2026, 11, 1), name="Toussaint")
    assert tap(desk, marie, "hours_holiday", **data).status_code == 302
    assert days_of(marie) == []


def test_a_holiday_within_the_congés_is_only_told(desk, marie):
    tap(desk, marie, "hours_close", **CLOSING)
    assert 'value="closed"' not in desk.get(at(marie)).content.decode()
    response = tap(desk, marie, "hours_holiday", day=CHRISTMAS, choice="closed")
    assert "touchent ce que la page dit déjà" in words_of(response)
    assert len(days_of(marie)) == 1


# Two at once


def test_what_a_colleague_said_of_other_days_is_kept(desk, marie, sophie):
    token = desk.get(at(marie)).context["token"]
    colleague = special_days.entry(date(2027, 2, 1), date(2027, 2, 7), reason="works")
    write_meanwhile(marie, sophie, special_days=[colleague])
    assert tap(desk, marie, "hours_holiday", token=token, day=CHRISTMAS, choice="closed").status_code == 302
    assert [day[0] for day in days_of(marie)] == [CHRISTMAS, "2027-02-01"]


def test_what_a_colleague_said_of_the_same_day_is_shown_and_kept(desk, marie, sophie):
    token = desk.get(at(marie)).context["token"]
    colleague = special_days.entry(
        date(2026, 12, 25), date(2026, 12, 25), hours="08:00-12:00", reason="public_holiday"
    )
    write_meanwhile(marie, sophie, special_days=[colleague])
    response = tap(desk, marie, "hours_holiday", token=token, day=CHRISTMAS, choice="closed")
    assert response.status_code == 200
    assert "Ce que dit la page maintenant le 25 décembre : 8 h – 12 h" in words_of(response)
    assert days_of(marie)[0][2] == "08:00-12:00"
    tap(desk, marie, "hours_holiday", token=response.context["token"], day=CHRISTMAS, choice="closed")
    assert days_of(marie)[0][2] == "", "the second time she knew"


def test_a_form_keeps_what_was_typed_when_a_colleague_was_faster(desk, marie, sophie):
    token = desk.get(at(marie)).context["token"]
    colleague = special_days.entry(date(2026, 12, 24), date(2026, 12, 31), reason="works")
    write_meanwhile(marie, sophie, special_days=[colleague])
    response = tap(desk, marie, "hours_close", token=token, **CLOSING)
    assert response.status_code == 200
    assert "Ce que dit la page maintenant du 24 décembre au 31 décembre : fermé (travaux)" in words_of(
        response
    )
    assert 'value="Bonnes fêtes"' in response.content.decode()
    assert len(days_of(marie)) == 1


def test_a_gesture_from_an_old_page_is_asked_again(desk, marie):
    response = tap(desk, marie, "hours_close_today", token="not-ours")
    assert response.status_code == 200
    assert "Cette page était ouverte depuis longtemps." in words_of(response)
    assert days_of(marie) == []


def test_a_day_that_ended_while_the_page_was_open_is_nobodys_change(desk, marie, marie_herself, clock):
    SpecialDay.objects.create(shop=marie, start_on=TODAY, end_on=TODAY)
    token = desk.get(at(marie)).context["token"]
    clock(TUESDAY_10H + timedelta(days=1))
    desk.cookies.clear()
    desk.force_login(marie_herself)
    assert tap(desk, marie, "hours_close_today", token=token).headers["Location"] == at(marie)
    assert [day[0] for day in days_of(marie)] == [TODAY, "2026-11-25"]


def test_more_than_can_be_shown_is_refused(desk, marie):
    day = date(2027, 1, 4)
    for number in range(26):
        SpecialDay.objects.create(
            shop=marie,
            start_on=day + timedelta(days=number * 7),
            end_on=day + timedelta(days=number * 7),
            reason="other",
            note="n" * 120,
        )
    with_room = tap(desk, marie, "hours_close", **(CLOSING | {"note": ""}))
    assert with_room.status_code == 302
    response = tap(
        desk, marie, "hours_close", **(CLOSING | {"start_on": TODAY, "end_on": TODAY, "note": "n" * 120})
    )
    assert "trop de jours particuliers à la fois" in words_of(response)
    assert len(days_of(marie)) == 27
    assert catalogue.parsed(Shop.objects.get(pk=marie.pk).hours_expression, LUXEMBOURG).expression


def test_a_tap_with_htmx_brings_its_line_back(desk, marie):
    headers = {"HX-Request": "true", "HX-Target": f"ferie-{CHRISTMAS}"}
    token = desk.get(at(marie)).context["token"]
    data = {"snapshot": token, "day": CHRISTMAS, "choice": "closed"}
    response = desk.post(at(marie, "hours_holiday"), data, headers=headers, follow=True)
    assert f'id="ferie-{CHRISTMAS}"' in response.content.decode()
    assert not list(response.context["messages"]), "the line says it"
    refused = desk.post(
        at(marie, "hours_holiday"), data | {"snapshot": "x", "choice": "usual"}, headers=headers
    )
    assert refused.headers["HX-Retarget"] == "main", "what stands against it is seen"


# The grid, there and back

QUARTERS = st.integers(0, 95).map(lambda quarter: time(quarter // 4, quarter % 4 * 15))


@st.composite
def grids(draw):
    """A week of up to three stretches a day that neither touch nor overlap; evenings may end by three in the morning."""
    days = []
    for _number in range(8):
        quarters = sorted(draw(st.sets(st.integers(14, 95), max_size=6)))
        if len(quarters) % 2:
            quarters.pop()
        clocks = [time(quarter // 4, quarter % 4 * 15) for quarter in quarters]
        spans = list(zip(clocks[::2], clocks[1::2], strict=True))
        if spans and spans[-1][0] >= time(12) and draw(st.booleans()):
            spans[-1] = (spans[-1][0], time(draw(st.integers(0, 3))))
        if draw(st.integers(0, 9)) == 0:
            spans = [(time(0), time(0))]
        days.append(tuple(spans))
    by_appointment = draw(st.sets(st.integers(0, 6), max_size=3))
    for number in range(7):
        # A night ends before the next day begins.
        spans, following = days[number], days[(number + 1) % 7]
        if spans and following and following[0][0] < spans[-1][1] <= spans[-1][0]:
            days[number] = (*spans[:-1], (spans[-1][0], time(0)))
    week = tuple(() if number in by_appointment else days[number] for number in range(7))
    return WeekGrid(week, draw(st.sampled_from([None, (), days[7]])), frozenset(by_appointment))


def posted(form):
    return {
        f"{line.name}-{end}": value
        for day in form.days
        for line in day.lines
        for end, value in (("de", line.opens), ("a", line.closes))
    }


@settings(max_examples=150, deadline=None, database=None)
@given(grids())
def test_a_week_survives_the_form_and_its_expression(grid):
    form = WeekForm.of_post(posted(WeekForm.of_grid(grid)))
    if not any(grid.days) and not grid.by_appointment:
        assert not form.read(None)
        return
    assert form.read(None), [(day.label, day.fault) for day in form.faults]
    assert form.grid == grid
    shown = Hours.parse(grid.expression(), NO_HOLIDAYS).week_grid()
    assert WeekForm.of_grid(shown).read(None)
    assert Hours.parse(shown.expression(), NO_HOLIDAYS).week_grid() == shown
    assert shown.holidays == grid.holidays or shown == Hours.parse("24/7", NO_HOLIDAYS).week_grid()


def test_the_corpus_survives_the_form_where_a_grid_can_show_it(data_dir):
    corpus = json.loads((data_dir / "opening_hours_corpus.json").read_text())
    fitting = 0
    for value in (entry["value"] for entry in corpus):
        expression = repair(value).expression
        grid = expression and Hours.parse(expression, LUXEMBOURG).week_grid()
        if not grid:
            continue
        fitting += 1
        form = WeekForm.of_post(posted(WeekForm.of_grid(grid)))
        # What is there is believed, so that one day can be changed without answering for the others.
        assert form.read(grid), (value, [day.fault for day in form.faults])
        again, first = (Hours.parse(text, NO_HOLIDAYS) for text in (form.grid.expression(), expression))
        monday = date(2026, 3, 23)  # the week of the change of clock
        start, end = (
            TUESDAY_10H.replace(year=day.year, month=day.month, day=day.day)
            for day in (monday, monday + timedelta(days=14))
        )
        assert again.intervals(start, end) == first.intervals(start, end), value
    assert fitting > 300


def test_a_stretch_reads_in_order():
    assert hours_forms.stretches([("14:00", "18:00"), ("", ""), ("09:00", "12:00")]) == (
        (time(9), time(12)),
        (time(14), time(18)),
    )
    with pytest.raises(Wrong):
        hours_forms.stretches([("09:00", "02:00"), ("20:00", "23:00")])


def test_a_shop_that_was_never_told_anything_begins_empty(desk, city, marie_herself):
    shop = make_shop("Chez Marie", opening_hours="", hours_confirmed_at=None)
    make_member(shop, marie_herself)
    response = desk.get(at(shop, "hours_week"))
    assert all(day.pairs[0][0] in ("", "?") for day in response.context["week"].days)
    assert "Choisissez les heures d’un jour au moins." in words_of(
        desk.post(at(shop, "hours_week"), {**week_form(response), "do": "save"})
    )
