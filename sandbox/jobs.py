"""The made-up bank's messages, sent over HTTP as a real one would."""

import json
import time
import uuid
from urllib.request import Request, urlopen

from django.conf import settings
from django.urls import reverse
from procrastinate.contrib.django import app

from sandbox.provider import HEADER, signed

SECONDS = 10


@app.task(retry=5)
def tell(payment, event, forged):
    body = json.dumps({"id": event, "payment": payment}).encode()
    moment = str(int(time.time()))
    signature = "0" * 64 if forged else signed(body, moment)
    address = settings.PUBLIC_URL + reverse("payment_news", args=["sandbox"])
    request = Request(  # noqa: S310 (our own address)
        address, body, {"Content-Type": "application/json", HEADER: f"{moment},{signature}"}
    )
    try:
        with urlopen(request, timeout=SECONDS):  # noqa: S310
            pass
    except OSError:
        # Refused because it is forged is what was wanted.
        if not forged:
            raise


def send_news(payment: str, how: str) -> None:
    """Have the site told of a payment.

    Args:
        how: a choice of `Wish.news`.
    """
    event = uuid.uuid4().hex
    if how == "never":
        return
    if how == "late":
        tell.configure(schedule_in={"seconds": 60}).defer(payment=payment, event=event, forged=False)
        return
    events = {"twice": [event, event], "shuffled": [event, uuid.uuid4().hex]}.get(how, [event])
    for number in events:
        tell.defer(payment=payment, event=number, forged=how == "forged")
