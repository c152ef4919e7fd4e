"""A change of photos, drawn for the City."""

from django import template

from shops.desks.city.photo_changes import changes_of

register = template.Library()


@register.inclusion_tag("desks/city/_photos_diff.html")
def photos_diff(shop, before, after):
    """`{% photos_diff change.shop change.before change.after %}`: small pictures, with what becomes of each."""
    return {"changes": changes_of(shop, before, after)}
