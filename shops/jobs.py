"""Work done outside the request. A killed worker's job runs again: an answer may then be sent twice, nothing else is."""

from django.utils import timezone
from procrastinate.contrib.django import app

from shops import catalogue, mails
from shops.importing import runs
from shops.models import Report, inbox


@app.periodic(cron="5 * * * *")
@app.task(queueing_lock="refresh_day")
def refresh_day(timestamp):
    """Once a day, soon after the city's own midnight, wherever the city is."""
    catalogue.refresh_day_if_due(at=timezone.now())


@app.periodic(cron="20 3 * * *")
@app.task(queueing_lock="forget_old_messages")
def forget_old_messages(timestamp):
    """What people wrote to the City goes after twelve months."""
    inbox.forget_old_messages(at=timezone.now())


@app.task
def read_import(run_id):
    runs.read(run_id, at=timezone.now())


@app.task
def write_import(run_id):
    runs.write(run_id, at=timezone.now())


@app.task
def send_report_answer(report_id):
    report = Report.objects.select_related("shop").get(pk=report_id)
    mails.send_report_answer(report)
