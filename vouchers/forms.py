"""What residents type about vouchers."""

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers import codes


class CodeForm(forms.Form):
    """A voucher's code, typed or brought by the QR code's link."""

    code = forms.CharField(
        label=_("Code du bon"),
        help_text=_("Seize lettres et chiffres, sous le code QR. Les tirets et les espaces ne comptent pas."),
        max_length=60,
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
        try:
            return codes.read(self.cleaned_data["code"])
        except codes.Mistyped:
            raise forms.ValidationError(
                _("Il manque un caractère, ou l’un d’eux est faux. Comparez avec le bon, quatre par quatre.")
            ) from None
