"""The one door through which a page is changed by its people and by the City's moderators.

Each verb takes the shop's row first, looks at what is there, writes the page, the fate of each change and one event in
one transaction, and tells the merchant by mail where the City decided. Two at once wait for each other.
"""

import enum
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import CityRole, User
from accounts.rights import permissions_of
from districts.models import City
from shops import catalogue
from shops.editing import facts, letters, rules
from shops.editing.facts import Value, fingerprint
from shops.models import Change, Event, Revision, Shop
from shops.vocabulary import ConfirmedBy, FactGroup

State = Change.State
# What is on the page because of a change.
APPLIED = (State.ACCEPTED, State.LIVE, State.CHECKED)
# Pages that nobody but their people and the City has seen yet.
UNSEEN = (Shop.Status.DRAFT, Shop.Status.SUBMITTED)


class NotAllowed(Exception):
    """The change is not in a state in which that can be done with it."""


@dataclass(frozen=True)
class Conflict:
    """A fact that somebody else changed meanwhile: what one saw, what it says now, what one wants."""

    name: str
    before: Value
    now: Value
    wanted: Value


@dataclass
class Saved:
    """What became of a save. With conflicts nothing at all was written."""

    live: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    revision: Revision | None = None

    def __bool__(self):
        return not self.conflicts


class Barred(enum.StrEnum):
    """Why somebody of the City leaves a change to a colleague."""

    OWN = "own"  # she proposed it herself
    HEARD = "heard"  # the merchant answers her own refusal, and somebody else can look


@dataclass
class Decided:
    """What became of a moderator's decisions. What is in `conflicts`, `already` or `barred` was left as it is."""

    done: list[Change] = field(default_factory=list)
    barred: list[Change] = field(default_factory=list)
    conflicts: list[tuple[Change, Conflict]] = field(default_factory=list)
    already: list[Change] = field(default_factory=list)


@dataclass(frozen=True)
class Accept:
    """Take a change, as it is or put right (`edited`); `over` what somebody else has written meanwhile.

    `seen` is the `mark` of what the page said when the moderator chose to go over it: what was written after that is
    a new conflict. Empty: whatever it says.
    """

    edited: Value = None
    is_edited: bool = False
    over: bool = False
    seen: str = ""

    def goes_over(self, now: Value) -> bool:
        return self.over and self.seen in ("", mark(now))


@dataclass(frozen=True)
class Refuse:
    """Do not take a change, or take back what went live at once. `reason` is a `RefusalReason`, `words` the merchant's."""

    reason: str
    words: str = ""


def mark(value: Value) -> str:
    """A short sign of a value, for a form to carry: another value has another one."""
    return fingerprint(json.dumps(value, sort_keys=True, ensure_ascii=False))


def version_of(shop: Shop) -> int:
    """The state of a page that a form is made from: the number of the last thing that happened to it."""
    return Event.objects.filter(shop=shop).aggregate(last=Max("pk"))["last"] or 0


def seen_by_its_people(shop: Shop, names: Iterable[str] = facts.FACTS) -> dict[str, Value]:
    """What the shop's own people see of a page: what is live, and over it what waits. The shop carries `today`."""
    names = list(names)
    waiting = {change.field: change.after for change in shop.changes.waiting()}
    return {name: waiting.get(name, value) for name, value in facts.read(shop, names).items()}


