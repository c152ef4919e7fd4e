"""What lies on the desks of the demonstration: changes, photos, claims, reports, premises, and the weeks gone by.

Who wrote what stands in the pack's `demo/desks.toml`; here it is done once more, the oldest first, through the verbs that
the pages use, so that the demonstration holds nothing that the site could not have come to by itself. What would take
too long that way is written in bulk, and says so.
"""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from random import Random

from allauth.account.models import EmailAddress
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.core.files.base import ContentFile
from django.db import transaction
from procrastinate.contrib.django import procrastinate_app
from procrastinate.testing import InMemoryConnector

from accounts.models import LostAddress
from districts.city_pack import street_slug
from districts.models import City
from shops import catalogue, figures
from shops.claiming import proposals
from shops.demo import pictures
from shops.editing import facts, revisions, together
from shops.importing import runs
from shops.models import (
    Category,
    Change,
    Claim,
    EmptySearch,
    Event,
    ImportRun,
    Invitation,
    Membership,
    MerchantRole,
    Photo,
    Premises,
    Report,
    Shop,
    Trader,
)
from shops.models.shop import PUBLIC_ID_ALPHABET
from shops.photos import develop, page, receive
from shops.reports import handling
from shops.vocabulary import ConfirmedBy

# The event of the register, which nobody can take away: by its reason is known that all of this was done.
DONE = "Démonstration : registre fictif."
UNITS = {"d": "days", "h": "hours", "m": "minutes"}
# People are there before what they do.
SINCE = timedelta(days=120)
# From a proposal of a past week to the City's word, in days; and the hours at which people and City are at work.
DAYS_TO_DECIDE = (0, 0, 1, 1, 1, 2, 2, 4)
PEOPLES_HOURS, CITYS_HOURS = (7, 11), (13, 16)
CHANGES_A_WEEK = (1, 2, 2, 3)


@dataclass(frozen=True)
class Deed:
    """Something that somebody did: when, and the verb that does it."""

    at: datetime
    do: Callable[[], object]


def fill(data, *, seed: int, at: datetime) -> bool:
    """Fill the desks of the demonstration city, once and in one transaction; dates count back from `at`.

    The same each time, save what must not be guessed: names of files, codes. Whoever signs in is there already
    (`make_accounts`). Mails of what is past are not sent. Returns whether there was anything to do.
    """
    if not data.desks or Event.objects.filter(kind="premises:imported", why=DONE).exists():
        return False
    # What goes to the worker stays in memory and is forgotten: nobody waits for a mail of last month.
    with procrastinate_app.current_app.replace_connector(InMemoryConnector()), transaction.atomic():
        desks = _Desks(data.desks, City.objects.get(), seed, at)
        desks.bring_people()
        for deed in sorted(desks.deeds(), key=lambda deed: deed.at):
            deed.do()
        handling.pass_on_overdue(at=at)
        desks.count_searches()
        desks.write_register()
        desks.lose_addresses()
        run = desks.send_register_file()
        # Each verb derived what follows from the page at its own time; now it is today.
        catalogue.changed(Event.objects.exclude(shop=None).values_list("shop", flat=True).distinct(), at=at)
        figures.count(at=at)
    # How far a file is read, is told from a connection of its own: what is not committed it does not see.
    runs.read(run.pk, at=at)
    return True


