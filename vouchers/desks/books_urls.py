"""Vouchers, orders, agreements, corrections, reports and the proof, at the finance desk."""

from django.urls import path

from vouchers.desks import agreements, books, corrections, orders, reports, vouchers

urlpatterns = [
    path("bons/", vouchers.index, name="vouchers"),
    path("bons/<int:pk>/", vouchers.voucher, name="voucher"),
    path("bons/<int:pk>/etat/", vouchers.move, name="voucher_move"),
    path("bons/<int:pk>/encaissement/<int:sale>/", corrections.new, name="correction_new"),
    path("commandes/", orders.index, name="orders"),
    path("commandes/<int:pk>/", orders.order, name="order"),
    path("commandes/<int:pk>/renvoyer/", orders.send_again, name="order_send"),
    path("commandes/<int:pk>/effacer/", orders.erase, name="order_erase"),
    path("remboursements/<int:pk>/", orders.refund_again, name="refund_again"),
    path("corrections/", corrections.index, name="corrections"),
    path("corrections/<int:pk>/", corrections.decide, name="correction_decide"),
    path("ecarts/nouveau/", corrections.new_write_off, name="write_off_new"),
    path("ecarts/<int:pk>/", corrections.decide_write_off, name="write_off_decide"),
    path("conventions/", agreements.index, name="agreements"),
    path("conventions.csv", agreements.csv, name="agreements_csv"),
    path("conventions/commerces/<int:pk>/", agreements.sign, name="agreement_sign"),
    path("conventions/<int:pk>/", agreements.end, name="agreement_end"),
    path("reseaux/<int:pk>/", agreements.network, name="network"),
    path("rapports/", reports.index, name="reports"),
    path("rapports.csv", reports.csv, name="reports_csv"),
    path("preuve/", books.index, name="books"),
    path("preuve/verifier/", books.check, name="books_check"),
    path("preuve/empreintes/", books.published, name="books_heads"),
    path("mois/clore/", books.close, name="month_close"),
    path("mois/<int:pk>/", books.month, name="month"),
]
