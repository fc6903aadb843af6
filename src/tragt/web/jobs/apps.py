"""The app `jobs`."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Long work: queue, schedule, retries, progress, cancel."""

    name = "tragt.web.jobs"
    label = "tragt_jobs"
    default_auto_field = "django.db.models.BigAutoField"
