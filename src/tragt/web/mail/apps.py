"""The app `mail`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tragt.web.shell.rooms import Chapter, Room, add_room


class MailConfig(AppConfig):
    """Outgoing mail: templates, sending, why it did not leave."""

    name = "tragt.web.mail"
    label = "tragt_mail"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Stand among the settings, and lend the jobs the words for why a mail did not leave."""
        from tragt.web.jobs.words import add_words  # noqa: PLC0415 - models are there only now
        from tragt.web.mail.reasons import SENTENCES  # noqa: PLC0415 - as above

        add_room(
            Room(
                _("Mail"),
                "mail:settings",
                "mail",
                10,
                Chapter.CONNECTIONS,
                "mail.see",
                about=_("How mail is sent, and what became of the latest mails."),
            )
        )
        add_words({f"mail.{cause}": sentence for cause, sentence in SENTENCES.items()})
