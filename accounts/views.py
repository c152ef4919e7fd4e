import time
from functools import wraps
from urllib.parse import urlencode

from allauth.account.authentication import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import ratelimit
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts import watch
from accounts.forms import LostAddressForm


def soon_after_entering(view):
    """Let somebody change how she comes in only shortly after she came in, if she can be asked for nothing else.

    Who has a password or a second factor is asked for it by allauth; who comes in by codes alone would be let through
    at an unattended computer. She goes out and comes in by a code to the address that she still has.
    """

    @wraps(view)
    @never_cache
    def asked(request, *args, **kwargs):
        user = request.user
        if user.is_anonymous or _entered_lately(request) or get_reauthentication_flows(user):
            return view(request, *args, **kwargs)
        back_in = f"{reverse('account_request_login_code')}?{urlencode({'next': request.path})}"
        return render(request, "accounts/enter_again.html", {"back_in": back_in})

    return asked


def _entered_lately(request):
    records = get_authentication_records(request, request.user)
    return bool(records) and time.time() - records[-1]["at"] < settings.ACCOUNT_REAUTHENTICATION_TIMEOUT


@require_safe
@never_cache
@login_required
def home(request):
    """Who one is here, and the ways on."""
    return render(request, "accounts/home.html")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def lost_address(request):
    """The way back, through the City, for who cannot read her address any more."""
    form = LostAddressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if ratelimit.consume(request, action="lost_address"):
            form.deliver(language=translation.get_language(), at=request.now)
            return redirect("account_lost_address_sent")
        watch.note_throttle(request, "account_lost_address")
        form.add_error(None, _("Trop de demandes d’ici : réessayez dans une heure, ou passez nous voir."))
    return render(request, "accounts/lost_address.html", {"form": form})


@require_safe
def lost_address_sent(request):
    return render(request, "accounts/lost_address_sent.html")
