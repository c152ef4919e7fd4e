"""What production must not start with, said by `manage.py check --deploy`."""

import tomllib

from django.conf import settings
from django.core.checks import Error, Tags, register

# How a city pack marks what only the City can say.
PLACEHOLDERS = ("A COMPLETER", ".example")


@register(Tags.security, deploy=True)
def no_placeholders_in_public(app_configs, **kwargs):
    """Legal notices and contacts of the city pack are filled in before anybody reads them."""
    if settings.CITY_PACK is None:
        return [Error("No city pack: set VITRINE_CITY to its folder.", id="vitrine.E001")]
    pack = tomllib.loads((settings.CITY_PACK / "city.toml").read_text(encoding="utf-8"))
    return [
        Error(
            f"{settings.CITY_PACK / 'city.toml'}: {section}.{field} still says “{value}”.",
            hint="Production shows this page to everybody: write what is true.",
            id="vitrine.E002",
        )
        for section in ("legal", "contact")
        for field, value in pack.get(section, {}).items()
        if isinstance(value, str) and any(mark in value for mark in PLACEHOLDERS)
    ]
