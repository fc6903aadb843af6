"""The pages of the settings about pipelines, the lifecycle, markets and products."""

from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room

__all__ = ["ROOMS"]

ROOMS = (
    Room(
        _("Pipelines"),
        "settings_pipelines",
        "square-kanban",
        10,
        Chapter.SALES,
        "pipelines.edit",
        about=_("The stages that your deals pass. Each way of selling has a pipeline of its own."),
    ),
    Room(
        _("Lifecycle"),
        "settings_lifecycle",
        "repeat",
        20,
        Chapter.SALES,
        "pipelines.edit",
        about=_("The stages that a person passes from the first contact to the loyal customer."),
    ),
    Room(
        _("Reasons for losing"),
        "settings_reasons",
        "thumbs-down",
        30,
        Chapter.SALES,
        "pipelines.edit",
        about=_("What one chooses from when a deal is lost."),
    ),
    Room(
        _("Markets"),
        "settings_markets",
        "building-2",
        20,
        Chapter.RECORDS,
        "pipelines.edit",
        about=_("How customers of each market buy."),
    ),
    Room(
        _("Products"),
        "settings_products",
        "package",
        40,
        Chapter.SALES,
        "pipelines.edit",
        about=_("What you sell. On a deal they stand as lines, whose sum is its value."),
    ),
)