def propose(
    shop: Shop,
    values: Mapping[str, Value],
    *,
    base: Mapping[str, Value],
    base_version: int,
    by,
    side: ConfirmedBy,
    at: datetime,
    consent: str = "",
    note: str = "",
    vouches: bool = True,
) -> Saved:
    """Save what somebody wants a page to say.

    Args:
        values: by name of a fact, already checked and in the shape that `facts` says.
        base: the same facts as the form showed them (see `seen_by_its_people`). What equals its base is left alone.
        base_version: `version_of` when the form was made; kept with the revision.
        side: whose word it is. The City's goes live; a merchant's by the rules.
        consent: how and when the merchant agreed, where the City writes for her (`by` is then somebody of the City):
            the word is hers, and the City has looked at it by writing it. `base` is then what is live.
        note: the merchant's word to the moderator.
        vouches: whether who saves has seen the whole groups, and so confirms them. An answer about one day has not.

    Returns:
        what went live, what waits, and the conflicts that kept everything from being written.
    """
    if consent and not by.is_staff:
        raise ValueError("Only the City writes for somebody else.")
    wanted = {name: value for name, value in values.items() if value != base[name]}
    by_city = side != ConfirmedBy.MERCHANT or bool(consent)
    with transaction.atomic():
        shop = locked(shop, at=at)
        waiting = {change.field: change for change in shop.changes.waiting().select_for_update()}
        present = facts.read(shop, wanted)
        saved = Saved()
        for name, value in wanted.items():
            # The City's forms show what is live; the shop's people see what waits.
            seen = present[name] if by_city or name not in waiting else waiting[name].after
            if seen not in (base[name], value):
                saved.conflicts.append(Conflict(name, base[name], seen, value))
        if saved.conflicts:
            return saved
        trust = rules.Trust.PROVEN if by_city else rules.trust_of(shop, at=at)
        live, proposed, accepted = {}, {}, []
        for name, value in wanted.items():
            older = waiting.get(name)
            if by_city:
                if value != present[name]:
                    live[name] = value
                if older and value == older.after:
                    _accepted_by_the_way(older, present[name], by, at)
                    accepted.append(older)
                continue
            if older and value == older.after:
                continue
            if older:
                older.state = State.WITHDRAWN if value == present[name] else State.REPLACED
                older.save(update_fields=["state"])
            if value == present[name]:
                if older:
                    saved.withdrawn.append(name)
                continue
            # Before the City first shows a page it looks at all of it; a hidden one comes back without another look.
            harmless = facts.FACTS[name].is_harmless(present[name], value)
            goes_live = harmless or shop.status in UNSEEN or not rules.waits(name, trust)
            (live if goes_live else proposed)[name] = value
        if saved.withdrawn:
            _note(
                shop, "facts:withdrawn", by, at, {name: waiting[name].after for name in saved.withdrawn}, {}
            )
        for older in accepted:
            _note(shop, "facts:accepted", by, at, {}, {"change": older.pk, "field": older.field})
        letters.tell_decisions(shop, accepted, [])
        if not (live or proposed):
            return saved
        saved.revision = Revision.objects.create(
            shop=shop, by=by, side=side, at=at, base_version=base_version, consent=consent, note=note
        )
        vouched = _vouched(shop)
        _replace_unchecked(shop, live)
        Change.objects.bulk_create(
            Change(
                revision=saved.revision,
                shop=shop,
                field=name,
                before=present[name],
                after=value,
                state=State.WAITING if name in proposed else State.CHECKED if by_city else State.LIVE,
                risk=rules.risk_of(name, trust),
                replaced=present[name] if name in live else None,
                applied=value if name in live else None,
                vouched=vouched[facts.FACTS[name].group] if name in live else None,
                decided_by=by if by_city else None,
                decided_at=at if by_city else None,
            )
            for name, value in (live | proposed).items()
        )
        saved.live, saved.waiting = list(live), list(proposed)
        if live:
            _put(shop, live, side=side, at=at, confirm=None if vouches else [])
            # The event says both: whose hand it was (`by`), and whose word.
            why = consent and _("Au nom du commerçant : %(how)s") % {"how": consent}
            _note(shop, "facts:live", by, at, {name: present[name] for name in live}, live, why)
        if proposed:
            _note(shop, "facts:proposed", by, at, {name: present[name] for name in proposed}, proposed)
        return saved


def confirm(shop: Shop, groups: Iterable[FactGroup], *, by, side: ConfirmedBy, at: datetime, why="") -> None:
    """Somebody says that these facts are still right."""
    groups = [FactGroup(group) for group in groups]
    with transaction.atomic():
        shop = locked(shop, at=at)
        columns = []
        for group in groups:
            shop.confirm(group, by=side, at=at)
            columns += [f"{group}_confirmed_at", f"{group}_confirmed_by"]
        shop.save(update_fields=columns)
        after = {"confirmed": [group.value for group in groups], "by": str(side)}
        _note(shop, "facts:confirmed", by, at, {}, after, why)
        catalogue.changed([shop.pk], at=at)


