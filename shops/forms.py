"""What residents and merchants write to the City from a shop's page."""

import re
import uuid

from django import forms
from django.utils.translation import gettext_lazy as _
from stdnum import get_cc_module
from stdnum.exceptions import ValidationError

from districts.models import City
from shops.models import Claim


class OnceForm(forms.ModelForm):
    """A public form that a double click sends once, and that a robot fills in too well."""

    submission = forms.UUIDField(widget=forms.HiddenInput)
    # Hidden from people, irresistible to robots (see the stylesheet's .trap).
    website = forms.CharField(
        label=_("Laissez ce champ vide"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    error_css_class = "invalid"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4

    @property
    def from_a_robot(self):
        return bool(self.cleaned_data.get("website"))


class ClaimForm(forms.ModelForm):
    """Somebody signed in says that a page is theirs."""

    error_css_class = "invalid"

    class Meta:
        model = Claim
        fields = ["name", "role", "phone", "register_number", "message"]
        labels = {
            "name": _("Votre nom"),
            "role": _("Votre fonction dans le commerce"),
            "phone": _("Votre téléphone"),
            "register_number": _("Numéro du registre de commerce"),
            "message": _("Un mot à la Ville"),
        }
        help_texts = {
            "role": _("Par exemple : gérante, employé."),
            "register_number": _("Par exemple : B123456. Il aide la Ville si elle doit vérifier."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "message": forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
        }

    def clean_register_number(self):
        return read_register_number(self.cleaned_data["register_number"])


# How business registers write their numbers, by country; elsewhere anything short is taken.
_REGISTER_NUMBERS = {"LU": re.compile(r"[A-O][1-9][0-9]{0,6}")}


def read_register_number(typed: str) -> str:
    """A number of the business register, its form checked: « b 123.456 » is B123456. Raises ValidationError."""
    number = re.sub(r"[\s.\-]", "", typed.upper()).removeprefix("RCS")
    form = _REGISTER_NUMBERS.get(_country()) if number else None
    if form and not form.fullmatch(number):
        raise forms.ValidationError(_("Un numéro du registre est une lettre et des chiffres, comme B123456."))
    return number


def read_vat_number(typed: str) -> str:
    """A VAT number of the city's country, with the country before it (LU12345678), its check digits right.

    Raises ValidationError.
    """
    if not typed.strip():
        return ""
    country = _country()
    rules = get_cc_module(country.lower(), "vat")
    if rules is None:
        return "".join(typed.upper().split())
    try:
        return f"{country}{rules.validate(typed)}"
    except ValidationError:
        raise forms.ValidationError(
            _("Ce n’est pas un numéro de TVA du pays : il commence par %(country)s.") % {"country": country}
        ) from None


def _country():
    return City.objects.values_list("country", flat=True).get()
