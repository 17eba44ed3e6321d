"""Which of a browser's words reach Streamlit while pages are left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import WebSocketRoute
from starlette.testclient import TestClient, WebSocketTestSession
from starlette.websockets import WebSocket
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from app.stale_clicks import STREAM_PATH, StaleClicks

LAST = b"\xff"
"""No message of Streamlit's."""


def page(name: str) -> bytes:
    asked = BackMsg()
    asked.rerun_script.page_script_hash = name
    return asked.SerializeToString()


def click(on: str) -> bytes:
    asked = BackMsg()
    asked.rerun_script.page_script_hash, asked.rerun_script.fragment_id = on, "content"
    return asked.SerializeToString()


def drawn(name: str) -> bytes:
    told = ForwardMsg()
    told.navigation.page_script_hash = name
    return told.SerializeToString()


@contextmanager
def line(path: str = STREAM_PATH, answer: bytes = b"") -> Iterator[tuple[WebSocketTestSession, list[bytes]]]:
    """To a server that keeps what it hears, and answers each of it."""
    heard: list[bytes] = []

    async def serve(socket: WebSocket) -> None:
        await socket.accept()
        async for message in socket.iter_bytes():
            heard.append(message)
            await socket.send_bytes(answer)

    app = Starlette(routes=[WebSocketRoute("/{path:path}", serve)], middleware=[Middleware(StaleClicks)])
    with TestClient(app).websocket_connect(path) as session:
        yield session, heard


def heard_of(*said: bytes, path: str = STREAM_PATH, answer: bytes = b"") -> list[bytes]:
    with line(path, answer) as (session, heard):
        for one in (*said, LAST):
            session.send_bytes(one)
        while heard[-1:] != [LAST]:
            session.receive_bytes()
    return heard[:-1]


def test_a_click_on_the_page_that_is_left_is_dropped() -> None:
    assert heard_of(page("list"), click("list"), page("trace"), click("list"), click("trace")) == [
        page("list"),
        click("list"),
        page("trace"),
        click("trace"),
    ]


def test_a_link_back_to_the_page_that_is_left_is_followed() -> None:
    said = [page("list"), page("trace"), page("list"), click("list")]
    assert heard_of(*said) == said


def test_a_page_that_the_server_drew_instead_counts_as_the_current_one() -> None:
    with line(answer=drawn("home")) as (session, heard):
        session.send_bytes(page("gone"))
        session.receive_bytes()
        for one in (click("gone"), click("home")):
            session.send_bytes(one)
        session.receive_bytes()
    assert heard == [page("gone"), click("home")]


def test_where_no_page_is_known_by_name_everything_is_heard() -> None:
    said = [page(""), click("list"), page("list"), click("")]
    assert heard_of(*said) == said


def test_other_lines_are_left_alone() -> None:
    said = [page("list"), click("trace")]
    assert heard_of(*said, path="/other") == said