def withdraw(change: Change, *, by, at: datetime) -> list[Change]:
    """The merchant takes back what waits, and of an address all that waits of it: half of one leads nowhere.

    Returns what was taken back. Raises NotAllowed when the change does not wait any more.
    """
    with transaction.atomic():
        together = change.shop.changes.waiting().filter(field__in=facts.ADDRESS)
        others = together.values_list("pk", flat=True) if change.field in facts.ADDRESS else []
        shop, changes = _with_changes(change.shop, {change.pk, *others}, at)
        waiting = [each for each in changes if each.state == State.WAITING]
        if change.pk not in {each.pk for each in waiting}:
            raise NotAllowed("it waits no more")
        for each in waiting:
            each.state = State.WITHDRAWN
            each.save(update_fields=["state"])
        _note(shop, "facts:withdrawn", by, at, {each.field: each.after for each in waiting}, {})
    return waiting


def last_undoable(shop: Shop, user) -> Revision | None:
    """The person's own last save, when it went live and what it said is still what the page says."""
    revision = shop.revisions.filter(by=user).first()
    if revision is None:
        return None
    changes = [change for change in revision.changes.all() if change.state in APPLIED]
    present = facts.read(shop, [change.field for change in changes])
    if changes and all(present[change.field] == change.applied for change in changes):
        return revision
    return None


def undo_last(shop: Shop, *, by, at: datetime) -> list[str]:
    """Take back one's own last save. Returns the facts put back; raises NotAllowed where there is nothing to undo."""
    with transaction.atomic():
        shop = locked(shop, at=at)
        revision = last_undoable(shop, by)
        if revision is None:
            raise NotAllowed("nothing to undo")
        changes = [change for change in revision.changes.select_for_update() if change.state in APPLIED]
        back = {change.field: change.replaced for change in changes}
        for change in changes:
            change.state = State.UNDONE
            change.save(update_fields=["state"])
            if older := _replaced_by(change):
                # On the page again, and still to be looked at.
                older.state = State.LIVE
                older.save(update_fields=["state"])
            _vouch_as_before(shop, change, revision.at)
        _put(shop, back, side=revision.side, at=at, confirm=[])
        _note(shop, "facts:undone", by, at, {change.field: change.applied for change in changes}, back)
        return list(back)


def barred(changes: Iterable[Change], *, by) -> dict[int, Barred]:
    """Which of these changes somebody leaves to a colleague, by id. One query at most; they come with their revision."""
    found = {}
    for change in changes:
        if change.revision.by_id == by.pk:
            found[change.pk] = Barred.OWN
        elif change.is_appealed and change.decided_by_id == by.pk:
            found[change.pk] = Barred.HEARD
    # Where one person decides alone, better she looks again than nobody.
    if Barred.HEARD in found.values() and not _colleagues(by).exists():
        found = {pk: why for pk, why in found.items() if why is not Barred.HEARD}
    return found


def _colleagues(by):
    deciding = [role for role in CityRole if "shops.change_change" in permissions_of([role])]
    return User.objects.filter(is_active=True, city_roles__overlap=deciding).exclude(pk=by.pk)


