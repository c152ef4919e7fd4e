"""`{% drawn_once "_nav.html" section %}`: the parts of the frame that are the same on thousands of pages."""

from django import template
from django.template.loader import render_to_string
from django.utils.translation import get_language

from shops import reference

register = template.Library()


@register.simple_tag(takes_context=True)
def drawn_once(context, template_name, section=""):
    """Include a template that depends on nothing but the city, the language and `section`. Drawn once for each."""
    present = getattr(context.get("request"), "catalogue", None)
    draw = _draw if present else _draw.__wrapped__
    return draw(present, template_name, section, get_language())


@reference.kept(64)
def _draw(present, template_name, section, _language):
    structure = reference.structure(present) if present else None
    context = {"city": structure and structure.city, "structure": structure, "section": section}
    return render_to_string(template_name, context)


@register.simple_tag
def languages(alternates):
    """`{% languages alternates %}`: the page in the other languages. Drawn once for each address that is asked for often."""
    return _draw_languages(
        tuple((each["code"], each["name"], each["url"]) for each in alternates or ()), get_language()
    )


@reference.kept(64)
def _draw_languages(alternates, _language):
    found = [{"code": code, "name": name, "url": url} for code, name, url in alternates]
    return render_to_string("_languages.html", {"alternates": found})
