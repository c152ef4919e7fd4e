"""Whatever is sent as a photo: only pixels come out, in little memory and time, or nothing does."""

import io
import json
import random
import struct
import subprocess
import sys
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import pytest
from PIL import Image, ImageCms

from shops.models.photo import FILE_BYTES_AT_MOST, Fault
from shops.photos import darkroom, headers
from shops.photos.develop import DARKROOM, Developed, Failed, develop
from shops.photos.receive import Refused, look_at
from tests.photos import files
from tests.photos.files import HTML, SCRIPT, SECRET, SVG, XMP, drawn, encoded, exif, profile

MEMORY_AT_MOST = 400_000_000
SECONDS_AT_MOST = 5


# Files that mean harm, and odd ones. Each is a name and a function that makes it.


def _truncated(form, **options):
    @cache
    def whole():
        return encoded(drawn(320, 240), form, **options)

    for part in range(1, 20):
        yield f"{form} cut at {part}/20", lambda part=part: whole()[: len(whole()) * part // 20]


def _scribbled(form, how_many, **options):
    """Bytes changed at random, all but the first few."""

    @cache
    def whole():
        return encoded(drawn(320, 240), form, **options)

    def scribble(seed):
        dice, data = random.Random(seed), bytearray(whole())
        for _time in range(dice.choice([1, 5, 50])):
            data[dice.randrange(16, len(data))] = dice.randrange(256)
        return bytes(data)

    for seed in range(how_many):
        yield f"{form} scribbled {seed}", lambda seed=seed: scribble(seed)


def _heic_claiming(width, height):
    data = encoded(drawn(320, 240), "HEIF")
    return data.replace(struct.pack(">II", 320, 240), struct.pack(">II", width, height))


def _icc_bomb():
    """A profile of several megabytes of nothing, in many pieces."""
    return encoded(drawn(320, 240), "JPEG", icc_profile=b"\0" * 3_000_000)


def _exif_turning():
    """An orientation that there is not, and a directory that leads to itself."""
    loop = b"Exif\0\0II*\0\x08\0\0\0\x01\0" + struct.pack("<HHII", 0x8769, 4, 1, 8) + struct.pack("<I", 8)
    return encoded(drawn(320, 240), "JPEG", exif=loop)


def _png_bomb(width, height, bits=8, colour=2):
    """As many zeros as it claims, packed to next to nothing."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    row = b"\0" * (1 + width * channels * bits // 8)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(row) for _row in range(height)) + packer.flush()
    return files.png_claiming(width, height, bits, colour, body)


def hostile():
    yield "nothing", lambda: b""
    yield "one byte", lambda: b"\xff"
    yield "svg", lambda: SVG
    yield "svg with a byte order mark", lambda: b"\xef\xbb\xbf" + SVG
    yield "svgz", lambda: zlib.compress(SVG)
    yield "html", lambda: HTML
    yield "html after jpeg's magic", lambda: b"\xff\xd8\xff\xe0" + HTML
    yield "html after png's magic", lambda: b"\x89PNG\r\n\x1a\n" + HTML
    yield "html after riff's", lambda: b"RIFF\0\0\0\0WEBP" + HTML
    yield "html after a ftyp", lambda: b"\0\0\0\x18ftypavif\0\0\0\0avifmif1" + HTML
    for name, magic in (
        ("exe", b"MZ\x90\0"), ("elf", b"\x7fELF"), ("pdf", b"%PDF-1.7\n"), ("zip", b"PK\x03\x04"), ("php", b"<?php "),
        ("eps", b"%!PS-Adobe-3.0 EPSF-3.0\n"), ("tiff", b"II*\0"), ("bmp", b"BM"), ("ico", b"\0\0\1\0"), ("psd", b"8BPS"),
        ("gif", b"GIF89a"), ("mp4", b"\0\0\0\x20ftypisom"), ("jp2", b"\0\0\0\x0cjP  \r\n\x87\n"), ("dds", b"DDS "),
    ):  # fmt: skip
        yield name, lambda magic=magic: magic + bytes(2000)
    for form in ("GIF", "BMP", "TIFF", "ICO", "JPEG2000", "PPM", "TGA", "DDS", "PCX"):
        yield f"a sound {form}", lambda form=form: encoded(drawn(256, 256), form)
    # Claims
    for width, height in (
        (0, 0),
        (1, 1),
        (65_535, 1),
        (1, 65_535),
        (65_535, 65_535),
        (2**31 - 1, 2**31 - 1),
        (5001, 5000),
    ):
        yield f"png claiming {width} × {height}", lambda size=(width, height): files.png_claiming(*size)
        yield f"heic claiming {width} × {height}", lambda size=(width, height): _heic_claiming(*size)
    for width, height in ((1, 1), (65_535, 1), (65_535, 65_535), (5001, 5000), (0, 0)):
        yield (
            f"jpeg claiming {width} × {height}",
            lambda size=(width, height): files.rewritten_jpeg_size(files.jpeg(), *size),
        )
    for width, height in ((4900, 5000), (3000, 3000), (2000, 1000)):
        # Said to be large, with little in them: the decoder makes room for all of it.
        yield (
            f"jpeg of little claiming {width} × {height}",
            lambda size=(width, height): files.rewritten_jpeg_size(files.jpeg(), *size),
        )
        yield (
            f"heic of little claiming {width} × {height}",
            lambda size=(width, height): _heic_claiming(*size),
        )
        yield (
            f"png of nothing claiming {width} × {height}",
            lambda size=(width, height): files.png_claiming(*size),
        )
    # Bombs
    yield "png bomb 5000 × 5000", lambda: _png_bomb(5000, 5000)
    yield "png bomb, 16 bits, transparent", lambda: _png_bomb(5000, 5000, 16, 6)
    yield "png bomb, grey 16 bits", lambda: _png_bomb(5000, 5000, 16, 0)
    yield "png bomb of too many pixels", lambda: _png_bomb(10_000, 5_000, 8, 0)
    yield "png with texts that unfold", lambda: files.png_text(drawn(320, 240))
    yield "webp of 16383 × 16383", lambda: b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xfe\x3f\0\xfe\x3f\0"
    yield (
        "webp 4096 × 4096, flat",
        lambda: encoded(Image.new("RGB", (4096, 4096)), "WEBP", lossless=True, method=0),
    )
    yield "avif 4000 × 4000, flat", lambda: encoded(Image.new("RGB", (4000, 4000)), "AVIF", speed=10)
    yield "webp of 10000 frames", lambda: files.webp_of_frames(10_000)
    yield "gif of 10000 frames", lambda: files.gif_of_frames(10_000)
    yield "png of 50 frames", lambda: files.animated("PNG", 50)
    yield "avif of 30 frames", lambda: files.animated("AVIF", 30, speed=10)
    yield "a profile of zeros", _icc_bomb
    yield "exif that leads to itself", _exif_turning
    yield "ten megabytes and one", lambda: files.jpeg() + bytes(FILE_BYTES_AT_MOST)
    yield (
        "jpeg of a thousand comments",
        lambda: (
            files.jpeg()[:2]
            + b"\xff\xfe\x00\x40" * 0
            + b"".join(b"\xff\xfe\x00\x22" + bytes(32) for _one in range(1000))
            + files.jpeg()[2:]
        ),
    )
    yield "jpeg of markers only", lambda: b"\xff\xd8" + b"\xff\xe0\x00\x02" * 100_000
    yield "boxes without end", lambda: b"\0\0\0\x14ftypavif\0\0\0\0mif1" + b"\0\0\0\x08free" * 100_000
    yield (
        "a box that holds itself",
        lambda: b"\0\0\0\x14ftypheic\0\0\0\0mif1" + struct.pack(">I4s", 2**32 - 1, b"meta"),
    )
    # What is cut short, and what somebody scribbled in
    for form, options in (("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("AVIF", {"speed": 10}), ("HEIF", {})):
        yield from _truncated(form, **options)
        yield from _scribbled(form, 8, **options)


def polyglots():
    """Sound pictures that carry something else: they may pass, what they carry may not."""
    zipped = b"PK\x03\x04" + bytes(100) + SCRIPT
    for form, options in (("JPEG", {}), ("PNG", {}), ("WEBP", {}), ("AVIF", {"speed": 10}), ("HEIF", {})):
        for name, tail in (
            ("a script", SCRIPT),
            ("a page", HTML),
            ("a zip", zipped),
            ("php", b"<?php system($_GET[1]);"),
        ):
            yield (
                f"{form} with {name} at its end",
                lambda f=form, o=options, t=tail: encoded(drawn(320, 240), f, **o) + t,
            )
        yield (
            f"{form} with exif, place, profile and texts",
            lambda f=form, o=options: encoded(
                drawn(320, 240), f, exif=exif().tobytes(), icc_profile=profile(), xmp=XMP, **o
            ),
        )
    yield "jpeg with a script for a comment", lambda: encoded(drawn(320, 240), "JPEG", comment=SCRIPT)
    yield "png with texts", lambda: files.png_text(drawn(320, 240))
    yield (
        "jpeg that begins as a page",
        lambda: files.jpeg()[:2] + b"\xff\xfe" + struct.pack(">H", len(HTML) + 2) + HTML + files.jpeg()[2:],
    )


def odd():
    """Nothing wrong with them, but rare: they come out as pictures."""
    yield "CMYK", lambda: encoded(drawn(320, 240, mode="CMYK"), "JPEG")
    yield "grey", lambda: encoded(drawn(320, 240, mode="L"), "JPEG")
    yield "progressive", lambda: encoded(drawn(320, 240), "JPEG", progressive=True)
    yield "grey of 16 bits", lambda: encoded(Image.new("I;16", (320, 240), 40_000), "PNG")
    yield "one bit", lambda: encoded(drawn(320, 240).convert("1"), "PNG")
    yield "transparent", lambda: encoded(drawn(320, 240, mode="RGBA"), "PNG")
    yield "grey and transparent", lambda: encoded(drawn(320, 240).convert("LA"), "PNG")
    yield "palette with one transparent", lambda: encoded(drawn(320, 240).quantize(16), "PNG", transparency=3)
    yield (
        "palette, each its own transparency",
        lambda: encoded(drawn(320, 240).quantize(16), "PNG", transparency=bytes(range(0, 256, 16))),
    )
    yield (
        "webp without loss, transparent",
        lambda: encoded(drawn(320, 240, mode="RGBA"), "WEBP", lossless=True),
    )
    yield "webp of three frames", lambda: files.animated("WEBP", 3)
    yield "avif of three frames", lambda: files.animated("AVIF", 3, speed=10)
    yield "avif, transparent", lambda: encoded(drawn(320, 240, mode="RGBA"), "AVIF", speed=10)
    yield "heic", lambda: encoded(drawn(320, 240), "HEIF")
    yield "heic, transparent", lambda: encoded(drawn(320, 240, mode="RGBA"), "HEIF")
    yield "a profile that is none", lambda: encoded(drawn(320, 240), "JPEG", icc_profile=b"not a profile")
    yield "a grey profile for colours", lambda: encoded(drawn(320, 240), "JPEG", icc_profile=_lab_profile())
    yield "exif that is none", lambda: encoded(drawn(320, 240), "JPEG", exif=b"Exif\0\0garbage")
    yield "4:1", lambda: encoded(drawn(1200, 300), "PNG")


def _lab_profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


class Measured:
    """What one file led to, with the memory and the seconds of work that the process counted itself."""

    def __init__(self, name, data):
        self.name, self.sent, self.refused, self.developed = name, data, "", None
        self.peak = self.seconds = 0
        try:
            look_at(data)
            self.developed = develop(data)
            self.peak, self.seconds = self.developed.peak, self.developed.seconds
        except Refused as error:
            self.refused = error.fault
        except Failed as error:
            self.refused, self.peak, self.seconds = error.fault, error.peak, error.seconds


def run(cases):
    """All of these, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda case: Measured(case[0], case[1]()), cases))


