"""What allauth asks the project: words, addresses, and who is asking."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib import messages
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts import vault, watch
from accounts.letters import letter
from accounts.models import SecurityEvent, User

DONE = {
    "account/messages/email_confirmed.txt": _("Votre adresse est confirmée."),
    "account/messages/email_confirmation_sent.txt": _("Un code est parti à cette adresse."),
    "account/messages/password_changed.txt": _("Votre mot de passe est changé."),
    "account/messages/password_set.txt": _("Votre mot de passe est choisi."),
    "account/messages/logged_out.txt": _("Vous êtes déconnecté."),
    "mfa/messages/totp_activated.txt": _("L’application à codes est en place."),
    "mfa/messages/totp_deactivated.txt": _("L’application à codes est enlevée."),
    "mfa/messages/recovery_codes_generated.txt": _("Les nouveaux codes de secours sont faits."),
    "mfa/messages/webauthn_added.txt": _("La clé est ajoutée."),
    "mfa/messages/webauthn_removed.txt": _("La clé est enlevée."),
}
# The other ways to show that it is she, by allauth's names for them.
OTHER_WAYS = {
    "reauthenticate": _("Par le mot de passe"),
    "mfa_reauthenticate": _("Par un code de l’application, ou un code de secours"),
    "mfa_reauthenticate:webauthn": _("Par une clé d’accès"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("Ce compte est fermé."),
        "duplicate_email": _("C’est déjà l’adresse de ce compte."),
        "email_password_mismatch": _("L’adresse ou le mot de passe n’est pas le bon."),
        "email_taken": _("Un compte existe déjà avec cette adresse."),
        "enter_current_password": _("Ce n’est pas votre mot de passe actuel."),
        "incorrect_code": _("Ce code n’est pas le bon."),
        "incorrect_password": _("Ce n’est pas le bon mot de passe."),
        "same_as_current": _("C’est la même adresse qu’avant."),
        "too_many_login_attempts": _("Trop d’essais : attendez quelques minutes."),
        "rate_limited": _("Trop d’essais : attendez quelques minutes."),
        "unknown_email": _("Aucun compte n’est lié à cette adresse."),
        "unverified_primary_email": _("Confirmez d’abord votre adresse e-mail."),
    }

    def get_client_ip(self, request):
        """The address the front server saw. What a client says of itself counts for nothing."""
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"  # noqa: S104

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Wrong passwords are counted by account and address: counted by account, a stranger could keep its owner out."""
        return f"{credentials.get('email', '').lower()}:{self.get_client_ip(request)}"

    def authentication_failed(self, request, **credentials):
        watch.note(request, SecurityEvent.Kind.FAILED, how="password")

    def validation_error(self, code, *args):
        if code in ("too_many_login_attempts", "rate_limited"):
            watch.note_throttle(context.request, context.request.resolver_match.url_name)
        return super().validation_error(code, *args)

    def save_user(self, request, user, form, commit=True):
        user.language = translation.get_language()
        return super().save_user(request, user, form, commit)

    def send_mail(self, template_prefix, email, context):
        """In the language of the person; in that of the page where nobody knows hers."""
        known = User.objects.filter(email__iexact=email).values_list("language", flat=True).first()
        language = known or translation.get_language() or settings.LANGUAGE_CODE
        with translation.override(language):
            letter(template_prefix, email, language, context).post()

    def add_message(
        self, request, level, message_template=None, message_context=None, extra_tags="", message=None
    ):
        """Say on the next page what was done; what the next page shows by itself is not said twice."""
        if message_template in DONE:
            messages.add_message(request, level, DONE[message_template], extra_tags=extra_tags)

    def get_reauthentication_methods(self, user):
        methods = super().get_reauthentication_methods(user)
        return [{**method, "description": OTHER_WAYS[method["id"]]} for method in methods]

    def get_login_redirect_url(self, request):
        """To one's desk: nobody comes in to look at an account."""
        return reverse("admin:index" if request.user.is_staff else settings.LOGIN_REDIRECT_URL)

    def get_password_change_redirect_url(self, request):
        return reverse("account_home")


class MFAAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "cannot_delete_authenticator": _(
            "Pour la Ville, un second facteur reste en place : ajoutez-en d’abord un autre."
        ),
        "cannot_generate_recovery_codes": _("Mettez d’abord un second facteur en place."),
        "incorrect_code": _("Ce code n’est pas le bon."),
        "unverified_email": _("Confirmez d’abord votre adresse e-mail."),
    }

    def get_totp_issuer(self):
        return "Vitrine"

    def encrypt(self, text):
        return vault.seal(text)

    def decrypt(self, encrypted_text):
        return vault.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator):
        """Whoever works for the City keeps one second factor at least."""
        if not authenticator.user.is_staff:
            return True
        others = authenticator.user.authenticator_set.exclude(pk=authenticator.pk)
        return others.exclude(type=authenticator.Type.RECOVERY_CODES).exists()
