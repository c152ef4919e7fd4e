"""The picture that goes with a shared link (Open Graph), drawn by typst from `picture.typ`."""

import functools
import json
import threading
from pathlib import Path

from django.utils import translation

from districts import colours

TEMPLATE = Path(__file__).with_name("picture.typ")
# The page is 600 × 315 points: at 144 dots an inch, the 1200 × 630 pixels that sites expect.
DOTS_PER_INCH = 144

# Lightness and chroma of an awning in the evening light.
AWNING = (0.6, 0.13)

# One compiler for the process: it keeps its fonts, and is not made for two threads at once.
_lock = threading.Lock()


@functools.cache
def _compiler():
    # Imported late: most processes never draw a picture.
    import typst

    return typst.Compiler(str(TEMPLATE))


def shop_png(shop, city) -> bytes:
    """Draw a shop's picture in the active language. Needs the shop's district and category."""
    facts = {
        "name": shop.name_i18n,
        "category": shop.category.label_i18n,
        "place": ", ".join(part for part in (shop.street, shop.district.name_i18n) if part),
        "site": city.name_i18n,
        "colour": colours.to_hex(*AWNING, shop.district.hue),
        "language": translation.get_language(),
    }
    with _lock:
        return _compiler().compile(format="png", ppi=DOTS_PER_INCH, sys_inputs={"shop": json.dumps(facts)})