def assert_clean(result: Measured):
    """What came out is ours: of our two kinds, of the sizes we make, and with nothing in it but a picture."""
    assert result.developed.peak < MEMORY_AT_MOST, result.name
    assert sorted(result.developed.files) == sorted(
        f"{width}.{suffix}"
        for width, _height in darkroom.sizes_of(result.developed.width, result.developed.height)
        for suffix in ("avif", "jpg")
    )
    for name, content in result.developed.files.items():
        told = (result.name, name)
        assert content not in result.sent, told
        for carried in (
            b"<script",
            b"<?php",
            b"<html",
            b"PK\x03\x04",
            SECRET.encode(),
            b"xmpmeta",
            b"ICC_PROFILE",
            b"Exif\0\0",
        ):
            assert carried not in content, told
        with Image.open(io.BytesIO(content)) as image:
            assert image.format == {"avif": "AVIF", "jpg": "JPEG"}[name.partition(".")[2]], told
            assert (image.mode, getattr(image, "n_frames", 1)) == ("RGB", 1), told
            assert f"{image.width}." == name[: name.index(".") + 1], told
            assert not dict(image.getexif()), told
            assert not {"exif", "xmp", "icc_profile", "comment", "XML:com.adobe.xmp"} & image.info.keys(), (
                told
            )
            image.load()


