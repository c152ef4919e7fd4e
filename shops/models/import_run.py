"""A file that the City imports from its desk: read by the worker, looked at, then written or dropped."""

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One file on its way in. Its content is kept only until it is written, dropped or refused."""

    class Kind(models.TextChoices):
        SHOPS = "shops", _("commerces")
        PREMISES = "premises", _("locaux")

    class State(models.TextChoices):
        READING = "reading", _("lecture en cours")
        READY = "ready", _("à regarder")
        WRITING = "writing", _("écriture en cours")
        WRITTEN = "written", _("écrit")
        DROPPED = "dropped", _("abandonné")
        FAILED = "failed", _("refusé")

    class NotNow(Exception):
        """The file is not in a state in which that can be done with it."""

    kind = models.CharField(_("contenu"), max_length=10, choices=Kind)
    source = models.CharField(_("fichier"), max_length=200)
    content = models.BinaryField(null=True, editable=False)
    confirmed_on = models.DateField(_("juste au"), null=True, blank=True)
    state = models.CharField(_("état"), max_length=10, choices=State, default=State.READING)
    stage = models.CharField(max_length=20, blank=True, editable=False)
    done = models.PositiveIntegerField(default=0, editable=False)
    total = models.PositiveIntegerField(default=0, editable=False)
    # What the file would change, as the page shows it, and a fingerprint of exactly that.
    report = models.JSONField(_("rapport"), default=dict, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    moved = models.BooleanField(default=False, editable=False)
    why = models.TextField(_("raison"), blank=True)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("par"),
        null=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    made_at = models.DateTimeField(_("reçu le"))
    ended_at = models.DateTimeField(_("terminé le"), null=True, blank=True)

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ["-made_at"]

    def __str__(self):
        return self.source

    @property
    def is_at_work(self) -> bool:
        """Whether the worker has it in hand."""
        return self.state in (self.State.READING, self.State.WRITING)

    @classmethod
    def receive(cls, kind, source, content: bytes, *, confirmed_on, by, at) -> "ImportRun":
        """Take a file in and have it read. Nothing is written."""
        from shops import jobs

        with transaction.atomic():
            run = cls.objects.create(
                kind=kind,
                source=source[:200],
                content=content,
                confirmed_on=confirmed_on,
                made_by=by,
                made_at=at,
            )
            jobs.read_import.defer(run_id=run.pk)
        return run

    def write(self):
        """Have it written as it was shown. Raises NotNow when somebody has decided already."""
        from shops import jobs

        with transaction.atomic():
            self._from(self.State.READY, to=self.State.WRITING)
            jobs.write_import.defer(run_id=self.pk)

    def drop(self, *, at):
        """Leave the file alone. Raises NotNow when somebody has decided already."""
        with transaction.atomic():
            self._from(self.State.READY, to=self.State.DROPPED, content=None, ended_at=at)

    def _from(self, state, *, to, **changes):
        found = ImportRun.objects.filter(pk=self.pk, state=state)
        if not found.update(state=to, stage="", done=0, total=0, **changes):
            raise ImportRun.NotNow(self.state)
        self.refresh_from_db()
