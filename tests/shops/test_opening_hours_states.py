"""What is known about a door at an instant: lights, holidays, nights, appointments, exceptions."""

import pickle
from datetime import UTC, date, datetime, time, timedelta

import pytest

from shops.opening_hours import (
    ClosureReason,
    Hours,
    InvalidHours,
    Kind,
    Light,
    Place,
    SpecialDay,
    compile_hours,
)
from shops.opening_hours.engine import MAX_COMPILED_LENGTH
from tests.shops.opening_hours_fixtures import HOLIDAYS, LUXEMBOURG, NATIONAL_DAY, local


def state(expression, at, place=LUXEMBOURG, **options):
    return Hours.parse(expression, place).state(local(at), **options)


def light(expression, at, place=LUXEMBOURG):
    return state(expression, at, place).light


class TestLights:
    def test_it_is_on_from_the_minute_of_opening_to_the_minute_of_closing(self):
        expression = "Mo-Fr 09:00-12:00,14:00-18:00"
        assert light(expression, "2026-11-23T08:59:59") is Light.OFF
        assert light(expression, "2026-11-23T09:00") is Light.ON
        assert light(expression, "2026-11-23T11:59:59") is Light.ON
        assert light(expression, "2026-11-23T12:00") is Light.OFF
        assert light(expression, "2026-11-23T14:00") is Light.ON

    def test_it_says_when_the_state_ends_and_what_follows(self):
        found = state("Mo-Fr 09:00-12:00,14:00-18:00", "2026-11-23T10:00")
        assert (found.kind, found.until, found.then) == (Kind.OPEN, local("2026-11-23T12:00"), Kind.CLOSED)
        assert found.opens_at is None

    def test_it_says_when_the_light_comes_back(self):
        found = state("Mo-Fr 09:00-12:00,14:00-18:00", "2026-11-27T19:00")
        assert found.opens_at == found.until == local("2026-11-30T09:00")
        assert found.then is Kind.OPEN

    def test_answers_are_aware_and_in_utc(self):
        found = state("Mo-Fr 09:00-12:00", "2026-11-23T10:00")
        assert found.until.tzinfo is UTC

    def test_the_instant_may_be_told_in_any_zone(self):
        hours = Hours.parse("Mo-Fr 09:00-12:00", LUXEMBOURG)
        assert hours.state(datetime(2026, 11, 23, 8, 0, tzinfo=UTC)).light is Light.ON
        assert hours.state(datetime(2026, 11, 23, 7, 59, tzinfo=UTC)).light is Light.OFF

    def test_hours_that_nobody_told_are_unlit(self):
        for hours in (Hours.unknown(LUXEMBOURG), Hours.parse("  ", LUXEMBOURG)):
            found = hours.state(local("2026-11-23T10:00"))
            assert (found.light, found.kind) == (Light.UNLIT, Kind.UNKNOWN)
            assert hours.is_unknown

    def test_hours_that_are_stale_never_light_up(self):
        found = state("24/7", "2026-11-23T10:00", stale=True)
        assert (found.light, found.kind) == (Light.UNLIT, Kind.STALE)

    def test_a_rule_that_says_unknown_is_unlit(self):
        assert state("Mo-Fr 09:00-12:00 unknown", "2026-11-23T10:00").kind is Kind.UNKNOWN

    def test_a_shop_that_never_closes_has_no_end(self):
        found = state("24/7", "2026-11-23T10:00")
        assert (found.light, found.until) == (Light.ON, None)

    def test_a_shop_that_never_opens_has_no_end(self):
        found = state("off", "2026-11-23T10:00")
        assert (found.light, found.until, found.opens_at) == (Light.OFF, None, None)

    def test_a_far_opening_is_found(self):
        assert state("Aug 1 09:00-12:00", "2026-11-23T10:00").opens_at == local("2027-08-01T09:00")


