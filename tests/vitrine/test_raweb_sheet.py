"""The sheet of docs/raweb.md is whole, and what it names is there."""

import re
from collections import Counter

from django.conf import settings

# Criteria of each of the 17 themes of RAWeb 1.
CRITERIA = [9, 2, 3, 18, 8, 2, 5, 10, 4, 14, 13, 11, 14, 3, 6, 3, 11]
SHEET = (settings.BASE_DIR / "docs" / "raweb.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+)\.(\d+) \| (.+) \| (\S+) \| (.+) \|$", SHEET, re.MULTILINE)


def test_each_of_the_136_criteria_is_answered_once():
    answered = [(int(theme), int(number)) for theme, number, *_rest in ROWS]
    assert answered == [
        (theme, number) for theme, size in enumerate(CRITERIA, 1) for number in range(1, size + 1)
    ]
    assert len(answered) == 136


def test_the_sums_are_those_of_the_rows():
    results = Counter(result for *_rest, result, _why in ROWS)
    assert set(results) <= {"C", "NC", "NA", "later"}
    said = re.search(r"Of 136: (\d+) met, (\d+) without object,\s+(\d+) to come", SHEET)
    assert [int(number) for number in said.groups()] == [results["C"], results["NA"], results["later"]]
    assert not results["NC"], "what fails is said in the sheet's sums and on the statement's page"


def test_the_tests_it_names_exist():
    named = set(re.findall(r"`(tests/[\w/]+\.py|templates/[\w/]+\.html)`", SHEET))
    assert named
    assert not [path for path in named if not (settings.BASE_DIR / path).exists()]
