"""The app `retention`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.retention import let_choose
from tragt.web.shell.rooms import Chapter, Room, add_room


class RetentionConfig(AppConfig):
    """Rules of retention."""

    name = "tragt.web.retention"
    label = "tragt_retention"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, and tell the apps below for how long to keep what is theirs."""
        from tragt.web.retention.queries import chosen_days  # noqa: PLC0415 - models exist only now

        let_choose(chosen_days)
        add_room(
            Room(
                _("Retention"),
                "retention:rules",
                "archive",
                20,
                Chapter.PRIVACY,
                "organisation.see",
                about=_("For how long each kind of data is kept."),
            )
        )
