"""Days as each language writes them in a sentence."""

from django import template

from shops.opening_hours import words

register = template.Library()


@register.filter
def long_day(day):
    """`{{ day|long_day }}`: « samedi 28 novembre », "Samstag, 28. November"."""
    return words.long_day(day)