class TestNights:
    """The hours after midnight belong to the evening before."""

    def test_an_evening_runs_into_the_next_day(self):
        assert light("Fr 18:00-02:00", "2026-11-28T01:59") is Light.ON
        assert light("Fr 18:00-02:00", "2026-11-28T02:00") is Light.OFF

    def test_the_hours_of_the_next_day_do_not_end_the_evening(self):
        # For the library, Sunday's own rule would end Saturday's evening at 0:00.
        expression = "Mo-Th 11:00-01:00; Fr-Sa 11:00-03:00; Su 11:00-01:00"
        assert state(expression, "2026-11-29T00:30").until == local("2026-11-29T03:00")

    def test_a_day_off_ends_no_evening_and_has_no_night(self):
        expression = "19:00-02:00; Mo off"
        assert light(expression, "2026-11-23T01:00") is Light.ON  # Sunday's evening
        assert light(expression, "2026-11-24T01:00") is Light.OFF  # Monday had none

    def test_a_night_gives_way_to_a_rule_of_its_own(self):
        expression = "18:00-04:00; Su 00:00-04:00 off"
        assert light(expression, "2026-11-28T03:00") is Light.ON
        assert light(expression, "2026-11-29T03:00") is Light.OFF

    def test_a_day_with_earlier_hours_has_no_night(self):
        expression = "Mo-Su 18:00-02:00; Su 11:00-18:00"
        assert light(expression, "2026-11-29T01:00") is Light.ON  # Saturday's
        assert light(expression, "2026-11-30T01:00") is Light.OFF  # Sunday had none

    def test_a_night_goes_on_into_a_day_by_appointment(self):
        expression = 'Mo 18:00-02:00; Tu "sur rendez-vous"'
        assert light(expression, "2026-11-24T01:00") is Light.ON
        assert state(expression, "2026-11-24T02:00").kind is Kind.BY_APPOINTMENT

    def test_hours_that_are_written_around_midnight_are_one_evening(self):
        expression = "Fr 18:00-24:00; Sa 00:00-02:00"
        assert state(expression, "2026-11-27T23:00").until == local("2026-11-28T02:00")

    def test_a_whole_day_from_four_to_four(self):
        assert light("Mo 04:00-04:00", "2026-11-24T03:59") is Light.ON
        assert light("Mo 04:00-04:00", "2026-11-24T04:00") is Light.OFF

    def test_hours_beyond_24(self):
        assert state("Fr 18:00-26:30", "2026-11-28T02:00").until == local("2026-11-28T02:30")


