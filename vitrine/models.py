"""What the project itself keeps: how often somebody tried something, and proofs that have served."""

from django.db import models
from django.db.models import Q


class Rate(models.Model):
    """How often one person did one thing within one stretch of time. Written by `vitrine.rates` alone.

    Who it was is a hash that another day's salt makes another one: two days of the same person cannot be joined.
    """

    key = models.BinaryField(max_length=32)
    begins_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "begins_at"], name="rate_once"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("begins_at")), name="rate_lasts"),
        ]

    def __str__(self):
        return f"{self.times} since {self.begins_at:%Y-%m-%d %H:%M}"


class SpentProof(models.Model):
    """A solved challenge that has served (`vitrine.proof`): it serves once, and is forgotten when it has expired."""

    nonce = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self):
        return self.nonce
