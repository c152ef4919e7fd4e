"""Weeks as shops of a trade often have them: what a merchant begins with instead of an empty grid. Data."""

from collections.abc import Iterable

from shops.models import Category

# What most shops of a city centre do.
USUAL = ("Mo-Sa 09:00-18:30; PH off", "Tu-Sa 10:00-18:30; PH off", "Mo-Fr 09:00-12:00,14:00-18:00; PH off")

BY_GROUP = {
    "eat_drink": (
        "Mo-Sa 11:30-14:00,18:00-22:00",
        "Tu-Su 11:30-14:00,18:00-22:00",
        "Mo-Fr 11:30-14:30",
    ),
    "beauty": (
        "Tu-Fr 09:00-18:00; Sa 08:30-17:00; PH off",
        "Mo-Sa 09:00-18:30; PH off",
        'Mo-Fr "sur rendez-vous"; PH off',
    ),
    "health": (
        "Mo-Fr 08:30-18:30; Sa 09:00-12:30; PH off",
        "Mo-Fr 08:00-12:00,13:30-18:00; PH off",
        'Mo-Fr "sur rendez-vous"; PH off',
    ),
    "mobility": (
        "Mo-Fr 08:00-12:00,13:00-18:00; PH off",
        "Mo-Fr 08:00-18:00; Sa 09:00-13:00; PH off",
        "Mo-Su 00:00-24:00; PH 00:00-24:00",
    ),
    "crafts": (
        "Mo-Fr 08:00-12:00,13:00-17:00; PH off",
        "Tu-Sa 09:00-12:00,14:00-18:00; PH off",
        'Mo-Fr "sur rendez-vous"; PH off',
    ),
    "services": (
        "Mo-Fr 09:00-17:30; PH off",
        "Mo-Fr 09:00-12:00,14:00-18:00; Sa 09:00-12:00; PH off",
        'Mo-Fr "sur rendez-vous"; PH off',
    ),
}
BY_CATEGORY = {
    "bakery": (
        "Mo-Sa 06:00-18:00; PH off",
        "Tu-Sa 06:30-18:30; Su 07:00-12:00; PH off",
        "Mo-Su 06:00-18:00; PH 06:00-12:00",
    ),
    "pastry_shop": (
        "Tu-Sa 07:30-18:30; Su 08:00-12:30; PH off",
        "Mo-Sa 08:00-18:00; PH off",
    ),
    "butcher": ("Tu-Fr 08:00-18:30; Sa 08:00-16:00; PH off", "Mo-Sa 08:00-18:00; PH off"),
    "supermarket": ("Mo-Sa 08:00-20:00; Su 08:00-13:00; PH off", "Mo-Su 08:00-20:00; PH off"),
    "convenience": ("Mo-Su 08:00-21:00; PH 09:00-13:00", "Mo-Sa 07:00-20:00; PH off"),
    "cafe": ("Mo-Sa 07:00-19:00; PH off", "Mo-Fr 07:30-18:00; PH off", "Mo-Su 08:00-24:00"),
    "ice_cream": ("Mo-Su 11:00-22:00", "Tu-Su 12:00-20:00"),
    "bar": ("Mo-Sa 17:00-01:00", "Tu-Sa 17:00-01:00; Su 15:00-22:00", "Mo-Su 11:00-01:00"),
    "pub": ("Mo-Sa 17:00-01:00", "Tu-Sa 17:00-01:00; Su 15:00-22:00", "Mo-Su 11:00-01:00"),
    "nightclub": ("Fr-Sa 22:00-04:00", "Th-Sa 22:00-04:00"),
    "fast_food": ("Mo-Sa 11:00-22:00", "Mo-Su 11:00-23:00", "Mo-Fr 11:00-15:00"),
}


def for_category(category: Category) -> Iterable[str]:
    """The expressions to begin with, the likeliest first. Each fits the grid. No question when the group is known."""
    return BY_CATEGORY.get(category.code) or BY_GROUP.get(category.group.code, USUAL)
