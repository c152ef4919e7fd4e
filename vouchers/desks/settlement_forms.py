"""What finance types about payouts, and owners about their account."""

import re
from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from vouchers import ibans, lifecycle
from vouchers.desks.fields import Euros
from vouchers.models import PayoutTerms
from vouchers.settlement import pain
from vouchers.settlement.answers import Reason

MOST_CENTS = 100_000_000_00
_LETTER = re.compile("[A-Za-z]")


class IbanField(forms.CharField):
    """An IBAN with or without spaces; cleaned, in one piece."""

    widget = forms.TextInput(
        attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, max_length=60, **kwargs)

    def clean(self, value):
        try:
            return ibans.read(super().clean(value))
        except ibans.NotInSepa:
            raise forms.ValidationError(_("Ce pays ne fait pas partie de la zone SEPA.")) from None
        except ibans.NoIban:
            raise forms.ValidationError(
                _("Ce n’est pas un IBAN : vérifiez chaque signe sur un relevé de la banque.")
            ) from None


class NameField(forms.CharField):
    """The name of an account's holder, as a bank can take it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, max_length=70, **kwargs)

    def clean(self, value):
        name = super().clean(value)
        if not _LETTER.search(pain.sepa_text(name)):
            raise forms.ValidationError(
                _("Écrivez ce nom en lettres latines, comme votre banque le connaît.")
            )
        return name


class AccountForm(forms.Form):
    """A shop's IBAN."""

    iban = IbanField(
        label=_("IBAN"),
        help_text=_(
            "Deux lettres pour le pays, puis des chiffres : comme il est sur un relevé de la banque."
        ),
    )
    holder = NameField(
        label=_("Titulaire du compte"), help_text=_("Exactement comme la banque le connaît : elle compare.")
    )


class TermsForm(forms.Form):
    """When and from where an issuer pays."""

    weekday = forms.TypedChoiceField(
        label=_("Jour des virements"),
        help_text=_("Un jour férié ou de fin de semaine, c’est le jour ouvrable qui suit."),
        choices=PayoutTerms.Weekday.choices,
        coerce=int,
    )
    least = Euros(
        label=_("Montant minimal (euros)"), help_text=_("Ce qui est dû en dessous attend la fois suivante.")
    )
    debtor = NameField(label=_("Titulaire du compte qui paie"))
    iban = IbanField(label=_("IBAN du compte qui paie"))
    bic = forms.CharField(label=_("BIC de sa banque"), max_length=11)

    def clean_bic(self):
        from schwifty import BIC
        from schwifty.exceptions import SchwiftyException

        try:
            return BIC(self.cleaned_data["bic"]).compact
        except SchwiftyException:
            raise forms.ValidationError(
                _("Ce n’est pas un BIC : il a 8 ou 11 signes, comme BCEELULL.")
            ) from None


class ReturnForm(forms.Form):
    """A payout came back."""

    reason = forms.ChoiceField(
        label=_("Motif de la banque"), choices=[("", _("Choisissez …")), *((one.value, f"{one.value} – {one.label}") for one in Reason)]
    )  # fmt: skip


class MessageForm(forms.Form):
    """A file that the bank sent."""

    file = forms.FileField(
        label=_("Fichier de la banque"),
        help_text=_("Relevé camt.053 ou compte rendu pain.002, en XML, 5 Mo au plus."),
    )


class ProviderForm(forms.Form):
    """What the payment provider has paid to the bank."""

    amount = Euros(label=_("Montant crédité (euros)"))
    fee = Euros(
        label=_("Frais retenus (euros)"), least=0, initial=0, help_text=_("Pris sur le budget des frais.")
    )
    paid_on = forms.DateField(
        label=_("Crédité le"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    bank_ref = forms.RegexField(
        r"\A[A-Za-z0-9/\-?:().,'+ ]{1,35}\Z",
        label=_("Référence de la banque"),
        help_text=_("Telle qu’elle est au relevé : elle ne sert qu’une fois."),
        error_messages={"invalid": _("Seulement des lettres sans accent, des chiffres, des espaces, et barre, tiret, point, virgule ou parenthèses.")},
    )  # fmt: skip

    def __init__(self, *args, at: datetime, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = lifecycle.city_day(at)
        self.fields["paid_on"].initial = self.today

    def clean_paid_on(self):
        if self.cleaned_data["paid_on"] > self.today:
            raise forms.ValidationError(_("Ce jour n’est pas encore venu."))
        return self.cleaned_data["paid_on"]


class PeriodForm(forms.Form):
    """From a day to another, for an accountant."""

    du = forms.DateField(label=_("Du"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    au = forms.DateField(label=_("Au"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def clean(self):
        first, last = self.cleaned_data.get("du"), self.cleaned_data.get("au")
        if first and last and not 0 <= (last - first).days <= 366:
            raise forms.ValidationError(
                _("Choisissez une période d’un an au plus, dont la fin suit le début.")
            )
        return self.cleaned_data
