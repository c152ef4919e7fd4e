"""What forms of the desks have in common: euros as people type them, days, and a key that makes them count once."""

import re
import secrets
from decimal import Decimal

from babel.numbers import format_decimal
from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from vouchers.templatetags.money import euros

DAY = {"type": "date"}
_AMOUNT = re.compile(r"€?([0-9]{1,9})(?:[.,]([0-9]{1,2}))?€?")


class Euros(forms.CharField):
    """An amount as people type it (« 32 », « 32,5 », « 1 250.50 € »); cleaned, it is whole cents, or None where nothing is typed.

    Args:
        least: cents.
        most: cents.
    """

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {
        "invalid": _("Tapez un montant en euros, comme 32 ou 32,50."),
        "range": _("Un montant entre %(least)s et %(most)s."),
    }

    def __init__(self, *, least=1, most=10_000_000_00, **kwargs):
        super().__init__(max_length=20, **kwargs)
        self.least, self.most = least, most

    def clean(self, value):
        typed = super().clean(value)
        if not typed:
            return None
        found = _AMOUNT.fullmatch("".join(typed.split()))
        if not found:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        cents = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if not self.least <= cents <= self.most:
            bounds = {"least": euros(self.least), "most": euros(self.most)}
            raise forms.ValidationError(self.error_messages["range"], code="range", params=bounds)
        return cents

    def prepare_value(self, value):
        if not isinstance(value, int):
            return value
        return format_decimal(Decimal(value) / 100, "0.00", locale=get_language())


def day(label, **kwargs):
    return forms.DateField(label=label, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


class Keyed(forms.Form):
    """A form that is known by a key: sent twice, it is done once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = secrets.token_urlsafe(16)
