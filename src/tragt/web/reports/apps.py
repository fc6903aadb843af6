"""The app `reports`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportsConfig(AppConfig):
    """Reports: a funnel by mail every week, and on paper."""

    name = "tragt.web.reports"
    label = "tragt_reports"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings and in the palette, and count weeks when figures were renewed."""
        from tragt.web.funnels.signals import redefined, warmed  # noqa: PLC0415 - models are there only now
        from tragt.web.reports.receivers import after_change  # noqa: PLC0415
        from tragt.web.shell.rooms import Chapter, Room, add_room  # noqa: PLC0415
        from tragt.web.shell.shortcuts import Shortcut, add_shortcut  # noqa: PLC0415

        add_room(
            Room(
                _("Weekly reports"),
                "reports:list",
                "mail-check",
                15,
                Chapter.CONNECTIONS,
                "reports.own",
                about=_("Who is sent which funnel every week."),
            )
        )
        add_shortcut(
            Shortcut(
                _("Send a funnel by mail every week"),
                _("report weekly subscribe"),
                "mail-check",
                "reports:list",
                permission="reports.own",
            )
        )
        warmed.connect(after_change, dispatch_uid="reports.after_warming")
        redefined.connect(after_change, dispatch_uid="reports.after_change")
