"""The one door through which what the public sees changes.

Whoever writes a shop, its links, its special days or its categories calls `changed()` with its id inside the same
transaction. It writes everything that is derived from those facts, keeps the totals, and raises the catalogue's
version, which is what every cache is keyed by. A test finds writers that forget it.
"""

import hashlib
import json
import logging
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import batched
from typing import NamedTuple

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from districts.city_pack import street_slug
from districts.models import City, PublicHoliday
from shops import figures, freshness, search
from shops.models import Catalogue, FacetTotal, OpeningInterval, Shop
from shops.opening_hours import ClosureReason, Hours, InvalidHours, Place, SpecialDay, compile_hours, is_past
from shops.vocabulary import AccessAnswer, FactGroup

# How far ahead the opening intervals are known, and how far the "open at" filter may ask.
INTERVAL_DAYS = 35
FILTER_DAYS = 14
logger = logging.getLogger(__name__)
# Everything published, in FacetTotal.
ALL = "all"
BATCH = 1000


class Present(NamedTuple):
    """The catalogue as it stands: read once a request."""

    version: int
    structure: int
    intervals_until: datetime | None
    rotated_on: date | None


def present() -> Present:
    """Read the catalogue's row. One short query, on every page: written out because the ORM costs more than the row."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT version, structure, intervals_until, rotated_on FROM shops_catalogue")
        row = cursor.fetchone()
    return Present(*row) if row else Present(0, 0, None, None)


def load_place(city: City | None = None) -> Place:
    """Where the hours hold: the city's clock, country and holidays."""
    city = city or City.objects.get()
    holidays = {
        holiday.on: {
            language: getattr(holiday, f"name_{language}") or holiday.name
            for language, _name in settings.LANGUAGES
        }
        for holiday in PublicHoliday.objects.all()
    }
    return Place(time_zone=city.time_zone, country=city.country, holidays=holidays)


def hours_of(shop: Shop, place: Place) -> Hours:
    """The shop's hours, weekly rule and special days in one. Unknown when the expression makes no sense any more."""
    return parsed(shop.hours_expression, place)


def parsed(expression: str, place: Place) -> Hours:
    """The same from the derived column alone."""
    try:
        return Hours.parse(expression, place)
    except InvalidHours:
        return Hours.unknown(place)


# What apps above this one add: of some shops, by id, their further facets on a day. One question each for a batch.
MORE_FACETS: list[Callable[[Iterable[int], date], Mapping[int, Iterable[str]]]] = []


def changed(shop_ids: Iterable[int], *, at: datetime, structure: bool = False) -> int:
    """Bring everything derived from these shops up to date and raise the version. Must run in a transaction.

    `structure` says that the city itself (districts, categories, holidays) changed too.
    Shops are locked first, in ascending id, then words of names, then the catalogue's row: the same order everywhere.
    Returns the new version.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError(
            "The catalogue changes inside the transaction of its cause."
        )
    city = City.objects.get()
    place = load_place(city)
    totals, words = Counter(), Counter()
    for ids in batched(sorted(set(shop_ids)), BATCH, strict=False):
        moves, said = _refresh(ids, city, place, at)
        totals.update(moves)
        words.update(said)
    search.count_words(words)
    Catalogue.objects.get_or_create(pk=1, defaults={"changed_at": at})
    row = Catalogue.objects.select_for_update().get()
    _add_to_totals(totals)
    row.version += 1
    row.structure += structure
    row.changed_at = at
    row.save(update_fields=["version", "structure", "changed_at"])
    return row.version


def changed_all(*, at: datetime, structure: bool = False) -> int:
    """Derive everything anew for all shops, as after loading a city pack. Must run in a transaction."""
    ids = list(Shop.objects.order_by("pk").values_list("pk", flat=True))
    return changed(ids, at=at, structure=structure)


def _refresh(ids, city, place, at):
    """Write the derived columns and intervals of these shops; return how the facet totals and the words of names move."""
    shops = list(
        Shop.objects.select_for_update(of=("self",))
        .filter(pk__in=ids)
        # Prefetched, not joined: a join would read a district's outline once for each shop.
        .prefetch_related("district", "category__group", "special_days", "other_categories__group")
        .order_by("pk")
    )
    moves = Counter()
    intervals, known = [], {}
    today = at.astimezone(city.tz).date()
    others = [ask(ids, today) for ask in MORE_FACETS]
    for shop in shops:
        moves.subtract(_counted(shop))
        _derive(shop, city, at, today)
        spans = []
        if shop.is_published:
            # Neighbours often keep the same hours.
            if shop.hours_expression not in known:
                known[shop.hours_expression] = _spans(hours_of(shop, place), today, city)
            spans = known[shop.hours_expression]
        intervals += [(shop.pk, *span) for span in spans]
        # Empty unless the public sees it: so the column always says what the totals hold of this shop.
        own = facets_of(shop, spans, today, city).union(*(found.get(shop.pk, ()) for found in others))
        shop.facets = sorted(own) if shop.is_published else []
        moves.update(_counted(shop))
    _write_derived(shops)
    _write_intervals(ids, intervals)
    return moves, search.index(shops)


def _write_derived(shops):
    """One UPDATE for all of them: the ORM's own bulk_update spends many times as long on building its SQL."""
    # The search vector has its own writer.
    fields = [Shop._meta.get_field(name) for name in Shop.DERIVED if name != "search"]
    rows = [
        {"id": shop.pk} | {field.column: getattr(shop, field.attname) for field in fields} for shop in shops
    ]
    typed = ", ".join(f"{field.column} {field.db_type(connection)}" for field in fields)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {Shop._meta.db_table} AS shop"  # noqa: S608 (names from the models alone)
            f" SET {', '.join(f'{field.column} = new.{field.column}' for field in fields)}"
            f" FROM jsonb_to_recordset(%s::jsonb) AS new (id bigint, {typed}) WHERE shop.id = new.id",
            [json.dumps(rows, default=datetime.isoformat)],
        )


