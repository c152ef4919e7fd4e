"""What the books do by themselves, outside any request."""

from django.utils import timezone
from procrastinate.contrib.django import app

from vouchers import heads, proof, sealing
from vouchers.models import Issuer


class BooksAreWrong(Exception):
    """What the proof of the books found. The job fails with it, and whoever watches failed jobs is told."""


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="seal_books")
def seal_books(timestamp):
    """Each minute; a minute that was missed is sealed with the next."""
    sealing.seal(at=timezone.now())


@app.periodic(cron="10 0 * * *")
@app.task(queueing_lock="publish_head")
def publish_head(timestamp):
    """Each day the head of the chain leaves the database."""
    heads.publish(at=timezone.now())


@app.periodic(cron="30 0 * * *")
@app.task(queueing_lock="prove_books")
def prove_books(timestamp):
    """Each night: every row against its seal and the published heads, and of each issuer the trust identity.

    Raises:
        BooksAreWrong: names the first row that is not as it must be, or the sums that differ.
    """
    found = proof.verify(at=timezone.now(), heads=heads.published())
    if isinstance(found, proof.Fault):
        raise BooksAreWrong(str(found))
    for issuer in Issuer.objects.order_by("pk"):
        sums = proof.trust_identity(issuer)
        if sums["held"] != sums["owed"]:
            raise BooksAreWrong(f"issuer {issuer.pk}: {sums['held']} cents held, {sums['owed']} owed")
