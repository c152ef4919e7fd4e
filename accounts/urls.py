"""Signing in and one's account: allauth's views at French addresses. The names are those by which allauth finds them."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as recovery_codes
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as webauthn
from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.home, name="account_home"),
    path("connexion/", account.login, name="account_login"),
    path("connexion/code/", account.request_login_code, name="account_request_login_code"),
    path("connexion/code/recopier/", account.confirm_login_code, name="account_confirm_login_code"),
    path("connexion/cle/", webauthn.login_webauthn, name="mfa_login_webauthn"),
    path("connexion/second-facteur/", mfa.authenticate, name="mfa_authenticate"),
    path("sortie/", account.logout, name="account_logout"),
    path("ferme/", account.account_inactive, name="account_inactive"),
    path("creer/", account.signup, name="account_signup"),
    path("adresse/", views.soon_after_entering(account.email), name="account_email"),
    path("adresse/perdue/", views.lost_address, name="account_lost_address"),
    path("adresse/perdue/merci/", views.lost_address_sent, name="account_lost_address_sent"),
    path("adresse/confirmer/", account.email_verification_sent, name="account_email_verification_sent"),
    path("mot-de-passe/changer/", account.password_change, name="account_change_password"),
    path(
        "mot-de-passe/choisir/", views.soon_after_entering(account.password_set), name="account_set_password"
    ),
    path("mot-de-passe/oublie/", account.password_reset, name="account_reset_password"),
    path(
        "mot-de-passe/oublie/code/",
        account.confirm_password_reset_code,
        name="account_confirm_password_reset_code",
    ),
    path(
        "mot-de-passe/oublie/nouveau/",
        account.complete_password_reset,
        name="account_complete_password_reset",
    ),
    path(
        "mot-de-passe/oublie/fait/",
        account.password_reset_from_key_done,
        name="account_password_reset_completed",
    ),
    path("confirmer/", account.reauthenticate, name="account_reauthenticate"),
    path("confirmer/second-facteur/", mfa.reauthenticate, name="mfa_reauthenticate"),
    path("confirmer/cle/", webauthn.reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("second-facteur/", mfa.index, name="mfa_index"),
    path(
        "second-facteur/application/", views.soon_after_entering(totp.activate_totp), name="mfa_activate_totp"
    ),
    path("second-facteur/application/enlever/", totp.deactivate_totp, name="mfa_deactivate_totp"),
    path("second-facteur/secours/", recovery_codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "second-facteur/secours/nouveaux/",
        recovery_codes.generate_recovery_codes,
        name="mfa_generate_recovery_codes",
    ),
    path(
        "second-facteur/secours/fichier/",
        recovery_codes.download_recovery_codes,
        name="mfa_download_recovery_codes",
    ),
    path("second-facteur/cles/", webauthn.list_webauthn, name="mfa_list_webauthn"),
    path(
        "second-facteur/cles/ajouter/",
        views.soon_after_entering(webauthn.add_webauthn),
        name="mfa_add_webauthn",
    ),
    path("second-facteur/cles/<int:pk>/renommer/", webauthn.edit_webauthn, name="mfa_edit_webauthn"),
    path("second-facteur/cles/<int:pk>/enlever/", webauthn.remove_webauthn, name="mfa_remove_webauthn"),
]
