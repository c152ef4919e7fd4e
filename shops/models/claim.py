"""Taking a page in hand: who says a shop is theirs, and how that is proved."""

import enum
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops.claiming import codes
from shops.models.event import Event
from shops.models.membership import Membership, MerchantRole
from shops.models.trader import Trader

# How long a code holds: by mail at once, by telephone in the day, by letter after the post and a holiday.
EMAIL_CODE_HOLDS, CALL_CODE_HOLDS, LETTER_CODE_HOLDS = (
    timedelta(hours=1),
    timedelta(days=1),
    timedelta(days=30),
)
# Tries a code; then it is spent, and another is needed.
MOST_TRIES = 5
# In any 24 hours: codes by mail for one shop and for one person, claims begun by a person and of a shop.
DAY = timedelta(days=1)
CODES_A_SHOP, CODES_A_PERSON, STARTS_A_PERSON, STARTS_A_SHOP = 5, 10, 20, 10
# What costs the City an hour or a stamp: calls, letters and visits asked for in 24 hours by a person and for a shop, and
# what one claim may ask for while it lasts.
ASKS_A_PERSON, ASKS_A_SHOP, ASKS_A_CLAIM = 3, 3, 4
# Claims that nobody went on with, and decided ones, are forgotten after so long. The events stay.
IDLE_FOR, KEPT_FOR = timedelta(days=90), timedelta(days=365)


def owed_by_city(at: datetime) -> Q:
    """Of undecided claims, those that go no further without the City: to decide on, to call, to write to, to visit."""
    no_code = Q(code_hash="") | Q(code_expires_at__lte=at)
    asked = Q(method__in=[Claim.Method.PHONE, Claim.Method.LETTER, Claim.Method.WORD]) & no_code
    return Q(state=Claim.State.CONTESTED) | asked


class ClaimQuerySet(models.QuerySet):
    def undecided(self):
        return self.filter(state__in=Claim.UNDECIDED)

    def wanting_letters(self):
        return self.undecided().filter(method=Claim.Method.LETTER, proved_at=None)

    def wanting_calls(self):
        return self.undecided().filter(method=Claim.Method.PHONE, proved_at=None)

    def forget_old(self, *, at: datetime) -> int:
        """Forget claims that nobody went on with, and decided ones: what people wrote in them is not kept for ever.

        A claim that the City has to decide on stays, and so does one whose letter is under way. Returns how many went.
        """
        idle = Q(state=Claim.State.OPEN, created_at__lte=at - IDLE_FOR) & (
            Q(code_expires_at=None) | Q(code_expires_at__lte=at)
        )
        with transaction.atomic():
            old = self.filter(idle | Q(decided_at__lte=at - KEPT_FOR)).select_for_update(of=("self",))
            for claim in old.filter(idle).select_related("shop"):
                Event.note(claim.shop, "claim:forgotten", by=None, at=at, before={"claim": claim.pk})
            return old.delete()[0]


class Answer(enum.StrEnum):
    """What became of a typed code."""

    GRANTED = "granted"
    CONTESTED = "contested"
    WRONG = "wrong"


