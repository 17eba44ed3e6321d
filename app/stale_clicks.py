"""What was clicked or typed on a page after it had been left.

Back or a link leaves a page at once, but the browser shows it until the server has answered. A click made meanwhile
asks for a part of the old page. Parts have the same names on many pages, so Streamlit ran it on the new one as if that
were the old one: the browser cleared what it showed and had nowhere to draw the part ("Bad delta path", an empty page),
and what had been typed went into the new page's address.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

STREAM_PATH = "/_stcore/stream"


class StaleClicks:
    """Middleware that keeps them from Streamlit. What asks for a whole page, as links and Back do, is none of them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket" or not scope["path"].endswith(STREAM_PATH):
            await self._app(scope, receive, send)
            return
        current = _CurrentPage()

        async def receive_current() -> Message:
            message = await receive()
            while current.is_left_by(message):
                message = await receive()
            return message

        async def send_noticed(message: Message) -> None:
            current.notice(message)
            await send(message)

        await self._app(scope, receive_current, send_noticed)


class _CurrentPage:
    """That which a browser has last asked for, or the server has last drawn."""

    _hash = ""
    """By which Streamlit knows it. Empty when nobody has said: a browser's first words give a path instead."""

    def is_left_by(self, message: Message) -> bool:
        """Whether it asks for a part of another page."""
        asked = BackMsg()
        if not _read(asked, message) or not asked.HasField("rerun_script"):
            return False
        rerun = asked.rerun_script
        if not rerun.fragment_id:
            self._hash = rerun.page_script_hash
        return "" not in (self._hash, rerun.page_script_hash) and rerun.page_script_hash != self._hash

    def notice(self, message: Message) -> None:
        """Each run of a whole page tells which one it is: half a microsecond a message to find out."""
        told = ForwardMsg()
        if _read(told, message) and told.HasField("navigation"):
            self._hash = told.navigation.page_script_hash


def _read(into: BackMsg | ForwardMsg, message: Message) -> bool:
    """False for what is none of Streamlit's."""
    try:
        into.ParseFromString(message.get("bytes") or b"")
    except DecodeError:
        return False
    return True
