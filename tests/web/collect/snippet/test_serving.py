"""How `tragt.js` leaves the server; what it does stands in the tests of the browser."""

import gzip
import re
from importlib.metadata import version
from importlib.resources import files

import pytest

from tragt.web.collect.snippet.serving import Answer, Header, answer, compact

LARGEST = 3_072
SOURCE = (files("tragt.web.collect.snippet") / "tragt.js").read_text("utf-8")


def header(said: Answer, name: str) -> str | None:
    found = dict(said.headers).get(name.encode())
    return None if found is None else found.decode()


def asking(**headers: str) -> list[Header]:
    return [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]


def test_script_compressed_is_at_most_3_kilobytes() -> None:
    said = answer(asking(accept_encoding="gzip, deflate, br"))

    assert len(gzip.compress(answer([]).body, 9, mtime=0)) <= LARGEST
    assert len(said.body) <= LARGEST


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "gzip"),
        ("br;q=1.0, GZIP;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("gzip; q=0.000, identity", None),
        ("br", None),
        ("", None),
    ],
)
def test_answer_is_compressed_for_those_who_take_it(accepted: str, coding: str | None) -> None:
    said = answer(asking(accept_encoding=accepted))

    assert header(said, "content-encoding") == coding
    assert header(said, "content-length") == str(len(said.body))
    assert (gzip.decompress(said.body) if coding else said.body) == answer([]).body


@pytest.mark.parametrize("accepted", ["gzip", "br"])
@pytest.mark.parametrize("form", ["{0}", "W/{0}", '"other", {0}', "*"])
def test_answer_to_one_who_has_it_is_empty(accepted: str, form: str) -> None:
    tag = header(answer(asking(accept_encoding=accepted)), "etag")
    said = answer(asking(accept_encoding=accepted, if_none_match=form.format(tag)))

    assert (said.status, said.body, header(said, "etag")) == (304, b"", tag)
    assert header(said, "vary") == "accept-encoding"


def test_answer_to_one_who_has_an_older_or_the_other_form_is_whole() -> None:
    plain = header(answer([]), "etag") or ""

    assert answer(asking(if_none_match='"older"')).status == 200
    assert answer(asking(accept_encoding="gzip", if_none_match=plain)).status == 200


def test_headers_given_in_several_lines_count_together() -> None:
    tag = (header(answer([]), "etag") or "").encode()

    assert answer([(b"if-none-match", b'"older"'), (b"if-none-match", tag)]).status == 304


def test_script_says_its_version_and_no_comment() -> None:
    script = answer([]).body.decode()

    assert f'"{version("tragt")}"' in script
    assert "{version}" not in script
    assert "//" not in script


@pytest.mark.parametrize(
    ("source", "script"),
    [
        ("  // why\n\n  let a = 1;\n  let b;\n", "let a=1;let b;"),
        ("say(\"a = { b }, c\", '  ; ');", "say(\"a = { b }, c\",'  ; ');"),
        ("if (a) {\n  b();\n}\nc();", "if(a){b()}\nc();"),
        ("call({\n  a: 1,\n  b,\n});\nd();", "call({a:1,b});d();"),
        ("const f = async () => {};\nreturn x ? y : z;", "const f=async()=>{};return x?y:z;"),
        ("a = b - -c + d;", "a=b - -c+d;"),
    ],
)
def test_compact_leaves_what_means_something(source: str, script: str) -> None:
    assert compact(source) == script


def test_source_keeps_to_what_compacting_relies_on() -> None:
    code = [line.strip() for line in SOURCE.splitlines() if not line.strip().startswith("//")]
    expressions = re.findall(r"(?<=[(= ])/(?![/ ])(?:\[[^\]]*\]|\\.|[^/\n])+/", "\n".join(code))

    assert len(expressions) > 5
    assert not [one for one in expressions if re.search(r"[\"' ]", one)]
    assert not [line for line in code if "//" in line or "/*" in line or "`" in line]
    assert not [line for line in code if re.search(r"[\w)\]\"']$", line) and not re.search(r"^(if|for|else)\b", line)]


def test_own_names_are_short_and_those_of_properties_and_texts_stay() -> None:
    script = """
(() => {
  const queue = (text) => ({ ...queue, text, place: "queue of 'queue'" });
  let timer, place = 1;
  const random = Math.random();
  const seen = queue(timer);
    const inner = seen;
})();
"""
    assert compact(script) == (
        """(()=>{const a=(text)=>({...a,text,place:"queue of 'queue'"});let b,place=1;const random=Math.random();"""
        "const c=a(b);const inner=c})();"
    )
