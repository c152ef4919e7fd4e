"""`{% facade shop %}` draws a shop's façade; `{% symbol "bread" %}` a symbol of the same sprite."""

from functools import cache

from django import template
from django.templatetags.static import static
from django.utils.html import format_html

from shops.facade import ANY_SHOP, facade_svg

register = template.Library()


@cache
def _sprite() -> str:
    """The sprite's address. Kept: looking it up costs more than drawing a façade that is known."""
    return static("facades.svg")


@register.simple_tag
def facade(shop):
    """The façade of a shop (`public_id`, `name`, `category.symbol`), lit by the class of what surrounds it."""
    return facade_svg(shop.public_id, shop.name, shop.category.symbol, _sprite())


@register.simple_tag
def symbol(name):
    """A category's symbol in the colour of the text around it; the words beside it say the same."""
    return format_html(
        '<svg class="symbol" viewBox="0 0 40 40" aria-hidden="true"><use href="{}#{}"/></svg>',
        _sprite(),
        name or ANY_SHOP,
    )
