"""A block of a template shown a second time: what a page is called stands in its title and in its heading."""

from django import template
from django.template.loader_tags import BLOCK_CONTEXT_KEY

register = template.Library()


@register.simple_tag(takes_context=True)
def again(context, name):
    """The block `name` as the template that is asked for fills it."""
    return context.render_context[BLOCK_CONTEXT_KEY].get_block(name).render(context)
