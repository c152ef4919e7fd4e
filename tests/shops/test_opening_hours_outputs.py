"""Hours for machines say what is certain and nothing else."""

from datetime import UTC, date, datetime, time

from django.utils import translation
from icalendar import Calendar

from shops.opening_hours import (
    Hours,
    SpecialDay,
    compile_hours,
    hours_calendar,
    opening_hours_specification,
)
from tests.shops.opening_hours_fixtures import LUXEMBOURG, NO_HOLIDAYS, local

WEEKDAYS = [
    f"https://schema.org/{day}"
    for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
]


def specification(expression, day=date(2026, 11, 23), days=35, place=LUXEMBOURG):
    return opening_hours_specification(Hours.parse(expression, place), day, days)


class TestSchema:
    def test_the_usual_week(self):
        found = specification("Mo-Fr 09:00-12:00,14:00-18:30; Sa 18:00-02:00; PH off", days=14)
        assert found == {
            "openingHoursSpecification": [
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": WEEKDAYS[:5],
                    "opens": "09:00",
                    "closes": "12:00",
                },
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": WEEKDAYS[:5],
                    "opens": "14:00",
                    "closes": "18:30",
                },
                {
                    "@type": "OpeningHoursSpecification",
                    "dayOfWeek": [WEEKDAYS[5]],
                    "opens": "18:00",
                    "closes": "02:00",
                },
            ]
        }

    def test_day_and_night(self):
        (entry,) = specification("24/7")["openingHoursSpecification"]
        assert (entry["opens"], entry["closes"], entry["dayOfWeek"]) == ("00:00", "23:59", WEEKDAYS)

    def test_a_holiday_is_a_special_day(self):
        (entry,) = specification("Mo-Fr 09:00-18:00; PH off", date(2026, 6, 22), 7)[
            "specialOpeningHoursSpecification"
        ]
        assert entry == {
            "@type": "OpeningHoursSpecification",
            "validFrom": "2026-06-23",
            "validThrough": "2026-06-23",
            "opens": "00:00",
            "closes": "00:00",
        }

    def test_an_exception_is_one_entry_from_its_first_day_to_its_last(self):
        closed = SpecialDay(date(2026, 11, 24), date(2026, 11, 27), reason="works")
        late = SpecialDay(date(2026, 11, 30), date(2026, 11, 30), ((time(10), time(12)), (time(20), time(0))))
        found = specification(compile_hours("Mo-Su 09:00-18:00; PH off", [closed, late]), days=14)
        assert [
            (entry["validFrom"], entry["validThrough"], entry["opens"], entry["closes"])
            for entry in found["specialOpeningHoursSpecification"]
        ] == [
            ("2026-11-24", "2026-11-27", "00:00", "00:00"),
            ("2026-11-30", "2026-11-30", "10:00", "12:00"),
            ("2026-11-30", "2026-11-30", "20:00", "00:00"),
        ]

    def test_a_silent_holiday_is_not_claimed(self):
        found = specification("Mo-Fr 09:00-18:00", date(2026, 6, 20), 10)
        assert "specialOpeningHoursSpecification" not in found
        assert [
            (entry["validFrom"], entry["validThrough"]) for entry in found["openingHoursSpecification"]
        ] == [
            ("2026-06-20", "2026-06-22"),
            ("2026-06-24", "2026-06-29"),
        ]

    def test_appointments_are_not_openings(self):
        found = specification('Mo 09:00-12:00; Tu "sur rendez-vous"')
        assert [entry["dayOfWeek"] for entry in found["openingHoursSpecification"]] == [[WEEKDAYS[0]]] * len(
            found["openingHoursSpecification"]
        )

    def test_seasons_are_told_day_by_day(self):
        found = specification("Nov 08:00-12:00; Dec 10:00-12:00", date(2026, 11, 29), 4, NO_HOLIDAYS)
        assert "openingHoursSpecification" not in found
        assert [
            (entry["validFrom"], entry["validThrough"], entry["opens"])
            for entry in found["specialOpeningHoursSpecification"]
        ] == [("2026-11-29", "2026-11-30", "08:00"), ("2026-12-01", "2026-12-02", "10:00")]

    def test_unknown_hours_say_nothing(self):
        assert specification("") == {}


class TestCalendar:
    STAMP = datetime(2026, 11, 20, 12, tzinfo=UTC)

    def events(self, expression, day=date(2026, 11, 23), days=7, place=LUXEMBOURG):
        with translation.override("fr"):
            data = hours_calendar(
                Hours.parse(expression, place),
                day,
                days,
                key="4f2k9@city.example",
                name="Um Eck",
                url="https://city.example/fr/commerces/um-eck/",
                stamp=self.STAMP,
            )
        calendar = Calendar.from_ical(data)
        return calendar, calendar.walk("VEVENT")

    def test_each_opening_is_an_event_in_local_time(self):
        calendar, events = self.events("Mo 09:00-12:00,14:00-18:00")
        assert [(event.start, event.end) for event in events] == [
            (local("2026-11-23T09:00"), local("2026-11-23T12:00")),
            (local("2026-11-23T14:00"), local("2026-11-23T18:00")),
        ]
        assert str(events[0].start.tzinfo) == "Europe/Luxembourg"
        assert [str(zone["TZID"]) for zone in calendar.walk("VTIMEZONE")] == ["Europe/Luxembourg"]

    def test_an_event_says_what_and_where(self):
        _calendar, (event,) = self.events("Mo 09:00-12:00")
        assert event["SUMMARY"] == "Um Eck, ouvert"
        assert event["URL"] == "https://city.example/fr/commerces/um-eck/"
        assert event["DTSTAMP"].dt == self.STAMP

    def test_identifiers_are_stable_and_distinct(self):
        _calendar, one = self.events("Mo-Su 09:00-12:00,14:00-18:00")
        _calendar, later = self.events("Mo-Su 09:00-12:00,14:00-18:00", date(2026, 11, 25))
        first = {str(event["UID"]): event.start for event in one}
        assert len(first) == len(one) == 14
        shared = {str(event["UID"]): event.start for event in later if str(event["UID"]) in first}
        assert len(shared) == 10
        assert all(first[uid] == start for uid, start in shared.items())

    def test_a_night_is_one_event(self):
        _calendar, (event,) = self.events("Fr 18:00-02:00")
        assert (event.start, event.end) == (local("2026-11-27T18:00"), local("2026-11-28T02:00"))

    def test_what_is_not_certain_is_not_in_it(self):
        _calendar, events = self.events("Mo-We 09:00-12:00", date(2026, 6, 22))
        assert [event.start.day for event in events] == [22, 24]
        assert self.events('Mo-Fr "sur rendez-vous"')[1] == []
        assert self.events("")[1] == []

    def test_the_change_of_clock_keeps_local_times(self):
        _calendar, events = self.events("Sa-Mo 09:00-12:00", date(2026, 10, 24), 3)
        assert [event.start.hour for event in events] == [9, 9, 9]
        assert [event.start.utcoffset().seconds // 3600 for event in events] == [2, 1, 1]

    def test_a_shop_that_never_closes_has_an_event_a_day(self):
        _calendar, events = self.events("24/7", days=3)
        assert [event.start.day for event in events] == [23, 24, 25]
