"""Finding shops by what people type."""

import unicodedata

from django.contrib.postgres.search import SearchVector
from django.db.models import Value

from shops.models import Shop

LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "ł": "l", "đ": "d", "’": "'"})


def key(text: str) -> str:
    """Lower case without accents or ligatures: « Épicerie du Cœur » → "epicerie du coeur"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(LIGATURES))
    return "".join(character for character in decomposed if not unicodedata.combining(character)).strip()


def index(shops) -> None:
    """Write the search column of these shops."""
    for shop in shops:
        Shop.objects.filter(pk=shop.pk).update(
            search=SearchVector(Value(shop.name), config="vitrine_simple", weight="A")
        )
