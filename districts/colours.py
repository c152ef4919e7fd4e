"""The colours of the districts: from a hue on one perceptual wheel to the city's own style sheet.

All districts share lightness and chroma in OKLCH, so that none shouts. The chroma is small enough for every hue to
exist in sRGB; plain hexadecimal colours are written, which every browser understands.
"""

import math
from collections.abc import Iterable

# (lightness, chroma) of the awning, and of words about the district, by light and by night.
EVENING = {"district": (0.60, 0.102), "district-ink": (0.44, 0.074)}
NIGHT = {"district": (0.46, 0.078), "district-ink": (0.80, 0.085)}


def stylesheet(districts: Iterable[tuple[str, float]]) -> str:
    """Write the rules that give each district its colour: `.d-gare{--district:…;--district-ink:…}`.

    Args:
        districts: (slug, hue) pairs; the hue in degrees, 0 to 360.

    Returns:
        The text of a style sheet, the same for the same pairs.
    """
    districts = list(districts)
    return (
        "".join(_rule(slug, hue, EVENING) for slug, hue in districts)
        + "@media (prefers-color-scheme:dark){"
        + "".join(_rule(slug, hue, NIGHT) for slug, hue in districts)
        + "}"
    )


def _rule(slug, hue, shades):
    colours = ";".join(
        f"--{name}:{to_hex(lightness, chroma, hue)}" for name, (lightness, chroma) in shades.items()
    )
    return f".d-{slug}{{{colours}}}\n"


def to_hex(lightness: float, chroma: float, hue: float) -> str:
    """Turn an OKLCH colour into `#rrggbb`, with less chroma where sRGB ends.

    Args:
        lightness: 0 to 1.
        chroma: 0 to about 0.4.
        hue: in degrees.

    Source: Björn Ottosson, “A perceptual color space for image processing” (2020), the matrices of OKLab.
    """
    while True:
        channels = _linear_srgb(lightness, chroma, hue)
        if chroma <= 0 or all(-1e-4 <= channel <= 1 + 1e-4 for channel in channels):
            return "#" + "".join(f"{round(255 * _encoded(channel)):02x}" for channel in channels)
        chroma = max(0.0, chroma - 0.002)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two `#rrggbb` colours, 1 to 21. Source: WCAG 2.2, “contrast ratio”."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _linear_srgb(lightness, chroma, hue):
    a = chroma * math.cos(math.radians(hue))
    b = chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel):
    channel = min(1.0, max(0.0, channel))
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055


def _luminance(colour):
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
