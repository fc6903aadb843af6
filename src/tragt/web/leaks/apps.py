"""The app `leaks`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LeaksConfig(AppConfig):
    """The leak ledger."""

    name = "tragt.web.leaks"
    label = "tragt_leaks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand in the navigation and on the pages of funnels, and look for leaks when figures were renewed."""
        from tragt.web.funnels.marks import add_marks  # noqa: PLC0415 - models are there only now
        from tragt.web.funnels.signals import redefined, warmed  # noqa: PLC0415
        from tragt.web.leaks.alarms import new_alarms  # noqa: PLC0415
        from tragt.web.leaks.marking import marks  # noqa: PLC0415
        from tragt.web.leaks.receivers import after_change, after_warming  # noqa: PLC0415
        from tragt.web.shell.rooms import Room, add_room  # noqa: PLC0415

        add_room(Room(_("Leaks"), "leaks:list", "droplets", 45, permission="leaks.see", notices_for=new_alarms))
        add_marks(marks)
        warmed.connect(after_warming, dispatch_uid="leaks.after_warming")
        redefined.connect(after_change, dispatch_uid="leaks.after_change")
