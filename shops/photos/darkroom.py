"""Make small clean pictures out of the pixels of a stranger's file. A process of its own: what breaks here is only this.

Started by `shops.photos.develop` with the file on its standard input and a folder to write to; knows nothing of Django.
The limits are set before the first byte is decoded, and before the decoders themselves are loaded. Only pixels come
out: orientation is applied, colours are turned into sRGB, and whatever else the file said (place, time, camera,
profiles, texts, what is glued to its end) stays behind.

Prints one line of JSON: what was made, or `{"fault": …}` with a word of `shops.models.photo.Fault`.
"""

import contextlib
import io
import itertools
import json
import os
import resource
import sys
import time
import warnings

# Bytes of address space: shared libraries and the decoders' working copies included.
MEMORY = 448 * 1024 * 1024
CPU_SECONDS = 5
LARGEST_OUTPUT = 4 * 1024 * 1024
MAX_PIXELS = 25_000_000
# Below, a photo is a stamp; longer than this, it is a ribbon.
MIN_SIDE, MAX_RATIO = 240, 4
# What is made: at most so wide, and never so tall that a phone must scroll past it.
WIDTHS, MAX_HEIGHT = (320, 640, 1280), 1600
# EXIF's word for how the camera was held, and what Pillow calls the turn that undoes it.
ORIENTATION = 0x0112
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "HEIF")


class Unusable(Exception):
    """The file is no photo that can be shown; the argument says why."""


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_OUTPUT, LARGEST_OUTPUT))


def sizes_of(width, height):
    """The sizes in which a photo is kept, the smallest first; none is larger than it was."""
    found = []
    for wanted in WIDTHS:
        scale = min(wanted / width, MAX_HEIGHT / height, 1)
        size = max(1, round(width * scale)), max(1, round(height * scale))
        if size not in found:
            found.append(size)
    return found


def open_photo(data):
    from PIL import AvifImagePlugin, Image

    # One thread: each would want a stack of its own out of what little there is.
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        import pillow_heif
    except ImportError:  # a platform without the wheel: HEIC is then an unknown format
        pass
    else:
        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False
        pillow_heif.register_heif_opener(thumbnails=False)
    try:
        image = Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable("pixels") from None
    width, height = image.size
    if width * height > MAX_PIXELS:
        raise Unusable("pixels")
    if min(width, height) < MIN_SIDE:
        raise Unusable("small")
    if max(width, height) > MAX_RATIO * min(width, height):
        raise Unusable("ribbon")
    return image


def upright_srgb(image):
    """The first frame as RGB pixels on white, turned as the camera was held, hardly larger than what is kept."""
    from PIL import Image, ImageCms

    # As far as it may be read at all: what cannot be is not worth losing the photo for.
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION))
    except Exception:
        turn = None
    profile = image.info.get("icc_profile")
    longest = 2 * max(*WIDTHS, MAX_HEIGHT)
    # A JPEG can be decoded to half its size or less, which saves most of the time and the memory.
    image.draft(None, (longest, longest))
    image.load()
    if image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode in ("1", "P", "PA", "LA", "La", "RGBa"):
        image = image.convert("RGBA")
    elif image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = image.convert("RGB")
    image.thumbnail((longest, longest), Image.Resampling.BOX)
    if profile:
        # A profile for other pixels, or none at all: the plain reading of the colours will do.
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            image = ImageCms.profileToProfile(
                image,
                ImageCms.ImageCmsProfile(io.BytesIO(profile)),
                ImageCms.createProfile("sRGB"),
                outputMode="RGBA" if image.mode == "RGBA" else "RGB",
            )
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    image = image.convert("RGB")
    # From the bytes of the pixels alone: nothing that the file said comes along.
    clean = Image.frombytes("RGB", image.size, image.tobytes())
    return clean if turn is None else clean.transpose(turn)


def difference_hash(image):
    """64 bits that say where the picture grows lighter from left to right: alike for pictures that look alike."""
    from PIL import Image

    small = image.convert("L").resize((9, 8), Image.Resampling.BOX)
    rows = [small.tobytes()[start : start + 9] for start in range(0, 72, 9)]
    bits = "".join(str(int(left < right)) for row in rows for left, right in itertools.pairwise(row))
    return f"{int(bits, 2):016x}"


def develop(data, folder):
    import hashlib

    from PIL import Image

    image = open_photo(data)
    across, down = image.size
    upright = upright_srgb(image)
    if (across > down) != (upright.width > upright.height):
        across, down = down, across
    image.close()
    made = []
    for size in sizes_of(across, down):
        scaled = upright.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
        for suffix, options in (
            ("avif", {"quality": 58, "speed": 8, "max_threads": 1, "subsampling": "4:2:0"}),
            ("jpg", {"format": "JPEG", "quality": 80, "optimize": True, "progressive": True}),
        ):
            path = os.path.join(folder, f"{size[0]}.{suffix}")
            scaled.save(path, **{"format": "AVIF", **options})
            made.append([f"{size[0]}.{suffix}", os.path.getsize(path)])
    pixels = hashlib.sha256(f"{scaled.width}x{scaled.height}:".encode() + scaled.tobytes()).hexdigest()
    return {
        "width": across,
        "height": down,
        "pixels": pixels,
        "look": difference_hash(scaled),
        "files": made,
    }


def peak_bytes():
    """The most memory this process ever held, as Linux counts it; 0 where nobody counts."""
    try:
        with open("/proc/self/status") as status:
            held = [line.split()[1] for line in status if line.startswith("VmHWM:")]
    except OSError:
        held = []
    return int(held[0]) * 1024 if held else 0


def main(folder):
    data = sys.stdin.buffer.read()
    limit()
    warnings.simplefilter("ignore")
    try:
        answer = develop(data, folder)
    except Unusable as error:
        answer = {"fault": str(error)}
    except MemoryError:
        answer = {"fault": "heavy"}
    except Exception as error:
        answer = {"fault": "unreadable", "said": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(answer | {"peak": peak_bytes(), "seconds": time.process_time()}))


if __name__ == "__main__":
    main(sys.argv[1])
