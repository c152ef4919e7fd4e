from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@never_cache
@login_required
def home(request):
    """Who one is here, and the ways on."""
    return render(request, "accounts/home.html")
