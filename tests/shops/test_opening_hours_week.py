"""The week as a table for readers and as a grid for the merchant's form."""

from datetime import date, time

import pytest
from django.utils import translation

from shops.opening_hours import ClosureReason, Hours, InvalidHours, SpecialDay, WeekGrid, compile_hours
from shops.opening_hours.week import Day
from tests.shops.opening_hours_fixtures import LUXEMBOURG, NATIONAL_DAY, NO_HOLIDAYS, plain

MONDAY = date(2026, 11, 23)
HOLIDAY_WEEK = date(2026, 6, 22)  # its Tuesday is a holiday


def week(expression, monday=MONDAY, place=LUXEMBOURG):
    return Hours.parse(expression, place).week(monday)


def times(day):
    return [(opening.opens, opening.closes) for opening in day.openings]


class TestWeek:
    def test_it_has_seven_days_with_their_names(self):
        days = week("Mo-Fr 09:00-12:00")
        assert [day.date.day for day in days] == [23, 24, 25, 26, 27, 28, 29]
        with translation.override("fr"):
            assert [day.name for day in days][:2] == ["lundi", "mardi"]
        with translation.override("lb"):
            assert days[0].name == "Méindeg"

    def test_a_day_lists_its_openings_in_order(self):
        monday = week("Mo-Fr 14:00-18:30,09:00-12:00")[0]
        assert times(monday) == [(time(9), time(12)), (time(14), time(18, 30))]
        assert not monday.closed

    def test_a_day_without_hours_is_closed(self):
        sunday = week("Mo-Fr 09:00-12:00")[6]
        assert sunday.closed
        assert sunday.openings == ()

    def test_a_night_is_told_with_its_evening(self):
        days = week("Fr 18:00-02:00")
        assert times(days[4]) == [(time(18), time(2))]
        assert days[4].openings[0].past_midnight
        assert days[5].closed

    def test_hours_written_around_midnight_are_one_evening(self):
        days = week("Fr 18:00-24:00; Sa 00:00-02:00,18:00-24:00; Su 00:00-02:00; Mo 09:00-12:00")
        assert times(days[4]) == [(time(18), time(2))]
        assert times(days[5]) == [(time(18), time(2))]
        assert days[6].closed
        assert times(days[0]) == [(time(9), time(12))]

    def test_the_night_of_the_sunday_before_is_not_mondays(self):
        days = week("Su 18:00-24:00; Mo 00:00-02:00")
        assert days[0].closed
        assert times(days[6]) == [(time(18), time(2))]

    def test_closing_at_midnight_is_not_past_it(self):
        opening = week("Mo 18:00-24:00")[0].openings[0]
        assert (opening.closes, opening.past_midnight) == (time(0), False)

    def test_day_and_night(self):
        assert all(day.openings[0].all_day for day in week("24/7"))

    def test_a_holiday_is_named(self):
        tuesday = week("Mo-Fr 09:00-12:00; PH off", HOLIDAY_WEEK)[1]
        assert (tuesday.closed, tuesday.to_confirm, tuesday.holiday) == (True, False, NATIONAL_DAY)
        with translation.override("de"):
            assert tuesday.holiday_name == "Nationalfeiertag"

    def test_a_silent_holiday_is_to_confirm_and_claims_nothing(self):
        tuesday = week("Mo-Fr 09:00-12:00", HOLIDAY_WEEK)[1]
        assert (tuesday.to_confirm, tuesday.closed, tuesday.openings) == (True, False, ())

    def test_an_exception_says_why(self):
        special = SpecialDay(
            date(2026, 11, 25), date(2026, 11, 25), ((time(20), time(1)),), "event", "Nocturne"
        )
        wednesday = week(compile_hours("Mo-Fr 09:00-12:00", [special]))[2]
        assert (wednesday.special, wednesday.note) == (ClosureReason.EVENT, "Nocturne")
        assert times(wednesday) == [(time(20), time(1))]
        with translation.override("fr"):
            assert wednesday.reason == "événement"

    def test_a_closure_says_why(self):
        special = SpecialDay(date(2026, 11, 25), date(2026, 11, 26), reason="other", note="Inventaire")
        days = week(compile_hours("Mo-Fr 09:00-12:00", [special]))
        assert [day.closed for day in days[:5]] == [False, False, True, True, False]
        assert days[2].reason == "Inventaire"

    def test_appointments_are_told(self):
        monday = week('Mo 14:00-18:00, Mo "sur rendez-vous"')[0]
        assert monday.by_appointment == "sur rendez-vous"
        assert not monday.closed

    def test_unknown_hours_are_unknown_every_day(self):
        assert all(day.unknown and not day.closed for day in week(""))
        assert week("Mo-Fr unknown")[0].unknown

    @pytest.mark.parametrize(
        ("language", "expected"),
        [
            ("fr", "9 h – 12 h 30"),
            ("de", "09:00–12:30 Uhr"),
            ("lb", "09:00–12:30 Auer"),
            ("en", "09:00–12:30"),
        ],
    )
    def test_an_opening_as_text(self, language, expected):
        opening = week("Mo 09:00-12:30")[0].openings[0]
        with translation.override(language):
            assert plain(str(opening)) == expected

    def test_a_table_agrees_with_the_intervals_on_the_weekend_of_a_change(self):
        hours = Hours.parse("Sa-Su 22:00-04:00", NO_HOLIDAYS)
        assert [times(day) for day in hours.week(date(2026, 10, 19))][5:] == [[(time(22), time(4))]] * 2