class TestHolidays:
    def test_a_holiday_of_which_the_hours_say_nothing_is_to_confirm_all_day(self):
        for at in ("2026-06-23T00:00", "2026-06-23T10:00", "2026-06-23T23:59"):
            found = state("Mo-Fr 09:00-18:00", at)
            assert (found.light, found.kind, found.holiday) == (Light.UNLIT, Kind.TO_CONFIRM, NATIONAL_DAY)

    def test_two_holidays_in_a_row_keep_their_names(self):
        # The second is asked for through a line of more than a year, because this shop never opens with certainty.
        for expression in ("Mo-Sa 09:00-18:00", 'Mo-Sa "sur rendez-vous"'):
            assert state(expression, "2026-12-25T10:00").holiday["fr"] == "Noël"
            assert state(expression, "2026-12-26T10:00").holiday["fr"] == "Saint-Étienne"
            assert state(expression, "2026-12-25T10:00").until == local("2026-12-27T00:00")

    def test_the_evening_before_a_holiday_keeps_its_night(self):
        assert light("18:00-02:00", "2026-06-23T01:00") is Light.ON

    def test_the_night_of_a_silent_holiday_is_to_confirm_too(self):
        found = state("18:00-02:00", "2026-06-24T01:00")
        assert (found.kind, found.holiday) == (Kind.TO_CONFIRM, NATIONAL_DAY)
        assert found.until == local("2026-06-24T02:00")

    def test_ph_off_closes(self):
        found = state("18:00-02:00; PH off", "2026-06-23T19:00")
        assert (found.kind, found.holiday) == (Kind.CLOSED, NATIONAL_DAY)
        assert light("18:00-02:00; PH off", "2026-06-24T01:00") is Light.OFF
        assert light("18:00-02:00; PH off", "2026-06-23T01:00") is Light.ON

    def test_ph_may_have_hours(self):
        assert light("Mo-Fr 09:00-18:00; PH 10:00-12:00", "2026-06-23T11:00") is Light.ON
        assert light("Mo-Fr 09:00-18:00; PH 10:00-12:00", "2026-06-23T13:00") is Light.OFF

    def test_ph_may_stand_among_weekdays(self):
        assert light("Mo-Fr 09:00-18:00; Su,PH 10:00-12:00", "2026-06-23T11:00") is Light.ON
        assert light("Mo-Fr 09:00-18:00; Su,PH off", "2026-06-23T11:00") is Light.OFF

    def test_the_day_after_a_holiday_can_be_meant(self):
        expression = "Mo-Fr 09:00-18:00; PH off; PH +1 day 14:00-18:00"
        assert light(expression, "2026-06-24T10:00") is Light.OFF
        assert light(expression, "2026-06-24T15:00") is Light.ON
        assert light(expression, "2026-06-25T10:00") is Light.ON

    def test_the_day_before_a_holiday_says_nothing_of_the_holiday(self):
        assert state("Mo-Fr 09:00-18:00; PH -1 day 09:00-12:00", "2026-06-23T10:00").kind is Kind.TO_CONFIRM

    def test_a_rule_for_that_very_date_speaks(self):
        assert light("Mo-Fr 09:00-18:00; Jun 23 10:00-12:00", "2026-06-23T11:00") is Light.ON
        assert light("Mo-Fr 09:00-18:00; 2026 Jun 20-2026 Jun 30 off", "2026-06-23T11:00") is Light.OFF

    def test_a_season_does_not_speak(self):
        assert state("Jun-Aug Mo-Su 09:00-18:00", "2026-06-23T11:00").kind is Kind.TO_CONFIRM
        assert state("Jun 1-Aug 31 09:00-18:00", "2026-06-23T11:00").kind is Kind.TO_CONFIRM

    def test_day_and_night_means_holidays_too(self):
        assert light("24/7", "2026-06-23T11:00") is Light.ON

    def test_the_holiday_is_told_on_an_open_day(self):
        assert state("PH,Mo-Su 09:00-18:00", "2026-06-23T11:00").holiday == NATIONAL_DAY

    @pytest.mark.parametrize(
        ("zone", "country", "day", "name"),
        [
            # The library's own table has these countries' holidays differently, or not at all.
            ("Europe/Monaco", "MC", date(2026, 11, 19), "Fête du Prince"),
            ("Europe/Helsinki", "FI", date(2026, 6, 19), "Juhannusaatto"),
            ("Europe/Paris", "XX", date(2026, 3, 4), "a feast of nobody else's"),
        ],
    )
    def test_the_holidays_of_the_city_count_and_no_others(self, zone, country, day, name):
        place = Place(zone, country, {day: {"fr": name}})
        hours = Hours.parse("Mo-Su 09:00-18:00; PH off", place)
        noon = datetime.combine(day, time(12), place.zone)
        assert hours.state(noon).light is Light.OFF
        assert hours.state(noon).holiday == {"fr": name}
        assert hours.state(noon + timedelta(days=1)).light is Light.ON
        # A feast of the country's that the city does not keep.
        assert hours.state(datetime(2026, 12, 25, 12, tzinfo=place.zone)).light is Light.ON


class TestAppointments:
    def test_a_rule_that_is_only_a_comment_is_by_appointment(self):
        found = state('Mo-Fr "sur rendez-vous"', "2026-11-23T10:00")
        assert (found.light, found.kind) == (Light.UNLIT, Kind.BY_APPOINTMENT)
        assert found.comment == "sur rendez-vous"

    def test_hours_on_appointment_are_by_appointment(self):
        for words in ("nach Vereinbarung", "By appointment only", "op Rendez-vous", "sur RDV"):
            assert state(f'Mo-Fr 09:00-12:00 "{words}"', "2026-11-23T10:00").kind is Kind.BY_APPOINTMENT

    def test_another_comment_beside_hours_leaves_them_certain(self):
        found = state('Mo-Fr 09:00-12:00 "sonner"', "2026-11-23T10:00")
        assert (found.light, found.comment) == (Light.ON, "sonner")

    def test_hours_go_before_an_appointment(self):
        expression = 'Mo-Fr "sur rendez-vous", Mo 10:00-12:00'
        assert light(expression, "2026-11-23T11:00") is Light.ON
        assert state(expression, "2026-11-23T13:00").kind is Kind.BY_APPOINTMENT

    def test_a_fallback_is_asked_on_days_without_hours(self):
        expression = 'Mo-Fr 09:00-12:00 || "sur rendez-vous"'
        assert light(expression, "2026-11-23T10:00") is Light.ON
        assert state(expression, "2026-11-28T10:00").kind is Kind.BY_APPOINTMENT


