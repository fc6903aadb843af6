"""The definition of the funnel in plain, slow Python. It is never optimised: every engine must agree with it."""

from tragt.funnel.reference.attempts import Selection, attempts

__all__ = ["Selection", "attempts"]