class TestGrid:
    def grid(self, expression):
        return Hours.parse(expression, LUXEMBOURG).week_grid()

    def test_plain_weekly_hours_fit(self):
        grid = self.grid("Mo-Fr 09:00-12:00,14:00-18:00; Sa 10:00-16:00")
        assert grid.days[0] == ((time(9), time(12)), (time(14), time(18)))
        assert grid.days[5] == ((time(10), time(16)),)
        assert grid.days[6] == ()
        assert grid.holidays is None

    def test_a_later_rule_replaces_the_day(self):
        grid = self.grid("Mo-Sa 09:00-18:00; Th 09:00-20:00; Tu off")
        assert grid.days[3] == ((time(9), time(20)),)
        assert grid.days[1] == ()

    def test_nights_fit(self):
        assert self.grid("Fr-Sa 18:00-02:00").days[5] == ((time(18), time(2)),)
        assert self.grid("Su 18:00-24:00; Mo 00:00-02:00").days[6] == ((time(18), time(2)),)

    @pytest.mark.parametrize("words", ["sur rendez-vous", "Nach Vereinbarung", "by appointment"])
    def test_days_by_appointment_fit(self, words):
        grid = self.grid(f'Mo-Fr 09:00-18:00; Sa "{words}"; PH off')
        assert (grid.by_appointment, grid.days[5], grid.days[0]) == ({5}, (), ((time(9), time(18)),))
        assert grid.expression() == 'Mo-Fr 09:00-18:00; Sa "sur rendez-vous"; PH off'

    def test_it_says_what_holds_on_holidays(self):
        assert self.grid("Mo-Fr 09:00-18:00; PH off").holidays == ()
        assert self.grid("Mo-Fr 09:00-18:00; Su,PH 10:00-12:00").holidays == ((time(10), time(12)),)
        assert self.grid("24/7").holidays == ((time(0), time(0)),)

    @pytest.mark.parametrize(
        "expression",
        [
            "",
            "Apr-Sep 08:00-20:00; Oct-Mar 09:00-17:00",
            "Mo-Fr 09:00-18:00; 2026 Dec 24 09:00-12:00",
            "week 1-53/2 Mo 09:00-12:00",
            "Sa[1] 10:00-12:00",
            'Mo-Fr "sur rendez-vous"; Mo 09:00-12:00, Mo "sur rendez-vous"',
            'PH "sur rendez-vous"; Mo-Fr 09:00-12:00',
            'Mo-Fr "sur rendez-vous au 26 12 34 56"',
            'Mo-Fr 09:00-12:00 "sonner"',
            "Mo-Fr 09:00-12:00 || unknown",
            "Mo-Fr unknown",
            "Mo-Fr 18:00-22:00+",
            "sunrise-sunset",
            "Mo-Fr 09:00-18:00; PH +1 day off",
            "00:00-24:00; Tu-Su,PH 08:30-09:00 off; Mo 08:00-13:00 off",
        ],
    )
    def test_what_it_cannot_show_has_none(self, expression):
        assert self.grid(expression) is None

    @pytest.mark.parametrize(
        ("days", "holidays", "expected"),
        [
            ([()] * 7, (), "off"),
            ([((time(9), time(18)),)] * 5 + [()] * 2, (), "Mo-Fr 09:00-18:00; PH off"),
            ([((time(18), time(0)),)] + [()] * 6, None, "Mo 18:00-24:00"),
            ([((time(0), time(0)),)] * 7, None, "Mo-Su 00:00-24:00"),
            (
                [()] * 5 + [((time(18), time(2)),)] * 2,
                ((time(10), time(12)),),
                "Sa-Su 18:00-02:00; PH 10:00-12:00",
            ),
        ],
    )
    def test_it_becomes_an_expression(self, days, holidays, expected):
        grid = WeekGrid(tuple(days), holidays)
        assert grid.expression() == expected
        assert self.grid(expected) == grid

    def test_hours_that_overlap_are_refused_by_day(self):
        days = [()] * 7
        days[1] = ((time(9), time(14)), (time(13), time(18)))
        with pytest.raises(InvalidHours, match="mardi"), translation.override("fr"):
            WeekGrid(tuple(days)).expression()


@pytest.mark.parametrize(
    ("language", "long_name", "digits"),
    [
        ("fr", "vendredi 1er janvier", "1/1"),
        ("de", "Freitag, 1. Januar", "1.1."),
        ("lb", "Freideg, den 1. Januar", "1.1."),
        ("en", "Friday 1 January", "1/1"),
        ("it", "venerdì 1 gennaio", "1/1"),
    ],
)
def test_a_day_has_a_long_name_and_a_short_one(language, long_name, digits):
    day = Day(date(2027, 1, 1))
    with translation.override(language):
        assert (plain(day.long_name), day.digits) == (long_name, digits)


def test_luxembourgish_drops_the_n_before_some_numbers():
    with translation.override("lb"):
        assert plain(Day(date(2027, 1, 4)).long_name) == "Méindeg, de 4. Januar"
