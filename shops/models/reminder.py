"""What a merchant was asked by mail: one question about one shop, to one person, answered once."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.signing import BadSignature, Signer
from django.db import models
from django.db.models import Q
from django.urls import reverse

from shops.models.membership import EDITING_ROLES, Membership
from shops.models.shop import Shop
from shops.vocabulary import FactGroup

VALID_FOR = timedelta(days=30)


class Reminder(models.Model):
    """One question. The link in the mail is signed, says nothing of whom it is for, and is good for this alone."""

    class Purpose(models.TextChoices):
        CONFIRM = "confirm"
        HOLIDAY = "holiday"

    class Answer(models.TextChoices):
        RIGHT = "right"
        USUAL = "usual"
        CLOSED = "closed"
        OTHER = "other"

    class Gone(Exception):
        """The question is out of date: its time is over, or the person keeps this page no more."""

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="reminders")
    purpose = models.CharField(max_length=10, choices=Purpose)
    groups = ArrayField(models.CharField(max_length=20, choices=FactGroup), default=list)
    holiday_on = models.DateField(null=True)
    ahead_days = models.PositiveSmallIntegerField(null=True, help_text="Which of the two askings: 21 or 7.")
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=10, choices=Answer, blank=True)

    class Meta:
        ordering = ["-sent_at", "-pk"]
        indexes = [
            models.Index(fields=["user", "-sent_at"], name="reminder_by_person"),
            models.Index(fields=["shop", "-sent_at"], name="reminder_by_shop"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["shop", "user", "holiday_on", "ahead_days"],
                condition=Q(purpose="holiday"),
                name="reminder_of_a_holiday_once",
            ),
            models.CheckConstraint(
                condition=Q(purpose="confirm", holiday_on=None, ahead_days=None)
                | Q(purpose="holiday", holiday_on__isnull=False, ahead_days__isnull=False, groups=[]),
                name="reminder_asks_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(answered_at=None, answer="") | (Q(answered_at__isnull=False) & ~Q(answer="")),
                name="reminder_answered_somehow",
            ),
        ]

    def __str__(self):
        return f"{self.shop_id} {self.purpose} {self.sent_at:%Y-%m-%d}"

    # The link

    @property
    def token(self) -> str:
        return _signer(self.purpose).sign(str(self.pk))

    @property
    def url(self) -> str:
        """The whole address, in the active language."""
        return settings.PUBLIC_URL + reverse(f"shops:reminder_{self.purpose}", args=[self.token])

    @classmethod
    def by_token(cls, token: str, purpose) -> "Reminder":
        """The question that a link of this purpose leads to. Raises DoesNotExist for anything that we did not sign."""
        try:
            number = int(_signer(purpose).unsign(token))
        except (BadSignature, ValueError):
            raise cls.DoesNotExist from None
        return cls.objects.select_related("shop", "user").get(pk=number, purpose=purpose)

    # Questions

    def must_be_open(self, at: datetime) -> None:
        """Raises Gone where the question can no longer be answered."""
        keeps = Membership.objects.filter(shop=self.shop_id, user=self.user_id, role__in=EDITING_ROLES)
        if at >= self.sent_at + VALID_FOR or not self.shop.is_published or not self.user.is_active:
            raise Reminder.Gone
        if not keeps.exists():
            raise Reminder.Gone

    def is_wanted(self) -> bool:
        """Whether the person still wants to be reminded of this page. One query."""
        return Membership.objects.filter(shop=self.shop_id, user=self.user_id, wants_reminders=True).exists()

    def note_answer(self, answer, *, at: datetime) -> None:
        self.answer, self.answered_at = answer, at
        self.save(update_fields=["answer", "answered_at"])


def _signer(purpose):
    # The purpose is part of the salt: a link signed for one question opens no other kind of page.
    return Signer(salt=f"shops.reminder.{purpose}", sep=".")
