"""Two merchants next door to each other, each with one thing of every kind, and a word that is private to each.

Each side names its things as the world of the permission table does, so the table's addresses are made of them. What only
a shop's own people (and the City) may read carries the side's canary.
"""

from datetime import timedelta
from functools import cached_property

import pytest
from django.utils import timezone

from accounts.models import CityRole
from districts.models import PublicHoliday
from shops import reference
from shops.desks.merchant.sections import SECTIONS
from shops.editing import facts, revisions
from shops.models import (
    Claim,
    Draft,
    ImportDifference,
    ImportRun,
    Invitation,
    Membership,
    MerchantRole,
    Premises,
    Reminder,
    Report,
    SpecialDay,
)
from shops.vocabulary import ConfirmedBy
from tests.people import make_member, make_person
from tests.photos.files import disk, make_photo, publish
from tests.purchases import make_purchase, make_till
from tests.shops import factories
from tests.test_permissions import EDITOR, MODERATOR, NINA, OWNER, TILL, World


class Side(World):
    """A shop with its people, as `World.arguments` names their things, and what of it is private."""

    def __init__(self, city, shop, canary, people):
        self.city, self.marie, self.canary = city, shop, canary
        # By what they do, whoever they are: `people["marie"]` is the owner.
        self.people = people
        self._furnish(timezone.now() - timedelta(days=2))

    def _furnish(self, at):
        shop, owner, word = self.marie, self.people[OWNER], self.canary
        self.member = Membership.objects.get(shop=shop, user=self.people[EDITOR])
        # Agrees with the shop in most things: a change may be carried there.
        self.branch = factories.make_shop(f"{shop.name} bis", opening_hours=shop.opening_hours)
        make_member(self.branch, owner)
        self.invitation, self.asked = (
            Invitation.objects.create(
                shop=shop,
                email=email,
                role="till",
                invited_by=owner,
                created_at=at,
                expires_at=at + timedelta(days=20),
            )
            for email in (f"{word}1@x.example".lower(), f"{word}2@x.example".lower())
        )
        self.claimant = make_person(f"{word}-nina@x.example".lower(), name=f"{word} qui demande")
        make_invited = make_person(f"{word}2@x.example".lower(), name=word)
        self.people |= {NINA: self.claimant, "invited": make_invited}
        self.claim, self.waiting, self.sent_back = (
            Claim.objects.create(
                shop=place, user=self.claimant, name=f"{word} Nina", message=word, language="fr", created_at=at,
                method="phone",
            )
            for place in (
                shop,
                factories.make_shop(f"{word} attend", status="submitted"),
                factories.make_shop(f"{word} corrige", status="draft"),
            )
        )  # fmt: skip
        # A letter has been asked for, and a code is on its way.
        Claim.objects.filter(pk=self.claim.pk).update(
            method="letter", sent_to="Grand-Rue", code_hash="x" * 64, code_expires_at=at + timedelta(days=20)
        )
        self.photo, _second = publish(make_photo(shop, seed=10), make_photo(shop, seed=12))
        self.unpublished = make_photo(shop, seed=11, alt={"fr": f"{word} en photo"}, called=word)
        self._propose(at)
        self.report = Report.objects.create(
            shop=shop, kind="hours", language="fr", topic=f"{shop.pk}:hours", created_at=at, state="merchant",
            message=f"{word} a fermé", email=f"{word}@reporter.example",
        )  # fmt: skip
        asked = {"shop": shop, "user": owner, "sent_at": at}
        self.question = Reminder.objects.create(purpose="confirm", groups=["hours"], **asked)
        self.purchase = make_purchase(f"{word}@buyer.example", at=at, message=f"{word} offre")
        self.till = make_till(shop, f"{word} comptoir")
        self._campaign(shop)
        self._settlement()
        day = (at + timedelta(days=9)).date()
        PublicHoliday.objects.get_or_create(on=day, defaults={"name": "Fête"})
        SpecialDay.objects.create(
            shop=shop, start_on=at.date() + timedelta(days=40), end_on=at.date() + timedelta(days=41)
        )
        ImportDifference.objects.create(
            shop=shop, source="f.csv", field="phone", theirs="+35226000000", seen_at=at
        )
        self.feast = Reminder.objects.create(purpose="holiday", holiday_on=day, ahead_days=7, **asked)
        # The City's own, which no merchant meets.
        self.room = Premises.objects.create(
            street="Grand-Rue", house_number=word[-4:], district=shop.district, note=word
        )
        self.run = ImportRun.objects.create(
            kind="shops", source=f"{word}.csv", made_at=at, state="ready", fingerprint=word
        )
        for section in SECTIONS.values():
            Draft.objects.create(
                shop=shop,
                user=owner,
                section=section.slug,
                saved_at=at,
                data={"summary": [f"{word} brouillon"]},
            )

    def _propose(self, at):
        shop = facts.with_today(self.marie, at, self.city)
        for number, words in enumerate((f"{self.canary} refusé", f"{self.canary} attend")):
            said = {"summary": words} | ({"description": words, "name_de": words} if number else {})
            revisions.propose(
                shop, said, base=dict.fromkeys(said, ""), base_version=0, by=self.people[OWNER],
                side=ConfirmedBy.MERCHANT, at=at,
            )  # fmt: skip
            if not number:
                self.refused = shop.changes.get()
                refusal = {self.refused.pk: revisions.Refuse("wrong", self.canary)}
                revisions.decide(shop, refusal, by=self.people[MODERATOR], at=at)
        self.change = shop.changes.waiting().get(field="summary")
        # One goes live, and can be undone.
        revisions.propose(
            shop, {"payments": ["cash"]}, base={"payments": shop.payments}, base_version=0, by=self.people[OWNER],
            side=ConfirmedBy.MERCHANT, at=timezone.now(),
        )  # fmt: skip

    def says(self, text):
        """Whether something in it is private to this side."""
        return self.canary.lower() in text.lower()

    @property
    def shops(self):
        return [one.pk for one in (self.marie, self.branch, self.waiting.shop, self.sent_back.shop)]

    @property
    def persons(self):
        return [person.pk for name, person in self.people.items() if name != MODERATOR]

    @cached_property
    def ids(self):
        """Everything by which something of this side may be named, by its shape."""
        shop = self.marie
        numbers = {
            *self.shops, *self.persons, self.member.pk, self.invitation.pk, self.asked.pk, self.photo.pk,
            self.unpublished.pk, self.claim.pk, self.waiting.pk, self.sent_back.pk, self.change.pk, self.refused.pk,
            self.change.revision_id, self.report.pk, self.question.pk, self.feast.pk, self.till.pk,
            self.payout.pk, self.account.pk,
            *shop.memberships.values_list("pk", flat=True), *shop.changes.values_list("pk", flat=True),
            *shop.drafts.values_list("pk", flat=True), *shop.links.values_list("pk", flat=True),
        }  # fmt: skip
        words = {
            shop.public_id, self.branch.public_id, self.waiting.shop.public_id, shop.slug, self.branch.slug,
            self.photo.name, self.unpublished.name, self.report.number, self.report.topic,
            str(self.report.submission),
        }  # fmt: skip
        return sorted(map(str, numbers)), sorted(words)


def both() -> tuple[Side, Side]:
    """Marie's side and Paul's, in a city that has nothing else."""
    city = factories.make_city()
    claire = make_person("claire@ville.example", name="Claire", city_roles=[CityRole.MODERATOR])
    sides = []
    for shop, canary in ((factories.make_marie(), "Kanarimarie"), (factories.make_paul(), "Kanaripaul")):
        people = {MODERATOR: claire}
        for role, what in ((OWNER, "owner"), (EDITOR, "editor"), (TILL, "till")):
            people[role] = make_person(f"{what}-{canary}@x.example".lower(), name=f"{canary} {what}")
            make_member(shop, people[role], MerchantRole(what))
        sides.append(Side(city, shop, canary, people))
    return tuple(sides)


@pytest.fixture
def street(db, settings, tmp_path):
    settings.STORAGES = {**settings.STORAGES, "default": disk(tmp_path)}
    reference.forget()
    yield both()
    reference.forget()
