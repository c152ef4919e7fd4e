"""Importing from the City's desk: the worker reads a file, shows what it would change, and writes exactly that."""

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from time import monotonic

from django.db import connection, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from shops.models import Event, ImportRun

from . import premises, report
from .files import BrokenFile
from .frame import NoCity
from .planning import as_text, plan
from .writing import CityChanged, apply

# Rows of one table that the page shows; the counts are always whole.
SHOWN = 300
SECONDS_BETWEEN_WORDS = 0.5
State = ImportRun.State


def read(run_id: int, *, at: datetime) -> None:
    """Say what a file would change. A job that runs again does it again: nothing but the report is written."""
    run = ImportRun.objects.get(pk=run_id)
    if run.state != State.READING:
        return
    with _Progress(run) as progress, _words_of(run):
        try:
            found = _plan(run, at, progress)
        except (BrokenFile, NoCity) as error:
            _fail(run, error, at)
            return
        _show(run, found, moved=False)


def write(run_id: int, *, at: datetime) -> None:
    """Write what was shown, and nothing else: where the city has moved on since, it is shown anew."""
    run = ImportRun.objects.get(pk=run_id)
    if run.state != State.WRITING:
        return
    with _Progress(run) as progress, _words_of(run):
        try:
            found = _plan(run, at, progress)
            if _fingerprint(run, found) != run.fingerprint:
                _show(run, found, moved=True)
                return
            with transaction.atomic():
                _apply(run, found, at, progress)
                Event.note(
                    None,
                    "import:written",
                    by=run.made_by,
                    at=at,
                    after={"file": run.source, "kind": run.kind, "counts": run.report["totals"]},
                )
                ImportRun.objects.filter(pk=run.pk).update(state=State.WRITTEN, content=None, ended_at=at)
        except (BrokenFile, NoCity, CityChanged) as error:
            _fail(run, error, at)


def _plan(run, at, progress):
    file = io.BytesIO(bytes(run.content))
    if run.kind == ImportRun.Kind.PREMISES:
        return premises.plan(file, at=at, progress=progress)
    return plan(file, source=run.source, at=at, confirmed_on=run.confirmed_on, progress=progress)


def _apply(run, found, at, progress):
    if run.kind == ImportRun.Kind.PREMISES:
        premises.apply(found, at=at, by=run.made_by, progress=progress)
    else:
        apply(found, at=at, by=run.made_by, progress=progress)


def _show(run, found, *, moved):
    of = premises if run.kind == ImportRun.Kind.PREMISES else report
    sections = [
        {
            "title": title,
            "heading": rows[0],
            "rows": rows[1 : SHOWN + 1],
            "more": max(0, len(rows) - 1 - SHOWN),
        }
        for title, rows, _is_long in of.sections(found)
        if len(rows) > 1
    ]
    run.report = {
        "heading": report.printable(of.heading(found)),
        "notes": [report.printable(note) for note in found.notes],
        "totals": [[number, str(label)] for number, label in of.totals(found)],
        "sections": json.loads(json.dumps(sections, default=str)),
        "changes_nothing": found.changes_nothing,
    }
    run.fingerprint, run.moved, run.state = _fingerprint(run, found), moved, State.READY
    run.save(update_fields=["report", "fingerprint", "moved", "state"])


def _fingerprint(run, found):
    """All that would be written, in one number: two that are equal write the same."""
    if run.kind == ImportRun.Kind.PREMISES:
        told = [[str(verdict), shown] for verdict, shown in premises.told(found)]
    else:
        told = [
            [
                str(outcome.verdict),
                outcome.row.external_id,
                {name: [as_text(ours), as_text(theirs)] for name, (ours, theirs) in outcome.changes.items()},
                {name: as_text(theirs) for name, (_ours, theirs) in outcome.differences.items()},
                [str(group) for group in [*outcome.confirmed, *outcome.unconfirmed]],
            ]
            for outcome in found.outcomes
        ]
    return hashlib.sha256(json.dumps(told, ensure_ascii=False, default=str).encode()).hexdigest()


def _fail(run, error, at):
    why = str(error) or _("Aucune ville n’est chargée.")
    ImportRun.objects.filter(pk=run.pk).update(state=State.FAILED, content=None, why=why, ended_at=at)


def _words_of(run):
    """The report is written once, in the language of who will read it."""
    return translation.override((run.made_by and run.made_by.language) or "fr")


class _Progress:
    """How far a job is, told from a thread of its own: what an open transaction writes nobody else sees."""

    def __init__(self, run):
        self.pk, self.said_at = run.pk, 0.0

    def __enter__(self):
        self.thread = ThreadPoolExecutor(max_workers=1)
        return self

    def __exit__(self, *exc):
        # Of the thread's own: who it is, is asked there.
        self.thread.submit(lambda: connection.close())
        self.thread.shutdown()

    def __call__(self, stage, done, total):
        if done < total and monotonic() - self.said_at < SECONDS_BETWEEN_WORDS:
            return
        self.said_at = monotonic()
        runs = ImportRun.objects.filter(pk=self.pk)
        # Waited for: the job's own last word on the row comes after it.
        self.thread.submit(runs.update, stage=stage, done=done, total=total).result()
