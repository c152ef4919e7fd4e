"""What the finance desk types about campaigns, budgets and grants. Euros here, cents everywhere else."""

import csv
import io

from django import forms
from django.conf import settings
from django.utils.text import slugify
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from districts.models import District
from shops.models import Category
from vouchers import campaigns, lifecycle, serials
from vouchers.desks.fields import Euros, Keyed, day
from vouchers.models import GOODWILL, Bonus, Campaign, CodePrint, Grant, Issuer, Network, Voucher
from vouchers.templatetags.money import euros

MOST_LISTED = 25_000
MOST_BYTES = 1024 * 1024
SHOWN_FAULTS = 20


class CampaignForm(forms.Form):
    """The terms of a campaign, while it is a draft."""

    name = forms.CharField(label=_("Nom"), max_length=120)
    network = forms.ModelChoiceField(label=_("Réseau"), queryset=Network.objects.none(), empty_label=None)
    decision_ref = forms.CharField(
        label=_("Référence de la décision"),
        max_length=80,
        help_text=_("Du collège ou du conseil communal. Sans elle, pas de campagne."),
    )
    decided_on = day(_("Décidée le"))
    amount = Euros(label=_("Montant d’un bon, en euros"), most=1_000_00)
    starts_on = day(_("Premier jour de remise"))
    ends_on = day(_("Dernier jour de remise"))
    expires_on = day(
        _("Bons valables jusqu’au"),
        help_text=_(
            "Le même jour pour tous : il est imprimé. Deux ans au moins après le dernier jour de remise."
        ),
    )
    may_print = forms.BooleanField(
        label=_("Les bons sont imprimés (cartes, lettres ou tableau pour l’imprimeur)"), required=False
    )
    may_hand_over = forms.BooleanField(
        label=_("Ils sont remis un à un au guichet, ou sur liste"), required=False
    )
    may_mail = forms.BooleanField(label=_("Ils partent par lettre : un lot entier est remis d’un coup"), required=False)  # fmt: skip

    COLUMNS = (
        "name", "network", "decision_ref", "decided_on", "starts_on", "ends_on", "expires_on", "may_print",
        "may_hand_over", "may_mail",
    )  # fmt: skip

    def __init__(self, *args, campaign=None, today, **kwargs):
        self.campaign, self.today = campaign, today
        if campaign is not None:
            kwargs["initial"] = {name: getattr(campaign, name) for name in self.COLUMNS}
            kwargs["initial"] |= {"amount": campaign.amount_cents}
            kwargs["initial"] |= {f"name_{code}": getattr(campaign, f"name_{code}") for code in self.others}
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = Network.objects.select_related("issuer").order_by("pk")
        names = dict(settings.LANGUAGES)
        self.fields = {
            "name": self.fields.pop("name"),
            **{
                f"name_{code}": forms.CharField(
                    label=_("Nom (%(language)s)") % {"language": names[code]},
                    max_length=120,
                    required=False,
                )
                for code in self.others
            },
            **self.fields,
        }

    @property
    def others(self):
        return [code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE]

    def clean_decided_on(self):
        on = self.cleaned_data["decided_on"]
        if on > self.today:
            raise forms.ValidationError(gettext("Ce jour est à venir."))
        return on

    def clean(self):
        said = super().clean()
        first, last, until = (said.get(name) for name in ("starts_on", "ends_on", "expires_on"))
        if first and last and last < first:
            self.add_error("ends_on", gettext("Le dernier jour vient avant le premier."))
        elif last and until and until < (least := lifecycle.months_after(last, 24)):
            sentence = gettext("Un bon vaut deux ans au moins : pas avant le %(day)s.")
            self.add_error("expires_on", sentence % {"day": f"{least:%d/%m/%Y}"})
        if not any(said.get(name) for name in ("may_print", "may_hand_over", "may_mail")):
            self.add_error(
                "may_hand_over", gettext("Dites au moins comment les bons arrivent chez les gens.")
            )
        return said

    def save(self) -> Campaign:
        """Write it down as a draft."""
        said = self.cleaned_data
        campaign = self.campaign or Campaign(slug=_free_slug(said["name"]))
        for name in self.COLUMNS:
            setattr(campaign, name, said[name])
        campaign.amount_cents = said["amount"]
        for code in self.others:
            setattr(campaign, f"name_{code}", said[f"name_{code}"] or None)
        campaign.save()
        return campaign


