"""The watch at the door: one `SecurityEvent` for each thing that happens there.

allauth tells what happens by its signals, and of some things by nothing else: this is the one place that listens.
What it says otherwise (a wrong password, too many tries) comes from `accounts.adapter` and `accounts.middleware`.
"""

from allauth.account import signals as account
from allauth.account.authentication import get_authentication_records
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_out
from django.core.cache import cache
from django.dispatch import receiver
from django.utils import timezone

from accounts.models import SecurityEvent, User

Kind = SecurityEvent.Kind
# One row tells of a throttle; a thousand more tries in the same minute would fill the table, which nobody may clear.
THROTTLE_TOLD_EVERY_SECONDS = 60


def note(request, kind, *, user=None, how=""):
    """Write one event. Without `user` it is whoever is signed in or half in, else the address that stands in the form."""
    user = user or _person(request)
    tried = ""
    if user is None:
        address = request.POST.get("login") or request.POST.get("email") or ""
        user = User.objects.filter(email__iexact=address.strip()).first() if address else None
        tried = SecurityEvent.trace(address) if address and user is None else ""
    SecurityEvent.objects.create(
        kind=kind,
        how=how[:60],
        # A command that signs somebody out has no page's clock.
        at=getattr(request, "now", None) or timezone.now(),
        # Who has just deleted her account goes out as nobody.
        user=user if user and user.pk else None,
        tried=tried,
        network=SecurityEvent.trace_of_network(request.META.get("REMOTE_ADDR", "")),
    )


def note_throttle(request, how):
    """At most one a minute for one network and page."""
    place = SecurityEvent.trace_of_network(request.META.get("REMOTE_ADDR", ""))
    if cache.add(f"door:throttled:{place}:{how}", True, timeout=THROTTLE_TOLD_EVERY_SECONDS):
        note(request, Kind.THROTTLED, how=how)


def _person(request):
    if request.user.is_authenticated:
        return request.user
    # Past the password, and not yet past the second factor.
    stage = getattr(request, "_login_stage", None)
    return stage.login.user if stage else None


@receiver(account.user_logged_in)
def signed_in(request, user, **kwargs):
    steps = [record["method"] for record in get_authentication_records(request, user)]
    note(request, Kind.SIGNED_IN, user=user, how=" ".join(steps))


@receiver(user_logged_out)
def signed_out(request, user, **kwargs):
    if user is not None:
        note(request, Kind.SIGNED_OUT, user=user)


@receiver(account.authentication_step_completed)
def shown_again(request, user, method, **kwargs):
    if kwargs.get("reauthenticated"):
        note(request, Kind.REAUTHENTICATED, user=user, how=kwargs.get("type") or method)


@receiver(account.login_code_rejected)
@receiver(account.password_reset_code_rejected)
@receiver(account.email_verification_code_rejected)
def wrong_code(request, user, **kwargs):
    note(request, Kind.FAILED, user=user, how="code")


@receiver(mfa.authentication_failed)
def wrong_second_factor(request, user, authenticator, **kwargs):
    note(request, Kind.FAILED, user=user, how=authenticator.type)


@receiver(account.password_changed)
@receiver(account.password_set)
@receiver(account.password_reset)
def password_changed(request, user, **kwargs):
    note(request, Kind.PASSWORD_CHANGED, user=user)


@receiver(account.email_changed)
def address_changed(request, user, **kwargs):
    note(request, Kind.ADDRESS_CHANGED, user=user)


@receiver(mfa.authenticator_added)
@receiver(mfa.authenticator_reset)
def factor_added(request, user, authenticator, **kwargs):
    note(request, Kind.FACTOR_ADDED, user=user, how=authenticator.type)


@receiver(mfa.authenticator_removed)
def factor_removed(request, user, authenticator, **kwargs):
    note(request, Kind.FACTOR_REMOVED, user=user, how=authenticator.type)
