"""allauth's forms, in the house's words: what a field is called, in one place. And a way back in."""

import uuid

from allauth.account import forms as account
from allauth.core.internal.cryptokit import normalize_user_code
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as mfa
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.cache import cache
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from accounts import passwords
from accounts.models import LostAddress

# As RFC 5321 has it, and as the column holds.
EMAIL_LENGTH = 254
ADDRESS, PASSWORD, CODE = _("Adresse e-mail"), _("Mot de passe"), _("Code")
LABELS = {
    "email": ADDRESS,
    "login": ADDRESS,
    "password": PASSWORD,
    "oldpassword": _("Mot de passe actuel"),
    "password1": _("Nouveau mot de passe"),
    "password2": _("Le même, encore une fois"),
    "code": CODE,
    "name": _("Nom de la clé"),
    "passwordless": _("Entrer avec cette clé seule"),
}
HELP = {
    "password1": passwords.HELP,
    "passwordless": _(
        "Sans mot de passe ni code : la clé demande alors le doigt, le visage ou le code de l’appareil."
    ),
}


class InOurWords:
    """Labels and help are ours; no placeholders, which go as soon as one types."""

    labels, help_texts = LABELS, HELP

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            if isinstance(field, forms.EmailField):
                # allauth allows more, and cuts what does not fit into its column.
                field.max_length = field.widget.attrs["maxlength"] = EMAIL_LENGTH
                field.validators.append(MaxLengthValidator(EMAIL_LENGTH))
            if not field.widget.is_hidden:
                # Every field has a name of ours: KeyError tells of one that allauth adds.
                field.label, field.help_text = self.labels[name], self.help_texts.get(name, "")


class LoginForm(InOurWords, account.LoginForm):
    pass


class SignupForm(InOurWords, account.SignupForm):
    labels = LABELS | {"password1": PASSWORD}
    help_texts = {
        "password1": _(
            "Si vous en voulez un : sans mot de passe, vous entrez par un code reçu par e-mail. "
            "Douze signes au moins."
        )
    }


class AddEmailForm(InOurWords, account.AddEmailForm):
    labels = LABELS | {"email": _("Nouvelle adresse e-mail")}


class RequestLoginCodeForm(InOurWords, account.RequestLoginCodeForm):
    pass


class ConfirmLoginCodeForm(InOurWords, account.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(InOurWords, account.ConfirmEmailVerificationCodeForm):
    pass


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):
    pass


class ConfirmPasswordResetCodeForm(InOurWords, account.ConfirmPasswordResetCodeForm):
    pass


class ResetPasswordKeyForm(InOurWords, account.ResetPasswordKeyForm):
    pass


class ChangePasswordForm(InOurWords, account.ChangePasswordForm):
    pass


class SetPasswordForm(InOurWords, account.SetPasswordForm):
    pass


class ReauthenticateForm(InOurWords, account.ReauthenticateForm):
    pass


class OpensOnce:
    """A code opens once for as long as it is good: allauth forgets after one period that it was used, and a telephone's
    clock may be off by some (`MFA_TOTP_TOLERANCE`)."""

    def clean_code(self):
        code = super().clean_code()
        good_for = mfa_settings.TOTP_PERIOD * (1 + 2 * mfa_settings.TOTP_TOLERANCE)
        if self.authenticator.type == Authenticator.Type.TOTP and not cache.add(
            f"door:used:{self.user.pk}:{normalize_user_code(code)}", True, timeout=good_for
        ):
            self._emit_authentication_failed(self.authenticator)
            raise get_adapter().validation_error("incorrect_code")
        return code


class SecondFactorForm(OpensOnce, InOurWords, mfa.AuthenticateForm):
    pass


class SecondFactorAgainForm(OpensOnce, InOurWords, mfa.ReauthenticateForm):
    pass


class ActivateTOTPForm(InOurWords, totp.ActivateTOTPForm):
    pass


class AddKeyForm(InOurWords, webauthn.AddWebAuthnForm):
    pass


class EditKeyForm(InOurWords, webauthn.EditWebAuthnForm):
    pass


class LostAddressForm(forms.ModelForm):
    """Who cannot read her address any more tells the City how to find her."""

    submission = forms.UUIDField(widget=forms.HiddenInput)
    # Hidden from people, irresistible to robots.
    website = forms.CharField(
        label=_("Laissez ce champ vide"),
        required=False,
        widget=forms.TextInput(attrs={"tabindex": "-1", "autocomplete": "off"}),
    )

    class Meta:
        model = LostAddress
        fields = ["name", "shop", "phone", "old_email", "new_email"]
        labels = {
            "name": _("Votre nom"),
            "shop": _("Votre commerce et sa rue"),
            "phone": _("Un téléphone où vous joindre"),
            "old_email": _("L’adresse que vous n’avez plus"),
            "new_email": _("Votre nouvelle adresse e-mail"),
        }
        help_texts = {"phone": _("La Ville vous rappelle, en général au numéro du commerce.")}
        widgets = {
            "name": forms.TextInput(attrs={"autocomplete": "name"}),
            "phone": forms.TextInput(attrs={"autocomplete": "tel", "type": "tel"}),
            "old_email": forms.EmailInput(attrs={"autocomplete": "off"}),
            "new_email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["submission"].initial = uuid.uuid4

    def deliver(self, *, language, at):
        """Store it once, however often the form was sent. What a robot sent is dropped without a word."""
        if self.cleaned_data["website"]:
            return
        facts = {name: self.cleaned_data[name] for name in self.Meta.fields}
        LostAddress.objects.get_or_create(
            submission=self.cleaned_data["submission"],
            defaults=facts | {"language": language, "created_at": at},
        )