def decide(shop: Shop, decisions: Mapping[int, Accept | Refuse], *, by, at: datetime) -> Decided:
    """The City's word on changes of one shop, each by its id: those that waited, those to be checked, those appealed.

    Accepting what is live already marks it as checked; refusing it puts back what the page said before, as far back
    as somebody had looked. Refusing once more what the merchant appealed upholds the refusal; accepting it puts it
    on the page. What another moderator has decided meanwhile is left alone and named; so is what somebody has
    overwritten, unless `over` is said, and what is a colleague's to decide (`barred`). The merchant is told in one mail.
    """
    decided = Decided()
    with transaction.atomic():
        shop, changes = _with_changes(shop, decisions, at)
        present = facts.read(shop, [change.field for change in changes])
        put, confirmed, accepted, refused = {}, [], [], []
        colleagues = barred(changes, by=by)
        for change in changes:
            decision, now = decisions[change.pk], present[change.field]
            if not change.is_open:
                decided.already.append(change)
                continue
            if change.pk in colleagues:
                decided.barred.append(change)
                continue
            if change.field not in put and (conflict := _conflict(change, decision, now)):
                decided.conflicts.append((change, conflict))
                continue
            was, on_the_page = change.state, change.state == State.LIVE
            if isinstance(decision, Accept):
                if not on_the_page:
                    put[change.field] = _wanted(change, decision)
                    change.vouched = _vouched(shop)[facts.FACTS[change.field].group]
                    change.replaced, change.applied = now, put[change.field]
                    confirmed.append(change.field)
                    accepted.append(change)
                    _replace_unchecked(shop, [change.field])
                change.state = State.CHECKED if on_the_page else State.ACCEPTED
                change.reason = change.words = ""
            else:
                if on_the_page:
                    put[change.field] = _last_looked_at(change)
                    _vouch_as_before(shop, change, change.revision.at)
                    change.state = State.REVERTED
                elif was == State.WAITING:
                    change.state = State.REFUSED
                change.reason, change.words = decision.reason, decision.words
                refused.append(change)
            change.decided_by, change.decided_at = by, at
            change.save()
            present[change.field] = put.get(change.field, now)
            decided.done.append(change)
            _note(
                shop,
                "facts:upheld" if was == change.state else f"facts:{change.state}",
                by,
                at,
                {change.field: now},
                {change.field: present[change.field]} | {"change": change.pk},
                change.words or change.reason,
            )
        if put:
            _put(shop, put, side=ConfirmedBy.MERCHANT, at=at, confirm=confirmed)
        letters.tell_decisions(shop, accepted, refused)
    return decided


def _wanted(change, decision):
    """What accepting a change puts on the page."""
    return decision.edited if decision.is_edited else change.after


def _conflict(change, decision, now) -> Conflict | None:
    """What somebody has written over what this change saw, as far as the decision did not know of it."""
    if isinstance(decision, Accept):
        saw = change.replaced if change.state == State.REVERTED else change.before
        wanted = _wanted(change, decision)
        if change.state != State.LIVE and now not in (saw, wanted) and not decision.goes_over(now):
            return Conflict(change.field, saw, now, wanted)
    elif change.state == State.LIVE and now != change.applied:
        return Conflict(change.field, change.applied, now, change.replaced)
    return None


def undo_decision(change: Change, *, by, at: datetime) -> None:
    """Take a decision back: the change waits again, or is to be checked again. Raises NotAllowed where time went on.

    It has when the page says something else than the decision made it say, the field waits for a later proposal, or
    the merchant has answered the decision. Nor is it done by whoever proposed the change.
    """
    with transaction.atomic():
        shop, (change,) = _with_changes(change.shop, [change.pk], at)
        if change.is_appealed or change.revision.by_id == by.pk:
            raise NotAllowed("somebody else looks at it")
        before, now = change.state, facts.read(shop, [change.field])[change.field]
        put = {}
        if before in (State.ACCEPTED, State.REFUSED):
            if change.before is None and change.after is None:
                raise NotAllowed("forgotten by now")  # see shops.retention
            if shop.changes.waiting().filter(field=change.field).exists():
                raise NotAllowed("a later proposal waits")
            change.state = State.WAITING
            if before == State.ACCEPTED:
                if now != change.applied:
                    raise NotAllowed("the page has moved on")
                put = {change.field: change.replaced}
                _vouch_as_before(shop, change, change.decided_at)
                change.replaced = change.applied = change.vouched = None
        elif before in (State.CHECKED, State.REVERTED) and change.revision.is_theirs:
            change.state = State.LIVE
            if before == State.REVERTED:
                if now != _last_looked_at(change):
                    raise NotAllowed("the page has moved on")
                put = {change.field: change.applied}
        else:
            raise NotAllowed(before)
        change.decided_by = change.decided_at = None
        change.reason = change.words = ""
        change.save()
        if put:
            _put(shop, put, side=ConfirmedBy.MERCHANT, at=at, confirm=[])
        _note(
            shop,
            "facts:decision_undone",
            by,
            at,
            {change.field: now},
            {change.field: put.get(change.field, now)} | {"change": change.pk, "was": str(before)},
        )
        letters.tell_undone(shop, change)


