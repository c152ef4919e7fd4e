"""Three photos for every shop of the scratch city, so that its pages weigh what pages with photos weigh.

Run as `python -m bench.photos` with the bench's settings. Only the shop that the browser opens has files; the others'
pages are read, not looked at.
"""

import io
import os
import secrets
from random import Random

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.site.settings")

KINDS = ("front", "shelves", "table")
BATCH = 5000


def main():
    import django

    django.setup()
    from django.core.files.base import ContentFile
    from django.utils import timezone

    from shops.models import Photo, Shop
    from shops.photos import develop, receive

    at = timezone.now()
    published = Shop.objects.published().order_by("daily_order")
    first = published[0]
    models = []
    for position, kind in enumerate(KINDS):
        file = ContentFile(grainy(kind, position), f"{kind}.jpg")
        photo = receive.receive(first, file, by=None, at=at)
        develop.develop_received(photo.pk, at=at)
        photo.refresh_from_db()
        photo.alt = {"fr": "La devanture bleue, à l’angle de la rue, avec une marche à l’entrée."}
        photo.published, photo.position = True, position
        photo.save()
        models.append(photo)
    rows = (
        Photo(
            shop_id=pk, state=model.state, name=secrets.token_hex(16), width=model.width, height=model.height,
            alt=model.alt, published=True, position=model.position, bytes=model.bytes, uploaded_at=at, touched_at=at,
            pixels_sha256=secrets.token_hex(32), look=model.look,
        )
        for pk in published.exclude(pk=first.pk).values_list("pk", flat=True)
        for model in models
    )  # fmt: skip
    Photo.objects.bulk_create(rows, batch_size=BATCH)


def grainy(kind, seed):
    """A drawing of the demonstration's with the unrest of a photo, and so about its weight."""
    from PIL import Image, ImageFilter

    from shops.demo import pictures

    drawn = Image.open(io.BytesIO(pictures.draw(kind, "", "", Random(seed))))
    grain = Image.effect_noise(drawn.size, 90).filter(ImageFilter.GaussianBlur(2)).convert("RGB")
    file = io.BytesIO()
    Image.blend(drawn, grain, 0.35).save(file, "JPEG", quality=88)
    return file.getvalue()


if __name__ == "__main__":
    main()
