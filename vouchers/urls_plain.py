"""Addresses for machines, without a language."""

from django.urls import path

from vouchers import machines

urlpatterns = [path("paiement/<slug:provider>/nouvelles", machines.payment_news, name="payment_news")]