# A machine has little time for the whole of it: `make test-full` takes all.
SHORT = [
    case
    for number, case in enumerate(hostile())
    if number % 10 == 0 or "5000 × 5000" in case[0] or "10000 frames" in case[0]
]


def check_hostile(cases):
    for result in run(cases):
        if result.developed:
            assert_clean(result)
        else:
            assert result.refused in Fault, result.name
        assert result.peak < MEMORY_AT_MOST, (result.name, result.peak)
        assert result.seconds < SECONDS_AT_MOST, (result.name, result.seconds)


def test_there_are_two_hundred_hostile_files_at_least():
    names = [name for name, _make in (*hostile(), *polyglots())]
    assert len(names) >= 200
    assert len(set(names)) == len(names)


def test_hostile_files_become_nothing_or_a_clean_picture():
    check_hostile(SHORT)


@pytest.mark.full
def test_each_of_the_two_hundred_becomes_nothing_or_a_clean_picture():
    check_hostile(hostile())


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("svg", "format"),
        ("a sound GIF", "format"),
        ("gif of 10000 frames", "format"),
        ("png claiming 1 × 1", "small"),
        ("png claiming 65535 × 1", "small"),
        ("jpeg claiming 65535 × 65535", "pixels"),
        ("png claiming 5001 × 5000", "pixels"),
        ("heic claiming 5001 × 5000", "pixels"),
        ("webp of 16383 × 16383", "pixels"),
        ("png bomb of too many pixels", "pixels"),
        ("png claiming 0 × 0", "format"),
        ("nothing", "empty"),
        ("ten megabytes and one", "bytes"),
        ("jpeg of markers only", "format"),
    ],
)
def test_what_can_be_seen_from_its_first_bytes_is_refused_before_anything_decodes(name, fault):
    make = dict(hostile())[name]
    with pytest.raises(Refused) as refused:
        look_at(make())
    assert refused.value.fault == fault


