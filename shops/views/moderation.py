"""What the City looks at before the public sees it, within what time, and how it goes on."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from shops.editing import facts, letters, record, rules
from shops.models import RefusalReason
from vitrine.page_cache import cacheable


def _names(names):
    """Facts by what they are called, each once, in the house's order."""
    return list(dict.fromkeys(str(facts.FACTS[name].label) for name in facts.FACTS if name in names))


@require_safe
@cacheable(lights=True)
def promise(request):
    if request.city is None:
        raise Http404("No city is loaded yet.")
    context = {
        "at_once": _names(rules.AT_ONCE),
        "waits": _names(rules.ALWAYS_WAITS),
        "at_first": _names(rules.WAITS_AT_FIRST),
        "proven_by": rules.PROVEN_BY,
        "hours": rules.promised_hours(),
        "reasons": [letters.sentence(reason) for reason in RefusalReason if reason != RefusalReason.OTHER],
        "record": record.record(at=request.now, zone=request.city.tz),
    }
    return render(request, "shops/moderation.html", context)