class TestWhatIsNotCertain:
    def test_closures_alone_leave_the_other_days_unknown(self):
        assert state("PH off", "2026-06-23T10:00").kind is Kind.CLOSED
        assert state("PH off", "2026-06-24T10:00").kind is Kind.UNKNOWN

    def test_an_open_end_is_told(self):
        found = state("Mo-Fr 18:00-22:00+", "2026-11-23T19:00")
        assert (found.light, found.open_ended) == (Light.ON, True)
        assert not state("Mo-Fr 18:00-22:00", "2026-11-23T19:00").open_ended

    def test_the_sun_is_not_asked(self):
        hours = Hours.parse("sunrise-sunset", LUXEMBOURG)
        assert hours.is_unknown
        assert hours.state(local("2026-06-20T12:00")).kind is Kind.UNKNOWN

    def test_days_in_a_list_share_their_hours(self):
        # For the library, "Sa" alone would be open all day.
        assert light("Mo-Fr 07:00-19:00; Sa, Su 09:00-16:00", "2026-11-28T08:00") is Light.OFF
        assert light("Mo-Fr 07:00-19:00; Sa, Su 09:00-16:00", "2026-11-28T10:00") is Light.ON


class TestSpecialDays:
    SUMMER = SpecialDay(date(2026, 8, 3), date(2026, 8, 17), reason="holiday", note='Congé "annuel"')

    def test_without_any_the_expression_stays_as_it_is(self):
        assert compile_hours("Mo-Fr 09:00-18:00", []) == "Mo-Fr 09:00-18:00"

    def test_a_closure_holds_from_its_first_day_to_its_last(self):
        expression = compile_hours("Mo-Su 09:00-18:00; PH off", [self.SUMMER])
        assert light(expression, "2026-08-02T12:00") is Light.ON
        assert light(expression, "2026-08-03T12:00") is Light.OFF
        assert light(expression, "2026-08-17T12:00") is Light.OFF
        assert light(expression, "2026-08-18T12:00") is Light.ON

    def test_a_closure_is_told_with_its_reason_its_words_and_its_last_day(self):
        closure = state(compile_hours("Mo-Su 09:00-18:00", [self.SUMMER]), "2026-08-04T12:00").closure
        assert (closure.reason, closure.last_on) == (ClosureReason.HOLIDAY, date(2026, 8, 17))
        assert closure.note == "Congé 'annuel'"

    def test_a_long_closure_is_told_to_its_end(self):
        far = SpecialDay(date(2026, 8, 3), date(2026, 11, 15), reason="works")
        found = state(compile_hours("Mo-Su 09:00-18:00", [far]), "2026-08-04T12:00")
        assert found.closure.last_on == date(2026, 11, 15)
        assert found.opens_at == local("2026-11-16T09:00")

    def test_the_evening_before_a_closure_keeps_its_night_and_the_last_day_has_none(self):
        expression = compile_hours("18:00-02:00", [self.SUMMER])
        assert light(expression, "2026-08-03T01:00") is Light.ON
        assert light(expression, "2026-08-18T01:00") is Light.OFF

    def test_a_shorter_exception_wins_whatever_the_order(self):
        opening = SpecialDay(date(2026, 8, 8), date(2026, 8, 8), ((time(10), time(12)),), "event")
        for order in ([self.SUMMER, opening], [opening, self.SUMMER]):
            expression = compile_hours("Mo-Su 09:00-18:00", order)
            assert light(expression, "2026-08-08T11:00") is Light.ON
            assert light(expression, "2026-08-08T13:00") is Light.OFF
            assert state(expression, "2026-08-04T12:00").closure.last_on == date(2026, 8, 7)

    def test_other_hours_replace_those_of_the_day(self):
        evening = SpecialDay(date(2026, 11, 24), date(2026, 11, 24), ((time(20), time(2)),), "event")
        expression = compile_hours("Mo-Su 09:00-18:00", [evening])
        assert light(expression, "2026-11-24T10:00") is Light.OFF
        assert light(expression, "2026-11-25T01:00") is Light.ON
        assert light(expression, "2026-11-25T03:00") is Light.OFF

    def test_a_closing_time_of_midnight(self):
        late = SpecialDay(date(2026, 11, 24), date(2026, 11, 24), ((time(20), time(0)),))
        assert light(compile_hours("off", [late]), "2026-11-24T23:59") is Light.ON
        assert light(compile_hours("off", [late]), "2026-11-25T00:00") is Light.OFF

    def test_an_exception_speaks_of_a_holiday(self):
        opening = SpecialDay(date(2026, 6, 23), date(2026, 6, 23), ((time(10), time(12)),))
        assert light(compile_hours("Mo-Fr 09:00-18:00", [opening]), "2026-06-23T11:00") is Light.ON

    def test_unknown_hours_stay_unknown_outside_an_exception(self):
        expression = compile_hours("", [self.SUMMER])
        assert state(expression, "2026-08-04T12:00").kind is Kind.CLOSED
        assert state(expression, "2026-08-20T12:00").kind is Kind.UNKNOWN

    def test_it_may_run_over_new_year(self):
        pause = SpecialDay(date(2026, 12, 24), date(2027, 1, 3), reason="holiday")
        found = state(compile_hours("Mo-Su 09:00-18:00", [pause]), "2026-12-28T12:00")
        assert found.closure.last_on == date(2027, 1, 3)

    def test_one_that_ends_before_it_starts_is_refused(self):
        with pytest.raises(ValueError, match="ends before it starts"):
            compile_hours("24/7", [SpecialDay(date(2026, 8, 4), date(2026, 8, 3))])


