"""JSON lines, JSON documents and calls of the tracking API."""

import json
from pathlib import Path

import pytest

from tragt.errors import InvalidFile
from tragt.events import EventLog, jsonlines, read

TRACK = {
    "type": "track",
    "event": "Order Completed",
    "userId": "u1",
    "anonymousId": "a1",
    "messageId": "m1",
    "timestamp": "2024-03-13T10:21:14.5Z",
    "properties": {"total": 9.5, "gift": True, "cart": {"items": 2}, "tags": ["a", "b"], "note": None},
    "context": {"page": {"url": "/buy"}, "groupId": "g1"},
    "integrations": {"All": True},
}
PAGE = {
    "type": "page",
    "name": "Home",
    "anonymousId": "a2",
    "messageId": "m2",
    "originalTimestamp": "2024-03-13T10:22:00Z",
}


def lines(*records: object) -> bytes:
    return "".join(json.dumps(record, indent=None) + "\n" for record in records).encode()


def events_of(log: EventLog) -> list[dict[str, object]]:
    return [
        {name: value for name, value in row.items() if value is not None} for row in log.frame.iter_rows(named=True)
    ]


def test_read_calls_of_the_tracking_api_are_events() -> None:
    log = read(lines(TRACK, PAGE))
    first, second = events_of(log)
    assert (first["id"], first["name"], first["person"], first["company"]) == ("m1", "Order Completed", "u1", "g1")
    assert (second["id"], second["name"], second["person"]) == ("m2", "Page", "a2")
    expected = {
        "total": 9.5,
        "gift": True,
        "cart.items": 2,
        "tags": '["a", "b"]',
        "context.page.url": "/buy",
        "anonymousId": "a1",
    }
    assert {name: first[f"properties.{name}"] for name in expected} == expected
    assert second["properties.name"] == "Home"
    assert not any("integrations" in name for name in log.frame.columns)


def test_read_batch_and_document_give_the_same_as_lines() -> None:
    ids = set(read(lines(TRACK, PAGE)).frame["id"])
    assert set(read(lines({"batch": [TRACK, PAGE]})).frame["id"]) == ids
    assert set(read(json.dumps([TRACK, PAGE]).encode()).frame["id"]) == ids
    assert set(read(json.dumps({"events": [TRACK, PAGE]}, indent=1).encode()).frame["id"]) == ids


def test_read_line_that_is_no_object_is_rejected() -> None:
    log = read(lines(TRACK) + b"\n{oops\n[1]\n7\n\xff\xff\n" + lines(PAGE))
    assert len(log) == 2
    assert [row.row for row in log.rejected.first] == [3, 4, 5, 6]
    assert "JSON object" in log.rejected.first[0].reason


def test_read_object_without_fields_is_rejected() -> None:
    log = read(lines({}, TRACK, {}))
    assert (len(log), [row.row for row in log.rejected.first]) == (1, [1, 3])
    with pytest.raises(InvalidFile):
        read(lines({}))


def test_read_field_first_met_later_is_a_property_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "_BATCH", 2)
    monkeypatch.setattr(jsonlines, "_SAMPLE", 1)
    records = [{**TRACK, "messageId": f"m{n}", "properties": {f"p{n // 2}": n}} for n in range(6)]
    log = read(lines(*records))
    assert {"p0", "p1", "p2"} <= set(log.property_names)
    assert log.frame["properties.p2"].drop_nulls().to_list() == [4, 5]


def test_read_records_with_endless_fields_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "_MOST_COLUMNS", 50)
    with pytest.raises(InvalidFile) as caught:
        read(lines(*({**TRACK, "properties": {f"p{n}": 1}} for n in range(100))))
    assert caught.value.code == "events.too_many_columns"


@pytest.mark.parametrize(("data", "code"), [(b'[{"event": "a"', "not_json"), (b"[]", "not_a_table")])
def test_read_broken_document_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidFile) as caught:
        read(data)
    assert caught.value.code == f"events.{code}"


def test_read_document_that_is_too_large_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonlines, "_LARGEST_DOCUMENT", 100)
    with pytest.raises(InvalidFile, match="one object a line") as caught:
        read(json.dumps([TRACK]).encode())
    assert caught.value.code == "events.too_large"


def test_read_payloads_of_the_specification(shared_data: Path) -> None:
    text = (shared_data / "segment_spec" / "segment_payloads.jsonl").read_text()
    spec = [json.loads(line) for line in text.splitlines()]
    payloads = [record["payload"] for record in spec if record["parses"]]
    assert len(payloads) == 84
    with pytest.raises(InvalidFile, match="'userId', 'user_id'"):
        read(lines(*payloads))
    log = read(lines(*payloads), person="userId")
    whole = [p for p in payloads if p.get("timestamp") and (p.get("userId") or p.get("anonymousId"))]
    assert len(log) + log.rejected.total == sum(len(p["batch"]) if "batch" in p else 1 for p in payloads)
    assert len(log) <= len(whole)
    assert {row.field for row in log.rejected.first} <= {"timestamp", "userId", "messageId", "event"}


def test_read_captured_requests_of_tracking_clients(shared_data: Path) -> None:
    requests = json.loads((shared_data / "tracking_requests" / "captures.json").read_text())
    bodies = [request["body"] for request in requests if isinstance(request["body"], dict)]
    calls = [body for body in bodies if "batch" in body or body.get("type")]
    log = read(lines(*calls))
    expected = sum(len(body["batch"]) if "batch" in body else 1 for body in calls)
    assert len(log) + log.rejected.total == expected
    assert {"Order Completed", "Page", "Identify", "Group"} <= set(log.names()["name"])


def test_records_with_a_zero_byte_or_an_endless_identifier_are_rejected_one_by_one(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    good = '{"user":"a","event":"Visit","time":"2024-03-01"}'
    others = [good.replace('"a"', f'"{user}"') for user in (r"b\u0000", r"c\\u0000", "é" * 398, "d" * 399)]
    path.write_text("\n".join([f'{{"batch":[{good},{others[0]}]}}', *others[1:]]), encoding="utf-8")
    log = read(path)
    assert [(one.row, one.reason[:13]) for one in log.rejected.first] == [(1, "there is a ze"), (4, "an identifier")]
    assert sorted(text[:7] for text in log.frame["person"].to_list()) == ["a", r"c\u0000", "é" * 7]