def _write_intervals(shop_ids, intervals):
    """Replace the open spans of these shops; COPY, because a thousand shops have tens of thousands."""
    OpeningInterval.objects.filter(shop__in=shop_ids).delete()
    if not intervals:
        return
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {OpeningInterval._meta.db_table} (shop_id, span) FROM STDIN") as copy,
    ):
        copy.write(
            "".join(
                f"{shop_id}\t[{start.isoformat()},{end.isoformat()})\n" for shop_id, start, end in intervals
            )
        )


def _derive(shop, city, at, today):
    shop.hours_expression = compile_hours(
        shop.opening_hours,
        [
            SpecialDay(
                start_on=day.start_on,
                end_on=day.end_on,
                hours=day.spans(),
                reason=day.reason if day.reason in ClosureReason else ClosureReason.OTHER,
                note=day.note,
            )
            for day in shop.special_days.all()
            # Past ones stay in the desk's memory, not in what every page evaluates.
            if not is_past(day, today)
        ],
    )
    confirmed = shop.hours_confirmed_at
    shop.hours_stale_at = confirmed + freshness.term(shop, FactGroup.HOURS, city) if confirmed else None
    shop.street_slug = street_slug(shop.street)[:120]
    shop.name_key = search.key(shop.name)[:250]
    # As the day began: who confirms rises at once, nobody sinks in the middle of a day.
    midnight = datetime.combine(today, datetime.min.time(), tzinfo=city.tz)
    shop.daily_order = daily_order(shop.public_id, today, sunk=freshness.is_sunk(shop, city, midnight))
    shop.due_at, shop.call_at = freshness.due_at(shop, city), freshness.call_at(shop, city)
    shop.x_m, shop.y_m = (None, None) if shop.lat is None else city.plane(shop.lon, shop.lat)


def _spans(hours, today, city):
    """The certain open spans of the coming weeks, as aware (start, end) pairs, cut at each midnight.

    Cut, because the index sorts them by time: one that lasts weeks (24/7) would have to be looked at for every
    instant, with all its neighbours.
    """
    start = datetime.combine(today - timedelta(days=1), datetime.min.time(), tzinfo=city.tz)
    spans = []
    for opens, closes in hours.intervals(start, start + timedelta(days=INTERVAL_DAYS + 1)):
        day = opens.astimezone(city.tz).date() + timedelta(days=1)
        while (midnight := datetime.combine(day, datetime.min.time(), tzinfo=city.tz)) < closes:
            spans.append((opens, midnight))
            opens, day = midnight, day + timedelta(days=1)
        spans.append((opens, closes))
    return spans


def facets_of(shop, spans, today, city) -> set[str]:
    """The choices under which a shop is found. The letter before the colon says of which filter.

    d district, g category group, c category, s street, o service, p payment, l language, a access, w Sunday; v what
    vouchers add (`MORE_FACETS`).
    """
    categories = {shop.category, *shop.other_categories.all()}
    facets = {f"d:{shop.district.slug}"}
    facets |= {f"c:{category.code}" for category in categories}
    facets |= {f"g:{category.group.code}" for category in categories}
    facets |= {f"o:{service}" for service in shop.services}
    facets |= {f"p:{payment}" for payment in shop.payments}
    facets |= {f"l:{language}" for language in shop.spoken_languages}
    if shop.street_slug:
        facets.add(f"s:{shop.street_slug}")
    if shop.access_answer("step_free") == AccessAnswer.YES:
        facets.add("a:step_free")
    sunday = today + timedelta(days=6 - today.weekday())
    day_start = datetime.combine(sunday, datetime.min.time(), tzinfo=city.tz)
    day_end = datetime.combine(sunday + timedelta(days=1), datetime.min.time(), tzinfo=city.tz)
    is_fresh = shop.hours_stale_at is not None and shop.hours_stale_at > day_start
    if is_fresh and any(start < day_end and end > day_start for start, end in spans):
        facets.add("w:sunday")
    return facets