class TestParsing:
    def test_the_same_expression_at_the_same_place_is_read_once(self):
        same = Place("Europe/Luxembourg", "LU", HOLIDAYS)
        assert Hours.parse("Mo 10:00-12:00", LUXEMBOURG) is Hours.parse(" Mo 10:00-12:00 ", same)

    def test_another_place_is_another_reading(self):
        elsewhere = Place("Europe/Luxembourg", "LU", {})
        assert Hours.parse("Mo 10:00-12:00; PH off", LUXEMBOURG) is not Hours.parse(
            "Mo 10:00-12:00; PH off", elsewhere
        )

    def test_it_survives_a_cache(self):
        hours = Hours.parse("Mo 10:00-12:00", LUXEMBOURG)
        assert pickle.loads(pickle.dumps(hours)) is hours

    def test_what_cannot_be_read_is_refused_with_a_sentence_that_says_where(self):
        with pytest.raises(InvalidHours) as refusal:
            Hours.parse("Mo-Fr 09:00-18:00; samedi matin", LUXEMBOURG)
        assert "samedi matin" in str(refusal.value)

    def test_an_unfinished_expression_says_so(self):
        with pytest.raises(InvalidHours, match="incomplets"):
            Hours.parse("Mo-Fr 09:00-", LUXEMBOURG)

    @pytest.mark.parametrize(
        "expression", ["Mo\x00", "Mo \ud800", "Mo 10:00-12:00\x01", 'Mo "a\nb"', "x" * 10_000]
    )
    def test_what_no_expression_holds_is_refused(self, expression):
        with pytest.raises(InvalidHours):
            Hours.parse(expression, LUXEMBOURG)

    @pytest.mark.parametrize(
        "piece",
        [
            "Mo 10:00-12:00;",
            'Mo 10:00-12:00 off "a", ',
            "PH off;",
            "PH +1 day off;",
            "Feb 29 Mo 10:00-12:00;",
            "2026 Jan 1-2026 Dec 31 22:00-04:00;",
            "Mo 23:59-48:00, ",
            "week 1-53/2 Mo 22:00-02:00;",
            "easter -2 days-easter +3 days off;",
            "Mo[1] -3 days 10:00-12:00;",
            "off;",
            "Mo || ",
        ],
    )
    def test_a_hostile_expression_costs_little(self, piece):
        expression = (piece * MAX_COMPILED_LENGTH)[:MAX_COMPILED_LENGTH].rpartition(piece.strip()[-1])[0]
        at, start = local("2026-11-23T10:00"), datetime.now(UTC)
        try:
            hours = Hours(expression, LUXEMBOURG)
            hours.state(at)
            hours.intervals(at, at + timedelta(days=35))
        except InvalidHours:
            pass
        assert datetime.now(UTC) - start < timedelta(seconds=2)
