"""What is typed at a till, and by the owner who pairs one."""

import re
import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers import codes, lifecycle, till
from vouchers.desks.fields import Euros
from vouchers.forms import CodeForm
from vouchers.models import Hold

MOST_CENTS = 10_000_00


def _amount(label):
    widget = forms.TextInput(
        attrs={"inputmode": "decimal", "autocomplete": "off", "class": "money", "enterkeyhint": "done"}
    )
    return Euros(label=label, most=MOST_CENTS, widget=widget)


class PinField(forms.CharField):
    widget = forms.PasswordInput(
        attrs={"inputmode": "numeric", "autocomplete": "off", "pattern": "[0-9]*", "class": "code"}
    )

    def clean(self, value):
        pin = super().clean(value)
        if pin and not re.fullmatch(r"[0-9]{4,6}", pin):
            raise forms.ValidationError(_("Quatre à six chiffres."))
        return pin


class ScanForm(CodeForm):
    """A voucher's code, and the till's PIN where it is asked for."""

    def __init__(self, *args, asks_pin=False, **kwargs):
        super().__init__(*args, **kwargs)
        if asks_pin:
            self.fields["pin"] = PinField(label=_("Code secret de la caisse"))


class PinForm(forms.Form):
    pin = PinField(label=_("Code secret de la caisse"))


class SaleForm(forms.Form):
    """How much of the vouchers in hand."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    # The vouchers that were in hand when the page was drawn, by their ids.
    held = forms.RegexField(r"\A\d{1,18}(,\d{1,18}){0,9}\Z", widget=forms.HiddenInput)
    amount = _amount(_("Montant à encaisser"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["key"].initial = uuid.uuid4().hex

    def name_held(self, held: Iterable[Hold]):
        """What a page that is drawn anew says is in hand."""
        self.fields["held"].initial = ",".join(str(each.pk) for each in held)

    def vouchers(self) -> list[int]:
        """The ids that came with it; none where they are no numbers."""
        said = self.data.get("held", "") if self.is_bound else ""
        return [int(number) for number in said.split(",") if number.isdecimal() and len(number) <= 18]


class PaperForm(CodeForm):
    """A taking that was written down while the net was away."""

    key = forms.CharField(widget=forms.HiddenInput, max_length=40)
    amount = _amount(_("Montant pris"))
    happened_at = forms.DateTimeField(
        label=_("Quand"),
        help_text=_("Dans les dernières 48 heures."),
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.at = at
        self.fields["key"].initial = uuid.uuid4().hex
        local = lifecycle.in_the_city(at)
        self.fields["happened_at"].widget.attrs |= {
            "min": f"{local - till.PAPER_WITHIN:%Y-%m-%dT%H:%M}",
            "max": f"{local:%Y-%m-%dT%H:%M}",
        }

    def clean_happened_at(self):
        moment = self.cleaned_data["happened_at"]
        # A minute of grace: the field has no seconds, and clocks differ.
        if not -timedelta(minutes=1) <= self.at - moment <= till.PAPER_WITHIN:
            raise forms.ValidationError(_("Seulement ce qui s’est passé dans les dernières 48 heures."))
        return min(moment, self.at)


class PairForm(forms.Form):
    """What an owner's desk shows, typed on the telephone that is to be a till."""

    code = forms.CharField(
        label=_("Code d’association"),
        help_text=_("Huit lettres et chiffres, à l’écran de votre comptoir."),
        max_length=20,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "class": "code",
            }
        ),
    )

    def clean_code(self):
        return self.cleaned_data["code"].upper().translate(codes.READ_AS)


class TillForm(forms.Form):
    name = forms.CharField(
        label=_("Nom de la caisse"), max_length=40, help_text=_("Comme « Comptoir » ou « Téléphone de Tom ».")
    )


class TillPinForm(forms.Form):
    pin = PinField(
        label=_("Code secret"),
        required=False,
        help_text=_("Quatre à six chiffres. Laissez vide pour ne rien demander."),
    )