def check_sound(cases):
    for result in run(cases):
        assert result.developed, (result.name, result.refused)
        assert_clean(result)


def test_pictures_that_carry_something_come_out_without_it():
    check_sound(
        case
        for case in polyglots()
        if "exif" in case[0] or "comment" in case[0] or case[0] == "JPEG with a zip at its end"
    )


def test_rare_but_sound_pictures_come_out():
    check_sound([case for number, case in enumerate(odd()) if number % 2 == 0])


@pytest.mark.full
def test_each_picture_that_carries_something_or_is_rare_comes_out_clean():
    check_sound([*polyglots(), *odd()])


# The process itself


def test_25_megapixels_fit_and_one_more_does_not():
    # A flat one: what matters is the room it takes.
    largest = encoded(Image.new("RGB", (5000, 5000), "teal"), "JPEG")
    assert look_at(largest) == headers.JPEG
    result = develop(largest)
    assert (result.width, result.height) == (5000, 5000)
    assert result.peak < MEMORY_AT_MOST
    with pytest.raises(Refused):
        look_at(encoded(Image.new("RGB", (5001, 5000)), "JPEG"))


def test_the_darkroom_looks_for_itself():
    """Should the first look be fooled, the second is not."""
    for data, fault in (
        (encoded(Image.new("RGB", (5001, 5000)), "JPEG"), "pixels"),
        (encoded(drawn(100, 100), "PNG"), "small"),
        (encoded(drawn(2000, 300), "PNG"), "ribbon"),
        (encoded(drawn(320, 240), "GIF"), "unreadable"),
        (b"\x89PNG\r\n\x1a\n", "unreadable"),
    ):
        with pytest.raises(Failed) as failed:
            develop(data)
        assert failed.value.fault == fault


def in_the_darkroom(program):
    """Run a line in a process limited as the darkroom is."""
    lines = f"import sys; sys.path.insert(0, {str(DARKROOM.parent)!r}); import darkroom; darkroom.limit(); {program}"
    return subprocess.run([sys.executable, "-I", "-c", lines], capture_output=True, check=False, timeout=60)


