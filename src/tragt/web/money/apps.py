"""The app `money`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room


class MoneyConfig(AppConfig):
    """Rates of currencies."""

    name = "tragt.web.money"
    label = "tragt_money"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings."""
        add_room(
            Room(
                _("Currencies"),
                "money:currencies",
                "coins",
                50,
                Chapter.SALES,
                "organisation.see",
                about=_("The currencies that you sell in, and by which rates they count in sums."),
            )
        )
