"""Doing what a plan says, all of it or nothing."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import batched, count

from django.db import transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from districts.models import City
from shops import catalogue
from shops.models import Event, ImportDifference, Link, Shop, SlugHistory
from shops.models.shop import RESERVED_SLUGS
from shops.search import key as search_key
from shops.vocabulary import ConfirmedBy

from .frame import Frame
from .planning import BATCH, Plan, Progress, Verdict, as_text, compare, confirmed_groups, silent

SLUG_LENGTH = 100  # leaves room for a number


class CityChanged(Exception):
    """The city's districts or categories are no longer those that the plan was made with."""


def apply(plan: Plan, *, at: datetime, by=None, progress: Progress = silent) -> Plan:
    """Write what a plan says, in one transaction.

    The shops are locked and compared anew first: what a merchant confirmed since the plan was made stands.

    Args:
        at: the present instant.
        by: the user who asked for it, if one did.

    Returns:
        the plan as it was carried out.

    Raises:
        CityChanged: make the plan anew.
    """
    if plan.changes_nothing:
        return plan
    with transaction.atomic():
        # Loading and importing wait for each other here, before either locks a shop.
        list(City.objects.select_for_update().values_list("pk"))
        frame = Frame()
        outcomes = list(compare(plan, frame, lock=True))
        for outcome, planned in zip(outcomes, plan.outcomes, strict=True):
            outcome.remarks = planned.remarks
            _check_frame(outcome, frame)
        carried_out = replace(plan, outcomes=outcomes)
        new = carried_out.with_verdict(Verdict.NEW)
        changed = carried_out.with_verdict(Verdict.CHANGED)
        _create(plan, new, frame, at, by, progress)
        _change(plan, changed, frame, at, by, progress)
        _note_differences(plan, outcomes, at)
        if new or changed:
            progress("derive", 0, len(new) + len(changed))
            catalogue.changed([outcome.shop_id for outcome in [*new, *changed]], at=at)
            progress("derive", len(new) + len(changed), len(new) + len(changed))
    return carried_out


def _check_frame(outcome, frame):
    facts = outcome.row.facts
    codes = [facts["category"], *facts.get("other_categories", ())] if "category" in facts else []
    slugs = [facts["district"]] if "district" in facts else []
    if outcome.verdict != Verdict.REFUSED and not (
        frame.category_ids.keys() >= set(codes) and frame.district_ids.keys() >= set(slugs)
    ):
        raise CityChanged(_("La ville a été rechargée entre-temps : relancez l’import."))


def _create(plan, outcomes, frame, at, by, progress):
    slugs = _Slugs(outcome.row.name for outcome in outcomes)
    done = 0
    for some in batched(outcomes, BATCH, strict=False):
        shops = [_new_shop(plan, outcome, frame, slugs, at) for outcome in some]
        Shop.objects.bulk_create(shops)
        for outcome, shop in zip(some, shops, strict=True):
            outcome.shop_id = shop.pk
        Link.objects.bulk_create(
            [
                Link(shop_id=outcome.shop_id, kind=kind, url=address)
                for outcome in some
                for kind, address in outcome.row.facts.get("links", ())
            ]
        )
        _write_other_categories(some, frame)
        Event.objects.bulk_create(
            [
                Event(
                    shop=shop, kind="import:new", by=by, at=at, after={"status": shop.status}, why=plan.source
                )
                for shop in shops
            ]
        )
        done += len(some)
        progress("create", done, len(outcomes))


def _new_shop(plan, outcome, frame, slugs, at):
    row = outcome.row
    shop = Shop(
        external_id=row.external_id,
        slug=slugs.free(row.name),
        status=Shop.Status.PUBLISHED,
        created_at=at,
        published_at=at,
    )
    for name, value in row.facts.items():
        if name in ("services", "payments", "spoken_languages"):
            value = [code for code, answer in value.items() if answer]
        _set(shop, name, value, frame)
    if plan.confirmed_at:
        for group in confirmed_groups(row):
            shop.confirm(group, by=ConfirmedBy.IMPORT, at=plan.confirmed_at)
    return shop


def _change(plan, outcomes, frame, at, by, progress):
    done = 0
    for some in batched(outcomes, BATCH, strict=False):
        shops = Shop.objects.defer("search").in_bulk([outcome.shop_id for outcome in some])
        columns = set()
        for outcome in some:
            shop = shops[outcome.shop_id]
            for name, (_ours, theirs) in outcome.changes.items():
                columns |= _set(shop, name, theirs, frame)
            for group in outcome.confirmed:
                shop.confirm(group, by=ConfirmedBy.IMPORT, at=plan.confirmed_at)
            for group in outcome.unconfirmed:
                setattr(shop, f"{group}_confirmed_at", None)
                setattr(shop, f"{group}_confirmed_by", "")
            for group in [*outcome.confirmed, *outcome.unconfirmed]:
                columns |= {f"{group}_confirmed_at", f"{group}_confirmed_by"}
        if columns:
            _update(shops.values(), sorted(columns))
        _write_links(some)
        _write_other_categories([outcome for outcome in some if "other_categories" in outcome.changes], frame)
        Event.objects.bulk_create([_event(plan, outcome, at, by) for outcome in some])
        done += len(some)
        progress("change", done, len(outcomes))


