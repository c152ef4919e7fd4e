from allauth.core import ratelimit
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.forms import LostAddressForm


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
        form.add_error(None, _("Trop de demandes d’ici : réessayez dans une heure, ou passez nous voir."))
    return render(request, "accounts/lost_address.html", {"form": form})


@require_safe
def lost_address_sent(request):
    return render(request, "accounts/lost_address_sent.html")
