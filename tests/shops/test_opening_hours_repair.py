"""Hours as people type them: read where the meaning is certain, refused with a reason where it is not."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from shops.opening_hours import Hours, repair
from shops.opening_hours.engine import MAX_LENGTH
from tests.shops.opening_hours_fixtures import LUXEMBOURG

CERTAIN = [
    # As they are found in files
    ("9h-18h", "Mo-Su 09:00-18:00"),
    ("Lu-Ve 9-12,14-18", "Mo-Fr 09:00-12:00,14:00-18:00"),
    ("Mon to Fri 09.00-18.00", "Mo-Fr 09:00-18:00"),
    ("Mo-Fr 9:00 - 18:00 Uhr", "Mo-Fr 09:00-18:00"),
    ("lundi au vendredi de 9h à 18h30, samedi 9h-12h", "Mo-Fr 09:00-18:30; Sa 09:00-12:00"),
    ("Mo–Fr 9–18", "Mo-Fr 09:00-18:00"),
    ("Mo-Sa 09:30–19:30", "Mo-Sa 09:30-19:30"),
    ("Apr–Sep 09:00–19:00; Su off", "Apr-Sep 09:00-19:00; Su off"),
    ("We-Fr 13:00-18:00 Sa 12:00-18:00", "We-Fr 13:00-18:00; Sa 12:00-18:00"),
    ("Mo-Fr 7:00-21; Sa-Su 12:00-18:00", "Mo-Fr 07:00-21:00; Sa-Su 12:00-18:00"),
    ("Su-Th 15-00; Fr-Sa 15-02", "Su-Th 15:00-24:00; Fr-Sa 15:00-02:00"),
    # Day and night
    ("24h/24", "24/7"),
    ("24h/24 7j/7", "24/7"),
    ("7j/7 24h/24", "24/7"),
    ("rund um die Uhr", "24/7"),
    ("Lu-Ve 24h/24", "Mo-Fr 00:00-24:00"),
    ("Ouvert 7/7 de 8h à 20h", "Mo-Su 08:00-20:00"),
    ("täglich 10-22 Uhr", "Mo-Su 10:00-22:00"),
    # French
    ("du mardi au samedi : 9h00 - 12h00 / 14h00 - 18h30", "Tu-Sa 09:00-12:00,14:00-18:30"),
    ("9h-18h du lundi au vendredi", "Mo-Fr 09:00-18:00"),
    ("de 9 h à 18 h", "Mo-Su 09:00-18:00"),
    ("lundi-vendredi 8 h 30 – 12 h 00, 13 h 30 - 17 h 00", "Mo-Fr 08:30-12:00,13:30-17:00"),
    ("les lundi, mardi et jeudi de 9h à 12h", "Mo-Tu,Th 09:00-12:00"),
    ("en semaine 8h-18h", "Mo-Fr 08:00-18:00"),
    ("le week-end 10h-18h", "Sa-Su 10:00-18:00"),
    ("de midi à minuit", "Mo-Su 12:00-24:00"),
    ("Ve-Sa 18h-2h", "Fr-Sa 18:00-02:00"),
    ("tous les jours 10h-19h, dimanche 14h-18h", "Mo-Su 10:00-19:00; Su 14:00-18:00"),
    ("lundi 9h-12h, lundi 14h-18h", "Mo 09:00-12:00,14:00-18:00"),
    # Closed
    ("Lu-Sa 9h-19h, fermé le dimanche", "Mo-Sa 09:00-19:00; Su off"),
    ("9h-19h sauf dimanche", "Mo-Su 09:00-19:00; Su off"),
    ("lundi fermé, mardi-samedi 10h-19h", "Tu-Sa 10:00-19:00; Mo off"),
    ("Lu-Ve 9h-18h, fermé dimanche et jours fériés", "Mo-Fr 09:00-18:00; Su,PH off"),
    ("Lundi: Fermé\nMardi: 09:00–12:00, 14:00–18:30\nMercredi: 09:00–12:00",
     "Tu 09:00-12:00,14:00-18:30; We 09:00-12:00; Mo off"),
    ("fermé", "off"),
    # Which days it is shut says nothing of the others.
    ("fermé le dimanche", "unknown; Su off"),
    # Holidays
    ("Lu-Ve 9h-18h, jours fériés 10h-12h", "Mo-Fr 09:00-18:00; PH 10:00-12:00"),
    ("Mo-Sa 9-18 Uhr, Sonn- und Feiertage geschlossen", None),
    ("Mo-Sa 9-18 Uhr, Sonntag und Feiertag geschlossen", "Mo-Sa 09:00-18:00; Su,PH off"),
    # German
    ("Mo. - Fr. 09.00 - 18.30 Uhr, Sa. 09.00 - 16.00 Uhr", "Mo-Fr 09:00-18:30; Sa 09:00-16:00"),
    ("Mo, Di und Do 9-12 und 14-18 Uhr", "Mo-Tu,Th 09:00-12:00,14:00-18:00"),
    ("Montag bis Freitag von 8 bis 17 Uhr", "Mo-Fr 08:00-17:00"),
    ("Di-Do 9-18h", "Tu-Th 09:00-18:00"),
    ("Wochenende 10-18 Uhr", "Sa-Su 10:00-18:00"),
    # Luxembourgish
    ("Méindeg bis Freideg 8:00-12:00 an 14:00-18:00 Auer", "Mo-Fr 08:00-12:00,14:00-18:00"),
    ("Dënschdeg bis Samschdeg vun 9 bis 18 Auer, Méindeg zou", "Tu-Sa 09:00-18:00; Mo off"),
    # English
    ("9am-5pm", "Mo-Su 09:00-17:00"),
    ("Mon-Fri 9am-5:30pm, Sat 10am - 4pm", "Mo-Fr 09:00-17:30; Sa 10:00-16:00"),
    ("9am-5pm Mon-Fri, 10am-2pm Sat", "Mo-Fr 09:00-17:00; Sa 10:00-14:00"),
    ("Mon-Fri 9-5pm", "Mo-Fr 09:00-17:00"),
    ("2-5pm", "Mo-Su 14:00-17:00"),
    ("Fri 5pm-12am", "Fr 17:00-24:00"),
    ("Fri 12pm-8pm", "Fr 12:00-20:00"),
    ("Monday: Closed Tuesday: 9:00 AM – 6:00 PM", "Tu 09:00-18:00; Mo off"),
    ("weekdays 0900-1800", "Mo-Fr 09:00-18:00"),
    # Finnish
    ("ma-pe 9-18, la 10-15", "Mo-Fr 09:00-18:00; Sa 10:00-15:00"),
    ("ma–pe klo 9–18; su suljettu", "Mo-Fr 09:00-18:00; Su off"),
    ("maanantai-lauantai 10-20", "Mo-Sa 10:00-20:00"),
    # Appointments
    ("sur rendez-vous", '"sur rendez-vous"'),
    ("Lu-Ve 9h-12h, samedi sur rendez-vous", 'Mo-Fr 09:00-12:00; Sa "sur rendez-vous"'),
    ("Lu-Ve 9h-12h et sur rendez-vous", 'Mo-Fr 09:00-12:00 || "sur rendez-vous"'),
    # Only bare numbers of a morning can be trusted without a sign that the text counts to 24.
    ("Mo-Fr 9-12", "Mo-Fr 09:00-12:00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CERTAIN)
def test_what_is_certain_is_read(text, expected):
    repaired = repair(text)
    assert repaired.expression == expected, repaired.reason
    if expected is not None:
        assert repaired.changed
        assert repaired.reason == ""
        assert not Hours.parse(expected, LUXEMBOURG).is_unknown


@pytest.mark.parametrize(
    ("text", "named"),
    [
        # Hours that may be of the morning or of the evening
        ("9-6", "9-6"),
        ("Mo-Fr 9-6", "9-6"),
        ("Mo-Fr 2-6", "2-6"),
        ("8-10pm", "8-10pm"),
        ("Sat 12am - 11pm", "12am"),
        ("9h-6h", "9h-6h"),
        ("9am-5", "9am-5"),
        # Days of two languages
        ("Di 9h-12h", "langue"),
        ("Di-Sa 9h-12h", "langue"),
        ("Sa-Di 9h-12h", "langue"),
        # Dates
        ("15/03 9h-12h", "15"),
        ("24.12. 9-12", "24.12"),
        ("Juin à août 9h-12h", "juin"),
        # Who is meant?
        ("Lu-Ve 9h-12h, lundi 14h-18h", "plusieurs horaires"),
        ("Lu-Ve 9h-18h fermé samedi dimanche 10h-12h", "samedi"),
        ("Lu-Ve 9h-12h10h-14h", "-"),
        ("lundi", "lundi"),
        ("9h", "9h"),
        ("Lu-Ve 9h12h", "9h12"),
        ("9h-12h,11h-14h", "chevauchent"),
        ("7j/7", "7j/7"),
        # No hours at all
        ("bonjour", "bonjour"),
        ("ouvert", "pas compris"),
        ("<script>alert(1)</script>", "<"),
        ("voir www.example.org", "voir"),
        ("25h-26h", "25h"),
        ("9h75-10h", "9h75"),
        ("Mo\x00", "caractères"),
        ("Mo \ud800", "caractères"),
        ("9h-18h " * 200, "trop long"),
    ],
)
def test_what_is_doubtful_is_refused_with_a_reason(text, named):
    with translation.override("fr"):
        repaired = repair(text)
    assert repaired.expression is None
    assert not repaired.changed
    assert named in repaired.reason


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Di 9h-12h", "fr", "Su 09:00-12:00"),
        ("Di 9h-12h", "de", "Tu 09:00-12:00"),
        ("Di 9h-12h", "de-lu", "Tu 09:00-12:00"),
        ("Sa-Di 9h-12h", "fr", "Sa-Su 09:00-12:00"),
        ("Sa-Di 9h-12h", "de", "Sa-Tu 09:00-12:00"),
        # OpenStreetMap's own codes are understood in any language.
        ("We-Th 9h-12h", "fr", "We-Th 09:00-12:00"),
        ("lundi 9h-12h", "de", None),
    ],
)
def test_the_language_settles_what_two_share(text, language, expected):
    assert repair(text, language).expression == expected


@pytest.mark.parametrize(
    "text", ["Mo-Fr 09:00-18:00", "24/7", 'Mo "x"', "Mo-Fr 9:00-6:00", "Mo-su 09:00-19:00"]
)
def test_what_is_valid_comes_back_unchanged(text):
    assert repair(f" {text} ").expression == text
    assert not repair(text).changed


def test_nothing_stays_nothing():
    assert repair("  ").expression == ""
    assert not repair("").changed


def test_a_result_is_stable():
    for text, expected in CERTAIN:
        if expected is not None:
            assert repair(expected).expression == expected, text


@pytest.mark.parametrize(
    "piece", ["9-", "(", "9 ", "1", "lundi ", "9h-12h ", "24h sur ", "Mo,", "a", '"', "é-", "h"]
)
def test_a_hostile_text_costs_little(piece):

    start = datetime.now(UTC)
    repair((piece * MAX_LENGTH)[:MAX_LENGTH])
    assert datetime.now(UTC) - start < timedelta(seconds=1)
