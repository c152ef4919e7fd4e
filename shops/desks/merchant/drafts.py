"""Drafts: what somebody typed into a form of the desk and has not saved yet, kept as typed, hers alone."""

from collections.abc import Collection, Iterable
from datetime import timedelta

from django.http import HttpResponse, QueryDict
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from shops.models import Draft, Revision, Shop

# A draft is what somebody typed: bounded, so that nobody stores a library.
LARGEST = 40_000


def of(request, shop: Shop, section: str) -> Draft | None:
    """The person's draft of a section. One query."""
    return Draft.objects.filter(shop=shop, user=request.user, section=section).first()


def keep(request, shop: Shop, section: str, names: Collection[str]) -> bool:
    """Keep what was posted as it was typed.

    Args:
        names: the form's fields. Nothing else that was sent is kept.

    Returns:
        Whether it was small enough.
    """
    data = {name: values for name, values in request.POST.lists() if name in names}
    if sum(len(name) + sum(map(len, values)) for name, values in data.items()) > LARGEST:
        return False
    # PostgreSQL keeps no NUL in JSON.
    data = {name: [value.replace("\0", "") for value in values] for name, values in data.items()}
    Draft.objects.update_or_create(
        shop=shop, user=request.user, section=section, defaults={"data": data, "saved_at": request.now}
    )
    return True


def keep_while_typing(
    request, shop: Shop, section: str, names: Collection[str], facts: Iterable[str], seen
) -> HttpResponse:
    """Answer to a form that sends itself while she types: a word on when, or nothing.

    Args:
        names: as `keep` has them.
        facts: what the section is about.
        seen: the form's snapshot.
    """
    # Sent before the save, come after it: what was saved is no draft any more.
    saved = Revision.objects.filter(
        shop=shop,
        by=request.user,
        base_version=seen.version,
        changes__field__in=facts,
        at__gt=request.now - timedelta(minutes=10),
    )
    if saved.exists() or not keep(request, shop, section, names):
        return HttpResponse(status=204)
    when = date_format(localtime(request.now), "H:i")
    return HttpResponse(
        _("Brouillon gardé à %(when)s.") % {"when": when}, content_type="text/plain; charset=utf-8"
    )


def drop(request, shop: Shop, section: str) -> None:
    Draft.objects.filter(shop=shop, user=request.user, section=section).delete()


def as_posted(draft: Draft) -> QueryDict:
    """What was typed, as the form sent it."""
    posted = QueryDict(mutable=True)
    for name, values in draft.data.items():
        posted.setlist(name, values)
    return posted