def _free_slug(name):
    slug, number = slugify(name)[:50] or "campagne", 1
    tried = slug
    while Campaign.objects.filter(slug=tried).exists():
        number += 1
        tried = f"{slug}-{number}"
    return tried


class BonusForm(forms.Form):
    """What the City adds to takings; all of it empty, and there is no bonus."""

    percent = forms.IntegerField(label=_("Pour cent de l’achat"), min_value=1, max_value=100, required=False)
    fixed = Euros(label=_("Ou un montant fixe par encaissement, en euros"), required=False)
    from_ = Euros(label=_("À partir d’un encaissement de, en euros"), least=0, required=False)
    starts_on = day(_("Premier jour"))
    ends_on = day(_("Dernier jour"))
    networks = forms.MultipleChoiceField(label=_("Réseaux"), widget=forms.CheckboxSelectMultiple)
    districts = forms.MultipleChoiceField(
        label=_("Quartiers"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucun : tous."),
    )
    categories = forms.MultipleChoiceField(
        label=_("Catégories"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Aucune : toutes."),
    )
    voucher_most = Euros(label=_("Plafond par bon, en euros"), required=False)
    buyer_most = Euros(
        label=_("Plafond par acheteur, en euros"),
        required=False,
        help_text=_("Pour tous les bons achetés avec la même adresse e-mail."),
    )
    week_most = Euros(label=_("Plafond par commerce et par semaine, en euros"), required=False)
    campaign_most = Euros(label=_("Plafond de toute la campagne, en euros"), required=False)

    IDS = ("networks", "districts", "categories")
    CENTS = {
        "fixed": "fixed_cents", "from_": "from_cents", "voucher_most": "voucher_most_cents",
        "buyer_most": "buyer_most_cents",
        "week_most": "week_most_cents", "campaign_most": "campaign_most_cents",
    }  # fmt: skip

    def __init__(self, *args, campaign, **kwargs):
        self.campaign = campaign
        rule = Bonus.objects.filter(campaign=campaign).first()
        kwargs["initial"] = (
            {name: getattr(rule, name) for name in ("percent", "starts_on", "ends_on", *self.IDS)}
            | {name: getattr(rule, column) for name, column in self.CENTS.items()}
            if rule
            else {
                "starts_on": campaign.starts_on,
                "ends_on": campaign.ends_on,
                "networks": [campaign.network_id],
            }
        )
        super().__init__(*args, **kwargs)
        # Money stays within the books of one issuer.
        networks = Network.objects.filter(issuer=campaign.network.issuer_id).order_by("pk")
        self.fields["networks"].choices = [(each.pk, each.name_i18n) for each in networks]
        self.fields["districts"].choices = [
            (each.pk, each.name_i18n) for each in District.objects.order_by("position")
        ]
        self.fields["categories"].choices = [
            (each.pk, each.label_i18n) for each in Category.objects.filter(merged_into=None).order_by("label")
        ]

    def clean(self):
        said = super().clean()
        if bool(said.get("percent")) == bool(said.get("fixed")):
            self.add_error("percent", gettext("L’un des deux : un pourcentage ou un montant fixe."))
        if said.get("starts_on") and said.get("ends_on") and said["ends_on"] < said["starts_on"]:
            self.add_error("ends_on", gettext("Le dernier jour vient avant le premier."))
        return said

    def save(self) -> Bonus:
        said = self.cleaned_data
        columns = {name: said[name] for name in ("percent", "starts_on", "ends_on")}
        columns |= {name: [int(pk) for pk in said[name]] for name in self.IDS}
        columns |= {column: said[name] for name, column in self.CENTS.items()}
        columns["from_cents"] = columns["from_cents"] or 0
        return Bonus.objects.update_or_create(campaign=self.campaign, defaults=columns)[0]


class LoadForm(Keyed):
    cents = Euros(label=_("Montant, en euros"))
    reference = forms.CharField(
        label=_("Référence"),
        max_length=80,
        help_text=_("De la décision, ou du relevé bancaire qui le montre."),
    )


class GoodwillForm(LoadForm):
    """Money for what is given outside campaigns."""

    issuer = forms.ModelChoiceField(label=_("Émetteur"), queryset=Issuer.objects.none(), empty_label=None)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["issuer"].queryset = Issuer.objects.order_by("pk")


class BatchForm(Keyed):
    quantity = forms.IntegerField(
        label=_("Nombre de bons"),
        min_value=1,
        max_value=50_000,
        error_messages=dict.fromkeys(
            ["invalid", "min_value", "max_value"], _("Un nombre entier, de 1 à 50 000 par lot.")
        ),
    )


class CounterForm(forms.Form):
    """A card on the table: its number, its code, or what a scanner reads from its QR code."""

    typed = forms.CharField(
        label=_("Numéro ou code du bon"),
        max_length=200,
        help_text=_("Tapez le numéro (comme 12-00345-7) ou le code, ou scannez le code QR."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "class": "code", "autofocus": True}
        ),
    )

    def __init__(self, *args, campaign, **kwargs):
        super().__init__(*args, **kwargs)
        self.campaign = campaign

    def clean_typed(self):
        """The voucher, which nobody has yet."""
        try:
            voucher = campaigns.find(self.campaign, self.cleaned_data["typed"])
        except serials.Mistyped:
            raise forms.ValidationError(
                gettext("Il manque un signe, ou l’un d’eux est faux. Comparez avec la carte.")
            ) from None
        if voucher is None:
            raise forms.ValidationError(gettext("Ce bon n’est pas de cette campagne."))
        if voucher.state == Voucher.State.VOID:
            raise forms.ValidationError(gettext("Ce bon a été annulé : prenez-en un autre."))
        if voucher.state != Voucher.State.PREPARED:
            raise forms.ValidationError(gettext("Ce bon a déjà été remis : prenez-en un autre."))
        return voucher


class ListForm(Keyed):
    """A file with one number of a voucher a line; only its first column is read."""

    file = forms.FileField(
        label=_("Le fichier CSV"),
        help_text=_("Un numéro de bon par ligne, dans la première colonne. Un titre de colonne ne gêne pas."),
    )

    def __init__(self, *args, campaign, **kwargs):
        super().__init__(*args, **kwargs)
        self.campaign = campaign

    def clean_file(self):
        """The vouchers of the list, all of them there and in nobody's hands; or none of it is taken."""
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError(gettext("Ce fichier est trop grand : un mégaoctet au plus."))
        try:
            text = file.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(gettext("Ce fichier n’est pas un CSV en UTF-8.")) from None
        return self._vouchers(text)

    def _vouchers(self, text):
        places, faults = {}, []
        for number, row in enumerate(csv.reader(io.StringIO(text.replace(";", ","))), start=1):
            cell = row[0].strip() if row else ""
            if not cell or (number == 1 and not any(sign.isdecimal() for sign in cell)):
                continue
            try:
                places.setdefault(serials.read(cell), number)
            except serials.Mistyped:
                faults.append((number, gettext("ce n’est pas un numéro de bon")))
        if len(places) > MOST_LISTED:
            raise forms.ValidationError(gettext("Ce fichier est trop long : coupez-le en plusieurs."))
        found = self._found(places)
        for place, number in places.items():
            if place not in found:
                faults.append((number, gettext("aucun bon de cette campagne n’a ce numéro")))
            elif found[place][1] != Voucher.State.PREPARED:
                faults.append((number, gettext("ce bon est déjà remis, ou annulé")))
        if faults:
            raise forms.ValidationError(
                [gettext("Rien n’a été remis : corrigez le fichier, puis envoyez-le encore une fois.")]
                + [gettext("Ligne %(number)d : %(fault)s.") % {"number": number, "fault": fault}
                   for number, fault in sorted(faults)[:SHOWN_FAULTS]]
            )  # fmt: skip
        if not found:
            raise forms.ValidationError(gettext("Ce fichier ne contient aucun numéro de bon."))
        return sorted(pk for pk, _state in found.values())

    def _found(self, places):
        """Of the places of each batch that the list names: the voucher's id and state."""
        by_batch = {}
        for batch, place in places:
            by_batch.setdefault(batch, []).append(place)
        return {
            (batch, place): (pk, state)
            for batch, wanted in by_batch.items()
            for pk, place, state in Voucher.objects.filter(
                batch=batch, place__in=wanted, batch__campaign=self.campaign
            ).values_list("pk", "place", "state")
        }


class PrintForm(forms.Form):
    """Codes leave the house: in which form, which part, and that somebody means it."""

    form = forms.ChoiceField(label=_("Forme"), choices=CodePrint.Form, widget=forms.RadioSelect)
    # Of the table there is one part, which holds all.
    part = forms.TypedChoiceField(label=_("Partie, pour un PDF"), coerce=int)
    language = forms.ChoiceField(label=_("Langue du papier"), choices=settings.LANGUAGES)
    sure = forms.BooleanField(
        label=_("Ces codes valent de l’argent dès qu’ils sont remis : je sais où va ce fichier."),
        error_messages={"required": _("Cochez cette case pour prendre les codes.")},
    )

    def __init__(self, *args, parts, **kwargs):
        super().__init__(
            *args, initial={"form": CodePrint.Form.CARDS, "language": settings.LANGUAGE_CODE}, **kwargs
        )
        self.fields["part"].choices = [
            (number, gettext("bons %(first)d à %(last)d") % {"first": first, "last": last})
            for number, first, last in parts
        ]


class GrantForm(Keyed):
    """A voucher for somebody. Another person agrees, or does not."""

    network = forms.ModelChoiceField(label=_("Réseau"), queryset=Network.objects.none(), empty_label=None)
    budget = forms.ChoiceField(label=_("Payé par"))
    cents = Euros(label=_("Montant, en euros"))
    reason = forms.ChoiceField(label=_("Motif"), choices=[("", _("Choisissez …")), *Grant.Reason.choices])
    words = forms.CharField(
        label=_("Explication"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_(
            "Lue par qui confirme. Elle est effacée un an après la fin du bon ; le journal n’a que le motif."
        ),
    )
    recipient_name = forms.CharField(label=_("Pour"), max_length=60, required=False)
    way = forms.ChoiceField(
        label=_("Remis"), choices=Grant.Way, widget=forms.RadioSelect, initial=Grant.Way.MAIL
    )
    recipient_email = forms.EmailField(
        label=_("Son adresse e-mail"),
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label=_("Sa langue"), choices=settings.LANGUAGES, initial=settings.LANGUAGE_CODE
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["network"].queryset = Network.objects.select_related("issuer").order_by("pk")
        self.campaigns = {
            str(each.pk): each
            for each in Campaign.objects.filter(state=Campaign.State.OPEN).select_related("network")
        }
        self.fields["budget"].choices = [
            (GOODWILL, _("le budget des gestes commerciaux")),
            *[(pk, each.name_i18n) for pk, each in self.campaigns.items()],
        ]

    def clean(self):
        said = super().clean()
        network, cents = said.get("network"), said.get("cents")
        if network and cents and cents > network.most_cents:
            sentence = gettext("Un bon de ce réseau vaut %(most)s au plus.") % {
                "most": euros(network.most_cents)
            }
            self.add_error("cents", sentence)
        campaign = self.campaigns.get(said.get("budget"))
        if campaign and network and campaign.network.issuer_id != network.issuer_id:
            self.add_error("budget", gettext("Ce budget est d’un autre émetteur que ce réseau."))
        if said.get("way") == Grant.Way.MAIL and not said.get("recipient_email") and "recipient_email" not in self.errors:  # fmt: skip
            self.add_error("recipient_email", gettext("Dites-nous à quelle adresse l’envoyer."))
        return said

    def columns(self) -> dict:
        """What is asked for, as `decisions.ask_grant` takes it."""
        said = self.cleaned_data
        return {
            name: said[name]
            for name in ("cents", "reason", "words", "recipient_name", "way", "recipient_email", "language")
        } | {"campaign": self.campaigns.get(said["budget"])}
