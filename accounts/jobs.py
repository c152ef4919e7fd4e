from importlib import import_module

from django.conf import settings
from django.utils import timezone
from procrastinate.contrib.django import app

from accounts.models import forget_lost_addresses as forget
from accounts.models import forget_security_events as forget_events


@app.periodic(cron="35 3 * * *")
@app.task(queueing_lock="forget_lost_addresses")
def forget_lost_addresses(timestamp):
    forget(at=timezone.now())


@app.periodic(cron="45 3 * * *")
@app.task(queueing_lock="forget_sessions")
def forget_sessions(timestamp):
    """Sessions whose time is over: each holds who came in, and with what."""
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="forget_security_events")
def forget_security_events(timestamp):
    forget_events(at=timezone.now())
