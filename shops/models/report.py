"""Residents' reports: what they are about, who looks at them, how they end."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Case, Count, F, Min, Q, Value, When
from django.utils.translation import gettext_lazy as _

from shops.models.shop import new_public_id
from shops.vocabulary import ConfirmedBy

# So long a merchant has for what concerns her page; then it is the City's.
MERCHANT_HAS = timedelta(days=7)


def new_number():
    """As a shop's id, so that nobody counts the reports: it is read aloud and copied by hand too."""
    return new_public_id()


class ReportQuerySet(models.QuerySet):
    def open(self):
        return self.filter(state__in=Report.OPEN)

    def with_merchant(self):
        return self.filter(state=Report.State.MERCHANT)

    def overdue(self, at: datetime):
        """Those that a merchant has had for too long, or that have no merchant any more."""
        from shops.models.membership import EDITING_ROLES, Membership

        keepers = Membership.objects.filter(
            shop=models.OuterRef("shop"), role__in=EDITING_ROLES, user__is_active=True
        )
        late = Q(created_at__lte=at - MERCHANT_HAS) | ~models.Exists(keepers)
        return self.with_merchant().filter(late)

    def topics(self):
        """One row for what several say: `topic`, `many`, `oldest` (an instant), `first` (the first report's key)."""
        return self.values("topic", "kind", "shop").annotate(
            many=Count("pk"), oldest=Min("created_at"), first=Min("pk")
        )

    def most_pressing_first(self):
        """Of `topics()`: what may be illegal, then what has waited longest."""
        grave = Case(When(kind=Report.Kind.CONTENT, then=Value(0)), default=Value(1))
        return self.order_by(grave, "oldest", "first")

    def most_named_first(self):
        """Of `topics()`: what most people say. For missing shops that is the order in which to visit."""
        return self.order_by(F("many").desc(), "oldest", "first")


class Report(models.Model):
    """Something a resident tells: a wrong fact on a page, a missing shop, the site itself.

    What concerns a page that somebody keeps goes to the merchant first, and to the City a week later; the rest goes to
    the City at once. Several that say the same (`topic`) are looked at and answered together. Its verbs are in
    `shops.reports.handling`.
    """

    class Kind(models.TextChoices):
        HOURS = "hours", _("Les horaires sont faux")
        CLOSED = "closed", _("Le commerce n’existe plus")
        MOVED = "moved", _("Le commerce a déménagé")
        CONTACT = "contact", _("Le téléphone, l’e-mail ou un lien est faux")
        CATEGORY = "category", _("La catégorie ou le nom est faux")
        ACCESS = "access", _("L’accessibilité est mal décrite")
        CONTENT = "content", _("Un contenu est choquant ou illégal")
        MISSING = "missing", _("Un commerce manque")
        SITE = "site", _("Une page du site ne m’est pas accessible")
        HELP = "help", _("Un commerçant demande de l’aide")
        OTHER = "other", _("Autre chose")

    # Not a merchant's to judge, about her own page least of all.
    AT_ONCE_TO_CITY = frozenset({Kind.CLOSED, Kind.CONTENT, Kind.MISSING, Kind.SITE, Kind.HELP})

    class State(models.TextChoices):
        MERCHANT = "merchant", _("chez le commerçant")
        CITY = "city", _("à la Ville")
        ANSWERED = "answered", _("répondu")
        CLOSED = "closed", _("clos")

    OPEN = (State.MERCHANT, State.CITY)
    MOVES = {
        State.MERCHANT: {State.CITY, State.ANSWERED, State.CLOSED},
        State.CITY: {State.ANSWERED, State.CLOSED},
        State.ANSWERED: {State.CITY},
        State.CLOSED: {State.CITY},
    }

    class MoveNotAllowed(Exception):
        """The report cannot go from its present state to the one asked for."""

    class Outcome(models.TextChoices):
        CORRECTED = "corrected", _("C’est corrigé")
        RIGHT = "right", _("C’est juste comme c’est")
        NOTED = "noted", _("Nous en prenons note")
        ADDED = "added", _("Le commerce est ajouté")
        NOT_FOUND = "not_found", _("Nous n’avons pas trouvé ce commerce")
        REMOVED = "removed", _("Le contenu est retiré")
        KEPT = "kept", _("Le contenu reste en ligne")

    number = models.CharField(_("numéro"), max_length=8, unique=True, default=new_number, editable=False)
    shop = models.ForeignKey(
        "shops.Shop",
        verbose_name=_("commerce"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="reports",
    )
    kind = models.CharField(_("sujet"), max_length=20, choices=Kind)
    name = models.CharField(_("nom du commerce"), max_length=120, blank=True)
    name_key = models.CharField(max_length=120, blank=True, editable=False)
    # What says the same has the same topic: written once, when it arrives.
    topic = models.CharField(max_length=200, editable=False)
    # Which of the page's photos, where that is what is reported.
    photo = models.ForeignKey(
        "shops.Photo",
        verbose_name=_("photo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    message = models.TextField(_("message"), max_length=2000, blank=True)
    email = models.EmailField(_("adresse e-mail"), blank=True)
    language = models.CharField(_("langue"), max_length=10)
    # Made when the form is shown: the same form sent twice is one message.
    submission = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.CITY)
    outcome = models.CharField(_("issue"), max_length=20, choices=Outcome, blank=True)
    answer = models.TextField(_("réponse"), max_length=2000, blank=True)
    answered_side = models.CharField(_("répondu par"), max_length=10, choices=ConfirmedBy, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(_("reçu le"))
    answered_at = models.DateTimeField(_("répondu le"), null=True, blank=True)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("signalement")
        verbose_name_plural = _("signalements")
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="report_queue"),
            models.Index(fields=["topic", "created_at"], name="report_topic"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="answered") | (Q(answered_at__isnull=False) & ~Q(outcome="")),
                name="report_answered_has_an_outcome",
                violation_error_message=_("Une réponse dit ce qu’il en est."),
            ),
            models.CheckConstraint(
                condition=~Q(state="merchant") | Q(shop__isnull=False),
                name="report_at_a_merchants_has_a_shop",
            ),
            # Without one, all that have none would be read, answered and closed together.
            models.CheckConstraint(condition=~Q(topic=""), name="report_has_a_topic"),
        ]

    def __str__(self):
        return f"{self.number} {self.get_kind_display()}"

    @property
    def due_at(self) -> datetime:
        """When it passes from the merchant to the City."""
        return self.created_at + MERCHANT_HAS

    @classmethod
    def outcomes_for(cls, kind, side=ConfirmedBy.CITY) -> list:
        """How a report of this kind may end, for whom."""
        outcome, kinds = cls.Outcome, cls.Kind
        if side == ConfirmedBy.MERCHANT:
            return [outcome.CORRECTED, outcome.RIGHT]
        return {
            kinds.CONTENT: [outcome.REMOVED, outcome.KEPT],
            kinds.MISSING: [outcome.ADDED, outcome.NOT_FOUND, outcome.NOTED],
            kinds.SITE: [outcome.CORRECTED, outcome.NOTED],
            kinds.HELP: [outcome.CORRECTED, outcome.NOTED],
        }.get(kind, [outcome.CORRECTED, outcome.RIGHT, outcome.NOTED])
