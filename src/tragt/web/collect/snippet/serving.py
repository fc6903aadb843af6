"""``tragt.js`` as it leaves the server: its bytes, plain or compressed, and the headers that let a browser keep it.

Here is neither a view nor a setting: what a request says in its headers is all that the answer depends on.
"""

import gzip
import hashlib
import re
import string
from collections.abc import Iterable
from functools import cache
from http import HTTPStatus
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple

__all__ = ["Answer", "answer", "compact"]

Header = tuple[bytes, bytes]

# Its address stays as versions come and go, so that a browser asks again after an hour, and works on meanwhile.
_KEEPING = b"public, max-age=3600, stale-while-revalidate=86400"

# Texts stay as they are. Else blanks mean nothing around marks, nor do ends of lines beside those that open or divide,
# nor what divides before a closing brace.
_TEXT_OR_MARK = re.compile(r"""("[^"\n]*"|'[^'\n]*')|[,;]\s*(?=})|\s*([=+*?:<>&|!({,;])\s*| ?([)}]) ?""")

_OWN = re.compile(r"^  (?:const|let) (\w{3,})", re.MULTILINE)
"""What the function that is the script declares at its margin."""
_WORD = re.compile(r"""("[^"\n]*"|'[^'\n]*')|(?<![\w$])\w+(?![\w$])""")


class Answer(NamedTuple):
    """What is sent.

    Attributes:
        status: 200, or 304 where the browser has it already.
        headers: Names in lower case, and values, as ASGI has them.
        body: The script; empty with 304.
    """

    status: int
    headers: tuple[Header, ...]
    body: bytes


class _Form(NamedTuple):
    tag: bytes
    body: bytes
    headers: tuple[Header, ...] = ()


def answer(headers: Iterable[Header]) -> Answer:
    """Answer a request for the script.

    Args:
        headers: Those of the request, as ASGI gives them: names in lower case. ``accept-encoding`` and
            ``if-none-match`` are looked at.

    Returns:
        The answer to a GET; one to a HEAD is the same without its body.

    Example:
        >>> status, headers, body = answer([(b"accept-encoding", b"gzip")])
        >>> status, dict(headers)[b"content-encoding"]
        (200, b'gzip')
    """
    said: dict[bytes, str] = {}
    for name, value in headers:
        said[name] = ",".join(filter(None, (said.get(name), value.decode("latin-1"))))
    plain, compressed = _forms()
    form = compressed if _takes_gzip(said.get(b"accept-encoding", "")) else plain
    shared = (
        (b"etag", form.tag),
        (b"cache-control", _KEEPING),
        (b"vary", b"accept-encoding"),
        # Sites load it from another origin, some of them only what says that it may be loaded.
        (b"access-control-allow-origin", b"*"),
        (b"cross-origin-resource-policy", b"cross-origin"),
    )
    if _has(said.get(b"if-none-match", ""), form.tag.decode()):
        return Answer(HTTPStatus.NOT_MODIFIED, shared, b"")
    about = (
        (b"content-type", b"text/javascript; charset=utf-8"),
        (b"content-length", str(len(form.body)).encode()),
        (b"x-content-type-options", b"nosniff"),
    )
    return Answer(HTTPStatus.OK, (*shared, *about, *form.headers), form.body)


def compact(source: str) -> str:
    """A script without comments and blanks, line by line; the head of ``tragt.js`` says what it must keep to."""
    lines = (line.strip() for line in source.splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    bare = _TEXT_OR_MARK.sub(lambda found: found[1] or found[2] or found[3] or "", code)
    return _shortened(bare, list(dict.fromkeys(_OWN.findall(source))))


def _shortened(code: str, own: list[str]) -> str:
    """A script whose own names are one letter long, but for those that properties too are called by."""
    free = [letter for letter in string.ascii_letters if not re.search(rf"(?<![\w$]){letter}(?![\w$])", code)]
    short = dict(zip((name for name in own if not _is_property(name, code)), free, strict=False))
    return _WORD.sub(lambda found: found[1] or short.get(found[0], found[0]), code)


def _is_property(name: str, code: str) -> bool:
    return bool(re.search(rf"(?<!\.)\.{name}\b|[{{,]{name}[,:=}}]", code))


@cache
def _forms() -> tuple[_Form, _Form]:
    source = (files("tragt.web.collect.snippet") / "tragt.js").read_text("utf-8")
    body = compact(source.replace("{version}", version("tragt"))).encode()
    digest = hashlib.sha256(body).hexdigest()[:16]
    compressed = gzip.compress(body, compresslevel=9, mtime=0)
    return (
        _Form(f'"{digest}"'.encode(), body),
        _Form(f'"{digest}-gzip"'.encode(), compressed, ((b"content-encoding", b"gzip"),)),
    )


def _takes_gzip(accepted: str) -> bool:
    for part in accepted.replace(" ", "").lower().split(","):
        coding, _, weight = part.partition(";q=")
        if coding == "gzip":
            return not weight or weight.strip("0.") != ""
    return False


def _has(tags: str, tag: str) -> bool:
    held = {one.strip().removeprefix("W/") for one in tags.split(",")}
    return tag in held or "*" in held
