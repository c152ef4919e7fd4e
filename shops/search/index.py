"""What is written for the search to read: one column and some names of each shop."""

import json
from collections.abc import Iterable

from django.conf import settings
from django.contrib.postgres.search import SearchVector
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast

from shops.models import Shop, ShopName
from shops.search.words import key

# Texts in these languages are stemmed too; any other is only compared word by word.
STEMMED = ("fr", "de", "en")
SIMPLE = "vitrine_simple"
BATCH = 500
# A shop's own words are its name (A), its place (C), its texts (D). Trades and districts are not among them: a shop
# carries them as facets, and the vocabulary says which words ask for which.
_VECTORS = [
    ("name", SIMPLE, "A"),
    ("place", SIMPLE, "C"),
    ("texts", SIMPLE, "D"),
    *((language, f"vitrine_{language}", "D") for language in STEMMED),
]


def index(shops: Iterable) -> None:
    """Bring the search column and the names of these shops up to date.

    Three statements for each 500 shops, one or two more where a name changed; no query per shop. Runs inside the
    transaction of the change (`shops.catalogue.changed`).

    Args:
        shops: whole shops, as saved.
    """
    shops = list(shops)
    for start in range(0, len(shops), BATCH):
        batch = shops[start : start + BATCH]
        _write_column(batch)
        _write_names(batch)


def names_of(shop) -> dict[str, str]:
    """Each name a shop goes by, by its key; the name of the page comes first."""
    names = [shop.name, *_translations(shop, "name").values()]
    names += shop.other_names.replace(";", ",").split(",")
    found = {}
    for name in names:
        if name_key := key(name):
            found.setdefault(name_key, name.strip())
    return found


def _write_column(shops):
    """One UPDATE: the texts travel in one JSON parameter, each row takes its own out of it."""
    texts = json.dumps({str(shop.pk): _texts_of(shop) for shop in shops}, ensure_ascii=False)
    vector = None
    for part, configuration, weight in _VECTORS:
        one = SearchVector(_TextOf(texts, part), config=configuration, weight=weight)
        vector = one if vector is None else vector + one
    Shop.objects.filter(pk__in=[shop.pk for shop in shops]).update(search=vector)


class _TextOf(Func):
    """Out of {shop's id: {part: text}}, one part of the text of the shop that the row is."""

    function = "jsonb_extract_path_text"
    template = "%(function)s(%(expressions)s)"
    output_field = TextField()

    def __init__(self, texts, part):
        super().__init__(
            Func(Value(texts), template="%(expressions)s::jsonb"), Cast(F("pk"), TextField()), Value(part)
        )


def _texts_of(shop):
    """The parts of `_VECTORS`, each already in keys, so that both sides of a comparison are cut the same way."""
    summaries, descriptions = _translations(shop, "summary"), _translations(shop, "description")
    source = settings.LANGUAGE_CODE
    texts = {
        source: f"{shop.summary} {shop.description}",
        **{
            language: f"{summaries.get(language, '')} {descriptions.get(language, '')}"
            for language in {*summaries, *descriptions} - {source}
        },
    }
    keys = {language: key(text) for language, text in texts.items()}
    return {
        "name": " ".join(names_of(shop)),
        "place": key(f"{shop.street} {shop.place_note}"),
        "texts": " ".join(keys.values()),
        **{language: keys.get(language, "") for language in STEMMED},
    }


def _translations(shop, field):
    """A field's translations by language, as modeltrans keeps them."""
    prefix = f"{field}_"
    return {
        name.removeprefix(prefix): value
        for name, value in (shop.i18n or {}).items()
        if name.startswith(prefix) and value
    }


def _write_names(shops):
    """Only what changed: hours change every day, names hardly ever."""
    wanted = {
        (shop.pk, name_key[:200]): name[:200]
        for shop in shops
        if shop.is_published
        for name_key, name in names_of(shop).items()
    }
    rows = ShopName.objects.filter(shop__in=[shop.pk for shop in shops])
    present = {(row.shop_id, row.key): row for row in rows}
    gone = [row.pk for place, row in present.items() if wanted.get(place) != row.text]
    kept = {place for place, row in present.items() if wanted.get(place) == row.text}
    if gone:
        ShopName.objects.filter(pk__in=gone).delete()
    ShopName.objects.bulk_create(
        [
            ShopName(shop_id=shop_id, key=name_key, text=text)
            for (shop_id, name_key), text in wanted.items()
            if (shop_id, name_key) not in kept
        ]
    )
