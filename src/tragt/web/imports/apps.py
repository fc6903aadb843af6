"""The app `imports`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room, add_search
from tragt.web.shell.shortcuts import Shortcut, add_shortcut


class ImportsConfig(AppConfig):
    """Files: recognise, map, dry run, run, undo."""

    name = "tragt.web.imports"
    label = "tragt_imports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, be found, and hear of jobs that ended."""
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models exist only now
        from tragt.web.imports.actions.settling import settle  # noqa: PLC0415
        from tragt.web.imports.finding import file_names, find_imports  # noqa: PLC0415
        from tragt.web.imports.record_kinds import COMPANIES, USERS  # noqa: PLC0415
        from tragt.web.imports.targets import add_target  # noqa: PLC0415

        add_room(
            Room(
                _("Data"),
                "imports:list",
                "upload",
                10,
                Chapter.COLLECTION,
                "imports.see",
                about=_("Bring files in, see what each of them brought, and take an import back."),
            )
        )
        add_shortcut(
            Shortcut(
                _("Import a file"), _("upload data csv excel"), "file-up", "imports:list", "#upload", "imports.run"
            )
        )
        from tragt.web.imports.sentences import FOR_JOBS  # noqa: PLC0415
        from tragt.web.jobs.models import Job  # noqa: PLC0415
        from tragt.web.jobs.signals import ended  # noqa: PLC0415
        from tragt.web.jobs.words import add_words  # noqa: PLC0415

        def hear(job: Job, **_: object) -> None:
            settle(job)

        add_target(COMPANIES)
        add_target(USERS)
        add_search(find_imports)
        add_namer("import", file_names)
        add_words(FOR_JOBS)
        ended.connect(hear, weak=False, dispatch_uid="imports.settle")
