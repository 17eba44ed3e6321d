"""A viewer of Home without a browser: speaks Streamlit's protocol and listens to the stream, as a page does.

Forty Chromium pages would measure Chromium. What a viewer costs the server is the same.
"""

from __future__ import annotations

import asyncio
import time
from urllib.parse import urlsplit

import orjson
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect

SENTENCE = " in the last "
"""In the first line of Home, which a redrawn page sends first."""
POLL_S = 2.5


class Viewer:
    """`delays_s`: from each tick that was heard to the first line of the redrawn page."""

    def __init__(self, url: str, *, polls: bool) -> None:
        self._address = urlsplit(url)
        self._polls = polls
        self.delays_s: list[float] = []
        self._component = self._fragment = self._page = ""
        self._asked_at = 0.0

    async def watch(self, opened: asyncio.Event) -> None:
        """Until it is cancelled; `opened` is set once the page stands."""
        url = f"ws://{self._address.netloc}/_stcore/stream"
        async with connect(url, subprotocols=["streamlit"], max_size=None, ping_interval=None) as socket:  # type: ignore[list-item]
            message = BackMsg()
            message.rerun_script.query_string = ""
            await socket.send(message.SerializeToString())
            await self._until_drawn(socket)
            opened.set()
            await (self._poll(socket) if self._polls else self._listen(socket))

    async def _listen(self, socket: ClientConnection) -> None:
        reader, writer = await asyncio.open_connection(self._address.hostname, self._address.port)
        writer.write(f"GET /api/v1/stream HTTP/1.1\r\nHost: {self._address.netloc}\r\n\r\n".encode())
        newest: list[bytes] = []
        heard = asyncio.Event()

        async def hear() -> None:
            async for line in reader:
                if line.startswith(b"data: ") and line[6:].strip():
                    newest[:] = [line[6:].strip()]
                    heard.set()

        hearing = asyncio.create_task(hear())
        try:
            while True:
                await heard.wait()
                heard.clear()
                await self._tick(socket, newest[0].decode())
        finally:
            hearing.cancel()
            writer.close()

    async def _poll(self, socket: ClientConnection) -> None:
        """What a page without the stream does: the same tick by the clock, whether or not there is something new."""
        while True:
            await asyncio.sleep(POLL_S)
            await self._tick(socket, "0")

    async def _tick(self, socket: ClientConnection, version: str) -> None:
        message = BackMsg()
        message.rerun_script.page_script_hash = self._page
        message.rerun_script.fragment_id = self._fragment
        state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{self._component}__events")
        state.json_trigger_value = orjson.dumps([{"event": "tick", "value": version}]).decode()
        message.rerun_script.widget_states.widgets.append(state)
        self._asked_at = time.perf_counter()
        await socket.send(message.SerializeToString())
        await self._until_drawn(socket)

    async def _until_drawn(self, socket: ClientConnection) -> None:
        """Reads until nothing of a run is missing. A tick has two: that of the callback, and the one it asks for."""
        while True:
            try:
                frame = await asyncio.wait_for(socket.recv(), 0.5 if self._component else 60)
            except TimeoutError:
                return
            self._note(ForwardMsg.FromString(frame if isinstance(frame, bytes) else frame.encode()))

    def _note(self, message: ForwardMsg) -> None:
        if message.WhichOneof("type") == "new_session":
            self._page = message.new_session.page_script_hash
        if message.WhichOneof("type") != "delta":
            return
        element = message.delta.new_element
        if element.WhichOneof("type") == "bidi_component":
            self._component, self._fragment = element.bidi_component.id, message.delta.fragment_id
        elif self._asked_at and SENTENCE in element.markdown.body:
            self.delays_s.append(time.perf_counter() - self._asked_at)
            self._asked_at = 0.0
