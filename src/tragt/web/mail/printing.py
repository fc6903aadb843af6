"""Mail in the terminal: who it is from, who it is to, and its text, as a person reads it; nothing of its encoding."""

import sys
from typing import TextIO

from django.core.mail import EmailMessage
from django.core.mail.backends.console import EmailBackend as ConsoleBackend

__all__ = ["EmailBackend"]

WIDTH = 72


class EmailBackend(ConsoleBackend):
    """Prints each mail between two lines."""

    stream: TextIO

    def write_message(self, message: EmailMessage) -> None:
        """Print one mail; signs that the terminal does not know are replaced."""
        heads = (("From", message.from_email), ("To", ", ".join(message.to)), ("Subject", message.subject))
        told = [f"{name + ':':<9}{value}" for name, value in heads]
        lines = [" mail ".center(WIDTH, "-"), *told, "", *str(message.body).strip().splitlines(), "-" * WIDTH]
        # Names that people gave stand in a mail, and a terminal obeys some signs.
        text = "".join(f"{''.join(filter(str.isprintable, line))}\n" for line in lines)
        encoding = getattr(self.stream, "encoding", None) or sys.getdefaultencoding()
        self.stream.write(text.encode(encoding, "replace").decode(encoding))
