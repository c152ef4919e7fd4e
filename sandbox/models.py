"""What the made-up bank remembers. It stands for the outside world: the site asks it only as it would ask a real one."""

from django.db import models
from django.utils.crypto import get_random_string


def _new_ref():
    return get_random_string(24)


class Payment(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        PAID = "paid"
        FAILED = "failed"

    ref = models.CharField(max_length=24, unique=True, default=_new_ref, editable=False)
    key = models.CharField(max_length=80, unique=True)
    order = models.CharField(max_length=20)
    words = models.CharField(max_length=200)
    cents = models.PositiveIntegerField()
    currency = models.CharField(max_length=3, default="EUR")
    language = models.CharField(max_length=5)
    back = models.URLField(max_length=2000)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    # What it says was paid, which may be wrong on demand.
    paid_cents = models.PositiveIntegerField(default=0)
    disputed_cents = models.PositiveIntegerField(default=0)
    refuses_refunds = models.BooleanField(default=False)

    def __str__(self):
        return self.ref


class Refund(models.Model):
    payment = models.ForeignKey(Payment, on_delete=models.CASCADE, related_name="refunds")
    key = models.CharField(max_length=80, unique=True)
    cents = models.PositiveIntegerField()
    # The buyer's account was closed, and the money is back.
    failed = models.BooleanField(default=False)

    def __str__(self):
        return self.key
