"""Addresses that speak no language: printed ones, and those for machines."""

urlpatterns = []
