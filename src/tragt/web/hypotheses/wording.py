"""Questions and proposals as pages show them, in the reader's language. The unit of observation is the place."""

from dataclasses import dataclass

from django.urls import reverse

from tragt.web.hypotheses.queries.remedies import Place, Texts, texts_at
from tragt.web.hypotheses.stages import StageKind
from tragt.web.leaks.presenting import KIND_WORDS

__all__ = ["Named", "Shown", "shown"]


@dataclass(frozen=True, slots=True)
class Named:
    """A place with what it is called.

    Attributes:
        place: The place.
    """

    place: Place

    @property
    def title(self) -> str:
        """What the place is called."""
        stage = str(StageKind(self.place.stage).label) if self.place.stage else ""
        return " · ".join(filter(None, (stage, self.leak)))

    @property
    def leak(self) -> str:
        """What its kind of leaks is called; empty where it says none."""
        return str(KIND_WORDS[self.place.leak]) if self.place.leak else ""

    @property
    def url(self) -> str:
        """Where they are written."""
        return reverse("hypotheses:text", args=self.place.parts)


@dataclass(frozen=True, slots=True)
class Shown(Named):
    """What stands at a place.

    Attributes:
        texts: The texts.
    """

    texts: Texts

    @property
    def cells(self) -> list[Named]:
        """Each kind of leaks at this kind of step."""
        return [] if self.place.leak else [Named(Place(leak, self.place.stage)) for leak in KIND_WORDS]


def shown(place: Place) -> Shown:
    """What stands at a place, as pages show it."""
    return Shown(place, texts_at(place))
