"""The log of every test, as production writes it, is read for what must never stand in one.

A test that logs a voucher's code, an IBAN, a token or an e-mail address fails, whatever else it is about.
"""

import copy
import logging.config
import re
from io import StringIO

from django.conf import settings

from vitrine.logs import EMAIL, SIGNED
from vouchers import codes

# In one piece, or in groups as people write them.
_CODE = re.compile(r"(?<![\w-])(?:[0-9A-Za-z]{4}[- ]?){3}[0-9A-Za-z]{4}(?![\w-])")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}(?!\w)")
# A session, a till's secret, a form's token: long, by chance, and no checksum, which is hexadecimal.
_TOKEN = re.compile(r"(?<![\w/.-])[A-Za-z0-9_-]{22,}(?![\w/-])")
_DIGITS_BY_CHANCE = 3


def make_handler(written: StringIO) -> logging.Handler:
    """A handler that writes as production does, from the level on that production writes."""
    parts = settings.LOGGING
    made = logging.config.DictConfigurator(
        copy.deepcopy({**parts, "handlers": {}, "root": {}, "loggers": {}})
    )
    handler = logging.StreamHandler(written)
    handler.setLevel(logging.INFO)
    handler.setFormatter(made.configure_formatter(made.config["formatters"]["line"]))
    for name in parts["handlers"]["console"]["filters"]:
        handler.addFilter(made.configure_filter(made.config["filters"][name]))
    return handler


def secrets_in(text: str) -> list[str]:
    """What in a log's text is, or looks like, a voucher's code, an IBAN, a token or an e-mail address."""
    return [
        *(found for found in _CODE.findall(text) if _is_code(found)),
        *(found for found in _IBAN.findall(text) if _is_iban(found.replace(" ", ""))),
        *(found for found in _TOKEN.findall(text) if _is_by_chance(found)),
        *EMAIL.findall(text),
        *SIGNED.findall(text),
    ]


def _is_code(found):
    try:
        codes.read(found)
    except codes.Mistyped:
        return False
    return any(character.isdigit() for character in found)


def _is_iban(found):
    moved = found[4:] + found[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def _is_by_chance(found):
    hexadecimal = re.fullmatch(r"[0-9a-f-]+", found)
    return not hexadecimal and sum(character.isdigit() for character in found) >= _DIGITS_BY_CHANCE