def appeal(change: Change, words: str, *, by, at: datetime) -> None:
    """The merchant answers a refusal: the City looks again.

    Raises NotAllowed when it was not refused, was answered already, or too long ago (`rules.APPEAL_WITHIN`).
    """
    with transaction.atomic():
        shop, (change,) = _with_changes(change.shop, [change.pk], at)
        if change.state not in (State.REFUSED, State.REVERTED) or change.is_appealed:
            raise NotAllowed(change.state)
        if at > change.decided_at + rules.APPEAL_WITHIN:
            raise NotAllowed("too late")
        change.appeal, change.appealed_at = words, at
        change.save(update_fields=["appeal", "appealed_at"])
        _note(shop, "facts:appealed", by, at, {}, {"change": change.pk, "field": change.field}, words)


def locked(shop: Shop, *, at: datetime) -> Shop:
    """The shop as it is now, held until the end of the transaction; it carries `today`."""
    shop = Shop.objects.select_for_update(of=("self",)).select_related("district", "category").get(pk=shop.pk)
    return facts.with_today(shop, at, City.objects.get())


def _with_changes(shop, ids, at):
    """The shop, then these changes of it, held and as they are now. Others' changes are not found: KeyError."""
    shop = locked(shop, at=at)
    rows = shop.changes.select_for_update(of=("self",)).select_related("revision")
    found = {change.pk: change for change in rows.filter(pk__in=list(ids))}
    for change in found.values():
        change.shop = shop
    return shop, [found[pk] for pk in sorted(ids)]


def _accepted_by_the_way(change, present, by, at):
    """The City wrote itself what a merchant proposed: that is a yes."""
    change.state, change.replaced, change.applied = State.ACCEPTED, present, change.after
    change.decided_by, change.decided_at = by, at
    change.save()


def _replace_unchecked(shop, names):
    """What went live unseen and is written over is not looked at any more: what took its place is."""
    shop.changes.unchecked().filter(field__in=list(names)).update(state=State.REPLACED)


def _replaced_by(change) -> Change | None:
    """What had gone live before this change and that nobody had looked at when it took its place."""
    older = change.shop.changes.filter(field=change.field, state=State.REPLACED, pk__lt=change.pk).last()
    return older if older and older.applied is not None and older.applied == change.replaced else None


def _last_looked_at(change) -> Value:
    """What the page said of a fact before its people changed it, once or several times, with nobody looking."""
    older = _replaced_by(change)
    return _last_looked_at(older) if older else change.replaced


def _vouched(shop) -> dict[FactGroup, list | None]:
    """Who vouches for each group of facts now, and since when, as JSON."""
    found = {}
    for group in FactGroup:
        since = getattr(shop, f"{group}_confirmed_at")
        found[group] = since and [getattr(shop, f"{group}_confirmed_by"), since.isoformat()]
    return found


def _vouch_as_before(shop, change, since):
    """A change leaves the page: so does the word that came with it, unless somebody has given his since."""
    group = facts.FACTS[change.field].group
    if getattr(shop, f"{group}_confirmed_at") == since:
        who, when = change.vouched or ("", None)
        setattr(shop, f"{group}_confirmed_at", when and datetime.fromisoformat(when))
        setattr(shop, f"{group}_confirmed_by", who)
        shop.save(update_fields=[f"{group}_confirmed_at", f"{group}_confirmed_by"])


def _put(shop, values, *, side, at, confirm=None):
    """Write facts to the page, note who vouches for their groups, and let the catalogue know."""
    columns = set()
    for name, value in values.items():
        columns |= facts.FACTS[name].write(shop, value)
    if (
        "position" in values
        and "district" not in values
        and not shop.district_corrected
        and shop.lat is not None
    ):
        columns |= _follow_position(shop)
    for group in facts.groups_of(values if confirm is None else confirm):
        shop.confirm(group, by=side, at=at)
        columns |= {f"{group}_confirmed_at", f"{group}_confirmed_by"}
    if columns:
        shop.save(update_fields=sorted(columns))
    catalogue.changed([shop.pk], at=at)


def _follow_position(shop):
    """The district that a position lies in, unless somebody has put another by hand."""
    from shops.importing.facts import Refused
    from shops.importing.frame import Frame

    try:
        slug = Frame().district_at(shop.lat, shop.lon)
    except Refused:
        # The borders have moved since it was proposed: whoever moves the shop says where it is.
        return set()
    return facts.FACTS["district"].write(shop, [slug, False])


def _note(shop, kind, by, at, before, after, why=""):
    Event.note(shop, kind, by=by, at=at, before=before, after=after, why=why)
