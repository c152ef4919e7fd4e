"""What each role of the City may do, as data.

A line names models as `app.model` (or `app.*`) and what may be done with them. Nobody is given `delete` but on people:
what a shop was stays known.
"""

from functools import cache

from django.apps import apps

from accounts.models import CityRole

READ, WRITE = ("view",), ("view", "add", "change")
# Taken away from what another line gives.
NOTHING = ()
RIGHTS = {
    CityRole.MODERATOR: {"shops.*": WRITE, "districts.*": READ},
    # What residents wrote, with their addresses, is for those who answer it.
    CityRole.EDITOR: {
        "shops.shop": WRITE,
        "shops.*": READ,
        "shops.report": NOTHING,
        "districts.*": READ,
    },
    CityRole.FINANCE: {"shops.shop": READ, "districts.*": READ},
    CityRole.AUDITOR: {"shops.*": READ, "districts.*": READ, "accounts.*": READ},
    CityRole.ADMINISTRATOR: {
        "shops.*": WRITE,
        "districts.*": WRITE,
        "accounts.*": (*WRITE, "delete"),
    },
}


@cache
def _permissions(role):
    found, taken = set(), set()
    for pattern, verbs in RIGHTS[role].items():
        app, _dot, name = pattern.partition(".")
        for model in apps.get_app_config(app).get_models():
            if name in ("*", model._meta.model_name):
                found |= {f"{app}.{verb}_{model._meta.model_name}" for verb in verbs}
                if verbs == NOTHING:
                    taken |= {f"{app}.{verb}_{model._meta.model_name}" for verb in WRITE}
    return frozenset(found - taken)


def permissions_of(roles) -> set[str]:
    """The permissions, as Django names them (`shops.change_shop`), of somebody with these roles."""
    return set().union(*(_permissions(CityRole(role)) for role in roles))
