"""Payouts, bank accounts and what is left on vouchers, at the finance desk."""

from django.urls import path

from vouchers.desks import rests, week
from vouchers.desks import settlement as views

urlpatterns = [
    path("virements/", views.payouts, name="payouts"),
    path("virements/attente/", views.payout_waits, name="payout_waits"),
    path("virements/semaine/", week.week, name="week"),
    path("virements/semaine/revue/", week.review, name="week_review"),
    path("virements/retenir/", week.hold, name="hold"),
    path("virements/retenir/<int:pk>/liberer/", week.lift, name="hold_lift"),
    path("virements/preparer/", views.payout_prepare, name="payout_prepare"),
    path("virements/reglages/", views.payout_terms, name="payout_terms"),
    path("virements/prestataire/", views.provider_payouts, name="provider_payouts"),
    path("virements/prestataire/dotation/", views.fees_load, name="fees_load"),
    path("virements/banque/", views.bank_messages, name="bank_messages"),
    path("virements/banque/<int:pk>/", views.bank_message, name="bank_message"),
    path("virements/paiement/<int:pk>/", views.payout, name="payout"),
    path("virements/paiement/<int:pk>/releve.pdf", views.payout_statement, name="payout_statement"),
    path("virements/paiement/<int:pk>/releve.csv", views.payout_table, name="payout_table"),
    path("virements/<int:pk>/", views.payout_file, name="payout_file"),
    path("virements/<int:pk>/lancer/", views.payout_release, name="payout_release"),
    path("virements/<int:pk>/abandonner/", views.payout_cancel, name="payout_cancel"),
    path("virements/<int:pk>/fichier/", views.payout_download, name="payout_download"),
    path("reliquats/", rests.index, name="rests"),
    path("reliquats/nouveau/", rests.new, name="rest_new"),
    path("reliquats/<int:pk>/", rests.decide, name="rest_decide"),
    path("comptes/", views.bank_accounts, name="bank_accounts"),
    path("comptes/confirmer/<int:pk>/", views.bank_account_confirm, name="bank_account_confirm"),
    path("comptes/annuler/<int:pk>/", views.bank_account_cancel, name="bank_account_cancel"),
    path("comptes/arreter/<int:pk>/", views.bank_account_stop, name="bank_account_stop"),
    path("comptes/<slug:public_id>/", views.bank_account, name="bank_account"),
]
