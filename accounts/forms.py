"""allauth's forms, in the house's words."""

from allauth.account import forms as allauth
from django.utils.translation import gettext_lazy as _

PASSWORD_HELP = _("Douze signes au moins, quinze pour la Ville : une phrase se retient mieux qu’un mot.")


class LoginForm(allauth.LoginForm):
    """Without the box to stay signed in: how long a session lasts is not the visitor's to say."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("remember", None)
        self.fields["login"].label = _("Adresse e-mail")
        # The page itself shows the way to a forgotten password.
        self.fields["password"].label, self.fields["password"].help_text = _("Mot de passe"), ""
        _without_placeholders(self)


class SignupForm(allauth.SignupForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Adresse e-mail")
        if "password1" in self.fields:
            self.fields["password1"].label = _("Mot de passe")
            self.fields["password1"].help_text = _(
                "Si vous en voulez un : sans mot de passe, vous entrez par un code reçu par e-mail. "
                "Douze signes au moins."
            )
        _without_placeholders(self)


class NewPasswordMixin:
    """A new password, typed twice."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "oldpassword" in self.fields:
            self.fields["oldpassword"].label = _("Mot de passe actuel")
        self.fields["password1"].label, self.fields["password1"].help_text = (
            _("Nouveau mot de passe"),
            PASSWORD_HELP,
        )
        self.fields["password2"].label = _("Le même, encore une fois")
        _without_placeholders(self)


class ChangePasswordForm(NewPasswordMixin, allauth.ChangePasswordForm):
    pass


class SetPasswordForm(NewPasswordMixin, allauth.SetPasswordForm):
    pass


class ResetPasswordKeyForm(NewPasswordMixin, allauth.ResetPasswordKeyForm):
    pass


def _without_placeholders(form):
    """A label says what a field is for; a placeholder goes as soon as one types."""
    for field in form.fields.values():
        field.widget.attrs.pop("placeholder", None)
