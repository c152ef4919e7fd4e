"""The legal particulars of who trades at a shop: said once by its owner, shown in a box on the page."""

from django import forms
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _

from shops.desks.merchant.door import desk, page, shop_of
from shops.forms import read_register_number, read_vat_number
from shops.importing import facts
from shops.models import Claim, Trader


class TraderForm(forms.ModelForm):
    """What the law wants every trader to say of itself, and the trader's own word that the offer is lawful."""

    error_css_class = "invalid"

    # Longer than what is kept: people write numbers with blanks and brackets.
    phone = forms.CharField(
        label=_("Téléphone"),
        max_length=60,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    certified = forms.BooleanField(
        label=_("Je certifie n’offrir que des produits et services conformes à la loi."),
    )

    class Meta:
        model = Trader
        fields = Trader.PARTICULARS
        labels = {
            "legal_name": _("Nom ou raison sociale"),
            "address": _("Adresse du siège"),
            "email": _("Adresse e-mail"),
            "register_number": _("Numéro du registre de commerce"),
            "vat_number": _("Numéro de TVA"),
            "licence_number": _("Autorisation d’établissement"),
        }
        help_texts = {
            "legal_name": _("Votre nom, si vous exercez en votre nom propre."),
            "address": _("Rue, numéro, code postal et localité."),
            "email": _("Chacun pourra la lire sur votre page."),
            "register_number": _("Par exemple : B123456."),
            "vat_number": _("Par exemple : LU12345678."),
            "licence_number": _("Le numéro qui figure sur l’autorisation."),
        }
        widgets = {
            "legal_name": forms.TextInput(attrs={"autocomplete": "organization"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, city, **kwargs):
        super().__init__(*args, **kwargs)
        self.city = city

    def clean_phone(self):
        typed = self.cleaned_data["phone"]
        if not typed or typed == self.initial.get("phone"):
            return typed
        return _read(facts.phone(self.city.facts.get("phone_region") or self.city.country), typed)

    def clean_legal_name(self):
        return _read(facts.text(200), self.cleaned_data["legal_name"])

    def clean_address(self):
        return _read(facts.text(300), self.cleaned_data["address"])

    def clean_register_number(self):
        return read_register_number(self.cleaned_data["register_number"])

    def clean_vat_number(self):
        return read_vat_number(self.cleaned_data["vat_number"])


def _read(read, typed):
    try:
        return read(typed)
    except facts.Refused as refused:
        raise forms.ValidationError(refused.sentence) from refused


@desk
def trader(request, public_id):
    """Owners answer for the trader; editors and the till do not."""
    shop = shop_of(request, public_id, word="owned_by")
    trader = Trader.objects.filter(shop=shop).first()
    initial = {} if trader else _guess(request, shop)
    form = TraderForm(request.POST or None, instance=trader, initial=initial, city=request.city)
    if request.method == "POST" and form.is_valid():
        particulars = {name: form.cleaned_data[name] for name in Trader.PARTICULARS}
        Trader.certify(shop, particulars, by=request.user, at=request.now)
        return redirect("merchant:trader", public_id)
    context = {"form": form, "trader": trader}
    return page(request, "desks/merchant/trader.html", context, shop=shop, section="trader")


def _guess(request, shop):
    """What the claim and the page say already, to be put right rather than typed."""
    claim = shop.claims.filter(user=request.user, state=Claim.State.GRANTED).first()
    street = " ".join(part for part in (shop.house_number, shop.street) if part)
    town = " ".join(part for part in (shop.postcode, request.city.name) if part)
    return {
        "legal_name": shop.name,
        "address": f"{street}, {town}" if street else "",
        "email": shop.email or request.user.email,
        "phone": shop.phone,
        "register_number": claim.register_number if claim else "",
    }
