"""What payment providers call."""

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from vouchers import buying, payments

# Theirs are a few kilobytes.
MOST_BYTES = 100_000


@csrf_exempt  # a machine, known by its signature
@require_POST
@never_cache
def payment_news(request, provider):
    """A provider says that something happened. What did is asked of it afterwards, by a job."""
    try:
        # By the header first: nothing longer is even read.
        if int(request.headers.get("Content-Length") or 0) > MOST_BYTES:
            return HttpResponse(status=413)
        buying.hear(provider, request.body, request.headers, at=request.now)
    except (payments.Forged, ValueError):
        return HttpResponse("not signed by the provider\n", status=400, content_type="text/plain")
    except KeyError:
        return HttpResponse(status=404)
    return HttpResponse(status=204)
