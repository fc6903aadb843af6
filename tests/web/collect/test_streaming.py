"""Open streams: as many as there is room for, and room again as soon as one ends or its reader goes."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from django.http.response import HttpResponseBase

from tragt.web.collect import streaming


def silent(_after: int) -> None:
    """A look at nothing new."""


def opened(response: HttpResponseBase) -> AsyncGenerator[bytes]:
    assert response.status_code == 200
    return response._iterator  # type: ignore[attr-defined, no-any-return]


def stream(listener: int) -> HttpResponseBase:
    return streaming.stream(silent, 0, listener)


@pytest.mark.parametrize(("each", "every"), [(2, 9), (9, 2)])
def test_too_many_streams_are_answered_with_nothing_until_one_ends(
    monkeypatch: pytest.MonkeyPatch, each: int, every: int
) -> None:
    monkeypatch.setattr(streaming, "MOST_OF_ONE", each)
    monkeypatch.setattr(streaming, "MOST", every)

    async def follow() -> None:
        first, second = opened(stream(1)), opened(stream(1))
        late = opened(stream(1))  # asked for before the others were begun
        for one in (first, second):
            assert await anext(one) == b": open\n\n"
        assert await anext(late, None) is None
        assert stream(1).status_code == 204
        assert stream(2).status_code == (200 if every > each else 204)
        await first.aclose()
        again = opened(stream(1))
        assert await anext(again) == b": open\n\n"
        for one in (second, again):
            await one.aclose()

    asyncio.run(follow())
    assert not streaming._open._of


def test_stream_whose_reader_goes_away_leaves_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 1)

    async def read(pieces: AsyncGenerator[bytes]) -> None:
        async for _ in pieces:
            pass

    async def follow() -> None:
        reading = asyncio.create_task(read(opened(stream(1))))
        while stream(1).status_code == 200:
            await asyncio.sleep(0)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        assert stream(1).status_code == 200

    asyncio.run(follow())
    assert not streaming._open._of


def test_answer_that_nobody_reads_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "MOST_OF_ONE", 1)
    assert [stream(1).status_code for _ in range(3)] == [200, 200, 200]
