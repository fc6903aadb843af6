"""The app `webhooks`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room
from tragt.web.shell.shortcuts import Shortcut, add_shortcut


class WebhooksConfig(AppConfig):
    """Telling other systems what happened."""

    name = "tragt.web.webhooks"
    label = "tragt_webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Open the room, and hear what happens."""
        # Models are there only now.
        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415
        from tragt.web.outbox.actions import told  # noqa: PLC0415
        from tragt.web.people.signals import several_told  # noqa: PLC0415
        from tragt.web.records.signals import assigned, removing, tagged  # noqa: PLC0415
        from tragt.web.shell.acting import acted  # noqa: PLC0415
        from tragt.web.webhooks import receivers  # noqa: PLC0415
        from tragt.web.webhooks.queries.endpoints import endpoint_names  # noqa: PLC0415

        add_room(
            Room(
                _("Webhooks"),
                "webhooks:list",
                "webhook",
                30,
                Chapter.CONNECTIONS,
                "webhooks.see",
                about=_("Other systems are told what happens here, at once and signed."),
            )
        )
        add_shortcut(
            Shortcut(
                _("New webhook"), _("send events program integration"), "webhook", "webhooks:new", "", "webhooks.edit"
            )
        )
        add_namer("webhook", endpoint_names)
        told.connect(receivers.after_telling, dispatch_uid="webhooks.after_telling")
        acted.connect(receivers.after_act, dispatch_uid="webhooks.after_act")
        assigned.connect(receivers.after_assigning, dispatch_uid="webhooks.after_assigning")
        tagged.connect(receivers.after_tagging, dispatch_uid="webhooks.after_tagging")
        removing.connect(receivers.before_removing, dispatch_uid="webhooks.before_removing")
        several_told.connect(receivers.after_telling_several, dispatch_uid="webhooks.after_telling_several")
