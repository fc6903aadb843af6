"""What a file is, by its content alone. The unit of observation is the file.

What a browser says of a file is not asked. HTML, SVG and other text that a browser would carry out is plain text here.
"""

__all__ = ["BEGINNING", "END", "UNKNOWN", "media_of"]

BEGINNING, END = 4096, 65_536
"""How many bytes of its beginning and its end are looked at."""

UNKNOWN = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument."
_BEGINNINGS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"ID3", "audio/mpeg"),
    (b"OggS", "audio/ogg"),
)
_IN_ZIP: tuple[tuple[bytes, str], ...] = (
    (b"word/document.xml", _OFFICE + "wordprocessingml.document"),
    (b"xl/workbook.xml", _OFFICE + "spreadsheetml.sheet"),
    (b"ppt/presentation.xml", _OFFICE + "presentationml.presentation"),
)
_OPEN_DOCUMENTS = ("text", "spreadsheet", "presentation", "graphics")
_OPEN = b"mimetypeapplication/vnd.oasis.opendocument."


def media_of(beginning: bytes, end: bytes) -> str:
    """The media type of a file.

    Args:
        beginning: Its first `BEGINNING` bytes, or all where it is shorter.
        end: Its last `END` bytes, or all.
    """
    for signature, media in _BEGINNINGS:
        if beginning.startswith(signature):
            return media
    if beginning.startswith(b"RIFF") and beginning[8:12] in (b"WEBP", b"WAVE", b"AVI "):
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}[beginning[8:12]]
    if beginning[4:8] == b"ftyp":
        return {b"heic": "image/heic", b"avif": "image/avif", b"M4A ": "audio/mp4"}.get(beginning[8:12], "video/mp4")
    if beginning.startswith(b"PK\x03\x04"):
        return _in_zip(beginning, end)
    return "text/plain" if _is_text(beginning) else UNKNOWN


def _in_zip(beginning: bytes, end: bytes) -> str:
    if beginning[30:].startswith(_OPEN):
        said = beginning[30 + len(_OPEN) :]
        kind = next((one for one in _OPEN_DOCUMENTS if said.startswith(one.encode())), "")
        if kind:
            return f"application/vnd.oasis.opendocument.{kind}"
    return next((media for name, media in _IN_ZIP if name in end), "application/zip")


def _is_text(beginning: bytes) -> bool:
    if not beginning or b"\0" in beginning:
        return False
    try:
        # The last character may be cut off.
        beginning.decode()
    except UnicodeDecodeError as problem:
        return len(beginning) == BEGINNING and problem.start >= BEGINNING - 3
    return True
