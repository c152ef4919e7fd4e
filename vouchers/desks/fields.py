"""What forms of the finance desk have in common: euros as people type them, days, and a key that makes them count once."""

import secrets
from decimal import Decimal

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vouchers.templatetags.money import euros

DAY = {"type": "date"}


class Euros(forms.DecimalField):
    """An amount as people type it, with a comma or a point; cleaned, it is whole cents."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})
    default_error_messages = {"invalid": _("Écrivez un montant en euros, comme 30 ou 30,50.")}

    def __init__(self, *, least=1, most=10_000_000_00, **kwargs):
        super().__init__(decimal_places=2, max_digits=12, localize=False, **kwargs)
        self.least, self.most = least, most

    def to_python(self, value):
        typed = str(value or "").strip().replace(",", ".").replace("€", "")
        amount = super().to_python("".join(typed.split()))
        if amount is None:
            return None
        if not amount.is_finite() or amount.adjusted() > 12 or amount * 100 % 1:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return int(amount * 100)

    def validate(self, value):
        forms.Field.validate(self, value)
        if value is not None and not self.least <= value <= self.most:
            raise forms.ValidationError(
                gettext("Un montant entre %(least)s et %(most)s."),
                params={"least": euros(self.least), "most": euros(self.most)},
            )

    def run_validators(self, value):
        # Those of decimals look at digits behind a point, of which cents have none.
        pass

    def prepare_value(self, value):
        return f"{Decimal(value) / 100:.2f}".replace(".", ",") if isinstance(value, int) else value


def day(label, **kwargs):
    return forms.DateField(label=label, widget=forms.DateInput(attrs=DAY, format="%Y-%m-%d"), **kwargs)


class Keyed(forms.Form):
    """A form that is known by a key: sent twice, it is done once."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = secrets.token_urlsafe(16)
