"""What goes with a mail besides its words: pictures that stand in it, and heads that mail programs read."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.mime.image import MIMEImage
from typing import Any

from tragt.errors import InvalidDefinition

__all__ = ["MOST_BYTES", "NOTHING", "Enclosed", "Picture"]

MOST_BYTES = 2_000_000
"""How much the pictures of one mail may hold: each waits in the database, once for each reader, until it has left."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that stands in a mail: ``<img src="cid:KEY">`` shows it, without asking anybody for it.

    Attributes:
        key: By which the mail names it: letters and digits.
        name: As a file, where somebody keeps it.
        png: The picture.
    """

    key: str
    name: str
    png: bytes

    @property
    def part(self) -> MIMEImage:
        """The picture as a part of a mail."""
        made = MIMEImage(self.png, _subtype="png")
        made.add_header("Content-ID", f"<{self.key}>")
        made.add_header("Content-Disposition", "inline", filename=self.name)
        return made


@dataclass(frozen=True, slots=True)
class Enclosed:
    """What goes with a mail.

    Attributes:
        pictures: The pictures that its HTML names.
        heads: Heads besides those that every mail has, such as ``List-Unsubscribe``.
    """

    pictures: tuple[Picture, ...] = ()
    heads: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = sum(len(one.png) for one in self.pictures)
        if size > MOST_BYTES:
            raise InvalidDefinition(
                "mail.too_large",
                f"The pictures of this mail hold {size} bytes; at most {MOST_BYTES} can be sent. Make them smaller.",
            )

    def told(self) -> dict[str, Any]:
        """As it is kept until the mail has left."""
        pictures = [
            {"key": one.key, "name": one.name, "png": base64.b64encode(one.png).decode()} for one in self.pictures
        ]
        return {"pictures": pictures, "heads": dict(self.heads)}

    @classmethod
    def read(cls, told: Mapping[str, Any]) -> "Enclosed":
        """What was kept; nothing where nothing was.

        Args:
            told: As of `told`.
        """
        pictures = (Picture(one["key"], one["name"], base64.b64decode(one["png"])) for one in told.get("pictures", ()))
        return cls(tuple(pictures), told.get("heads", {}))


NOTHING = Enclosed()
