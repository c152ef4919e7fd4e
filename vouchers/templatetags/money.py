"""Cents as people read money."""

from decimal import Decimal

from babel.numbers import format_currency
from django import template
from django.utils.translation import get_language

register = template.Library()


@register.filter
def plain_euros(cents):
    """`{{ 1800|plain_euros }}`: « 18.00 », for a form or a file."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{whole}.{rest:02}"


@register.filter
def euros(cents):
    """`{{ 1800|euros }}`: « 18,00 € », as the reader's language writes it."""
    return format_currency(Decimal(cents) / 100, "EUR", locale=get_language())
