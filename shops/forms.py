"""What residents and merchants write to the City from a shop's page."""

import uuid

from django import forms
from django.utils.translation import gettext_lazy as _

from shops.models import ClaimRequest, Report


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

    def deliver(self, **facts):
        """Store the message once, however often the form was sent. What a robot sent is dropped without a word."""
        if self.from_a_robot:
            return
        for field, value in facts.items():
            setattr(self.instance, field, value)
        values = {
            field.attname: getattr(self.instance, field.attname)
            for field in self.instance._meta.concrete_fields
            if not field.primary_key and field.name != "submission"
        }
        type(self.instance).objects.get_or_create(submission=self.cleaned_data["submission"], defaults=values)


class ReportForm(OnceForm):
    """Something on a shop's page is wrong."""

    KINDS = [
        Report.Kind.HOURS,
        Report.Kind.CLOSED,
        Report.Kind.MOVED,
        Report.Kind.CONTACT,
        Report.Kind.CATEGORY,
        Report.Kind.ACCESS,
        Report.Kind.CONTENT,
        Report.Kind.OTHER,
    ]

    class Meta:
        model = Report
        fields = ["kind", "message", "email"]
        labels = {
            "kind": _("Qu’est-ce qui ne va pas ?"),
            "message": _("Ce qui est juste, si vous le savez"),
            "email": _("Votre adresse e-mail, pour recevoir une réponse"),
        }
        help_texts = {"email": _("Elle ne sert qu’à vous répondre et s’efface après douze mois.")}
        widgets = {
            "kind": forms.RadioSelect,
            "message": forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in self.KINDS]

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("kind") == Report.Kind.OTHER and not cleaned.get("message"):
            self.add_error("message", _("Dites-nous en quelques mots ce qui ne va pas."))
        return cleaned


class MissingShopForm(OnceForm):
    """A shop is not listed."""

    class Meta:
        model = Report
        fields = ["message", "email"]
        labels = {
            "message": _("Quel commerce, et où ?"),
            "email": _("Votre adresse e-mail, pour recevoir une réponse"),
        }
        help_texts = {
            "message": _("Son nom et sa rue suffisent."),
            "email": _("Elle ne sert qu’à vous répondre et s’efface après douze mois."),
        }
        widgets = {
            "message": forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["message"].required = True


class SiteReportForm(MissingShopForm):
    """A page of the site cannot be used."""

    class Meta(MissingShopForm.Meta):
        labels = MissingShopForm.Meta.labels | {"message": _("Quelle page, et qu’est-ce qui vous arrête ?")}
        help_texts = MissingShopForm.Meta.help_texts | {
            "message": _("Dites aussi, si vous voulez, avec quel appareil ou quelle aide technique.")
        }


class ClaimForm(OnceForm):
    """A merchant says that a page is hers."""

    class Meta:
        model = ClaimRequest
        fields = ["name", "role", "email", "phone", "message"]
        labels = {
            "name": _("Votre nom"),
            "role": _("Votre fonction dans le commerce"),
            "email": _("Votre adresse e-mail"),
            "phone": _("Votre téléphone"),
            "message": _("Un mot à la Ville"),
        }
        help_texts = {
            "role": _("Par exemple : gérante, employé."),
        }
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "message": forms.Textarea(attrs={"rows": 4, "maxlength": 2000}),
        }
