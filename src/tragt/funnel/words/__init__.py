"""The words that pictures, tables and sentences need, in each language."""

from tragt.funnel.words.catalogue import Noun, Words
from tragt.funnel.words.languages import LANGUAGES, words

__all__ = ["LANGUAGES", "Noun", "Words", "words"]
