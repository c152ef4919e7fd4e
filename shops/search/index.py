"""What is written for the search to read: one column and some names of each shop."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from functools import reduce
from operator import add

from django.conf import settings
from django.contrib.postgres.search import SearchVector, SearchVectorCombinable, SearchVectorField
from django.db.models import F, Func, TextField, Value
from django.db.models.functions import Cast

from shops.models import Category, NameWord, Shop
from shops.search.words import key, without_ending

# Texts in these languages are stemmed too; any other is only compared word by word.
STEMMED = ("fr", "de", "en")
# What a merchant tells of herself.
TEXTS = ("summary", "description", "specialty")
SIMPLE = "vitrine_simple"
BATCH, WORDS = 500, 5000
# PostgreSQL's index knows no weights: to find a word in names only, it would have to open every shop that says it
# anywhere. So words of names, with and without their endings, and a shop's own words without are there again behind signs.
NAME_MARK, NAME_STEM_MARK, OWN_MARK = "=", "+", "~"
_MARKED = re.compile(rf"'{NAME_MARK}([^']+)'")
# What a text search is made of. A: a shop's names. B: the words for its trade in all languages, from its categories'
# own vectors. C: its street and district. D: its texts.
_SHOP_VECTORS = [
    ("name", SIMPLE, "A"),
    ("place", SIMPLE, "C"),
    ("texts", SIMPLE, "D"),
    *((f"name_{language}", f"vitrine_{language}", "A") for language in STEMMED),
    *((f"texts_{language}", f"vitrine_{language}", "D") for language in STEMMED),
]
_TRADE_VECTORS = [("all", SIMPLE, "B"), *((language, f"vitrine_{language}", "B") for language in STEMMED)]


def index(shops: Iterable) -> Counter:
    """Bring the search column of these shops up to date.

    A few statements for each 500 shops, none per shop. Runs inside the transaction of the change
    (`shops.catalogue.changed`), which holds the shops' locks.

    Args:
        shops: whole shops, as the database has them (the search column says which words are counted), with
            district, category and group, and the other categories at hand.

    Returns:
        what each word of names gains or loses, for `count_words` when all shops of the change are done.
    """
    shops, moves = list(shops), Counter()
    for start in range(0, len(shops), BATCH):
        _index(shops[start : start + BATCH], moves)
    return moves


def _index(shops, moves):
    """Two statements for the column."""
    texts, places = {}, {}
    for shop in shops:
        texts[shop.pk] = _texts_of(shop, places)
        moves.subtract(_words_of_names(shop.search))
        moves.update(set(texts[shop.pk]["public_names"].split()))
    _write_column(shops, texts)


def names_of(shop) -> list[str]:
    """The keys of all names a shop goes by; that of its page comes first."""
    names = [shop.name, *_translations(shop, "name").values()]
    names += shop.other_names.replace(";", ",").split(",")
    return list(dict.fromkeys(filter(None, map(key, names))))


def _write_column(shops, texts):
    """The vectors of the trades, then one UPDATE to which the texts of all shops travel as parameters."""
    trades = _vectors_of_trades({category for shop in shops for category in _categories(shop)})
    written = {
        shop.pk: " ".join(
            [*(trades[category.pk] for category in _categories(shop)), *_marked(texts[shop.pk])]
        )
        for shop in shops
    }
    vector = _vector(texts, _SHOP_VECTORS) + _Written(_TextOf(written), SearchVectorField())
    Shop.objects.filter(pk__in=[shop.pk for shop in shops]).update(search=vector)


def _marked(text):
    """The marked words of a shop, as PostgreSQL writes a vector."""
    names, own = set(text["public_names"].split()), set(f"{text['name']} {text['texts']}".split())
    marked = {NAME_MARK + word for word in names}
    marked |= {NAME_STEM_MARK + word for word in without_ending(" ".join(names)).split()}
    marked |= {OWN_MARK + word for word in without_ending(" ".join(own)).split()}
    return [f"'{word}'" for word in marked]


def _vectors_of_trades(categories):
    """The vector of each category, as PostgreSQL writes it: {key: vector}. Several of them in a row are one, too."""
    texts = {category.pk: _texts_of_trade(category) for category in categories}
    rows = Category.objects.filter(pk__in=texts).annotate(vector=_vector(texts, _TRADE_VECTORS))
    return dict(rows.values_list("pk", Cast("vector", TextField())))


def _vector(texts, parts):
    """The vector of a row, out of {key: {part: text}}."""
    vectors = [
        SearchVector(
            _TextOf({key: text[part] for key, text in texts.items()}), config=configuration, weight=weight
        )
        for part, configuration, weight in parts
    ]
    return reduce(add, vectors)


class _Written(SearchVectorCombinable, Cast):
    """A vector that is there as text already."""

    config = None


class _TextOf(Func):
    """Out of {key: text}, in one parameter, the text of the row. One statement so writes many rows."""

    function = "jsonb_extract_path_text"
    output_field = TextField()

    def __init__(self, texts):
        texts = json.dumps({str(key): text for key, text in texts.items()}, ensure_ascii=False)
        super().__init__(Func(Value(texts), template="%(expressions)s::jsonb"), Cast(F("pk"), TextField()))


def _texts_of(shop, places):
    """The parts of `_SHOP_VECTORS`, each already in keys, so that both sides of a comparison are cut the same way.

    `places` keeps the names of districts from one shop to the next.
    """
    texts = {
        language: key(" ".join(_in(shop, field, language) for field in TEXTS))
        for language in _languages(shop)
    }
    if shop.district_id not in places:
        district = [shop.district.name, *_translations(shop.district, "name").values()]
        places[shop.district_id] = key(" ".join(district))
    names = " ".join(names_of(shop))
    return {
        "name": names,
        # Typing errors are not mended towards a shop that nobody may see.
        "public_names": names if shop.is_published else "",
        "place": f"{key(f'{shop.street} {shop.place_note}')} {places[shop.district_id]}",
        "texts": " ".join(texts.values()),
        **{f"texts_{language}": texts.get(language, "") for language in STEMMED},
        **{f"name_{language}": key(_in(shop, "name", language)) for language in STEMMED},
    }


def _texts_of_trade(category):
    """The parts of `_TRADE_VECTORS`: the labels of a category and its group, and what people type for it."""
    said = defaultdict(list)
    for thing in (category, category.group):
        said[settings.LANGUAGE_CODE].append(thing.label)
        for language, label in _translations(thing, "label").items():
            said[language].append(label)
    for language, listed in category.words.items():
        said[language] += listed
    keys = {language: key(" ".join(texts)) for language, texts in said.items()}
    return {"all": " ".join(keys.values()), **{language: keys.get(language, "") for language in STEMMED}}


def _categories(shop):
    return [shop.category, *shop.other_categories.all()]


def _languages(shop):
    return {settings.LANGUAGE_CODE}.union(*(_translations(shop, field) for field in TEXTS))


def _in(shop, field, language):
    """A text in one language, "" where it is not written in it."""
    if language == settings.LANGUAGE_CODE:
        return getattr(shop, field)
    return (shop.i18n or {}).get(f"{field}_{language}") or ""


def _translations(thing, field):
    """A field's translations by language, as modeltrans keeps them."""
    prefix = f"{field}_"
    return {
        name.removeprefix(prefix): value
        for name, value in (thing.i18n or {}).items()
        if name.startswith(prefix) and value
    }


def count_words(moves: Counter) -> None:
    """Keep how many published shops have each word in a name. A few statements for each 5,000 words that move.

    Args:
        moves: what each word gains or loses, of all shops of a change: so words are locked once and in one order,
            and two changes cannot wait for each other.
    """
    moving = sorted(word for word, move in moves.items() if move)
    for start in range(0, len(moving), WORDS):
        _count({word: moves[word] for word in moving[start : start + WORDS]})


def _count(moves):
    NameWord.objects.bulk_create([NameWord(word=word) for word in moves], ignore_conflicts=True)
    # Locked in one order.
    list(NameWord.objects.filter(word__in=moves).order_by("word").select_for_update().values_list("pk"))
    by_move = defaultdict(list)
    for word, move in moves.items():
        by_move[move].append(word)
    for move, said in by_move.items():
        NameWord.objects.filter(word__in=said).update(shops=F("shops") + move)
    NameWord.objects.filter(word__in=moves, shops__lte=0).delete()


def _words_of_names(vector):
    """The words that a search column, as PostgreSQL writes it, says to be of names."""
    return set(_MARKED.findall(vector or ""))
