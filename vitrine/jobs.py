"""Set-up of the job queue; each app keeps its own jobs in its `jobs.py`."""

import logging
from datetime import datetime
from smtplib import SMTPRecipientsRefused

from django.utils import timezone
from procrastinate import BaseRetryStrategy, RetryDecision, builtin_tasks
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status
from procrastinate.manager import JobManager

from vitrine import proof, rates
from vitrine.letters import Letter, Section

logger = logging.getLogger(__name__)


class Patient(BaseRetryStrategy):
    """A mail server may be away for a day and more: soon at first, then every quarter of an hour, for three days."""

    soonest, longest = 30, 15 * 60
    # Five waits that double, a quarter of an hour together, and then three days of quarters.
    most_tries = 5 + 3 * 24 * 4

    def get_retry_decision(self, *, exception, job):
        if self.is_last(job):
            return None
        return RetryDecision(
            retry_in={"seconds": min(self.soonest * 2 ** min(job.attempts, 10), self.longest)}
        )

    def is_last(self, job) -> bool:
        """Whether the try that is under way is the last one."""
        return job.attempts >= self.most_tries


PATIENT = Patient()


@app.task(retry=PATIENT, pass_context=True)
def send_letter(context, letter):
    """Send a letter, unless nobody has any use for it any more.

    One that is given up ends well for the queue: a failed job would keep its address and its code for a month.
    """
    letter = _read(letter)
    if letter.is_worthless(at=timezone.now()):
        logger.warning("Letter %s was not sent in time: dropped.", letter.message_id)
        return
    try:
        letter.send()
    except Exception as error:
        if not (is_final(error) or PATIENT.is_last(context.job)):
            raise
        # Without the error's own words, which name the address.
        logger.error(
            "Letter %s is given up after %d tries: %s.",
            letter.message_id,
            context.job.attempts + 1,
            type(error).__name__,
        )


def _read(kept):
    """The letter that `Letter.post` handed over: what is JSON by now, as it was."""
    sections = [Section(**section) for section in kept.get("sections", [])]
    until = kept.get("best_before")
    return Letter(
        **kept | {"sections": sections, "best_before": datetime.fromisoformat(until) if until else None}
    )


def is_final(error: Exception) -> bool:
    """Whether the mail server knows the address, and will never take mail for it."""
    return isinstance(error, SMTPRecipientsRefused) and all(
        500 <= code < 600 for code, _words in error.recipients.values()
    )


async def give_to_another(manager: JobManager, **since) -> None:
    """Put the jobs of dead workers back into the queue: one that waits there already, deferred meanwhile, does for both.

    Args:
        since: `seconds_since_heartbeat`, after which a worker counts as dead.
    """
    for job in await manager.get_stalled_jobs(**since):
        try:
            await manager.retry_job(job)
        except UniqueViolation:
            # Left "doing", it would keep its lock, and the one that waits would wait for ever.
            await manager.finish_job(job, status=Status.ABORTED, delete_job=True)


def on_app_ready(app):
    """Called once by procrastinate when Django is ready: register the house's own periodic jobs."""

    @app.periodic(cron="*/5 * * * *")
    @app.task(queueing_lock="retry_stalled_jobs", pass_context=True, name="vitrine.retry_stalled_jobs")
    async def retry_stalled_jobs(context, timestamp):
        """A worker that was killed leaves its job "doing" for ever: give such jobs to another. Jobs are idempotent."""
        await give_to_another(context.app.job_manager)

    @app.periodic(cron="17 4 * * *")
    @app.task(queueing_lock="remove_old_jobs", pass_context=True, name="vitrine.remove_old_jobs")
    async def remove_old_jobs(context, timestamp):
        """What succeeded is forgotten at once (settings); what failed can be looked at for a month."""
        await builtin_tasks.remove_old_jobs(context, max_hours=24 * 30, remove_failed=True)

    @app.periodic(cron="23 * * * *")
    @app.task(queueing_lock="forget_tries", name="vitrine.forget_tries")
    def forget_tries(timestamp):
        """Counts and proofs whose time is over."""
        rates.forget(at=timezone.now())
        proof.forget(at=timezone.now())
