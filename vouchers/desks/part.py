"""The finance desk in the City's menu, and what lies on it today."""

from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from shops.desks.city.parts import Part
from shops.desks.city.piles import Pile
from vouchers.desks import tasks
from vouchers.desks.door import READ


def pile(request) -> Pile:
    found = tasks.waiting(own=request.user.pk, at=request.now)
    return Pile(sum(task.number for task in found))


FINANCES = Part("finance", _("Finances"), reverse_lazy("finance:home"), READ, pile)
