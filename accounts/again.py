"""The second factor once more, for what is worth stealing somebody's open session for."""

import time
from functools import wraps

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import suspend_request
from allauth.core.exceptions import ReauthenticationRequired
from django.conf import settings


def second_factor_again(view):
    """A view for whoever has shown the second factor again in the last minutes (`ACCOUNT_REAUTHENTICATION_TIMEOUT`).

    Others are asked for it first, and then go on with what they sent. The password alone does not do.
    """

    @wraps(view)
    def asked(request, *arguments, **named):
        since = time.time() - settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
        if any(
            record["method"] == "mfa" and record.get("reauthenticated") and record["at"] > since
            for record in get_authentication_records(request, request.user)
        ):
            return view(request, *arguments, **named)
        for method in get_adapter().get_reauthentication_methods(request.user):
            if method["id"].startswith("mfa"):
                return suspend_request(request, method["url"])
        # Nobody comes to the City's desk without one.
        raise ReauthenticationRequired

    return asked
