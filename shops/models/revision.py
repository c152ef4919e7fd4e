"""What somebody wants a shop's page to say: a save is a revision, each fact it touches a change with a fate of its own."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shops.vocabulary import ConfirmedBy


class RefusalReason(models.TextChoices):
    """Why the City does not take a change. Each has a sentence for the merchant, in `shops.editing.letters`."""

    WRONG = "wrong", _("Ce n’est pas exact")
    UNREADABLE = "unreadable", _("Illisible ou incomplet")
    ADVERTISING = "advertising", _("Publicité, prix ou promotion dans un texte")
    OFFENSIVE = "offensive", _("Propos ou image déplacés")
    RIGHTS = "rights", _("Image ou texte de quelqu’un d’autre")
    PRIVATE = "private", _("Données d’une personne")
    NOT_THIS_SHOP = "not_this_shop", _("Ne concerne pas ce commerce")
    OTHER = "other", _("Autre motif")


class Revision(models.Model):
    """One save, by one person, seen from one state of the page."""

    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="revisions"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Whose word it is: a merchant's, the City's, a resident's answer taken over by the City.
    side = models.CharField(_("de la part de"), max_length=10, choices=ConfirmedBy)
    at = models.DateTimeField(_("le"))
    base_version = models.BigIntegerField(
        _("vu de"), help_text=_("Le dernier événement du commerce quand la page a été ouverte.")
    )
    consent = models.TextField(
        _("accord"),
        blank=True,
        help_text=_("Comment le commerçant a donné son accord, quand la Ville écrit pour lui."),
    )
    note = models.CharField(_("mot à la Ville"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("révision")
        verbose_name_plural = _("révisions")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["shop", "-at"], name="revision_by_shop")]

    def __str__(self):
        return f"{self.shop_id} {self.at:%Y-%m-%d %H:%M}"

    @property
    def is_theirs(self) -> bool:
        """Whether the merchant wrote it, and not the City for her."""
        return self.side == ConfirmedBy.MERCHANT and not self.consent


class ChangeQuerySet(models.QuerySet):
    def waiting(self):
        """What the City has yet to decide on. Nobody but the shop's people and the City sees it."""
        return self.filter(state=Change.State.WAITING)

    def unchecked(self):
        """What went live at once and nobody of the City has looked at yet."""
        return self.filter(state=Change.State.LIVE)

    def undecided(self):
        """What waits, and what is to be checked afterwards."""
        return self.filter(state__in=[Change.State.WAITING, Change.State.LIVE])

    def appealed(self):
        """Refusals that the merchant has answered, and the City not yet."""
        refused = Q(state__in=[Change.State.REFUSED, Change.State.REVERTED])
        return self.filter(refused, appealed_at__gt=models.F("decided_at"))

    def theirs(self):
        """What merchants wrote themselves, and not the City for them with their consent."""
        return self.filter(revision__side=ConfirmedBy.MERCHANT, revision__consent="")

    def answered(self):
        """What merchants waited for and the City decided, each with `since`: when it was proposed, or last appealed."""
        appealed = Q(appealed_at__lte=models.F("decided_at"))
        waited = Q(state__in=[Change.State.ACCEPTED, Change.State.REFUSED])
        since = models.Case(models.When(appealed, then="appealed_at"), default="revision__at")
        return self.theirs().filter(waited | appealed & Q(state=Change.State.REVERTED)).annotate(since=since)

    def open(self):
        """The moderators' queue: all that the City owes a word on."""
        return self.undecided() | self.appealed()


class Change(models.Model):
    """One fact of a revision: what it was when the page was opened, what it is to be, and what became of that.

    A field of a shop waits at most once: a later proposal takes the earlier one's place.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("en attente")
        ACCEPTED = "accepted", _("accepté")
        REFUSED = "refused", _("refusé")
        WITHDRAWN = "withdrawn", _("retiré")
        REPLACED = "replaced", _("remplacé")
        LIVE = "live", _("en ligne, à contrôler")
        CHECKED = "checked", _("en ligne, contrôlé")
        REVERTED = "reverted", _("annulé par la Ville")
        UNDONE = "undone", _("annulé par le commerçant")

    revision = models.ForeignKey(
        Revision, verbose_name=_("révision"), on_delete=models.PROTECT, related_name="changes"
    )
    # The revision's own, once more: the database holds with it that a field waits only once.
    shop = models.ForeignKey(
        "shops.Shop", verbose_name=_("commerce"), on_delete=models.PROTECT, related_name="changes"
    )
    field = models.CharField(_("fait"), max_length=40)
    before = models.JSONField(_("avant"), null=True)
    after = models.JSONField(_("après"), null=True)
    state = models.CharField(_("état"), max_length=10, choices=State)
    risk = models.PositiveSmallIntegerField(_("risque"), default=0)
    # What the page said just before this went live, who vouched for it ([by, at], see `ConfirmedBy`), and what went
    # live: the moderator may have put it right.
    vouched = models.JSONField(null=True, blank=True, editable=False)
    replaced = models.JSONField(_("remplacé"), null=True, blank=True)
    applied = models.JSONField(_("publié"), null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("décidé par"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("décidé le"), null=True, blank=True)
    reason = models.CharField(_("motif"), max_length=20, choices=RefusalReason, blank=True)
    words = models.TextField(_("explication"), max_length=1000, blank=True)
    appeal = models.TextField(_("réponse du commerçant"), max_length=1000, blank=True)
    appealed_at = models.DateTimeField(_("répondu le"), null=True, blank=True)

    objects = ChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("changement")
        verbose_name_plural = _("changements")
        ordering = ["pk"]
        indexes = [
            models.Index(
                fields=["-risk", "id"],
                name="change_queue",
                condition=Q(state__in=["waiting", "live"]),
            ),
            models.Index(fields=["shop", "-id"], name="change_by_shop"),
            models.Index(
                fields=["appealed_at"], name="change_appeals", condition=Q(appealed_at__isnull=False)
            ),
            models.Index(fields=["decided_at"], name="change_decided", condition=Q(decided_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "field"], condition=Q(state="waiting"), name="change_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "live", "replaced", "withdrawn", "undone"])
                | Q(decided_at__isnull=False),
                name="change_decided_at_some_time",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["refused", "reverted"]) | ~Q(reason=""),
                name="change_refused_for_a_reason",
                violation_error_message=_("Un refus a un motif."),
            ),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.field} {self.state}"

    @property
    def is_appealed(self) -> bool:
        """Whether the merchant has answered the last decision."""
        return (
            self.appealed_at is not None
            and self.decided_at is not None
            and self.appealed_at > self.decided_at
        )

    @property
    def is_open(self) -> bool:
        """Whether the City owes a word on it."""
        return self.state in (self.State.WAITING, self.State.LIVE) or self.is_appealed


class Draft(models.Model):
    """What somebody typed into a section of a page and has not saved yet, kept as typed."""

    shop = models.ForeignKey("shops.Shop", on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    section = models.CharField(max_length=20)
    data = models.JSONField(default=dict, help_text="As a form posts it: name -> list of values.")
    saved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["shop", "user", "section"], name="draft_one_a_section"),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.section}"
