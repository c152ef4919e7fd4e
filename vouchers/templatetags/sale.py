"""Whether vouchers are sold here at all, for the frame of all pages."""

from django import template
from django.conf import settings

register = template.Library()


@register.simple_tag
def vouchers_on_sale():
    """`{% vouchers_on_sale as on_sale %}`: somebody takes payments. No question to the database: each page has its frame."""
    return bool(settings.PAYMENTS)
