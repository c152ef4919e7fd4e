"""What a session is good for: how long, and for which desk."""

from datetime import UTC, datetime
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.views import redirect_to_login
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRedirect

from accounts import watch
from vitrine.desks import desk_language

BEGAN, SEEN = "door_began", "door_seen"
# The time of the last request is written at most this often.
WRITTEN_EVERY_SECONDS = 60


class DoorMiddleware:
    """End sessions that nobody was at, and let into the City's desk only with a second factor.

    Who has no session is not looked at: a public page opens none. A stranger to the desk sees no door there, but 404.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        known = settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated
        if known and self._is_over(request):
            logout(request)
            messages.info(request, _("Vous étiez parti un moment : reconnectez-vous, s’il vous plaît."))
        response = self.get_response(request)
        if response.status_code == 429 and request.path_info.startswith(reverse("account_home")):
            watch.note_throttle(request, request.resolver_match.url_name)
        if known:
            # The next one at this computer finds nothing with the back button.
            add_never_cache_headers(response)
            response.headers["Cache-Control"] = "no-store, private"
            if not request.user.is_authenticated:
                # Out, by whichever door: pages kept for the back button go, too. Not "cookies", which would sign out of
                # every site under the City's name, nor "storage", where residents keep their favourites: no desk
                # writes there what anybody must not see.
                response.headers["Clear-Site-Data"] = '"cache"'
        return response

    def process_view(self, request, view, args, kwargs):
        if not request.path_info.startswith(reverse("admin:index")):
            return None
        if not request.user.is_authenticated:
            return ask_in(request)
        if not request.user.is_staff:
            raise Http404("The City's desk is for the City.")
        if (not_yet := self._second_factor(request)) is not None:
            return not_yet
        # Its addresses have no language: the desk speaks the person's own, whatever browser she is at.
        translation.activate(desk_language(request.user.language or translation.get_language()))
        return None

    def _second_factor(self, request):
        if not is_mfa_enabled(request.user):
            messages.info(
                request, _("Le bureau de la Ville demande un second facteur : mettez-en un en place.")
            )
            return redirect("mfa_index")
        records = get_authentication_records(request, request.user)
        if any(record["method"] == "mfa" for record in records):
            return None
        return redirect_to_login(request.get_full_path(), login_url=reverse("mfa_reauthenticate"))

    def _is_over(self, request):
        """Whether nobody was at it for too long, or it lasted too long. Notes that somebody is."""
        now = request.now
        began, seen = (_instant(request.session.get(name)) for name in (BEGAN, SEEN))
        if began is None or seen is None:
            request.session[BEGAN] = request.session[SEEN] = now.timestamp()
            return False
        idle, whole = (now - seen).total_seconds(), (now - began).total_seconds()
        if request.user.is_staff:
            over = idle > settings.CITY_IDLE_SECONDS or whole > settings.CITY_LONGEST_SECONDS
        else:
            over = idle > settings.MERCHANT_IDLE_SECONDS
        if not over and idle >= WRITTEN_EVERY_SECONDS:
            request.session[SEEN] = now.timestamp()
        return over


def ask_in(request):
    """To the door, and back to where the person was. Who had something to send hears that it was not taken.

    What is sent cannot be sent again from the door: one comes back to the page that it was sent from. A part of a page
    that htmx asks for takes the whole page there.
    """
    here = request.get_full_path()
    if request.method not in ("GET", "HEAD"):
        messages.warning(
            request,
            _("Vous n’étiez plus connecté : rien n’a été enregistré. Connectez-vous, puis recommencez."),
        )
        here = _page_of(request)
    door = redirect_to_login(here)
    return HttpResponseClientRedirect(door.url) if request.htmx else door


def _page_of(request):
    """The page of ours from which something was sent, as the browser says; the account's where it says nothing."""
    said = request.htmx.current_url if request.htmx else request.headers.get("Referer", "")
    if said and url_has_allowed_host_and_scheme(
        said, {request.get_host()}, require_https=request.is_secure()
    ):
        parts = urlsplit(said)
        return parts.path + (f"?{parts.query}" if parts.query else "")
    return reverse("account_home")


def _instant(timestamp):
    return None if timestamp is None else datetime.fromtimestamp(timestamp, UTC)
