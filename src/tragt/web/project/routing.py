"""Which database a table stands in: the inbox has its own where databases are files, so that nobody waits for it."""

from typing import Any

from django.conf import settings
from django.db.models import Model

__all__ = ["InboxRouter"]

_APP = "tragt_inbox"


class InboxRouter:
    """Leads the tables of the inbox to its database."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        """Where a table is read."""
        return str(settings.INBOX) if model._meta.app_label == _APP else "default"  # noqa: SLF001 - Django's public name

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        """Whether a table stands in a database."""
        return db == (settings.INBOX if app_label == _APP else "default")
