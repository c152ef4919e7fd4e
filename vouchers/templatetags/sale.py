"""Whether there is anything to sell, for the frame of all pages: asked when the frame is drawn, not for each page."""

from django import template

from vouchers import buying

register = template.Library()


@register.simple_tag
def vouchers_on_sale():
    """`{% vouchers_on_sale as on_sale %}`."""
    return buying.on_sale() is not None
