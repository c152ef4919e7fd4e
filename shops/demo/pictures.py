"""Photos of shops that do not exist: drawn, and said to be. They go through the darkroom like anybody's."""

import io
import unicodedata
from random import Random

from PIL import Image, ImageDraw, ImageFont

SIZE = WIDTH, HEIGHT = 960, 720
# As it leaves: smoother than drawn, and small, because each size is encoded while somebody waits for the first start.
SENT = 720, 540
WALLS = ("#6b4f45", "#4d5568", "#5d5a45", "#70584f", "#46505a", "#5b4760")
AWNINGS = ("#b23a48", "#2f6690", "#3a7d44", "#c77d2b", "#6d4c93", "#2a7f7f")
WARM = ("#f7d9a1", "#f3c77b", "#ecb15e", "#fae5c3")
GOODS = ("#c98a3d", "#a8602b", "#8c3f3f", "#3f6d8c", "#557a46", "#d9c27a", "#7a4f8c")
NIGHT, STONE, WOOD, DARK, PALE = "#27304a", "#8a8578", "#7b5533", "#2b2320", "#fff6e0"


def draw(kind: str, name: str, note: str, lot: Random) -> bytes:
    """A JPEG file: the `front` of a shop with its name, its `shelves`, or a `table` with something on it.

    Args:
        note: what is written below, so that nobody takes it for a photo of something.
        lot: the same for the same picture.
    """
    image = Image.new("RGB", SIZE, NIGHT)
    pen = ImageDraw.Draw(image)
    {"front": _front, "shelves": _shelves, "table": _table}[kind](pen, _plain(name), lot)
    pen.rectangle((0, HEIGHT - 34, WIDTH, HEIGHT), fill=DARK)
    pen.text((14, HEIGHT - 17), _plain(note), fill=PALE, font=ImageFont.load_default(18), anchor="lm")
    file = io.BytesIO()
    image.resize(SENT).save(file, "JPEG", quality=88)
    return file.getvalue()


def _plain(text):
    """Without accents and the like: the letters that come with Pillow have none."""
    letters = unicodedata.normalize("NFKD", text.replace("’", "'")).encode("ascii", "ignore")
    return letters.decode()


def _front(pen, name, lot):
    pen.rectangle((0, 600, WIDTH, HEIGHT), fill=STONE)
    pen.rectangle((90, 70, 870, 620), fill=lot.choice(WALLS))
    for left in (160, 400, 640):
        pen.rectangle((left, 100, left + 150, 220), fill=lot.choice((NIGHT, *WARM)), outline=DARK, width=6)
    pen.rectangle((130, 250, 830, 320), fill=DARK)
    size = 44
    while size > 16 and pen.textlength(name, ImageFont.load_default(size)) > 660:
        size -= 2
    pen.text((480, 285), name, fill=PALE, font=ImageFont.load_default(size), anchor="mm")
    cloth = lot.choice(AWNINGS)
    for stripe in range(10):
        left = 130 + 70 * stripe
        shape = ((left, 320), (left + 70, 320), (left + 70, 380), (left + 35, 400), (left, 380))
        pen.polygon(shape, fill=cloth if stripe % 2 else PALE)
    pen.rectangle((160, 405, 610, 600), fill=lot.choice(WARM), outline=DARK, width=8)
    _goods(pen, lot, 190, 590, 560)
    pen.rectangle((660, 405, 800, 620), fill=lot.choice(WARM), outline=DARK, width=8)
    pen.ellipse((772, 510, 788, 526), fill=DARK)


def _shelves(pen, _name, lot):
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=lot.choice(WARM))
    for board in (210, 400, 590):
        _goods(pen, lot, 50, board, 910)
        pen.rectangle((30, board, 930, board + 18), fill=WOOD)


def _goods(pen, lot, left, floor, right):
    """Things side by side on a board: loaves, books, boxes, bottles; one kind a board."""
    kind = lot.randrange(4)
    while left < right - 60:
        wide = (90, 26, 70, 36)[kind] + lot.randrange(14)
        tall = (50, 120, 70, 130)[kind] + lot.randrange(24)
        box = (left, floor - tall, left + wide, floor)
        if kind == 0:
            pen.ellipse(box, fill=lot.choice(GOODS[:2]), outline=DARK, width=2)
        else:
            pen.rectangle(box, fill=lot.choice(GOODS), outline=DARK, width=2)
        if kind == 3:
            pen.rectangle(
                (left + wide // 3, floor - tall - 24, left + 2 * wide // 3, floor - tall), fill=DARK
            )
        left += wide + (6 if kind == 1 else 18)


def _table(pen, _name, lot):
    pen.rectangle((0, 0, WIDTH, 360), fill=lot.choice(WALLS))
    pen.rectangle((0, 360, WIDTH, HEIGHT), fill=WOOD)
    for grain in range(380, HEIGHT, 46):
        pen.line((0, grain, WIDTH, grain + lot.randrange(-8, 8)), fill=DARK, width=2)
    pen.ellipse((240, 330, 720, 640), fill=PALE, outline=STONE, width=6)
    pen.ellipse((300, 370, 660, 600), fill="#f0e7d2")
    for _piece in range(9):
        x, y, wide = lot.randrange(330, 550), lot.randrange(390, 520), lot.randrange(50, 110)
        pen.ellipse((x, y, x + wide, y + wide * 2 // 3), fill=lot.choice(GOODS), outline=DARK, width=2)
    pen.rectangle((770, 300, 890, 450), fill=lot.choice(AWNINGS), outline=DARK, width=4)
    pen.arc((870, 330, 940, 420), -90, 90, fill=DARK, width=8)
