"""The app `jobs`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room


class JobsConfig(AppConfig):
    """Long work: queue, schedule, retries, progress, cancel."""

    name = "tragt.web.jobs"
    label = "tragt_jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings."""
        add_room(
            Room(
                _("Jobs"),
                "jobs:list",
                "list-checks",
                40,
                Chapter.PRIVACY,
                "jobs.see",
                about=_("Long work: what runs, what waits, and what came of it."),
            )
        )
