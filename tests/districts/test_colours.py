"""The districts' colours: one wheel, words that can be read on every ground of the site."""

import json
import re
from pathlib import Path

import pytest

from districts.colours import contrast, stylesheet, to_hex

ROOT = Path(__file__).parents[2]
RULE = re.compile(r"\.d-([\w-]+)\{--district:(#\w{6});--district-ink:(#\w{6})\}")


def tokens(css):
    """The custom properties of the style sheet's two themes: by day, and by night over it."""
    day, night = (dict(re.findall(r"--([\w-]+): (#\w+);", block)) for block in themes(css))
    return {name: full(value) for name, value in day.items()}, {
        name: full(value) for name, value in (day | night).items()
    }


def themes(css):
    return re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]


def full(colour):
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.fixture(scope="module")
def css():
    return (ROOT / "static" / "vitrine.css").read_text()


def rules(hue):
    """(surface, ink) of a hue by day and by night."""
    return [(surface, ink) for _slug, surface, ink in RULE.findall(stylesheet([("gare", hue)]))]


@pytest.mark.parametrize("hue", range(0, 360, 5))
def test_words_in_a_districts_colour_can_be_read_on_every_ground(hue, css):
    for (_surface, ink), theme in zip(rules(hue), tokens(css), strict=True):
        for ground in ("paper", "raised", "air", "dusk", "warn"):
            assert contrast(ink, theme[ground]) >= 4.5, f"hue {hue} on {ground}"


@pytest.mark.parametrize("hue", range(0, 360, 5))
def test_a_districts_surface_stands_out_from_the_page(hue, css):
    for (surface, _ink), theme in zip(rules(hue), tokens(css), strict=True):
        assert contrast(surface, theme["paper"]) >= 2.2, f"hue {hue}"


@pytest.mark.parametrize("theme", [0, 1], ids=["evening", "night"])
@pytest.mark.parametrize(
    ("words", "ground"),
    [
        (words, ground)
        for words in ("ink", "soft", "link")
        for ground in ("paper", "raised", "air", "dusk", "warn")
        if (words, ground) != ("soft", "dusk")
    ]
    + [("on-accent", "accent"), ("wrong", "paper"), ("wrong", "raised")],
)
def test_the_sites_own_words_can_be_read(words, ground, theme, css):
    colours = tokens(css)[theme]
    assert contrast(colours[words], colours[ground]) >= 4.5


@pytest.mark.parametrize("theme", [0, 1], ids=["evening", "night"])
@pytest.mark.parametrize("ground", ["paper", "raised", "air"])
def test_the_edges_of_fields_and_dots_can_be_seen(ground, theme, css):
    colours = tokens(css)[theme]
    assert contrast(colours["edge"], colours[ground]) >= 3
    assert contrast(colours["lamp-rim"], colours[ground]) >= 3


def test_every_hue_keeps_the_same_lightness():
    """One wheel: as greys, all districts look alike, so none shouts."""
    brightness = [contrast(to_hex(0.6, 0.102, hue), "#000000") for hue in range(360)]
    assert max(brightness) / min(brightness) < 1.25


def test_a_colour_outside_srgb_loses_chroma_and_keeps_its_lightness():
    assert contrast(to_hex(0.6, 0.4, 195), to_hex(0.6, 0.1, 195)) == pytest.approx(1, abs=0.05)


def test_known_colours():
    assert to_hex(1, 0, 0) == "#ffffff"
    assert to_hex(0, 0, 0) == "#000000"
    # The red of sRGB, as OKLCH.
    assert to_hex(0.62796, 0.25768, 29.234) == "#ff0000"
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.478, abs=0.001)


def test_the_sheet_is_small_and_names_every_district_by_day_and_by_night():
    packs = sorted((ROOT / "cities").glob("*/districts.json"))
    assert packs
    for pack in packs:
        facts = json.loads(pack.read_text())
        districts = facts["districts"] if isinstance(facts, dict) else facts
        sheet = stylesheet((district["slug"], district["hue"]) for district in districts)
        assert len(sheet) < 4000
        for district in districts:
            assert sheet.count(f".d-{district['slug']}{{") == 2
        assert sheet == stylesheet((district["slug"], district["hue"]) for district in districts)
