"""The script that a site loads: ``tragt.js``, and how it is served."""

from tragt.web.collect.snippet.serving import Answer, answer

__all__ = ["Answer", "answer"]
