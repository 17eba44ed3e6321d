"""The stream of ticks: who may listen, what they hear, and that nobody keeps anybody waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine

from collector import stream
from collector.config import Settings, get_settings
from collector.store.commit import bump_counter
from collector.stream import TickStream
from collector.tickets import stream_ticket
from tests.collector.conftest import ClientFactory
from tests.collector.otlp_requests import body, proto_span
from tests.servers import Server, collector, streamlit_dashboard, uvicorn_dashboard, wait_for

PATH = "/api/v1/stream"


def change(engine: Engine) -> None:
    with engine.begin() as connection:
        bump_counter(connection)


@asynccontextmanager
async def opened(engine: Engine) -> AsyncIterator[TickStream]:
    ticks = TickStream(Settings(), engine)
    try:
        yield ticks
    finally:
        ticks.close()


async def heard(events: AsyncIterator[Any], version: int) -> None:
    """Returns once the events say this version."""
    async with asyncio.timeout(20):
        async for event in events:
            if event.event == "version" and event.data == str(version):
                return


def test_every_listener_hears_of_what_another_connection_commits(writing: Engine, reading: Engine) -> None:
    async def listen() -> None:
        async with opened(reading) as ticks:
            listeners = [ticks._events() for _ in range(12)]
            await asyncio.gather(*(heard(events, 0) for events in listeners))
            await asyncio.to_thread(change, writing)
            await asyncio.gather(*(heard(events, 1) for events in listeners))

    asyncio.run(listen())


def test_who_comes_later_hears_the_newest_version_at_once(writing: Engine, reading: Engine) -> None:
    async def listen() -> None:
        async with opened(reading) as ticks:
            change(writing)
            first, second = ticks._events(), ticks._events()
            await heard(first, 1)
            assert (await anext(second)).event == "beat"
            assert (await anext(second)).data == "1"

    asyncio.run(listen())


def test_a_slow_listener_is_told_the_newest_version_only(reading: Engine) -> None:
    async def listen() -> None:
        listener = stream._Listener()
        for version in range(1, 1_000):
            assert listener.offer(version)
        assert not listener.offer(999)
        assert await listener.take(1) == 999
        assert await listener.take(0.01) is None

    asyncio.run(listen())


def test_many_pages_are_told_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    async def take_turns() -> list[float]:
        pauses: list[float] = []
        turns = stream._Turns()

        async def note(seconds: float) -> None:
            pauses.append(seconds)

        monkeypatch.setattr(stream.asyncio, "sleep", note)
        for _ in range(40):
            await turns.wait()
        return pauses

    pauses = asyncio.run(take_turns())
    assert len(pauses) == 40 - stream.TURNS_AT_ONCE
    assert pauses[-1] == pytest.approx(len(pauses) * stream.TURN_S, rel=0.1)


def test_nothing_watches_while_nobody_listens(writing: Engine, reading: Engine) -> None:
    async def listen() -> None:
        async with opened(reading) as ticks:
            assert ticks._watcher is None
            events = ticks._events()
            await heard(events, 0)
            watching = ticks._watcher
            assert watching is not None
            await events.aclose()  # type: ignore[attr-defined]
            assert ticks._watcher is None
            await asyncio.to_thread(watching._thread.join, 10)
            assert not watching._thread.is_alive()

    asyncio.run(listen())


def test_a_database_that_comes_back_is_watched_again(writing: Engine, reading: Engine) -> None:
    async def listen(monkeypatch: pytest.MonkeyPatch) -> None:
        faults = iter([stream.Retryable("away")])
        real = stream.watching

        @contextmanager
        def at_first_away(engine: Engine) -> Iterator[stream.Watch]:
            for fault in faults:
                raise fault
            with real(engine) as watch:
                yield watch

        monkeypatch.setattr(stream, "watching", at_first_away)
        monkeypatch.setattr(stream, "RETRY_S", 0.01)
        async with opened(reading) as ticks:
            await heard(ticks._events(), 0)

    with pytest.MonkeyPatch.context() as patch:
        asyncio.run(listen(patch))


@pytest.mark.parametrize("setting", ["api_key", "dashboard_password"])
def test_without_ticket_or_key_nobody_listens_to_a_guarded_server(make_client: ClientFactory, setting: str) -> None:
    client = make_client(**{setting: "secret"})
    for path in (PATH, f"{PATH}?ticket=99999999999.{'0' * 64}"):
        assert client.get(path).status_code == 401
    assert client.get(PATH, headers={"Authorization": "Bearer wrong"}).status_code == 401


def test_no_more_than_so_many_may_listen(make_client: ClientFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "MAX_LISTENERS", 0)
    answer = make_client().get(PATH)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"


def test_a_password_guards_the_stream_of_a_public_address(make_client: ClientFactory) -> None:
    public = {"address": "http://203.0.113.7", "host": "0.0.0.0"}
    assert make_client(**public).get(PATH).status_code == 403
    assert make_client(**public, dashboard_password="secret").get(PATH).status_code == 401


@contextmanager
def listening(server: Server, query: str = "", **headers: str) -> Iterator[Any]:
    """An open answer of a real server, past its first events."""
    with urlopen(Request(f"{server.url}{PATH}{query}", headers=headers), timeout=20) as answer:
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        read_until(answer, b"event: version")
        yield answer


def read_until(answer: Any, wanted: bytes) -> None:
    while line := answer.readline():
        if line.startswith(wanted):
            return
    pytest.fail(f"the stream ended before {wanted!r}")


def send(server: Server) -> None:
    headers = {"Content-Type": "application/x-protobuf", "Authorization": "Bearer key"}
    with urlopen(Request(f"{server.url}/v1/traces", body(proto_span(1)), headers), timeout=20) as answer:
        assert answer.status == 200


def test_what_one_process_stores_is_heard_from_another(tmp_path: Path) -> None:
    with collector(tmp_path) as one, collector(tmp_path) as other, listening(one) as answer:
        send(other)
        read_until(answer, b"data: 1")


def test_a_ticket_or_the_key_lets_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guards = {"MSGTRACE_API_KEY": "key", "MSGTRACE_DASHBOARD_PASSWORD": "open sesame"}
    for name, value in guards.items():
        monkeypatch.setenv(name, value)
    with collector(tmp_path, **guards) as server:
        with listening(server, f"?ticket={stream_ticket(get_settings())}") as answer:
            send(server)
            read_until(answer, b"data: 1")
        with listening(server, Authorization="Bearer key"):
            pass


@pytest.mark.parametrize("start", [collector, uvicorn_dashboard, streamlit_dashboard])
def test_an_open_stream_ends_with_its_server(tmp_path: Path, start: Any) -> None:
    with start(tmp_path) as server, listening(server) as answer:
        server.process.terminate()
        assert answer.read() is not None
        wait_for(lambda: server.process.poll() is not None, within_s=8)
        assert "without completing" not in server.log.read_text()
