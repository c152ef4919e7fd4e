"""What each role of the City may do, as data.

A line names models as `app.model` (or `app.*`) and what may be done with them; the more exact one counts. Nobody is given `delete` but on people:
what a shop was stays known.
"""

from functools import cache

from django.apps import apps

from accounts.models import CityRole

READ, WRITE = ("view",), ("view", "add", "change")
EDIT = ("view", "change")
NOTHING = ()
RIGHTS = {
    CityRole.MODERATOR: {"shops.*": WRITE, "shops.category": READ, "districts.*": READ},
    # What residents wrote, with their addresses, is for those who answer it.
    CityRole.EDITOR: {
        "shops.shop": WRITE,
        "shops.*": READ,
        "shops.report": NOTHING,
        "shops.category": EDIT,
        "districts.*": READ,
        "districts.district": EDIT,
    },
    CityRole.FINANCE: {"shops.shop": READ, "districts.*": READ, "vouchers.*": WRITE},
    CityRole.AUDITOR: {
        "shops.*": READ,
        "districts.*": READ,
        "accounts.*": READ,
        "vouchers.*": READ,
        # She has the books proved whenever she likes.
        "vouchers.bookcheck": ("view", "add"),
    },
    CityRole.ADMINISTRATOR: {
        "shops.*": WRITE,
        "districts.*": WRITE,
        "accounts.*": (*WRITE, "delete"),
        "accounts.securityevent": READ,
    },
}


@cache
def _permissions(role):
    lines = RIGHTS[role]
    return frozenset(
        f"{app}.{verb}_{model._meta.model_name}"
        for app in {pattern.partition(".")[0] for pattern in lines}
        for model in apps.get_app_config(app).get_models()
        for verb in lines.get(f"{app}.{model._meta.model_name}", lines.get(f"{app}.*", NOTHING))
    )


def permissions_of(roles) -> set[str]:
    """The permissions, as Django names them (`shops.change_shop`), of somebody with these roles."""
    return set().union(*(_permissions(CityRole(role)) for role in roles))
