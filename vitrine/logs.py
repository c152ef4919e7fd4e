"""What does not go into a log: signed addresses, which are keys."""

import logging
import re

# What `django.core.signing` makes: anything, a sign, and 43 characters of HMAC-SHA256.
SIGNED = re.compile(r"[^\s/\"'?=&]*[.:][A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])")


class HideKeys(logging.Filter):
    """Replace signed values in what is logged."""

    def filter(self, record):
        message = record.getMessage()
        if SIGNED.search(message):
            record.msg, record.args = SIGNED.sub("(signed)", message), ()
        return True
