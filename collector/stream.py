"""`GET /api/v1/stream`: server-sent events that say "there is something new", as the number of the newest version.

One thread a process watches the database, and only while somebody listens. A listener holds no queue but the newest
version, so a slow one costs nothing. Ticks are handed out in turns: a page that is told asks the server to draw it
again, and many pages at once would keep ingest waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread

import anyio
from sqlalchemy import Engine
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import Response

from collector.access import authorize
from collector.answers import error_answer
from collector.config import Settings
from collector.errors import MsgtraceError, Overloaded, Retryable, Unauthorized
from collector.store.watching import Watch, watching
from collector.tickets import admits_to_stream

MAX_LISTENERS = 256
BEAT_S = 15.0
"""Below the idle cut of proxies, and how a browser knows that the line is not dead."""
TURNS_AT_ONCE = 2
TURN_S = 0.25
"""After `TURNS_AT_ONCE`, the next listener is told this much later: four pages a second are drawn again, not all."""
RETRY_S = 1.0
END_WITHIN_S = 1.0

log = logging.getLogger(__name__)


class _Watcher:
    """A thread that tells of every new version until it is stopped."""

    def __init__(self, engine: Engine, tell: Callable[[int], None]) -> None:
        self._engine = engine
        self._tell = tell
        self._woken, self._stopping = Event(), Event()
        self._thread = Thread(target=self._run, name="msgtrace-watcher", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Something was committed by this process: look now."""
        self._woken.set()

    def stop(self) -> None:
        self._stopping.set()
        self._woken.set()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                with watching(self._engine) as watch:
                    self._follow(watch)
            except Retryable as error:
                log.debug("the database can't be watched: %s", error)
                self._stopping.wait(RETRY_S)

    def _follow(self, watch: Watch) -> None:
        told: int | None = None
        while not self._stopping.is_set():
            version = watch.version()
            if version != told and not self._stopping.is_set():
                self._tell(version)
                told = version
            while not (watch.wait(self._woken) or self._stopping.is_set()):
                pass


class _Listener:
    """One open answer: the newest version it was offered, and whether it has yet to send it."""

    is_over = False

    def __init__(self) -> None:
        self._newest: int | None = None
        self._offered = asyncio.Event()

    def end(self) -> None:
        self.is_over = True
        self._offered.set()

    def offer(self, version: int) -> bool:
        """Whether that is news for it."""
        if version == self._newest:
            return False
        self._newest = version
        self._offered.set()
        return True

    async def take(self, within_s: float) -> int | None:
        """The newest version offered since the last one taken; None when there was none in that time."""
        try:
            async with asyncio.timeout(within_s):
                await self._offered.wait()
        except TimeoutError:
            return None
        self._offered.clear()
        return self._newest


class _Turns:
    """Lets a few go at once, then one every TURN_S."""

    def __init__(self) -> None:
        self._next_at = 0.0

    async def wait(self) -> None:
        now = asyncio.get_running_loop().time()
        self._next_at = max(self._next_at, now - TURNS_AT_ONCE * TURN_S) + TURN_S
        if self._next_at > now:
            await asyncio.sleep(self._next_at - now)


class TickStream:
    """The route, and what stands behind it. All but `wake` belongs to the event loop."""

    def __init__(self, settings: Settings, engine: Engine) -> None:
        self._settings = settings
        self._engine = engine
        self._listeners: set[_Listener] = set()
        self._watcher: _Watcher | None = None
        self._newest: int | None = None
        self._changed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._ending = anyio.Event()
        self._tasks = [asyncio.create_task(self._hand_out()), asyncio.create_task(self._end_with_the_server())]

    def wake(self) -> None:
        """Called in any thread after a commit of this process, so that nobody waits for the next look."""
        if watcher := self._watcher:
            watcher.wake()

    async def ticks(self, request: Request) -> Response:
        """Events `version`, with a number, and `beat`. Needs a ticket or the API key where pages or reads need one."""
        try:
            self._authorize(request)
            if len(self._listeners) >= MAX_LISTENERS:
                raise Overloaded(f"{MAX_LISTENERS} browsers listen already")
        except MsgtraceError as error:
            return error_answer(error)
        return EventSourceResponse(
            self._events(), ping=0, shutdown_event=self._ending, shutdown_grace_period=END_WITHIN_S
        )

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._stop_watching()

    def _authorize(self, request: Request) -> None:
        """Raises Unauthorized."""
        if admits_to_stream(self._settings, request.query_params.get("ticket")):
            return
        if self._settings.api_key is None:
            raise Unauthorized("open the dashboard: its pages listen with a ticket of their own")
        authorize(request.headers, self._settings)

    async def _events(self) -> AsyncIterator[ServerSentEvent]:
        with self._listening() as listener:
            yield ServerSentEvent(event="beat", data="")
            while True:
                version = await listener.take(BEAT_S)
                if listener.is_over:
                    return
                if version is None:
                    yield ServerSentEvent(event="beat", data="")
                else:
                    yield ServerSentEvent(event="version", data=str(version))

    @contextmanager
    def _listening(self) -> Iterator[_Listener]:
        listener = _Listener()
        self._listeners.add(listener)
        if self._watcher is None:
            self._watcher = _Watcher(self._engine, self._publish_from_thread)
        elif self._newest is not None:
            listener.offer(self._newest)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners:
                self._stop_watching()

    def _stop_watching(self) -> None:
        watcher, self._watcher, self._newest = self._watcher, None, None
        if watcher:
            watcher.stop()

    def _publish_from_thread(self, version: int) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, version)

    def _publish(self, version: int) -> None:
        self._newest = version
        self._changed.set()

    async def _end_with_the_server(self) -> None:
        """A server waits for its open answers before it closes anything, so these have to end by themselves."""
        await self._ending.wait()
        for listener in self._listeners:
            listener.end()

    async def _hand_out(self) -> None:
        """Tells every listener in turn. What changes meanwhile starts another round, so all get their share.

        All of a round are told the same version: what the first page reads from the database then does for the others.
        """
        turns = _Turns()
        while True:
            await self._changed.wait()
            self._changed.clear()
            version = self._newest
            for listener in list(self._listeners):
                if version is not None and listener in self._listeners and listener.offer(version):
                    await turns.wait()
