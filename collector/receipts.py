"""A line for every request that brings something: noted at once, written once a second by a thread of its own.

Ingest never waits for it. While the database is away the newest lines are kept in memory.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Event, Thread

from sqlalchemy import Engine
from starlette.datastructures import Headers

from collector.access import named_key
from collector.config import Settings
from collector.errors import StoreUnavailable
from collector.semconv.values import clean
from collector.store.receipts import add_receipts
from collector.store.records import Receipt
from collector.store.rows import SpanRow

PAUSE_S = 1.0
_HELD = 100
"""Accepted and refused ones each, until the next writing: more in a second than anybody reads."""
_MAX_NAME, _MAX_REASON = 200, 500
_HOST = socket.gethostname()

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Seen:
    """What became known of a request on its way."""

    items: int | None = None
    """Spans or log records; None while it has not been read."""
    duplicates: int = 0
    rejected: int = 0
    first_span: SpanRow | None = None
    reason: str = ""


Line = Callable[[], Receipt]
"""Written out by the thread that keeps it: most are pushed out by newer ones before."""


class ReceiptBook:
    """Of one collector. `note` never blocks and never fails."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._held: dict[bool, deque[Line]] = {refused: deque(maxlen=_HELD) for refused in (False, True)}
        self._changed = Condition()
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="msgtrace-receipts", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self, timeout_s: float = 5.0) -> None:
        """Writes what is held, then ends the thread."""
        with self._changed:
            self._stopping.set()
            self._changed.notify()
        self._thread.join(timeout_s)

    def note(self, line: Line, *, is_refused: bool) -> None:
        with self._changed:
            self._held[is_refused].append(line)
            self._changed.notify()

    def _run(self) -> None:
        while held := self._next():
            try:
                add_receipts(self._engine, [line() for lines in held.values() for line in lines])
            except StoreUnavailable as error:
                log.debug("the list of requests waits: %s", error)
                self._hold_again(held)
                if self._stopping.is_set():
                    return
            self._stopping.wait(PAUSE_S)  # nothing that is noted meanwhile wakes it

    def _next(self) -> dict[bool, list[Line]]:
        """Waits for some; empty when the thread is to stop and none are left."""
        with self._changed:
            while not any(self._held.values()):
                if self._stopping.is_set():
                    return {}
                self._changed.wait()
            held = {is_refused: list(lines) for is_refused, lines in self._held.items()}
            for lines in self._held.values():
                lines.clear()
            return held

    def _hold_again(self, held: dict[bool, list[Line]]) -> None:
        with self._changed:
            for is_refused, lines in held.items():
                newer = list(self._held[is_refused])
                self._held[is_refused].clear()
                self._held[is_refused].extend(lines + newer)


def is_refused(status: int, seen: Seen) -> bool:
    return status >= 400 or seen.rejected > 0


def receipt(
    headers: Headers,
    settings: Settings,
    *,
    path: str,
    server: tuple[str, int | None] | None,
    time_ns: int,
    signal: str,
    seen: Seen,
    status: int,
    queued_spans: int,
) -> Receipt:
    """Of a request and what it was answered."""
    first = seen.first_span
    client = headers.get("user-agent")
    _, port = server or (None, None)
    return Receipt(
        project_id=settings.scope[0],
        request_id=f"{time_ns:016x}{secrets.token_hex(4)}",
        time_ns=time_ns,
        signal=signal,
        path=clean(path, _MAX_NAME),
        status=status,
        is_refused=is_refused(status, seen),
        reason=clean(seen.reason, _MAX_REASON) if seen.reason else None,
        service=clean(first.service, _MAX_NAME) if first and first.service else None,
        client=clean(client, _MAX_NAME) if client else None,
        api_key=named_key(headers, settings),
        items=seen.items,
        duplicates=seen.duplicates,
        rejected=seen.rejected,
        trace_id=first.trace_id if first else None,
        collector=f"{_HOST}:{os.getpid()}",
        port=port,
        queued_spans=queued_spans,
    )
