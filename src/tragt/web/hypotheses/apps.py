"""The app `hypotheses`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HypothesesConfig(AppConfig):
    """Hypotheses about leaks, and the questions and proposals that help to find them."""

    name = "tragt.web.hypotheses"
    label = "tragt_hypotheses"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand in the navigation, be found, and stand beside leaks."""
        from django.urls import reverse  # noqa: PLC0415

        from tragt.web.accounts.targets import add_namer  # noqa: PLC0415 - models are there only now
        from tragt.web.funnels.panels import add_panels  # noqa: PLC0415
        from tragt.web.hypotheses.finding import find_hypotheses  # noqa: PLC0415
        from tragt.web.hypotheses.panels import of_leaks, of_steps  # noqa: PLC0415
        from tragt.web.hypotheses.queries.cards import hypothesis_names  # noqa: PLC0415
        from tragt.web.leaks.parts import Link, add_link, add_parts  # noqa: PLC0415
        from tragt.web.shell.rooms import Room, add_room, add_search  # noqa: PLC0415
        from tragt.web.shell.shortcuts import Shortcut, add_shortcut  # noqa: PLC0415

        add_room(Room(_("Hypotheses"), "hypotheses:list", "lightbulb", 47, permission="hypotheses.see"))
        add_search(find_hypotheses)
        add_namer("hypothesis", hypothesis_names)
        add_shortcut(
            Shortcut(
                _("Write a hypothesis"),
                _("idea believe try leak experiment"),
                "lightbulb",
                "hypotheses:new",
                "",
                "hypotheses.edit",
            )
        )
        add_link(
            Link(
                _("Write a hypothesis"),
                "lightbulb",
                "hypotheses.edit",
                lambda key: f"{reverse('hypotheses:new')}?leak={key}",
            )
        )
        add_parts(of_leaks)
        add_panels(of_steps)
