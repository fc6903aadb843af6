"""The app `webforms`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebformsConfig(AppConfig):
    """Forms of a website."""

    name = "tragt.web.webforms"
    label = "tragt_webforms"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand in the navigation, and be called by name in the audit and among the sources."""
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models are there only now
        from tragt.web.lexicon.queries import add_source_names  # noqa: PLC0415 - as above
        from tragt.web.shell.rooms import Room, add_room  # noqa: PLC0415
        from tragt.web.shell.shortcuts import Shortcut, add_shortcut  # noqa: PLC0415
        from tragt.web.webforms.queries import form_names, source_names  # noqa: PLC0415 - as above

        add_room(Room(_("Forms"), "webforms:list", "clipboard-pen", 60, permission="forms.see"))
        add_shortcut(
            Shortcut(_("New form"), _("make website fields"), "clipboard-pen", "webforms:new", permission="forms.edit")
        )
        add_namer("form", form_names)
        add_source_names(source_names)