def test_memory_time_and_room_on_the_disk_are_limited(tmp_path):
    assert b"MemoryError" in in_the_darkroom("bytearray(500_000_000)").stderr
    assert in_the_darkroom("[None for _ever in iter(int, 1)]").returncode != 0
    written = in_the_darkroom(f"open({str(tmp_path / 'much')!r}, 'wb').write(bytes(50_000_000))")
    assert written.returncode != 0
    assert (tmp_path / "much").stat().st_size <= darkroom.LARGEST_OUTPUT


def test_what_the_process_says_is_not_believed(monkeypatch, tmp_path):
    """A decoder taken over by the file it reads may write what it likes: it still must be a picture of ours."""
    good = develop(files.jpeg())
    lies = [
        b"", b"[]", b"{", b'{"fault": "<script>"}', b'{"width": 1}',
        json.dumps({"width": 800, "height": 600, "pixels": "../../x", "look": "0" * 16}).encode(),
        json.dumps({"width": 10**9, "height": 10**9, "pixels": "0" * 64, "look": "0" * 16}).encode(),
        json.dumps({"width": 800, "height": 600, "pixels": "0" * 64, "look": "0" * 16}).encode(),
    ]  # fmt: skip
    for said in lies:
        program = tmp_path / "liar.py"
        program.write_text(
            "import sys, pathlib; sys.stdin.buffer.read()\n"
            f"[pathlib.Path(sys.argv[1], n).write_bytes({SVG!r}) for n in {list(good.files)!r}]\n"
            f"sys.stdout.buffer.write({said!r})\n"
        )
        monkeypatch.setattr("shops.photos.develop.DARKROOM", program)
        with pytest.raises(Failed) as failed:
            develop(files.jpeg())
        assert failed.value.fault == "unreadable"


def test_a_process_that_hangs_is_ended(monkeypatch, tmp_path):
    program = tmp_path / "sleeper.py"
    program.write_text("import signal; signal.pause()")
    monkeypatch.setattr("shops.photos.develop.DARKROOM", program)
    monkeypatch.setattr("shops.photos.develop.PATIENCE_SECONDS", 0.5)
    threads = threading.active_count()
    with pytest.raises(Failed) as failed:
        develop(files.jpeg())
    assert failed.value.fault == "heavy"
    assert threading.active_count() == threads


# The pictures


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photo_stands_as_the_camera_was_held(orientation):
    """A red corner, stored turned and said to be so, comes out at the top left."""
    turns = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    upright = Image.new("RGB", (640, 480), "white")
    upright.paste("red", (0, 0, 200, 150))
    stored = upright.transpose(turns[orientation]) if orientation in turns else upright
    result = develop(encoded(stored, "JPEG", exif=exif(orientation).tobytes()))
    assert (result.width, result.height) == (640, 480)
    with Image.open(io.BytesIO(result.files["320.jpg"])) as image:
        red, green, _blue = image.getpixel((40, 30))
        assert red > 200 > 60 > green
        assert min(image.getpixel((280, 200))) > 230


def test_colours_of_another_space_are_turned_into_ours():
    """A wide red, written with its profile, is the same red in sRGB; without turning it would be paler."""
    wide = ImageCms.createProfile("sRGB")
    swapped = drawn(320, 240)
    plain = develop(encoded(swapped, "PNG"))
    with_profile = develop(encoded(swapped, "PNG", icc_profile=ImageCms.ImageCmsProfile(wide).tobytes()))
    assert plain.pixels == with_profile.pixels or plain.look == with_profile.look


@pytest.mark.parametrize(
    ("size", "sizes"),
    [
        ((240, 240), [(240, 240)]),
        ((640, 480), [(320, 240), (640, 480)]),
        ((4032, 3024), [(320, 240), (640, 480), (1280, 960)]),
        ((3024, 4032), [(320, 427), (640, 853), (1200, 1600)]),
        ((300, 1200), [(300, 1200)]),
    ],
)
def test_the_sizes_that_are_kept(size, sizes):
    assert darkroom.sizes_of(*size) == sizes


def test_photos_that_look_alike_have_alike_hashes():
    image = drawn(800, 600, seed=5)
    one = develop(encoded(image, "JPEG", quality=90))
    same = develop(encoded(image.resize((640, 480)), "WEBP", quality=60))
    other = develop(encoded(drawn(800, 600, seed=6), "JPEG"))
    assert one.pixels != same.pixels
    assert apart(one, same) <= 6 < apart(one, other)


def apart(one: Developed, other: Developed) -> int:
    return (int(one.look, 16) ^ int(other.look, 16)).bit_count()
