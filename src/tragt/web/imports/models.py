"""Imports of files, what is remembered of their columns, and units of a pipeline that no event tells of."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

__all__ = ["Import", "MappingMemory", "PipelineUnit", "State", "Written"]


class State(models.TextChoices):
    """How far an import has come."""

    UPLOADED = "uploaded", _("Uploaded")
    MAPPED = "mapped", _("Columns chosen")
    COMMITTING = "committing", _("Being imported")
    DONE = "done", _("Imported")
    FAILED = "failed", _("Failed")
    UNDOING = "undoing", _("Being undone")
    UNDONE = "undone", _("Undone")


class Import(models.Model):
    """One file on its way into the event log, and what it did there.

    Nothing of it is seen before its state is ``done``: its batch is hidden in the same transaction that sets
    ``committing``, and shown in the one that sets ``done``. `attempt` counts how often its rows were taken out of
    the log again; with it each write into the log has a marker of its own.
    """

    file_name = models.CharField(_("File"), max_length=120)
    size = models.BigIntegerField(_("Size"))
    sha256 = models.CharField(max_length=64, db_index=True)
    file_removed = models.DateTimeField(null=True, blank=True)

    fingerprint = models.CharField(max_length=64, db_index=True)
    known_export = models.CharField(max_length=40, blank=True)
    outline = models.JSONField(default=dict)
    answers = models.JSONField(default=dict)
    state = models.CharField(max_length=12, choices=State, default=State.UPLOADED, db_index=True)
    attempt = models.PositiveIntegerField(default=0)

    trial = models.JSONField(default=dict)
    result = models.JSONField(default=dict)
    duplicates = models.JSONField(default=dict)
    stages = models.JSONField(default=dict)
    error_code = models.CharField(max_length=80, blank=True)
    error = models.JSONField(default=dict)
    announced = models.BooleanField(default=False)
    next_title = models.CharField(max_length=200, blank=True)
    next_url = models.CharField(max_length=200, blank=True)

    created = models.DateTimeField(auto_now_add=True, db_index=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    finished = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-pk"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def batch(self) -> str:
        """What its events in the log are marked with."""
        return f"import:{self.pk}"

    @property
    def subject(self) -> str:
        """What its jobs are about."""
        return self.batch

    @property
    def is_open(self) -> bool:
        """Whether it waits for somebody to say how to go on."""
        return self.state in (State.UPLOADED, State.MAPPED)


class MappingMemory(models.Model):
    """How the columns of files with this header were understood the last time."""

    fingerprint = models.CharField(max_length=64, unique=True)
    answers = models.JSONField()
    file_name = models.CharField(max_length=120)
    remembered = models.DateTimeField()

    def __str__(self) -> str:
        return self.file_name


class PipelineUnit(models.Model):
    """A unit that stands in a stage and has no date: in the pipeline, not in the flow.

    The event log holds events only; a stage without a date is none, so these rows are kept beside it, and go with
    the import that brought them. ``told`` is what else their row said, as the properties of an event.
    """

    origin = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="pipeline_units")
    person = models.TextField(blank=True)
    company = models.TextField(blank=True)
    deal = models.TextField(blank=True)
    stage = models.TextField()
    told = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"{self.deal or self.company or self.person}: {self.stage}"


class Written(models.Model):
    """A record that an import of records made or changed, for undoing takes back what still stands as it was written.

    What is told of persons and companies is not among these, for each of their sources is kept by itself.
    """

    origin = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="written")
    kind = models.CharField(max_length=20)
    key = models.BigIntegerField()
    created = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("What imports wrote")
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"
