"""The funnel as a picture: an SVG whose widths are people."""

from tragt.funnel.picture.draw import draw
from tragt.funnel.picture.labels import Marks
from tragt.funnel.picture.palette import stylesheet

__all__ = ["Marks", "draw", "stylesheet"]
