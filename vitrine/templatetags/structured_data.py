"""JSON-LD in a page. The one place of the project that marks text as safe HTML."""

import json

from django import template
from django.utils.safestring import mark_safe

register = template.Library()

# As in Django's json_script: nothing in a string can end the element or open another.
ESCAPES = {
    ord(">"): "\\u003E",
    ord("<"): "\\u003C",
    ord("&"): "\\u0026",
    0x2028: "\\u2028",
    0x2029: "\\u2029",
}


@register.simple_tag
def json_ld(data):
    """Render a dict as a JSON-LD data block. A browser does not execute it, so the policy has nothing to allow."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":")).translate(ESCAPES)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308