def daily_order(public_id: str, day: date, *, sunk: bool = False) -> int:
    """A shop's place in the order of a day: as good as drawn by lot, the same for everybody, published.

    The first 31 bits of SHA-256 of "day:public id", so that anyone can check it. Shops that nobody has answered for
    in a long time (`freshness.is_sunk`) come after all others, in the same order: theirs are from 0 up, the others'
    below.
    """
    digest = hashlib.sha256(f"{day.isoformat()}:{public_id}".encode()).digest()
    drawn = int.from_bytes(digest[:4], "big") >> 1
    return drawn if sunk else drawn - 2**31


def _counted(shop):
    return [ALL, *shop.facets] if shop.facets else []


def _add_to_totals(moves):
    """Apply the moves to the kept totals, in one order so that two writers cannot wait for each other."""
    moves = {facet: move for facet, move in sorted(moves.items()) if move}
    FacetTotal.objects.bulk_create(
        [FacetTotal(facet=facet, shops=0) for facet in moves], ignore_conflicts=True, batch_size=BATCH
    )
    by_move = {}
    for facet, move in moves.items():
        by_move.setdefault(move, []).append(facet)
    for move, facets in by_move.items():
        FacetTotal.objects.filter(facet__in=facets).update(shops=F("shops") + move)
    FacetTotal.objects.filter(shops=0).delete()


def refresh_day_if_due(*, at: datetime) -> int:
    """Do the night's work if this day's has not been done yet. Returns how many shops were refreshed."""
    city = City.objects.first()
    if city is None or present().rotated_on == at.astimezone(city.tz).date():
        return 0
    return refresh_day(at=at)


def refresh_day(*, at: datetime) -> int:
    """The night's work: intervals five weeks ahead, the new daily order, the coming Sunday. Idempotent.

    In batches of their own transactions, so that nobody waits long. Returns how many shops were refreshed.
    """
    ids = list(Shop.objects.order_by("pk").values_list("pk", flat=True))
    for batch in batched(ids, BATCH, strict=False):
        with transaction.atomic():
            changed(batch, at=at)
    recount(at=at)
    day_is_done(at=at)
    return len(ids)


def recount(*, at: datetime) -> dict[str, int]:
    """Count the kept totals anew, and put right what is not as counted.

    They are kept in step by `changed` alone; a total that has drifted is a fault, so it is logged as one.

    Returns:
        by facet, how much its total was wrong.
    """
    with transaction.atomic():
        # Whoever changes the catalogue adds to the totals with this row in hand, so none move meanwhile.
        Catalogue.objects.get_or_create(pk=1, defaults={"changed_at": at})
        row = Catalogue.objects.select_for_update().get()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT facet, count(*) FROM {Shop._meta.db_table}, "  # noqa: S608 (a name from the model)
                "unnest(CASE WHEN facets = '{}' THEN facets ELSE array_append(facets, %s) END) AS facet GROUP BY facet",
                [ALL],
            )
            counted = Counter(dict(cursor.fetchall()))
        kept = Counter(dict(FacetTotal.objects.values_list("facet", "shops")))
        wrong = {
            facet: kept[facet] - counted[facet]
            for facet in sorted(counted.keys() | kept.keys())
            if kept[facet] != counted[facet]
        }
        if wrong:
            logger.error("Kept totals had drifted and were counted anew: %s", wrong)
            FacetTotal.objects.filter(facet__in=wrong).delete()
            FacetTotal.objects.bulk_create(
                FacetTotal(facet=facet, shops=counted[facet]) for facet in wrong if counted[facet]
            )
            row.version += 1
            row.changed_at = at
            row.save(update_fields=["version", "changed_at"])
    return wrong


def is_up_to_date(at: datetime) -> bool:
    """Whether this day's night work is done, which has two hours for it. Without a city there is none."""
    city = City.objects.first()
    rotated_on = present().rotated_on
    return city is None or (
        rotated_on is not None and rotated_on >= (at - timedelta(hours=2)).astimezone(city.tz).date()
    )


def day_is_done(*, at: datetime) -> None:
    """Note that every shop has been derived on this day. For whoever has just seen to all of them."""
    city = City.objects.get()
    today = at.astimezone(city.tz).date()
    until = datetime.combine(today + timedelta(days=INTERVAL_DAYS), datetime.min.time(), tzinfo=city.tz)
    Catalogue.objects.update(intervals_until=until, rotated_on=today)
    figures.count(at=at)
