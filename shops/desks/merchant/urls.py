"""The merchants' desk, `/fr/comptoir/…`: a shop is named by its public id, which never changes."""

from django.urls import path, register_converter

from shops.desks.merchant import (
    asking,
    claims,
    editing,
    history,
    hours,
    mydata,
    mypage,
    people,
    photos,
    reminders,
    reports,
    trader,
    views,
)
from shops.desks.merchant.sections import SectionSlug

register_converter(SectionSlug, "section")

app_name = "merchant"
urlpatterns = [
    path("", views.home, name="home"),
    path("invitations/", people.invitations, name="invitations"),
    path("prises-en-main/", claims.claim_list, name="claims"),
    path("prises-en-main/<int:pk>/", claims.claim, name="claim"),
    path("prises-en-main/<int:pk>/preuve/", claims.prove, name="claim_proof"),
    path("prises-en-main/<int:pk>/code/", claims.type_code, name="claim_code"),
    path("prises-en-main/<int:pk>/retirer/", claims.withdraw, name="claim_withdraw"),
    path("prises-en-main/<int:pk>/corriger/", claims.propose_again, name="propose_again"),
    path("commerce-manquant/", claims.propose, name="propose"),
    path("guide/", asking.guide, name="guide"),
    path("supprimer-mon-compte/", mydata.delete_account, name="delete_account"),
    # One shop. These come last: a public id, which has no "i" in it, would swallow the words above.
    path("<slug:public_id>/", mypage.home, name="shop"),
    path("<slug:public_id>/equipe/", people.people, name="people"),
    path("<slug:public_id>/equipe/<int:pk>/role/", people.change_role, name="change_role"),
    path("<slug:public_id>/equipe/<int:pk>/retirer/", people.remove, name="remove"),
    path("<slug:public_id>/equipe/<int:pk>/confier/", people.hand_over, name="hand_over"),
    path("<slug:public_id>/equipe/invitations/<int:pk>/", people.invitation, name="invitation"),
    path("<slug:public_id>/quitter/", people.leave, name="leave"),
    path("<slug:public_id>/horaires/", hours.hours, name="hours"),
    path("<slug:public_id>/horaires/semaine/", hours.week, name="hours_week"),
    path("<slug:public_id>/horaires/justes/", hours.confirm, name="hours_confirm"),
    path("<slug:public_id>/horaires/aujourd-hui/", hours.close_today, name="hours_close_today"),
    path("<slug:public_id>/horaires/rouvrir/", hours.reopen, name="hours_reopen"),
    path("<slug:public_id>/horaires/fermer/", hours.close, name="hours_close"),
    path("<slug:public_id>/horaires/autres/", hours.other_hours, name="hours_other"),
    path("<slug:public_id>/horaires/retirer/", hours.remove_day, name="hours_remove"),
    path("<slug:public_id>/horaires/feries/", hours.holiday, name="hours_holiday"),
    path("<slug:public_id>/mentions/", trader.trader, name="trader"),
    path("<slug:public_id>/toujours-juste/", mypage.confirm, name="confirm"),
    path("<slug:public_id>/annuler/", mypage.undo, name="undo"),
    path("<slug:public_id>/changements/<int:pk>/retirer/", mypage.withdraw, name="withdraw"),
    path("<slug:public_id>/changements/<int:pk>/repondre/", mypage.appeal, name="appeal"),
    path("<slug:public_id>/apercu/", mypage.preview, name="preview"),
    path("<slug:public_id>/historique/", history.history, name="history"),
    path("<slug:public_id>/historique.csv", history.export, name="history_export"),
    path("<slug:public_id>/donnees/", mydata.data, name="data"),
    path("<slug:public_id>/donnees.json", mydata.export, name="data_export"),
    path("<slug:public_id>/rendre/", mydata.give_back, name="give_back"),
    path("<slug:public_id>/demander/", asking.ask, name="ask"),
    path("<slug:public_id>/photos/", photos.index, name="photos"),
    path("<slug:public_id>/photos/<int:number>/", photos.describe, name="photo"),
    path("<slug:public_id>/photos/<int:number>/deplacer/", photos.move, name="photo_move"),
    path("<slug:public_id>/photos/<int:number>/retirer/", photos.take_off, name="photo_off"),
    path("<slug:public_id>/photos/<int:number>/effacer/", photos.erase, name="photo_erase"),
    path("<slug:public_id>/photos/<slug:name>-<int:width>.<slug:suffix>", photos.file, name="photo_file"),
    path("<slug:public_id>/rappels/", reminders.reminders, name="reminders"),
    path("<slug:public_id>/signalements/", reports.reports, name="reports"),
    # The sections of its page, by their names.
    path("<slug:public_id>/<section:section>/", editing.section, name="section"),
    path("<slug:public_id>/<section:section>/brouillon/", editing.keep, name="draft"),
    path("<slug:public_id>/<section:section>/brouillon/jeter/", editing.discard, name="discard"),
]
