"""What somebody types who buys vouchers, or has lost the links to them."""

import secrets
from datetime import timedelta

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from vouchers import buying, lifecycle
from vouchers.models import Order
from vouchers.templatetags.money import euros

MOST_VOUCHERS = 10
# How far ahead a gift may be planned.
PLANNED = timedelta(days=365)
USUAL_CENTS = 50_00
SENTENCES = {
    "network": _("Les bons ne sont pas en vente en ce moment."),
    "amount": _("Choisissez un montant de la liste."),
    "order": _("C’est plus que ce qu’une commande peut valoir : %(most)s. Choisissez moins de bons, ou un montant plus petit."),
    "day": _("Avec cette adresse, vous avez atteint ce qu’on peut acheter en un jour : %(day)s. Revenez demain."),
    "shop": _("Ce commerce n’accepte pas encore de bons : choisissez un bon valable partout."),
    "over": _("Cette commande n’attend plus de paiement. Passez-en une nouvelle."),
}  # fmt: skip


class Address(forms.EmailField):
    widget = forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email", "spellcheck": "false"})


class OrderForm(forms.Form):
    """An order. `save` places it."""

    # What this form is known by: sent twice, it is one order.
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)
    place = forms.ChoiceField(label=_("Valable"), required=False, widget=forms.RadioSelect)
    amount = forms.TypedChoiceField(label=_("Montant d’un bon"), coerce=int)
    quantity = forms.TypedChoiceField(
        label=_("Nombre de bons"),
        coerce=int,
        choices=[(n, n) for n in range(1, MOST_VOUCHERS + 1)],
        initial=1,
    )
    recipient_name = forms.CharField(label=_("Pour"), max_length=60, required=False)
    sender_name = forms.CharField(label=_("De la part de"), max_length=60, required=False)
    message = forms.CharField(
        label=_("Votre mot"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Il est imprimé sur le bon."),
    )
    hide_amount = forms.BooleanField(label=_("Cacher le montant sur le bon"), required=False)
    to = forms.ChoiceField(
        label=_("Qui reçoit le bon ?"),
        choices=[
            ("me", _("Moi, par e-mail : je l’imprime ou je le transmets")),
            ("other", _("Une autre personne, par e-mail")),
        ],
        initial="me",
        widget=forms.RadioSelect,
    )
    recipient_email = Address(
        label=_("Son adresse e-mail"),
        error_messages={"required": _("Dites-nous à quelle adresse l’envoyer.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    deliver_on = forms.DateField(
        label=_("Envoyer le"),
        required=False,
        help_text=_("Laissez vide pour l’envoyer dès que c’est payé."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    buyer_email = Address(
        label=_("Votre adresse e-mail"), help_text=_("Pour le reçu et le lien de votre commande.")
    )
    buyer_email_again = Address(label=_("La même adresse, encore une fois"))
    terms = forms.BooleanField(
        label=_("J’ai lu les conditions des bons, et je les accepte."),
        error_messages={"required": _("Il faut accepter les conditions pour commander.")},
    )

    def __init__(self, *args, network, shop=None, at, language, **kwargs):
        super().__init__(*args, **kwargs)
        self.network, self.shop, self.at, self.language = network, shop, at, language
        self.fields["key"].initial = secrets.token_urlsafe(16)
        self.today = lifecycle.city_day(at)
        amounts = network.amounts()
        self.fields["amount"].choices = [(cents, euros(cents)) for cents in amounts]
        self.fields["amount"].initial = USUAL_CENTS if USUAL_CENTS in amounts else amounts[-1]
        self.fields["deliver_on"].widget.attrs |= {
            "min": (self.today + timedelta(days=1)).isoformat(),
            "max": (self.today + PLANNED).isoformat(),
        }
        self.fields["terms"].help_text = format_html(
            '<a href="{}">{}</a>', reverse("vouchers:terms"), _("Lire les conditions")
        )
        self.fields["recipient_email"].required = not self.is_bound or self.data.get("to") == "other"
        if shop:
            self.fields["place"].choices = [
                ("all", _("chez tous les commerçants du réseau %(name)s") % {"name": network.name_i18n}),
                ("shop", _("seulement chez %(name)s") % {"name": shop.name_i18n}),
            ]
            self.fields["place"].initial = "all"
        else:
            del self.fields["place"]

    def part(self, *names):
        """Those of the fields that there are, for one part of the page."""
        return [self[name] for name in names if name in self.fields]

    def where(self):
        return self.part("place", "amount", "quantity")

    def words(self):
        return self.part("recipient_name", "sender_name", "message", "hide_amount")

    def way(self):
        return self.part("recipient_email", "deliver_on")

    def buyer(self):
        return self.part("buyer_email", "buyer_email_again", "terms")

    def clean_deliver_on(self):
        day = self.cleaned_data["deliver_on"]
        if day and not self.today <= day <= self.today + PLANNED:
            raise forms.ValidationError(_("Choisissez un jour entre aujourd’hui et dans un an."))
        return day

    def clean(self):
        said = super().clean()
        first, again = said.get("buyer_email"), said.get("buyer_email_again")
        if first and again and first.casefold() != again.casefold():
            self.add_error("buyer_email_again", _("Les deux adresses ne sont pas les mêmes."))
        if said.get("to") == "me":
            # Not shown to her then: what stands there is of no matter.
            for field in self.way():
                self.errors.pop(field.name, None)
        return said

    def save(self) -> Order | None:
        """Place the order. None, with an error on its field, where it is not for sale."""
        said = self.cleaned_data
        to_other = said["to"] == "other"
        try:
            return buying.place(
                self.network,
                shop=self.shop if said.get("place") == "shop" else None,
                amount_cents=said["amount"],
                quantity=said["quantity"],
                buyer_email=said["buyer_email"],
                language=self.language,
                at=self.at,
                key=said["key"],
                recipient_name=said["recipient_name"],
                sender_name=said["sender_name"],
                message=said["message"],
                hide_amount=said["hide_amount"],
                recipient_email=said["recipient_email"] if to_other else "",
                deliver_on=said["deliver_on"] if to_other else None,
            )
        except buying.NotForSale as refused:
            field = {"amount": "amount", "order": "quantity", "day": "buyer_email", "shop": "place"}.get(
                refused.code
            )
            most = {
                "most": euros(self.network.order_most_cents),
                "day": euros(self.network.day_most_cents),
            }
            self.add_error(field if field in self.fields else None, SENTENCES[refused.code] % most)
            return None


class RecipientForm(forms.Form):
    """Another address for a gift whose mail came back."""

    recipient_email = Address(label=_("La bonne adresse e-mail"))


class ReaddressForm(forms.Form):
    """Whom a gift is for now."""

    recipient_name = forms.CharField(label=_("Pour"), max_length=60, required=False)
    new_email = Address(
        label=_("Son adresse e-mail"),
        error_messages={"required": _("Dites-nous à quelle adresse l’envoyer.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, order, **kwargs):
        super().__init__(*args, **kwargs)
        self.order = order

    def clean_new_email(self):
        email = self.cleaned_data["new_email"]
        if email.casefold() == self.order.recipient_email.casefold():
            raise forms.ValidationError(_("C’est l’adresse où il va déjà."))
        return email


class LostLinkForm(forms.Form):
    buyer_email = Address(
        label=_("Votre adresse e-mail"), help_text=_("Celle avec laquelle vous avez commandé.")
    )
