"""The worker's jobs, done at once and within the test's own transaction."""

from types import SimpleNamespace

from django.db import connection
from django.db.models import Q
from procrastinate.contrib.django import procrastinate_app
from procrastinate.contrib.django.models import ProcrastinateJob


def waiting(name=""):
    """The jobs that wait, oldest first: (name, arguments)."""
    jobs = ProcrastinateJob.objects.filter(status="todo", task_name__endswith=name).order_by("pk")
    return [(job.task_name.rpartition(".")[2], job.args) for job in jobs]


def run_jobs(*names):
    """Do what waits, and what comes of it; of these names alone, if there are any. What a job raises is raised here.

    Returns how many jobs were done.
    """
    done = 0
    meant = Q()
    for name in names:
        meant |= Q(task_name__endswith=f".{name}")
    while (
        job := ProcrastinateJob.objects.filter(meant, status="todo", scheduled_at=None).order_by("pk").first()
    ):
        task = procrastinate_app.current_app.tasks[job.task_name]
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [job.pk])
        context = [SimpleNamespace(job=SimpleNamespace(attempts=job.attempts))] if task.pass_context else []
        task.func(*context, **job.args)
        done += 1
    return done
