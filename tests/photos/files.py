"""Pictures drawn by code: honest ones, and those that mean harm."""

import io
import random
import struct
import zlib

import pillow_heif
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageCms, ImageDraw, PngImagePlugin

from shops.models import Photo
from shops.photos import shelf
from tests.shops.factories import TUESDAY_10H

pillow_heif.register_heif_opener()

SCRIPT = b"<script>alert(document.domain)</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><body>" + SCRIPT
SECRET = "49.6117N 6.1319E chez Marie"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description dc:creator="' + SECRET.encode() + b'"/></rdf:RDF></x:xmpmeta>'
)


def drawn(width=800, height=600, *, seed=1, mode="RGB"):
    """A street at dusk, of a sort: no two seeds look alike."""
    dice = random.Random(seed)
    image = Image.new("RGB", (width, height), tuple(dice.choices(range(256), k=3)))
    pencil = ImageDraw.Draw(image)
    for _house in range(12):
        left, top = dice.randrange(width), dice.randrange(height)
        box = [left, top, left + width // 5 + 1, top + height // 4 + 1]
        pencil.rectangle(box, fill=tuple(dice.choices(range(256), k=3)))
    return image.convert(mode)


def encoded(image, form, **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, form, **options)
    return stream.getvalue()


def jpeg(**options):
    return encoded(drawn(**options), "JPEG", quality=80)


def exif(orientation=1):
    """Where it was taken, when, by what, and by whom."""
    data = Image.Exif()
    data[0x0112] = orientation
    data[0x010F], data[0x013B], data[0x9286] = "Camera", SECRET, SECRET
    gps = data.get_ifd(0x8825)
    gps[1], gps[2], gps[3], gps[4] = "N", (49.0, 36.0, 42.0), "E", (6.0, 7.0, 55.0)
    return data


def profile():
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def disk(folder):
    """A storage of `STORAGES` in a folder, as in earnest."""
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": folder, "allow_overwrite": True},
    }


def upload(content, name="photo.jpg", kind="image/jpeg"):
    return SimpleUploadedFile(name, content, kind)


def png_claiming(width, height, bits=8, colour=2, body=b""):
    """A PNG that says it is so large, with next to nothing in it."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def png_text(image):
    """Texts beside the pixels, one of them unfolding to many times its size."""
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Comment", SECRET)
    texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
    texts.add_text("bomb", "a" * 900_000, zip=True)
    return encoded(image, "PNG", pnginfo=texts)


def animated(form, frames, size=(300, 300), **options):
    images = [Image.new("RGB", size, (number % 256, number // 256, 90)) for number in range(frames)]
    return encoded(images[0], form, save_all=True, append_images=images[1:], **options)


def rewritten_jpeg_size(data, width, height):
    """The same JPEG, saying that it is so large."""
    place = data.index(b"\xff\xc0")
    return data[: place + 5] + struct.pack(">HH", height, width) + data[place + 9 :]


def make_photo(shop, *, by=None, seed=1, at=TUESDAY_10H, state=Photo.State.READY, content=b"", **facts):
    """A photo that has been developed, without the trouble; its files hold little."""
    name = f"{shop.pk:016x}{seed:016x}"
    ready = state == Photo.State.READY
    known = (
        {"width": 800, "height": 600, "pixels_sha256": f"{seed:064x}", "look": f"{seed:016x}"}
        if ready
        else {}
    )
    photo = Photo.objects.create(
        shop=shop,
        name=name,
        state=state,
        uploaded_by=by,
        uploaded_at=at,
        touched_at=at,
        **{"bytes": 1000, **known, **facts},
    )
    if ready:
        for width, _height in photo.sizes:
            shelf.put(name, f"{width}.avif", content or b"avif")
            shelf.put(name, f"{width}.jpg", content or b"jpeg")
    return photo


def publish(*photos):
    """Put photos on their shop's page, as if accepted."""
    for position, photo in enumerate(photos):
        alt = photo.alt or {"fr": f"Photo numéro {position}"}
        Photo.objects.filter(pk=photo.pk).update(published=True, position=position, alt=alt)
        photo.refresh_from_db()
    return photos


def gif_of_frames(number):
    """One frame, so many times."""
    head = b"GIF89a" + struct.pack("<HHBBB", 300, 300, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"," + struct.pack("<HHHHB", 0, 0, 300, 300, 0) + b"\x02\x02\x4c\x01\0"
    return head + frame * number + b";"


def webp_of_frames(number):
    """One frame of 300 × 300, so many times."""
    two = animated("WEBP", 2, lossless=True, method=0)
    start = two.index(b"ANMF")
    (length,) = struct.unpack_from("<I", two, start + 4)
    frame = two[start : start + 8 + length + length % 2]
    body = two[8:start] + frame * number
    return b"RIFF" + struct.pack("<I", len(body)) + body
