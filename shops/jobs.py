"""Work done outside the request. A killed worker's job runs again, and finds done what is done."""

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from districts.models import City
from shops import catalogue, reminders, retention
from shops.claiming import proposals
from shops.editing import moves
from shops.importing import runs
from shops.links import checking
from shops.models import Claim, inbox, invitation
from shops.photos import develop
from shops.reports import handling


@app.periodic(cron="5 * * * *")
@app.task(queueing_lock="refresh_day")
def refresh_day(timestamp):
    """Once a day, soon after the city's own midnight, wherever the city is."""
    catalogue.refresh_day_if_due(at=timezone.now())


@app.periodic(cron="35 * * * *")
@app.task(queueing_lock="send_reminders")
def send_reminders(timestamp):
    """Once a day, in the city's own morning. A killed worker's job runs again: nobody is written to twice a week."""
    at = timezone.now()
    city = City.objects.first()
    if city is not None and at.astimezone(city.tz).hour == reminders.HOUR:
        reminders.send_due(at=at)


@app.periodic(cron="20 3 * * *")
@app.task(queueing_lock="forget_old_messages")
def forget_old_messages(timestamp):
    """What people wrote to the City goes after twelve months, an address that was invited sooner."""
    inbox.forget_old_messages(at=timezone.now())
    invitation.forget_old_invitations(at=timezone.now())


@app.periodic(cron="25 3 * * *")
@app.task(queueing_lock="forget_old_claims")
def forget_old_claims(timestamp):
    """Claims that nobody goes on with go after ninety days; decided ones and refused proposals after a year."""
    Claim.objects.forget_old(at=timezone.now())
    proposals.forget_refused(at=timezone.now())


@app.periodic(cron="30 3 * * *")
@app.task(queueing_lock="forget_what_is_over")
def forget_what_is_over(timestamp):
    """Drafts, reminders, imports, legal particulars of pages nobody keeps, words around old changes."""
    at = timezone.now()
    retention.forget_drafts(at=at)
    retention.forget_reminders(at=at)
    retention.forget_imports(at=at)
    retention.forget_traders()
    retention.forget_words(at=at)


@app.periodic(cron="50 3 * * *")
@app.task(queueing_lock="end_idle_accounts")
def end_idle_accounts(timestamp):
    """Accounts in which nobody came for two years, told a month before."""
    at = timezone.now()
    retention.delete_idle(at=at)
    retention.tell_idle(at=at)


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="end_suspensions")
def end_suspensions(timestamp):
    """A suspension ends by itself on the day that was said."""
    moves.end_suspensions(at=timezone.now())


@app.task
def read_import(run_id):
    runs.read(run_id, at=timezone.now())


@app.task
def write_import(run_id):
    runs.write(run_id, at=timezone.now())


@app.task(retry=RetryStrategy(max_attempts=10, exponential_wait=3))
def develop_photo(photo_id):
    """Tried again when the storage is away; a file that cannot be read is settled at once."""
    develop.develop_received(photo_id, at=timezone.now())


@app.periodic(cron="40 3 * * *")
@app.task(queueing_lock="tidy_photos")
def tidy_photos(timestamp):
    """Photos that nobody uses, and files that belong to none."""
    develop.tidy(at=timezone.now())


@app.periodic(cron="40 * * * *")
@app.task(queueing_lock="pass_on_reports")
def pass_on_reports(timestamp):
    """What merchants have left lying for a week becomes the City's."""
    handling.pass_on_overdue(at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queueing_lock="check_links")
def check_links(timestamp):
    """A hundredth of the week's links, or so."""
    checking.check_some(at=timezone.now())
