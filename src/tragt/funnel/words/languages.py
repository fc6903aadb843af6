"""Which languages there are, and by which names."""

from tragt.errors import InvalidDefinition
from tragt.funnel.words.catalogue import Words
from tragt.funnel.words.danish import DANISH
from tragt.funnel.words.english import ENGLISH
from tragt.funnel.words.norwegian import NORWEGIAN
from tragt.funnel.words.swedish import SWEDISH

__all__ = ["LANGUAGES", "words"]

LANGUAGES = {one.language: one for one in (ENGLISH, DANISH, SWEDISH, NORWEGIAN)}
_ALSO = {"no": "nb", "nn": "nb"}


def words(language: str = "en") -> Words:
    """The words of a language.

    Args:
        language: en, da, sv or nb; no and nn are read as nb, and a region such as ``da-DK`` is passed over.

    Raises:
        InvalidDefinition: There are no words in this language.

    Example:
        >>> words("da").numbers.number(1234567)
        '1.234.567'
    """
    code = str(language).replace("_", "-").split("-")[0].lower()
    found = LANGUAGES.get(_ALSO.get(code, code))
    if found is None:
        raise InvalidDefinition(
            "words.unknown_language",
            f"There are no words in the language {language!r}; allowed are {', '.join([*LANGUAGES, *_ALSO])}.",
            language=language,
        )
    return found
