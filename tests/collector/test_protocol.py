from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from uvicorn.server import ServerState

from collector import protocol

HEAD = b"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n\r\n"
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def talk_to_server(talk: Talk) -> None:
    """Runs a server that answers a body with itself, and one conversation with it."""

    async def echo(request: Request) -> PlainTextResponse:
        return PlainTextResponse((await request.body()).decode())

    async def run() -> None:
        config = uvicorn.Config(Starlette(routes=[Route("/", echo, methods=["POST"])]), log_config=None)
        state = ServerState()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: protocol.BoundedProtocol(config, state, {}), "127.0.0.1")
        async with server:
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            async with asyncio.timeout(20):
                await talk(reader, writer)
            writer.close()
            await writer.wait_closed()

    asyncio.run(run())


async def answer(reader: asyncio.StreamReader) -> bytes:
    return (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0]


@pytest.mark.parametrize("sent", [b"", b"POST / HTTP/1.1\r\nHost: "], ids=["nothing", "half a head"])
def test_a_connection_that_sends_no_head_is_closed(sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        assert await reader.read() == b""

    talk_to_server(talk)


def test_a_head_without_end_is_refused() -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"POST / HTTP/1.1\r\nX: " + b"x" * 2 * 2**20)
        assert b" 431 " in await answer(reader)

    talk_to_server(talk)


def test_requests_on_one_connection_are_answered_however_slow_their_bodies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_DEADLINE_S", 0.05)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(3):
            writer.write(HEAD + b"bo")
            await asyncio.sleep(0.1)
            writer.write(b"dy")
            assert b" 200 " in await answer(reader)
            assert await reader.readexactly(4) == b"body"
            await asyncio.sleep(0.1)

    talk_to_server(talk)