def _update(shops, columns):
    """Write these columns of whole rows: an upsert that always finds its row, three times as fast as bulk_update."""
    for shop in shops:
        shop.search = None  # not among the columns, and heavy to send
    Shop.objects.bulk_create(shops, update_conflicts=True, unique_fields=["id"], update_fields=columns)


def _event(plan, outcome, at, by):
    before = {name: as_text(ours) for name, (ours, _theirs) in outcome.changes.items()}
    after = {name: as_text(theirs) for name, (_ours, theirs) in outcome.changes.items()}
    if outcome.confirmed:
        after["confirmed"] = [group.value for group in outcome.confirmed]
    return Event(
        shop_id=outcome.shop_id,
        kind="import:changed",
        by=by,
        at=at,
        before=before,
        after=after,
        why=plan.source,
    )


def _set(shop, name, value, frame) -> set[str]:
    """Put a fact on a shop; return the columns that hold it. Links and other categories have their own tables."""
    if name in ("links", "other_categories"):
        return set()
    if name == "position":
        shop.lat, shop.lon = value
        return {"lat", "lon"}
    if name == "category":
        shop.category_id = frame.category_ids[value]
        return {"category"}
    if name == "district":
        shop.district_id = frame.district_ids[value]
        return {"district"}
    if name.startswith("name_"):
        shop.i18n = (shop.i18n or {}) | {name: value}
        return {"i18n"}
    setattr(shop, name, value)
    return {name}


def _write_links(outcomes):
    gone, new = [], []
    for outcome in outcomes:
        if "links" in outcome.changes:
            ours, theirs = outcome.changes["links"]
            gone += [(outcome.shop_id, address) for kind, address in ours if (kind, address) not in theirs]
            new += [
                Link(shop_id=outcome.shop_id, kind=kind, url=address)
                for kind, address in theirs
                if (kind, address) not in ours
            ]
    if gone:
        shop_ids = {shop_id for shop_id, _address in gone}
        links = Link.objects.filter(shop__in=shop_ids).values_list("pk", "shop_id", "url")
        wanted = set(gone)
        Link.objects.filter(pk__in=[pk for pk, shop_id, url in links if (shop_id, url) in wanted]).delete()
    Link.objects.bulk_create(new)


def _write_other_categories(outcomes, frame):
    through = Shop.other_categories.through
    through.objects.filter(shop__in=[outcome.shop_id for outcome in outcomes]).delete()
    through.objects.bulk_create(
        [
            through(shop_id=outcome.shop_id, category_id=frame.category_ids[code])
            for outcome in outcomes
            for code in outcome.row.facts.get("other_categories", ())
        ]
    )


def _note_differences(plan, outcomes, at):
    """Put what disagrees with somebody's word into the inbox: one open difference for each field of a shop."""
    found = [
        ImportDifference(
            shop_id=outcome.shop_id,
            source=plan.source,
            field=name,
            ours=as_text(ours),
            theirs=as_text(theirs),
            seen_at=at,
        )
        for outcome in outcomes
        for name, (ours, theirs) in outcome.differences.items()
    ]
    for some in batched(found, BATCH, strict=False):
        shop_ids = {difference.shop_id for difference in some}
        about = {(difference.shop_id, difference.field) for difference in some}
        older = ImportDifference.objects.filter(shop__in=shop_ids, settled_at=None)
        replaced = [pk for pk, *known in older.values_list("pk", "shop_id", "field") if tuple(known) in about]
        ImportDifference.objects.filter(pk__in=replaced).delete()
        ImportDifference.objects.bulk_create(some)
    agreed = [pk for outcome in outcomes for pk in outcome.agreed]
    for some in batched(agreed, BATCH, strict=False):
        ImportDifference.objects.filter(pk__in=some, settled_at=None).update(settled_at=at)


class _Slugs:
    """Free addresses for many new pages, as `Shop.objects.free_slug` gives one."""

    def __init__(self, names: Iterable[str]):
        self.taken = set(RESERVED_SLUGS)
        if any(True for _name in names):
            self.taken.update(Shop.objects.values_list("slug", flat=True))
            self.taken.update(SlugHistory.objects.values_list("slug", flat=True))
        self.next = {}

    def free(self, name: str) -> str:
        # search_key writes out what slugify would drop: ß, œ, ø.
        base = slugify(search_key(name))[:SLUG_LENGTH].strip("-") or "commerce"
        slug = base
        if slug in self.taken:
            numbers = self.next.setdefault(base, count(2))
            slug = next(slug for number in numbers if (slug := f"{base}-{number}") not in self.taken)
        self.taken.add(slug)
        return slug