class _Desks:
    def __init__(self, script, city, seed, at):
        self.script, self.city, self.seed, self.at = script, city, seed, at
        self.shops = {shop.slug: shop for shop in Shop.objects.filter(is_demo=True)}
        self.people = {}

    def ago(self, text) -> datetime:
        """An instant so long before: « 9d », « 5h », « 30m »."""
        return self.at - timedelta(**{UNITS[text[-1]]: int(text[:-1])})

    def bring_people(self):
        """Accounts of all who write, in bulk. Those who sign in have theirs already; the others nobody lets in."""
        users, nobody = get_user_model(), make_password(None)
        wanted = {row["email"]: (row["name"], row.get("language", "fr")) for row in self._of("person")}
        wanted |= {_email_of(name): (name, "fr") for name in self.script["history"]["people"]}
        for email in users.objects.filter(email__in=wanted).values_list("email", flat=True):
            del wanted[email]
        users.objects.bulk_create(
            users(email=email, name=name, language=language, password=nobody, created_at=self.at - SINCE)
            for email, (name, language) in wanted.items()
        )
        self.people = {user.email: user for user in users.objects.filter(email__iendswith=".example")}
        EmailAddress.objects.bulk_create(
            EmailAddress(user=self.people[email], email=email, verified=True, primary=True)
            for email in wanted
        )

    def deeds(self) -> Iterator[Deed]:
        for chain in self._of("chain"):
            yield Deed(self.ago(chain["ago"]), partial(self._found, chain))
        # The branches have their names by now, whatever else is told of them.
        renamed = {new: old for chain in self._of("chain") for old, new in chain["pages"].items()}
        for person in self._of("person"):
            for slug, role in person.get("shops", {}).items():
                if slug in self.shops or renamed.get(slug) in self.shops:
                    yield Deed(self.at - SINCE, partial(self._join, person, renamed.get(slug, slug), role))
        for kind, do in (
            ("save", self._save),
            ("photo", self._photo),
            ("claim", self._claim),
            ("invitation", self._invite),
            ("trader", self._certify),
        ):
            for row in self._of(kind):
                if row["shop"] in self.shops or renamed.get(row["shop"]) in self.shops:
                    yield from do(row)
        for row in self._of("report"):
            if "shop" not in row or row["shop"] in self.shops or renamed.get(row["shop"]) in self.shops:
                yield from self._report(row)
        for row in self._of("proposal"):
            if row["beside"] in self.shops:
                yield Deed(self.ago(row["ago"]), partial(self._propose, row))
        yield from self._weeks_gone_by()

    def _of(self, kind):
        return self.script.get(kind, ())

    # A chain and its people

    def _found(self, chain):
        at, by = self.ago(chain["ago"]), self.people[chain["by"]]
        for old, new in chain["pages"].items():
            if shop := self.shops.pop(old, None):
                self._write(shop, chain["values"], by=by, at=at, consent=chain["consent"])
                shop.refresh_from_db()
                shop.rename_address(new)
                self.shops[new] = shop

    def _join(self, person, slug, role):
        shop = self.shops[slug]
        Membership.objects.get_or_create(
            shop=shop,
            user=self.people[person["email"]],
            defaults={"role": MerchantRole(role), "since_at": max(shop.claimed_at, self.at - SINCE)},
        )

    # Pages

    def _write(self, shop, values, *, by, at, consent="", note=""):
        """Save as the desks do: from what the form showed, to what somebody wants."""
        shop.refresh_from_db()
        facts.with_today(shop, at, self.city)
        read = facts.read if consent else revisions.seen_by_its_people
        base = read(shop, values)
        saved = revisions.propose(
            shop,
            values,
            base=base,
            base_version=revisions.version_of(shop),
            by=by,
            side=ConfirmedBy.MERCHANT,
            at=at,
            consent=consent,
            note=note,
        )
        return base, saved

    def _save(self, row):
        at, by = self.ago(row["ago"]), self.people[row["by"]]

        def save():
            shop = self.shops[row["shop"]]
            more = {name: row[name] for name in ("consent", "note") if name in row}
            base, _saved = self._write(shop, row["values"], by=by, at=at, **more)
            if row.get("together"):
                others = Shop.objects.editable_by(by).exclude(pk=shop.pk).values_list("public_id", flat=True)
                together.propose_together(shop, others, row["values"], base=base, by=by, at=at)

        yield Deed(at, save)
        if "does" in row:
            then = self.ago(row["decided"])
            yield Deed(then, lambda: self._becomes(row, by, then))
        if "appeal" in row:
            later = self.ago(row["appealed"])
            yield Deed(later, lambda: revisions.appeal(self._last(row), row["appeal"], by=by, at=later))

    def _last(self, row):
        return Change.objects.filter(shop=self.shops[row["shop"]], field__in=row["values"]).latest("pk")

    def _becomes(self, row, by, at):
        if row["does"] == "withdrawn":
            revisions.withdraw(self._last(row), by=by, at=at)
        elif row["does"] == "undone":
            revisions.undo_last(self.shops[row["shop"]], by=by, at=at)
        else:
            decision = {
                "accepted": lambda: revisions.Accept(),
                "edited": lambda: revisions.Accept(edited=row["edited"], is_edited=True),
                "refused": lambda: revisions.Refuse(row["reason"], row.get("words", "")),
            }[row["does"]]()
            self._decide(self.shops[row["shop"]], row["values"], decision, at)

    def _decide(self, shop, names, decision, at):
        open_ = shop.changes.undecided().filter(field__in=names).values_list("pk", flat=True)
        city = self.people[self.script["history"]["by"]]
        revisions.decide(shop, dict.fromkeys(open_, decision), by=city, at=at)

    def _photo(self, row):
        at, by = self.ago(row["ago"]), self.people[row["by"]]

        def send():
            shop = self.shops[row["shop"]]
            side = ConfirmedBy.CITY if by.city_roles else ConfirmedBy.MERCHANT
            lot = Random(f"{self.seed}:{row['shop']}:{row['kind']}")  # noqa: S311
            file = ContentFile(
                pictures.draw(row["kind"], shop.name, self.script["picture"]["note"], lot),
                f"{row['kind']}.jpg",
            )
            photo = receive.receive(shop, file, by=by, at=at, from_city=side == ConfirmedBy.CITY)
            develop.develop_received(photo.pk, at=at)
            photo = Photo.objects.select_related("shop").get(pk=photo.pk)
            page.describe(photo, alt=row["alt"], decorative=False, focus=photo.focus, by=by, side=side, at=at)

        yield Deed(at, send)
        if "accepted" in row:
            then = self.ago(row["accepted"])
            yield Deed(
                then, lambda: self._decide(self.shops[row["shop"]], ["photos"], revisions.Accept(), then)
            )

    def _sign(self, what, alphabet):
        """Eight letters, the same for the same."""
        return "".join(Random(f"{self.seed}:{what}").choices(alphabet, k=8))  # noqa: S311

    # People

    def _claim(self, row):
        at, by = self.ago(row["ago"]), self.people[row["by"]]
        made = []

        def start():
            claim = Claim.start(
                self.shops[row["shop"]],
                by,
                at=at,
                language=by.language,
                name=by.name,
                role=row["role"],
                message=row.get("message", ""),
            )
            claim.ask_for(Claim.Method(row["wants"]), at=at)
            made.append(claim)

        def prove():
            code = made[0].open_call(by=self.people[self.script["history"]["by"]], at=then)
            made[0].check_code(code, at=then)

        yield Deed(at, start)
        if "proved" in row:
            then = self.ago(row["proved"])
            yield Deed(then, prove)

    def _propose(self, row):
        by, there = self.people[row["by"]], self.shops[row["beside"]]
        said = {
            "name": row["name"],
            "category": Category.objects.get(code=row["category"]),
            "district": there.district,
            "street": there.street,
            "house_number": "",
            "postcode": "",
            "place_note": "",
            "phone": row["phone"],
            "email": row["email"],
            "links": [],
        }
        claim = proposals.propose(
            by,
            said,
            at=self.ago(row["ago"]),
            language=by.language,
            name=by.name,
            role=row["role"],
            message=row["message"],
        )
        # As fictional as the others, and known for one of this seed's.
        Shop.objects.filter(pk=claim.shop_id).update(
            is_demo=True,
            external_id=f"demo:{self.seed}:{claim.shop.slug}"[:100],
            public_id=self._sign(row["name"], PUBLIC_ID_ALPHABET),
        )

    def _invite(self, row):
        at = self.ago(row["ago"])
        yield Deed(
            at,
            lambda: Invitation.send(
                self.shops[row["shop"]], row["email"], row["role"], by=self.people[row["by"]], at=at
            ),
        )

    def _certify(self, row):
        at = self.ago(row["ago"])
        said = {name: row.get(name, "") for name in Trader.PARTICULARS}
        yield Deed(
            at, lambda: Trader.certify(self.shops[row["shop"]], said, by=self.people[row["by"]], at=at)
        )

    def _report(self, row):
        at = self.ago(row["ago"])
        report = Report(
            number=self._sign(row["message"], PUBLIC_ID_ALPHABET),
            kind=row["kind"],
            name=row.get("name", ""),
            message=row["message"],
            email=row.get("email", ""),
            language=row.get("language", "fr"),
        )

        def send():
            report.shop = self.shops[row["shop"]] if "shop" in row else None
            handling.receive(report, at=at)

        yield Deed(at, send)
        if said := row.get("answer"):
            then, by = self.ago(said["ago"]), self.people[said["by"]]
            side = ConfirmedBy.CITY if by.city_roles else ConfirmedBy.MERCHANT
            yield Deed(
                then,
                lambda: handling.answer(
                    report.topic, said["outcome"], said["words"], by=by, side=side, at=then, keys=[report.pk]
                ),
            )

    # Weeks gone by

    def _weeks_gone_by(self):
        """For each of the past weeks some sentences that shops proposed, and the City's word on them."""
        history, lot = self.script["history"], Random(f"{self.seed}:weeks")  # noqa: S311
        told = {row["shop"] for kind in ("save", "photo") for row in self._of(kind)}
        told |= {old for chain in self._of("chain") for old in chain["pages"]}
        quiet = [
            shop
            for shop in sorted(self.shops.values(), key=lambda shop: shop.pk)
            if shop.is_published
            and shop.claimed_at
            and shop.claimed_at < self.at - timedelta(weeks=history["weeks"] + 2)
            and shop.slug not in told
        ]
        writers = list(
            zip(lot.sample(quiet, min(len(quiet), len(history["people"]))), history["people"], strict=False)
        )
        for shop, name in writers:
            yield Deed(self.at - SINCE, partial(self._own, shop, name))
        sentences = history["sentences"]
        number = 0
        for week in range(history["weeks"], 0, -1) if writers else ():
            for _change in range(lot.choice(CHANGES_A_WEEK)):
                number += 1
                shop, name = writers[number % len(writers)]
                round_ = number // len(writers)
                proposed = self._at_work(7 * week + lot.randrange(5), *PEOPLES_HOURS, lot)
                decided = self._after(proposed, lot.choice(DAYS_TO_DECIDE), lot)
                values = {"specialty": sentences[(number + round_) % len(sentences)]}
                refused = number % 7 == 0
                decision = revisions.Refuse(**history["refused"]) if refused else revisions.Accept()
                by = self.people[_email_of(name)]
                yield Deed(proposed, partial(self._one_of_many, shop, values, by, proposed))
                if decided < self.at:
                    yield Deed(decided, partial(self._decide, shop, values, decision, decided))

    def _own(self, shop, name):
        Membership.objects.get_or_create(
            shop=shop,
            user=self.people[_email_of(name)],
            defaults={"role": MerchantRole.OWNER, "since_at": self.at - SINCE},
        )

    def _one_of_many(self, shop, values, by, at):
        self._write(shop, values, by=by, at=at)

    def _at_work(self, days, first, last, lot):
        """Some time in these hours, by the city's clock, so many days ago."""
        day = self.at.astimezone(self.city.tz).date() - timedelta(days=days)
        return datetime.combine(day, time(lot.randint(first, last), lot.randrange(60)), tzinfo=self.city.tz)

    def _after(self, proposed, days, lot):
        """When the City had its word: on a working day, in the afternoon."""
        day = proposed.date() + timedelta(days=days)
        while day.weekday() > 4:
            day += timedelta(days=1)
        return datetime.combine(day, time(lot.randint(*CITYS_HOURS), lot.randrange(60)), tzinfo=self.city.tz)

    # Counted and registered, in bulk: no page writes so many at once, and one by one they would take seconds

    def count_searches(self):
        lot, today = Random(f"{self.seed}:searches"), self.at.astimezone(self.city.tz).date()  # noqa: S311
        EmptySearch.objects.bulk_create(
            EmptySearch(
                on=today - timedelta(days=7 * week + day),
                language=row.get("language", "fr"),
                district=row.get("district", ""),
                words=row["words"],
                times=lot.randint(1, 2),
            )
            for row in self._of("search")
            for week in range(self.script["history"]["weeks"])
            for day in lot.sample(range(7), min(7, max(1, row["a_week"] + lot.randint(-1, 1))))
        )

    def write_register(self):
        """A room for each shop of a street, and some beside it."""
        said, lot = self.script["premises"], Random(f"{self.seed}:premises")  # noqa: S311
        here = self.at.astimezone(self.city.tz).date()
        rooms, shops, number = [], [], {}

        def room(shop, occupancy, trading=None):
            number[shop.street] = number.get(shop.street, 0) + 1
            is_seen = occupancy != Premises.Occupancy.UNKNOWN
            rooms.append(
                Premises(
                    external_id=f"demo:{len(rooms)}",
                    district_id=shop.district_id,
                    street=shop.street,
                    street_slug=street_slug(shop.street)[:120],
                    house_number=f"{said['letter']}{number[shop.street]}",
                    occupancy=occupancy,
                    seen_on=here - timedelta(days=lot.randint(3, 170)) if is_seen else None,
                    note=said["note"],
                )
            )
            shops.append(trading)

        for shop in Shop.objects.filter(is_demo=True).exclude(street="").order_by("pk"):
            if shop.is_published:
                room(shop, Premises.Occupancy.OCCUPIED, shop)
            elif shop.status == Shop.Status.CLOSED:
                room(shop, Premises.Occupancy.VACANT)
            for occupancy, share in (
                (Premises.Occupancy.OCCUPIED, said["without_page"]),
                (Premises.Occupancy.VACANT, said["vacant"]),
                (Premises.Occupancy.UNKNOWN, said["unknown"]),
            ):
                if lot.random() < share:
                    room(shop, occupancy)
        rooms = Premises.objects.bulk_create(rooms)
        through = Premises.shops.through
        through.objects.bulk_create(
            through(premises_id=room.pk, shop_id=shop.pk)
            for room, shop in zip(rooms, shops, strict=True)
            if shop
        )
        Event.note(
            None,
            "premises:imported",
            by=self.people[said["by"]],
            at=self.at - timedelta(days=2),
            after={"new": len(rooms)},
            why=DONE,
        )

    # What else lies there

    def lose_addresses(self):
        LostAddress.objects.bulk_create(
            LostAddress(created_at=self.ago(row["ago"]), language="fr", **_without(row, "ago"))
            for row in self._of("lost_address")
        )

    def send_register_file(self) -> ImportRun:
        """What somebody found on a walk through a street: some rooms that stand empty now, some that are new."""
        said = self.script["register_file"]
        rooms = list(
            Premises.objects.select_related("district")
            .filter(occupancy=Premises.Occupancy.OCCUPIED)
            .order_by("street", "pk")[: said["vacant"]]
        )
        day = self.at.astimezone(self.city.tz).date().isoformat()
        seen = [(room, room.external_id, room.house_number, "vacant") for room in rooms]
        letter = self.script["premises"]["letter"] * 2
        seen += [
            (rooms[0], f"releve:{number}", f"{letter}{number}", "occupied")
            for number in range(1, said["new"] + 1)
        ]
        lines = [
            [known_as, room.street, number, room.district.slug, occupancy, day]
            for room, known_as, number, occupancy in seen
        ]
        sheet = io.StringIO()
        csv.writer(sheet).writerows(
            [["external_id", "street", "house_number", "district", "occupancy", "seen_on"], *lines]
        )
        return ImportRun.receive(
            ImportRun.Kind.PREMISES,
            said["source"],
            sheet.getvalue().encode(),
            confirmed_on=None,
            by=self.people[said["by"]],
            at=self.ago(said["ago"]),
        )


def _email_of(name):
    """An address for somebody of whom only the name is told."""
    return f"{street_slug(name)}@commercants.example"


def _without(row, name):
    return {key: value for key, value in row.items() if key != name}
