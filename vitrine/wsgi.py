"""The WSGI application that granian serves."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vitrine.settings")

application = get_wsgi_application()
if settings.PROXIES:
    # The visitor's address, as the front server tells it: limits on tries are counted by it.
    application = wrap_wsgi_with_proxy_headers(application, trusted_hosts=settings.PROXIES)
