"""What the City says of its own frame at its desk: how categories are called and ordered, which one gives way to another,
what is said of a district. Each is an event; a city pack loaded later leaves these words alone.
"""

from collections.abc import Mapping
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from districts.models import City, District
from shops import catalogue
from shops.models import Category, Change, Event, Shop

LANGUAGES = [code for code, _name in settings.LANGUAGES]
LABEL, INTRO = "label", "intro"


class Overtaken(Exception):
    """Somebody else was faster: what was shown is not so any more."""


def texts_of(thing: Category | District, field: str) -> dict[str, str]:
    """What it says in each language: {code: text}."""
    return {code: getattr(thing, _name(field, code)) or "" for code in LANGUAGES}


def rename(
    category: Category, texts: Mapping[str, str], *, seen: Mapping[str, str], by, at: datetime
) -> bool:
    """Call a category otherwise, in each language. Its address stays. Raises Overtaken. Returns whether anything changed."""
    with transaction.atomic():
        category = _locked(Category, category)
        if not _say(category, LABEL, texts, seen, "city:category", by, at):
            return False
        # Its words are part of what a search finds its shops by.
        catalogue.changed(_shop_ids(category), at=at, structure=True)
    return True


def introduce(
    district: District, texts: Mapping[str, str], *, seen: Mapping[str, str], by, at: datetime
) -> bool:
    """Say something else of a district. Raises Overtaken. Returns whether anything changed."""
    with transaction.atomic():
        district = _locked(District, district)
        if not _say(district, INTRO, texts, seen, "city:district", by, at):
            return False
        catalogue.changed([], at=at, structure=True)
    return True


def move(category: Category, step: int, *, place: int, by, at: datetime) -> bool:
    """Put a category one place up (-1) or down (+1) among those of its group. At the end nothing happens.

    Args:
        place: where it was when somebody looked. Raises Overtaken when it is elsewhere by now.
    """
    with transaction.atomic():
        _wait_for_turn()
        row = list(Category.objects.in_use().filter(group=category.group_id).select_for_update(of=("self",)))
        here = next((number for number, one in enumerate(row) if one.pk == category.pk), None)
        if here != place:
            raise Overtaken
        if not 0 <= here + step < len(row):
            return False
        row.insert(here + step, row.pop(here))
        for position, one in enumerate(sorted(other.position for other in row)):
            # The places of the group stay its own; two that were alike are told apart.
            row[position].position = max(one, row[position - 1].position + 1) if position else one
            row[position].said_by_city = _with(row[position].said_by_city, "position")
        Category.objects.bulk_update(row, ["position", "said_by_city"])
        Event.note(
            None,
            "city:order",
            by=by,
            at=at,
            before={"category": category.code, "place": here + 1},
            after={"place": here + step + 1},
        )
        catalogue.changed([], at=at, structure=True)
    return True


def count_of(category: Category) -> tuple[int, int]:
    """How many shops have it as their own, and how many beside their own."""
    return category.shops.count(), category.also_shops.count()


def give_up(category: Category, other: Category, *, by, at: datetime, why: str) -> int:
    """One category less: its shops, what waits for it, its words and its addresses go to another. Returns how many shops.

    Raises Overtaken when one of the two is in use no more.
    """
    with transaction.atomic():
        category, other = _locked(Category, category), _locked(Category, other)
        if category == other or category.merged_into_id or other.merged_into_id:
            raise Overtaken
        ids = _shop_ids(category)
        _move_shops(category, other, by, at, why)
        _move_proposals(category, other)
        other.words = _united(category, other)
        other.said_by_city = _with(other.said_by_city, "words")
        other.save(update_fields=["words", "said_by_city"])
        category.merged_into = other
        category.save(update_fields=["merged_into"])
        category.former.update(merged_into=other)
        Event.note(
            None,
            "city:category_given_up",
            by=by,
            at=at,
            before={"category": category.code, "shops": len(ids)},
            after={"category": other.code},
            why=why,
        )
        catalogue.changed({*ids, *_shop_ids(other)}, at=at, structure=True)
    return len(ids)


def _move_shops(category, other, by, at, why):
    """Both roles of a category: a shop's own, and one beside it. Each shop hears of it in its history."""
    main = list(category.shops.values_list("pk", flat=True))
    beside = list(category.also_shops.values_list("pk", flat=True))
    Shop.objects.filter(pk__in=main).update(category=other)
    pairs = Shop.other_categories.through.objects
    pairs.filter(category=category).delete()
    there = set(pairs.filter(category=other).values_list("shop_id", flat=True))
    own = set(other.shops.values_list("pk", flat=True))
    pairs.bulk_create(
        Shop.other_categories.through(shop_id=pk, category=other) for pk in beside if pk not in there | own
    )
    pairs.filter(category=other, shop__in=own).delete()
    Event.objects.bulk_create(
        Event(
            shop_id=pk,
            kind="facts:live",
            by=by,
            at=at,
            before={"category": category.code},
            after={"category": other.code},
            why=why,
        )
        for pk in main
    )


def _move_proposals(category, other):
    Change.objects.waiting().filter(field="category", after=category.code).update(after=other.code)
    asked = Q(field="other_categories", after__contains=[category.code])
    for change in Change.objects.waiting().filter(asked):
        change.after = sorted({*change.after, other.code} - {category.code})
        change.save(update_fields=["after"])


def _united(category, other):
    """What people type for either, the names of the one that goes included."""
    words = {code: list(said) for code, said in other.words.items()}
    for code in {*category.words, *LANGUAGES}:
        label = (getattr(category, _name(LABEL, code), "") or "").lower() if code in LANGUAGES else ""
        said = [*words.get(code, []), *category.words.get(code, []), *([label] if label else [])]
        if said:
            words[code] = list(dict.fromkeys(said))
    return words


def _say(thing, field, texts, seen, kind, by, at):
    before = texts_of(thing, field)
    if before != dict(seen):
        raise Overtaken
    changed = {code: text for code, text in texts.items() if text != before[code]}
    if not changed:
        return False
    for code, text in changed.items():
        setattr(thing, _name(field, code), text)
    for name in (field, "i18n"):
        thing.said_by_city = _with(thing.said_by_city, name)
    thing.save(update_fields=[field, "i18n", "said_by_city"])
    about = {"category": thing.code} if isinstance(thing, Category) else {"slug": thing.slug}
    Event.note(
        None,
        kind,
        by=by,
        at=at,
        before=about | {_name(field, code): before[code] for code in changed},
        after=about | {_name(field, code): text for code, text in changed.items()},
    )
    return True


def _locked(model, row):
    _wait_for_turn()
    return model.objects.select_for_update().get(pk=row.pk)


def _wait_for_turn():
    """Loading a pack, importing and this wait for each other here, before any of them locks a shop."""
    list(City.objects.select_for_update().values_list("pk"))


def _shop_ids(category):
    return {
        *category.shops.values_list("pk", flat=True),
        *category.also_shops.values_list("pk", flat=True),
    }


def _name(field, code):
    return field if code == settings.LANGUAGE_CODE else f"{field}_{code}"


def _with(names, name):
    return [*names, *([name] if name not in names else [])]
