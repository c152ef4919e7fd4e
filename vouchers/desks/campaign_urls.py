"""Campaigns and what two people give, at the finance desk."""

from django.urls import path

from vouchers.desks import campaigns, grants

urlpatterns = [
    path("campagnes/", campaigns.index, name="campaigns"),
    path("campagnes/nouvelle/", campaigns.new, name="campaign_new"),
    path("campagnes/<int:pk>/", campaigns.campaign, name="campaign"),
    path("campagnes/<int:pk>/modifier/", campaigns.edit, name="campaign_edit"),
    path("campagnes/<int:pk>/ouvrir/", campaigns.open_, name="campaign_open"),
    path("campagnes/<int:pk>/clore/", campaigns.close, name="campaign_close"),
    path("campagnes/<int:pk>/bonus/", campaigns.bonus, name="campaign_bonus"),
    path("campagnes/<int:pk>/dotation/", campaigns.ask_load, name="campaign_load"),
    path("campagnes/<int:pk>/lots/", campaigns.new_batch, name="batch_new"),
    path("campagnes/<int:pk>/guichet/", campaigns.counter, name="campaign_counter"),
    path("campagnes/<int:pk>/liste/", campaigns.listed, name="campaign_list"),
    path("campagnes/lots/<int:pk>/", campaigns.batch, name="batch"),
    path("campagnes/lots/<int:pk>/remettre/", campaigns.hand_over_all, name="batch_hand_over"),
    path("campagnes/lots/<int:pk>/annuler/", campaigns.cancel_rest, name="batch_cancel"),
    path("campagnes/lots/<int:pk>/imprimer/", campaigns.take_codes, name="batch_print"),
    path("campagnes/dotations/<int:pk>/", grants.decide_load, name="load_decide"),
    path("dons/", grants.index, name="grants"),
    path("dons/nouveau/", grants.new, name="grant_new"),
    path("dons/dotation/", grants.ask_load, name="goodwill_load"),
    path("dons/<int:pk>/", grants.grant, name="grant"),
    path("dons/<int:pk>/decider/", grants.decide, name="grant_decide"),
    path("dons/<int:pk>/imprimer/", grants.take_code, name="grant_print"),
    path("dons/<int:pk>/effacer/", grants.erase, name="grant_erase"),
]
