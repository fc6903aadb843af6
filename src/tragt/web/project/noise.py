"""What is not worth a line in the terminal: what visitors do wrong; trouble that one sentence tells is one line."""

import logging
from typing import Any

from tragt.web.project.troubles import REMEDIES, trouble_in

__all__ = ["Brief", "levels"]

# What visitors and scanners bring about: unknown addresses, hosts and forms without their token.
_OF_VISITORS = {
    "django.request": "ERROR",
    "django.security.csrf": "ERROR",
    "django.security.DisallowedHost": "CRITICAL",
}


def levels(asked: str) -> dict[str, dict[str, Any]]:
    """From which level loggers speak, where that is not what was asked for.

    Args:
        asked: The level of everything else; someone who asks for ``info`` or ``debug`` gets all of it.
    """
    if asked in ("debug", "info"):
        return {}
    return {name: {"level": level} for name, level in _OF_VISITORS.items()}


class Brief(logging.Filter):
    """Puts a sentence in the place of the traceback, where disk or database are in trouble."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let the record pass, shortened where that tells more."""
        code = trouble_in(record.exc_info[1]) if record.exc_info else ""
        if code and record.name.startswith("django."):
            record.msg, record.args = f"{record.getMessage()}: {REMEDIES[code]}", ()
            record.exc_info, record.exc_text = None, None
        return True
