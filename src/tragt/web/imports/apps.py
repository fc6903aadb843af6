"""The app `imports`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Room, add_room, add_search


class ImportsConfig(AppConfig):
    """Files: recognise, map, dry run, run, undo."""

    name = "tragt.web.imports"
    label = "tragt_imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, be found, and hear of jobs that ended."""
        from tragt.web.imports.actions.settling import settle  # noqa: PLC0415 - models exist only now
        from tragt.web.imports.finding import find_imports  # noqa: PLC0415 - models exist only now

        add_room(Room(_("Data"), "imports:list", "upload", 20, place="settings", permission="imports.see"))
        from tragt.web.imports.sentences import FOR_JOBS  # noqa: PLC0415
        from tragt.web.jobs.models import Job  # noqa: PLC0415
        from tragt.web.jobs.signals import ended  # noqa: PLC0415
        from tragt.web.jobs.words import add_words  # noqa: PLC0415

        def hear(job: Job, **_: object) -> None:
            settle(job)

        add_search(find_imports)
        add_words(FOR_JOBS)
        ended.connect(hear, weak=False, dispatch_uid="imports.settle")