class Claim(models.Model):
    """Somebody with an account says “this is my shop”, and proves it in one of four ways.

    Each verb holds the shop's row first, so that two at once wait for each other, and writes one event. A page that
    somebody owns already, and a second claim beside one under way, go to the City: a code is then evidence, no key.
    """

    class Method(models.TextChoices):
        EMAIL = "email", _("code envoyé à l’adresse e-mail connue")
        PHONE = "phone", _("code lu au téléphone connu")
        LETTER = "letter", _("code envoyé par lettre")
        WORD = "word", _("parole d’un agent de la Ville")

    class State(models.TextChoices):
        OPEN = "open", _("en cours")
        # Somebody keeps the page already, or two ask at once: the City decides.
        CONTESTED = "contested", _("à trancher")
        GRANTED = "granted", _("accordée")
        REFUSED = "refused", _("refusée")
        WITHDRAWN = "withdrawn", _("retirée")

    UNDECIDED = (State.OPEN, State.CONTESTED)

    class NotAllowed(Exception):
        """The claim is not in a state in which that can be done with it, or it is not this person's to do."""

    class TooMany(Exception):
        """The limit of the day is reached."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.CASCADE, related_name="claims"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("personne"), on_delete=models.CASCADE, related_name="claims"
    )
    method = models.CharField(_("preuve"), max_length=10, choices=Method, blank=True)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.OPEN)
    name = models.CharField(_("nom"), max_length=150)
    role = models.CharField(_("fonction"), max_length=100, blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    register_number = models.CharField(_("numéro du registre de commerce"), max_length=20, blank=True)
    message = models.TextField(_("message"), max_length=2000, blank=True)
    language = models.CharField(_("langue"), max_length=10)
    # The code itself is kept nowhere. `sent_to` is the contact as it was then.
    sent_to = models.CharField(_("envoyé à"), max_length=300, blank=True)
    code_hash = models.CharField(max_length=64, blank=True, editable=False)
    code_expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    tries = models.PositiveSmallIntegerField(default=0, editable=False)
    # When the right code was typed. Where the City decides between two, that is what it looks at first.
    proved_at = models.DateTimeField(_("prouvée le"), null=True, blank=True, editable=False)
    batch = models.ForeignKey(
        "shops.LetterBatch",
        verbose_name=_("lot de lettres"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claims",
    )
    created_at = models.DateTimeField(_("reçue le"))
    decided_at = models.DateTimeField(_("décidée le"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("décidée par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    why = models.TextField(_("motif"), max_length=1000, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        verbose_name = _("demande de prise en main")
        verbose_name_plural = _("demandes de prise en main")
        ordering = ["-created_at"]
        indexes = [models.Index(fields=["state", "created_at"], name="claims_queue")]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "user"],
                condition=Q(state__in=["open", "contested"]),
                name="claim_open_once",
                violation_error_message=_("Votre demande est déjà en cours."),
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "contested"]) | Q(decided_at__isnull=False),
                name="claim_decided_at_some_time",
            ),
            models.CheckConstraint(
                condition=Q(code_hash="") | Q(code_expires_at__isnull=False),
                name="claim_code_expires",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(why=""),
                name="claim_refused_for_a_reason",
                violation_error_message=_("Un refus a un motif."),
            ),
            models.CheckConstraint(
                condition=~Q(state="granted") | Q(proved_at__isnull=False) | ~Q(why=""),
                name="claim_granted_on_proof_or_word",
                violation_error_message=_("Sans code, la Ville dit pourquoi elle remet la page."),
            ),
        ]

    def __str__(self):
        return f"{self.name} ({self.created_at:%Y-%m-%d})"

    # Questions

    @property
    def is_undecided(self):
        return self.state in self.UNDECIDED

    def is_for_city(self, at: datetime) -> bool:
        """Whether it goes no further without the City (as `owed_by_city`)."""
        asked = self.method in (self.Method.PHONE, self.Method.LETTER, self.Method.WORD)
        return self.state == self.State.CONTESTED or (
            self.state == self.State.OPEN and asked and not self.has_live_code(at)
        )

    def has_live_code(self, at: datetime) -> bool:
        """Whether a code is under way that is still worth something."""
        return bool(self.code_hash) and self.code_expires_at > at

    # The claimant's verbs

    @classmethod
    def start(cls, shop, user, *, at: datetime, language: str, **words) -> "Claim":
        """Say that a shop is one's own. Saying it twice is saying it once: the claim under way is returned.

        Args:
            words: `name`, `role`, `phone`, `register_number`, `message`, already checked.

        Raises:
            NotAllowed: the person owns the page already.
            TooMany: too many claims in a day, by the person or of the shop.
        """
        with transaction.atomic():
            _hold_person(user)
            shop = _hold_shop(shop.pk)
            owners = Membership.objects.owners().filter(shop=shop)
            if owners.filter(user=user).exists():
                raise cls.NotAllowed("owns the page already")
            under_way = shop.claims.undecided()
            if mine := under_way.filter(user=user).first():
                return mine
            lately = cls.objects.filter(created_at__gt=at - DAY)
            if (
                lately.filter(user=user).count() >= STARTS_A_PERSON
                or lately.filter(shop=shop).count() >= STARTS_A_SHOP
            ):
                raise cls.TooMany("claims")
            if not user.name and words.get("name"):
                # Who has not said her name yet says it here.
                user.name = words["name"]
                user.save(update_fields=["name"])
            kept = owners.exists()
            state = cls.State.CONTESTED if kept or under_way.exists() else cls.State.OPEN
            claim = cls.objects.create(
                shop=shop, user=user, state=state, language=language, created_at=at, **words
            )
            after = {"claim": claim.pk, "person": user.pk, "state": str(state)}
            Event.note(shop, "claim:started", by=user, at=at, after=after)
            if kept:
                _letters().tell_keepers(shop)
            return claim

    def send_code(self, *, at: datetime) -> None:
        """Mail a code to the address on record; an earlier one is worth nothing any more.

        Raises:
            NotAllowed: the claim is decided, or there is no address that proves anything.
            TooMany: too many codes in a day, for the shop or for the person.
        """
        with transaction.atomic():
            _hold_person(self.user)
            shop = self._hold()
            contact = self._may_prove(self.Method.EMAIL, shop)
            sent = Event.objects.filter(kind="claim:code_sent", at__gt=at - DAY)
            if (
                sent.filter(shop=shop).count() >= CODES_A_SHOP
                or sent.filter(by=self.user).count() >= CODES_A_PERSON
            ):
                raise self.TooMany("codes")
            self.method = self.Method.EMAIL
            code = self._new_code(contact, EMAIL_CODE_HOLDS, at)
            Event.note(shop, "claim:code_sent", by=self.user, at=at, after={"claim": self.pk})
            _letters().send_code(self, shop, contact, code)

    def ask_for(self, method: str, *, at: datetime) -> None:
        """Wish for a letter, a call, or somebody of the City.

        Raises:
            NotAllowed: the claim is decided, or that is no way to prove it.
            TooMany: too many of these in a day, for the person or for the shop, or for this claim.
        """
        with transaction.atomic():
            _hold_person(self.user)
            shop = self._hold()
            contact = self._may_prove(method, shop)
            if method == self.Method.EMAIL:
                raise self.NotAllowed("a code by mail is sent, not asked for")
            if method == self.method:
                return
            self._check_asks(shop, at)
            self._forget_code()
            self.method, self.sent_to = self.Method(method), contact
            self.save(update_fields=["method", "sent_to", *_CODE])
            Event.note(
                shop, "claim:asked_for", by=self.user, at=at, after={"claim": self.pk, "method": str(method)}
            )

    def _check_asks(self, shop, at):
        """Calls, letters and visits are the time of the City's people. Raises TooMany."""
        asked = Event.objects.filter(kind="claim:asked_for")
        lately = asked.filter(at__gt=at - DAY)
        if (
            lately.filter(by=self.user).count() >= ASKS_A_PERSON
            or lately.filter(shop=shop).count() >= ASKS_A_SHOP
            or asked.filter(shop=shop, after__claim=self.pk).count() >= ASKS_A_CLAIM
        ):
            raise self.TooMany("calls, letters and visits")

    def check_code(self, typed: str, *, at: datetime) -> Answer:
        """Look at a code that the claimant typed. A right one grants the page, unless the City has to decide.

        Wrong, spent, expired, or sent to a contact that has changed since: the answer is the same. Typing the right
        one twice does no more than once. Raises NotAllowed when the claim came to nothing.
        """
        with transaction.atomic():
            shop = self._hold()
            if self.state == self.State.GRANTED:
                return Answer.GRANTED
            if not self.is_undecided:
                raise self.NotAllowed(self.state)
            code = codes.read(typed)
            if not code or not self.has_live_code(at) or self._way(self.method, shop) != self.sent_to:
                already = self.proved_at is not None and self.state == self.State.CONTESTED
                return Answer.CONTESTED if already else Answer.WRONG
            if not codes.matches(self.pk, code, self.code_hash):
                self.tries += 1
                if self.tries >= MOST_TRIES:
                    self._forget_code()
                    Event.note(shop, "claim:code_spent", by=self.user, at=at, after={"claim": self.pk})
                self.save(update_fields=_CODE)
                return Answer.WRONG
            self._forget_code()
            self.proved_at = at
            self.save(update_fields=["proved_at", *_CODE])
            after = {"claim": self.pk, "method": str(self.method)}
            Event.note(shop, "claim:proved", by=self.user, at=at, after=after)
            if self._has_rivals(shop):
                self._contest(shop, at=at)
                return Answer.CONTESTED
            self._grant(shop, by=self.user, at=at)
            for rival in shop.claims.undecided().select_related("user"):
                rival._contest(shop, at=at)
            return Answer.GRANTED

    def withdraw(self, *, at: datetime) -> None:
        """The claimant lets go of it. Raises NotAllowed when it is decided."""
        with transaction.atomic():
            shop = self._hold()
            self._decide(self.State.WITHDRAWN, shop, by=self.user, at=at)

    # The City's verbs

    def open_call(self, *, by, at: datetime) -> str:
        """Make the code that an agent reads out to the telephone on record; it is shown once. Raises NotAllowed."""
        with transaction.atomic():
            shop = self._hold()
            contact = self._may_prove(self.Method.PHONE, shop)
            if self.method != self.Method.PHONE or by == self.user:
                raise self.NotAllowed("no call was asked for")
            code = self._new_code(contact, CALL_CODE_HOLDS, at)
            Event.note(shop, "claim:call_opened", by=by, at=at, after={"claim": self.pk})
            return code

    def grant(self, *, by, at: datetime, why: str, instead: bool = False) -> None:
        """The City's word, with its reason: the page is the claimant's. Whoever else asks for it is refused.

        Args:
            instead: the people who kept the page until now keep it no more.

        Raises:
            NotAllowed: the claim is decided, it is the agent's own, or no reason is given.
        """
        with transaction.atomic():
            shop = self._hold()
            if not self.is_undecided or not why.strip() or by == self.user:
                raise self.NotAllowed(self.state)
            before = list(shop.memberships.exclude(user=self.user).select_related("user"))
            self.method = self.method if self.proved_at else self.Method.WORD
            self._grant(shop, by=by, at=at, why=why.strip())
            if instead:
                for membership in before:
                    membership.end(by=by, at=at, why=why.strip(), tell=False)
                # Who traded here before is not who trades here now.
                Trader.objects.filter(shop=shop).exclude(certified_by=self.user).delete()
                _letters().tell_replaced(shop, [membership.user for membership in before])
            for rival in shop.claims.undecided().select_related("user"):
                rival._refuse(shop, by=by, at=at, why=_letters().given_to_another(rival.language))

    def refuse(self, *, by, at: datetime, why: str) -> None:
        """The City does not give the page, and says why. Raises NotAllowed."""
        with transaction.atomic():
            shop = self._hold()
            if not self.is_undecided or not why.strip() or by == self.user:
                raise self.NotAllowed(self.state)
            self._refuse(shop, by=by, at=at, why=why.strip())

    def follow(self, other, *, by, at: datetime) -> None:
        """The page asked for was a double of `other`, which is held: this one is asked for now, and the person is told.

        Whoever keeps that page as an owner, or asks for it already, need not ask twice. Raises NotAllowed when decided.
        """
        with transaction.atomic():
            double = self._hold()
            if not self.is_undecided:
                raise self.NotAllowed(self.state)
            owns = Membership.objects.owners().filter(shop=other, user=self.user).exists()
            if owns or other.claims.undecided().filter(user=self.user).exists():
                self._decide(self.State.WITHDRAWN, double, by=by, at=at)
            else:
                self.shop = other
                if not self.proved_at:
                    # A code that is under way went to a contact of the double.
                    self._forget_code()
                    self.method = self.sent_to = ""
                self.save(update_fields=["shop", "method", "sent_to", *_CODE])
                after = {"claim": self.pk, "person": self.user_id}
                Event.note(other, "claim:moved", by=by, at=at, before={"from": double.public_id}, after=after)
            _letters().tell_moved(self, double, other)

    # Private

    def _hold(self):
        """Take the shop's row, then this one, as they are now. Returns the shop."""
        shop = _hold_shop(self.shop_id)
        try:
            self.refresh_from_db(from_queryset=Claim.objects.select_for_update(of=("self",)))
        except Claim.DoesNotExist:
            raise self.NotAllowed("forgotten") from None
        self.shop = shop
        return shop

    def _way(self, method, shop):
        """Where a code goes by this method; None when it cannot."""
        from shops.claiming import proofs

        return proofs.offered(shop).get(method)

    def _may_prove(self, method, shop):
        contact = self._way(method, shop)
        if not self.is_undecided or contact is None or self.proved_at:
            raise self.NotAllowed(self.state)
        return contact

    def _new_code(self, contact, holds, at):
        code = codes.new_code()
        self.sent_to, self.tries = contact, 0
        self.code_hash, self.code_expires_at = codes.fingerprint(self.pk, code), at + holds
        self.save(update_fields=["method", "sent_to", "batch", *_CODE])
        return code

    def _forget_code(self):
        self.code_hash, self.code_expires_at = "", None

    def _has_rivals(self, shop):
        """Somebody owns the page, or asked for it first."""
        if Membership.objects.owners().filter(shop=shop).exists():
            return True
        return self.state == self.State.CONTESTED and shop.claims.undecided().exclude(pk=self.pk).exists()

    def _contest(self, shop, *, at):
        if self.state == self.State.OPEN:
            self.state = self.State.CONTESTED
            self.save(update_fields=["state"])
            Event.note(shop, "claim:contested", by=None, at=at, after={"claim": self.pk})
            _letters().tell_contested(self, shop)

    def _grant(self, shop, *, by, at, why=""):
        from shops import catalogue

        member, joined = Membership.objects.get_or_create(
            shop=shop, user=self.user, defaults={"role": MerchantRole.OWNER, "since_at": at}
        )
        if joined:
            after = {"person": self.user_id, "role": str(member.role)}
            Event.note(shop, "member:joined", by=by, at=at, after=after)
        else:
            member.change_role(MerchantRole.OWNER, by=by, at=at)
        if shop.claimed_at is None:
            Trader.objects.filter(shop=shop).delete()
            shop.claimed_at = at
            shop.save(update_fields=["claimed_at"])
            catalogue.changed([shop.pk], at=at)
        self._decide(self.State.GRANTED, shop, by=by, at=at, why=why)
        _letters().tell_granted(self, shop)

    def _refuse(self, shop, *, by, at, why):
        self._decide(self.State.REFUSED, shop, by=by, at=at, why=why)
        _letters().tell_refused(self, shop)

    def _decide(self, state, shop, *, by, at, why=""):
        if not self.is_undecided:
            raise self.NotAllowed(self.state)
        before = {"claim": self.pk, "state": str(self.state)}
        self._forget_code()
        self.state, self.decided_at, self.decided_by, self.why = state, at, by, why
        self.save(update_fields=["state", "decided_at", "decided_by", "why", "method", *_CODE])
        after = {"claim": self.pk, "person": self.user_id, "method": str(self.method)}
        Event.note(shop, f"claim:{state}", by=by, at=at, before=before, after=after, why=why)


_CODE = ["code_hash", "code_expires_at", "tries"]


def _letters():
    from shops.claiming import letters

    return letters


def _hold_person(user):
    """One person's claims wait for each other: so the limits of a day hold whatever is sent at once."""
    # Not for good: what another transaction writes about the person need not wait, or each would wait for the other.
    get_user_model().objects.select_for_update(of=("self",), no_key=True).get(pk=user.pk)


def _hold_shop(pk):
    from shops.models.shop import Shop

    return Shop.objects.select_for_update(of=("self",)).select_related("district").get(pk=pk)
