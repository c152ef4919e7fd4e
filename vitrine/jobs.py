"""Set-up of the job queue; each app keeps its own jobs in its `jobs.py`."""

from django.utils import timezone
from procrastinate import RetryStrategy, builtin_tasks
from procrastinate.contrib.django import app

from vitrine import proof, rates
from vitrine.letters import Letter

# A mail server may be away for a day and more: at first soon, then every quarter of an hour, for three days.
PATIENT = RetryStrategy(max_attempts=300, linear_wait=30)


@app.task(retry=PATIENT)
def send_letter(letter):
    Letter(**letter).send()


def on_app_ready(app):
    """Called once by procrastinate when Django is ready: register the house's own periodic jobs."""

    @app.periodic(cron="*/5 * * * *")
    @app.task(queueing_lock="retry_stalled_jobs", pass_context=True, name="vitrine.retry_stalled_jobs")
    async def retry_stalled_jobs(context, timestamp):
        """A worker that was killed leaves its job "doing" for ever: give such jobs to another. Jobs are idempotent."""
        for job in await context.app.job_manager.get_stalled_jobs():
            await context.app.job_manager.retry_job(job)

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
