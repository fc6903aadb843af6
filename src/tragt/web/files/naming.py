"""Names of files, made safe. The unit of observation is the name."""

import re
import unicodedata

__all__ = ["safe_name"]

_LONGEST, _LONGEST_BYTES, _LONGEST_ENDING = 120, 200, 12
_MEANS_SOMETHING = '<>:"|?*'
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)")


def safe_name(given: str) -> str:
    """A name that means nothing to a file system, a header or a reader's eye but itself.

    Folders are cut off; controls, line ends, half characters and marks that turn the direction of writing go.

    Args:
        given: Any text.

    Returns:
        At most 120 characters and 200 bytes, never empty, its ending kept.
    """
    bare = unicodedata.normalize("NFC", given[:1000]).replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    bare = "".join(letter for letter in bare if letter.isprintable() and letter not in _MEANS_SOMETHING).strip(" .")
    bare = f"_{bare}" if _DEVICES.match(bare) else bare
    stem, dot, ending = bare.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, dot, ending = bare, "", ""
    while len(stem) + len(dot) + len(ending) > _LONGEST or len(f"{stem}{dot}{ending}".encode()) > _LONGEST_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip() or 'file'}{dot}{ending}"
